"""Yes, no or blank to one proposal."""

from __future__ import annotations

from fractions import Fraction

from ballot.counting.sums import by_sums
from ballot.counting.tally import BadRules, Count

YES, NO, BLANK = 1, 2, 3


def motion(count: Count) -> None:
    """Count the papers for yes (candidate 1), no (2) and blank (3).

    Nobody is elected: what the numbers mean is for the majority rule of the ballot to say. An empty paper
    is a blank one. A paper with two answers is invalid.
    """
    if len(count.profile.candidates) not in (2, 3) or count.profile.withdrawn:
        raise BadRules("a motion has the three answers yes, no and blank, in this order")
    papers, overvoted = count.profile.strict_papers()
    votes = dict.fromkeys((YES, NO, BLANK), 0)
    for weight, ranking in papers:
        votes[ranking[0]] += weight
    votes[BLANK] += count.profile.blank
    count.invalid += overvoted
    count.blank = votes[BLANK]
    count.total = Fraction(sum(votes.values()))
    count.say("counted", yes=votes[YES], no=votes[NO], blank=votes[BLANK])
    count.ranking = by_sums({YES: votes[YES], NO: votes[NO]})
    if len(count.profile.candidates) == 3:
        count.show(votes)
    else:
        count.show({YES: votes[YES], NO: votes[NO]}, non_transferable=votes[BLANK])
