"""What a member's own page says while she is new, and to whoever looks after new members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from forums.welcome import queries, services
from members.access import Rights


@dataclass(frozen=True)
class Welcoming:
    """Whether the reader is new herself, and how many new members wait for her to make contact."""

    is_new: bool
    waiting: int


def welcoming(rights: Rights, at: datetime) -> Welcoming:
    """One query for most; three more for whoever holds an office that looks after new members."""
    units = services.units_looked_after(rights, at)
    return Welcoming(
        is_new=services.is_new(rights, at), waiting=queries.new_members(units, at)[1] if units else 0
    )
