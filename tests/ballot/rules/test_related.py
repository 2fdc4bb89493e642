"""Which threads a draft suggests, and the words it names as the reason."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ballot.rules.related import MOST_RELATED, common_words, related


@dataclass
class Titled:
    title: str
    forum_id: int = 2


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Hva gjør vi med skolene på Nordneset?", ()),
        ("Skolestruktur: to eller tre skoler", ("skolestruktur",)),
        ("SKOLE og oppvekst", ("skole",)),
        ("Fjordvikbrua", ("fjordvikbrua",)),
        ("Hvordan skal vi over fjorden?", ()),
    ],
)
def test_words_are_shared_when_one_begins_with_the_other(title: str, words: tuple[str, ...]) -> None:
    assert common_words(title, "Skolestruktur i Fjordvik") == words


def test_most_words_stand_first_then_the_area_and_what_shares_nothing_is_left_out() -> None:
    here, there, both, neither = (
        Titled("Noe helt annet", 1),
        Titled("Skolestruktur"),
        Titled("Skolestruktur nå", 1),
        Titled("Torget"),
    )
    assert related("Skolestruktur i Fjordvik", 1, [neither, here, there, both]) == [
        (both, True, ("skolestruktur",)),
        (there, False, ("skolestruktur",)),
        (here, True, ()),
    ]
    assert len(related("Torget", 1, [Titled(f"Torget {n}") for n in range(50)])) == MOST_RELATED
