"""The rewriting at closing is never lost, and never in the way of closing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import text
from voter_world import CLOSED, World, a_world, when

from ballot.models import Roll
from ballot.rules.lifecycle import State
from ballot.secrecy import rewriting
from foundation import clock, jobs
from foundation.extensions import db


@pytest.fixture
def world(app: Flask) -> World:
    return a_world(app, 5)


def is_rewritten(ballot_id: int) -> bool:
    db.session.rollback()
    return db.session.get_one(Roll, ballot_id).rewritten


@contextmanager
def somebody_reading() -> Iterator[None]:
    """Another connection in the middle of a reading that began before the closing."""
    with db.engine.connect() as connection:
        if db.engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        connection.execute(text("SELECT count(*) FROM roll_entry")).all()
        yield


def test_closing_rewrites_at_once(world: World) -> None:
    ballot_id = world.ballot()
    world.vote(ballot_id, [0, 1, None])
    assert not is_rewritten(ballot_id)
    world.close(ballot_id)
    assert is_rewritten(ballot_id)


def test_where_somebody_still_reads_the_old_state_the_timer_rewrites_later(world: World) -> None:
    ballot_id = world.ballot()
    world.vote(ballot_id, [0, 1, None])
    with somebody_reading():
        world.close(ballot_id)
        assert world.load(ballot_id).state is State.CERTIFIED
        assert not is_rewritten(ballot_id)
        with when(CLOSED):
            assert rewriting.rewrite_all(clock.now()) == 0
    with when(CLOSED):
        jobs.tick()
        assert is_rewritten(ballot_id)
        assert rewriting.rewrite_all(clock.now()) == 0


def test_a_disk_that_fails_does_not_undo_the_closing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ballot_id = world.ballot()
    world.vote(ballot_id, [0, 1, None])

    def fails() -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(rewriting, "_vacuum", fails)
        patched.setattr(rewriting, "_cluster", fails)
        world.close(ballot_id)
        assert world.load(ballot_id).state is State.CERTIFIED
        assert not is_rewritten(ballot_id)
    with when(CLOSED):
        assert rewriting.rewrite_all(clock.now()) == 1
    assert is_rewritten(ballot_id)


def test_the_reader_who_closes_a_ballot_keeps_what_she_had_loaded(world: World) -> None:
    """The rewriting runs after her request's commit; her own name must still be there for the page."""
    ballot_id = world.ballot()
    reader = world.voters[0]
    world.close(ballot_id)
    assert reader.name == "Velger 001"


def test_a_table_that_somebody_holds_is_left_for_the_next_minute(world: World) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("only PostgreSQL waits for the lock of a table")
    ballot_id = world.ballot()
    world.vote(ballot_id, [0, 1])
    with db.engine.connect() as connection:
        connection.execute(text("LOCK TABLE receipt IN ACCESS SHARE MODE"))
        world.close(ballot_id)
        assert world.load(ballot_id).state is State.CERTIFIED
        assert not is_rewritten(ballot_id)
    with when(CLOSED):
        assert rewriting.rewrite_all(clock.now()) == 1
    assert db.session.scalar(text("SHOW lock_timeout")) == "0"


def test_an_open_ballot_is_not_rewritten_by_the_timer(world: World) -> None:
    ballot_id = world.ballot()
    world.vote(ballot_id, [0])
    with when("2026-03-05 12:00"):
        assert rewriting.rewrite_all(clock.now()) == 0
    assert not is_rewritten(ballot_id)
