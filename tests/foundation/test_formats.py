"""Times and numbers as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import oslo
from flask import Flask
from flask_babel import force_locale

from foundation import clock, formats
from foundation.errors import Reason
from foundation.phrases import fill

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("nb", "mandag 16. mars kl. 20.00"),
        ("nn", "måndag 16. mars kl. 20.00"),
        ("en", "Monday 16 March, 20:00"),
    ],
)
def test_a_moment_has_weekday_date_and_clock(app: Flask, at: None, language: str, written: str) -> None:
    with app.test_request_context(), force_locale(language):
        assert formats.moment(oslo("2026-03-16 20:00")).replace(NBSP, " ") == written


def test_another_year_is_said(app: Flask, at: None) -> None:
    with app.test_request_context():
        assert (
            formats.moment(oslo("2027-03-16 20:00")).replace(NBSP, " ") == "tirsdag 16. mars 2027 kl. 20.00"
        )


@pytest.mark.parametrize(
    ("rest", "written"),
    [
        (timedelta(days=3, hours=5), "3 dager"),
        (timedelta(days=1, hours=23), "47 timer"),
        (timedelta(hours=1, minutes=59), "119 minutter"),
        (timedelta(minutes=1), "1 minutt"),
        (timedelta(seconds=30), "under ett minutt"),
        (timedelta(seconds=-1), "utløpt"),
    ],
)
def test_what_is_left_is_never_said_too_generously(
    app: Flask, at: None, rest: timedelta, written: str
) -> None:
    with app.test_request_context():
        assert formats.left(clock.now() + rest) == written


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [
        (13219, 14667, "90,1 %"),
        (1279, 14667, "8,7 %"),
        (169, 14667, "1,2 %"),
        (1, 2, "50 %"),
        (0, 0, "0 %"),
        (2, 3, "66,7 %"),
    ],
)
def test_percentages_are_rounded_half_up(app: Flask, part: int, whole: int, written: str) -> None:
    """14 667 took part: 90.1 / 8.7 / 1.2 % are of all cast, blanks included (COUNTING.md)."""
    with app.test_request_context():
        assert formats.percent(part, whole) == written.replace(" ", NBSP)


def test_thousands_are_parted_by_a_space_that_does_not_break() -> None:
    assert formats.number(1204) == f"1{NBSP}204"


def test_facts_of_a_reason_are_written_as_people_write_them(app: Flask, at: None) -> None:
    with app.test_request_context():
        text = fill("%(n)s av %(m)s før %(t)s", Reason.of("x", n=2, m=1204, t=oslo("2026-03-16 20:00")).facts)
    assert text.replace(NBSP, " ") == "2 av 1 204 før mandag 16. mars kl. 20.00"
