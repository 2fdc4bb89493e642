"""What the reminders add to the application."""

from __future__ import annotations

from flask import Flask

from ballot.reminders import services
from forums.notices import deadlines
from foundation import jobs


def init_app(_app: Flask) -> None:
    """Let the timer remind, and the morning's letters name what comes up."""
    jobs.when_due(services.remind_all)
    deadlines.offered_by(services.coming)
