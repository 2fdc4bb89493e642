"""Dates that move by themselves: which locks and outages count, by how much, and where it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballot.rules.dates import (
    Closed,
    Dates,
    Outage,
    lock_move,
    locked_time,
    may_extend_voting,
    move,
    outage_blocker,
    outage_move,
)
from ballot.rules.participation import Window
from members.rules.answers import Refused

HOUR, DAY, MICRO = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FREEZE = datetime(2026, 3, 16, 19, 0, tzinfo=UTC)
WINDOW = Window(START, FREEZE)
DATES = Dates(FREEZE, FREEZE + 12 * HOUR, FREEZE + 3 * DAY)
LATE = FREEZE + 30 * DAY


def shut(thread: int, first: int, last: int) -> Closed:
    """A lock from one hour of the window to another."""
    return Closed(thread, START + first * HOUR, START + last * HOUR)


@pytest.mark.parametrize(
    ("threads", "closed", "hours"),
    [
        ({1: 0}, [shut(1, 10, 40)], 30),
        ({1: 0}, [], 0),
        ({}, [shut(1, 10, 40)], 0),
        # Another thread was open: the debate was not closed.
        ({1: 0, 2: 0}, [shut(1, 10, 40)], 0),
        ({1: 0, 2: 0}, [shut(1, 10, 40), shut(2, 30, 50)], 10),
        # A thread that was linked later kept nothing open before.
        ({1: 0, 2: 20}, [shut(1, 10, 40)], 10),
        # Two locks on one thread that overlap count once, two apart are summed up.
        ({1: 0}, [shut(1, 10, 40), shut(1, 20, 50)], 40),
        ({1: 0}, [shut(1, 10, 20), shut(1, 30, 45)], 25),
        # Before the window and after the freeze nothing is lost.
        ({1: -99}, [shut(1, -20, 5)], 5),
        ({1: 0}, [shut(1, 14 * 24 + 10, 14 * 24 + 20)], 1),
    ],
)
def test_only_the_time_when_every_thread_was_closed_counts(
    threads: dict[int, int], closed: list[Closed], hours: int
) -> None:
    since = {thread: START + hour * HOUR for thread, hour in threads.items()}
    assert locked_time(since, closed, WINDOW, LATE) == hours * HOUR


@pytest.mark.parametrize(("merged", "hours"), [({2: 20}, 20), ({2: 0}, 30), ({2: 40}, 0), ({1: 20}, 0)])
def test_a_thread_that_was_merged_into_another_keeps_nothing_open_from_then_on(
    merged: dict[int, int], hours: int
) -> None:
    gone = {thread: START + hour * HOUR for thread, hour in merged.items()}
    threads = {1: START, 2: START}
    assert locked_time(threads, [shut(1, 10, 40)], WINDOW, LATE, gone) == hours * HOUR


def test_a_lock_that_has_not_ended_counts_as_far_as_it_has_come() -> None:
    assert locked_time({1: START}, [shut(1, 10, 58)], WINDOW, START + 30 * HOUR) == 20 * HOUR


@pytest.mark.parametrize(
    ("locked", "already", "by"),
    [
        (24 * HOUR, 0 * HOUR, 0 * HOUR),
        (24 * HOUR + MICRO, 0 * HOUR, 24 * HOUR + MICRO),
        (48 * HOUR, 26 * HOUR, 22 * HOUR),
        (48 * HOUR, 48 * HOUR, 0 * HOUR),
        (20 * HOUR, 26 * HOUR, 0 * HOUR),
    ],
)
def test_more_than_a_day_moves_by_all_of_it_and_only_once(
    locked: timedelta, already: timedelta, by: timedelta
) -> None:
    assert lock_move(locked, already) == by


def away(first: float, last: float) -> Outage:
    """An outage, in hours from the freeze."""
    return Outage(FREEZE + first * HOUR, FREEZE + last * HOUR)


@pytest.mark.parametrize(
    ("outage", "hours"),
    [
        (away(-3, -1), 2),
        (away(-3, 2), 5),  # away at the freeze itself: all of it is made good
        (away(-30, -20), 4),  # only the last 24 hours count
        (away(-1, 0), None),  # an hour is no outage
        (away(-1, -0.5), None),
        (away(-40, -24), None),
        (away(0, 4), None),  # after the freeze nothing was lost
        (away(-0.5, 8), None),  # half an hour of the time to take part
    ],
)
def test_an_outage_of_more_than_an_hour_in_the_last_day_moves_by_its_length(
    outage: Outage, hours: int | None
) -> None:
    found = outage_move([outage], FREEZE)
    assert [one.length for one in found] == ([] if hours is None else [hours * HOUR])
    assert outage_move([outage], FREEZE, told={outage.starts_at}) == []


def test_an_hour_and_a_microsecond_is_an_outage() -> None:
    assert outage_move([Outage(FREEZE - HOUR - MICRO, FREEZE)], FREEZE)


def test_opening_and_closing_move_equally_where_twelve_hours_would_not_be_left() -> None:
    moved = move(DATES, 48 * HOUR, before=0 * HOUR, decides_at=None)
    assert moved is not None
    assert moved.dates == Dates(FREEZE + 48 * HOUR, DATES.opens_at + 48 * HOUR, DATES.closes_at + 48 * HOUR)


def test_opening_stays_where_twelve_hours_are_left() -> None:
    roomy = Dates(FREEZE, FREEZE + 60 * HOUR, FREEZE + 6 * DAY)
    moved = move(roomy, 48 * HOUR, before=0 * HOUR, decides_at=None)
    assert moved is not None
    assert not moved.with_voting
    assert moved.dates == Dates(FREEZE + 48 * HOUR, roomy.opens_at, roomy.closes_at)


@pytest.mark.parametrize(
    ("by", "before", "decides_at", "moves"),
    [
        (7 * DAY, 0 * DAY, None, True),
        (7 * DAY + MICRO, 0 * DAY, None, False),
        (2 * DAY, 5 * DAY, None, True),
        (2 * DAY, 5 * DAY + MICRO, None, False),
        (2 * DAY, 0 * DAY, DATES.closes_at + 2 * DAY, True),
        (2 * DAY, 0 * DAY, DATES.closes_at + 2 * DAY - MICRO, False),
    ],
)
def test_seven_days_in_all_and_never_past_the_bodys_date(
    by: timedelta, before: timedelta, decides_at: datetime | None, moves: bool
) -> None:
    assert (move(DATES, by, before=before, decides_at=decides_at) is not None) is moves


@given(st.integers(0, 14 * 24 * 60), st.integers(0, 14 * 24 * 60), st.integers(0, 20 * 24 * 60))
def test_what_is_seen_late_is_what_was_seen_in_time(first: int, length: int, seen: int) -> None:
    """The sum as of a moment depends on what had happened by then alone: more time never takes any away."""
    minute = timedelta(minutes=1)
    lock = [Closed(1, START + first * minute, START + (first + length) * minute)]
    at = START + seen * minute
    now = locked_time({1: START}, lock, WINDOW, at)
    assert timedelta(0) <= now <= min(length * minute, FREEZE - START)
    assert locked_time({1: START}, lock, WINDOW, at + HOUR) >= now


@pytest.mark.parametrize(
    ("outage", "at", "code"),
    [
        (Outage(DATES.closes_at - 5 * HOUR, DATES.closes_at - 3 * HOUR), -2, None),
        (Outage(DATES.closes_at - 5 * HOUR, DATES.closes_at - 4 * HOUR), -2, "outage_too_short"),
        (Outage(DATES.closes_at - 50 * HOUR, DATES.closes_at - 40 * HOUR), -2, "outage_too_short"),
        (Outage(DATES.closes_at - 5 * HOUR, DATES.closes_at - 1 * HOUR), -2, "outage_times"),
        (Outage(DATES.closes_at - 3 * HOUR, DATES.closes_at - 5 * HOUR), -2, "outage_times"),
        (Outage(DATES.closes_at - 5 * HOUR, DATES.closes_at - 3 * HOUR), 0, "outage_too_late"),
    ],
)
def test_voting_is_extended_only_for_what_has_happened_in_its_last_day(
    outage: Outage, at: int, code: str | None
) -> None:
    answer = may_extend_voting(outage, DATES, DATES.closes_at + at * HOUR, before=0 * DAY, decides_at=None)
    assert (answer.reason.code if isinstance(answer, Refused) else None) == code


def test_voting_is_not_extended_past_the_bodys_date_or_seven_days() -> None:
    outage, at = Outage(DATES.closes_at - 5 * HOUR, DATES.closes_at - 3 * HOUR), DATES.closes_at - HOUR
    for before, decides_at in ((0 * DAY, DATES.closes_at + HOUR), (7 * DAY - HOUR, None)):
        answer = may_extend_voting(outage, DATES, at, before=before, decides_at=decides_at)
        assert isinstance(answer, Refused)
        assert answer.reason.code == "dates_exhausted"


def test_an_outage_that_is_not_over_is_recorded_by_nobody() -> None:
    reason = outage_blocker(away(-3, -1), FREEZE, FREEZE - 2 * HOUR)
    assert reason is not None
    assert reason.code == "outage_times"
    assert outage_blocker(away(-3, -1), FREEZE, FREEZE - HOUR) is None
