"""What tellers and control committee do together: open the box, approve the count, settle an incident, annul.

Each act takes two persons. The first half is an event of the ballot; the second person does it, in one transaction.
Who may, and when, is asked of the rules each time, of both persons as they stand at that moment (LIFECYCLE sections 1
and 2): a first half does not outlive the office it was given in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import func, select, update

from ballot import events, facts, joint
from ballot.access import matter_of, refusals_logged
from ballot.joint import Half
from ballot.models import Ballot, BallotEvent, BallotKey, EventKind
from ballot.rules.lifecycle import Move, State, may_move
from ballot.secrecy import rewriting
from ballot.services import letters, lifecycle, roll, teller_letters
from ballot.services.drafting import kept
from foundation import clock
from foundation.errors import NotAllowed, Reason, RuleBroken
from foundation.extensions import db
from foundation.transaction import after_commit, transaction
from members.access import Rights, rights_of
from members.models import Member
from members.queries import holders, lineage
from members.rules.answers import Allowed, Answer, refused
from members.rules.permissions import OfficeKind, Permission, decide_together

# While something can still go wrong. An incident holds back the certification of the count, or the end of the
# objection period (rules.lifecycle.Hold); whether papers are taken, and when, it changes nothing.
INCIDENT_STATES = (State.OPEN, State.CLOSED, State.COUNTED, State.CERTIFIED)
REASON_LENGTH = 1000


@dataclass(frozen=True)
class Press:
    """What somebody's press on a button comes to.

    `answer` is a refusal, or allowed: with `two` it is the first half, without it completes `first`.
    """

    answer: Answer
    first: Half | None = None


def release_of(ballot: Ballot, rights: Rights, done: joint.Joint, at: datetime) -> Press:
    """What pressing «Åpne urnen» comes to."""
    return _press(ballot, rights, State.COUNTED, Permission.RELEASE_SHARE, done.releases, at)


def approval_of(ballot: Ballot, rights: Rights, done: joint.Joint, at: datetime) -> Press:
    """What pressing «Resultatet stemmer» comes to."""
    return _press(ballot, rights, State.CERTIFIED, Permission.APPROVE_COUNT, done.approvals, at)


def annulment_of(ballot: Ballot, rights: Rights, reason: str, at: datetime) -> Answer:
    """Whether somebody may propose to annul the ballot with this reason; `two` where she may."""
    return _press(ballot, rights, State.ANNULLED, Permission.ANNUL_BALLOT, (), at, reason).answer


def confirmation_of(ballot: Ballot, rights: Rights, proposal: Half, at: datetime) -> Answer:
    """Whether somebody may confirm, or decline, what another has proposed: annulling the ballot."""
    return _second(ballot, rights, State.ANNULLED, Permission.ANNUL_BALLOT, proposal, at)


def incident_of(ballot: Ballot, rights: Rights, done: joint.Joint) -> Answer:
    """Whether somebody may raise an incident: one teller alone, from the opening to the end of objections."""
    alone = rights.answer(Permission.RAISE_INCIDENT, matter_of(ballot))
    if alone and ballot.state not in INCIDENT_STATES:
        return refused("incident_not_now")
    if alone and done.incident is not None:
        return refused("incident_open")
    return alone


def settlement_of(ballot: Ballot, rights: Rights, done: joint.Joint) -> Answer:
    """Whether somebody may propose how the open incident is settled."""
    alone = rights.answer(Permission.RAISE_INCIDENT, matter_of(ballot))
    if alone and (done.incident is None or ballot.state not in INCIDENT_STATES):
        return refused("incident_none")
    return alone


def settling_of(ballot: Ballot, rights: Rights, done: joint.Joint, proposal: Half) -> Answer:
    """Whether somebody may confirm how another wants to settle the open incident."""
    answer = settlement_of(ballot, rights, done)
    return _together(ballot, rights, Permission.RAISE_INCIDENT, proposal)[0] if answer else answer


def _press(
    ballot: Ballot,
    rights: Rights,
    to: State,
    permission: Permission,
    halves: Iterable[Half],
    at: datetime,
    reason: str = "",
) -> Press:
    alone = rights.answer(permission, matter_of(ballot))
    if not alone:
        return Press(alone)
    by = facts.mover(ballot, rights)
    solo = may_move(facts.lifecycle_facts(ballot), to, Move(by=by, reason=reason), at)
    if not solo and solo.reason.code != "two_needed":
        return Press(solo)
    mine: Answer | None = None
    for half in halves:
        answer = _second(ballot, rights, to, permission, half, at)
        if answer:
            return Press(answer, half)
        if half.member_id == rights.member.id:
            mine = answer
    return Press(mine if mine is not None else Allowed(two=True))


def _second(
    ballot: Ballot, rights: Rights, to: State, permission: Permission, half: Half, at: datetime
) -> Answer:
    """Whether somebody completes a first half, by the table of permissions and by the life of the ballot."""
    together, other = _together(ballot, rights, permission, half)
    if not together or other is None:
        return together
    move = Move(by=facts.mover(ballot, other), second=facts.mover(ballot, rights), reason=half.reason)
    return may_move(facts.lifecycle_facts(ballot), to, move, at)


def _together(
    ballot: Ballot, rights: Rights, permission: Permission, half: Half
) -> tuple[Answer, Rights | None]:
    if half.member_id == rights.member.id:
        other: Rights | None = rights
    else:
        member = db.session.get(Member, half.member_id)
        other = rights_of(member) if member else None
    if other is None:
        return refused("role_missing", permission=permission), None
    answer = decide_together(
        permission,
        other.held,
        matter_of(ballot, actor_id=half.member_id),
        rights.held,
        matter_of(ballot, actor_id=rights.member.id),
    )
    return answer, other


def together(ballot: Ballot, rights: Rights, permission: Permission, half: Half) -> Answer:
    """Whether somebody is the second person to what another has begun, by the table of permissions."""
    return _together(ballot, rights, permission, half)[0]


def release(ballot_id: int, rights: Rights) -> bool:
    """Open the box, or do the first half of it; whether the papers are counted now."""
    with act(Permission.RELEASE_SHARE, ballot_id, rights) as (ballot, at):
        press = release_of(ballot, rights, joint.of(ballot.id), at)
        _note(ballot, EventKind.BOX_RELEASED, press, rights, at)
        if press.first is not None:
            lifecycle.record_decided(ballot, State.COUNTED, at)
        kept(Permission.RELEASE_SHARE, ballot, rights)
    return press.first is not None


def approve(ballot_id: int, rights: Rights) -> bool:
    """Approve the count, or do the first half of it; whether the result is certified now."""
    with act(Permission.APPROVE_COUNT, ballot_id, rights) as (ballot, at):
        press = approval_of(ballot, rights, joint.of(ballot.id), at)
        _note(ballot, EventKind.COUNT_APPROVED, press, rights, at)
        if press.first is not None:
            lifecycle.record_decided(ballot, State.CERTIFIED, at)
        kept(Permission.APPROVE_COUNT, ballot, rights)
    return press.first is not None


def raise_incident(ballot_id: int, rights: Rights, reason: str) -> None:
    """Hold the result back with a public reason, until two tellers have settled it or annul."""
    with act(Permission.RAISE_INCIDENT, ballot_id, rights) as (ballot, at):
        require(incident_of(ballot, rights, joint.of(ballot.id)))
        events.record(
            ballot, EventKind.INCIDENT_RAISED, at, actor_id=rights.member.id, reason=_public(reason)
        )
        kept(Permission.RAISE_INCIDENT, ballot, rights)
        call(ballot, "incident", rights, tellers_of(ballot), Permission.RAISE_INCIDENT)


def propose_settlement(ballot_id: int, rights: Rights, reason: str) -> None:
    """Say how the open incident is settled; it is when a second teller says the same."""
    with act("propose_settlement", ballot_id, rights) as (ballot, at):
        require(settlement_of(ballot, rights, joint.of(ballot.id)))
        events.record(
            ballot, EventKind.SETTLEMENT_PROPOSED, at, actor_id=rights.member.id, reason=_public(reason)
        )
        kept("propose_settlement", ballot, rights)
        call(ballot, "settle", rights, tellers_of(ballot), Permission.RAISE_INCIDENT)


def settle(ballot_id: int, rights: Rights, seq: int) -> None:
    """Settle the open incident as another teller has proposed in event `seq`."""
    with act("settle_incident", ballot_id, rights) as (ballot, at):
        rights.require(Permission.RAISE_INCIDENT, matter_of(ballot))
        done = joint.of(ballot.id)
        proposal = _proposal(done.settlements, seq)
        require(settling_of(ballot, rights, done, proposal))
        events.record(
            ballot,
            EventKind.INCIDENT_SETTLED,
            at,
            actor_id=rights.member.id,
            reason=proposal.reason,
            proposed_by=proposal.member_id,
        )
        kept("settle_incident", ballot, rights)
        lifecycle.record_due(ballot, at)


def propose_annulment(ballot_id: int, rights: Rights, reason: str) -> None:
    """Propose to annul the ballot with a public reason: a teller of it, or one of the control committee."""
    with act("propose_annulment", ballot_id, rights) as (ballot, at):
        public = reason.strip()[:REASON_LENGTH]
        require(annulment_of(ballot, rights, public, at))
        events.record(ballot, EventKind.ANNUL_PROPOSED, at, actor_id=rights.member.id, reason=public)
        kept("propose_annulment", ballot, rights)
        call(ballot, "annul", rights, [*tellers_of(ballot), *_control(ballot, at)], Permission.ANNUL_BALLOT)


def annul(ballot_id: int, rights: Rights, seq: int) -> None:
    """Annul the ballot as another of the same body has proposed in event `seq`."""
    with act(Permission.ANNUL_BALLOT, ballot_id, rights) as (ballot, at):
        rights.require(Permission.ANNUL_BALLOT, matter_of(ballot))
        proposal = _proposal(joint.of(ballot.id).annulments, seq)
        require(confirmation_of(ballot, rights, proposal, at))
        was_open = ballot.state is State.OPEN
        ballot.state = State.ANNULLED
        ballot.end_reason = proposal.reason
        events.record(
            ballot,
            EventKind.ANNULLED,
            at,
            actor_id=rights.member.id,
            reason=proposal.reason,
            proposed_by=proposal.member_id,
        )
        kept(Permission.ANNUL_BALLOT, ballot, rights)
        _never_open(ballot, was_open=was_open)
        letters.write(ballot, "annulled", "annulled", roll.entitled_ids(ballot), reason=ballot.end_reason)


def decline_annulment(ballot_id: int, rights: Rights, seq: int) -> None:
    """Say no to the annulment that another of the same body has proposed in event `seq`; the chain keeps both."""
    with act("decline_annulment", ballot_id, rights) as (ballot, at):
        rights.require(Permission.ANNUL_BALLOT, matter_of(ballot))
        proposal = _proposal(joint.of(ballot.id).annulments, seq)
        require(confirmation_of(ballot, rights, proposal, at))
        events.record(ballot, EventKind.ANNUL_DECLINED, at, actor_id=rights.member.id, proposal=proposal.seq)
        kept("decline_annulment", ballot, rights)


@contextmanager
def act(name: str, ballot_id: int, rights: Rights) -> Iterator[tuple[Ballot, datetime]]:
    """One act: the ballot locked, what was due recorded, the time read after the lock; a refusal is logged."""
    with refusals_logged(name, rights, ballot_id), transaction():
        lifecycle.lock(ballot_id)
        at = clock.now()
        yield lifecycle.lock_and_advance(ballot_id, at), at


def require(answer: Answer) -> None:
    """Raise the refusal: about the person it is NotAllowed, about the ballot RuleBroken."""
    if not answer:
        raise (RuleBroken if answer.reason.code in _ABOUT_THE_BALLOT else NotAllowed)(answer.reason)


_ABOUT_THE_BALLOT = frozenset(
    {
        "certification_held",
        "incident_none",
        "incident_not_now",
        "incident_open",
        "lot_not_needed",
        "no_such_move",
        "reason_missing",
        "record_not_there",
        "system_only",
    }
)


def _note(ballot: Ballot, kind: EventKind, press: Press, rights: Rights, at: datetime) -> None:
    """Record a press, and call for a second person where it was the first half."""
    require(press.answer)
    events.record(ballot, kind, at, actor_id=rights.member.id)
    if press.first is None:
        call(ballot, kind.value, rights, tellers_of(ballot), Permission.APPROVE_COUNT)


def _proposal(standing: Sequence[Half], seq: int) -> Half:
    """The proposal with this number; it is gone where it was declined, replaced or carried out meanwhile."""
    for half in standing:
        if half.seq == seq:
            return half
    raise RuleBroken(Reason.of("proposal_gone"))


def _public(reason: str) -> str:
    """A reason as everybody will read it; there must be one."""
    public = reason.strip()[:REASON_LENGTH]
    if not public:
        raise RuleBroken(Reason.of("reason_missing"))
    return public


def tellers_of(ballot: Ballot) -> list[int]:
    """The ids of the ballot's tellers."""
    return [row.member_id for row in ballot.tellers]


def _control(ballot: Ballot, at: datetime) -> list[int]:
    units = [unit.id for unit in lineage(ballot.unit)]
    return [term.member_id for term in holders((OfficeKind.CONTROL_COMMITTEE,), units, at)]


def call(
    ballot: Ballot,
    task: str,
    rights: Rights,
    member_ids: Iterable[int],
    permission: Permission,
) -> None:
    """Write to those who can be the second person to what was recorded last; each occasion once."""
    seq = db.session.scalar(select(func.max(BallotEvent.seq)).where(BallotEvent.ballot_id == ballot.id)) or 0
    half = Half(seq, rights.member.id, clock.now())
    called = []
    for member_id in dict.fromkeys(member_ids):
        member = db.session.get(Member, member_id)
        other = rights_of(member) if member else None
        if other is not None and _together(ballot, other, permission, half)[0]:
            called.append(member_id)
    teller_letters.write(ballot, task, f"{task}:{seq}", called)


def _never_open(ballot: Ballot, *, was_open: bool) -> None:
    """Wipe the key, so that papers still sealed stay so; part marks and papers where closing has not yet.

    The sealed papers themselves are kept: how many they are can still be held against the marks.
    """
    db.session.execute(
        update(BallotKey).where(BallotKey.ballot_id == ballot.id).values(wrapped_private_key=None)
    )
    if was_open:
        after_commit(partial(_rewrite, ballot.id))


def _rewrite(ballot_id: int) -> None:
    rewriting.rewrite(ballot_id)
