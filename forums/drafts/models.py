"""Texts under way, and those that wait for their author to sign in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from forums.drafts.rules import LONGEST_PLACE, Fields
from foundation.columns import UtcDateTime
from foundation.extensions import Base


class Draft(Base):
    """What a member has written at a place and not sent.

    `version` grows by one with each change. It begins somewhere at random, so that a text begun anew is never taken
    for the one before it.
    """

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("member_id", "place"),
        CheckConstraint("version > 0", name="version_positive"),
        Index("ix_draft_member_id_saved_at", "member_id", "saved_at"),
        Index("ix_draft_saved_at", "saved_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    place: Mapped[str] = mapped_column(String(LONGEST_PLACE))
    fields: Mapped[Fields] = mapped_column(JSON)
    version: Mapped[int]
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class HeldText(Base):
    """What a browser sent whose session was over.

    Only the member whose page it was, signed in on that browser again, gets it back.
    """

    __tablename__ = "held_text"
    __table_args__ = (UniqueConstraint("key_hash", "member_id", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    place: Mapped[str] = mapped_column(String(LONGEST_PLACE))
    fields: Mapped[Fields] = mapped_column(JSON)
    # The version of the draft it was written from, 0 for none.
    base: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
