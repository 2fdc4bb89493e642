"""An appeal of the demonstration that waits for two: somebody was at a meeting that nobody wrote down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from ballot.appeals import services
from ballot.models import Ballot
from foundation.extensions import db
from webapp.demo import content
from webapp.demo.story import Story


def tell(story: Story) -> None:
    """Let the appeals be filed some hours before the visitor comes, so that they are still open."""
    for appeal in content.read("appeals")["appeals"]:
        story.at(story.today - timedelta(hours=appeal["hours_ago"]), _files(story, appeal))


def _files(story: Story, appeal: dict[str, Any]) -> Any:
    def act() -> None:
        question = next(
            one["question"] for one in content.read("ballots")["ballots"] if one["key"] == appeal["ballot"]
        )
        ballot_id = db.session.scalars(select(Ballot.id).where(Ballot.question == question)).one()
        services.file(ballot_id, story.rights(appeal["by"]), appeal["what"].strip())

    return act
