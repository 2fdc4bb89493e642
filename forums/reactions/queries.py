"""What stands about the posts of a page, whom a name can mean, and what waits for an answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased, contains_eager, joinedload

from forums.models import CaseThread, Forum, Post, Thread, ThreadGuest, ThreadKind
from forums.reactions.models import (
    AnswerMark,
    Mention,
    Reaction,
    ReactionKind,
    Reminder,
    ReminderKind,
    TakenAlong,
)
from forums.reactions.rules import (
    FIRST_POST_FORGOTTEN,
    FIRST_POST_WAITS,
    LEAST_LETTERS,
    QUESTIONS_REMEMBERED,
    SUGGESTIONS,
    Question,
)
from foundation.extensions import db
from foundation.text import plain
from members.models import Member, Office, Standing, Term
from members.queries import standing_now
from members.rules.classes import MembershipClass, Status

# The posts of a page


@dataclass(frozen=True)
class Count:
    """How many said this of a post as it stands now and of an earlier version, and of which version the reader did."""

    now: int = 0
    earlier: int = 0
    mine: int | None = None


@dataclass(frozen=True)
class Taken:
    """That the holder of an office took a post along."""

    office_id: int
    name: str
    office: str
    sentence: str


@dataclass(frozen=True)
class Marks:
    """All that stands about the posts of a page, as one reader may know it."""

    counts: dict[tuple[int, ReactionKind], Count] = field(default_factory=dict)
    taken: dict[int, list[Taken]] = field(default_factory=dict)
    called: dict[int, dict[str, int]] = field(default_factory=dict)
    answer_id: int | None = None


def marks_of(posts: Sequence[Post], member_id: int, *, question_id: int | None = None) -> Marks:
    """What stands about these posts, in two statements, and one more in a question's thread."""
    ids = [post.id for post in posts if post.deleted_at is None]
    marks = Marks(answer_id=answer_of(question_id) if question_id is not None else None)
    if not ids:
        return marks
    of_now = func.sum(case((Reaction.post_version == Post.version, 1), else_=0))
    mine = func.max(case((Reaction.member_id == member_id, Reaction.post_version)))
    for post_id, kind, all_of_it, now, my_version in db.session.execute(
        select(Reaction.post_id, Reaction.kind, func.count(), of_now, mine)
        .join(Post, Post.id == Reaction.post_id)
        .where(
            Reaction.post_id.in_(ids),
            # Whom a post made think anew, its author is told the number of; nobody else is told anything.
            or_(
                Reaction.kind != ReactionKind.RETHOUGHT,
                Post.author_id == member_id,
                Reaction.member_id == member_id,
            ),
        )
        .group_by(Reaction.post_id, Reaction.kind)
    ):
        marks.counts[post_id, kind] = Count(now, all_of_it - now, my_version)
    calls = select(
        Mention.post_id, Mention.member_id, Mention.name, literal(""), literal(""), literal(0)
    ).where(Mention.post_id.in_(ids), Mention.withdrawn_at.is_(None))
    taken = (
        select(
            TakenAlong.post_id,
            TakenAlong.office_id,
            Member.name,
            Office.title,
            TakenAlong.sentence,
            literal(1),
        )
        .join(Member, Member.id == TakenAlong.member_id)
        .join(Office, Office.id == TakenAlong.office_id)
        .where(TakenAlong.post_id.in_(ids))
    )
    for post_id, number, name, title, sentence, is_taken in db.session.execute(union_all(calls, taken)):
        if is_taken:
            marks.taken.setdefault(post_id, []).append(Taken(number, name, title, sentence))
        else:
            marks.called.setdefault(post_id, {})[name] = number
    return marks


def answer_of(thread_id: int) -> int | None:
    """The post that answers a question, None while none does."""
    return db.session.scalar(select(AnswerMark.post_id).where(AnswerMark.thread_id == thread_id))


def answered_among(thread_ids: Collection[int]) -> set[int]:
    """Those of these questions that are answered."""
    return set(
        db.session.scalars(select(AnswerMark.thread_id).where(AnswerMark.thread_id.in_(list(thread_ids))))
    )


def has_reacted(case_id: int, member_id: int) -> ColumnElement[bool]:
    """Whether a member has said anything with one press of a post in the debate on a case, for a larger question."""
    return exists().where(
        Reaction.member_id == member_id,
        Post.id == Reaction.post_id,
        CaseThread.thread_id == Post.thread_id,
        CaseThread.case_id == case_id,
    )


# Names


@dataclass(frozen=True)
class Suggestion:
    """Somebody a text can call: her name, an office she holds, and whether she has written in the thread."""

    member_id: int
    name: str
    office: str
    wrote_here: bool


def _reads(thread_id: int | None) -> ColumnElement[bool]:
    """That the joined Member may read the thread; where none is named, what every member may read."""
    everywhere = and_(
        Standing.status == Status.ACTIVE, Standing.membership_class != MembershipClass.SYMPATHISER
    )
    if thread_id is None:
        return everywhere
    invited = exists().where(ThreadGuest.thread_id == thread_id, ThreadGuest.member_id == Member.id)
    return or_(everywhere, and_(Standing.status.in_((Status.ACTIVE, Status.SUSPENDED)), invited))


def _known(unit_id: int, at: datetime) -> ColumnElement[bool]:
    """That the joined Member's membership is no news to a reader of this unit.

    She has written, holds an office, or is of the same unit: a list of names must not tell who else is a member.
    """
    serves = exists().where(Term.member_id == Member.id, Term.starts_at <= at, at < Term.ends_at)
    wrote = exists().where(Post.author_id == Member.id, Post.deleted_at.is_(None))
    return or_(Standing.unit_id == unit_id, serves, wrote)


def _cases(words: str) -> list[str]:
    # SQLite folds the case of a-z alone: «ås» is asked for as «Ås» and «ÅS» too.
    return sorted({words, words.lower(), words.upper(), words.title()})


def suggestions(words: str, thread_id: int | None, unit_id: int, me: int, at: datetime) -> list[Suggestion]:
    """Whom an unfinished name can mean, those who have written in the thread first; a few, in two statements."""
    words = plain(words)[:60]
    wrote_here = exists().where(
        Post.author_id == Member.id, Post.thread_id == thread_id, Post.deleted_at.is_(None)
    )
    found = (
        select(Member.id, Member.name, wrote_here.label("here"))
        .join(Standing, Standing.member_id == Member.id)
        .where(Member.id != me, standing_now(at), _reads(thread_id), _known(unit_id, at))
        .order_by(wrote_here.desc(), Member.name, Member.id)
        .limit(SUGGESTIONS)
    )
    if words:
        found = found.where(
            or_(
                *(Member.name.istartswith(one, autoescape=True) for one in _cases(words)),
                *(Member.name.icontains(f" {one}", autoescape=True) for one in _cases(words)),
            )
        )
    if len(words) < LEAST_LETTERS:
        found = found.where(wrote_here)
    rows = db.session.execute(found).all()
    titles: dict[int, str] = {}
    for member_id, title in db.session.execute(
        select(Term.member_id, Office.title)
        .join(Office, Office.id == Term.office_id)
        .where(Term.member_id.in_([row[0] for row in rows]), Term.starts_at <= at, at < Term.ends_at)
        .order_by(Term.id)
    ):
        titles.setdefault(member_id, title)
    return [Suggestion(one, name, titles.get(one, ""), bool(here)) for one, name, here in rows]


def people_named(names: Collection[str], thread_id: int, unit_id: int, at: datetime) -> dict[str, list[int]]:
    """Name in lower case to the members who have it, may read the thread and may be named by a reader of this unit."""
    asked = {form for name in names for form in _cases(name)}
    found: dict[str, list[int]] = {}
    for member_id, name in db.session.execute(
        select(Member.id, Member.name)
        .join(Standing, Standing.member_id == Member.id)
        .where(Member.name.in_(sorted(asked)), standing_now(at), _reads(thread_id), _known(unit_id, at))
        .order_by(Member.id)
    ):
        found.setdefault(name.lower(), []).append(member_id)
    return found


def mentions_in(post_id: int) -> list[Mention]:
    """The mentions of a post, those that an edit has taken away too."""
    return list(db.session.scalars(select(Mention).where(Mention.post_id == post_id)))


# A person


def person(member_id: int, unit_id: int, at: datetime, *, guest_id: int | None = None) -> Member | None:
    """A member whose page a reader of this unit may open; for a guest, one who is met in a thread she is invited to."""
    wrote = select(Post.thread_id).where(Post.author_id == member_id, Post.deleted_at.is_(None))
    called = (
        select(Post.thread_id)
        .join(Mention, Mention.post_id == Post.id)
        .where(Mention.member_id == member_id, Mention.withdrawn_at.is_(None))
    )
    if guest_id is None:
        met = or_(_known(unit_id, at), called.exists())
    else:
        invited = ThreadGuest.thread_id.in_(wrote.union(called)), ThreadGuest.member_id == guest_id
        met = exists().where(*invited)
    return db.session.scalar(
        select(Member)
        .join(Standing, Standing.member_id == Member.id)
        .where(
            Member.id == member_id,
            standing_now(at),
            Standing.status.in_((Status.ACTIVE, Status.SUSPENDED)),
            met,
        )
    )


def questions_in(area_id: int, since: datetime) -> list[Question]:
    """The questions of an area since a moment, as its answer rate asks of them."""
    opening = aliased(Post)
    answer = aliased(Post)
    official = or_(AnswerMark.office_id.is_not(None), answer.office_id.is_not(None))
    rows = db.session.execute(
        select(Thread.opened_at, AnswerMark.thread_id, official)
        .join(Forum, Forum.id == Thread.forum_id)
        .join(opening, and_(opening.thread_id == Thread.id, opening.written_at == Thread.opened_at))
        .outerjoin(AnswerMark, AnswerMark.thread_id == Thread.id)
        .outerjoin(answer, answer.id == AnswerMark.post_id)
        .where(
            Forum.area_id == area_id,
            Thread.kind == ThreadKind.QUESTION,
            Thread.opened_at >= since,
            opening.id == opening.root_id,
            opening.author_id == Thread.author_id,
            opening.deleted_at.is_(None),
            opening.hidden_at.is_(None),
        )
    )
    return [
        Question(asked_at, answered is not None, bool(by_office)) for asked_at, answered, by_office in rows
    ]


def taken_from(member_id: int, limit: int = 50) -> list[TakenAlong]:
    """What representatives took along of a member's posts, the latest first."""
    return list(
        db.session.scalars(
            select(TakenAlong)
            .join(TakenAlong.post)
            .options(
                contains_eager(TakenAlong.post).joinedload(Post.thread),
                joinedload(TakenAlong.office),
                joinedload(TakenAlong.member),
            )
            .where(Post.author_id == member_id)
            .order_by(TakenAlong.at.desc())
            .limit(limit)
        )
    )


def rethought_of(member_id: int, limit: int = 50) -> list[tuple[Post, int]]:
    """A member's posts that made somebody think anew, with how many."""
    rows = db.session.execute(
        select(Post, func.count())
        .join(Reaction, Reaction.post_id == Post.id)
        .options(joinedload(Post.thread))
        .where(Post.author_id == member_id, Reaction.kind == ReactionKind.RETHOUGHT)
        .group_by(Post.id)
        .order_by(Post.id.desc())
        .limit(limit)
    )
    return [(post, number) for post, number in rows]


# What waits for an answer


def _opening_stands() -> ColumnElement[bool]:
    return exists().where(
        Post.thread_id == Thread.id,
        Post.id == Post.root_id,
        Post.written_at == Thread.opened_at,
        Post.author_id == Thread.author_id,
        Post.deleted_at.is_(None),
        Post.hidden_at.is_(None),
    )


def open_questions(before: datetime, since: datetime, *, area_id: int | None = None) -> list[Thread]:
    """The questions put in [since, before) that nobody has answered, the eldest first."""
    found = (
        select(Thread)
        .join(Thread.forum)
        .join(Thread.unit)
        .options(contains_eager(Thread.forum), contains_eager(Thread.unit))
        .where(
            Thread.kind == ThreadKind.QUESTION,
            Thread.opened_at >= since,
            Thread.opened_at < before,
            ~exists().where(AnswerMark.thread_id == Thread.id),
            _opening_stands(),
        )
        .order_by(Thread.opened_at, Thread.id)
    )
    return list(db.session.scalars(found.where(Forum.area_id == area_id) if area_id is not None else found))


def lonely_first_posts(at: datetime, *, area_id: int | None = None) -> list[Post]:
    """The first posts of members that nobody has answered in three days, for a fortnight; the eldest first.

    Answered is a post that somebody else wrote under it or as an answer to it, or, where it opens a thread, in it.
    """
    earlier, answer = aliased(Post), aliased(Post)
    first = ~exists().where(earlier.author_id == Post.author_id, earlier.id < Post.id)
    opens = and_(Post.id == Post.root_id, Post.written_at == Thread.opened_at)
    answered = exists().where(
        answer.thread_id == Post.thread_id,
        answer.id > Post.id,
        answer.author_id != Post.author_id,
        answer.deleted_at.is_(None),
        or_(answer.quotes_id == Post.id, answer.root_id == Post.id, opens),
    )
    found = (
        select(Post)
        .join(Post.thread)
        .join(Thread.forum)
        .join(Thread.unit)
        .options(
            contains_eager(Post.thread).options(contains_eager(Thread.forum), contains_eager(Thread.unit)),
            joinedload(Post.author),
        )
        .where(
            Post.written_at > at - FIRST_POST_FORGOTTEN,
            Post.written_at <= at - FIRST_POST_WAITS,
            Post.deleted_at.is_(None),
            Post.hidden_at.is_(None),
            Post.office_id.is_(None),
            first,
            ~answered,
        )
        .order_by(Post.id)
    )
    return list(db.session.scalars(found.where(Forum.area_id == area_id) if area_id is not None else found))


def reminded(at: datetime) -> set[tuple[ReminderKind, int]]:
    """What somebody was reminded of lately."""
    since = at - 2 * QUESTIONS_REMEMBERED
    rows = db.session.execute(select(Reminder.kind, Reminder.subject_id).where(Reminder.at >= since))
    return {(kind, subject_id) for kind, subject_id in rows}


def reminded_since(member_ids: Collection[int], since: datetime) -> set[int]:
    """Those of these members who have had a reminder since a moment."""
    return set(
        db.session.scalars(
            select(Reminder.member_id).where(Reminder.member_id.in_(list(member_ids)), Reminder.at >= since)
        )
    )
