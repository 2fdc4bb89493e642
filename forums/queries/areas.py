"""Areas, who keeps them, and what is going on in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Select,
    and_,
    func,
    select,
)
from sqlalchemy.orm import joinedload

from forums.models import (
    Case,
    Forum,
    Post,
    Thread,
    Visit,
)
from forums.rules import RECENT
from foundation.extensions import db
from members import queries as people
from members.models import PolicyArea, Term, Unit
from members.rules.permissions import OfficeKind

KEEPING = (OfficeKind.ELECTED_REPRESENTATIVE, OfficeKind.COMMITTEE_LEADER)


@dataclass(frozen=True)
class Keepers:
    """Who keeps an area: the responsible one, her deputy, and those who keep it for a unit of their own."""

    responsible: Term | None
    deputy: Term | None
    others: tuple[Term, ...]


@dataclass(frozen=True)
class AreaLine:
    """An area as the list of areas shows it; `fresh` counts the last week's posts that the member has not read."""

    area: PolicyArea
    keepers: Keepers
    tended_at: datetime | None
    running: int
    fresh: int


def area_lines(member_id: int, at: datetime) -> list[AreaLine]:
    """All areas in their order."""
    areas = people.areas()
    kept = keepers_of(areas, at)
    tended: dict[int, datetime | None] = pairs(
        select(Forum.area_id, func.max(Forum.tended_at)).group_by(Forum.area_id)
    )
    running: dict[int, int] = pairs(
        select(Forum.area_id, func.count())
        .join(Case, Case.forum_id == Forum.id)
        .where(Case.decides_at > at, Case.merged_into_id.is_(None))
        .group_by(Forum.area_id)
    )
    fresh: dict[int, int] = pairs(_fresh_posts(member_id, at))
    return [
        AreaLine(area, kept[area.id], tended.get(area.id), running.get(area.id, 0), fresh.get(area.id, 0))
        for area in areas
    ]


def pairs(statement: Select[Any, Any]) -> dict[Any, Any]:
    """The rows of two columns as a dictionary."""
    return {key: value for key, value in db.session.execute(statement)}  # noqa: C416  (rows are no pairs to dict())


def _fresh_posts(member_id: int, at: datetime) -> Select[int, int]:
    return (
        select(Forum.area_id, func.count())
        .select_from(Post)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Forum, Forum.id == Thread.forum_id)
        .outerjoin(Visit, and_(Visit.thread_id == Thread.id, Visit.member_id == member_id))
        .where(
            Post.written_at >= at - RECENT,
            Post.deleted_at.is_(None),
            Post.hidden_at.is_(None),
            Post.author_id != member_id,
            Post.id > func.coalesce(Visit.last_post_id, 0),
        )
        .group_by(Forum.area_id)
    )


def keepers_of(areas: Sequence[PolicyArea], at: datetime) -> dict[int, Keepers]:
    """Area id to who keeps it. The responsible office is the one of the area's own unit, the eldest first."""
    terms = [
        term for term in people.keepers_of([area.id for area in areas], at) if term.office.kind in KEEPING
    ]
    return {
        area.id: _keepers(area, [term for term in terms if term.office.area_id == area.id]) for area in areas
    }


def _keepers(area: PolicyArea, terms: list[Term]) -> Keepers:
    holders = [term for term in terms if not term.is_deputy]
    own = [term for term in holders if term.office.unit_id == area.unit_id]
    responsible = next(iter(own or holders), None)
    unit_id = responsible.office.unit_id if responsible else area.unit_id
    office_id = responsible.office_id if responsible else None
    deputies = [term for term in terms if term.is_deputy and term.office.unit_id == unit_id]
    deputy = min(deputies, key=lambda term: (term.office_id != office_id, term.id), default=None)
    return Keepers(responsible, deputy, tuple(term for term in holders if term is not responsible))


def area_by_code(code: str) -> PolicyArea | None:
    """The area of an address, with the unit it answers to."""
    return db.session.scalar(
        select(PolicyArea).options(joinedload(PolicyArea.unit)).where(PolicyArea.code == code)
    )


def forum_of(area: PolicyArea) -> Forum | None:
    """The forum of an area in the unit that owns it; None before anything was written there."""
    return db.session.scalar(select(Forum).where(Forum.area_id == area.id, Forum.unit_id == area.unit_id))


def tended_at(area_id: int) -> datetime | None:
    """When the area's keeper last acted as its keeper."""
    return db.session.scalar(select(func.max(Forum.tended_at)).where(Forum.area_id == area_id))


def units_with_threads(area_id: int) -> list[Unit]:
    """The units that threads of the area are tagged with."""
    tagged = select(Thread.unit_id).join(Forum).where(Forum.area_id == area_id).distinct()
    return list(db.session.scalars(select(Unit).where(Unit.id.in_(tagged)).order_by(Unit.path)))
