"""The public cases with known outcomes, and the official tables behind them."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from ballot.counting.formats import PaperFile, read_papers
from ballot.counting.methods import METHODS, count
from ballot.counting.profile import Profile
from ballot.counting.quota import Quota
from ballot.counting.report import decimal_text
from ballot.counting.tally import Rules, Tally

CASES = Path(__file__).resolve().parents[3].parent / "shared" / "cases"
FILE = CASES / "count_cases_public.json"
CASE_LIST: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8"))["cases"] if FILE.exists() else []
RENAMED = {"meek": "meek-stv"}


def method_of(case: dict[str, Any]) -> str:
    word = case["method"].split()[0]
    return RENAMED.get(word, word)


def papers_of(case: dict[str, Any]) -> PaperFile:
    """The papers of a case, from its list or from its file; skips where neither is at hand."""
    if method_of(case) not in METHODS:
        pytest.skip(f"{case['method']} is not one of the methods")
    if "ballots" in case:
        names = [case["candidates"][str(k)] for k in range(1, case["n_candidates"] + 1)]
        papers = ((weight, tuple(ranking)) for weight, ranking in case["ballots"])
        return PaperFile(Profile.of(names, papers), case["seats"])
    source = case["source"]
    file = CASES / "files" / Path(source.get("path_blt") or source["path"]).name
    if not file.exists():
        pytest.skip(f"{file.name} of {source['repo']} is not at hand")
    return read_papers(file.read_bytes(), file.name)


def tally_of(case: dict[str, Any], *, quota: bool = True) -> Tally:
    papers = papers_of(case)
    groups = {name: frozenset(group) for name, group in case.get("groups", {}).items()}
    rules = Rules(
        seats=1 if METHODS[method_of(case)].one_seat else case["seats"],
        deputies=case.get("deputies", 0),
        quota=Quota(groups, members="40", deputies="40") if groups and quota else None,
    )
    return count(method_of(case), papers.profile, rules)


def numbers(expected: list[int | str], tally: Tally) -> list[int]:
    return [one if isinstance(one, int) else tally.candidates.index(one) + 1 for one in expected]


@pytest.mark.skipif(not CASE_LIST, reason="the public cases are not beside the project")
@pytest.mark.parametrize("case", CASE_LIST, ids=[case["id"] for case in CASE_LIST])
def test_a_public_case_comes_out_as_it_did(case: dict[str, Any]) -> None:
    tally = tally_of(case)
    assert tally.lot_needed is None
    assert {one.candidate for one in tally.elected} == set(numbers(case["expected_winners_in_order"], tally))
    assert [one.candidate for one in tally.deputies] == case.get("expected_deputies_in_order", [])
    if "elected_by_stage" in case:
        by_stage = {stage: set(group) for stage, group in case["elected_by_stage"]}
        assert {one.candidate: one.stage for one in tally.elected} == {
            candidate: stage for stage, group in by_stage.items() for candidate in group
        }
    if "quota" in case:
        assert tally.quota == case["quota"]
    if "stages" in case:
        assert len(tally.stages) == case["stages"]
    if "expected_ranking" in case:
        assert [list(group) for group in tally.ranking] == case["expected_ranking"]
    for candidate, votes in case.get("final_votes", {}).items():
        assert decimal_text(tally.stages[-1].votes[int(candidate)], 5) == votes
    if "rounds" in case:
        rounds = [{candidate_number(name, tally): n for name, n in one.items()} for one in case["rounds"]]
        assert [{k: n for k, n in stage.votes.items() if n} for stage in tally.stages] == rounds
    if "without_quota" in case:
        free = tally_of(case, quota=False)
        assert {one.candidate for one in free.elected} == set(case["without_quota"]["members"])
        assert [one.candidate for one in free.deputies] == case["without_quota"]["deputies"]


def candidate_number(name: str, tally: Tally) -> int:
    if name.isdecimal():
        return int(name)
    return next(k for k, full in enumerate(tally.candidates, start=1) if name in full)


@pytest.mark.skipif(not CASE_LIST, reason="the public cases are not beside the project")
def test_the_stage_table_of_renfrew_north_is_the_one_the_council_published() -> None:
    case = next(case for case in CASE_LIST if case["id"] == "scot-renfrewshire_2012_ward1")
    tally = tally_of(case)
    published = [778, 798.9, 817.2, 831.7, 858.4, 920.8, 1150.5]
    counted = [stage.votes[4] for stage in tally.stages]
    assert all(
        abs(mine - Fraction(str(theirs))) <= Fraction("0.15")
        for mine, theirs in zip(counted, published, strict=True)
    )
    assert [decimal_text(votes, 5) for votes in counted[1:]] == [
        "798.87470",
        "817.15215",
        "831.67681",
        "858.43031",
        "920.84932",
        "1150.64717",
    ]


@pytest.mark.skipif(not CASE_LIST, reason="the public cases are not beside the project")
def test_plurality_and_pairs_of_the_capital_of_tennessee_differ_as_the_textbooks_say() -> None:
    case = next(case for case in CASE_LIST if case["id"] == "tennessee-schulze")
    profile = papers_of(case).profile
    for method, winners in {"ranked-pairs": case["also"]["ranked-pairs"], "choice": [1], "irv": [4]}.items():
        assert [one.candidate for one in count(method, profile).elected] == winners
