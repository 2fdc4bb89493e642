"""A post is found useful, supported, marked as an answer or taken along: each act by itself, and its undoing."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from forums import access, hooks, queries
from forums.models import Post, Thread, ThreadKind
from forums.reactions.models import AnswerMark, Reaction, ReactionKind, TakenAlong
from forums.services.parts import held_post, tell_of_change, tend
from forums.wording import LONGEST_SENTENCE
from foundation import audit, clock, text
from foundation.errors import NotAllowed, NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.access import Rights
from members.models import Term
from members.rules.permissions import Permission

_BY_THEMSELVES = (ReactionKind.USEFUL, ReactionKind.SUPPORT)


def opens(post: Post, thread: Thread) -> bool:
    """Whether a post is its thread's text."""
    return (
        post.id == post.root_id and post.written_at == thread.opened_at and post.author_id == thread.author_id
    )


def blocker(rights: Rights, post: Post, kind: ReactionKind) -> Reason | None:
    """Why a member who may read a post cannot say this of it, None when she can.

    A supporter or guest does not support proposals: what the number says is how many members who could move one do.
    """
    if post.deleted_at is not None or post.hidden_at is not None:
        return Reason.of("reaction_gone")
    if post.author_id == rights.member.id:
        return Reason.of("reaction_own")
    if kind is ReactionKind.SUPPORT:
        if post.thread.kind is not ThreadKind.PROPOSAL or not opens(post, post.thread):
            return Reason.of("support_of_proposals")
        if not rights.may(Permission.MAKE_PROPOSAL):
            return Reason.of("support_by_members")
    return None


def react(rights: Rights, post_id: int, kind: ReactionKind, *, on: bool, version: int) -> Post:
    """Say this of a post as it stood in the version that was read, or take it back; twice is once.

    Raises NotAllowed without the speaking right in the thread, RuleBroken for one's own post, one that is gone, or
    support of what is no proposal. It is worth no credit (PARTICIPATION.md section 4).
    """
    with transaction():
        post = held_post(post_id)
        access.require(access.on_thread(rights, Permission.REPLY, post.thread))
        reason = blocker(rights, post, kind)
        if reason is not None:
            raise RuleBroken(reason)
        me = rights.member.id
        if on:
            read = max(1, min(version, post.version))
            row = {
                "post_id": post.id,
                "member_id": me,
                "kind": kind,
                "post_version": read,
                "at": clock.now(),
            }
            insert = sqlite_insert if db.engine.dialect.name == "sqlite" else postgresql_insert
            db.session.execute(
                insert(Reaction)
                .values(**row)
                .on_conflict_do_update(
                    index_elements=["post_id", "member_id", "kind"],
                    set_={"post_version": read, "at": row["at"]},
                )
            )
        else:
            db.session.execute(
                delete(Reaction).where(
                    Reaction.post_id == post.id, Reaction.member_id == me, Reaction.kind == kind
                )
            )
        if kind in _BY_THEMSELVES:
            tell_of_change(post)
        return post


def answers(rights: Rights, post: Post) -> Reason | None:
    """Why a member cannot mark this post as the answer to its thread's question, None when she can."""
    thread = post.thread
    if thread.kind is not ThreadKind.QUESTION:
        return Reason.of("mark_no_question")
    if opens(post, thread):
        return Reason.of("mark_is_question")
    if post.deleted_at is not None or post.hidden_at is not None:
        return Reason.of("reaction_gone")
    if thread.author_id != rights.member.id and access.term_for(rights, thread) is None:
        return Reason.of("mark_not_yours")
    return None


def mark_answer(rights: Rights, post_id: int, *, on: bool) -> Post:
    """Mark a post as the answer to its thread's question, in the place of another, or take the mark away.

    The asker does it, or whoever keeps the area; a mark by the latter is an act of her office.
    """
    with transaction() as session:
        post = held_post(post_id)
        thread = post.thread
        access.require(access.on_thread(rights, Permission.READ, thread))
        reason = answers(rights, post)
        if reason is not None:
            raise NotAllowed(reason) if reason.code == "mark_not_yours" else RuleBroken(reason)
        at = clock.now()
        mark = session.get(AnswerMark, thread.id)
        if not on:
            if mark is not None and mark.post_id == post.id:
                session.delete(mark)
        else:
            # Her own question she asks as a member, whatever office she holds.
            term = access.term_for(rights, thread) if thread.author_id != rights.member.id else None
            if mark is None:
                mark = AnswerMark(thread_id=thread.id)
                session.add(mark)
            mark.post_id, mark.marked_by_id, mark.at = post.id, rights.member.id, at
            mark.office_id = term.office_id if term else None
            if term is not None:
                tend(thread.forum, at)
        tell_of_change(post)
        return post


def taking(rights: Rights, post: Post) -> Term | Reason:
    """The office by which she can take a post along, or why she cannot."""
    if post.deleted_at is not None or post.hidden_at is not None:
        return Reason.of("reaction_gone")
    if post.author_id == rights.member.id:
        return Reason.of("reaction_own")
    return access.term_for(rights, post.thread) or Reason.of("not_keeper_here")


def take_along(rights: Rights, post_id: int, *, on: bool, sentence: str = "") -> Post:
    """Note that an office used a post, with a sentence on how; again changes the sentence. Its author is told."""
    sentence = text.plain(sentence)
    with transaction() as session:
        post = held_post(post_id)
        access.require(access.on_post(rights, access.KEEP_AREA, post))
        term = taking(rights, post)
        if isinstance(term, Reason):
            raise NotAllowed(term) if term.code == "not_keeper_here" else RuleBroken(term)
        if len(sentence) > LONGEST_SENTENCE:
            raise RuleBroken(Reason.of("sentence_too_long", characters=len(sentence), most=LONGEST_SENTENCE))
        at = clock.now()
        taken = session.get(TakenAlong, (post.id, term.office_id))
        if not on:
            if taken is not None:
                session.delete(taken)
        elif taken is not None:
            taken.sentence = sentence
        else:
            session.add(
                TakenAlong(
                    post_id=post.id,
                    office_id=term.office_id,
                    member_id=rights.member.id,
                    sentence=sentence,
                    at=at,
                )
            )
            hooks.post_taken_along(post_id=post.id, author_id=post.author_id, at=at)
        tend(post.thread.forum, at)
        audit.record(
            "took_post_along" if on else "left_post_behind",
            actor_id=rights.member.id,
            unit_id=post.thread.unit_id,
            subject=("post", post.id),
            at=at,
        )
        tell_of_change(post)
        return post


def readable(rights: Rights, post_id: int) -> Post:
    """A post that may be read, with its thread. Raises NotFound, NotAllowed."""
    post = queries.post_by_id(post_id)
    if post is None or post.deleted_at is not None:
        raise NotFound
    access.require(access.on_thread(rights, Permission.READ, post.thread))
    return post
