"""What the welcome adds to the application."""

from __future__ import annotations

from flask import Flask

from forums.welcome import phrases, views


def init_app(app: Flask) -> None:
    """Register the first page and the officers' list."""
    phrases.register()
    app.register_blueprint(views.bp)
