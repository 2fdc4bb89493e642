"""What moderation adds to the debate."""

from __future__ import annotations

from flask import Flask

from forums.moderation import models  # noqa: F401  (its tables)


def init_app(_app: Flask) -> None:
    """Register nothing but the tables yet."""
