"""What the debate tells those above it, inside the transaction of the act; `ballot` registers at start-up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from foundation.errors import Reason


@dataclass
class Hook:
    """A place where others can act along or say something; listeners answer a reason or None."""

    listeners: list[Callable[..., Reason | None]] = field(default_factory=list)

    def register(self, listener: Callable[..., Reason | None]) -> None:
        if listener not in self.listeners:
            self.listeners.append(listener)

    def __call__(self, **facts: Any) -> list[Reason]:
        answers = (listener(**facts) for listener in self.listeners)
        return [answer for answer in answers if answer is not None]


@dataclass(frozen=True)
class CreditAtRisk:
    """A credit that an edit or deletion would take from its author."""

    case_id: int
    member_id: int
    credit_id: int
    at: datetime


# Asked before a post is deleted or shortened: what would be lost? (credits: list[CreditAtRisk], at: datetime)
before_credit_loss = Hook()
# A credit was stored: what does it mean to the author? (case_id, member_id, at: datetime)
credit_stored = Hook()
# Asked before a keeper links a thread to a case: does that take more than her? (case_id, thread_id, at: datetime)
before_thread_linked = Hook()
# Asked before two cases are made one, and told when they are. (case_ids: list[int], at) and (gone_id, kept_id, at)
before_cases_merged = Hook()
cases_merged = Hook()
# A thread of a case was locked. (case_ids: list[int], thread_id, locked_at, locked_until)
case_locked = Hook()
# A post was stored, or says something else now; `mentioned` are the members its author picked from a list of names.
# (post_id: int, mentioned: frozenset[int], at: datetime)
post_stored = Hook()
post_changed = Hook()
# A moderator has decided about a post, or moved it. (post_id: int, act_id: int, at: datetime)
post_moderated = Hook()
# Posts stand in another thread now: moved, split off, or all of them merged into it.
# (kind: ModerationKind, from_thread_id, to_thread_id, at: datetime)
posts_moved = Hook()
# A post was erased by its author. (post_id: int, at: datetime)
post_erased = Hook()
# A post mentions members who were not told of it before. (post_id: int, member_ids: list[int], at: datetime)
member_mentioned = Hook()
# Somebody who keeps the area has taken a post along into her work. (post_id: int, author_id: int, at: datetime)
post_taken_along = Hook()
# A meeting's list was entered after the meeting had begun. (case_id, member_id, credit_id, at: datetime)
late_credit = Hook()
# Asked before a meeting's list is corrected: has the time to take part in the case passed? (case_id, at)
time_to_take_part = Hook()

# case_id to the paths of the units, beside the case's own, whose members are to hear of meetings about it.
electorates: list[Callable[[int], Iterable[str]]] = []
