"""What the members' package adds to the application."""

from __future__ import annotations

from flask import Flask

from foundation import doors, jobs
from members import access, phrases, sessions, views
from members.services import intake, signing_in


def init_app(app: Flask) -> None:
    """Register pages, the keeper of the doors, how a signed-in browser is recognised and what the timer forgets."""
    phrases.register()
    sessions.init_app(app)
    doors.close_by_default(app, access.ask_at_the_door)
    jobs.when_due(signing_in.forget_old)
    jobs.when_due(intake.forget_files)
    app.register_blueprint(views.bp)
