"""Times on the wall clock: once, twice, or never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballot.rules.local_times import read

OSLO = ZoneInfo("Europe/Oslo")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "moments", "missing"),
    [
        ("2026-03-16 20:00", ["2026-03-16 19:00"], False),
        ("2026-07-16 20:00", ["2026-07-16 18:00"], False),
        # Clocks are put back from 03.00 to 02.00 on 25 October: 02.30 comes twice.
        ("2026-10-25 02:30", ["2026-10-25 00:30", "2026-10-25 01:30"], False),
        ("2026-10-25 02:00", ["2026-10-25 00:00", "2026-10-25 01:00"], False),
        ("2026-10-25 01:59", ["2026-10-24 23:59"], False),
        ("2026-10-25 03:00", ["2026-10-25 02:00"], False),
        # Clocks are put forward from 02.00 to 03.00 on 29 March: 02.30 never comes.
        ("2026-03-29 02:30", ["2026-03-29 00:30", "2026-03-29 01:30"], True),
        ("2026-03-29 02:00", ["2026-03-29 00:00", "2026-03-29 01:00"], True),
        ("2026-03-29 01:59", ["2026-03-29 00:59"], False),
        ("2026-03-29 03:00", ["2026-03-29 01:00"], False),
    ],
)
def test_a_local_time_means_these_moments(wall: str, moments: list[str], missing: bool) -> None:
    meant = read(datetime.fromisoformat(wall), OSLO)
    assert list(meant.moments) == [utc(moment) for moment in moments]
    assert meant.missing is missing
    assert meant.repeated is (len(moments) == 2 and not missing)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2060, 1, 1)))  # noqa: DTZ001  (a wall clock)
def test_every_reading_of_a_time_that_comes_shows_that_time(wall: datetime) -> None:
    meant = read(wall, OSLO)
    shown = [moment.astimezone(OSLO).replace(tzinfo=None) for moment in meant.moments]
    if meant.missing:
        assert [abs(one - wall) <= timedelta(hours=1) for one in shown] == [True, True]
    else:
        assert set(shown) == {wall}
    assert list(meant.moments) == sorted(meant.moments)


def test_a_time_with_a_zone_is_no_time_on_the_wall() -> None:
    with pytest.raises(ValueError, match="no zone"):
        read(datetime(2026, 3, 1, tzinfo=UTC), OSLO)
