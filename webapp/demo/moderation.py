"""What the demonstration's moderators find when they come: posts reported, an appeal, a pinned thread."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from forums.models import Ground, Post
from forums.moderation import services
from foundation.extensions import db
from webapp.demo import content
from webapp.demo.story import Story, rights_by_id


def tell(story: Story) -> None:
    """Put reports, the appeal and the pinned thread into the story, after the debates."""
    told = content.read("moderation")
    for kind, acts in (("reports", _reports), ("appeals", _appeals), ("pinned", _pins)):
        for entry in told[kind]:
            story.at(story.today - timedelta(hours=entry["hours_ago"]), acts(story, entry))


def _reports(story: Story, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        posts = db.session.scalars(
            select(Post.id).where(Post.thread_id == story.threads[entry["thread"]]).order_by(Post.id)
        ).all()
        services.report_post(
            story.rights(entry["by"]), posts[entry["post"]], Ground(entry["reason"]), entry["sentence"]
        )

    return act


def _appeals(story: Story, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        hidden = db.session.scalars(
            select(Post).where(Post.thread_id == story.threads[entry["thread"]], Post.hidden_at.is_not(None))
        ).one()
        services.appeal(rights_by_id(hidden.author_id), hidden.id, entry["sentence"])

    return act


def _pins(story: Story, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        services.pin(story.rights(entry["by"]), story.threads[entry["thread"]])

    return act
