"""What waits for a moderator, who said so, what takes a second person, and appeals."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.models import Ground, ModerationAct, Post, Thread
from foundation.columns import UtcDateTime, words
from foundation.extensions import Base
from members.models import Member


class QueueItem(Base):
    """A post that somebody is to look at, until an act answers it; one that is open at a time for each post."""

    __tablename__ = "queue_item"
    __table_args__ = (
        Index(
            "uq_queue_item_open",
            "post_id",
            unique=True,
            sqlite_where=text("act_id IS NULL"),
            postgresql_where=text("act_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Whoever has argued in the thread hands the post over: it leaves her queue.
    handed_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    handed_to_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    act_id: Mapped[int | None] = mapped_column(ForeignKey("moderation_act.id"))

    post: Mapped[Post] = relationship()
    act: Mapped[ModerationAct | None] = relationship()


class Report(Base):
    """That a member has reported a version of a post, and why. Who it was is told to nobody."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("post_id", "reporter_id", "post_version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("queue_item.id"), index=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    post_version: Mapped[int]
    reporter_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    reason: Mapped[Ground] = mapped_column(words(Ground, "reason"))
    sentence: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class LockRequest(Base):
    """That a keeper asks somebody from outside the area for a longer lock, or for one more so soon."""

    __tablename__ = "lock_request"
    __table_args__ = (CheckConstraint("decided_by_id <> asked_by_id", name="two_deciders"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"), index=True)
    ground: Mapped[Ground] = mapped_column(words(Ground, "ground"))
    hours: Mapped[int]
    sentence: Mapped[str] = mapped_column(String(500), default="")
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    granted: Mapped[bool | None]

    thread: Mapped[Thread] = relationship()
    asked_by: Mapped[Member] = relationship(foreign_keys=[asked_by_id])


class Appeal(Base):
    """That an author holds an act against her post to be wrong; two of the control committee decide."""

    __tablename__ = "moderation_appeal"
    __table_args__ = (UniqueConstraint("act_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    act_id: Mapped[int] = mapped_column(ForeignKey("moderation_act.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    sentence: Mapped[str] = mapped_column(String(1000))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    granted: Mapped[bool | None]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    act: Mapped[ModerationAct] = relationship()
    post: Mapped[Post] = relationship()


class CommitteeWord(Base):
    """What one of the control committee holds about an appeal, or about a post that no keeper can judge."""

    __tablename__ = "committee_word"
    __table_args__ = (
        CheckConstraint("(appeal_id IS NULL) <> (item_id IS NULL)", name="one_matter"),
        UniqueConstraint("appeal_id", "member_id"),
        UniqueConstraint("item_id", "member_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey("moderation_appeal.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("queue_item.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    # Yes grants the appeal, or hides the post.
    yes: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
