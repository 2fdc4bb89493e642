"""Instant runoff: the lowest drops out until somebody has more than half of the papers still in play."""

from __future__ import annotations

from fractions import Fraction

from ballot.counting.piles import Paper, by_history, deal
from ballot.counting.tally import Count


def irv(count: Count) -> None:
    """One stage per round: elected with more than half of the continuing papers (2 x votes > papers).

    Exhausted papers leave the base. A paper with two candidates at one place is exhausted there. Equal
    lowest: the one who had fewest at the most recent earlier stage where they differed; then, between the
    last two, `rules.recommendation`; then lot. One candidate goes out at a time, so no tie is hidden.
    """
    papers, without_first = count.profile.strict_papers()
    count.without_first_preference(without_first)
    votes = dict.fromkeys(count.profile.standing, 0)
    hands: dict[int, list[Paper]] = {}
    exhausted = 0
    out: list[int] = []
    moving: tuple[Paper, ...] | list[Paper] = papers
    while True:
        continuing = [k for k in votes if k not in out]
        dealt = deal(moving, continuing)
        for candidate in continuing:
            votes[candidate] += dealt.held[candidate]
            hands.setdefault(candidate, []).extend(dealt.hands[candidate])
        exhausted += dealt.spent
        if out:
            count.say("excluded", out[-1], why="lowest", votes=votes[out[-1]])
            votes[out[-1]] = 0
        count.say("moved", *dealt.receivers, value=1, papers=dealt.received, spent=dealt.spent)
        leader = max(continuing, key=lambda k: votes[k])
        base = sum(votes.values())
        if 2 * votes[leader] > base or len(continuing) == 1:
            count.elect(leader, "majority", votes=votes[leader], continuing=base)
            break
        count.end_stage(votes, non_transferable=exhausted)
        lowest = _lowest(count, votes, continuing)
        moving = hands.pop(lowest)
        out.append(lowest)
    count.end_stage(votes, non_transferable=exhausted)
    others = sorted((k for k in continuing if k != leader), key=lambda k: (-votes[k], k))
    count.ranking = [(k,) for k in (leader, *others, *reversed(out))]


def _lowest(count: Count, votes: dict[int, int], continuing: list[int]) -> int:
    fewest = min(votes[k] for k in continuing)
    tied = [k for k in continuing if votes[k] == fewest]
    left = by_history(count.stages, tied, min)
    if len(left) < len(tied):
        count.say("tie_by_history", *tied, chosen=tuple(left), votes=Fraction(fewest))
    if len(left) == 1:
        return left[0]
    recommended = [k for k in count.rules.recommendation if k in left]
    if len(continuing) == 2 and recommended:
        count.say("tie_by_recommendation", *left, first=recommended[0])
        return next(k for k in left if k != recommended[0])
    return count.lot(left, "exclude")[-1]
