"""The pages of those who organise ballots: draft, preview, approval, the steps, the roll."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from ballot.views import bp
from foundation.doors import open_to
from members.rules.permissions import Permission


@bp.get("/styret/avstemninger")
@open_to(Permission.DRAFT_BALLOT)
def board() -> ResponseReturnValue:
    """The board's ballots."""
    return redirect(url_for("pages.home"))
