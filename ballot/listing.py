"""The ballots that concern a member, sorted as her list of them shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from ballot import facts, results
from ballot.models import Ballot, Result, RollEntry
from ballot.queries import of_units
from ballot.rules.lifecycle import State
from ballot.rules.participation import Setting
from foundation.extensions import db
from members.access import Rights

LIVING = (State.NOTIFIED, State.FROZEN, State.OPEN, State.CLOSED, State.COUNTED)
ENDED = (State.CERTIFIED, State.FINAL, State.CANCELLED, State.ANNULLED)
MOST_LIVING = 200


@dataclass(frozen=True)
class Line:
    """One ballot of the list. `entitled` and `voted` are the member's own mark, None where there is no roll yet."""

    ballot: Ballot
    entitled: bool | None
    voted: bool


@dataclass(frozen=True)
class Living:
    """What is going on, in the order in which it asks for something."""

    vote_now: tuple[Line, ...]
    open_otherwise: tuple[Line, ...]
    discuss_now: tuple[Line, ...]
    coming: tuple[Line, ...]
    waiting: tuple[Line, ...]


@dataclass(frozen=True)
class EndedLine:
    """A ballot that is over, and what came of it in one sentence; None where it ended before its time."""

    ballot: Ballot
    sentence: str | None


@dataclass(frozen=True)
class Ended:
    """A page of those that are over, the latest first."""

    lines: tuple[EndedLine, ...]
    page: int
    pages: int


def concerning(rights: Rights) -> ColumnElement[bool]:
    """Where a ballot is for the member's unit, or gives her a vote by its roll; for a guest only the latter."""
    may_vote = (
        exists()
        .where(RollEntry.ballot_id == Ballot.id, RollEntry.member_id == rights.member.id, RollEntry.entitled)
        .correlate(Ballot)
    )
    return may_vote if rights.is_guest else or_(of_units(rights.unit.path), may_vote)


def living(rights: Rights, at: datetime) -> Living:
    """The ballots that are not over: one query."""
    rows = db.session.execute(
        select(Ballot, RollEntry.entitled, RollEntry.voted)
        .outerjoin(
            RollEntry,
            (RollEntry.ballot_id == Ballot.id) & (RollEntry.member_id == rights.member.id),
        )
        .options(joinedload(Ballot.unit), joinedload(Ballot.case))
        .where(Ballot.state.in_(LIVING), concerning(rights))
        .order_by(Ballot.closes_at, Ballot.id)
        .limit(MOST_LIVING)
    ).all()
    lines = [Line(ballot, entitled, bool(voted)) for ballot, entitled, voted in rows]
    opened = [line for line in lines if line.ballot.state is State.OPEN]
    ahead = [line for line in lines if line.ballot.state in (State.NOTIFIED, State.FROZEN)]
    ahead.sort(key=lambda line: (line.ballot.opens_at or at, line.ballot.id))
    return Living(
        vote_now=tuple(line for line in opened if line.entitled and not line.voted),
        open_otherwise=tuple(line for line in opened if not line.entitled or line.voted),
        discuss_now=tuple(line for line in ahead if in_window(line.ballot, at)),
        coming=tuple(line for line in ahead if not in_window(line.ballot, at)),
        waiting=tuple(line for line in lines if line.ballot.state in (State.CLOSED, State.COUNTED)),
    )


def in_window(ballot: Ballot, at: datetime) -> bool:
    """Whether what is written in the debate now counts towards the vote."""
    return (
        ballot.participation is Setting.REQUIRED
        and ballot.state is State.NOTIFIED
        and facts.window_of(ballot).holds(at)
    )


def ended(rights: Rights, page: int, size: int) -> Ended:
    """The ballots that are over: three queries a page."""
    here = (Ballot.state.in_(ENDED), concerning(rights))
    number = db.session.scalar(select(func.count()).select_from(Ballot).where(*here)) or 0
    pages = max(1, -(-number // size))
    page = min(page, pages)
    rows = db.session.execute(
        select(Ballot, Result)
        .outerjoin(Result, Result.ballot_id == Ballot.id)
        .options(joinedload(Ballot.unit), joinedload(Ballot.case), selectinload(Ballot.options))
        .where(*here)
        .order_by(Ballot.closes_at.desc(), Ballot.id.desc())
        .offset((page - 1) * size)
        .limit(size)
    ).all()
    decided = (State.CERTIFIED, State.FINAL)
    return Ended(
        lines=tuple(
            EndedLine(
                ballot,
                results.sentence_of(ballot, result) if result and ballot.state in decided else None,
            )
            for ballot, result in rows
        ),
        page=page,
        pages=pages,
    )
