"""The question before an act whose refusal is worth a line in the log."""

from __future__ import annotations

from foundation import audit
from foundation.errors import NotAllowed
from members.access import Rights
from members.rules.answers import Answer, Refused
from members.rules.permissions import Matter, Permission


def require(
    rights: Rights, permission: Permission, matter: Matter, *, unit_id: int | None, about: tuple[str, object]
) -> None:
    """Raise NotAllowed with the reason unless the answer is yes; the attempt is logged."""
    insist(rights.answer(permission, matter), permission, rights, unit_id=unit_id, about=about)


def insist(
    answer: Answer, permission: Permission, rights: Rights, *, unit_id: int | None, about: tuple[str, object]
) -> None:
    """Raise NotAllowed with the reason of an answer that is no; the attempt is logged."""
    if isinstance(answer, Refused):
        audit.refused(
            permission, actor_id=rights.member.id, reason=answer.reason.code, unit_id=unit_id, subject=about
        )
        raise NotAllowed(answer.reason)
