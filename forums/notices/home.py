"""What a member's own page says of what is new for her."""

from __future__ import annotations

from forums.notices import queries
from forums.notices.models import Notice
from members.access import Rights

SHOWN = 5


def news(rights: Rights) -> list[Notice]:
    """The latest of what she has been told and has not read."""
    return queries.unread_of(rights.member.id, SHOWN)
