"""A post judged by those who keep the area: left as it is, its author asked to change it, or handed over."""

from __future__ import annotations

from sqlalchemy import select

from forums import access
from forums.models import Ground, ModerationKind, Post
from forums.moderation import queries
from forums.moderation.services.reporting import item_for
from forums.services.moderation import record, tell_author
from forums.services.parts import held_post
from foundation import clock, outbox, text
from foundation.errors import Reason, RuleBroken
from foundation.links import link
from foundation.transaction import transaction
from members.access import Rights
from members.models import Member
from members.rules.permissions import Permission


def leave(rights: Rights, post_id: int, sentence: str = "") -> None:
    """Let a reported post stand as it is. Its author is told nothing."""
    with transaction():
        post = _held(rights, post_id)
        if queries.open_item(post.id) is None:
            raise RuleBroken(Reason.of("nothing_waits"))
        record(rights, ModerationKind.LEAVE, post.thread, clock.now(), post=post, sentence=sentence)


def ask_to_edit(rights: Rights, post_id: int, ground: Ground, sentence: str) -> None:
    """Ask the author to change what she wrote: she gets the sentence, and the way to the form."""
    with transaction():
        post = _held(rights, post_id)
        if post.removed_at is not None:
            raise RuleBroken(Reason.of("post_removed"))
        if not text.plain(sentence):
            raise RuleBroken(Reason.of("sentence_missing"))
        act = record(
            rights,
            ModerationKind.ASK_EDIT,
            post.thread,
            clock.now(),
            post=post,
            ground=ground,
            sentence=sentence,
        )
        tell_author(act, post.author, post)


def hand_over(rights: Rights, post_id: int) -> str:
    """Let the deputy judge a post, since one has argued in its thread; answers her name, or nothing.

    It leaves one's own queue. Without a deputy it goes to whoever keeps the area in the unit above, and without
    anybody there to the control committee.
    """
    with transaction() as session:
        post = _held(rights, post_id)
        at = clock.now()
        item = item_for(post, at)
        chosen = queries.bearers_of(post, at, rights.member.id)
        # The deputy first: it is her the rule names.
        chosen = tuple(sorted(chosen, key=lambda keeper: not keeper.is_deputy))
        ids = [keeper.member_id for keeper in chosen[:1]] or [
            term.member_id
            for term in queries.committee_terms(post.thread.unit, at)
            if term.member_id not in (post.author_id, rights.member.id)
        ]
        if not ids:
            raise RuleBroken(Reason.of("nobody_to_hand_to"))
        record(rights, ModerationKind.HAND_OVER, post.thread, at, post=post)
        item.handed_by_id, item.handed_to_id = rights.member.id, ids[0] if chosen else None
        members = list(session.scalars(select(Member).where(Member.id.in_(ids)).order_by(Member.id)))
        for member in members:
            if member.email:
                outbox.mail(
                    member.email,
                    "queue",
                    key=f"handed:{item.id}:{member.id}",
                    locale=member.locale,
                    url=link("forums.judge_post", post_id=post.id),
                )
        return members[0].name if chosen else ""


def _held(rights: Rights, post_id: int) -> Post:
    post = held_post(post_id)
    access.require(access.on_post(rights, Permission.HIDE_POST, post))
    if post.deleted_at is not None:
        raise RuleBroken(Reason.of("post_deleted"))
    return post
