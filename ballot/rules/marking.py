"""What somebody has put on a paper: marks, ranks or points read from what a form sent, with what is wrong and where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ballot.rules.methods import MOST_POINTS, Marking
from foundation.errors import Reason

Chosen: TypeAlias = tuple[int | tuple[int, int], ...]
"""What a paper says, by places counted from 0: the marked ones ascending, the ranked ones best first, or
(place, points) ascending. Empty is a blank paper."""


@dataclass(frozen=True)
class Reading:
    """A paper as it was read. `problem` refuses it; `wrong` says of each option what is wrong with its number.

    `closed_up`: a rank was left out, and those below it have moved up.
    """

    chosen: Chosen = ()
    problem: Reason | None = None
    wrong: Mapping[int, Reason] = field(default_factory=dict)
    closed_up: bool = False


def read(
    marking: Marking,
    options: int,
    most: int,
    sent: Iterable[tuple[int | None, str]],
    *,
    unknown: bool = False,
) -> Reading:
    """Read what was sent: (place, what stands beside it), place None for blank, so many options on the paper.

    `most` is how many may be marked. `unknown`: something was sent that is not on this paper. No sentence
    tells what was sent.
    """
    entries = list(dict.fromkeys(sent))
    places = [place for place, _ in entries if place is not None]
    blank = len(places) < len(entries)
    if unknown or any(place >= options for place in places):
        return Reading(problem=Reason.of("choice.unknown"))
    if not entries:
        return Reading(
            problem=Reason.of("choice.missing" if marking in _MARKED else "choice.nothing_written")
        )
    if blank and places:
        return Reading(problem=Reason.of("choice.blank_and_marks"))
    if blank:
        return Reading()
    if marking in _MARKED:
        return _marks(marking, most, entries)
    return _numbers(marking, options, entries)


_MARKED = (Marking.ONE, Marking.SEVERAL)


def _marks(marking: Marking, most: int, entries: list[tuple[int | None, str]]) -> Reading:
    if any(beside for _, beside in entries):
        return Reading(problem=Reason.of("choice.unknown"))
    chosen = tuple(sorted(place for place, _ in entries if place is not None))
    if len(chosen) > (1 if marking is Marking.ONE else most):
        if marking is Marking.ONE:
            return Reading(problem=Reason.of("choice.one_only"))
        return Reading(problem=Reason.of("choice.too_many", most=most, marked=len(chosen)))
    return Reading(chosen)


def _numbers(marking: Marking, options: int, entries: list[tuple[int | None, str]]) -> Reading:
    least, highest = (1, options) if marking is Marking.RANKS else (0, MOST_POINTS)
    wrong: dict[int, Reason] = {}
    numbers: dict[int, int] = {}
    for place, beside in entries:
        if place is None:
            continue
        if not (beside.isascii() and beside.isdecimal()):
            wrong[place] = Reason.of("rank.not_a_number", least=least, highest=highest)
        elif len(beside.lstrip("0")) > 3 or not least <= int(beside) <= highest:
            wrong[place] = Reason.of("rank.out_of_range", least=least, highest=highest)
        elif place in numbers:
            wrong[place] = Reason.of("rank.two_numbers")
        else:
            numbers[place] = int(beside)
    if marking is Marking.POINTS:
        return _points(numbers, wrong)
    by_rank: dict[int, list[int]] = {}
    for place in sorted(numbers):
        by_rank.setdefault(numbers[place], []).append(place)
    for rank, together in by_rank.items():
        if len(together) > 1:
            wrong.update({place: Reason.of("rank.twice", rank=rank) for place in together})
    if wrong:
        return Reading(problem=Reason.of("rank.wrong", n=len(wrong)), wrong=wrong)
    ranks = sorted(by_rank)
    return Reading(
        tuple(by_rank[rank][0] for rank in ranks), closed_up=ranks != list(range(1, len(ranks) + 1))
    )


def _points(points: Mapping[int, int], wrong: Mapping[int, Reason]) -> Reading:
    if wrong:
        return Reading(problem=Reason.of("rank.wrong", n=len(wrong)), wrong=wrong)
    given = tuple((place, points[place]) for place in sorted(points) if points[place])
    if not given:
        return Reading(problem=Reason.of("choice.nothing_written"))
    return Reading(given)
