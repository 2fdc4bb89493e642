"""Threads in lists and by themselves, and how far a member has read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    TextClause,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
    text,
)
from sqlalchemy.orm import contains_eager, joinedload

from forums.models import (
    Case,
    CaseThread,
    Forum,
    Post,
    PostMove,
    Thread,
    ThreadKind,
    Visit,
)
from forums.queries.areas import pairs
from forums.queries.guests import invited
from forums.rules import THREADS_ON_A_PAGE
from foundation.columns import UtcDateTime
from foundation.extensions import db
from members.models import Unit


@dataclass(frozen=True)
class ThreadLine:
    """A thread, and how far the member has read it (None: never opened); its cases where one thread is asked for."""

    thread: Thread
    read_to: int | None
    read_at: datetime | None
    cases: tuple[Case, ...] = ()
    has_moves: bool = False

    @property
    def is_fresh(self) -> bool:
        """Something has come since the member was here."""
        return self.read_to is not None and (self.thread.last_post_id or 0) > self.read_to


@dataclass(frozen=True)
class News:
    """What others have written in a thread since the member was here; `missed_id`: the first of it not shown now."""

    count: int
    first_id: int | None
    missed_id: int | None


def thread_lines_of_case(case_id: int, member_id: int, *, invited_only: bool = False) -> list[ThreadLine]:
    """The threads of a case as the member sees them, the latest post first."""
    chosen = exists().where(CaseThread.case_id == case_id, CaseThread.thread_id == Thread.id)
    return _lines(member_id, [chosen], invited_only=invited_only, limit=200)


def thread_lines(
    area_id: int,
    member_id: int,
    *,
    page: int,
    kind: ThreadKind | None = None,
    unit: Unit | None = None,
    invited_only: bool = False,
) -> tuple[list[ThreadLine], int]:
    """A page of the area's threads, the latest post first, and how many there are in all."""
    conditions = _in_area(area_id, member_id, kind, unit, invited_only=invited_only)
    total = db.session.scalar(
        select(func.count())
        .select_from(Thread)
        .join(Forum, Forum.id == Thread.forum_id)
        .join(Unit, Unit.id == Thread.unit_id)
        .where(*conditions)
    )
    page = min(page, -(-(total or 0) // THREADS_ON_A_PAGE) or 1)
    lines = _lines(member_id, conditions, limit=THREADS_ON_A_PAGE, offset=(page - 1) * THREADS_ON_A_PAGE)
    return lines, total or 0


def _in_area(
    area_id: int, member_id: int, kind: ThreadKind | None, unit: Unit | None, *, invited_only: bool
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Forum.area_id == area_id, Thread.merged_into_id.is_(None)]
    if kind is not None:
        conditions.append(Thread.kind == kind)
    if unit is not None:
        conditions.append(Unit.path.startswith(unit.path, autoescape=True))
    if invited_only:
        conditions.append(invited(member_id))
    return conditions


def latest_threads(member_id: int, limit: int, *, invited_only: bool = False) -> list[ThreadLine]:
    """The threads with the latest posts anywhere."""
    return _lines(member_id, [], invited_only=invited_only, limit=limit)


def _lines(
    member_id: int,
    conditions: Sequence[ColumnElement[bool]],
    *,
    limit: int,
    offset: int = 0,
    invited_only: bool = False,
) -> list[ThreadLine]:
    rows = db.session.execute(
        _with_visits(member_id)
        .where(
            Thread.merged_into_id.is_(None),
            *conditions,
            *([invited(member_id)] if invited_only else []),
        )
        .order_by(Thread.last_post_at.desc(), Thread.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [ThreadLine(thread, read_to, read_at) for thread, read_to, read_at in rows]


def _with_visits(member_id: int) -> Select[Thread, int, datetime]:
    return (
        select(Thread, Visit.last_post_id, Visit.at)
        .join(Thread.forum)
        .join(Thread.unit)
        .outerjoin(Visit, and_(Visit.thread_id == Thread.id, Visit.member_id == member_id))
        .options(contains_eager(Thread.forum), contains_eager(Thread.unit))
    )


def thread_line(thread_id: int, member_id: int) -> ThreadLine | None:
    """A thread with its forum, area and units, how far the member has read it, and its cases: all in one question."""
    rows = db.session.execute(
        _with_visits(member_id)
        .add_columns(Case, exists().where(PostMove.from_thread_id == Thread.id))
        .outerjoin(CaseThread, CaseThread.thread_id == Thread.id)
        .outerjoin(Case, and_(Case.id == CaseThread.case_id, Case.merged_into_id.is_(None)))
        .where(Thread.id == thread_id)
        .order_by(Case.id)
    ).all()
    if not rows:
        return None
    thread, read_to, read_at, _case, moves = rows[0]
    cases = tuple(row[3] for row in rows if row[3] is not None)
    return ThreadLine(thread, read_to, read_at, cases, has_moves=moves)


def thread_by_id(thread_id: int) -> Thread | None:
    """A thread with its forum, area and units."""
    return db.session.scalar(
        select(Thread)
        .options(joinedload(Thread.forum), joinedload(Thread.unit))
        .where(Thread.id == thread_id)
    )


def locked_thread(thread_id: int) -> Select[Thread]:
    """A thread with its forum, area and units, its row held until the commit."""
    return (
        select(Thread)
        .options(joinedload(Thread.forum), joinedload(Thread.unit))
        .where(Thread.id == thread_id)
        .with_for_update(of=Thread)
    )


def news(thread_id: int, member_id: int, read_to: int, shown: Sequence[int]) -> News:
    """What others have written after the post `read_to`, beside the posts that are shown now."""
    not_shown = case((Post.id.not_in(list(shown)), Post.id))
    count, first, missed = db.session.execute(
        select(func.count(), func.min(Post.id), func.min(not_shown)).where(
            Post.thread_id == thread_id,
            Post.id > read_to,
            Post.author_id != member_id,
            Post.deleted_at.is_(None),
            Post.hidden_at.is_(None),
        )
    ).one()
    return News(count, first, missed)


def unread_counts(member_id: int, thread_ids: Iterable[int]) -> dict[int, int]:
    """Thread id to the number of posts by others since the member was there; threads she has opened only."""
    return pairs(
        select(Post.thread_id, func.count())
        .join(Visit, and_(Visit.thread_id == Post.thread_id, Visit.member_id == member_id))
        .where(
            Post.thread_id.in_(list(thread_ids)),
            Post.id > Visit.last_post_id,
            Post.author_id != member_id,
            Post.deleted_at.is_(None),
            Post.hidden_at.is_(None),
        )
        .group_by(Post.thread_id)
    )


def mark_visit(member_id: int, thread_id: int, last_post_id: int, at: datetime) -> TextClause:
    """Set a reading mark; one that another tab has moved further stays."""
    return text(
        "INSERT INTO visit (member_id, thread_id, last_post_id, at) VALUES (:member, :thread, :post, :at) "
        "ON CONFLICT (member_id, thread_id) DO UPDATE SET last_post_id = excluded.last_post_id, at = excluded.at "
        "WHERE visit.last_post_id < excluded.last_post_id"
    ).bindparams(
        bindparam("member", member_id),
        bindparam("thread", thread_id),
        bindparam("post", last_post_id),
        bindparam("at", at, type_=UtcDateTime()),
    )


def opened_twice(author_id: int, forum_id: int, title: str, body: str, since: datetime) -> Post | None:
    """The same thread opened by the same author after a moment, by its first post."""
    return db.session.scalar(
        select(Post)
        .join(Thread, Thread.id == Post.thread_id)
        .where(
            Post.author_id == author_id,
            Post.written_at > since,
            Post.deleted_at.is_(None),
            Post.body == body,
            Thread.forum_id == forum_id,
            Thread.title == title,
        )
        .limit(1)
    )
