"""A file of papers that has been read, and what can be wrong with one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ballot.counting.profile import MOST_PAPERS, Profile
from ballot.counting.quota import Quota

MOST_BYTES = 100_000_000
"""Larger files are refused unread: a million papers of twenty candidates take about half of it."""
BLOCK = 1 << 20
"""Characters of a file that are cut into lines at a time."""
LONGEST_LINE = 1_000_000
MOST_CANDIDATES = 1_000


class BadFile(ValueError):  # noqa: N818  # named after what is wrong, like the house's NotAllowed
    """A file that cannot be read as papers: `line` (from 1; None where there is none) and what is wrong."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


@dataclass(frozen=True)
class PaperFile:
    """What a file says: the papers, and the seats, the title, the deputies and the quota where the format
    has them."""

    profile: Profile
    seats: int | None = None
    title: str = ""
    deputies: int = 0
    quota: Quota | None = None


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """(number from 1, line without its end) of a text; refuses lines no file of papers has."""
    number, start = 0, 0
    while start <= len(text):
        # Block by block: all lines of a large file at once would take many times its size.
        end = text.find("\n", start + BLOCK)
        end = len(text) if end < 0 else end
        for line in text[start:end].split("\n"):
            number += 1
            if len(line) > LONGEST_LINE:
                raise BadFile(f"the line is longer than {LONGEST_LINE} characters", number)
            yield number, line
        start = end + 1


def shown(token: str) -> str:
    """A piece of the file for a message: quoted, and not longer than a message can bear."""
    return repr(token if len(token) <= 40 else token[:37] + "...")


def whole_number(token: str, what: str, line: int | None) -> int:
    """The number a token of plain digits stands for; `what` names it in the message otherwise."""
    digits = token.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()):
        raise BadFile(f"{what} is {shown(token)}, not a whole number", line)
    if len(digits.lstrip("0")) > 18:
        raise BadFile(f"{what} is {shown(token)}, which no election has", line)
    return int(token)


def weight_of(token: str, line: int | None) -> int:
    """The number of equal papers a token stands for."""
    weight = whole_number(token, "the number of papers", line)
    if weight < 1:
        raise BadFile(f"the number of papers is {weight}, below 1", line)
    if weight > MOST_PAPERS:
        raise BadFile(f"the number of papers is {weight}, above {MOST_PAPERS}", line)
    return weight


def check_size(candidates: int, seats: int | None, line: int | None) -> None:
    """Refuse numbers of candidates and seats that cannot be."""
    if not 1 <= candidates <= MOST_CANDIDATES:
        raise BadFile(f"there are {candidates} candidates, not 1 to {MOST_CANDIDATES}", line)
    if seats is not None and not 1 <= seats <= candidates:
        raise BadFile(f"there are {seats} seats for {candidates} candidates", line)
