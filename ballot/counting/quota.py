"""Gender quota and its kin as one question: can the open seats still be filled so that all limits hold?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

FORMS = ("40", "50", "equality-law")


class BadQuota(ValueError):  # noqa: N818  # named after what is wrong, like the house's NotAllowed
    """A quota that does not fit the candidates or the seats; the message says why."""


@dataclass(frozen=True)
class Limits:
    """Fewest and most elected of each group; a group that is not named has no such limit."""

    minimum: Mapping[str, int]
    maximum: Mapping[str, int]


@dataclass(frozen=True)
class Table:
    """Limits by number of seats: the row of the greatest number that is not above the seats applies."""

    rows: tuple[tuple[int, Limits], ...]


@dataclass(frozen=True)
class Quota:
    """Who must be among the elected.

    `groups`: name -> candidate numbers; a person may be in two groups (gender, and under 30) or in none.
    `members` and `deputies`: "40", "50" or "equality-law" (the same minimum for every group, computed from
    the seats), Limits, a Table, or None. `too_few`, set before the ballot opens: "lower" reduces a group's
    minimum to the candidates it has, "refuse" refuses to count.
    """

    groups: Mapping[str, frozenset[int]]
    members: str | Limits | Table | None = None
    deputies: str | Limits | Table | None = None
    too_few: str = "lower"

    def guard(self, form: str | Limits | Table | None, seats: int, standing: Iterable[int]) -> Guard | None:
        """The guard over `seats` places to be filled from `standing`, or None where nothing is limited.

        Raises BadQuota where the limits cannot be met at all.
        """
        if form is None:
            return None
        candidates = frozenset(standing)
        places = min(seats, len(candidates))
        limits = _limits(form, places, self.groups)
        sizes = {name: len(group & candidates) for name, group in self.groups.items()}
        short = [name for name in sorted(sizes) if limits.minimum.get(name, 0) > sizes[name]]
        if short and self.too_few == "refuse":
            raise BadQuota(f"group {short[0]} has {sizes[short[0]]} candidates, fewer than its minimum")
        minimum = {name: min(limits.minimum.get(name, 0), sizes[name]) for name in sorted(sizes)}
        maximum = {name: limits.maximum.get(name, places) for name in sorted(sizes)}
        if not any(minimum.values()) and all(maximum[name] >= places for name in maximum):
            return None
        guard = Guard(self.groups, Limits(minimum, maximum), places)
        if not guard.feasible((), candidates):
            raise BadQuota(f"the quota cannot be met with {places} places and these candidates")
        return guard


@dataclass(frozen=True)
class Guard:
    """Limits in force over a number of places, and whom they protect or stop.

    A candidate is guarded where excluding them would make it impossible to fill the open places within the
    limits, doomed where electing them would. For two groups that is the university's protection (§ 27) and
    ceiling (§§ 26, 29). A candidate of no group counts towards no limit, but cannot have a place that the
    minima need.
    """

    groups: Mapping[str, frozenset[int]]
    limits: Limits
    places: int

    def feasible(self, elected: Iterable[int], standing: Iterable[int]) -> bool:
        """Whether the open places can be filled from `standing` so that every minimum and maximum holds."""
        chosen, candidates = frozenset(elected), frozenset(standing)
        names = sorted(self.groups)
        kinds: dict[tuple[int, ...], int] = {}
        for candidate in candidates - chosen:
            kind = tuple(int(candidate in self.groups[name]) for name in names)
            kinds[kind] = kinds.get(kind, 0) + 1
        have = [len(self.groups[name] & chosen) for name in names]
        need = tuple(max(0, self.limits.minimum[name] - n) for name, n in zip(names, have, strict=True))
        room = tuple(self.limits.maximum[name] - n for name, n in zip(names, have, strict=True))
        if min(room, default=0) < 0:
            return False
        return _fillable(self.places - len(chosen), need, room, tuple(sorted(kinds.items())))

    def guarded(self, elected: Iterable[int], standing: Iterable[int]) -> tuple[int, ...]:
        """Who of `standing` (neither elected nor excluded) may not be excluded now, ascending."""
        chosen, candidates = frozenset(elected), frozenset(standing)
        return tuple(c for c in sorted(candidates) if not self.feasible(chosen, candidates - {c}))

    def doomed(self, elected: Iterable[int], standing: Iterable[int]) -> tuple[int, ...]:
        """Who of `standing` (neither elected nor excluded) can no longer be elected, ascending."""
        chosen, candidates = frozenset(elected), frozenset(standing)
        return tuple(c for c in sorted(candidates) if not self.feasible(chosen | {c}, candidates - {c}))


def quota_of(data: object, candidates: int) -> Quota:
    """A Quota from the JSON of CONTRACT.md, for candidates numbered 1 to `candidates`. Raises BadQuota."""
    if not isinstance(data, dict):
        raise BadQuota("the quota is not an object with groups and members")
    unknown = sorted(set(data) - {"groups", "members", "deputies", "too_few"})
    if unknown:
        raise BadQuota(f"a quota has no {unknown[0]}")
    named = data.get("groups")
    if not isinstance(named, dict) or not named:
        raise BadQuota("groups is not an object of group names and candidate numbers")
    groups: dict[str, frozenset[int]] = {}
    for name, numbers in named.items():
        if not isinstance(numbers, list) or not all(_is_number(k, 1, candidates) for k in numbers):
            raise BadQuota(f"group {name} is not a list of candidate numbers from 1 to {candidates}")
        groups[name] = frozenset(numbers)
    too_few = data.get("too_few", "lower")
    if too_few not in ("lower", "refuse"):
        raise BadQuota('too_few is neither "lower" nor "refuse"')
    return Quota(
        groups,
        members=_form(data.get("members"), "members", groups),
        deputies=_form(data.get("deputies"), "deputies", groups),
        too_few=too_few,
    )


def minimum_of(form: str, seats: int) -> int:
    """The fewest of each group a named form asks for.

    "40": none of one seat, one of two or three, 40 % rounded up from four (University of Oslo, gender_40).
    "equality-law": none of one, one of two or three, two of four or five, three of six to eight, 40 %
    rounded up from nine (likestillings- og diskrimineringsloven § 28). "50": half, rounded down.
    """
    if form == "50":
        return seats // 2
    if seats <= 3:
        return int(seats >= 2)
    if form == "equality-law" and seats <= 8:
        return 2 if seats <= 5 else 3
    return (2 * seats + 4) // 5


def _limits(form: str | Limits | Table, seats: int, groups: Mapping[str, frozenset[int]]) -> Limits:
    if isinstance(form, Limits):
        return form
    if isinstance(form, Table):
        rows = [limits for least, limits in form.rows if least <= seats]
        return rows[-1] if rows else Limits({}, {})
    return Limits(dict.fromkeys(groups, minimum_of(form, seats)), {})


@lru_cache(maxsize=4096)
def _fillable(
    places: int, need: tuple[int, ...], room: tuple[int, ...], kinds: tuple[tuple[tuple[int, ...], int], ...]
) -> bool:
    """Whether `places` persons can be taken from `kinds` (membership of the groups, how many such persons),
    meeting every `need` and exceeding no `room`."""
    if not kinds:
        return places == 0 and not any(need)
    (kind, available), rest = kinds[0], kinds[1:]
    for taken in range(min(available, places) + 1):
        left = tuple(r - taken * k for r, k in zip(room, kind, strict=True))
        if min(left, default=0) < 0:
            return False
        still = tuple(max(0, n - taken * k) for n, k in zip(need, kind, strict=True))
        if _fillable(places - taken, still, left, rest):
            return True
    return False


def _form(data: object, place: str, groups: Mapping[str, frozenset[int]]) -> str | Limits | Table | None:
    if data is None:
        return None
    if isinstance(data, str):
        if data not in FORMS:
            raise BadQuota(f"{place} is none of {', '.join(FORMS)}")
        return data
    if not isinstance(data, dict):
        raise BadQuota(f"{place} is neither the name of a form nor an object with min and max")
    if set(data) == {"table"}:
        return _table(data["table"], place, groups)
    unknown = sorted(set(data) - {"min", "max"})
    if unknown:
        raise BadQuota(f"{place} has no {unknown[0]}")
    sides: list[dict[str, int]] = []
    for side in ("min", "max"):
        numbers = data.get(side, {})
        if not isinstance(numbers, dict):
            raise BadQuota(f"{side} of {place} is not an object of group names and numbers")
        for name, number in numbers.items():
            if name not in groups:
                raise BadQuota(f"{side} of {place} names the group {name}, which is not among the groups")
            if not _is_number(number, 0, 10**6):
                raise BadQuota(f"{side} of {name} in {place} is not a whole number")
        sides.append(dict(numbers))
    return Limits(sides[0], sides[1])


def _table(data: object, place: str, groups: Mapping[str, frozenset[int]]) -> Table:
    if not isinstance(data, dict) or not data:
        raise BadQuota(f"the table of {place} is not an object of numbers of seats and limits")
    rows: list[tuple[int, Limits]] = []
    for seats, limits in data.items():
        if not seats.isdecimal() or not seats.isascii() or len(seats) > 6:
            raise BadQuota(f"the table of {place} has {seats} for a number of seats")
        row = _form(limits, f"{place} for {seats} seats", groups)
        if not isinstance(row, Limits):
            raise BadQuota(f"the table of {place} needs min and max for {seats} seats")
        rows.append((int(seats), row))
    return Table(tuple(sorted(rows, key=lambda row: row[0])))


def _is_number(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
