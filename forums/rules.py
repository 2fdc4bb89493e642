"""Pure rules of the debate: what counts as taking part, how much time a case leaves, what a quotation looks like."""

from __future__ import annotations

from datetime import datetime, timedelta

from foundation.errors import Reason

LEAST_CHARACTERS = 50
"""Own visible characters that make a post a contribution to a case (PARTICIPATION.md section 4)."""

MOST_CHARACTERS = 20_000
MOST_QUESTIONS = 5
"""As many discussion questions as members can be asked about one case and still answer."""

POSTS_ON_A_PAGE = 50
THREADS_ON_A_PAGE = 20
POSTS_AT_ONCE = 100
"""As many new posts are put into an open page; beyond that the page is loaded anew."""

SAME_POST = timedelta(seconds=30)
"""The same text by the same author at the same place within this time is one post sent twice."""

DEFAULT_LOCK = timedelta(hours=24)
LONGEST_LOCK = timedelta(hours=48)
"""A lock that closes the last open thread ends by itself after 48 h (PARTICIPATION.md section 6)."""

BETWEEN_LOCKS = timedelta(hours=48)
"""So long a thread stays open after a lock, unless somebody from outside the area decides it too."""

LONGEST_LOCK_WITH_ANOTHER = timedelta(days=14)

APPEAL_TIME = timedelta(days=14)
RECENT = timedelta(days=7)

LEAST_TIME = timedelta(days=14)
"""A window of 7 days, half a day to make the roll, 48 h of voting, and some days to decide on a notice."""

BALLOT_TIME = timedelta(days=7)
"""How long an ordinary ballot is open (LIFECYCLE.md section 3)."""

LEAD = timedelta(days=7)
"""So long before the deciding body meets, contributions should be in, unless the case leaves less time."""


def why_not_counting(characters: int, *, copy: bool, official: bool, anchored: bool = False) -> Reason | None:
    """Give the reason why a post in a case is no contribution to it, None for one that is.

    PARTICIPATION.md section 4: 50 own visible characters, or a line reference with a reason; no exact copy of
    another public post in the case, no official act.
    """
    if official:
        return Reason.of("post_official")
    if characters < LEAST_CHARACTERS and not anchored:
        return Reason.of("post_too_short", characters=characters, minimum=LEAST_CHARACTERS)
    if copy:
        return Reason.of("post_is_copy")
    return None


def time_is_short(decides_at: datetime, at: datetime) -> Reason | None:
    """Warn when the deciding body's date leaves too little time to influence the case; say what is still possible."""
    left = decides_at - at
    if left >= LEAST_TIME:
        return None
    code = "case_time_short" if left >= BALLOT_TIME else "case_time_very_short"
    return Reason.of(code, days=max(left.days, 0), least=LEAST_TIME.days, decides_at=decides_at)


def contributions_before(decides_at: datetime, at: datetime) -> datetime:
    """Suggest the deadline for contributions: a week before the decision, or half of a shorter time."""
    return decides_at - LEAD if decides_at - at > 2 * LEAD else at + (decides_at - at) / 2


def quotation(body: str, source: str = "", longest: int = 1000) -> str:
    """The Markdown that quotes a post: its own lines, each behind `>`, and an empty line to write after.

    `source` names the post above them, so that each of several quotations says where it comes from. What the
    post quotes itself is left out; a long text is cut at a line.
    """
    lines: list[str] = []
    length = 0
    for line in body.split("\n"):
        if line.lstrip().startswith(">"):
            continue
        length += len(line) + 1
        if length > longest:
            lines.append("…" if lines else line[:longest] + "…")
            break
        lines.append(line)
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    if source:
        lines.insert(0, source)
    return "".join(f"> {line}\n" if line.strip() else ">\n" for line in lines) + "\n"


def unquoted(body: str) -> str:
    """A post's text without its lines of quotation."""
    return "\n".join(line for line in body.split("\n") if not line.lstrip().startswith(">"))


def pages(rows: int, size: int) -> int:
    """How many pages of `size` it takes; nothing is one page."""
    return max(1, -(-rows // size))
