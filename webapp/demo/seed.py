"""Plants the demonstration: everything in the order in which it happened, through the services that serve real people.

The clock is stopped at each act's own moment, so dates, credits, rolls and results come out as they would have.
"""

from __future__ import annotations

from sqlalchemy import delete

from foundation import clock
from foundation.outbox import Letter
from foundation.transaction import transaction
from webapp.demo import (
    appeals,
    ballots,
    debates,
    drafts,
    elections,
    moderation,
    organisation,
    reading,
    ways,
)
from webapp.demo.story import Story


def plant(members: int = 240, posts: int = 0) -> None:
    """Fill an empty database. `posts` adds a thread with so many posts more, for trying large ones."""
    today = clock.now()
    with transaction() as session:
        planted = organisation.plant(session, today, members)
    story = Story(today, planted)
    debates.tell(story)
    reading.tell(story)
    moderation.tell(story)
    ballots.tell(story)
    appeals.tell(story)
    elections.tell(story)
    drafts.tell(story)
    ways.tell(story)
    for moment, act in sorted(story.acts, key=lambda entry: entry[0]):
        with clock.stopped_at(moment):
            act()
    if posts:
        debates.crowd(story, posts)
    # What was mailed while the story ran was mailed long ago.
    with transaction() as session:
        session.execute(delete(Letter))
