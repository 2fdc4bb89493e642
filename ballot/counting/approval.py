"""As many marks as one likes; most marks win."""

from __future__ import annotations

from fractions import Fraction

from ballot.counting.profile import members
from ballot.counting.sums import elect_by_sums
from ballot.counting.tally import Count


def approval(count: Count) -> None:
    """Count every candidate a paper names, whatever order they stand in; the seats go to the most marks.

    A paper with more than `rules.max_marks` marks is invalid.
    """
    votes = marks(count, count.rules.max_marks)
    elect_by_sums(count, votes)


def marks(count: Count, most: int | None) -> dict[int, int]:
    """Marks by candidate; the number of marks becomes what the stage sums to."""
    votes = dict.fromkeys(count.profile.standing, 0)
    for weight, ranking in count.profile.papers:
        marked = members(ranking)
        if most is not None and len(marked) > most:
            count.invalid += weight
            continue
        for candidate in marked:
            votes[candidate] += weight
    count.total = Fraction(sum(votes.values()))
    count.say("counted")
    count.show(votes)
    return votes
