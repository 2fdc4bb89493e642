"""Who may do what in the debate: the table of LIFECYCLE.md section 2, asked for an area, a case, a thread or a post."""

from __future__ import annotations

from forums import queries
from forums.models import Case, Post, Thread
from foundation.errors import NotAllowed
from members.access import Rights
from members.models import PolicyArea, Term, Unit
from members.rules.answers import Answer
from members.rules.permissions import Matter, Permission
from members.rules.units import within

KEEP_AREA = Permission.OPEN_CASE
"""What only those who keep an area may do there: mark it as tended, invite guests, link threads to cases."""


def on_thread(rights: Rights, permission: Permission, thread: Thread, owner_id: int | None = None) -> Answer:
    """Whether she may do this in a thread, or with a post of `owner_id` in it.

    An area is one network across units: its own keepers may act on every thread in it, the keepers of other
    units on the threads of theirs.
    """
    invited = rights.is_guest and queries.is_invited(thread.id, rights.member.id)
    return _anywhere(
        rights, permission, thread.forum.area_id, (thread.unit, thread.forum.unit), owner_id, invited=invited
    )


def on_post(rights: Rights, permission: Permission, post: Post) -> Answer:
    """Whether she may do this with a post."""
    return on_thread(rights, permission, post.thread, post.author_id)


def in_area(rights: Rights, permission: Permission, area: PolicyArea, unit: Unit | None = None) -> Answer:
    """Whether she may do this in an area, for the unit it answers to or another one."""
    invited = rights.is_guest and queries.is_invited_in_area(area.id, rights.member.id)
    units = (unit or area.unit, area.unit)
    return _anywhere(rights, permission, area.id, units, None, invited=invited)


def on_case(rights: Rights, permission: Permission, case: Case) -> Answer:
    """Whether she may do this with a case."""
    invited = rights.is_guest and queries.is_invited_in_case(case.id, rights.member.id)
    return _anywhere(
        rights, permission, case.forum.area_id, (case.unit, case.forum.unit), None, invited=invited
    )


def may_open_thread(rights: Rights) -> Answer:
    """Whether she may open threads: a guest speaks only where she is invited."""
    return rights.answer(Permission.POST, Matter())


def _anywhere(
    rights: Rights,
    permission: Permission,
    area_id: int,
    units: tuple[Unit, Unit],
    owner_id: int | None,
    *,
    invited: bool,
) -> Answer:
    answers = [
        rights.answer(
            permission, Matter(owner_id=owner_id, unit_path=unit.path, area_id=area_id, invited=invited)
        )
        for unit in dict.fromkeys(units)
    ]
    return next((answer for answer in answers if answer), answers[0])


def require(answer: Answer) -> None:
    """Raise NotAllowed with the reason unless the answer is yes."""
    if not answer:
        raise NotAllowed(answer.reason)


def keeping_term(rights: Rights, area_id: int, *units: Unit) -> Term | None:
    """The term by which she keeps an area for one of these units, her own before one as deputy."""
    terms = [
        term
        for term in rights.keeps()
        if term.office.area_id == area_id and any(within(unit.path, term.office.unit.path) for unit in units)
    ]
    return min(terms, key=lambda term: (term.is_deputy, term.id), default=None)


def term_for(rights: Rights, thread: Thread) -> Term | None:
    """The term by which she may speak and moderate in a thread as the holder of an office."""
    return keeping_term(rights, thread.forum.area_id, thread.unit, thread.forum.unit)
