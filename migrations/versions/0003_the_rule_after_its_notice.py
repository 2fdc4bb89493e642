"""The rule after its notice: suspended or lapsed, dates that move, findings, threads that members ask for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from foundation.schema import hold_to

revision = "0003"
down_revision = "0002"
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
)
RULE_KINDS = (
    "suspension_proposed",
    "rule_suspended",
    "rule_lapsed",
    "outage_proposed",
    "outage_recorded",
    "dates_moved",
)
GROUNDS = ("deleted", "shortened", "not_a_contribution")
CODES = ("spam", "empty", "automated", "off_topic_filler")


def upgrade() -> None:
    hold_to("ballot_event", "kind", "kind", (*KINDS, *RULE_KINDS))
    op.add_column(
        "ballot", sa.Column("contribution_kinds", sa.String(length=100), nullable=False, server_default="")
    )
    op.add_column(
        "ballot", sa.Column("demanded_by_members", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    # With its constraint in the column: SQLite adds none to a table that stands.
    op.execute(
        "ALTER TABLE ballot ADD COLUMN rule_state VARCHAR(40) DEFAULT 'in_force' NOT NULL "
        "CONSTRAINT ck_ballot_rule_state CHECK (rule_state IN ('in_force', 'suspended', 'lapsed'))"
    )
    op.add_column("ballot", sa.Column("dates_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "timer_gap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer_gap")),
    )
    op.create_index(op.f("ix_timer_gap_ends_at"), "timer_gap", ["ends_at"])
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column(
            "code",
            sa.Enum(*CODES, name="code", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("sentence", sa.String(length=500), nullable=False),
        sa.Column("proposer_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversal", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "second_id IS NULL OR second_id <> proposer_id", name=op.f("ck_finding_two_people")
        ),
        sa.CheckConstraint(
            "(second_id IS NULL) = (decided_at IS NULL)", name=op.f("ck_finding_decided_by_second")
        ),
        sa.CheckConstraint(
            "decided_at IS NULL OR dropped_at IS NULL", name=op.f("ck_finding_decided_or_dropped")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_finding_post_id_post")),
        sa.ForeignKeyConstraint(["proposer_id"], ["member.id"], name=op.f("fk_finding_proposer_id_member")),
        sa.ForeignKeyConstraint(["second_id"], ["member.id"], name=op.f("fk_finding_second_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index(op.f("ix_finding_post_id"), "finding", ["post_id"])
    op.create_index(op.f("ix_finding_decided_at"), "finding", ["decided_at"])
    with op.batch_alter_table("credit_loss", table_args=(_held_ground(),)) as batch_op:
        batch_op.add_column(sa.Column("finding_id", sa.Integer(), nullable=True))
        batch_op.drop_constraint(op.f("uq_credit_loss_credit_id"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_credit_loss_credit_id_ground"), ["credit_id", "ground"])
        batch_op.create_foreign_key(
            op.f("fk_credit_loss_finding_id_finding"), "finding", ["finding_id"], ["id"]
        )
    op.create_table(
        "link_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("linked", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.CheckConstraint("(answered_at IS NULL) = (linked IS NULL)", name=op.f("ck_link_request_answered")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["member.id"], name=op.f("fk_link_request_answered_by_id_member")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_link_request_case_id_cases")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_link_request_thread_id_thread")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_request")),
        sa.UniqueConstraint("case_id", "thread_id", name=op.f("uq_link_request_case_id_thread_id")),
    )
    op.create_index(op.f("ix_link_request_thread_id"), "link_request", ["thread_id"])
    op.create_index(op.f("ix_link_request_reached_at"), "link_request", ["reached_at"])
    op.create_table(
        "link_requester",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_link_requester_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["link_request.id"], name=op.f("fk_link_requester_request_id_link_request")
        ),
        sa.PrimaryKeyConstraint("request_id", "member_id", name=op.f("pk_link_requester")),
    )
    op.create_index(op.f("ix_link_requester_member_id"), "link_requester", ["member_id"])


def _held_ground() -> sa.CheckConstraint:
    """What SQLite would lose with the table it makes anew."""
    return sa.CheckConstraint(
        f"ground IN ({', '.join(map(repr, GROUNDS))})", name=op.f("ck_credit_loss_ground")
    )


def downgrade() -> None:
    op.drop_table("link_requester")
    op.drop_table("link_request")
    # What the schema before cannot hold: a loss by a finding, and what happened to the rule after its notice.
    loss = sa.table("credit_loss", sa.column("finding_id"))
    event = sa.table("ballot_event", sa.column("kind"))
    op.execute(loss.delete().where(loss.c.finding_id.is_not(None)))
    op.execute(event.delete().where(event.c.kind.in_(RULE_KINDS)))
    with op.batch_alter_table("credit_loss", table_args=(_held_ground(),)) as batch_op:
        batch_op.drop_constraint(op.f("fk_credit_loss_finding_id_finding"), type_="foreignkey")
        batch_op.drop_constraint(op.f("uq_credit_loss_credit_id_ground"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_credit_loss_credit_id"), ["credit_id"])
        batch_op.drop_column("finding_id")
    op.drop_table("finding")
    op.drop_table("timer_gap")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_ballot_rule_state"), "ballot", type_="check")
    for column in ("dates_due_at", "rule_state", "demanded_by_members", "contribution_kinds"):
        op.drop_column("ballot", column)
    hold_to("ballot_event", "kind", "kind", KINDS)
