"""Which method a ballot may be counted by, with how many places, and with which quota."""

from __future__ import annotations

from typing import Any

import pytest

from ballot.counting.methods import METHODS
from ballot.counting.quota import Limits, Quota
from ballot.models import Method
from ballot.rules.majority import MORE_YES_THAN_NO, TieRule
from ballot.rules.methods import KINDS, Marking, MethodDraft, method_blockers, most_marks
from members.rules.classes import Subject


def blockers(method: str, **more: Any) -> list[str]:
    facts: dict[str, Any] = {
        "subject": Subject.ELECTION,
        "options": 6,
        "tie_rule": TieRule.SEED,
        **more,
    }
    return [reason.code for reason in method_blockers(MethodDraft(method=method, **facts))]


QUOTA = Quota({"K": frozenset({1, 2, 3}), "M": frozenset({4, 5})}, members="40", deputies="40")


def test_the_methods_of_ballots_are_those_of_the_counting_core() -> None:
    assert set(KINDS) == set(METHODS) == {method.value for method in Method}
    for name, kind in KINDS.items():
        core = METHODS[name]
        assert (kind.marking is Marking.RANKS, kind.marking is Marking.POINTS) == (
            core.papers == "ranks",
            core.papers == "points",
        )
        assert (kind.quota, kind.deputies) == (core.quota, core.deputies)
        assert not (kind.places and core.one_seat)


@pytest.mark.parametrize("method", [name for name, kind in KINDS.items() if name != "motion"])
def test_persons_can_be_elected_by_every_method(method: str) -> None:
    assert blockers(method) == []


@pytest.mark.parametrize("method", sorted(KINDS))
def test_a_case_is_decided_by_marks_or_by_ranking_one_winner(method: str) -> None:
    refused = {"block", "scottish-stv", "meek-stv", "uio-stv"}
    assert blockers(method, subject=Subject.CASE) == (["method_persons_only"] if method in refused else [])


def test_a_change_of_bylaws_is_adopted_or_not() -> None:
    assert blockers("irv", subject=Subject.BYLAW_CHANGE) == ["method_subject"]
    assert blockers("motion", subject=Subject.BYLAW_CHANGE, tie_rule=TieRule.NOT_ADOPTED) == []


@pytest.mark.parametrize(
    ("method", "more", "code"),
    [
        ("irv", {"seats": 2}, "method_one_seat"),
        ("approval", {"seats": 2}, "method_one_seat"),
        ("scottish-stv", {"seats": 7}, "places_too_many"),
        ("scottish-stv", {"seats": 2, "deputies": 1}, "method_no_deputies"),
        ("uio-stv", {"seats": 4, "deputies": 3}, "deputies_too_many"),
        ("irv", {"max_marks": 2}, "method_no_max_marks"),
        ("block", {"max_marks": 7}, "max_marks_range"),
        ("irv", {"majority": MORE_YES_THAN_NO}, "method_no_majority"),
        ("irv", {"tie_rule": TieRule.LOT}, "lot_needs_tellers"),
        ("choice", {"tie_rule": TieRule.LOT, "tellers": 1}, "lot_needs_tellers"),
        ("irv", {"tie_rule": TieRule.NOT_ADOPTED}, "tie_must_be_settled"),
        ("meek-stv", {"quota": QUOTA, "seats": 3}, "method_no_quota"),
        (
            "block",
            {"quota": Quota({"K": frozenset(), "M": frozenset()}, "40"), "seats": 3},
            "quota_no_groups",
        ),
        ("irv", {"options": 61}, "options_too_many"),
        ("irv", {"unconsenting": ("Kari",)}, "candidates_unconsenting"),
    ],
)
def test_what_does_not_fit_is_said(method: str, more: dict[str, Any], code: str) -> None:
    assert blockers(method, **more) == [code]


def test_a_quota_that_can_be_met_is_no_hindrance() -> None:
    assert blockers("uio-stv", seats=3, deputies=2, quota=QUOTA, tie_rule=TieRule.LOT, tellers=2) == []


def test_too_few_of_a_group_lower_the_minimum_or_keep_the_ballot_shut() -> None:
    few = Quota({"K": frozenset({1}), "M": frozenset({2, 3, 4, 5})}, members="40")
    assert blockers("block", seats=5, quota=few) == []
    assert blockers("block", seats=5, quota=few, refuse_short=True) == ["quota_group_short"]


def test_a_quota_that_cannot_be_met_is_said_before_the_notice() -> None:
    crossed = Quota(QUOTA.groups, Limits({}, {"K": 1, "M": 1}))
    assert blockers("block", seats=4, quota=crossed) == ["quota_cannot_be_met"]


@pytest.mark.parametrize(
    ("method", "seats", "max_marks", "most"),
    [
        ("choice", 1, None, 1),
        ("approval", 1, None, 6),
        ("approval", 1, 3, 3),
        ("block", 4, None, 4),
        ("block", 4, 2, 2),
    ],
)
def test_how_many_may_be_marked(method: str, seats: int, max_marks: int | None, most: int) -> None:
    assert most_marks(method, 6, seats, max_marks) == most
