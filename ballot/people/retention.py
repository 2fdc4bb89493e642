"""Names and credits on a roll are reduced to counts, 30 days after the appeal period has ended (section 13)."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, func, select

from ballot.appeals.models import AppealReceipt, AppealVote, RollAppeal
from ballot.models import Ballot, Roll, RollAppendixLine, RollEntry, RollNumber
from ballot.rules.lifecycle import State
from ballot.rules.participation import APPEALS_END
from ballot.services import lifecycle
from foundation.audit import canonical
from foundation.extensions import db
from foundation.transaction import transaction

log = structlog.get_logger()

KEPT = timedelta(days=30)
OVER = (State.FINAL, State.ANNULLED, State.CANCELLED)


def reduced_from(closes_at: datetime) -> datetime:
    """The moment from which a roll holds counts alone: the appeal period ends 36 hours before closing."""
    return closes_at - APPEALS_END + KEPT


def reduce_all(at: datetime) -> int:
    """Reduce every roll whose time has come; answers how many. What the timer does, again and again the same.

    A ballot that is not over by then keeps its roll until it is.
    """
    due = db.session.scalars(
        select(Roll.ballot_id)
        .join(Ballot, Ballot.id == Roll.ballot_id)
        .where(
            Roll.reduced_at.is_(None),
            Ballot.state.in_(OVER),
            Ballot.closes_at <= at - KEPT + APPEALS_END,
        )
        .order_by(Roll.ballot_id)
    ).all()
    done = 0
    for ballot_id in due:
        try:
            done += _reduce(ballot_id, at)
        except Exception:
            # One roll's trouble must not keep another's names.
            log.exception("roll_not_reduced", ballot=ballot_id)
    return done


def _reduce(ballot_id: int, at: datetime) -> bool:
    with transaction() as session:
        ballot = lifecycle.lock(ballot_id)
        roll = session.get_one(Roll, ballot_id, populate_existing=True)
        if roll.reduced_at is not None or ballot.closes_at is None:
            return False
        roll.counts = canonical(_counts(ballot_id))
        roll.reduced_at = max(reduced_from(ballot.closes_at), ballot.closes_at)
        appeals = select(RollAppeal.id).where(RollAppeal.ballot_id == ballot_id)
        for model in (AppealReceipt, AppealVote):
            session.execute(delete(model).where(model.appeal_id.in_(appeals)))
        for rows in (RollAppeal, RollAppendixLine, RollNumber, RollEntry):
            session.execute(delete(rows).where(rows.ballot_id == ballot_id))
        log.info("roll_reduced", ballot=ballot_id, at=at.isoformat())
    return True


def _counts(ballot_id: int) -> dict[str, object]:
    """How many lines there were of each kind, how many were marked, and what came of the appeals."""
    kinds = db.session.execute(
        select(RollEntry.entitled, RollEntry.reason, RollEntry.basis, func.count())
        .where(RollEntry.ballot_id == ballot_id)
        .group_by(RollEntry.entitled, RollEntry.reason, RollEntry.basis)
        .order_by(RollEntry.entitled.desc(), RollEntry.reason, RollEntry.basis)
    ).all()
    marked = db.session.scalar(select(func.count()).where(RollEntry.ballot_id == ballot_id, RollEntry.voted))
    appeals = db.session.execute(
        select(RollAppeal.state, func.count())
        .where(RollAppeal.ballot_id == ballot_id)
        .group_by(RollAppeal.state)
        .order_by(RollAppeal.state)
    ).all()
    return {
        "lines": [
            {"entitled": entitled, "reason": reason, "basis": basis, "count": number}
            for entitled, reason, basis, number in kinds
        ],
        "marked": marked or 0,
        "appeals": {state.value: number for state, number in appeals},
    }
