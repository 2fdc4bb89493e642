"""Offices given for a term and terms ended; the rights that follow are worked out from them, never stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from foundation import audit, clock
from foundation.errors import NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members import access, hooks, queries
from members.access import Rights
from members.models import Office, Term, Unit
from members.rules.answers import Refused
from members.rules.permissions import (
    Matter,
    OfficeKind,
    Permission,
    Role,
    RoleHeld,
    may_be_named,
    role_of,
)
from members.services.asking import require

# The offices by which somebody keeps an area, and cannot be held without one.
KEEPING = frozenset({OfficeKind.COMMITTEE_LEADER, OfficeKind.ELECTED_REPRESENTATIVE})
# Those that may be held for one area or for all of a unit.
OF_AN_AREA = KEEPING | {OfficeKind.CASE_OFFICER}


@dataclass(frozen=True)
class NewTerm:
    """Who is to hold what, in [starts_at, ends_at)."""

    member_id: int
    kind: OfficeKind
    unit_id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    area_id: int | None = None
    body: str = ""
    is_deputy: bool = False


def give_office(rights: Rights, new: NewTerm) -> int:
    """Give a member an office for a term; answers the term's number.

    Raises NotAllowed for one's own office (another administrator gives that) and RuleBroken when the member can
    hold no office, has it already, or holds another that it does not go with (LIFECYCLE.md section 2, at naming).
    """
    unit = db.session.get(Unit, new.unit_id)
    found = queries.listed(new.member_id, clock.now())
    if unit is None or found is None:
        raise NotFound
    matter = Matter(owner_id=new.member_id, unit_path=unit.path)
    require(rights, Permission.GIVE_OFFICE, matter, unit_id=unit.id, about=("member", new.member_id))
    actor_id = rights.member.id
    with transaction() as session:
        _check(new)
        office = _office(new)
        if _overlaps(office, new):
            raise RuleBroken(Reason.of("term_overlaps"))
        term = Term(
            office_id=office.id,
            member_id=new.member_id,
            is_deputy=new.is_deputy,
            starts_at=new.starts_at,
            ends_at=new.ends_at,
        )
        session.add(term)
        session.flush()
        audit.record(
            "office_given",
            actor_id=actor_id,
            unit_id=new.unit_id,
            subject=("term", term.id),
            member=new.member_id,
            office=office.id,
            kind=new.kind,
            deputy=new.is_deputy,
            starts_at=new.starts_at,
            ends_at=new.ends_at,
        )
        hooks.rights_changed([new.member_id])
        return term.id


def end_term(rights: Rights, term_id: int) -> None:
    """End a term now, or before it has begun; what followed from it ends at once."""
    term = queries.term(term_id)
    if term is None:
        raise NotFound
    matter = Matter(owner_id=term.member_id, unit_path=term.office.unit.path)
    unit_id, actor_id = term.office.unit_id, rights.member.id
    require(rights, Permission.END_TERM, matter, unit_id=unit_id, about=("term", term_id))
    with transaction() as session:
        term = session.get_one(Term, term_id, with_for_update=True)
        at = clock.now()
        if term.ends_at <= at:
            raise RuleBroken(Reason.of("term_over", at=term.ends_at))
        before = term.ends_at
        term.ends_at = max(at, term.starts_at)
        audit.record(
            "term_ended",
            actor_id=actor_id,
            unit_id=unit_id,
            subject=("term", term_id),
            member=term.member_id,
            was_to_end_at=before,
        )
        hooks.rights_changed([term.member_id])


def _check(new: NewTerm) -> None:
    unit = db.session.get_one(Unit, new.unit_id)
    found = queries.listed(new.member_id, clock.now())
    rights = access.rights_of(found.member) if found else None
    if rights is None or any(held.role in {Role.VISITOR, Role.GUEST} for held in rights.held):
        raise RuleBroken(Reason.of("office_needs_member"))
    if new.ends_at <= new.starts_at:
        raise RuleBroken(Reason.of("term_backwards"))
    if new.kind in KEEPING and new.area_id is None:
        raise RuleBroken(Reason.of("office_needs_area"))
    if new.area_id is not None and new.kind not in OF_AN_AREA:
        raise RuleBroken(Reason.of("office_without_area"))
    duty = RoleHeld(role_of(new.kind), unit.path, area_id=new.area_id, office=new.kind)
    # What she holds at any time of the new term counts, and the ballots she is a teller of now.
    for other in [*_held_between(new.member_id, new.starts_at, new.ends_at), *rights.held]:
        answer = may_be_named(duty, [other], Matter(area_id=other.area_id or new.area_id))
        if isinstance(answer, Refused):
            raise RuleBroken(answer.reason)


def _held_between(member_id: int, starts_at: datetime, ends_at: datetime) -> Iterable[RoleHeld]:
    for term in queries.terms_of_member(member_id):
        if term.starts_at < ends_at and starts_at < term.ends_at:
            office = term.office
            yield RoleHeld(role_of(office.kind), office.unit.path, area_id=office.area_id, office=office.kind)


def _office(new: NewTerm) -> Office:
    """The office of this name, made when it is held for the first time."""
    office = db.session.scalar(
        select(Office)
        .where(
            Office.kind == new.kind,
            Office.unit_id == new.unit_id,
            Office.area_id.is_(None) if new.area_id is None else Office.area_id == new.area_id,
            Office.title == new.title,
            Office.body == new.body,
        )
        .order_by(Office.id)
        .limit(1)
    )
    if office is None:
        office = Office(
            kind=new.kind, unit_id=new.unit_id, area_id=new.area_id, title=new.title, body=new.body
        )
        db.session.add(office)
        db.session.flush()
    return office


def _overlaps(office: Office, new: NewTerm) -> bool:
    return (
        db.session.scalar(
            select(Term.id)
            .where(
                Term.office_id == office.id,
                Term.member_id == new.member_id,
                Term.starts_at < new.ends_at,
                Term.ends_at > new.starts_at,
            )
            .limit(1)
        )
        is not None
    )
