"""Who is at the door and what she may do there: one place, asked by pages, sockets and services alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import current_app, g, has_request_context
from flask_login import current_user

from foundation import clock
from foundation.doors import SIGNED_IN
from foundation.errors import NotAllowed, Reason
from members import queries
from members.models import Member, Standing, Term, Unit
from members.rules.answers import Answer
from members.rules.classes import MembershipClass
from members.rules.permissions import (
    Matter,
    OfficeKind,
    Permission,
    Role,
    RoleHeld,
    allowed,
    role_of,
    role_of_membership,
    roles_with,
)
from members.rules.units import EVERYWHERE


class SignInNeeded(NotAllowed):
    """Nobody is signed in, and this door asks who is there."""

    def __init__(self) -> None:
        super().__init__(Reason.of("signed_out"))


@dataclass(frozen=True)
class Rights:
    """A member, how she stands and which offices she holds at this moment."""

    member: Member
    standing: Standing
    unit: Unit
    terms: tuple[Term, ...]
    held: tuple[RoleHeld, ...]
    at: datetime

    def answer(self, permission: Permission, matter: Matter | None = None) -> Answer:
        """Allowed or refused with a reason, for the thing at hand."""
        about = replace(matter or Matter(), actor_id=self.member.id)
        return allowed(permission, self.held, about)

    def may(self, permission: Permission, matter: Matter | None = None) -> bool:
        """Whether the answer is yes; for showing a button, never for doing the act."""
        return bool(self.answer(permission, matter))

    def require(self, permission: Permission, matter: Matter | None = None) -> None:
        """Raise NotAllowed with the reason unless the answer is yes."""
        answer = self.answer(permission, matter)
        if not answer:
            raise NotAllowed(answer.reason)

    def has_some(self, permission: Permission) -> bool:
        """Whether one of the roles held has the permission in any form: the first question at a door."""
        return any(held.role in roles_with(permission) for held in self.held)

    def holds(self, *kinds: OfficeKind) -> list[Term]:
        """The terms now served in offices of these kinds."""
        return [term for term in self.terms if term.office.kind in kinds]

    @property
    def is_board(self) -> bool:
        return bool(self.holds(OfficeKind.BOARD_CHAIR, OfficeKind.BOARD_MEMBER))

    @property
    def is_admin(self) -> bool:
        return bool(self.holds(OfficeKind.ADMINISTRATOR))

    @property
    def is_keeper(self) -> bool:
        return bool(self.keeps())

    @property
    def may_keep_order(self) -> bool:
        """Somebody whom posts that are reported may come to: who keeps an area, and the control committee."""
        return self.is_keeper or bool(self.holds(OfficeKind.CONTROL_COMMITTEE))

    @property
    def is_guest(self) -> bool:
        """A sympathiser or a suspended member: only what she is invited to."""
        return any(held.role is Role.GUEST for held in self.held)

    def keeps(self) -> list[Term]:
        """The terms by which she keeps an area."""
        return [
            term
            for term in self.holds(OfficeKind.ELECTED_REPRESENTATIVE, OfficeKind.COMMITTEE_LEADER)
            if term.office.area_id is not None
        ]

    @property
    def membership_class(self) -> MembershipClass:
        return self.standing.membership_class


# Packages above add roles that follow from their own facts (a teller named for a ballot).
_more_roles: list[Callable[[Member, datetime], list[RoleHeld]]] = []


def adds_roles(source: Callable[[Member, datetime], list[RoleHeld]]) -> None:
    """Register where further roles of a member come from."""
    if source not in _more_roles:
        _more_roles.append(source)


def rights_of(member: Member, at: datetime | None = None) -> Rights | None:
    """What a member may do at a moment; None for one whom the register does not know then."""
    at = at or clock.now()
    standing = queries.standing_of(member.id, at)
    if standing is None:
        return None
    role = role_of_membership(standing.membership_class, standing.status)
    # Whoever has left has no offices either: rights end with the membership.
    terms = tuple(queries.terms_of(member.id, at)) if role not in (Role.VISITOR, Role.GUEST) else ()
    held = [RoleHeld(role, EVERYWHERE)]
    held += [
        RoleHeld(
            role_of(term.office.kind),
            term.office.unit.path,
            area_id=term.office.area_id,
            office=term.office.kind,
        )
        for term in terms
        # A teller counts the ballots she is named for (LIFECYCLE section 2), not by the office alone.
        if term.office.kind is not OfficeKind.TELLER
    ]
    for source in _more_roles:
        held += source(member, at)
    return Rights(member, standing, standing.unit, terms, tuple(held), at)


def current_or_none() -> Rights | None:
    """The rights of whoever is signed in, worked out once per request."""
    if not has_request_context():
        return None
    if "rights" not in g:
        g.rights = rights_of(current_user.member) if current_user.is_authenticated else None
    rights: Rights | None = g.rights
    if rights is not None and any(held.role is Role.VISITOR for held in rights.held):
        return None
    return rights


def current() -> Rights:
    """The rights of whoever is signed in; raises SignInNeeded when nobody is."""
    rights = current_or_none()
    if rights is None:
        raise SignInNeeded
    return rights


def forget_current() -> None:
    """Work out the rights anew at the next question: after signing in or out, and at each call of a socket."""
    g.pop("rights", None)
    g.pop("_login_user", None)


def ask_at_the_door(who: str) -> None:
    """The guard's question: is this person among those a view is open to?"""
    rights = current()
    if who != SIGNED_IN and not rights.has_some(Permission(who)):
        raise NotAllowed(Reason.of("role_missing", permission=who))


def organisation_name() -> str:
    """What the organisation calls itself: the name of its top unit, asked for once a minute in each process."""
    at = clock.now()
    kept: tuple[datetime, str] | None = current_app.extensions.get("grasrot_name")
    if kept is not None and kept[0] <= at < kept[0] + timedelta(minutes=1) and not current_app.testing:
        return kept[1]
    unit = queries.organisation()
    name = unit.name if unit else "Grasrot"
    current_app.extensions["grasrot_name"] = (at, name)
    return name
