"""What members follow, what they are told on their pages, and the letters that have gathered it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from forums.notices.rules import Gather, Level, NoticeKind
from foundation.columns import UtcDateTime, words
from foundation.extensions import Base


class Following(Base):
    """How much a member wants to hear of one area or one thread; without a row, what she chose for all holds."""

    __tablename__ = "following"
    __table_args__ = (
        UniqueConstraint("member_id", "area_id"),
        UniqueConstraint("member_id", "thread_id"),
        CheckConstraint("(area_id IS NULL) <> (thread_id IS NULL)", name="one_place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    area_id: Mapped[int | None] = mapped_column(ForeignKey("policy_area.id"), index=True)
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("thread.id"), index=True)
    level: Mapped[Level] = mapped_column(words(Level, "level"))
    chosen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NoticeChoice(Base):
    """What a member has chosen for all areas that she has not chosen for one by one, and whether mail is sent."""

    __tablename__ = "notice_choice"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    level: Mapped[Level] = mapped_column(words(Level, "level"))
    # The morning's letter, and the letters about ballots beyond those that the rules ask for.
    by_mail: Mapped[bool]
    ballots_by_mail: Mapped[bool] = mapped_column(default=True, server_default=true())
    in_page: Mapped[bool]
    chosen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Notice(Base):
    """One thing told to a member on her own page; `key` names the occasion, and she hears of it once.

    `facts` hold titles and names as JSON, never what anybody has written. `gather` says in which letter it also
    stands, `mailed_at` when that was written.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("member_id", "key"),
        Index("ix_notice_member_id_id", "member_id", "id"),
        Index("ix_notice_waiting", "mailed_at", "gather", "member_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    key: Mapped[str] = mapped_column(String(120))
    kind: Mapped[NoticeKind] = mapped_column(words(NoticeKind, "kind"))
    path: Mapped[str] = mapped_column(String(300))
    facts: Mapped[str] = mapped_column(Text)
    shown: Mapped[bool]
    gather: Mapped[Gather] = mapped_column(words(Gather, "gather"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MorningLetter(Base):
    """That a member's morning has been seen to: at most one letter a day beyond ballots, one digest a week.

    The row is the claim: of two workers the one that writes it writes the letter, in the same transaction.
    """

    __tablename__ = "morning_letter"
    __table_args__ = (UniqueConstraint("member_id", "week"),)

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    on_day: Mapped[date] = mapped_column(Date, primary_key=True)
    week: Mapped[date | None] = mapped_column(Date)


class MorningRound(Base):
    """How far the round of a morning has come, so that nobody goes through all members again."""

    __tablename__ = "morning_round"

    on_day: Mapped[date] = mapped_column(Date, primary_key=True)
    upto: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
