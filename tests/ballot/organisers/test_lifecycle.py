"""Transitions that time brings about: recorded once, dated when due, whoever asks first and however late."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from board_world import Board, a_board, rights, when
from builders import oslo
from flask import Flask
from queries import counted
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from ballot import events, facts
from ballot.models import Ballot, BallotEvent, BallotTeller, EventKind, Roll, RollEntry
from ballot.rules.lifecycle import TRANSITIONS, State, due_events
from ballot.services import advance_all, casting, changes, drafting, lifecycle, notice
from foundation import clock
from foundation.errors import NotAllowed, NotFound, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction

TIMES = {
    "roll_freezes_at": oslo("2026-03-03 08:00"),
    "opens_at": oslo("2026-03-03 12:00"),
    "closes_at": oslo("2026-03-10 12:00"),
}
LIFE = [
    ("2026-03-02 09:00", State.NOTIFIED),
    ("2026-03-03 07:59", State.NOTIFIED),
    ("2026-03-03 08:00", State.FROZEN),
    ("2026-03-03 11:59", State.FROZEN),
    ("2026-03-03 12:00", State.OPEN),
    ("2026-03-10 11:59", State.OPEN),
    ("2026-03-10 12:00", State.CERTIFIED),
    ("2026-03-13 11:59", State.CERTIFIED),
    ("2026-03-13 12:00", State.FINAL),
    ("2027-03-13 12:00", State.FINAL),
]
DUE = {
    EventKind.NOTIFIED: "2026-03-02 09:00",
    EventKind.FROZEN: "2026-03-03 08:00",
    EventKind.OPENED: "2026-03-03 12:00",
    EventKind.CLOSED: "2026-03-10 12:00",
    EventKind.COUNTED: "2026-03-10 12:00",
    EventKind.CERTIFIED: "2026-03-10 12:00",
    EventKind.FINAL: "2026-03-13 12:00",
}


def _dates(history: list[BallotEvent]) -> dict[EventKind, object]:
    return {event.kind: event.at for event in history if event.kind in DUE}


def test_a_ballot_lives_by_the_clock_alone(world: Board) -> None:
    ballot_id = world.published(**TIMES)
    for moment, state in LIFE:
        assert world.advance(ballot_id, moment).state is state, moment
    assert _dates(world.events(ballot_id)) == {kind: oslo(moment) for kind, moment in DUE.items()}


def test_whoever_asks_a_year_late_finds_the_same_life(world: Board) -> None:
    ballot_id = world.published(**TIMES)
    assert world.advance(ballot_id, "2027-03-13 12:00").state is State.FINAL
    assert _dates(world.events(ballot_id)) == {kind: oslo(moment) for kind, moment in DUE.items()}


def test_the_ordinary_ballot_opens_on_approval(world: Board) -> None:
    ballot = world.load(world.published())
    assert ballot.state is State.OPEN
    assert ballot.opens_at == ballot.roll_freezes_at == ballot.cutoff_at == oslo("2026-03-02 09:00")
    assert ballot.closes_at == oslo("2026-03-09 09:00")
    assert db.session.get_one(Roll, ballot.id).entitled == 40


@pytest.mark.parametrize(
    "ask",
    [
        lambda world, ballot_id: world.as_(world.members[0]).get(f"/avstemninger/{ballot_id}"),
        lambda world, _ballot_id: world.as_(world.members[0]).get("/avstemninger"),
        lambda world, _ballot_id: world.as_(world.members[0]).get("/"),
        lambda world, ballot_id: world.as_(world.chair).get(f"/styret/avstemninger/{ballot_id}"),
        lambda world, _ballot_id: world.as_(world.chair).get("/styret/avstemninger"),
        lambda world, _ballot_id: world.as_(world.members[0]).get(f"/trader/{world.thread.id}"),
        lambda _world, _ballot_id: advance_all(clock.now()),
        lambda world, ballot_id: casting.cast(
            ballot_id, world.members[0].id, [casting.value_of(ballot_id, 0)]
        ),
    ],
)
def test_whatever_page_is_asked_for_first_records_what_is_due(
    world: Board, ask: Callable[[Board, int], object]
) -> None:
    ballot_id = world.published(**TIMES, case_id=world.case.id)
    with when("2026-03-04 12:00"):
        ask(world, ballot_id)
    assert world.load(ballot_id).state is State.OPEN
    assert [event.kind for event in world.events(ballot_id)][-2:] == [EventKind.FROZEN, EventKind.OPENED]


def test_a_page_that_only_reads_writes_nothing_when_nothing_is_due(world: Board) -> None:
    ballot_id = world.published(**TIMES)
    world.advance(ballot_id, "2026-03-04 12:00")
    browser = world.as_(world.members[0])
    with when("2026-03-04 12:01"):
        browser.get(f"/avstemninger/{ballot_id}")
        with counted() as sent:
            browser.get(f"/avstemninger/{ballot_id}")
    assert not [statement for statement in sent if not statement.lstrip().startswith("SELECT")]
    assert not [statement for statement in sent if "FOR UPDATE" in statement]


def test_the_timer_records_all_that_is_due_and_says_how_much(world: Board) -> None:
    first, second = world.published(**TIMES), world.published(**TIMES)
    later = world.published(roll_freezes_at=oslo("2026-03-05 08:00"), opens_at=oslo("2026-03-05 12:00"))
    with when("2026-03-03 12:00"):
        assert advance_all(clock.now()) == 4
        assert advance_all(clock.now()) == 0
    assert [world.load(one).state for one in (first, second, later)] == [
        State.OPEN,
        State.OPEN,
        State.NOTIFIED,
    ]


def test_one_ballots_trouble_does_not_keep_the_others_from_opening(
    world: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = world.published(**TIMES), world.published(**TIMES)
    real = lifecycle.record_due

    def troubled(ballot: Ballot, at: object) -> int:
        if ballot.id == first:
            raise RuntimeError("a disk that is full")
        return real(ballot, at)  # type: ignore[arg-type]  # the moment it was called with

    monkeypatch.setattr(lifecycle, "record_due", troubled)
    with when("2026-03-03 12:00"):
        assert advance_all(clock.now()) == 2
    assert world.load(first).state is State.NOTIFIED
    assert world.load(second).state is State.OPEN


def test_there_is_no_such_ballot(world: Board) -> None:
    with pytest.raises(NotFound):
        lifecycle.advance(99_999, clock.now())
    with pytest.raises(NotFound), transaction():
        lifecycle.lock(-1)


def test_of_several_who_ask_at_once_exactly_one_records(app: Flask, at: None) -> None:
    world = a_board(app)
    ballot_id = world.published(**TIMES)
    askers, ready, failures = 8, threading.Barrier(8), []

    def ask() -> None:
        with app.app_context():
            try:
                ready.wait(timeout=10)
                lifecycle.advance(ballot_id, oslo("2026-03-10 13:00"))
            except Exception as failure:
                failures.append(failure)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=ask) for _ in range(askers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert failures == []
    kinds = [event.kind for event in world.events(ballot_id)]
    for kind in (
        EventKind.FROZEN,
        EventKind.OPENED,
        EventKind.CLOSED,
        EventKind.COUNTED,
        EventKind.CERTIFIED,
    ):
        assert kinds.count(kind) == 1
    assert db.session.scalar(select(func.count()).select_from(RollEntry)) == 40


def test_the_database_refuses_a_transition_that_is_recorded_twice(world: Board) -> None:
    ballot_id = world.published(**TIMES)
    with pytest.raises(IntegrityError), transaction():
        ballot = lifecycle.lock(ballot_id)
        events.record(ballot, EventKind.NOTIFIED, clock.now())


def test_what_the_stored_state_says_is_what_the_events_say(world: Board) -> None:
    ballot_id = world.published(**TIMES)
    states = {
        EventKind.NOTIFIED: State.NOTIFIED,
        EventKind.FROZEN: State.FROZEN,
        EventKind.OPENED: State.OPEN,
        EventKind.CLOSED: State.CLOSED,
        EventKind.COUNTED: State.COUNTED,
        EventKind.CERTIFIED: State.CERTIFIED,
        EventKind.FINAL: State.FINAL,
    }
    for moment, _ in LIFE:
        ballot = world.advance(ballot_id, moment)
        told = facts.lifecycle_facts(ballot)
        recorded = {states[e.kind]: e.at for e in world.events(ballot_id) if e.kind in states}
        assert dict(told.recorded) == recorded
        assert due_events(told, oslo(moment)) == []


def test_the_chain_of_events_is_whole(world: Board) -> None:
    ballot_id = world.published(**TIMES)
    world.advance(ballot_id, "2027-01-01 12:00")
    before = events.START
    for place, event in enumerate(world.events(ballot_id), start=1):
        assert (event.seq, event.previous) == (place, before)
        assert event.hash == events.digest(event)
        before = event.hash


WHEN = {
    State.NOTIFIED: "2026-03-02 10:00",
    State.FROZEN: "2026-03-03 09:00",
    State.OPEN: "2026-03-05 12:00",
    State.CLOSED: "2026-03-10 12:30",
    State.COUNTED: "2026-03-10 12:30",
    State.CERTIFIED: "2026-03-10 12:30",
    State.FINAL: "2026-03-13 12:00",
    State.ANNULLED: "2026-03-10 12:30",
}


def _in_state(world: Board, state: State) -> int:
    """A ballot that has come to a state the way ballots do."""
    if state is State.DRAFT:
        return world.drafted()
    if state in (State.SUBMITTED, State.WITHDRAWN):
        ballot_id = world.submitted() if state is State.SUBMITTED else world.drafted()
        if state is State.WITHDRAWN:
            drafting.withdraw(ballot_id, rights(world.chair))
        return ballot_id
    ballot_id = world.published(**TIMES)
    if state is State.CANCELLED:
        for member in (world.chair, world.board):
            changes.cancel(ballot_id, rights(member), "Saken er trukket.")
        return ballot_id
    if state in (State.CLOSED, State.COUNTED, State.ANNULLED):
        # With tellers the count waits for them.
        world.advance(ballot_id, WHEN[State.OPEN])
        with transaction() as session:
            session.add(BallotTeller(ballot_id=ballot_id, member_id=world.mari.id))
        world.advance(ballot_id, WHEN[State.CLOSED])
        with transaction() as session:
            session.get_one(Ballot, ballot_id).state = state
        return ballot_id
    world.advance(ballot_id, WHEN[state])
    return ballot_id


@pytest.mark.parametrize(
    "to", [State.SUBMITTED, State.NOTIFIED, State.WITHDRAWN, State.DRAFT, State.CANCELLED]
)
@pytest.mark.parametrize("state", list(State))
def test_no_act_of_the_board_leads_where_the_table_of_states_does_not(
    world: Board, state: State, to: State
) -> None:
    ballot_id = _in_state(world, state)
    assert world.load(ballot_id).state is state
    acts: dict[State, Callable[[], object]] = {
        State.SUBMITTED: lambda: drafting.submit(ballot_id, rights(world.chair)),
        State.NOTIFIED: lambda: notice.publish(ballot_id, rights(world.board)),
        State.WITHDRAWN: lambda: drafting.withdraw(ballot_id, rights(world.chair)),
        State.DRAFT: lambda: drafting.send_back(ballot_id, rights(world.board), "Nei."),
        State.CANCELLED: lambda: [
            changes.cancel(ballot_id, rights(member), "Nei.") for member in (world.chair, world.board)
        ],
    }
    with when(WHEN.get(state, "2026-03-02 10:00")):
        if to in TRANSITIONS[state]:
            acts[to]()
            # What is published opens by itself where nothing else was drafted.
            assert world.load(ballot_id).state is (State.OPEN if to is State.NOTIFIED else to)
            return
        with pytest.raises((RuleBroken, NotAllowed)):
            acts[to]()
    assert world.load(ballot_id).state is state
