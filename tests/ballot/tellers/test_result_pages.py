"""The page of a counted election: what members look at, what only tellers do, and what it costs."""

from __future__ import annotations

import json

import pytest
from election_world import QUOTA, counted, noticed, rights
from queries import counted as statements
from teller_world import CLOSED, World, when

from ballot.models import Method
from ballot.services import tellers

# Bjarne and Didrik have most first choices; half of two places are for each.
TWO_MEN = [(1, 3)] * 9 + [(3, 1)] * 8 + [(0, 2)] * 6 + [()] * 2
# Bjarne has more than he needs, and what he has too much decides for Didrik.
SURPLUS = [(1, 3)] * 14 + [(3,)] * 3 + [(0,)] * 4 + [(2, 0)] * 2 + [(4,)]
HALF = json.dumps({"members": "50", "deputies": None, "too_few": "lower"})


def certified(world: World, method: Method, orders: list[tuple[int, ...]], **rules: object) -> int:
    ballot_id = noticed(world, method, **rules)
    counted(world, ballot_id, orders)
    with when(CLOSED):
        for teller in world.tellers[:2]:
            tellers.approve(ballot_id, rights(teller))
    return ballot_id


def test_a_transferable_vote_is_shown_from_the_sentence_to_the_reasons(world: World) -> None:
    ballot_id = certified(world, Method.SCOTTISH_STV, TWO_MEN, seats=2, quota=HALF)
    with when(CLOSED):
        answer = world.as_(world.voters[0]).client.get(f"/avstemninger/{ballot_id}")
        page = world.as_(world.voters[0]).get(f"/avstemninger/{ballot_id}").text
    before, _, _rest = page.partition("Slik ble det talt")
    sentence = before[before.index("Resultat ") :]
    assert "Bjarne" in sentence.split(".")[0]
    assert "Kvoteringen gjorde at Astri ble valgt i stedet for Didrik." in before
    assert "23 stemmesedler ble talt med. 2 var blanke." in before
    assert "Valgt i runde" in before
    for part in ("Runde 1", "Stemmene etter hver runde", "Hvor stemmene gikk", "Hadde ingen flere å gå til"):
        assert part in page, part
    assert "Hvorfor ble Bjarne valgt?" in page
    assert "Hvorfor ble Didrik valgt?" not in page
    markup = answer.get_data(as_text=True)
    assert "style=" not in markup
    assert markup.count('role="img"') >= 3
    assert markup.count('<div class="gr-scroll" tabindex="0" role="region" aria-label=') >= 2


@pytest.mark.parametrize(
    ("method", "rules", "told"),
    [
        (Method.SCHULZE, {}, ["Hvor mange som satte raden foran kolonnen", "Hvor sterk den beste kjeden er"]),
        (Method.MEEK_STV, {"seats": 2}, ["Hvor stor del av hver stemme de valgte beholder", "Valgtall"]),
        (Method.UIO_STV, {"seats": 2, "deputies": 1, "quota": QUOTA}, ["Vara nummer 1"]),
        (Method.SCORE, {}, ["Poeng", "er valgt med"]),
    ],
)
def test_each_method_shows_what_is_its_own(
    world: World, method: Method, rules: dict[str, object], told: list[str]
) -> None:
    ballot_id = certified(world, method, SURPLUS if method is Method.MEEK_STV else TWO_MEN, **rules)
    with when(CLOSED):
        page = world.as_(world.voters[0]).get(f"/avstemninger/{ballot_id}").text
        for words in told:
            assert words in page, words
        if method is Method.SCORE:
            assert " %" not in page[page.index("Poeng") : page.index("Tallene stemmer overens")], (
                "no share of points"
            )


def test_tellers_look_at_the_count_before_anybody_else_does(world: World) -> None:
    ballot_id = noticed(world, Method.IRV)
    counted(world, ballot_id, TWO_MEN)
    with when(CLOSED):
        assert "Slik ble det talt" in world.as_(world.tellers[0]).get(f"/avstemninger/{ballot_id}/tellekorps")
        assert "Slik ble det talt" not in world.as_(world.voters[0]).get(f"/avstemninger/{ballot_id}")


def test_more_papers_and_a_longer_count_cost_the_page_no_more_statements(world: World) -> None:
    few = certified(world, Method.CHOICE, [(0,), (1,), (0,)])
    many = certified(world, Method.UIO_STV, TWO_MEN, seats=2, deputies=2)
    sent = []
    with when(CLOSED):
        browser = world.as_(world.voters[0])
        browser.get(f"/avstemninger/{few}")
        for ballot_id in (few, many):
            with browser.client.application.app_context(), statements() as found:
                assert browser.client.get(f"/avstemninger/{ballot_id}").status_code == 200
            sent.append(len(found))
    assert sent[1] <= sent[0]
