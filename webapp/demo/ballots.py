"""The ballots of the demonstration, one in every state."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.demo.seed import Story


def tell(story: Story) -> None:
    """Put the ballots into the story."""
