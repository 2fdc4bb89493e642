"""Papers with numbered lines, amendments of them, and discussion questions."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forums import access, lines, queries
from forums.forms import AmendmentForm, QuestionForm
from forums.models import AmendmentKind, Case, CasePaper
from forums.rules import LEAST_CHARACTERS, MOST_QUESTIONS
from forums.services import papers as services
from forums.services.papers import AmendmentDraft
from forums.views.blueprint import bp, published, say_at, too_fast
from forums.views.cases import case_or_404
from forums.views.threads import to_post
from foundation import clock
from foundation import phrases as house
from foundation.doors import open_to
from foundation.errors import NotFound, Reason, RuleBroken
from members.access import current
from members.rules.permissions import Permission

_FIELD_OF = {"lines_wrong": "first", "amendment_without_wording": "wording"}


def _paper_or_404(case_id: int, paper_id: int) -> tuple[Case, CasePaper]:
    case = case_or_404(case_id)
    access.require(access.on_case(current(), Permission.READ, case))
    paper = queries.paper_by_id(case.id, paper_id)
    if paper is None:
        raise NotFound
    return case, paper


@bp.get("/saker/<int:case_id>/papirer/<int:paper_id>")
@open_to(Permission.READ)
def paper(case_id: int, paper_id: int) -> ResponseReturnValue:
    """A paper with numbered lines, and the amendments to it."""
    case, shown = _paper_or_404(case_id, paper_id)
    return render_template(
        "forums/paper.html",
        case=case,
        paper=shown,
        lines=lines.numbered(shown.body),
        amendments=queries.amendments_to(shown.id),
        may_amend=current().may(Permission.MAKE_AMENDMENT) and case.decides_at > clock.now(),
    )


@bp.route("/saker/<int:case_id>/papirer/<int:paper_id>/endring", methods=["GET", "POST"])
@open_to(Permission.MAKE_AMENDMENT)
def amend(case_id: int, paper_id: int) -> ResponseReturnValue:
    """The form by which a change of numbered lines is proposed."""
    rights = current()
    case, shown = _paper_or_404(case_id, paper_id)
    rights.require(Permission.MAKE_AMENDMENT)
    form, status = AmendmentForm(), 200
    if form.is_submitted():
        status = 422
        if too_fast(rights.member.id):
            form.reason.errors, status = [house.sentence(Reason.of("too_fast"))], 429
        elif form.validate():
            draft = AmendmentDraft(
                AmendmentKind(form.kind.data),
                form.first.data,
                form.last.data,
                form.wording.data or "",
                form.reason.data or "",
            )
            try:
                written = services.amend(rights, case.id, shown.id, draft)
            except RuleBroken as broken:
                field = form[_FIELD_OF.get(broken.reason.code, "reason")]
                field.errors = [*field.errors, house.sentence(broken.reason)]
            else:
                say_at(written.post_id, written.said, published())
                return to_post(written.post_id)
    elif (asked := request.args.get("linje", "")).isdecimal() and len(asked) < 7:
        form.first.data = form.last.data = int(asked)
    return (
        render_template(
            "forums/amend.html", form=form, case=case, paper=shown, lines=lines.numbered(shown.body)
        ),
        status,
    )


@bp.get("/saker/<int:case_id>/papirer/<int:paper_id>/ark")
@open_to(Permission.READ)
def paper_sheet(case_id: int, paper_id: int) -> ResponseReturnValue:
    """A paper with the same numbered lines, to print."""
    case, shown = _paper_or_404(case_id, paper_id)
    return render_template(
        "forums/paper_sheet.html", case=case, paper=shown, lines=lines.numbered(shown.body)
    )


@bp.route("/saker/<int:case_id>/sporsmal", methods=["GET", "POST"])
@open_to(access.KEEP_AREA)
def ask_members(case_id: int) -> ResponseReturnValue:
    """The form by which whoever keeps the area puts a question about a case to the members."""
    rights, case = current(), case_or_404(case_id)
    access.require(access.on_case(rights, access.KEEP_AREA, case))
    form = QuestionForm()
    if form.validate_on_submit():
        try:
            thread_id = services.ask_members(rights, case.id, form.question.data, form.about.data)
        except RuleBroken as broken:
            form.question.errors = [*form.question.errors, house.sentence(broken.reason)]
        else:
            return redirect(url_for("forums.thread", thread_id=thread_id), 303)
    return (
        render_template(
            "forums/ask_members.html", form=form, case=case, most=MOST_QUESTIONS, minimum=LEAST_CHARACTERS
        ),
        422 if form.errors else 200,
    )


@bp.app_template_global()
def questions_about(case: Case) -> list[object]:
    """The discussion questions of a case, for its page."""
    return list(queries.questions_of(case.id))
