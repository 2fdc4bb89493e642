"""Reactions, mentions, answers, what a representative took along, and who has been reminded of what."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.models import Post, Thread
from foundation.columns import NAME, UtcDateTime, words
from foundation.extensions import Base
from members.models import Member, Office


class ReactionKind(enum.StrEnum):
    """What a reader can say of a post with one press; none of it is taking part (PARTICIPATION section 4)."""

    USEFUL = "useful"
    SUPPORT = "support"
    RETHOUGHT = "rethought"


class ReminderKind(enum.StrEnum):
    """What those who keep an area are reminded of, once each."""

    FIRST_POST = "first_post"
    QUESTION_DEPUTY = "question_deputy"
    QUESTION_KEEPER = "question_keeper"


class Reaction(Base):
    """That a member said one of these of a post, of the version she had before her; one row per member and kind.

    Only numbers are ever shown: who supports a proposal is a political opinion.
    """

    __tablename__ = "reaction"
    __table_args__ = (
        CheckConstraint("post_version >= 1", name="of_a_version"),
        Index("ix_reaction_member_id", "member_id", "post_id"),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    kind: Mapped[ReactionKind] = mapped_column(words(ReactionKind, "kind"), primary_key=True)
    post_version: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Mention(Base):
    """That a post mentions a member, by the name that stands in its text; kept when an edit takes the name away.

    A name that comes back with a later edit is shown again and told to nobody twice.
    """

    __tablename__ = "mention"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)
    name: Mapped[str] = mapped_column(NAME)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AnswerMark(Base):
    """Which post answers a question; `office_id` where it was marked by somebody who keeps the area, as such."""

    __tablename__ = "answer_mark"

    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), index=True)
    marked_by_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    post: Mapped[Post] = relationship()
    thread: Mapped[Thread] = relationship()


class TakenAlong(Base):
    """«Dette tok jeg med meg»: that the holder of an office used a post in her work, and how, in a sentence."""

    __tablename__ = "taken_along"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    sentence: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    post: Mapped[Post] = relationship()
    office: Mapped[Office] = relationship()
    member: Mapped[Member] = relationship()


class Reminder(Base):
    """That somebody who keeps an area was reminded of a thread or post that waits for an answer."""

    __tablename__ = "debate_reminder"
    __table_args__ = (Index("ix_debate_reminder_member_id", "member_id", "at"),)

    kind: Mapped[ReminderKind] = mapped_column(words(ReminderKind, "kind"), primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
