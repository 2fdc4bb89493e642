"""Every candidate against every other: how many papers rank one above the other."""

from __future__ import annotations

from typing import TypeAlias

from ballot.counting.piles import deal
from ballot.counting.profile import Profile
from ballot.counting.tally import Count

Matrix: TypeAlias = dict[tuple[int, int], int]


def pair_matrix(profile: Profile) -> Matrix:
    """`[a, b]`: papers that rank a above b. Ranked beats unranked; equal or both unranked count for neither.

    Each row is one big integer with a field per candidate, wide enough for all papers, so that a paper adds
    to a whole row at once.
    """
    standing = profile.standing
    width = profile.valid.bit_length() + 1
    one = {k: 1 << (width * place) for place, k in enumerate(standing)}
    everyone = sum(one.values())
    rows = dict.fromkeys(standing, 0)
    for weight, ranking in profile.papers:
        below = everyone
        for rank in ranking:
            if isinstance(rank, int):
                below -= one[rank]
                rows[rank] += below * weight
            else:
                for k in rank:
                    below -= one[k]
                for k in rank:
                    rows[k] += below * weight
    field = (1 << width) - 1
    return {
        (a, b): (rows[a] >> (width * place)) & field
        for a in standing
        for place, b in enumerate(standing)
        if a != b
    }


def links(beats: Matrix, kind: str) -> Matrix:
    """The pairwise wins and their strength: the winning votes, or the margin. No link where they are equal."""
    return {
        (a, b): won if kind == "winning" else won - beats[b, a]
        for (a, b), won in beats.items()
        if won > beats[b, a]
    }


def show_first_preferences(count: Count) -> None:
    """The numbers of the only stage of a pairwise method: the first preferences, for information.

    A paper whose first place is shared stands under non-transferable.
    """
    strict = [
        (weight, (ranking[0],)) for weight, ranking in count.profile.papers if isinstance(ranking[0], int)
    ]
    dealt = deal(strict, count.profile.standing)
    count.show(dealt.held, non_transferable=count.total - dealt.moved)


def condorcet_winner(beats: Matrix, standing: tuple[int, ...]) -> int | None:
    """The candidate who beats every other, if there is one."""
    for a in standing:
        if all(beats[a, b] > beats[b, a] for b in standing if b != a):
            return a
    return None


def layers(standing: tuple[int, ...], above: set[tuple[int, int]]) -> list[tuple[int, ...]]:
    """A partial order as a ranking: those with nobody above them, then the same among the rest."""
    left = list(standing)
    ranking: list[tuple[int, ...]] = []
    while left:
        top = tuple(a for a in left if not any((b, a) in above for b in left))
        ranking.append(top)
        left = [a for a in left if a not in top]
    return ranking


def winner_of(count: Count, tied: tuple[int, ...]) -> None:
    """Elect the one on top; where several are, say so and let a lot decide."""
    if len(tied) > 1:
        count.say("tie", *tied)
        order = count.lot(tied, "winner")
        count.elect(order[0], "lot")
        count.ranking[:1] = [(order[0],), tuple(sorted(order[1:]))]
    else:
        count.elect(tied[0], "pairs")
