"""Signing in and out."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from foundation.doors import ANYONE, open_to
from members import services, sessions
from members.views.blueprint import bp


@bp.get("/logg-inn")
@open_to(ANYONE)
def sign_in() -> ResponseReturnValue:
    """Ask for the address to send a link to."""
    return render_template("members/sign_in.html")


@bp.post("/logg-ut")
@open_to(ANYONE)
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    if current_user.is_authenticated:
        services.end_session(current_user.member.id, current_user.session_id)
    sessions.leave()
    return redirect(url_for("pages.home"), 303)
