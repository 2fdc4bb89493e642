"""Texts under way, read for their author alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Delete, Row, delete, func, select

from forums.drafts.models import Draft, HeldText
from forums.drafts.rules import DRAFTS_ON_A_PAGE
from forums.models import Case, Post, Thread, ThreadGuest
from foundation.extensions import db
from members.models import PolicyArea

_Key = TypeVar("_Key", int, str)


def draft_at(member_id: int, place: str, *, locked: bool = False) -> Draft | None:
    """A member's text at a place; `locked` holds it until the commit."""
    statement = select(Draft).where(Draft.member_id == member_id, Draft.place == place)
    return db.session.scalar(statement.with_for_update() if locked else statement)


def draft_by_id(member_id: int, draft_id: int) -> Draft | None:
    """A text of this member."""
    return db.session.scalar(select(Draft).where(Draft.id == draft_id, Draft.member_id == member_id))


def how_many(member_id: int) -> int:
    """How many texts a member has under way."""
    return db.session.scalar(select(func.count()).select_from(Draft).where(Draft.member_id == member_id)) or 0


def drafts_of(member_id: int, page: int) -> list[Draft]:
    """A page of a member's texts under way, the latest first."""
    return list(
        db.session.scalars(
            select(Draft)
            .where(Draft.member_id == member_id)
            .order_by(Draft.saved_at.desc(), Draft.id.desc())
            .limit(DRAFTS_ON_A_PAGE)
            .offset((page - 1) * DRAFTS_ON_A_PAGE)
        )
    )


def held_for(key_hash: bytes, member_id: int) -> list[HeldText]:
    """What a browser sent for this member while she was not signed in, the oldest first."""
    return list(
        db.session.scalars(
            select(HeldText)
            .where(HeldText.key_hash == key_hash, HeldText.member_id == member_id)
            .order_by(HeldText.at, HeldText.id)
        )
    )


def held_at(key_hash: bytes, member_id: int, place: str) -> HeldText | None:
    """What a browser sent for this member from one place."""
    return db.session.scalar(
        select(HeldText).where(
            HeldText.key_hash == key_hash, HeldText.member_id == member_id, HeldText.place == place
        )
    )


def untouched_since(at: datetime) -> Delete:
    """Delete texts that nobody has touched since."""
    return delete(Draft).where(Draft.saved_at <= at)


def held_since(at: datetime) -> Delete:
    """Delete what has waited for its author since."""
    return delete(HeldText).where(HeldText.at <= at)


# What places are called


def _pairs(rows: Iterable[Row[_Key, str]]) -> dict[_Key, str]:
    return {row[0]: row[1] for row in rows}


def thread_titles(ids: Iterable[int]) -> dict[int, str]:
    """Thread to its title."""
    rows = db.session.execute(select(Thread.id, Thread.title).where(Thread.id.in_(list(ids))))
    return _pairs(rows)


def threads_of_own_posts(ids: Iterable[int], author_id: int) -> dict[int, tuple[int, str]]:
    """Post to its thread and the thread's title, for posts of this author that still stand."""
    rows = db.session.execute(
        select(Post.id, Thread.id, Thread.title)
        .join(Thread, Thread.id == Post.thread_id)
        .where(Post.id.in_(list(ids)), Post.author_id == author_id, Post.deleted_at.is_(None))
    )
    return {post_id: (thread_id, title) for post_id, thread_id, title in rows}


def invited_to(ids: Iterable[int], member_id: int) -> set[int]:
    """Those of these threads that a guest is invited to."""
    return set(
        db.session.scalars(
            select(ThreadGuest.thread_id).where(
                ThreadGuest.thread_id.in_(list(ids)), ThreadGuest.member_id == member_id
            )
        )
    )


def area_names(codes: Iterable[str]) -> dict[str, str]:
    """An area's code to its name."""
    rows = db.session.execute(
        select(PolicyArea.code, PolicyArea.name).where(PolicyArea.code.in_(list(codes)))
    )
    return _pairs(rows)


def case_titles(ids: Iterable[int]) -> dict[int, str]:
    """Case to its title."""
    rows = db.session.execute(select(Case.id, Case.title).where(Case.id.in_(list(ids))))
    return _pairs(rows)
