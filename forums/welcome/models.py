"""How far the welcome of a new member has come; nothing about what she thinks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from foundation.columns import UtcDateTime
from foundation.extensions import Base


class Welcome(Base):
    """What has been done about a new member: she has closed her first page, somebody has made contact, or she
    has said that nobody needs to. Without a row nothing has."""

    __tablename__ = "welcome"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    declined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    contacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    contacted_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
