"""The bytes of a paper: one for the method, one for each option, padded so that all of a ballot are equally long.

SECRECY.md, "Decisions that the steps above need": P = method byte, then one u8 per option, the rank, the points or a
mark (0 = none), 0x80 + zeros.
"""

from __future__ import annotations

from collections.abc import Iterable

from ballot.rules.marking import Chosen
from ballot.rules.methods import KINDS, MOST_POINTS, Marking

METHOD_BYTES = {
    "motion": 1,
    "choice": 2,
    "approval": 3,
    "score": 4,
    "block": 5,
    "irv": 6,
    "schulze": 7,
    "ranked-pairs": 8,
    "scottish-stv": 9,
    "meek-stv": 10,
    "uio-stv": 11,
}
BLOCK = 32


class BadPaper(ValueError):  # noqa: N818  (named after what is wrong)
    """The bytes are not a paper of this ballot."""


def encode(method: str, options: int, chosen: Iterable[int | tuple[int, int]]) -> bytes:
    """A paper that says `chosen` (0-based places; see `Chosen`; nothing is a blank paper), padded.

    Raises BadPaper for a place outside the ballot, one named twice, or points that no paper has.
    """
    marking = KINDS[method].marking
    values = [0] * options
    for turn, item in enumerate(chosen, start=1):
        place, value = item if isinstance(item, tuple) else (item, turn if marking is Marking.RANKS else 1)
        if not 0 <= place < options or values[place]:
            raise BadPaper("an option that is not on the paper, or twice")
        if isinstance(item, tuple) is not (marking is Marking.POINTS) or not 1 <= value <= _most(
            marking, options
        ):
            raise BadPaper("a value that no paper of this method has")
        values[place] = value
    return bytes([METHOD_BYTES[method], *values, 0x80]).ljust(length(options), b"\0")


def decode(method: str, options: int, paper: bytes) -> Chosen:
    """What a paper says; raises BadPaper for anything that `encode` could not have written."""
    marking = KINDS[method].marking
    if len(paper) != length(options) or paper[:1] != bytes([METHOD_BYTES[method]]):
        raise BadPaper("another ballot's paper")
    values, rest = paper[1 : options + 1], paper[options + 1 :]
    if any(value > _most(marking, options) for value in values) or rest[:1] != b"\x80" or any(rest[1:]):
        raise BadPaper("marks or padding that no paper has")
    named = [place for place, value in enumerate(values) if value]
    if marking is Marking.POINTS:
        return tuple((place, values[place]) for place in named)
    if marking is not Marking.RANKS:
        return tuple(named)
    if sorted(values[place] for place in named) != list(range(1, len(named) + 1)):
        raise BadPaper("ranks that do not follow one another")
    return tuple(sorted(named, key=lambda place: values[place]))


def length(options: int) -> int:
    """How long every paper of a ballot with so many options is, in bytes."""
    return -(-(options + 2) // BLOCK) * BLOCK


def _most(marking: Marking, options: int) -> int:
    return {Marking.RANKS: options, Marking.POINTS: MOST_POINTS}.get(marking, 1)
