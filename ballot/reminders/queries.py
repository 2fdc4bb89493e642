"""Which ballots have something to tell, and to whom; a page of members at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from ballot.models import Ballot, BallotUnit, Roll, RollEntry
from ballot.reminders.models import Occasion, ReminderRun
from ballot.rules.lifecycle import State
from ballot.rules.participation import APPEALS_END, Setting
from foundation.extensions import db
from members.models import Member

TAKE_PART_BEFORE = timedelta(hours=72)
CLOSES_BEFORE = timedelta(hours=24)


def _due(occasion: Occasion, at: datetime) -> ColumnElement[bool]:
    """In which ballots an occasion's time has come and not passed: half-open, as every deadline."""
    return {
        Occasion.TAKE_PART: and_(
            Ballot.state == State.NOTIFIED,
            Ballot.participation == Setting.REQUIRED,
            Ballot.roll_freezes_at > at,
            Ballot.roll_freezes_at <= at + TAKE_PART_BEFORE,
        ),
        Occasion.NOT_ON_ROLL: and_(
            Ballot.state.in_((State.FROZEN, State.OPEN)),
            Ballot.participation == Setting.REQUIRED,
            Ballot.closes_at > at + APPEALS_END,
        ),
        Occasion.CLOSES_SOON: and_(
            Ballot.state == State.OPEN,
            Ballot.closes_at > at,
            Ballot.closes_at <= at + CLOSES_BEFORE,
        ),
    }[occasion]


def due(at: datetime) -> list[tuple[int, Occasion]]:
    """The ballots with an occasion that is due and not done, one query for each occasion."""
    found: list[tuple[int, Occasion]] = []
    for occasion in Occasion:
        rows = db.session.scalars(
            select(Ballot.id)
            .outerjoin(ReminderRun, (ReminderRun.ballot_id == Ballot.id) & (ReminderRun.occasion == occasion))
            .where(_due(occasion, at), ReminderRun.done_at.is_(None))
            .order_by(Ballot.id)
        )
        found += [(ballot_id, occasion) for ballot_id in rows]
    return found


def still_due(ballot_id: int, occasion: Occasion, at: datetime) -> bool:
    """Whether it still is: asked under the lock of each part."""
    return db.session.scalar(select(Ballot.id).where(Ballot.id == ballot_id, _due(occasion, at))) is not None


def addresses(member_ids: Collection[int]) -> list[tuple[int, str, str]]:
    """Id, address and language of those of these members who have an address."""
    rows = db.session.execute(
        select(Member.id, Member.email, Member.locale)
        .where(Member.id.in_(list(member_ids)), Member.email.is_not(None))
        .order_by(Member.id)
    )
    return [(member_id, address or "", locale) for member_id, address, locale in rows]


def last_line(ballot_id: int) -> int:
    """The highest number on a roll."""
    return db.session.scalar(select(func.max(RollEntry.roll_no)).where(RollEntry.ballot_id == ballot_id)) or 0


def not_voted(ballot_id: int, after: int, upto: int) -> Sequence[int]:
    """The members with lines in `(after, upto]` who may vote and have no mark; asked by the system alone."""
    return db.session.scalars(
        select(RollEntry.member_id).where(
            RollEntry.ballot_id == ballot_id,
            RollEntry.roll_no > after,
            RollEntry.roll_no <= upto,
            RollEntry.entitled,
            ~RollEntry.voted,
        )
    ).all()


def left_out(ballot_id: int, member_ids: Collection[int]) -> set[int]:
    """Those of these members who have not taken part, by the roll as it stands with its appendices."""
    return set(
        db.session.scalars(
            select(RollEntry.member_id).where(
                RollEntry.ballot_id == ballot_id,
                RollEntry.member_id.in_(list(member_ids)),
                RollEntry.otherwise_entitled,
                ~RollEntry.entitled,
            )
        )
    )


def has_lapsed(ballot_id: int) -> bool:
    """Whether the rule fell away when the roll was made."""
    return bool(db.session.scalar(select(Roll.lapsed).where(Roll.ballot_id == ballot_id)))


def coming(at: datetime, until: datetime) -> list[Ballot]:
    """The ballots that freeze, open or close in `(at, until]`, with whom they are for; three queries."""
    return list(
        db.session.scalars(
            select(Ballot)
            .options(selectinload(Ballot.units).joinedload(BallotUnit.unit), selectinload(Ballot.classes))
            .options(joinedload(Ballot.unit))
            .where(
                or_(
                    and_(Ballot.state == State.OPEN, Ballot.closes_at > at, Ballot.closes_at <= until),
                    and_(
                        Ballot.state == State.NOTIFIED,
                        Ballot.roll_freezes_at > at,
                        Ballot.roll_freezes_at <= until,
                    ),
                    and_(
                        Ballot.state.in_((State.NOTIFIED, State.FROZEN)),
                        Ballot.opens_at > at,
                        Ballot.opens_at <= until,
                    ),
                )
            )
        ).unique()
    )
