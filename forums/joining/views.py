"""The page on which a case is merged into another of those one keeps."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired

from forums import access, queries
from forums.forms import choices
from forums.joining import services
from forums.views.blueprint import bp
from forums.views.cases import case_or_404
from foundation import clock, phrases
from foundation.doors import open_to
from foundation.errors import RuleBroken
from members.access import current


class MergeCasesForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The case that is kept, and why the two are one."""

    kept_id = SelectField(_l("Saken som blir igjen"), coerce=int)
    reason = TextAreaField(_l("Begrunnelse"), [InputRequired(_l("Skriv en begrunnelse."))])


@bp.route("/saker/<int:case_id>/sla-sammen", methods=["GET", "POST"])
@open_to(access.KEEP_AREA)
def merge_cases(case_id: int) -> ResponseReturnValue:
    """A case is merged into another, and leads there from now on."""
    rights, shown = current(), case_or_404(case_id)
    access.require(access.on_case(rights, access.KEEP_AREA, shown))
    form, areas = MergeCasesForm(), {term.office.area_id for term in rights.keeps()}
    form.kept_id.choices = choices(
        (case.id, f"{case.number} {case.title}")
        for area_id in sorted(area_id for area_id in areas if area_id is not None)
        for case in queries.running_cases(area_id, clock.now())
        if case.id != shown.id and access.on_case(rights, access.KEEP_AREA, case)
    )
    if form.validate_on_submit():
        try:
            kept = services.merge_cases(rights, shown.id, form.kept_id.data, form.reason.data)
        except RuleBroken as broken:
            form.kept_id.errors = [phrases.sentence(broken.reason)]
        else:
            flash(_("Sakene er slått sammen."), "success")
            return redirect(url_for("forums.case", case_id=kept.id), 303)
    return render_template("forums/merge_cases.html", form=form, case=shown), 422 if form.errors else 200
