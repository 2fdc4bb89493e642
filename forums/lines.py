"""A case paper as numbered lines, the same on every screen and on paper: what an amendment refers to."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

from foundation import text

WIDTH = 72
"""So many characters fit on a line of an A4 sheet, and the numbers must not depend on who reads."""

_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+")
_ITEM = re.compile(r"^\s*[-*+]\s+")


@dataclass(frozen=True)
class Line:
    """One line: its number from one, what it says, and whether it is a heading."""

    number: int
    text: str
    heading: bool = False


def numbered(body: str) -> list[Line]:
    """The lines of a paper. What is empty has no number."""
    lines: list[Line] = []
    for source in body.replace("\r\n", "\n").split("\n"):
        heading, item = _HEADING.match(source), _ITEM.match(source)
        shown = text.excerpt(_HEADING.sub("", _ITEM.sub("", source)), len(source) + 1)
        for place, part in enumerate(textwrap.wrap(shown, WIDTH - 2 if item else WIDTH)):
            lead = "" if not item else "– " if place == 0 else "  "
            lines.append(Line(len(lines) + 1, lead + part, heading is not None))
    return lines
