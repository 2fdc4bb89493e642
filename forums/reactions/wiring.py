"""What readers' reactions add to the application."""

from __future__ import annotations

from flask import Flask

from forums.reactions import models  # noqa: F401  (its tables are part of the schema)


def init_app(_app: Flask) -> None:
    """Register pages, hooks and what the timer does."""
