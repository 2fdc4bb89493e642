"""Two entries of the register that are one person: what both have becomes hers, and she has one vote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import force_locale
from sqlalchemy import and_, delete, exists, func, or_, select, update

from ballot import events, facts, joint
from ballot.appeals import queries as appeals
from ballot.appeals.models import AppealReceipt, AppealState, AppealVote, RollAppeal
from ballot.models import AppendixKind, Ballot, EventKind, RollEntry, RollNumber
from ballot.people.references import Treatment, columns, keys_with, treatment
from ballot.rules.lifecycle import State
from ballot.rules.participation import Basis
from ballot.services import appendices, lifecycle, teller_letters
from ballot.services.appendices import Change
from forums.models import Credit, Post
from foundation import audit, clock, phrases
from foundation.errors import NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members import hooks
from members.access import Rights
from members.models import Farewell, Member, MemberSession, PrintedCode, SignInLink, Standing, Term, Tombstone
from members.queries import holders, lineage, standing_of
from members.rules.classes import Status
from members.rules.permissions import Matter, OfficeKind, Permission
from members.services.asking import require
from members.services.facts import hold_register

ACT = "merge_accounts"
# Two marks of one person can still be found and mended; a ballot that is final stands as it is.
MARKED = (State.OPEN, State.CLOSED, State.COUNTED, State.CERTIFIED)
WITH_ROLL = (State.FROZEN, *MARKED, State.FINAL, State.ANNULLED)


@dataclass(frozen=True)
class Preview:
    """What a merge would do: `kept` is the entry that stands for the person, `gone` the one that ends.

    `ballots` are those that run with a line for both; `blocked` says that the merge is refused, and never
    which way anybody voted.
    """

    kept: Member
    gone: Member
    kept_standing: Standing
    gone_standing: Standing
    posts: int
    credits: int
    offices: int
    ballots: tuple[str, ...]
    blocked: bool


def preview(kept_id: int, gone_no: str, rights: Rights) -> Preview:
    """What it would do to make one entry of two; raises NotFound, NotAllowed, RuleBroken for what cannot be one."""
    gone_id = db.session.scalar(select(Member.id).where(Member.member_no == gone_no.strip()))
    if gone_id is None:
        raise RuleBroken(Reason.of("merge_unknown"))
    kept, gone, kept_standing, gone_standing = _both(kept_id, gone_id, rights)
    both = _on_both(kept_id, gone_id)
    return Preview(
        kept=kept,
        gone=gone,
        kept_standing=kept_standing,
        gone_standing=gone_standing,
        posts=_count(Post, Post.author_id == gone_id),
        credits=_count(Credit, Credit.member_id == gone_id),
        offices=_count(Term, and_(Term.member_id == gone_id, Term.ends_at > clock.now())),
        ballots=tuple(
            ballot.question for ballot, _a, _b in both if ballot.state in (State.FROZEN, State.OPEN)
        ),
        blocked=bool(_twice_marked(both)),
    )


def merge(kept_id: int, gone_id: int, rights: Rights) -> None:
    """Make one person of two entries (PARTICIPATION section 7): the credits unite, a mark stands, one vote is left.

    With a mark on both in a ballot that is not final the merge is refused, and its tellers get an incident
    that shows no choice. Raises NotAllowed for one's own entries, NotFound, RuleBroken.
    """
    _both(kept_id, gone_id, rights)
    lifecycle.advance_all(clock.now())
    try:
        _merge(kept_id, gone_id, rights)
    except RuleBroken as refusal:
        if refusal.reason.code == "merge_two_marks":
            _raise_incidents(kept_id, gone_id)
        audit.refused(ACT, actor_id=rights.member.id, reason=refusal.reason.code, subject=("member", kept_id))
        raise


def _merge(kept_id: int, gone_id: int, rights: Rights) -> None:
    actor_id = rights.member.id
    with transaction() as session:
        for ballot_id in sorted(_ballots_of(kept_id, gone_id)):
            lifecycle.lock(ballot_id)
        hold_register()
        at = clock.now()
        kept, gone, _standing, _other = _both(kept_id, gone_id, rights)
        both = _on_both(kept_id, gone_id)
        if _twice_marked(both):
            raise RuleBroken(Reason.of("merge_two_marks"))
        _drop_double_appeals(kept_id, gone_id)
        for column in columns():
            if treatment(column) is Treatment.MOVE:
                _move(column, kept_id, gone_id)
        _roll_lines(kept, gone)
        _standings(kept_id, gone_id, at)
        for ballot, mine, other in both:
            _one_line(ballot, mine, other, at)
        _sign_in(kept, gone, at)
        session.execute(update(Tombstone).where(Tombstone.into_id == gone_id).values(into_id=kept_id))
        session.add(Tombstone(member_id=gone_id, kind=Farewell.MERGED, into_id=kept_id, at=at))
        audit.record(ACT, actor_id=actor_id, subject=("member", kept_id), gone=gone_id)
        hooks.rights_changed([kept_id, gone_id])


def _both(kept_id: int, gone_id: int, rights: Rights) -> tuple[Member, Member, Standing, Standing]:
    for member_id in (kept_id, gone_id):
        matter = Matter(owner_id=member_id)
        require(rights, Permission.IMPORT_REGISTER, matter, unit_id=None, about=("member", member_id))
    kept, gone = db.session.get(Member, kept_id), db.session.get(Member, gone_id)
    at = clock.now()
    standings = standing_of(kept_id, at), standing_of(gone_id, at)
    if kept is None or gone is None or standings[0] is None or standings[1] is None:
        raise NotFound
    if kept_id == gone_id:
        raise RuleBroken(Reason.of("merge_same"))
    if db.session.scalar(exists().where(Tombstone.member_id.in_((kept_id, gone_id))).select()):
        raise RuleBroken(Reason.of("merge_gone"))
    return kept, gone, standings[0], standings[1]


def _count(model: type, which: object) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(which)) or 0  # type: ignore[arg-type]


def _ballots_of(kept_id: int, gone_id: int) -> Sequence[int]:
    return db.session.scalars(
        select(RollEntry.ballot_id)
        .join(Ballot, Ballot.id == RollEntry.ballot_id)
        .where(RollEntry.member_id.in_((kept_id, gone_id)), Ballot.state.in_(WITH_ROLL))
        .distinct()
    ).all()


def _on_both(kept_id: int, gone_id: int) -> list[tuple[Ballot, RollEntry, RollEntry]]:
    """The ballots whose roll has a line for each entry, with the lines."""
    found: dict[int, dict[int, RollEntry]] = {}
    for entry in db.session.scalars(
        select(RollEntry)
        .where(RollEntry.member_id.in_((kept_id, gone_id)))
        .execution_options(populate_existing=True)
    ):
        found.setdefault(entry.ballot_id, {})[entry.member_id] = entry
    return [
        (db.session.get_one(Ballot, ballot_id), lines[kept_id], lines[gone_id])
        for ballot_id, lines in sorted(found.items())
        if len(lines) == 2
    ]


def _twice_marked(both: Sequence[tuple[Ballot, RollEntry, RollEntry]]) -> list[Ballot]:
    return [ballot for ballot, mine, other in both if mine.voted and other.voted and ballot.state in MARKED]


def _raise_incidents(kept_id: int, gone_id: int) -> None:
    """Tell the tellers of each such ballot, or the control committee where it has none: that, and no more."""
    for found in _twice_marked(_on_both(kept_id, gone_id)):
        with transaction():
            at = clock.now()
            ballot = lifecycle.lock_and_advance(found.id, at)
            with force_locale("nb"):
                told = phrases.sentence(Reason.of("merge_incident"))
            standing = joint.of(ballot.id).incident
            if standing is not None and standing.reason == told:
                continue
            events.record(ballot, EventKind.INCIDENT_RAISED, at, reason=told)
            units = [unit.id for unit in lineage(ballot.unit)]
            control = [term.member_id for term in holders((OfficeKind.CONTROL_COMMITTEE,), units, at)]
            tellers = [row.member_id for row in ballot.tellers]
            teller_letters.write(ballot, "two_marks", f"two_marks:{at.isoformat()}", tellers or control)


def _drop_double_appeals(kept_id: int, gone_id: int) -> None:
    """Of two open appeals of one person in one ballot, one is enough."""
    for appeal in db.session.scalars(
        select(RollAppeal).where(RollAppeal.member_id == gone_id, RollAppeal.state == AppealState.OPEN)
    ).all():
        mine = appeals.latest(appeal.ballot_id, kept_id)
        if mine is None or mine.state is not AppealState.OPEN:
            continue
        for model in (AppealReceipt, AppealVote):
            db.session.execute(delete(model).where(model.appeal_id == appeal.id))
        db.session.delete(appeal)
        db.session.flush()
        ballot = db.session.get_one(Ballot, appeal.ballot_id)
        ballot.appeals_due_at = appeals.next_due(ballot.id)


def _move(column: object, kept_id: int, gone_id: int) -> None:
    """Let a column name the kept entry, but for rows that it has already: they stay where they say nothing new."""
    table = column.table  # type: ignore[attr-defined]  # a column of the schema
    moved = update(table).where(column == gone_id).values({column: kept_id})  # type: ignore[arg-type]
    for others in keys_with(column):  # type: ignore[arg-type]  # as above
        double = table.alias("double")
        same = [double.c[other.name] == other for other in others]
        moved = moved.where(~exists().where(double.c[column.name] == kept_id, *same))  # type: ignore[attr-defined]
    db.session.execute(moved.execution_options(synchronize_session=False))
    db.session.expire_all()


def _roll_lines(kept: Member, gone: Member) -> None:
    """Where only the ended entry stands on a roll, the person has that line, under the number it was made with."""
    for entry in db.session.scalars(select(RollEntry).where(RollEntry.member_id == gone.id)).all():
        if db.session.scalar(
            exists().where(RollEntry.ballot_id == entry.ballot_id, RollEntry.member_id == kept.id).select()
        ):
            continue
        if db.session.get(RollNumber, (entry.ballot_id, entry.roll_no)) is None:
            db.session.add(
                RollNumber(ballot_id=entry.ballot_id, roll_no=entry.roll_no, member_no=gone.member_no)
            )
        entry.member_id = kept.id
    db.session.flush()


def _standings(kept_id: int, gone_id: int, at: datetime) -> None:
    """She is a member since the first of the two days; the other entry is no member from now on."""
    mine, other = standing_of(kept_id, at), standing_of(gone_id, at)
    if mine is None or other is None:
        raise NotFound
    for member_id, standing, joined_at, status in (
        (kept_id, mine, min(mine.joined_at, other.joined_at), mine.status),
        (gone_id, other, other.joined_at, Status.RESIGNED),
    ):
        db.session.add(
            Standing(
                member_id=member_id,
                unit_id=standing.unit_id,
                membership_class=standing.membership_class,
                status=status,
                joined_at=joined_at,
                born_year=standing.born_year,
                recorded_at=at,
            )
        )
    db.session.flush()


def _one_line(ballot: Ballot, mine: RollEntry, other: RollEntry, at: datetime) -> None:
    """One vote in a ballot that runs: the mark of either stands for the person, and the second line ends."""
    if ballot.state not in (State.FROZEN, State.OPEN):
        return
    marked = mine.voted or other.voted
    otherwise = mine.otherwise_entitled or other.otherwise_entitled
    entitled, basis, credit_id = _united(ballot, mine, other)
    if other.voted:
        other.voted = False
        db.session.flush()
    appendices.append(
        ballot,
        AppendixKind.MERGED,
        [
            Change(
                mine.member_id,
                entitled=entitled or mine.voted,
                reason=mine.reason,
                basis=basis,
                credit_id=credit_id,
                otherwise_entitled=otherwise,
            ),
            Change(other.member_id, entitled=False, reason="merged", otherwise_entitled=False),
        ],
        at=at,
        actor=appendices.REGISTER,
        reason=AppendixKind.MERGED.value,
    )
    if marked and not mine.voted:
        mine.voted = True
        db.session.flush()


def _united(ballot: Ballot, mine: RollEntry, other: RollEntry) -> tuple[bool, Basis, int | None]:
    """Whether the person votes, and on what basis: what either line had, or what both debates give together."""
    for entry in (mine, other):
        if entry.entitled:
            return True, Basis(entry.basis or "none"), entry.credit_id
    if not (mine.otherwise_entitled or other.otherwise_entitled):
        return False, Basis.NONE, None
    taken = facts.own_participation(ballot, mine.member_id)
    if not taken.qualified:
        return False, Basis.NONE, None
    return True, taken.basis, taken.counted[0].credit_id


def _sign_in(kept: Member, gone: Member, at: datetime) -> None:
    address = kept.email or gone.email
    gone.email = None
    db.session.flush()
    kept.email = address
    kept.gender = kept.gender or gone.gender
    db.session.execute(
        update(MemberSession)
        .where(MemberSession.member_id == gone.id, MemberSession.ended_at.is_(None))
        .values(ended_at=at)
    )
    db.session.execute(delete(SignInLink).where(SignInLink.member_id == gone.id))
    db.session.execute(
        update(PrintedCode)
        .where(or_(PrintedCode.member_id == gone.id), PrintedCode.used_at.is_(None))
        .values(code_hash=None, expires_at=None)
    )
