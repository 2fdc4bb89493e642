"""Single transferable vote by Meek's method: the reference rule of the Proportional Representation Foundation."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from ballot.counting.piles import Paper, deal
from ballot.counting.race import Race
from ballot.counting.tally import Count

Path: TypeAlias = tuple[int, ...]
"""The elected a paper meets before its first hopeful, in the paper's order."""

DECIMALS = 9
UNIT = 10**DECIMALS
OMEGA = 10**3
"""The surplus below which an iteration ends: 10^-6, in units."""


def meek_stv(count: Count) -> None:
    """Fixed point with nine decimals, one stage per round; every round ends in an election or a defeat.

    Each paper stays with a candidate as far as the candidate's keep factor says and goes on with the rest,
    also to those already elected. Every round starts from the papers again, with the factors found so far.
    A defeat takes the lowest; tied are all within the remaining surplus of the lowest, and a lot decides.
    """
    papers, without_first = count.profile.strict_papers()
    count.without_first_preference(without_first)
    Meek(count, papers, Race(count, count.rules.seats, None, unit=UNIT)).run()


class Meek:
    """Papers in heaps by what happens to them: `heaps[hopeful][elected before the hopeful]`.

    Between two changes of a candidate's status a paper is told apart only by the elected it meets, in
    order, before its first hopeful. Iterating over these few heaps instead of the papers gives the same
    numbers to the last digit, since rounding depends on nothing else.
    """

    def __init__(self, count: Count, papers: tuple[Paper, ...], race: Race) -> None:
        self.count = count
        self.race = race
        self.keep = dict.fromkeys(sorted(race.continuing), UNIT)
        self.votes = dict.fromkeys(self.keep, 0)
        self.exhausted = 0
        self.quota = 0
        dealt = deal(papers, race.continuing)
        self.heaps: dict[int, dict[Path, list[Paper]]] = {k: {(): hand} for k, hand in dealt.hands.items()}
        self.spent: dict[Path, int] = {(): dealt.spent}
        self.paths: dict[Path, dict[int, int]] = {}

    def run(self) -> None:
        """Round after round (step B) until the seats are filled or those left are no more than the seats."""
        race = self.race
        while True:
            if race.decided:  # from the start: as many seats as candidates
                self._distribute()
            else:
                surplus = self._iterate()
                if surplus is not None:
                    self._defeat(surplus)
            if race.decided:
                race.elect_rest(self.votes)
            votes = {k: Fraction(units, UNIT) for k, units in self.votes.items()}
            self.count.end_stage(votes, non_transferable=Fraction(self.exhausted, UNIT))
            if race.vacancies == 0 or not race.continuing:
                break
        self.count.quota = Fraction(self.quota, UNIT)
        self.count.ranking = race.ranking(self.votes)

    def _iterate(self) -> int | None:
        """Steps B.2.a to f. The remaining surplus in units where nobody was elected, else None."""
        race = self.race
        last: int | None = None
        iterations = 0
        self._sort_into_paths()
        while True:
            iterations += 1
            self._distribute()
            reaching = [k for k in race.by_votes(self.votes) if self.votes[k] >= self.quota]
            surplus = max(0, sum(self.votes[k] - self.quota for k in race.elected))
            if reaching or surplus < OMEGA or (last is not None and surplus >= last):
                break
            last = surplus
            for candidate in race.elected:
                product = _up(self.keep[candidate] * self.quota, UNIT)
                self.keep[candidate] = _up(product * UNIT, self.votes[candidate])
        self.count.say(
            "iterated",
            *race.elected,
            iterations=iterations,
            quota=Fraction(self.quota, UNIT),
            surplus=Fraction(surplus, UNIT),
            keep=tuple(Fraction(self.keep[k], UNIT) for k in race.elected),
        )
        for candidate in reaching:
            race.elect(candidate, "quota", self.votes)
            self._settle(candidate, elected=True)
        return None if reaching else surplus

    def _defeat(self, surplus: int) -> None:
        """Step B.3: the lowest hopeful goes; tied are all within the surplus of the lowest."""
        race = self.race
        lowest = min(self.votes[k] for k in race.continuing)
        tied = sorted(k for k in race.continuing if self.votes[k] <= lowest + surplus)
        candidate = self.count.lot(tied, "exclude")[-1]
        race.exclude(candidate, "lowest", self.votes)
        self.keep[candidate] = 0
        self._settle(candidate, elected=False)

    def _distribute(self) -> None:
        """Steps B.2.a and b: votes from the paths and the keep factors, and the quota they give."""
        if not self.paths:
            self._sort_into_paths()
        votes = dict.fromkeys(self.votes, 0)
        exhausted = 0
        for path, held in self.paths.items():
            weight = UNIT
            papers = sum(held.values())
            for candidate in path:
                kept = _up(weight * self.keep[candidate], UNIT)
                votes[candidate] += kept * papers
                weight -= kept
            for candidate, number in held.items():
                if candidate:
                    votes[candidate] += weight * number
                else:
                    exhausted += weight * number
        self.votes, self.exhausted = votes, exhausted
        self.quota = sum(votes.values()) // (self.count.rules.seats + 1) + 1

    def _sort_into_paths(self) -> None:
        """How many papers each path has for each hopeful; those with none left stand under 0."""
        self.paths = {}
        for path, number in self.spent.items():
            self.paths[path] = {0: number}
        for candidate in sorted(self.heaps):
            for path, hand in self.heaps[candidate].items():
                held = self.paths.setdefault(path, {})
                held[candidate] = sum(paper[0] for paper in hand)

    def _settle(self, candidate: int, *, elected: bool) -> None:
        """Sort the heaps of somebody who is hopeful no more by the elected and the hopeful that follow."""
        continuing, chosen = self.race.continuing, set(self.race.elected)
        for start, hand in self.heaps.pop(candidate).items():
            for paper in hand:
                path = (*start, candidate) if elected else start
                ranking = paper[1]
                for later in ranking[ranking.index(candidate) + 1 :]:
                    if later in continuing:
                        self.heaps[later].setdefault(path, []).append(paper)
                        break
                    if later in chosen:
                        path = (*path, later)
                else:
                    self.spent[path] = self.spent.get(path, 0) + paper[0]


def _up(product: int, divisor: int) -> int:
    """Division rounded up."""
    return -(-product // divisor)
