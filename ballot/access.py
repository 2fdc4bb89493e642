"""What the ballots add to the question of who may do what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select

from ballot import places
from ballot.models import Ballot, BallotTeller
from foundation import audit
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from members.access import Rights
from members.models import Member
from members.rules.permissions import Matter, Role, RoleHeld


def teller_roles(member: Member, _at: datetime) -> list[RoleHeld]:
    """The ballots a member is named as a teller for: a duty that outlives the office (LIFECYCLE section 3)."""
    ballots = frozenset(
        db.session.scalars(select(BallotTeller.ballot_id).where(BallotTeller.member_id == member.id))
    )
    return [RoleHeld(Role.TELLER, ballot_ids=ballots)] if ballots else []


def matter_of(ballot: Ballot, **more: object) -> Matter:
    """The ballot as a permission sees it; its candidates are told where the options are persons."""
    candidates = (
        frozenset(option.member_id for option in ballot.options if option.member_id is not None)
        if places.is_of_persons(ballot)
        else frozenset()
    )
    return Matter(
        unit_path=ballot.unit.path,
        ballot_id=ballot.id,
        drafter_id=ballot.drafter_id,
        candidate_ids=candidates,
        **more,  # type: ignore[arg-type]  # named facts of Matter
    )


@contextmanager
def refusals_logged(act: str, rights: Rights, ballot_id: int) -> Iterator[None]:
    """Keep a refused attempt at an act in the audit log, after its own transaction has been rolled back."""
    try:
        yield
    except (NotAllowed, RuleBroken) as refusal:
        audit.refused(
            act,
            actor_id=rights.member.id,
            reason=refusal.reason.code,
            subject=("ballot", ballot_id),
        )
        raise
