"""Pure rules of the notices: the four levels, when the morning's letter is due, and what it is gathered from."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MORNING = time(7)
"""The morning's letter leaves at seven in the organisation's zone; the week's on Mondays."""

LATE = 2
"""So many days after its Monday a week's letter still goes out; later it would be the next week's news."""

LONGEST = timedelta(days=8)
"""No letter looks further back than this, however long the timer stood still."""

AHEAD = timedelta(days=14)
"""Deadlines so far ahead are told of."""

NOTICES_KEPT = timedelta(days=180)
"""A notice that was read is kept so long: a spring's debate is behind us when the autumn's has begun."""

THREADS_OF_AN_AREA = 6
AREAS_OF_A_LETTER = 12
OWN_OF_A_LETTER = 15
NOTICES_ON_A_PAGE = 25


class Level(enum.StrEnum):
    """How much somebody wants to hear of an area, a thread, or of everything else."""

    NOTHING = "nothing"
    BALLOTS = "ballots"
    WEEKLY = "weekly"
    ALL = "all"


DEFAULT = Level.WEEKLY
"""One weekly digest plus ballots."""


class NoticeKind(enum.StrEnum):
    """What a notice on a member's own page tells."""

    ADDRESS_BOUNCED = "address_bounced"
    BALLOT = "ballot"
    BALLOT_ANSWERED = "ballot_answered"
    BALLOT_ENDED = "ballot_ended"
    BALLOT_OUTCOME = "ballot_outcome"
    BALLOT_RESULT = "ballot_result"
    BALLOT_RULE_CHANGED = "ballot_rule_changed"
    CONTACTED = "contacted"
    MENTION = "mention"
    REPLY = "reply"
    TAKEN_ALONG = "taken_along"


class Gather(enum.StrEnum):
    """Whether a notice also stands in a letter, and in which."""

    NEVER = "never"
    WEEKLY = "weekly"
    DAILY = "daily"


def gathered(level: Level, *, by_mail: bool) -> Gather:
    """Which letter a notice about a debate goes into, by the level of the place it concerns."""
    if not by_mail:
        return Gather.NEVER
    return {Level.ALL: Gather.DAILY, Level.WEEKLY: Gather.WEEKLY}.get(level, Gather.NEVER)


@dataclass(frozen=True)
class Morning:
    """One morning's round of letters: its day, and the Monday of the week whose digest may go with it.

    `week` is None when it is too late in the week for the digest. `begins` is the moment the round is due.
    """

    day: date
    week: date | None
    begins: datetime
    week_begins: datetime


def morning_of(at: datetime, zone: tzinfo) -> Morning | None:
    """The round that is due at a moment: today's from seven on, none at night, so that no day has two letters."""
    there = at.astimezone(zone)
    if there.time() < MORNING:
        return None
    day = there.date()
    monday = day - timedelta(days=day.weekday())
    return Morning(
        day=day,
        week=monday if day.weekday() <= LATE else None,
        begins=at_morning(day, zone),
        week_begins=at_morning(monday - timedelta(days=7), zone),
    )


def at_morning(day: date, zone: tzinfo) -> datetime:
    """Seven o'clock of a day, in UTC."""
    return datetime.combine(day, MORNING, zone).astimezone(UTC)
