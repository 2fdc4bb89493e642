"""Private statements: whose they are, who reads them, and how many each officer has entered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from forums import queries
from forums.models import Case
from forums.statements.models import Reading, Statement
from foundation.extensions import db
from members import queries as people
from members.models import Member, Term, Unit
from members.rules.permissions import OfficeKind
from members.rules.units import within

ON_A_PAGE = 50


def statement_by_id(statement_id: int) -> Statement | None:
    """A statement with its case."""
    return db.session.scalar(
        select(Statement)
        .options(
            joinedload(Statement.case).joinedload(Case.forum),
            joinedload(Statement.case).joinedload(Case.unit),
        )
        .where(Statement.id == statement_id)
    )


def own(case_id: int, member_id: int) -> list[Statement]:
    """A member's statements on a case, the latest first."""
    return list(
        db.session.scalars(
            select(Statement)
            .options(joinedload(Statement.entered_by))
            .where(
                Statement.case_id == case_id,
                Statement.author_id == member_id,
                Statement.withdrawn_at.is_(None),
            )
            .order_by(Statement.id.desc())
        )
    )


def readings_of(statement_ids: Iterable[int]) -> dict[int, list[Reading]]:
    """Who has read these statements, by statement, the first reader first."""
    found: dict[int, list[Reading]] = {}
    for reading in db.session.scalars(
        select(Reading)
        .options(joinedload(Reading.reader))
        .where(Reading.statement_id.in_(list(statement_ids)))
        .order_by(Reading.at, Reading.reader_id)
    ):
        found.setdefault(reading.statement_id, []).append(reading)
    return found


def to_read(case_id: int, page: int = 1) -> list[Statement]:
    """A page of the statements on a case, with their authors, the latest first."""
    return list(
        db.session.scalars(
            select(Statement)
            .options(joinedload(Statement.author))
            .where(Statement.case_id == case_id, Statement.withdrawn_at.is_(None))
            .order_by(Statement.given_at.desc(), Statement.id.desc())
            .limit(ON_A_PAGE)
            .offset((page - 1) * ON_A_PAGE)
        )
    )


def count(case_id: int) -> int:
    """How many statements on a case stand."""
    return (
        db.session.scalar(
            select(func.count()).where(Statement.case_id == case_id, Statement.withdrawn_at.is_(None))
        )
        or 0
    )


def unread(case_id: int, reader_id: int) -> int:
    """How many statements of others on a case a reader has not read."""
    read = select(Reading.statement_id).where(Reading.reader_id == reader_id)
    return (
        db.session.scalar(
            select(func.count()).where(
                Statement.case_id == case_id,
                Statement.withdrawn_at.is_(None),
                Statement.author_id != reader_id,
                Statement.id.not_in(read),
            )
        )
        or 0
    )


def published(case_id: int) -> list[Statement]:
    """The statements on a case that are published without a name, the earliest first."""
    return list(
        db.session.scalars(
            select(Statement)
            .where(
                Statement.case_id == case_id,
                Statement.published_at.is_not(None),
                Statement.withdrawn_at.is_(None),
            )
            .order_by(Statement.published_at, Statement.id)
        )
    )


@dataclass(frozen=True)
class Entered:
    """How many assisted contributions an officer has entered, and how many members said it was not theirs."""

    officer: Member
    number: int
    members: int
    disowned: int


def entered_by_officer(paths: Iterable[str]) -> list[Entered]:
    """The numbers per officer in cases of the units at `paths` and below, the most first."""
    rows = db.session.execute(
        select(
            Member,
            func.count(Statement.id),
            func.count(Statement.author_id.distinct()),
            func.count(Statement.disowned_at),
        )
        .join(Statement, Statement.entered_by_id == Member.id)
        .join(Statement.case)
        .join(Case.unit)
        .where(_inside(paths))
        .group_by(Member.id)
        .order_by(func.count(Statement.id).desc(), Member.name)
    )
    return [Entered(*row) for row in rows]


def disowned(paths: Iterable[str]) -> list[Statement]:
    """The assisted contributions that their members say were not theirs, the latest first."""
    return list(
        db.session.scalars(
            select(Statement)
            .join(Statement.case)
            .join(Case.unit)
            .options(
                contains_eager(Statement.case),
                joinedload(Statement.entered_by),
                joinedload(Statement.author),
            )
            .where(Statement.disowned_at.is_not(None), _inside(paths))
            .order_by(Statement.disowned_at.desc())
            .limit(ON_A_PAGE)
        )
    )


def _inside(paths: Iterable[str]) -> ColumnElement[bool]:
    return or_(false(), *(Unit.path.startswith(path, autoescape=True) for path in paths))


def may_read(case: Case, at: datetime) -> list[Term]:
    """The terms of those who can be named to read a case's statements: who keep its area, and case officers.

    Those of the case's own unit come before those above it, and who answers for the area before her deputy.
    """
    terms = people.keepers_of([case.forum.area_id], at)
    terms += people.holders([OfficeKind.CASE_OFFICER], [unit.id for unit in people.lineage(case.unit)], at)
    units = (case.unit.path, case.forum.unit.path)
    found = [term for term in terms if any(within(path, term.office.unit.path) for path in units)]
    return sorted(found, key=lambda term: -len(term.office.unit.path))


def second_reader(case: Case, at: datetime) -> Member | None:
    """Who reads a case's private statements beside its case officer.

    The one named for it while she holds an office that can; else the area's deputy or its other keepers, of the
    case's unit before those above.
    """
    terms = [term for term in may_read(case, at) if term.member_id != case.responsible_id]
    named = queries.named_reader(case.id)
    if named is not None:
        for term in terms:
            if term.member_id == named.member_id:
                return term.member
    return terms[0].member if terms else None


def case_titles(case_ids: Iterable[int]) -> list[tuple[int, str]]:
    """(id, title) of these cases."""
    rows = db.session.execute(select(Case.id, Case.title).where(Case.id.in_(list(case_ids))))
    return [(case_id, title) for case_id, title in rows]
