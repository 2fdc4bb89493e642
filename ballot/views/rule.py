"""The page of the participation rule after its notice: make it milder, suspend it, make good an outage."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ballot import checklist, events, facts, queries
from ballot.access import matter_of
from ballot.models import Ballot, EventKind
from ballot.rule_forms import OutageForm, SuspensionForm
from ballot.rules.dates import Outage
from ballot.rules.lifecycle import Capacity, State
from ballot.rules.participation import LAST_CHANGE, RuleState, Setting
from ballot.services import changes
from ballot.views import bp, load
from foundation import clock, phrases
from foundation.doors import open_to
from foundation.errors import RuleBroken
from members.access import Rights, current
from members.rules.permissions import Permission


def _may_suspend(ballot: Ballot, rights: Rights) -> bool:
    return (
        ballot.state in (State.NOTIFIED, State.FROZEN)
        and facts.setting_of(ballot) is not Setting.NONE
        and rights.may(Permission.SUSPEND_RULE, matter_of(ballot))
    )


def may_record_outage(ballot: Ballot, rights: Rights) -> bool:
    """Whether she may be one of the two who make good an outage now."""
    if ballot.state is State.OPEN:
        capacity = Capacity.TELLER if ballot.tellers else Capacity.CONTROL
        return capacity in facts.mover(ballot, rights).capacities
    return (
        ballot.state is State.NOTIFIED
        and facts.setting_of(ballot) is not Setting.NONE
        and rights.may(Permission.SOFTEN_RULE, matter_of(ballot))
    )


@bp.app_template_global()
def rule_page_of(ballot: Ballot, rights: Rights) -> str:
    """The address of the page where she can do something about the rule or the dates, empty where she cannot."""
    if _may_suspend(ballot, rights) or may_record_outage(ballot, rights):
        return url_for("ballot.rule", ballot_id=ballot.id)
    return ""


@bp.get("/styret/avstemninger/<int:ballot_id>/krav")
@open_to(Permission.READ)
def rule(ballot_id: int) -> ResponseReturnValue:
    """What the rule does now, counts only, and what two people can do about it."""
    rights, ballot = current(), load(ballot_id)
    if not rights.may(Permission.SUSPEND_RULE, matter_of(ballot)) and not may_record_outage(ballot, rights):
        rights.require(Permission.SUSPEND_RULE, matter_of(ballot))
    return _page(rights, ballot)


def _page(
    rights: Rights,
    ballot: Ballot,
    *,
    suspending: SuspensionForm | None = None,
    outage: OutageForm | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    at = clock.now()
    history = events.history(ballot.id)
    waiting = changes.pending(history, EventKind.SUSPENSION_PROPOSED, EventKind.RULE_SUSPENDED)
    away = changes.pending(history, EventKind.OUTAGE_PROPOSED, EventKind.OUTAGE_RECORDED)
    people = queries.members({one.by_id for one in (waiting, away) if one is not None})
    last_change = ballot.roll_freezes_at - LAST_CHANGE if ballot.roll_freezes_at else None
    return (
        render_template(
            "ballot/rule.html",
            ballot=ballot,
            in_force=ballot.rule_state is RuleState.IN_FORCE,
            qualified=checklist.qualified_now(ballot, at)
            if ballot.state is State.NOTIFIED and ballot.participation is not Setting.NONE
            else "",
            may_soften=ballot.state is State.NOTIFIED
            and facts.setting_of(ballot) is not Setting.NONE
            and last_change is not None
            and at < last_change
            and rights.may(Permission.SOFTEN_RULE, matter_of(ballot)),
            last_change=last_change,
            may_suspend=_may_suspend(ballot, rights),
            waiting=waiting,
            may_record_outage=may_record_outage(ballot, rights),
            away=away,
            away_told=changes.outage_in(away) if away else None,
            people=people,
            suspending=suspending or SuspensionForm(formdata=None),
            outage=outage or OutageForm(formdata=None),
        ),
        status,
    )


@bp.post("/styret/avstemninger/<int:ballot_id>/opphev-kravet")
@open_to(Permission.SUSPEND_RULE)
def suspend(ballot_id: int) -> ResponseReturnValue:
    """Propose to suspend the rule, or confirm it as the second board member."""
    rights, form = current(), SuspensionForm()
    rights.require(Permission.SUSPEND_RULE, matter_of(load(ballot_id)))
    if not form.validate():
        return _page(rights, load(ballot_id), suspending=form, status=422)
    try:
        ballot = changes.suspend(ballot_id, rights, form.reason.data)
    except RuleBroken as refusal:
        form.reason.errors = [phrases.sentence(refusal.reason)]
        return _page(rights, load(ballot_id), suspending=form, status=409)
    if ballot.rule_state is RuleState.SUSPENDED:
        flash(_("Kravet om deltakelse er opphevet, og alle med stemmerett får beskjed."), "success")
    else:
        flash(_("Forslaget er notert. En annen i styret må bekrefte."), "success")
    return redirect(url_for("ballot.rule", ballot_id=ballot_id), 303)


@bp.post("/styret/avstemninger/<int:ballot_id>/driftsstans")
@open_to(Permission.READ)
def outage(ballot_id: int) -> ResponseReturnValue:
    """Record an outage that took members' time away, or confirm it as the second person."""
    rights, form = current(), OutageForm()
    ballot = load(ballot_id)
    confirmed = request.form.get("confirm", type=int)
    if not form.validate() and (confirmed is None or form.reason.errors):
        if not may_record_outage(ballot, rights):
            rights.require(Permission.SUSPEND_RULE, matter_of(ballot))
        return _page(rights, ballot, outage=form, status=422)
    try:
        asked = (
            changes.proposed_outage(ballot, confirmed)
            if confirmed is not None
            else Outage(form.starts.data or clock.now(), form.ends.data or clock.now())
        )
        changes.record_outage(ballot_id, rights, asked, form.reason.data)
    except RuleBroken as refusal:
        form.starts.errors = [phrases.sentence(refusal.reason)]
        return _page(rights, load(ballot_id), outage=form, status=409)
    done = confirmed is not None
    flash(
        _("Driftsstansen er bekreftet, og fristene er regnet ut på nytt.")
        if done
        else _("Driftsstansen er notert. En til må bekrefte."),
        "success",
    )
    return redirect(url_for("ballot.rule", ballot_id=ballot_id), 303)
