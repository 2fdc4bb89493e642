"""What several acts of the debate begin with: the thread held still, its area's forum."""

from __future__ import annotations

from datetime import datetime

from forums import queries
from forums.models import Forum, Post, Thread
from foundation import outbox
from foundation.errors import NotFound
from foundation.extensions import db
from members.models import PolicyArea


def held_thread(thread_id: int) -> Thread:
    """The thread, held until the commit: whether it is locked cannot change under a post being written."""
    thread = db.session.scalar(queries.locked_thread(thread_id))
    if thread is None:
        raise NotFound
    return thread


def held_post(post_id: int) -> Post:
    """The post, its thread held until the commit."""
    held: int | None = None
    while (thread_id := db.session.scalar(queries.thread_id_of(post_id))) != held:
        # A moderator may have moved it between our finding its thread and our holding it.
        if thread_id is None:
            raise NotFound
        held_thread(thread_id)
        held = thread_id
    post = queries.post_by_id(post_id)
    if post is None:
        raise NotFound
    return post


def forum_for(area: PolicyArea) -> Forum:
    """The forum of an area in the unit that owns it, made when something is first written there."""
    forum = queries.forum_of(area)
    if forum is None:
        # Two who write the first of an area at once wait for each other here, and the second finds the forum.
        db.session.get_one(PolicyArea, area.id, with_for_update=True)
        forum = queries.forum_of(area)
    if forum is None:
        forum = Forum(area_id=area.id, unit_id=area.unit_id)
        db.session.add(forum)
        db.session.flush()
    return forum


def tend(forum: Forum, at: datetime) -> None:
    """The area's keeper has acted as its keeper."""
    forum.tended_at = at


def room(thread_id: int) -> str:
    """Where the live readers of a thread listen."""
    return f"thread:{thread_id}"


def tell_of_post(thread: Thread, post: Post) -> None:
    """Let live readers know, once this has committed, that there is a new post: its number, never its text."""
    _number(thread, post)
    outbox.broadcast(
        room(thread.id),
        "posts",
        {
            "thread": thread.id,
            "posts": [post.id],
            "last": post.id,
            "count": thread.post_count,
            "change": thread.changes,
        },
    )


def tell_of_change(post: Post) -> None:
    """Let live readers know, once this has committed, that a post is no longer what it was."""
    thread = post.thread
    _number(thread, post)
    outbox.broadcast(
        room(thread.id), "changed", {"thread": thread.id, "post": post.id, "change": thread.changes}
    )


def _number(thread: Thread, post: Post) -> None:
    """Give what happened the thread's next number; whoever acts on a thread holds its row, so none comes twice."""
    thread.changes += 1
    post.change = thread.changes
