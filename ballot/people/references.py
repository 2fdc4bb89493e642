"""Every column that names a member, found in the schema itself, and what a merge and an erasure do with it.

A table that somebody adds tomorrow is treated too: by what its constraints say, not by a list that is forgotten.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, Table, UniqueConstraint

from foundation.extensions import Base


class Treatment(enum.StrEnum):
    """What becomes of a column that names the entry which is merged into another.

    `move`: it names the person's one entry from now on, except for a row that this entry has already.
    `stay`: it says who did something then, under a hash or beside a second person; history is not rewritten.
    `by_hand`: an act of its own, see `merging`.
    """

    MOVE = "move"
    STAY = "stay"
    BY_HAND = "by_hand"


BY_HAND = frozenset({"member_session", "printed_code", "roll_entry", "sign_in_link", "standing", "tombstone"})

# Rows about nobody but herself, with nothing that others build on: they go when she is erased.
PRIVATE = frozenset(
    {
        "debate_reminder",
        "draft",
        "dues",
        "following",
        "held_text",
        "meeting_rsvp",
        "member_session",
        "mention",
        "morning_letter",
        "notice",
        "notice_choice",
        "reaction",
        "register_file",
        "sign_in_link",
        "taken_along",
        "thread_guest",
        "visit",
        "welcome",
    }
)


def columns() -> Iterator[Column[int]]:
    """Every column that refers to a member, of all tables there are."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.target_fullname == "member.id" for key in column.foreign_keys):
                yield column


def treatment(column: Column[int]) -> Treatment:
    """What a merge does with a column, by its table and its constraints."""
    table = column.table
    assert isinstance(table, Table)  # noqa: S101  (a column of the schema stands in a table)
    if table.name in BY_HAND:
        return Treatment.BY_HAND
    if {"hash", "previous"} <= set(table.columns.keys()):
        return Treatment.STAY
    for constraint in table.constraints:
        # Two who must be different people: they were, and stay so on record.
        said = str(constraint.sqltext) if isinstance(constraint, CheckConstraint) else ""
        if "<>" in said and column.name in said.replace("(", " ").replace(")", " ").split():
            return Treatment.STAY
    return Treatment.MOVE


def keys_with(column: Column[int]) -> list[list[Column[int]]]:
    """The other columns of each key that a column is part of: a row that has these already cannot be moved to."""
    table = column.table
    assert isinstance(table, Table)  # noqa: S101  (as above)
    keys = [list(table.primary_key.columns)]
    keys += [list(one.columns) for one in table.constraints if isinstance(one, UniqueConstraint)]
    keys += [list(one.columns) for one in table.indexes if isinstance(one, Index) and one.unique]
    return [[other for other in key if other is not column] for key in keys if column in key]


def told(table: Table) -> list[Column[object]]:
    """The columns of a table that a person may read of herself: no secrets, no hashes, no files."""
    return [one for one in table.columns if not isinstance(one.type, LargeBinary)]
