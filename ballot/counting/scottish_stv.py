"""Single transferable vote as in Scottish local elections (SSI 2007/42 rules 45-52; SSI 2011/399 Sch. 1)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ballot.counting.piles import Paper, by_history, deal
from ballot.counting.race import Race
from ballot.counting.tally import Count

DECIMALS = 5
UNIT = 10**DECIMALS
"""One paper in the units all arithmetic is done in; the order truncates at five decimals."""


def scottish_stv(count: Count) -> None:
    """Count by the weighted inclusive Gregory method of the order, one transfer per stage.

    Quota: floor(papers / (seats + 1)) + 1, for the whole count. With a quota of groups, whoever it stops
    is excluded before any other transfer, and whoever it protects is passed over at the bottom.
    """
    papers, without_first = count.profile.strict_papers()
    count.without_first_preference(without_first)
    rules = count.rules
    guard = (
        rules.quota.guard(rules.quota.members, rules.seats, count.profile.standing) if rules.quota else None
    )
    Stv(count, papers, Race(count, rules.seats, guard, unit=UNIT)).run()


class Stv:
    """The papers by candidate: `piles` holds parcels of (value of each paper in units, papers)."""

    def __init__(self, count: Count, papers: Sequence[Paper], race: Race) -> None:
        self.count = count
        self.race = race
        valid = int(count.total)
        quota = valid // (count.rules.seats + 1) + 1
        count.quota = Fraction(quota)
        count.say("quota", papers=valid, seats=count.rules.seats, quota=quota)
        self.quota = quota * UNIT
        self.votes = dict.fromkeys(sorted(race.continuing), 0)
        self.piles: dict[int, list[tuple[int, Sequence[Paper]]]] = {k: [] for k in self.votes}
        self.non_transferable = 0
        self.lost = 0
        self._move(UNIT, papers)

    def run(self) -> None:
        """Stage by stage until the seats are filled."""
        race = self.race
        while True:
            race.elect_reaching(self.votes, self.quota)
            if race.decided:
                race.elect_rest(self.votes)
                self._end_stage()
                break
            self._end_stage()
            self._next_transfer()
        self.count.ranking = race.ranking(self.votes)

    def _next_transfer(self) -> None:
        race = self.race
        stopped = race.doomed()
        surpluses = [k for k in race.elected if self.votes[k] > self.quota]
        if stopped:
            for candidate in stopped:
                race.exclude(candidate, "quota", self.votes)
            self._discard(stopped)
        elif surpluses:
            self._transfer_surplus(self._largest(surpluses))
        else:
            candidate = self._lowest()
            race.exclude(candidate, "lowest", self.votes)
            self._discard((candidate,))

    def _largest(self, surpluses: list[int]) -> int:
        """Rule 49: the greatest surplus; equal ones by the most recent earlier stage, then by lot."""
        most = max(self.votes[k] for k in surpluses)
        tied = sorted(k for k in surpluses if self.votes[k] == most)
        return self._tie(tied, "surplus")[0]

    def _lowest(self) -> int:
        """Rule 51: the fewest votes among those the quota lets go; equal ones likewise."""
        free = self.race.excludable()
        fewest = min(self.votes[k] for k in free)
        tied = sorted(k for k in free if self.votes[k] == fewest)
        return self._tie(tied, "exclude")[-1]

    def _tie(self, tied: list[int], purpose: str) -> Sequence[int]:
        left = by_history(self.count.stages, tied, max if purpose == "surplus" else min)
        if len(left) < len(tied):
            votes = Fraction(self.votes[tied[0]], UNIT)
            self.count.say("tie_by_history", *tied, chosen=tuple(left), votes=votes)
        return self.count.lot(left, purpose)

    def _transfer_surplus(self, candidate: int) -> None:
        """Rule 48: every paper moves at surplus x its value / votes, truncated to five decimals."""
        votes = self.votes[candidate]
        surplus = votes - self.quota
        self.count.say("surplus", candidate, surplus=Fraction(surplus, UNIT), votes=Fraction(votes, UNIT))
        parcels, self.piles[candidate] = self.piles[candidate], []
        moved = 0
        for value, papers in parcels:
            # One multiplication and one division: S/V must not be truncated before it meets the value.
            moved += self._move(value * surplus // votes, papers)
        self.votes[candidate] = self.quota
        self.lost += surplus - moved

    def _discard(self, candidates: Sequence[int]) -> None:
        """Rule 50: the papers of the excluded move at the value they have, all in one stage."""
        for candidate in candidates:
            parcels, self.piles[candidate] = self.piles[candidate], []
            for value, papers in parcels:
                self._move(value, papers)
            self.votes[candidate] = 0

    def _move(self, value: int, papers: Sequence[Paper]) -> int:
        """Deal papers of one value to those continuing; the units that left, non-transferable ones too."""
        dealt = deal(papers, self.race.continuing)
        for candidate, hand in dealt.hands.items():
            if hand:
                self.piles[candidate].append((value, hand))
                self.votes[candidate] += value * dealt.held[candidate]
        self.non_transferable += value * dealt.spent
        self.count.say(
            "moved",
            *dealt.receivers,
            value=Fraction(value, UNIT),
            papers=dealt.received,
            spent=dealt.spent,
        )
        return value * (dealt.moved + dealt.spent)

    def _end_stage(self) -> None:
        self.count.end_stage(
            {k: Fraction(units, UNIT) for k, units in self.votes.items()},
            non_transferable=Fraction(self.non_transferable, UNIT),
            lost=Fraction(self.lost, UNIT),
        )
