"""Databases of a test run's own: made, emptied and dropped."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from foundation.extensions import Base, db


def a_postgresql_database(server: str) -> Iterator[str]:
    """Make grasrot_test_<random> on the server, and drop it when done."""
    name = f"grasrot_test_{secrets.token_hex(6)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        # Nothing here outlives the run: no commit waits for the disk.
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def empty(app: Flask) -> None:
    """Delete every row of every table."""
    statements = [f"DELETE FROM {table.name}" for table in reversed(Base.metadata.sorted_tables)]
    with db.engine.connect() as connection:
        if db.engine.dialect.name == "sqlite":
            raw = connection.connection.cursor()
            raw.execute("PRAGMA foreign_keys=OFF")
            for statement in statements:
                raw.execute(statement)
            raw.execute("PRAGMA foreign_keys=ON")
            raw.close()
        else:
            connection.execute(text("SET session_replication_role = replica"))
            connection.execute(text("; ".join(statements)))
            connection.execute(text("SET session_replication_role = DEFAULT"))
            connection.commit()
