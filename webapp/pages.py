"""My page, the pages about the system, and what operators ask."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from ballot import home as ballots
from forums import home as debates
from forums.notices import home as notices
from forums.welcome import home as welcome
from foundation import clock
from foundation.doors import ANYONE, open_to
from members import access
from webapp import readiness
from webapp.brand import theme_css

bp = Blueprint("pages", __name__)


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(bp)


@bp.get("/")
@open_to(ANYONE)
def home() -> ResponseReturnValue:
    """My page: vote now, discuss now, results; a welcome for whoever is not signed in."""
    rights = access.current_or_none()
    if rights is None:
        return render_template("pages/welcome.html")
    at = clock.now()
    return render_template(
        "pages/home.html",
        vote_now=ballots.open_to(rights, at),
        next_opening=ballots.next_opening(rights, at),
        coming=ballots.in_window(rights, at),
        discuss_now=debates.discuss_now(rights, at),
        news=notices.news(rights),
        welcoming=welcome.welcoming(rights, at),
        results=ballots.results(rights, at),
    )


@bp.get("/om")
@open_to(ANYONE)
def about() -> ResponseReturnValue:
    """What Grasrot is and who runs this one."""
    return render_template("pages/about.html")


@bp.get("/hva-systemet-vet")
@open_to(ANYONE)
def secrecy() -> ResponseReturnValue:
    """What the system knows about your vote, with the table of threats."""
    return render_template("pages/secrecy.html")


@bp.get("/theme.css")
@open_to(ANYONE)
def theme() -> Response:
    """The organisation's colour as tokens for light and dark."""
    answer = Response(theme_css(current_app.config["GRASROT"].brand_colour), mimetype="text/css")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


@bp.get("/healthz")
@open_to(ANYONE)
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


@bp.get("/readyz")
@open_to(ANYONE)
def readyz() -> ResponseReturnValue:
    """Database, queue, mail, timer and migrations in plain words; 503 with what is wrong."""
    rights = access.current_or_none() if readiness.database_answers() else None
    report = readiness.report(details=bool(rights and rights.is_admin))
    return jsonify(report), 200 if report["ready"] else 503
