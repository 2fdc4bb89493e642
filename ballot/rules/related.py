"""Which threads a board may want to link to the case before the notice: those of its area, and those with its words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol, TypeVar

LEAST_LETTERS = 4
MOST_RELATED = 12
# Words that stand in titles whatever they are about.
_EVERYWHERE = frozenset(
    re.findall(
        r"\w+",
        "alle dette denne deres eller etter fordi fram hvem hvor hvordan hvorfor ikke ikkje inn korleis kvifor kommune "
        "kommunen mange mellom mener meiner mot nye oss også over saken saka skal skulle snakk tanker trenger under "
        "vil ville vårt våre være åpen forslag innspill",
    )
)


class Titled(Protocol):
    """What has a title and stands in a forum."""

    title: str
    forum_id: int


_T = TypeVar("_T", bound=Titled)


def words_of(title: str) -> frozenset[str]:
    """The words of a title that say what it is about."""
    found = re.findall(r"[^\W\d_]+", title.casefold())
    return frozenset(word for word in found if len(word) >= LEAST_LETTERS and word not in _EVERYWHERE)


def common_words(title: str, other: str) -> tuple[str, ...]:
    """The words that two titles share: the same, or one the beginning of the other, as «skole» and «skolestruktur»."""
    theirs = words_of(other)
    return tuple(
        sorted(
            word for word in words_of(title) if any(word.startswith(o) or o.startswith(word) for o in theirs)
        )
    )


def related(title: str, forum_id: int, threads: Iterable[_T]) -> list[tuple[_T, bool, tuple[str, ...]]]:
    """The threads of the same area, or with words of the title, each with both reasons; most words first."""
    found = [(one, one.forum_id == forum_id, common_words(one.title, title)) for one in threads]
    chosen = [line for line in found if line[1] or line[2]]
    return sorted(chosen, key=lambda line: (-len(line[2]), not line[1]))[:MOST_RELATED]
