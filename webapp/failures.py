"""Every failure as a page that gives its reason and the next step."""

from __future__ import annotations

import structlog
from flask import Flask, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from forums.drafts import keeping
from foundation import phrases
from foundation.errors import GrasrotError, NotAllowed, NotFound, RuleBroken
from foundation.extensions import db
from members.access import SignInNeeded

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Register a handler for every kind of failure."""
    app.register_error_handler(SignInNeeded, _sign_in)
    app.register_error_handler(NotAllowed, _refused)
    app.register_error_handler(RuleBroken, _refused)
    app.register_error_handler(NotFound, _refused)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _defect)


def _answer(status: int, template: str, sentence: str) -> ResponseReturnValue:
    if request.accept_mimetypes.best == "application/json":
        return jsonify(error=sentence), status
    return render_template(f"errors/{template}.html", sentence=sentence, status=status), status


def _sign_in(_refusal: SignInNeeded) -> ResponseReturnValue:
    if request.method == "GET":
        return redirect(url_for("members.sign_in", next=request.full_path.rstrip("?")))
    return _signed_out(keeping.keep_sent())


def _signed_out(kept: keeping.Saved | None) -> ResponseReturnValue:
    """Nobody is signed in, and a form was sent: its writer is led through signing in and back to her text."""
    if kept is None:
        return _answer(403, "403", _("Du er ikke logget inn. Logg inn, så fortsetter du der du var."))
    again = url_for("members.sign_in", next=kept.page, tekst=1)
    if request.accept_mimetypes.best == "application/json":
        sentence = _("Du ble logget ut. Teksten din er tatt vare på. Logg inn, så fortsetter du der du var.")
        return jsonify(error=sentence, sign_in=again), 403
    return redirect(again, 303)


def _refused(refusal: GrasrotError) -> ResponseReturnValue:
    status = 404 if isinstance(refusal, NotFound) else 409 if isinstance(refusal, RuleBroken) else 403
    sentence = "" if status == 404 else phrases.sentence(refusal.reason)
    return _answer(status, "404" if status == 404 else "403" if status == 403 else "409", sentence)


def _forged(_problem: CSRFError) -> ResponseReturnValue:
    kept = keeping.keep_sent()
    if kept is not None and not kept.signed_in:
        return _signed_out(kept)
    if kept is not None and request.accept_mimetypes.best != "application/json":
        flash(
            _(
                "Siden du sendte fra, var for gammel. Teksten din er tatt vare på. Se over den og send på nytt."
            ),
            "warning",
        )
        return redirect(kept.page, 303)
    return _answer(
        400, "400", _("Siden du sendte fra, er for gammel. Gå tilbake, last den på nytt og prøv igjen.")
    )


def _http(problem: HTTPException) -> ResponseReturnValue:
    status = problem.code or 500
    if status in {301, 302, 303, 304, 307, 308}:
        return problem.get_response()
    sentences = {
        400: _("Vi forsto ikke det som ble sendt. Gå tilbake og prøv igjen."),
        405: _("Denne siden kan ikke brukes på den måten."),
        413: _("Det du sendte, er for stort."),
        415: _("Vi kan ikke lese en fil av denne typen."),
        429: _("Det gikk litt fort. Vent et minutt og prøv igjen."),
    }
    templates = {404: "404", 422: "422", 429: "429", 403: "403"}
    return _answer(status, templates.get(status, "400" if status < 500 else "500"), sentences.get(status, ""))


def _defect(problem: Exception) -> ResponseReturnValue:
    g.defect = True
    db.session.rollback()
    log.error("defect", endpoint=request.endpoint, kind=type(problem).__name__, exc_info=problem)
    return render_template("errors/500.html"), 500
