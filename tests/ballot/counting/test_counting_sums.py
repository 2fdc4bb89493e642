"""Motion, choice, approval, score and block: methods that add up."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ballot.counting.methods import count
from ballot.counting.profile import BadPaper, Profile, Ranking
from ballot.counting.quota import Limits, Quota
from ballot.counting.tally import BadLots, BadRules, Lot, LotNeeded, Lots, Rules, Tally


def papers(candidates: int, *given: tuple[int, Ranking]) -> Profile:
    return Profile.of([f"Candidate {k}" for k in range(1, candidates + 1)], given)


def elected(tally: Tally) -> list[int]:
    return [one.candidate for one in tally.elected]


def deputies(tally: Tally) -> list[int]:
    return [one.candidate for one in tally.deputies]


def test_equal_papers_are_packed_and_their_order_does_not_matter() -> None:
    one = Profile.of(["A", "B"], [(1, (1, 2)), (2, ()), (1, (2,)), (3, (1, 2))])
    other = Profile.of(["A", "B"], [(1, (2,)), (4, (1, 2)), (2, ())])
    assert one == other
    assert one.papers == ((4, (1, 2)), (1, (2,)))
    assert (one.blank, one.valid, one.cast) == (2, 5, 7)


def test_a_shared_place_is_the_same_in_whatever_order_its_candidates_are_written() -> None:
    one = Profile.of(["A", "B", "C"], [(1, ((2, 1), (3,))), (1, ((1, 2), 3))])
    assert one.papers == ((2, ((1, 2), 3)),)


@pytest.mark.parametrize(
    ("weight", "ranking", "what"),
    [
        (1, (3,), "there is no candidate 3"),
        (1, (1, 0), "there is no candidate 0"),
        (1, (1, 2, 1), "candidate 1 is named twice"),
        (1, (1, (1, 2)), "candidate 1 is named twice"),
        (0, (1,), "the weight 0"),
        (-4, (1,), "the weight -4"),
        (10**12, (1,), "the weight 1000000000000"),
    ],
)
def test_a_paper_that_cannot_be_is_refused(weight: int, ranking: Ranking, what: str) -> None:
    with pytest.raises(BadPaper, match=what):
        Profile.of(["A", "B"], [(weight, ranking)])


def test_a_motion_counts_blank_papers_as_cast_and_elects_nobody() -> None:
    profile = Profile.of(["Ja", "Nei", "Blank"], [(13219, (1,)), (1279, (2,)), (160, (3,)), (9, ())])
    tally = count("motion", profile)
    assert dict(tally.stages[0].votes) == {1: 13219, 2: 1279, 3: 169}
    assert (tally.papers, tally.valid, tally.blank, tally.total) == (14667, 14498, 169, 14667)
    assert tally.elected == ()


def test_a_motion_without_a_blank_line_on_the_paper_keeps_blank_papers_apart() -> None:
    tally = count("motion", Profile.of(["Ja", "Nei"], [(3, (1,)), (2, (2,)), (4, ())]))
    assert dict(tally.stages[0].votes) == {1: 3, 2: 2}
    assert (tally.stages[0].non_transferable, tally.blank) == (4, 4)


def test_choice_elects_the_one_with_most_votes() -> None:
    tally = count("choice", papers(3, (5, (1,)), (4, (2,)), (3, (3,)), (2, ((1, 2),))))
    assert elected(tally) == [1]
    assert tally.ranking == ((1,), (2,), (3,))
    assert tally.invalid == 2


def test_a_tie_for_first_needs_a_lot_and_the_lot_decides_it() -> None:
    profile = papers(3, (5, (1,)), (5, (3,)), (1, (2,)))
    stopped = count("choice", profile)
    assert stopped.lot_needed == LotNeeded((1, 3), "elect")
    assert dict(stopped.stages[0].votes) == {1: 5, 2: 1, 3: 5}
    assert stopped.elected == ()
    drawn = count("choice", profile, Rules(), Lots((Lot((1, 3), (3, 1)),)))
    assert elected(drawn) == [3]
    assert drawn.ranking == ((3,), (1,), (2,))


def test_a_lot_among_others_than_those_tied_is_refused() -> None:
    with pytest.raises(BadLots, match="among 1, 2"):
        count("choice", papers(3, (5, (1,)), (5, (3,))), Rules(), Lots((Lot((1, 2), (2, 1)),)))


def test_a_lot_nobody_needs_is_refused_since_it_belongs_to_other_papers() -> None:
    with pytest.raises(BadLots, match="needed 0"):
        count("choice", papers(2, (5, (1,)), (4, (2,))), Rules(), Lots((Lot((1, 2), (2, 1)),)))


def test_a_published_seed_gives_the_same_lot_every_time() -> None:
    profile = papers(4, (5, (1,)), (5, (2,)), (5, (3,)), (5, (4,)))
    first = count("choice", profile, Rules(), Lots(seed=b"published"))
    assert first == count("choice", profile, Rules(), Lots(seed=b"published"))
    assert len({count("choice", profile, Rules(), Lots(seed=bytes([n]))).elected for n in range(40)}) == 4
    replayed = count("choice", profile, Rules(), Lots(first.lots))
    assert replayed == first


@pytest.mark.parametrize(
    ("first", "second", "third", "winner", "runoff"),
    [
        (51, 49, 0, [1], ()),
        (50, 30, 20, [], (1, 2)),
        (40, 40, 20, [], (1, 2)),
        (34, 33, 33, [], ()),
    ],
)
def test_whoever_has_not_the_votes_needed_goes_to_a_runoff_with_the_second(
    first: int, second: int, third: int, winner: list[int], runoff: tuple[int, ...]
) -> None:
    given = [(n, (k,)) for k, n in ((1, first), (2, second), (3, third)) if n]
    tally = count("choice", papers(3, *given), Rules(votes_needed=51))
    assert elected(tally) == winner
    assert tally.runoff == runoff
    assert (tally.lot_needed is not None) == (second == third)


def test_approval_counts_every_mark_once_in_whatever_order() -> None:
    tally = count("approval", papers(3, (4, ((1, 2),)), (3, (2, 3)), (2, (3,))), Rules(seats=2))
    assert dict(tally.stages[0].votes) == {1: 4, 2: 7, 3: 5}
    assert elected(tally) == [2, 3]
    assert tally.total == 16


def test_a_paper_with_too_many_marks_is_invalid_in_a_block_vote() -> None:
    tally = count("block", papers(4, (4, ((1, 2),)), (3, ((2, 3, 4),)), (1, (1,))), Rules(seats=2))
    assert dict(tally.stages[0].votes) == {1: 5, 2: 4, 3: 0, 4: 0}
    assert (tally.invalid, tally.valid, tally.papers) == (3, 5, 8)


def test_the_quota_of_a_block_vote_passes_over_whoever_it_stops() -> None:
    profile = papers(5, (9, (1,)), (8, (2,)), (7, (3,)), (6, (4,)), (5, (5,)))
    groups = {"K": frozenset({4, 5}), "M": frozenset({1, 2, 3})}
    tally = count("block", profile, Rules(seats=3, deputies=2, quota=Quota(groups, members="40")))
    assert elected(tally) == [1, 2, 4]
    assert deputies(tally) == [3, 5]
    both = Quota(groups, members="50", deputies="40")
    two = count("block", profile, Rules(seats=2, deputies=2, quota=both))
    assert elected(two) == [1, 4]
    assert deputies(two) == [2, 5]


def test_no_lot_is_drawn_over_somebody_the_quota_brings_in_anyway() -> None:
    profile = papers(3, (5, (1,)), (5, (2,)), (5, (3,)))
    quota = Quota({"K": frozenset({3}), "M": frozenset({1, 2})}, members=Limits({"K": 1}, {}))
    tally = count("block", profile, Rules(seats=2, quota=quota))
    assert tally.lot_needed == LotNeeded((1, 2), "elect")


def test_deputies_of_a_block_vote_are_in_order_so_their_tie_needs_a_lot() -> None:
    profile = papers(4, (9, (1,)), (5, (2,)), (5, (3,)), (1, (4,)))
    stopped = count("block", profile, Rules(seats=1, deputies=3))
    assert stopped.lot_needed == LotNeeded((2, 3), "deputy")
    drawn = count("block", profile, Rules(seats=1, deputies=3), Lots((Lot((2, 3), (3, 2)),)))
    assert deputies(drawn) == [3, 2, 4]


def test_score_ranks_by_sum_or_by_mean_as_was_decided() -> None:
    profile = Profile.of_scores(["A", "B", "C"], [(3, [(1, 4)]), (2, [(1, 2), (2, 5)]), (1, [(2, 0)])])
    assert elected(count("score", profile)) == [1]
    assert dict(count("score", profile).stages[0].votes) == {1: 16, 2: 10, 3: 0}
    # A: 16 points of 5 papers, B: 10 of 3, so B leads the mean of those who gave points.
    assert elected(count("score", profile, Rules(score_mean=True))) == [2]
    assert elected(count("score", profile, Rules(score_mean=True, score_blank_is_zero=True))) == [1]


@pytest.mark.parametrize(
    ("method", "rules", "what"),
    [
        ("guessing", Rules(), "no method guessing"),
        ("choice", Rules(seats=0), "0 seats"),
        ("choice", Rules(seats=3), "3 seats for 2 candidates"),
        ("approval", Rules(deputies=1), "no deputies"),
        ("choice", Rules(quota=Quota({"K": frozenset({1})}, members="40")), "no quota"),
        ("score", Rules(), "the papers have none"),
        ("motion", Rules(seats=2), "one seat"),
        ("block", Rules(quota=Quota({"K": frozenset({1})}, Limits({}, {"K": 0}))), "cannot be met"),
    ],
)
def test_rules_that_do_not_fit_are_refused(method: str, rules: Rules, what: str) -> None:
    profile = papers(2, (1, (1,)))
    if what == "cannot be met":
        profile = Profile.of(["A", "B"], [(1, (1,))], withdrawn=[2])
    with pytest.raises(BadRules, match=what):
        count(method, profile, rules)


def test_a_withdrawn_candidate_is_struck_out_and_numbers_stay() -> None:
    profile = Profile.of(["A", "B", "C"], [(3, (1, 2)), (2, (3,)), (2, (1,))], withdrawn=[1])
    tally = count("choice", profile, Rules(), Lots())
    assert dict(tally.stages[0].votes) == {2: 3, 3: 2}
    assert (elected(tally), tally.invalid, tally.total) == ([2], 2, Fraction(5))
