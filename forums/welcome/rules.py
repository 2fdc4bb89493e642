"""Pure rules of the welcome: how long somebody is new, and how long somebody near her is asked to make contact."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta, tzinfo

NEW = timedelta(days=30)
"""So long a new member finds her first page on top, unless she closes it before."""

CONTACT = timedelta(days=60)
"""So long whoever is near a new member is asked to make contact; after that the task is gone."""

ON_A_PAGE = 50


def days_since(joined_at: datetime, at: datetime, zone: tzinfo) -> int:
    """Whole days by the calendar since somebody joined."""
    return max(0, (at.astimezone(zone).date() - joined_at.astimezone(zone).date()).days)


def nearest_board(path: str, boards: Collection[int]) -> int | None:
    """The unit whose board looks after the members of the unit at `path`: it, or the nearest above that has one."""
    for unit_id in reversed([int(part) for part in path.strip("/").split("/")]):
        if unit_id in boards:
            return unit_id
    return None


def looked_after(
    paths: Mapping[int, str], boards: Collection[int], mine: Iterable[int], *, administers: bool
) -> list[int]:
    """The units whose new members somebody looks after: by the boards she sits on, and where there is no board at all
    by administering the register. `paths` are those of all units by id."""
    own = set(mine)
    return [
        unit_id
        for unit_id, path in paths.items()
        if (board := nearest_board(path, boards)) in own or (board is None and administers)
    ]
