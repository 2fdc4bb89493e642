"""Who is invited to which thread."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    or_,
    select,
)

from forums.models import (
    CaseThread,
    Forum,
    Thread,
    ThreadGuest,
)
from foundation.extensions import db
from members import queries as people
from members.models import Member, Standing
from members.rules.classes import MembershipClass, Status


def invited(member_id: int) -> ColumnElement[bool]:
    """That a guest is invited to the thread of the row at hand."""
    return exists().where(ThreadGuest.thread_id == Thread.id, ThreadGuest.member_id == member_id)


def is_invited(thread_id: int, member_id: int) -> bool:
    """Whether a guest is invited to a thread."""
    return db.session.get(ThreadGuest, (thread_id, member_id)) is not None


def is_invited_in_area(area_id: int, member_id: int) -> bool:
    """Whether a guest is invited to some thread of an area."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    ThreadGuest.member_id == member_id,
                    ThreadGuest.thread_id == Thread.id,
                    Thread.forum_id == Forum.id,
                    Forum.area_id == area_id,
                )
            )
        )
    )


def is_invited_in_case(case_id: int, member_id: int) -> bool:
    """Whether a guest is invited to some thread of a case."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    ThreadGuest.member_id == member_id,
                    ThreadGuest.thread_id == CaseThread.thread_id,
                    CaseThread.case_id == case_id,
                )
            )
        )
    )


def guests_of(thread_id: int) -> list[Member]:
    """Who is invited to a thread."""
    return list(
        db.session.scalars(
            select(Member)
            .join(ThreadGuest, ThreadGuest.member_id == Member.id)
            .where(ThreadGuest.thread_id == thread_id)
            .order_by(Member.name)
        )
    )


def guests_named(words: str, at: datetime) -> list[Member]:
    """Those who read and write only where they are invited, found by a part of the name or the member number."""
    last = people.standings_before(at).subquery()
    # SQLite knows the capitals of English alone: «åse» is looked for as «Åse» too.
    named = [Member.name.icontains(word, autoescape=True) for word in (words.strip(), words.strip().title())]
    return list(
        db.session.scalars(
            select(Member)
            .join(last, last.c.member_id == Member.id)
            .join(Standing, Standing.id == last.c.id)
            .where(
                or_(*named, Member.member_no == words.strip()),
                or_(
                    and_(
                        Standing.membership_class == MembershipClass.SYMPATHISER,
                        Standing.status == Status.ACTIVE,
                    ),
                    Standing.status == Status.SUSPENDED,
                ),
            )
            .order_by(Member.name)
            .limit(20)
        )
    )


def member_by_id(member_id: int) -> Member | None:
    """A member."""
    return db.session.get(Member, member_id)
