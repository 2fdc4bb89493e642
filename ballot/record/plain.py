"""The document as text that a terminal and any mail reader shows."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence

from ballot.record.document import Block, Document, Facts, Points, Signatures, Table, Text

WIDTH = 78
NAME = 34
"""Characters the first column of a table of numbers may take; a longer name goes on in the next line."""


def written(document: Document) -> str:
    """The document in lines of at most 78 characters, the former version below it."""
    lines = [*_wrapped(document.title), "=" * WIDTH]
    if document.sender:
        lines.append(document.sender)
    for text in document.lead:
        lines += ["", *_wrapped(text.text)]
    for section in document.sections:
        lines += ["", "", *_wrapped(section.title), "-" * min(_width(section.title), WIDTH)]
        for block in section.blocks:
            lines += ["", *_block(block)]
    told = "\n".join(line.rstrip() for line in lines) + "\n"
    return told if document.before is None else f"{told}\n\n{written(document.before)}"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Text):
        yield from _wrapped(block.text, "    " if block.kind == "formula" else "")
    elif isinstance(block, Points):
        if block.heading:
            yield from _wrapped(block.heading)
        for item in block.items:
            yield from _wrapped(item, "    ", first="  - ")
    elif isinstance(block, Facts):
        for fact in block.items:
            yield from _wrapped(f"{fact.name}: {fact.value}", "    ", first="")
    elif isinstance(block, Signatures):
        for name in block.names:
            yield from ("", "", "_" * 40, *_wrapped(name))
    else:
        for turn, part in enumerate(block.parts()):
            if turn:
                yield ""
            yield from _table(part, caption=block.caption if not turn else "")


def _table(table: Table, caption: str) -> Iterator[str]:
    if caption:
        yield from _wrapped(caption)
    rows = [*table.rows, table.foot] if table.foot else [*table.rows]
    if table.words:
        yield from _columns((table.heads, *rows))
        return
    across = range(1, len(table.heads))
    wide = [max(_width(row[place]) for row in (table.heads, *rows)) + 2 for place in across]
    left = min(max(_width(row[0]) for row in (table.heads, *rows)), max(NAME, WIDTH - sum(wide)))
    for turn, row in enumerate((table.heads, *rows)):
        if table.foot and turn == len(rows):
            yield "-" * (left + sum(wide))
        *above, last = _wrapped(row[0], width=left) or [""]
        yield from above
        cells = "".join(_right(row[place], width) for place, width in zip(across, wide, strict=True))
        yield last + " " * (left - _width(last)) + cells


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows of words under each other; the widest column takes the room that the others leave, and goes on below."""
    wide = [max(_width(row[place]) for row in rows) for place in range(len(rows[0]))]
    widest = wide.index(max(wide))
    wide[widest] = min(wide[widest], max(20, WIDTH - sum(wide) + wide[widest] - 2 * (len(wide) - 1)))
    for row in rows:
        cells = [_wrapped(cell, width=width) or [""] for cell, width in zip(row, wide, strict=True)]
        for turn in range(max(map(len, cells))):
            parts = (lines[turn] if turn < len(lines) else "" for lines in cells)
            yield "  ".join(
                part + " " * (width - _width(part)) for part, width in zip(parts, wide, strict=True)
            )


def _wrapped(text: str, indent: str = "", *, first: str | None = None, width: int = WIDTH) -> list[str]:
    told = " ".join(_printable(text).split(" "))
    return textwrap.wrap(
        told,
        width,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )


def _printable(text: str) -> str:
    """A text from a file without what would steer the terminal."""
    return "".join(
        letter if letter.isprintable() or letter == "\N{NO-BREAK SPACE}" else " " for letter in text
    )


def _width(text: str) -> int:
    """Columns the text takes: letters that stand on the one before take none."""
    return sum(not unicodedata.combining(letter) for letter in text)


def _right(text: str, width: int) -> str:
    return " " * (width - _width(text)) + text
