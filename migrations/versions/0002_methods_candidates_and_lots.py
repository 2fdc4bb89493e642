"""All counting methods on ballots, candidates, lots, and the whole count with a result."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from foundation.schema import hold_to

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

METHODS = ("motion", "choice", "approval")
MORE_METHODS = (
    "score",
    "block",
    "irv",
    "schulze",
    "ranked-pairs",
    "scottish-stv",
    "meek-stv",
    "uio-stv",
)
TIE_RULES = ("not_adopted", "lot")
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
)
LOT_KINDS = ("lot_entered", "lot_confirmed", "lot_declined")
CONSENTS = ("not_asked", "asked", "given", "declined", "written")


def upgrade() -> None:
    hold_to("ballot", "method", "method", (*METHODS, *MORE_METHODS))
    hold_to("ballot", "tie_rule", "tie_rule", (*TIE_RULES, "seed"))
    hold_to("ballot_event", "kind", "kind", (*KINDS, *LOT_KINDS))
    op.add_column("ballot", sa.Column("deputies", sa.Integer(), nullable=False, server_default="0"))
    # With its constraint in the column: SQLite adds none to a table that stands.
    op.execute(
        "ALTER TABLE ballot ADD COLUMN seats INTEGER DEFAULT 1 NOT NULL "
        "CONSTRAINT ck_ballot_places CHECK (seats > 0 AND deputies >= 0)"
    )
    op.add_column("ballot", sa.Column("max_marks", sa.Integer(), nullable=True))
    op.add_column("ballot", sa.Column("quota", sa.Text(), nullable=False, server_default=""))
    op.add_column("ballot", sa.Column("shuffled", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("result", sa.Column("count", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("ballot_option", recreate="auto") as batch_op:
        batch_op.add_column(sa.Column("member_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("portrait", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(
            sa.Column("gender_group", sa.String(length=20), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("consent", sa.String(length=40), nullable=False, server_default="not_asked")
        )
        batch_op.add_column(sa.Column("consent_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("consent_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("consent_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_ballot_option_member_id_member"), "member", ["member_id"], ["id"]
        )
        batch_op.create_foreign_key(
            op.f("fk_ballot_option_consent_by_id_member"), "member", ["consent_by_id"], ["id"]
        )
        batch_op.create_index(op.f("ix_ballot_option_member_id"), ["member_id"], unique=False)
        batch_op.create_check_constraint(
            op.f("ck_ballot_option_consent"), f"consent IN ({', '.join(map(repr, CONSENTS))})"
        )


def downgrade() -> None:
    # What the schema before cannot hold: such a ballot is kept as a choice, and nothing of a lot.
    ballot = sa.table("ballot", sa.column("method"), sa.column("tie_rule"))
    event = sa.table("ballot_event", sa.column("kind"))
    op.execute(ballot.update().values(method="choice").where(ballot.c.method.in_(MORE_METHODS)))
    op.execute(ballot.update().values(tie_rule="not_adopted").where(ballot.c.tie_rule == "seed"))
    op.execute(event.delete().where(event.c.kind.in_(LOT_KINDS)))
    with op.batch_alter_table("ballot_option", recreate="auto") as batch_op:
        batch_op.drop_constraint(op.f("ck_ballot_option_consent"), type_="check")
        batch_op.drop_constraint(op.f("fk_ballot_option_consent_by_id_member"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_ballot_option_member_id_member"), type_="foreignkey")
        batch_op.drop_index(op.f("ix_ballot_option_member_id"))
        for column in (
            "consent_by_id",
            "consent_on",
            "consent_at",
            "consent",
            "gender_group",
            "portrait",
            "member_id",
        ):
            batch_op.drop_column(column)
    op.drop_column("result", "count")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_ballot_places"), "ballot", type_="check")
    for column in ("shuffled", "quota", "max_marks", "seats", "deputies"):
        op.drop_column("ballot", column)
    hold_to("ballot_event", "kind", "kind", KINDS)
    hold_to("ballot", "tie_rule", "tie_rule", TIE_RULES)
    hold_to("ballot", "method", "method", METHODS)
