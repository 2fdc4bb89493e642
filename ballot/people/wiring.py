"""What the acts about people add: their pages, and rolls reduced to counts when their time has come."""

from __future__ import annotations

from flask import Flask

from ballot.people import retention, views
from foundation import jobs


def init_app(app: Flask) -> None:
    """Register the pages and what the timer does."""
    jobs.when_due(retention.reduce_all)
    app.register_blueprint(views.bp)
