"""Alembic's environment: the application's own engine and models, batch mode so that SQLite can be altered."""

from __future__ import annotations

from alembic import context
from flask import current_app

from foundation.columns import UtcDateTime

db = current_app.extensions["migrate"].db


def include_object(item: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:  # noqa: FBT001  (Alembic's signature)
    """Leave alone what is not ours: tables that exist in the database without a model."""
    return not (kind == "table" and reflected and compare_to is None)


def render_item(kind: str, item: object, autogen_context: object) -> str | bool:
    """Write our time column as what it is in the database, so that a migration stands on its own."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def run() -> None:
    """Migrate online, in one transaction, on the application's engine."""
    with db.engine.connect() as connection:
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
        connection.commit()


run()
