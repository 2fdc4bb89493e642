"""Forums, cases, threads, posts, what a moderator did, and the credits that posts give."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foundation.columns import NAME, UtcDateTime, words
from foundation.extensions import Base
from members.models import Member, Office, PolicyArea, Unit


class ThreadKind(enum.StrEnum):
    """What a thread is."""

    CASE = "case"
    IDEA = "idea"
    PROPOSAL = "proposal"
    QUESTION = "question"


class Ground(enum.StrEnum):
    """The grounds on which a moderator may act; none is about opinion."""

    PERSONAL = "personal"
    HARASSMENT = "harassment"
    THREAT = "threat"
    PRIVACY = "privacy"
    ILLEGAL = "illegal"
    SPAM = "spam"
    MOVED = "moved"


class ModerationKind(enum.StrEnum):
    """What a moderator can do."""

    HIDE = "hide"
    RESTORE = "restore"
    LOCK = "lock"
    UNLOCK = "unlock"
    LEAVE = "leave"
    ASK_EDIT = "ask_edit"
    REMOVE = "remove"
    MOVE = "move"
    MOVE_THREAD = "move_thread"
    SPLIT = "split"
    MERGE = "merge"
    PIN = "pin"
    UNPIN = "unpin"
    HAND_OVER = "hand_over"
    APPEAL_GRANTED = "appeal_granted"
    APPEAL_DISMISSED = "appeal_dismissed"


class CreditKind(enum.StrEnum):
    """How a member took part in a case (PARTICIPATION section 4); in the words of ballot.rules.participation.Kind."""

    POST = "post"
    PROPOSAL = "proposal"
    ANSWER = "answer"
    MEETING = "meeting"
    STATEMENT = "statement"
    ASSISTED = "assisted"


class LossGround(enum.StrEnum):
    """The only ways a credit is lost (PARTICIPATION section 7)."""

    DELETED = "deleted"
    SHORTENED = "shortened"
    NOT_A_CONTRIBUTION = "not_a_contribution"
    # The secretary had checked in somebody who was not at the meeting: there was no contribution.
    CORRECTED = "corrected"


class AmendmentKind(enum.StrEnum):
    """What an amendment does to the lines it names."""

    ADDITION = "addition"
    DELETION = "deletion"
    SUBSTITUTION = "substitution"


class Forum(Base):
    """The discussion forum of an area in the unit that owns it; one network, its threads tagged by unit."""

    __tablename__ = "forum"
    __table_args__ = (UniqueConstraint("area_id", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("policy_area.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    tended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    area: Mapped[PolicyArea] = relationship(lazy="joined")
    unit: Mapped[Unit] = relationship(lazy="joined")


class CaseCounter(Base):
    """The last case number given by a body in a year: numbers are never used again."""

    __tablename__ = "case_counter"

    body_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Case(Base):
    """A running case of a public or internal body, which members may influence before it is decided."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("body_code", "year", "serial"),
        CheckConstraint("contributions_before <= decides_at", name="contributions_before_decision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    body_code: Mapped[str] = mapped_column(String(12))
    year: Mapped[int]
    serial: Mapped[int]
    forum_id: Mapped[int] = mapped_column(ForeignKey("forum.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    title: Mapped[str] = mapped_column(NAME)
    summary: Mapped[str] = mapped_column(Text)
    deciding_body: Mapped[str] = mapped_column(NAME)
    decides_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    contributions_before: Mapped[datetime] = mapped_column(UtcDateTime)
    responsible_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # A case that was merged into another leads there, and keeps what it was for those who took part in it.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    merged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    merged_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    merge_reason: Mapped[str] = mapped_column(String(500), default="", server_default="")

    forum: Mapped[Forum] = relationship()
    unit: Mapped[Unit] = relationship()
    responsible: Mapped[Member] = relationship(foreign_keys=[responsible_id])
    papers: Mapped[list[CasePaper]] = relationship(order_by="CasePaper.position")

    @property
    def number(self) -> str:
        return f"{self.body_code}-{self.serial}/{self.year}"


class CasePaper(Base):
    """A case paper (saksframlegg) in Markdown."""

    __tablename__ = "case_paper"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(NAME)
    body: Mapped[str] = mapped_column(Text)


class CaseReader(Base):
    """The one who reads the private statements of a case beside its case officer, where somebody is named."""

    __tablename__ = "case_reader"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    named_by_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    named_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Thread(Base):
    """A conversation in a forum. Its text is its opening post."""

    __tablename__ = "thread"
    __table_args__ = (
        Index("ix_thread_forum_id_last_post_at", "forum_id", "last_post_at"),
        Index("ix_thread_last_post_at", "last_post_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    forum_id: Mapped[int] = mapped_column(ForeignKey("forum.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[ThreadKind] = mapped_column(words(ThreadKind, "kind"))
    title: Mapped[str] = mapped_column(NAME)
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_post_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_post_id: Mapped[int | None]
    post_count: Mapped[int] = mapped_column(default=0)
    # Counts every post and every change of one, so that a live reader can ask for exactly what she has missed.
    changes: Mapped[int] = mapped_column(default=0, server_default="0")
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lock_ground: Mapped[Ground | None] = mapped_column(words(Ground, "lock_ground"))
    pinned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # A thread that was merged into another stays as a signpost: it has no posts, and leads there.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("thread.id"))

    forum: Mapped[Forum] = relationship()
    unit: Mapped[Unit] = relationship()
    author: Mapped[Member] = relationship()

    def is_locked(self, at: datetime) -> bool:
        return (
            self.locked_at is not None
            and self.locked_at <= at
            and (self.locked_until is None or at < self.locked_until)
        )


class CaseThread(Base):
    """That a thread belongs to the debate of a case, from a moment on."""

    __tablename__ = "case_thread"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"), primary_key=True, index=True)
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DiscussionQuestion(Base):
    """A question to the members about a case, one of five at most; its thread is where it is answered."""

    __tablename__ = "discussion_question"
    __table_args__ = (UniqueConstraint("case_id", "position"), UniqueConstraint("thread_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    position: Mapped[int]
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)

    thread: Mapped[Thread] = relationship()


class ThreadGuest(Base):
    """A sympathiser who is invited to read one thread."""

    __tablename__ = "thread_guest"

    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)


class Post(Base):
    """One contribution to a thread, in Markdown; `root_id` is the top-level post it stands under, or itself.

    A thread is read in the order (root_id, id): each top-level post followed by its replies.
    """

    __tablename__ = "post"
    __table_args__ = (
        Index("ix_post_thread_id_root_id_id", "thread_id", "root_id", "id"),
        Index("ix_post_thread_id_change", "thread_id", "change"),
        Index("ix_post_author_id", "author_id", "id"),
        # The areas' page counts the week's posts.
        Index("ix_post_written_at", "written_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    root_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))
    quotes_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    # Set when the author speaks as the holder of an office; such a post is an official act and gives no credit.
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    body: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    visible_characters: Mapped[int] = mapped_column(default=0)
    # Its thread's number (`Thread.changes`) when it last changed.
    change: Mapped[int] = mapped_column(default=0, server_default="0")
    copy_key: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_ground: Mapped[Ground | None] = mapped_column(words(Ground, "hidden_ground"))
    hidden_by_office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    # Removed for conduct: hidden from everybody, and what it said is in RemovedText. Its credits stand.
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    thread: Mapped[Thread] = relationship()
    author: Mapped[Member] = relationship()
    office: Mapped[Office | None] = relationship(foreign_keys=[office_id])
    hidden_by_office: Mapped[Office | None] = relationship(foreign_keys=[hidden_by_office_id])
    quotes: Mapped[Post | None] = relationship(foreign_keys=[quotes_id], remote_side=[id])


class PostVersion(Base):
    """What a post said before an edit; erased with the post when its author deletes it."""

    __tablename__ = "post_version"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RemovedText(Base):
    """What a post said that was removed for conduct, kept for an appeal; gone when its author deletes it."""

    __tablename__ = "removed_text"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    body: Mapped[str] = mapped_column(Text)


class Amendment(Base):
    """That a post proposes a change of numbered lines of a case paper; its reason is in the post."""

    __tablename__ = "amendment"
    __table_args__ = (
        CheckConstraint("first_line >= 1 AND last_line >= first_line", name="lines_in_order"),
        Index("ix_amendment_paper_id", "paper_id", "first_line"),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("case_paper.id"))
    kind: Mapped[AmendmentKind] = mapped_column(words(AmendmentKind, "kind"))
    first_line: Mapped[int]
    last_line: Mapped[int]

    post: Mapped[Post] = relationship()


class Credit(Base):
    """That a member took part in a case: a fact, append-only. What it is worth, a ballot's rule says."""

    __tablename__ = "credit"
    __table_args__ = (
        UniqueConstraint("case_id", "post_id", "post_version"),
        Index("ix_credit_case_id_member_id", "case_id", "member_id", "recorded_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    kind: Mapped[CreditKind] = mapped_column(words(CreditKind, "kind"))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"), index=True)
    post_version: Mapped[int | None]
    visible_characters: Mapped[int]
    # A proposal with a line reference and a reason: it needs no length.
    anchored: Mapped[bool] = mapped_column(default=False, server_default=false())
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CreditLoss(Base):
    """That a credit was lost, when and on what ground; append-only beside Credit."""

    __tablename__ = "credit_loss"
    __table_args__ = (UniqueConstraint("credit_id", "ground"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    credit_id: Mapped[int] = mapped_column(ForeignKey("credit.id"))
    ground: Mapped[LossGround] = mapped_column(words(LossGround, "ground"))
    # The decision of two that the post is no contribution: its code, its notice, and whether it was reversed.
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("finding.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    finding: Mapped[Finding | None] = relationship()


class FindingCode(enum.StrEnum):
    """Why a post is no contribution to a case (PARTICIPATION section 8); none is about opinion."""

    SPAM = "spam"
    EMPTY = "empty"
    AUTOMATED = "automated"
    OFF_TOPIC_FILLER = "off_topic_filler"


class Finding(Base):
    """That a post is no contribution: proposed by one, decided by a second, each of them once; then it stands still.

    `notified_at` is when its author was told. She may appeal once; `upheld_at` is when the control committee held
    that the finding stands, `reversed_at` when it, or one of the two, gave the credit back.
    """

    __tablename__ = "finding"
    __table_args__ = (
        CheckConstraint("second_id IS NULL OR second_id <> proposer_id", name="two_people"),
        CheckConstraint("(second_id IS NULL) = (decided_at IS NULL)", name="decided_by_second"),
        CheckConstraint("decided_at IS NULL OR dropped_at IS NULL", name="decided_or_dropped"),
        CheckConstraint("upheld_at IS NULL OR reversed_at IS NULL", name="upheld_or_reversed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), index=True)
    code: Mapped[FindingCode] = mapped_column(words(FindingCode, "code"))
    sentence: Mapped[str] = mapped_column(String(500), default="")
    proposer_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    second_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    dropped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reversed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reversal: Mapped[str] = mapped_column(String(500), default="")
    appealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    appeal: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    upheld_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))

    post: Mapped[Post] = relationship()
    proposer: Mapped[Member] = relationship(foreign_keys=[proposer_id])
    second: Mapped[Member | None] = relationship(foreign_keys=[second_id])


class ModerationAct(Base):
    """One act of a moderator, with its ground and the sentence the author received; append-only."""

    __tablename__ = "moderation_act"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ModerationKind] = mapped_column(words(ModerationKind, "kind"))
    forum_id: Mapped[int] = mapped_column(ForeignKey("forum.id"), index=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"), index=True)
    ground: Mapped[Ground | None] = mapped_column(words(Ground, "ground"))
    sentence: Mapped[str] = mapped_column(String(500), default="")
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    moderator_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    # The moderator had written in the thread as herself, and the log says so.
    had_argued: Mapped[bool] = mapped_column(default=False, server_default=false())
    to_thread_id: Mapped[int | None] = mapped_column(ForeignKey("thread.id"))
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    office: Mapped[Office] = relationship()
    moderator: Mapped[Member] = relationship()
    thread: Mapped[Thread] = relationship(foreign_keys=[thread_id])
    to_thread: Mapped[Thread | None] = relationship(foreign_keys=[to_thread_id])


class PostMove(Base):
    """That a post stood in another thread, under `from_root_id`, until an act of a moderator; append-only."""

    __tablename__ = "post_move"
    __table_args__ = (
        Index("ix_post_move_place", "from_thread_id", "from_root_id", "post_id"),
        Index("ix_post_move_post_id", "post_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    act_id: Mapped[int] = mapped_column(ForeignKey("moderation_act.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    from_thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    from_root_id: Mapped[int] = mapped_column(ForeignKey("post.id"))


class Visit(Base):
    """How far a member has read a thread."""

    __tablename__ = "visit"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"), primary_key=True, index=True)
    last_post_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
