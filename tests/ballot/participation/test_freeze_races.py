"""The freeze while others write: what was begun before is on the roll, what comes after is dated after it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial

import pytest
from builders import a_case, a_thread, oslo
from flask import Flask
from scenario_world import FREEZE, LEAST, Browser, a_world, rights, when
from sqlalchemy import func, select

from ballot.models import BallotEvent, EventKind, Roll, RollEntry
from ballot.rules.participation import roll_hash
from ballot.services import roll
from ballot.services.lifecycle import advance
from forums import services as debate
from forums.models import Credit, CreditLoss, ThreadKind
from forums.moderation import services as keeping
from foundation import clock
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import Member, Standing
from members.services import intake

BEFORE = oslo(FREEZE) - timedelta(microseconds=1)
HEAD = "Medlemsnummer;Navn;E-post;Lag;Medlemstype;Innmeldt"


@contextmanager
def meanwhile(app: Flask, *acts: Callable[[], None]) -> Iterator[list[BaseException]]:
    """Let each act run in a thread of its own, and wait for them all; answers what went wrong."""
    failures: list[BaseException] = []

    def run(act: Callable[[], None]) -> None:
        with app.app_context():
            try:
                act()
            except BaseException as failure:
                failures.append(failure)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    yield failures
    for thread in threads:
        thread.join(timeout=20)
    assert not any(thread.is_alive() for thread in threads)
    db.session.rollback()


def test_a_file_that_is_being_taken_in_at_the_freeze_is_on_the_roll(app: Flask, at: None) -> None:
    """Its rows are dated before the freeze and committed after somebody asked for the roll."""
    world = a_world(app)
    ballot_id = world.publish()
    db.session.rollback()
    people = db.session.scalars(select(Member).order_by(Member.id)).all()
    rows = [f"{row.member_no};{row.name};;{world.unit.code};fullt medlem;2.3.2015" for row in people]
    data = "\n".join((HEAD, *rows, f"N1;Nora Ny;;{world.unit.code};fullt medlem;2.3.2015", "")).encode()
    taking, asked = threading.Event(), threading.Event()

    def take_in() -> None:
        with clock.stopped_at(BEFORE), transaction():
            intake.take_in(data, actor_id=None)
            taking.set()
            asked.wait(timeout=10)
            time.sleep(0.3)  # whoever asks for the roll has come to the lock by now

    def ask() -> None:
        assert taking.wait(timeout=10)
        asked.set()
        advance(ballot_id, oslo(FREEZE))

    with meanwhile(app, take_in, ask) as failures:
        pass
    assert failures == []
    nora = db.session.scalars(select(Member).where(Member.member_no == "N1")).one()
    assert world.entry(ballot_id, nora).entitled
    known = db.session.scalar(
        select(func.count(Standing.member_id.distinct())).where(Standing.recorded_at < oslo(FREEZE))
    )
    assert world.roll(ballot_id).lines == known == 61


@pytest.mark.parametrize("act", ["opens", "moves", "deletes"])
def test_who_comes_to_the_lock_after_the_freeze_is_dated_after_it(app: Flask, at: None, act: str) -> None:
    """She pressed the button in time, but the roll was being made: a later recomputation must not see her either."""
    world = a_world(app)
    elsewhere = a_thread(world.forum, world.mari, case=a_case(world.forum, world.mari), title="Et annet sted")
    free = a_thread(world.forum, world.mari, title="Uten sak")
    ballot_id = world.publish()
    ane, bo = world.one("Ane"), world.one("Bo")
    moved = world.write(bo, f"{LEAST} Der borte.", "2026-03-05 12:00", thread=elsewhere)
    gone = world.write(ane, f"{LEAST} Her.", "2026-03-05 12:00")
    with when("2026-03-06 12:00"):
        keeping.move_post(rights(world.mari), gone, free.id)
    ane_id, bo_id, mari_id = ane.id, bo.id, world.mari.id
    area_id, unit_id = world.forum.area_id, world.unit.id
    case_id, thread_id = world.case.id, world.thread.id

    def open_thread() -> None:
        me = rights(db.session.get_one(Member, bo_id))
        debate.open_thread(
            me, area_id, title="Ny tråd", body=LEAST, kind=ThreadKind.IDEA, unit_id=unit_id, case_id=case_id
        )

    def move_post() -> None:
        keeping.move_post(rights(db.session.get_one(Member, mari_id)), moved, thread_id)

    def delete_post() -> None:
        debate.delete_post(rights(db.session.get_one(Member, ane_id)), gone)

    late = {"opens": open_thread, "moves": move_post, "deletes": delete_post}[act]
    before = facts_before_the_freeze()
    db.session.rollback()
    held, let_go = threading.Event(), threading.Event()

    def freeze() -> None:
        with transaction():
            advance(ballot_id, oslo(FREEZE))
            held.set()
            assert let_go.wait(timeout=10)

    def come_late() -> None:
        assert held.wait(timeout=10)
        late()

    with ExitStack() as clocks:
        clocks.enter_context(clock.stopped_at(BEFORE, all_threads=True))
        with meanwhile(app, freeze, come_late) as failures:
            assert held.wait(timeout=10)
            time.sleep(0.3)  # she waits for the lock now
            clocks.enter_context(clock.stopped_at(oslo(FREEZE), all_threads=True))
            let_go.set()
    assert failures == []
    assert facts_before_the_freeze() == before


def facts_before_the_freeze() -> tuple[int, int]:
    """How many credits and losses a roll made at any later time reads."""
    return tuple(
        db.session.scalar(select(func.count()).where(table.recorded_at < oslo(FREEZE))) or 0
        for table in (Credit, CreditLoss)
    )  # type: ignore[return-value]  # two of them


def test_several_requests_at_once_make_one_roll_and_one_event(app: Flask, at: None) -> None:
    world = a_world(app)
    ballot_id = world.publish()
    world.crowd_takes_part()
    browsers = [world.as_(member) for member in world.crowd[:4]]
    together = threading.Barrier(len(browsers))

    def ask(browser: Browser) -> None:
        together.wait(timeout=10)
        assert "manntallet" in browser.get(f"/avstemninger/{ballot_id}").text.lower()

    with when(FREEZE), meanwhile(app, *(partial(ask, browser) for browser in browsers)) as failures:
        pass
    assert failures == []
    assert db.session.scalar(select(func.count()).select_from(Roll)) == 1
    assert db.session.scalar(select(func.count()).select_from(RollEntry)) == 60
    frozen = db.session.scalars(
        select(BallotEvent).where(BallotEvent.ballot_id == ballot_id, BallotEvent.kind == EventKind.FROZEN)
    ).all()
    assert [event.at for event in frozen] == [oslo(FREEZE)]
    assert roll_hash(roll.canonical_of(world.load(ballot_id))) == world.roll(ballot_id).sha256.hex()
