"""Appeals against a roll, what each decider has said, and the receipt that goes when it is decided."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ballot.models import Ballot
from ballot.rules.appeals import Decision, Matter
from foundation.columns import UtcDateTime, words
from foundation.extensions import Base
from members.models import Member


class AppealState(enum.StrEnum):
    """Where an appeal stands. `reversed`: nobody decided in time, so it was decided for the vote."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    REVERSED = "reversed"


class MediaType(enum.StrEnum):
    """What a receipt can be."""

    JPEG = "image/jpeg"
    PDF = "application/pdf"
    PNG = "image/png"


class RollAppeal(Base):
    """One member's appeal in one ballot. Its words go when the roll is reduced to counts."""

    __tablename__ = "roll_appeal"
    __table_args__ = (
        Index(
            "uq_roll_appeal_one_open",
            "ballot_id",
            "member_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_roll_appeal_member_id", "member_id"),
        Index("ix_roll_appeal_state_due_at", "state", "due_at"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_once"),
        CheckConstraint("due_at > filed_at", name="due_after_filing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    state: Mapped[AppealState] = mapped_column(words(AppealState, "state"), default=AppealState.OPEN)
    matter: Mapped[Matter] = mapped_column(words(Matter, "matter"))
    # The code on the roll when she appealed.
    reason: Mapped[str] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(Text)
    filed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The first moment at which it is decided for the vote if nobody has decided (half-open).
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What the deciders wrote to the member.
    sentence: Mapped[str] = mapped_column(String(500), default="")
    # Whether the vote came too late to be cast: then the outcome is looked at, see `effect`.
    too_late: Mapped[bool] = mapped_column(default=False)

    ballot: Mapped[Ballot] = relationship()
    member: Mapped[Member] = relationship()


class AppealVote(Base):
    """What one decider has said; the key lets nobody count for two."""

    __tablename__ = "appeal_vote"

    appeal_id: Mapped[int] = mapped_column(ForeignKey("roll_appeal.id"), primary_key=True)
    decider_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)
    decision: Mapped[Decision] = mapped_column(words(Decision, "decision"))
    sentence: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    decider: Mapped[Member] = relationship()


class AppealReceipt(Base):
    """The receipt of an open appeal; the row goes when the appeal is decided."""

    __tablename__ = "appeal_receipt"

    appeal_id: Mapped[int] = mapped_column(ForeignKey("roll_appeal.id"), primary_key=True)
    media_type: Mapped[MediaType] = mapped_column(words(MediaType, "media_type"))
    content: Mapped[bytes] = mapped_column(LargeBinary)
