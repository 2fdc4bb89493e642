"""Records what time has brought about: once, dated when it was due, by whoever asks first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

import structlog
from flask_babel import force_locale

from ballot import events, facts, queries
from ballot.models import Ballot, EventKind
from ballot.rules.lifecycle import OBJECTION_PERIOD, Due, State, due_events
from ballot.rules.participation import lapse_minimum
from ballot.services import counting, dates, letters, roll, teller_letters
from foundation import clock, phrases
from foundation.errors import NotFound, Reason
from foundation.extensions import db
from foundation.transaction import transaction

log = structlog.get_logger()

# What stands above this room does at its moment, in the transaction that holds the ballot's lock: decide appeals that
# nobody decided in time (the ballot, when it was due), and look at a count (the ballot, when it was due).
when_appeals_due: list[Callable[[Ballot, datetime], None]] = []
when_counted: list[Callable[[Ballot, datetime], None]] = []


def is_due(ballot: Ballot, at: datetime) -> bool:
    """Whether time has brought about something that is not recorded; asks the rule, not the database.

    A count that did not reconcile, or that waits for its tellers, is not due: then nothing is written.
    """
    if _appeal_due(ballot, at) is not None or dates.due_at(ballot, at) is not None:
        return True
    moment = {
        State.NOTIFIED: ballot.roll_freezes_at,
        State.FROZEN: ballot.opens_at,
        State.OPEN: ballot.closes_at,
        State.CERTIFIED: ballot.objections_end_at,
    }.get(ballot.state, at)
    if moment is None or at < moment:
        return False  # nothing before its time, whatever else the rule would have to be told
    return bool(due_events(facts.lifecycle_facts(ballot), at))


def advance(ballot_id: int, at: datetime) -> Ballot:
    """Record every transition that is due by `at`, each dated when it was DUE, and give the ballot as it stands.

    Locks the ballot's row: of several who ask at once, one records and the others find it recorded
    (LIFECYCLE section 1). Raises NotFound.
    """
    with transaction():
        record_due(lock(ballot_id), at)
    ballot = queries.whole_ballot(ballot_id)
    if ballot is None:
        raise NotFound
    return ballot


def lock(ballot_id: int) -> Ballot:
    """Load a ballot anew under a lock that the transaction under way keeps to its end; raises NotFound."""
    ballot = db.session.get(Ballot, ballot_id, with_for_update=True, populate_existing=True)
    if ballot is None:
        raise NotFound
    return ballot


def lock_and_advance(ballot_id: int, at: datetime) -> Ballot:
    """Lock a ballot and record what is due, inside the transaction of an act that depends on its state."""
    ballot = lock(ballot_id)
    record_due(ballot, at)
    return ballot


def advance_all(at: datetime) -> int:
    """Record every transition that is due in any ballot; answers how many. What the timer does."""
    done = 0
    for ballot_id in queries.due_ids(at):
        ballot = db.session.get(Ballot, ballot_id, populate_existing=True)
        if ballot is None or not is_due(ballot, at):
            continue
        try:
            with transaction():
                done += record_due(lock(ballot_id), at)
        except Exception:
            # One ballot's trouble must not keep the others from closing.
            log.exception("ballot_not_advanced", ballot=ballot_id)
    return done


def record_due(ballot: Ballot, at: datetime) -> int:
    """Record what is due in a ballot that this transaction has locked; answers how many things.

    Each in its turn: an appeal that nobody decided is decided for the vote before a later closing is recorded.
    """
    done = 0
    while True:
        due = due_events(facts.lifecycle_facts(ballot), at)
        appeal = _appeal_due(ballot, at)
        moment = dates.due_at(ballot, at)
        if moment is not None and (not due or moment < due[0].due_at):
            dates.look(ballot, moment, at)
        elif due and due[0].to is State.FROZEN and dates.look(ballot, due[0].due_at, at):
            pass  # the freeze is later now, or made without the rule
        elif appeal is not None and (not due or appeal <= due[0].due_at):
            for act in when_appeals_due:
                act(ballot, appeal)
            if ballot.appeals_due_at == appeal:
                raise RuntimeError("nobody decides appeals that are due")
        elif due:
            _record(ballot, due[0])
        else:
            return done
        done += 1


def _appeal_due(ballot: Ballot, at: datetime) -> datetime | None:
    """When an appeal in a living ballot was to be decided at the latest, where that is past; asks no query."""
    due = ballot.appeals_due_at
    return due if due is not None and due <= at and ballot.state in queries.WITH_ROLL else None


def note_refused_change(ballot_id: int, actor_id: int, code: str) -> None:
    """Keep in the ballot's own chain that somebody tried to change it after the notice."""
    at = clock.now()
    with transaction():
        ballot = lock(ballot_id)
        if facts.is_public(ballot):
            events.record(ballot, EventKind.REFUSED_CHANGE, at, actor_id=actor_id, code=code)


def record_decided(ballot: Ballot, to: State, at: datetime) -> None:
    """Record what people have decided on a ballot that this transaction has locked; the rule was asked before."""
    _record(ballot, Due(to, at))


def _record(ballot: Ballot, due: Due) -> None:
    if due.to is State.FROZEN:
        frozen = roll.freeze(ballot)
        _move(ballot, due, EventKind.FROZEN, frozen.published())
        if frozen.cancels:
            _cancel(ballot, due, frozen)
    elif due.to is State.OPEN:
        _move(ballot, due, EventKind.OPENED)
    elif due.to is State.CLOSED:
        _move(ballot, due, EventKind.CLOSED)
        counting.close(ballot, due.due_at)
        teller_letters.box_closed(ballot)
    elif due.to is State.COUNTED:
        adds_up = counting.count(ballot, due.due_at)
        _move(ballot, due, EventKind.COUNTED, {"adds_up": adds_up})
        for act in when_counted:
            act(ballot, due.due_at)
    elif due.to is State.CERTIFIED:
        ballot.objections_end_at = max(ballot.objections_end_at or due.due_at, due.due_at + OBJECTION_PERIOD)
        _move(ballot, due, EventKind.CERTIFIED)
        counting.certify(ballot, due.due_at)
    else:
        _move(ballot, due, EventKind.FINAL)


def _cancel(ballot: Ballot, due: Due, frozen: roll.Frozen) -> None:
    """The notice said that too few who take part end the ballot (PARTICIPATION section 10)."""
    minimum = lapse_minimum(frozen.roll.otherwise_entitled)
    with force_locale("nb"):
        ballot.end_reason = phrases.sentence(Reason.of("cancelled_for_shortfall", minimum=minimum))
    _move(
        ballot,
        replace(due, to=State.CANCELLED),
        EventKind.CANCELLED,
        {"code": "cancelled_for_shortfall", "minimum": minimum},
    )
    letters.write(ballot, "cancelled", "cancelled", roll.entitled_ids(ballot), reason=ballot.end_reason)


def _move(ballot: Ballot, due: Due, kind: EventKind, payload: Mapping[str, object] | None = None) -> None:
    ballot.state = due.to
    events.record(ballot, kind, due.due_at, **(payload or {}))  # type: ignore[arg-type]  # no fact is called actor_id
