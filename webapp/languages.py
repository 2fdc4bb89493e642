"""Which language a page speaks: what was chosen, what the member prefers, what the browser asks for."""

from __future__ import annotations

from flask import g, has_request_context, request, session

NAMES = {"nb": "Bokmål", "nn": "Nynorsk", "en": "English"}


def chosen() -> str:
    """nb, nn or en: `?lang=` and then the session; the browser's wish where nothing was chosen; else bokmål."""
    if not has_request_context():
        return "nb"
    wish = request.args.get("lang")
    if wish in NAMES:
        if session.get("lang") != wish:
            session["lang"] = wish
        return wish
    kept = session.get("lang") or g.get("preferred_language")
    if kept in NAMES:
        return str(kept)
    # «no» is what many browsers send for bokmål; anything we do not speak gives bokmål, the house's language.
    for wanted, _quality in request.accept_languages:
        language = wanted.split("-")[0].lower()
        if language == "nn":
            return "nn"
        if language in {"nb", "no"}:
            return "nb"
    return "nb"
