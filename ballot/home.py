"""What a member's own page says of ballots."""

from __future__ import annotations

from datetime import datetime

from members.access import Rights


def open_to(_rights: Rights, _at: datetime) -> list[object]:
    """The ballots this member can vote in now."""
    return []


def next_opening(_rights: Rights, _at: datetime) -> datetime | None:
    """When the next ballot opens for this member."""
    return None


def in_window(_rights: Rights, _at: datetime) -> list[object]:
    """The ballots whose debate still counts for this member."""
    return []


def results(_rights: Rights, _at: datetime) -> list[object]:
    """What came of the ballots this member could vote in."""
    return []
