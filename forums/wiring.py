"""What the forums' package adds to the application."""

from __future__ import annotations

from flask import Flask

from forums import phrases, sockets, views
from forums.drafts import views as drafts
from forums.findings import wiring as findings
from forums.joining import wiring as joining
from forums.meetings import wiring as meetings
from forums.moderation import wiring as moderation
from forums.notices import wiring as notices
from forums.reactions import wiring as reactions
from forums.statements import wiring as statements
from forums.welcome import wiring as welcome


def init_app(app: Flask) -> None:
    """Register pages and the live debate's handlers."""
    phrases.register()
    app.register_blueprint(views.bp)
    sockets.init_app(app)
    drafts.init_app(app)
    meetings.init_app(app)
    statements.init_app(app)
    moderation.init_app(app)
    findings.init_app(app)
    joining.init_app(app)
    reactions.init_app(app)
    notices.init_app(app)
    welcome.init_app(app)
