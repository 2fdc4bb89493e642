"""Single transferable vote as the University of Oslo counts it ("preferansevalg"), with ranked deputies."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from math import floor
from typing import TypeAlias

from ballot.counting.piles import Paper, deal
from ballot.counting.race import Race
from ballot.counting.tally import Count

Parcel: TypeAlias = tuple[Fraction, Sequence[Paper]]
"""Papers that came together: the weight of each, and the papers."""


def uio_stv(count: Count) -> None:
    """Count the members, then one complete count for every deputy.

    Source: valgreglement for Universitetet i Oslo, vedlegg 2 part III; the paragraph numbers here are those
    of that annex. Every counting round is a stage; the stages of the deputies follow those of the members.
    """
    papers, without_first = count.profile.strict_papers()
    count.without_first_preference(without_first)
    rules, standing = count.rules, count.profile.standing
    guard = rules.quota.guard(rules.quota.members, rules.seats, standing) if rules.quota else None
    count.quota = valgtall(count, rules.seats)
    race = Race(count, rules.seats, guard)
    members = UioCount(count, papers, race, count.quota)
    members.run()
    ranking = race.ranking(members.votes)
    _deputies(count, papers, tuple(race.elected))
    first = [(k,) for k in (*race.elected, *(one.candidate for one in count.deputies))]
    count.ranking = first + [group for group in ranking if group not in first]


def _deputies(count: Count, papers: Sequence[Paper], members: tuple[int, ...]) -> None:
    """Deputies one at a time, each by a fresh count for one place more, where nobody chosen can go out."""
    rules = count.rules
    rest = [k for k in count.profile.standing if k not in members]
    wanted = min(rules.deputies, len(rest))
    guard = rules.quota.guard(rules.quota.deputies, wanted, rest) if rules.quota and wanted else None
    chosen: list[int] = []
    for place in range(1, wanted + 1):
        needed = valgtall(count, rules.seats + place)
        count.say("deputy_count", place=place)
        left = [k for k in rest if k not in chosen]
        stopped = guard.doomed(chosen, left) if guard else ()
        race = Race(count, 1, None, earlier=(*members, *chosen), stopped=stopped)
        UioCount(count, papers, race, needed).run()
        chosen.append(race.elected[0])


def valgtall(count: Count, seats: int) -> Fraction:
    """§ 20: papers / (seats + 1), truncated to p decimals, plus one in the last of them.

    p is 2 below 100 papers and 2 x floor(log10 papers) from there on (4 below 1 000, 6 below 10 000).
    """
    papers = int(count.total)
    precision = max(2, 2 * (len(str(papers)) - 1))
    unit = 10**precision
    number = Fraction(papers * unit // (seats + 1) + 1, unit)
    count.say("valgtall", papers=papers, seats=seats, decimals=precision, valgtall=number)
    return number


class UioCount:
    """One count: `piles` holds parcels of (weight of each paper, papers), `surplus` what is not moved yet."""

    def __init__(self, count: Count, papers: Sequence[Paper], race: Race, needed: Fraction) -> None:
        self.count = count
        self.race = race
        self.needed = needed
        self.votes = dict.fromkeys(sorted(race.continuing), Fraction(0))
        self.piles: dict[int, list[Parcel]] = {k: [] for k in self.votes}
        self.surplus: dict[int, Fraction] = {}
        self.pool: dict[Fraction, list[tuple[int, Sequence[Paper]]]] = {}
        self.non_transferable = Fraction(0)
        self.lost = Fraction(0)
        self._deal(Fraction(1), papers)

    def run(self) -> None:
        """Round after round until the places are filled (§ 19)."""
        self._settle()
        self._empty_pool()
        self._end_round()
        while self.race.vacancies:
            self._round()
            self._end_round()

    def _round(self) -> None:
        """§ 16: exclude all who have no hope, else move the greatest surplus, else exclude the lowest."""
        hopeless = self._hopeless()
        if hopeless:
            self._exclude_all(hopeless)
        elif any(self.surplus.values()):
            self._move_surplus()
        else:
            self._exclude(self._lowest(), "lowest")
        self._empty_pool()

    def _hopeless(self) -> list[int]:
        """§ 16.3: who together, with all surplus, have less than the candidate above them; lowest last.

        In a count for a deputy the lowest may be people who cannot be excluded (§ 21); then the same test
        is made without them.
        """
        order = self.race.by_votes(self.votes)
        while len(order) > 1:
            group = self._greatest_group(order)
            free = set(self.race.excludable())
            if not group or free.intersection(group):
                return [k for k in group if k in free]
            if not self.race.earlier:
                break
            order.pop()
        return []

    def _greatest_group(self, order: Sequence[int]) -> Sequence[int]:
        untransferred = sum(self.surplus.values())
        newcomers = self.race.newcomers
        most_out = len(newcomers) - self.race.vacancies
        allowed: list[Sequence[int]] = []
        for place in range(1, len(order)):
            group = order[place:]
            below = sum(self.votes[k] for k in group) + untransferred
            if below < self.votes[order[place - 1]] and len(newcomers.intersection(group)) <= most_out:
                allowed.append(group)
        return max(allowed, key=len, default=())

    def _exclude_all(self, group: Sequence[int]) -> None:
        """Exclude the hopeless from the lowest up, as far as the quota lets them go (§ 27)."""
        race = self.race
        order = sorted(group, key=lambda k: (self.votes[k], k))
        for _, equal in groupby(order, key=lambda k: self.votes[k]):
            tied = [k for k in equal if k in race.excludable()]
            if race.guard and not race.guard.feasible(race.elected, race.newcomers.difference(tied)):
                # Only some of these equals can go: the lot's last first.
                tied = list(reversed(self.count.lot(tied, "exclude")))
            for candidate in tied:
                if candidate in race.excludable():
                    self._exclude(candidate, "hopeless")

    def _lowest(self) -> int:
        """§ 16.4 B: the lowest who may be excluded; equal ones by lot at once, with no look back."""
        free = self.race.excludable()
        fewest = min(self.votes[k] for k in free)
        return self.count.lot([k for k in free if self.votes[k] == fewest], "exclude")[-1]

    def _exclude(self, candidate: int, why: str) -> None:
        """§ 17: out of the race, the papers into the pool by weight."""
        self.race.exclude(candidate, why, self.votes)
        parcels, self.piles[candidate] = self.piles[candidate], []
        for weight, papers in parcels:
            self.pool.setdefault(weight, []).append((candidate, papers))

    def _empty_pool(self) -> None:
        """§ 17.3: the papers of the excluded, highest weight first; after each weight a new count."""
        while self.pool and not self._finished():
            weight = max(self.pool)
            papers: list[Paper] = []
            for owner, hand in self.pool.pop(weight):
                self.votes[owner] -= weight * sum(paper[0] for paper in hand)
                papers.extend(hand)
            self._deal(weight, papers)
            self._settle()
        self._finished()

    def _settle(self) -> None:
        """After each count: elect who has reached the number, exclude whoever the quota stops (§§ 26, 29)."""
        race = self.race
        race.elect_reaching(self.votes, self.needed)
        for candidate in race.reached:
            self.surplus.setdefault(candidate, self.votes[candidate] - self.needed)
        while not race.decided and (stopped := race.doomed()):
            self._exclude(stopped[0], "quota")

    def _finished(self) -> bool:
        """§ 19: nobody more is needed, or all who are left are."""
        if self.race.decided:
            self.race.elect_rest(self.votes)
        return self.race.vacancies == 0

    def _move_surplus(self) -> None:
        """§ 18: the greatest surplus moves with the parcel that elected, at a factor of two decimals.

        The factor divides by the number of papers, not by their weight, and is then multiplied with the old
        weight: as the university's program does, though with weights below 1 less than the surplus moves.
        """
        greatest = max(self.surplus.values())
        candidate = self.count.lot([k for k in self.surplus if self.surplus[k] == greatest], "surplus")[0]
        surplus = self.surplus[candidate]
        self.surplus[candidate] = Fraction(0)
        weight, papers = self.piles[candidate][-1]
        able = deal(papers, self.race.continuing).moved
        factor = Fraction(1)
        if able * weight > surplus:
            factor = Fraction(floor(surplus / able * 100), 100)
        self.count.say(
            "surplus",
            candidate,
            surplus=surplus,
            papers=able,
            weight=weight,
            factor=factor,
            total=able * weight,
        )
        self.votes[candidate] -= surplus
        self._deal(weight * factor, papers, spent_weight=Fraction(0))
        rest = surplus - able * weight * factor
        if factor == 1:
            self.non_transferable += rest
        else:
            self.lost += rest
        self._settle()

    def _deal(self, weight: Fraction, papers: Sequence[Paper], spent_weight: Fraction | None = None) -> None:
        """Deal papers of one weight to those continuing; they become the last parcel of those who get them."""
        dealt = deal(papers, self.race.continuing)
        for candidate, hand in dealt.hands.items():
            if hand:
                self.piles[candidate].append((weight, hand))
                self.votes[candidate] += weight * dealt.held[candidate]
        self.non_transferable += (weight if spent_weight is None else spent_weight) * dealt.spent
        self.count.say(
            "moved",
            *dealt.receivers,
            value=weight,
            papers=dealt.received,
            spent=dealt.spent,
        )

    def _end_round(self) -> None:
        self.count.end_stage(self.votes, non_transferable=self.non_transferable, lost=self.lost)
