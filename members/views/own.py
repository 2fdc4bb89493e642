"""A member's own pages."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from foundation.doors import SIGNED_IN, open_to
from members.views.blueprint import bp


@bp.get("/meg/okter")
@open_to(SIGNED_IN)
def sessions() -> ResponseReturnValue:
    """Where I am signed in."""
    return render_template("members/sessions.html")
