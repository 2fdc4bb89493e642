"""Whom a post calls: found in its text when it is stored or changed, told once, forgotten when it is erased."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select

from forums import hooks
from forums.models import ModerationKind, Post
from forums.reactions import queries
from forums.reactions.models import AnswerMark, Mention, Reaction, TakenAlong
from forums.reactions.rules import chosen, names_called, shared
from foundation import text
from foundation.errors import Reason
from foundation.extensions import db
from members.queries import standing_of


def take_mark_along(*, kind: ModerationKind, from_thread_id: int, to_thread_id: int, at: datetime) -> None:  # noqa: ARG001  (the hook's)
    """The answer to a question is marked where it stands now, when its thread is split or merged.

    An answer that begins a thread of its own still answers the question it was split off from. Where both threads
    of a merge have one, that of the thread which stays holds.
    """
    if kind not in (ModerationKind.SPLIT, ModerationKind.MERGE):
        return
    mark = db.session.get(AnswerMark, from_thread_id)
    if mark is None:
        return
    first = db.session.scalar(select(func.min(Post.id)).where(Post.thread_id == to_thread_id))
    there = db.session.scalar(select(Post.thread_id).where(Post.id == mark.post_id))
    if kind is ModerationKind.SPLIT and (there != to_thread_id or mark.post_id == first):
        return
    if db.session.get(AnswerMark, to_thread_id) is None:
        db.session.add(
            AnswerMark(
                thread_id=to_thread_id,
                post_id=mark.post_id,
                marked_by_id=mark.marked_by_id,
                office_id=mark.office_id,
                at=mark.at,
            )
        )
    db.session.delete(mark)
    db.session.flush()


def register() -> None:
    """Act along when posts are stored, changed, moved and erased."""
    hooks.post_stored.register(note)
    hooks.post_changed.register(note)
    hooks.post_erased.register(forget)
    hooks.posts_moved.register(take_mark_along)


def note(*, post_id: int, mentioned: Collection[int], at: datetime) -> Reason | None:
    """Store whom a post calls now; tell those who were not called before. Answers a name that calls nobody."""
    post = db.session.get_one(Post, post_id)
    known = (
        {mention.member_id: mention for mention in queries.mentions_in(post_id)} if post.version > 1 else {}
    )
    called = names_called(text.own_visible(post.body)) if "@" in post.body else []
    if not called and not known:
        return None
    standing = standing_of(post.author_id, at)
    names = {name for each in called for name in each}
    people = queries.people_named(names, post.thread_id, standing.unit_id, at) if names and standing else {}
    found = chosen(called, people, {*mentioned, *known})
    found.pop(post.author_id, None)
    for member_id, mention in known.items():
        if member_id in found:
            mention.name, mention.withdrawn_at = found[member_id], None
        elif mention.withdrawn_at is None:
            mention.withdrawn_at = at
    fresh = [member_id for member_id in found if member_id not in known]
    db.session.add_all(
        Mention(post_id=post_id, member_id=member_id, name=found[member_id], at=at) for member_id in fresh
    )
    db.session.flush()
    if fresh:
        hooks.member_mentioned(post_id=post_id, member_ids=fresh, at=at)
    name = shared(called, people, found)
    return Reason.of("mention_shared", name=name) if name else None


def forget(*, post_id: int, at: datetime) -> None:  # noqa: ARG001  (the hook's facts)
    """Erase what stood about a post that its author has erased."""
    for kept in (Reaction, Mention, TakenAlong, AnswerMark):
        db.session.execute(delete(kept).where(kept.post_id == post_id))
