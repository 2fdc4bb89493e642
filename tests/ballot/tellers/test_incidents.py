"""An incident holds everything back until two tellers have settled it, with reasons that everybody reads."""

from __future__ import annotations

import pytest
from builders import oslo
from teller_world import CLOSED, NEXT_DAY, WHILE_OPEN, World, when

from ballot import events, facts
from ballot.models import Ballot, EventKind
from ballot.rules.lifecycle import Hold, State
from ballot.services import advance_all, casting, lifecycle
from foundation import clock
from foundation.extensions import db
from foundation.transaction import transaction

WHAT = "To kvitteringskoder er like."
HOW = "Det var en skrivefeil i listen. Vi har talt på nytt, og tallene går opp."


def page(ballot_id: int, act: str = "") -> str:
    return f"/avstemninger/{ballot_id}/tellekorps{act}"


def report(world: World, ballot_id: int, teller: int = 0, reason: str = WHAT) -> int:
    return (
        world.as_(world.tellers[teller])
        .post(page(ballot_id, "/hendelse"), **{"hendelse-reason": reason})
        .status
    )


def propose(world: World, ballot_id: int, teller: int, reason: str = HOW) -> int:
    """Propose a settlement; gives its number in the chain."""
    answer = world.as_(world.tellers[teller]).post(
        page(ballot_id, "/avklaring"), **{"avklaring-reason": reason}
    )
    assert answer.status == 303
    db.session.rollback()
    return events.history(ballot_id)[-1].seq


def test_one_teller_holds_a_counted_ballot_back_with_a_public_reason(world: World, counted: int) -> None:
    world.as_(world.tellers[1]).post(page(counted, "/godkjenn"))

    assert report(world, counted) == 303

    answer = world.as_(world.tellers[2]).post(page(counted, "/godkjenn"))
    assert answer.status == 409
    assert "en hendelse som ikke er avklart" in answer
    assert world.state(counted) is State.COUNTED
    held = facts.lifecycle_facts(db.session.get_one(Ballot, counted))
    assert held.holds == {Hold.INCIDENT_OPEN}
    shown = world.as_(world.control[0]).get(page(counted))
    assert WHAT in shown
    assert "To i tellekorpset avklarer hendelsen Nå" in shown


def test_everybody_reads_the_reason_on_the_page_of_the_ballot(world: World, counted: int) -> None:
    report(world, counted)
    assert WHAT in world.as_(world.voters[20]).get(f"/avstemninger/{counted}")


def test_two_tellers_settle_it_and_then_approve_anew(world: World, counted: int) -> None:
    _, second, third = world.tellers
    world.as_(second).post(page(counted, "/godkjenn"))
    report(world, counted, 0)
    seq = propose(world, counted, 0)
    assert HOW in world.as_(third).get(page(counted))

    with when(NEXT_DAY):
        assert world.as_(third).post(page(counted, f"/avklaring/{seq}/bekreft")).status == 303
        told = facts.lifecycle_facts(db.session.get_one(Ballot, counted))
        assert told.holds == frozenset()
        assert told.cleared_at == oslo(NEXT_DAY)

        # What the second teller had approved before the incident counts no more.
        world.as_(third).post(page(counted, "/godkjenn"))
        assert world.state(counted) is State.COUNTED
        world.as_(second).post(page(counted, "/godkjenn"))
    assert world.state(counted) is State.CERTIFIED
    assert world.kinds(counted)[-7:] == [
        EventKind.COUNT_APPROVED,
        EventKind.INCIDENT_RAISED,
        EventKind.SETTLEMENT_PROPOSED,
        EventKind.INCIDENT_SETTLED,
        EventKind.COUNT_APPROVED,
        EventKind.COUNT_APPROVED,
        EventKind.CERTIFIED,
    ]


@pytest.mark.parametrize("who", ["proposer", "chair", "admin", "control"])
def test_nobody_else_confirms_a_settlement(world: World, counted: int, who: str) -> None:
    report(world, counted)
    seq = propose(world, counted, 0)
    member = {
        "proposer": world.tellers[0],
        "chair": world.chair,
        "admin": world.admin,
        "control": world.control[0],
    }[who]

    answer = world.as_(member).post(page(counted, f"/avklaring/{seq}/bekreft"))

    assert answer.status == 403
    assert EventKind.INCIDENT_SETTLED not in world.kinds(counted)
    assert world.refusals()[-1][0:2] == ("settle_incident", member.id)


def test_a_settlement_that_was_put_in_other_words_is_confirmed_in_the_new_ones(
    world: World, counted: int
) -> None:
    report(world, counted)
    old = propose(world, counted, 0, "Det var ingenting.")
    new = propose(world, counted, 0)

    assert world.as_(world.tellers[1]).post(page(counted, f"/avklaring/{old}/bekreft")).status == 409
    assert world.as_(world.tellers[1]).post(page(counted, f"/avklaring/{new}/bekreft")).status == 303
    assert HOW in events.history(counted)[-1].payload


def test_there_is_one_incident_at_a_time_and_nothing_to_settle_without_one(
    world: World, counted: int
) -> None:
    answer = world.as_(world.tellers[0]).post(page(counted, "/avklaring"), **{"avklaring-reason": HOW})
    assert answer.status == 409
    assert report(world, counted) == 303
    assert report(world, counted, 1) == 409


@pytest.mark.parametrize("reason", ["", "   ", "\u200b\u2060"])
def test_an_incident_needs_a_reason(world: World, counted: int, reason: str) -> None:
    assert report(world, counted, reason=reason) == 422
    assert EventKind.INCIDENT_RAISED not in world.kinds(counted)


def test_a_reason_that_is_too_long_stays_in_the_form(world: World, counted: int) -> None:
    answer = world.as_(world.tellers[0]).post(
        page(counted, "/hendelse"), **{"hendelse-reason": "Nei. " * 300}
    )
    assert answer.status == 422
    assert "Nei. Nei. Nei." in answer


def test_a_reason_is_text_and_never_markup(world: World, counted: int) -> None:
    report(world, counted, reason="<script>alert(1)</script> tallene")
    answer = world.as_(world.tellers[1]).client.get(page(counted))
    assert "<script>alert(1)" not in answer.get_data(as_text=True)


def test_the_other_tellers_are_called_and_the_one_who_raised_it_is_not(world: World, counted: int) -> None:
    before = len(world.letters("task"))
    report(world, counted)
    called = world.letters("task")[before:]
    assert sorted(address for address, _ in called) == sorted(str(one.email) for one in world.tellers[1:])
    assert all("har meldt en hendelse" in text for _, text in called)


def test_an_incident_in_the_objection_period_keeps_the_ballot_from_its_end(
    world: World, counted: int
) -> None:
    for teller in world.tellers[:2]:
        world.as_(teller).post(page(counted, "/godkjenn"))
    assert report(world, counted) == 303

    with when("2026-03-20 12:00"):
        advance_all(clock.now())
        assert world.state(counted) is State.CERTIFIED
        seq = propose(world, counted, 0)
        world.as_(world.tellers[1]).post(page(counted, f"/avklaring/{seq}/bekreft"))
        assert world.state(counted) is State.FINAL
        final = events.history(counted)[-1]
    assert (final.kind, final.at) == (EventKind.FINAL, oslo("2026-03-20 12:00"))


def test_an_incident_while_open_is_public_and_takes_no_vote_away(world: World) -> None:
    ballot_id = world.ballot(votes=3)
    with when(WHILE_OPEN):
        assert report(world, ballot_id) == 303
        assert WHAT in world.as_(world.voters[20]).get(f"/avstemninger/{ballot_id}")
        casting.cast(ballot_id, world.voters[20].id, [casting.value_of(ballot_id, 0)])
    with when(CLOSED):
        for teller in world.tellers[:2]:
            world.as_(teller).post(page(ballot_id, "/apne"))
        assert world.state(ballot_id) is State.COUNTED
        assert world.as_(world.tellers[0]).post(page(ballot_id, "/godkjenn")).status == 409
        seq = propose(world, ballot_id, 0)
        world.as_(world.tellers[1]).post(page(ballot_id, f"/avklaring/{seq}/bekreft"))
        for teller in world.tellers[:2]:
            world.as_(teller).post(page(ballot_id, "/godkjenn"))
    assert world.state(ballot_id) is State.CERTIFIED


def test_an_incident_that_the_system_raised_is_settled_like_any_other(world: World) -> None:
    """A backup was restored while voting went on (SECRECY.md): annul, or go on where the counts agree."""
    ballot_id = world.ballot(votes=3)
    with when(WHILE_OPEN):
        with transaction():
            events.record(lifecycle.lock(ballot_id), EventKind.INCIDENT_RAISED, clock.now(), reason=WHAT)
        shown = world.as_(world.tellers[2]).get(page(ballot_id))
        assert WHAT in shown
        assert "En hendelse ble meldt: systemet" in shown
        assert WHAT in world.as_(world.voters[20]).get(f"/avstemninger/{ballot_id}")
        seq = propose(world, ballot_id, 0)
        assert world.as_(world.tellers[1]).post(page(ballot_id, f"/avklaring/{seq}/bekreft")).status == 303
        assert WHAT not in world.as_(world.voters[20]).get(f"/avstemninger/{ballot_id}")


def test_nothing_can_be_raised_when_the_ballot_is_over(world: World, counted: int) -> None:
    for teller in world.tellers[:2]:
        world.as_(teller).post(page(counted, "/godkjenn"))
    with when("2026-03-20 12:00"):
        assert lifecycle.advance(counted, clock.now()).state is State.FINAL
        assert report(world, counted) == 409
