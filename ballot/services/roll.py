"""The electoral roll: made once, at the freeze, from what was recorded before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import SystemRandom

from sqlalchemy import func, insert, or_, select

from ballot import facts
from ballot.models import AppendixKind, Ballot, Roll, RollEntry, RollNumber
from ballot.rules.eligibility import (
    BallotFacts,
    DuesPaid,
    Electorate,
    MemberFacts,
    RollMade,
    make_roll,
    roll_line,
)
from ballot.rules.lifecycle import DEFAULT_WINDOW, Timeline
from ballot.rules.participation import (
    Basis,
    Credit,
    Loss,
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
from forums.models import CaseThread, CreditLoss, Thread
from forums.models import Credit as CreditRow
from forums.queries import locked_cases
from foundation import audit
from foundation.errors import NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.access import Rights
from members.models import Dues, Member, Standing, Unit
from members.queries import standings_before
from members.rules.classes import Status
from members.rules.permissions import OfficeKind, Permission

# Whoever has left is no longer a member of the unit, and stands on none of its rolls.
MEMBERS = (Status.ACTIVE, Status.SUSPENDED)
CHUNK = 1_000
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
    made = make_roll(
        electors(
            about.electorate,
            freezes_at,
            freezes_at,
            case_id=case_id,
            window=about.window,
            minimum=ballot.minimum_contributions,
        ),
        about,
        ballot.shortfall,
    )
    lines = [roll_line(member, entitlement) for member, entitlement in made.lines]
    roll = Roll(
        ballot_id=ballot.id,
        sha256=bytes.fromhex(roll_hash(canonical_roll(ballot.id, freezes_at, lines))),
        lines=len(lines),
        otherwise_entitled=made.otherwise_entitled,
        qualified=made.qualified,
        entitled=made.entitled,
        lapsed=made.lapsed,
    )
    db.session.add(roll)
    db.session.flush()
    rows = list(_rows(ballot.id, made))
    # One statement for a thousand lines: without it each change between NULL and a credit began a new one.
    lines_in_bulk = insert(RollEntry).execution_options(render_nulls=True)
    for start in range(0, len(rows), CHUNK):
        db.session.execute(lines_in_bulk, rows[start : start + CHUNK])
    if not made.cancels:
        sealing.make_key(ballot.id)
    return Frozen(roll, made.cancels)


def _wait_for_writers(case_id: int | None) -> None:
    """Let whoever began to write before the freeze finish, so that her contribution is on the roll.

    Posts are dated after their thread's row was locked: whoever gets that lock after us is dated after the
    freeze, whoever had it before us has committed.
    """
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


def _rows(ballot_id: int, made: RollMade) -> Iterator[dict[str, object]]:
    """The lines as rows, in the order of numbers drawn by lot: neither order nor number tells who is who."""
    lines = list(made.lines)
    SystemRandom().shuffle(lines)
    for number, (member, entitlement) in enumerate(lines, start=1):
        counted = member.participation.counted if member.participation else ()
        rests = entitlement.basis is not Basis.NONE and counted
        yield {
            "ballot_id": ballot_id,
            "roll_no": number,
            "member_id": member.member_id,
            "unit_id": int(member.unit_path.rstrip("/").rpartition("/")[2]),
            "membership_class": member.membership_class,
            "entitled": entitlement.entitled,
            "otherwise_entitled": entitlement.otherwise_entitled,
            "reason": entitlement.reason.code if entitlement.reason else "",
            "basis": "" if entitlement.basis is Basis.NONE else entitlement.basis.value,
            "credit_id": counted[0].credit_id if rests else None,
            "voted": False,
        }


def electors(
    electorate: Electorate,
    before: datetime,
    freezes_at: datetime,
    *,
    case_id: int | None = None,
    window: Window | None = None,
    minimum: int = 1,
) -> list[MemberFacts]:
    """Every member of the electorate's units with what was recorded of her before a moment: at most three queries.

    Dues are read only where the electorate asks for them, credits only where a case is named.
    """
    last = standings_before(before).subquery()
    inside = or_(*(Unit.path.startswith(path, autoescape=True) for path in electorate.unit_paths))
    rows = db.session.execute(
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
    ).all()
    day = freezes_at.astimezone(electorate.zone).date()
    dues: dict[int, list[DuesPaid]] = defaultdict(list)
    if electorate.dues_grace_days is not None:
        reaching = Dues.paid_until >= day - timedelta(days=min(electorate.dues_grace_days, 20_000))
        for member_id, paid_on, paid_until in db.session.execute(
            select(Dues.member_id, Dues.paid_on, Dues.paid_until).where(Dues.recorded_at < before, reaching)
        ):
            dues[member_id].append(DuesPaid(paid_on, paid_until))
    debate = _debate(case_id, before) if case_id is not None and window is not None else None
    nothing: tuple[list[Credit], list[Loss]] = ([], [])
    return [
        MemberFacts(
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
            participation=standing(*(debate.get(member_id, nothing)), window, minimum)
            if debate is not None and window is not None
            else None,
        )
        for member_id, member_no, path, code, name, membership_class, status, joined_at, born_year in rows
    ]


def _debate(case_id: int, before: datetime) -> dict[int, tuple[list[Credit], list[Loss]]]:
    """Credits and losses by member, as recorded before a moment."""
    debate: dict[int, tuple[list[Credit], list[Loss]]] = {}
    for credit, loss in db.session.execute(
        select(CreditRow, CreditLoss)
        .outerjoin(CreditLoss, (CreditLoss.credit_id == CreditRow.id) & (CreditLoss.recorded_at < before))
        .where(CreditRow.case_id == case_id, CreditRow.recorded_at < before)
    ):
        credits_of, losses = debate.setdefault(credit.member_id, ([], []))
        credits_of.append(facts.credit_of(credit))
        if loss is not None:
            losses.append(facts.loss_of(loss))
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
) -> Counted:
    """Count the electorate as if the freeze were now; a window that has no opening yet is the usual 14 days."""
    soon = at + _INSTANT
    window = Window(min(window_opens_at or at - DEFAULT_WINDOW, at), soon)
    members = electors(electorate, soon, at, case_id=case_id, window=window, minimum=minimum)
    setting = Setting.NONE if case_id is None else Setting.REPORT_ONLY
    about = BallotFacts(Timeline(drafter_id=0), electorate, replace(window, freezes_at=soon), setting)
    made = make_roll(members, about)
    entitled = tuple(member for member, line in made.lines if line.otherwise_entitled)
    return Counted(made.otherwise_entitled, made.qualified or 0, entitled)


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
