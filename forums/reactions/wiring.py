"""What readers' reactions add to the application."""

from __future__ import annotations

from flask import Flask

from forums.reactions import mentions, reminding, views, wording
from foundation import jobs


def init_app(app: Flask) -> None:
    """Register sentences, hooks and what the timer does; the pages stand on the debate's blueprint."""
    wording.register()
    mentions.register()
    jobs.when_due(reminding.remind)
    app.jinja_env.globals.update(
        answer_rate_in=views.answer_rate_in,
        answered_among=views.answered_among,
        reactions_on=views.reactions_on,
        unread_among=views.unread_among,
        waiting_in=views.waiting_in,
    )
