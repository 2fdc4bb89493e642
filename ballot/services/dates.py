"""Dates that move by themselves before voting opens: the debate was closed to all, or the server was away."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from ballot import events, facts
from ballot.models import Ballot, BallotEvent, EventKind
from ballot.rules.dates import (
    LAST_DAY,
    Cause,
    Closed,
    Dates,
    Moved,
    Outage,
    lock_move,
    locked_time,
    move,
    outage_move,
)
from ballot.rules.lifecycle import State
from ballot.rules.participation import RuleState, Setting
from ballot.services import letters, roll
from forums.models import CaseThread, Post
from forums.queries import lock_intervals, merged_at
from foundation import jobs
from foundation.extensions import db
from foundation.formats import zone
from foundation.transaction import transaction


def note_lock(case_ids: Sequence[int], until: datetime) -> None:
    """Have the dates of these cases' ballots looked at when a lock ends, if not before.

    In a transaction of its own, after that of the lock: whoever makes a roll holds the ballot and waits for
    its threads, and whoever locks holds the thread. Should this be lost, the freeze looks all the same.
    """
    with transaction() as session:
        session.execute(
            update(Ballot)
            .where(
                Ballot.case_id.in_(case_ids),
                Ballot.state == State.NOTIFIED,
                Ballot.participation != Setting.NONE,
                (Ballot.dates_due_at.is_(None) | (Ballot.dates_due_at > until)),
            )
            .values(dates_due_at=until)
        )


def due_at(ballot: Ballot, at: datetime) -> datetime | None:
    """When a lock has ended that may have moved the dates, where nobody has looked since; asks no query."""
    due = ballot.dates_due_at
    return due if due is not None and due <= at and ballot.state is State.NOTIFIED else None


@dataclass(frozen=True)
class _Done:
    """What has moved dates so far, from the chain of events."""

    by: timedelta
    by_locks: timedelta
    outages: frozenset[datetime]


def _done(history: Iterable[BallotEvent]) -> _Done:
    total = by_locks = timedelta(0)
    outages = set()
    for event in history:
        if event.kind is not EventKind.DATES_MOVED:
            continue
        payload = json.loads(event.payload)
        by = timedelta(seconds=payload["seconds"], microseconds=payload["microseconds"])
        total += by
        if payload["cause"] == Cause.LOCKED:
            by_locks += by
        outages |= {datetime.fromisoformat(start) for start in payload.get("outages", ())}
    return _Done(total, by_locks, frozenset(outages))


def moved_so_far(ballot: Ballot) -> timedelta:
    """How far the dates of a ballot have moved by themselves."""
    return _done(events.history(ballot.id)).by


def outages_told(ballot: Ballot) -> frozenset[datetime]:
    """The beginnings of the outages that have moved dates already."""
    return _done(events.history(ballot.id)).outages


def look(ballot: Ballot, moment: datetime, at: datetime) -> bool:
    """Look at a ballot that this transaction has locked, as of the moment that was due; whether anything changed.

    What counts is what had happened by `moment`, so that a late look says what a timely one would have said.
    Only an outage is known of no earlier than when it is over: whoever comes first after it is `at`.
    """
    if due_at(ballot, at) is not None:
        ballot.dates_due_at = _next_lock_end(ballot, moment)
    if facts.setting_of(ballot) is Setting.NONE or ballot.state is not State.NOTIFIED:
        return False
    done = _done(events.history(ballot.id))
    window = facts.window_of(ballot)
    by = lock_move(
        locked_time(_threads(ballot), _closed(ballot), window, moment, _merged(ballot)), done.by_locks
    )
    if by:
        return _carry_out(ballot, by, Cause.LOCKED, moment, done)
    if moment < window.freezes_at:
        return False
    outages = outage_move(_outages(window.freezes_at, at), window.freezes_at, done.outages)
    if not outages:
        return False
    return move_for(ballot, outages, moment, done=done)


def move_for(
    ballot: Ballot, outages: Sequence[Outage], moment: datetime, *, done: _Done | None = None
) -> bool:
    """Move the deadline for taking part by these outages, which count as told from now on."""
    length = sum((outage.length for outage in outages), timedelta(0))
    so_far = done or _done(events.history(ballot.id))
    return _carry_out(ballot, length, Cause.OUTAGE, moment, so_far, outages)


def _carry_out(
    ballot: Ballot,
    by: timedelta,
    cause: Cause,
    moment: datetime,
    done: _Done,
    outages: Sequence[Outage] = (),
) -> bool:
    if ballot.opens_at is None or ballot.closes_at is None:
        raise ValueError("a ballot with a notice has all its times")
    dates = Dates(facts.window_of(ballot).freezes_at, ballot.opens_at, ballot.closes_at)
    decides_at = ballot.case.decides_at if ballot.case else None
    moved = move(dates, by, before=done.by, decides_at=decides_at)
    concerned = roll.concerned_ids(ballot, moment)
    if moved is None:
        ballot.rule_state = RuleState.LAPSED
        events.record(ballot, EventKind.RULE_LAPSED, moment, cause=cause)
        letters.write(
            ballot, "rule_lapsed", "rule_lapsed", concerned, cause=cause.value, **letters.times(ballot)
        )
        return True
    set_dates(ballot, moved)
    record_move(ballot, cause, moved.by, moment, outages)
    letters.write(
        ballot,
        "dates_moved",
        f"dates_moved:{moved.dates.freezes_at.isoformat()}",
        concerned,
        cause=cause.value,
        with_voting=moved.with_voting,
        **letters.times(ballot),
    )
    return True


def record_move(
    ballot: Ballot, cause: Cause, by: timedelta, moment: datetime, outages: Sequence[Outage] = ()
) -> None:
    """Write the move into the ballot's chain: why, by how much, and the dates as they are now."""
    events.record(
        ballot,
        EventKind.DATES_MOVED,
        moment,
        cause=cause,
        seconds=by // timedelta(seconds=1),
        microseconds=by % timedelta(seconds=1) // timedelta(microseconds=1),
        freezes_at=ballot.roll_freezes_at.isoformat() if ballot.roll_freezes_at else "",
        opens_at=ballot.opens_at.isoformat() if ballot.opens_at else "",
        closes_at=ballot.closes_at.isoformat() if ballot.closes_at else "",
        outages=[outage.starts_at.isoformat() for outage in outages],
    )


def set_dates(ballot: Ballot, moved: Moved) -> None:
    """Give a ballot its new dates; what follows from the closing moves with it."""
    shift = moved.by if moved.with_voting else timedelta(0)
    ballot.roll_freezes_at = moved.dates.freezes_at
    ballot.opens_at = moved.dates.opens_at
    move_closing(ballot, shift)


def move_closing(ballot: Ballot, by: timedelta) -> None:
    """Let voting end later, and with it the time for objections; the answer never comes before that."""
    if ballot.closes_at is None:
        raise ValueError("a ballot with a notice has all its times")
    ballot.closes_at += by
    if ballot.objections_end_at is not None:
        ballot.objections_end_at += by
    day = ballot.closes_at.astimezone(zone()).date()
    if ballot.respond_by is not None and ballot.respond_by < day:
        ballot.respond_by = day


def _threads(ballot: Ballot) -> dict[int, datetime]:
    """The threads of the case, each from when it belonged to it."""
    rows = db.session.execute(
        select(CaseThread.thread_id, CaseThread.linked_at).where(CaseThread.case_id == ballot.case_id)
    )
    return {row.thread_id: row.linked_at for row in rows}


def _merged(ballot: Ballot) -> dict[int, datetime]:
    """Those of them that have been merged into others, each from when it was."""
    return merged_at(ballot.case_id) if ballot.case_id is not None else {}


def _closed(ballot: Ballot) -> list[Closed]:
    if ballot.case_id is None:
        return []
    return [Closed(lock.thread_id, lock.starts_at, lock.ends_at) for lock in lock_intervals(ballot.case_id)]


def _next_lock_end(ballot: Ballot, after: datetime) -> datetime | None:
    return min((lock.ends_at for lock in _closed(ballot) if lock.ends_at > after), default=None)


def _outages(freezes_at: datetime, at: datetime) -> list[Outage]:
    """When the timer was silent in the window's last 24 hours, and nobody wrote anything: so far as can be known."""
    return [
        Outage(start, end)
        for start, end in jobs.gaps(freezes_at - LAST_DAY, at)
        if start < freezes_at
        and not db.session.scalar(
            select(Post.id).where(Post.written_at > start, Post.written_at < end).limit(1)
        )
    ]
