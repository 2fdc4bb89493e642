"""What may be said as a title or a post: cleaned, and refused with a reason where nobody could read it."""

from __future__ import annotations

from forums.rules import MOST_CHARACTERS, unquoted
from foundation import text
from foundation.errors import Reason

LONGEST_TITLE = 150
LONGEST_SENTENCE = 300


def clean(body: str) -> str:
    """A text as it is stored: with the line breaks of the house and without NUL, which PostgreSQL cannot keep."""
    return body.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


def body_blocker(body: str) -> Reason | None:
    """Why a cleaned text cannot be a post, None when it can."""
    if len(body) > MOST_CHARACTERS:
        return Reason.of("post_too_long", characters=len(body), most=MOST_CHARACTERS)
    if text.plain(text.excerpt(unquoted(body), MOST_CHARACTERS)):
        return None
    return Reason.of("post_only_quotation" if text.plain(text.excerpt(body, 500)) else "post_nothing_visible")


def title_blocker(title: str) -> Reason | None:
    """Why a title, made plain, cannot stand, None when it can."""
    if not title:
        return Reason.of("title_missing")
    if len(title) > LONGEST_TITLE:
        return Reason.of("title_too_long", characters=len(title), most=LONGEST_TITLE)
    return None
