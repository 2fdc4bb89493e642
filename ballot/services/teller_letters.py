"""The few letters that tellers and control committee get: the box can be opened, or a second person is needed."""

from __future__ import annotations

from collections.abc import Sequence

from ballot.models import Ballot
from ballot.services import letters
from foundation.links import link


def box_closed(ballot: Ballot) -> None:
    """Tell the tellers, where there are any, that voting is over and that two of them open the box."""
    tellers = [row.member_id for row in ballot.tellers]
    if tellers:
        write(ballot, "box_closed", "box_closed", tellers)


def write(ballot: Ballot, task: str, occasion: str, member_ids: Sequence[int]) -> None:
    """Ask these people to come to the tellers' page; `task` is what waits there, a word of ballot/_task.txt."""
    letters.write(
        ballot,
        "task",
        f"task:{occasion}",
        member_ids,
        task=task,
        url=link("ballot.tellers", ballot_id=ballot.id),
    )
