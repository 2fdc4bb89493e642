"""A lot that a count needs: entered by one teller, confirmed by another, and counted with."""

from __future__ import annotations

import pytest
from builders import csrf_token
from teller_world import CLOSED, WHILE_OPEN, World, when
from test_elections import NAMES, counted, noticed, rights

from ballot import events, queries, results
from ballot.models import Ballot, EventKind, Method
from ballot.rules.lifecycle import State
from ballot.rules.majority import TieRule, Verdict
from ballot.services import casting, lifecycle, lots, tellers
from foundation import clock
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db

DRAWN = {"lodd-drawn_at-day": "2026-03-09", "lodd-drawn_at-clock": "09:30", "lodd-witnesses": "Tone og Tor"}


def tied(world: World) -> int:
    """Astri and Bjarne are equal when Cecilie is out: her papers go to nobody."""
    ballot_id = noticed(world, Method.CHOICE)
    counted(world, ballot_id, [(0,)] * 4 + [(1,)] * 4 + [(2,)])
    return ballot_id


def outcome(ballot_id: int) -> tuple[Verdict, list[str]]:
    db.session.rollback()
    ballot, result = queries.whole_ballot(ballot_id), queries.result_of(ballot_id)
    assert ballot is not None
    assert result is not None
    told = results.outcome_of(ballot, results.Numbers.of(result))
    return told.verdict, [NAMES[place] for place in told.leading]


def entry(ballot_id: int) -> str:
    return f"/avstemninger/{ballot_id}/tellekorps/lodd"


def test_two_tellers_draw_enter_and_confirm_and_the_count_goes_on(world: World) -> None:
    ballot_id = tied(world)
    first, second = (world.as_(teller) for teller in world.tellers[:2])
    with when(CLOSED):
        assert outcome(ballot_id) == (Verdict.TIE, ["Astri", "Bjarne"])
        page = first.get(f"/avstemninger/{ballot_id}/tellekorps").text
        assert "Astri, Bjarne står likt." in page
        held = first.post(f"/avstemninger/{ballot_id}/tellekorps/godkjenn")
        assert held.status == 409
        assert "en loddtrekning som gjenstår" in held.text
        assert first.post(entry(ballot_id), **{"lodd-2": "1", "lodd-1": "2"}, **DRAWN).status == 303
        assert outcome(ballot_id)[0] is Verdict.TIE, "one alone draws nothing"
        seq = events.history(ballot_id)[-1].seq
        assert first.post(f"{entry(ballot_id)}/{seq}/bekreft").status == 403, "nor confirms it herself"
        assert "Bjarne Astri" in second.get(f"/avstemninger/{ballot_id}/tellekorps").text
        assert second.post(f"{entry(ballot_id)}/{seq}/bekreft").status == 303
        assert outcome(ballot_id) == (Verdict.CHOSEN, ["Bjarne"])
        told = results.count_of(ballot_id)
        assert told is not None
        assert told["lot_needed"] is None
        (lot,) = told["lots"]
        assert (lot["among"], lot["order"], lot["witnesses"]) == ([1, 2], [2, 1], "Tone og Tor")
        assert lot["tellers"] == [teller.id for teller in world.tellers[:2]]
        for teller in world.tellers[:2]:
            tellers.approve(ballot_id, rights(teller))
        public = world.as_(world.voters[0]).get(f"/avstemninger/{ballot_id}/protokoll").text
    assert world.state(ballot_id) is State.CERTIFIED
    assert "Loddet ble bekreftet" in public
    assert {EventKind.LOT_ENTERED, EventKind.LOT_CONFIRMED} <= set(world.kinds(ballot_id))


def test_a_lot_entered_wrongly_is_declined_and_entered_anew(world: World) -> None:
    ballot_id = tied(world)
    with when(CLOSED):
        lots.enter(ballot_id, rights(world.tellers[0]), [2, 1], clock.now(), "Tor")
        seq = events.history(ballot_id)[-1].seq
        assert world.as_(world.tellers[1]).post(f"{entry(ballot_id)}/{seq}/avvis").status == 303
        with pytest.raises(RuleBroken) as gone:
            lots.confirm(ballot_id, rights(world.tellers[2]), seq)
        assert gone.value.reason.code == "proposal_gone"
        lots.enter(ballot_id, rights(world.tellers[1]), [1, 2], clock.now(), "Tor")
        assert lots.confirm(ballot_id, rights(world.tellers[0]), events.history(ballot_id)[-1].seq)
    assert outcome(ballot_id) == (Verdict.CHOSEN, ["Astri"])


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"lodd-1": "1", "lodd-2": "1", **DRAWN}, "Gi hver av dem sitt eget nummer"),
        ({"lodd-1": "1", **DRAWN}, "Gi hver av dem sitt eget nummer"),
        ({"lodd-1": "1", "lodd-2": "2", **DRAWN, "lodd-witnesses": " "}, "Skriv hvem som så på."),
        ({"lodd-1": "1", "lodd-2": "2", **DRAWN, "lodd-drawn_at-day": ""}, "Skriv når loddet ble trukket."),
        (
            {"lodd-1": "1", "lodd-2": "2", **DRAWN, "lodd-drawn_at-day": "2026-03-01"},
            "etter at avstemningen stengte",
        ),
    ],
)
def test_what_is_wrong_with_a_lot_is_said_and_what_was_typed_stays(
    world: World, typed: dict[str, str], sentence: str
) -> None:
    ballot_id = tied(world)
    with when(CLOSED):
        page = world.as_(world.tellers[0]).client
        answer = page.post(entry(ballot_id), data={**typed, "csrf_token": csrf_token(page)})
        markup = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in markup
    assert 'name="lodd-1" value="1"' in markup
    assert EventKind.LOT_ENTERED not in world.kinds(ballot_id)


def test_nobody_but_the_tellers_enters_a_lot_and_none_that_is_not_needed(world: World) -> None:
    ballot_id = tied(world)
    with when(CLOSED):
        for member in (world.chair, world.control[0], world.voters[0], world.admin):
            with pytest.raises(NotAllowed):
                lots.enter(ballot_id, rights(member), [1, 2], clock.now(), "Tor")
        with pytest.raises(RuleBroken) as others:
            lots.enter(ballot_id, rights(world.tellers[0]), [1, 3], clock.now(), "Tor")
        assert others.value.reason.code == "lot_order"
        lots.enter(ballot_id, rights(world.tellers[0]), [1, 2], clock.now(), "Tor")
        lots.confirm(ballot_id, rights(world.tellers[1]), events.history(ballot_id)[-1].seq)
        with pytest.raises(RuleBroken) as settled:
            lots.enter(ballot_id, rights(world.tellers[0]), [1, 2], clock.now(), "Tor")
    assert settled.value.reason.code == "lot_not_needed"


def test_a_motion_that_is_tied_is_decided_by_the_lot_that_the_notice_promised(world: World) -> None:
    ballot_id = world.ballot(votes=2, tie_rule=TieRule.LOT)
    with when(CLOSED):
        for teller in world.tellers[:2]:
            tellers.release(ballot_id, rights(teller))
        lots.enter(ballot_id, rights(world.tellers[0]), [2, 1], clock.now(), "Tor")
        assert lots.confirm(ballot_id, rights(world.tellers[1]), events.history(ballot_id)[-1].seq)
        db.session.rollback()
        result = queries.result_of(ballot_id)
        assert result is not None
        told = results.outcome_of(queries.whole_ballot(ballot_id) or Ballot(), results.Numbers.of(result))
    assert told.verdict is Verdict.NOT_ADOPTED
    assert results.count_of(ballot_id)["lots"][0]["for"] == "motion"  # type: ignore[index]


def test_without_tellers_the_lot_follows_from_the_papers_and_can_be_worked_out_by_all(world: World) -> None:
    ballot_id = world.ballot(
        tellers=[], options=(("Rød", ""), ("Blå", ""), ("Grønn", "")), tie_rule=TieRule.SEED
    )

    with when(WHILE_OPEN):
        for voter, place in zip(world.voters, (0, 0, 1, 1), strict=False):
            casting.cast(ballot_id, voter.id, [casting.value_of(ballot_id, place)])
    with when(CLOSED):
        ballot = lifecycle.advance(ballot_id, clock.now())
        assert ballot.state is State.CERTIFIED
    result, told = queries.result_of(ballot_id), results.count_of(ballot_id)
    assert result is not None
    assert told is not None
    assert told["seed"] == result.papers_sha256.hex()
    assert told["lots"][0]["among"] == [1, 2]
    assert results.Numbers.of(result).settled == (told["lots"][0]["order"][0],)
