"""Posts: page by page, by themselves, and beside others that say the same."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import (
    Select,
    exists,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import joinedload, load_only

from forums.models import (
    CaseThread,
    Post,
    PostMove,
    PostVersion,
    RemovedText,
    Thread,
)
from forums.rules import POSTS_ON_A_PAGE
from foundation.extensions import db

_SHOWN = (
    joinedload(Post.author),
    joinedload(Post.office),
    joinedload(Post.hidden_by_office),
    joinedload(Post.quotes)
    .options(load_only(Post.id, Post.deleted_at, Post.hidden_at, Post.author_id))
    .joinedload(Post.author),
)


def posts_page(thread_id: int, page: int) -> list[Post]:
    """The posts of one page, each top-level post followed by its replies.

    The page is found in the index alone; what is shown is read for its rows only.
    """
    place = (
        select(Post.id)
        .where(Post.thread_id == thread_id)
        .order_by(Post.root_id, Post.id)
        .limit(POSTS_ON_A_PAGE)
        .offset((page - 1) * POSTS_ON_A_PAGE)
        .subquery()
    )
    return list(
        db.session.scalars(
            select(Post).join(place, place.c.id == Post.id).options(*_SHOWN).order_by(Post.root_id, Post.id)
        )
    )


def posts_after(thread_id: int, post_id: int, limit: int) -> list[Post]:
    """The first posts that came after one, in the order they came."""
    return list(
        db.session.scalars(
            select(Post)
            .options(*_SHOWN)
            .where(Post.thread_id == thread_id, Post.id > post_id)
            .order_by(Post.id)
            .limit(limit)
        )
    )


def posts_among(thread_id: int, ids: Collection[int]) -> list[Post]:
    """These posts of a thread, in the order they are read."""
    return list(
        db.session.scalars(
            select(Post)
            .options(*_SHOWN)
            .where(Post.thread_id == thread_id, Post.id.in_(ids))
            .order_by(Post.root_id, Post.id)
        )
    )


def changed_since(thread_id: int, change: int, limit: int) -> list[int]:
    """The numbers of the posts that were written or changed after a change of their thread, the oldest first."""
    return list(
        db.session.scalars(
            select(Post.id)
            .where(Post.thread_id == thread_id, Post.change > change)
            .order_by(Post.change, Post.id)
            .limit(limit)
        )
    )


def post_by_id(post_id: int) -> Post | None:
    """A post with its author, its thread and the thread's area and units."""
    return db.session.scalar(
        select(Post)
        .options(
            joinedload(Post.author),
            joinedload(Post.thread).options(joinedload(Thread.forum), joinedload(Thread.unit)),
        )
        .where(Post.id == post_id)
    )


def thread_id_of(post_id: int) -> Select[int]:
    """The thread a post stands in."""
    return select(Post.thread_id).where(Post.id == post_id)


def was_moved_from(thread_id: int, post_id: int) -> bool:
    """Whether a post stood in a thread before a moderator moved it."""
    return bool(
        db.session.scalar(
            select(exists().where(PostMove.post_id == post_id, PostMove.from_thread_id == thread_id))
        )
    )


def removed_text(post_id: int) -> RemovedText | None:
    """What a post said that was removed for conduct."""
    return db.session.get(RemovedText, post_id)


def posts_of(thread_id: int) -> list[Post]:
    """All posts of a thread in the order they came."""
    return list(db.session.scalars(select(Post).where(Post.thread_id == thread_id).order_by(Post.id)))


def page_of(post: Post) -> int:
    """On which page of its thread a post stands."""
    before = db.session.scalar(
        select(func.count())
        .select_from(Post)
        .where(
            Post.thread_id == post.thread_id,
            tuple_(Post.root_id, Post.id) < tuple_(post.root_id, post.id),
        )
    )
    return (before or 0) // POSTS_ON_A_PAGE + 1


def versions_of(post_id: int) -> list[PostVersion]:
    """What a post said before its edits, the latest first."""
    return list(
        db.session.scalars(
            select(PostVersion).where(PostVersion.post_id == post_id).order_by(PostVersion.version.desc())
        )
    )


def sent_twice(
    author_id: int, thread_id: int, body: str, root_id: int | None, since: datetime
) -> Post | None:
    """The same text by the same author at the same place, written after a moment."""
    place = Post.root_id == root_id if root_id is not None else Post.root_id == Post.id
    return db.session.scalar(
        select(Post)
        .where(
            Post.author_id == author_id,
            Post.thread_id == thread_id,
            Post.written_at > since,
            Post.deleted_at.is_(None),
            Post.body == body,
            place,
        )
        .order_by(Post.id)
        .limit(1)
    )


def has_copy(case_id: int, post: Post, *, earlier_in_thread: bool = False) -> bool:
    """Whether another public post in the case says the same; of its own thread, perhaps only the earlier ones.

    A hidden one is asked too: otherwise hiding a post would give its copy a credit, and a moderator never
    decides who votes (PARTICIPATION.md section 8).
    """
    if post.copy_key is None:
        return False
    other = Post.id != post.id
    if earlier_in_thread:
        other = or_(Post.thread_id != post.thread_id, Post.id < post.id)
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Post.copy_key == post.copy_key,
                    other,
                    Post.deleted_at.is_(None),
                    CaseThread.thread_id == Post.thread_id,
                    CaseThread.case_id == case_id,
                )
            )
        )
    )
