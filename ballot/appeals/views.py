"""The pages of appeals: one for the member who was refused, a queue and one page for those who decide."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Flask, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ballot import facts, phrases
from ballot import queries as ballots
from ballot.access import matter_of
from ballot.appeals import queries, services
from ballot.appeals.forms import AppealForm, RefusalForm
from ballot.appeals.models import AppealState, MediaType, RollAppeal
from ballot.models import Ballot
from ballot.rules.appeals import Decision
from ballot.rules.lifecycle import State
from ballot.rules.participation import Setting, appeals_until
from ballot.views import load
from foundation import clock
from foundation import phrases as words
from foundation.doors import SIGNED_IN, open_to
from foundation.errors import NotAllowed, NotFound, Reason, RuleBroken
from members.access import Rights, current, rights_of
from members.models import Standing
from members.rules.permissions import Permission

PAGE = 20
# A form with a receipt may be larger than others: one that is too large comes back with its words and an error.
LARGEST_FORM = 16 * 1024 * 1024
ENDINGS = {MediaType.JPEG: "jpg", MediaType.PDF: "pdf", MediaType.PNG: "png"}

STATES = {
    AppealState.OPEN: _l("Klagen er sendt"),
    AppealState.GRANTED: _l("Du fikk medhold"),
    AppealState.REFUSED: _l("Klagen førte ikke fram"),
    AppealState.REVERSED: _l("Du fikk medhold"),
}


def register(app: Flask, bp: Blueprint) -> None:
    """Hang the pages on the ballots' blueprint, and let a form with a receipt in."""
    bp.add_url_rule("/avstemninger/<int:ballot_id>/klage", view_func=appeal, methods=["GET", "POST"])
    bp.add_url_rule("/avstemninger/klager", view_func=appeal_queue)
    bp.add_url_rule("/avstemninger/klager/<int:appeal_id>", view_func=appeal_case)
    bp.add_url_rule("/avstemninger/klager/<int:appeal_id>/medhold", view_func=grant_appeal, methods=["POST"])
    bp.add_url_rule("/avstemninger/klager/<int:appeal_id>/avslag", view_func=refuse_appeal, methods=["POST"])
    bp.add_url_rule("/avstemninger/klager/<int:appeal_id>/kvittering", view_func=appeal_receipt)
    app.add_template_global(decides_appeals)
    app.url_value_preprocessors.setdefault(None, []).append(_let_in)


def _let_in(endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Before anything reads the form: what is asked of a receipt is answered beside its field."""
    if endpoint == "ballot.appeal":
        request.max_content_length = LARGEST_FORM


def decides_appeals(rights: Rights | None) -> bool:
    """Whether the reader is in an appeals group, for the menu; asks no query."""
    return rights is not None and bool(services.tops(rights))


@open_to(SIGNED_IN)
def appeal(ballot_id: int) -> ResponseReturnValue:
    """My appeal in this ballot: the one question, or what became of it."""
    rights = current()
    ballot = load(ballot_id)
    if not facts.is_public(ballot):
        raise NotFound
    form = AppealForm()
    if request.method == "POST":
        may = services.filing_of(ballot, rights, clock.now())
        if may and not form.validate():
            return _appeal_page(ballot, rights, form), 422
        try:
            services.file(ballot.id, rights, form.what.data or "", form.checked)
        except RuleBroken as refusal:
            return _appeal_page(load(ballot_id), rights, form, refusal.reason), 409
        flash(_("Klagen er sendt. To personer avgjør den, og du får svar på e-post."), "success")
        return redirect(url_for("ballot.appeal", ballot_id=ballot_id), 303)
    return _appeal_page(ballot, rights, form)


def _appeal_page(ballot: Ballot, rights: Rights, form: AppealForm, problem: Reason | None = None) -> str:
    at = clock.now()
    mine = queries.latest(ballot.id, rights.member.id)
    may = services.filing_of(ballot, rights, at)
    entry = ballots.roll_entry(ballot.id, rights.member.id)
    refused = facts.roll_is_made(ballot) and not (entry and entry.entitled)
    return render_template(
        "ballot/appeals/appeal.html",
        ballot=ballot,
        form=form,
        mine=mine,
        heading=STATES[mine.state] if mine else None,
        has_receipt=bool(mine and queries.receipt_type(mine.id)),
        may=may,
        why_not=None if may else may.reason,
        problem=problem,
        refusal=words.sentence(phrases.precise(services.reason_of(ballot, rights, at))) if refused else "",
        until=appeals_until(ballot.closes_at) if ballot.closes_at else None,
        is_open=ballot.state is State.OPEN,
    )


@open_to(Permission.DECIDE_ROLL_APPEAL)
def appeal_queue() -> ResponseReturnValue:
    """The appeals that wait, the most urgent first."""
    rights = current()
    page = max(request.args.get("page", 1, int), 1)
    rows, total = queries.queue(services.tops(rights), page, PAGE)
    return render_template(
        "ballot/appeals/queue.html",
        rows=[(one, said, services.may_decide(one.ballot, one, rights)) for one, said in rows],
        page=page,
        pages=max(1, -(-total // PAGE)),
        total=total,
    )


@open_to(Permission.DECIDE_ROLL_APPEAL)
def appeal_case(appeal_id: int) -> ResponseReturnValue:
    """One appeal with what the rule saw."""
    return _case_page(_for_deciders(appeal_id))


@open_to(SIGNED_IN)
def grant_appeal(appeal_id: int) -> ResponseReturnValue:
    """«Gi medhold»: one tap."""
    return _decided(appeal_id, services.decide(appeal_id, current(), Decision.GRANT))


@open_to(SIGNED_IN)
def refuse_appeal(appeal_id: int) -> ResponseReturnValue:
    """«Avslå», with a sentence to the member."""
    form = RefusalForm()
    if not form.validate() and current().has_some(Permission.DECIDE_ROLL_APPEAL):
        return _case_page(_for_deciders(appeal_id), form), 422
    return _decided(
        appeal_id, services.decide(appeal_id, current(), Decision.REFUSE, form.sentence.data or "")
    )


def _decided(appeal_id: int, state: AppealState) -> ResponseReturnValue:
    if state is AppealState.OPEN:
        flash(_("Registrert. Klagen er avgjort når en til har sagt sitt."), "success")
        return redirect(url_for("ballot.appeal_case", appeal_id=appeal_id), 303)
    if state is AppealState.REFUSED:
        flash(_("Klagen er avslått, og medlemmet får beskjed."), "success")
    else:
        flash(_("Medlemmet fikk medhold og får beskjed."), "success")
    return redirect(url_for("ballot.appeal_queue"), 303)


@open_to(Permission.DECIDE_ROLL_APPEAL)
def appeal_receipt(appeal_id: int) -> ResponseReturnValue:
    """The receipt, for the deciders alone: a file to save, that no browser opens by itself."""
    found = _for_deciders(appeal_id)
    receipt = queries.receipt(found.id)
    if receipt is None or found.state is not AppealState.OPEN:
        raise NotFound
    answer = Response(receipt.content, mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="kvittering-{found.id}.{ENDINGS[receipt.media_type]}"'
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def _for_deciders(appeal_id: int) -> RollAppeal:
    found = queries.appeal(appeal_id)
    if found is None:
        raise NotFound
    load(found.ballot_id)
    found = queries.appeal(appeal_id)
    if found is None:
        raise NotFound
    answer = services.may_decide(found.ballot, found, current())
    if not answer:
        raise NotAllowed(answer.reason)
    return found


@dataclass(frozen=True)
class Seen:
    """What the rule saw of a member: her standing at the freeze, her contributions and her payments."""

    reason: str
    standing: Standing | None
    counted: list[str]
    not_counting: list[tuple[str, str]]
    dues: list[tuple[object, object]]


def _case_page(found: RollAppeal, form: RefusalForm | None = None) -> str:
    rights = current()
    said = queries.votes(found.id)
    return render_template(
        "ballot/appeals/case.html",
        appeal=found,
        ballot=found.ballot,
        seen=_seen(found),
        said=said,
        mine=any(vote.decider_id == rights.member.id for vote in said),
        receipt=queries.receipt_type(found.id),
        decidable=found.state is AppealState.OPEN and found.ballot.state in ballots.WITH_ROLL,
        heading=STATES[found.state],
        form=form or RefusalForm(None),
        may_see_roll=rights.may(Permission.SEE_ROLL, matter_of(found.ballot, appealed=True)),
    )


def _seen(found: RollAppeal) -> Seen:
    ballot, at = found.ballot, clock.now()
    freezes_at = facts.window_of(ballot).freezes_at
    hers = rights_of(found.member, at)
    reason = services.reason_of(ballot, hers, at) if hers else Reason.of("not_on_roll")
    taken = (
        facts.own_participation(ballot, found.member_id) if ballot.participation is not Setting.NONE else None
    )
    return Seen(
        reason=words.sentence(phrases.precise(reason)),
        standing=ballots.standing_before(found.member_id, freezes_at),
        counted=[_contribution(one.kind, one.at) for one in taken.counted] if taken else [],
        not_counting=[
            (
                _contribution(one.credit.kind, one.credit.at),
                words.sentence(phrases.precise(one.reason)),
            )
            for one in taken.not_counting
        ]
        if taken
        else [],
        dues=[(paid.paid_on, paid.paid_until) for paid in ballots.dues_of(found.member_id, at)],
    )


def _contribution(kind: object, at: object) -> str:
    return words.sentence(Reason.of("contribution", kind=kind, at=at))
