"""Signing in, by a link or by a printed code, and out."""

from __future__ import annotations

import hashlib
import hmac

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from foundation.doors import ANYONE, open_to
from foundation.errors import RuleBroken
from foundation.extensions import limiter
from foundation.links import is_ours
from members import sessions
from members.forms import CodeForm, SignInForm
from members.register.reading import address_key
from members.services import printed_codes, signing_in
from members.views.blueprint import bp

# A meeting signs in from one address within minutes, so a network may ask often; nobody needs many links.
_PER_NETWORK = "100 per hour"
_PER_PERSON = "5 per 15 minutes"


def _key(field: str) -> str:
    """What is counted for a typed address or number: no list of them can be made from the counters."""
    typed = address_key(request.form.get(field, ""))
    return hmac.new(str(current_app.secret_key).encode(), typed.encode(), hashlib.sha256).hexdigest()


def _typed_address() -> str:
    return _key("email")


def _typed_number() -> str:
    return _key("member_no")


def _target(wish: str | None) -> str:
    return wish if wish and is_ours(wish) else url_for("pages.home")


@bp.route("/logg-inn", methods=["GET", "POST"])
@open_to(ANYONE)
@limiter.limit(_PER_NETWORK, methods=["POST"])
@limiter.limit(_PER_PERSON, key_func=_typed_address, methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Ask for an address and send a link to it; the answer is the same whoever has the address, and if nobody has."""
    form = SignInForm()
    if request.method == "GET":
        form.next.data = request.args.get("next", "")
        if current_user.is_authenticated:
            return redirect(_target(form.next.data))
    if form.validate_on_submit():
        signing_in.send_link(form.email.data or "", _target(form.next.data))
        return redirect(url_for("members.sign_in_sent"), 303)
    return render_template(
        "members/sign_in.html", form=form, text_kept="tekst" in request.args
    ), 422 if form.is_submitted() else 200


@bp.get("/logg-inn/sendt")
@open_to(ANYONE)
def sign_in_sent() -> ResponseReturnValue:
    """Say that a link is on its way, if the address is known."""
    return render_template(
        "members/sign_in_sent.html", kept_in_files=current_app.config["MAIL_BACKEND"] == "file"
    )


@bp.get("/logg-inn/lenke/<token>")
@open_to(ANYONE)
def open_link(token: str) -> ResponseReturnValue:
    """Show whom a link signs in, with one button: a program that fetches addresses uses nothing up."""
    try:
        entry = signing_in.look_at_link(token)
    except RuleBroken as refusal:
        return _link_refused(refusal)
    return render_template("members/open_link.html", member=entry.member)


@bp.post("/logg-inn/lenke/<token>")
@open_to(ANYONE)
def use_link(token: str) -> ResponseReturnValue:
    """Sign in by a link, which is used up by it."""
    try:
        new_token, target = signing_in.use_link(token, sessions.device())
    except RuleBroken as refusal:
        return _link_refused(refusal)
    sessions.enter(new_token)
    return redirect(_target(target), 303)


def _link_refused(refusal: RuleBroken) -> ResponseReturnValue:
    return render_template("members/link_refused.html", reason=refusal.reason), 410


@bp.route("/logg-inn/kode", methods=["GET", "POST"])
@open_to(ANYONE)
@limiter.limit(_PER_NETWORK, methods=["POST"])
@limiter.limit(_PER_PERSON, key_func=_typed_number, methods=["POST"])
def code() -> ResponseReturnValue:
    """Sign in with a member number and a printed code."""
    form = CodeForm()
    if form.validate_on_submit():
        try:
            token = printed_codes.use(form.member_no.data or "", form.code.data or "", sessions.device())
        except RuleBroken as refusal:
            return render_template("members/code.html", form=form, reason=refusal.reason), 422
        sessions.enter(token)
        return redirect(_target(request.args.get("next")), 303)
    return render_template("members/code.html", form=form), 422 if form.is_submitted() else 200


@bp.post("/logg-ut")
@open_to(ANYONE)
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    sessions.end_current()
    sessions.leave()
    flash(_("Du er logget ut."), "success")
    answer = redirect(url_for("pages.home"), 303)
    # What this device has kept of texts under way goes with the session.
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer
