"""Filing an appeal against one's line of the roll, deciding it by two, and what follows for roll and result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from flask_babel import force_locale
from sqlalchemy import delete, select

from ballot import events, facts
from ballot import queries as ballots
from ballot.access import matter_of, refusals_logged
from ballot.appeals import effect, queries
from ballot.appeals.models import AppealReceipt, AppealState, AppealVote, RollAppeal
from ballot.appeals.receipts import Checked
from ballot.models import AppendixKind, Ballot, EventKind, RollEntry
from ballot.rules import appeals as rules
from ballot.rules.appeals import Decision, Filing
from ballot.rules.eligibility import unfulfilled
from ballot.rules.lifecycle import ENDED, State
from ballot.services import appendices, letters, lifecycle, teller_letters
from ballot.services.appendices import Change
from foundation import audit, clock, phrases
from foundation.errors import NotAllowed, NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.links import link
from foundation.text import plain
from foundation.transaction import transaction
from members.access import Rights, rights_of
from members.queries import holders, lineage
from members.rules.answers import Answer, Refused, refused
from members.rules.permissions import OfficeKind, Permission, Role

LONGEST = 2000
SENTENCE = 500


def filing_of(ballot: Ballot, rights: Rights, at: datetime) -> Answer:
    """Whether a member may appeal in this ballot now; two queries."""
    answer = rights.answer(Permission.FILE_ROLL_APPEAL, matter_of(ballot, owner_id=rights.member.id))
    if not answer:
        return answer
    if ballot.roll_freezes_at is None or ballot.closes_at is None:
        return refused("notice_not_published")
    entry = ballots.roll_entry(ballot.id, rights.member.id)
    mine = queries.latest(ballot.id, rights.member.id)
    return rules.may_file(
        Filing(
            freezes_at=ballot.roll_freezes_at,
            closes_at=ballot.closes_at,
            roll_made=facts.roll_is_made(ballot),
            entitled=bool(entry and entry.entitled),
            has_open=bool(mine and mine.state is AppealState.OPEN),
            was_refused=bool(mine and mine.state is AppealState.REFUSED),
            ended=ballot.state in ENDED,
        ),
        at,
    )


def reason_of(ballot: Ballot, rights: Rights, at: datetime) -> Reason:
    """Why the roll says no to a member, in full; what she appeals against."""
    entry = ballots.roll_entry(ballot.id, rights.member.id)
    line = facts.on_roll(ballot, rights, entry, at)
    if line is not None and line.reason is not None:
        return line.reason
    me = facts.own_facts(ballot, rights, at)
    why_not = unfulfilled(me, facts.electorate(ballot), facts.window_of(ballot).freezes_at)
    return why_not or Reason.of("not_on_roll")


def file(ballot_id: int, rights: Rights, what: str, receipt: Checked | None = None) -> RollAppeal:
    """File an appeal: what she did and when, and a receipt that was checked before.

    Raises NotAllowed, and RuleBroken when it is too early, too late, decided or open already.
    """
    told = plain(what)[:LONGEST]
    with refusals_logged(Permission.FILE_ROLL_APPEAL, rights, ballot_id), transaction() as session:
        ballot, at = _locked(ballot_id)
        if not facts.is_public(ballot):
            raise NotFound
        _require(filing_of(ballot, rights, at))
        if not told:
            raise RuleBroken(Reason.of("reason_missing"))
        entry = ballots.roll_entry(ballot.id, rights.member.id)
        code = entry.reason if entry else reason_of(ballot, rights, at).code
        matter = rules.matter_of(code)
        appeal = RollAppeal(
            ballot_id=ballot.id,
            member_id=rights.member.id,
            matter=matter,
            reason=code,
            what=told,
            filed_at=at,
            due_at=rules.due_at(matter, at, _set(ballot.closes_at)),
        )
        session.add(appeal)
        session.flush()
        if receipt is not None:
            session.add(
                AppealReceipt(appeal_id=appeal.id, media_type=receipt.media_type, content=receipt.content)
            )
        ballot.appeals_due_at = queries.next_due(ballot.id)
        audit.record(
            Permission.FILE_ROLL_APPEAL,
            actor_id=rights.member.id,
            unit_id=ballot.unit_id,
            subject=("ballot", ballot.id),
            appeal=appeal.id,
            matter=matter,
            receipt=receipt is not None,
        )
        _call(ballot, appeal, _deciders(ballot, appeal, at), "filed")
    return appeal


def may_decide(ballot: Ballot, appeal: RollAppeal, rights: Rights) -> Answer:
    """Whether somebody is one of those who decide this appeal: of the ballot's unit or above, by section 11.

    Not her own, not on the board, no moderator of the area. Membership, class and dues are for the group
    above the ballot's unit; at the top of the tree there is none above, and its own decides.
    """
    matter = matter_of(
        ballot,
        owner_id=appeal.member_id,
        area_id=ballot.case.forum.area_id if ballot.case else None,
        appealed=True,
    )
    answer = rights.answer(Permission.DECIDE_ROLL_APPEAL, matter)
    if not answer or appeal.matter is rules.Matter.PARTICIPATION:
        return answer
    if not rights.may(Permission.DECIDE_ROLL_APPEAL, replace(matter, unit_path=_above(ballot))):
        return refused("roll_appeal_unit_above")
    return answer


def _above(ballot: Ballot) -> str:
    path = ballot.unit.path.rstrip("/").rpartition("/")[0] + "/"
    return path if path != "/" else ballot.unit.path


def tops(rights: Rights) -> list[str]:
    """The units whose appeals group a member is in."""
    return [held.unit_path for held in rights.held if held.role is Role.APPEALS]


def decide(appeal_id: int, rights: Rights, decision: Decision, sentence: str = "") -> AppealState:
    """Say what one thinks of an appeal; with the second person it is decided. Gives how it stands then.

    Both must still be of those who decide at that moment: a first word does not outlive its office. Raises
    NotAllowed, RuleBroken where it is decided already or lacks the sentence to the member, NotFound.
    """
    found = queries.appeal(appeal_id)
    if found is None:
        raise NotFound
    told = plain(sentence)[:SENTENCE]
    with (
        refusals_logged(Permission.DECIDE_ROLL_APPEAL, rights, found.ballot_id),
        transaction() as session,
    ):
        ballot, at = _locked(found.ballot_id)
        appeal = queries.appeal(appeal_id)
        if appeal is None:
            raise NotFound
        _require(may_decide(ballot, appeal, rights))
        if appeal.state is not AppealState.OPEN or ballot.state not in ballots.WITH_ROLL:
            raise RuleBroken(Reason.of("roll_appeal_settled"))
        said = [vote for vote in queries.votes(appeal.id) if _still_decides(ballot, appeal, vote)]
        if any(vote.decider_id == rights.member.id for vote in said):
            raise RuleBroken(Reason.of("roll_appeal_second_needed"))
        if decision is Decision.REFUSE and not told:
            raise RuleBroken(Reason.of("roll_appeal_sentence_missing"))
        session.merge(
            AppealVote(
                appeal_id=appeal.id, decider_id=rights.member.id, decision=decision, sentence=told, at=at
            )
        )
        session.flush()
        audit.record(
            Permission.DECIDE_ROLL_APPEAL,
            actor_id=rights.member.id,
            unit_id=ballot.unit_id,
            subject=("ballot", ballot.id),
            appeal=appeal.id,
            decision=decision,
        )
        outcome = rules.decided([*(vote.decision for vote in said), decision])
        if outcome is None:
            others = [one for one in _deciders(ballot, appeal, at) if one != rights.member.id]
            _call(ballot, appeal, others, "second")
            return appeal.state
        heard = [vote.sentence for vote in said if vote.decision is outcome]
        heard += [told] if decision is outcome else []
        if outcome is Decision.GRANT:
            office = _office(ballot, rights)
            _grant(ballot, appeal, AppealState.GRANTED, at, office, _sentence(heard))
        else:
            _settle(ballot, appeal, AppealState.REFUSED, at, _sentence(heard))
        lifecycle.record_due(ballot, at)
        return appeal.state


def reverse_due(ballot: Ballot, moment: datetime) -> None:
    """Decide for the vote what nobody has decided in time, in the transaction that holds the ballot's lock.

    Dated when it was due. Called by whoever asks first, see `lifecycle.record_due`.
    """
    for appeal in queries.open_in(ballot.id):
        if appeal.due_at <= moment:
            _grant(ballot, appeal, AppealState.REVERSED, appeal.due_at, appendices.SYSTEM, "")
    ballot.appeals_due_at = queries.next_due(ballot.id)


def look_at_outcome(ballot: Ballot, at: datetime) -> None:
    """Raise an incident where those wrongly refused could have changed what was counted (section 11).

    The incident holds certification back. Tellers and control committee annul by their own joint act, and
    the board makes a new ballot.
    """
    late = queries.too_late(ballot.id)
    result = ballots.result_of(ballot.id)
    if not late or result is None:
        return
    new = sum(appeal.matter is rules.Matter.MEMBERSHIP for appeal in late)
    if not effect.could_change(ballot, result, voters=len(late), newly_entitled=new):
        return
    with force_locale("nb"):
        told = phrases.sentence(Reason.of("appeals_could_change", n=len(late)))
    if any(
        event.kind is EventKind.INCIDENT_RAISED and event.actor_id is None and told in event.payload
        for event in events.history(ballot.id)
    ):
        return
    events.record(ballot, EventKind.INCIDENT_RAISED, at, reason=told)
    told_to = [row.member_id for row in ballot.tellers]
    units = [unit.id for unit in lineage(ballot.unit)]
    told_to += [term.member_id for term in holders((OfficeKind.CONTROL_COMMITTEE,), units, at)]
    teller_letters.write(ballot, "appeals", f"appeals:{len(late)}", list(dict.fromkeys(told_to)))


def close_moot(at: datetime) -> int:
    """Close the appeals of ballots that ended before their time, and drop their receipts. What the timer does."""
    waiting = db.session.scalars(
        select(Ballot.id).where(Ballot.state.in_(ENDED), Ballot.appeals_due_at.is_not(None))
    ).all()
    for ballot_id in waiting:
        with transaction() as session:
            ballot = lifecycle.lock(ballot_id)
            for appeal in queries.open_in(ballot_id):
                appeal.state, appeal.decided_at = AppealState.REVERSED, max(at, appeal.filed_at)
                session.execute(delete(AppealReceipt).where(AppealReceipt.appeal_id == appeal.id))
            ballot.appeals_due_at = None
    return len(waiting)


def _locked(ballot_id: int) -> tuple[Ballot, datetime]:
    """The ballot locked against casting, closing and other appeals, with what was due recorded."""
    lifecycle.lock(ballot_id)
    at = clock.now()
    return lifecycle.lock_and_advance(ballot_id, at), at


def _grant(
    ballot: Ballot, appeal: RollAppeal, state: AppealState, at: datetime, actor: str, sentence: str
) -> None:
    """Give her the vote at once, by an appendix of the roll; after closing it is only noted that it came too late."""
    if ballot.state in (State.FROZEN, State.OPEN) and at < _set(ballot.closes_at):
        kind = AppendixKind.APPEAL_GRANTED if state is AppealState.GRANTED else AppendixKind.APPEAL_REVERSED
        appendices.append(
            ballot,
            kind,
            [Change(appeal.member_id, entitled=True, otherwise_entitled=True)],
            at=at,
            actor=actor,
            reason=f"{kind.value}: {appeal.reason}",
        )
    else:
        appeal.too_late = not _voted(ballot.id, appeal.member_id)
    _settle(ballot, appeal, state, at, sentence)
    if appeal.too_late and ballot.state is State.COUNTED:
        look_at_outcome(ballot, at)


def _voted(ballot_id: int, member_id: int) -> bool:
    return bool(
        db.session.scalar(
            select(RollEntry.voted).where(RollEntry.ballot_id == ballot_id, RollEntry.member_id == member_id)
        )
    )


def _settle(ballot: Ballot, appeal: RollAppeal, state: AppealState, at: datetime, sentence: str) -> None:
    appeal.state, appeal.decided_at, appeal.sentence = state, at, sentence
    db.session.execute(delete(AppealReceipt).where(AppealReceipt.appeal_id == appeal.id))
    db.session.flush()
    ballot.appeals_due_at = queries.next_due(ballot.id)
    ballot.appeals_cleared_at = max(at, ballot.appeals_cleared_at or at)
    letters.write(
        ballot,
        "roll_appeal_decided",
        f"appeal:{appeal.id}:decided",
        [appeal.member_id],
        outcome="too_late" if appeal.too_late else state.value,
        sentence=sentence,
        closes_at=ballot.closes_at,
        opens_at=ballot.opens_at,
        is_open=ballot.state is State.OPEN,
    )


def _sentence(heard: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(one for one in heard if one))[:SENTENCE]


def _office(ballot: Ballot, rights: Rights) -> str:
    terms = [
        term
        for term in rights.holds(OfficeKind.APPEALS_GROUP)
        if ballot.unit.path.startswith(term.office.unit.path)
    ]
    unit = max((term.office.unit for term in terms), key=lambda one: len(one.path), default=ballot.unit)
    return appendices.office(OfficeKind.APPEALS_GROUP, unit)


def _still_decides(ballot: Ballot, appeal: RollAppeal, vote: AppealVote) -> bool:
    rights = rights_of(vote.decider)
    return rights is not None and bool(may_decide(ballot, appeal, rights))


def _deciders(ballot: Ballot, appeal: RollAppeal, at: datetime) -> list[int]:
    """Those who can decide an appeal: the group of the nearest unit that has two who can, else all who can."""
    able: list[int] = []
    for unit in lineage(ballot.unit):
        for term in holders((OfficeKind.APPEALS_GROUP,), [unit.id], at):
            rights = rights_of(term.member, at)
            if term.member_id not in able and rights and may_decide(ballot, appeal, rights):
                able.append(term.member_id)
        if len(able) >= 2:
            break
    return able


def _call(ballot: Ballot, appeal: RollAppeal, member_ids: Iterable[int], occasion: str) -> None:
    letters.write(
        ballot,
        "roll_appeal_task",
        f"appeal:{appeal.id}:{occasion}",
        list(member_ids),
        second=occasion == "second",
        due_at=appeal.due_at,
        url=link("ballot.appeal_case", appeal_id=appeal.id),
    )


def _require(answer: Answer) -> None:
    if isinstance(answer, Refused):
        about_the_person = answer.reason.code not in _ABOUT_THE_BALLOT
        raise (NotAllowed if about_the_person else RuleBroken)(answer.reason)


_ABOUT_THE_BALLOT = frozenset(
    {
        "roll_appeal_ballot_ended",
        "roll_appeal_decided",
        "roll_appeal_entitled",
        "roll_appeal_open",
        "roll_appeal_too_early",
        "roll_appeal_too_late",
        "notice_not_published",
    }
)


def _set(moment: datetime | None) -> datetime:
    if moment is None:
        raise ValueError("a ballot with a notice has all its times")
    return moment
