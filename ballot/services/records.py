"""The record of a ballot: a version that is never overwritten, and a new one where something is corrected."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select

from ballot import events, results
from ballot.models import Ballot, EventKind, RecordVersion, Result, Roll
from ballot.rules.majority import Outcome
from ballot.rules.small_numbers import shown_count
from ballot.services import appendices
from foundation import software
from foundation.audit import canonical
from foundation.extensions import db
from members.models import Member

LANGUAGES = ("nb", "nn", "en")


PUBLIC_REASONS = frozenset(
    {
        EventKind.CANCEL_PROPOSED,
        EventKind.CANCELLED,
        EventKind.ANNULLED,
        EventKind.CHANGE_PROPOSED,
        EventKind.RULE_CHANGED,
        EventKind.SUSPENSION_PROPOSED,
        EventKind.RULE_SUSPENDED,
        EventKind.OUTAGE_PROPOSED,
        EventKind.OUTAGE_RECORDED,
        EventKind.INCIDENT_RAISED,
        EventKind.SETTLEMENT_PROPOSED,
        EventKind.INCIDENT_SETTLED,
        EventKind.RECORD_CORRECTED,
    }
)
"""Events whose reason everybody may read."""


def write(
    ballot: Ballot, at: datetime, correction: str = "", corrected_by: tuple[str, ...] = ()
) -> RecordVersion:
    """Write the next version of the record, in the transaction under way that holds the ballot's lock.

    `correction` says publicly what was corrected, and `corrected_by` who did it; version 1 has neither. The
    record is for everybody: where the numbers are kept back it does not hold them.
    """
    former = next(iter(versions(ballot.id)), None)
    version = former.version + 1 if former else 1
    body = canonical(
        _facts(ballot)
        | {
            "version": version,
            "made_at": at,
            "correction": correction,
            "corrected_by": list(corrected_by),
            "former_sha256": former.sha256.hex() if former else None,
        }
    )
    record = RecordVersion(
        ballot_id=ballot.id,
        version=version,
        made_at=at,
        facts=body,
        sha256=hashlib.sha256(body.encode()).digest(),
    )
    db.session.add(record)
    db.session.flush()
    return record


def versions(ballot_id: int) -> list[RecordVersion]:
    """All versions of the record, the newest first."""
    return list(
        db.session.scalars(
            select(RecordVersion)
            .where(RecordVersion.ballot_id == ballot_id)
            .order_by(RecordVersion.version.desc())
        )
    )


def read(record: RecordVersion) -> dict[str, Any]:
    """What a version says; its times are ISO 8601 in UTC."""
    facts: dict[str, Any] = json.loads(record.facts)
    return facts


def _facts(ballot: Ballot) -> dict[str, object]:
    result = db.session.get_one(Result, ballot.id)
    roll = db.session.get_one(Roll, ballot.id)
    numbers = results.Numbers.of(result)
    outcome = results.outcome_of(ballot, numbers)
    return {
        "grasrot": "record-1",
        "ballot": ballot.id,
        "question": ballot.question,
        "unit": ballot.unit.name,
        "case": _case(ballot),
        "subject": ballot.subject,
        "method": ballot.method,
        "level": ballot.level,
        "force": ballot.force,
        "bylaw_reference": ballot.bylaw_reference,
        "seats": ballot.seats,
        "deputies": ballot.deputies,
        "software": {"version": software.release(), "commit": software.commit()},
        "fingerprint": ballot.fingerprint.hex() if ballot.fingerprint else None,
        "electorate": {
            "units": sorted(row.unit.name for row in ballot.units),
            "classes": sorted(row.membership_class for row in ballot.classes),
            "cutoff_at": ballot.cutoff_at,
        },
        "times": {
            "notified_at": ballot.notified_at,
            "window_opens_at": ballot.window_opens_at,
            "roll_freezes_at": ballot.roll_freezes_at,
            "opens_at": ballot.opens_at,
            "closes_at": ballot.closes_at,
            "objections_end_at": ballot.objections_end_at,
        },
        "people": {
            "drafter": ballot.drafter.name,
            "approver": ballot.approver.name if ballot.approver else None,
            "responsible": ballot.responsible.name,
            "respond_by": ballot.respond_by.isoformat() if ballot.respond_by else None,
            "tellers": sorted(row.member.name for row in ballot.tellers),
        },
        "rule": {
            "sentence": _in_each_language(lambda: results.rule_of(ballot, roll)),
            "outcome": _in_each_language(lambda: results.shown(ballot, result, roll).rule_outcome),
            "majority": _majority(ballot),
            "quorum": f"{ballot.quorum_numerator}/{ballot.quorum_denominator}",
            "tie_rule": ballot.tie_rule,
        },
        "participation": {
            "setting": ballot.participation,
            "minimum": ballot.minimum_contributions,
            "shortfall": ballot.shortfall,
            "lapsed": roll.lapsed,
            "qualified": None if roll.qualified is None else shown_count(roll.qualified),
        },
        "roll": {
            "sha256": roll.sha256.hex(),
            "lines": roll.lines,
            "otherwise_entitled": roll.otherwise_entitled,
            "entitled": roll.entitled,
            "appendices": [
                {"number": one.number, "kind": one.kind, "at": one.at, "sha256": one.sha256.hex()}
                for one in appendices.of(ballot.id)
            ],
        },
        "result": {
            "sentence": _in_each_language(lambda: results.sentence_of(ballot, result)),
            "turnout": _in_each_language(lambda: " ".join(results.turnout(ballot, numbers))),
            "verdict": outcome.verdict,
            "kept_back": numbers.kept_back,
        }
        | ({} if numbers.kept_back else _numbers(ballot, numbers, outcome)),
        "count": None if numbers.kept_back else _count(ballot.id),
        "reconciliation": {
            "entitled": numbers.entitled,
            "marked": numbers.marked,
            "papers": numbers.papers,
            "receipts": numbers.receipts,
            "adds_up": numbers.adds_up,
        },
        "papers_sha256": None if numbers.kept_back else result.papers_sha256.hex(),
        "events": _events(ballot.id),
    }


def _numbers(ballot: Ballot, numbers: results.Numbers, outcome: Outcome) -> dict[str, object]:
    return {
        "options": [option.label for option in ballot.options],
        "votes": list(numbers.votes),
        "blank": numbers.blank,
        "base": outcome.base,
        "needed": outcome.needed,
        "quorum_needed": outcome.quorum_needed,
    }


def _count(ballot_id: int) -> dict[str, Any] | None:
    """The whole count, with the names of the tellers who entered and confirmed each lot."""
    count = results.count_of(ballot_id)
    if count is None:
        return None
    tellers = {member_id for lot in count["lots"] for member_id in lot.get("tellers", ())}
    names = _names_of(tellers)
    lots = [
        {key: value for key, value in lot.items() if key != "tellers"}
        | {"teller_names": [names[member_id] for member_id in lot.get("tellers", ())]}
        for lot in count["lots"]
    ]
    return count | {"lots": lots}


def _names_of(member_ids: Iterable[int]) -> dict[int | None, str]:
    names: dict[int | None, str] = {None: ""}
    for member_id, name in db.session.execute(
        select(Member.id, Member.name).where(Member.id.in_(member_ids))
    ):
        names[member_id] = name
    return names


def _case(ballot: Ballot) -> dict[str, object] | None:
    if ballot.case is None:
        return None
    return {
        "number": ballot.case.number,
        "title": ballot.case.title,
        "deciding_body": ballot.case.deciding_body,
        "decides_at": ballot.case.decides_at,
    }


def _majority(ballot: Ballot) -> dict[str, object] | None:
    if ballot.majority_numerator is None:
        return None
    return {
        "fraction": f"{ballot.majority_numerator}/{ballot.majority_denominator}",
        "over": ballot.majority_over,
        "base": ballot.majority_base,
    }


def _events(ballot_id: int) -> list[dict[str, object]]:
    history = events.history(ballot_id)
    names = _names_of({event.actor_id for event in history if event.actor_id is not None})
    return [
        {
            "seq": event.seq,
            "kind": event.kind,
            "at": event.at,
            # That somebody tried is part of the chain; who it was is for those who read the audit log.
            "by": "" if event.kind is EventKind.REFUSED_CHANGE else names[event.actor_id],
            "reason": str(json.loads(event.payload).get("reason", ""))
            if event.kind in PUBLIC_REASONS
            else "",
            "hash": event.hash.hex(),
        }
        for event in history
    ]


def _in_each_language(say: Callable[[], str]) -> dict[str, str]:
    """A sentence in every language of the interface: the record says the same to whoever reads it."""
    told = {}
    for language in LANGUAGES:
        with force_locale(language):
            told[language] = say()
    return told
