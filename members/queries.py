"""What the register holds, read for the questions that pages and rules ask."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import contains_eager

from foundation.extensions import db
from members.models import Bylaw, BylawTopic, Member, Office, PolicyArea, Standing, Term, Unit, VotingRight
from members.rules.classes import MembershipClass, Subject


def standing_of(member_id: int, at: datetime) -> Standing | None:
    """What the register said of a member at a moment, with her unit."""
    return db.session.scalar(
        select(Standing)
        .join(Standing.unit)
        .options(contains_eager(Standing.unit))
        .where(Standing.member_id == member_id, Standing.recorded_at <= at)
        .order_by(Standing.recorded_at.desc(), Standing.id.desc())
        .limit(1)
    )


def standings_before(at: datetime) -> Select[tuple[int, int]]:
    """Subquery-ready: (member_id, id) of each member's last standing recorded before a moment."""
    ranked = select(
        Standing.member_id,
        Standing.id,
        func.row_number()
        .over(partition_by=Standing.member_id, order_by=(Standing.recorded_at.desc(), Standing.id.desc()))
        .label("place"),
    ).where(Standing.recorded_at < at)
    last = ranked.subquery()
    return select(last.c.member_id, last.c.id).where(last.c.place == 1)


def terms_of(member_id: int, at: datetime) -> list[Term]:
    """The terms a member serves at a moment, each with its office, unit and area."""
    return list(
        db.session.scalars(
            select(Term)
            .join(Term.office)
            .join(Office.unit)
            .outerjoin(Office.area)
            .options(
                contains_eager(Term.office).contains_eager(Office.unit),
                contains_eager(Term.office).contains_eager(Office.area),
            )
            .where(Term.member_id == member_id, Term.starts_at <= at, at < Term.ends_at)
            .order_by(Office.kind, Term.is_deputy, Term.id)
        )
    )


def keepers_of(area_ids: Iterable[int], at: datetime) -> list[Term]:
    """The terms of those who keep these areas at a moment: of each area the responsible one first, then the deputy.

    An area is one network with several keepers; the office given first answers for it.
    """
    return list(
        db.session.scalars(
            select(Term)
            .join(Term.office)
            .join(Term.member)
            .join(Office.unit)
            .options(
                contains_eager(Term.office).contains_eager(Office.unit),
                contains_eager(Term.member),
            )
            .where(Office.area_id.in_(list(area_ids)), Term.starts_at <= at, at < Term.ends_at)
            .order_by(Office.area_id, Office.id, Term.is_deputy, Term.id)
        )
    )


def holders(kinds: Iterable[str], unit_ids: Iterable[int], at: datetime) -> list[Term]:
    """The terms in offices of these kinds in these units at a moment."""
    return list(
        db.session.scalars(
            select(Term)
            .join(Term.office)
            .join(Term.member)
            .options(contains_eager(Term.office), contains_eager(Term.member))
            .where(
                Office.kind.in_(list(kinds)),
                Office.unit_id.in_(list(unit_ids)),
                Term.starts_at <= at,
                at < Term.ends_at,
            )
            .order_by(Office.id, Term.is_deputy, Member.name)
        )
    )


def lineage(unit: Unit) -> list[Unit]:
    """The unit and those above it, nearest first."""
    ids = [int(part) for part in unit.path.strip("/").split("/")]
    found = {row.id: row for row in db.session.scalars(select(Unit).where(Unit.id.in_(ids)))}
    return [found[unit_id] for unit_id in reversed(ids)]


def units() -> list[Unit]:
    """All units, each after the one above it."""
    return list(db.session.scalars(select(Unit).order_by(Unit.path)))


def areas() -> list[PolicyArea]:
    """All policy areas in their order."""
    return list(db.session.scalars(select(PolicyArea).order_by(PolicyArea.position, PolicyArea.name)))


def bylaw(unit: Unit, topic: BylawTopic, at: datetime) -> Bylaw | None:
    """What a unit has decided on a topic, or the nearest unit above it that has, as recorded by a moment."""
    ids = [int(part) for part in unit.path.strip("/").split("/")]
    found = db.session.scalars(
        select(Bylaw)
        .join(Unit, Unit.id == Bylaw.unit_id)
        .where(Bylaw.unit_id.in_(ids), Bylaw.topic == topic, Bylaw.recorded_at <= at)
        .order_by(func.length(Unit.path).desc(), Bylaw.recorded_at.desc(), Bylaw.id.desc())
        .limit(1)
    )
    return found.first()


def voting_classes(unit: Unit, subject: Subject) -> list[MembershipClass]:
    """The membership classes that may vote on a subject in a unit: its own rows and those of the units above."""
    ids = [int(part) for part in unit.path.strip("/").split("/")]
    rows = db.session.scalars(
        select(VotingRight.membership_class)
        .where(VotingRight.unit_id.in_(ids), VotingRight.subject == subject)
        .distinct()
    )
    given = set(rows)
    return [kind for kind in MembershipClass if kind in given]


def organisation() -> Unit | None:
    """The unit at the top of the tree."""
    return db.session.scalar(select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.id).limit(1))


def find_members(words: str, limit: int = 20) -> list[Member]:
    """Members whose name or member number contains the words; for officers' forms."""
    like = f"%{words.strip().replace('%', '').replace('_', '')}%"
    return list(
        db.session.scalars(
            select(Member)
            .where(or_(Member.name.ilike(like), Member.member_no == words.strip()))
            .order_by(Member.name)
            .limit(limit)
        )
    )
