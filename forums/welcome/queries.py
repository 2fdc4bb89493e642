"""Who is new, who is near her, and whose mail comes back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select

from forums.notices.models import Following
from forums.notices.rules import Level
from forums.welcome.models import Welcome
from forums.welcome.rules import CONTACT, ON_A_PAGE, nearest_board
from foundation.extensions import db
from foundation.outbox import BouncedAddress
from members import queries as people
from members.models import Member, Office, PolicyArea, Standing, Term, Unit
from members.rules.classes import MembershipClass, Status
from members.rules.permissions import OfficeKind

BOARD = (OfficeKind.BOARD_CHAIR, OfficeKind.BOARD_MEMBER)


@dataclass(frozen=True)
class NewMember:
    """A new member as those near her see her: her name, her unit and when she joined."""

    member_id: int
    name: str
    unit: str
    joined_at: datetime


def welcome_of(member_id: int) -> Welcome | None:
    """How far the welcome of a member has come."""
    return db.session.get(Welcome, member_id)


def boards(at: datetime) -> set[int]:
    """The units that have somebody on their board now."""
    return set(
        db.session.scalars(
            select(Office.unit_id)
            .join(Term, Term.office_id == Office.id)
            .where(Office.kind.in_(BOARD), Term.starts_at <= at, at < Term.ends_at)
            .distinct()
        )
    )


def contacts_of(unit: Unit, at: datetime) -> list[Term]:
    """Who looks after the new members of a unit, the chair first: its board, the nearest above, or administrators."""
    nearest = nearest_board(unit.path, boards(at))
    if nearest is not None:
        found = people.holders(BOARD, [nearest], at)
        return sorted(found, key=lambda term: (term.office.kind != OfficeKind.BOARD_CHAIR, term.is_deputy))
    line = [int(part) for part in unit.path.strip("/").split("/")]
    return people.holders([OfficeKind.ADMINISTRATOR], line, at)


def new_members(unit_ids: Collection[int], at: datetime, page: int = 1) -> tuple[list[NewMember], int]:
    """A page of the members of these units whom somebody should make contact with, the newest first; and how many."""
    chosen = _to_contact(at).where(Standing.unit_id.in_(list(unit_ids)))
    total = db.session.scalar(chosen.with_only_columns(func.count())) or 0
    rows = db.session.execute(
        chosen.order_by(Standing.joined_at.desc(), Member.id.desc())
        .limit(ON_A_PAGE)
        .offset((page - 1) * ON_A_PAGE)
    )
    found = [NewMember(member_id, name, unit, joined_at) for member_id, name, unit, joined_at in rows]
    return found, total


def new_member(member_id: int, unit_ids: Collection[int], at: datetime) -> NewMember | None:
    """One of them."""
    row = db.session.execute(
        _to_contact(at).where(Standing.unit_id.in_(list(unit_ids)), Member.id == member_id)
    ).first()
    return NewMember(row[0], row[1], row[2], row[3]) if row else None


def _to_contact(at: datetime) -> Select[int, str, str, datetime]:
    return (
        select(Member.id, Member.name, Unit.name, Standing.joined_at)
        .join(Standing, Standing.member_id == Member.id)
        .join(Unit, Unit.id == Standing.unit_id)
        .outerjoin(Welcome, Welcome.member_id == Member.id)
        .where(
            people.standing_now(at),
            Standing.status == Status.ACTIVE,
            Standing.membership_class != MembershipClass.SYMPATHISER,
            Standing.joined_at > at - CONTACT,
            Standing.joined_at <= at,
            or_(
                Welcome.member_id.is_(None),
                Welcome.contacted_at.is_(None) & Welcome.declined_at.is_(None),
            ),
        )
    )


def unreachable(unit_ids: Collection[int], at: datetime, limit: int = 100) -> Sequence[tuple[str, str]]:
    """Name and unit of the members of these units whose mail comes back, by name."""
    rows = db.session.execute(
        select(Member.name, Unit.name)
        .join(BouncedAddress, BouncedAddress.address == func.lower(Member.email))
        .join(Standing, Standing.member_id == Member.id)
        .join(Unit, Unit.id == Standing.unit_id)
        .where(
            people.standing_now(at), Standing.unit_id.in_(list(unit_ids)), Standing.status == Status.ACTIVE
        )
        .order_by(Member.name, Member.id)
        .limit(limit)
    )
    return [(name, unit) for name, unit in rows]


def areas_for(member_id: int) -> list[tuple[PolicyArea, bool]]:
    """All areas, and whether a member follows all that happens in each."""
    rows = db.session.execute(
        select(PolicyArea, Following.id)
        .outerjoin(
            Following,
            (Following.area_id == PolicyArea.id)
            & (Following.member_id == member_id)
            & (Following.level == Level.ALL),
        )
        .order_by(PolicyArea.position, PolicyArea.name)
    )
    return [(area, follows is not None) for area, follows in rows]
