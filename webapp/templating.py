"""What every template may use: ways to write times and numbers, and who is reading."""

from __future__ import annotations

from flask import Flask, g
from flask_babel import get_locale

from foundation import formats, phrases, text
from foundation.extensions import db
from members import access
from webapp.languages import NAMES


def init_app(app: Flask) -> None:
    """Add filters and globals."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        moment=formats.moment_tag,
        deadline=formats.deadline_tag,
        day=formats.day,
        clock=formats.clock_time,
        weekday=formats.weekday,
        left=formats.left,
        number=formats.number,
        percent=formats.percent,
        sentence=phrases.sentence,
        markdown=text.render,
        excerpt=text.excerpt,
    )
    app.jinja_env.globals.update(
        get_locale=get_locale,
        languages=NAMES,
        plain_moment=formats.moment,
    )

    @app.context_processor
    def _reader() -> dict[str, object]:
        # The page that says something went wrong must not fail because the database is what went wrong.
        if g.get("defect"):
            return {"current_rights": None, "organisation_name": app.config["ORGANISATION"]}
        return {
            "current_rights": access.current_or_none(),
            "organisation_name": app.config["ORGANISATION"] or access.organisation_name(),
        }

    @app.teardown_request
    def _end_of_read(_problem: BaseException | None) -> None:
        db.session.rollback()
