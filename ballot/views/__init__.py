"""The pages of ballots: for voters and for those who organise them."""

from __future__ import annotations

from flask import Blueprint

from ballot import queries
from ballot.models import Ballot
from ballot.services import lifecycle
from foundation import clock
from foundation.errors import NotFound

bp = Blueprint("ballot", __name__)


def load(ballot_id: int) -> Ballot:
    """The ballot with all that was due in it recorded; raises NotFound where there is none.

    Reads only, unless something is due.
    """
    ballot = queries.whole_ballot(ballot_id)
    if ballot is None:
        raise NotFound
    at = clock.now()
    return lifecycle.advance(ballot_id, at) if lifecycle.is_due(ballot, at) else ballot


from ballot.views import candidates, fragments, methods, organisers, outcome, record, rule, tellers, voters  # noqa: E402, F401  (they hang their pages on the blueprint above)
