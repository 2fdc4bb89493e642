"""What the organisers' pages show: the steps of a ballot, whose turn it is, what must be mended, what has happened."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from ballot import events, facts, queries
from ballot.access import matter_of
from ballot.forms import FIELD_OF
from ballot.models import AppendixKind, Ballot, BallotEvent, EventKind, Roll
from ballot.phrases import KINDS
from ballot.rules.dates import Cause
from ballot.rules.lifecycle import State, Times
from ballot.rules.participation import Kind, Setting
from ballot.rules.small_numbers import SMALL_ROLL, shown_count
from ballot.services import changes, drafting, notice, roll
from ballot.services.changes import Proposal
from ballot.services.drafting import Check
from foundation import phrases
from foundation.formats import day, moment, number
from members.access import Rights
from members.rules.permissions import Permission

ORDER = (State.DRAFT, State.SUBMITTED, *facts.LIFE)
ENDED = (State.WITHDRAWN, State.CANCELLED, State.ANNULLED)

EVENTS: Mapping[EventKind, LazyString] = {
    EventKind.DRAFTED: _l("Utkastet ble skrevet"),
    EventKind.SUBMITTED: _l("Utkastet ble sendt inn til godkjenning"),
    EventKind.SENT_BACK: _l("Utkastet ble sendt tilbake"),
    EventKind.WITHDRAWN: _l("Utkastet ble trukket"),
    EventKind.NOTIFIED: _l("Avstemningen ble godkjent og kunngjort"),
    EventKind.FROZEN: _l("Manntallet ble laget"),
    EventKind.OPENED: _l("Avstemningen åpnet"),
    EventKind.CLOSED: _l("Avstemningen stengte"),
    EventKind.COUNTED: _l("Stemmene ble talt"),
    EventKind.CERTIFIED: _l("Resultatet ble lagt fram"),
    EventKind.FINAL: _l("Tiden for innsigelser var ute"),
    EventKind.CANCEL_PROPOSED: _l("En i styret foreslo å avlyse"),
    EventKind.CANCELLED: _l("Avstemningen ble avlyst"),
    EventKind.ANNULLED: _l("Avstemningen ble opphevet"),
    EventKind.ANSWERED: _l("Svaret på hva som skjedde videre, kom"),
    EventKind.CHANGE_PROPOSED: _l("En i styret foreslo å gjøre kravet om deltakelse mildere"),
    EventKind.RULE_CHANGED: _l("Kravet om deltakelse ble gjort mildere"),
    EventKind.SUSPENSION_PROPOSED: _l("En i styret foreslo å oppheve kravet om deltakelse"),
    EventKind.RULE_SUSPENDED: _l("Kravet om deltakelse ble opphevet"),
    EventKind.RULE_LAPSED: _l("Kravet om deltakelse falt bort"),
    EventKind.OUTAGE_PROPOSED: _l("En driftsstans ble meldt"),
    EventKind.OUTAGE_RECORDED: _l("En driftsstans ble bekreftet"),
    EventKind.DATES_MOVED: _l("Fristene ble flyttet"),
    EventKind.REFUSED_CHANGE: _l("Et forsøk på å endre avstemningen ble avvist"),
    EventKind.BOX_RELEASED: _l("En i tellekorpset åpnet for opptelling"),
    EventKind.COUNT_APPROVED: _l("En i tellekorpset godkjente opptellingen"),
    EventKind.INCIDENT_RAISED: _l("Tellekorpset meldte en hendelse"),
    EventKind.SETTLEMENT_PROPOSED: _l("En i tellekorpset mente at hendelsen var avklart"),
    EventKind.INCIDENT_SETTLED: _l("Hendelsen ble avklart"),
    EventKind.ANNUL_PROPOSED: _l("Det ble foreslått å oppheve avstemningen"),
    EventKind.ANNUL_DECLINED: _l("Forslaget om å oppheve ble avvist"),
    EventKind.LOT_ENTERED: _l("En av tellerne førte inn et lodd"),
    EventKind.LOT_CONFIRMED: _l("Loddet ble bekreftet, og stemmene ble talt med det"),
    EventKind.LOT_DECLINED: _l("Et lodd ble avvist"),
    EventKind.ROLL_APPENDED: _l("Manntallet ble endret"),
    EventKind.CORRECTION_PROPOSED: _l("Det ble foreslått å rette protokollen"),
    EventKind.CORRECTION_DECLINED: _l("Forslaget om å rette protokollen ble avvist"),
    EventKind.RECORD_CORRECTED: _l("Protokollen ble rettet"),
}


@dataclass(frozen=True)
class Step:
    """One line of the checklist, as its component takes it."""

    text: str
    state: str
    detail: str = ""
    when: datetime | None = None
    href: str = ""
    action: str = ""


@dataclass(frozen=True)
class Row:
    """A ballot in the board's list."""

    url: str
    question: str
    state: str
    text: str


@dataclass(frozen=True)
class Group:
    """A part of the board's list."""

    heading: str
    rows: tuple[Row, ...]


def groups(ballots: Sequence[Ballot], rights: Rights) -> list[Group]:
    """The board's ballots: what waits for this member, drafts, what runs and what is over; empty parts left out."""
    waiting, drafts, running, over = [], [], [], []
    for ballot in ballots:
        may_approve = rights.may(Permission.APPROVE_BALLOT, matter_of(ballot))
        ours = rights.may(Permission.DRAFT_BALLOT, matter_of(ballot))
        if ballot.state is State.SUBMITTED and may_approve:
            waiting.append(ballot)
        elif not ours:
            continue
        elif ballot.state in (State.DRAFT, State.SUBMITTED):
            drafts.append(ballot)
        elif ballot.state in (State.FINAL, *ENDED):
            over.append(ballot)
        else:
            running.append(ballot)
    parts = (
        (_("Venter på deg"), waiting),
        (_("Utkast"), drafts),
        (_("I gang"), running),
        (_("Ferdige"), over),
    )
    return [Group(heading, tuple(map(_row, rows))) for heading, rows in parts if rows]


def _row(ballot: Ballot) -> Row:
    if ballot.state is State.SUBMITTED:
        told = _("Skrevet av %(name)s. Må godkjennes av en annen i styret.", name=ballot.drafter.name)
    elif ballot.state is State.DRAFT:
        told = _("Skrevet av %(name)s.", name=ballot.drafter.name)
    elif ballot.state in (State.NOTIFIED, State.FROZEN) and ballot.opens_at:
        told = _("Åpner %(time)s.", time=moment(ballot.opens_at))
    elif ballot.state is State.OPEN and ballot.closes_at:
        told = _("Stenger %(time)s.", time=moment(ballot.closes_at))
    elif ballot.state in (State.CLOSED, State.COUNTED):
        told = _("Venter på tellekorpset.")
    else:
        told = ballot.end_reason
    return Row(
        url=url_for("ballot.steps", ballot_id=ballot.id),
        question=ballot.question,
        state=ballot.state.value,
        text=f"{ballot.unit.name}. {told}" if told else ballot.unit.name,
    )


@dataclass(frozen=True)
class Page:
    """All that the page of one ballot shows its board."""

    steps: tuple[Step, ...]
    history: tuple[dict[str, object], ...]
    fingerprint: str
    full_fingerprint: str
    roll: Roll | None
    may_withdraw: bool
    may_send_back: bool
    may_cancel: bool
    may_change: bool
    cancelling: Proposal | None
    cancelling_by: str
    is_mine_to_confirm: bool


def page(ballot: Ballot, rights: Rights, at: datetime) -> Page:
    """The checklist of one ballot with what this member can do in it."""
    history = events.history(ballot.id)
    people = queries.members({event.actor_id for event in history if event.actor_id})
    names = {member_id: member.name for member_id, member in people.items()}
    made = queries.roll_of(ballot.id) if facts.roll_is_made(ballot) else None
    matter = matter_of(ballot)
    ours = rights.may(Permission.DRAFT_BALLOT, matter)
    before_opening = ballot.state in (State.NOTIFIED, State.FROZEN)
    cancelling = changes.pending(history, EventKind.CANCEL_PROPOSED, EventKind.CANCELLED)
    return Page(
        steps=tuple(_steps(ballot, rights, at, made, {event.kind for event in history})),
        history=tuple(_told(event, names) for event in history),
        fingerprint=notice.short(ballot.fingerprint) if ballot.fingerprint else "",
        full_fingerprint=ballot.fingerprint.hex() if ballot.fingerprint else "",
        roll=made,
        may_withdraw=ballot.state is State.DRAFT and (ours or ballot.drafter_id == rights.member.id),
        may_send_back=ballot.state is State.SUBMITTED and rights.may(Permission.APPROVE_BALLOT, matter),
        may_cancel=before_opening and rights.may(Permission.CANCEL_BALLOT, matter),
        may_change=ballot.state is State.NOTIFIED
        and ballot.participation is not Setting.NONE
        and rights.may(Permission.SOFTEN_RULE, matter),
        cancelling=cancelling if before_opening else None,
        cancelling_by=names.get(cancelling.by_id, "") if cancelling else "",
        is_mine_to_confirm=bool(cancelling and cancelling.by_id != rights.member.id),
    )


def _told(event: BallotEvent, names: Mapping[int, str]) -> dict[str, object]:
    payload = json.loads(event.payload)
    parts = [names.get(event.actor_id or 0, ""), str(payload.get("reason", ""))]
    return {
        "at": event.at,
        "text": str(EVENTS[event.kind]),
        "detail": ". ".join(part for part in parts if part),
        "state": "past",
    }


def _steps(
    ballot: Ballot, rights: Rights, at: datetime, made: Roll | None, happened: set[EventKind]
) -> list[Step]:
    if ballot.state in ENDED:
        return []
    place = ORDER.index(ballot.state)
    steps = [*_before_notice(ballot, rights, place)]
    steps.append(
        Step(
            _("Medlemmene får kunngjøringen"),
            "done" if ballot.notified_at else "todo",
            when=ballot.notified_at,
            detail=_("Fingeravtrykk %(mark)s", mark=notice.short(ballot.fingerprint))
            if ballot.fingerprint
            else _("Da står alt stille som en velger stoler på."),
        )
    )
    if ballot.participation is not Setting.NONE:
        steps.append(_window(ballot, at, place))
    steps.append(_roll(ballot, made, place))
    steps.append(
        Step(
            _("Medlemmene stemmer"),
            _state(place, State.OPEN, State.CLOSED),
            detail=_voting_told(ballot),
        )
    )
    counted = ballot.state in (State.CLOSED, State.COUNTED)
    steps.append(
        Step(
            _("Stemmene telles, og resultatet legges fram"),
            "now" if counted else _state(place, State.CLOSED, State.CERTIFIED),
            detail=_("Stemmene er talt. Resultatet venter på en klage som ikke er avgjort.")
            if ballot.state is State.COUNTED and ballot.appeals_due_at is not None
            else _("Tellekorpset åpner urnen og godkjenner opptellingen.")
            if ballot.tellers
            else _("Systemet teller når avstemningen stenger."),
            href=url_for("ballot.show", ballot_id=ballot.id) if place >= ORDER.index(State.CERTIFIED) else "",
            action=_("Se resultatet") if place >= ORDER.index(State.CERTIFIED) else "",
        )
    )
    steps.append(_answer(ballot, rights, place, answered=EventKind.ANSWERED in happened))
    return steps


def _before_notice(ballot: Ballot, rights: Rights, place: int) -> list[Step]:
    mine = ballot.drafter_id == rights.member.id
    is_draft = ballot.state is State.DRAFT
    written = Step(
        _("Utkastet er skrevet"),
        "done",
        detail=_("Sendt tilbake: %(reason)s", reason=ballot.sent_back_reason)
        if is_draft and ballot.sent_back_reason
        else _("Av %(name)s", name=ballot.drafter.name),
        href=url_for("ballot.edit", ballot_id=ballot.id) if is_draft else "",
        action=_("Rediger utkastet") if is_draft else "",
    )
    preview_page = url_for("ballot.preview", ballot_id=ballot.id)
    sent = Step(
        _("Den som har skrevet, sender inn til godkjenning"),
        ("now" if mine else "blocked") if is_draft else "done",
        href=preview_page if is_draft else "",
        action=_("Se forhåndsvisning og send inn") if mine else _("Se forhåndsvisning"),
    )
    waits = ballot.state is State.SUBMITTED
    may_approve = waits and rights.may(Permission.APPROVE_BALLOT, matter_of(ballot))
    detail = ""
    if waits and not may_approve:
        detail = _("Si fra til en annen i styret. Den som har skrevet utkastet, kan ikke godkjenne det selv.")
    elif ballot.approver is not None:
        detail = _("Av %(name)s", name=ballot.approver.name)
    approved = Step(
        _("En annen i styret godkjenner"),
        "done"
        if place > ORDER.index(State.SUBMITTED)
        else "todo"
        if is_draft
        else "now"
        if may_approve
        else "blocked",
        detail=detail,
        href=preview_page if may_approve else "",
        action=_("Se over og godkjenn") if may_approve else "",
    )
    return [written, sent, approved]


def _state(place: int, begins: State, ends: State) -> str:
    """Where a step stands whose time is from one state to the next."""
    if place >= ORDER.index(ends):
        return "done"
    return "now" if place >= ORDER.index(begins) else "todo"


def _window(ballot: Ballot, at: datetime, place: int) -> Step:
    detail = _("Fristen for å delta er 14 dager etter kunngjøringen, hvis dere ikke velger en annen.")
    if ballot.roll_freezes_at and not ballot.notified_at:
        detail = _("Fristen for å delta er %(time)s.", time=moment(ballot.roll_freezes_at))
    if ballot.notified_at and ballot.window_opens_at and ballot.roll_freezes_at:
        detail = _(
            "Teller fra %(start)s og før %(end)s.",
            start=moment(ballot.window_opens_at),
            end=moment(ballot.roll_freezes_at),
        )
        if ballot.state is State.NOTIFIED:
            detail += " " + qualified_now(ballot, at)
    return Step(_("Medlemmene diskuterer saken"), _state(place, State.NOTIFIED, State.FROZEN), detail=detail)


def qualified_now(ballot: Ballot, at: datetime) -> str:
    """How many would be entitled, and would have qualified, if the roll were made now: a count, never who."""
    counted = roll.as_if_now(
        facts.electorate(ballot),
        at,
        case_id=ballot.case_id,
        window_opens_at=ballot.window_opens_at,
        minimum=ballot.minimum_contributions,
        kinds=facts.kinds_of(ballot),
    )
    return _counted(counted)


def qualified_sentence(checked: Check) -> str:
    """The same for a draft, before the board switches the rule on."""
    return _counted(checked.counted) if checked.facts.threads else ""


def _counted(counted: roll.Counted) -> str:
    qualified = shown_count(counted.qualified)
    return _(
        "Av %(entitled)s med stemmerett har %(qualified)s deltatt så langt.",
        entitled=number(counted.otherwise_entitled),
        qualified=_("færre enn 5") if qualified is None else number(qualified),
    )


def _roll(ballot: Ballot, made: Roll | None, place: int) -> Step:
    if made is None:
        at_once = ballot.roll_freezes_at is None
        return Step(
            _("Manntallet blir laget"),
            "todo",
            detail=_("Når avstemningen åpner.") if at_once and ballot.participation is Setting.NONE else "",
            when=ballot.roll_freezes_at if ballot.notified_at else None,
        )
    detail = _roll_told(
        {
            "entitled": made.entitled,
            "otherwise_entitled": made.otherwise_entitled,
            "sha256": made.sha256.hex(),
        }
    )
    if made.lapsed:
        detail = _("For få hadde deltatt, så kravet falt bort. %(rest)s", rest=detail)
    return Step(
        _("Manntallet blir laget"),
        _state(place, State.FROZEN, State.FROZEN),
        detail=detail,
        when=ballot.roll_freezes_at,
    )


def _voting_told(ballot: Ballot) -> str:
    if ballot.opens_at is None and ballot.closes_at:
        return _("Fra den er godkjent og til %(closes)s.", closes=moment(ballot.closes_at))
    if ballot.opens_at and ballot.closes_at:
        return _(
            "Fra %(opens)s til %(closes)s.", opens=moment(ballot.opens_at), closes=moment(ballot.closes_at)
        )
    return ""


def _answer(ballot: Ballot, rights: Rights, place: int, *, answered: bool) -> Step:
    public = place >= ORDER.index(State.CERTIFIED)
    mine = public and not answered and ballot.responsible_id == rights.member.id
    return Step(
        _("%(name)s forteller hva som skjedde videre", name=ballot.responsible.name),
        "done" if answered else "now" if public else "todo",
        detail=_("Senest %(day)s", day=day(ballot.respond_by)) if ballot.respond_by else "",
        href=url_for("ballot.answer", ballot_id=ballot.id) if mine else "",
        action=_("Skriv svaret") if mine else "",
    )


class AsPublished:
    """A draft with the times and the day of the answer it would have, were its notice published now.

    Everything else is the draft's own, so that the preview is drawn by the parts that draw the ballot.
    """

    def __init__(self, ballot: Ballot, times: Times) -> None:
        self._ballot = ballot
        self.opens_at = times.opens_at
        self.closes_at = times.closes_at
        self.roll_freezes_at = times.freezes_at
        self.respond_by = ballot.respond_by or drafting.answer_by(ballot.case, times)
        self.opens_on_approval = ballot.opens_at is None and ballot.participation is Setting.NONE

    def __getattr__(self, name: str) -> object:
        return getattr(self._ballot, name)


def participation_told(ballot: Ballot, checked: Check) -> str:
    """Whom the participation rule would let vote, in the preview."""
    if ballot.participation is Setting.REQUIRED:
        return _(
            "De som deltar i diskusjonen før %(deadline)s, kan stemme.",
            deadline=moment(checked.times.freezes_at),
        )
    if ballot.participation is Setting.REPORT_ONLY:
        return _("Alle med stemmerett kan stemme. Resultatet viser hvor mange som har deltatt i diskusjonen.")
    return ""


@dataclass(frozen=True)
class ToMend:
    """One thing that stands in the way of the notice, and where it is mended."""

    sentence: str
    field: str


def to_mend(checked: Check) -> list[ToMend]:
    """What stands in the way, apart from the small roll, which is confirmed where the draft is sent in."""
    return [
        ToMend(phrases.sentence(reason), FIELD_OF.get(reason.code, ""))
        for reason in checked.blockers
        if reason.code != "small_roll_unconfirmed"
    ]


def small_roll_warning(checked: Check) -> str:
    """What the board confirms where few have a vote, empty where they are many."""
    entitled = checked.counted.otherwise_entitled
    if not 0 < entitled < SMALL_ROLL:
        return ""
    return _(
        "Bare %(entitled)s har stemmerett. Med så få kan noen gjette hva andre har stemt.",
        entitled=number(entitled),
    )


def pending_change(ballot: Ballot) -> dict[str, object] | None:
    """A change of the rule that waits for a second board member, in words."""
    proposal = changes.pending(events.history(ballot.id), EventKind.CHANGE_PROPOSED, EventKind.RULE_CHANGED)
    if proposal is None:
        return None
    people = queries.members({proposal.by_id})
    return {
        "seq": proposal.seq,
        "by_id": proposal.by_id,
        "name": people[proposal.by_id].name if proposal.by_id in people else "",
        "reason": proposal.reason,
        "told": _milder(changes.rule_in(proposal.payload)),
    }


def _listed(kinds: Sequence[str]) -> str:
    """Kinds of contribution in words, each once: an assisted one is a written statement."""
    return ", ".join(dict.fromkeys(str(KINDS[Kind(word)]) for word in kinds))


def _milder(rule: Mapping[str, Any]) -> list[str]:
    """What a change of the rule gives, in sentences."""
    told = []
    if "minimum" in rule:
        told.append(ngettext("Det er nok med ett bidrag.", "Det er nok med %(num)s bidrag.", rule["minimum"]))
    if "window_opens_at" in rule:
        opens_at = datetime.fromisoformat(rule["window_opens_at"])
        told.append(_("Diskusjonen teller fra %(time)s.", time=moment(opens_at)))
    if "freezes_at" in rule:
        freezes_at = datetime.fromisoformat(rule["freezes_at"])
        told.append(_("Fristen for å delta blir %(time)s.", time=moment(freezes_at)))
    if "kinds" in rule:
        told.append(_("Dette teller også: %(kinds)s.", kinds=_listed(rule["kinds"])))
    told += [
        _("Tråden «%(title)s» teller også.", title=thread.title)
        for thread in queries.threads(rule.get("threads", ()))
    ]
    return told


CHANGES = frozenset({EventKind.RULE_SUSPENDED, EventKind.RULE_LAPSED, EventKind.DATES_MOVED})
MOVES: Mapping[Cause, LazyString] = {
    Cause.LOCKED: _l("Diskusjonen var stengt for alle i mer enn et døgn, så fristene er flyttet like lenge."),
    Cause.OUTAGE: _l("Tjenesten var nede rett før fristen, så den er flyttet like lenge."),
    Cause.VOTING: _l("Tjenesten var nede rett før stengetiden, så den er flyttet like lenge."),
}
LAPSES: Mapping[Cause, LazyString] = {
    Cause.LOCKED: _l(
        "Diskusjonen var stengt for alle så lenge at fristene ikke kan flyttes nok. Alle andre vilkår gjelder som før."
    ),
    Cause.OUTAGE: _l(
        "Tjenesten var nede så lenge at fristene ikke kan flyttes nok. Alle andre vilkår gjelder som før."
    ),
}

# What members see of what has happened: no names, no proposals, no attempts.
_PUBLIC = frozenset(
    {
        EventKind.NOTIFIED,
        EventKind.RULE_CHANGED,
        EventKind.RULE_SUSPENDED,
        EventKind.RULE_LAPSED,
        EventKind.OUTAGE_RECORDED,
        EventKind.DATES_MOVED,
        EventKind.FROZEN,
        EventKind.OPENED,
        EventKind.CLOSED,
        EventKind.COUNTED,
        EventKind.CERTIFIED,
        EventKind.FINAL,
        EventKind.CANCELLED,
        EventKind.ANNULLED,
        EventKind.ANSWERED,
        EventKind.ROLL_APPENDED,
    }
)


def public_history(ballot: Ballot) -> list[dict[str, object]]:
    """What has happened to a ballot, for everybody: each change numbered with its reason, hashes and counts."""
    told: list[dict[str, object]] = []
    changed = 0
    for event in events.history(ballot.id):
        if event.kind not in _PUBLIC:
            continue
        payload = json.loads(event.payload)
        detail = str(payload.get("reason", ""))
        if event.kind is EventKind.NOTIFIED and ballot.fingerprint:
            detail = _("Fingeravtrykk %(mark)s", mark=notice.short(ballot.fingerprint))
        elif event.kind is EventKind.FROZEN:
            detail = _roll_told(payload)
        elif event.kind is EventKind.ROLL_APPENDED:
            detail = _appended_told(payload)
        elif event.kind is EventKind.RULE_CHANGED:
            changed += 1
            words = " ".join([*_milder(payload["rule"]), _("Grunn: %(reason)s", reason=detail)])
            detail = _("Endring %(number)s. %(words)s", number=changed, words=words)
        elif event.kind in CHANGES:
            changed += 1
            detail = _(
                "Endring %(number)s. %(words)s", number=changed, words=_changed_told(event.kind, payload)
            )
        told.append({"at": event.at, "text": str(EVENTS[event.kind]), "detail": detail, "state": "past"})
    return told


def _changed_told(kind: EventKind, payload: Mapping[str, Any]) -> str:
    """What a change after the notice means, in sentences."""
    if kind is EventKind.RULE_SUSPENDED:
        return _(
            "To i styret har opphevet kravet. Alle andre vilkår gjelder som før. Grunn: %(reason)s",
            reason=payload["reason"],
        )
    if kind is EventKind.RULE_LAPSED:
        return str(LAPSES[Cause(payload["cause"])])
    cause = Cause(payload["cause"])
    times = {
        name: moment(datetime.fromisoformat(payload[name]))
        for name in ("freezes_at", "opens_at", "closes_at")
    }
    if cause is Cause.VOTING:
        return f"{MOVES[cause]} " + _("Avstemningen stenger %(closes_at)s.", **times)
    return f"{MOVES[cause]} " + _(
        "Fristen for å delta er %(freezes_at)s. Avstemningen åpner %(opens_at)s og stenger %(closes_at)s.",
        **times,
    )


def _roll_told(published: Mapping[str, Any]) -> str:
    """The counts and the hash of a roll, as its event has published them."""
    return _(
        "%(entitled)s av %(otherwise)s med stemmerett kan stemme. Fingeravtrykk %(mark)s",
        entitled=number(published["entitled"]),
        otherwise=number(published["otherwise_entitled"]),
        mark=notice.short(bytes.fromhex(published["sha256"])),
    )


def _appended_told(published: Mapping[str, Any]) -> str:
    """An appendix of the roll, as its event has published it: counts, reason and hash, no names."""
    return _(
        "Vedlegg %(number)s. Grunn: %(reason)s %(roll)s",
        number=published["number"],
        reason=phrases.label(AppendixKind(published["appendix"])),
        roll=_roll_told(published),
    )


def change_told(ballot: Ballot) -> str:
    """What is said after a change was proposed or carried out."""
    last = events.history(ballot.id)[-1]
    if last.kind is EventKind.RULE_CHANGED:
        return _("Kravet om deltakelse er endret, og alle med stemmerett får beskjed.")
    return _("Forslaget er notert. En annen i styret må bekrefte.")
