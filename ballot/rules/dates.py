"""When a ballot's dates move by themselves: a debate that was closed to everybody, or a server that was away."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from ballot.rules.participation import LEAST_PAUSE, Window
from foundation.errors import Reason
from members.rules.answers import Allowed, Answer, refused

LOCKED_MORE_THAN = timedelta(hours=24)
"""All threads of the case closed for more than this, in sum, move the freeze (PARTICIPATION.md section 6)."""

LAST_DAY = timedelta(hours=24)
"""An outage counts in the last 24 hours of the window, and of voting."""

OUTAGE_MORE_THAN = timedelta(hours=1)
"""What is shorter takes nobody's chance away (LIFECYCLE.md says so of voting; here it holds of both)."""

MOST_MOVED = timedelta(days=7)
"""Dates move so far in all; beyond that the rule lapses."""


class Cause(StrEnum):
    """Why dates moved: the debate was closed, the server was away before the freeze, or while voting was open."""

    LOCKED = "locked"
    OUTAGE = "outage"
    VOTING = "voting"


@dataclass(frozen=True)
class Closed:
    """That a thread was closed to new posts in [starts_at, ends_at)."""

    thread_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Outage:
    """That nobody could reach the server in [starts_at, ends_at)."""

    starts_at: datetime
    ends_at: datetime

    @property
    def length(self) -> timedelta:
        """How long it lasted."""
        return self.ends_at - self.starts_at


def locked_time(
    threads: Mapping[int, datetime],
    closed: Collection[Closed],
    window: Window,
    at: datetime,
    merged: Mapping[int, datetime] | None = None,
) -> timedelta:
    """Sum up how long ALL threads of a case were closed at once, in the window and as far as it has passed.

    `threads` gives the moment from which each belongs to the case: one that is added later has kept nothing
    open before. `merged` gives the moment from which one is only a signpost to another, where nobody can
    write: it keeps nothing open any more. Where there was no thread at all, none was closed. Two locks on one
    thread that overlap count once.
    """
    end = min(window.freezes_at, at)
    gone = merged or {}
    moments = {window.opens_at, end, *threads.values(), *gone.values()}
    for lock in closed:
        moments |= {lock.starts_at, lock.ends_at}
    within = sorted(moment for moment in moments if window.opens_at <= moment <= end)
    total = timedelta(0)
    for start, stop in pairwise(within):
        there = {
            thread_id
            for thread_id, since in threads.items()
            if since <= start and not (thread_id in gone and gone[thread_id] <= start)
        }
        shut = {lock.thread_id for lock in closed if lock.starts_at <= start and stop <= lock.ends_at}
        if there and there <= shut:
            total += stop - start
    return total


def lock_move(locked: timedelta, already: timedelta) -> timedelta:
    """How much further the freeze moves for a debate that was closed so long, of which `already` is made good."""
    if locked <= LOCKED_MORE_THAN:
        return timedelta(0)
    return max(timedelta(0), locked - already)


def outage_move(
    outages: Iterable[Outage], ends_at: datetime, told: Collection[datetime] = ()
) -> list[Outage]:
    """Choose the outages that move a deadline: of more than an hour within its last 24 hours.

    Each counts once (`told` are the beginnings of those that have), with its length from the beginning of
    those 24 hours: so as much time is left after it as it took away.
    """
    first = ends_at - LAST_DAY
    found = []
    for outage in sorted(outages, key=lambda one: one.starts_at):
        cut = Outage(max(outage.starts_at, first), outage.ends_at)
        if outage.starts_at in told or cut.starts_at >= ends_at:
            continue
        if min(cut.ends_at, ends_at) - cut.starts_at > OUTAGE_MORE_THAN:
            found.append(cut)
    return found


@dataclass(frozen=True)
class Dates:
    """The dates of a ballot that can move by themselves."""

    freezes_at: datetime
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class Moved:
    """Where dates have moved to. `with_voting` says that opening and closing moved as far as the freeze."""

    dates: Dates
    by: timedelta
    with_voting: bool


def move(dates: Dates, by: timedelta, *, before: timedelta, decides_at: datetime | None) -> Moved | None:
    """Move the freeze, and opening and closing equally where 12 hours would no longer lie before the opening.

    `before` is how far dates have moved already. None where that would be more than 7 days in all, or past
    the deciding body's date: then the rule lapses and the dates stay.
    """
    freezes_at = dates.freezes_at + by
    with_voting = dates.opens_at - freezes_at < LEAST_PAUSE
    shift = by if with_voting else timedelta(0)
    moved = Dates(freezes_at, dates.opens_at + shift, dates.closes_at + shift)
    last = moved.closes_at if with_voting else moved.freezes_at
    if before + by > MOST_MOVED or (decides_at is not None and last > decides_at):
        return None
    return Moved(moved, by, with_voting)


def may_extend_voting(
    outage: Outage, dates: Dates, at: datetime, *, before: timedelta, decides_at: datetime | None
) -> Answer:
    """Say whether closing moves by the length of an outage: of more than an hour, in the last 24 hours of voting.

    Decided by two while voting is open (LIFECYCLE.md section 1), for what has happened, not for what may.
    """
    if outage.ends_at <= outage.starts_at or outage.ends_at > at:
        return refused("outage_times")
    if at >= dates.closes_at:
        return refused("outage_too_late", deadline=dates.closes_at)
    if not outage_move([outage], dates.closes_at):
        return refused("outage_too_short")
    length = outage_move([outage], dates.closes_at)[0].length
    if before + length > MOST_MOVED or (decides_at is not None and dates.closes_at + length > decides_at):
        return refused("dates_exhausted")
    return Allowed()


def outage_blocker(outage: Outage, ends_at: datetime, at: datetime) -> Reason | None:
    """Say why an outage does not move the deadline for taking part; None where it does."""
    if outage.ends_at <= outage.starts_at or outage.ends_at > at:
        return Reason.of("outage_times")
    if not outage_move([outage], ends_at):
        return Reason.of("outage_too_short")
    return None
