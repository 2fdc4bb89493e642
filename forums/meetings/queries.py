"""Meetings of a case, who is to hear of them, who comes and who was there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from forums.meetings.models import CheckIn, Meeting, Rsvp
from forums.models import Case
from foundation.extensions import db
from members.models import Member, Standing, Unit
from members.queries import standings_before
from members.rules.classes import MembershipClass, Status

PEOPLE_ON_A_PAGE = 100


def meeting_by_id(meeting_id: int) -> Meeting | None:
    """A meeting with its case."""
    return db.session.scalar(
        select(Meeting)
        .options(
            joinedload(Meeting.case).joinedload(Case.forum),
            joinedload(Meeting.case).joinedload(Case.unit),
        )
        .where(Meeting.id == meeting_id)
    )


def meetings_of(case_id: int) -> list[Meeting]:
    """The meetings about a case, the earliest first."""
    return list(
        db.session.scalars(
            select(Meeting).where(Meeting.case_id == case_id).order_by(Meeting.starts_at, Meeting.id)
        )
    )


def hearers(paths: Iterable[str], at: datetime) -> list[tuple[int, str | None, str]]:
    """(id, address, language) of all active members in the units at `paths` and below, guests apart."""
    last = standings_before(at).subquery()
    rows = db.session.execute(
        select(Member.id, Member.email, Member.locale)
        .join(Standing, Standing.member_id == Member.id)
        .join(last, last.c.id == Standing.id)
        .join(Unit, Unit.id == Standing.unit_id)
        .where(
            Standing.status == Status.ACTIVE,
            Standing.membership_class != MembershipClass.SYMPATHISER,
            or_(*(Unit.path.startswith(path, autoescape=True) for path in paths)),
        )
        .order_by(Member.id)
    )
    return [(member_id, address, locale) for member_id, address, locale in rows]


def rsvp_count(meeting_id: int) -> int:
    """How many say they will come."""
    return db.session.scalar(select(func.count()).where(Rsvp.meeting_id == meeting_id)) or 0


def comes(meeting_id: int, member_id: int) -> bool:
    """Whether a member says she will come."""
    return db.session.get(Rsvp, (meeting_id, member_id)) is not None


def check_in_of(meeting_id: int, member_id: int) -> CheckIn | None:
    """A member's check-in at a meeting, corrected ones too."""
    return db.session.scalar(
        select(CheckIn).where(CheckIn.meeting_id == meeting_id, CheckIn.member_id == member_id)
    )


def checked_in(meeting_id: int, page: int = 1) -> list[CheckIn]:
    """A page of those who were at a meeting, by name."""
    return list(
        db.session.scalars(
            select(CheckIn)
            .join(CheckIn.member)
            .options(contains_eager(CheckIn.member))
            .where(CheckIn.meeting_id == meeting_id, CheckIn.corrected_at.is_(None))
            .order_by(Member.name, Member.id)
            .limit(PEOPLE_ON_A_PAGE)
            .offset((page - 1) * PEOPLE_ON_A_PAGE)
        )
    )


def checked_in_count(meeting_id: int) -> int:
    """How many were at a meeting."""
    return (
        db.session.scalar(
            select(func.count()).where(CheckIn.meeting_id == meeting_id, CheckIn.corrected_at.is_(None))
        )
        or 0
    )


def checked_in_among(meeting_id: int, member_ids: Iterable[int]) -> set[int]:
    """Which of these members were at a meeting."""
    return set(
        db.session.scalars(
            select(CheckIn.member_id).where(
                CheckIn.meeting_id == meeting_id,
                CheckIn.corrected_at.is_(None),
                CheckIn.member_id.in_(list(member_ids)),
            )
        )
    )
