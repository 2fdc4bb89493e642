"""The one blueprint of the debate's pages, and what several of them do alike."""

from __future__ import annotations

from flask import Blueprint, request, session
from flask_babel import gettext as _
from limits import parse

from forums import phrases
from foundation import phrases as house
from foundation.errors import Reason
from foundation.extensions import limiter

bp = Blueprint("forums", __name__)
bp.add_app_template_filter(phrases.ground, "ground")
bp.add_app_template_filter(phrases.kind, "thread_kind")
bp.add_app_template_filter(phrases.act, "moderation_act")
bp.add_app_template_filter(phrases.in_sentence, "in_sentence")

# Nobody writes twenty considered posts in five minutes.
_PACE = parse("20 per 5 minutes")
_MOST_PAGES = 1_000_000


def page_asked(pages: int | None = None) -> int:
    """The page of `?side=`: 1 for what is no page, the last one for what lies beyond it."""
    asked = request.args.get("side", "1")
    page = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 8 else 1
    return max(1, min(page, pages or _MOST_PAGES))


def number_asked(name: str) -> int | None:
    """The number in the address under this name, None where there is none."""
    asked = request.args.get(name, "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 19 else None


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
