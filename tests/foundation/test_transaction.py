"""One write transaction per act, and what waits for its commit."""

from __future__ import annotations

import threading

import pytest
from builders import a_unit
from flask import Flask
from sqlalchemy import func, select

from foundation import audit, outbox
from foundation.extensions import db
from foundation.transaction import FairLock, after_commit, transaction
from members.models import Unit


def units() -> int:
    return db.session.scalar(select(func.count()).select_from(Unit)) or 0


def test_what_a_block_wrote_is_there_after_it(app: Flask) -> None:
    with transaction() as session:
        session.add(Unit(code="A", name="A", kind="lag", path="/1/"))
    assert units() == 1


def test_nothing_stays_of_a_block_that_raised(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), transaction() as session:
        session.add(Unit(code="A", name="A", kind="lag", path="/1/"))
        session.flush()
        _ = 1 / 0
    assert units() == 0


def test_an_inner_transaction_joins_the_outer_one(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        a_unit("Innerst")
        _ = 1 / 0
    assert units() == 0


def test_what_waits_for_the_commit_runs_after_it_and_never_without_it(app: Flask) -> None:
    seen: list[int] = []
    with transaction() as session:
        session.add(Unit(code="A", name="A", kind="lag", path="/1/"))
        after_commit(lambda: seen.append(units()))
        assert seen == []
    assert seen == [1]
    with pytest.raises(ZeroDivisionError), transaction():
        after_commit(lambda: seen.append(99))
        _ = 1 / 0
    assert seen == [1]


def test_a_broadcast_that_fails_does_not_undo_the_act(app: Flask) -> None:
    with transaction() as session:
        session.add(Unit(code="A", name="A", kind="lag", path="/1/"))
        after_commit(lambda: 1 / 0)  # type: ignore[arg-type, return-value]  # it is meant to fail
    assert units() == 1


def test_waiting_for_a_commit_needs_a_transaction(app: Flask) -> None:
    with pytest.raises(RuntimeError):
        after_commit(lambda: None)


def test_writers_from_many_threads_all_get_their_turn(app: Flask) -> None:
    """A read followed by a write in one transaction must not fail because another wrote in between."""
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            with app.app_context(), transaction() as session:
                session.scalar(select(func.count()).select_from(Unit))
                session.add(Unit(code=f"U{number}", name="x", kind="lag", path=f"/{number}/"))
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert units() == 16


def test_the_lock_serves_in_the_order_of_arrival() -> None:
    lock, order = FairLock(), []
    arrived = [threading.Event() for _ in range(5)]

    def wait(number: int) -> None:
        arrived[number].set()
        with lock:
            order.append(number)

    with lock:
        threads = []
        for number in range(5):
            thread = threading.Thread(target=wait, args=(number,))
            thread.start()
            threads.append(thread)
            arrived[number].wait()
            while len(lock._queue) <= number:
                pass
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_audit_entries_written_side_by_side_make_one_whole_chain(app: Flask) -> None:
    def write(number: int) -> None:
        with app.app_context(), transaction():
            audit.record("tried", actor_id=number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [
        entry.seq for entry in db.session.scalars(select(audit.AuditEntry).order_by(audit.AuditEntry.seq))
    ] == [*range(1, 9)]
    assert list(audit.broken_links()) == []


@pytest.mark.parametrize("column", ["facts", "act", "actor_id"])
def test_a_changed_audit_entry_breaks_the_chain(app: Flask, column: str) -> None:
    for number in range(3):
        with transaction():
            audit.record("tried", actor_id=number, note="a")
    with transaction() as session:
        entry = session.get_one(audit.AuditEntry, 2)
        setattr(entry, column, 77 if column == "actor_id" else "changed")
    assert list(audit.broken_links()) == [2]


def test_a_missing_last_audit_entry_is_noticed(app: Flask) -> None:
    for number in range(3):
        with transaction():
            audit.record("tried", actor_id=number)
    with transaction() as session:
        session.delete(session.get_one(audit.AuditEntry, 3))
    assert list(audit.broken_links()) == [3]


def test_the_outbox_writes_to_nobody_twice_on_the_same_occasion(app: Flask) -> None:
    for _ in range(2):
        with transaction():
            outbox.mail("a@example.org", "sign_in", key="same")
    assert outbox.state() == (1, 0)


def test_no_letter_leaves_for_an_act_that_did_not_commit(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        outbox.mail("a@example.org", "sign_in", key="one")
        _ = 1 / 0
    assert outbox.state() == (0, 0)
