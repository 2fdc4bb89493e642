"""The append-only log of privileged acts, each entry chained to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from foundation import clock
from foundation.columns import UtcDateTime
from foundation.extensions import Base, db
from foundation.transaction import transaction

START = bytes(32)


class AuditEntry(Base):
    """One privileged act or refused attempt: who, what, on what. Never a choice in a ballot."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject", "subject_kind", "subject_id"),
        Index("ix_audit_entry_unit_id_seq", "unit_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    act: Mapped[str] = mapped_column(String(80))
    actor_id: Mapped[int | None]
    unit_id: Mapped[int | None]
    subject_kind: Mapped[str] = mapped_column(String(40), default="")
    subject_id: Mapped[str] = mapped_column(String(80), default="")
    facts: Mapped[str] = mapped_column(Text)
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditHead(Base):
    """The one row that says where the chain ends; locking it puts writers in line."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


def canonical(value: object) -> str:
    """JSON with sorted keys and no blanks; times as ISO 8601 in UTC."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _digest(entry: AuditEntry) -> bytes:
    body = canonical(
        {
            "seq": entry.seq,
            "at": entry.at,
            "act": entry.act,
            "actor": entry.actor_id,
            "unit": entry.unit_id,
            "subject": [entry.subject_kind, entry.subject_id],
            "facts": entry.facts,
        }
    )
    return hashlib.sha256(b"grasrot1/audit\0" + entry.previous + body.encode()).digest()


def record(
    act: str,
    *,
    actor_id: int | None,
    unit_id: int | None = None,
    subject: tuple[str, object] | None = None,
    at: datetime | None = None,
    **facts: object,
) -> None:
    """Append one act to the chain, in the transaction under way."""
    session = db.session
    head = _head()
    kind, identity = subject or ("", "")
    entry = AuditEntry(
        seq=head.seq + 1,
        at=at or clock.now(),
        act=act,
        actor_id=actor_id,
        unit_id=unit_id,
        subject_kind=kind,
        subject_id=str(identity),
        facts=canonical(facts),
        previous=head.hash,
    )
    entry.hash = _digest(entry)
    session.add(entry)
    head.seq, head.hash = entry.seq, entry.hash
    session.flush()


def _head() -> AuditHead:
    """The end of the chain, locked until the transaction ends; the very first writer makes it."""
    session = db.session
    head = session.get(AuditHead, 1, with_for_update=True, populate_existing=True)
    if head is None:
        try:
            with session.begin_nested():
                session.add(AuditHead(id=1, seq=0, hash=START))
        except IntegrityError:
            pass  # another writer was first; its row is there now
        head = session.get_one(AuditHead, 1, with_for_update=True, populate_existing=True)
    return head


def refused(
    act: str,
    *,
    actor_id: int | None,
    reason: str,
    unit_id: int | None = None,
    subject: tuple[str, object] | None = None,
) -> None:
    """Log a refused attempt in a transaction of its own, dated to the hour and without what was sent."""
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with transaction():
        record(f"refused:{act}", actor_id=actor_id, unit_id=unit_id, subject=subject, at=hour, reason=reason)


def broken_links() -> Iterator[int]:
    """The sequence numbers at which the chain does not hold; none when the log is whole."""
    previous, expected = START, 1
    for entry in db.session.scalars(
        select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=500)
    ):
        if entry.seq != expected or entry.previous != previous or entry.hash != _digest(entry):
            yield entry.seq
        previous, expected = entry.hash, entry.seq + 1
    head = db.session.get(AuditHead, 1)
    if head is not None and (head.hash != previous or head.seq != expected - 1):
        yield head.seq
