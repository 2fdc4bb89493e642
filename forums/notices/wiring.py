"""What the notices add to the application."""

from __future__ import annotations

from flask import Flask

from forums import hooks
from forums.notices import views
from forums.notices.services import following, mornings, telling
from foundation import jobs, outbox


def init_app(app: Flask) -> None:
    """Register pages, what the debate tells, and the morning's letters."""
    hooks.post_stored.register(telling.post_stored)
    hooks.member_mentioned.register(telling.member_mentioned)
    hooks.post_taken_along.register(telling.post_taken_along)
    hooks.posts_moved.register(following.go_along)
    outbox.on_bounce(telling.address_bounced)
    jobs.when_due(mornings.send_due)
    app.register_blueprint(views.bp)
