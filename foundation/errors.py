"""Refusals and failures that carry their reason, so that every door can say it in the same words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reason:
    """Why something is refused: a code that `foundation.phrases` turns into a whole sentence, and its facts."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, code: str, /, **facts: object) -> Reason:
        return cls(code, facts)


class GrasrotError(Exception):
    """A refusal that a person is told about; never a defect of the program."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


class NotAllowed(GrasrotError):  # noqa: N818  (reads as the sentence it is: raise NotAllowed)
    """This person may not do this, now (403)."""


class RuleBroken(GrasrotError):  # noqa: N818  (the same)
    """The act is open to this person but breaks a rule of the case at hand (409)."""


class NotFound(GrasrotError):  # noqa: N818  (the same)
    """There is no such thing, or none that this person may know of (404)."""

    def __init__(self, reason: Reason | None = None) -> None:
        super().__init__(reason or Reason.of("not_found"))
