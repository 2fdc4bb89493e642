"""Every post and every change of one numbered within its thread."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("thread") as thread:
        thread.add_column(sa.Column("changes", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("post") as post:
        post.add_column(sa.Column("change", sa.Integer(), server_default="0", nullable=False))
        post.create_index("ix_post_thread_id_change", ["thread_id", "change"])


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("post") as post:
        post.drop_index("ix_post_thread_id_change")
        post.drop_column("change")
    with op.batch_alter_table("thread") as thread:
        thread.drop_column("changes")
