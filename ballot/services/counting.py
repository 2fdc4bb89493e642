"""Closes the box, opens and counts the papers, and certifies what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from random import SystemRandom

import structlog
from cryptography.exceptions import InvalidTag
from sqlalchemy import delete, func, insert, select

from ballot import results
from ballot.counting.methods import count as count_papers
from ballot.counting.motion import BLANK
from ballot.counting.profile import Profile, Ranking
from ballot.models import Ballot, BallotKey, Method, OpenPaper, Receipt, Result, Roll, RollEntry, SealedPaper
from ballot.rules.majority import Verdict
from ballot.rules.small_numbers import is_small_roll
from ballot.secrecy import papers, rewriting, sealing
from ballot.services import letters, records
from foundation import audit
from foundation.audit import canonical
from foundation.extensions import db
from foundation.transaction import after_commit

log = structlog.get_logger()

CHUNK = 1_000


def close(ballot: Ballot, _at: datetime) -> None:
    """Have roll, box and receipts rewritten once the closing has been committed (SECRECY.md)."""
    ballot_id = ballot.id

    def rewrite() -> None:
        rewriting.rewrite(ballot_id)

    after_commit(rewrite)


def count(ballot: Ballot, at: datetime) -> bool:
    """Open the papers and count them, in the transaction under way; whether everything adds up.

    The papers get an order drawn by lot, the sealed ones and the key that opens them go. It adds up when
    marks, papers and receipts are equally many and every paper could be opened. What could not be opened
    stays sealed, with its key, for whoever looks into it. Called once, under the lock of the ballot's row.
    """
    roll = db.session.get_one(Roll, ballot.id)
    marked, receipts = marks_and_receipts(ballot.id)
    opened, found = _open(ballot)
    SystemRandom().shuffle(opened)
    rows = [
        {"ballot_id": ballot.id, "position": place, "choices": written(numbers)}
        for place, numbers in enumerate(opened, start=1)
    ]
    for start in range(0, len(rows), CHUNK):
        db.session.execute(insert(OpenPaper), rows[start : start + CHUNK])
    votes, blank = tally(ballot, opened)
    adds_up = marked == found == receipts == len(opened)
    numbers = {
        "votes": votes,
        "opened": len(opened),
        "receipts": receipts,
        "entitled": roll.entitled,
        "otherwise_entitled": roll.otherwise_entitled,
        "took_part": _who_took_part(ballot.id, roll),
    }
    result = Result(
        ballot_id=ballot.id,
        papers=found,
        blank=blank,
        marked=marked,
        adds_up=adds_up,
        papers_sha256=papers_hash(ballot.id, opened),
        numbers=canonical(numbers),
    )
    if results.outcome_of(ballot, results.Numbers.of(result)).verdict is Verdict.TIE:
        # Only a lot decides now: it holds back the certification, see facts.lifecycle_facts.
        result.numbers = canonical({**numbers, "lot_needed": True})
    db.session.add(result)
    db.session.flush()
    if not adds_up:
        log.error("ballot_does_not_add_up", ballot=ballot.id)
        audit.record(
            "incident:not_reconciled",
            actor_id=None,
            unit_id=ballot.unit_id,
            subject=("ballot", ballot.id),
            at=at,
            marked=marked,
            papers=found,
            opened=len(opened),
            receipts=receipts,
        )
    return adds_up


def certify(ballot: Ballot, at: datetime) -> None:
    """Write version 1 of the record and tell all who could vote, in the transaction under way."""
    records.write(ballot, at)
    entitled = db.session.scalars(
        select(RollEntry.member_id).where(RollEntry.ballot_id == ballot.id, RollEntry.entitled)
    ).all()
    letters.write(ballot, "result", "result", entitled)


def marks_and_receipts(ballot_id: int) -> tuple[int, int]:
    """How many are marked in the roll, and how many receipts there are."""
    marked = db.session.scalar(select(func.count()).where(RollEntry.ballot_id == ballot_id, RollEntry.voted))
    receipts = db.session.scalar(select(func.count()).where(Receipt.ballot_id == ballot_id))
    return marked or 0, receipts or 0


def _open(ballot: Ballot) -> tuple[list[tuple[int, ...]], int]:
    """The papers that could be opened, as option numbers, and how many there were in the box."""
    key = db.session.get_one(BallotKey, ballot.id)
    sealed_papers = db.session.execute(
        select(SealedPaper.paper_key, SealedPaper.sealed).where(SealedPaper.ballot_id == ballot.id)
    ).all()
    try:
        private = sealing.private_key(key)
    except InvalidTag:
        # The application's secret is another one than at the freeze: an operator can put that right.
        return [], len(sealed_papers)
    options, fingerprint = len(ballot.options), ballot.fingerprint or b""
    opened: dict[bytes, tuple[int, ...]] = {}
    for paper_key, sealed in sealed_papers:
        try:
            marked = papers.decode(ballot.method, options, sealing.unseal(private, fingerprint, sealed))
        except (InvalidTag, papers.BadPaper):
            continue
        opened[paper_key] = tuple(position + 1 for position in marked)
    if len(opened) == len(sealed_papers):
        key.wrapped_private_key = None
    keys = list(opened)
    for start in range(0, len(keys), CHUNK):
        db.session.execute(
            delete(SealedPaper).where(
                SealedPaper.ballot_id == ballot.id, SealedPaper.paper_key.in_(keys[start : start + CHUNK])
            )
        )
    return list(opened.values()), len(sealed_papers)


def written(numbers: Collection[int]) -> str:
    """A paper as it is kept once opened: the numbers of the options it marks, from 1; a blank one is empty."""
    return " ".join(map(str, numbers))


def read(choices: str) -> tuple[int, ...]:
    """The option numbers of a paper as it is kept."""
    return tuple(int(number) for number in choices.split())


def papers_hash(ballot_id: int, opened: Iterable[Sequence[int]]) -> bytes:
    """SHA-256 over the papers, whatever their order: one line each in sorted order, after a first line."""
    lines = sorted(written(numbers) for numbers in opened)
    return hashlib.sha256("\n".join([f"grasrot-papers-1\t{ballot_id}", *lines, ""]).encode()).digest()


def profile_of(ballot: Ballot, opened: Iterable[Sequence[int]]) -> Profile:
    """The papers as the counting core takes them, under the names of the ballot's options."""
    several = ballot.method is Method.APPROVAL
    rankings: Iterable[Ranking] = (
        ((tuple(numbers),) if numbers else ()) if several else tuple(numbers) for numbers in opened
    )
    return Profile.of([option.label for option in ballot.options], ((1, ranking) for ranking in rankings))


def tally(ballot: Ballot, opened: Sequence[Sequence[int]]) -> tuple[list[int], int]:
    """The votes by option in the ballot's order, and the blank papers."""
    counted = count_papers(ballot.method, profile_of(ballot, opened))
    votes = counted.stages[-1].votes
    return [int(votes.get(number, 0)) for number in range(1, len(ballot.options) + 1)], counted.blank


def opened_papers(ballot_id: int) -> list[tuple[int, ...]]:
    """The papers in the order that was drawn for them."""
    choices = db.session.scalars(
        select(OpenPaper.choices).where(OpenPaper.ballot_id == ballot_id).order_by(OpenPaper.position)
    )
    return [read(paper) for paper in choices]


def papers_of(ballot: Ballot) -> Profile:
    """The opened papers as a file for `grasrot count` holds them: a motion's blank ones under a name of their own."""
    opened = opened_papers(ballot.id)
    if ballot.method is not Method.MOTION:
        return profile_of(ballot, opened)
    yes, no = (option.label for option in ballot.options)
    return Profile.of((yes, no, "Blank"), ((1, paper or (BLANK,)) for paper in opened))


def papers_are_public(ballot: Ballot, result: Result) -> bool:
    """Whether everybody may have the papers themselves, to count them again (SECRECY.md, "Small numbers").

    Not where the numbers are kept back; and of a small approval not either, since a set of marks can be as
    good as a name.
    """
    numbers = results.Numbers.of(result)
    return not numbers.kept_back and not (
        ballot.method is Method.APPROVAL and is_small_roll(numbers.entitled)
    )


def _who_took_part(ballot_id: int, roll: Roll) -> list[int] | None:
    """How many took part in the debate, and how many of those voted; None where the rule did not hold."""
    if roll.qualified is None or roll.lapsed:
        return None
    base = [RollEntry.ballot_id == ballot_id, RollEntry.otherwise_entitled, RollEntry.basis != ""]
    part = db.session.scalar(select(func.count()).where(*base)) or 0
    voted = db.session.scalar(select(func.count()).where(*base, RollEntry.voted)) or 0
    return [part, voted]
