"""That members have asked to have a thread linked to a case, and what was answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.models import Case, Thread
from foundation.columns import UtcDateTime
from foundation.extensions import Base


class LinkRequest(Base):
    """One thread and one case. `reached_at` is when the fifth member asked; from then on 48 hours run."""

    __tablename__ = "link_request"
    __table_args__ = (
        UniqueConstraint("case_id", "thread_id"),
        CheckConstraint("(answered_at IS NULL) = (linked IS NULL)", name="answered"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reached_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    linked: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(String(500), default="")

    case: Mapped[Case] = relationship()
    thread: Mapped[Thread] = relationship()


class LinkRequester(Base):
    """That a member has asked; nobody sees who, only how many."""

    __tablename__ = "link_requester"

    request_id: Mapped[int] = mapped_column(ForeignKey("link_request.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
