"""What comes up for members, offered by those above who know it: the morning's letter names it first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from members.rules.classes import MembershipClass
from members.rules.units import within


@dataclass(frozen=True)
class Deadline:
    """Something to be done before a moment, by members of some classes in some units and below them.

    `what` is a word of templates/notices/_deadline.txt. It says nothing about who has done it.
    """

    what: str
    title: str
    url: str
    before: datetime
    unit_paths: frozenset[str]
    classes: frozenset[MembershipClass]

    def concerns(self, unit_path: str, membership_class: MembershipClass) -> bool:
        """Whether it is for members of this unit and class."""
        return membership_class in self.classes and any(within(unit_path, path) for path in self.unit_paths)


Source = Callable[[datetime, datetime], list[Deadline]]
_sources: list[Source] = []


def offered_by(source: Source) -> None:
    """Let `source(at, until)` tell what lies in `(at, until]`."""
    if source not in _sources:
        _sources.append(source)


def between(at: datetime, until: datetime) -> list[Deadline]:
    """All that lies in `(at, until]`, the nearest first."""
    return sorted(
        (deadline for source in _sources for deadline in source(at, until)),
        key=lambda deadline: (deadline.before, deadline.url),
    )
