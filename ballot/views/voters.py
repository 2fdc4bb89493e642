"""The pages of voters: the ballots, a ballot with what one should know, casting, the result."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from ballot.views import bp, load
from foundation.doors import open_to
from members.rules.permissions import Permission


@bp.get("/avstemninger")
@open_to(Permission.READ)
def index() -> ResponseReturnValue:
    """The ballots that concern the reader."""
    return ""


@bp.get("/avstemninger/<int:ballot_id>")
@open_to(Permission.READ)
def show(ballot_id: int) -> ResponseReturnValue:
    """One ballot."""
    return load(ballot_id).question
