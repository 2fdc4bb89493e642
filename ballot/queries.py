"""What pages and services read of ballots, each in a known number of queries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from ballot.models import Answer, Ballot, BallotTeller, BallotUnit, Result, Roll, RollEntry, SealedPaper
from ballot.rules.lifecycle import State
from forums.models import Case, CaseThread, Credit, CreditLoss, Forum, Post, Thread
from foundation.extensions import db
from members.models import Dues, Member, Standing, Unit

RUNNING = (State.NOTIFIED, State.FROZEN, State.OPEN, State.CLOSED, State.COUNTED, State.CERTIFIED)
# Where appeals against the roll can still wait for somebody.
WITH_ROLL = (State.FROZEN, State.OPEN, State.CLOSED, State.COUNTED)


def ballot(ballot_id: int) -> Ballot | None:
    """A ballot with its unit and case."""
    return db.session.get(Ballot, ballot_id, options=[joinedload(Ballot.unit), joinedload(Ballot.case)])


def whole_ballot(ballot_id: int) -> Ballot | None:
    """A ballot with all that its page shows: unit, case, people, options, arguments, sources, whom it is for."""
    return db.session.get(
        Ballot,
        ballot_id,
        options=[
            joinedload(Ballot.unit),
            joinedload(Ballot.case),
            joinedload(Ballot.responsible),
            selectinload(Ballot.options),
            selectinload(Ballot.arguments),
            selectinload(Ballot.sources),
            selectinload(Ballot.units).joinedload(BallotUnit.unit),
            selectinload(Ballot.classes),
        ],
    )


def is_due(at: datetime) -> ColumnElement[bool]:
    """Where time has brought about a transition that has not been recorded; `lifecycle.due_events` in SQL.

    Only a question to ask first: whether something is due, the rule says.
    """
    return or_(
        and_(Ballot.state == State.NOTIFIED, Ballot.roll_freezes_at <= at),
        and_(Ballot.state == State.NOTIFIED, Ballot.dates_due_at <= at),
        and_(Ballot.state == State.FROZEN, Ballot.opens_at <= at),
        and_(Ballot.state == State.OPEN, Ballot.closes_at <= at),
        and_(Ballot.state == State.CLOSED, Ballot.closes_at <= at, ~_has_tellers()),
        and_(Ballot.state == State.COUNTED, Ballot.closes_at <= at, ~_has_tellers(), _adds_up()),
        and_(Ballot.state == State.CERTIFIED, Ballot.objections_end_at <= at),
        and_(Ballot.state.in_(WITH_ROLL), Ballot.appeals_due_at <= at),
    )


def _has_tellers() -> ColumnElement[bool]:
    return exists().where(BallotTeller.ballot_id == Ballot.id)


def _adds_up() -> ColumnElement[bool]:
    return exists().where(Result.ballot_id == Ballot.id, Result.adds_up)


def due_ids(at: datetime) -> list[int]:
    """The ballots in which something may be due, the earliest first."""
    return list(
        db.session.scalars(select(Ballot.id).where(is_due(at)).order_by(Ballot.roll_freezes_at, Ballot.id))
    )


def roll_of(ballot_id: int) -> Roll | None:
    """The roll's published numbers and hash."""
    return db.session.get(Roll, ballot_id)


def result_of(ballot_id: int) -> Result | None:
    """What the count gave."""
    return db.session.get(Result, ballot_id)


def result_and_answer(ballot_id: int) -> tuple[Result | None, Answer | None]:
    """What the count gave and what was answered to it, in one query."""
    row = db.session.execute(
        select(Result, Answer)
        .outerjoin(Answer, Answer.ballot_id == Result.ballot_id)
        .where(Result.ballot_id == ballot_id)
    ).first()
    return (row[0], row[1]) if row else (None, None)


def replacement_of(ballot_id: int) -> Ballot | None:
    """The ballot that was noticed in the place of one that ended before its time."""
    return db.session.scalar(
        select(Ballot)
        .where(Ballot.replaces_id == ballot_id, Ballot.notified_at.is_not(None))
        .order_by(Ballot.id.desc())
        .limit(1)
    )


def roll_entry(ballot_id: int, member_id: int) -> RollEntry | None:
    """A member's own line on a roll."""
    return db.session.scalar(
        select(RollEntry).where(RollEntry.ballot_id == ballot_id, RollEntry.member_id == member_id)
    )


def standing_before(member_id: int, at: datetime) -> Standing | None:
    """What the register said of a member in the last row recorded before a moment."""
    return db.session.scalar(
        select(Standing)
        .join(Standing.unit)
        .options(contains_eager(Standing.unit))
        .where(Standing.member_id == member_id, Standing.recorded_at < at)
        .order_by(Standing.recorded_at.desc(), Standing.id.desc())
        .limit(1)
    )


def dues_of(member_id: int, before: datetime) -> Sequence[Dues]:
    """A member's payments as recorded before a moment."""
    return db.session.scalars(
        select(Dues).where(Dues.member_id == member_id, Dues.recorded_at < before)
    ).all()


def credits_and_losses(case_id: int | None, member_id: int) -> tuple[list[Credit], list[CreditLoss]]:
    """A member's credits in a case and what was lost of them, in one query."""
    if case_id is None:
        return [], []
    rows = db.session.execute(
        select(Credit, CreditLoss)
        .outerjoin(CreditLoss, CreditLoss.credit_id == Credit.id)
        .outerjoin(CreditLoss.finding)
        .options(contains_eager(CreditLoss.finding))
        .where(Credit.case_id == case_id, Credit.member_id == member_id)
        .order_by(Credit.id)
    ).all()
    return list({credit.id: credit for credit, _ in rows}.values()), [
        loss for _, loss in rows if loss is not None
    ]


def threads_of(case_id: int | None) -> list[int]:
    """The threads linked to a case."""
    if case_id is None:
        return []
    return list(
        db.session.scalars(
            select(CaseThread.thread_id).where(CaseThread.case_id == case_id).order_by(CaseThread.thread_id)
        )
    )


def _summary(condition: ColumnElement[bool]) -> list[Ballot]:
    """Ballots with unit, case and whom they are for, in ONE query; what is decided first stands first."""
    return list(
        db.session.scalars(
            select(Ballot)
            .options(
                joinedload(Ballot.case),
                joinedload(Ballot.unit),
                joinedload(Ballot.responsible),
                joinedload(Ballot.units).joinedload(BallotUnit.unit),
                joinedload(Ballot.classes),
            )
            .where(condition, Ballot.notified_at.is_not(None))
            .order_by(Ballot.closes_at, Ballot.id)
        ).unique()
    )


def on_case(case_id: int) -> list[Ballot]:
    """The ballots on a case that members know of, with those on cases that were merged into it."""
    merged = select(Case.id).where(Case.merged_into_id == case_id)
    return _summary(or_(Ballot.case_id == case_id, Ballot.case_id.in_(merged)))


def on_cases(case_ids: Collection[int]) -> list[Ballot]:
    """The ballots on these cases that members know of."""
    return _summary(Ballot.case_id.in_(list(case_ids)))


def on_thread(thread_id: int) -> list[Ballot]:
    """The ballots that members know of on the cases a thread belongs to."""
    return _summary(Ballot.case_id.in_(select(CaseThread.case_id).where(CaseThread.thread_id == thread_id)))


def roll_line(ballot_id: int, member_id: int) -> tuple[Roll | None, RollEntry | None]:
    """The roll of a ballot and a member's own line on it, in one query."""
    row = db.session.execute(
        select(Roll, RollEntry)
        .outerjoin(RollEntry, (RollEntry.ballot_id == Roll.ballot_id) & (RollEntry.member_id == member_id))
        .where(Roll.ballot_id == ballot_id)
    ).first()
    return (row[0], row[1]) if row else (None, None)


def posts_without_credit(
    case_id: int, member_id: int, has_reacted: Callable[[int, int], ColumnElement[bool]]
) -> tuple[list[Post], bool]:
    """What a member has written in the threads of a case that gave no credit in it, and still stands.

    And whether she has reacted to anything in it, which is not enough alone: both in one query.
    """
    credited = select(Credit.post_id).where(Credit.case_id == case_id, Credit.post_id.is_not(None))
    left_out = (
        select(Post.id)
        .join(CaseThread, CaseThread.thread_id == Post.thread_id)
        .where(
            CaseThread.case_id == case_id,
            Post.author_id == member_id,
            Post.deleted_at.is_(None),
            Post.id.not_in(credited),
        )
        .order_by(Post.id)
        .limit(20)
    )
    once = select(has_reacted(case_id, member_id).label("reacted")).subquery()
    rows = db.session.execute(
        select(once.c.reacted, Post)
        .select_from(once)
        .outerjoin(Post, Post.id.in_(left_out))
        .order_by(Post.id)
    ).all()
    return [post for _reacted, post in rows if post is not None], bool(rows[0].reacted)


def of_units(unit_path: str) -> ColumnElement[bool]:
    """Where a ballot is for the unit with this path: a unit of the ballot is it, or stands above it."""
    ids = [int(part) for part in unit_path.strip("/").split("/")]
    return Ballot.id.in_(select(BallotUnit.ballot_id).where(BallotUnit.unit_id.in_(ids)))


def of_boards(unit_ids: Collection[int], limit: int = 200) -> list[Ballot]:
    """The ballots that belong to these units or to the units right below them, the newest first; one query."""
    return list(
        db.session.scalars(
            select(Ballot)
            .join(Ballot.unit)
            .options(contains_eager(Ballot.unit), joinedload(Ballot.drafter))
            .where(or_(Unit.id.in_(unit_ids), Unit.parent_id.in_(unit_ids)))
            .order_by(Ballot.drafted_at.desc(), Ballot.id.desc())
            .limit(limit)
        )
    )


def units_below(paths: Iterable[str]) -> list[Unit]:
    """These units and all below them, each after the one above it."""
    inside = or_(*(Unit.path.startswith(path, autoescape=True) for path in paths))
    return list(db.session.scalars(select(Unit).where(inside).order_by(Unit.path)))


def cases_near(units: Collection[Unit], at: datetime, *, besides: int | None = None) -> list[Case]:
    """Running cases of these units and of those above and below them, what is decided first on top.

    `besides` is a case that is listed although it has been decided.
    """
    above = {int(part) for unit in units for part in unit.path.strip("/").split("/")}
    below = [Unit.path.startswith(unit.path, autoescape=True) for unit in units]
    return list(
        db.session.scalars(
            select(Case)
            .join(Unit, Unit.id == Case.unit_id)
            .where(
                or_(
                    Case.id == (besides or 0),
                    and_(
                        Case.decides_at > at, Case.merged_into_id.is_(None), or_(Unit.id.in_(above), *below)
                    ),
                )
            )
            .order_by(Case.decides_at, Case.id)
            .limit(200)
        )
    )


def other_threads(case: Case, limit: int = 100) -> list[Thread]:
    """Threads that are not linked to a case, its own area's first, then the latest: where the debate also was."""
    linked = select(CaseThread.thread_id).where(CaseThread.case_id == case.id)
    return list(
        db.session.scalars(
            select(Thread)
            .where(Thread.id.not_in(linked))
            .options(joinedload(Thread.forum).joinedload(Forum.area))
            .order_by((Thread.forum_id != case.forum_id), Thread.last_post_at.desc(), Thread.id.desc())
            .limit(limit)
        )
    )


def open_threads(case: Case, at: datetime, limit: int = 300) -> list[Thread]:
    """The latest threads that are not linked to a case, and are open to everybody to read and to write in."""
    linked = select(CaseThread.thread_id).where(CaseThread.case_id == case.id)
    return list(
        db.session.scalars(
            select(Thread)
            .where(
                Thread.id.not_in(linked),
                Thread.merged_into_id.is_(None),
                or_(Thread.locked_at.is_(None), Thread.locked_until <= at),
            )
            .options(joinedload(Thread.forum).joinedload(Forum.area))
            .order_by((Thread.forum_id != case.forum_id), Thread.last_post_at.desc(), Thread.id.desc())
            .limit(limit)
        )
    )


def threads(ids: Collection[int]) -> list[Thread]:
    """These threads in their order."""
    return list(db.session.scalars(select(Thread).where(Thread.id.in_(list(ids))).order_by(Thread.id)))


def sealed_papers(ballot_id: int) -> int:
    """How many papers still lie sealed in the box."""
    return db.session.scalar(select(func.count()).where(SealedPaper.ballot_id == ballot_id)) or 0


def marked(ballot_id: int, page: int, size: int) -> list[tuple[str, str]]:
    """Name and unit of those with a mark in the roll, by name; for tellers and control committee after closing."""
    rows = db.session.execute(
        select(Member.name, Unit.name)
        .select_from(RollEntry)
        .join(Member, Member.id == RollEntry.member_id)
        .join(Unit, Unit.id == RollEntry.unit_id)
        .where(RollEntry.ballot_id == ballot_id, RollEntry.voted)
        .order_by(Member.name, Member.member_no)
        .limit(size)
        .offset((page - 1) * size)
    )
    return [(name, unit) for name, unit in rows]


def members(ids: Collection[int]) -> dict[int, Member]:
    """These members by id."""
    return {row.id: row for row in db.session.scalars(select(Member).where(Member.id.in_(list(ids))))}
