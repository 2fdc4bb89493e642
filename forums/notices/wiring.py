"""What the notices add to the application."""

from __future__ import annotations

from flask import Flask

from forums.notices import models


def init_app(app: Flask) -> None:
    """Register pages, what the debate tells, and the morning's letters."""
    app.extensions["grasrot_notices"] = models
