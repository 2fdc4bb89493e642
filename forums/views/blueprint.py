"""The one blueprint of the debate's pages, and what several of them do alike."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, session
from flask_babel import gettext as _
from limits import parse

from forums import phrases
from foundation import phrases as house
from foundation.errors import NotFound, Reason
from foundation.extensions import limiter

bp = Blueprint("forums", __name__)
bp.add_app_template_filter(phrases.ground, "ground")
bp.add_app_template_filter(phrases.kind, "thread_kind")
bp.add_app_template_filter(phrases.act, "moderation_act")
bp.add_app_template_filter(phrases.in_sentence, "in_sentence")

# Nobody writes twenty considered posts in five minutes.
_PACE = parse("20 per 5 minutes")
_MOST_PAGES = 1_000_000
MOST = 2**31 - 1
"""The highest number a row can have; nothing beyond it exists, and asking the database would be a failure."""


def page_asked(pages: int | None = None) -> int:
    """The page of `?side=`: 1 for what is no page, the last one for what lies beyond it."""
    asked = request.args.get("side", "1")
    return max(1, min(number_in(asked) or 1, pages or _MOST_PAGES))


def number_asked(name: str) -> int | None:
    """The number in the address under this name, None where there is none."""
    return number_in(request.args.get(name, ""))


def number_in(sent: str) -> int | None:
    """The row's number that somebody sent, None for what can be none."""
    is_number = sent.isascii() and sent.isdecimal() and len(sent) <= len(str(MOST))
    return int(sent) if is_number and int(sent) <= MOST else None


@bp.url_value_preprocessor
def _exists(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if any(isinstance(value, int) and value > MOST for value in (values or {}).values()):
        raise NotFound


def picked() -> frozenset[int]:
    """The members whose names were picked from a list while the text was written."""
    sent = request.form.get("mentioned", "")[:200].split(",")
    return frozenset(number for number in map(number_in, sent) if number is not None)


def too_fast(member_id: int) -> bool:
    """Whether this member has written more than a person does; each answer of no counts as one post."""
    return limiter.enabled and not limiter.limiter.hit(_PACE, "post", str(member_id))


def say_at(post_id: int, said: tuple[Reason, ...], otherwise: str) -> None:
    """Keep what is to be said about a post until its page is shown: it is said where the eye is, at the post."""
    text = " ".join(house.sentence(reason) for reason in said) or otherwise
    session["said"] = {"post": post_id, "text": text}


def said_at() -> dict[int, str]:
    """What is to be said now, by post; it is said once."""
    said = session.pop("said", None)
    return {said["post"]: said["text"]} if said else {}


def published() -> str:
    """What is said of a post that no case asks about."""
    return _("Innlegget er publisert.")
