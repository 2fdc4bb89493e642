"""Meetings and check-ins, private and assisted statements, discussion questions, amendments of numbered lines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from foundation.schema import hold_to

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LOSSES = ("deleted", "shortened", "not_a_contribution")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "case_reader",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("named_by_id", sa.Integer(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_reader_case_id_cases")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_case_reader_member_id_member")),
        sa.ForeignKeyConstraint(
            ["named_by_id"], ["member.id"], name=op.f("fk_case_reader_named_by_id_member")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_reader")),
    )
    op.create_table(
        "discussion_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_discussion_question_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_discussion_question_thread_id_thread")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discussion_question")),
        sa.UniqueConstraint("case_id", "position", name=op.f("uq_discussion_question_case_id_position")),
        sa.UniqueConstraint("thread_id", name=op.f("uq_discussion_question_thread_id")),
    )
    op.create_table(
        "amendment",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "addition",
                "deletion",
                "substitution",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("first_line", sa.Integer(), nullable=False),
        sa.Column("last_line", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "first_line >= 1 AND last_line >= first_line", name=op.f("ck_amendment_lines_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["case_paper.id"], name=op.f("fk_amendment_paper_id_case_paper")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_amendment_post_id_post")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_amendment")),
    )
    with op.batch_alter_table("amendment", schema=None) as batch_op:
        batch_op.create_index("ix_amendment_paper_id", ["paper_id", "first_line"], unique=False)
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("video_url", sa.String(length=500), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_by_id", sa.Integer(), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("without_address", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(length=32), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint("place <> '' OR video_url <> ''", name=op.f("ck_meeting_somewhere")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_meeting_ends_after_start")),
        sa.CheckConstraint("starts_at > announced_at", name=op.f("ck_meeting_announced_before")),
        sa.ForeignKeyConstraint(
            ["announced_by_id"], ["member.id"], name=op.f("fk_meeting_announced_by_id_member")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_meeting_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.create_index("ix_meeting_case_id_starts_at", ["case_id", "starts_at"], unique=False)
    op.create_table(
        "meeting_rsvp",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_rsvp_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_meeting_rsvp_member_id_member")),
        sa.PrimaryKeyConstraint("meeting_id", "member_id", name=op.f("pk_meeting_rsvp")),
    )
    with op.batch_alter_table("meeting_rsvp", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_rsvp_member_id"), ["member_id"], unique=False)
    op.create_table(
        "check_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column(
            "how",
            sa.Enum(
                "code",
                "in_person",
                "video",
                "telephone",
                name="how",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("credit_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(entered_by_id IS NULL) = (how = 'code')", name=op.f("ck_check_in_code_or_list")),
        sa.CheckConstraint(
            "corrected_at IS NULL OR entered_by_id IS NOT NULL", name=op.f("ck_check_in_only_lists_corrected")
        ),
        sa.CheckConstraint("entered_by_id <> member_id", name=op.f("ck_check_in_not_for_oneself")),
        sa.ForeignKeyConstraint(["credit_id"], ["credit.id"], name=op.f("fk_check_in_credit_id_credit")),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["member.id"], name=op.f("fk_check_in_entered_by_id_member")
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_check_in_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_check_in_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
        sa.UniqueConstraint("credit_id", name=op.f("uq_check_in_credit_id")),
        sa.UniqueConstraint("meeting_id", "member_id", name=op.f("uq_check_in_meeting_id_member_id")),
    )
    with op.batch_alter_table("check_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_check_in_member_id"), ["member_id"], unique=False)
    op.create_table(
        "statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("visible_characters", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disowned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("may_publish", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credit_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "disowned_at IS NULL OR entered_by_id IS NOT NULL", name=op.f("ck_statement_own_not_disowned")
        ),
        sa.CheckConstraint("entered_by_id <> author_id", name=op.f("ck_statement_not_for_oneself")),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name=op.f("fk_statement_author_id_member")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_statement_case_id_cases")),
        sa.ForeignKeyConstraint(["credit_id"], ["credit.id"], name=op.f("fk_statement_credit_id_credit")),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["member.id"], name=op.f("fk_statement_entered_by_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("credit_id", name=op.f("uq_statement_credit_id")),
    )
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_author_id"), ["author_id"], unique=False)
        batch_op.create_index("ix_statement_case_id_author_id", ["case_id", "author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_statement_entered_by_id"), ["entered_by_id"], unique=False)
    op.create_table(
        "statement_reading",
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["member.id"], name=op.f("fk_statement_reading_reader_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_reading_statement_id_statement")
        ),
        sa.PrimaryKeyConstraint("statement_id", "reader_id", name=op.f("pk_statement_reading")),
    )
    op.add_column("credit", sa.Column("anchored", sa.Boolean(), server_default=sa.false(), nullable=False))
    hold_to("credit_loss", "ground", "ground", (*LOSSES, "corrected"))


def downgrade() -> None:
    """Take back. What was corrected is lost as its author's own: an older application knows no other word."""
    op.execute("UPDATE credit_loss SET ground = 'deleted' WHERE ground = 'corrected'")
    hold_to("credit_loss", "ground", "ground", LOSSES)
    op.drop_column("credit", "anchored")
    op.drop_table("statement_reading")
    op.drop_table("statement")
    op.drop_table("check_in")
    op.drop_table("meeting_rsvp")
    op.drop_table("meeting")
    op.drop_table("amendment")
    op.drop_table("discussion_question")
    op.drop_table("case_reader")
