"""Ranked pairs: the strongest pairwise wins are locked first, none that would close a circle."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TypeAlias

from ballot.counting.pairs import (
    condorcet_winner,
    layers,
    links,
    pair_matrix,
    show_first_preferences,
    winner_of,
)
from ballot.counting.tally import Count, Pairwise

Link: TypeAlias = tuple[int, int]


def ranked_pairs(count: Count) -> None:
    """Sort the wins by strength, then by fewer opposing votes; lock each unless it closes a circle.

    Where the order of equal wins matters, one order of all candidates is drawn by lot (Zavist and Tideman
    1989): the win of the candidate who comes first in it goes first, then the win over the one who comes
    last. Where it does not matter, nothing is drawn. Several on top: tie, then lot.
    """
    standing = count.profile.standing
    beats = pair_matrix(count.profile)
    show_first_preferences(count)
    wins = links(beats, count.rules.links)
    sure = condorcet_winner(beats, standing)
    count.pairwise = Pairwise(beats)
    count.say("pairs", *([sure] if sure else []), links=count.rules.links)
    locked: list[Link] = []
    above: dict[int, set[int]] = {k: set() for k in standing}
    order: tuple[int, ...] = ()
    strength = {(a, b): (-wins[a, b], beats[b, a]) for a, b in wins}
    for _, group in groupby(sorted(wins, key=lambda pair: (strength[pair], pair)), strength.__getitem__):
        equal = list(group)
        if len(equal) > 1 and not _together(equal, above):
            order = order or count.lot(standing, "pairs")
            equal.sort(key=lambda pair: (order.index(pair[0]), -order.index(pair[1])))
        for winner, loser in equal:
            if loser in above[winner]:
                count.say("link_left_out", winner, loser, votes=beats[winner, loser])
                continue
            _lock(winner, loser, above)
            locked.append((winner, loser))
            count.say("link_locked", winner, loser, votes=beats[winner, loser])
    count.pairwise = Pairwise(beats, locked=tuple(locked))
    count.ranking = layers(standing, {(a, b) for b in standing for a in above[b]})
    winner_of(count, count.ranking[0])


def _lock(winner: int, loser: int, above: dict[int, set[int]]) -> None:
    """Add a link to the order that everything above the winner is above everything below the loser."""
    higher = above[winner] | {winner}
    for k in above:
        if k == loser or loser in above[k]:
            above[k] |= higher


def _together(equal: Sequence[Link], above: dict[int, set[int]]) -> bool:
    """Whether the order among equal links makes no difference: those that close no circle with what is
    locked can all be locked."""
    trial = {k: set(higher) for k, higher in above.items()}
    for winner, loser in equal:
        if loser in above[winner]:
            continue
        if loser in trial[winner]:
            return False
        _lock(winner, loser, trial)
    return True
