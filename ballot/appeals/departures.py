"""What becomes of a roll when somebody leaves: resignation, death or a final expulsion, by the register."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from ballot.models import AppendixKind, Ballot, RollEntry
from ballot.rules.lifecycle import State
from ballot.services import appendices, lifecycle
from ballot.services.appendices import Change
from foundation import clock
from foundation.extensions import db
from foundation.transaction import transaction
from members.queries import standing_of
from members.rules.classes import Status

KINDS = {
    Status.RESIGNED: AppendixKind.RESIGNATION,
    Status.DECEASED: AppendixKind.DEATH,
    Status.EXPELLED: AppendixKind.EXPULSION,
}
RUNNING = (State.FROZEN, State.OPEN)


def take_off(member_id: int) -> None:
    """Take a member who has left off the rolls of ballots that have not closed.

    Called after each commit that changed somebody's rights. A suspension changes no roll (PARTICIPATION
    section 9), and whoever has a mark stays on, see `appendices.append`.
    """
    at = clock.now()
    standing = standing_of(member_id, at)
    kind = KINDS.get(standing.status) if standing else None
    if kind is None:
        return
    waiting = db.session.scalars(
        select(Ballot.id)
        .join(RollEntry, RollEntry.ballot_id == Ballot.id)
        .where(
            RollEntry.member_id == member_id,
            RollEntry.entitled,
            ~RollEntry.voted,
            Ballot.state.in_(RUNNING),
        )
    ).all()
    for ballot_id in waiting:
        _take_off(ballot_id, member_id, kind, at)


def _take_off(ballot_id: int, member_id: int, kind: AppendixKind, at: datetime) -> None:
    with transaction():
        lifecycle.lock(ballot_id)
        now = max(at, clock.now())
        ballot = lifecycle.lock_and_advance(ballot_id, now)
        if ballot.state not in RUNNING:
            return
        gone = Change(member_id, entitled=False, reason="not_active", otherwise_entitled=False)
        appendices.append(ballot, kind, [gone], at=now, actor=appendices.REGISTER, reason=kind.value)
