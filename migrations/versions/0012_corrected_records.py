"""A record is corrected by two people: what the first proposes, and what the second makes of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from foundation.schema import hold_to

revision = "0012"
down_revision = "0011"
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
    "roll_appended",
)
CORRECTIONS = ("correction_proposed", "correction_declined", "record_corrected")


def upgrade() -> None:
    hold_to("ballot_event", "kind", "kind", (*KINDS, *CORRECTIONS))


def downgrade() -> None:
    # What the schema before cannot hold. The versions of the record stay, and say themselves what was corrected.
    event = sa.table("ballot_event", sa.column("kind"))
    op.execute(event.delete().where(event.c.kind.in_(CORRECTIONS)))
    hold_to("ballot_event", "kind", "kind", KINDS)
