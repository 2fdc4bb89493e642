"""Posts and threads put where they belong: moved, split, merged, pinned. No credit is lost by it, ever."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, insert, literal, or_, select, update

from forums import access, hooks
from forums import queries as debate
from forums.models import (
    Case,
    CaseThread,
    Forum,
    Ground,
    ModerationAct,
    ModerationKind,
    Post,
    PostMove,
    Thread,
    ThreadGuest,
    Visit,
)
from forums.moderation import queries
from forums.moderation.rules import MOST_PINNED
from forums.services import crediting
from forums.services.moderation import record, tell_author
from forums.services.parts import forum_for, held_thread, room
from forums.wording import title_blocker
from foundation import audit, clock, outbox, text
from foundation.errors import NotAllowed, NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.links import link
from foundation.transaction import transaction
from members.access import Rights
from members.models import Member, PolicyArea
from members.rules.permissions import Permission


def move_post(rights: Rights, post_id: int, to_thread_id: int, sentence: str = "") -> None:
    """Move a post, with what stands under it, to another thread. It counts there too, from when it was written.

    Its permanent address leads to its new place, and its old thread says where it went.
    """
    with transaction():
        at = clock.now()
        post, threads = _held_with(post_id, to_thread_id)
        source, target = threads[post.thread_id], threads[to_thread_id]
        _may_move(rights, Permission.MOVE_POST, post)
        _refuse("move_same", when=source.id == target.id)
        _refuse("target_closed", when=target.is_locked(at) or target.merged_into_id is not None)
        chosen = _family(post)
        _refuse("move_everything", when=_count(chosen) == source.post_count)
        act = record(
            rights,
            ModerationKind.MOVE,
            source,
            at,
            post=post,
            ground=Ground.MOVED,
            sentence=sentence,
            to_thread=target,
        )
        moved = _move(act, target, chosen, post)
        _count_in_new_cases(moved, source, target)
        _settle(source, target, act)
        _tell(act, moved, rights)


def split_thread(
    rights: Rights, post_id: int, title: str, *, onwards: bool = False, sentence: str = ""
) -> int:
    """Make a post, with what stands under it, the beginning of a thread of its own; answers its number.

    `onwards` takes everything after it along. The new thread belongs to the same cases; readers keep their marks.
    """
    title = text.plain(title)
    with transaction() as session:
        at = clock.now()
        post, threads = _held_with(post_id)
        source = threads[post.thread_id]
        _may_move(rights, Permission.SPLIT_THREAD, post)
        reason = title_blocker(title)
        if reason is not None:
            raise RuleBroken(reason)
        chosen = _family(post, onwards=onwards)
        _refuse("move_everything", when=_count(chosen) == source.post_count)
        target = Thread(
            forum_id=source.forum_id,
            unit_id=source.unit_id,
            kind=source.kind,
            title=title,
            author_id=post.author_id,
            opened_at=at,
            last_post_at=at,
            post_count=0,
        )
        session.add(target)
        session.flush()
        _copy_links(source, target, at)
        act = record(
            rights,
            ModerationKind.SPLIT,
            source,
            at,
            post=post,
            ground=Ground.MOVED,
            sentence=sentence,
            to_thread=target,
        )
        moved = _move(act, target, chosen, post)
        _settle(source, target, act)
        _tell(act, moved, rights)
        return target.id


def merge_threads(rights: Rights, thread_id: int, into_id: int, sentence: str = "") -> None:
    """Put all posts of a thread into another. The thread that is left leads there; the cases of both are united.

    A case that gets a thread by it is asked as when a thread is linked: once the notice of a vote with the rule
    stands, that is not for a moderator alone (PARTICIPATION section 6).
    """
    with transaction():
        threads = _held([thread_id, into_id])
        at = clock.now()
        source, target = threads[thread_id], threads[into_id]
        _refuse("move_same", when=source.id == target.id)
        for thread in (source, target):
            access.require(access.on_thread(rights, Permission.MERGE_THREADS, thread))
            _refuse("target_closed", when=thread.is_locked(at) or thread.merged_into_id is not None)
        _may_unite(source, target, at)
        before = debate.posts_of(target.id)
        first = min(debate.posts_of(source.id), key=lambda post: post.id)
        act = record(
            rights, ModerationKind.MERGE, source, at, ground=Ground.MOVED, sentence=sentence, to_thread=target
        )
        moved = _move(act, target, Post.thread_id == source.id, None)
        for case in _count_in_new_cases(moved, source, target):
            crediting.give_for(before, target, case, clock.now())
        _copy_guests(source, target)
        source.merged_into_id, source.pinned_at = target.id, None
        source.locked_at = source.locked_until = source.lock_ground = None
        db.session.execute(
            update(Thread).where(Thread.merged_into_id == source.id).values(merged_into_id=target.id)
        )
        _settle(source, target, act)
        if source.author_id != rights.member.id:
            tell_author(act, source.author, first)


def move_thread(rights: Rights, thread_id: int, area_id: int, sentence: str = "") -> None:
    """Move a thread to another area. Its address, its cases and all that was counted in it stay."""
    with transaction() as session:
        at = clock.now()
        thread = held_thread(thread_id)
        access.require(access.on_thread(rights, Permission.MOVE_POST, thread))
        area = session.get(PolicyArea, area_id)
        if area is None:
            raise NotFound
        _refuse("move_same", when=area.id == thread.forum.area_id)
        _refuse("target_closed", when=thread.merged_into_id is not None)
        act = record(rights, ModerationKind.MOVE_THREAD, thread, at, ground=Ground.MOVED, sentence=sentence)
        thread.forum_id, thread.pinned_at = forum_for(area).id, None
        first = min(debate.posts_of(thread.id), key=lambda post: post.id)
        if thread.author_id != rights.member.id:
            tell_author(act, thread.author, first)


def move_case(rights: Rights, case_id: int, area_id: int, sentence: str = "") -> None:
    """Move a case to another area, with those of its threads that stand beside it. All that was counted stays."""
    with transaction() as session:
        case = debate.case_by_id(case_id)
        area = session.get(PolicyArea, area_id)
        if case is None or area is None:
            raise NotFound
        access.require(access.on_case(rights, Permission.OPEN_CASE, case))
        _refuse("move_same", when=area.id == case.forum.area_id)
        _refuse("case_decided", when=case.decides_at <= clock.now())
        here = case.forum_id
        ids = db.session.scalars(select(CaseThread.thread_id).where(CaseThread.case_id == case.id)).all()
        for thread in _held(ids).values():
            if thread.forum_id == here and thread.merged_into_id is None:
                move_thread(rights, thread.id, area.id, sentence)
        case.forum_id = forum_for(area).id
        audit.record(
            "case_moved",
            actor_id=rights.member.id,
            unit_id=case.unit_id,
            subject=("case", case.id),
            to=area.id,
        )


def pin(rights: Rights, thread_id: int) -> None:
    """Keep a thread at the top of its area; three at most."""
    with transaction() as session:
        thread = held_thread(thread_id)
        access.require(access.on_thread(rights, Permission.PIN_THREAD, thread))
        _refuse("target_closed", when=thread.merged_into_id is not None)
        _refuse("thread_pinned", when=thread.pinned_at is not None)
        # Two who pin at once wait for each other here.
        session.scalars(
            select(Forum.id).where(Forum.area_id == thread.forum.area_id).order_by(Forum.id).with_for_update()
        ).all()
        if queries.pinned_there(thread.forum.area_id) >= MOST_PINNED:
            raise RuleBroken(Reason.of("too_many_pinned", most=MOST_PINNED))
        at = clock.now()
        record(rights, ModerationKind.PIN, thread, at)
        thread.pinned_at = at


def unpin(rights: Rights, thread_id: int) -> None:
    """Let a thread stand among the others again."""
    with transaction():
        thread = held_thread(thread_id)
        access.require(access.on_thread(rights, Permission.PIN_THREAD, thread))
        _refuse("thread_not_pinned", when=thread.pinned_at is None)
        record(rights, ModerationKind.UNPIN, thread, clock.now())
        thread.pinned_at = None


def _refuse(code: str, *, when: bool) -> None:
    if when:
        raise RuleBroken(Reason.of(code))


def _held(thread_ids: Iterable[int]) -> dict[int, Thread]:
    """The threads, held in the order of their numbers: two who move at once never wait for each other in a ring."""
    return {thread_id: held_thread(thread_id) for thread_id in sorted(set(thread_ids))}


def _held_with(post_id: int, *thread_ids: int) -> tuple[Post, dict[int, Thread]]:
    source_id = db.session.scalar(debate.thread_id_of(post_id))
    if source_id is None:
        raise NotFound
    threads = _held([source_id, *thread_ids])
    post = debate.post_by_id(post_id)
    if post is None:
        raise NotFound
    if post.thread_id != source_id:
        # Somebody else has moved it between our finding its thread and our holding it.
        raise RuleBroken(Reason.of("moved_meanwhile"))
    return post, threads


def _may_move(rights: Rights, permission: Permission, post: Post) -> None:
    if post.author_id == rights.member.id:
        raise NotAllowed(Reason.of("own_matter"))
    access.require(access.on_thread(rights, permission, post.thread))
    _refuse("post_deleted", when=post.deleted_at is not None)


def _family(post: Post, *, onwards: bool = False) -> ColumnElement[bool]:
    """The post and what stands under it; of a reply, the later replies only when everything after it goes along."""
    here = Post.thread_id == post.thread_id
    if post.root_id == post.id:
        return and_(here, Post.root_id >= post.id if onwards else Post.root_id == post.id)
    if not onwards:
        return and_(here, Post.id == post.id)
    later = and_(Post.root_id == post.root_id, Post.id >= post.id)
    return and_(here, or_(later, Post.root_id > post.root_id))


def _count(chosen: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(Post).where(chosen)) or 0


def _move(act: ModerationAct, target: Thread, chosen: ColumnElement[bool], post: Post | None) -> list[Post]:
    """Put the chosen posts into the target, and keep where each stood; a reply moved by itself stands by itself."""
    db.session.execute(
        insert(PostMove).from_select(
            ["act_id", "post_id", "from_thread_id", "from_root_id"],
            select(literal(act.id), Post.id, Post.thread_id, Post.root_id).where(chosen),
        )
    )
    ids = select(PostMove.post_id).where(PostMove.act_id == act.id)
    these = update(Post).where(Post.id.in_(ids)).execution_options(synchronize_session=False)
    if post is not None and post.root_id != post.id:
        db.session.execute(these.where(Post.root_id == post.root_id).values(root_id=post.id))
    target.changes += 1
    db.session.execute(these.values(thread_id=target.id, change=target.changes))
    db.session.flush()
    db.session.expire_all()
    return list(db.session.scalars(select(Post).where(Post.id.in_(ids)).order_by(Post.id)))


def _may_unite(source: Thread, target: Thread, at: datetime) -> None:
    """Ask for each case that would get the posts of a thread that is not linked to it."""
    cases = {thread.id: debate.cases_of_thread(thread.id) for thread in (source, target)}
    for thread, other in ((source, target), (target, source)):
        known = {case.id for case in cases[other.id]}
        for case in cases[thread.id]:
            if case.id in known:
                continue
            blockers = hooks.before_thread_linked(case_id=case.id, thread_id=other.id, at=at)
            if blockers:
                raise RuleBroken(blockers[0])


def _count_in_new_cases(moved: Sequence[Post], source: Thread, target: Thread) -> list[Case]:
    """Let moved posts count in the cases of their new thread too; answers, for a merge, the cases it adds.

    It is dated while the cases are held: what is given after a freeze is never dated before it.
    What they count in already stands (PARTICIPATION.md section 7: a post moved to another case counts in both).
    """
    old = {case.id: case for case in debate.cases_of_thread(source.id)}
    new = {case.id: case for case in debate.cases_of_thread(target.id)}
    crediting.lock_cases([*old.values(), *[case for key, case in new.items() if key not in old]])
    at = clock.now()
    for key, case in new.items():
        if key not in old:
            crediting.give_for(moved, target, case, at)
    left = db.session.scalar(select(func.count()).select_from(Post).where(Post.thread_id == source.id))
    if left:
        return []
    added = [case for key, case in old.items() if key not in new]
    for case in added:
        db.session.add(CaseThread(case_id=case.id, thread_id=target.id, linked_at=at))
    db.session.flush()
    return added


def _copy_links(source: Thread, target: Thread, at: datetime) -> None:
    """A thread that was split belongs to the same cases, for the same guests, and is read as far as the first was."""
    for case in debate.cases_of_thread(source.id):
        db.session.add(CaseThread(case_id=case.id, thread_id=target.id, linked_at=at))
    db.session.flush()
    _copy_guests(source, target)
    db.session.execute(
        insert(Visit).from_select(
            ["member_id", "thread_id", "last_post_id", "at"],
            select(Visit.member_id, literal(target.id), Visit.last_post_id, Visit.at).where(
                Visit.thread_id == source.id
            ),
        )
    )


def _copy_guests(source: Thread, target: Thread) -> None:
    there = select(ThreadGuest.member_id).where(ThreadGuest.thread_id == target.id)
    db.session.execute(
        insert(ThreadGuest).from_select(
            ["thread_id", "member_id"],
            select(literal(target.id), ThreadGuest.member_id).where(
                ThreadGuest.thread_id == source.id, ThreadGuest.member_id.not_in(there)
            ),
        )
    )


def _settle(source: Thread, target: Thread, act: ModerationAct) -> None:
    """Count both threads anew, and let their live readers, and those above, know that they are not what they were."""
    hooks.posts_moved(kind=act.kind, from_thread_id=source.id, to_thread_id=target.id, at=act.at)
    for thread in (source, target):
        count, last_id, last_at = db.session.execute(
            select(func.count(), func.max(Post.id), func.max(Post.written_at)).where(
                Post.thread_id == thread.id
            )
        ).one()
        thread.post_count = count
        if thread is source:
            thread.changes += 1
        if count:
            thread.last_post_id, thread.last_post_at = last_id, last_at
        outbox.broadcast(
            room(thread.id),
            "posts",
            {
                "thread": thread.id,
                "posts": [],
                "last": last_id or 0,
                "count": count,
                "change": thread.changes,
            },
        )
    db.session.flush()


def _tell(act: ModerationAct, moved: Sequence[Post], rights: Rights) -> None:
    """Write to each author whose posts were moved, once."""
    first: dict[int, int] = {}
    for one in moved:
        first.setdefault(one.author_id, one.id)
    first.pop(rights.member.id, None)
    authors = db.session.scalars(select(Member).where(Member.id.in_(list(first))).order_by(Member.id))
    outbox.mail_all(
        "post_moderated",
        [
            (
                author.email,
                author.locale,
                f"post_moderated:{act.id}:{author.id}",
                {
                    "act": act.kind.value,
                    "ground": Ground.MOVED.value,
                    "sentence": act.sentence,
                    "appeal_before": None,
                    "url": link("forums.post", post_id=first[author.id]),
                },
            )
            for author in authors
            if author.email
        ],
    )
    for one in moved[:100]:
        outbox.broadcast(
            room(act.thread_id), "changed", {"thread": act.thread_id, "post": one.id, "gone": True}
        )
