"""What a member's own page says of ballots: what is open to her, what comes, what counts now, what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from ballot import queries
from ballot import results as shown_results
from ballot.models import Ballot, BallotClass, BallotUnit, Result, RollEntry
from ballot.rules.lifecycle import State
from ballot.rules.participation import Setting
from ballot.services import lifecycle, participation
from foundation import phrases, text
from foundation.extensions import db
from members.access import Rights

SHOWN = 5
RECENT = timedelta(days=60)


@dataclass(frozen=True)
class Item:
    """One ballot on the page: where it is, what it asks, and one sentence."""

    url: str
    question: str
    sentence: str
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    took_part: bool = False


@dataclass(frozen=True)
class FirstVote:
    """A ballot under way as a new member meets it: for whom it is by its dates, and when it is open."""

    url: str
    question: str
    cutoff_at: datetime
    opens_at: datetime
    closes_at: datetime


def first_votes(rights: Rights, at: datetime) -> tuple[FirstVote | None, FirstVote | None]:
    """Of the ballots under way for her unit and class: the first she joined in time for, and the first she did not.

    A roll that has left her out for another reason is neither.
    """
    refused = select(RollEntry.ballot_id).where(RollEntry.member_id == rights.member.id, ~RollEntry.entitled)
    in_time = Ballot.cutoff_at >= rights.standing.joined_at

    def first(condition: ColumnElement[bool]) -> FirstVote | None:
        row = db.session.scalars(
            select(Ballot)
            .where(
                Ballot.state.in_((State.NOTIFIED, State.FROZEN, State.OPEN)),
                Ballot.closes_at > at,
                *_for(rights),
                condition,
            )
            .order_by(Ballot.closes_at, Ballot.id)
            .limit(1)
        ).first()
        if row is None or row.cutoff_at is None or row.opens_at is None or row.closes_at is None:
            return None
        return FirstVote(_page(row), row.question, row.cutoff_at, row.opens_at, row.closes_at)

    return first(in_time & Ballot.id.not_in(refused)), first(~in_time)


def open_to(rights: Rights, at: datetime) -> list[Item]:
    """The ballots this member can vote in now and has not voted in, the one that closes first on top."""
    lifecycle.advance_all(at)
    rows = db.session.scalars(
        select(Ballot)
        .join(RollEntry, RollEntry.ballot_id == Ballot.id)
        .options(joinedload(Ballot.unit))
        .where(
            RollEntry.member_id == rights.member.id,
            RollEntry.entitled,
            ~RollEntry.voted,
            Ballot.state == State.OPEN,
            Ballot.opens_at <= at,
            Ballot.closes_at > at,
        )
        .order_by(Ballot.closes_at, Ballot.id)
    )
    return [
        Item(
            url=_page(ballot),
            question=ballot.question,
            sentence=text.excerpt(ballot.about, 160),
            opens_at=ballot.opens_at,
            closes_at=ballot.closes_at,
        )
        for ballot in rows
    ]


def next_opening(rights: Rights, at: datetime) -> datetime | None:
    """When the next ballot opens that this member may be able to vote in."""
    refused = (
        select(RollEntry.ballot_id)
        .where(RollEntry.member_id == rights.member.id, ~RollEntry.entitled)
        .scalar_subquery()
    )
    first: datetime | None = db.session.execute(
        select(func.min(Ballot.opens_at)).where(
            Ballot.state.in_((State.NOTIFIED, State.FROZEN)),
            Ballot.opens_at > at,
            Ballot.cutoff_at >= rights.standing.joined_at,
            *_for(rights),
            Ballot.id.not_in(refused),
        )
    ).scalar_one()
    return first


def in_window(rights: Rights, at: datetime) -> list[Item]:
    """The ballots whose debate still counts for this member, with her own line in each."""
    rows = db.session.scalars(
        select(Ballot)
        .options(
            joinedload(Ballot.units).joinedload(BallotUnit.unit),
            joinedload(Ballot.classes),
        )
        .where(
            Ballot.state == State.NOTIFIED,
            Ballot.participation == Setting.REQUIRED,
            Ballot.window_opens_at <= at,
            Ballot.roll_freezes_at > at,
            *_for(rights),
        )
        .order_by(Ballot.roll_freezes_at, Ballot.id)
        .limit(SHOWN)
    ).unique()
    items = []
    for ballot in rows:
        status = participation.status(ballot, rights, at, posts_too=False)
        if status is None or status.mark == "refused":
            continue
        items.append(
            Item(
                url=url_for("forums.case", case_id=ballot.case_id)
                if status.may_contribute
                else _page(ballot),
                question=ballot.question,
                sentence=phrases.sentence(status.line),
                opens_at=ballot.opens_at,
                closes_at=ballot.closes_at,
            )
        )
    return items


def results(rights: Rights, at: datetime) -> list[Item]:
    """What came of the latest ballots that this member was entitled to vote in."""
    rows = db.session.execute(
        select(Ballot, Result, RollEntry.basis, RollEntry.voted)
        .join(RollEntry, RollEntry.ballot_id == Ballot.id)
        .join(Result, Result.ballot_id == Ballot.id)
        .where(
            RollEntry.member_id == rights.member.id,
            RollEntry.otherwise_entitled,
            Ballot.state.in_((State.CERTIFIED, State.FINAL)),
            Ballot.closes_at > at - RECENT,
        )
        .order_by(Ballot.closes_at.desc(), Ballot.id.desc())
        .limit(SHOWN)
    ).all()
    return [
        Item(
            url=_page(ballot),
            question=ballot.question,
            sentence=shown_results.sentence_of(ballot, result),
            closes_at=ballot.closes_at,
            took_part=basis != "" or voted,
        )
        for ballot, result, basis, voted in rows
    ]


def _for(rights: Rights) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Where a ballot is for the member's unit and class."""
    mine = select(BallotClass.ballot_id).where(BallotClass.membership_class == rights.membership_class)
    return queries.of_units(rights.unit.path), Ballot.id.in_(mine)


def _page(ballot: Ballot) -> str:
    return url_for("ballot.show", ballot_id=ballot.id)
