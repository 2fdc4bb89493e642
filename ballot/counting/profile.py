"""Papers as the counting core sees them: equal papers packed together, candidates by number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Rank: TypeAlias = int | tuple[int, ...]
"""One place in a ranking: a candidate number, or the sorted numbers of two or more of equal rank."""
Ranking: TypeAlias = tuple[Rank, ...]
"""Best first. `(3, 1)` ranks 3 before 1, `(3, (1, 2))` puts 1 and 2 equal second. A paper of marks without
an order (approval, block) is one place: `(4,)` or `((1, 4),)`."""
Scores: TypeAlias = tuple[tuple[int, int], ...]
"""(candidate, points) in the order of candidate numbers."""

MOST_PAPERS = 10**9
"""More equal papers than this on one line is a slip of the keyboard, not an election."""


class BadPaper(ValueError):  # noqa: N818  # named after what is wrong, like the house's NotAllowed
    """A paper that cannot be: the message says what is wrong with it."""


@dataclass(frozen=True)
class Profile:
    """All papers of a count, equal papers packed: `papers` holds (weight, ranking), each ranking once.

    Candidates are numbered from 1 in the order of `candidates`; numbers never shift, also not when somebody
    has withdrawn. Papers without a single preference are `blank`; papers that cannot be counted and were
    taken out before packing are `invalid`. `shared`: some paper has two candidates at one place. Papers are
    sorted, so two profiles of the same papers are equal whatever order they came in. Make one with
    `Profile.of`.
    """

    candidates: tuple[str, ...]
    papers: tuple[tuple[int, Ranking], ...] = ()
    scores: tuple[tuple[int, Scores], ...] = ()
    shared: bool = False
    blank: int = 0
    invalid: int = 0
    withdrawn: frozenset[int] = frozenset()

    @classmethod
    def of(
        cls,
        candidates: Sequence[str],
        papers: Iterable[tuple[int, Ranking]],
        *,
        withdrawn: Iterable[int] = (),
        invalid: int = 0,
    ) -> Profile:
        """Pack `papers`, each (number of such papers, ranking).

        The numbers in a place of equal rank may come in any order. An empty ranking is a blank paper.
        Raises BadPaper for an unknown candidate, one named twice on a paper, or a weight that is none.
        """
        packed: dict[Ranking, int] = {}
        for weight, ranking in papers:
            if not 0 < weight <= MOST_PAPERS:
                raise BadPaper(f"the weight {weight} is not between 1 and {MOST_PAPERS}")
            packed[ranking] = packed.get(ranking, 0) + weight
        known = frozenset(range(1, len(candidates) + 1))
        # One cheap test for what nearly all papers are; only the others are looked at closely.
        odd = [r for r in packed if len(set(r)) != len(r) or not known.issuperset(r)]
        shared = False
        if odd:
            packed = _repacked((tidy(ranking), weight) for ranking, weight in packed.items())
            shared = _shared(packed)
            for ranking in packed:
                _check(ranking, known)
        blank = packed.pop((), 0)
        return cls(
            candidates=tuple(candidates),
            papers=tuple((packed[ranking], ranking) for ranking in _sorted(packed, shared=shared)),
            shared=shared,
            blank=blank,
            invalid=invalid,
            withdrawn=_checked_withdrawn(withdrawn, known),
        )

    @classmethod
    def of_scores(
        cls,
        candidates: Sequence[str],
        papers: Iterable[tuple[int, Iterable[tuple[int, int]]]],
        *,
        withdrawn: Iterable[int] = (),
        invalid: int = 0,
    ) -> Profile:
        """Pack papers of points, each (number of such papers, [(candidate, points), ...]).

        Raises BadPaper for an unknown candidate, one given points twice, or a weight that is none.
        """
        known = frozenset(range(1, len(candidates) + 1))
        packed: dict[Scores, int] = {}
        for weight, given in papers:
            if not 0 < weight <= MOST_PAPERS:
                raise BadPaper(f"the weight {weight} is not between 1 and {MOST_PAPERS}")
            scores = tuple(sorted(given))
            _check(tuple(candidate for candidate, _ in scores), known)
            packed[scores] = packed.get(scores, 0) + weight
        blank = packed.pop((), 0)
        return cls(
            candidates=tuple(candidates),
            scores=tuple((packed[scores], scores) for scores in sorted(packed)),
            blank=blank,
            invalid=invalid,
            withdrawn=_checked_withdrawn(withdrawn, known),
        )

    @property
    def standing(self) -> tuple[int, ...]:
        """Numbers of the candidates who have not withdrawn, ascending."""
        return tuple(k for k in range(1, len(self.candidates) + 1) if k not in self.withdrawn)

    @property
    def valid(self) -> int:
        """Papers that say something: neither blank nor invalid."""
        return sum(weight for weight, _ in self.papers) + sum(weight for weight, _ in self.scores)

    @property
    def cast(self) -> int:
        """All papers: valid, blank and invalid."""
        return self.valid + self.blank + self.invalid

    def without_withdrawn(self) -> Profile:
        """The same papers with the withdrawn candidates struck out; a paper left empty by it is invalid."""
        if not self.withdrawn:
            return self
        gone = self.withdrawn
        papers = _repacked((struck(ranking, gone), weight) for weight, ranking in self.papers)
        scores: dict[Scores, int] = {}
        for weight, given in self.scores:
            left = tuple(pair for pair in given if pair[0] not in gone)
            scores[left] = scores.get(left, 0) + weight
        emptied = papers.pop((), 0) + scores.pop((), 0)
        return Profile(
            candidates=self.candidates,
            papers=tuple((papers[ranking], ranking) for ranking in _sorted(papers, shared=self.shared)),
            shared=_shared(papers),
            scores=tuple((scores[given], given) for given in sorted(scores)),
            blank=self.blank,
            invalid=self.invalid + emptied,
            withdrawn=gone,
        )

    def strict_papers(self) -> tuple[tuple[tuple[int, tuple[int, ...]], ...], int]:
        """(weight, candidate numbers) up to the first equal rank, and how many papers begin with one.

        Where a method needs one next preference, a paper with two candidates at one place is exhausted
        there; a paper whose first place is shared has no first preference and is invalid (SSI 2007/42
        rule 45).
        """
        if not self.shared:
            return self.papers, 0  # type: ignore[return-value]  # every place is one number
        papers: list[tuple[int, tuple[int, ...]]] = []
        without_first = 0
        for weight, ranking in self.papers:
            strict = strict_part(ranking)
            if strict:
                papers.append((weight, strict))
            else:
                without_first += weight
        return tuple(papers), without_first


def strict_part(ranking: Ranking) -> tuple[int, ...]:
    """The candidate numbers of a ranking before its first shared place."""
    for place, rank in enumerate(ranking):
        if not isinstance(rank, int):
            return tuple(rank for rank in ranking[:place] if isinstance(rank, int))
    return ranking  # type: ignore[return-value]  # every place was seen to be one number


def groups(ranking: Ranking) -> tuple[tuple[int, ...], ...]:
    """A ranking with every place written as a group: `(3, (1, 2))` gives `((3,), (1, 2))`."""
    return tuple((rank,) if isinstance(rank, int) else rank for rank in ranking)


def members(ranking: Ranking) -> tuple[int, ...]:
    """All candidate numbers of a ranking, in its order."""
    return tuple(candidate for group in groups(ranking) for candidate in group)


def tidy(ranking: Ranking) -> Ranking:
    """Shared places sorted, a shared place of one written as the number, empty places left out."""
    places: list[Rank] = []
    for group in groups(ranking):
        if len(group) == 1:
            places.append(group[0])
        elif group:
            places.append(tuple(sorted(group)))
    return tuple(places)


def struck(ranking: Ranking, gone: frozenset[int]) -> Ranking:
    """The ranking without the candidates in `gone`; those below move up."""
    return tidy(tuple(tuple(k for k in group if k not in gone) for group in groups(ranking)))


def _check(ranking: Ranking, known: frozenset[int]) -> None:
    named = members(ranking)
    distinct = set(named)
    if not distinct <= known:
        raise BadPaper(f"there is no candidate {min(distinct - known)}")
    if len(distinct) != len(named):
        twice = next(k for place, k in enumerate(named) if k in named[:place])
        raise BadPaper(f"candidate {twice} is named twice on one paper")


def _checked_withdrawn(withdrawn: Iterable[int], known: frozenset[int]) -> frozenset[int]:
    gone = frozenset(withdrawn)
    if not gone <= known:
        raise BadPaper(f"there is no candidate {min(gone - known)} to withdraw")
    return gone


def _shared(papers: Iterable[Ranking]) -> bool:
    return not all(type(rank) is int for ranking in papers for rank in ranking)


def _repacked(papers: Iterable[tuple[Ranking, int]]) -> dict[Ranking, int]:
    packed: dict[Ranking, int] = {}
    for ranking, weight in papers:
        packed[ranking] = packed.get(ranking, 0) + weight
    return packed


def _sorted(papers: Iterable[Ranking], *, shared: bool) -> list[Ranking]:
    # A number and a group of equal rank do not compare, so mixed papers sort by their groups.
    return sorted(papers, key=groups) if shared else sorted(papers)
