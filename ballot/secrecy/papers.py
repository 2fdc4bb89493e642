"""The bytes of a paper: one for the method, one for each option, padded so that all of a ballot are equally long.

SECRECY.md, "Decisions that the steps above need": P = method byte, then one u8 per option (0 = none), 0x80 + zeros.
"""

from __future__ import annotations

from collections.abc import Collection

METHOD_BYTES = {"motion": 1, "choice": 2, "approval": 3}
BLOCK = 32


class BadPaper(ValueError):  # noqa: N818  (named after what is wrong)
    """The bytes are not a paper of this ballot."""


def encode(method: str, options: int, marked: Collection[int]) -> bytes:
    """A paper with these options marked (0-based positions; none is a blank paper), padded.

    Raises BadPaper for a position outside the ballot.
    """
    if any(not 0 <= position < options for position in marked):
        raise BadPaper("an option that is not on the paper")
    body = bytes(
        [METHOD_BYTES[method], *(1 if position in marked else 0 for position in range(options)), 0x80]
    )
    return body.ljust(length(options), b"\0")


def decode(method: str, options: int, paper: bytes) -> tuple[int, ...]:
    """The positions marked on a paper; raises BadPaper for anything that `encode` could not have written."""
    if len(paper) != length(options) or paper[:1] != bytes([METHOD_BYTES[method]]):
        raise BadPaper("another ballot's paper")
    marks, rest = paper[1 : options + 1], paper[options + 1 :]
    if any(mark > 1 for mark in marks) or rest[:1] != b"\x80" or any(rest[1:]):
        raise BadPaper("marks or padding that no paper has")
    return tuple(position for position, mark in enumerate(marks) if mark)


def length(options: int) -> int:
    """How long every paper of a ballot with so many options is, in bytes."""
    return -(-(options + 2) // BLOCK) * BLOCK
