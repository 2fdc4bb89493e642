"""Correcting the record: a new version with a public reason, by two tellers; the former one stays.

Where the ballot has no tellers, two of the control committee do it (LIFECYCLE section 1: after the certification a
correction is a new version).
"""

from __future__ import annotations

from ballot import events, joint
from ballot.access import matter_of
from ballot.joint import Half
from ballot.models import Ballot, EventKind, RecordVersion
from ballot.rules.lifecycle import State
from ballot.services import records
from ballot.services.drafting import kept
from ballot.services.tellers import REASON_LENGTH, act, call, require, tellers_of, together
from foundation.errors import Reason, RuleBroken
from foundation.extensions import db
from members.access import Rights
from members.models import Member
from members.rules.answers import Answer, refused
from members.rules.permissions import Permission

WITH_A_RECORD = (State.CERTIFIED, State.FINAL)


def permission_of(ballot: Ballot) -> Permission:
    """Whose it is: the tellers', or without tellers the control committee's."""
    return Permission.APPROVE_COUNT if ballot.tellers else Permission.ANNUL_BALLOT


def proposal_of(ballot: Ballot, rights: Rights) -> Answer:
    """Whether somebody may propose a correction."""
    alone = rights.answer(permission_of(ballot), matter_of(ballot))
    if alone and ballot.state not in WITH_A_RECORD:
        return refused("record_not_there")
    return alone


def confirmation_of(ballot: Ballot, rights: Rights, proposal: Half) -> Answer:
    """Whether somebody may confirm, or decline, the correction that another has proposed."""
    answer = proposal_of(ballot, rights)
    return together(ballot, rights, permission_of(ballot), proposal) if answer else answer


def propose(ballot_id: int, rights: Rights, reason: str) -> None:
    """Say what was wrong and is to be put right; the new version comes when a second person says the same."""
    with act("propose_correction", ballot_id, rights) as (ballot, at):
        require(proposal_of(ballot, rights))
        public = reason.strip()[:REASON_LENGTH]
        if not public:
            raise RuleBroken(Reason.of("reason_missing"))
        events.record(ballot, EventKind.CORRECTION_PROPOSED, at, actor_id=rights.member.id, reason=public)
        kept("propose_correction", ballot, rights)
        call(ballot, "correction", rights, tellers_of(ballot), permission_of(ballot))


def correct(ballot_id: int, rights: Rights, seq: int) -> RecordVersion:
    """Write the version that another has proposed in event `seq`."""
    with act("correct_record", ballot_id, rights) as (ballot, at):
        proposal = _proposal(ballot, rights, seq)
        events.record(
            ballot,
            EventKind.RECORD_CORRECTED,
            at,
            actor_id=rights.member.id,
            proposal=proposal.seq,
            proposed_by=proposal.member_id,
            reason=proposal.reason,
        )
        kept("correct_record", ballot, rights)
        first = db.session.get_one(Member, proposal.member_id)
        return records.write(ballot, at, proposal.reason, (first.name, rights.member.name))


def decline(ballot_id: int, rights: Rights, seq: int) -> None:
    """Say no to the correction of event `seq`; the chain keeps both."""
    with act("decline_correction", ballot_id, rights) as (ballot, at):
        proposal = _proposal(ballot, rights, seq)
        events.record(
            ballot, EventKind.CORRECTION_DECLINED, at, actor_id=rights.member.id, proposal=proposal.seq
        )
        kept("decline_correction", ballot, rights)


def _proposal(ballot: Ballot, rights: Rights, seq: int) -> Half:
    require(proposal_of(ballot, rights))
    proposal = next((half for half in joint.of(ballot.id).corrections if half.seq == seq), None)
    if proposal is None:
        raise RuleBroken(Reason.of("proposal_gone"))
    require(confirmation_of(ballot, rights, proposal))
    return proposal
