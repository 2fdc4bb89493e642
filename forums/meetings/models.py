"""Meetings about a case, who says she will come, and who was there."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.meetings.rules import NOTICE
from forums.models import Case
from foundation.columns import NAME, UtcDateTime, words
from foundation.extensions import Base
from members.models import Member


class How(enum.StrEnum):
    """How somebody was at a meeting: all alike for the vote (PARTICIPATION section 4)."""

    CODE = "code"
    IN_PERSON = "in_person"
    VIDEO = "video"
    TELEPHONE = "telephone"


class Meeting(Base):
    """A meeting about a case, open to everybody it concerns, as it was announced to them."""

    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("starts_at > announced_at", name="announced_before"),
        CheckConstraint("place <> '' OR video_url <> ''", name="somewhere"),
        Index("ix_meeting_case_id_starts_at", "case_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    title: Mapped[str] = mapped_column(NAME)
    place: Mapped[str] = mapped_column(NAME, default="")
    video_url: Mapped[str] = mapped_column(String(500), default="")
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    announced_at: Mapped[datetime] = mapped_column(UtcDateTime)
    announced_by_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    # How many got the letter, and how many have no address and must hear of it in another way.
    letters: Mapped[int] = mapped_column(default=0)
    without_address: Mapped[int] = mapped_column(default=0)
    # From this the rotating codes are made; it never leaves the server.
    secret: Mapped[bytes] = mapped_column(LargeBinary(32))
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_reason: Mapped[str] = mapped_column(String(300), default="")

    case: Mapped[Case] = relationship()
    announced_by: Mapped[Member] = relationship()

    @property
    def counts(self) -> bool:
        """Whether being there counts as taking part: announced to all it concerns at least 72 hours before."""
        return self.cancelled_at is None and self.starts_at - self.announced_at >= NOTICE


class Rsvp(Base):
    """That somebody says she will come. It gives nothing."""

    __tablename__ = "meeting_rsvp"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CheckIn(Base):
    """That a member was at a meeting, by the code or by the secretary's list; a list can be corrected."""

    __tablename__ = "check_in"
    __table_args__ = (
        UniqueConstraint("meeting_id", "member_id"),
        CheckConstraint("entered_by_id <> member_id", name="not_for_oneself"),
        # By the code a member has checked herself in; nobody takes that back for her.
        CheckConstraint("(entered_by_id IS NULL) = (how = 'code')", name="code_or_list"),
        CheckConstraint("corrected_at IS NULL OR entered_by_id IS NOT NULL", name="only_lists_corrected"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    how: Mapped[How] = mapped_column(words(How, "how"))
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    credit_id: Mapped[int | None] = mapped_column(ForeignKey("credit.id"), unique=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    corrected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    meeting: Mapped[Meeting] = relationship()
    member: Mapped[Member] = relationship(foreign_keys=[member_id])
