"""Casting a vote: mark, paper and receipt in one transaction, and nothing kept that could join them afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import DBAPIError

from ballot import facts, queries
from ballot.models import Ballot, BallotKey, BallotOption, Receipt, RollEntry, SealedPaper
from ballot.rules import marking
from ballot.rules.eligibility import OnRoll, taken
from ballot.rules.lifecycle import State
from ballot.rules.marking import Chosen, Reading
from ballot.rules.methods import KINDS, most_marks
from ballot.secrecy import papers, receipts, sealing
from ballot.services import lifecycle
from foundation import audit, clock
from foundation.errors import NotAllowed, NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.access import rights_of
from members.models import Member

BLANK = "blank"
PAPER_KEY = 16
_CLOSED = (State.CLOSED, State.COUNTED, State.CERTIFIED, State.FINAL)


def value_of(ballot_id: int, option: int | None) -> str:
    """What the form sends for an option, counted from 0, or for blank (None); it names its ballot."""
    return f"{ballot_id}-{BLANK if option is None else option}"


def read_paper(ballot: Ballot, options: int, sent: Collection[str]) -> Reading:
    """What a form sent for a paper with so many options, and what is wrong with it and where.

    Each part names its ballot and an option, and beside a colon the number that was written there:
    «17-0» is a mark, «17-3:2» a rank or points, «17-blank» a blank paper.
    """
    entries: list[tuple[int | None, str]] = []
    unknown = False
    for part in sent:
        name, _colon, beside = part.partition(":")
        mine, _dash, option = name.partition("-")
        if mine != str(ballot.id):
            unknown = True
        elif option == BLANK and not beside:
            entries.append((None, ""))
        elif option.isascii() and option.isdecimal() and len(option) < 4 and option == str(int(option)):
            entries.append((int(option), beside.strip()))
        else:
            unknown = True
    return marking.read(
        KINDS[ballot.method].marking,
        options,
        most_marks(ballot.method, options, ballot.seats, ballot.max_marks),
        entries,
        unknown=unknown,
    )


def read_choice(ballot: Ballot, options: int, sent: Collection[str]) -> Chosen:
    """What a form sent chooses; nothing is a blank paper.

    Raises RuleBroken with the sentence to show beside the options, which never tells what was sent.
    """
    reading = read_paper(ballot, options, sent)
    if reading.problem is not None:
        raise RuleBroken(reading.problem)
    return reading.chosen


def cast(ballot_id: int, member_id: int, sent: Collection[str]) -> str:
    """Cast a member's vote, as her form sent it, and give the receipt code, which is kept nowhere beside her.

    One transaction: the ballot's row is locked against closing, then the time is read, then the roll is
    asked, and mark, paper and receipt are written. Many cast at once; closing waits for them. Raises
    NotAllowed with the reason, which alone, with the hour, goes to the audit log; RuleBroken for a choice
    that is none; NotFound.
    """
    try:
        try:
            return _cast(ballot_id, member_id, sent)
        except _OpeningIsDue:
            lifecycle.advance(ballot_id, clock.now())
            return _cast(ballot_id, member_id, sent)
    except DBAPIError as problem:
        # A database tells in its message what it could not store; the log shall not know a paper or a code.
        raise CastingFailed(type(problem.orig).__name__) from None
    except NotAllowed as refusal:
        audit.refused(
            "cast_vote",
            actor_id=member_id,
            reason=refusal.reason.code,
            subject=("ballot", ballot_id),
        )
        raise NotAllowed(_told(ballot_id, member_id, refusal.reason)) from None


class CastingFailed(Exception):  # noqa: N818  (named after what happened)
    """The database did not take the vote; nothing of it is stored. Says the kind of trouble and no more."""


class _OpeningIsDue(Exception):  # noqa: N818  (no error: a sign to record it first)
    """Voting has opened, and nobody has recorded it yet."""


def _cast(ballot_id: int, member_id: int, sent: Collection[str]) -> str:
    with transaction() as session:
        ballot, public_key, options = _locked(ballot_id)
        at = clock.now()
        if ballot.state in (State.NOTIFIED, State.FROZEN) and lifecycle.is_due(ballot, at):
            raise _OpeningIsDue
        if ballot.state in _CLOSED and ballot.closes_at is not None:
            # A closing that is recorded stands, also where this machine's clock is behind.
            at = max(at, ballot.closes_at)
        entry = session.execute(
            select(RollEntry.roll_no, RollEntry.entitled, RollEntry.reason, RollEntry.voted).where(
                RollEntry.ballot_id == ballot_id, RollEntry.member_id == member_id
            )
        ).one_or_none()
        answer = taken(
            member_id,
            entry and OnRoll(member_id, entry.entitled, Reason.of(entry.reason), entry.voted),
            facts.lifecycle_facts(ballot),
            at,
            roll_made=facts.roll_is_made(ballot),
        )
        if not answer:
            raise NotAllowed(answer.reason)
        paper = papers.encode(ballot.method, options, read_choice(ballot, options, sent))
        marked = session.scalar(
            update(RollEntry)
            .where(
                RollEntry.ballot_id == ballot_id,
                RollEntry.member_id == member_id,
                RollEntry.entitled,
                ~RollEntry.voted,
            )
            .values(voted=True)
            .returning(RollEntry.roll_no)
        )
        if marked is None:
            # The same member casts twice at once: one mark, and so one paper.
            raise NotAllowed(Reason.of("vote.twice"))
        code = receipts.new_code()
        sealed = sealing.seal(public_key, ballot.fingerprint or b"", paper)
        session.execute(
            insert(SealedPaper).values(
                ballot_id=ballot_id, paper_key=secrets.token_bytes(PAPER_KEY), sealed=sealed
            )
        )
        session.execute(insert(Receipt).values(ballot_id=ballot_id, code=code))
    return code


def _locked(ballot_id: int) -> tuple[Ballot, bytes, int]:
    """The ballot under a lock that casts share and closing waits for, its key, and how many options it has."""
    options = (
        select(func.count()).where(BallotOption.ballot_id == Ballot.id).correlate(Ballot).scalar_subquery()
    )
    found = db.session.execute(
        select(Ballot, BallotKey.public_key, options)
        .outerjoin(BallotKey, BallotKey.ballot_id == Ballot.id)
        .where(Ballot.id == ballot_id)
        .with_for_update(read=True, of=Ballot)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None or not facts.is_public(found[0]):
        raise NotFound
    ballot, public_key, number = found
    return ballot, public_key, number


def _told(ballot_id: int, member_id: int, reason: Reason) -> Reason:
    """The reason with all that its sentence needs: the roll keeps only the code of a no."""
    entry = queries.roll_entry(ballot_id, member_id)
    if entry is None or entry.entitled or entry.reason != reason.code:
        return reason
    ballot, member = queries.ballot(ballot_id), db.session.get(Member, member_id)
    at = clock.now()
    rights = rights_of(member, at) if member else None
    line = facts.on_roll(ballot, rights, entry, at) if ballot and rights else None
    return (line and line.reason) or Reason.of("not_on_roll")
