"""Mail and timer on the queue, embedded or on Redis: they help, and nothing depends on them."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask

from foundation import clock, jobs, outbox
from foundation.extensions import db
from foundation.transaction import transaction


def work_off(app: Flask) -> int:
    """Do what waits in the queue, as the worker would."""
    queue, done = jobs.queue_of(app), 0
    while (task := queue.dequeue()) is not None:
        queue.execute(task)
        done += 1
    return done


@pytest.fixture
def woken(app: Flask) -> Flask:
    """The application as it runs: a letter wakes the worker."""
    work_off(app)
    return app


def test_a_letter_waits_in_the_outbox_until_the_worker_sends_it(woken: Flask) -> None:
    with transaction():
        outbox.mail("kari@example.org", "sign_in", key="one", href="http://127.0.0.1/x", minutes=20)
    assert outbox.state() == (1, 0)
    woken.extensions["grasrot_send"]()
    assert work_off(woken) == 1
    db.session.rollback()  # look anew: the worker has a transaction of its own
    assert outbox.state() == (0, 0)
    assert [letter.to for letter in woken.extensions["mailman"].outbox] == [["kari@example.org"]]


def test_a_mail_server_that_refuses_gets_the_letter_again_later(
    woken: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: object) -> None:
        raise ConnectionRefusedError

    with transaction():
        outbox.mail("kari@example.org", "sign_in", key="one", href="http://127.0.0.1/x", minutes=20)
    monkeypatch.setattr("foundation.outbox.EmailMultiAlternatives.send", refuse)
    assert outbox.deliver() == 0
    monkeypatch.undo()
    assert outbox.deliver() == 0, "not at once again"
    assert outbox.deliver(clock.now() + 2 * outbox.CLAIM) == 1


def test_one_package_that_fails_keeps_no_other_from_its_work(
    woken: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []

    def fails(_at: datetime) -> int:
        raise ZeroDivisionError

    def works(at: datetime) -> int:
        done.append(at)
        return 1

    monkeypatch.setattr(jobs, "_DUE", [fails, works])
    assert jobs.tick() == 1
    assert len(done) == 1
    assert jobs.last_tick() == done[0]


def test_a_letter_that_cannot_be_written_holds_back_no_other(woken: Flask) -> None:
    with transaction():
        outbox.mail("a@example.org", "no_such_letter", key="one")
        outbox.mail("b@example.org", "sign_in", key="two", href="http://127.0.0.1/x", minutes=20)
    assert outbox.deliver() == 1
    assert [letter.to for letter in woken.extensions["mailman"].outbox] == [["b@example.org"]]
    assert outbox.state() == (1, 0)
