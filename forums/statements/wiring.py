"""What private statements add to the application."""

from __future__ import annotations

from flask import Flask, url_for
from flask_babel import gettext as _

from forums.drafts import places
from forums.statements import phrases, queries, views
from members.access import Rights


def init_app(app: Flask) -> None:
    """Register sentences and pages, and where a text under way is kept."""
    phrases.register()
    places.register("statement", _page, _titles)
    app.register_blueprint(views.bp)


def _page(rest: str) -> str | None:
    return url_for("statements.write", case_id=int(rest)) if _is_number(rest) else None


def _titles(_rights: Rights, rests: list[str]) -> dict[str, str]:
    numbers = [int(rest) for rest in rests if _is_number(rest)]
    return {
        str(case_id): _("Skriftlig innspill om «%(case)s»", case=title)
        for case_id, title in queries.case_titles(numbers)
    }


def _is_number(rest: str) -> bool:
    return rest.isascii() and rest.isdecimal() and len(rest) <= 9
