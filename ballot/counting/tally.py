"""What goes into a count beside the papers, and what comes out: rules, lots, the event log, the tally."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from ballot.counting.profile import Profile
from ballot.counting.quota import Quota

Fact: TypeAlias = int | str | Fraction | tuple[int, ...] | tuple[Fraction, ...]


class BadRules(ValueError):  # noqa: N818  # named after what is wrong, like the house's NotAllowed
    """Rules that do not fit the method or the candidates; the message says why."""


class BadLots(ValueError):  # noqa: N818  # named after what is wrong, like the house's NotAllowed
    """A lot that was entered is not the one the count needs; the message says why."""


@dataclass(frozen=True)
class Rules:
    """What was decided before the ballot opened.

    `seats`: how many are elected (one, for methods that elect one). `deputies`: how many are elected in
    order after them (`block`, `uio-stv`). `quota`: who must be among them (`block`, `scottish-stv`,
    `uio-stv`). `max_marks`: most marks on a valid paper (`block`: default the seats; `approval`: default no
    limit). `votes_needed`: `choice` elects only with at least this many votes (`Majority.needed`), else names
    the two for a runoff. `recommendation`: candidates in the order of the committee's recommendation, used
    by `irv` instead of a lot. `score_mean`: `score` ranks by the mean instead of the sum;
    `score_blank_is_zero`: a paper that gives a candidate nothing counts as 0 in that mean, else it is left
    out of it. `links`: strength of a pairwise win, "winning" votes or "margins".
    """

    seats: int = 1
    deputies: int = 0
    quota: Quota | None = None
    max_marks: int | None = None
    votes_needed: int | None = None
    recommendation: tuple[int, ...] = ()
    score_mean: bool = False
    score_blank_is_zero: bool = False
    links: str = "winning"


@dataclass(frozen=True)
class Lot:
    """A lot that was drawn. `order` is `among` with the favoured first: the first is elected, or has the
    surplus transferred first; where one must be excluded it is the last. `purpose` and `stage` are filled in
    by the count."""

    among: tuple[int, ...]
    order: tuple[int, ...]
    purpose: str = ""
    stage: int = 0


@dataclass(frozen=True)
class Lots:
    """The lots of a count, used in turn: `drawn` by the tellers, or expanded from a `seed` that was
    published before the count (SECRECY.md: lot k, counted from 1, orders candidates by
    SHA-256("grasrot1/lot\\0" || seed || u32(k) || u32(candidate)), big-endian, ascending)."""

    drawn: tuple[Lot, ...] = ()
    seed: bytes | None = None

    def order(self, turn: int, among: tuple[int, ...]) -> tuple[int, ...] | None:
        """The order lot number `turn` (from 1) gives those `among`, or None where nobody has drawn it yet.

        Raises BadLots where the lot entered is about others than those tied.
        """
        if turn <= len(self.drawn):
            lot = self.drawn[turn - 1]
            if sorted(lot.among) != list(among) or sorted(lot.order) != list(among):
                raise BadLots(
                    f"lot {turn} is among {_listed(lot.among)} in the order {_listed(lot.order)}, "
                    f"but the count needs one among {_listed(among)}"
                )
            return lot.order
        if self.seed is None:
            return None
        opening = b"grasrot1/lot\0" + self.seed + turn.to_bytes(4, "big")
        return tuple(sorted(among, key=lambda k: hashlib.sha256(opening + k.to_bytes(4, "big")).digest()))


@dataclass(frozen=True)
class LotNeeded:
    """The count stopped: these are tied, and `purpose` says what the lot decides.

    Purposes: "elect" (the first in the order takes the place), "surplus" (the first is transferred first),
    "exclude" (the last goes out), "winner" (the first wins), "runoff" (the first goes to the runoff),
    "deputy" (the first comes first), "pairs" (one order of all candidates, for equal pairwise links).
    """

    among: tuple[int, ...]
    purpose: str


@dataclass(frozen=True)
class Event:
    """One thing that happened. `kind` is a word, `candidates` whom it concerns, `facts` the numbers.

    Kinds and their facts are listed in docs/counting/index.md; sentences, tables and pictures are made from
    them and from nothing else.
    """

    kind: str
    candidates: tuple[int, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """The state after one stage. `votes` + `non_transferable` + `lost_by_rounding` = `Tally.total`."""

    number: int
    events: tuple[Event, ...]
    votes: Mapping[int, Fraction]
    non_transferable: Fraction = Fraction(0)
    lost_by_rounding: Fraction = Fraction(0)


@dataclass(frozen=True)
class Elected:
    """A candidate and the stage of the election (for a deputy: the stage of the count for that place)."""

    candidate: int
    stage: int


@dataclass(frozen=True)
class Pairwise:
    """Condorcet tables by candidate pair: `beats[a, b]` papers rank a above b; `paths[a, b]` strength of
    the best path (Schulze); `locked` the links that were locked, in order (ranked pairs)."""

    beats: Mapping[tuple[int, int], int]
    paths: Mapping[tuple[int, int], int] = field(default_factory=dict)
    locked: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Tally:
    """The whole result of a count. Papers + rules + lots give the same Tally to the last byte.

    `papers` are all cast papers, of them `blank` and `invalid`; `valid` is the N of the rules. `total` is
    what every stage sums to: the valid papers, for `approval` and `block` the marks, for `score` the points,
    for `motion` the papers with the blank ones. `lot_needed` is None when the count is finished;
    otherwise everything up to that point is here. `ranking` is best first, equals together. `runoff` names
    the two of a runoff when nobody has more than half. `decimals` is how many every number is shown with.
    """

    method: str
    rules: Rules
    candidates: tuple[str, ...]
    withdrawn: tuple[int, ...]
    papers: int
    valid: int
    blank: int
    invalid: int
    total: Fraction
    decimals: int
    quota: Fraction | None
    elected: tuple[Elected, ...]
    deputies: tuple[Elected, ...]
    ranking: tuple[tuple[int, ...], ...]
    runoff: tuple[int, ...]
    stages: tuple[Stage, ...]
    lots: tuple[Lot, ...]
    lot_needed: LotNeeded | None
    pairwise: Pairwise | None = None

    @property
    def events(self) -> tuple[Event, ...]:
        """The whole event log in order."""
        return tuple(event for stage in self.stages for event in stage.events)


def lots_of(data: object) -> Lots:
    """Lots from the JSON of CONTRACT.md: `[{"among": [numbers], "order": [numbers]}, ...]`. Raises BadLots.

    What a count gave as its lots can be given back as they are: `for` and `stage` are not looked at.
    """
    if not isinstance(data, list):
        raise BadLots("the lots are not a list")
    drawn: list[Lot] = []
    for turn, entry in enumerate(data, start=1):
        if not isinstance(entry, dict) or set(entry) - {"among", "order", "for", "stage"}:
            raise BadLots(f"lot {turn} is not an object with among and order")
        sides: list[tuple[int, ...]] = []
        for side in ("among", "order"):
            numbers = entry.get(side)
            if not isinstance(numbers, list) or not all(type(number) is int for number in numbers):
                raise BadLots(f"{side} of lot {turn} is not a list of candidate numbers")
            sides.append(tuple(numbers))
        drawn.append(Lot(sides[0], sides[1]))
    return Lots(tuple(drawn))


class StoppedForLot(Exception):  # noqa: N818  # a stop that is expected, not an error
    """Ends a method's run where a lot is needed; `count` turns it into `Tally.lot_needed`."""

    def __init__(self, needed: LotNeeded) -> None:
        super().__init__(needed)
        self.needed = needed


class Count:
    """A count in progress: methods write into it, `count` makes the Tally of it."""

    def __init__(self, profile: Profile, rules: Rules, lots: Lots) -> None:
        self.profile = profile
        self.rules = rules
        self.total = Fraction(profile.valid)
        self.blank = profile.blank
        self.invalid = profile.invalid
        self.quota: Fraction | None = None
        self.elected: list[Elected] = []
        self.deputies: list[Elected] = []
        self.ranking: list[tuple[int, ...]] = []
        self.runoff: tuple[int, ...] = ()
        self.stages: list[Stage] = []
        self.lots_used: list[Lot] = []
        self.pairwise: Pairwise | None = None
        self._lots = lots
        self._events: list[Event] = []
        self._table: tuple[Mapping[int, Fraction | int], Fraction | int] | None = None

    @property
    def stage(self) -> int:
        """The number of the stage that is being written, from 1."""
        return len(self.stages) + 1

    def without_first_preference(self, papers: int) -> None:
        """Take papers out of the count that have no first preference: they are invalid."""
        self.invalid += papers
        self.total -= papers

    def say(self, kind: str, *candidates: int, **facts: Fact) -> None:
        """Add an event to the current stage."""
        self._events.append(Event(kind, candidates, facts))

    def elect(self, candidate: int, how: str, **facts: Fact) -> None:
        """Elect a candidate at the current stage; `how` says by which rule ("quota", "last", ...)."""
        self.elected.append(Elected(candidate, self.stage))
        self.say("elected", candidate, how=how, **facts)

    def elect_deputy(self, candidate: int, how: str, **facts: Fact) -> None:
        """Give the next deputy's place to a candidate."""
        self.deputies.append(Elected(candidate, self.stage))
        self.say("deputy", candidate, place=len(self.deputies), how=how, **facts)

    def end_stage(
        self,
        votes: Mapping[int, Fraction | int],
        *,
        non_transferable: Fraction | int = 0,
        lost: Fraction | int = 0,
    ) -> None:
        """Close the current stage. Raises ArithmeticError when papers have appeared or vanished."""
        shown = {candidate: Fraction(votes[candidate]) for candidate in sorted(votes)}
        if sum(shown.values()) + non_transferable + lost != self.total:
            raise ArithmeticError(f"stage {self.stage} does not sum to {self.total}")
        self.stages.append(
            Stage(self.stage, tuple(self._events), shown, Fraction(non_transferable), Fraction(lost))
        )
        self._events = []

    def show(self, votes: Mapping[int, Fraction | int], *, non_transferable: Fraction | int = 0) -> None:
        """Give the numbers of the only stage before anything is decided by them, so that they are there
        also when the count stops for a lot. `end` closes it."""
        self._table = (votes, non_transferable)

    def end(self) -> None:
        """Close the stage that `show` gave the numbers of, if there is one."""
        if self._table is not None:
            votes, non_transferable = self._table
            self._table = None
            self.end_stage(votes, non_transferable=non_transferable)

    def lot(self, among: Sequence[int], purpose: str) -> tuple[int, ...]:
        """The order drawn among the tied, favoured first; ends the run where no lot has been drawn yet."""
        tied = tuple(sorted(among))
        if len(tied) == 1:
            return tied
        order = self._lots.order(len(self.lots_used) + 1, tied)
        if order is None:
            raise StoppedForLot(LotNeeded(tied, purpose))
        self.lots_used.append(Lot(tied, order, purpose, self.stage))
        self.say("lot", *order, purpose=purpose)
        return order

    def check_lots_used(self) -> None:
        """Raise BadLots when more lots were entered than the count needed: they belong to other papers."""
        if len(self._lots.drawn) > len(self.lots_used):
            raise BadLots(
                f"{len(self._lots.drawn)} lots are entered, but the count needed {len(self.lots_used)}"
            )


def _listed(candidates: Sequence[int]) -> str:
    return ", ".join(map(str, candidates))
