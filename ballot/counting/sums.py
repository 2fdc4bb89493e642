"""Filling places from sums: what choice, approval, score and block have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import groupby

from ballot.counting.quota import Guard
from ballot.counting.tally import Count


def by_sums(votes: Mapping[int, Fraction | int]) -> list[tuple[int, ...]]:
    """Candidates in groups of equal sums, greatest first, ascending numbers inside a group."""
    order = sorted(votes, key=lambda k: (-votes[k], k))
    return [tuple(group) for _, group in groupby(order, key=lambda k: votes[k])]


def elect_by_sums(count: Count, votes: Mapping[int, Fraction | int], guard: Guard | None = None) -> None:
    """Elect the seats from the greatest sums down, then the deputies in order, each within its quota.

    Members are not ordered among themselves, so a lot is drawn only where a tie decides who comes in; the
    order of deputies matters, so there every tie needs one. A candidate the quota stops is skipped (the
    university's "flertallsvalg": the next of the other group moves up).
    """
    groups = by_sums(votes)
    places = min(count.rules.seats, len(votes))
    drawn: dict[int, int] = {}
    chosen = _fill(count, groups, places, guard, drawn, ordered=False)
    for candidate in chosen:
        count.elect(candidate, "sum", votes=Fraction(votes[candidate]))
    left = [tuple(k for k in group if k not in chosen) for group in groups]
    quota = count.rules.quota
    wanted = min(count.rules.deputies, len(votes) - len(chosen))
    if wanted:
        remaining = [k for group in left for k in group]
        over = quota.guard(quota.deputies, wanted, remaining) if quota else None
        for candidate in _fill(count, left, wanted, over, drawn, ordered=True):
            count.elect_deputy(candidate, "sum", votes=Fraction(votes[candidate]))
    for group in groups:
        lots = sorted({drawn.get(k, 0) for k in group})
        count.ranking.extend(tuple(k for k in group if drawn.get(k, 0) == lot) for lot in lots)


def _fill(
    count: Count,
    groups: Sequence[tuple[int, ...]],
    places: int,
    guard: Guard | None,
    drawn: dict[int, int],
    *,
    ordered: bool,
) -> list[int]:
    """Whom `places` go to, in order; `drawn` takes the places inside a tie that a lot has given."""
    chosen: list[int] = []
    standing = {k for group in groups for k in group}

    def take(candidate: int) -> None:
        chosen.append(candidate)
        standing.discard(candidate)

    def stop(group: tuple[int, ...]) -> tuple[int, ...]:
        """The group without those the quota stops now."""
        if guard is None:
            return group
        for candidate in guard.doomed(chosen, standing):
            if candidate in group:
                standing.discard(candidate)
                count.say("stopped_by_quota", candidate)
        return tuple(k for k in group if k in standing)

    for group in groups:
        tied = stop(group)
        if len(chosen) == places:
            break
        if not ordered and guard is not None:
            # They come in whatever a lot would say, so no lot is drawn over them.
            for candidate in guard.guarded(chosen, standing):
                if candidate in tied:
                    take(candidate)
            tied = stop(tuple(k for k in tied if k in standing))
        if not tied or len(chosen) == places:
            continue
        together = len(chosen) + len(tied) <= places and (
            guard is None or guard.feasible([*chosen, *tied], standing - set(tied))
        )
        if not (together and not ordered) and len(tied) > 1:
            tied = count.lot(tied, "deputy" if ordered else "elect")
            drawn.update({k: place for place, k in enumerate(tied, start=1)})
        for candidate in tied:
            if len(chosen) < places and stop((candidate,)):
                take(candidate)
    return chosen
