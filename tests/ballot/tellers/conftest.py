"""A ballot with three tellers, a control committee of two, and members who vote in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from builders import a_member, a_unit, an_office
from flask import Flask
from teller_world import CLOSED, World, when

from ballot.rules.lifecycle import State
from foundation.extensions import limiter
from members.rules.permissions import OfficeKind


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """Fjordvik: a board of two, three tellers, a control committee of two, an administrator, thirty members."""
    unit = a_unit()
    chair, board = a_member(unit, "Berit Brekke"), a_member(unit, "Bård Bakken")
    an_office(chair, OfficeKind.BOARD_CHAIR, unit)
    an_office(board, OfficeKind.BOARD_MEMBER, unit)
    control = [a_member(unit, "Kari Krogh"), a_member(unit, "Knut Kvam")]
    for member in control:
        an_office(member, OfficeKind.CONTROL_COMMITTEE, unit)
    admin = a_member(unit, "Ada Aas")
    an_office(admin, OfficeKind.ADMINISTRATOR, unit)
    yield World(
        app=app,
        unit=unit,
        chair=chair,
        board=board,
        tellers=[a_member(unit, name) for name in ("Tone Tangen", "Tor Tveit", "Trine Thune")],
        control=control,
        admin=admin,
        voters=[a_member(unit, f"Velger {number:02}") for number in range(1, 31)],
    )
    limiter.reset()


@pytest.fixture
def closed(world: World) -> Iterator[int]:
    """A ballot with seven votes, an hour after it closed; the clock stands there."""
    ballot_id = world.ballot(votes=7)
    with when(CLOSED):
        yield ballot_id


@pytest.fixture
def counted(world: World, closed: int) -> int:
    """The same, opened by two of its tellers."""
    for teller in world.tellers[:2]:
        assert world.as_(teller).post(f"/avstemninger/{closed}/tellekorps/apne").status == 303
    assert world.state(closed) is State.COUNTED
    return closed
