"""What must hold for every method on any papers: random small elections by the thousand."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ballot.counting.methods import METHODS, count
from ballot.counting.profile import Profile, Ranking
from ballot.counting.quota import BadQuota, Limits, Quota
from ballot.counting.report import as_json
from ballot.counting.tally import BadRules, Lot, Lots, Rules, Tally

NAMES = ("Astri", "Bjarne", "Cecilie", "Didrik", "Eva", "Finn", "Guri")
RANKED = [name for name, method in METHODS.items() if method.papers == "ranks"]
QUOTA = [name for name, method in METHODS.items() if method.quota]

quietly = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


@st.composite
def rankings(draw: st.DrawFn, candidates: int, *, shared: bool = False) -> Ranking:
    order = draw(st.permutations(range(1, candidates + 1)))
    length = draw(st.integers(0, candidates))
    if shared and length >= 2 and draw(st.integers(0, 5)) == 0:
        return (*order[: length - 2], tuple(order[length - 2 : length]))
    return tuple(order[:length])


@st.composite
def elections(draw: st.DrawFn, *, shared: bool = False) -> tuple[list[tuple[int, Ranking]], int, int]:
    """(papers, candidates, seats); few papers, so that ties are common."""
    candidates = draw(st.integers(2, 7))
    paper = st.tuples(st.integers(1, 4), rankings(candidates, shared=shared))
    papers = draw(st.lists(paper, min_size=0, max_size=14))
    return papers, candidates, draw(st.integers(1, candidates))


def counted_out(method: str, profile: Profile, rules: Rules) -> Tally:
    """The finished tally, the tellers having drawn each lot the count asked for, in falling numbers."""
    lots = Lots()
    for _ in range(200):
        tally = count(method, profile, rules, lots)
        if tally.lot_needed is None:
            return tally
        among = tally.lot_needed.among
        lots = Lots((*lots.drawn, Lot(among, tuple(reversed(among)))))
    raise AssertionError("the count never stops asking for lots")


def profile_for(method: str, papers: list[tuple[int, Ranking]], candidates: int) -> Profile:
    names = NAMES[:candidates]
    if METHODS[method].papers == "points":
        points = [
            (weight, [(k, 9 - place) for place, k in enumerate(flat(ranking))]) for weight, ranking in papers
        ]
        return Profile.of_scores(names, points)
    if method == "motion":
        return Profile.of(
            ("Ja", "Nei", "Blank"), [(w, tuple(k for k in flat(r) if k <= 3)[:1]) for w, r in papers]
        )
    return Profile.of(names, papers)


def flat(ranking: Ranking) -> list[int]:
    return [k for rank in ranking for k in (rank if isinstance(rank, tuple) else (rank,))]


def rules_for(method: str, candidates: int, seats: int) -> Rules:
    if METHODS[method].one_seat:
        return Rules()
    deputies = min(2, candidates - seats) if METHODS[method].deputies else 0
    return Rules(seats=seats, deputies=deputies)


def floats_in(value: object) -> list[object]:
    if isinstance(value, float):
        return [value]
    if isinstance(value, dict):
        return [one for part in value.values() for one in floats_in(part)]
    if isinstance(value, list | tuple):
        return [one for part in value for one in floats_in(part)]
    if hasattr(value, "__dict__"):
        return floats_in(vars(value))
    return []


@pytest.mark.parametrize("method", list(METHODS))
@quietly
@given(election=elections(shared=True))
def test_the_seats_are_filled_exactly_with_nobody_twice_and_every_stage_sums(
    method: str, election: tuple[list[tuple[int, Ranking]], int, int]
) -> None:
    papers, candidates, seats = election
    profile = profile_for(method, papers, candidates)
    rules = rules_for(method, candidates, seats)
    tally = counted_out(method, profile, rules)
    chosen = [one.candidate for one in (*tally.elected, *tally.deputies)]
    assert len(set(chosen)) == len(chosen)
    if method != "motion":
        assert len(tally.elected) == rules.seats
        assert len(tally.deputies) == rules.deputies
        assert sorted(k for group in tally.ranking for k in group) == list(range(1, candidates + 1))
    for stage in tally.stages:
        assert sum(stage.votes.values()) + stage.non_transferable + stage.lost_by_rounding == tally.total
        assert min(stage.votes.values()) >= 0
        assert min(stage.non_transferable, stage.lost_by_rounding) >= 0
    assert tally.papers == tally.valid + tally.blank + tally.invalid
    assert not floats_in(tally)
    assert not floats_in(as_json(tally))


@pytest.mark.parametrize("method", list(METHODS))
@quietly
@given(election=elections(shared=True), data=st.data())
def test_papers_in_another_order_and_a_replay_with_the_lots_give_the_same_bytes(
    method: str, election: tuple[list[tuple[int, Ranking]], int, int], data: st.DataObject
) -> None:
    papers, candidates, seats = election
    rules = rules_for(method, candidates, seats)
    tally = counted_out(method, profile_for(method, papers, candidates), rules)
    single = [(1, ranking) for weight, ranking in papers for _ in range(weight)]
    shuffled = data.draw(st.permutations(single))
    again = count(method, profile_for(method, shuffled, candidates), rules, Lots(tally.lots))
    assert json.dumps(as_json(again)) == json.dumps(as_json(tally))
    assert again == tally


@st.composite
def quotas(draw: st.DrawFn, candidates: int, seats: int) -> Quota:
    """Two to three groups, now and then with people in two of them or in none."""
    side = draw(st.lists(st.sampled_from(["K", "M", "-"]), min_size=candidates, max_size=candidates))
    groups = {name: frozenset(k for k, s in enumerate(side, start=1) if s == name) for name in ("K", "M")}
    if draw(st.booleans()):
        groups["U30"] = frozenset(draw(st.sets(st.integers(1, candidates))))
    form: Any = draw(st.sampled_from(["40", "50", "equality-law", "limits"]))
    if form == "limits" or len(groups) > 2:
        least = {name: draw(st.integers(0, max(1, seats // 2))) for name in groups}
        most = {name: draw(st.integers(seats // 2, seats)) for name in groups if draw(st.booleans())}
        form = Limits(least, most)
    return Quota(groups, members=form, deputies=draw(st.sampled_from([None, "40", "50"])))


@pytest.mark.parametrize("method", QUOTA)
@quietly
@given(election=elections(), data=st.data())
def test_a_quota_is_met_whenever_it_can_be_and_refused_otherwise(
    method: str, election: tuple[list[tuple[int, Ranking]], int, int], data: st.DataObject
) -> None:
    papers, candidates, seats = election
    quota = data.draw(quotas(candidates, seats))
    rules = replace(rules_for(method, candidates, seats), quota=quota)
    profile = profile_for(method, papers, candidates)
    everyone = range(1, candidates + 1)
    try:
        guard = quota.guard(quota.members, seats, everyone)
    except BadQuota:
        with pytest.raises(BadRules):
            count(method, profile, rules)
        return
    try:
        tally = counted_out(method, profile, rules)
    except BadRules:
        # Only the deputies' quota can still be impossible: it depends on who is left.
        assert quota.deputies is not None
        return
    members = [one.candidate for one in tally.elected]
    deputies = [one.candidate for one in tally.deputies]
    assert len(members) == seats
    assert len(set(members + deputies)) == len(members + deputies)
    assert within(guard.limits if guard else None, quota, members)
    left = [k for k in everyone if k not in members]
    over = quota.guard(quota.deputies, len(deputies), left) if deputies else None
    assert within(over.limits if over else None, quota, deputies)
    for stage in tally.stages:
        assert sum(stage.votes.values()) + stage.non_transferable + stage.lost_by_rounding == tally.total


def within(limits: Limits | None, quota: Quota, chosen: list[int]) -> bool:
    if limits is None:
        return True
    number = {name: len(group.intersection(chosen)) for name, group in quota.groups.items()}
    return all(number[name] >= least for name, least in limits.minimum.items()) and all(
        number[name] <= most for name, most in limits.maximum.items()
    )


@pytest.mark.parametrize("method", QUOTA)
@quietly
@given(election=elections())
def test_a_quota_without_limits_changes_nothing(
    method: str, election: tuple[list[tuple[int, Ranking]], int, int]
) -> None:
    papers, candidates, seats = election
    rules = rules_for(method, candidates, seats)
    profile = profile_for(method, papers, candidates)
    idle = Quota({"K": frozenset({1}), "M": frozenset({2})}, members=Limits({}, {}), deputies=Limits({}, {}))
    with_idle = counted_out(method, profile, replace(rules, quota=idle))
    assert replace(with_idle, rules=rules) == counted_out(method, profile, rules)


def swapped_down(ranking: Ranking, candidate: int) -> Ranking:
    """The same paper with the candidate one place lower."""
    order = list(ranking)
    if candidate in order and order.index(candidate) + 1 < len(order):
        at = order.index(candidate)
        order[at], order[at + 1] = order[at + 1], order[at]
    return tuple(order)


@pytest.mark.parametrize("method", ["choice", "approval", "score", "schulze", "ranked-pairs"])
@quietly
@given(election=elections(), data=st.data())
def test_losing_support_wins_nobody_anything_where_the_method_promises_that(
    method: str, election: tuple[list[tuple[int, Ranking]], int, int], data: st.DataObject
) -> None:
    papers, candidates, _ = election
    before = count(method, profile_for(method, papers, candidates), Rules())
    if not papers or before.lot_needed is not None:
        return
    loser = data.draw(st.integers(1, candidates).filter(lambda k: k != before.elected[0].candidate))
    at = data.draw(st.integers(0, len(papers) - 1))
    if method == "approval":
        lowered: Ranking = tuple(k for k in papers[at][1] if k != loser)
    else:
        lowered = swapped_down(papers[at][1], loser)
    changed = [*papers[:at], (papers[at][0], lowered), *papers[at + 1 :]]
    after = count(method, profile_for(method, changed, candidates), Rules())
    assert [one.candidate for one in after.elected] != [loser]


@quietly
@given(election=elections())
def test_one_seat_by_the_scottish_rules_without_exhausted_papers_is_instant_runoff(
    election: tuple[list[tuple[int, Ranking]], int, int],
) -> None:
    papers, candidates, _ = election
    full = [(weight, (*r, *(k for k in range(1, candidates + 1) if k not in r))) for weight, r in papers]
    profile = profile_for("irv", full, candidates)
    tallies = [count(method, profile, Rules(), Lots(seed=b"same")) for method in ("irv", "scottish-stv")]
    winners = [tally.elected[0].candidate for tally in tallies]
    if not any(tally.lots for tally in tallies):
        assert winners[0] == winners[1]


@pytest.mark.parametrize("method", RANKED)
def test_a_count_of_no_papers_at_all_goes_to_the_lot(method: str) -> None:
    tally = count(method, Profile.of(NAMES[:3], [(4, ())]))
    assert tally.lot_needed is not None
    assert tally.lot_needed.among == (1, 2, 3)
    assert (tally.valid, tally.blank) == (0, 4)


@pytest.mark.parametrize("method", list(METHODS))
def test_an_only_candidate_needs_no_lot(method: str) -> None:
    if method == "motion":
        return
    profile = profile_for(method, [(3, (1,))], 1)
    tally = count(method, profile)
    assert [one.candidate for one in tally.elected] == [1]
    assert tally.total > 0
    assert isinstance(tally.total, Fraction)


def test_the_sources_of_the_core_know_no_float_and_no_chance() -> None:
    sources = sorted((Path(__file__).resolve().parents[3] / "ballot" / "counting").glob("*.py"))
    assert len(sources) > 20
    for file in sources:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), file
            assert not (isinstance(node, ast.Name) and node.id == "float"), file
            if isinstance(node, ast.Import | ast.ImportFrom):
                modules = [name.name for name in node.names] + [getattr(node, "module", None) or ""]
                assert not {"random", "secrets", "datetime", "time"} & set(modules), file
