"""Plants the demonstration: everything in the order in which it happened, through the services that serve real people.

The clock is stopped at each act's own moment, so dates, credits, rolls and results come out as they would have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete

from foundation import clock
from foundation.extensions import db
from foundation.outbox import Letter
from foundation.transaction import transaction
from members.access import Rights, rights_of
from members.models import Member
from webapp.demo import ballots, debates, organisation
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


def plant(members: int = 240, posts: int = 0) -> None:
    """Fill an empty database. `posts` adds a thread with so many posts more, for trying large ones."""
    today = clock.now()
    with transaction() as session:
        planted = organisation.plant(session, today, members)
    story = Story(today, planted)
    debates.tell(story)
    ballots.tell(story)
    for moment, act in sorted(story.acts, key=lambda entry: entry[0]):
        with clock.stopped_at(moment):
            act()
    if posts:
        debates.crowd(story, posts)
    # What was mailed while the story ran was mailed long ago.
    with transaction() as session:
        session.execute(delete(Letter))
