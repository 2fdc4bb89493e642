"""The participation line: which of STRINGS.md 29 to 36 a member reads, and when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ballot.rules.participation import (
    Basis,
    Credit,
    Kind,
    Participation,
    Setting,
    StatusFacts,
    Window,
    not_enough_alone,
    refusal,
    standing,
    status_line,
)
from foundation.errors import Reason

MICRO = timedelta(microseconds=1)
OPENED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FREEZE = datetime(2026, 3, 16, 19, 0, tzinfo=UTC)
OPENS = datetime(2026, 3, 17, 7, 0, tzinfo=UTC)
CLOSES = datetime(2026, 3, 19, 19, 0, tzinfo=UTC)
APPEAL = datetime(2026, 3, 18, 7, 0, tzinfo=UTC)
WINDOW = Window(OPENED, FREEZE)
WROTE_AT = datetime(2026, 3, 5, 17, 0, tzinfo=UTC)
POST = Credit(31, Kind.POST, WROTE_AT, "post:31", visible_characters=62)


def taken_part(*credits_of: Credit, minimum: int = 1) -> Participation:
    return standing(credits_of, [], WINDOW, minimum)


def status(participation: Participation | None = None, **changes: object) -> StatusFacts:
    part = participation or taken_part()
    facts = StatusFacts(
        setting=Setting.REQUIRED,
        window=WINDOW,
        opens_at=OPENS,
        closes_at=CLOSES,
        participation=part,
        refusal=refusal(part, WINDOW),
        otherwise_entitled=True,
    )
    return replace(facts, **changes)


TOO_LATE = Reason.of("joined_after_cutoff", joined_at=OPENED + MICRO, cutoff_at=OPENED)


def test_whoever_has_not_taken_part_reads_what_to_do_until_the_last_microsecond() -> None:
    for at in (OPENED - timedelta(days=1), OPENED, FREEZE - MICRO):
        assert status_line(status(), at) == Reason.of("part.not_yet", deadline=FREEZE)


def test_with_a_minimum_of_two_one_contribution_is_not_said_to_be_enough() -> None:
    none_yet = status_line(status(taken_part(minimum=2)), WROTE_AT)
    assert none_yet == Reason.of("part.some", n=0, minimum=2, missing=2, deadline=FREEZE)
    one = status_line(status(taken_part(POST, minimum=2)), WROTE_AT)
    assert one == Reason.of("part.some", n=1, minimum=2, missing=1, deadline=FREEZE)


def test_scenario_1_whoever_has_taken_part_reads_with_what_and_when_it_opens() -> None:
    line = status_line(status(taken_part(POST)), WROTE_AT)
    assert line == Reason.of("part.ready", what=Basis.POST, at=WROTE_AT, credit=31, opens_at=OPENS)
    frozen = status_line(status(taken_part(POST), roll_made=True), FREEZE)
    assert frozen == line


def test_after_the_freeze_the_page_says_that_the_roll_is_being_made_until_it_is() -> None:
    assert status_line(status(), FREEZE) == Reason.of("part.roll_being_made")


def test_whoever_is_entitled_reads_that_she_can_vote_while_it_is_open() -> None:
    facts = status(taken_part(POST), roll_made=True)
    for at in (OPENS, CLOSES - MICRO):
        assert status_line(facts, at) == Reason.of("part.vote_now", closes_at=CLOSES)
    before = status_line(facts, OPENS - MICRO)
    assert before is not None
    assert before.code == "part.ready"


def test_a_member_who_has_voted_reads_that_and_nothing_else() -> None:
    facts = status(taken_part(POST), roll_made=True, voted=True)
    for at in (OPENS, CLOSES, CLOSES + timedelta(days=90)):
        assert status_line(facts, at) == Reason.of("part.voted")


def test_scenario_2_after_the_freeze_the_line_says_why_not_and_until_when_to_appeal() -> None:
    facts = status(roll_made=True)
    line = status_line(facts, FREEZE)
    assert line is not None
    assert line.code == "part.refused"
    reason = line.facts["reason"]
    assert isinstance(reason, Reason)
    assert reason.code == "no_contribution"
    assert (line.facts["appeal_before"], line.facts["can_appeal"]) == (APPEAL, True)


@pytest.mark.parametrize(
    ("at", "can_appeal"), [(FREEZE, True), (APPEAL - MICRO, True), (APPEAL, False), (CLOSES - MICRO, False)]
)
def test_appeals_run_from_the_freeze_until_36_hours_before_closing(at: datetime, can_appeal: bool) -> None:
    line = status_line(status(roll_made=True), at)
    assert line is not None
    assert line.facts["can_appeal"] is can_appeal


def test_scenario_10_a_member_who_joined_too_late_reads_that_from_the_first_day_and_not_how_to_take_part() -> (
    None
):
    for at, made in ((OPENED, False), (FREEZE, True), (OPENS, True)):
        facts = status(refusal=TOO_LATE, otherwise_entitled=False, roll_made=made)
        line = status_line(facts, at)
        assert line is not None
        assert (line.code, line.facts["reason"]) == ("part.refused", TOO_LATE)


def test_after_closing_the_line_has_nothing_more_to_say() -> None:
    assert status_line(status(roll_made=True), CLOSES) is None
    assert status_line(status(taken_part(POST), roll_made=True), CLOSES) is None


def test_a_rule_that_lapsed_says_so_between_freeze_and_opening_and_then_lets_vote() -> None:
    facts = status(refusal=None, roll_made=True, lapsed=True, lapse_minimum=10)
    assert status_line(facts, FREEZE) == Reason.of("part.lapsed", minimum=10)
    assert status_line(facts, OPENS) == Reason.of("part.vote_now", closes_at=CLOSES)
    not_for_her = replace(facts, refusal=TOO_LATE, otherwise_entitled=False)
    line = status_line(not_for_her, FREEZE)
    assert line is not None
    assert line.code == "part.refused"


@pytest.mark.parametrize("changes", [{"setting": Setting.NONE}, {"setting": Setting.REPORT_ONLY}])
def test_without_a_requirement_there_is_no_line_until_voting_opens(changes: dict[str, object]) -> None:
    facts = status(refusal=None, **changes)
    assert status_line(facts, WROTE_AT) is None
    assert status_line(replace(facts, roll_made=True), FREEZE) is None
    assert status_line(replace(facts, roll_made=True), OPENS) == Reason.of("part.vote_now", closes_at=CLOSES)


def test_scenario_2_reading_and_liking_is_said_to_be_fine_but_not_enough_while_there_is_time() -> None:
    def told(facts: StatusFacts, at: datetime, *, reacted: bool = True) -> Reason | None:
        return not_enough_alone(facts, at, has_reacted_or_read=reacted)

    assert told(status(), WROTE_AT) == Reason.of("part.not_enough")
    assert told(status(taken_part(minimum=2)), WROTE_AT) == Reason.of("part.not_enough")
    assert told(status(), WROTE_AT, reacted=False) is None
    assert told(status(taken_part(POST)), WROTE_AT) is None
    assert told(status(taken_part(POST, minimum=2)), WROTE_AT) is None
    assert told(status(roll_made=True), FREEZE) is None
    assert told(status(refusal=None, setting=Setting.NONE), WROTE_AT) is None


@pytest.mark.parametrize("setting", [Setting.REQUIRED, Setting.REPORT_ONLY])
def test_a_rule_that_was_suspended_is_told_where_it_had_asked_for_something(setting: Setting) -> None:
    line = status_line(status(refusal=None, suspended=True, setting=setting), WROTE_AT)
    assert (line.code if line else None) == ("part.rule_off" if setting is Setting.REQUIRED else None)
