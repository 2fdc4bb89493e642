"""«Mine data»: all that is kept of a member in one file, and its erasure to a tombstone that keeps the totals."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import ColumnElement, FromClause, case, delete, func, insert, or_, select, update

from ballot.appeals import queries as appeals
from ballot.appeals.models import AppealReceipt, AppealState, AppealVote, RollAppeal
from ballot.models import Ballot, BallotOption, Consent, Roll, RollEntry, RollNumber
from ballot.people.references import (
    HELPERS,
    PRIVATE,
    UNDER,
    WRITTEN,
    Fate,
    column_of,
    columns,
    is_written_by,
    told,
)
from ballot.services import lifecycle
from forums.models import Post
from forums.services import posts as writing
from forums.statements.models import Reading, Statement
from foundation import audit, clock
from foundation.errors import Reason, RuleBroken
from foundation.extensions import Base, db
from foundation.outbox import BouncedAddress, Letter
from foundation.transaction import transaction
from members import hooks
from members.access import Rights
from members.models import Farewell, Member, PrintedCode, Standing, Term, Tombstone
from members.queries import administrator_ids, standing_of
from members.rules.classes import Status
from members.rules.permissions import Matter, Permission
from members.services.facts import hold_register

NAME = "Tidligere medlem"
NOTHING: Mapping[str, None] = {}
NOT_TOLD = frozenset({"token_hash", "code_hash"})


def everything(rights: Rights) -> bytes:
    """All that the database holds of a member, as JSON: her entry, each row that names her, and what hangs on hers.

    A row that names her for what she did about somebody else, such as a statement she wrote down for a member, is
    told without that member's words.
    """
    rights.require(Permission.READ_MY_DATA, Matter(owner_id=rights.member.id))
    me = rights.member.id
    member = Base.metadata.tables["member"]
    held: dict[str, list[dict[str, object]]] = {"member": _rows(member, member.c.id == me)}
    naming = list(columns())
    found = [(column.table, _rows(column.table, column == me, _as_told_to(me))) for column in naming]
    for name, (way, owner) in UNDER.items():
        table, hers = Base.metadata.tables[name], column_of(owner)
        which = table.c[way].in_(select(hers.table.c.id).where(hers == me))
        # What others did about what is hers: which office, not which person.
        found.append((table, _rows(table, which, {str(column): None for column in naming})))
    for table, rows in found:
        if rows:
            known = held.setdefault(str(table.name), [])
            known.extend(row for row in rows if row not in known)
    return json.dumps(held, ensure_ascii=False, indent=2, default=_plain).encode()


def _as_told_to(member_id: int) -> dict[str, ColumnElement[bool] | None]:
    """The columns that hold somebody's own words, each with whose rows tell them to this member."""
    return {
        key: is_written_by(column_of(key), member_id)
        for key, written in WRITTEN.items()
        if written.fate is not Fate.KEEP
    }


def _rows(
    table: FromClause, which: ColumnElement[bool], only: Mapping[str, ColumnElement[bool] | None] = NOTHING
) -> list[dict[str, object]]:
    """The rows of a table, a column of `only` where its condition holds, and not at all where there is none."""
    shown: list[ColumnElement[object]] = []
    for column in told(table):
        key = str(column)
        if column.name in NOT_TOLD or (key in only and only[key] is None):
            continue
        condition = only.get(key)
        shown.append(column if condition is None else case((condition, column)).label(column.name))
    return [dict(row._mapping) for row in db.session.execute(select(*shown).where(which))]


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def erase(rights: Rights, *, keep_posts: bool) -> None:
    """Make an anonymous tombstone of a member; it cannot be undone.

    Name, number, address, sessions and all that is hers alone go at once; her posts go, or stand under
    «Tidligere medlem». Rolls, marks and credits keep their rows under an id that says nothing more, so every
    count and every hash stays. The number that a roll was made with stands on it until the roll is reduced.
    Raises NotAllowed, and RuleBroken for the last administrator.
    """
    me = rights.member.id
    rights.require(Permission.ERASE_MY_DATA, Matter(owner_id=me))
    # What is due is made from what is still known.
    lifecycle.advance_all(clock.now())
    with transaction() as session:
        hold_register()
        member = session.get_one(Member, me, with_for_update=True, populate_existing=True)
        at = clock.now()
        if administrator_ids(at) == {me}:
            raise RuleBroken(Reason.of("erase_last_administrator"))
        name, number, address = member.name, member.member_no, member.email
        _keep_numbers(me, number)
        _end_membership(me, at)
        if not keep_posts:
            _posts(me, at)
        _appeals(me, at)
        _statements(me, at)
        _candidacies(me, at)
        _letters(me, name, address)
        for key, written in WRITTEN.items():
            if written.fate is Fate.ERASE:
                text = column_of(key)
                session.execute(update(text.table).where(is_written_by(text, me)).values({text.name: ""}))
        for column in columns():
            if str(column) in HELPERS:
                session.execute(update(column.table).where(column == me).values({column.name: None}))
            elif column.table.name in PRIVATE:
                session.execute(delete(column.table).where(column == me))
        session.execute(delete(PrintedCode).where(PrintedCode.member_id == me))
        session.execute(update(Standing).where(Standing.member_id == me).values(born_year=None))
        session.execute(
            update(Member)
            .where(Member.id == me)
            .values(
                name=NAME,
                member_no=f"slettet-{secrets.token_hex(8)}",
                email=None,
                gender=None,
                locale="nb",
            )
        )
        session.add(Tombstone(member_id=me, kind=Farewell.ERASED, at=at))
        audit.record("erase_my_data", actor_id=me, subject=("member", me), kept_posts=keep_posts)
        hooks.rights_changed([me])


def _keep_numbers(member_id: int, number: str) -> None:
    """Rolls that still have their names keep the number they were made with, so that their hashes can be recomputed."""
    lines = db.session.execute(
        select(RollEntry.ballot_id, RollEntry.roll_no)
        .join(Roll, Roll.ballot_id == RollEntry.ballot_id)
        .outerjoin(
            RollNumber,
            (RollNumber.ballot_id == RollEntry.ballot_id) & (RollNumber.roll_no == RollEntry.roll_no),
        )
        .where(RollEntry.member_id == member_id, Roll.reduced_at.is_(None), RollNumber.roll_no.is_(None))
    ).all()
    if lines:
        db.session.execute(
            insert(RollNumber),
            [
                {"ballot_id": ballot_id, "roll_no": roll_no, "member_no": number}
                for ballot_id, roll_no in lines
            ],
        )


def _end_membership(member_id: int, at: datetime) -> None:
    standing = standing_of(member_id, at)
    if standing is not None:
        db.session.add(
            Standing(
                member_id=member_id,
                unit_id=standing.unit_id,
                membership_class=standing.membership_class,
                status=Status.RESIGNED,
                joined_at=standing.joined_at,
                born_year=None,
                recorded_at=at,
            )
        )
    for term in db.session.scalars(select(Term).where(Term.member_id == member_id, Term.ends_at > at)).all():
        term.ends_at = max(at, term.starts_at)
    db.session.flush()


def _posts(member_id: int, at: datetime) -> None:
    for post in db.session.scalars(
        select(Post).where(Post.author_id == member_id, Post.deleted_at.is_(None))
    ).all():
        writing.erase_text(post, at)


def _appeals(member_id: int, at: datetime) -> None:
    """What was written in appeals about her goes with its receipt; an open one ends, since she votes no more."""
    for appeal in db.session.scalars(select(RollAppeal).where(RollAppeal.member_id == member_id)).all():
        db.session.execute(update(AppealVote).where(AppealVote.appeal_id == appeal.id).values(sentence=""))
        db.session.execute(delete(AppealReceipt).where(AppealReceipt.appeal_id == appeal.id))
        if appeal.state is AppealState.OPEN:
            appeal.state, appeal.decided_at = AppealState.REVERSED, at
            db.session.flush()
            ballot = db.session.get_one(Ballot, appeal.ballot_id, with_for_update=True)
            ballot.appeals_due_at = appeals.next_due(ballot.id)
            ballot.appeals_cleared_at = at


def _statements(member_id: int, at: datetime) -> None:
    """Her private statements are withdrawn, also what was published of them; the credits they gave keep the totals."""
    hers = select(Statement.id).where(Statement.author_id == member_id)
    db.session.execute(delete(Reading).where(Reading.statement_id.in_(hers)))
    db.session.execute(
        update(Statement)
        .where(Statement.author_id == member_id)
        .values(published_at=None, may_publish=False, withdrawn_at=func.coalesce(Statement.withdrawn_at, at))
    )


def _candidacies(member_id: int, at: datetime) -> None:
    """Where no notice stands, she stands no more, and says nothing of herself; a notice keeps what it was made with."""
    drafted = select(Ballot.id).where(Ballot.notified_at.is_(None))
    db.session.execute(
        update(BallotOption)
        .where(BallotOption.member_id == member_id, BallotOption.ballot_id.in_(drafted))
        .values(label=NAME, portrait="", gender_group="", consent=Consent.DECLINED, consent_at=at)
    )


def _letters(member_id: int, name: str, address: str | None) -> None:
    """Letters to her go, and those that ask for help for her; in other letters that have not left, no name is said."""
    hers = or_(Letter.key.endswith(f":{member_id}"), Letter.key.like(f"help:%:{member_id}:%"))
    if address:
        hers = or_(hers, Letter.address == address)
        db.session.execute(delete(BouncedAddress).where(BouncedAddress.address == address.casefold()))
    db.session.execute(delete(Letter).where(hers).execution_options(synchronize_session=False))
    written = json.dumps(name)[1:-1]
    for letter in db.session.scalars(
        select(Letter).where(Letter.sent_at.is_(None), Letter.facts.contains(written, autoescape=True))
    ).all():
        letter.facts = letter.facts.replace(written, NAME)
