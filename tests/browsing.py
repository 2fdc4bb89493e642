"""What the journeys share: the size of screens, the server under way, and how a page is opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[1]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}

Visit = Callable[..., Page]


@dataclass(frozen=True)
class Running:
    """A server under way: its address and the folder of its database, queue and mail."""

    url: str
    instance: Path

    def letters(self) -> list[str]:
        """All mail that has left, oldest first."""
        files = sorted((self.instance / "mail").glob("*"), key=lambda path: path.stat().st_mtime)
        return [path.read_text() for path in files]
