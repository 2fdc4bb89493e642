"""Dealing papers to the candidates who may still receive them, and telling tied candidates apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from ballot.counting.tally import Stage

Paper: TypeAlias = tuple[int, tuple[int, ...]]
"""(how many equal papers, candidate numbers best first), as Profile.strict_papers gives them."""


@dataclass(frozen=True)
class Deal:
    """`hands`: papers by candidate; `held`: how many papers that is; `spent`: papers with nobody left."""

    hands: dict[int, list[Paper]]
    held: dict[int, int]
    spent: int

    @property
    def moved(self) -> int:
        """How many papers found somebody."""
        return sum(self.held.values())

    @property
    def receivers(self) -> tuple[int, ...]:
        """The candidates who received papers, ascending."""
        return tuple(candidate for candidate, papers in self.held.items() if papers)

    @property
    def received(self) -> tuple[int, ...]:
        """How many papers each of the receivers got, in the same order."""
        return tuple(papers for papers in self.held.values() if papers)


def deal(papers: Iterable[Paper], receiving: Iterable[int]) -> Deal:
    """Give each paper to its first candidate among `receiving`."""
    hands: dict[int, list[Paper]] = {candidate: [] for candidate in sorted(receiving)}
    held = dict.fromkeys(hands, 0)
    spent = 0
    for paper in papers:
        for candidate in paper[1]:
            if candidate in hands:
                hands[candidate].append(paper)
                held[candidate] += paper[0]
                break
        else:
            spent += paper[0]
    return Deal(hands, held, spent)


def by_history(
    stages: Sequence[Stage], tied: Iterable[int], best: Callable[[Iterable[Fraction]], Fraction]
) -> list[int]:
    """Narrow a tie by what the candidates had at the end of earlier stages, the most recent first.

    `best` is max or min. At each stage only those with the best votes stay in the tie, until one is left
    or the stages are. SSI 2007/42 rules 49 and 51 do not say whether three or more tied are narrowed step
    by step or need one unique extreme at one stage; narrowing was chosen (docs/counting/scottish-stv.md).
    """
    left = sorted(tied)
    for stage in reversed(stages):
        if len(left) == 1:
            break
        mark = best(stage.votes[candidate] for candidate in left)
        left = [candidate for candidate in left if stage.votes[candidate] == mark]
    return left
