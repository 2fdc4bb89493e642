"""Pure rules of meetings: when one counts, when its code is taken, and what the code is at a moment."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from foundation.errors import Reason

NOTICE = timedelta(hours=72)
"""So long before a meeting must be announced to count (PARTICIPATION.md section 4)."""

STEP = timedelta(seconds=30)
"""How long a code stands on the organiser's screen; it is taken for one step more."""

MARGIN = timedelta(minutes=30)
"""So long before and after a meeting its code is taken: people come early, and meetings last."""

LONGEST = timedelta(hours=12)
USUAL = timedelta(hours=2)

# Neither vowels, so that no words come out, nor letters and digits that are read as each other.
ALPHABET = "BCDFGHJKMNPQRTVWXYZ2346789"
LENGTH = 6
_START = datetime(1970, 1, 1, tzinfo=UTC)


def step_of(at: datetime) -> int:
    """Number the step a moment lies in."""
    return (at - _START) // STEP


def next_step_at(at: datetime) -> datetime:
    """When the code changes next."""
    return _START + (step_of(at) + 1) * STEP


def code_at(secret: bytes, meeting_id: int, step: int) -> str:
    """The code of a step, from the meeting's secret alone."""
    digest = hmac.new(secret, f"grasrot1/check-in\0{meeting_id}\0{step}".encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest[:16])
    letters = []
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)


def is_code(typed: str, secret: bytes, meeting_id: int, at: datetime) -> bool:
    """Whether what was typed is the code that stands on the screen, or the one before it."""
    wanted = "".join(letter for letter in typed.upper() if letter.isalnum()).encode()
    step = step_of(at)
    found = [
        hmac.compare_digest(code_at(secret, meeting_id, one).encode(), wanted) for one in (step, step - 1)
    ]
    return any(found)


def takes_code(starts_at: datetime, ends_at: datetime, at: datetime) -> bool:
    """Whether the code of a meeting is taken now: while it is on, and half an hour to each side."""
    return starts_at - MARGIN <= at < ends_at + MARGIN


def times_blocker(starts_at: datetime, ends_at: datetime, at: datetime) -> Reason | None:
    """Why a meeting cannot be held at these times, None when it can."""
    if starts_at <= at:
        return Reason.of("meeting_past")
    if ends_at <= starts_at:
        return Reason.of("meeting_ends_first")
    if ends_at - starts_at > LONGEST:
        return Reason.of("meeting_too_long", most=LONGEST // timedelta(hours=1))
    return None


def notice_is_short(starts_at: datetime, at: datetime) -> Reason | None:
    """Warn the organiser of a meeting announced less than 72 hours ahead: it will count for nobody."""
    if starts_at - at >= NOTICE:
        return None
    return Reason.of("meeting_notice_short", hours=NOTICE // timedelta(hours=1))
