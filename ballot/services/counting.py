"""Closes the box, opens and counts the papers, and certifies what came of it.

The whole count is kept with the result as canonical JSON; `results.count_of(ballot_id)` reads it. It is what `grasrot
count --json` prints for the published papers (CONTRACT.md), and beside it: `grasrot` (the form, "count-1"), `rules`
(seats, deputies, quota as its file, max_marks, votes_needed, tie_rule), `without_quota` (whom the papers elect without
one), `seed` (hexadecimal, where lots followed from the checksum of the papers), and each lot with `at`, `witnesses` and
`tellers`. `lot_needed` is null unless the ballot waits for a lot. It holds all numbers: whoever shows it asks
`results.Numbers.kept_back` first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import SystemRandom
from typing import Any, TypeAlias

import structlog
from cryptography.exceptions import InvalidTag
from sqlalchemy import delete, func, insert, select

from ballot import joint, places, results
from ballot.counting.methods import count as count_papers
from ballot.counting.motion import BLANK
from ballot.counting.profile import Profile, Ranking
from ballot.counting.report import as_json
from ballot.counting.tally import LotNeeded, Lots, Rules, Tally
from ballot.models import Ballot, BallotKey, Method, OpenPaper, Receipt, Result, Roll, RollEntry, SealedPaper
from ballot.rules.majority import TieRule, Verdict
from ballot.rules.marking import Chosen
from ballot.rules.methods import Marking
from ballot.rules.small_numbers import are_rankings_small, is_small_roll
from ballot.secrecy import papers, rewriting, sealing
from ballot.services import letters, records
from foundation import audit
from foundation.audit import canonical
from foundation.extensions import db
from foundation.transaction import after_commit

log = structlog.get_logger()

CHUNK = 1_000

Paper: TypeAlias = tuple[int | tuple[int, int], ...]
"""An opened paper: the numbers of options, from 1, or (number, points); see `rules.marking.Chosen`."""


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
    adds_up = marked == found == receipts == len(opened)
    result = Result(
        ballot_id=ballot.id,
        papers=found,
        blank=0,
        marked=marked,
        adds_up=adds_up,
        papers_sha256=papers_hash(ballot.id, opened),
        numbers=canonical(
            {
                "votes": [0] * len(ballot.options),
                "opened": len(opened),
                "receipts": receipts,
                "entitled": roll.entitled,
                "otherwise_entitled": roll.otherwise_entitled,
                "took_part": _who_took_part(ballot.id, roll),
            }
        ),
    )
    _write(ballot, result, opened)
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


def recount(ballot: Ballot) -> Count:
    """Count the opened papers again with every lot that has been confirmed, and keep that count."""
    result = db.session.get_one(Result, ballot.id)
    made = _write(ballot, result, opened_papers(ballot.id))
    db.session.flush()
    return made


def _write(ballot: Ballot, result: Result, opened: Sequence[Paper]) -> Count:
    """Count the papers and write down what came of it; a lot that is needed holds back the certification."""
    made = whole_count(ballot, opened, result)
    result.blank = made.tally.blank
    result.numbers = canonical(made.numbers)
    result.count = canonical(made.told)
    return made


@dataclass(frozen=True)
class Count:
    """A count of a ballot: the tally, what the result keeps of it, and the whole of it as it is told."""

    tally: Tally
    numbers: dict[str, Any]
    told: dict[str, Any]
    lot_needed: LotNeeded | None


def whole_count(ballot: Ballot, opened: Sequence[Paper], result: Result) -> Count:
    """Count the papers by the ballot's method and rules, with the lots that are drawn or follow from the papers.

    Where the majority or the quorum has settled that nothing is adopted, or the notice says that a tie adopts
    nothing, no lot is drawn, whatever the count itself could not order.
    """
    profile = profile_of(ballot, opened)
    drawn = joint.of(ballot.id).drawn
    seed = result.papers_sha256 if ballot.tie_rule is TieRule.SEED else None
    lots = Lots(tuple(lot.lot for lot in drawn), seed)
    first = count_papers(ballot.method, profile, places.rules_of(ballot))
    stages = first.stages
    votes = stages[0].votes if stages else {}
    numbers = json.loads(result.numbers) | {
        "votes": [int(votes.get(number, 0)) for number in range(1, len(ballot.options) + 1)],
        "elected": [],
        "deputies": [],
        "settled": [],
        "lot_needed": False,
    }
    judged = places.kind_of(ballot).judged
    outcome = results.outcome_of(ballot, results.Numbers.read(numbers, result, blank=first.blank))
    needs = outcome.verdict is Verdict.TIE if judged else first.valid > 0 and not outcome.too_few
    needed_votes = outcome.needed if ballot.method is Method.CHOICE else None
    rules = places.rules_of(ballot, votes_needed=needed_votes)
    tally = count_papers(
        ballot.method, profile, rules, lots if needs and ballot.method is not Method.MOTION else None
    )
    told = as_json(tally)
    needed = tally.lot_needed if needs else None
    settled: tuple[int, ...] = ()
    if ballot.method is Method.MOTION and needs:
        settled, needed = _motion_lot(lots, told)
    elif judged and needs and needed is None and tally.elected:
        settled = (tally.elected[0].candidate,)
    if not judged and needs:
        numbers["elected"] = [one.candidate for one in tally.elected] if needed is None else []
        numbers["deputies"] = [one.candidate for one in tally.deputies] if needed is None else []
    numbers["settled"] = list(settled)
    numbers["lot_needed"] = needed is not None
    told["lot_needed"] = needed and {"among": list(needed.among), "for": needed.purpose}
    for entry, lot in zip(told["lots"], drawn, strict=False):
        entry |= {"at": lot.drawn_at, "witnesses": lot.witnesses, "tellers": list(lot.teller_ids)}
    told |= {
        "grasrot": "count-1",
        "rules": places.rules_json(ballot, rules),
        "without_quota": _without_quota(ballot, profile, rules, seed),
        "seed": seed.hex() if seed and told["lots"] else None,
    }
    return Count(tally=replace(tally, lot_needed=needed), numbers=numbers, told=told, lot_needed=needed)


def _without_quota(
    ballot: Ballot, profile: Profile, rules: Rules, seed: bytes | None
) -> dict[str, Any] | None:
    """Who would have been elected without the quota, so that the page can say what it changed; None without one.

    No lot is drawn for what never was: where that count needs one which no seed gives, `lot_needed` says so.
    """
    if rules.quota is None:
        return None
    free = as_json(
        count_papers(ballot.method, profile, replace(rules, quota=None, deputies=0), Lots(seed=seed))
    )
    return {"elected": free["elected"], "lot_needed": free["lot_needed"]}


def _motion_lot(lots: Lots, told: dict[str, Any]) -> tuple[tuple[int, ...], LotNeeded | None]:
    """What a lot says between yes and no: the counting core counts a motion and decides nothing."""
    both = (1, 2)
    order = lots.order(1, both)
    if order is None:
        return (), LotNeeded(both, "motion")
    told["lots"] = [{"among": list(both), "order": list(order), "for": "motion", "stage": 1}]
    told["stages"][-1]["events"].append({"kind": "lot", "candidates": list(order), "purpose": "motion"})
    return order, None


def certify(ballot: Ballot, at: datetime) -> None:
    """Write version 1 of the record and tell all who could vote or took part, in the transaction under way."""
    records.write(ballot, at)
    entitled = db.session.scalars(
        select(RollEntry.member_id).where(RollEntry.ballot_id == ballot.id, RollEntry.entitled)
    ).all()
    letters.write_outcome(ballot, entitled)


def marks_and_receipts(ballot_id: int) -> tuple[int, int]:
    """How many are marked in the roll, and how many receipts there are."""
    marked = db.session.scalar(select(func.count()).where(RollEntry.ballot_id == ballot_id, RollEntry.voted))
    receipts = db.session.scalar(select(func.count()).where(Receipt.ballot_id == ballot_id))
    return marked or 0, receipts or 0


def _open(ballot: Ballot) -> tuple[list[Paper], int]:
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
    opened: dict[bytes, Paper] = {}
    for paper_key, sealed in sealed_papers:
        try:
            marked = papers.decode(ballot.method, options, sealing.unseal(private, fingerprint, sealed))
        except (InvalidTag, papers.BadPaper):
            continue
        opened[paper_key] = numbered(marked)
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


def numbered(chosen: Chosen) -> Paper:
    """What was chosen, with the numbers of options counted from 1."""
    return tuple((item[0] + 1, item[1]) if isinstance(item, tuple) else item + 1 for item in chosen)


def written(paper: Iterable[int | tuple[int, int]]) -> str:
    """A paper as it is kept once opened: option numbers, best first where they are ranked, points as «3:5».

    A blank one is empty.
    """
    return " ".join(f"{item[0]}:{item[1]}" if isinstance(item, tuple) else str(item) for item in paper)


def read(choices: str) -> Paper:
    """A paper as it is kept."""
    items: list[int | tuple[int, int]] = []
    for word in choices.split():
        number, colon, points = word.partition(":")
        items.append((int(number), int(points)) if colon else int(number))
    return tuple(items)


def papers_hash(ballot_id: int, opened: Iterable[Paper]) -> bytes:
    """SHA-256 over the papers, whatever their order: one line each in sorted order, after a first line."""
    lines = sorted(written(paper) for paper in opened)
    return hashlib.sha256("\n".join([f"grasrot-papers-1\t{ballot_id}", *lines, ""]).encode()).digest()


def profile_of(ballot: Ballot, opened: Iterable[Paper]) -> Profile:
    """The papers as the counting core takes them, under the names of the ballot's options."""
    names = [option.label for option in ballot.options]
    marking = places.kind_of(ballot).marking
    if marking is Marking.POINTS:
        return Profile.of_scores(
            names, ((1, [item for item in paper if isinstance(item, tuple)]) for paper in opened)
        )
    rankings: Iterable[tuple[int, ...]] = (
        tuple(item for item in paper if isinstance(item, int)) for paper in opened
    )
    return Profile.of(names, ((1, _ranking(marking, numbers)) for numbers in rankings))


def _ranking(marking: Marking, numbers: tuple[int, ...]) -> Ranking:
    """Marks without an order stand together at one place."""
    return (numbers,) if marking is Marking.SEVERAL and numbers else numbers


def opened_papers(ballot_id: int) -> list[Paper]:
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

    Not where the numbers are kept back; and of a small ballot not either where a paper says more than one
    mark, since a set of marks, and all the more a ranking, can be as good as a name.
    """
    numbers = results.Numbers.of(result)
    marking = places.kind_of(ballot).marking
    if numbers.kept_back:
        return False
    if marking is Marking.SEVERAL:
        return not is_small_roll(numbers.entitled)
    return marking is Marking.ONE or not are_rankings_small(numbers.entitled, numbers.opened)


def _who_took_part(ballot_id: int, roll: Roll) -> list[int] | None:
    """How many took part in the debate, and how many of those voted; None where the rule did not hold."""
    if roll.qualified is None or roll.lapsed:
        return None
    base = [RollEntry.ballot_id == ballot_id, RollEntry.otherwise_entitled, RollEntry.basis != ""]
    part = db.session.scalar(select(func.count()).where(*base)) or 0
    voted = db.session.scalar(select(func.count()).where(*base, RollEntry.voted)) or 0
    return [part, voted]
