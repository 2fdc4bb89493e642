"""The two answers of every rule: allowed, or refused with a reason."""

from dataclasses import dataclass
from typing import Literal

from foundation.errors import Reason


@dataclass(frozen=True)
class Allowed:
    """Yes. With `two`, only together with a second person who decides the same (LIFECYCLE.md section 2)."""

    two: bool = False

    def __bool__(self) -> Literal[True]:
        return True


@dataclass(frozen=True)
class Refused:
    """No, and why. It is false, so that `if may_vote(...)` cannot let anybody in by accident."""

    reason: Reason

    def __bool__(self) -> Literal[False]:
        return False


Answer = Allowed | Refused


def refused(code: str, **facts: object) -> Refused:
    """Refuse with the reason `code` and the facts that its sentence needs."""
    return Refused(Reason.of(code, **facts))
