"""What takes two: who has done the first half of an act, read from a ballot's chain of events.

The acts of tellers and control committee are events and nothing else (LIFECYCLE section 1): pressing «Åpne urnen»,
approving the count, raising and settling an incident, annulling. What stands of them follows from their order.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ballot.counting.tally import Lot
from ballot.models import BallotEvent, EventKind
from foundation.extensions import db

KINDS = (
    EventKind.BOX_RELEASED,
    EventKind.COUNT_APPROVED,
    EventKind.INCIDENT_RAISED,
    EventKind.SETTLEMENT_PROPOSED,
    EventKind.INCIDENT_SETTLED,
    EventKind.ANNUL_PROPOSED,
    EventKind.ANNUL_DECLINED,
    EventKind.LOT_ENTERED,
    EventKind.LOT_CONFIRMED,
    EventKind.LOT_DECLINED,
    EventKind.CORRECTION_PROPOSED,
    EventKind.CORRECTION_DECLINED,
    EventKind.RECORD_CORRECTED,
)


@dataclass(frozen=True)
class Half:
    """The first half of an act that takes two: its number in the chain, by whom, when, and its public reason."""

    seq: int
    member_id: int
    at: datetime
    reason: str = ""


@dataclass(frozen=True)
class DrawnLot:
    """A lot that a teller has entered: its number in the chain, what was drawn, when, and who saw it.

    `teller_ids` are the one who entered it and, once it is confirmed, the one who did.
    """

    seq: int
    lot: Lot
    drawn_at: str
    witnesses: str
    teller_ids: tuple[int, ...]
    entered_at: datetime


@dataclass(frozen=True)
class Incident:
    """An incident that is not settled: its public reason, when it was raised, and by whom; None is the system."""

    at: datetime
    reason: str
    member_id: int | None


@dataclass(frozen=True)
class Joint:
    """What the tellers and the control committee have done in a ballot, as far as it stands.

    `approvals` count from the last incident that was settled: what was approved before it is approved
    anew. Whoever proposes twice has put her later reason in the place of the earlier one. `cleared_at` is
    when the last incident was settled or the last lot confirmed. `entered` are lots that wait for a second
    teller, `drawn` those that stand, in the order of the count. `corrections` of the record wait for a second person.
    """

    releases: tuple[Half, ...] = ()
    approvals: tuple[Half, ...] = ()
    incident: Incident | None = None
    settlements: tuple[Half, ...] = ()
    annulments: tuple[Half, ...] = ()
    cleared_at: datetime | None = None
    entered: tuple[DrawnLot, ...] = ()
    drawn: tuple[DrawnLot, ...] = ()
    corrections: tuple[Half, ...] = ()


def read(history: Iterable[BallotEvent]) -> Joint:
    """What stands, from a ballot's events in order; events of other kinds say nothing here."""
    releases: list[Half] = []
    approvals: list[Half] = []
    incident: Incident | None = None
    settlements: dict[int, Half] = {}
    annulments: dict[int, Half] = {}
    cleared_at = None
    entered: dict[int, DrawnLot] = {}
    drawn: list[DrawnLot] = []
    corrections: dict[int, Half] = {}
    for event in history:
        if event.kind not in KINDS:
            continue
        payload = json.loads(event.payload)
        reason = str(payload.get("reason", ""))
        if event.kind is EventKind.INCIDENT_RAISED:
            incident = Incident(event.at, reason, event.actor_id)
            approvals.clear()
        if event.actor_id is None:
            continue
        half = Half(event.seq, event.actor_id, event.at, reason)
        if event.kind is EventKind.BOX_RELEASED:
            releases.append(half)
        elif event.kind is EventKind.COUNT_APPROVED:
            approvals.append(half)
        elif event.kind is EventKind.SETTLEMENT_PROPOSED:
            settlements[half.member_id] = half
        elif event.kind is EventKind.INCIDENT_SETTLED:
            incident, cleared_at = None, event.at
            settlements.clear()
        elif event.kind is EventKind.ANNUL_PROPOSED:
            annulments[half.member_id] = half
        elif event.kind is EventKind.ANNUL_DECLINED:
            annulments = {who: one for who, one in annulments.items() if one.seq != payload.get("proposal")}
        elif event.kind is EventKind.LOT_ENTERED:
            entered[half.member_id] = _lot(half, payload)
        elif event.kind is EventKind.LOT_CONFIRMED:
            confirmed = next(lot for lot in entered.values() if lot.seq == payload["entry"])
            drawn.append(replace(confirmed, teller_ids=(*confirmed.teller_ids, half.member_id)))
            entered.clear()
            cleared_at = event.at
        elif event.kind is EventKind.LOT_DECLINED:
            entered = {who: one for who, one in entered.items() if one.seq != payload.get("entry")}
        elif event.kind is EventKind.CORRECTION_PROPOSED:
            corrections[half.member_id] = half
        elif event.kind in (EventKind.CORRECTION_DECLINED, EventKind.RECORD_CORRECTED):
            corrections = {who: one for who, one in corrections.items() if one.seq != payload.get("proposal")}
    return Joint(
        releases=tuple(releases),
        approvals=tuple(approvals),
        incident=incident,
        settlements=tuple(settlements.values()),
        annulments=tuple(annulments.values()),
        cleared_at=cleared_at,
        entered=tuple(entered.values()),
        drawn=tuple(drawn),
        corrections=tuple(corrections.values()),
    )


def _lot(half: Half, payload: dict[str, Any]) -> DrawnLot:
    return DrawnLot(
        seq=half.seq,
        lot=Lot(tuple(payload["among"]), tuple(payload["order"]), payload["for"]),
        drawn_at=payload["drawn_at"],
        witnesses=payload["witnesses"],
        teller_ids=(half.member_id,),
        entered_at=half.at,
    )


def of(ballot_id: int) -> Joint:
    """What stands in a ballot, in one query; most ballots have no such event."""
    return read(
        db.session.scalars(
            select(BallotEvent)
            .where(BallotEvent.ballot_id == ballot_id, BallotEvent.kind.in_(KINDS))
            .order_by(BallotEvent.seq)
        )
    )
