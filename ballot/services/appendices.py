"""Changes of a roll after its freeze: numbered appendices with actor, reason and a chain of hashes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, select

from ballot import events
from ballot.models import (
    AppendixKind,
    Ballot,
    EventKind,
    Roll,
    RollAppendix,
    RollAppendixLine,
    RollEntry,
    RollNumber,
)
from ballot.queries import standing_before
from ballot.rules.appendices import canonical_appendix, line_of, text_of
from ballot.rules.participation import Basis, RollLine
from foundation.extensions import db
from foundation.text import plain
from members.models import Member, Unit
from members.rules.permissions import OfficeKind

SYSTEM = "system"
REGISTER = "register"
LONGEST_REASON = 1000
CHUNK = 500


@dataclass(frozen=True)
class Change:
    """What becomes of one member's line; `otherwise_entitled` None leaves that as it is."""

    member_id: int
    entitled: bool
    reason: str = ""
    basis: Basis = Basis.NONE
    credit_id: int | None = None
    otherwise_entitled: bool | None = None


def office(kind: OfficeKind, unit: Unit) -> str:
    """The office that acts, as an appendix names it: no person."""
    return f"{kind} {unit.code}"


def append(
    ballot: Ballot,
    kind: AppendixKind,
    changes: Iterable[Change],
    *,
    at: datetime,
    actor: str,
    reason: str,
) -> RollAppendix | None:
    """Change a roll that this transaction has locked by its ballot's row; None where no line changes.

    The lock is the one that casting shares: whoever is added votes from the commit on, and nobody votes
    while she is taken off. Whoever has a mark is never taken off, since her paper cannot be found. `reason`
    is public.
    """
    wanted = {change.member_id: change for change in changes}
    roll = db.session.get_one(Roll, ballot.id, populate_existing=True)
    found = _entries(ballot.id, list(wanted))
    changed: list[tuple[int, str, RollLine]] = []
    for member_id, change in sorted(wanted.items()):
        line = found.get(member_id) or _new_line(ballot, roll, change)
        if line is None:
            continue
        entry, was = line
        now = _apply(roll, entry, was, change)
        if now is not None:
            changed.append((entry.roll_no, text_of(was) if member_id in found else "", now))
    if not changed:
        return None
    db.session.flush()
    return _record(ballot, roll, kind, changed, at=at, actor=actor, reason=reason)


def _record(
    ballot: Ballot,
    roll: Roll,
    kind: AppendixKind,
    changed: Sequence[tuple[int, str, RollLine]],
    *,
    at: datetime,
    actor: str,
    reason: str,
) -> RollAppendix:
    last = db.session.scalar(
        select(RollAppendix)
        .where(RollAppendix.ballot_id == ballot.id)
        .order_by(RollAppendix.number.desc())
        .limit(1)
    )
    number = last.number + 1 if last else 1
    previous = last.sha256 if last else roll.sha256
    public = plain(reason)[:LONGEST_REASON] or kind.value
    lines = [line for _roll_no, _was, line in changed]
    written = canonical_appendix(
        ballot.id, number, at, kind=kind, actor=actor, reason=public, previous=previous, lines=lines
    )
    appendix = RollAppendix(
        ballot_id=ballot.id,
        number=number,
        kind=kind,
        actor=actor,
        reason=public,
        at=at,
        lines=roll.lines,
        otherwise_entitled=roll.otherwise_entitled,
        entitled=roll.entitled,
        previous=previous,
        sha256=sha256(written).digest(),
    )
    db.session.add(appendix)
    db.session.flush()
    db.session.add_all(
        RollAppendixLine(ballot_id=ballot.id, number=number, roll_no=roll_no, was=was, now=text_of(line))
        for roll_no, was, line in changed
    )
    events.record(
        ballot,
        EventKind.ROLL_APPENDED,
        at,
        number=number,
        appendix=kind,
        changed=len(changed),
        reason=public,
        sha256=appendix.sha256.hex(),
        lines=roll.lines,
        entitled=roll.entitled,
        otherwise_entitled=roll.otherwise_entitled,
    )
    return appendix


def _entries(ballot_id: int, member_ids: Sequence[int]) -> dict[int, tuple[RollEntry, RollLine]]:
    found = {}
    for start in range(0, len(member_ids), CHUNK):
        rows = db.session.execute(
            select(RollEntry, func.coalesce(RollNumber.member_no, Member.member_no), Unit.code)
            .join(Member, Member.id == RollEntry.member_id)
            .join(Unit, Unit.id == RollEntry.unit_id)
            .outerjoin(
                RollNumber,
                (RollNumber.ballot_id == RollEntry.ballot_id) & (RollNumber.roll_no == RollEntry.roll_no),
            )
            .where(
                RollEntry.ballot_id == ballot_id,
                RollEntry.member_id.in_(member_ids[start : start + CHUNK]),
            )
            .execution_options(populate_existing=True)
        )
        for entry, member_no, code in rows:
            found[entry.member_id] = (entry, _line(entry, member_no, code))
    return found


def _line(entry: RollEntry, member_no: str, unit_code: str) -> RollLine:
    return RollLine(
        member_no,
        unit_code,
        entry.membership_class,
        entry.entitled,
        entry.reason or "none",
        Basis(entry.basis or "none"),
    )


def _new_line(ballot: Ballot, roll: Roll, change: Change) -> tuple[RollEntry, RollLine] | None:
    """A line for somebody who had none: she was not a member of the ballot's units at the freeze."""
    member = db.session.get(Member, change.member_id)
    freezes_at = ballot.roll_freezes_at
    standing = standing_before(change.member_id, freezes_at) if freezes_at else None
    if not change.entitled or member is None or standing is None:
        return None
    last = db.session.scalar(select(func.max(RollEntry.roll_no)).where(RollEntry.ballot_id == ballot.id))
    entry = RollEntry(
        ballot_id=ballot.id,
        roll_no=(last or 0) + 1,
        member_id=member.id,
        unit_id=standing.unit_id,
        membership_class=standing.membership_class,
        entitled=False,
        otherwise_entitled=False,
        reason="not_on_roll",
        basis="",
        voted=False,
    )
    db.session.add(entry)
    db.session.flush()
    roll.lines += 1
    return entry, _line(entry, member.member_no, standing.unit.code)


def _apply(roll: Roll, entry: RollEntry, was: RollLine, change: Change) -> RollLine | None:
    if entry.voted and not change.entitled:
        return None
    otherwise = entry.otherwise_entitled if change.otherwise_entitled is None else change.otherwise_entitled
    reason = "" if change.entitled else change.reason
    basis = "" if change.basis is Basis.NONE else change.basis.value
    now = RollLine(
        was.member_no, was.unit_code, was.membership_class, change.entitled, reason or "none", change.basis
    )
    if now == was and otherwise == entry.otherwise_entitled:
        return None
    roll.entitled += int(change.entitled) - int(entry.entitled)
    roll.otherwise_entitled += int(otherwise) - int(entry.otherwise_entitled)
    entry.entitled, entry.otherwise_entitled = change.entitled, otherwise
    entry.reason, entry.basis, entry.credit_id = reason, basis, change.credit_id
    return now


def of(ballot_id: int) -> list[RollAppendix]:
    """All appendices of a ballot in order."""
    return list(
        db.session.scalars(
            select(RollAppendix).where(RollAppendix.ballot_id == ballot_id).order_by(RollAppendix.number)
        )
    )


def undone(ballot_id: int) -> dict[int, RollLine | None]:
    """What stood on the roll at the freeze where an appendix has changed it, by the line's number; None for no line."""
    first: dict[int, RollLine | None] = {}
    for roll_no, was in db.session.execute(
        select(RollAppendixLine.roll_no, RollAppendixLine.was)
        .where(RollAppendixLine.ballot_id == ballot_id)
        .order_by(RollAppendixLine.number)
    ):
        first.setdefault(roll_no, line_of(was) if was else None)
    return first


def exported(ballot_id: int) -> bytes:
    """The appendices in their canonical form, each followed by its hash; empty where there are none."""
    lines: dict[int, list[RollLine]] = {}
    for number, now in db.session.execute(
        select(RollAppendixLine.number, RollAppendixLine.now).where(RollAppendixLine.ballot_id == ballot_id)
    ):
        lines.setdefault(number, []).append(line_of(now))
    return b"".join(
        canonical_appendix(
            ballot_id,
            appendix.number,
            appendix.at,
            kind=appendix.kind,
            actor=appendix.actor,
            reason=appendix.reason,
            previous=appendix.previous,
            lines=lines.get(appendix.number, ()),
        )
        + f"sha256\t{appendix.sha256.hex()}\n".encode()
        for appendix in of(ballot_id)
    )
