"""How far the letters of an occasion have come: the occasion and a place in it, and never to whom they went."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from foundation.columns import UtcDateTime, words
from foundation.extensions import Base


class Occasion(enum.StrEnum):
    """What time brings about that members are told of."""

    TAKE_PART = "take_part"
    NOT_ON_ROLL = "not_on_roll"
    CLOSES_SOON = "closes_soon"


class ReminderRun(Base):
    """That an occasion of a ballot is being told, up to which member or line of the roll, and whether it is done."""

    __tablename__ = "reminder_run"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    occasion: Mapped[Occasion] = mapped_column(words(Occasion, "occasion"), primary_key=True)
    # The deadline that the letters name: where it is moved, letters that have not left are taken back.
    about_at: Mapped[datetime] = mapped_column(UtcDateTime)
    upto: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
