"""Taking in a register file: shown first, and then written in one go or not at all."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import aliased

from foundation import audit, clock
from foundation.errors import NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.formats import zone
from foundation.text import plain
from foundation.transaction import transaction
from members import hooks, queries
from members.models import Dues, Member, MemberSession, RegisterFile, Standing, Tombstone
from members.register.comparing import Known, KnownUnit, Plan, Preview, compare
from members.register.reading import Sheet, read
from members.services.facts import hold_register

FILE_KEPT = timedelta(days=1)
_PART = 1000  # ids in one statement


def preview(data: bytes) -> Preview:
    """What a file would change; raises `register.reading.Unreadable` for one that cannot be read."""
    return _compared(read(data, clock.now(), zone()))


def _compared(sheet: Sheet) -> Preview:
    at = clock.now()
    units = [KnownUnit(unit.id, unit.code, unit.name) for unit in queries.units()]
    return compare(sheet, _known(at), units, at, zone())


def take_in(
    data: bytes, *, actor_id: int | None, skip_bad_rows: bool = False, seen: str | None = None
) -> Preview:
    """Write what a file changes, and answer with what was written. `seen`: the fingerprint of the preview agreed to.

    Facts are added with the time they became known, and none is overwritten. Raises RuleBroken and changes nothing
    when rows cannot be used and are not to be skipped, or when the register has changed since the preview was seen.
    """
    sheet = read(
        data, clock.now(), zone()
    )  # takes seconds for a large file, and keeps no writer waiting here
    with transaction() as session:
        hold_register()
        found = _compared(sheet)
        if seen is not None and seen != found.fingerprint:
            raise RuleBroken(Reason.of("register_moved"))
        if found.has_errors and not skip_bad_rows:
            raise RuleBroken(
                Reason.of("register_has_errors", rows=len(found.duplicates) + len(found.rejected))
            )
        if actor_id is not None and any(plan.known and plan.known.id == actor_id for plan in found.left):
            raise RuleBroken(Reason.of("register_without_you"))
        at = clock.now()
        administrators = queries.administrator_ids(at)
        if administrators and administrators <= {plan.known.id for plan in found.left if plan.known}:
            # From the command line nobody is signed in; the way back in would be the database alone.
            raise RuleBroken(Reason.of("register_without_administrator"))
        ids = _write_people(found, at)
        _append_facts(found, ids, at)
        gone = [plan.known.id for plan in found.left if plan.known]
        for part in _parts(gone):
            session.execute(
                update(MemberSession)
                .where(MemberSession.member_id.in_(part), MemberSession.ended_at.is_(None))
                .values(ended_at=at)
            )
        audit.record(
            "register_taken_in",
            actor_id=actor_id,
            file=hashlib.sha256(data).hexdigest(),
            counts=found.counts,
        )
        moved = [plan.known.id for plan in found.changed if plan.known and plan.standing]
        hooks.rights_changed([*moved, *gone])
    return found


def _known(at: datetime) -> Iterator[Known]:
    """Every member as the register has her now; a handful of queries however many they are."""
    payments: dict[int, set[tuple[date, date]]] = defaultdict(set)
    for member_id, paid_on, paid_until in db.session.execute(
        select(Dues.member_id, Dues.paid_on, Dues.paid_until)
    ):
        payments[member_id].add((paid_on, paid_until))
    into = aliased(Member)
    merged = dict(
        db.session.execute(
            select(Tombstone.member_id, into.member_no).join(into, into.id == Tombstone.into_id)
        ).all()
    )
    for row in db.session.execute(queries.register_at(at)):
        yield Known(
            id=row.id,
            member_no=row.member_no,
            name=row.name,
            email=row.email,
            gender=row.gender,
            unit_id=row.unit_id,
            membership_class=row.membership_class,
            status=row.status,
            joined_at=row.joined_at,
            born_year=row.born_year,
            payments=frozenset(payments.get(row.id, ())),
            merged_into=merged.get(row.id, ""),
        )


def _write_people(found: Preview, at: datetime) -> dict[str, int]:
    """Write names and addresses; answers the new members' ids by their numbers."""
    session = db.session
    changed = [(plan, plan.known) for plan in found.changed if plan.known]
    # Addresses are freed before they are given: two members may change theirs, and UNIQUE is asked row by row.
    freed: list[dict[str, Any]] = [
        {"id": known.id, "email": None}
        for plan, known in changed
        if known.email and plan.email != known.email
    ]
    if freed:
        session.execute(update(Member), freed)
    people: list[dict[str, Any]] = [
        {"id": known.id, "name": plan.name, "email": plan.email, "gender": plan.gender}
        for plan, known in changed
        if (plan.name, plan.email, plan.gender) != (known.name, known.email, known.gender)
    ]
    if people:
        session.execute(update(Member), people)
    if not found.new:
        return {}
    rows = [
        {
            "member_no": plan.entry.member_no,
            "name": plan.name,
            "email": plan.email,
            "gender": plan.gender,
            "locale": "nb",
            "registered_at": at,
        }
        for plan in found.new
    ]
    written = session.execute(insert(Member).returning(Member.member_no, Member.id), rows)
    return dict(written.all())


def _append_facts(found: Preview, ids: dict[str, int], at: datetime) -> None:
    def member_id(plan: Plan) -> int:
        return plan.known.id if plan.known else ids[plan.entry.member_no]

    plans = [*found.new, *found.changed, *found.left]
    standings: list[dict[str, Any]] = [
        {
            "member_id": member_id(plan),
            "unit_id": plan.standing.unit_id,
            "membership_class": plan.standing.membership_class,
            "status": plan.standing.status,
            "joined_at": plan.standing.joined_at,
            "born_year": plan.standing.born_year,
            "recorded_at": at,
        }
        for plan in plans
        if plan.standing
    ]
    payments: list[dict[str, Any]] = [
        {
            "member_id": member_id(plan),
            "paid_on": plan.payment[0],
            "paid_until": plan.payment[1],
            "recorded_at": at,
        }
        for plan in plans
        if plan.payment
    ]
    if standings:
        db.session.execute(insert(Standing), standings)
    if payments:
        db.session.execute(insert(Dues), payments)


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _PART):
        yield ids[start : start + _PART]


def keep_file(name: str, data: bytes, *, actor_id: int) -> int:
    """Keep a file that is to be looked at before it is taken in; answers its number."""
    with transaction() as session:
        kept = RegisterFile(
            name=plain(name)[:200] or "register.csv", content=data, sent_by_id=actor_id, sent_at=clock.now()
        )
        session.add(kept)
        session.flush()
        return kept.id


def kept_file(file_id: int, *, actor_id: int) -> RegisterFile:
    """A file that this administrator has sent in; raises NotFound for another's or one that is gone."""
    kept = db.session.get(RegisterFile, file_id)
    if kept is None or kept.sent_by_id != actor_id or kept.sent_at <= clock.now() - FILE_KEPT:
        raise NotFound
    return kept


def drop_file(file_id: int, *, actor_id: int) -> None:
    """Forget a file, taken in or not."""
    with transaction() as session:
        session.execute(
            delete(RegisterFile).where(RegisterFile.id == file_id, RegisterFile.sent_by_id == actor_id)
        )


def forget_files(at: datetime) -> int:
    """Delete the files that nobody came back to."""
    with transaction() as session:
        return len(
            session.scalars(
                delete(RegisterFile).where(RegisterFile.sent_at <= at - FILE_KEPT).returning(RegisterFile.id)
            ).all()
        )
