"""Units, members and what the register has said of them, offices and their terms, sessions."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foundation.columns import CODE, NAME, UtcDateTime, words
from foundation.extensions import Base
from members.rules.classes import MembershipClass, Status, Subject
from members.rules.permissions import OfficeKind


class BylawTopic(enum.StrEnum):
    """What a unit can have decided about itself; what is not recorded does not hold."""

    BINDING_BALLOTS = "binding_ballots"
    DUES_GRACE_DAYS = "dues_grace_days"
    MINIMUM_AGE = "minimum_age"
    PARTICIPATION_ADVISORY = "participation_advisory"
    PARTICIPATION_BINDING = "participation_binding"
    WAITING_PERIOD_DAYS = "waiting_period_days"


class Decider(enum.StrEnum):
    """Who can have decided a bylaw (PARTICIPATION section 1: never the board itself)."""

    ANNUAL_MEETING = "annual_meeting"
    BYLAWS = "bylaws"
    MEMBERS_MEETING = "members_meeting"


class Unit(Base):
    """An organisational unit in the tree; `path` names its line from the top ("/1/4/")."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(CODE, unique=True)
    name: Mapped[str] = mapped_column(NAME)
    kind: Mapped[str] = mapped_column(CODE)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    path: Mapped[str] = mapped_column(String(400), unique=True)


class PolicyArea(Base):
    """A policy area, or a committee's field, for which offices are held."""

    __tablename__ = "policy_area"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(CODE, unique=True)
    name: Mapped[str] = mapped_column(NAME)
    description: Mapped[str] = mapped_column(Text, default="")
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    is_committee: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)

    unit: Mapped[Unit] = relationship()


class Bylaw(Base):
    """One thing a unit has decided about itself, with who decided it and where it stands."""

    __tablename__ = "bylaw"
    __table_args__ = (Index("ix_bylaw_unit_id_topic", "unit_id", "topic", "recorded_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    topic: Mapped[BylawTopic] = mapped_column(words(BylawTopic, "topic"))
    value: Mapped[int | None]
    decided_by: Mapped[Decider] = mapped_column(words(Decider, "decided_by"))
    reference: Mapped[str] = mapped_column(NAME)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class VotingRight(Base):
    """That a membership class may vote on a subject in a unit and those below it; no row, no vote."""

    __tablename__ = "voting_right"

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    membership_class: Mapped[MembershipClass] = mapped_column(
        words(MembershipClass, "membership_class"), primary_key=True
    )
    subject: Mapped[Subject] = mapped_column(words(Subject, "subject"), primary_key=True)


class Member(Base):
    """A person of the register. What the register says of her over time is in Standing and Dues."""

    __tablename__ = "member"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_no: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(NAME)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    locale: Mapped[str] = mapped_column(String(8), default="nb")
    gender: Mapped[str | None] = mapped_column(String(20))
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def initials(self) -> str:
        names = self.name.split()
        return (names[0][:1] + names[-1][:1]).upper() if len(names) > 1 else self.name[:2].upper()


class Standing(Base):
    """What the register said of a member from one moment on: a new row each time, none ever overwritten.

    The row with the greatest (recorded_at, id) before a moment is how things stood at that moment.
    `joined_at` is entry into the organisation: moving between units keeps it.
    """

    __tablename__ = "standing"
    __table_args__ = (
        Index("ix_standing_member_id_recorded_at", "member_id", "recorded_at"),
        Index("ix_standing_unit_id_recorded_at", "unit_id", "recorded_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    membership_class: Mapped[MembershipClass] = mapped_column(words(MembershipClass, "membership_class"))
    status: Mapped[Status] = mapped_column(words(Status, "status"))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    born_year: Mapped[int | None]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    unit: Mapped[Unit] = relationship()


class Dues(Base):
    """A payment of dues: counted from the day it was paid, known from the moment it was recorded."""

    __tablename__ = "dues"
    __table_args__ = (Index("ix_dues_member_id_recorded_at", "member_id", "recorded_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    paid_on: Mapped[date] = mapped_column(Date)
    paid_until: Mapped[date] = mapped_column(Date)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Office(Base):
    """An office in a unit, for an area where it is one; held by members for terms."""

    __tablename__ = "office"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[OfficeKind] = mapped_column(words(OfficeKind, "kind"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("policy_area.id"), index=True)
    title: Mapped[str] = mapped_column(NAME)
    body: Mapped[str] = mapped_column(NAME, default="")

    unit: Mapped[Unit] = relationship()
    area: Mapped[PolicyArea | None] = relationship()


class Term(Base):
    """That a member holds an office in [starts_at, ends_at), herself or as deputy."""

    __tablename__ = "term"
    __table_args__ = (
        CheckConstraint("ends_at >= starts_at", name="ends_after_start"),
        Index("ix_term_member_id", "member_id", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    is_deputy: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)

    office: Mapped[Office] = relationship()
    member: Mapped[Member] = relationship()


class SignInLink(Base):
    """A link sent by mail: valid once and for twenty minutes. Only its hash is kept.

    `member_id` is None for an address that nobody has: the same row is written, so that time tells nothing.
    """

    __tablename__ = "sign_in_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    target: Mapped[str] = mapped_column(String(500), default="/")
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PrintedCode(Base):
    """A one-time code on paper for a member without e-mail: asked for by one officer, issued by another."""

    __tablename__ = "printed_code"
    __table_args__ = (
        CheckConstraint("issued_by_id <> asked_by_id", name="two_officers"),
        CheckConstraint("asked_by_id <> member_id AND issued_by_id <> member_id", name="not_for_oneself"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    member: Mapped[Member] = relationship(foreign_keys=[member_id])
    asked_by: Mapped[Member] = relationship(foreign_keys=[asked_by_id])


class RegisterFile(Base):
    """A register that an administrator has sent in and not yet confirmed; gone when confirmed, or after a day."""

    __tablename__ = "register_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(NAME)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MemberSession(Base):
    """One signed-in browser; ending the row ends the session, wherever the cookie is."""

    __tablename__ = "member_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    device: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_on: Mapped[date] = mapped_column(Date)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    member: Mapped[Member] = relationship()


class Farewell(enum.StrEnum):
    """Why an entry of the register is no person of its own any more."""

    ERASED = "erased"
    MERGED = "merged"


class Tombstone(Base):
    """An entry that only keeps totals: its person was erased, or is the same as another entry's.

    `into_id` is the entry that stands for the person after a merge.
    """

    __tablename__ = "tombstone"
    __table_args__ = (
        CheckConstraint("(kind = 'merged') = (into_id IS NOT NULL)", name="merged_into_somebody"),
        CheckConstraint("into_id IS NULL OR into_id <> member_id", name="not_into_itself"),
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, autoincrement=False)
    kind: Mapped[Farewell] = mapped_column(words(Farewell, "kind"))
    into_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
