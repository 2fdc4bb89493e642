"""Lots that a count needs: drawn by the tellers, entered by one of them, confirmed by another, and counted with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ballot import events, facts, joint, queries, results
from ballot.access import matter_of
from ballot.joint import DrawnLot, Half, Joint
from ballot.models import Ballot, EventKind
from ballot.rules.lifecycle import State
from ballot.services import counting, tellers
from ballot.services.drafting import kept
from foundation.errors import Reason, RuleBroken
from members.access import Rights
from members.rules.answers import Answer, refused
from members.rules.permissions import Permission

LONGEST_WITNESSES = 300


@dataclass(frozen=True)
class Needed:
    """The lot a ballot waits for: the tied option numbers, their names, and what it decides."""

    among: tuple[int, ...]
    names: tuple[str, ...]
    purpose: str


def needed_by(ballot: Ballot) -> Needed | None:
    """The lot that a counted ballot waits for, None where it waits for none."""
    if ballot.state is not State.COUNTED:
        return None
    told = results.count_of(ballot.id)
    if told is None or told["lot_needed"] is None:
        return None
    among = tuple(told["lot_needed"]["among"])
    labels = results.labels_of(ballot)
    return Needed(among, tuple(labels[number - 1] for number in among), told["lot_needed"]["for"])


def entry_of(ballot: Ballot, rights: Rights) -> Answer:
    """Whether somebody may enter a lot: a teller of the ballot, while it waits for one."""
    alone = rights.answer(Permission.ENTER_LOTS, matter_of(ballot))
    if alone and needed_by(ballot) is None:
        return refused("lot_not_needed")
    return alone


def confirmation_of(ballot: Ballot, rights: Rights, entered: DrawnLot) -> Answer:
    """Whether somebody may confirm, or decline, a lot that another teller has entered."""
    answer = entry_of(ballot, rights)
    if not answer:
        return answer
    half = Half(entered.seq, entered.teller_ids[0], entered.entered_at)
    return tellers.together(ballot, rights, Permission.ENTER_LOTS, half)


def enter(ballot_id: int, rights: Rights, order: Sequence[int], drawn_at: datetime, witnesses: str) -> None:
    """Enter what was drawn: the tied in the order of the lot, when, and who saw it. Another teller confirms."""
    with tellers.act(Permission.ENTER_LOTS, ballot_id, rights) as (ballot, at):
        tellers.require(entry_of(ballot, rights))
        needed = needed_by(ballot)
        if needed is None or sorted(order) != sorted(needed.among):
            raise RuleBroken(Reason.of("lot_order"))
        if drawn_at > at or (ballot.closes_at is not None and drawn_at < ballot.closes_at):
            raise RuleBroken(Reason.of("lot_time"))
        seen_by = witnesses.strip()[:LONGEST_WITNESSES]
        if not seen_by:
            raise RuleBroken(Reason.of("lot_witnesses"))
        events.record(
            ballot,
            EventKind.LOT_ENTERED,
            at,
            actor_id=rights.member.id,
            among=sorted(needed.among),
            order=list(order),
            drawn_at=drawn_at,
            witnesses=seen_by,
            **{"for": needed.purpose},
        )
        kept(Permission.ENTER_LOTS, ballot, rights)
        tellers.call(ballot, "lot", rights, tellers.tellers_of(ballot), Permission.ENTER_LOTS)


def confirm(ballot_id: int, rights: Rights, seq: int) -> bool:
    """Confirm a lot as the second teller, and count again with it; whether the count is finished now.

    Raises RuleBroken where it is not the one the count waits for any more.
    """
    with tellers.act("confirm_lot", ballot_id, rights) as (ballot, at):
        rights.require(Permission.ENTER_LOTS, matter_of(ballot))
        entered = _entered(joint.of(ballot.id), seq)
        tellers.require(confirmation_of(ballot, rights, entered))
        needed = needed_by(ballot)
        if needed is None or sorted(needed.among) != sorted(entered.lot.among):
            raise RuleBroken(Reason.of("proposal_gone"))
        events.record(ballot, EventKind.LOT_CONFIRMED, at, actor_id=rights.member.id, entry=seq)
        made = counting.recount(ballot)
        kept("confirm_lot", ballot, rights)
        if made.lot_needed is not None:
            tellers.call(ballot, "lot_more", rights, tellers.tellers_of(ballot), Permission.ENTER_LOTS)
    return made.lot_needed is None


def decline(ballot_id: int, rights: Rights, seq: int) -> None:
    """Say that a lot was not entered as it was drawn; the chain keeps both, and it can be entered anew."""
    with tellers.act("decline_lot", ballot_id, rights) as (ballot, at):
        rights.require(Permission.ENTER_LOTS, matter_of(ballot))
        entered = _entered(joint.of(ballot.id), seq)
        tellers.require(confirmation_of(ballot, rights, entered))
        events.record(ballot, EventKind.LOT_DECLINED, at, actor_id=rights.member.id, entry=seq)
        kept("decline_lot", ballot, rights)


def _entered(done: Joint, seq: int) -> DrawnLot:
    for lot in done.entered:
        if lot.seq == seq:
            return lot
    raise RuleBroken(Reason.of("proposal_gone"))


def is_waited_for(ballot: Ballot) -> bool:
    """Whether a closed ballot's result waits for a lot, for everybody's page: not among whom."""
    result = queries.result_of(ballot.id) if ballot.state is State.COUNTED else None
    return result is not None and results.Numbers.of(result).lot_needed and facts.is_public(ballot)
