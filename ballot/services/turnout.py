"""How many have voted, while voting runs: counted and made public by the hourly tick alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select, update

from ballot.models import Ballot, Roll, RollEntry
from ballot.rules.lifecycle import State
from ballot.rules.small_numbers import TURNOUT_ROLL, turnout_while_open
from foundation.extensions import db
from foundation.transaction import transaction

HOUR = timedelta(hours=1)


def publish(at: datetime) -> int:
    """Store the rounded turnout of every open ballot at most once in an hour of the clock; answers how many.

    A page that counted live would show who had voted when (SECRECY.md, "Small numbers").
    """
    hour = at.replace(minute=0, second=0, microsecond=0)
    due = db.session.scalars(
        select(Roll.ballot_id)
        .join(Ballot, Ballot.id == Roll.ballot_id)
        .where(
            Ballot.state == State.OPEN,
            Ballot.opens_at < hour,
            Ballot.closes_at > at,
            Roll.entitled >= TURNOUT_ROLL,
            or_(Roll.turnout_at.is_(None), Roll.turnout_at < hour),
        )
        .order_by(Roll.ballot_id)
    ).all()
    for ballot_id in due:
        with transaction() as session:
            entitled, voted = session.execute(
                select(func.count(), func.count().filter(RollEntry.voted)).where(
                    and_(RollEntry.ballot_id == ballot_id, RollEntry.entitled)
                )
            ).one()
            session.execute(
                update(Roll)
                .where(Roll.ballot_id == ballot_id)
                .values(turnout_shown=turnout_while_open(entitled, voted), turnout_at=hour)
            )
    return len(due)
