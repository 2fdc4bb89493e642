"""What a form sent, read as a paper: marks, ranks and points, and what is said of what cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballot.rules.marking import read
from ballot.rules.methods import Marking

RANKS, POINTS, SEVERAL, ONE = Marking.RANKS, Marking.POINTS, Marking.SEVERAL, Marking.ONE


@pytest.mark.parametrize(
    ("marking", "sent", "chosen"),
    [
        (ONE, [(1, "")], (1,)),
        (ONE, [(None, "")], ()),
        (SEVERAL, [(2, ""), (0, "")], (0, 2)),
        (SEVERAL, [(1, ""), (1, "")], (1,)),
        (RANKS, [(0, "3"), (1, "1"), (2, "2")], (1, 2, 0)),
        (RANKS, [(2, "1")], (2,)),
        (RANKS, [(2, "01"), (0, "2")], (2, 0)),
        (RANKS, [(None, "")], ()),
        (POINTS, [(0, "5"), (1, "0"), (2, "1")], ((0, 5), (2, 1))),
    ],
)
def test_what_can_be_read(
    marking: Marking, sent: list[tuple[int | None, str]], chosen: tuple[object, ...]
) -> None:
    reading = read(marking, 4, 2, sent)
    assert (reading.problem, reading.chosen, reading.closed_up) == (None, chosen, False)


@pytest.mark.parametrize(
    ("marking", "sent", "code", "wrong"),
    [
        (ONE, [], "choice.missing", {}),
        (RANKS, [], "choice.nothing_written", {}),
        (POINTS, [(0, "0")], "choice.nothing_written", {}),
        (ONE, [(0, ""), (1, "")], "choice.one_only", {}),
        (SEVERAL, [(0, ""), (1, ""), (2, "")], "choice.too_many", {}),
        (SEVERAL, [(0, "1")], "choice.unknown", {}),
        (RANKS, [(4, "1")], "choice.unknown", {}),
        (RANKS, [(0, "1"), (None, "")], "choice.blank_and_marks", {}),
        (RANKS, [(0, "1"), (3, "1"), (2, "2")], "rank.wrong", {0: "rank.twice", 3: "rank.twice"}),
        (RANKS, [(0, "5")], "rank.wrong", {0: "rank.out_of_range"}),
        (RANKS, [(0, "0")], "rank.wrong", {0: "rank.out_of_range"}),
        (RANKS, [(0, "9" * 40)], "rank.wrong", {0: "rank.out_of_range"}),
        (
            RANKS,
            [(0, "-1"), (1, "en"), (2, "1")],
            "rank.wrong",
            {0: "rank.not_a_number", 1: "rank.not_a_number"},
        ),
        (RANKS, [(0, "١")], "rank.wrong", {0: "rank.not_a_number"}),
        (RANKS, [(0, "1"), (0, "2")], "rank.wrong", {0: "rank.two_numbers"}),
        (POINTS, [(0, "6"), (1, "5")], "rank.wrong", {0: "rank.out_of_range"}),
    ],
)
def test_what_is_refused_and_where(
    marking: Marking, sent: list[tuple[int | None, str]], code: str, wrong: dict[int, str]
) -> None:
    reading = read(marking, 4, 2, sent)
    assert reading.problem is not None
    assert reading.problem.code == code
    assert {place: reason.code for place, reason in reading.wrong.items()} == wrong
    assert reading.chosen == ()


def test_a_rank_that_was_left_out_moves_the_next_ones_up_and_says_so() -> None:
    reading = read(RANKS, 4, 4, [(0, "4"), (1, "1"), (3, "2")])
    assert (reading.chosen, reading.closed_up) == ((1, 3, 0), True)


@given(st.permutations(range(40)), st.integers(1, 40))
def test_any_ranking_is_read_as_it_was_meant(order: list[int], ranked: int) -> None:
    sent = [(place, str(rank)) for rank, place in enumerate(order[:ranked], start=1)]
    assert read(RANKS, 40, 40, sorted(sent)).chosen == tuple(order[:ranked])
