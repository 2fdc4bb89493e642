"""Ballots and what a voter relies on, the roll, the box, and what came of it.

Roll, box and receipts share no key, no time and no order (SECRECY.md, level `secret`): a row of `sealed_paper`
or `receipt` has a random key and nothing else that could be laid beside a row of `roll_entry`.
"""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ballot.rules.lifecycle import Force, Level, State
from ballot.rules.majority import Base as MajorityBase
from ballot.rules.majority import Over, TieRule
from ballot.rules.participation import RuleState, Setting, Shortfall
from forums.models import Case
from foundation.columns import NAME, UtcDateTime, words
from foundation.extensions import Base
from members.models import Member, Unit
from members.rules.classes import MembershipClass, Subject


class Method(enum.StrEnum):
    """How papers are marked and counted."""

    MOTION = "motion"
    CHOICE = "choice"
    APPROVAL = "approval"
    SCORE = "score"
    BLOCK = "block"
    IRV = "irv"
    SCHULZE = "schulze"
    RANKED_PAIRS = "ranked-pairs"
    SCOTTISH_STV = "scottish-stv"
    MEEK_STV = "meek-stv"
    UIO_STV = "uio-stv"


class Consent(enum.StrEnum):
    """Whether a candidate wants to stand: asked and answered in person, or on paper (for who is no member)."""

    NOT_ASKED = "not_asked"
    ASKED = "asked"
    GIVEN = "given"
    DECLINED = "declined"
    WRITTEN = "written"


class Side(enum.StrEnum):
    """On which side an argument stands."""

    FOR = "for"
    AGAINST = "against"


class EventKind(enum.StrEnum):
    """What can happen to a ballot; one page of words."""

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    SENT_BACK = "sent_back"
    WITHDRAWN = "withdrawn"
    NOTIFIED = "notified"
    FROZEN = "frozen"
    OPENED = "opened"
    CLOSED = "closed"
    COUNTED = "counted"
    CERTIFIED = "certified"
    FINAL = "final"
    CANCEL_PROPOSED = "cancel_proposed"
    CANCELLED = "cancelled"
    ANNULLED = "annulled"
    ANSWERED = "answered"
    CHANGE_PROPOSED = "change_proposed"
    RULE_CHANGED = "rule_changed"
    REFUSED_CHANGE = "refused_change"
    BOX_RELEASED = "box_released"
    COUNT_APPROVED = "count_approved"
    INCIDENT_RAISED = "incident_raised"
    SETTLEMENT_PROPOSED = "settlement_proposed"
    INCIDENT_SETTLED = "incident_settled"
    ANNUL_PROPOSED = "annul_proposed"
    ANNUL_DECLINED = "annul_declined"
    SUSPENSION_PROPOSED = "suspension_proposed"
    RULE_SUSPENDED = "rule_suspended"
    RULE_LAPSED = "rule_lapsed"
    OUTAGE_PROPOSED = "outage_proposed"
    OUTAGE_RECORDED = "outage_recorded"
    DATES_MOVED = "dates_moved"
    ROLL_APPENDED = "roll_appended"
    LOT_ENTERED = "lot_entered"
    LOT_CONFIRMED = "lot_confirmed"
    LOT_DECLINED = "lot_declined"
    CORRECTION_PROPOSED = "correction_proposed"
    CORRECTION_DECLINED = "correction_declined"
    RECORD_CORRECTED = "record_corrected"


class AppendixKind(enum.StrEnum):
    """Why a roll was changed after the freeze (PARTICIPATION section 9); nothing else changes it."""

    APPEAL_GRANTED = "appeal_granted"
    APPEAL_REVERSED = "appeal_reversed"
    RESIGNATION = "resignation"
    DEATH = "death"
    EXPULSION = "expulsion"
    LATE_CONTRIBUTION = "late_contribution"
    SUSPENSION = "suspension"
    MERGED = "merged"


class Ballot(Base):
    """A member ballot. From the notice on, everything a voter relies on stands still under a fingerprint."""

    __tablename__ = "ballot"
    __table_args__ = (
        CheckConstraint("approver_id IS NULL OR approver_id <> drafter_id", name="four_eyes"),
        CheckConstraint(
            "closes_at IS NULL OR opens_at IS NULL OR closes_at > opens_at", name="closes_after_opening"
        ),
        CheckConstraint("minimum_contributions BETWEEN 1 AND 3", name="minimum_contributions"),
        CheckConstraint(
            "majority_numerator > 0 AND majority_numerator <= majority_denominator", name="majority"
        ),
        CheckConstraint(
            "force <> 'binding' OR state IN ('draft', 'submitted', 'withdrawn')",
            name="binding_not_yet_published",
        ),
        CheckConstraint("seats > 0 AND deputies >= 0", name="places"),
        Index("ix_ballot_state_closes_at", "state", "closes_at"),
        Index("ix_ballot_unit_id_state", "unit_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    state: Mapped[State] = mapped_column(words(State, "state"), default=State.DRAFT)

    question: Mapped[str] = mapped_column(String(300))
    about: Mapped[str] = mapped_column(Text)
    method: Mapped[Method] = mapped_column(words(Method, "method"), default=Method.MOTION)
    level: Mapped[Level] = mapped_column(words(Level, "level"), default=Level.SECRET)
    force: Mapped[Force] = mapped_column(words(Force, "force"), default=Force.ADVISORY)
    bylaw_reference: Mapped[str] = mapped_column(NAME, default="")
    subject: Mapped[Subject] = mapped_column(words(Subject, "subject"), default=Subject.CASE)

    drafter_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    responsible_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    respond_by: Mapped[date | None] = mapped_column(Date)
    sent_back_reason: Mapped[str] = mapped_column(String(500), default="")
    end_reason: Mapped[str] = mapped_column(String(1000), default="")

    drafted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    notified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cutoff_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    window_opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    roll_freezes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    objections_end_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    # NULL: most votes suffice, for a choice among several; a motion always has a fraction.
    # No default: the ORM would put it in the place of a NULL.
    majority_numerator: Mapped[int | None]
    majority_denominator: Mapped[int] = mapped_column(default=2)
    majority_over: Mapped[Over] = mapped_column(words(Over, "majority_over"), default=Over.MORE_THAN)
    majority_base: Mapped[MajorityBase] = mapped_column(
        words(MajorityBase, "majority_base"), default=MajorityBase.VALID_EXCLUDING_BLANK
    )
    # The smallest share of the entitled that must vote, as a fraction; 0/1 asks nothing.
    quorum_numerator: Mapped[int] = mapped_column(default=0)
    quorum_denominator: Mapped[int] = mapped_column(default=1)
    tie_rule: Mapped[TieRule] = mapped_column(words(TieRule, "tie_rule"), default=TieRule.NOT_ADOPTED)

    # How many are elected, how many deputies in order after them, and the most marks on a paper (NULL: the seats
    # in a block vote, any number in an approval).
    seats: Mapped[int] = mapped_column(default=1)
    deputies: Mapped[int] = mapped_column(default=0)
    max_marks: Mapped[int | None]
    # Who must be among the elected, as JSON in the form of `grasrot count --quota` but for the groups, which are
    # those the candidates have given themselves; empty without a quota.
    quota: Mapped[str] = mapped_column(Text, default="")
    # Each voter's paper has the options in an order of its own; the notice keeps them as they were set.
    shuffled: Mapped[bool] = mapped_column(default=False)

    participation: Mapped[Setting] = mapped_column(words(Setting, "participation"), default=Setting.NONE)
    minimum_contributions: Mapped[int] = mapped_column(default=1)
    shortfall: Mapped[Shortfall] = mapped_column(words(Shortfall, "shortfall"), default=Shortfall.LAPSE)
    # The kinds of contribution that count, as words with a space between; empty: all of them.
    contribution_kinds: Mapped[str] = mapped_column(String(100), default="", server_default="")
    # Members have demanded the ballot: then it cannot be cancelled because few have taken part.
    demanded_by_members: Mapped[bool] = mapped_column(default=False, server_default=false())
    rule_state: Mapped[RuleState] = mapped_column(
        words(RuleState, "rule_state"), default=RuleState.IN_FORCE, server_default=RuleState.IN_FORCE.value
    )
    # When a lock on a thread of the case ends, and the dates are to be looked at again; NULL where none has moved them.
    dates_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    minimum_age: Mapped[int | None]
    dues_grace_days: Mapped[int | None]

    notice: Mapped[str] = mapped_column(Text, default="")
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("ballot.id"))

    # When the next undecided appeal is decided for the vote; NULL while none waits. Kept beside the ballot's
    # other times, so that no page asks the database whether an appeal is due.
    appeals_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When the last appeal was decided: what it held back is due from then on.
    appeals_cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    unit: Mapped[Unit] = relationship()
    case: Mapped[Case | None] = relationship()
    drafter: Mapped[Member] = relationship(foreign_keys=[drafter_id])
    approver: Mapped[Member | None] = relationship(foreign_keys=[approver_id])
    responsible: Mapped[Member] = relationship(foreign_keys=[responsible_id])
    options: Mapped[list[BallotOption]] = relationship(
        order_by="BallotOption.position", cascade="all, delete-orphan"
    )
    arguments: Mapped[list[BallotArgument]] = relationship(
        order_by="BallotArgument.position", cascade="all, delete-orphan"
    )
    sources: Mapped[list[BallotSource]] = relationship(
        order_by="BallotSource.position", cascade="all, delete-orphan"
    )
    units: Mapped[list[BallotUnit]] = relationship(cascade="all, delete-orphan")
    classes: Mapped[list[BallotClass]] = relationship(cascade="all, delete-orphan")
    tellers: Mapped[list[BallotTeller]] = relationship(cascade="all, delete-orphan")


class BallotOption(Base):
    """One thing that can be voted for. In a motion: Ja and Nei; blank is always possible and is no row."""

    __tablename__ = "ballot_option"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    label: Mapped[str] = mapped_column(NAME)
    explanation: Mapped[str] = mapped_column(String(500), default="")
    # A candidate: the member she is (NULL for who is none), what she says of herself, the quota's group she has
    # given herself (empty: none), and that she wants to stand.
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    portrait: Mapped[str] = mapped_column(Text, default="")
    gender_group: Mapped[str] = mapped_column(String(20), default="")
    consent: Mapped[Consent] = mapped_column(words(Consent, "consent"), default=Consent.NOT_ASKED)
    consent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The day a written consent is dated, and who has it.
    consent_on: Mapped[date | None] = mapped_column(Date)
    consent_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class BallotArgument(Base):
    """An argument for or against, shown side by side before the options."""

    __tablename__ = "ballot_argument"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    side: Mapped[Side] = mapped_column(words(Side, "side"))
    text: Mapped[str] = mapped_column(String(1000))


class BallotSource(Base):
    """A source of knowledge about the case; `url` may be empty when the title says it all."""

    __tablename__ = "ballot_source"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(NAME)
    url: Mapped[str] = mapped_column(String(500), default="")


class BallotUnit(Base):
    """A unit whose members, with those of the units below it, the ballot is for."""

    __tablename__ = "ballot_unit"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True, index=True)

    unit: Mapped[Unit] = relationship()


class BallotClass(Base):
    """A membership class the ballot is for."""

    __tablename__ = "ballot_class"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    membership_class: Mapped[MembershipClass] = mapped_column(
        words(MembershipClass, "membership_class"), primary_key=True
    )


class BallotTeller(Base):
    """A teller named for the ballot; the duty stays with the person until the record is signed."""

    __tablename__ = "ballot_teller"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)

    member: Mapped[Member] = relationship()


class BallotEvent(Base):
    """What happened to a ballot, dated when it was due; each event chained to the one before."""

    __tablename__ = "ballot_event"
    __table_args__ = (UniqueConstraint("ballot_id", "once"),)

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[EventKind] = mapped_column(words(EventKind, "kind"))
    # Names a transition that can happen once (UNIQUE: two requests never both record it); NULL for the others.
    once: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    payload: Mapped[str] = mapped_column(Text)
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class Roll(Base):
    """The electoral roll of a ballot as it was made at the freeze, with the hash that was published."""

    __tablename__ = "roll"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    lines: Mapped[int]
    otherwise_entitled: Mapped[int]
    qualified: Mapped[int | None]
    entitled: Mapped[int]
    lapsed: Mapped[bool] = mapped_column(default=False)
    # What the hourly tick has made public while voting runs, rounded down; never read live from the marks.
    turnout_shown: Mapped[int | None]
    turnout_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Whether roll, box and receipts have been rewritten since closing (SECRECY.md); the timer tries until so.
    rewritten: Mapped[bool] = mapped_column(default=False)
    # `sha256` is that of the roll as it was frozen; lines and counts follow the appendices.
    # When names and credits were reduced to counts, and the counts as canonical JSON (PARTICIPATION section 13).
    reduced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counts: Mapped[str | None] = mapped_column(Text)


class RollEntry(Base):
    """One line of a roll. `voted` is the mark in the roll; it has no time, and `roll_no` is random."""

    __tablename__ = "roll_entry"
    __table_args__ = (
        UniqueConstraint("ballot_id", "member_id"),
        CheckConstraint("entitled OR NOT voted", name="only_entitled_vote"),
        Index("ix_roll_entry_member_id", "member_id"),
    )

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    roll_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    membership_class: Mapped[MembershipClass] = mapped_column(words(MembershipClass, "membership_class"))
    entitled: Mapped[bool]
    otherwise_entitled: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(40), default="")
    basis: Mapped[str] = mapped_column(String(20), default="")
    credit_id: Mapped[int | None]
    voted: Mapped[bool] = mapped_column(default=False)


class RollAppendix(Base):
    """A change of a roll after its freeze: numbered, with actor, reason and a hash that takes in the one before.

    `lines` and the counts are those of the roll with this appendix. Never changed, and outlives the names.
    """

    __tablename__ = "roll_appendix"
    __table_args__ = (
        CheckConstraint("number >= 1", name="numbered_from_one"),
        # Two appendices never follow the same roll.
        UniqueConstraint("ballot_id", "previous"),
    )

    ballot_id: Mapped[int] = mapped_column(ForeignKey("roll.ballot_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[AppendixKind] = mapped_column(words(AppendixKind, "kind"))
    # The office that acted and its unit («appeals_group FV»), or «system» or «register»: never a person.
    actor: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(1000))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    lines: Mapped[int]
    otherwise_entitled: Mapped[int]
    entitled: Mapped[int]
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))


class RollAppendixLine(Base):
    """One line that an appendix put in the place of another, or added; goes when the roll is reduced to counts.

    `was` is the line before as its roll had it, empty for a line that is new.
    """

    __tablename__ = "roll_appendix_line"
    __table_args__ = (
        ForeignKeyConstraint(["ballot_id", "number"], ["roll_appendix.ballot_id", "roll_appendix.number"]),
        ForeignKeyConstraint(["ballot_id", "roll_no"], ["roll_entry.ballot_id", "roll_entry.roll_no"]),
    )

    ballot_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    roll_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    was: Mapped[str] = mapped_column(String(400))
    now: Mapped[str] = mapped_column(String(400))


class RollNumber(Base):
    """The member number that a roll was made with, where its member has none or another one since.

    Written when she is erased, or when two entries of the register are made one; goes with the roll's names.
    """

    __tablename__ = "roll_number"
    __table_args__ = (
        ForeignKeyConstraint(["ballot_id", "roll_no"], ["roll_entry.ballot_id", "roll_entry.roll_no"]),
    )

    ballot_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    roll_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member_no: Mapped[str] = mapped_column(String(40))


class BallotKey(Base):
    """The key pair papers are sealed to; the private half is wrapped and goes when the papers are opened."""

    __tablename__ = "ballot_key"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    wrapped_private_key: Mapped[bytes | None] = mapped_column(LargeBinary(200))


class SealedPaper(Base):
    """The box while voting runs: a random key and a sealed paper of fixed length. Nothing else, ever."""

    __tablename__ = "sealed_paper"
    __table_args__ = ({"sqlite_with_rowid": False},)

    ballot_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    paper_key: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary(400))


class Receipt(Base):
    """The receipt codes of a ballot; no code refers to a mark or to a paper."""

    __tablename__ = "receipt"
    __table_args__ = ({"sqlite_with_rowid": False},)

    ballot_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(12), primary_key=True)


class OpenPaper(Base):
    """The opened papers in shuffled order; a recount uses these."""

    __tablename__ = "open_paper"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    choices: Mapped[str] = mapped_column(String(400))


class Result(Base):
    """What the count gave: numbers, outcome and reconciliation, as canonical JSON."""

    __tablename__ = "result"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    papers: Mapped[int]
    blank: Mapped[int]
    marked: Mapped[int]
    # Marks, papers and receipts are equally many and every paper could be opened.
    adds_up: Mapped[bool]
    papers_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    numbers: Mapped[str] = mapped_column(Text)
    # The whole count with its event log, as canonical JSON; read it with `results.count_of`.
    count: Mapped[str] = mapped_column(Text, default="")


class RecordVersion(Base):
    """A version of the record: a correction is a new one, never an overwrite."""

    __tablename__ = "record_version"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    facts: Mapped[str] = mapped_column(Text)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))


class Answer(Base):
    """«Hva skjedde videre?»: how the deciding body voted and how the advice was used; one per ballot."""

    __tablename__ = "answer"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    body_vote: Mapped[str] = mapped_column(Text)
    advice_used: Mapped[str] = mapped_column(Text)

    author: Mapped[Member] = relationship()
