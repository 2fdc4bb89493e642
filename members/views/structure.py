"""How the organisation is built, on the administrator's pages: units, areas, decisions and voting rights."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectChoice

from foundation.doors import open_to
from foundation.errors import NotFound, RuleBroken
from members import access, phrases, queries
from members.forms import AreaForm, BylawForm, RenameUnitForm, UnitForm, VotingRightsForm
from members.models import Bylaw, BylawTopic, Decider, Unit
from members.rules.classes import MembershipClass, Subject, may_be_given_vote
from members.rules.permissions import Permission
from members.services import structure as services
from members.views.blueprint import bp

# LIFECYCLE.md's matrix has no row for the structure; its doors are those of the register.
BUILDING = Permission.IMPORT_REGISTER

# Beside which field a refusal of the service belongs; the forms have asked everything else before.
_FIELD_OF = {
    "unit_code_taken": "code",
    "unit_too_deep": "parent",
    "unit_kind_shape": "kind",
    "area_code_taken": "code",
    "bylaw_source_missing": "reference",
}


def _say(form: FlaskForm, refusal: RuleBroken) -> None:
    field = form[_FIELD_OF.get(refusal.reason.code, "name")]
    field.errors = [*field.errors, phrases.said(refusal.reason)]


def _unit_or_404(unit_id: int) -> Unit:
    unit = queries.unit(unit_id)
    if unit is None:
        raise NotFound
    return unit


def _units() -> list[SelectChoice]:
    return [
        SelectChoice(unit.id, "\N{EN SPACE}" * (unit.path.count("/") - 2) + unit.name)
        for unit in queries.units()
    ]


@bp.get("/administrasjon/organisasjonen")
@open_to(BUILDING)
def structure() -> ResponseReturnValue:
    """All units as a tree, and all areas."""
    units = queries.units()
    return render_template(
        "members/structure.html",
        units=units,
        names={unit.id: unit.name for unit in units},
        areas=queries.areas(),
    )


@bp.route("/administrasjon/organisasjonen/nytt-ledd", methods=["GET", "POST"])
@open_to(BUILDING)
def add_unit() -> ResponseReturnValue:
    """Add a unit below another."""
    form = UnitForm()
    form.parent.choices = _units()
    if form.validate_on_submit():
        try:
            added = services.add_unit(
                access.current(),
                parent_id=form.parent.data,
                code=form.code.data,
                name=form.name.data,
                kind=form.kind.data,
            )
        except RuleBroken as refusal:
            _say(form, refusal)
        else:
            flash(_("%(name)s er lagt til.", name=added.name), "success")
            return redirect(url_for("members.unit", unit_id=added.id), 303)
    return render_template("members/add_unit.html", form=form), 422 if form.is_submitted() else 200


@bp.get("/administrasjon/organisasjonen/<int:unit_id>")
@open_to(BUILDING)
def unit(unit_id: int) -> ResponseReturnValue:
    """One unit: what it has decided about itself, and who votes on what in it."""
    shown = _unit_or_404(unit_id)
    above = queries.lineage(shown)[1:]
    given = {subject: queries.voting_classes(shown, subject) for subject in Subject}
    return render_template(
        "members/unit.html",
        unit=shown,
        parent=above[0] if above else None,
        bylaws=_with_whether_it_counts(queries.bylaws_of(shown)),
        unit_names={one.id: one.name for one in (shown, *above)},
        given=given,
        areas=[area for area in queries.areas() if area.unit_id == unit_id],
        names=phrases,
    )


def _with_whether_it_counts(bylaws: list[Bylaw]) -> list[tuple[Bylaw, bool]]:
    """Each row with whether it is the one that holds: the first of its topic."""
    counting: dict[BylawTopic, int] = {}
    for bylaw in bylaws:
        counting.setdefault(bylaw.topic, bylaw.id)
    return [(bylaw, counting[bylaw.topic] == bylaw.id) for bylaw in bylaws]


@bp.route("/administrasjon/organisasjonen/<int:unit_id>/navn", methods=["GET", "POST"])
@open_to(BUILDING)
def rename_unit(unit_id: int) -> ResponseReturnValue:
    """Give a unit another name."""
    shown = _unit_or_404(unit_id)
    form = RenameUnitForm(name=shown.name)
    if form.validate_on_submit():
        try:
            services.rename_unit(access.current(), unit_id, form.name.data)
        except RuleBroken as refusal:
            _say(form, refusal)
        else:
            flash(_("Navnet er endret."), "success")
            return redirect(url_for("members.unit", unit_id=unit_id), 303)
    page = render_template("members/rename_unit.html", form=form, unit=_unit_or_404(unit_id))
    return page, 422 if form.is_submitted() else 200


@bp.route("/administrasjon/organisasjonen/nytt-omrade", methods=["GET", "POST"])
@open_to(BUILDING)
def add_area() -> ResponseReturnValue:
    """Add an area that a unit answers for."""
    top = queries.organisation()
    form = AreaForm(unit=top.id if top else None)
    form.unit.choices = _units()
    if form.validate_on_submit():
        new = services.NewArea(
            unit_id=form.unit.data,
            name=form.name.data,
            code=form.code.data or "",
            description=form.description.data or "",
            is_committee=form.is_committee.data,
            position=form.position.data or 0,
        )
        try:
            added = services.add_area(access.current(), new)
        except RuleBroken as refusal:
            _say(form, refusal)
        else:
            flash(
                _("%(name)s er lagt til. Gi noen vervet som holder området oppdatert.", name=added.name),
                "success",
            )
            return redirect(url_for("members.structure", _anchor="omrader"), 303)
    return render_template("members/add_area.html", form=form), 422 if form.is_submitted() else 200


@bp.route("/administrasjon/organisasjonen/<int:unit_id>/vedtak", methods=["GET", "POST"])
@open_to(BUILDING)
def record_bylaw(unit_id: int) -> ResponseReturnValue:
    """Record what a unit has decided about itself."""
    _unit_or_404(unit_id)
    form = BylawForm()
    if form.validate_on_submit():
        new = services.NewBylaw(
            unit_id=unit_id,
            topic=BylawTopic(form.topic.data),
            decided_by=Decider(form.decided_by.data),
            reference=form.reference.data,
            value=form.value.data,
        )
        try:
            services.record_bylaw(access.current(), new)
        except RuleBroken as refusal:
            _say(form, refusal)
        else:
            flash(_("Vedtaket er ført inn og gjelder fra nå."), "success")
            return redirect(url_for("members.unit", unit_id=unit_id, _anchor="vedtak"), 303)
    page = render_template("members/record_bylaw.html", form=form, unit=_unit_or_404(unit_id))
    return page, 422 if form.is_submitted() else 200


@bp.route("/administrasjon/organisasjonen/<int:unit_id>/stemmerett", methods=["GET", "POST"])
@open_to(BUILDING)
def voting_rights(unit_id: int) -> ResponseReturnValue:
    """Say which classes vote on which subjects in a unit and those below it."""
    shown = _unit_or_404(unit_id)
    above, own = services.inherited_rights(shown), services.own_rights(unit_id)
    form = VotingRightsForm(
        data={subject.value: [kind.value for kind, about in own if about is subject] for subject in Subject}
    )
    form.offer(
        {
            subject: [
                kind
                for kind in MembershipClass
                if may_be_given_vote(kind, subject) and (kind, subject) not in above
            ]
            for subject in Subject
        }
    )
    if form.validate_on_submit():
        services.set_voting_rights(access.current(), unit_id, form.given())
        flash(_("Stemmeretten er lagret."), "success")
        return redirect(url_for("members.unit", unit_id=unit_id, _anchor="stemmerett"), 303)
    page = render_template(
        "members/voting_rights.html",
        form=form,
        unit=shown,
        above={
            subject: ", ".join(
                str(phrases.CLASS_NAMES_PLURAL[kind]) for kind in MembershipClass if (kind, subject) in above
            )
            for subject in Subject
        },
        subjects=list(Subject),
    )
    return page, 422 if form.is_submitted() else 200
