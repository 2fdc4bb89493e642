"""A case paper as numbered lines, the same on every screen and on paper: what an amendment refers to."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from foundation import text

WIDTH = 72
"""So many characters fit on a line of an A4 sheet, and the numbers must not depend on who reads."""

_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+")
_ITEM = re.compile(r"^\s*(?:[-*+]|(\d{1,3})[.)])\s+")


@dataclass(frozen=True)
class Line:
    """One line: its number from one, what it says, and whether it is a heading."""

    number: int
    text: str
    heading: bool = False


def numbered(body: str) -> list[Line]:
    """The lines of a paper. What is empty has no number; lines that the writer broke within a paragraph run on."""
    lines: list[Line] = []
    for block in _blocks(body.replace("\r\n", "\n").split("\n")):
        heading, item = _HEADING.match(block), _ITEM.match(block)
        shown = text.excerpt(_HEADING.sub("", _ITEM.sub("", block)), len(block) + 1)
        lead = "" if item is None else f"{item[1]}. " if item[1] else "– "
        for place, part in enumerate(textwrap.wrap(shown, WIDTH - len(lead))):
            lines.append(Line(len(lines) + 1, (lead if place == 0 else "") + part, heading is not None))
    return lines


def _blocks(source: list[str]) -> Iterator[str]:
    """Each heading, item and paragraph as one string."""
    held: list[str] = []
    for line in source:
        begins = not line.strip() or _HEADING.match(line) or _ITEM.match(line)
        if held and (begins or _HEADING.match(held[0])):
            yield " ".join(held)
            held = []
        if line.strip():
            held.append(line)
    if held:
        yield " ".join(held)
