"""What is kept back where few vote (SECRECY.md, small numbers)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballot.rules.small_numbers import (
    breakdown,
    is_small_roll,
    numbers_hidden,
    shown_count,
    turnout_while_open,
)


@pytest.mark.parametrize(("entitled", "small"), [(1, True), (9, True), (10, False), (1204, False)])
def test_a_roll_below_ten_asks_for_a_confirmation(entitled: int, small: bool) -> None:
    assert is_small_roll(entitled) is small


@pytest.mark.parametrize(
    ("entitled", "voted", "shown"),
    [(24, 20, None), (25, 0, 0), (25, 4, 0), (25, 5, 5), (25, 24, 20), (1204, 603, 600)],
)
def test_turnout_while_open_is_kept_back_below_25_and_rounded_down_to_five(
    entitled: int, voted: int, shown: int | None
) -> None:
    assert turnout_while_open(entitled, voted) == shown


@given(st.integers(25, 5000), st.integers(0, 4998))
def test_turnout_shown_never_says_more_than_have_voted_and_one_vote_mostly_does_not_show(
    entitled: int, voted: int
) -> None:
    shown = turnout_while_open(entitled, voted)
    assert shown is not None
    assert 0 <= voted - shown < 5


@pytest.mark.parametrize(
    ("entitled", "votes", "hidden"),
    [
        (9, (7, 0, 0), True),
        (9, (0, 7, 0), True),
        (9, (0, 0, 3), True),
        (9, (6, 1, 0), False),
        (9, (6, 0, 1), False),
        (9, (0, 0, 0), False),
        (10, (7, 0, 0), False),
    ],
)
def test_a_unanimous_result_of_a_small_roll_hides_its_numbers(
    entitled: int, votes: tuple[int, ...], hidden: bool
) -> None:
    assert numbers_hidden(entitled, votes) is hidden


@pytest.mark.parametrize(("number", "shown"), [(0, None), (4, None), (5, 5), (60, 60)])
def test_a_count_below_five_is_not_told(number: int, shown: int | None) -> None:
    assert shown_count(number) == shown


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ({"a": 5, "b": 5}, {"a": 5, "b": 5}),
        ({"a": 4, "b": 60}, {"a": None, "b": None}),
        ({"a": 4, "b": 20, "c": 30}, {"a": None, "b": None, "c": 30}),
        ({"a": 1, "b": 1, "c": 30, "d": 40}, {"a": None, "b": None, "c": None, "d": 40}),
        ({"a": 0, "b": 5, "c": 50}, {"a": None, "b": None, "c": 50}),
        ({"a": 2, "b": 3, "c": 5, "d": 50}, {"a": None, "b": None, "c": 5, "d": 50}),
        ({"a": 12}, {"a": None}),
        ({"a": 3, "b": 3, "c": 30}, {"a": None, "b": None, "c": 30}),
        ({"a": 0, "b": 0}, {"a": None, "b": None}),
        ({}, {}),
    ],
)
def test_small_cells_are_hidden_and_so_is_what_they_would_follow_from(
    cells: dict[str, int], shown: dict[str, int | None]
) -> None:
    assert breakdown(cells) == shown


@given(st.dictionaries(st.text(max_size=2), st.integers(0, 40), max_size=6))
def test_no_hidden_cell_follows_from_the_sum_and_no_shown_one_is_small(cells: dict[str, int]) -> None:
    shown = breakdown(cells)
    total = sum(cells.values())
    hidden = [name for name, number in shown.items() if number is None]
    for name, number in shown.items():
        if number is not None:
            assert number == cells[name]
            assert number >= 5
            assert total - number >= 5
    if hidden and len(hidden) < len(cells):
        assert len(hidden) > 1
        assert sum(cells[name] for name in hidden) >= 5
