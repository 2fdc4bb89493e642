"""Quotas as feasibility, the three methods that take them, and the university's count with its deputies."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballot.counting.methods import count
from ballot.counting.profile import Profile, Ranking
from ballot.counting.quota import BadQuota, Guard, Limits, Quota, Table, minimum_of, quota_of
from ballot.counting.tally import Event, Lot, LotNeeded, Lots, Rules, Tally

KM = {"K": frozenset({4, 5, 6}), "M": frozenset({1, 2, 3})}


def papers(candidates: int, *given: tuple[int, Ranking]) -> Profile:
    return Profile.of([f"Candidate {k}" for k in range(1, candidates + 1)], given)


def elected(tally: Tally) -> list[int]:
    return [one.candidate for one in tally.elected]


def deputies(tally: Tally) -> list[int]:
    return [one.candidate for one in tally.deputies]


def said(tally: Tally, kind: str) -> list[tuple[int, Event]]:
    return [(stage.number, event) for stage in tally.stages for event in stage.events if event.kind == kind]


@pytest.mark.parametrize(
    ("form", "minima"),
    [
        # seats               1  2  3  4  5  6  7  8  9  10 11
        ("40", (0, 1, 1, 2, 2, 3, 3, 4, 4, 4, 5)),
        ("equality-law", (0, 1, 1, 2, 2, 3, 3, 3, 4, 4, 5)),
        ("50", (0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5)),
    ],
)
def test_the_forms_differ_where_the_regulations_do(form: str, minima: tuple[int, ...]) -> None:
    assert tuple(minimum_of(form, seats) for seats in range(1, 12)) == minima


def test_a_quota_is_off_for_one_seat_and_where_nothing_is_limited() -> None:
    assert Quota(KM).guard("40", 1, range(1, 7)) is None
    assert Quota(KM).guard(Limits({}, {"K": 3}), 3, range(1, 7)) is None
    assert Quota(KM).guard(None, 3, range(1, 7)) is None


def test_an_empty_group_leaves_the_others_free() -> None:
    guard = Quota(KM).guard("40", 3, [1, 2, 3])
    assert guard is not None
    assert guard.doomed([1], [2, 3]) == ()


def test_a_group_with_too_few_has_its_minimum_lowered_or_the_count_refused_as_was_decided() -> None:
    groups = {"K": frozenset({4}), "M": frozenset({1, 2, 3})}
    guard = Quota(groups).guard("40", 4, range(1, 5))
    assert guard is not None
    assert guard.limits.minimum == {"K": 1, "M": 2}
    with pytest.raises(BadQuota, match="group K has 1 candidates"):
        Quota(groups, too_few="refuse").guard("40", 4, range(1, 5))


def test_for_two_groups_guarded_and_doomed_are_the_protection_and_the_ceiling() -> None:
    guard = Quota(KM).guard("40", 4, range(1, 7))
    assert guard is not None
    # Two of each among four: two men fill their ceiling (4 - 2), and the last two women may not go.
    assert guard.doomed([1], [2, 3, 4, 5, 6]) == ()
    assert guard.doomed([1, 2], [3, 4, 5, 6]) == (3,)
    assert guard.guarded([1], [2, 3, 4, 5, 6]) == ()
    assert guard.guarded([1], [2, 3, 4, 5]) == (4, 5)
    assert guard.guarded([1, 4], [2, 3, 5]) == (5,)


def test_a_person_in_two_groups_counts_in_both() -> None:
    groups = {**KM, "U30": frozenset({3, 6})}
    guard = Quota(groups).guard(Limits({"K": 1, "M": 1, "U30": 1}, {}), 2, range(1, 7))
    assert guard is not None
    # One of each and one under 30 in two seats: 1 (man over 30) leaves only 6.
    assert guard.doomed([1], [2, 3, 4, 5, 6]) == (2, 3, 4, 5)
    assert guard.guarded([1], [2, 3, 4, 5, 6]) == (6,)


def test_a_candidate_of_no_group_meets_no_ceiling_but_takes_no_place_the_minima_need() -> None:
    groups = {"K": frozenset({3, 4}), "M": frozenset({1, 2})}
    five = Quota(groups).guard("40", 5, range(1, 7))
    assert five is not None
    assert five.doomed([], range(1, 7)) == ()
    assert five.doomed([5], [1, 2, 3, 4, 6]) == (6,)


@settings(deadline=None)
@given(data=st.data())
def test_the_feasibility_check_is_the_same_as_trying_every_committee(data: st.DataObject) -> None:
    candidates = data.draw(st.integers(1, 7))
    everyone = range(1, candidates + 1)
    groups = {name: frozenset(data.draw(st.sets(st.sampled_from(everyone)))) for name in ("A", "B", "C")}
    places = data.draw(st.integers(1, candidates))
    number = st.integers(0, places)
    limits = Limits(
        {name: data.draw(number) for name in groups}, {name: data.draw(number) for name in groups}
    )
    chosen = data.draw(st.sets(st.sampled_from(everyone), max_size=places))
    standing = data.draw(st.sets(st.sampled_from(everyone))) - chosen
    possible = any(
        all(
            limits.minimum[name] <= len(groups[name].intersection((*chosen, *rest))) <= limits.maximum[name]
            for name in groups
        )
        for rest in combinations(sorted(standing), places - len(chosen))
    )
    assert Guard(groups, limits, places).feasible(chosen, standing) == possible


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ([], "not an object"),
        ({}, "groups is not"),
        ({"groups": {"K": [9]}}, "group K"),
        ({"groups": {"K": [True]}}, "group K"),
        ({"groups": {"K": [1]}, "members": "30"}, "none of 40"),
        ({"groups": {"K": [1]}, "members": {"least": {}}}, "no least"),
        ({"groups": {"K": [1]}, "members": {"min": {"M": 1}}}, "names the group M"),
        ({"groups": {"K": [1]}, "members": {"min": {"K": 1.5}}}, "not a whole number"),
        ({"groups": {"K": [1]}, "members": {"table": {}}}, "table"),
        ({"groups": {"K": [1]}, "members": {"table": {"two": {"min": {}}}}}, "has two"),
        ({"groups": {"K": [1]}, "members": {"table": {"2": "40"}}}, "needs min and max"),
        ({"groups": {"K": [1]}, "too_few": "pray"}, "too_few"),
        ({"groups": {"K": [1]}, "membres": "40"}, "no membres"),
    ],
)
def test_a_quota_that_is_none_is_refused(data: object, what: str) -> None:
    with pytest.raises(BadQuota, match=what):
        quota_of(data, 3)


def test_a_quota_is_read_from_json_in_every_form() -> None:
    data = {
        "groups": {"K": [3], "M": [1, 2]},
        "members": {"table": {"4": {"min": {"K": 2}}, "2": {"min": {"K": 1}}}},
        "deputies": {"min": {"K": 1}, "max": {"M": 1}},
    }
    quota = quota_of(data, 3)
    one, two = Limits({"K": 1}, {}), Limits({"K": 2}, {})
    assert quota.members == Table(((2, one), (4, two)))
    assert quota.deputies == Limits({"K": 1}, {"M": 1})
    guard = quota.guard(quota.members, 3, [1, 2, 3])
    assert guard is not None
    assert guard.limits.minimum == {"K": 1, "M": 0}


# 100 papers: three men far ahead of three women.
THREE_MEN = papers(
    6,
    (34, (1, 2, 3)),
    (28, (2, 1, 3)),
    (22, (3, 1, 2)),
    (7, (4, 5, 6)),
    (5, (5, 4, 6)),
    (4, (6, 4, 5)),
)


@pytest.mark.parametrize("method", ["scottish-stv", "uio-stv"])
def test_a_quota_shows_when_it_protects_and_whom_it_stops(method: str) -> None:
    free = count(method, THREE_MEN, Rules(seats=3))
    assert elected(free) == [1, 2, 3]
    tally = count(method, THREE_MEN, Rules(seats=3, quota=Quota(KM, members="40")))
    assert sorted(elected(tally)) == [1, 2, 4]
    stopped = [event for _, event in said(tally, "excluded") if event.facts["why"] == "quota"]
    assert [event.candidates for event in stopped] == [(3,)]


def test_the_last_of_a_protected_group_is_passed_over_at_the_bottom() -> None:
    profile = papers(5, (40, (1,)), (20, (2,)), (18, (3,)), (17, (5,)), (5, (4,)))
    quota = Quota({"K": frozenset({4}), "M": frozenset({1, 2, 3, 5})}, members=Limits({"K": 1}, {}))
    assert elected(count("scottish-stv", profile, Rules(seats=3))) == [1, 2, 3]
    tally = count("scottish-stv", profile, Rules(seats=3, quota=quota))
    assert elected(tally) == [1, 2, 4]
    # Stage 2 moves the surplus of 1. At stage 3 the lowest would go: that is when the protection begins.
    assert [(stage, event.candidates) for stage, event in said(tally, "protected_by_quota")] == [(3, (4,))]
    assert [event.candidates for _, event in said(tally, "excluded")] == [(5,), (3,)]


@pytest.mark.parametrize("method", ["scottish-stv", "uio-stv"])
def test_two_who_reach_the_quota_with_equal_votes_and_cannot_both_be_elected_need_a_lot(method: str) -> None:
    profile = papers(4, (11, (1,)), (11, (2,)), (8, (3,)), (1, (4,)))
    assert elected(count(method, profile, Rules(seats=2))) == [1, 2]
    quota = Quota({"K": frozenset({3, 4}), "M": frozenset({1, 2})}, members="50")
    stopped = count(method, profile, Rules(seats=2, quota=quota))
    assert stopped.lot_needed == LotNeeded((1, 2), "elect")
    drawn = count(method, profile, Rules(seats=2, quota=quota), Lots((Lot((1, 2), (2, 1)),)))
    assert elected(drawn) == [2, 3]


def test_the_university_computes_its_number_with_more_decimals_for_more_papers() -> None:
    for number, needed in ((9, "3.01"), (99, "33.01"), (100, "33.3334"), (1000, "333.333334")):
        tally = count("uio-stv", papers(3, (number, (1, 2, 3))), Rules(seats=2), Lots(seed=b"x"))
        assert tally.quota == Fraction(needed)


def test_the_university_moves_only_the_parcel_that_elected() -> None:
    # Valgtall 25.0001. The six papers of 5 bring 2 from 24 to 30, so the surplus of 4.9999 moves with
    # those six alone, at 4.9999 / 6 = 0.83, and elects 4; all thirty papers would have elected 3.
    profile = papers(5, (31, (1,)), (24, (2, 3)), (20, (3,)), (19, (4,)), (6, (5, 2, 4)))
    tally = count("uio-stv", profile, Rules(seats=3))
    surplus = next(event for _, event in said(tally, "surplus") if event.candidates == (2,))
    assert (surplus.facts["papers"], surplus.facts["factor"]) == (6, Fraction("0.83"))
    assert elected(tally) == [1, 2, 4]
    assert tally.stages[-1].votes[4] == Fraction("23.98")
    assert tally.stages[-1].lost_by_rounding == Fraction("4.9999") - 6 * Fraction("0.83")
    assert elected(count("scottish-stv", profile, Rules(seats=3))) == [1, 2, 3]


def test_the_university_excludes_all_without_hope_at_once() -> None:
    # Valgtall 33.3334. 4 and 5 together, with the surplus of 2.6666, stay below the 18 of 3.
    profile = papers(5, (36, (1,)), (32, (2,)), (18, (3,)), (8, (4,)), (6, (5,)))
    tally = count("uio-stv", profile, Rules(seats=2))
    assert [(stage, event.candidates) for stage, event in said(tally, "excluded")] == [
        (2, (5,)),
        (2, (4,)),
        (3, (3,)),
    ]
    assert elected(tally) == [1, 2]


def test_the_university_draws_at_once_where_others_look_back() -> None:
    # Equal now, although 3 had fewer at the first stage.
    profile = papers(5, (20, (1,)), (18, (2,)), (11, (3,)), (10, (4,)), (1, (5, 4)))
    assert count("scottish-stv", profile, Rules(seats=1)).lot_needed is None
    assert count("uio-stv", profile, Rules(seats=1)).lot_needed == LotNeeded((3, 4), "exclude")


def test_deputies_come_one_at_a_time_each_by_a_count_for_one_place_more() -> None:
    profile = papers(4, (52, (1, 2, 3, 4)), (28, (3, 4, 2, 1)), (20, (4, 3, 2, 1)))
    tally = count("uio-stv", profile, Rules(seats=1, deputies=2))
    numbers = [event.facts["valgtall"] for _, event in said(tally, "valgtall")]
    assert numbers == [Fraction("50.0001"), Fraction("33.3334"), Fraction("25.0001")]
    # First place: 2 has nothing and goes out, so the surplus of 1 (factor 0.35) makes 46.2 for 3.
    # Second place: 1 and 3 reach 25.0001, and the surplus of 1 (factor 0.51) makes 26.52 for 2.
    assert (elected(tally), deputies(tally)) == ([1], [3, 2])
    assert tally.stages[-1].votes[2] == Fraction("26.52")
    assert tally.elected[0].stage < tally.deputies[0].stage < tally.deputies[1].stage


def test_the_quota_of_deputies_is_their_own() -> None:
    groups = {"K": frozenset({3, 4}), "M": frozenset({1, 2})}
    profile = papers(4, (50, (1, 2, 3, 4)), (30, (2, 1, 3, 4)), (20, (3, 4, 1, 2)))
    free = count("uio-stv", profile, Rules(seats=1, deputies=2))
    assert deputies(free) == [2, 3]
    both_women = Quota(groups, deputies=Limits({"K": 2}, {}))
    tally = count("uio-stv", profile, Rules(seats=1, deputies=2, quota=both_women))
    assert (elected(tally), deputies(tally)) == ([1], [3, 4])


def test_two_who_reach_the_number_for_a_deputy_with_equal_votes_need_a_lot() -> None:
    profile = papers(3, (10, (1,)), (45, (2,)), (45, (3,)))
    quota = Quota({"K": frozenset({1})}, members=Limits({"K": 1}, {}))
    rules = Rules(seats=1, deputies=1, quota=quota)
    stopped = count("uio-stv", profile, rules)
    assert (elected(stopped), stopped.lot_needed) == ([1], LotNeeded((2, 3), "deputy"))
    drawn = count("uio-stv", profile, rules, Lots((Lot((2, 3), (3, 2)),)))
    assert deputies(drawn) == [3]
