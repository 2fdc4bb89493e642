"""One write transaction per act, in a fair queue on SQLite, and what waits for its commit."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import structlog
from flask_sqlalchemy.session import Session
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import scoped_session

from foundation.extensions import db

log = structlog.get_logger()

# Milliseconds that a connection waits for another process to finish writing.
BUSY_TIMEOUT = 10_000


class FairLock:
    """A mutual exclusion that serves in order of arrival.

    SQLite lets one writer in at a time and makes the others poll; polling starves some of them for seconds.
    Queueing inside the process first cut the slowest hundredth of casts by an order of magnitude.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._queue: deque[threading.Event] = deque()
        self._held = False

    def __enter__(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Event()
            self._queue.append(turn)
        turn.wait()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._held = False


_writers = FairLock()


def listen(engine: Engine, *, durable: bool = True) -> None:
    """Give SQLite connections foreign keys, a write-ahead log, and transactions that begin when we say so.

    `durable` waits at each commit until the disk has it; tests do without.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT}",
            "journal_mode=WAL",
            f"synchronous={'FULL' if durable else 'OFF'}",
            # Rows of the box are overwritten, not just unlinked (SECRECY: nothing stays behind).
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        writing = connection.get_execution_options().get("grasrot_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def transaction() -> Iterator[scoped_session[Session]]:
    """Begin one write transaction, commit it at the end of the block, then run what waited for the commit.

    Inside another one it joins that one. What was loaded before is expired, so that facts are read after
    the lock was taken. Everything is rolled back when the block raises.
    """
    session = db.session
    if session.info.get("writing"):
        yield session
        return
    session.rollback()
    waiting: list[Callable[[], None]] = []
    sqlite = session.get_bind().dialect.name == "sqlite"
    with _writers if sqlite else nullcontext():
        session.connection(execution_options={"grasrot_writing": True})
        session.info["writing"] = True
        session.info["waiting"] = waiting
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info.pop("writing", None)
            session.info.pop("waiting", None)
    for act in waiting:
        try:
            act()
        except Exception:
            # The act is committed and must be answered as done; a lost broadcast or wake-up is no failure of it.
            log.exception("after_commit_failed")


def hold(name: str, *, shared: bool = False) -> None:
    """Wait for whoever holds this name, and hold it until the transaction under way ends; several may share it.

    For what has no row to lock, such as rows that are still to come. On SQLite the one who writes is alone anyhow.
    """
    session = db.session
    if not session.info.get("writing"):
        raise RuntimeError("hold needs a transaction under way")
    if session.get_bind().dialect.name == "sqlite":
        return
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    session.execute(select(lock(key)))


@contextmanager
def writers_wait() -> Iterator[None]:
    """Keep this process's other writers waiting: for what SQLite must do outside of any transaction."""
    with _writers:
        yield


def after_commit(act: Callable[[], None]) -> None:
    """Let `act` run once the transaction under way has committed; never if it rolls back."""
    waiting = db.session.info.get("waiting")
    if waiting is None:
        raise RuntimeError("after_commit needs a transaction under way")
    waiting.append(act)
