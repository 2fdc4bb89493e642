"""What migrations need beside Alembic: a column's list of words changed in place, on either database."""

from __future__ import annotations

import re
from collections.abc import Sequence

from alembic import op
from sqlalchemy import text


def hold_to(table: str, column: str, name: str, words: Sequence[str]) -> None:
    """Hold a `words()` column to another list of words: its CHECK constraint `ck_<table>_<name>` is replaced.

    On SQLite the text of the constraint is changed where it stands, as SQLite's own documentation of ALTER
    TABLE describes for changes that touch no row. A table made anew would lose its other constraints, and
    could not be dropped while others point to it.
    """
    constraint = f"ck_{table}_{name}"
    condition = f"{column} IN ({', '.join(repr(word) for word in words)})"
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f(constraint), table, type_="check")
        op.create_check_constraint(op.f(constraint), table, condition)
        return
    made = connection.execute(
        text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table"), {"table": table}
    ).scalar_one()
    changed, found = re.subn(
        rf"(CONSTRAINT \"?{constraint}\"? CHECK) \([^()]*\([^()]*\)\)",
        lambda match: f"{match[1]} ({condition})",
        made,
    )
    if not found:  # a table that was made anew holds it twice: both are changed
        raise LookupError(f"{constraint} is not where it is looked for")
    version = connection.execute(text("PRAGMA schema_version")).scalar_one()
    connection.execute(text("PRAGMA writable_schema = ON"))
    connection.execute(
        text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"),
        {"sql": changed, "table": table},
    )
    connection.execute(text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(text("PRAGMA writable_schema = OFF"))
