"""What an edit took away and what it added, word by word; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\n+|[^\S\n]+|[^\W_]+|[\W_]", re.UNICODE)
_EXACT = 1_500
"""Words up to which every word is compared; in longer texts the most common ones are only followed, not sought."""


@dataclass(frozen=True)
class Piece:
    """A stretch of text that is the same, was added, or was removed."""

    kind: str
    text: str


def difference(before: str, after: str) -> list[Piece]:
    """The pieces of both texts in their order: «same», «removed» and «added», the removed before what replaced it."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=max(len(old), len(new)) > _EXACT)
    return list(_joined(matcher, old, new))


def _joined(matcher: SequenceMatcher[str], old: list[str], new: list[str]) -> Iterator[Piece]:
    removed, added = "", ""
    for what, a, b, c, d in matcher.get_opcodes():
        same = "".join(new[c:d]) if what == "equal" else ""
        # A space between two changed words is no reason to break the change in two.
        if what == "equal" and (removed or added) and same == " " and d < len(new) and b < len(old):
            removed, added = removed + same, added + same
            continue
        if what == "equal":
            yield from _changed(removed, added)
            removed, added = "", ""
            yield Piece("same", same)
        else:
            removed, added = removed + "".join(old[a:b]), added + "".join(new[c:d])
    yield from _changed(removed, added)


def _changed(removed: str, added: str) -> Iterator[Piece]:
    if removed.strip():
        yield Piece("removed", removed)
    if added.strip():
        yield Piece("added", added)
    elif added and not removed.strip():
        yield Piece("same", added)
