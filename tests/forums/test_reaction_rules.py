"""Whom a name in a text calls, what an answer rate counts, and what an edit changed: rules without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from forums.differences import difference
from forums.reactions.rules import Question, answer_rate, chosen, names_called, shared

pytestmark = pytest.mark.anywhere

AT = datetime(2026, 3, 20, 12, tzinfo=UTC)
PEOPLE = {"ane vik": [1], "bo nes": [2], "kari olsen": [3, 4], "kari olsen berg": [5], "ola p. nes": [6]}


@pytest.mark.parametrize(
    ("text", "hints", "found"),
    [
        ("Hva mener du, @Ane Vik?", [], {1: "Ane Vik"}),
        ("@ane vik og (@Bo Nes)", [], {1: "ane vik", 2: "Bo Nes"}),
        ("Takk @Ane Vik. Godt sagt.", [], {1: "Ane Vik"}),
        ("@Ola P. Nes skrev det", [], {6: "Ola P. Nes"}),
        ("skriv til ane@Ane Vik", [], {}),
        ("@Ane", [], {}),
        ("@Ane Viksen", [], {}),
        ("@Kari Olsen", [], {}),
        ("@Kari Olsen", [4], {4: "Kari Olsen"}),
        ("@Kari Olsen", [1], {}),
        ("@Kari Olsen", [3, 4], {}),
        ("@Kari Olsen Berg", [3], {5: "Kari Olsen Berg"}),
        ("@Ane Vik og @Ane Vik", [], {1: "Ane Vik"}),
        ("@ Ane Vik", [], {}),
    ],
)
def test_a_name_calls_whoever_alone_has_it_or_was_picked(
    text: str, hints: list[int], found: dict[int, str]
) -> None:
    assert chosen(names_called(text), PEOPLE, hints) == found


def test_a_name_that_several_have_is_told_and_no_other() -> None:
    called = names_called("@Ane Vik, @Kari Olsen og @Ukjent Person")
    assert shared(called, PEOPLE, {1: "Ane Vik"}) == "Kari Olsen"
    assert shared(called, PEOPLE, {4: "Kari Olsen"}) is None


def test_one_text_calls_ten_people_at_most() -> None:
    people = {f"navn n{number}": [number] for number in range(20)}
    text = " ".join(f"@Navn N{number}" for number in range(20))
    assert list(chosen(names_called(text), people, [])) == list(range(10))


@pytest.mark.parametrize(
    ("questions", "rate"),
    [
        ([], (0, 0)),
        ([Question(AT - timedelta(days=4, hours=23), answered=False)], (0, 0)),
        ([Question(AT - timedelta(days=5), answered=False)], (0, 1)),
        ([Question(AT, answered=True, by_office=True)], (1, 1)),
        ([Question(AT - timedelta(days=9), answered=True, by_office=False)], (0, 0)),
        (
            [
                *[Question(AT - timedelta(days=30), answered=True, by_office=True)] * 8,
                *[Question(AT - timedelta(days=30), answered=False)] * 2,
            ],
            (8, 10),
        ),
    ],
)
def test_an_answer_rate_counts_what_was_answered_or_has_waited_five_days(
    questions: list[Question], rate: tuple[int, int]
) -> None:
    found = answer_rate(questions, AT)
    assert (found.answered, found.asked) == rate


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        ("Likt.", "Likt.", [("same", "Likt.")]),
        (
            "Skolen må bestå.",
            "Skolen må ikke bestå.",
            [("same", "Skolen må "), ("added", "ikke "), ("same", "bestå.")],
        ),
        ("Ja.", "Nei.", [("removed", "Ja"), ("added", "Nei"), ("same", ".")]),
        (
            "en to tre",
            "fire fem tre",
            [("removed", "en to"), ("added", "fire fem"), ("same", " tre")],
        ),
        ("", "Nytt", [("added", "Nytt")]),
    ],
)
def test_an_edit_is_told_word_by_word(before: str, after: str, pieces: list[tuple[str, str]]) -> None:
    assert [(piece.kind, piece.text) for piece in difference(before, after)] == pieces


def test_both_texts_can_be_read_out_of_their_difference() -> None:
    before = "Første avsnitt, med litt tekst.\n\nAndre avsnitt som forsvinner.\n\nSlutten står."
    after = "Første avsnitt, med mye mer tekst.\n\nSlutten står ennå."
    pieces = difference(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "added").split() == before.split()
    assert "".join(piece.text for piece in pieces if piece.kind != "removed").split() == after.split()
