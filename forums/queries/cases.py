"""Cases, and in which threads each is debated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    func,
    select,
    text,
)
from sqlalchemy.orm import aliased, contains_eager, joinedload

from forums.models import (
    Amendment,
    Case,
    CasePaper,
    CaseReader,
    CaseThread,
    DiscussionQuestion,
    Forum,
    Post,
    Thread,
)
from foundation.extensions import db


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
            .where(Forum.area_id == area_id, Case.merged_into_id.is_(None), which)
            .order_by(order, Case.id)
            .limit(most)
        )
    )


def case_by_id(case_id: int) -> Case | None:
    """A case with its forum, unit and responsible person; the one it was merged into, where it was."""
    asked = aliased(Case)
    return db.session.scalar(
        select(Case)
        .join(asked, Case.id == func.coalesce(asked.merged_into_id, asked.id))
        .options(joinedload(Case.forum), joinedload(Case.unit), joinedload(Case.responsible))
        .where(asked.id == case_id)
    )


def merged_into(case_id: int) -> list[Case]:
    """The cases that were merged into a case, the first one first."""
    return list(
        db.session.scalars(
            select(Case).where(Case.merged_into_id == case_id).order_by(Case.merged_at, Case.id)
        )
    )


def cases_of_thread(thread_id: int) -> list[Case]:
    """The cases that a thread is part of the debate on, in the order they were opened."""
    return list(
        db.session.scalars(
            select(Case)
            .join(CaseThread)
            .where(CaseThread.thread_id == thread_id, Case.merged_into_id.is_(None))
            .order_by(Case.id)
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


def questions_of(case_id: int) -> list[DiscussionQuestion]:
    """The discussion questions of a case in their order, each with its thread."""
    return list(
        db.session.scalars(
            select(DiscussionQuestion)
            .options(joinedload(DiscussionQuestion.thread))
            .where(DiscussionQuestion.case_id == case_id)
            .order_by(DiscussionQuestion.position)
        )
    )


def is_question(thread_id: int) -> bool:
    """Whether a thread is where a discussion question is answered."""
    return (
        db.session.scalar(select(DiscussionQuestion.id).where(DiscussionQuestion.thread_id == thread_id))
        is not None
    )


def amendment_of(post_id: int) -> Amendment | None:
    """The amendment that a post makes."""
    return db.session.get(Amendment, post_id)


def amendments_to(paper_id: int) -> list[Amendment]:
    """The amendments to a paper that stand, by the lines they name, each with its post and author."""
    return list(
        db.session.scalars(
            select(Amendment)
            .join(Amendment.post)
            .options(
                contains_eager(Amendment.post).joinedload(Post.author),
                contains_eager(Amendment.post).joinedload(Post.thread),
            )
            .where(Amendment.paper_id == paper_id, Post.deleted_at.is_(None), Post.hidden_at.is_(None))
            .order_by(Amendment.first_line, Amendment.last_line, Amendment.post_id)
        )
    )


def paper_by_id(case_id: int, paper_id: int) -> CasePaper | None:
    """A paper of a case."""
    return db.session.scalar(select(CasePaper).where(CasePaper.id == paper_id, CasePaper.case_id == case_id))


def named_reader(case_id: int) -> CaseReader | None:
    """Who is named to read a case's private statements beside its case officer."""
    return db.session.get(CaseReader, case_id)


def locked_cases(case_ids: Sequence[int]) -> Select[int]:
    """The cases' rows, held until the commit, always in the same order."""
    return select(Case.id).where(Case.id.in_(case_ids)).order_by(Case.id).with_for_update()


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
