"""What the appeals' pages and services read, each in a known number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from ballot.appeals.models import AppealReceipt, AppealState, AppealVote, RollAppeal
from ballot.models import Ballot
from ballot.queries import WITH_ROLL
from forums.models import Case
from foundation.extensions import db
from members.models import Unit


def appeal(appeal_id: int) -> RollAppeal | None:
    """One appeal with its member, and its ballot with unit, case and the case's forum."""
    return db.session.get(
        RollAppeal,
        appeal_id,
        options=[
            joinedload(RollAppeal.member),
            joinedload(RollAppeal.ballot).joinedload(Ballot.unit),
            joinedload(RollAppeal.ballot).joinedload(Ballot.case).joinedload(Case.forum),
        ],
        populate_existing=True,
    )


def latest(ballot_id: int, member_id: int) -> RollAppeal | None:
    """A member's own appeal in a ballot, the last one where there are several."""
    return db.session.scalar(
        select(RollAppeal)
        .where(RollAppeal.ballot_id == ballot_id, RollAppeal.member_id == member_id)
        .order_by(RollAppeal.id.desc())
        .limit(1)
    )


def votes(appeal_id: int) -> list[AppealVote]:
    """What has been said of an appeal, in order."""
    return list(
        db.session.scalars(
            select(AppealVote)
            .options(joinedload(AppealVote.decider))
            .where(AppealVote.appeal_id == appeal_id)
            .order_by(AppealVote.at, AppealVote.decider_id)
        )
    )


def receipt_type(appeal_id: int) -> str | None:
    """What kind of receipt there is; its content stays where it is."""
    found = db.session.scalar(select(AppealReceipt.media_type).where(AppealReceipt.appeal_id == appeal_id))
    return found.value if found else None


def receipt(appeal_id: int) -> AppealReceipt | None:
    """The receipt itself."""
    return db.session.get(AppealReceipt, appeal_id)


def open_in(ballot_id: int) -> list[RollAppeal]:
    """The undecided appeals of a ballot, first the one that is due first."""
    return list(
        db.session.scalars(
            select(RollAppeal)
            .where(RollAppeal.ballot_id == ballot_id, RollAppeal.state == AppealState.OPEN)
            .order_by(RollAppeal.due_at, RollAppeal.id)
            .execution_options(populate_existing=True)
        )
    )


def next_due(ballot_id: int) -> datetime | None:
    """When the next undecided appeal of a ballot is due."""
    due: datetime | None = db.session.scalar(
        select(func.min(RollAppeal.due_at)).where(
            RollAppeal.ballot_id == ballot_id, RollAppeal.state == AppealState.OPEN
        )
    )
    return due


def too_late(ballot_id: int) -> list[RollAppeal]:
    """The appeals that were right, but decided when nobody could vote any more."""
    return list(
        db.session.scalars(select(RollAppeal).where(RollAppeal.ballot_id == ballot_id, RollAppeal.too_late))
    )


def _waiting(tops: Iterable[str]) -> ColumnElement[bool]:
    inside = or_(*(Unit.path.startswith(top, autoescape=True) for top in tops))
    return inside & (RollAppeal.state == AppealState.OPEN) & Ballot.state.in_(WITH_ROLL)


def queue(tops: Iterable[str], page: int, size: int) -> tuple[list[tuple[RollAppeal, int]], int]:
    """The undecided appeals in the units at `tops` and below with how many have spoken, and how many in all."""
    waiting = _waiting(list(tops))
    said = (
        select(func.count())
        .where(AppealVote.appeal_id == RollAppeal.id)
        .correlate(RollAppeal)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(RollAppeal, said)
        .join(RollAppeal.ballot)
        .join(Ballot.unit)
        .options(
            contains_eager(RollAppeal.ballot).contains_eager(Ballot.unit),
            contains_eager(RollAppeal.ballot).joinedload(Ballot.case).joinedload(Case.forum),
            joinedload(RollAppeal.member),
        )
        .where(waiting)
        .order_by(RollAppeal.due_at, RollAppeal.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    total = db.session.scalar(
        select(func.count()).select_from(RollAppeal).join(RollAppeal.ballot).join(Ballot.unit).where(waiting)
    )
    return [(appeal, number) for appeal, number in rows], total or 0
