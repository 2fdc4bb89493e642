"""Cases that were merged into another, and appeals against a finding that a post is no contribution."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("cases") as cases:
        cases.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        cases.add_column(sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True))
        cases.add_column(sa.Column("merged_by_id", sa.Integer(), nullable=True))
        cases.add_column(sa.Column("merge_reason", sa.String(500), server_default="", nullable=False))
        cases.create_index("ix_cases_merged_into_id", ["merged_into_id"])
        cases.create_foreign_key(op.f("fk_cases_merged_into_id_cases"), "cases", ["merged_into_id"], ["id"])
        cases.create_foreign_key(op.f("fk_cases_merged_by_id_member"), "member", ["merged_by_id"], ["id"])
    with op.batch_alter_table("finding") as finding:
        finding.add_column(sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True))
        finding.add_column(sa.Column("appeal", sa.String(1000), server_default="", nullable=False))
        finding.add_column(sa.Column("upheld_at", sa.DateTime(timezone=True), nullable=True))
        finding.add_column(sa.Column("answered_by_id", sa.Integer(), nullable=True))
        finding.create_foreign_key(
            op.f("fk_finding_answered_by_id_member"), "member", ["answered_by_id"], ["id"]
        )
        finding.create_check_constraint(
            op.f("ck_finding_upheld_or_reversed"), "upheld_at IS NULL OR reversed_at IS NULL"
        )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("finding") as finding:
        finding.drop_constraint(op.f("ck_finding_upheld_or_reversed"), type_="check")
        finding.drop_constraint(op.f("fk_finding_answered_by_id_member"), type_="foreignkey")
        for name in ("answered_by_id", "upheld_at", "appeal", "appealed_at"):
            finding.drop_column(name)
    with op.batch_alter_table("cases") as cases:
        cases.drop_constraint(op.f("fk_cases_merged_by_id_member"), type_="foreignkey")
        cases.drop_constraint(op.f("fk_cases_merged_into_id_cases"), type_="foreignkey")
        cases.drop_index("ix_cases_merged_into_id")
        for name in ("merge_reason", "merged_by_id", "merged_at", "merged_into_id"):
            cases.drop_column(name)
