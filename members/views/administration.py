"""The administrator's pages: the organisation, its members, offices and register files."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import groupby

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from foundation import clock
from foundation.doors import open_to
from foundation.errors import NotFound, RuleBroken
from foundation.formats import zone
from foundation.text import plain
from members import access, phrases, queries
from members.forms import OfficeForm, RegisterForm
from members.register.reading import Unreadable
from members.rules.permissions import OfficeKind, Permission
from members.rules.units import EVERYWHERE
from members.services import intake, offices
from members.views.blueprint import bp

_PAGE = 50
_LAST_PAGE = 100_000  # further than any register goes, and a number that a database can read
_SHOWN = 100  # lines of each group of a preview; the counts tell of the rest


@bp.get("/administrasjon")
@open_to(Permission.GIVE_OFFICE)
def admin() -> ResponseReturnValue:
    """The organisation at a glance: its units and how many members each has."""
    own = queries.members_in_units(clock.now())
    units = queries.units()
    rows = [
        {
            "unit": unit,
            "depth": unit.path.count("/") - 2,
            "own": own.get(unit.id, 0),
            "below": sum(own.get(other.id, 0) for other in units if other.path.startswith(unit.path)),
        }
        for unit in units
    ]
    return render_template("members/admin.html", rows=rows, total=sum(own.values()))


@bp.get("/administrasjon/medlemmer")
@open_to(Permission.GIVE_OFFICE)
def search() -> ResponseReturnValue:
    """Search the members, page by page."""
    words = request.args.get("q", "").strip()
    page = min(max(request.args.get("page", 1, type=int), 1), _LAST_PAGE)
    found, total = queries.search_members(words, [EVERYWHERE], clock.now(), page=page, size=_PAGE)
    return render_template(
        "members/search.html",
        words=words,
        found=found,
        total=total,
        page=page,
        pages=-(-total // _PAGE),
        names=phrases,
    )


@bp.get("/administrasjon/medlemmer/<int:member_id>")
@open_to(Permission.GIVE_OFFICE)
def member(member_id: int) -> ResponseReturnValue:
    """One member: what the register says, and her offices."""
    found = queries.listed(member_id, clock.now())
    if found is None:
        raise NotFound
    return render_template(
        "members/member.html",
        member=found.member,
        standing=found.standing,
        terms=queries.terms_of_member(member_id),
        at=clock.now(),
        me=access.current().member.id,
        names=phrases,
    )


@bp.get("/administrasjon/verv")
@open_to(Permission.GIVE_OFFICE)
def all_offices() -> ResponseReturnValue:
    """Who holds which office, until when."""
    at = clock.now()
    return render_template(
        "members/all_offices.html",
        units=[
            list(terms) for _unit, terms in groupby(queries.terms_from(at), lambda term: term.office.unit_id)
        ],
        at=at,
        me=access.current().member.id,
        names=phrases,
    )


@bp.route("/administrasjon/medlemmer/<int:member_id>/nytt-verv", methods=["GET", "POST"])
@open_to(Permission.GIVE_OFFICE)
def give_office(member_id: int) -> ResponseReturnValue:
    """Give a member an office for a term."""
    found = queries.listed(member_id, clock.now())
    if found is None:
        raise NotFound
    form = _office_form(found.standing.unit_id)
    reason = None
    if form.validate_on_submit():
        try:
            offices.give_office(access.current(), _new_term(form, member_id))
        except RuleBroken as refusal:
            reason = refusal.reason
        else:
            flash(_("%(name)s har fått vervet.", name=found.member.name), "success")
            return redirect(url_for("members.member", member_id=member_id), 303)
    page = render_template("members/give_office.html", form=form, member=found.member, reason=reason)
    return page, 422 if form.is_submitted() else 200


def _office_form(unit_id: int) -> OfficeForm:
    form = OfficeForm(unit=unit_id, area=0)
    form.unit.choices = [
        SelectChoice(unit.id, "\N{EN SPACE}" * (unit.path.count("/") - 2) + unit.name)
        for unit in queries.units()
    ]
    form.area.choices = [
        SelectChoice(0, _("Hele leddet")),
        *(SelectChoice(area.id, area.name) for area in queries.areas()),
    ]
    return form


def _new_term(form: OfficeForm, member_id: int) -> offices.NewTerm:
    here = zone()
    return offices.NewTerm(
        member_id=member_id,
        kind=OfficeKind(form.kind.data),
        unit_id=form.unit.data,
        area_id=form.area.data or None,
        title=plain(form.title.data),
        body=plain(form.body.data or ""),
        is_deputy=form.is_deputy.data,
        starts_at=datetime.combine(form.starts.data, time(), here),
        # «til og med»: the term runs to the end of its last day.
        ends_at=datetime.combine(form.ends.data + timedelta(days=1), time(), here),
    )


@bp.route("/administrasjon/verv/<int:term_id>/avslutt", methods=["GET", "POST"])
@open_to(Permission.END_TERM)
def end_term(term_id: int) -> ResponseReturnValue:
    """End a term, after a page that says what it is."""
    term = queries.term(term_id)
    if term is None:
        raise NotFound
    if request.method == "GET":
        return render_template("members/end_term.html", term=term, names=phrases)
    member_id = term.member_id
    offices.end_term(access.current(), term_id)
    flash(_("Perioden er avsluttet."), "success")
    return redirect(url_for("members.member", member_id=member_id), 303)


@bp.route("/administrasjon/register", methods=["GET", "POST"])
@open_to(Permission.IMPORT_REGISTER)
def import_register() -> ResponseReturnValue:
    """Send in a register file; it is shown before anything is changed."""
    form = RegisterForm()
    reason = None
    if form.validate_on_submit():
        data = form.file.data.read()
        try:
            intake.preview(data)
        except Unreadable as refusal:
            reason = refusal.reason
        else:
            kept = intake.keep_file(form.file.data.filename, data, actor_id=access.current().member.id)
            return redirect(url_for("members.preview_register", file_id=kept), 303)
    page = render_template("members/import_register.html", form=form, reason=reason, said=phrases.said)
    return page, 422 if form.is_submitted() else 200


@bp.get("/administrasjon/register/<int:file_id>")
@open_to(Permission.IMPORT_REGISTER)
def preview_register(file_id: int) -> ResponseReturnValue:
    """What a register file would change."""
    return _preview(file_id)


def _preview(file_id: int, refusal: RuleBroken | None = None) -> ResponseReturnValue:
    kept = intake.kept_file(file_id, actor_id=access.current().member.id)
    page = render_template(
        "members/preview_register.html",
        kept=kept,
        preview=intake.preview(kept.content),
        shown=_SHOWN,
        said=phrases.said,
        reason=refusal.reason if refusal else None,
    )
    return page, 409 if refusal else 200


@bp.post("/administrasjon/register/<int:file_id>/bekreft")
@open_to(Permission.IMPORT_REGISTER)
def take_in_register(file_id: int) -> ResponseReturnValue:
    """Take in the file that was shown, if it still changes what it was shown to change."""
    actor_id = access.current().member.id
    kept = intake.kept_file(file_id, actor_id=actor_id)
    try:
        done = intake.take_in(
            kept.content,
            actor_id=actor_id,
            skip_bad_rows=request.form.get("skip_bad_rows") == "1",
            seen=request.form.get("seen", ""),
        )
    except RuleBroken as refusal:
        return _preview(file_id, refusal)
    intake.drop_file(file_id, actor_id=actor_id)
    flash(
        _("Registeret er oppdatert: %(new)s nye, %(changed)s endret, %(left)s utmeldt.", **done.counts),
        "success",
    )
    return redirect(url_for("members.admin"), 303)


@bp.post("/administrasjon/register/<int:file_id>/forkast")
@open_to(Permission.IMPORT_REGISTER)
def drop_register(file_id: int) -> ResponseReturnValue:
    """Forget a file without taking it in."""
    intake.drop_file(file_id, actor_id=access.current().member.id)
    flash(_("Filen er forkastet. Ingenting er endret."), "success")
    return redirect(url_for("members.import_register"), 303)
