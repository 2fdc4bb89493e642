"""A document in parts: a title, what comes first, sections of texts, facts and tables, and lines to sign on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

COLUMNS = 4
"""Columns beside the first that a sheet of paper has room for; wider tables are cut into several."""


@dataclass(frozen=True)
class Text:
    """A paragraph; `kind` is "plain", "strong" or "formula"."""

    text: str
    kind: str = "plain"


@dataclass(frozen=True)
class Points:
    """A list of sentences under a heading, which may be empty."""

    heading: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Fact:
    """A name and what it is; a `code` is a fingerprint, to be compared letter by letter."""

    name: str
    value: str
    code: bool = False


@dataclass(frozen=True)
class Facts:
    """Facts below each other."""

    items: tuple[Fact, ...]


@dataclass(frozen=True)
class Table:
    """Rows under heads; all columns but the first are numbers unless `words`. `foot` is the row of sums."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    foot: tuple[str, ...] = ()
    words: bool = False

    def parts(self) -> Iterator[Table]:
        """The table in parts that a sheet has room for, each with the first column."""
        if self.words or len(self.heads) <= COLUMNS + 1:
            yield self
            return
        others = len(self.heads) - 1
        each = -(-others // -(-others // COLUMNS))
        for start in range(1, len(self.heads), each):
            end = start + each
            yield replace(
                self,
                heads=(self.heads[0], *self.heads[start:end]),
                rows=tuple((row[0], *row[start:end]) for row in self.rows),
                foot=(self.foot[0], *self.foot[start:end]) if self.foot else (),
            )


@dataclass(frozen=True)
class Signatures:
    """A line to sign on for each; an empty name is a line of its own."""

    names: tuple[str, ...]


Block: TypeAlias = Text | Points | Facts | Table | Signatures


@dataclass(frozen=True)
class Section:
    """A part under a heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """The whole. `lead` is what comes first: the result. `before` is the former version, which is enclosed."""

    title: str
    sender: str
    language: str
    lead: tuple[Text, ...]
    sections: tuple[Section, ...]
    made_at: datetime
    before: Document | None = None


def kind_of(block: Block) -> str:
    """What a template asks of a block: "text", "points", "facts", "table" or "signatures"."""
    return type(block).__name__.lower()
