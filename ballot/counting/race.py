"""Who is still in a transferable-vote count, and what a quota lets happen to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TypeAlias

from ballot.counting.quota import Guard
from ballot.counting.tally import Count

Votes: TypeAlias = Mapping[int, int] | Mapping[int, Fraction]


class Race:
    """The candidates of one count: `continuing`, `elected` in order, `out` in the order they went.

    Votes are given in units; `unit` is how many of them one paper is worth. `earlier` are those chosen in
    an earlier count, where this one is for a deputy: they take part, but are neither chosen nor excluded
    again. `stopped` are those the quota keeps from this place from the start. `reached` are all who reached
    the quota, `earlier` ones too.
    """

    def __init__(
        self,
        count: Count,
        places: int,
        guard: Guard | None,
        *,
        unit: int = 1,
        earlier: Iterable[int] = (),
        stopped: Iterable[int] = (),
    ) -> None:
        self.count = count
        self.guard = guard
        self.unit = unit
        self.earlier = frozenset(earlier)
        self.stopped = frozenset(stopped)
        self.continuing = set(count.profile.standing)
        self.places = min(places, len(self.continuing - self.earlier))
        self.elected: list[int] = []
        self.reached: list[int] = []
        self.out: list[int] = []
        self._protected: set[int] = set()

    @property
    def vacancies(self) -> int:
        """Places nobody has yet."""
        return self.places - len(self.elected)

    @property
    def newcomers(self) -> set[int]:
        """Those continuing who can still be elected or excluded."""
        return self.continuing - self.earlier

    @property
    def decided(self) -> bool:
        """Whether the newcomers are no more than the vacancies, or there are no vacancies."""
        return self.vacancies == 0 or len(self.newcomers) <= self.vacancies

    def doomed(self) -> tuple[int, ...]:
        """The newcomers whom the quota no longer lets in."""
        if self.guard is None:
            return tuple(sorted(self.stopped & self.newcomers))
        return self.guard.doomed(self.elected, self.newcomers)

    def excludable(self) -> list[int]:
        """The newcomers who may be excluded; says so the first time the quota protects somebody."""
        if self.guard is None:
            return sorted(self.newcomers)
        guarded = self.guard.guarded(self.elected, self.newcomers)
        new = [k for k in guarded if k not in self._protected]
        if new:
            self._protected.update(new)
            self.count.say("protected_by_quota", *new)
        return sorted(self.newcomers.difference(guarded))

    def elect_reaching(self, votes: Votes, quota: int | Fraction) -> None:
        """Elect those continuing with at least `quota`, most votes first, as far as the quota of groups goes.

        Equal candidates are elected together where all of them can be; otherwise a lot decides.
        """
        while self.vacancies:
            stopped = self.doomed()
            reaching = [k for k in self.continuing if votes[k] >= quota and k not in stopped]
            if not reaching:
                break
            most = max(votes[k] for k in reaching)
            tied = sorted(k for k in reaching if votes[k] == most)
            for candidate in sorted(self.earlier.intersection(tied)):
                self.continuing.discard(candidate)
                self.reached.append(candidate)
            tied = [k for k in tied if k not in self.earlier]
            if not self._together(tied):
                tied = list(self.count.lot(tied, "deputy" if self.earlier else "elect"))
            for candidate in tied:
                if self.vacancies and candidate not in self.doomed():
                    self.reached.append(candidate)
                    self.elect(candidate, "quota", votes)

    def elect_rest(self, votes: Votes) -> None:
        """Elect all newcomers, when they are no more than the vacancies."""
        if self.vacancies:
            for candidate in self.by_votes(votes):
                if candidate not in self.earlier:
                    self.elect(candidate, "last", votes)

    def elect(self, candidate: int, how: str, votes: Votes) -> None:
        """Elect one of those continuing; `how` is "quota" or "last"."""
        self.continuing.discard(candidate)
        self.elected.append(candidate)
        shown = Fraction(votes[candidate], self.unit)
        if self.earlier:
            self.count.elect_deputy(candidate, how, votes=shown)
        else:
            self.count.elect(candidate, how, votes=shown)

    def exclude(self, candidate: int, why: str, votes: Votes) -> None:
        """Take one of those continuing out of the race; `why` is "lowest", "hopeless" or "quota"."""
        self.continuing.discard(candidate)
        self.out.append(candidate)
        self.count.say("excluded", candidate, why=why, votes=Fraction(votes[candidate], self.unit))

    def by_votes(self, votes: Votes) -> list[int]:
        """Those continuing, most votes first, equal ones by number."""
        return sorted(self.continuing, key=lambda k: (-votes[k], k))

    def ranking(self, votes: Votes) -> list[tuple[int, ...]]:
        """The elected in order, then those never excluded by votes, then the excluded, last out first."""
        return [(k,) for k in (*self.elected, *self.by_votes(votes), *reversed(self.out))]

    def _together(self, tied: list[int]) -> bool:
        if len(tied) > self.vacancies:
            return False
        if self.guard is None or len(tied) == 1:
            return True
        return self.guard.feasible([*self.elected, *tied], self.newcomers.difference(tied))
