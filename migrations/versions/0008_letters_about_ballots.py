"""Letters about ballots can be ended by themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("notice_choice") as batch_op:
        batch_op.add_column(
            sa.Column("ballots_by_mail", sa.Boolean(), server_default=sa.true(), nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("notice_choice") as batch_op:
        batch_op.drop_column("ballots_by_mail")
