"""One mark for one candidate; most marks win, or as many as a majority needs."""

from __future__ import annotations

from ballot.counting.sums import by_sums, elect_by_sums
from ballot.counting.tally import Count


def choice(count: Count) -> None:
    """Count each paper for the one candidate it marks (its first preference, where it ranks several).

    Elects the seats from the most votes down; a tie for the last seat needs a lot. With
    `rules.votes_needed` the first is elected only with so many votes, and otherwise the two first go to a
    runoff; those two need no lot between them, only a tie for the second place does.
    """
    papers, overvoted = count.profile.strict_papers()
    votes = dict.fromkeys(count.profile.standing, 0)
    for weight, ranking in papers:
        votes[ranking[0]] += weight
    count.without_first_preference(overvoted)
    count.say("counted")
    count.show(votes)
    groups = by_sums(votes)
    leader = groups[0][0]
    if count.rules.votes_needed is None or votes[leader] >= count.rules.votes_needed or len(votes) == 1:
        elect_by_sums(count, votes)
    else:
        count.ranking = groups
        count.runoff = _two_first(count, groups)
        count.say("runoff", *count.runoff)


def _two_first(count: Count, groups: list[tuple[int, ...]]) -> tuple[int, ...]:
    first, second = groups[0], groups[1] if len(groups) > 1 else ()
    if len(first) > 2:
        return count.lot(first, "runoff")[:2]
    if len(first) == 2:
        return first
    return (*first, count.lot(second, "runoff")[0])
