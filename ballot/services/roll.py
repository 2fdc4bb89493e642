"""The electoral roll: made once, at the freeze, from what was recorded before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, islice
from random import SystemRandom
from typing import Any, NamedTuple

from sqlalchemy import Select, func, insert, or_, select
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from ballot import facts
from ballot.models import AppendixKind, Ballot, Roll, RollEntry, RollNumber
from ballot.rules.eligibility import (
    BallotFacts,
    DuesPaid,
    Electorate,
    Entitlement,
    MemberFacts,
    entitled,
    make_roll,
    too_few,
)
from ballot.rules.lifecycle import DEFAULT_WINDOW, Timeline
from ballot.rules.participation import (
    ALL_KINDS,
    Basis,
    Credit,
    Ground,
    Kind,
    Loss,
    Participation,
    RollLine,
    Setting,
    Window,
    canonical_roll,
    roll_hash,
    standing,
)
from ballot.rules.small_numbers import shown_count
from ballot.secrecy import sealing
from ballot.services import appendices
from forums.models import CaseThread, CreditLoss, Finding, Thread
from forums.models import Credit as CreditRow
from forums.queries import locked_cases
from foundation import audit
from foundation.errors import NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.access import Rights
from members.models import Dues, Member, Standing, Unit
from members.queries import standings_before
from members.rules.classes import MembershipClass, Status
from members.rules.permissions import OfficeKind, Permission
from members.services.facts import register_stands

# Whoever has left is no longer a member of the unit, and stands on none of its rolls.
MEMBERS = (Status.ACTIVE, Status.SUSPENDED)
CHUNK = 1_000
PART = 5_000
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Frozen:
    """A roll as it was stored: the numbers and the hash that are published, and whether it ends the ballot."""

    roll: Roll
    cancels: bool

    def published(self) -> dict[str, object]:
        """What the event says. How many took part is told from five on, as elsewhere."""
        roll = self.roll
        return {
            "sha256": roll.sha256.hex(),
            "lines": roll.lines,
            "otherwise_entitled": roll.otherwise_entitled,
            "entitled": roll.entitled,
            "qualified": None if roll.qualified is None else shown_count(roll.qualified),
            "lapsed": roll.lapsed,
        }


def freeze(ballot: Ballot) -> Frozen:
    """Make the roll of a ballot whose freeze is due, in the transaction that records it (PARTICIPATION section 9).

    Reads only rows recorded before the freeze: a late computation equals a timely one. A handful of
    queries, whatever the number of members.
    """
    about = facts.ballot_facts(ballot)
    freezes_at = about.window.freezes_at
    case_id = ballot.case_id if facts.setting_of(ballot) is not Setting.NONE else None
    _wait_for_writers(case_id)
    lines = [
        _line(member, entitled(member, about))
        for member in electors(
            about.electorate,
            freezes_at,
            freezes_at,
            case_id=case_id,
            window=about.window,
            minimum=ballot.minimum_contributions,
            kinds=facts.kinds_of(ballot),
        )
    ]
    tested = too_few(
        about,
        otherwise_entitled=sum(line.otherwise_entitled for line in lines),
        qualified=sum(line.basis is not Basis.NONE for line in lines),
        shortfall=ballot.shortfall,
    )
    if tested.lapsed:
        lines = [line.without_rule() for line in lines]
    roll = Roll(
        ballot_id=ballot.id,
        sha256=bytes.fromhex(
            roll_hash(canonical_roll(ballot.id, freezes_at, (line.as_rolled() for line in lines)))
        ),
        lines=len(lines),
        otherwise_entitled=tested.otherwise_entitled,
        qualified=tested.qualified,
        entitled=sum(line.entitled for line in lines),
        lapsed=tested.lapsed,
    )
    db.session.add(roll)
    db.session.flush()
    _store(ballot.id, lines)
    if not tested.cancels:
        sealing.make_key(ballot.id)
    return Frozen(roll, tested.cancels)


class _Line(NamedTuple):
    """A line of the roll in the making: what is kept of a member while the others are read."""

    member_id: int
    member_no: str
    unit_id: int
    unit_code: str
    membership_class: MembershipClass
    entitled: bool
    otherwise_entitled: bool
    reason: str
    basis: Basis
    credit_id: int | None

    def without_rule(self) -> _Line:
        """The line of a rule that lapsed: whoever is otherwise entitled votes, without a basis."""
        if not self.otherwise_entitled:
            return self
        return self._replace(entitled=True, reason="", basis=Basis.NONE, credit_id=None)

    def as_rolled(self) -> RollLine:
        """The line in the words of the canonical form."""
        return RollLine(
            self.member_no,
            self.unit_code,
            self.membership_class,
            self.entitled,
            self.reason or "none",
            self.basis,
        )


def _line(member: MemberFacts, entitlement: Entitlement) -> _Line:
    counted = member.participation.counted if member.participation else ()
    rests = entitlement.basis is not Basis.NONE and counted
    return _Line(
        member.member_id,
        member.member_no,
        int(member.unit_path.rstrip("/").rpartition("/")[2]),
        member.unit_code,
        member.membership_class,
        entitlement.entitled,
        entitlement.otherwise_entitled,
        entitlement.reason.code if entitlement.reason else "",
        entitlement.basis,
        counted[0].credit_id if rests else None,
    )


def _wait_for_writers(case_id: int | None) -> None:
    """Let whoever began to write before the freeze finish, so that her contribution is on the roll.

    The register is dated by whoever holds it, and a file that is being taken in is finished first.
    Posts are dated after their thread's row was locked: whoever gets that lock after us is dated after the
    freeze, whoever had it before us has committed.
    """
    register_stands()
    if case_id is not None:
        db.session.execute(
            select(Thread.id)
            .join(CaseThread, CaseThread.thread_id == Thread.id)
            .where(CaseThread.case_id == case_id)
            .order_by(Thread.id)
            .with_for_update(of=Thread)
        ).all()
        # Statements and check-ins stand in no thread: they are dated while they hold the case.
        db.session.execute(locked_cases([case_id])).all()


def _store(ballot_id: int, lines: list[_Line]) -> None:
    """Write the lines in the order of numbers drawn by lot: neither order nor number tells who is who."""
    SystemRandom().shuffle(lines)
    rows = (
        {
            "ballot_id": ballot_id,
            "roll_no": number,
            "member_id": line.member_id,
            "unit_id": line.unit_id,
            "membership_class": line.membership_class,
            "entitled": line.entitled,
            "otherwise_entitled": line.otherwise_entitled,
            "reason": line.reason,
            "basis": "" if line.basis is Basis.NONE else line.basis.value,
            "credit_id": line.credit_id,
            "voted": False,
        }
        for number, line in enumerate(lines, start=1)
    )
    if db.session.get_bind().dialect.name == "postgresql":
        _copy(rows)
        return
    lines_in_bulk = insert(RollEntry.__table__)  # type: ignore[arg-type]  # a table, whatever the mapper calls it
    while part := list(islice(rows, CHUNK)):
        db.session.execute(lines_in_bulk, part)


def _copy(rows: Iterator[dict[str, Any]]) -> None:
    """Store rows by PostgreSQL's COPY, in the transaction under way: a large roll in a third of the time."""
    first = next(rows, None)
    if first is None:
        return
    raw = db.session.connection().connection.driver_connection
    if raw is None:
        raise RuntimeError("the session has no connection")
    with raw.cursor() as cursor, cursor.copy(f"COPY roll_entry ({', '.join(first)}) FROM STDIN") as into:
        for row in chain([first], rows):
            into.write_row(tuple(row.values()))


def electors(
    electorate: Electorate,
    before: datetime,
    freezes_at: datetime,
    *,
    case_id: int | None = None,
    window: Window | None = None,
    minimum: int = 1,
    kinds: frozenset[Kind] = ALL_KINDS,
) -> Iterator[MemberFacts]:
    """Every member of the electorate's units with what was recorded of her before a moment, in order of her id.

    One query for the members, which are fetched a few thousand at a time, and for each such part at most
    three: dues where the electorate asks for them, and credits where a case is named. So the memory it takes
    does not grow with the members or with what they have written.
    """
    last = standings_before(before).subquery()
    inside = or_(*(Unit.path.startswith(path, autoescape=True) for path in electorate.unit_paths))
    found = db.session.execute(
        select(
            Member.id,
            Member.member_no,
            Unit.path,
            Unit.code,
            Unit.name,
            Standing.membership_class,
            Standing.status,
            Standing.joined_at,
            Standing.born_year,
        )
        .join(last, last.c.id == Standing.id)
        .join(Member, Member.id == Standing.member_id)
        .join(Unit, Unit.id == Standing.unit_id)
        .where(inside, Standing.status.in_(MEMBERS))
        .order_by(Member.id)
        .execution_options(yield_per=PART)
    )
    nothing = standing((), (), window, minimum, kinds=kinds) if window is not None else None
    for rows in found.partitions():
        first, final = rows[0][0], rows[-1][0]
        dues = _dues(electorate, before, freezes_at, first, final)
        debate = (
            _debate(case_id, before, window, minimum, kinds, first, final)
            if case_id is not None and window is not None
            else None
        )
        for member_id, member_no, path, code, name, membership_class, status, joined_at, born_year in rows:
            yield MemberFacts(
                member_id=member_id,
                member_no=member_no,
                unit_path=path,
                unit_code=code,
                unit_name=name,
                membership_class=membership_class,
                status=status,
                joined_at=joined_at,
                born_year=born_year,
                dues=tuple(dues.get(member_id, ())),
                participation=None if debate is None else debate.get(member_id, nothing),
            )


def _dues(
    electorate: Electorate, before: datetime, freezes_at: datetime, first: int, final: int
) -> dict[int, list[DuesPaid]]:
    """What members with ids in this range have paid that can reach the freeze; nothing where no bylaw asks."""
    dues: dict[int, list[DuesPaid]] = defaultdict(list)
    if electorate.dues_grace_days is not None:
        day = freezes_at.astimezone(electorate.zone).date()
        reaching = Dues.paid_until >= day - timedelta(days=min(electorate.dues_grace_days, 20_000))
        for member_id, paid_on, paid_until in db.session.execute(
            select(Dues.member_id, Dues.paid_on, Dues.paid_until).where(
                Dues.recorded_at < before, reaching, Dues.member_id.between(first, final)
            )
        ):
            dues[member_id].append(DuesPaid(paid_on, paid_until))
    return dues


def _debate(
    case_id: int,
    before: datetime,
    window: Window,
    minimum: int,
    kinds: frozenset[Kind],
    first: int,
    final: int,
) -> dict[int, Participation]:
    """Where those members with ids in this range stand who have contributed, as recorded before a moment.

    The rule reads contributions in their order. Where the earliest `minimum` of a member all count, she has
    qualified by the earliest, whatever else she wrote; only of the others everything is read.
    """
    place = (
        func.row_number()
        .over(partition_by=CreditRow.member_id, order_by=(CreditRow.at, CreditRow.id))
        .label("place")
    )
    known = (
        select(*_CREDIT, place)
        .where(
            CreditRow.case_id == case_id,
            CreditRow.member_id.between(first, final),
            CreditRow.recorded_at < before,
            CreditRow.at >= window.opens_at,
            CreditRow.at < window.freezes_at,
        )
        .subquery()
    )
    stands: dict[int, Participation] = {}
    unsettled = []
    for member_id, written in _read(select(known).where(known.c.place <= minimum), known.c, before).items():
        stands[member_id] = standing(*written, window, minimum, kinds=kinds)
        if not stands[member_id].qualified and len(written[0]) >= minimum:
            unsettled.append(member_id)
    for start in range(0, len(unsettled), CHUNK):
        some = unsettled[start : start + CHUNK]
        for member_id, written in _read(
            select(known).where(known.c.member_id.in_(some)), known.c, before
        ).items():
            stands[member_id] = standing(*written, window, minimum, kinds=kinds)
    return stands


# Known before the freeze, all of them: when each was recorded makes no difference any more.
_CREDIT = (
    CreditRow.id,
    CreditRow.member_id,
    CreditRow.kind,
    CreditRow.post_id,
    CreditRow.visible_characters,
    CreditRow.anchored,
    CreditRow.at,
)


def _read(
    which: Select[Any], columns: ReadOnlyColumnCollection[str, Any], before: datetime
) -> dict[int, tuple[list[Credit], list[Loss]]]:
    """Credits and their losses by member."""
    debate: dict[int, tuple[list[Credit], list[Loss]]] = {}
    seen: set[int] = set()
    rows = db.session.execute(
        which.outerjoin(CreditLoss, (CreditLoss.credit_id == columns.id) & (CreditLoss.recorded_at < before))
        .outerjoin(Finding, Finding.id == CreditLoss.finding_id)
        .with_only_columns(
            *(columns[column.key] for column in _CREDIT),
            CreditLoss.ground,
            CreditLoss.recorded_at.label("lost_at"),
            Finding.notified_at,
            Finding.code,
            Finding.reversed_at,
        )
    )
    for credit_id, member_id, kind, post_id, characters, anchored, at, *loss in rows:
        credits_of, losses = debate.setdefault(member_id, ([], []))
        if credit_id not in seen:
            seen.add(credit_id)
            source = f"post:{post_id}" if post_id is not None else f"credit:{credit_id}"
            credits_of.append(Credit(credit_id, Kind(kind.value), at, source, characters, anchored=anchored))
        ground, lost_at, notified_at, code, reversed_at = loss
        if ground is not None:
            losses.append(
                Loss(credit_id, Ground(ground.value), lost_at, notified_at, code or "", reversed_at)
            )
    return debate


@dataclass(frozen=True)
class Counted:
    """How many would be entitled if the roll were made now, and how many of them have taken part."""

    otherwise_entitled: int
    qualified: int
    members: tuple[MemberFacts, ...]


def as_if_now(
    electorate: Electorate,
    at: datetime,
    *,
    case_id: int | None = None,
    window_opens_at: datetime | None = None,
    minimum: int = 1,
    kinds: frozenset[Kind] = ALL_KINDS,
) -> Counted:
    """Count the electorate as if the freeze were now; a window that has no opening yet is the usual 14 days."""
    soon = at + _INSTANT
    window = Window(min(window_opens_at or at - DEFAULT_WINDOW, at), soon)
    members = electors(electorate, soon, at, case_id=case_id, window=window, minimum=minimum, kinds=kinds)
    setting = Setting.NONE if case_id is None else Setting.REPORT_ONLY
    about = BallotFacts(Timeline(drafter_id=0), electorate, replace(window, freezes_at=soon), setting)
    made = make_roll(members, about)
    there = tuple(member for member, line in made.lines if line.otherwise_entitled)
    return Counted(made.otherwise_entitled, made.qualified or 0, there)


def canonical_of(ballot: Ballot) -> bytes:
    """The roll of a ballot as it was frozen, in its canonical form, written again from its rows (section 9).

    What appendices have changed since is undone, and a member erased since stands there under the number that
    the roll was made with.
    """
    before = appendices.undone(ballot.id)
    rows = db.session.execute(
        select(
            RollEntry.roll_no,
            func.coalesce(RollNumber.member_no, Member.member_no),
            Unit.code,
            RollEntry.membership_class,
            RollEntry.entitled,
            RollEntry.reason,
            RollEntry.basis,
        )
        .join(Member, Member.id == RollEntry.member_id)
        .join(Unit, Unit.id == RollEntry.unit_id)
        .outerjoin(
            RollNumber,
            (RollNumber.ballot_id == RollEntry.ballot_id) & (RollNumber.roll_no == RollEntry.roll_no),
        )
        .where(RollEntry.ballot_id == ballot.id)
    )
    lines = [
        RollLine(number, unit, kind, entitled, reason or "none", Basis(basis or "none"))
        if roll_no not in before
        else before[roll_no]
        for roll_no, number, unit, kind, entitled, reason, basis in rows
    ]
    frozen = [line for line in lines if line is not None]
    return canonical_roll(ballot.id, facts.window_of(ballot).freezes_at, frozen)


def export(ballot_id: int, rights: Rights) -> bytes:
    """The roll with its appendices for tellers and control committee; that it was fetched is kept in the audit log.

    Raises NotFound before the roll is made, RuleBroken once its names have been reduced to counts.
    """
    with transaction():
        ballot = db.session.get(Ballot, ballot_id)
        made = db.session.get(Roll, ballot_id)
        if ballot is None or made is None:
            raise NotFound
        if made.reduced_at is not None:
            raise RuleBroken(Reason.of("roll_reduced", at=made.reduced_at))
        audit.record(
            Permission.SEE_ROLL,
            actor_id=rights.member.id,
            unit_id=ballot.unit_id,
            subject=("ballot", ballot_id),
        )
        return canonical_of(ballot) + appendices.exported(ballot.id)


def without_rule(ballot: Ballot, at: datetime, reason: str) -> None:
    """The one appendix of a rule that was suspended after the freeze: everybody otherwise entitled, basis `none`."""
    ids = entitled_ids(ballot)
    appendices.append(
        ballot,
        AppendixKind.SUSPENSION,
        [appendices.Change(member_id, entitled=True) for member_id in ids],
        at=at,
        actor=appendices.office(OfficeKind.BOARD_CHAIR, ballot.unit),
        reason=reason,
    )


def concerned_ids(ballot: Ballot, at: datetime) -> Sequence[int]:
    """Those entitled but for the rule: by the roll where it is made, else as if it were made now."""
    if facts.roll_is_made(ballot):
        return entitled_ids(ballot)
    return [member.member_id for member in as_if_now(facts.electorate(ballot), at).members]


def entitled_ids(ballot: Ballot) -> Sequence[int]:
    """The members who are entitled but for the rule, by the roll."""
    return db.session.scalars(
        select(RollEntry.member_id).where(RollEntry.ballot_id == ballot.id, RollEntry.otherwise_entitled)
    ).all()
