"""What the welcome adds to the application."""

from __future__ import annotations

from flask import Flask

from forums.welcome import models


def init_app(app: Flask) -> None:
    """Register the first page and the officers' list."""
    app.extensions["grasrot_welcome"] = models
