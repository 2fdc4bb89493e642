"""The demonstration as a story: what happens, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from foundation.extensions import db
from members.access import Rights, rights_of
from members.models import Member
from webapp.demo.organisation import Organisation


@dataclass
class Story:
    """What is told: the organisation, and the acts with the moments at which they happened."""

    today: datetime
    organisation: Organisation
    acts: list[tuple[datetime, Callable[[], None]]] = field(default_factory=list)
    threads: dict[str, int] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)

    def at(self, moment: datetime, act: Callable[[], None]) -> None:
        """Let something happen at a moment."""
        self.acts.append((moment, act))

    def rights(self, person: str) -> Rights:
        """The rights of a person of the content files, now."""
        return rights_by_id(self.organisation.people[person])


def rights_by_id(member_id: int) -> Rights:
    """The rights of a member, now."""
    rights = rights_of(db.session.get_one(Member, member_id))
    if rights is None:
        raise LookupError(f"member {member_id} is not in the register yet")
    return rights
