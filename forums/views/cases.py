"""Cases: their page, opened by those who keep an area, and their papers."""

from __future__ import annotations

from datetime import datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums import access, queries, services
from forums.drafts import keeping
from forums.drafts.services import sending
from forums.forms import CaseForm, LinkForm, PaperForm, choices
from forums.models import Case
from forums.views.areas import area_or_404
from forums.views.blueprint import bp
from foundation import clock
from foundation import phrases as house
from foundation.doors import open_to
from foundation.errors import NotFound, RuleBroken
from members import queries as people
from members.access import Rights, current
from members.models import PolicyArea
from members.rules.permissions import Permission

_FIELD_OF = {
    "case_date_past": "decides_at",
    "case_deadline_past": "contributions_before",
    "case_deadline_late": "contributions_before",
    "case_time_short": "accept_short",
    "case_time_very_short": "accept_short",
}


def case_or_404(case_id: int) -> Case:
    """The case of an address."""
    case = queries.case_by_id(case_id)
    if case is None:
        raise NotFound
    return case


@bp.get("/saker/<int:case_id>")
@open_to(Permission.READ)
def case(case_id: int) -> ResponseReturnValue:
    """A case: what it is about, who decides it when, its papers, ballots and threads."""
    rights, shown = current(), case_or_404(case_id)
    access.require(access.on_case(rights, Permission.READ, shown))
    if shown.id != case_id:
        return redirect(url_for("forums.case", case_id=shown.id), 303)
    at = clock.now()
    return render_template(
        "forums/case.html",
        case=shown,
        lines=queries.thread_lines_of_case(shown.id, rights.member.id, invited_only=rights.is_guest),
        at=at,
        merged=queries.merged_into(shown.id),
        may_open=not rights.is_guest and shown.decides_at > at,
        may_keep=bool(access.on_case(rights, access.KEEP_AREA, shown)),
    )


@bp.route("/omrader/<code>/ny-sak", methods=["GET", "POST"])
@open_to(access.KEEP_AREA)
def open_case(code: str) -> ResponseReturnValue:
    """The form by which whoever keeps an area opens a case in it."""
    rights, area = current(), area_or_404(code)
    access.require(access.in_area(rights, access.KEEP_AREA, area))
    form = CaseForm()
    offered = services.units_for_case(rights, area, people.units())
    form.unit_id.choices = choices((unit.id, unit.name) for unit in offered)
    if form.validate_on_submit() and form.decides_at.moment is not None:
        draft = _draft(form, form.decides_at.moment)
        try:
            texts = {"title": draft.title, "summary": draft.summary, "opening": draft.opening}
            with sending(rights.member.id, f"area:{code}:case", keeping.sent_version(), **texts):
                opened = services.open_case(rights, area.id, draft, accept_short=form.accept_short.data)
        except RuleBroken as broken:
            field = form[_FIELD_OF.get(broken.reason.code, "title")]
            field.errors = [*field.errors, house.sentence(broken.reason)]
        else:
            flash(_("Saken er åpnet og har fått nummer %(number)s.", number=opened.number), "success")
            return redirect(url_for("forums.case", case_id=opened.id), 303)
    if not form.is_submitted():
        _suggest(form, rights, area)
        keeping.restore(form, f"area:{code}:case")
    return render_template("forums/open_case.html", form=form, area=area), 422 if form.errors else 200


def _draft(form: CaseForm, decides_at: datetime) -> services.CaseDraft:
    return services.CaseDraft(
        unit_id=form.unit_id.data,
        title=form.title.data,
        summary=form.summary.data,
        deciding_body=form.deciding_body.data,
        decides_at=decides_at,
        contributions_before=form.contributions_before.moment,
        opening=form.opening.data,
        paper_title=form.paper_title.data or "",
        paper_body=form.paper_body.data or "",
    )


def _suggest(form: CaseForm, rights: Rights, area: PolicyArea) -> None:
    term = access.keeping_term(rights, area.id, area.unit, *[term.office.unit for term in rights.keeps()])
    if term is not None:
        form.deciding_body.data = term.office.body
        form.unit_id.data = term.office.unit_id


@bp.route("/saker/<int:case_id>/papirer", methods=["GET", "POST"])
@open_to(access.KEEP_AREA)
def add_paper(case_id: int) -> ResponseReturnValue:
    """The form by which a paper is added to a case."""
    rights, shown = current(), case_or_404(case_id)
    access.require(access.on_case(rights, access.KEEP_AREA, shown))
    form, place = PaperForm(), f"case:{case_id}:paper"
    if not form.is_submitted():
        keeping.restore(form, place)
    if form.validate_on_submit():
        texts = {"title": form.title.data, "body": form.body.data}
        try:
            with sending(rights.member.id, place, keeping.sent_version(), **texts):
                services.add_paper(rights, shown.id, **texts)
        except RuleBroken as broken:
            form.body.errors = [house.sentence(broken.reason)]
        else:
            flash(_("Papiret er lagt ved saken."), "success")
            return redirect(url_for("forums.case", case_id=case_id, _anchor="papirer"), 303)
    return render_template("forums/add_paper.html", form=form, case=shown), 422 if form.errors else 200


@bp.route("/trader/<int:thread_id>/sak", methods=["GET", "POST"])
@open_to(access.KEEP_AREA)
def link_thread(thread_id: int) -> ResponseReturnValue:
    """The form by which a thread is made part of the debate on a case one keeps."""
    rights = current()
    thread = queries.thread_by_id(thread_id)
    if thread is None:
        raise NotFound
    access.require(access.on_thread(rights, Permission.READ, thread))
    linked = {case.id for case in queries.cases_of_thread(thread.id)}
    form = LinkForm()
    form.case_id.choices = choices(
        (case.id, f"{case.number} {case.title}")
        for term in rights.keeps()
        if term.office.area_id is not None
        for case in queries.running_cases(term.office.area_id, clock.now())
        if case.id not in linked and access.on_case(rights, access.KEEP_AREA, case)
    )
    if form.validate_on_submit():
        try:
            given = services.link_thread(rights, thread.id, form.case_id.data)
        except RuleBroken as broken:
            form.case_id.errors = [house.sentence(broken.reason)]
        else:
            flash(
                _("Tråden hører nå til saken. %(given)s innlegg teller som deltakelse i den.", given=given),
                "success",
            )
            return redirect(url_for("forums.thread", thread_id=thread_id), 303)
    return render_template("forums/link_thread.html", form=form, thread=thread), 422 if form.errors else 200
