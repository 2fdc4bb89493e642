"""At most k marks for k seats; most marks win, within a quota, with deputies in order."""

from __future__ import annotations

from ballot.counting.approval import marks
from ballot.counting.sums import elect_by_sums
from ballot.counting.tally import Count


def block(count: Count) -> None:
    """Count every candidate a paper marks and fill the seats, then the deputies, from the most marks down.

    A paper with more than `rules.max_marks` marks (default: the seats) is invalid. With a quota the walk
    skips whoever it stops, so the next of the other group moves up ("flertallsvalg" of the universities).
    """
    rules = count.rules
    votes = marks(count, rules.seats if rules.max_marks is None else rules.max_marks)
    guard = rules.quota.guard(rules.quota.members, rules.seats, votes) if rules.quota else None
    elect_by_sums(count, votes, guard)
