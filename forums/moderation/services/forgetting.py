"""What was removed for conduct is kept for an appeal, and no longer than one can be made and decided."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select

from forums.models import Post, PostVersion, RemovedText
from forums.moderation.models import Appeal
from forums.services.parts import held_post
from foundation.extensions import db
from foundation.transaction import transaction

KEPT = timedelta(days=90)
"""An appeal comes within 14 days; so long besides, the control committee can look at a pattern, and no longer."""

AT_ONCE = 200


def forget_removed(at: datetime) -> int:
    """Erase what removed posts said once their time is out and no appeal waits; answers how many. The timer's."""
    waits = exists().where(Appeal.post_id == Post.id, Appeal.granted.is_(None))
    due = db.session.scalars(
        select(RemovedText.post_id)
        .join(Post, Post.id == RemovedText.post_id)
        .where(Post.removed_at <= at - KEPT, ~waits)
        .order_by(RemovedText.post_id)
        .limit(AT_ONCE)
    ).all()
    for post_id in due:
        with transaction() as session:
            post = held_post(post_id)
            if post.removed_at is None:
                # Shown again while we came here: its text is its own.
                continue
            session.execute(delete(RemovedText).where(RemovedText.post_id == post_id))
            session.execute(delete(PostVersion).where(PostVersion.post_id == post_id))
    return len(due)
