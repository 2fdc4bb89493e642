"""One button for each role, under `make run` on this machine alone."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy import select

from foundation import clock
from foundation.doors import ANYONE, open_to
from foundation.errors import NotFound
from foundation.extensions import csrf, db
from members import queries, services, sessions
from members.models import Member
from webapp.demo import content

bp = Blueprint("demo", __name__)

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip")


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(bp)


def _only_here() -> None:
    """A persona's button signs in without asking: it must not exist where anybody else could press it."""
    config = current_app.config["GRASROT"]
    host = urlsplit(f"//{request.host}").hostname or ""
    here = (
        config.demo
        and _is_loopback(config.host)
        and _is_loopback(host)
        and _is_loopback(request.remote_addr or "")
    )
    if not here or any(header in request.headers for header in _FORWARDED):
        raise NotFound


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@bp.get("/demo")
@open_to(ANYONE)
def personas() -> ResponseReturnValue:
    """The roles to choose from."""
    _only_here()
    suffix = {"nn": "_nn", "en": "_en"}.get(str(get_locale()), "")
    people = {person["key"]: person for person in content.read("people")["people"]}
    units = {unit["code"]: unit["name"] for unit in content.read("organisation")["units"]}
    listed = [
        {
            "key": persona["key"],
            "name": people[persona["person"]]["name"],
            "unit": units[people[persona["person"]]["unit"]],
            "title": persona["title" + suffix],
            "line": persona["line" + suffix],
        }
        for persona in content.read("personas")["personas"]
    ]
    return render_template("demo/personas.html", personas=listed)


@bp.post("/demo/sign-in")
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF has no types
@open_to(ANYONE)
def sign_in() -> ResponseReturnValue:
    """Become a persona. Scripts press this button too, so it needs no token; it exists on loopback alone."""
    _only_here()
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise NotFound
    chosen = next(
        (one for one in content.read("personas")["personas"] if one["key"] == request.form.get("persona")),
        None,
    )
    if chosen is None:
        raise NotFound
    name = next(one["name"] for one in content.read("people")["people"] if one["key"] == chosen["person"])
    member = db.session.scalar(select(Member).where(Member.name == name).order_by(Member.id))
    if member is None or queries.standing_of(member.id, clock.now()) is None:
        raise NotFound
    sessions.enter(services.start_session(member.id, "Demonstrasjon"))
    return redirect(url_for("pages.home"))
