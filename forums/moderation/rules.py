"""Whose queue a post comes into: a pure rule over who keeps the area, and where."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from members.rules.units import within

MOST_PINNED = 3
"""Threads at the top of an area: more than three are no longer at the top."""

BETWEEN_MAILS = timedelta(hours=1)
COMMITTEE = 2
"""So many of the control committee must hold the same."""


@dataclass(frozen=True)
class Keeper:
    """Somebody who keeps the area, for the unit at this path."""

    member_id: int
    unit_path: str
    is_deputy: bool


def bearers(
    keepers: Iterable[Keeper], paths: Collection[str], passed_by: Collection[int]
) -> tuple[Keeper, ...]:
    """Those who are to look at a post of a thread that belongs to the units at `paths`, the holders first.

    Who wrote it, and who has handed it over, is passed by. Then the keepers of these units come before those of
    a unit above, the nearest first. Nobody: then it is for the control committee.
    """
    able = [
        keeper
        for keeper in keepers
        if keeper.member_id not in passed_by and any(within(path, keeper.unit_path) for path in paths)
    ]
    nearest = max((len(keeper.unit_path) for keeper in able), default=0)
    own = [keeper for keeper in able if keeper.unit_path in paths]
    chosen = own or [keeper for keeper in able if len(keeper.unit_path) == nearest]
    return tuple(sorted(chosen, key=lambda keeper: keeper.is_deputy))
