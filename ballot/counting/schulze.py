"""The Schulze method: the strongest path of pairwise wins."""

from __future__ import annotations

from collections.abc import Iterable

from ballot.counting.pairs import (
    Matrix,
    condorcet_winner,
    layers,
    links,
    pair_matrix,
    show_first_preferences,
    winner_of,
)
from ballot.counting.tally import Count, Pairwise


def schulze(count: Count) -> None:
    """Elect the candidate no other has a stronger path to than the other way; several: tie, then lot.

    The ranking is the partial order "has the stronger path", in layers.
    """
    standing = count.profile.standing
    beats = pair_matrix(count.profile)
    show_first_preferences(count)
    paths = best_paths(standing, links(beats, count.rules.links))
    count.pairwise = Pairwise(beats, paths)
    sure = condorcet_winner(beats, standing)
    count.say("pairs", *([sure] if sure else []), links=count.rules.links)
    above = {(a, b) for (a, b), strength in paths.items() if strength > paths[b, a]}
    count.ranking = layers(standing, above)
    winner_of(count, count.ranking[0])


def best_paths(standing: Iterable[int], strength: Matrix) -> Matrix:
    """Strength of the best path between every two, 0 where there is none; a path is as strong as its
    weakest link (Floyd-Warshall; Schulze 2011, section 2.3)."""
    candidates = list(standing)
    best = {(a, b): strength.get((a, b), 0) for a in candidates for b in candidates if a != b}
    for via in candidates:
        for a in candidates:
            if a == via:
                continue
            first = best[a, via]
            for b in candidates:
                if b not in (a, via):
                    detour = min(first, best[via, b])
                    if detour > best[a, b]:
                        best[a, b] = detour
    return best
