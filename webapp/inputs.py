"""What no form of ours can mean, turned away before anything reads it."""

from __future__ import annotations

from flask import Flask, abort, request


def init_app(app: Flask) -> None:
    """Refuse text with a NUL character: no keyboard writes one, and PostgreSQL cannot store it."""

    @app.before_request
    def _no_nul() -> None:
        if "\0" in request.full_path or any(
            "\0" in text
            for pairs in (request.args, request.form)
            for values in pairs.listvalues()
            for text in values
        ):
            abort(400)
