"""What the reminders add to the application."""

from __future__ import annotations

from flask import Flask

from ballot.reminders import models


def init_app(app: Flask) -> None:
    """Let the timer remind."""
    app.extensions["grasrot_reminders"] = models
