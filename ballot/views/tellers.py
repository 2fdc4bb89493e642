"""The tellers' page: what each state waits for, who has done what, and the buttons that take two."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ballot import events, facts, joint, queries, results
from ballot.access import matter_of
from ballot.forms import LotForm, ReasonForm
from ballot.joint import Half, Incident, Joint
from ballot.method_words import PURPOSES
from ballot.models import Ballot, BallotEvent, EventKind, Roll
from ballot.rules.lifecycle import State
from ballot.services import appendices, corrections, counting, lots
from ballot.services import rerun as again
from ballot.services import tellers as acts
from ballot.views import bp, load
from foundation import clock, phrases
from foundation.doors import SIGNED_IN, open_to
from foundation.errors import NotFound, RuleBroken
from foundation.formats import moment
from members.access import Rights, current
from members.models import Member
from members.rules.permissions import Permission

MARKS_ON_A_PAGE = 100
# Voting is over and the marks stand: names are for tellers and control committee alone (LIFECYCLE section 2).
VOTING_OVER = (State.CLOSED, State.COUNTED, State.CERTIFIED, State.FINAL)

DONE = {
    EventKind.CLOSED: _l("Avstemningen stengte"),
    EventKind.BOX_RELEASED: _l("%(name)s trykket på «Åpne urnen»"),
    EventKind.COUNTED: _l("Urnen ble åpnet og stemmene talt"),
    EventKind.COUNT_APPROVED: _l("%(name)s trykket på «Resultatet stemmer»"),
    EventKind.CERTIFIED: _l("Resultatet ble offentlig"),
    EventKind.FINAL: _l("Avstemningen ble avsluttet"),
    EventKind.INCIDENT_RAISED: _l("En hendelse ble meldt: %(name)s"),
    EventKind.SETTLEMENT_PROPOSED: _l("%(name)s foreslo hvordan hendelsen er avklart"),
    EventKind.INCIDENT_SETTLED: _l("%(name)s bekreftet, og hendelsen var avklart"),
    EventKind.LOT_ENTERED: _l("%(name)s førte inn et lodd"),
    EventKind.LOT_CONFIRMED: _l("%(name)s bekreftet loddet, og stemmene ble talt med det"),
    EventKind.LOT_DECLINED: _l("%(name)s sa at loddet ikke var ført inn riktig"),
    EventKind.ANNUL_PROPOSED: _l("%(name)s foreslo å oppheve avstemningen"),
    EventKind.ANNUL_DECLINED: _l("%(name)s sa nei til å oppheve avstemningen"),
    EventKind.ANNULLED: _l("%(name)s bekreftet, og avstemningen ble opphevet"),
    EventKind.CORRECTION_PROPOSED: _l("%(name)s foreslo å rette protokollen"),
    EventKind.CORRECTION_DECLINED: _l("%(name)s sa nei til å rette protokollen"),
    EventKind.RECORD_CORRECTED: _l("%(name)s bekreftet, og protokollen ble rettet"),
}


@bp.app_template_global()
def tellers_link(ballot: Ballot, rights: Rights | None) -> str | None:
    """The address of the tellers' page, for those who may see it and from the notice on."""
    if rights is None or not facts.is_public(ballot):
        return None
    if not rights.may(Permission.READ_TALLY, matter_of(ballot)):
        return None
    return url_for("ballot.tellers", ballot_id=ballot.id)


@bp.app_template_global()
def open_incident(ballot: Ballot) -> Incident | None:
    """The incident that holds a ballot back, with its public reason, for everybody's page; None where none does."""
    if ballot.state not in acts.INCIDENT_STATES or not ballot.tellers:
        return None
    return joint.of(ballot.id).incident


@bp.app_template_global()
def may_rerun(ballot: Ballot, rights: Rights | None) -> bool:
    """Whether the reader's board may make a new draft in place of this ballot, and nobody has yet."""
    if rights is None or ballot.state not in (State.CANCELLED, State.ANNULLED):
        return False
    return rights.may(Permission.DRAFT_BALLOT, matter_of(ballot)) and not again.is_replaced(ballot)


@bp.get("/avstemninger/<int:ballot_id>/tellekorps")
@open_to(Permission.READ_TALLY)
def tellers(ballot_id: int) -> ResponseReturnValue:
    """The page of the ballot's tellers and of the control committee."""
    return _page(_for_tellers(ballot_id))


# Whoever is signed in comes as far as the service, which asks the rules and keeps a refusal in the log.
@bp.post("/avstemninger/<int:ballot_id>/tellekorps/apne")
@open_to(SIGNED_IN)
def release_box(ballot_id: int) -> ResponseReturnValue:
    """«Åpne urnen»."""
    if acts.release(load(ballot_id).id, current()):
        return _back(ballot_id, _("Urnen er åpnet, og stemmene er talt."))
    return _back(ballot_id, _("Registrert. Urnen åpnes når en til i tellekorpset har trykket."))


@bp.post("/avstemninger/<int:ballot_id>/tellekorps/godkjenn")
@open_to(SIGNED_IN)
def approve_count(ballot_id: int) -> ResponseReturnValue:
    """«Resultatet stemmer»."""
    if acts.approve(load(ballot_id).id, current()):
        return _back(ballot_id, _("Resultatet er godkjent og offentlig."))
    return _back(ballot_id, _("Registrert. Resultatet blir offentlig når en til i tellekorpset har trykket."))


@bp.post("/avstemninger/<int:ballot_id>/tellekorps/hendelse")
@open_to(SIGNED_IN)
def raise_incident(ballot_id: int) -> ResponseReturnValue:
    """Something is wrong: everything is held back until two have settled it."""
    ballot, form = load(ballot_id), ReasonForm(prefix="hendelse")
    if not form.validate() and current().may(Permission.RAISE_INCIDENT, matter_of(ballot)):
        return _page(_for_tellers(ballot_id), incident_form=form), 422
    acts.raise_incident(ballot.id, current(), form.reason.data or "")
    return _back(
        ballot_id,
        _("Hendelsen er meldt. Resultatet blir ikke godkjent før to i tellekorpset har avklart den."),
    )


@bp.post("/avstemninger/<int:ballot_id>/tellekorps/avklaring")
@open_to(SIGNED_IN)
def propose_settlement(ballot_id: int) -> ResponseReturnValue:
    """How the incident is settled, for another teller to confirm."""
    ballot, form = load(ballot_id), ReasonForm(prefix="avklaring")
    if not form.validate() and current().may(Permission.RAISE_INCIDENT, matter_of(ballot)):
        return _page(_for_tellers(ballot_id), settlement_form=form), 422
    acts.propose_settlement(ballot.id, current(), form.reason.data or "")
    return _back(ballot_id, _("Registrert. Hendelsen er avklart når en til i tellekorpset bekrefter."))


@bp.post("/avstemninger/<int:ballot_id>/tellekorps/avklaring/<int:seq>/bekreft")
@open_to(SIGNED_IN)
def settle_incident(ballot_id: int, seq: int) -> ResponseReturnValue:
    """Confirm how another teller wants to settle the incident."""
    acts.settle(load(ballot_id).id, current(), seq)
    return _back(ballot_id, _("Hendelsen er avklart."))


@bp.post("/avstemninger/<int:ballot_id>/tellekorps/oppheving")
@open_to(SIGNED_IN)
def propose_annulment(ballot_id: int) -> ResponseReturnValue:
    """Propose to annul the ballot, for another of the same body to confirm."""
    ballot, form = load(ballot_id), ReasonForm(prefix="oppheving")
    if not form.validate() and current().may(Permission.ANNUL_BALLOT, matter_of(ballot)):
        return _page(_for_tellers(ballot_id), annulment_form=form), 422
    acts.propose_annulment(ballot.id, current(), form.reason.data or "")
    return _back(ballot_id, _("Registrert. Avstemningen blir opphevet når en til bekrefter."))


@bp.post("/avstemninger/<int:ballot_id>/tellekorps/oppheving/<int:seq>/bekreft")
@open_to(SIGNED_IN)
def annul(ballot_id: int, seq: int) -> ResponseReturnValue:
    """Annul the ballot, as another has proposed."""
    acts.annul(load(ballot_id).id, current(), seq)
    return _back(ballot_id, _("Avstemningen er opphevet."))


@bp.post("/avstemninger/<int:ballot_id>/tellekorps/oppheving/<int:seq>/avvis")
@open_to(SIGNED_IN)
def decline_annulment(ballot_id: int, seq: int) -> ResponseReturnValue:
    """Say no to annulling the ballot."""
    acts.decline_annulment(load(ballot_id).id, current(), seq)
    return _back(ballot_id, _("Forslaget om å oppheve er avvist."))


@bp.post("/avstemninger/<int:ballot_id>/tellekorps/lodd")
@open_to(SIGNED_IN)
def enter_lot(ballot_id: int) -> ResponseReturnValue:
    """What was drawn, for another teller to confirm."""
    ballot = load(ballot_id)
    needed = lots.needed_by(ballot)
    form = LotForm(request.form, needed, ballot.closes_at)
    if needed is not None and current().may(Permission.ENTER_LOTS, matter_of(ballot)) and not form.validate():
        return _page(_for_tellers(ballot_id), lot_form=form), 422
    try:
        lots.enter(ballot_id, current(), form.order, form.drawn_at.data or clock.now(), form.witnesses)
    except RuleBroken as refusal:
        if refusal.reason.code not in LotForm.BESIDE:
            raise
        form.tell(refusal.reason)
        return _page(_for_tellers(ballot_id), lot_form=form), 422
    return _back(ballot_id, _("Registrert. Loddet gjelder når en til i tellekorpset har bekreftet det."))


@bp.post("/avstemninger/<int:ballot_id>/tellekorps/lodd/<int:seq>/bekreft")
@open_to(SIGNED_IN)
def confirm_lot(ballot_id: int, seq: int) -> ResponseReturnValue:
    """Confirm what another teller has entered, and count with it."""
    if lots.confirm(load(ballot_id).id, current(), seq):
        return _back(ballot_id, _("Loddet er bekreftet, og opptellingen er ferdig."))
    return _back(ballot_id, _("Loddet er bekreftet. Opptellingen trenger et lodd til."))


@bp.post("/avstemninger/<int:ballot_id>/tellekorps/lodd/<int:seq>/avvis")
@open_to(SIGNED_IN)
def decline_lot(ballot_id: int, seq: int) -> ResponseReturnValue:
    """Say that it was not drawn so."""
    lots.decline(load(ballot_id).id, current(), seq)
    return _back(ballot_id, _("Loddet er avvist og kan føres inn på nytt."))


@bp.post("/avstemninger/<int:ballot_id>/tellekorps/retting")
@open_to(SIGNED_IN)
def propose_correction(ballot_id: int) -> ResponseReturnValue:
    """What was wrong in the record, for a second person to confirm."""
    ballot, form = load(ballot_id), ReasonForm(prefix="retting")
    if not form.validate() and corrections.proposal_of(ballot, current()):
        return _page(_for_tellers(ballot_id), correction_form=form), 422
    corrections.propose(ballot.id, current(), form.reason.data or "")
    return _back(ballot_id, _("Registrert. Den rettede protokollen kommer når en til bekrefter."))


@bp.post("/avstemninger/<int:ballot_id>/tellekorps/retting/<int:seq>/bekreft")
@open_to(SIGNED_IN)
def correct_record(ballot_id: int, seq: int) -> ResponseReturnValue:
    """Confirm what another has proposed: a new version of the record is written."""
    version = corrections.correct(load(ballot_id).id, current(), seq)
    return _back(ballot_id, _("Utgave %(number)s av protokollen er skrevet.", number=version.version))


@bp.post("/avstemninger/<int:ballot_id>/tellekorps/retting/<int:seq>/avvis")
@open_to(SIGNED_IN)
def decline_correction(ballot_id: int, seq: int) -> ResponseReturnValue:
    """Say that the record is right as it is."""
    corrections.decline(load(ballot_id).id, current(), seq)
    return _back(ballot_id, _("Forslaget er avvist. Protokollen er som før."))


@bp.post("/styret/avstemninger/<int:ballot_id>/ny-avstemning")
@open_to(SIGNED_IN)
def rerun(ballot_id: int) -> ResponseReturnValue:
    """A new draft in place of a ballot that was cancelled or annulled."""
    new = again.rerun(load(ballot_id).id, current())
    flash(_("Utkastet er laget. Sett en ny stengedag, og send det til godkjenning."), "success")
    return redirect(url_for("ballot.edit", ballot_id=new.id), 303)


def _for_tellers(ballot_id: int) -> Ballot:
    ballot = load(ballot_id)
    if not facts.is_public(ballot):
        raise NotFound
    current().require(Permission.READ_TALLY, matter_of(ballot))
    return ballot


def _back(ballot_id: int, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("ballot.tellers", ballot_id=ballot_id), 303)


def _page(
    ballot: Ballot,
    *,
    incident_form: ReasonForm | None = None,
    settlement_form: ReasonForm | None = None,
    annulment_form: ReasonForm | None = None,
    lot_form: LotForm | None = None,
    correction_form: ReasonForm | None = None,
) -> str:
    rights, at = current(), clock.now()
    history = events.history(ballot.id)
    done = joint.read(history)
    people = _people(ballot, history)
    roll = queries.roll_of(ballot.id)
    needed = lots.needed_by(ballot)
    return render_template(
        "ballot/tellers.html",
        ballot=ballot,
        done=done,
        people=people,
        tellers=[people[row.member_id] for row in ballot.tellers],
        steps=_steps(ballot, done, people),
        history=_told(history, people),
        release=acts.release_of(ballot, rights, done, at),
        approval=acts.approval_of(ballot, rights, done, at),
        may_raise=bool(acts.incident_of(ballot, rights, done)),
        may_settle=bool(acts.settlement_of(ballot, rights, done)),
        settlements=[(half, bool(acts.settling_of(ballot, rights, done, half))) for half in done.settlements],
        may_annul=bool(acts.annulment_of(ballot, rights, "?", at)),
        annulments=[(half, bool(acts.confirmation_of(ballot, rights, half, at))) for half in done.annulments],
        incident_form=incident_form or ReasonForm(None, prefix="hendelse"),
        settlement_form=settlement_form or ReasonForm(None, prefix="avklaring"),
        annulment_form=annulment_form or ReasonForm(None, prefix="oppheving"),
        may_correct=bool(corrections.proposal_of(ballot, rights)),
        corrections=[
            (half, bool(corrections.confirmation_of(ballot, rights, half))) for half in done.corrections
        ],
        correction_form=correction_form or ReasonForm(None, prefix="retting"),
        lot_needed=needed,
        lot_purposes=PURPOSES,
        lot_form=lot_form or LotForm(None, needed, ballot.closes_at),
        may_enter_lot=bool(lots.entry_of(ballot, rights)),
        lots_entered=[
            (lot, bool(lots.confirmation_of(ballot, rights, lot)), _drawn(ballot, lot))
            for lot in done.entered
        ],
        lots_drawn=[(lot, _drawn(ballot, lot)) for lot in done.drawn],
        roll=roll,
        appendices=[(one, phrases.label(one.kind)) for one in appendices.of(ballot.id)] if roll else [],
        counts=json.loads(roll.counts) if roll and roll.counts else None,
        reconciliation=_reconciliation(ballot),
        shown=_shown(ballot, roll),
        **_marks(ballot, rights),
    )


def _drawn(ballot: Ballot, lot: joint.DrawnLot) -> tuple[list[str], datetime]:
    """The names in the order of a lot, and when it was drawn."""
    labels = results.labels_of(ballot)
    return [labels[number - 1] for number in lot.lot.order], datetime.fromisoformat(lot.drawn_at)


def _people(ballot: Ballot, history: Sequence[BallotEvent]) -> Mapping[int, Member]:
    acted = {event.actor_id for event in history if event.kind in DONE and event.actor_id is not None}
    return queries.members(acted | {row.member_id for row in ballot.tellers})


def _marks(ballot: Ballot, rights: Rights) -> dict[str, object]:
    """Who has voted, a page at a time, and only when voting is over."""
    over = ballot.state in VOTING_OVER
    permission = Permission.SEE_MARKS_AFTER_CLOSING if over else Permission.SEE_MARKS_WHILE_OPEN
    if not rights.may(permission, matter_of(ballot)):
        return {"marks": None}
    total = counting.marks_and_receipts(ballot.id)[0]
    pages = max(1, -(-total // MARKS_ON_A_PAGE))
    page = min(max(request.args.get("page", 1, int), 1), pages)
    return {
        "marks": queries.marked(ballot.id, page, MARKS_ON_A_PAGE),
        "marks_total": total,
        "page": page,
        "pages": pages,
    }


def _reconciliation(ballot: Ballot) -> tuple[tuple[tuple[str, int], ...], bool] | None:
    """The numbers that have to agree, and whether they do: of the box while it is sealed, then of the count."""
    if ballot.state not in VOTING_OVER:
        return None
    result = queries.result_of(ballot.id)
    if result is not None:
        return results.reconciliation(results.Numbers.of(result), with_blank=True), result.adds_up
    marked, receipts = counting.marks_and_receipts(ballot.id)
    papers = queries.sealed_papers(ballot.id)
    lines = (
        (_("Avmerket i manntallet"), marked),
        (_("Stemmesedler i urnen"), papers),
        (_("Kvitteringskoder"), receipts),
    )
    return lines, marked == papers == receipts


def _shown(ballot: Ballot, roll: Roll | None) -> results.Shown | None:
    """The numbers of the count, before others see them."""
    result = queries.result_of(ballot.id)
    if result is None or roll is None or ballot.state not in VOTING_OVER:
        return None
    return results.shown(ballot, result, roll, for_tellers=True)


def _told(history: Sequence[BallotEvent], people: Mapping[int, Member]) -> list[dict[str, object]]:
    """What tellers, control committee and system have done, for the list at the foot of the page."""
    told = []
    for event in history:
        if event.kind in DONE:
            who = people.get(event.actor_id or 0)
            text = str(DONE[event.kind]) % {"name": who.name if who else _("systemet")}
            reason = json.loads(event.payload).get("reason")
            told.append({"at": event.at, "text": text, "detail": reason, "state": "past"})
    return told


def _steps(ballot: Ballot, done: Joint, people: Mapping[int, Member]) -> list[dict[str, object]]:
    """What each state waits for: the way from voting to the end, told from where the ballot stands."""
    if ballot.state not in facts.LIFE:
        return []
    if ballot.tellers:
        opening = _("To i tellekorpset åpner urnen, og stemmene blir talt")
        approving = _("To i tellekorpset ser over tallene og godkjenner resultatet")
    else:
        opening = _("Systemet åpner urnen og teller, for avstemningen har ikke tellekorps")
        approving = _("Systemet gjør resultatet offentlig hvis tallene går opp")
    steps = [
        (State.CLOSED, _("Avstemningen stenger"), ballot.closes_at, ""),
        (State.COUNTED, opening, None, _presses(done.releases, people)),
        (State.CERTIFIED, approving, None, _presses(done.approvals, people)),
        (
            State.FINAL,
            _("Fristen for innsigelser går ut, og avstemningen blir avsluttet"),
            ballot.objections_end_at if ballot.state in (State.CERTIFIED, State.FINAL) else None,
            "",
        ),
    ]
    reached = facts.LIFE.index(ballot.state)
    told: list[dict[str, object]] = []
    held = done.incident is not None
    appealed = ballot.state is State.COUNTED and ballot.appeals_due_at is not None
    for state, text, when, detail in steps:
        place = facts.LIFE.index(state)
        now = place == reached + 1 or (state is State.CLOSED and place > reached)
        mark = "done" if place <= reached else "now" if now else "todo"
        if held and mark != "done" and state in (State.CERTIFIED, State.FINAL):
            told.append({"text": _("To i tellekorpset avklarer hendelsen"), "state": "now"})
            mark, held = ("blocked" if now else mark), False
        if appealed and state is State.CERTIFIED:
            told.append({"text": _("En klage på manntallet blir avgjort"), "state": "now", **_waits(ballot)})
            mark = "blocked"
        told.append({"text": text, "state": mark, "when": when, "detail": detail})
    return told


def _waits(ballot: Ballot) -> dict[str, object]:
    """Until when an undecided appeal can hold the result back."""
    return (
        {"detail": _("Senest %(time)s.", time=moment(ballot.appeals_due_at))} if ballot.appeals_due_at else {}
    )


def _presses(halves: Sequence[Half], people: Mapping[int, Member]) -> str:
    """Who has pressed, and when; nothing where nobody has."""
    return " ".join(
        _("%(name)s trykket %(time)s.", name=people[half.member_id].name, time=moment(half.at))
        for half in halves
    )
