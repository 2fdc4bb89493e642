"""Every column that names a member, found in the schema itself, and what a merge and an erasure do with it.

A table that somebody adds tomorrow is treated too: by what its constraints say, not by a list that is forgotten.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Enum,
    FromClause,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    false,
    select,
)

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


# Columns of such rows that name whoever did something for her whose row it is: when that one goes, they are emptied.
HELPERS = frozenset({"welcome.contacted_by_id"})


class Fate(enum.StrEnum):
    """What becomes of a written column when she whose row it is erases her data.

    `erase`: the text goes, the row stays, since others count on it or have acted on it.
    `choice`: what she wrote in the debate goes or stays, as she chooses.
    `keep`: it is no text of hers, or it is an official act or a fact that a hash or a count stands on.
    """

    ERASE = "erase"
    CHOICE = "choice"
    KEEP = "keep"


@dataclass(frozen=True)
class Written:
    """What becomes of a column and why. `owner` is the column that says whose text it is: a member, or her post."""

    fate: Fate
    why: str
    owner: str = ""


def _kept(why: str, *names: str) -> dict[str, Written]:
    return {name: Written(Fate.KEEP, why) for name in names}


# Every written column of the tables that name members and whose rows do not go (PRIVATE): "table.column" to its fate.
WRITTEN: dict[str, Written] = {
    **_kept(
        "the organisation's case, which all debate and a body decides",
        "cases.body_code",
        "cases.title",
        "cases.summary",
        "cases.deciding_body",
        "cases.merge_reason",
    ),
    **_kept("others debate under it", "thread.title"),
    **_kept(
        "the board's ballot: what was voted on, under the notice's hash",
        "ballot.question",
        "ballot.about",
        "ballot.bylaw_reference",
        "ballot.sent_back_reason",
        "ballot.end_reason",
        "ballot.quota",
        "ballot.contribution_kinds",
        "ballot.notice",
        "ballot_option.label",
        "ballot_option.explanation",
        "ballot_option.portrait",
        "ballot_option.gender_group",
    ),
    **_kept("a link of the ballot's chain of hashes", "ballot_event.once", "ballot_event.payload"),
    **_kept("the deciding body's answer to the members", "answer.body_vote", "answer.advice_used"),
    **_kept("the board's public answer to those who asked", "link_request.answer"),
    **_kept("an office's act, which another decided on", "lock_request.sentence"),
    **_kept("an office's act, as the post's author was told it", "moderation_act.sentence"),
    **_kept("an office's act, as the post's author was told it", "finding.sentence", "finding.reversal"),
    **_kept("the sentence a decider answered a member with", "appeal_vote.sentence"),
    **_kept(
        "where and when an organisation's meeting is or was",
        "meeting.title",
        "meeting.place",
        "meeting.video_url",
        "meeting.cancel_reason",
    ),
    **_kept("a code of the roll's line, under its hash", "roll_entry.reason", "roll_entry.basis"),
    **_kept("the code that stood on the roll", "roll_appeal.reason"),
    "post.body": Written(Fate.CHOICE, "what she said in the debate", "author_id"),
    "finding.appeal": Written(Fate.ERASE, "what she wrote to the two who decide", "post_id"),
    "moderation_appeal.sentence": Written(Fate.ERASE, "what she wrote to the control committee", "author_id"),
    "report.sentence": Written(
        Fate.ERASE, "what she told the keepers; that she did is counted", "reporter_id"
    ),
    "roll_appeal.what": Written(Fate.ERASE, "what she told the appeals group", "member_id"),
    "roll_appeal.sentence": Written(Fate.ERASE, "what they answered her", "member_id"),
    "statement.body": Written(Fate.ERASE, "what she told two people in private", "author_id"),
}


# Tables that name no member and hang on what is hers: the column that leads there, and whose that is. What a removed
# post said (removed_text) is not among them: no member sees it, its author neither.
UNDER: dict[str, tuple[str, str]] = {
    "amendment": ("post_id", "post.author_id"),
    "credit_loss": ("credit_id", "credit.member_id"),
    "finding": ("post_id", "post.author_id"),
    "moderation_act": ("post_id", "post.author_id"),
    "post_move": ("post_id", "post.author_id"),
    "post_version": ("post_id", "post.author_id"),
    "statement_reading": ("statement_id", "statement.author_id"),
}


def column_of(key: str) -> Column[Any]:
    """The column that WRITTEN names."""
    table, _dot, name = key.partition(".")
    return Base.metadata.tables[table].columns[name]


def written_in(table: FromClause) -> list[ColumnElement[Any]]:
    """The columns of a table that hold text: no codes of a list, no hashes."""
    return [one for one in table.columns if isinstance(one.type, String) and not isinstance(one.type, Enum)]


def is_written_by(column: Column[Any], member_id: int) -> ColumnElement[bool]:
    """The rows in which a column is this member's own text; none where it is nobody's."""
    owner = WRITTEN[str(column)].owner
    if not owner:
        return false()
    named = column.table.columns[owner]
    if any(key.target_fullname == "member.id" for key in named.foreign_keys):
        return named == member_id
    post = Base.metadata.tables["post"]
    return named.in_(select(post.c.id).where(post.c.author_id == member_id))


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


def told(table: FromClause) -> list[ColumnElement[Any]]:
    """The columns of a table that a person may read of herself: no secrets, no hashes, no files."""
    return [one for one in table.columns if not isinstance(one.type, LargeBinary)]
