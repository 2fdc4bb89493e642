"""Order in the debate: reports and the keepers' queue, posts removed and moved, threads merged and pinned, appeals."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

GROUNDS = ("personal", "harassment", "threat", "privacy", "illegal", "spam", "moved")
ACTS = ("hide", "restore", "lock", "unlock")
NEW_ACTS = (
    "leave",
    "ask_edit",
    "remove",
    "move",
    "move_thread",
    "split",
    "merge",
    "pin",
    "unpin",
    "hand_over",
    "appeal_granted",
    "appeal_dismissed",
)


def upgrade() -> None:
    _add_columns()
    _hold_acts_to(ACTS + NEW_ACTS)
    op.create_table(
        "removed_text",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_removed_text_post_id_post")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_removed_text")),
    )
    op.create_table(
        "post_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("act_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("from_thread_id", sa.Integer(), nullable=False),
        sa.Column("from_root_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["act_id"], ["moderation_act.id"], name=op.f("fk_post_move_act_id_moderation_act")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_move_post_id_post")),
        sa.ForeignKeyConstraint(
            ["from_thread_id"], ["thread.id"], name=op.f("fk_post_move_from_thread_id_thread")
        ),
        sa.ForeignKeyConstraint(["from_root_id"], ["post.id"], name=op.f("fk_post_move_from_root_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_move")),
    )
    op.create_index("ix_post_move_place", "post_move", ["from_thread_id", "from_root_id", "post_id"])
    op.create_index("ix_post_move_post_id", "post_move", ["post_id"])
    op.create_table(
        "queue_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_by_id", sa.Integer(), nullable=True),
        sa.Column("handed_to_id", sa.Integer(), nullable=True),
        sa.Column("act_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_queue_item_post_id_post")),
        sa.ForeignKeyConstraint(
            ["handed_by_id"], ["member.id"], name=op.f("fk_queue_item_handed_by_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["handed_to_id"], ["member.id"], name=op.f("fk_queue_item_handed_to_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["act_id"], ["moderation_act.id"], name=op.f("fk_queue_item_act_id_moderation_act")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_item")),
    )
    op.create_index(op.f("ix_queue_item_post_id"), "queue_item", ["post_id"])
    unanswered = sa.text("act_id IS NULL")
    op.create_index(
        "uq_queue_item_open",
        "queue_item",
        ["post_id"],
        unique=True,
        sqlite_where=unanswered,
        postgresql_where=unanswered,
    )
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("post_version", sa.Integer(), nullable=False),
        sa.Column("reporter_id", sa.Integer(), nullable=False),
        sa.Column("reason", _words("reason", GROUNDS), nullable=False),
        sa.Column("sentence", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["queue_item.id"], name=op.f("fk_report_item_id_queue_item")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_report_post_id_post")),
        sa.ForeignKeyConstraint(["reporter_id"], ["member.id"], name=op.f("fk_report_reporter_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint(
            "post_id", "reporter_id", "post_version", name=op.f("uq_report_post_id_reporter_id_post_version")
        ),
    )
    op.create_index(op.f("ix_report_item_id"), "report", ["item_id"])
    op.create_table(
        "lock_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("ground", _words("ground", GROUNDS), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("sentence", sa.String(length=500), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.CheckConstraint("decided_by_id <> asked_by_id", name=op.f("ck_lock_request_two_deciders")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_lock_request_thread_id_thread")),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["member.id"], name=op.f("fk_lock_request_asked_by_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["member.id"], name=op.f("fk_lock_request_decided_by_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lock_request")),
    )
    op.create_index(op.f("ix_lock_request_thread_id"), "lock_request", ["thread_id"])
    op.create_table(
        "moderation_appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("act_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("sentence", sa.String(length=1000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["act_id"], ["moderation_act.id"], name=op.f("fk_moderation_appeal_act_id_moderation_act")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_moderation_appeal_post_id_post")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["member.id"], name=op.f("fk_moderation_appeal_author_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_appeal")),
        sa.UniqueConstraint("act_id", name=op.f("uq_moderation_appeal_act_id")),
    )
    op.create_index(op.f("ix_moderation_appeal_post_id"), "moderation_appeal", ["post_id"])
    op.create_table(
        "committee_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("yes", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(appeal_id IS NULL) <> (item_id IS NULL)", name=op.f("ck_committee_word_one_matter")
        ),
        sa.ForeignKeyConstraint(
            ["appeal_id"],
            ["moderation_appeal.id"],
            name=op.f("fk_committee_word_appeal_id_moderation_appeal"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["queue_item.id"], name=op.f("fk_committee_word_item_id_queue_item")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_committee_word_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_committee_word")),
        sa.UniqueConstraint("appeal_id", "member_id", name=op.f("uq_committee_word_appeal_id_member_id")),
        sa.UniqueConstraint("item_id", "member_id", name=op.f("uq_committee_word_item_id_member_id")),
    )


def downgrade() -> None:
    # A removed post is a hidden one to the older schema: its text goes back to it.
    op.execute(
        sa.text(
            "UPDATE post SET body = (SELECT body FROM removed_text WHERE removed_text.post_id = post.id) "
            "WHERE removed_at IS NOT NULL AND id IN (SELECT post_id FROM removed_text)"
        )
    )
    for table in (
        "committee_word",
        "moderation_appeal",
        "lock_request",
        "report",
        "queue_item",
        "post_move",
        "removed_text",
    ):
        op.drop_table(table)
    # What the older schema has no word for is gone from the log; the chained one keeps it.
    op.execute(sa.text("DELETE FROM moderation_act WHERE kind NOT IN ('hide', 'restore', 'lock', 'unlock')"))
    _hold_acts_to(ACTS)
    with op.batch_alter_table("moderation_act") as batch_op:
        batch_op.drop_constraint(op.f("fk_moderation_act_to_thread_id_thread"), type_="foreignkey")
        batch_op.drop_column("to_thread_id")
        batch_op.drop_column("had_argued")
    with op.batch_alter_table("thread") as batch_op:
        batch_op.drop_constraint(op.f("fk_thread_merged_into_id_thread"), type_="foreignkey")
        batch_op.drop_column("merged_into_id")
        batch_op.drop_column("pinned_at")
    op.drop_column("post", "removed_at")


def _add_columns() -> None:
    op.add_column("post", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("thread") as batch_op:
        batch_op.add_column(sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_thread_merged_into_id_thread"), "thread", ["merged_into_id"], ["id"]
        )
    with op.batch_alter_table("moderation_act") as batch_op:
        batch_op.add_column(sa.Column("had_argued", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("to_thread_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_moderation_act_to_thread_id_thread"), "thread", ["to_thread_id"], ["id"]
        )


def _words(name: str, words: Sequence[str]) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def _hold_acts_to(words: Sequence[str]) -> None:
    named = ", ".join(f"'{word}'" for word in words)
    with op.batch_alter_table("moderation_act") as batch_op:
        batch_op.drop_constraint(op.f("ck_moderation_act_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_moderation_act_kind"), f"kind IN ({named})")
