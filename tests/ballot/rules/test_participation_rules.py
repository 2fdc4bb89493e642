"""The participation rule: what counts, what takes a credit away, too few, and what may change after the notice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballot.rules.participation import (
    ALL_KINDS,
    Basis,
    Credit,
    Decision,
    Ground,
    Kind,
    Loss,
    Participation,
    RuleInForce,
    Setting,
    Shortfall,
    Window,
    appeals_until,
    basis_of,
    lapse_minimum,
    lapses,
    may_change_rule,
    may_suspend_rule,
    refusal,
    standing,
)
from members.rules.answers import Refused

MICRO = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
OPENED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FREEZE = datetime(2026, 3, 16, 19, 0, tzinfo=UTC)
OPENS = FREEZE + timedelta(hours=12)
WINDOW = Window(OPENED, FREEZE)
INSIDE = datetime(2026, 3, 5, 17, 0, tzinfo=UTC)


def a_credit(credit_id: int = 1, at: datetime = INSIDE, **changes: object) -> Credit:
    credit = Credit(credit_id, Kind.POST, at, f"post:{credit_id}", visible_characters=62)
    return replace(credit, **changes)


def a_finding(at: datetime = INSIDE, notified_at: datetime | None = INSIDE, **changes: object) -> Loss:
    finding = Loss(1, Ground.NOT_A_CONTRIBUTION, at, notified_at=notified_at, code="spam")
    return replace(finding, **changes)


def counts(credit: Credit, *losses: Loss, window: Window = WINDOW) -> bool:
    return standing([credit], losses, window).qualified


def why_not(credit: Credit, *losses: Loss) -> str:
    (entry,) = standing([credit], losses, WINDOW).not_counting
    return entry.reason.code


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (OPENED - MICRO, False),
        (OPENED, True),
        (FREEZE - MICRO, True),
        (FREEZE, False),
    ],
)
def test_the_window_is_half_open_to_the_microsecond(at: datetime, expected: bool) -> None:
    assert counts(a_credit(at=at)) is expected


@given(
    st.timedeltas(timedelta(-30), timedelta(400)).map(lambda after: OPENED + after),
    st.sampled_from([-MICRO, timedelta(0), MICRO]),
)
def test_a_contribution_counts_exactly_when_it_lies_in_its_window(edge: datetime, off: timedelta) -> None:
    window = Window(edge, edge + timedelta(days=7))
    for corner in (window.opens_at, window.freezes_at):
        at = corner + off
        assert counts(a_credit(at=at), window=window) is (window.opens_at <= at < window.freezes_at)


def test_the_night_the_clocks_change_is_as_long_as_it_is() -> None:
    # On 29 March 2026 the hour from 02:00 to 03:00 does not exist in Oslo: 00:59:59 UTC is a second before 01:00.
    freeze = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    window = Window(freeze - timedelta(days=7), freeze)
    assert counts(a_credit(at=freeze - MICRO), window=window)
    assert not counts(a_credit(at=freeze), window=window)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"at": OPENED - MICRO}, "before_window"),
        ({"at": FREEZE}, "after_deadline"),
        ({"visible_characters": 49}, "too_short"),
        ({"visible_characters": 0}, "too_short"),
        ({"visible_characters": None}, "too_short"),
        ({"kind": Kind.ANSWER, "visible_characters": 49}, "too_short"),
        ({"kind": Kind.PROPOSAL, "visible_characters": 49}, "too_short"),
        ({"anchored": True, "visible_characters": 49}, "too_short"),
        ({"copy": True}, "copy"),
    ],
)
def test_what_does_not_count_says_why(changes: dict[str, object], reason: str) -> None:
    assert why_not(a_credit(**changes)) == reason


@pytest.mark.parametrize(
    ("changes", "basis"),
    [
        ({"visible_characters": 50}, Basis.POST),
        ({"kind": Kind.ANSWER, "visible_characters": 50}, Basis.ANSWER),
        ({"kind": Kind.PROPOSAL, "visible_characters": 3, "anchored": True}, Basis.PROPOSAL),
        ({"kind": Kind.MEETING, "visible_characters": None}, Basis.MEETING),
        ({"kind": Kind.STATEMENT, "visible_characters": None}, Basis.STATEMENT),
        ({"kind": Kind.STATEMENT, "copy": True}, Basis.STATEMENT),
        ({"kind": Kind.ASSISTED, "copy": True}, Basis.STATEMENT),
    ],
)
def test_each_kind_counts_on_its_own_terms_and_names_its_basis(
    changes: dict[str, object], basis: Basis
) -> None:
    found = standing([a_credit(**changes)], [], WINDOW)
    assert (found.qualified, found.basis) == (True, basis)


def test_scenario_9_nobody_can_tell_an_assisted_contribution_from_a_private_statement() -> None:
    assert basis_of(Kind.ASSISTED) is basis_of(Kind.STATEMENT)
    assert "assisted" not in {basis.value for basis in Basis}


def test_scenario_3_a_short_post_does_not_count_until_it_is_made_longer() -> None:
    enig = a_credit(1, source="post:1", visible_characters=5)
    edited = a_credit(2, at=INSIDE + HOUR, source="post:1", visible_characters=55)
    before = standing([enig], [], WINDOW)
    assert [entry.reason.code for entry in before.not_counting] == ["too_short"]
    after = standing([enig, edited], [], WINDOW)
    assert (after.qualified, after.n, after.not_counting) == (True, 1, ())


def test_scenario_5_and_6_only_the_author_and_a_finding_take_a_credit_away() -> None:
    # Hiding, locking, moving and removing are no losses at all: there is no ground for them. A line of a meeting's
    # list that named somebody who was not there was no contribution, and says so.
    assert {ground.value for ground in Ground} == {"deleted", "shortened", "not_a_contribution", "corrected"}
    corrected = standing(
        [a_credit(kind=Kind.MEETING, visible_characters=None)],
        [Loss(1, Ground.CORRECTED, INSIDE + HOUR)],
        WINDOW,
    )
    assert [entry.reason.code for entry in corrected.not_counting] == ["check_in_corrected"]
    reason = refusal(corrected, WINDOW)
    assert reason is not None
    assert reason.code == "no_contribution"


def test_scenario_7_a_deleted_post_loses_the_credit_and_a_new_one_restores_it() -> None:
    deleted = Loss(1, Ground.DELETED, INSIDE + HOUR)
    without = standing([a_credit()], [deleted], WINDOW)
    assert not without.qualified
    reason = refusal(without, WINDOW)
    assert reason is not None
    assert reason.code == "contribution_withdrawn"
    assert reason.facts["at"] == INSIDE + HOUR
    again = standing(
        [a_credit(), a_credit(2, at=INSIDE + 2 * HOUR, visible_characters=50)], [deleted], WINDOW
    )
    assert again.qualified
    assert refusal(again, WINDOW) is None


@pytest.mark.parametrize("ground", [Ground.DELETED, Ground.SHORTENED])
def test_what_the_author_does_from_the_freeze_on_takes_nothing_away(ground: Ground) -> None:
    assert not counts(a_credit(), Loss(1, ground, FREEZE - MICRO))
    assert counts(a_credit(), Loss(1, ground, FREEZE))


@pytest.mark.parametrize(
    ("finding", "still_counts"),
    [
        (a_finding(), False),
        (a_finding(notified_at=None), True),
        (a_finding(notified_at=FREEZE - 48 * HOUR), False),
        (a_finding(notified_at=FREEZE - 48 * HOUR + MICRO), True),
        (a_finding(at=FREEZE), True),
        (a_finding(reversed_at=FREEZE - MICRO), True),
        (a_finding(reversed_at=FREEZE), False),
    ],
)
def test_a_finding_takes_the_credit_only_with_48_hours_notice_and_until_an_appeal_reverses_it(
    finding: Loss, still_counts: bool
) -> None:
    assert counts(a_credit(), finding) is still_counts


def test_a_loss_of_another_credit_takes_nothing() -> None:
    assert counts(a_credit(), Loss(2, Ground.DELETED, INSIDE + HOUR))


def test_the_latest_loss_is_the_reason_told() -> None:
    credits_of = [a_credit(1), a_credit(2)]
    losses = [a_finding(at=INSIDE + HOUR), Loss(2, Ground.DELETED, INSIDE + 2 * HOUR)]
    reason = refusal(standing(credits_of, losses, WINDOW), WINDOW)
    assert reason is not None
    assert reason.code == "contribution_withdrawn"
    later = [a_finding(at=INSIDE + 3 * HOUR), losses[1]]
    reason = refusal(standing(credits_of, later, WINDOW), WINDOW)
    assert reason is not None
    assert (reason.code, reason.facts["ground"]) == ("not_a_contribution", "spam")


def test_one_short_of_the_minimum_is_told_with_the_numbers() -> None:
    found = standing([a_credit()], [], WINDOW, 2)
    assert (found.qualified, found.n, found.missing) == (False, 1, 1)
    reason = refusal(found, WINDOW)
    assert reason is not None
    assert (reason.code, reason.facts["n"], reason.facts["minimum"]) == ("no_contribution", 1, 2)


def test_one_contribution_counts_once_however_often_it_won_its_credit() -> None:
    twice = [a_credit(1, source="post:9"), a_credit(2, source="post:9", at=INSIDE + HOUR)]
    assert standing(twice, [], WINDOW, 2).n == 1


@pytest.mark.parametrize("minimum", [0, 4, -1])
def test_a_minimum_outside_one_to_three_is_a_defect(minimum: int) -> None:
    with pytest.raises(ValueError, match="minimum"):
        standing([], [], WINDOW, minimum)


def test_a_kind_that_the_ballot_does_not_count_says_so() -> None:
    found = standing([a_credit()], [], WINDOW, kinds={Kind.MEETING})
    assert [entry.reason.code for entry in found.not_counting] == ["kind_not_counted"]


def test_a_check_in_entered_after_the_freeze_is_in_an_appendix_and_not_on_the_first_roll() -> None:
    late = a_credit(kind=Kind.MEETING, visible_characters=None, recorded_at=FREEZE)
    assert not standing([late], [], WINDOW).qualified
    assert standing([late], [], WINDOW, known_before=OPENS).qualified
    in_time = replace(late, recorded_at=FREEZE - MICRO)
    assert standing([in_time], [], WINDOW).qualified


CREDITS = st.lists(
    st.builds(
        Credit,
        credit_id=st.integers(1, 8),
        kind=st.sampled_from(Kind),
        at=st.sampled_from([OPENED - MICRO, OPENED, INSIDE, INSIDE + HOUR, FREEZE - MICRO, FREEZE]),
        source=st.sampled_from(["post:1", "post:2", "meeting:1", "statement:1"]),
        visible_characters=st.sampled_from([None, 0, 49, 50, 400]),
        anchored=st.booleans(),
        copy=st.booleans(),
        recorded_at=st.sampled_from([None, INSIDE + 2 * HOUR, FREEZE]),
    ),
    max_size=8,
    unique_by=lambda credit: credit.credit_id,
)
LOSSES = st.lists(
    st.builds(
        Loss,
        credit_id=st.integers(1, 8),
        ground=st.sampled_from(Ground),
        at=st.sampled_from([INSIDE, FREEZE - MICRO, FREEZE]),
        notified_at=st.sampled_from([None, INSIDE, FREEZE - 48 * HOUR, FREEZE]),
        code=st.sampled_from(["spam", "empty"]),
        reversed_at=st.sampled_from([None, INSIDE + HOUR, FREEZE]),
    ),
    max_size=6,
)
MINIMA = st.integers(1, 3)


def seen(found: Participation) -> tuple[object, ...]:
    reason = refusal(found, WINDOW)
    return (found, reason and (reason.code, dict(reason.facts)))


@given(CREDITS, LOSSES, MINIMA, st.integers())
def test_no_decision_depends_on_the_order_of_the_rows(
    credits_of: list[Credit], losses: list[Loss], minimum: int, seed: int
) -> None:
    mixed_credits, mixed_losses = list(credits_of), list(losses)
    Random(seed).shuffle(mixed_credits)  # noqa: S311  (a test's order, no secret)
    Random(seed).shuffle(mixed_losses)  # noqa: S311  (the same)
    assert seen(standing(credits_of, losses, WINDOW, minimum)) == seen(
        standing(mixed_credits, mixed_losses, WINDOW, minimum)
    )


@given(CREDITS, LOSSES, MINIMA)
def test_a_lower_minimum_more_kinds_or_a_longer_window_never_takes_a_vote(
    credits_of: list[Credit], losses: list[Loss], minimum: int
) -> None:
    kinds = frozenset({Kind.POST, Kind.MEETING})
    strict = standing(credits_of, losses, WINDOW, minimum, kinds=kinds)
    if not strict.qualified:
        return
    longer = Window(OPENED - timedelta(days=1), FREEZE)
    assert standing(credits_of, losses, WINDOW, max(1, minimum - 1), kinds=kinds).qualified
    assert standing(credits_of, losses, WINDOW, minimum, kinds=ALL_KINDS).qualified
    assert standing(credits_of, losses, longer, minimum, kinds=kinds).qualified


@given(CREDITS, LOSSES, MINIMA)
def test_what_is_missing_and_what_is_counted_add_up(
    credits_of: list[Credit], losses: list[Loss], minimum: int
) -> None:
    found = standing(credits_of, losses, WINDOW, minimum)
    assert found.n == len(found.counted) == len({credit.source for credit in found.counted})
    assert found.qualified is (found.missing == 0)
    assert found.missing == max(0, minimum - found.n)
    assert (found.basis is Basis.NONE) is (found.n == 0)
    assert all(WINDOW.holds(credit.at) for credit in found.counted)
    assert (refusal(found, WINDOW) is None) is found.qualified


# Too few


@pytest.mark.parametrize(
    ("entitled", "minimum"),
    [(0, 10), (30, 10), (60, 10), (200, 10), (201, 11), (220, 11), (221, 12), (463_723, 23_187)],
)
def test_the_minimum_is_the_greater_of_ten_and_a_twentieth_rounded_up(entitled: int, minimum: int) -> None:
    assert lapse_minimum(entitled) == minimum
    assert lapses(minimum - 1, entitled)
    assert not lapses(minimum, entitled)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_too_few_is_fewer_than_ten_or_fewer_than_a_twentieth_in_whole_numbers(
    qualified: int, entitled: int
) -> None:
    assert lapses(qualified, entitled) is (qualified < 10 or 20 * qualified < entitled)


def test_a_roll_line_can_be_appealed_until_36_hours_before_closing() -> None:
    closes_at = datetime(2026, 3, 19, 19, 0, tzinfo=UTC)
    assert appeals_until(closes_at) == datetime(2026, 3, 18, 7, 0, tzinfo=UTC)


# Changes after the notice

RULE = RuleInForce(
    setting=Setting.REQUIRED,
    window=WINDOW,
    minimum=2,
    kinds=frozenset({Kind.POST, Kind.MEETING}),
    threads=frozenset({1, 2}),
    meetings=frozenset({5}),
)
DECIDED = Decision(frozenset({1, 2}), "Medlemmer ba om det.", INSIDE)


def change(
    decision: Decision = DECIDED, window_changes: int = 0, opens_at: datetime = OPENS, **to: object
) -> list[str]:
    after = replace(RULE, **to)
    found = may_change_rule(RULE, after, decision, opens_at=opens_at, window_changes=window_changes)
    return [reason.code for reason in found]


@pytest.mark.parametrize(
    "milder",
    [
        {"threads": frozenset({1, 2, 3})},
        {"meetings": frozenset({5, 6})},
        {"kinds": ALL_KINDS},
        {"minimum": 1},
        {"window": Window(OPENED - timedelta(days=30), FREEZE)},
        {"threads": frozenset({1, 2, 3}), "minimum": 1, "kinds": ALL_KINDS},
    ],
)
def test_two_board_members_may_make_the_rule_milder(milder: dict[str, object]) -> None:
    assert change(**milder) == []


@pytest.mark.parametrize(
    ("stricter", "reason"),
    [
        ({"minimum": 3}, "rule_stricter_minimum"),
        ({"minimum": 0}, "rule_minimum"),
        ({"threads": frozenset({1})}, "rule_thread_removed"),
        ({"threads": frozenset({2, 3})}, "rule_thread_removed"),
        ({"meetings": frozenset()}, "rule_meeting_removed"),
        ({"kinds": frozenset({Kind.POST})}, "rule_kind_removed"),
        ({"window": Window(OPENED + MICRO, FREEZE)}, "rule_window_shorter"),
        ({"window": Window(OPENED, FREEZE - MICRO)}, "rule_window_shorter"),
        ({"window": Window(OPENED - HOUR, FREEZE - MICRO)}, "rule_window_shorter"),
        ({"window": Window(OPENED, FREEZE + MICRO)}, "opening_too_soon"),
        ({"setting": Setting.REPORT_ONLY}, "rule_setting_fixed"),
        ({"setting": Setting.NONE}, "rule_setting_fixed"),
        ({"shortfall": Shortfall.CANCEL}, "rule_shortfall_fixed"),
        ({"least_characters": 200}, "rule_length_fixed"),
        ({}, "nothing_changed"),
    ],
)
def test_scenario_14_whatever_is_stricter_or_not_to_be_changed_is_refused_by_name(
    stricter: dict[str, object], reason: str
) -> None:
    assert reason in change(**stricter)


def test_scenario_14_something_milder_does_not_carry_something_stricter_through() -> None:
    assert change(threads=frozenset({1, 2, 3}), minimum=3) == ["rule_stricter_minimum"]


def test_a_longer_window_is_decided_once() -> None:
    longer = Window(OPENED - HOUR, FREEZE)
    assert change(window=longer, window_changes=1) == ["rule_window_once"]
    assert change(minimum=1, window_changes=1) == []


def test_a_later_freeze_leaves_twelve_hours_before_the_opening() -> None:
    later = Window(OPENED, FREEZE + HOUR)
    assert change(window=later, opens_at=OPENS + HOUR) == []
    assert change(window=later, opens_at=OPENS + HOUR - MICRO) == ["opening_too_soon"]


@pytest.mark.parametrize(
    ("at", "expected"), [(FREEZE - 48 * HOUR - MICRO, []), (FREEZE - 48 * HOUR, ["rule_change_too_late"])]
)
def test_a_change_comes_before_48_hours_before_the_freeze(at: datetime, expected: list[str]) -> None:
    assert change(replace(DECIDED, at=at), minimum=1) == expected


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        (replace(DECIDED, deciders=frozenset({1})), "two_needed"),
        (replace(DECIDED, reason=" \n"), "reason_missing"),
    ],
)
def test_a_change_and_a_suspension_take_two_and_a_reason(decision: Decision, reason: str) -> None:
    assert change(decision, minimum=1) == [reason]
    answer = may_suspend_rule(decision, opens_at=OPENS)
    assert isinstance(answer, Refused)
    assert answer.reason.code == reason


def test_the_rule_is_suspended_until_the_microsecond_before_the_opening() -> None:
    assert may_suspend_rule(replace(DECIDED, at=OPENS - MICRO), opens_at=OPENS)
    assert not may_suspend_rule(replace(DECIDED, at=OPENS), opens_at=OPENS)


RULES = st.builds(
    RuleInForce,
    setting=st.just(Setting.REQUIRED),
    window=st.builds(
        Window,
        st.sampled_from([OPENED - HOUR, OPENED, OPENED + HOUR]),
        st.sampled_from([FREEZE - HOUR, FREEZE, FREEZE + HOUR]),
    ),
    minimum=MINIMA,
    kinds=st.frozensets(st.sampled_from(Kind), min_size=1),
    threads=st.frozensets(st.integers(1, 3), min_size=1),
)


@given(RULES, RULES, CREDITS)
def test_no_change_that_is_accepted_makes_anybody_lose_a_vote(
    before: RuleInForce, after: RuleInForce, credits_of: list[Credit]
) -> None:
    far = FREEZE + timedelta(days=7)
    if may_change_rule(before, after, DECIDED, opens_at=far, window_changes=0):
        return
    was = standing(credits_of, [], before.window, before.minimum, kinds=before.kinds)
    now = standing(credits_of, [], after.window, after.minimum, kinds=after.kinds)
    assert now.qualified or not was.qualified
    assert before.threads <= after.threads
