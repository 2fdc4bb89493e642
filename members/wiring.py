"""What the members' package adds to the application."""

from __future__ import annotations

from flask import Flask

from foundation import doors
from members import access, phrases, sessions, views


def init_app(app: Flask) -> None:
    """Register pages, the keeper of the doors, and how a signed-in browser is recognised."""
    phrases.register()
    sessions.init_app(app)
    doors.close_by_default(app, access.ask_at_the_door)
    app.register_blueprint(views.bp)
