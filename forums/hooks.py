"""What the debate tells those above it, inside the transaction of the act; `ballot` registers at start-up."""

from __future__ import annotations

from collections.abc import Callable
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
# A thread of a case was locked. (case_ids: list[int], thread_id, locked_at, locked_until)
case_locked = Hook()
