"""What may still happen to a ballot after its notice: a milder rule, or its end, by two board members."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ballot import events, facts, queries
from ballot.access import matter_of, refusals_logged
from ballot.models import Ballot, BallotEvent, EventKind
from ballot.rules.lifecycle import Move, Mover, State, may_move
from ballot.rules.participation import Decision, Kind, RuleInForce, Setting, may_change_rule
from ballot.services import letters, lifecycle, roll
from ballot.services.drafting import kept
from forums.models import CaseThread, Thread
from forums.services import crediting
from foundation import clock
from foundation.errors import NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.access import Rights
from members.rules.permissions import Permission


@dataclass(frozen=True)
class Proposal:
    """What one board member has proposed and a second one has not yet confirmed."""

    seq: int
    by_id: int
    at: datetime
    reason: str
    payload: dict[str, object]


@dataclass(frozen=True)
class RuleChange:
    """The rule as somebody wants it; None leaves a part as it is. `threads` and `kinds` are the whole sets."""

    minimum: int | None = None
    freezes_at: datetime | None = None
    window_opens_at: datetime | None = None
    threads: frozenset[int] | None = None
    kinds: frozenset[Kind] | None = None
    setting: Setting | None = None


def pending(history: Iterable[BallotEvent], proposed: EventKind, done: EventKind) -> Proposal | None:
    """The proposal that waits for a second board member, from a ballot's events in order."""
    waiting = None
    for event in history:
        if event.kind is proposed:
            waiting = event
        elif event.kind is done:
            waiting = None
    if waiting is None or waiting.actor_id is None:
        return None
    payload = json.loads(waiting.payload)
    return Proposal(waiting.seq, waiting.actor_id, waiting.at, str(payload.get("reason", "")), payload)


def cancel(ballot_id: int, rights: Rights, reason: str) -> Ballot:
    """Propose to cancel a ballot, or confirm it as the second board member; both give their reason.

    From the notice until it opens (LIFECYCLE section 1). The reason of the first is the public one.
    """
    at = clock.now()
    with refusals_logged(Permission.CANCEL_BALLOT, rights, ballot_id), transaction():
        ballot = lifecycle.lock_and_advance(ballot_id, at)
        rights.require(Permission.CANCEL_BALLOT, matter_of(ballot))
        me = facts.mover(ballot, rights)
        first = pending(events.history(ballot.id), EventKind.CANCEL_PROPOSED, EventKind.CANCELLED)
        if first is not None and first.by_id == me.member_id:
            raise RuleBroken(Reason.of("second_person_needed"))
        # Whoever proposes is asked the same as whoever confirms, with an equal beside her.
        other = Mover(first.by_id if first else 0, me.capacities)
        answer = may_move(
            facts.lifecycle_facts(ballot), State.CANCELLED, Move(by=me, second=other, reason=reason), at
        )
        if not answer:
            raise RuleBroken(answer.reason)
        public = reason.strip()[:1000]
        if first is None:
            events.record(ballot, EventKind.CANCEL_PROPOSED, at, actor_id=me.member_id, reason=public)
            kept("propose_cancelling", ballot, rights)
            return ballot
        _end(ballot, at, first, me.member_id, public)
        kept(Permission.CANCEL_BALLOT, ballot, rights)
    return ballot


def _end(ballot: Ballot, at: datetime, first: Proposal, second_id: int, confirmed: str) -> None:
    concerned = concerned_ids(ballot, at)
    ballot.state = State.CANCELLED
    ballot.end_reason = first.reason
    events.record(
        ballot,
        EventKind.CANCELLED,
        at,
        actor_id=second_id,
        reason=first.reason,
        confirmed=confirmed,
        proposed_by=first.by_id,
    )
    letters.write(ballot, "cancelled", "cancelled", concerned, reason=first.reason)


def concerned_ids(ballot: Ballot, at: datetime) -> Sequence[int]:
    """Those entitled but for the rule: by the roll where it is made, else as if it were made now."""
    if facts.roll_is_made(ballot):
        return roll.entitled_ids(ballot)
    return [member.member_id for member in roll.as_if_now(facts.electorate(ballot), at).members]


def change_rule(ballot_id: int, rights: Rights, change: RuleChange, reason: str) -> Ballot:
    """Propose a milder participation rule, or confirm the same change as the second board member.

    Anything stricter, or too late, is refused and kept in the ballot's own chain of events (PARTICIPATION
    section 2). A confirmation carries out what was proposed.
    """
    at = clock.now()
    try:
        with refusals_logged(Permission.SOFTEN_RULE, rights, ballot_id), transaction():
            ballot = lifecycle.lock_and_advance(ballot_id, at)
            rights.require(Permission.SOFTEN_RULE, matter_of(ballot))
            _change(ballot, rights, change, reason, at)
    except RuleBroken as refusal:
        if refusal.reason.code not in _HARMLESS:
            lifecycle.note_refused_change(ballot_id, rights.member.id, refusal.reason.code)
        raise
    return ballot


# Nobody has tried to take anything from anybody by these.
_HARMLESS = frozenset({"nothing_changed", "reason_missing", "second_person_needed", "two_needed"})


def _change(ballot: Ballot, rights: Rights, change: RuleChange, reason: str, at: datetime) -> None:
    if not facts.is_public(ballot):
        raise RuleBroken(Reason.of("notice_not_published"))
    if ballot.state is not State.NOTIFIED or ballot.participation is Setting.NONE:
        raise RuleBroken(Reason.of("rule_not_changeable"))
    history = events.history(ballot.id)
    before = facts.rule_of(ballot, queries.threads_of(ballot.case_id))
    after = _applied(before, change)
    first = pending(history, EventKind.CHANGE_PROPOSED, EventKind.RULE_CHANGED)
    same = first is not None and first.payload.get("rule") == _told(before, after)
    if same and first is not None and first.by_id == rights.member.id:
        raise RuleBroken(Reason.of("second_person_needed"))
    # The rule's own question about two deciders is answered once the second one confirms.
    deciders = frozenset({rights.member.id, first.by_id if same and first is not None else 0})
    blockers = may_change_rule(
        before,
        after,
        Decision(deciders, reason, at),
        opens_at=_opening(ballot),
        window_changes=_window_changes(history),
    )
    if blockers:
        raise RuleBroken(blockers[0])
    _threads_exist(after.threads - before.threads)
    public = reason.strip()[:1000]
    if not same or first is None:
        events.record(
            ballot,
            EventKind.CHANGE_PROPOSED,
            at,
            actor_id=rights.member.id,
            reason=public,
            rule=_told(before, after),
        )
        kept("propose_rule_change", ballot, rights)
        return
    _carry_out(ballot, before, after, at)
    events.record(
        ballot,
        EventKind.RULE_CHANGED,
        at,
        actor_id=rights.member.id,
        proposed_by=first.by_id,
        reason=first.reason,
        confirmed=public,
        rule=_told(before, after),
    )
    kept(Permission.SOFTEN_RULE, ballot, rights)
    number = sum(event.kind is EventKind.RULE_CHANGED for event in history) + 1
    letters.write(
        ballot,
        "rule_changed",
        f"rule_changed:{number}",
        concerned_ids(ballot, at),
        reason=first.reason,
        minimum=ballot.minimum_contributions,
        **letters.times(ballot),
    )


def _applied(before: RuleInForce, change: RuleChange) -> RuleInForce:
    window = replace(
        before.window,
        opens_at=change.window_opens_at or before.window.opens_at,
        freezes_at=change.freezes_at or before.window.freezes_at,
    )
    return replace(
        before,
        setting=before.setting if change.setting is None else change.setting,
        window=window,
        minimum=before.minimum if change.minimum is None else change.minimum,
        threads=before.threads if change.threads is None else change.threads,
        kinds=before.kinds if change.kinds is None else change.kinds,
    )


def _told(before: RuleInForce, after: RuleInForce) -> dict[str, object]:
    """A change as the events tell it: what is new, and nothing that stays."""
    told: dict[str, object] = {}
    if after.minimum != before.minimum:
        told["minimum"] = after.minimum
    if after.window.opens_at != before.window.opens_at:
        told["window_opens_at"] = after.window.opens_at.isoformat()
    if after.window.freezes_at != before.window.freezes_at:
        told["freezes_at"] = after.window.freezes_at.isoformat()
    if after.threads != before.threads:
        told["threads"] = sorted(after.threads - before.threads)
    return told


def proposed_change(ballot: Ballot, seq: int) -> RuleChange:
    """What stands proposed under this number, for the second board member; raises RuleBroken when it is gone."""
    waiting = pending(events.history(ballot.id), EventKind.CHANGE_PROPOSED, EventKind.RULE_CHANGED)
    if waiting is None or waiting.seq != seq:
        raise RuleBroken(Reason.of("proposal_gone"))
    rule = rule_in(waiting.payload)
    threads = frozenset(queries.threads_of(ballot.case_id)) | frozenset(rule.get("threads", ()))
    return RuleChange(
        minimum=rule.get("minimum"),
        freezes_at=_moment(rule.get("freezes_at")),
        window_opens_at=_moment(rule.get("window_opens_at")),
        threads=threads,
    )


def rule_in(payload: Mapping[str, object]) -> dict[str, Any]:
    """What a proposal or a change says of the rule: only what is new."""
    rule = payload["rule"]
    return dict(rule) if isinstance(rule, dict) else {}


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _window_changes(history: Iterable[BallotEvent]) -> int:
    rules = [json.loads(event.payload)["rule"] for event in history if event.kind is EventKind.RULE_CHANGED]
    return sum("freezes_at" in rule or "window_opens_at" in rule for rule in rules)


def _carry_out(ballot: Ballot, before: RuleInForce, after: RuleInForce, at: datetime) -> None:
    ballot.minimum_contributions = after.minimum
    ballot.window_opens_at = after.window.opens_at
    ballot.roll_freezes_at = after.window.freezes_at
    new = sorted(after.threads - before.threads)
    if new and ballot.case is not None:
        crediting.lock_cases([ballot.case])
        for thread in db.session.scalars(select(Thread).where(Thread.id.in_(new)).order_by(Thread.id)):
            db.session.add(CaseThread(case_id=ballot.case.id, thread_id=thread.id, linked_at=at))
            db.session.flush()
            crediting.give_for_linked(thread, ballot.case, at)


def _threads_exist(ids: frozenset[int]) -> None:
    found = set(db.session.scalars(select(Thread.id).where(Thread.id.in_(ids)))) if ids else set()
    if found != ids:
        raise NotFound


def _opening(ballot: Ballot) -> datetime:
    if ballot.opens_at is None:
        raise ValueError("a ballot with a notice has all its times")
    return ballot.opens_at
