"""A text of the demonstration that is begun and not sent: her form gives it back, and so does «Mine utkast»."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from forums.drafts import services
from webapp.demo import content
from webapp.demo.story import Story


def tell(story: Story) -> None:
    """Let some texts be begun shortly before the visitor comes."""
    for draft in content.read("drafts")["drafts"]:
        story.at(story.today - timedelta(minutes=draft["minutes_ago"]), _begins(story, draft))


def _begins(story: Story, draft: dict[str, Any]) -> Any:
    def act() -> None:
        written = {"title": [draft["title"]], "body": [draft["body"].strip()], "kind": [draft["kind"]]}
        services.save(story.rights(draft["by"]), f"area:{draft['area']}:new", written, 0)

    return act
