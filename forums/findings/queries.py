"""Findings on a post, as the pages need them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forums.models import Finding, Forum, Post, Thread
from foundation.extensions import db


def open_on(post_id: int) -> Finding | None:
    """What is proposed on a post and neither decided nor dropped."""
    return db.session.scalar(
        select(Finding)
        .options(joinedload(Finding.proposer))
        .where(Finding.post_id == post_id, Finding.decided_at.is_(None), Finding.dropped_at.is_(None))
        .order_by(Finding.id)
        .limit(1)
    )


def waiting(member_id: int, limit: int = 50) -> list[tuple[Finding, Post]]:
    """What others than a member have proposed and nobody has answered, the oldest first, with its post."""
    found = db.session.execute(
        select(Finding, Post)
        .join(Post, Post.id == Finding.post_id)
        .options(
            joinedload(Finding.proposer),
            joinedload(Post.thread).joinedload(Thread.unit),
            joinedload(Post.thread).joinedload(Thread.forum).joinedload(Forum.area),
            joinedload(Post.thread).joinedload(Thread.forum).joinedload(Forum.unit),
        )
        .where(
            Finding.decided_at.is_(None),
            Finding.dropped_at.is_(None),
            Finding.proposer_id != member_id,
            Post.author_id != member_id,
            Post.deleted_at.is_(None),
        )
        .order_by(Finding.id)
        .limit(limit)
    )
    return [(finding, post) for finding, post in found]


def decided_on(post_id: int) -> Finding | None:
    """What two have found of a post, unless it was reversed."""
    return db.session.scalar(
        select(Finding)
        .where(Finding.post_id == post_id, Finding.decided_at.is_not(None), Finding.reversed_at.is_(None))
        .order_by(Finding.id.desc())
        .limit(1)
    )


def reversed_on(post_id: int) -> Finding | None:
    """What two had found of a post, and what was then reversed."""
    return db.session.scalar(
        select(Finding).where(Finding.post_id == post_id, Finding.reversed_at.is_not(None)).limit(1)
    )
