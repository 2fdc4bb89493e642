"""What the debate holds, read for its pages and for those who ask who has taken part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    TextClause,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import contains_eager, joinedload, load_only

from forums.models import (
    Case,
    CaseThread,
    Credit,
    CreditKind,
    CreditLoss,
    Forum,
    LossGround,
    ModerationAct,
    ModerationKind,
    Post,
    PostVersion,
    Thread,
    ThreadGuest,
    ThreadKind,
    Visit,
)
from forums.rules import POSTS_ON_A_PAGE, RECENT, THREADS_ON_A_PAGE
from foundation.columns import UtcDateTime
from foundation.extensions import db
from members import queries as people
from members.models import Member, PolicyArea, Standing, Term, Unit
from members.rules.classes import MembershipClass, Status
from members.rules.permissions import OfficeKind

KEEPING = (OfficeKind.ELECTED_REPRESENTATIVE, OfficeKind.COMMITTEE_LEADER)
LOG_ON_A_PAGE = 50


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


@dataclass(frozen=True)
class ThreadLine:
    """A thread, and how far the member has read it (None: never opened); its cases where one thread is asked for."""

    thread: Thread
    read_to: int | None
    read_at: datetime | None
    cases: tuple[Case, ...] = ()

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


@dataclass(frozen=True)
class CreditFact:
    """A credit with its loss, if any, as recorded. `source` names the contribution ("post:12")."""

    credit_id: int
    case_id: int
    member_id: int
    kind: CreditKind
    source: str
    post_id: int | None
    thread_id: int | None
    visible_characters: int
    at: datetime
    recorded_at: datetime
    lost_at: datetime | None
    loss_ground: LossGround | None


@dataclass(frozen=True)
class LockInterval:
    """That a thread was closed to new posts in [starts_at, ends_at)."""

    thread_id: int
    starts_at: datetime
    ends_at: datetime


# Areas and who keeps them


def area_lines(member_id: int, at: datetime) -> list[AreaLine]:
    """All areas in their order."""
    areas = people.areas()
    kept = keepers_of(areas, at)
    tended: dict[int, datetime | None] = _pairs(
        select(Forum.area_id, func.max(Forum.tended_at)).group_by(Forum.area_id)
    )
    running: dict[int, int] = _pairs(
        select(Forum.area_id, func.count())
        .join(Case, Case.forum_id == Forum.id)
        .where(Case.decides_at > at)
        .group_by(Forum.area_id)
    )
    fresh: dict[int, int] = _pairs(_fresh_posts(member_id, at))
    return [
        AreaLine(area, kept[area.id], tended.get(area.id), running.get(area.id, 0), fresh.get(area.id, 0))
        for area in areas
    ]


def _pairs(statement: Select[Any, Any]) -> dict[Any, Any]:
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


# Cases


def running_cases(area_id: int, at: datetime) -> list[Case]:
    """The area's cases that are still to be decided, the nearest first."""
    return _cases(area_id, Case.decides_at > at, Case.decides_at.asc(), 100)


def past_cases(area_id: int, at: datetime) -> list[Case]:
    """The area's latest cases whose date of decision has passed."""
    return _cases(area_id, Case.decides_at <= at, Case.decides_at.desc(), 10)


def _cases(area_id: int, which: ColumnElement[bool], order: ColumnElement[datetime], most: int) -> list[Case]:
    return list(
        db.session.scalars(
            select(Case)
            .join(Case.forum)
            .options(contains_eager(Case.forum), joinedload(Case.unit))
            .where(Forum.area_id == area_id, which)
            .order_by(order, Case.id)
            .limit(most)
        )
    )


def case_by_id(case_id: int) -> Case | None:
    """A case with its forum, unit and responsible person."""
    return db.session.scalar(
        select(Case)
        .options(joinedload(Case.forum), joinedload(Case.unit), joinedload(Case.responsible))
        .where(Case.id == case_id)
    )


def cases_of_thread(thread_id: int) -> list[Case]:
    """The cases that a thread is part of the debate on, in the order they were opened."""
    return list(
        db.session.scalars(
            select(Case).join(CaseThread).where(CaseThread.thread_id == thread_id).order_by(Case.id)
        )
    )


def threads_of_case(case_id: int) -> list[Thread]:
    """The threads in which a case is debated, in the order they were linked."""
    return list(
        db.session.scalars(
            select(Thread)
            .join(CaseThread)
            .options(joinedload(Thread.unit))
            .where(CaseThread.case_id == case_id)
            .order_by(CaseThread.linked_at, Thread.id)
        )
    )


# Threads


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
    conditions: list[ColumnElement[bool]] = [Forum.area_id == area_id]
    if kind is not None:
        conditions.append(Thread.kind == kind)
    if unit is not None:
        conditions.append(Unit.path.startswith(unit.path, autoescape=True))
    if invited_only:
        conditions.append(_invited(member_id))
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
        .where(*conditions, *([_invited(member_id)] if invited_only else []))
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


def _invited(member_id: int) -> ColumnElement[bool]:
    return exists().where(ThreadGuest.thread_id == Thread.id, ThreadGuest.member_id == member_id)


def thread_line(thread_id: int, member_id: int) -> ThreadLine | None:
    """A thread with its forum, area and units, how far the member has read it, and its cases: all in one question."""
    rows = db.session.execute(
        _with_visits(member_id)
        .add_columns(Case)
        .outerjoin(CaseThread, CaseThread.thread_id == Thread.id)
        .outerjoin(Case, Case.id == CaseThread.case_id)
        .where(Thread.id == thread_id)
        .order_by(Case.id)
    ).all()
    if not rows:
        return None
    thread, read_to, read_at, _case = rows[0]
    return ThreadLine(thread, read_to, read_at, tuple(row[3] for row in rows if row[3] is not None))


def thread_by_id(thread_id: int) -> Thread | None:
    """A thread with its forum, area and units."""
    return db.session.scalar(
        select(Thread)
        .options(joinedload(Thread.forum), joinedload(Thread.unit))
        .where(Thread.id == thread_id)
    )


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


def locked_thread(thread_id: int) -> Select[Thread]:
    """A thread with its forum, area and units, its row held until the commit."""
    return (
        select(Thread)
        .options(joinedload(Thread.forum), joinedload(Thread.unit))
        .where(Thread.id == thread_id)
        .with_for_update(of=Thread)
    )


def locked_cases(case_ids: Sequence[int]) -> Select[int]:
    """The cases' rows, held until the commit, always in the same order."""
    return select(Case.id).where(Case.id.in_(case_ids)).order_by(Case.id).with_for_update()


def member_by_id(member_id: int) -> Member | None:
    """A member."""
    return db.session.get(Member, member_id)


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


# Posts


_SHOWN = (
    joinedload(Post.author),
    joinedload(Post.office),
    joinedload(Post.hidden_by_office),
    joinedload(Post.quotes)
    .options(load_only(Post.id, Post.deleted_at, Post.hidden_at, Post.author_id))
    .joinedload(Post.author),
)


def posts_page(thread_id: int, page: int) -> list[Post]:
    """The posts of one page, each top-level post followed by its replies.

    The page is found in the index alone; what is shown is read for its rows only.
    """
    place = (
        select(Post.id)
        .where(Post.thread_id == thread_id)
        .order_by(Post.root_id, Post.id)
        .limit(POSTS_ON_A_PAGE)
        .offset((page - 1) * POSTS_ON_A_PAGE)
        .subquery()
    )
    return list(
        db.session.scalars(
            select(Post).join(place, place.c.id == Post.id).options(*_SHOWN).order_by(Post.root_id, Post.id)
        )
    )


def posts_after(thread_id: int, post_id: int, limit: int) -> list[Post]:
    """The first posts that came after one, in the order they came."""
    return list(
        db.session.scalars(
            select(Post)
            .options(*_SHOWN)
            .where(Post.thread_id == thread_id, Post.id > post_id)
            .order_by(Post.id)
            .limit(limit)
        )
    )


def post_by_id(post_id: int) -> Post | None:
    """A post with its author, its thread and the thread's area and units."""
    return db.session.scalar(
        select(Post)
        .options(
            joinedload(Post.author),
            joinedload(Post.thread).options(joinedload(Thread.forum), joinedload(Thread.unit)),
        )
        .where(Post.id == post_id)
    )


def thread_id_of(post_id: int) -> Select[int]:
    """The thread a post stands in."""
    return select(Post.thread_id).where(Post.id == post_id)


def posts_of(thread_id: int) -> list[Post]:
    """All posts of a thread in the order they came."""
    return list(db.session.scalars(select(Post).where(Post.thread_id == thread_id).order_by(Post.id)))


def page_of(post: Post) -> int:
    """On which page of its thread a post stands."""
    before = db.session.scalar(
        select(func.count())
        .select_from(Post)
        .where(
            Post.thread_id == post.thread_id,
            tuple_(Post.root_id, Post.id) < tuple_(post.root_id, post.id),
        )
    )
    return (before or 0) // POSTS_ON_A_PAGE + 1


def news(thread_id: int, member_id: int, read_to: int, shown: Sequence[int]) -> News:
    """What others have written after the post `read_to`, beside the posts that are shown now."""
    not_shown = case((Post.id.not_in(list(shown)), Post.id))
    count, first, missed = db.session.execute(
        select(func.count(), func.min(Post.id), func.min(not_shown)).where(
            Post.thread_id == thread_id,
            Post.id > read_to,
            Post.author_id != member_id,
            Post.deleted_at.is_(None),
        )
    ).one()
    return News(count, first, missed)


def unread_counts(member_id: int, thread_ids: Iterable[int]) -> dict[int, int]:
    """Thread id to the number of posts by others since the member was there; threads she has opened only."""
    return _pairs(
        select(Post.thread_id, func.count())
        .join(Visit, and_(Visit.thread_id == Post.thread_id, Visit.member_id == member_id))
        .where(
            Post.thread_id.in_(list(thread_ids)),
            Post.id > Visit.last_post_id,
            Post.author_id != member_id,
            Post.deleted_at.is_(None),
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


def next_case_serial(body_code: str, year: int) -> int:
    """The next case number of a body in a year, taken in the transaction under way: two at once get two numbers."""
    serial: int = db.session.scalars(
        text(
            "INSERT INTO case_counter (body_code, year, last) VALUES (:body, :year, 1) "
            "ON CONFLICT (body_code, year) DO UPDATE SET last = case_counter.last + 1 RETURNING last"
        ),
        {"body": body_code, "year": year},
    ).one()
    return serial


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


def visit_of(member_id: int, thread_id: int) -> Visit | None:
    """How far a member has read a thread."""
    return db.session.get(Visit, (member_id, thread_id))


def versions_of(post_id: int) -> list[PostVersion]:
    """What a post said before its edits, the latest first."""
    return list(
        db.session.scalars(
            select(PostVersion).where(PostVersion.post_id == post_id).order_by(PostVersion.version.desc())
        )
    )


def sent_twice(
    author_id: int, thread_id: int, body: str, root_id: int | None, since: datetime
) -> Post | None:
    """The same text by the same author at the same place, written after a moment."""
    place = Post.root_id == root_id if root_id is not None else Post.root_id == Post.id
    return db.session.scalar(
        select(Post)
        .where(
            Post.author_id == author_id,
            Post.thread_id == thread_id,
            Post.written_at > since,
            Post.deleted_at.is_(None),
            Post.body == body,
            place,
        )
        .order_by(Post.id)
        .limit(1)
    )


def has_copy(case_id: int, post: Post, *, earlier_in_thread: bool = False) -> bool:
    """Whether another public post in the case says the same; of its own thread, perhaps only the earlier ones.

    A hidden one is asked too: otherwise hiding a post would give its copy a credit, and a moderator never
    decides who votes (PARTICIPATION.md section 8).
    """
    if post.copy_key is None:
        return False
    other = Post.id != post.id
    if earlier_in_thread:
        other = or_(Post.thread_id != post.thread_id, Post.id < post.id)
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Post.copy_key == post.copy_key,
                    other,
                    Post.deleted_at.is_(None),
                    CaseThread.thread_id == Post.thread_id,
                    CaseThread.case_id == case_id,
                )
            )
        )
    )


# Moderation


def moderation_log(
    area_id: int, page: int, *, guest_id: int | None = None
) -> tuple[list[ModerationAct], int]:
    """A page of what the moderators of an area did, the latest first, and how many acts there are.

    For a guest, what they did in the threads she is invited to.
    """
    conditions = [Forum.area_id == area_id]
    if guest_id is not None:
        conditions.append(
            exists().where(
                ThreadGuest.thread_id == ModerationAct.thread_id, ThreadGuest.member_id == guest_id
            )
        )
    total = db.session.scalar(select(func.count()).select_from(ModerationAct).join(Forum).where(*conditions))
    page = min(page, -(-(total or 0) // LOG_ON_A_PAGE) or 1)
    acts = db.session.scalars(
        select(ModerationAct)
        .join(Forum, Forum.id == ModerationAct.forum_id)
        .options(joinedload(ModerationAct.office), joinedload(ModerationAct.thread))
        .where(*conditions)
        .order_by(ModerationAct.id.desc())
        .limit(LOG_ON_A_PAGE)
        .offset((page - 1) * LOG_ON_A_PAGE)
    )
    return list(acts), total or 0


def sentences_to(author_id: int, post_ids: Iterable[int]) -> dict[int, str]:
    """Post id to the sentence its author received when it was last hidden, for posts of this author."""
    rows = db.session.execute(
        select(ModerationAct.post_id, ModerationAct.sentence)
        .join(Post, Post.id == ModerationAct.post_id)
        .where(
            ModerationAct.post_id.in_(list(post_ids)),
            ModerationAct.kind == ModerationKind.HIDE,
            Post.author_id == author_id,
        )
        .order_by(ModerationAct.id)
    )
    return {post_id: sentence for post_id, sentence in rows if post_id is not None}


def lock_intervals(case_id: int) -> list[LockInterval]:
    """When threads of a case were closed to new posts, as far as decided; PARTICIPATION.md section 6."""
    acts = db.session.scalars(
        select(ModerationAct)
        .join(CaseThread, CaseThread.thread_id == ModerationAct.thread_id)
        .where(
            CaseThread.case_id == case_id,
            ModerationAct.kind.in_([ModerationKind.LOCK, ModerationKind.UNLOCK]),
        )
        .order_by(ModerationAct.thread_id, ModerationAct.id)
    )
    found: list[LockInterval] = []
    for act in acts:
        if act.kind is ModerationKind.LOCK and act.until is not None:
            found.append(LockInterval(act.thread_id, act.at, act.until))
        elif found and found[-1].thread_id == act.thread_id and act.at < found[-1].ends_at:
            found[-1] = LockInterval(act.thread_id, found[-1].starts_at, act.at)
    return found


# Credits: facts that `ballot` reads


def credits_of(case_id: int, member_id: int, before: datetime | None = None) -> list[CreditFact]:
    """A member's credits in a case, the earliest first; with `before`, as recorded by then."""
    return _facts([Credit.case_id == case_id, Credit.member_id == member_id], before)


def credits_in(case_id: int, before: datetime | None = None) -> dict[int, list[CreditFact]]:
    """Member id to her credits in a case, for a roll; with `before`, as recorded by then."""
    found: dict[int, list[CreditFact]] = {}
    for fact in _facts([Credit.case_id == case_id], before):
        found.setdefault(fact.member_id, []).append(fact)
    return found


def participants(case_id: int, before: datetime) -> set[int]:
    """The members who hold a credit in a case that was recorded, and not lost, before a moment."""
    lost = exists().where(CreditLoss.credit_id == Credit.id, CreditLoss.recorded_at < before)
    return set(
        db.session.scalars(
            select(Credit.member_id)
            .where(Credit.case_id == case_id, Credit.at < before, Credit.recorded_at < before, ~lost)
            .distinct()
        )
    )


def _facts(conditions: Sequence[ColumnElement[bool]], before: datetime | None) -> list[CreditFact]:
    loss = [CreditLoss.credit_id == Credit.id]
    known: list[ColumnElement[bool]] = []
    if before is not None:
        loss.append(CreditLoss.recorded_at < before)
        known = [Credit.recorded_at < before, Credit.at < before]
    rows = db.session.execute(
        select(Credit, Post.thread_id, CreditLoss.recorded_at, CreditLoss.ground)
        .outerjoin(CreditLoss, and_(*loss))
        .outerjoin(Post, Post.id == Credit.post_id)
        .where(*conditions, *known)
        .order_by(Credit.at, Credit.id)
    )
    return [
        CreditFact(
            credit_id=credit.id,
            case_id=credit.case_id,
            member_id=credit.member_id,
            kind=credit.kind,
            source=f"post:{credit.post_id}" if credit.post_id is not None else f"credit:{credit.id}",
            post_id=credit.post_id,
            thread_id=thread_id,
            visible_characters=credit.visible_characters,
            at=credit.at,
            recorded_at=credit.recorded_at,
            lost_at=lost_at,
            loss_ground=ground,
        )
        for credit, thread_id, lost_at, ground in rows
    ]


def credits_held_by(post_id: int) -> list[Credit]:
    """The credits that a post gives now."""
    lost = exists().where(CreditLoss.credit_id == Credit.id)
    return list(
        db.session.scalars(select(Credit).where(Credit.post_id == post_id, ~lost).order_by(Credit.case_id))
    )
