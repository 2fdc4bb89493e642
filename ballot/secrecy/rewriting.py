"""What the disk itself could tell, taken away at closing.

Mark and paper are written in one transaction. On PostgreSQL both rows then carry its number (`xmin`) and stand in the
order of voting (`ctid`); on SQLite the write-ahead log holds both pages of each commit. So at closing one UPDATE
touches all the ballot's roll rows, one all its box rows, and the tables are written anew in the order of their keys
(SECRECY.md).
"""

from __future__ import annotations

import structlog
from sqlalchemy import text, update

from ballot.models import Receipt, RollEntry, SealedPaper
from foundation.extensions import db
from foundation.transaction import transaction

log = structlog.get_logger()

KEYS = {"roll_entry": "pk_roll_entry", "sealed_paper": "pk_sealed_paper", "receipt": "pk_receipt"}


def rewrite(ballot_id: int) -> None:
    """Rewrite roll, box and receipts of a closed ballot. Never raises: closing has happened whatever the disk does.

    Each table is touched in a transaction of its own: rows of two tables must not share a number again.
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
    except Exception:
        log.exception("rewriting_failed")


def _cluster() -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table, key in KEYS.items():
            connection.execute(text(f"CLUSTER {table} USING {key}"))


def _vacuum() -> None:
    db.session.remove()
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
    finally:
        connection.close()
