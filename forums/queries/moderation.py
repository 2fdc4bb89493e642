"""What moderators have done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    exists,
    func,
    select,
)
from sqlalchemy.orm import joinedload

from forums.models import (
    CaseThread,
    Forum,
    ModerationAct,
    ModerationKind,
    Post,
    ThreadGuest,
)
from foundation.extensions import db

LOG_ON_A_PAGE = 50


@dataclass(frozen=True)
class LockInterval:
    """That a thread was closed to new posts in [starts_at, ends_at)."""

    thread_id: int
    starts_at: datetime
    ends_at: datetime


def moderation_log(
    area_id: int, page: int, *, guest_id: int | None = None
) -> tuple[list[ModerationAct], int]:
    """A page of what the moderators of an area did, the latest first, and how many acts there are.

    For a guest, what they did in the threads she is invited to.
    """
    conditions = [Forum.area_id == area_id]
    if guest_id is not None:
        conditions.append(
            exists().where(
                ThreadGuest.thread_id == ModerationAct.thread_id, ThreadGuest.member_id == guest_id
            )
        )
    total = db.session.scalar(select(func.count()).select_from(ModerationAct).join(Forum).where(*conditions))
    page = min(page, -(-(total or 0) // LOG_ON_A_PAGE) or 1)
    acts = db.session.scalars(
        select(ModerationAct)
        .join(Forum, Forum.id == ModerationAct.forum_id)
        .options(
            joinedload(ModerationAct.office),
            joinedload(ModerationAct.thread),
            joinedload(ModerationAct.moderator),
        )
        .where(*conditions)
        .order_by(ModerationAct.id.desc())
        .limit(LOG_ON_A_PAGE)
        .offset((page - 1) * LOG_ON_A_PAGE)
    )
    return list(acts), total or 0


def sentences_to(author_id: int, post_ids: Iterable[int]) -> dict[int, str]:
    """Post id to the sentence its author received when it was last hidden, for posts of this author."""
    rows = db.session.execute(
        select(ModerationAct.post_id, ModerationAct.sentence)
        .join(Post, Post.id == ModerationAct.post_id)
        .where(
            ModerationAct.post_id.in_(list(post_ids)),
            ModerationAct.kind == ModerationKind.HIDE,
            Post.author_id == author_id,
        )
        .order_by(ModerationAct.id)
    )
    return {post_id: sentence for post_id, sentence in rows if post_id is not None}


def last_lock_ended(thread_id: int, at: datetime) -> datetime | None:
    """When the last lock of a thread ended, or will: by itself, or because it was opened before."""
    acts = db.session.scalars(
        select(ModerationAct)
        .where(
            ModerationAct.thread_id == thread_id,
            ModerationAct.kind.in_([ModerationKind.LOCK, ModerationKind.UNLOCK]),
        )
        .order_by(ModerationAct.id.desc())
        .limit(2)
    ).all()
    if not acts:
        return None
    last = acts[0]
    return min(last.at, at) if last.kind is ModerationKind.UNLOCK else last.until


def has_argued(member_id: int, thread_id: int) -> bool:
    """Whether a member has written in a thread as herself, and what she wrote stands."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Post.author_id == member_id,
                    Post.thread_id == thread_id,
                    Post.office_id.is_(None),
                    Post.deleted_at.is_(None),
                )
            )
        )
    )


def merged_at(case_id: int) -> dict[int, datetime]:
    """When threads of a case were merged into others: from then on each is a signpost, where nobody writes."""
    rows = db.session.execute(
        select(ModerationAct.thread_id, func.min(ModerationAct.at).label("at"))
        .join(CaseThread, CaseThread.thread_id == ModerationAct.thread_id)
        .where(CaseThread.case_id == case_id, ModerationAct.kind == ModerationKind.MERGE)
        .group_by(ModerationAct.thread_id)
    )
    return {row.thread_id: row.at for row in rows}


def lock_intervals(case_id: int) -> list[LockInterval]:
    """When threads of a case were closed to new posts, as far as decided; PARTICIPATION.md section 6."""
    acts = db.session.scalars(
        select(ModerationAct)
        .join(CaseThread, CaseThread.thread_id == ModerationAct.thread_id)
        .where(
            CaseThread.case_id == case_id,
            ModerationAct.kind.in_([ModerationKind.LOCK, ModerationKind.UNLOCK]),
        )
        .order_by(ModerationAct.thread_id, ModerationAct.id)
    )
    found: list[LockInterval] = []
    for act in acts:
        if act.kind is ModerationKind.LOCK and act.until is not None:
            found.append(LockInterval(act.thread_id, act.at, act.until))
        elif found and found[-1].thread_id == act.thread_id and act.at < found[-1].ends_at:
            found[-1] = LockInterval(act.thread_id, found[-1].starts_at, act.at)
    return found
