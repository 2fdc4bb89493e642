"""Drafting a ballot: what a board has written, what still stands in its way, and its way to a second pair of eyes."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from ballot import events, facts, places, queries
from ballot.access import matter_of, refusals_logged
from ballot.counting.quota import BadQuota, Quota
from ballot.models import (
    Ballot,
    BallotArgument,
    BallotClass,
    BallotOption,
    BallotSource,
    BallotTeller,
    BallotUnit,
    Consent,
    EventKind,
    Method,
    Side,
)
from ballot.rules.eligibility import Electorate
from ballot.rules.lifecycle import (
    DraftFacts,
    Force,
    Level,
    Move,
    State,
    Times,
    may_move,
    may_publish,
    plain,
    settle,
)
from ballot.rules.majority import MORE_YES_THAN_NO, NO_QUORUM, Majority, Quorum, TieRule
from ballot.rules.methods import KINDS, MethodDraft, is_of_persons, method_blockers
from ballot.rules.participation import ALL_KINDS, Authority, Kind, Permit, Setting, Shortfall
from ballot.services import related
from ballot.services.lifecycle import lock, note_refused_change
from ballot.services.roll import Counted, as_if_now
from forums.models import Case
from foundation import audit, clock
from foundation.errors import NotAllowed, NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.formats import zone
from foundation.transaction import transaction
from members.access import Rights
from members.models import BylawTopic, Unit
from members.queries import bylaw, holders, voting_classes
from members.rules.classes import MembershipClass, Subject
from members.rules.permissions import Matter, OfficeKind, Permission

YES_AND_NO = ("Ja", "Nei")
USUAL_ANSWER = timedelta(days=14)
AFTER_DECISION = timedelta(days=7)
BOARD = (OfficeKind.BOARD_CHAIR, OfficeKind.BOARD_MEMBER)


@dataclass(frozen=True)
class Candidacy:
    """Whom an option is: a member or not, what she says of herself, the quota's group she gave, her consent.

    The board sets the member; the rest comes from the candidate, and stays where a draft is written anew.
    """

    member_id: int | None = None
    portrait: str = ""
    gender_group: str = ""
    consent: Consent = Consent.NOT_ASKED


@dataclass(frozen=True)
class Draft:
    """A ballot as its board has written it: plain values, times in UTC, None for what takes its default.

    `options` are (label, explanation), `arguments` (side, text), `sources` (title, address). Without a
    `majority` most votes suffice: more yes than no in a motion. `counted_by` is a method that the board has
    chosen; without one it follows from the options. `candidates` stand beside the options of an election.
    `quota` is as a ballot keeps it.
    """

    unit_id: int
    question: str
    about: str
    responsible_id: int
    options: tuple[tuple[str, str], ...] = (("Ja", ""), ("Nei", ""))
    several: bool = False
    case_id: int | None = None
    closes_at: datetime | None = None
    opens_at: datetime | None = None
    roll_freezes_at: datetime | None = None
    window_opens_at: datetime | None = None
    cutoff_at: datetime | None = None
    force: Force = Force.ADVISORY
    level: Level = Level.SECRET
    bylaw_reference: str = ""
    subject: Subject = Subject.CASE
    unit_ids: tuple[int, ...] = ()
    classes: frozenset[MembershipClass] = frozenset({MembershipClass.FULL_MEMBER})
    majority: Majority | None = None
    quorum: Quorum = NO_QUORUM
    tie_rule: TieRule = TieRule.NOT_ADOPTED
    participation: Setting = Setting.NONE
    minimum: int = 1
    shortfall: Shortfall = Shortfall.LAPSE
    kinds: frozenset[Kind] = ALL_KINDS
    demanded_by_members: bool = False
    arguments: tuple[tuple[Side, str], ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    teller_ids: frozenset[int] = frozenset()
    respond_by: date | None = None
    counted_by: Method | None = None
    seats: int = 1
    deputies: int = 0
    max_marks: int | None = None
    quota: str = ""
    shuffled: bool = False
    candidates: tuple[Candidacy, ...] = ()

    @property
    def method(self) -> Method:
        """What the board has chosen, or else: yes or no is a motion, anything else a choice of one or several."""
        if self.counted_by is not None:
            return self.counted_by
        if self.several:
            return Method.APPROVAL
        labels = tuple(plain(label) for label, _ in self.options)
        return Method.MOTION if labels == tuple(map(plain, YES_AND_NO)) else Method.CHOICE

    @property
    def majority_in_force(self) -> Majority | None:
        """The majority as the rules read it: a motion always has one."""
        if self.majority is None and self.method is Method.MOTION:
            return MORE_YES_THAN_NO
        return self.majority

    @property
    def tie_in_force(self) -> TieRule:
        """How a tie is settled: a count that elects by itself cannot leave one open."""
        if self.tie_rule is not TieRule.NOT_ADOPTED or KINDS[self.method].judged:
            return self.tie_rule
        return TieRule.LOT if len(self.teller_ids) >= 2 else TieRule.SEED

    @property
    def of_persons(self) -> bool:
        """Whether the options are candidates."""
        return is_of_persons(self.method, self.subject)


@dataclass(frozen=True)
class Check:
    """A draft held against rules and register at a moment.

    `blockers` is what stands in the way of the notice; `counted` how many would be entitled, and would have
    taken part, if the roll were made now; `electorate` holds what the bylaws say of dues and age.
    """

    facts: DraftFacts
    electorate: Electorate
    times: Times
    blockers: tuple[Reason, ...]
    counted: Counted


def check(draft: Draft, at: datetime, *, small_roll_confirmed: bool = False) -> Check:
    """Hold a draft against the rules, the bylaws and the register, as if its notice were published now."""
    unit = db.session.get(Unit, draft.unit_id)
    if unit is None:
        raise NotFound
    units = list(db.session.scalars(select(Unit).where(Unit.id.in_(draft.unit_ids or (unit.id,)))))
    grace = bylaw(unit, BylawTopic.DUES_GRACE_DAYS, at)
    age = bylaw(unit, BylawTopic.MINIMUM_AGE, at)
    electorate = Electorate(
        unit_paths=tuple(row.path for row in units),
        unit_names=tuple(sorted(row.name for row in units)),
        classes=draft.classes,
        cutoff_at=min(draft.cutoff_at or at, at),
        zone=zone(),
        dues_grace_days=grace.value if grace else None,
        minimum_age=age.value if age else None,
    )
    counted = as_if_now(
        electorate,
        at,
        case_id=draft.case_id,
        window_opens_at=draft.window_opens_at,
        minimum=draft.minimum,
        kinds=draft.kinds,
    )
    waiting = bylaw(unit, BylawTopic.WAITING_PERIOD_DAYS, at)
    known = DraftFacts(
        options=tuple(label for label, _ in draft.options),
        classes=draft.classes,
        classes_with_vote=frozenset(voting_classes(unit, draft.subject)),
        otherwise_entitled=counted.otherwise_entitled,
        subject=draft.subject,
        force=draft.force,
        level=draft.level,
        bylaw_reference=draft.bylaw_reference,
        cutoff_at=draft.cutoff_at,
        waiting_period=timedelta(days=waiting.value or 0) if waiting else timedelta(0),
        window_opens_at=draft.window_opens_at,
        freezes_at=draft.roll_freezes_at,
        opens_at=draft.opens_at,
        closes_at=draft.closes_at,
        majority=draft.majority_in_force,
        quorum=draft.quorum,
        setting=draft.participation,
        minimum=draft.minimum,
        shortfall=draft.shortfall,
        kinds=draft.kinds,
        demanded_by_members=draft.demanded_by_members,
        threads=frozenset(queries.threads_of(draft.case_id)),
        permit=_permit(unit, draft, at),
        teller_ids=draft.teller_ids,
        board_ids=_members_in(BOARD, unit, at),
        administrator_ids=_members_in((OfficeKind.ADMINISTRATOR,), None, at),
        candidate_ids=frozenset(one.member_id for one in draft.candidates if one.member_id is not None)
        if draft.of_persons
        else frozenset(),
        small_roll_confirmed=small_roll_confirmed,
    )
    return Check(
        facts=known,
        electorate=electorate,
        times=settle(known, at),
        blockers=(
            *may_publish(known, at),
            *_of_method(draft),
            *_more_blockers(draft, unit, units, settle(known, at)),
        ),
        counted=counted,
    )


def _permit(unit: Unit, draft: Draft, at: datetime) -> Permit | None:
    """By whose leave the unit uses the participation rule (PARTICIPATION section 1)."""
    topic = (
        BylawTopic.PARTICIPATION_BINDING
        if draft.force is Force.BINDING
        else BylawTopic.PARTICIPATION_ADVISORY
    )
    decided = bylaw(unit, topic, at)
    return Permit(Authority(decided.decided_by.value), decided.reference) if decided else None


def _members_in(kinds: tuple[OfficeKind, ...], unit: Unit | None, at: datetime) -> frozenset[int]:
    units = [unit.id] if unit else list(db.session.scalars(select(Unit.id)))
    return frozenset(term.member_id for term in holders(kinds, units, at))


def _more_blockers(draft: Draft, unit: Unit, units: list[Unit], times: Times) -> list[Reason]:
    """What the rules cannot see: references to rows, and what this installation cannot do yet."""
    reasons = []
    outside = sorted(row.name for row in units if not row.path.startswith(unit.path))
    if outside:
        reasons.append(Reason.of("unit_outside", units=tuple(outside), unit=unit.name))
    if draft.respond_by is not None and draft.respond_by < times.closes_at.astimezone(zone()).date():
        reasons.append(Reason.of("answer_before_closing", closes_at=times.closes_at))
    return reasons


def _of_method(draft: Draft) -> list[Reason]:
    """What is wrong with the method, the places, the quota and the candidates."""
    quota: Quota | None = None
    if draft.quota:
        groups = [one.gender_group for one in draft.candidates] or [""] * len(draft.options)
        try:
            quota = places.quota(draft.quota, groups)
        except BadQuota:
            return [Reason.of("quota_cannot_be_met")]
    waiting = [
        label
        for (label, _), one in zip(draft.options, draft.candidates, strict=False)
        if one.consent not in (Consent.GIVEN, Consent.WRITTEN)
    ]
    return method_blockers(
        MethodDraft(
            method=draft.method,
            subject=draft.subject,
            options=len(draft.options),
            seats=draft.seats,
            deputies=draft.deputies,
            max_marks=draft.max_marks,
            quota=quota,
            refuse_short=bool(draft.quota) and json.loads(draft.quota).get("too_few") == "refuse",
            majority=draft.majority,
            tie_rule=draft.tie_in_force,
            tellers=len(draft.teller_ids),
            unconsenting=waiting if draft.of_persons else (),
        )
    )


def answer_by(case: Case | None, times: Times) -> date:
    """The day by which the responsible person answers, where the board has set none.

    Two weeks after closing, or a week after the body has decided: the answer tells how it voted.
    """
    usual = times.closes_at + USUAL_ANSWER
    after_decision = case.decides_at + AFTER_DECISION if case else usual
    return max(usual, after_decision).astimezone(zone()).date()


def draft_of(ballot: Ballot) -> Draft:
    """A stored draft as plain values."""
    majority = facts.majority_of(ballot)
    if ballot.method is Method.MOTION and majority == MORE_YES_THAN_NO:
        majority = None
    return Draft(
        unit_id=ballot.unit_id,
        question=ballot.question,
        about=ballot.about,
        responsible_id=ballot.responsible_id,
        options=tuple((option.label, option.explanation) for option in ballot.options),
        several=ballot.method is Method.APPROVAL,
        case_id=ballot.case_id,
        closes_at=ballot.closes_at,
        opens_at=ballot.opens_at,
        roll_freezes_at=ballot.roll_freezes_at,
        window_opens_at=ballot.window_opens_at,
        cutoff_at=ballot.cutoff_at,
        force=ballot.force,
        level=ballot.level,
        bylaw_reference=ballot.bylaw_reference,
        subject=ballot.subject,
        unit_ids=tuple(sorted(row.unit_id for row in ballot.units)),
        classes=frozenset(row.membership_class for row in ballot.classes),
        majority=majority,
        quorum=facts.quorum_of(ballot),
        tie_rule=ballot.tie_rule,
        participation=ballot.participation,
        minimum=ballot.minimum_contributions,
        shortfall=ballot.shortfall,
        kinds=facts.kinds_of(ballot),
        demanded_by_members=ballot.demanded_by_members,
        arguments=tuple((row.side, row.text) for row in ballot.arguments),
        sources=tuple((row.title, row.url) for row in ballot.sources),
        teller_ids=frozenset(row.member_id for row in ballot.tellers),
        respond_by=ballot.respond_by,
        counted_by=_chosen_method(ballot),
        seats=ballot.seats,
        deputies=ballot.deputies,
        max_marks=ballot.max_marks,
        quota=ballot.quota,
        shuffled=ballot.shuffled,
        candidates=tuple(
            Candidacy(option.member_id, option.portrait, option.gender_group, option.consent)
            for option in ballot.options
        )
        if places.is_of_persons(ballot)
        else (),
    )


def _chosen_method(ballot: Ballot) -> Method | None:
    """The method where the board has chosen one; the three of the ordinary ballot follow from its options."""
    return None if ballot.method in (Method.MOTION, Method.CHOICE, Method.APPROVAL) else ballot.method


def create(draft: Draft, rights: Rights) -> Ballot:
    """Store a new draft of the member's board. Raises NotAllowed, and RuleBroken for what cannot even be kept."""
    at = clock.now()
    with transaction() as session:
        unit = session.get(Unit, draft.unit_id)
        if unit is None:
            raise NotFound
        rights.require(Permission.DRAFT_BALLOT, Matter(unit_path=unit.path))
        _keepable(draft, at)
        ballot = Ballot(
            unit_id=unit.id, drafter_id=rights.member.id, drafted_at=at, state=State.DRAFT, **_columns(draft)
        )
        session.add(ballot)
        session.flush()
        _write_rows(ballot, draft)
        events.record(ballot, EventKind.DRAFTED, at, actor_id=rights.member.id)
    return ballot


def update(ballot_id: int, draft: Draft, rights: Rights) -> Ballot:
    """Write a draft anew. After the notice it is refused, whatever was sent, and the attempt is kept."""
    with _editing(ballot_id, rights) as ballot:
        _keepable(draft, clock.now())
        for name, value in _columns(draft).items():
            setattr(ballot, name, value)
        _write_rows(ballot, draft)
    return ballot


def refuse_edit(ballot_id: int, rights: Rights) -> None:
    """Refuse what was sent to the form of a ballot that is no draft any more, and keep the attempt."""
    with _editing(ballot_id, rights):
        pass


@contextmanager
def _editing(ballot_id: int, rights: Rights) -> Iterator[Ballot]:
    """A draft held for writing; an attempt on a published ballot is kept in its own chain too."""
    try:
        with refusals_logged(Permission.DRAFT_BALLOT, rights, ballot_id), transaction():
            ballot = lock(ballot_id)
            rights.require(Permission.DRAFT_BALLOT, matter_of(ballot))
            if ballot.state is not State.DRAFT:
                raise RuleBroken(locked(ballot))
            yield ballot
    except RuleBroken as refusal:
        note_refused_change(ballot_id, rights.member.id, refusal.reason.code)
        raise


def locked(ballot: Ballot) -> Reason:
    """Why a ballot can no longer be edited."""
    if facts.is_public(ballot):
        return Reason.of("notice_fixed", notified_at=ballot.notified_at)
    return Reason.of("draft_locked" if ballot.state is State.SUBMITTED else "ballot_withdrawn")


def _keepable(draft: Draft, at: datetime) -> None:
    """Refuse what the database could not hold; everything else may stand in a draft until it is submitted."""
    if draft.closes_at is not None and draft.closes_at <= (draft.opens_at or at):
        raise RuleBroken(
            Reason.of("closing_before_opening", opens_at=draft.opens_at or at, closes_at=draft.closes_at)
        )
    if not 1 <= draft.minimum <= 3:
        raise RuleBroken(Reason.of("rule_minimum", highest=3))


def _columns(draft: Draft) -> dict[str, object]:
    majority = draft.majority_in_force
    kept = majority or MORE_YES_THAN_NO
    return {
        "case_id": draft.case_id,
        "question": draft.question,
        "about": draft.about,
        "method": draft.method,
        "level": draft.level,
        "force": draft.force,
        "bylaw_reference": draft.bylaw_reference,
        "subject": draft.subject,
        "responsible_id": draft.responsible_id,
        "respond_by": draft.respond_by,
        "cutoff_at": draft.cutoff_at,
        "window_opens_at": draft.window_opens_at,
        "roll_freezes_at": draft.roll_freezes_at,
        "opens_at": draft.opens_at,
        "closes_at": draft.closes_at,
        "majority_numerator": majority.numerator if majority else None,
        "majority_denominator": kept.denominator,
        "majority_over": kept.over,
        "majority_base": kept.base,
        "quorum_numerator": draft.quorum.numerator,
        "quorum_denominator": draft.quorum.denominator,
        "tie_rule": draft.tie_in_force,
        "seats": draft.seats,
        "deputies": draft.deputies,
        "max_marks": draft.max_marks,
        "quota": draft.quota,
        "shuffled": draft.shuffled,
        "participation": draft.participation,
        "minimum_contributions": draft.minimum,
        "shortfall": draft.shortfall,
        "contribution_kinds": "" if draft.kinds >= ALL_KINDS else " ".join(sorted(draft.kinds)),
        "demanded_by_members": draft.demanded_by_members,
    }


def _write_rows(ballot: Ballot, draft: Draft) -> None:
    """Replace what hangs on the ballot: options, arguments, sources, units, classes, tellers.

    What a candidate has answered stays hers: it follows the member, or the name of who is none.
    """
    answered = {_who(option.member_id, option.label): _answer_of(option) for option in ballot.options}
    for rows in (
        ballot.options,
        ballot.arguments,
        ballot.sources,
        ballot.units,
        ballot.classes,
        ballot.tellers,
    ):
        rows.clear()
    db.session.flush()
    for place, (label, explanation) in enumerate(draft.options):
        member_id = draft.candidates[place].member_id if place < len(draft.candidates) else None
        option = BallotOption(position=place, label=label, explanation=explanation, member_id=member_id)
        for name, value in answered.get(_who(member_id, label), {}).items():
            setattr(option, name, value)
        ballot.options.append(option)
    ballot.arguments = [
        BallotArgument(position=place, side=side, text=text)
        for place, (side, text) in enumerate(draft.arguments)
    ]
    ballot.sources = [
        BallotSource(position=place, title=title, url=url) for place, (title, url) in enumerate(draft.sources)
    ]
    ballot.units = [BallotUnit(unit_id=unit_id) for unit_id in draft.unit_ids or (draft.unit_id,)]
    ballot.classes = [BallotClass(membership_class=kind) for kind in sorted(draft.classes)]
    ballot.tellers = [BallotTeller(member_id=member_id) for member_id in sorted(draft.teller_ids)]
    db.session.flush()


def _who(member_id: int | None, label: str) -> tuple[str, int | str]:
    return ("member", member_id) if member_id is not None else ("name", plain(label))


def _answer_of(option: BallotOption) -> dict[str, object]:
    names = ("portrait", "gender_group", "consent", "consent_at", "consent_on", "consent_by_id")
    return {name: getattr(option, name) for name in names}


def submit(
    ballot_id: int, rights: Rights, *, small_roll_confirmed: bool = False, threads: Collection[int] = ()
) -> Ballot:
    """Send a draft to a second pair of eyes. Raises RuleBroken with the first thing that stands in the way.

    `threads` are those suggested that she has ticked: they are linked to the case at once.
    """
    at = clock.now()
    with refusals_logged(Permission.SUBMIT_BALLOT, rights, ballot_id), transaction():
        ballot = lock(ballot_id)
        rights.require(Permission.SUBMIT_BALLOT, matter_of(ballot))
        related.link_ticked(ballot, threads, rights)
        problems = check(draft_of(ballot), at, small_roll_confirmed=small_roll_confirmed).blockers
        move(ballot, State.SUBMITTED, rights, at, problems=problems)
        ballot.sent_back_reason = ""
        events.record(
            ballot,
            EventKind.SUBMITTED,
            at,
            actor_id=rights.member.id,
            small_roll_confirmed=small_roll_confirmed,
        )
        kept(Permission.SUBMIT_BALLOT, ballot, rights)
    return ballot


def send_back(ballot_id: int, rights: Rights, reason: str) -> Ballot:
    """Give a submitted draft back to its drafter with a reason."""
    at = clock.now()
    with refusals_logged(Permission.APPROVE_BALLOT, rights, ballot_id), transaction():
        ballot = lock(ballot_id)
        rights.require(Permission.APPROVE_BALLOT, matter_of(ballot))
        move(ballot, State.DRAFT, rights, at, reason=reason)
        ballot.sent_back_reason = reason.strip()[:500]
        events.record(
            ballot, EventKind.SENT_BACK, at, actor_id=rights.member.id, reason=ballot.sent_back_reason
        )
        kept("send_back_ballot", ballot, rights)
    return ballot


def withdraw(ballot_id: int, rights: Rights, reason: str = "") -> Ballot:
    """Drop a ballot that members have not heard of yet."""
    at = clock.now()
    with refusals_logged(Permission.DRAFT_BALLOT, rights, ballot_id), transaction():
        ballot = lock(ballot_id)
        if ballot.drafter_id != rights.member.id:
            rights.require(Permission.DRAFT_BALLOT, matter_of(ballot))
        move(ballot, State.WITHDRAWN, rights, at, reason=reason)
        ballot.end_reason = reason.strip()[:1000]
        events.record(ballot, EventKind.WITHDRAWN, at, actor_id=rights.member.id, reason=ballot.end_reason)
        kept("withdraw_ballot", ballot, rights)
    return ballot


# Refusals that are about who asks; the others are about the ballot.
_PERSONAL = frozenset({"capacity_missing", "not_drafter", "own_draft"})


def move(
    ballot: Ballot,
    to: State,
    rights: Rights,
    at: datetime,
    *,
    reason: str = "",
    problems: tuple[Reason, ...] = (),
) -> None:
    """Ask the rule, then move the ballot on; raises NotAllowed or RuleBroken with the rule's reason."""
    answer = may_move(
        facts.lifecycle_facts(ballot),
        to,
        Move(by=facts.mover(ballot, rights), reason=reason),
        at,
        problems,
    )
    if not answer:
        raise (NotAllowed if answer.reason.code in _PERSONAL else RuleBroken)(answer.reason)
    ballot.state = to


def kept(act: str, ballot: Ballot, rights: Rights, *, fingerprint: str = "") -> None:
    """Append the act to the audit log, in the transaction under way."""
    audit.record(
        act,
        actor_id=rights.member.id,
        unit_id=ballot.unit_id,
        subject=("ballot", ballot.id),
        fingerprint=fingerprint,
    )
