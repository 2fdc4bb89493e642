"""A new member's first page, closed when she wants; and the task of those near her, which ends in three ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, text

from forums.notices.rules import Level, NoticeKind
from forums.notices.services import telling
from forums.welcome import queries
from forums.welcome.rules import CONTACT, NEW, looked_after
from foundation import clock
from foundation.columns import UtcDateTime
from foundation.errors import NotAllowed, NotFound, Reason
from foundation.extensions import db
from foundation.transaction import transaction
from members import queries as people
from members.access import Rights
from members.models import Term
from members.rules.permissions import OfficeKind


@dataclass(frozen=True)
class FirstDays:
    """What the first page says beside the member's unit and rights: who is near her, and what becomes of the task."""

    contacts: Sequence[Term]
    contacted: bool
    declined: bool
    asked_until: datetime


def is_new(rights: Rights, at: datetime) -> bool:
    """Whether her first page stands on top: thirty days, or until she has closed it; a guest has none."""
    if rights.is_guest or not rights.standing.joined_at <= at < rights.standing.joined_at + NEW:
        return False
    known = queries.welcome_of(rights.member.id)
    return known is None or known.closed_at is None


def first_days(rights: Rights, at: datetime) -> FirstDays:
    """What a member's first page tells; it can be read later too."""
    known = queries.welcome_of(rights.member.id)
    return FirstDays(
        contacts=[
            term for term in queries.contacts_of(rights.unit, at) if term.member_id != rights.member.id
        ],
        contacted=bool(known and known.contacted_at),
        declined=bool(known and known.declined_at),
        asked_until=rights.standing.joined_at + CONTACT,
    )


def units_looked_after(rights: Rights, at: datetime) -> list[int]:
    """The units whose new members she is asked to make contact with; none for most."""
    kinds = {term.office.kind for term in rights.terms}
    if not kinds & {*queries.BOARD, OfficeKind.ADMINISTRATOR}:
        return []
    return looked_after(
        {unit.id: unit.path for unit in people.units()},
        queries.boards(at),
        [term.office.unit_id for term in rights.holds(*queries.BOARD)],
        administers=rights.is_admin,
    )


def require_some(rights: Rights, at: datetime) -> list[int]:
    """The same for a page that is for those alone; raises NotAllowed."""
    found = units_looked_after(rights, at)
    if not found:
        raise NotAllowed(Reason.of("not_contact_officer"))
    return found


def close(member_id: int) -> None:
    """A member has read her first page."""
    _note(member_id, "closed_at")


def decline(member_id: int) -> None:
    """A member says that nobody needs to make contact: the task is gone at once."""
    _note(member_id, "declined_at")


def note_contact(rights: Rights, member_id: int) -> str:
    """Note that somebody has made contact with a new member, and tell her that it was noted; answers her name.

    Raises NotAllowed for whoever does not look after her, NotFound where nobody is asked to any more.
    """
    with transaction():
        at = clock.now()
        found = queries.new_member(member_id, require_some(rights, at), at)
        if found is None:
            raise NotFound
        _note(member_id, "contacted_at", by=rights.member.id)
        telling.tell(
            telling.Occasion(
                NoticeKind.CONTACTED,
                "contacted",
                telling.path("welcome.first_page"),
                {"who": rights.member.name},
            ),
            [member_id],
            least=Level.NOTHING,
        )
        return found.name


def _note(member_id: int, what: str, by: int | None = None) -> None:
    with transaction():
        db.session.execute(_NOTED[what], {"member": member_id, "at": clock.now(), "by": by})


_COLUMNS = ("closed_at", "declined_at", "contacted_at")
_NOTED = {
    column: text(
        f"INSERT INTO welcome (member_id, {column}, contacted_by_id) VALUES (:member, :at, :by) "  # noqa: S608  (a name of ours)
        f"ON CONFLICT (member_id) DO UPDATE SET {column} = COALESCE(welcome.{column}, excluded.{column}), "
        "contacted_by_id = COALESCE(welcome.contacted_by_id, excluded.contacted_by_id)"
    ).bindparams(bindparam("at", type_=UtcDateTime()))
    for column in _COLUMNS
}
