"""Following, notices, the morning's letters, reminders, a new member's welcome, and addresses that do not work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LEVELS = ("nothing", "ballots", "weekly", "all")
KINDS = (
    "address_bounced",
    "ballot",
    "ballot_answered",
    "ballot_ended",
    "ballot_outcome",
    "ballot_result",
    "ballot_rule_changed",
    "contacted",
    "mention",
    "reply",
    "taken_along",
)


def _words(words: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "bounced_address",
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_bounced_address")),
    )
    with op.batch_alter_table("outbox_letter") as batch_op:
        batch_op.add_column(sa.Column("not_after", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("fleeting", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "following",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("level", _words(LEVELS, "level"), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(area_id IS NULL) <> (thread_id IS NULL)", name=op.f("ck_following_one_place")),
        sa.ForeignKeyConstraint(
            ["area_id"], ["policy_area.id"], name=op.f("fk_following_area_id_policy_area")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_following_member_id_member")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_following_thread_id_thread")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_following")),
        sa.UniqueConstraint("member_id", "area_id", name=op.f("uq_following_member_id_area_id")),
        sa.UniqueConstraint("member_id", "thread_id", name=op.f("uq_following_member_id_thread_id")),
    )
    with op.batch_alter_table("following") as batch_op:
        batch_op.create_index(op.f("ix_following_area_id"), ["area_id"])
        batch_op.create_index(op.f("ix_following_thread_id"), ["thread_id"])
    op.create_table(
        "notice_choice",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("level", _words(LEVELS, "level"), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("in_page", sa.Boolean(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_notice_choice_member_id_member")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_notice_choice")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", _words(KINDS, "kind"), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("gather", _words(("never", "weekly", "daily"), "gather"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_notice_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("member_id", "key", name=op.f("uq_notice_member_id_key")),
    )
    with op.batch_alter_table("notice") as batch_op:
        batch_op.create_index("ix_notice_member_id_id", ["member_id", "id"])
        batch_op.create_index("ix_notice_waiting", ["mailed_at", "gather", "member_id"])
    op.create_table(
        "morning_letter",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("week", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_morning_letter_member_id_member")
        ),
        sa.PrimaryKeyConstraint("member_id", "on_day", name=op.f("pk_morning_letter")),
        sa.UniqueConstraint("member_id", "week", name=op.f("uq_morning_letter_member_id_week")),
    )
    op.create_table(
        "morning_round",
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("upto", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("on_day", name=op.f("pk_morning_round")),
    )
    op.create_table(
        "reminder_run",
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column(
            "occasion", _words(("take_part", "not_on_roll", "closes_soon"), "occasion"), nullable=False
        ),
        sa.Column("about_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("upto", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_reminder_run_ballot_id_ballot")),
        sa.PrimaryKeyConstraint("ballot_id", "occasion", name=op.f("pk_reminder_run")),
    )
    op.create_table(
        "welcome",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contacted_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contacted_by_id"], ["member.id"], name=op.f("fk_welcome_contacted_by_id_member")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_welcome_member_id_member")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_welcome")),
    )


def downgrade() -> None:
    for table in (
        "welcome",
        "reminder_run",
        "morning_round",
        "morning_letter",
        "notice",
        "notice_choice",
        "following",
    ):
        op.drop_table(table)
    with op.batch_alter_table("outbox_letter") as batch_op:
        batch_op.drop_column("fleeting")
        batch_op.drop_column("not_after")
    op.drop_table("bounced_address")
