"""Several tellers at once: a box is opened once, whoever presses, and on whichever database."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select
from teller_world import CLOSED, World, rights, when

from ballot.models import EventKind, OpenPaper, RecordVersion
from ballot.rules.lifecycle import State
from ballot.services import tellers
from foundation.errors import GrasrotError
from foundation.extensions import db
from members.models import Member


def at_once(
    world: World, people: list[Member], act: Callable[[int, object], object], ballot_id: int
) -> list[object]:
    """Let everybody do the same at the same moment, each in a thread and a connection of its own."""
    start = threading.Barrier(len(people))
    outcomes: list[object] = [None] * len(people)
    ids = [member.id for member in people]
    # A reader who never leaves keeps the rewriting at closing, and with it the writers, waiting.
    db.session.rollback()

    def press(place: int) -> None:
        with world.app.app_context():
            who = rights(db.session.get_one(Member, ids[place]))
            start.wait(timeout=20)
            try:
                outcomes[place] = act(ballot_id, who)
            except GrasrotError as refusal:
                outcomes[place] = refusal.reason.code

    threads = [threading.Thread(target=press, args=(place,)) for place in range(len(people))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def test_two_tellers_who_press_at_once_open_the_box_once(world: World) -> None:
    ballot_id = world.ballot(votes=7)
    with when(CLOSED):
        outcomes = at_once(world, world.tellers[:2], tellers.release, ballot_id)
    assert sorted(map(str, outcomes)) == ["False", "True"]
    assert world.state(ballot_id) is State.COUNTED
    assert world.kinds(ballot_id).count(EventKind.COUNTED) == 1
    assert len(db.session.scalars(select(OpenPaper)).all()) == 7


def test_of_three_who_press_at_once_the_third_comes_too_late(world: World) -> None:
    ballot_id = world.ballot(votes=4)
    with when(CLOSED):
        outcomes = at_once(world, world.tellers, tellers.release, ballot_id)
    assert sorted(map(str, outcomes)) == ["False", "True", "no_such_move"]
    assert world.kinds(ballot_id).count(EventKind.BOX_RELEASED) == 2


def test_one_teller_in_four_windows_is_one_teller(world: World) -> None:
    ballot_id = world.ballot(votes=4)
    with when(CLOSED):
        outcomes = at_once(world, [world.tellers[0]] * 4, tellers.release, ballot_id)
    assert sorted(map(str, outcomes)) == ["False", "same_person", "same_person", "same_person"]
    assert world.state(ballot_id) is State.CLOSED


def test_two_approvals_at_once_certify_once(world: World) -> None:
    ballot_id = world.ballot(votes=4)
    with when(CLOSED):
        for teller in world.tellers[:2]:
            tellers.release(ballot_id, rights(teller))
        outcomes = at_once(world, world.tellers[:2], tellers.approve, ballot_id)
    assert sorted(map(str, outcomes)) == ["False", "True"]
    assert world.kinds(ballot_id).count(EventKind.CERTIFIED) == 1
    assert [row.version for row in db.session.scalars(select(RecordVersion))] == [1]


@pytest.mark.parametrize("_again", range(3))
def test_an_incident_and_the_second_approval_at_once_never_both_win(world: World, _again: int) -> None:
    ballot_id = world.ballot(votes=4)
    with when(CLOSED):
        for teller in world.tellers[:2]:
            tellers.release(ballot_id, rights(teller))
        tellers.approve(ballot_id, rights(world.tellers[0]))
        second = world.tellers[1].id

        def act(which: int, who: object) -> object:
            if who.member.id == second:  # type: ignore[attr-defined]  # the member's rights
                return tellers.approve(which, who)  # type: ignore[arg-type]  # the same
            return tellers.raise_incident(which, who, "Noe er galt.")  # type: ignore[arg-type]  # the same

        outcomes = at_once(world, world.tellers[1:], act, ballot_id)
    assert None in outcomes, outcomes
    kinds = world.kinds(ballot_id)
    # Raised first, it holds the approval back; raised second, it is an incident of the objection period.
    raised = kinds.index(EventKind.INCIDENT_RAISED)
    if EventKind.CERTIFIED in kinds:
        assert kinds.index(EventKind.CERTIFIED) < raised
    else:
        assert world.state(ballot_id) is State.COUNTED
