"""The record of a ballot: a version that is never overwritten, and a new one where something is corrected."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import func, select

from ballot.models import Ballot, RecordVersion
from foundation.audit import canonical
from foundation.extensions import db


def write(ballot: Ballot, at: datetime) -> RecordVersion:
    """Write the next version of the record, in the transaction under way."""
    last = db.session.scalar(
        select(func.max(RecordVersion.version)).where(RecordVersion.ballot_id == ballot.id)
    )
    body = canonical({"question": ballot.question})
    version = RecordVersion(
        ballot_id=ballot.id,
        version=(last or 0) + 1,
        made_at=at,
        facts=body,
        sha256=hashlib.sha256(body.encode()).digest(),
    )
    db.session.add(version)
    db.session.flush()
    return version
