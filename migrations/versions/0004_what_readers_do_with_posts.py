"""What readers do with posts: reactions, mentions, answers, posts taken along, reminders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reaction",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", _words("kind", "useful", "support", "rethought"), nullable=False),
        sa.Column("post_version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("post_version >= 1", name=op.f("ck_reaction_of_a_version")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_reaction_member_id_member")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_reaction_post_id_post")),
        sa.PrimaryKeyConstraint("post_id", "member_id", "kind", name=op.f("pk_reaction")),
    )
    op.create_index("ix_reaction_member_id", "reaction", ["member_id", "post_id"])
    op.create_table(
        "mention",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_mention_member_id_member")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_mention_post_id_post")),
        sa.PrimaryKeyConstraint("post_id", "member_id", name=op.f("pk_mention")),
    )
    op.create_index("ix_mention_member_id", "mention", ["member_id"])
    op.create_table(
        "answer_mark",
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("marked_by_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["marked_by_id"], ["member.id"], name=op.f("fk_answer_mark_marked_by_id_member")
        ),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_answer_mark_office_id_office")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_answer_mark_post_id_post")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_answer_mark_thread_id_thread")),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_answer_mark")),
    )
    op.create_index("ix_answer_mark_post_id", "answer_mark", ["post_id"])
    op.create_table(
        "taken_along",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("sentence", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_taken_along_member_id_member")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_taken_along_office_id_office")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_taken_along_post_id_post")),
        sa.PrimaryKeyConstraint("post_id", "office_id", name=op.f("pk_taken_along")),
    )
    op.create_table(
        "debate_reminder",
        sa.Column("kind", _words("kind", "first_post", "question_deputy", "question_keeper"), nullable=False),
        sa.Column("subject_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_debate_reminder_member_id_member")
        ),
        sa.PrimaryKeyConstraint("kind", "subject_id", name=op.f("pk_debate_reminder")),
    )
    op.create_index("ix_debate_reminder_member_id", "debate_reminder", ["member_id", "at"])


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def downgrade() -> None:
    for table in ("debate_reminder", "taken_along", "answer_mark", "mention", "reaction"):
        op.drop_table(table)
