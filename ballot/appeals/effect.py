"""Whether those who were wrongly kept off a roll could have changed what was counted: in integers, and rather yes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ballot.models import Ballot, Method, Result
from ballot.results import Numbers, outcome_of

# Where one more paper adds to one option, and nothing is transferred or compared in pairs.
_PLAIN = (Method.MOTION, Method.CHOICE, Method.APPROVAL)


def could_change(ballot: Ballot, result: Result, *, voters: int, newly_entitled: int) -> bool:
    """Say whether so many more voters could have led to another outcome than the one counted.

    `newly_entitled` of them were not in the quorum's base either. Every number of them may have stayed
    away, and the others may all have voted for one option or blank: if any of that gives another verdict or
    other leading options, the answer is yes. Methods that rank or transfer answer yes as soon as there is one.
    """
    if voters <= 0:
        return False
    if ballot.method not in _PLAIN:
        return True
    counted = Numbers.of(result)
    before = outcome_of(ballot, counted)
    return any(
        (after.verdict, after.leading) != (before.verdict, before.leading)
        for after in (outcome_of(ballot, numbers) for numbers in _with(counted, voters, newly_entitled))
    )


def _with(counted: Numbers, voters: int, newly_entitled: int) -> Iterator[Numbers]:
    base = replace(counted, otherwise_entitled=counted.otherwise_entitled + newly_entitled)
    for cast in range(voters + 1):
        more = replace(base, papers=base.papers + cast, opened=base.opened + cast, marked=base.marked + cast)
        yield replace(more, blank=more.blank + cast)
        for place, votes in enumerate(more.votes):
            changed = (*more.votes[:place], votes + cast, *more.votes[place + 1 :])
            yield replace(more, votes=changed)
