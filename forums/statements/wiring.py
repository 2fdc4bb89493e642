"""What private statements add to the application."""

from __future__ import annotations

from flask import Flask

from forums.statements import phrases, views


def init_app(app: Flask) -> None:
    """Register sentences and pages."""
    phrases.register()
    app.register_blueprint(views.bp)
