"""What moderation adds to the debate."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from forums import hooks
from forums.models import ModerationAct
from forums.moderation import phrases, views  # noqa: F401  (pages on the debate's blueprint)
from forums.moderation.services.forgetting import forget_removed
from forums.moderation.services.reporting import answer_item
from foundation import jobs
from foundation.errors import Reason
from foundation.extensions import db


def init_app(_app: Flask) -> None:
    """Add the sentences, and let what is done with a post answer what waited about it."""
    phrases.register()
    hooks.post_moderated.register(answer)
    jobs.when_due(forget_removed)


def answer(*, post_id: int, act_id: int, at: datetime) -> Reason | None:  # noqa: ARG001  (what the hook tells)
    """What waited about a post is answered by the act."""
    answer_item(post_id, act_id, db.session.get_one(ModerationAct, act_id).kind)
    return None
