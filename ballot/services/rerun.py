"""«Ny avstemning»: a board's new draft in place of a ballot that was cancelled or annulled."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import exists

from ballot.access import matter_of, refusals_logged
from ballot.models import Ballot
from ballot.rules.lifecycle import State
from ballot.services import drafting, lifecycle
from foundation.errors import Reason, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.access import Rights
from members.rules.permissions import Permission


def rerun(ballot_id: int, rights: Rights) -> Ballot:
    """Make a new draft with what the old ballot said, but for its times, that points to the old one.

    It goes the whole way of a draft: a second pair of eyes, a notice, a roll of its own (LIFECYCLE section
    1). Raises NotAllowed, and RuleBroken while the old ballot lives or when the draft is made already.
    """
    with refusals_logged(Permission.DRAFT_BALLOT, rights, ballot_id), transaction():
        old = lifecycle.lock(ballot_id)
        rights.require(Permission.DRAFT_BALLOT, matter_of(old))
        if old.state not in (State.CANCELLED, State.ANNULLED):
            raise RuleBroken(Reason.of("not_ended"))
        if is_replaced(old):
            raise RuleBroken(Reason.of("rerun_exists"))
        again = replace(
            drafting.draft_of(old),
            cutoff_at=None,
            window_opens_at=None,
            roll_freezes_at=None,
            opens_at=None,
            closes_at=None,
            respond_by=None,
        )
        new = drafting.create(again, rights)
        new.replaces_id = old.id
        drafting.kept("rerun_ballot", old, rights)
    return new


def is_replaced(old: Ballot) -> bool:
    """Whether a draft or a ballot stands in the place of this one already."""
    return bool(
        db.session.scalar(
            exists().where(Ballot.replaces_id == old.id, Ballot.state != State.WITHDRAWN).select()
        )
    )
