"""What follows a roll: its appendices, appeals against it, names reduced to counts, and people who are gone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from foundation.schema import hold_to

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KINDS = (
    "drafted",
    "submitted",
    "sent_back",
    "withdrawn",
    "notified",
    "frozen",
    "opened",
    "closed",
    "counted",
    "certified",
    "final",
    "cancel_proposed",
    "cancelled",
    "annulled",
    "answered",
    "change_proposed",
    "rule_changed",
    "refused_change",
    "box_released",
    "count_approved",
    "incident_raised",
    "settlement_proposed",
    "incident_settled",
    "annul_proposed",
    "annul_declined",
    "lot_entered",
    "lot_confirmed",
    "lot_declined",
    "suspension_proposed",
    "rule_suspended",
    "rule_lapsed",
    "outage_proposed",
    "outage_recorded",
    "dates_moved",
)


def _words(column: str, table: str, name: str, *words: str) -> sa.CheckConstraint:
    listed = ", ".join(repr(word) for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    hold_to("ballot_event", "kind", "kind", (*KINDS, "roll_appended"))
    op.add_column("ballot", sa.Column("appeals_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("ballot", sa.Column("appeals_cleared_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("roll", sa.Column("reduced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("roll", sa.Column("counts", sa.Text(), nullable=True))
    op.create_table(
        "roll_appendix",
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("otherwise_entitled", sa.Integer(), nullable=False),
        sa.Column("entitled", sa.Integer(), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        _words(
            "kind",
            "roll_appendix",
            "kind",
            "appeal_granted",
            "appeal_reversed",
            "resignation",
            "death",
            "expulsion",
            "late_contribution",
            "suspension",
            "merged",
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_roll_appendix_numbered_from_one")),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["roll.ballot_id"], name=op.f("fk_roll_appendix_ballot_id_roll")
        ),
        sa.PrimaryKeyConstraint("ballot_id", "number", name=op.f("pk_roll_appendix")),
        sa.UniqueConstraint("ballot_id", "previous", name=op.f("uq_roll_appendix_ballot_id_previous")),
    )
    op.create_table(
        "roll_appendix_line",
        sa.Column("ballot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("roll_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("was", sa.String(length=400), nullable=False),
        sa.Column("now", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id", "number"],
            ["roll_appendix.ballot_id", "roll_appendix.number"],
            name=op.f("fk_roll_appendix_line_ballot_id_number_roll_appendix"),
        ),
        sa.ForeignKeyConstraint(
            ["ballot_id", "roll_no"],
            ["roll_entry.ballot_id", "roll_entry.roll_no"],
            name=op.f("fk_roll_appendix_line_ballot_id_roll_no_roll_entry"),
        ),
        sa.PrimaryKeyConstraint("ballot_id", "number", "roll_no", name=op.f("pk_roll_appendix_line")),
    )
    op.create_table(
        "roll_number",
        sa.Column("ballot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("roll_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member_no", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id", "roll_no"],
            ["roll_entry.ballot_id", "roll_entry.roll_no"],
            name=op.f("fk_roll_number_ballot_id_roll_no_roll_entry"),
        ),
        sa.PrimaryKeyConstraint("ballot_id", "roll_no", name=op.f("pk_roll_number")),
    )
    op.create_table(
        "roll_appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("matter", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sentence", sa.String(length=500), nullable=False),
        sa.Column("too_late", sa.Boolean(), nullable=False),
        _words("state", "roll_appeal", "state", "open", "granted", "refused", "reversed"),
        _words("matter", "roll_appeal", "matter", "membership", "participation"),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_roll_appeal_decided_once")
        ),
        sa.CheckConstraint("due_at > filed_at", name=op.f("ck_roll_appeal_due_after_filing")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_roll_appeal_ballot_id_ballot")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_roll_appeal_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_appeal")),
    )
    with op.batch_alter_table("roll_appeal") as batch_op:
        batch_op.create_index("ix_roll_appeal_member_id", ["member_id"], unique=False)
        batch_op.create_index("ix_roll_appeal_state_due_at", ["state", "due_at"], unique=False)
        batch_op.create_index(
            "uq_roll_appeal_one_open",
            ["ballot_id", "member_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
    op.create_table(
        "appeal_vote",
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("decider_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("sentence", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _words("decision", "appeal_vote", "decision", "grant", "refuse"),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["roll_appeal.id"], name=op.f("fk_appeal_vote_appeal_id_roll_appeal")
        ),
        sa.ForeignKeyConstraint(["decider_id"], ["member.id"], name=op.f("fk_appeal_vote_decider_id_member")),
        sa.PrimaryKeyConstraint("appeal_id", "decider_id", name=op.f("pk_appeal_vote")),
    )
    with op.batch_alter_table("appeal_vote") as batch_op:
        batch_op.create_index(op.f("ix_appeal_vote_decider_id"), ["decider_id"], unique=False)
    op.create_table(
        "appeal_receipt",
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _words("media_type", "appeal_receipt", "media_type", "image/jpeg", "application/pdf", "image/png"),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["roll_appeal.id"], name=op.f("fk_appeal_receipt_appeal_id_roll_appeal")
        ),
        sa.PrimaryKeyConstraint("appeal_id", name=op.f("pk_appeal_receipt")),
    )
    op.create_table(
        "tombstone",
        sa.Column("member_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _words("kind", "tombstone", "kind", "erased", "merged"),
        sa.CheckConstraint(
            "(kind = 'merged') = (into_id IS NOT NULL)", name=op.f("ck_tombstone_merged_into_somebody")
        ),
        sa.CheckConstraint(
            "into_id IS NULL OR into_id <> member_id", name=op.f("ck_tombstone_not_into_itself")
        ),
        sa.ForeignKeyConstraint(["into_id"], ["member.id"], name=op.f("fk_tombstone_into_id_member")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_tombstone_member_id_member")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_tombstone")),
    )
    with op.batch_alter_table("tombstone") as batch_op:
        batch_op.create_index(op.f("ix_tombstone_into_id"), ["into_id"], unique=False)


def downgrade() -> None:
    for table in (
        "tombstone",
        "appeal_receipt",
        "appeal_vote",
        "roll_appeal",
        "roll_number",
        "roll_appendix_line",
        "roll_appendix",
    ):
        op.drop_table(table)
    op.drop_column("roll", "counts")
    op.drop_column("roll", "reduced_at")
    op.drop_column("ballot", "appeals_cleared_at")
    op.drop_column("ballot", "appeals_due_at")
    # What the schema before cannot hold: the chain of such a ballot ends where its roll was changed.
    event = sa.table("ballot_event", sa.column("kind"))
    op.execute(event.delete().where(event.c.kind == "roll_appended"))
    hold_to("ballot_event", "kind", "kind", KINDS)
