"""The pages of the debate: areas, cases, threads and posts."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from foundation.doors import open_to
from members.rules.permissions import Permission

bp = Blueprint("forums", __name__)


@bp.get("/omrader")
@open_to(Permission.READ)
def areas() -> ResponseReturnValue:
    """All policy areas."""
    return redirect(url_for("pages.home"))
