"""What a member follows, what she has been told, and what the morning's letters are gathered from."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select

from forums.models import Case, Forum, Post, Thread, Visit
from forums.notices.models import Following, MorningLetter, MorningRound, Notice, NoticeChoice
from forums.notices.rules import DEFAULT, NOTICES_ON_A_PAGE, Gather, Level, NoticeKind
from foundation.extensions import db
from foundation.outbox import BouncedAddress
from members import queries as people
from members.models import Member, PolicyArea, Unit
from members.rules.classes import MembershipClass, Status


@dataclass(frozen=True)
class Choice:
    """How a member wants to hear of things where she has said nothing else."""

    level: Level = DEFAULT
    by_mail: bool = True
    ballots_by_mail: bool = True
    in_page: bool = True


@dataclass(frozen=True)
class Followed:
    """An area or a thread that a member has chosen a level for."""

    level: Level
    area: PolicyArea
    thread: Thread | None = None


def choice_of(member_id: int) -> Choice:
    """What a member has chosen for all, or what holds for whoever has chosen nothing."""
    return choices_of([member_id]).get(member_id, Choice())


def choices_of(member_ids: Collection[int]) -> dict[int, Choice]:
    """What those of these members have chosen who have chosen something."""
    rows = db.session.scalars(select(NoticeChoice).where(NoticeChoice.member_id.in_(list(member_ids))))
    return {row.member_id: Choice(row.level, row.by_mail, row.ballots_by_mail, row.in_page) for row in rows}


def own_level(member_id: int, *, area_id: int, thread_id: int | None = None) -> tuple[Level | None, Level]:
    """What a member has chosen for a thread, or for an area where none is named; and what holds there."""
    here = and_(
        Following.member_id == Member.id,
        or_(Following.area_id == area_id, Following.thread_id == (thread_id or 0)),
    )
    rows = db.session.execute(
        select(NoticeChoice.level, Following.thread_id, Following.level)
        .select_from(Member)
        .outerjoin(NoticeChoice, NoticeChoice.member_id == Member.id)
        .outerjoin(Following, here)
        .where(Member.id == member_id)
    ).all()
    general = next((level for level, _, _ in rows if level is not None), DEFAULT)
    of_area = next((level for _, thread, level in rows if thread is None and level is not None), None)
    of_thread = next((level for _, thread, level in rows if thread is not None), None)
    if thread_id is None:
        return of_area, of_area or general
    return of_thread, of_thread or of_area or general


def choices_at(
    member_ids: Collection[int], *, area_id: int | None, thread_id: int | None = None
) -> dict[int, Choice]:
    """How each of these members wants to hear of an area or a thread: two queries however many they are."""
    members = list(member_ids)
    found = choices_of(members)
    said: dict[int, Level] = {}
    if area_id is not None:
        for member_id, level in db.session.execute(
            select(Following.member_id, Following.level)
            .where(
                Following.member_id.in_(members),
                or_(Following.area_id == area_id, Following.thread_id == (thread_id or 0)),
            )
            # The thread's own level stands before the area's.
            .order_by(Following.thread_id.is_not(None))
        ):
            said[member_id] = level
    return {
        member_id: replace(choice, level=said.get(member_id, choice.level))
        for member_id in members
        for choice in (found.get(member_id, Choice()),)
    }


def followed_by(member_id: int) -> list[Followed]:
    """The areas and threads that a member has chosen a level for, by area."""
    rows = db.session.execute(
        select(Following.level, PolicyArea, Thread)
        .outerjoin(Thread, Thread.id == Following.thread_id)
        .outerjoin(Forum, Forum.id == Thread.forum_id)
        .join(PolicyArea, PolicyArea.id == func.coalesce(Following.area_id, Forum.area_id))
        .where(Following.member_id == member_id)
        .order_by(PolicyArea.position, PolicyArea.name, Thread.id)
    )
    return [Followed(level, area, thread) for level, area, thread in rows]


# Notices


def notices_of(member_id: int, page: int) -> tuple[list[Notice], int]:
    """A page of what a member has been told, the latest first, and how many there are in all."""
    mine = (Notice.member_id == member_id, Notice.shown)
    total = db.session.scalar(select(func.count()).select_from(Notice).where(*mine)) or 0
    page = min(page, -(-total // NOTICES_ON_A_PAGE) or 1)
    rows = db.session.scalars(
        select(Notice)
        .where(*mine)
        .order_by(Notice.id.desc())
        .limit(NOTICES_ON_A_PAGE)
        .offset((page - 1) * NOTICES_ON_A_PAGE)
    )
    return list(rows), total


def unread_of(member_id: int, limit: int, besides: Collection[NoticeKind] = ()) -> list[Notice]:
    """The latest of what a member has been told and has not read, besides some kinds."""
    return list(
        db.session.scalars(
            select(Notice)
            .where(
                Notice.member_id == member_id,
                Notice.shown,
                Notice.read_at.is_(None),
                Notice.kind.not_in(list(besides)),
            )
            .order_by(Notice.id.desc())
            .limit(limit)
        )
    )


def notice_of(member_id: int, notice_id: int) -> Notice | None:
    """One of a member's own notices."""
    return db.session.scalar(select(Notice).where(Notice.id == notice_id, Notice.member_id == member_id))


def post_with_thread(post_id: int) -> tuple[Post, Thread, int, str] | None:
    """A post with its thread, its area's id and its author's name."""
    row = db.session.execute(
        select(Post, Thread, Forum.area_id, Member.name)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Forum, Forum.id == Thread.forum_id)
        .join(Member, Member.id == Post.author_id)
        .where(Post.id == post_id)
    ).first()
    return (row[0], row[1], row[2], row[3]) if row else None


def author_of(post_id: int) -> int | None:
    """Who wrote a post that still stands."""
    return db.session.scalar(select(Post.author_id).where(Post.id == post_id, Post.deleted_at.is_(None)))


def member_by_address(address: str) -> Member | None:
    """The member who has this address."""
    return db.session.scalar(select(Member).where(func.lower(Member.email) == address))


def address_bounced(address: str | None) -> bool:
    """Whether mail to this address comes back."""
    return bool(address) and db.session.get(BouncedAddress, str(address).lower()) is not None


# The morning's letters


@dataclass(frozen=True)
class ThreadNews:
    """A thread in which something has been written: how many posts in the day's window, and in the week's."""

    thread_id: int
    title: str
    area_id: int
    area: str
    last_post_id: int
    last_post_at: datetime
    today: int
    this_week: int


@dataclass(frozen=True)
class CaseNews:
    """A running case whose deadline for contributions comes near."""

    case_id: int
    title: str
    area_id: int
    area: str
    before: datetime


def thread_news(day_since: datetime, week_since: datetime, until: datetime) -> list[ThreadNews]:
    """The threads with posts in `[week_since, until)` or `[day_since, until)`, the latest post first; one query."""
    first = min(day_since, week_since)
    today = func.count(case((Post.written_at >= day_since, 1)))
    week = func.count(case((Post.written_at >= week_since, 1)))
    rows = db.session.execute(
        select(
            Thread.id,
            Thread.title,
            PolicyArea.id,
            PolicyArea.name,
            func.max(Post.id),
            func.max(Post.written_at).label("last"),
            today,
            week,
        )
        .join(Thread, Thread.id == Post.thread_id)
        .join(Forum, Forum.id == Thread.forum_id)
        .join(PolicyArea, PolicyArea.id == Forum.area_id)
        .where(
            Post.written_at >= first,
            Post.written_at < until,
            Post.deleted_at.is_(None),
            Post.hidden_at.is_(None),
        )
        .group_by(Thread.id, Thread.title, PolicyArea.id, PolicyArea.name)
        .order_by(func.max(Post.written_at).desc(), Thread.id.desc())
    )
    return [ThreadNews(*row) for row in rows]


def cases_near(at: datetime, until: datetime) -> list[CaseNews]:
    """The cases whose deadline for contributions lies in `(at, until]`, the nearest first."""
    rows = db.session.execute(
        select(Case.id, Case.title, PolicyArea.id, PolicyArea.name, Case.contributions_before)
        .join(Forum, Forum.id == Case.forum_id)
        .join(PolicyArea, PolicyArea.id == Forum.area_id)
        .where(Case.contributions_before > at, Case.contributions_before <= until)
        .order_by(Case.contributions_before, Case.id)
    )
    return [CaseNews(*row) for row in rows]


@dataclass(frozen=True)
class Receiver:
    """A member to whom a morning's letter may go."""

    member_id: int
    name: str
    address: str
    locale: str
    unit_path: str
    membership_class: MembershipClass
    choice: Choice


_READERS = (
    MembershipClass.FULL_MEMBER,
    MembershipClass.YOUTH_MEMBER,
    MembershipClass.AFFILIATED_SUPPORTER,
)


def receivers(after: int, size: int, at: datetime, *, weekly: bool) -> tuple[list[Receiver], int | None]:
    """The next members, by id, to whom a letter may go: members with an address who want mail.

    Without `weekly` only those who follow something at the level of all, or for whom a notice waits. Answers
    where to go on, None at the end.
    """
    choice = NoticeChoice.level
    candidates = (
        select(Member.id)
        .outerjoin(NoticeChoice, NoticeChoice.member_id == Member.id)
        .where(
            Member.id > after,
            Member.email.is_not(None),
            func.coalesce(NoticeChoice.by_mail, True),
        )
        .order_by(Member.id)
        .limit(size)
    )
    if not weekly:
        waits = exists().where(
            Notice.member_id == Member.id, Notice.mailed_at.is_(None), Notice.gather == Gather.DAILY
        )
        follows = exists().where(Following.member_id == Member.id, Following.level == Level.ALL)
        candidates = candidates.where(or_(choice == Level.ALL, follows, waits))
    ids = list(db.session.scalars(candidates))
    if not ids:
        return [], None
    register = people.register_at(at).where(Member.id.in_(ids)).subquery()
    rows = db.session.execute(
        select(
            register.c.id,
            register.c.name,
            register.c.email,
            Member.locale,
            Unit.path,
            register.c.membership_class,
            NoticeChoice,
        )
        .join(Member, Member.id == register.c.id)
        .join(Unit, Unit.id == register.c.unit_id)
        .outerjoin(NoticeChoice, NoticeChoice.member_id == register.c.id)
        .where(register.c.status == Status.ACTIVE, register.c.membership_class.in_(_READERS))
        .order_by(register.c.id)
    )
    found = [
        Receiver(
            member_id,
            name,
            email,
            locale,
            path,
            kind,
            Choice(row.level, row.by_mail, row.ballots_by_mail, row.in_page) if row else Choice(),
        )
        for member_id, name, email, locale, path, kind, row in rows
    ]
    return found, ids[-1] if len(ids) == size else None


def levels_of(member_ids: Collection[int]) -> tuple[dict[int, dict[int, Level]], dict[int, dict[int, Level]]]:
    """Member id to her levels by area, and to her levels by thread."""
    areas: dict[int, dict[int, Level]] = {}
    threads: dict[int, dict[int, Level]] = {}
    for member_id, area_id, thread_id, level in db.session.execute(
        select(Following.member_id, Following.area_id, Following.thread_id, Following.level).where(
            Following.member_id.in_(list(member_ids))
        )
    ):
        if area_id is not None:
            areas.setdefault(member_id, {})[area_id] = level
        elif thread_id is not None:
            threads.setdefault(member_id, {})[thread_id] = level
    return areas, threads


def read_to(member_ids: Collection[int], thread_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """Member id to how far she has read each of these threads."""
    marks: dict[int, dict[int, int]] = {}
    for member_id, thread_id, last in db.session.execute(
        select(Visit.member_id, Visit.thread_id, Visit.last_post_id).where(
            Visit.member_id.in_(list(member_ids)), Visit.thread_id.in_(list(thread_ids))
        )
    ):
        marks.setdefault(member_id, {})[thread_id] = last
    return marks


def waiting(
    member_ids: Collection[int], gathers: Iterable[Gather], since: datetime
) -> dict[int, list[Notice]]:
    """Member id to the notices that have stood in no letter yet and that she has not read, the latest first."""
    found: dict[int, list[Notice]] = {}
    for notice in db.session.scalars(
        select(Notice)
        .where(
            Notice.member_id.in_(list(member_ids)),
            Notice.mailed_at.is_(None),
            Notice.gather.in_(list(gathers)),
            Notice.read_at.is_(None),
            Notice.at >= since,
        )
        .order_by(Notice.id.desc())
    ):
        found.setdefault(notice.member_id, []).append(notice)
    return found


def seen_to(member_ids: Collection[int], day: date, week: date | None) -> tuple[set[int], set[int]]:
    """Those of these members whose morning has been seen to, and those who have had the week's digest."""
    rows = db.session.execute(
        select(MorningLetter.member_id, MorningLetter.on_day, MorningLetter.week).where(
            MorningLetter.member_id.in_(list(member_ids)),
            or_(
                MorningLetter.on_day == day,
                and_(MorningLetter.week.is_not(None), MorningLetter.week == week),
            ),
        )
    ).all()
    return {member for member, on_day, _ in rows if on_day == day}, {
        member for member, _, of_week in rows if week is not None and of_week == week
    }


def round_before(day: date) -> MorningRound | None:
    """The last round that was finished before a day."""
    return db.session.scalar(
        select(MorningRound)
        .where(MorningRound.on_day < day, MorningRound.finished_at.is_not(None))
        .order_by(MorningRound.on_day.desc())
        .limit(1)
    )


def facts_of(notice: Notice) -> Mapping[str, Any]:
    """The titles and names that a notice tells."""
    facts: Mapping[str, Any] = json.loads(notice.facts)
    return facts
