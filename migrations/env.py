"""Alembic's environment: the application's own engine and models, batch mode so that SQLite can be altered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from foundation.columns import UtcDateTime

db = current_app.extensions["migrate"].db


def include_object(item: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:  # noqa: FBT001  (Alembic's signature)
    """Leave alone what is not ours: tables that exist in the database without a model."""
    return not (kind == "table" and reflected and compare_to is None)


def render_item(kind: str, item: object, autogen_context: object) -> str | bool:
    """Write our time column as what it is in the database, so that a migration stands on its own."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


@contextmanager
def _tables_may_be_made_anew(connection: Connection) -> Iterator[None]:
    """Let SQLite, which alters most things by making a table anew, drop the old one while rows point at it."""
    if connection.dialect.name != "sqlite":
        yield
        return
    # Outside of any transaction: inside one SQLite does not listen.
    driver = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _nothing_points_at_nothing(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"rows that point at nothing after the migration: {broken[:5]}")


def run() -> None:
    """Migrate online, in one transaction, on the application's engine."""
    with db.engine.connect() as connection, _tables_may_be_made_anew(connection):
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            compare_type=True,
            include_object=include_object,
            render_item=render_item,
        )
        with context.begin_transaction():
            context.run_migrations()
            _nothing_points_at_nothing(connection)
        connection.commit()


run()
