"""The same elections counted by libraries of the field: every difference is a rule, or a defect."""

from __future__ import annotations

import random
import warnings
from collections.abc import Sequence
from typing import Any

import pytest

from ballot.counting.methods import count
from ballot.counting.profile import Profile, Ranking
from ballot.counting.tally import Lots, Rules, Tally

with warnings.catch_warnings():
    # The library warns on import about what its own dependencies deprecate, which is not ours to mend.
    warnings.simplefilter("ignore")
    iterative = pytest.importorskip("pref_voting.iterative_methods")
    margins = pytest.importorskip("pref_voting.margin_based_methods")
    proportional = pytest.importorskip("pref_voting.proportional_methods")
    with_ties = pytest.importorskip("pref_voting.profiles_with_ties")
schulze_condorcet = pytest.importorskip("schulze_condorcet")

Papers = list[tuple[int, Ranking]]


def elections(number: int, *, most_papers: int, seed: int) -> list[tuple[Papers, int]]:
    """Random elections of 3 to 6 candidates: rankings of any length, some candidates more popular."""
    chance = random.Random(seed)  # noqa: S311  # the same elections in every run
    made: list[tuple[Papers, int]] = []
    for _ in range(number):
        candidates = chance.randint(3, 6)
        weights = [chance.random() + 0.1 for _ in range(candidates)]
        papers: Papers = []
        for _ in range(chance.randint(2, most_papers)):
            order = sorted(range(candidates), key=lambda k: chance.random() ** (1 / weights[k]), reverse=True)
            length = chance.randint(1, candidates)
            papers.append((chance.randint(1, 3), tuple(k + 1 for k in order[:length])))
        made.append((papers, candidates))
    return made


def ours(method: str, papers: Papers, candidates: int, seats: int = 1) -> Tally:
    names = [f"Candidate {k}" for k in range(1, candidates + 1)]
    return count(method, Profile.of(names, papers), Rules(seats=seats), Lots(seed=b"cross-check"))


def theirs(papers: Papers, candidates: int) -> Any:
    rankings = [{k: place for place, k in enumerate(ranking, start=1)} for _, ranking in papers]
    profile = with_ties.ProfileWithTies(rankings, [weight for weight, _ in papers], range(1, candidates + 1))
    profile.use_extended_strict_preference()
    return profile


class LowestNumber:
    """In place of chance: pref_voting also moves surpluses after the last seat is filled, and draws lots
    over their order, where the Scottish rules stop (rule 52)."""

    def choice(self, among: Sequence[int]) -> int:
        return min(among)


def winners(tally: Tally) -> list[int]:
    return sorted(one.candidate for one in tally.elected)


def test_scottish_counts_without_a_lot_agree_with_pref_voting() -> None:
    compared = 0
    for papers, candidates in elections(400, most_papers=60, seed=1):
        seats = 1 + len(papers) % (candidates - 1)
        tally = ours("scottish-stv", papers, candidates, seats)
        if tally.lots:
            continue
        compared += 1
        found = proportional.stv_scottish(theirs(papers, candidates), num_seats=seats, rng=LowestNumber())
        assert winners(tally) == sorted(found), (papers, candidates, seats)
    assert compared > 250


def test_meek_counts_without_a_lot_agree_with_pref_voting() -> None:
    compared = 0
    for papers, candidates in elections(40, most_papers=16, seed=2):
        seats = 1 + len(papers) % (candidates - 1)
        tally = ours("meek-stv", papers, candidates, seats)
        if tally.lots:
            continue
        compared += 1
        found = proportional.stv_meek(theirs(papers, candidates), num_seats=seats)
        assert winners(tally) == sorted(found), (papers, candidates, seats)
    assert compared > 20


def test_instant_runoffs_without_a_tie_agree_with_pref_voting() -> None:
    compared = 0
    for papers, candidates in elections(400, most_papers=80, seed=3):
        tally = ours("irv", papers, candidates)
        if tally.lots or any(event.kind == "tie_by_history" for event in tally.events):
            # pref_voting drops all who tie at the bottom together; COUNTING.md takes one at a time.
            continue
        compared += 1
        found = iterative.instant_runoff_for_truncated_linear_orders(theirs(papers, candidates))
        assert winners(tally) == list(found), (papers, candidates)
    assert compared > 200


@pytest.mark.parametrize("links", ["winning", "margins"])
def test_schulze_winners_are_those_of_beat_path_in_pref_voting(links: str) -> None:
    for papers, candidates in elections(300, most_papers=9, seed=4):
        names = [f"Candidate {k}" for k in range(1, candidates + 1)]
        tally = count("schulze", Profile.of(names, papers), Rules(links=links), Lots(seed=b"cross-check"))
        profile = theirs(papers, candidates)
        strength = profile.support if links == "winning" else profile.margin
        found = margins.beat_path(profile, strength_function=strength)
        tied = next((event.candidates for event in tally.events if event.kind == "tie"), ())
        assert sorted(tied or winners(tally)) == sorted(found), (papers, candidates)


def winning_votes(*, support: int, opposition: int, totalvotes: int) -> int:
    """COUNTING.md's strength; the library's own sets apart equal winners by their opposing votes too."""
    return support if support > opposition else 0


def test_schulze_rankings_are_those_of_schulze_condorcet() -> None:
    same = 0
    for papers, candidates in elections(300, most_papers=9, seed=5):
        tally = ours("schulze", papers, candidates)
        names = [str(k) for k in range(1, candidates + 1)]
        votes: list[str] = []
        for weight, ranking in papers:
            rest = [name for name in names if int(name) not in ranking]
            votes += weight * [">".join([*map(str, ranking), *(["=".join(rest)] if rest else [])])]
        found = schulze_condorcet.schulze_evaluate(votes, names, winning_votes)
        levels = [sorted(int(name) for name in level.split("=")) for level in found.split(">")]
        tied = next((event.candidates for event in tally.events if event.kind == "tie"), ())
        assert sorted(tied or winners(tally)) == levels[0], (papers, candidates)
        same += [list(group) for group in tally.ranking] == levels
    # They differ below a tie at the top, which we draw a lot over, and where the library looks for paths
    # among the remaining only, while the partial order of COUNTING.md keeps paths through those above.
    assert same > 200


def test_ranked_pairs_winners_are_among_those_of_pref_voting() -> None:
    unique = 0
    for papers, candidates in elections(150, most_papers=40, seed=6):
        if candidates > 5:
            continue
        tally = ours("ranked-pairs", papers, candidates)
        profile = theirs(papers, candidates)
        found = margins.ranked_pairs(profile, strength_function=profile.support)
        assert winners(tally)[0] in found, (papers, candidates)
        if len(found) == 1:
            unique += 1
            assert winners(tally) == list(found)
    assert unique > 60
