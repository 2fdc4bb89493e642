"""What the register holds, read for the questions that pages and rules ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from foundation.extensions import db
from foundation.text import plain
from members.models import (
    Bylaw,
    BylawTopic,
    Member,
    MemberSession,
    Office,
    PolicyArea,
    PrintedCode,
    SignInLink,
    Standing,
    Term,
    Unit,
    VotingRight,
)
from members.rules.classes import MembershipClass, Status, Subject
from members.rules.permissions import OfficeKind, Role, role_of_membership


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


def administrator_ids(at: datetime) -> set[int]:
    """The members who are administrators at a moment, wherever their office is."""
    return set(
        db.session.scalars(
            select(Term.member_id)
            .join(Term.office)
            .where(Office.kind == OfficeKind.ADMINISTRATOR, Term.starts_at <= at, at < Term.ends_at)
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


def voting_rights(unit_ids: Iterable[int]) -> set[tuple[MembershipClass, Subject]]:
    """The cells that say yes in the tables of these units."""
    rows = db.session.execute(
        select(VotingRight.membership_class, VotingRight.subject).where(
            VotingRight.unit_id.in_(list(unit_ids))
        )
    )
    return {(membership_class, subject) for membership_class, subject in rows}


def bylaws_of(unit: Unit) -> list[Bylaw]:
    """All that a unit and those above it have recorded, by topic, what counts first (as `bylaw` would answer)."""
    ids = [int(part) for part in unit.path.strip("/").split("/")]
    return list(
        db.session.scalars(
            select(Bylaw)
            .join(Unit, Unit.id == Bylaw.unit_id)
            .where(Bylaw.unit_id.in_(ids))
            .order_by(Bylaw.topic, func.length(Unit.path).desc(), Bylaw.recorded_at.desc(), Bylaw.id.desc())
        )
    )


def unit(unit_id: int) -> Unit | None:
    """One unit."""
    return db.session.get(Unit, unit_id)


def organisation() -> Unit | None:
    """The unit at the top of the tree."""
    return db.session.scalar(select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.id).limit(1))


def register_at(at: datetime) -> Select[Any]:
    """Ready to run: each member with what the register said of her at a moment, one row for each."""
    place = func.row_number().over(
        partition_by=Standing.member_id, order_by=(Standing.recorded_at.desc(), Standing.id.desc())
    )
    last = (
        select(
            Standing.member_id,
            Standing.unit_id,
            Standing.membership_class,
            Standing.status,
            Standing.joined_at,
            Standing.born_year,
            place.label("place"),
        )
        .where(Standing.recorded_at <= at)
        .subquery()
    )
    return (
        select(
            Member.id,
            Member.member_no,
            Member.name,
            Member.email,
            Member.gender,
            last.c.unit_id,
            last.c.membership_class,
            last.c.status,
            last.c.joined_at,
            last.c.born_year,
        )
        .join(last, last.c.member_id == Member.id)
        .where(last.c.place == 1)
    )


def standing_now(at: datetime) -> ColumnElement[bool]:
    """That a joined Standing is the last one recorded of the joined Member by a moment."""
    later = aliased(Standing)
    last = (
        select(later.id)
        .where(later.member_id == Member.id, later.recorded_at <= at)
        .order_by(later.recorded_at.desc(), later.id.desc())
        .limit(1)
        .correlate(Member)
        .scalar_subquery()
    )
    return Standing.id == last


def signing_in_by(which: ColumnElement[bool], at: datetime) -> Member | None:
    """The member of this address, number or id, if she is one now; one query whoever she is and whoever is not."""
    found = db.session.execute(
        select(Member, Standing.membership_class, Standing.status)
        .join(Standing, Standing.member_id == Member.id)
        .where(which, standing_now(at))
    ).first()
    if found is None:
        return None
    member, membership_class, status = found
    return member if role_of_membership(membership_class, status) is not Role.VISITOR else None


def link_by(token_hash: bytes) -> SignInLink | None:
    """The sign-in link whose token has this hash."""
    return db.session.scalar(select(SignInLink).where(SignInLink.token_hash == token_hash))


def sessions_of(member_id: int, at: datetime) -> list[MemberSession]:
    """Where a member is signed in now, the latest first."""
    return list(
        db.session.scalars(
            select(MemberSession)
            .where(
                MemberSession.member_id == member_id,
                MemberSession.ended_at.is_(None),
                MemberSession.expires_at > at,
            )
            .order_by(MemberSession.seen_on.desc(), MemberSession.started_at.desc(), MemberSession.id.desc())
        )
    )


@dataclass(frozen=True)
class Listed:
    """A member in a list: who she is and how she stands now."""

    member: Member
    standing: Standing


def search_members(
    words: str, tops: Iterable[str], at: datetime, *, page: int = 1, size: int = 50
) -> tuple[list[Listed], int]:
    """Those in the units at `tops` and below whose name or number has all the words, and how many they are in all.

    Whoever has left is in no list. `tops` are paths of units; `page` counts from 1.
    """
    found = (
        select(Member, Standing)
        .join(Standing, Standing.member_id == Member.id)
        .join(Standing.unit)
        .where(
            standing_now(at),
            Standing.status.in_((Status.ACTIVE, Status.SUSPENDED)),
            or_(*(Unit.path.startswith(top, autoescape=True) for top in tops)),
        )
    )
    for word in plain(words).split():
        # SQLite folds the case of a-z alone: «ås» is asked for as «Ås» and «ÅS» too.
        cases = {word, word.lower(), word.upper(), word.title()}
        found = found.where(
            or_(
                Member.member_no == word,
                *(Member.name.icontains(case, autoescape=True) for case in sorted(cases)),
            )
        )
    total = db.session.scalar(found.with_only_columns(func.count())) or 0
    rows = db.session.execute(
        found.options(contains_eager(Standing.unit))
        .order_by(Member.name, Member.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return [Listed(member, standing) for member, standing in rows], total


def listed(member_id: int, at: datetime) -> Listed | None:
    """One member and how she stands now, gone or not; None for one the register does not know."""
    standing = standing_of(member_id, at)
    member = db.session.get(Member, member_id)
    return Listed(member, standing) if member and standing else None


def members_in_units(at: datetime) -> dict[int, int]:
    """How many members each unit has itself, by its id."""
    rows = db.session.execute(
        select(Standing.unit_id, func.count())
        .join(Member, Member.id == Standing.member_id)
        .where(standing_now(at), Standing.status.in_((Status.ACTIVE, Status.SUSPENDED)))
        .group_by(Standing.unit_id)
    )
    return dict(rows.all())


def terms_from(at: datetime) -> list[Term]:
    """All terms that run at a moment or later, with office, unit, area and member, by unit and kind."""
    return list(
        db.session.scalars(_terms().where(Term.ends_at > at).order_by(Unit.path, Office.kind, *_SENIORITY))
    )


def terms_of_member(member_id: int) -> list[Term]:
    """All terms of a member, past ones too, the latest first."""
    return list(
        db.session.scalars(
            _terms().where(Term.member_id == member_id).order_by(Term.starts_at.desc(), Term.id)
        )
    )


def term(term_id: int) -> Term | None:
    """One term with its office, unit, area and member."""
    return db.session.scalar(_terms().where(Term.id == term_id))


_SENIORITY = (Office.id, Term.is_deputy, Term.starts_at, Term.id)


def _terms() -> Select[Term]:
    return (
        select(Term)
        .join(Term.office)
        .join(Term.member)
        .join(Office.unit)
        .outerjoin(Office.area)
        .options(
            contains_eager(Term.office).contains_eager(Office.unit),
            contains_eager(Term.office).contains_eager(Office.area),
            contains_eager(Term.member),
        )
    )


def subjects_voted_on(unit: Unit, membership_class: MembershipClass) -> set[Subject]:
    """The subjects on which a class may vote in a unit: the unit's own rows and those of the units above."""
    ids = [int(part) for part in unit.path.strip("/").split("/")]
    return set(
        db.session.scalars(
            select(VotingRight.subject).where(
                VotingRight.unit_id.in_(ids), VotingRight.membership_class == membership_class
            )
        )
    )


def codes_waiting(tops: Iterable[str], at: datetime, *, since: datetime) -> list[PrintedCode]:
    """The printed codes asked for since a moment and not yet issued, for members in the units at `tops` and below."""
    return list(
        db.session.scalars(
            select(PrintedCode)
            .join(PrintedCode.member)
            .join(Standing, Standing.member_id == Member.id)
            .join(Standing.unit)
            .options(contains_eager(PrintedCode.member), joinedload(PrintedCode.asked_by))
            .where(
                standing_now(at),
                PrintedCode.issued_by_id.is_(None),
                PrintedCode.asked_at > since,
                or_(*(Unit.path.startswith(top, autoescape=True) for top in tops)),
            )
            .order_by(PrintedCode.asked_at, PrintedCode.id)
        )
    )
