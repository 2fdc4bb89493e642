"""«Mine data», for every member, and the administrator's page for two entries that are one person."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ballot.people import leaving, merging
from ballot.people.forms import ErasureForm, MergeForm
from foundation import clock
from foundation.doors import SIGNED_IN, open_to
from foundation.errors import NotFound, Reason, RuleBroken
from members import queries as register
from members.access import current, forget_current
from members.rules.permissions import Permission
from members.sessions import leave

bp = Blueprint("people", __name__)


@bp.get("/meg/data")
@open_to(SIGNED_IN)
def my_data() -> ResponseReturnValue:
    """What is kept of me, to take with me or to have erased."""
    return render_template("ballot/people/my_data.html", rights=current())


@bp.get("/meg/data/last-ned")
@open_to(SIGNED_IN)
def download_my_data() -> ResponseReturnValue:
    """Everything that the database holds of me, as one file."""
    answer = Response(leaving.everything(current()), mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="mine-data.json"'
    return answer


@bp.route("/meg/data/slett", methods=["GET", "POST"])
@open_to(SIGNED_IN)
def erase_my_data() -> ResponseReturnValue:
    """Leave for good, after a page that says plainly what that means."""
    rights, form = current(), ErasureForm()
    if request.method == "GET":
        return render_template("ballot/people/erase.html", form=ErasureForm(None), problem=None)
    if not form.validate():
        return render_template("ballot/people/erase.html", form=form, problem=None), 422
    try:
        leaving.erase(rights, keep_posts=form.posts.data == "keep")
    except RuleBroken as refusal:
        return render_template("ballot/people/erase.html", form=form, problem=refusal.reason), 409
    leave()
    forget_current()
    flash(_("Dataene dine er slettet. Takk for tiden du var med."), "success")
    return redirect(url_for("pages.home"), 303)


@bp.get("/administrasjon/medlemmer/<int:member_id>/sla-sammen")
@open_to(Permission.IMPORT_REGISTER)
def merge_accounts(member_id: int) -> ResponseReturnValue:
    """Which two entries are one person, and what it would mean."""
    return _merge_page(member_id)


@bp.post("/administrasjon/medlemmer/<int:member_id>/sla-sammen/<int:gone_id>")
@open_to(Permission.IMPORT_REGISTER)
def confirm_merge(member_id: int, gone_id: int) -> ResponseReturnValue:
    """Make one person of two entries."""
    try:
        merging.merge(member_id, gone_id, current())
    except RuleBroken as refusal:
        return _merge_page(member_id, refusal.reason), 409
    flash(_("De to oppføringene er slått sammen til én person."), "success")
    return redirect(url_for("members.member", member_id=member_id), 303)


def _merge_page(member_id: int, problem: Reason | None = None) -> str:
    listed = register.listed(member_id, clock.now())
    if listed is None:
        raise NotFound
    form = MergeForm(request.args)
    preview = None
    if form.nummer.data and problem is None and form.validate():
        try:
            preview = merging.preview(member_id, form.nummer.data, current())
        except RuleBroken as refusal:
            problem = refusal.reason
    return render_template(
        "ballot/people/merge.html", member=listed.member, form=form, preview=preview, problem=problem
    )
