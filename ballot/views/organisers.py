"""The pages of those who organise ballots: draft, preview, approval, the steps, what may change, the roll."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ballot import checklist, facts, places, queries, results
from ballot.access import matter_of
from ballot.forms import ChangeForm, DraftForm, Offer, ReasonForm
from ballot.models import Ballot
from ballot.rules.lifecycle import DEFAULT_VOTING, State
from ballot.rules.participation import LAST_CHANGE, Kind
from ballot.rules.related import MOST_RELATED
from ballot.services import candidates, changes, drafting, lifecycle, notice, related, roll
from ballot.services.changes import RuleChange
from ballot.services.drafting import Check
from ballot.views import bp, load
from ballot.views.voters import options_of
from foundation import clock, phrases
from foundation.doors import open_to
from foundation.errors import NotFound, RuleBroken
from foundation.formats import local
from members.access import Rights, current
from members.models import Unit
from members.queries import holders, lineage
from members.rules.permissions import Matter, OfficeKind, Permission

ANSWERERS = (
    OfficeKind.ELECTED_REPRESENTATIVE,
    OfficeKind.COMMITTEE_LEADER,
    OfficeKind.BOARD_CHAIR,
    OfficeKind.BOARD_MEMBER,
)


@bp.get("/styret/avstemninger")
@open_to(Permission.DRAFT_BALLOT)
def board() -> ResponseReturnValue:
    """The board's ballots: what waits for her, drafts, what runs, what is over."""
    rights = current()
    lifecycle.advance_all(clock.now())
    return render_template(
        "ballot/board.html", groups=checklist.groups(queries.of_boards(_board_ids(rights)), rights)
    )


@bp.route("/styret/avstemninger/ny", methods=["GET", "POST"])
@open_to(Permission.DRAFT_BALLOT)
def draft() -> ResponseReturnValue:
    """The form of the ordinary ballot: four fields, the rest folded."""
    rights, form = current(), DraftForm()
    boards = _boards(rights)
    rights.require(Permission.DRAFT_BALLOT, Matter(unit_path=boards[0].path if boards else None))
    asked = request.args.get("sak", type=int)
    form.offer(_offer(rights, boards, asked))
    if not form.is_submitted():
        _suggest(form, rights, asked)
    return _drafted(form, rights, None)


@bp.route("/styret/avstemninger/<int:ballot_id>/rediger", methods=["GET", "POST"])
@open_to(Permission.DRAFT_BALLOT)
def edit(ballot_id: int) -> ResponseReturnValue:
    """The same form with a stored draft; after the notice it is closed, and an attempt is kept."""
    rights, ballot, form = current(), load(ballot_id), DraftForm()
    if ballot.state is not State.DRAFT:
        if form.is_submitted():
            drafting.refuse_edit(ballot_id, rights)
        rights.require(Permission.DRAFT_BALLOT, matter_of(ballot))
        raise RuleBroken(drafting.locked(ballot))
    rights.require(Permission.DRAFT_BALLOT, matter_of(ballot))
    if not form.is_submitted():
        form.show(drafting.draft_of(ballot), candidates.numbers_of(ballot))
    form.offer(_offer(rights, [ballot.unit], ballot.case_id))
    return _drafted(form, rights, ballot)


def _drafted(form: DraftForm, rights: Rights, ballot: Ballot | None) -> ResponseReturnValue:
    """One row more, the draft stored and shown as voters will see it, or the form with what is wrong."""
    status, checked = 200, None
    if form.is_submitted():
        if form.row_added(request.form.get("add", "")):
            return _form_page(form, ballot, None, status)
        valid = form.validate()
        if form.can_be_read:
            written = form.draft()
            checked = drafting.check(written, clock.now())
            if not form.tell(checked.blockers) and valid:
                stored = (
                    drafting.update(ballot.id, written, rights)
                    if ballot
                    else drafting.create(written, rights)
                )
                if request.form.get("next") == "later":
                    flash(_("Utkastet er lagret."), "success")
                    return redirect(url_for("ballot.board"), 303)
                return redirect(url_for("ballot.preview", ballot_id=stored.id), 303)
        status = 422
    elif ballot is not None:
        checked = drafting.check(drafting.draft_of(ballot), clock.now())
    return _form_page(form, ballot, checked, status)


def _form_page(
    form: DraftForm, ballot: Ballot | None, checked: Check | None, status: int
) -> ResponseReturnValue:
    return (
        render_template(
            "ballot/draft.html",
            form=form,
            ballot=ballot,
            qualified=checklist.qualified_sentence(checked) if checked else "",
            opened=request.form.get("add") in ("for", "against", "source"),
            binding=form.force.data == "binding",
        ),
        status,
    )


@bp.get("/styret/avstemninger/<int:ballot_id>")
@open_to(Permission.DRAFT_BALLOT)
def steps(ballot_id: int) -> ResponseReturnValue:
    """The checklist of one ballot: what is done, what comes next and whose turn it is."""
    rights, ballot = current(), load(ballot_id)
    _require_board(rights, ballot)
    return _steps_page(rights, ballot)


def _steps_page(
    rights: Rights, ballot: Ballot, *, wrong: ReasonForm | None = None, act: str = "", status: int = 200
) -> ResponseReturnValue:
    return (
        render_template(
            "ballot/steps.html",
            ballot=ballot,
            page=checklist.page(ballot, rights, clock.now()),
            form=wrong or ReasonForm(formdata=None),
            act=act,
        ),
        status,
    )


@bp.get("/styret/avstemninger/<int:ballot_id>/forhandsvis")
@open_to(Permission.DRAFT_BALLOT)
def preview(ballot_id: int) -> ResponseReturnValue:
    """The ballot exactly as voters will see it, what still stands in its way, and the button for the next step."""
    rights, ballot = current(), load(ballot_id)
    _require_board(rights, ballot)
    if ballot.state not in (State.DRAFT, State.SUBMITTED):
        return redirect(url_for("ballot.show", ballot_id=ballot.id))
    checked = drafting.check(drafting.draft_of(ballot), clock.now())
    return render_template(
        "ballot/preview.html",
        ballot=ballot,
        shown=checklist.AsPublished(ballot, checked.times),
        options=options_of(ballot),
        marking=places.kind_of(ballot).marking.value,
        most=places.most_marks(ballot),
        of_persons=places.is_of_persons(ballot),
        rule_sentence=results.rule_of(ballot, None),
        participation=checklist.participation_told(ballot, checked),
        blockers=checklist.to_mend(checked),
        small_roll=checklist.small_roll_warning(checked),
        suggested=related.suggested(ballot, clock.now()),
        may_submit=ballot.state is State.DRAFT and ballot.drafter_id == rights.member.id,
        may_approve=ballot.state is State.SUBMITTED
        and rights.may(Permission.APPROVE_BALLOT, matter_of(ballot)),
        form=ReasonForm(formdata=None),
    )


@bp.post("/styret/avstemninger/<int:ballot_id>/send-inn")
@open_to(Permission.SUBMIT_BALLOT)
def submit(ballot_id: int) -> ResponseReturnValue:
    """Send the draft to a second pair of eyes."""
    drafting.submit(
        ballot_id, current(), small_roll_confirmed=_small_roll_confirmed(), threads=_ticked_threads()
    )
    flash(_("Utkastet er sendt inn. En annen i styret må godkjenne det før medlemmene ser det."), "success")
    return _to_steps(ballot_id)


@bp.post("/styret/avstemninger/<int:ballot_id>/godkjenn")
@open_to(Permission.APPROVE_BALLOT)
def approve(ballot_id: int) -> ResponseReturnValue:
    """Approve and publish the notice."""
    notice.publish(
        ballot_id, current(), small_roll_confirmed=_small_roll_confirmed(), threads=_ticked_threads()
    )
    flash(_("Avstemningen er kunngjort, og alle som har stemmerett, får beskjed."), "success")
    return _to_steps(ballot_id)


@bp.post("/styret/avstemninger/<int:ballot_id>/send-tilbake")
@open_to(Permission.APPROVE_BALLOT)
def send_back(ballot_id: int) -> ResponseReturnValue:
    """Give a submitted draft back with a reason."""
    rights, form = current(), ReasonForm()
    if not form.validate():
        return _wrong(rights, ballot_id, form, "send_back")
    drafting.send_back(ballot_id, rights, form.reason.data)
    flash(_("Utkastet er sendt tilbake med begrunnelsen din."), "success")
    return _to_steps(ballot_id)


@bp.post("/styret/avstemninger/<int:ballot_id>/trekk")
@open_to(Permission.READ)
def withdraw(ballot_id: int) -> ResponseReturnValue:
    """Drop a draft; the drafter may, also after leaving the board."""
    drafting.withdraw(ballot_id, current(), request.form.get("reason", ""))
    flash(_("Utkastet er trukket. Medlemmene har ikke sett det."), "success")
    return redirect(url_for("ballot.board" if current().is_board else "pages.home"), 303)


@bp.post("/styret/avstemninger/<int:ballot_id>/avlys")
@open_to(Permission.CANCEL_BALLOT)
def cancel(ballot_id: int) -> ResponseReturnValue:
    """Propose to cancel, or confirm it as the second board member."""
    rights, form = current(), ReasonForm()
    if not form.validate():
        return _wrong(rights, ballot_id, form, "cancel")
    ballot = changes.cancel(ballot_id, rights, form.reason.data)
    if ballot.state is State.CANCELLED:
        flash(_("Avstemningen er avlyst, og de som hadde stemmerett, får beskjed."), "success")
    else:
        flash(_("Forslaget om å avlyse er notert. En annen i styret må bekrefte."), "success")
    return _to_steps(ballot_id)


@bp.route("/styret/avstemninger/<int:ballot_id>/endre", methods=["GET", "POST"])
@open_to(Permission.SOFTEN_RULE)
def change(ballot_id: int) -> ResponseReturnValue:
    """A milder participation rule after the notice: proposed by one board member, confirmed by a second."""
    rights, ballot, form = current(), load(ballot_id), ChangeForm()
    rights.require(Permission.SOFTEN_RULE, matter_of(ballot))
    form.offer(ballot, queries.other_threads(ballot.case) if ballot.case else [])
    if form.is_submitted() and form.validate():
        try:
            asked = _asked_change(form, ballot)
            changed = changes.change_rule(ballot_id, rights, asked, form.reason.data)
        except RuleBroken as refusal:
            form.form_errors = [phrases.sentence(refusal.reason)]
            return _change_page(form, load(ballot_id), 409)
        flash(checklist.change_told(changed), "success")
        return _to_steps(ballot_id)
    return _change_page(form, ballot, 422 if form.is_submitted() else 200)


def _change_page(form: ChangeForm, ballot: Ballot, status: int) -> ResponseReturnValue:
    return (
        render_template(
            "ballot/change.html",
            form=form,
            ballot=ballot,
            proposal=checklist.pending_change(ballot),
            last_change=facts.window_of(ballot).freezes_at - LAST_CHANGE,
        ),
        status,
    )


def _asked_change(form: ChangeForm, ballot: Ballot) -> RuleChange:
    """What was asked for, whatever the form offers: a forged request is refused by the rule, not overlooked."""
    confirmed = request.form.get("confirm", type=int)
    if confirmed is not None:
        return changes.proposed_change(ballot, confirmed)
    linked = frozenset(queries.threads_of(ballot.case_id))
    kept = frozenset(request.form.getlist("threads", type=int)) if "threads" in request.form else linked
    shown = ballot.roll_freezes_at.replace(second=0, microsecond=0) if ballot.roll_freezes_at else None
    return RuleChange(
        minimum=form.minimum.data,
        # The form shows minutes: what comes back as it was shown is no change.
        freezes_at=None if form.freezes.data == shown else form.freezes.data,
        threads=kept | frozenset(form.add_threads.data or []),
        kinds=_asked_kinds(form, ballot),
    )


def _asked_kinds(form: ChangeForm, ballot: Ballot) -> frozenset[Kind] | None:
    """The kinds that are to count: those sent as the only ones, which only a forged request does, or some more."""
    added = frozenset(map(Kind, form.add_kinds.data or []))
    kept = form.kinds_kept()
    if kept is None and not added:
        return None
    return (facts.kinds_of(ballot) if kept is None else kept) | added


@bp.get("/avstemninger/<int:ballot_id>/manntall.txt")
@open_to(Permission.SEE_ROLL)
def roll_export(ballot_id: int) -> ResponseReturnValue:
    """The roll in its canonical form, for tellers and control committee; who fetched it is logged."""
    rights, ballot = current(), load(ballot_id)
    rights.require(Permission.SEE_ROLL, matter_of(ballot))
    answer = Response(roll.export(ballot_id, rights), mimetype="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="manntall-{ballot_id}.txt"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _require_board(rights: Rights, ballot: Ballot) -> None:
    """The board of the unit, or of the unit above it that may approve."""
    if not rights.may(Permission.APPROVE_BALLOT, matter_of(ballot)):
        rights.require(Permission.DRAFT_BALLOT, matter_of(ballot))


def _wrong(rights: Rights, ballot_id: int, form: ReasonForm, act: str) -> ResponseReturnValue:
    ballot = load(ballot_id)
    _require_board(rights, ballot)
    return _steps_page(rights, ballot, wrong=form, act=act, status=422)


def _to_steps(ballot_id: int) -> ResponseReturnValue:
    return redirect(url_for("ballot.steps", ballot_id=ballot_id), 303)


def _ticked_threads() -> list[int]:
    return request.form.getlist("thread", type=int)[:MOST_RELATED]


def _small_roll_confirmed() -> bool:
    return request.form.get("small_roll") == "1"


def _boards(rights: Rights) -> list[Unit]:
    """The units whose board she sits on, each once."""
    terms = rights.holds(OfficeKind.BOARD_CHAIR, OfficeKind.BOARD_MEMBER)
    return list({term.office.unit_id: term.office.unit for term in terms}.values())


def _board_ids(rights: Rights) -> list[int]:
    return [unit.id for unit in _boards(rights)]


def _offer(rights: Rights, boards: list[Unit], case_id: int | None) -> Offer:
    """What a board can choose among; whoever answers is from the unit, or from one above it."""
    if not boards:
        raise NotFound
    at = clock.now()
    above = [unit.id for board_unit in boards for unit in lineage(board_unit)]
    cases = queries.cases_near(boards, at, besides=case_id)
    people = {rights.member.id: rights.member.name}
    for case in cases:
        if case.id == case_id:
            people[case.responsible_id] = case.responsible.name
    for term in holders(ANSWERERS, above, at):
        people.setdefault(
            term.member_id, _("%(name)s, %(title)s", name=term.member.name, title=term.office.title)
        )
    tellers = {term.member_id: term.member.name for term in holders((OfficeKind.TELLER,), above, at)}
    return Offer(
        boards=[(unit.id, unit.name) for unit in boards],
        units=[(unit.id, unit.name) for unit in queries.units_below(unit.path for unit in boards)],
        cases=[(case.id, f"{case.number} {case.title}") for case in cases],
        responsible=list(people.items()),
        tellers=sorted(tellers.items(), key=lambda teller: teller[1]),
    )


def _suggest(form: DraftForm, rights: Rights, case_id: int | None) -> None:
    """The usual answers, there before anybody has typed: yes and no, and a week of voting."""
    form.usual(
        unit_id=form.unit_id.data,
        closing_day=local(clock.now() + DEFAULT_VOTING).date(),
        case_id=case_id if case_id in dict(form.case_id.choices) else None,
        responsible_id=rights.member.id,
    )
