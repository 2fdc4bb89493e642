"""The rules of appeals: the deadline to the microsecond, what two words come to, and what can change an outcome."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ballot.rules.appeals import Decision, Filing, Matter, decided, due_at, matter_of, may_file

FREEZE = datetime(2026, 3, 16, 19, tzinfo=UTC)
CLOSES = datetime(2026, 3, 19, 19, tzinfo=UTC)
UNTIL = CLOSES - timedelta(hours=36)
TICK = timedelta(microseconds=1)
GRANT, REFUSE = Decision.GRANT, Decision.REFUSE


@pytest.mark.parametrize(
    ("at", "facts", "code"),
    [
        (FREEZE - TICK, {}, "roll_appeal_too_early"),
        (FREEZE, {}, None),
        (FREEZE, {"roll_made": False}, "roll_appeal_too_early"),
        (UNTIL - TICK, {}, None),
        (UNTIL, {}, "roll_appeal_too_late"),
        (FREEZE, {"entitled": True}, "roll_appeal_entitled"),
        (FREEZE, {"has_open": True}, "roll_appeal_open"),
        (FREEZE, {"was_refused": True}, "roll_appeal_decided"),
        (FREEZE, {"ended": True}, "roll_appeal_ballot_ended"),
    ],
)
def test_who_may_appeal_and_when(at: datetime, facts: dict[str, bool], code: str | None) -> None:
    filing = Filing(FREEZE, CLOSES, **{"roll_made": True, "entitled": False, **facts})
    answer = may_file(filing, at)
    assert (None if answer else answer.reason.code) == code


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ((), None),
        ((GRANT,), None),
        ((REFUSE,), None),
        ((REFUSE, REFUSE), REFUSE),
        ((REFUSE, GRANT), GRANT),
        ((GRANT, REFUSE), GRANT),
        ((GRANT, GRANT), GRANT),
    ],
)
def test_both_must_agree_to_refuse(said: tuple[Decision, ...], outcome: Decision | None) -> None:
    assert decided(said) is outcome


@pytest.mark.parametrize(
    ("reason", "matter"),
    [
        ("no_contribution", Matter.PARTICIPATION),
        ("contribution_withdrawn", Matter.PARTICIPATION),
        ("not_a_contribution", Matter.PARTICIPATION),
        ("joined_after_cutoff", Matter.MEMBERSHIP),
        ("dues_unpaid", Matter.MEMBERSHIP),
        ("wrong_unit", Matter.MEMBERSHIP),
        ("class_not_allowed", Matter.MEMBERSHIP),
        ("under_age", Matter.MEMBERSHIP),
        ("not_active", Matter.MEMBERSHIP),
        ("not_on_roll", Matter.MEMBERSHIP),
    ],
)
def test_what_a_refusal_is_about(reason: str, matter: Matter) -> None:
    assert matter_of(reason) is matter


def test_until_when_each_kind_is_decided() -> None:
    assert due_at(Matter.PARTICIPATION, FREEZE, CLOSES) == FREEZE + timedelta(hours=24)
    assert due_at(Matter.PARTICIPATION, CLOSES - timedelta(hours=2), CLOSES) == CLOSES
    assert due_at(Matter.MEMBERSHIP, FREEZE, CLOSES) == CLOSES + timedelta(days=14)
