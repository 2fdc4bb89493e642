"""What happened to a ballot: numbered, dated when it was due, chained, and once where it can happen once."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select

from ballot.models import Ballot, BallotEvent, EventKind
from foundation.audit import canonical
from foundation.extensions import db

START = bytes(32)

ONCE = frozenset(
    {
        EventKind.DRAFTED,
        EventKind.NOTIFIED,
        EventKind.FROZEN,
        EventKind.OPENED,
        EventKind.CLOSED,
        EventKind.COUNTED,
        EventKind.CERTIFIED,
        EventKind.FINAL,
        EventKind.WITHDRAWN,
        EventKind.CANCELLED,
        EventKind.ANNULLED,
        EventKind.ANSWERED,
    }
)


def record(
    ballot: Ballot, kind: EventKind, at: datetime, *, actor_id: int | None = None, **payload: object
) -> None:
    """Append an event in the transaction under way; the ballot's row must be locked by it.

    Raises IntegrityError when an event that happens once is recorded a second time.
    """
    last = db.session.scalar(
        select(BallotEvent)
        .where(BallotEvent.ballot_id == ballot.id)
        .order_by(BallotEvent.seq.desc())
        .limit(1)
    )
    event = BallotEvent(
        ballot_id=ballot.id,
        seq=last.seq + 1 if last else 1,
        kind=kind,
        once=kind.value if kind in ONCE else None,
        at=at,
        actor_id=actor_id,
        payload=canonical(payload),
        previous=last.hash if last else START,
    )
    event.hash = digest(event)
    db.session.add(event)
    db.session.flush()


def digest(event: BallotEvent) -> bytes:
    """The hash of an event: over its place, kind, time, actor, payload and the hash before it."""
    body = canonical(
        {
            "ballot": event.ballot_id,
            "seq": event.seq,
            "kind": event.kind.value,
            "at": event.at,
            "actor": event.actor_id,
            "payload": event.payload,
        }
    )
    return hashlib.sha256(b"grasrot1/event\0" + event.previous + body.encode()).digest()


def history(ballot_id: int) -> list[BallotEvent]:
    """All events of a ballot in order."""
    return list(
        db.session.scalars(
            select(BallotEvent).where(BallotEvent.ballot_id == ballot_id).order_by(BallotEvent.seq)
        )
    )
