"""Posts hidden and shown again, threads closed and opened, areas tended: the acts of those who keep an area."""

from __future__ import annotations

from datetime import datetime, timedelta

from forums import access, hooks, queries
from forums.models import Ground, ModerationAct, ModerationKind, Post, RemovedText, Thread
from forums.rules import APPEAL_TIME, BETWEEN_LOCKS, LONGEST_LOCK
from forums.services.parts import forum_for, held_post, held_thread, tell_of_change, tend
from forums.wording import LONGEST_SENTENCE
from foundation import audit, clock, outbox, text
from foundation.errors import NotAllowed, NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.links import link
from foundation.transaction import transaction
from members.access import Rights
from members.models import Member, PolicyArea, Term
from members.rules.permissions import Permission

JUDGING = frozenset(
    {
        ModerationKind.HIDE,
        ModerationKind.RESTORE,
        ModerationKind.LOCK,
        ModerationKind.LEAVE,
        ModerationKind.ASK_EDIT,
        ModerationKind.REMOVE,
        ModerationKind.MOVE,
    }
)
"""What a moderator does to what others say: the log tells whether she had argued there herself."""


def hide_post(rights: Rights, post_id: int, ground: Ground, sentence: str = "") -> None:
    """Hide a post from all but its author and the moderators, on a ground of the list, and tell its author.

    Its credits stand (PARTICIPATION.md section 7). Nobody hides her own.
    """
    with transaction():
        post = held_post(post_id)
        access.require(access.on_post(rights, Permission.HIDE_POST, post))
        _refuse("post_deleted", when=post.deleted_at is not None)
        _refuse("post_already_hidden", when=post.hidden_at is not None)
        at = clock.now()
        act = record(
            rights, ModerationKind.HIDE, post.thread, at, post=post, ground=ground, sentence=sentence
        )
        post.hidden_at, post.hidden_ground, post.hidden_by_office_id = at, ground, act.office_id
        if post.author.email:
            outbox.mail(
                post.author.email,
                "post_hidden",
                key=f"post_hidden:{act.id}",
                locale=post.author.locale,
                ground=ground.value,
                sentence=act.sentence,
                appeal_before=at + APPEAL_TIME,
                url=link("forums.post", post_id=post.id),
            )
        tell_of_change(post)


def remove_post(rights: Rights, post_id: int, ground: Ground, sentence: str = "") -> None:
    """Remove a post for conduct: no member sees the text any more, not its author either. Its credits stand.

    It is kept for an appeal, for those who hold READ_REMOVED_TEXT.
    """
    with transaction() as session:
        post = held_post(post_id)
        access.require(access.on_post(rights, Permission.REMOVE_POST, post))
        _refuse("post_deleted", when=post.deleted_at is not None)
        _refuse("post_removed", when=post.removed_at is not None)
        at = clock.now()
        act = record(
            rights, ModerationKind.REMOVE, post.thread, at, post=post, ground=ground, sentence=sentence
        )
        session.add(RemovedText(post_id=post.id, body=post.body))
        post.body, post.removed_at = "", at
        post.hidden_at, post.hidden_ground, post.hidden_by_office_id = at, ground, act.office_id
        tell_author(act, post.author, post, appeal_before=at + APPEAL_TIME)
        tell_of_change(post)


def restore_post(rights: Rights, post_id: int, sentence: str = "") -> None:
    """Show a hidden or removed post again."""
    with transaction():
        post = held_post(post_id)
        access.require(access.on_post(rights, Permission.RESTORE_POST, post))
        _refuse("post_deleted", when=post.deleted_at is not None)
        _refuse("post_not_hidden", when=post.hidden_at is None)
        _refuse(
            "removed_text_gone", when=post.removed_at is not None and queries.removed_text(post.id) is None
        )
        at = clock.now()
        record(rights, ModerationKind.RESTORE, post.thread, at, post=post, sentence=sentence)
        show_again(post)
        tell_of_change(post)


def show_again(post: Post) -> None:
    """Take what a moderator has put before a post away, and put its text back where it was removed."""
    removed = queries.removed_text(post.id)
    if removed is not None:
        post.body = removed.body
        db.session.delete(removed)
    post.hidden_at = post.hidden_ground = post.hidden_by_office_id = post.removed_at = None


def lock_thread(
    rights: Rights, thread_id: int, ground: Ground, *, hours: int = 24, sentence: str = ""
) -> None:
    """Close a thread to new posts for 1 to 48 hours; a lock always has an end.

    One more within 48 hours of the last, or a longer one, takes somebody from outside the area besides
    (forums.moderation.services.locks): otherwise the same lock could go on and on.
    """
    with transaction():
        thread = held_thread(thread_id)
        access.require(access.on_thread(rights, Permission.LOCK_THREAD, thread))
        most = LONGEST_LOCK // timedelta(hours=1)
        if not 1 <= hours <= most:
            raise RuleBroken(Reason.of("lock_length", most=most))
        at = clock.now()
        ended_at = queries.last_lock_ended(thread.id, at)
        if ended_at is not None and at < ended_at + BETWEEN_LOCKS and not thread.is_locked(at):
            raise RuleBroken(Reason.of("lock_again", again_at=ended_at + BETWEEN_LOCKS))
        close(rights, thread, ground, at, hours=hours, sentence=sentence)


def close(
    rights: Rights, thread: Thread, ground: Ground, at: datetime, *, hours: int, sentence: str = ""
) -> None:
    """Close a thread that is held, for so many hours, and tell those above: part of an act that has asked."""
    if thread.is_locked(at):
        raise RuleBroken(Reason.of("thread_already_locked", until=thread.locked_until))
    until = at + timedelta(hours=hours)
    record(rights, ModerationKind.LOCK, thread, at, ground=ground, sentence=sentence, until=until)
    thread.locked_at, thread.locked_until, thread.lock_ground = at, until, ground
    hooks.case_locked(
        case_ids=[case.id for case in queries.cases_of_thread(thread.id)],
        thread_id=thread.id,
        locked_at=at,
        locked_until=until,
    )


def unlock_thread(rights: Rights, thread_id: int, sentence: str = "") -> None:
    """Open a locked thread before its lock ends."""
    with transaction():
        thread = held_thread(thread_id)
        access.require(access.on_thread(rights, Permission.LOCK_THREAD, thread))
        at = clock.now()
        _refuse("thread_not_locked", when=not thread.is_locked(at))
        record(rights, ModerationKind.UNLOCK, thread, at, sentence=sentence)
        thread.locked_at = thread.locked_until = thread.lock_ground = None


def tend_area(rights: Rights, area_id: int) -> None:
    """Note that the area's keeper has gone through it."""
    with transaction() as session:
        area = session.get(PolicyArea, area_id)
        if area is None:
            raise NotFound
        access.require(access.in_area(rights, access.KEEP_AREA, area))
        tend(forum_for(area), clock.now())


def _refuse(code: str, *, when: bool) -> None:
    if when:
        raise RuleBroken(Reason.of(code))


def record(
    rights: Rights,
    kind: ModerationKind,
    thread: Thread,
    at: datetime,
    *,
    post: Post | None = None,
    ground: Ground | None = None,
    sentence: str = "",
    until: datetime | None = None,
    to_thread: Thread | None = None,
    term: Term | None = None,
) -> ModerationAct:
    """Write one act into the moderators' log and the chained one; it is an act of the keeper as keeper.

    The control committee's acts name its own `term`. That the moderator has argued in the thread is written too.
    """
    as_keeper = term is None
    term = term or access.term_for(rights, thread)
    if term is None:
        raise NotAllowed(Reason.of("not_keeper_here"))
    sentence = text.plain(sentence)
    if len(sentence) > LONGEST_SENTENCE:
        raise RuleBroken(Reason.of("sentence_too_long", characters=len(sentence), most=LONGEST_SENTENCE))
    act = ModerationAct(
        kind=kind,
        forum_id=thread.forum_id,
        thread_id=thread.id,
        post_id=post.id if post else None,
        ground=ground,
        sentence=sentence,
        office_id=term.office_id,
        moderator_id=rights.member.id,
        # Of what keeps nobody from speaking or being read, there is nothing to ask.
        had_argued=kind in JUDGING and queries.has_argued(rights.member.id, thread.id),
        to_thread_id=to_thread.id if to_thread else None,
        until=until,
        at=at,
    )
    db.session.add(act)
    db.session.flush()
    if as_keeper:
        tend(thread.forum, at)
    audit.record(
        f"moderation_{kind}",
        actor_id=rights.member.id,
        unit_id=thread.unit_id,
        subject=("post", post.id) if post else ("thread", thread.id),
        at=at,
        ground=ground,
        thread=thread.id,
        until=until,
        **({"to_thread": to_thread.id} if to_thread else {}),
    )
    if post is not None:
        hooks.post_moderated(post_id=post.id, act_id=act.id, at=at)
    return act


def tell_author(
    act: ModerationAct, author: Member, post: Post, *, appeal_before: datetime | None = None
) -> None:
    """Write to the author of a post what was done with it, on what ground, and the moderator's sentence."""
    if author.email:
        outbox.mail(
            author.email,
            "post_moderated",
            key=f"post_moderated:{act.id}:{author.id}",
            locale=author.locale,
            act=act.kind.value,
            ground=act.ground.value if act.ground else "",
            sentence=act.sentence,
            appeal_before=appeal_before,
            url=link("forums.post", post_id=post.id),
        )
