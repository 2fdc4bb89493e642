"""Private statements and who has read them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.models import Case
from foundation.columns import UtcDateTime
from foundation.extensions import Base
from members.models import Member


class Statement(Base):
    """What a member has to say about a case, to its case officer and one more.

    `entered_by_id` is the officer who wrote it down for her, None for one she sent herself. Readers are not told
    which: it looks like any other.
    """

    __tablename__ = "statement"
    __table_args__ = (
        CheckConstraint("entered_by_id <> author_id", name="not_for_oneself"),
        CheckConstraint("disowned_at IS NULL OR entered_by_id IS NOT NULL", name="own_not_disowned"),
        Index("ix_statement_case_id_author_id", "case_id", "author_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    body: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    visible_characters: Mapped[int]
    # When it was given: by telephone, say, an hour before it was entered.
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disowned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The author lets it be published without her name; one of those who read it does so.
    may_publish: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The credit it gives now.
    credit_id: Mapped[int | None] = mapped_column(ForeignKey("credit.id"), unique=True)

    case: Mapped[Case] = relationship()
    author: Mapped[Member] = relationship(foreign_keys=[author_id])
    entered_by: Mapped[Member | None] = relationship(foreign_keys=[entered_by_id])


class Reading(Base):
    """That one of the two readers has read a statement."""

    __tablename__ = "statement_reading"

    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), primary_key=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    reader: Mapped[Member] = relationship()
