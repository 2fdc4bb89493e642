"""Where so few vote that somebody could guess how others voted, the numbers are kept back (SECRECY.md)."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from voter_world import CLOSED, World, a_world, when

from ballot import queries, results
from ballot.services import records

SENTENCE = "Vi viser ikke tallene, for med så få stemmer kunne noen gjette hva andre stemte."


@pytest.fixture
def small(app: Flask) -> World:
    """Nine with a vote: a board of two, a control committee of two, and five more."""
    return a_world(app, 5)


def decided(world: World, choices: list[int | None], **more: object) -> int:
    ballot_id = world.ballot(**more)
    world.vote(ballot_id, choices)
    world.close(ballot_id)
    return ballot_id


UNANIMOUS = [
    ([0, 0, 0, 0], "Flertallet rår til ja."),
    ([1, 1, 1, 1], "Flertallet rår til nei."),
    ([None, None, None], "Forslaget er ikke vedtatt."),
]


@pytest.mark.parametrize(("choices", "decision"), UNANIMOUS)
def test_a_unanimous_result_of_a_small_roll_shows_the_decision_and_no_number(
    small: World, choices: list[int | None], decision: str
) -> None:
    ballot_id = decided(small, choices)
    with when(CLOSED):
        browser = small.as_(small.voters[4])
        page = browser.get(f"/avstemninger/{ballot_id}")
        assert f"Resultat {decision}" in page
        assert SENTENCE in page
        assert "Stemmene i tall" not in page
        assert "gr-bar" not in page.markup.split("<main")[1].split('class="gr-section gr-next"')[0]
        assert "Av dem blanke" not in page
        assert "stemmesedler.csv" not in page.markup
        # Who voted is no secret of the choice: turnout and reconciliation stay.
        assert f"{len(choices)} av 9 med stemmerett stemte" in page
        assert browser.get("/avstemninger").text.count(decision) == 1
        for kind in ("csv", "json", "blt"):
            assert browser.get(f"/avstemninger/{ballot_id}/stemmesedler.{kind}").status == 403
        record = browser.get(f"/avstemninger/{ballot_id}/protokoll")
        assert decision in record
        assert SENTENCE in record
        assert "Stemmene i tall" not in record
        for ending in ("txt", "json"):
            written = browser.get(f"/avstemninger/{ballot_id}/protokoll.{ending}").markup
            assert f": {len(choices)} ja" not in written
            assert '"votes"' not in written


@pytest.mark.parametrize(("choices", "decision"), UNANIMOUS)
def test_no_published_byte_tells_the_kept_numbers_apart(
    small: World, choices: list[int | None], decision: str
) -> None:
    """With nine voters whoever has a hash of the papers has the papers: there are only so many possibilities."""
    ballot_id = decided(small, choices)
    ballot = small.load(ballot_id)
    result = queries.result_of(ballot_id)
    assert result is not None
    facts = records.read(records.versions(ballot_id)[0])
    assert facts["papers_sha256"] is None
    assert facts["result"].keys() == {"sentence", "turnout", "verdict", "kept_back"}
    assert result.papers_sha256.hex() not in json.dumps(facts)
    assert "blank" not in facts["reconciliation"]
    assert decision == results.sentence_of(ballot, result)


def test_tellers_and_control_committee_see_the_numbers_that_are_kept_back(small: World) -> None:
    ballot_id = decided(small, [0, 0, 0])
    with when(CLOSED):
        browser = small.as_(small.control[0])
        page = browser.get(f"/avstemninger/{ballot_id}")
        assert "Bare for tellekorps og kontrollkomité Flertallet rår til ja: 3 mot 0, 0 blanke." in page
        record = browser.get(f"/avstemninger/{ballot_id}/protokoll")
        assert "Bare for tellekorps og kontrollkomité Ja 3 Nei 0 Blank 0" in record
        papers = browser.get(f"/avstemninger/{ballot_id}/stemmesedler.csv")
        assert papers.markup == "weight,Ja,Nei,Blank\n3,1,,\n"
        # What everybody gets is the same for them: the record has one text.
        assert '"votes"' not in browser.get(f"/avstemninger/{ballot_id}/protokoll.json").markup
        board = small.as_(small.chair).get(f"/avstemninger/{ballot_id}")
    assert "Bare for tellekorps" not in board


@pytest.mark.parametrize("choices", [[0, 0, 0, 1], [0, None], [0, 0, 0, 0, 1]])
def test_a_divided_result_of_a_small_roll_is_shown(small: World, choices: list[int | None]) -> None:
    ballot_id = decided(small, choices)
    with when(CLOSED):
        page = small.as_(small.voters[4]).get(f"/avstemninger/{ballot_id}")
    assert "Stemmene i tall" in page
    assert SENTENCE not in page


def test_a_unanimous_result_of_a_larger_roll_is_shown(world: World) -> None:
    ballot_id = decided(world, [0, 0, 0])
    with when(CLOSED):
        page = world.as_(world.voters[4]).get(f"/avstemninger/{ballot_id}")
    assert "Flertallet rår til ja: 3 mot 0, 0 blanke." in page


def test_the_papers_of_a_small_approval_are_not_published_one_by_one(small: World) -> None:
    """A set of marks can be as good as a name, also where the sums are shown."""
    ballot_id = decided(small, [(0, 2), (1,), (0, 1, 2)], options=("A", "B", "C"), several=True)  # type: ignore[list-item]
    with when(CLOSED):
        member, control = small.as_(small.voters[4]), small.as_(small.control[0])
        page = member.get(f"/avstemninger/{ballot_id}")
        assert "Stemmene i tall" in page
        assert "stemmesedler.csv" not in page.markup
        refused = member.get(f"/avstemninger/{ballot_id}/stemmesedler.csv")
        assert refused.status == 403
        assert "Stemmesedlene er ikke offentlige" in refused
        assert control.get(f"/avstemninger/{ballot_id}/stemmesedler.csv").status == 200
