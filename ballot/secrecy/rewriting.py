"""What the disk itself could tell, taken away at closing.

Mark, paper and receipt are written in one transaction. On PostgreSQL the rows then carry its number (`xmin`) and
stand in the order of voting (`ctid`); on SQLite the write-ahead log holds the pages of each commit. So at closing one
UPDATE touches all the ballot's roll rows, one all its box rows, one its receipts, each in a transaction of its own,
and the tables are written anew in the order of their keys (SECRECY.md).
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

import structlog
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from ballot.models import Ballot, Receipt, Roll, RollEntry, SealedPaper
from ballot.rules.lifecycle import State
from foundation.extensions import db
from foundation.transaction import BUSY_TIMEOUT, transaction, writers_wait

log = structlog.get_logger()

KEYS = {"roll_entry": "pk_roll_entry", "sealed_paper": "pk_sealed_paper", "receipt": "pk_receipt"}
LOCK_NOT_AVAILABLE = "55P03"
CLOSED = (State.CLOSED, State.COUNTED, State.CERTIFIED, State.FINAL, State.ANNULLED)


class Unfinished(Exception):  # noqa: N818  (named after how it stands, like the house's NotAllowed)
    """Somebody still reads an older state of the database, so that the old rows could not be taken away."""


def rewrite(ballot_id: int) -> bool:
    """Rewrite roll, box and receipts of a closed ballot; whether it was done.

    Never raises: closing has happened whatever the disk does. What could not be done the timer does, see
    `rewrite_all`.
    """
    try:
        for model in (RollEntry, SealedPaper, Receipt):
            with transaction() as session:
                session.execute(
                    update(model).where(model.ballot_id == ballot_id).values(ballot_id=model.ballot_id)
                )
        if db.engine.dialect.name == "postgresql":
            _cluster()
        else:
            _vacuum()
        with transaction() as session:
            session.execute(update(Roll).where(Roll.ballot_id == ballot_id).values(rewritten=True))
    except Unfinished:
        log.warning("rewriting_put_off", ballot=ballot_id)
        return False
    except Exception:
        log.exception("rewriting_failed", ballot=ballot_id)
        return False
    return True


def rewrite_all(_at: datetime) -> int:
    """Rewrite the tables of every closed ballot that still waits for it; answers how many. What the timer does."""
    waiting = db.session.scalars(
        select(Roll.ballot_id)
        .join(Ballot, Ballot.id == Roll.ballot_id)
        .where(Ballot.state.in_(CLOSED), ~Roll.rewritten)
        .order_by(Roll.ballot_id)
    ).all()
    return sum(rewrite(ballot_id) for ballot_id in waiting)


def _cluster() -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Rows that an older reader may still want would be copied along, dead but legible on the disk. Nobody
        # who comes now can want them.
        now = connection.scalar(text("SELECT txid_current()"))
        older = connection.scalar(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND age(backend_xmin) > age(CAST(:now AS xid))"
            ),
            {"now": str(int(now or 0) % 2**32)},
        )
        if older:
            raise Unfinished
        # Whoever votes in another ballot waits meanwhile; not for long, the timer comes again in a minute.
        connection.execute(text("SET lock_timeout = '3s'"))
        try:
            for table, key in KEYS.items():
                connection.execute(text(f"CLUSTER {table} USING {key}"))
        except OperationalError as problem:
            if getattr(problem.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
                raise Unfinished from None
            raise
        finally:
            connection.execute(text("RESET lock_timeout"))


def _vacuum() -> None:
    # Our own reading must be over, or the log cannot be emptied.
    db.session.rollback()
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        with writers_wait():
            # A reader who lingers makes this give way at once, not other writers fail: the timer comes again.
            cursor.execute("PRAGMA busy_timeout=500")
            try:
                cursor.execute("VACUUM")
                busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except sqlite3.OperationalError:
                raise Unfinished from None
            finally:
                cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")
        cursor.close()
    finally:
        connection.close()
    if busy:
        raise Unfinished
