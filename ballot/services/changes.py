"""What may still happen to a ballot after its notice: a milder rule, or its end, by two board members."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ballot import events, facts, queries
from ballot.access import matter_of, refusals_logged
from ballot.models import Ballot, BallotEvent, EventKind
from ballot.rules.dates import Cause, Dates, Outage, may_extend_voting, outage_blocker, outage_move
from ballot.rules.lifecycle import Capacity, Move, Mover, State, may_move
from ballot.rules.participation import (
    ALL_KINDS,
    Decision,
    Kind,
    RuleInForce,
    RuleState,
    Setting,
    may_change_rule,
    may_suspend_rule,
)
from ballot.services import dates, letters, lifecycle, related, roll
from ballot.services.drafting import kept
from foundation import clock
from foundation.errors import NotAllowed, NotFound, Reason, RuleBroken
from foundation.transaction import transaction
from members.access import Rights
from members.rules.answers import Refused
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
    concerned = roll.concerned_ids(ballot, at)
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


def suspend(ballot_id: int, rights: Rights, reason: str) -> Ballot:
    """Propose to suspend the participation rule, or confirm it as the second board member; the reason is public.

    Until voting opens (PARTICIPATION section 2): the rule fails open, never closed. A roll that is made
    already gets one appendix, on which everybody otherwise entitled stands without a basis.
    """
    at = clock.now()
    with refusals_logged(Permission.SUSPEND_RULE, rights, ballot_id), transaction():
        ballot = lifecycle.lock_and_advance(ballot_id, at)
        rights.require(Permission.SUSPEND_RULE, matter_of(ballot))
        if not facts.is_public(ballot):
            raise RuleBroken(Reason.of("notice_not_published"))
        if facts.setting_of(ballot) is Setting.NONE:
            raise RuleBroken(Reason.of("rule_not_in_force"))
        first = pending(events.history(ballot.id), EventKind.SUSPENSION_PROPOSED, EventKind.RULE_SUSPENDED)
        if first is not None and first.by_id == rights.member.id:
            raise RuleBroken(Reason.of("second_person_needed"))
        # Whoever proposes is asked the same as whoever confirms, with somebody beside her.
        decision = Decision(frozenset({rights.member.id, first.by_id if first else 0}), reason, at)
        answer = may_suspend_rule(decision, opens_at=_opening(ballot))
        if answer and ballot.state not in (State.NOTIFIED, State.FROZEN):
            answer = Refused(Reason.of("rule_suspend_too_late", deadline=_opening(ballot)))
        if not answer:
            raise RuleBroken(answer.reason)
        public = reason.strip()[:1000]
        if first is None:
            events.record(ballot, EventKind.SUSPENSION_PROPOSED, at, actor_id=rights.member.id, reason=public)
            kept("propose_suspending_rule", ballot, rights)
            return ballot
        ballot.rule_state = RuleState.SUSPENDED
        events.record(
            ballot,
            EventKind.RULE_SUSPENDED,
            at,
            actor_id=rights.member.id,
            proposed_by=first.by_id,
            reason=first.reason,
            confirmed=public,
        )
        if facts.roll_is_made(ballot):
            roll.without_rule(ballot, at, first.reason)
        kept(Permission.SUSPEND_RULE, ballot, rights)
        letters.write(
            ballot,
            "rule_suspended",
            "rule_suspended",
            roll.concerned_ids(ballot, at),
            reason=first.reason,
            **letters.times(ballot),
        )
    return ballot


def record_outage(ballot_id: int, rights: Rights, outage: Outage, reason: str) -> Ballot:
    """Propose to make good an outage that the system has not seen itself, or confirm it as the second person.

    Before the freeze two board members, and the time to take part moves (PARTICIPATION section 6). While
    voting is open two tellers, two of the control committee where the ballot has none, and closing moves
    (LIFECYCLE section 1). Never more than 7 days in all, or past the deciding body's date.
    """
    at = clock.now()
    with refusals_logged("record_outage", rights, ballot_id), transaction():
        ballot = lifecycle.lock_and_advance(ballot_id, at)
        _may_record_outage(ballot, rights)
        first = pending(events.history(ballot.id), EventKind.OUTAGE_PROPOSED, EventKind.OUTAGE_RECORDED)
        same = first is not None and outage_in(first) == outage
        if same and first is not None and first.by_id == rights.member.id:
            raise RuleBroken(Reason.of("second_person_needed"))
        if not reason.strip():
            raise RuleBroken(Reason.of("reason_missing"))
        blocker = _outage_blocker(ballot, outage, at)
        if blocker is not None:
            raise RuleBroken(blocker)
        told = {"starts_at": outage.starts_at.isoformat(), "ends_at": outage.ends_at.isoformat()}
        public = reason.strip()[:1000]
        if not same or first is None:
            events.record(
                ballot, EventKind.OUTAGE_PROPOSED, at, actor_id=rights.member.id, reason=public, **told
            )
            kept("propose_outage", ballot, rights)
            return ballot
        events.record(
            ballot,
            EventKind.OUTAGE_RECORDED,
            at,
            actor_id=rights.member.id,
            proposed_by=first.by_id,
            reason=first.reason,
            confirmed=public,
            **told,
        )
        kept("record_outage", ballot, rights)
        if ballot.state is State.OPEN:
            _extend_voting(ballot, outage, at)
        else:
            dates.move_for(ballot, outage_move([outage], facts.window_of(ballot).freezes_at), at)
    return ballot


def _may_record_outage(ballot: Ballot, rights: Rights) -> None:
    if ballot.state is State.OPEN:
        capacity = Capacity.TELLER if ballot.tellers else Capacity.CONTROL
        if capacity not in facts.mover(ballot, rights).capacities:
            raise NotAllowed(Reason.of("capacity_missing", capacities=(capacity,)))
        return
    rights.require(Permission.SOFTEN_RULE, matter_of(ballot))
    if ballot.state is not State.NOTIFIED or facts.setting_of(ballot) is Setting.NONE:
        raise RuleBroken(Reason.of("outage_not_now"))


def _outage_blocker(ballot: Ballot, outage: Outage, at: datetime) -> Reason | None:
    if outage.starts_at in dates.outages_told(ballot):
        return Reason.of("outage_told")
    if ballot.state is not State.OPEN:
        return outage_blocker(outage, facts.window_of(ballot).freezes_at, at)
    answer = may_extend_voting(
        outage,
        _dates_of(ballot),
        at,
        before=dates.moved_so_far(ballot),
        decides_at=ballot.case.decides_at if ballot.case else None,
    )
    return None if answer else answer.reason


def _extend_voting(ballot: Ballot, outage: Outage, at: datetime) -> None:
    (cut,) = outage_move([outage], _dates_of(ballot).closes_at)
    dates.move_closing(ballot, cut.length)
    dates.record_move(ballot, Cause.VOTING, cut.length, at, [outage])
    letters.write(
        ballot,
        "dates_moved",
        f"dates_moved:closing:{outage.starts_at.isoformat()}",
        roll.concerned_ids(ballot, at),
        cause=Cause.VOTING.value,
        with_voting=True,
        **letters.times(ballot),
    )


def _dates_of(ballot: Ballot) -> Dates:
    if ballot.closes_at is None:
        raise ValueError("a ballot with a notice has all its times")
    return Dates(facts.window_of(ballot).freezes_at, _opening(ballot), ballot.closes_at)


def outage_in(proposal: Proposal) -> Outage:
    """The outage that a proposal speaks of."""
    start, end = proposal.payload["starts_at"], proposal.payload["ends_at"]
    return Outage(datetime.fromisoformat(str(start)), datetime.fromisoformat(str(end)))


def proposed_outage(ballot: Ballot, seq: int) -> Outage:
    """The outage that stands proposed under this number; raises RuleBroken when it is gone."""
    waiting = pending(events.history(ballot.id), EventKind.OUTAGE_PROPOSED, EventKind.OUTAGE_RECORDED)
    if waiting is None or waiting.seq != seq:
        raise RuleBroken(Reason.of("proposal_gone"))
    return outage_in(waiting)


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
    if ballot.state is not State.NOTIFIED or facts.setting_of(ballot) is Setting.NONE:
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
    _carry_out(ballot, before, after)
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
        roll.concerned_ids(ballot, at),
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
    if after.kinds != before.kinds:
        told["kinds"] = sorted(after.kinds - before.kinds)
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
        kinds=facts.kinds_of(ballot) | frozenset(map(Kind, rule["kinds"])) if "kinds" in rule else None,
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


def _carry_out(ballot: Ballot, before: RuleInForce, after: RuleInForce) -> None:
    ballot.minimum_contributions = after.minimum
    ballot.window_opens_at = after.window.opens_at
    ballot.roll_freezes_at = after.window.freezes_at
    if after.kinds != before.kinds:
        ballot.contribution_kinds = "" if after.kinds >= ALL_KINDS else " ".join(sorted(after.kinds))
    new = sorted(after.threads - before.threads)
    if new and ballot.case is not None:
        related.link_threads(ballot.case, queries.threads(new))


def _threads_exist(ids: frozenset[int]) -> None:
    found = {thread.id: thread for thread in queries.threads(ids)} if ids else {}
    if found.keys() != ids:
        raise NotFound
    if any(thread.merged_into_id is not None for thread in found.values()):
        raise RuleBroken(Reason.of("thread_merged"))


def _opening(ballot: Ballot) -> datetime:
    if ballot.opens_at is None:
        raise ValueError("a ballot with a notice has all its times")
    return ballot.opens_at
