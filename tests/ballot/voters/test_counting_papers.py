"""Opening and counting: papers come out as they went in, and what does not add up is never certified."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders import a_member
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import delete, select, update
from voter_world import CLOSED, WHILE_OPEN, Box, World, box, sent, when

from ballot import events, queries, results
from ballot.cli_count import count as grasrot_count
from ballot.models import Ballot, BallotKey, EventKind, OpenPaper, Receipt, Result, RollEntry, SealedPaper
from ballot.rules.lifecycle import State
from ballot.rules.participation import Setting
from ballot.services import counting
from foundation import jobs, outbox
from foundation.audit import AuditEntry
from foundation.extensions import db
from foundation.transaction import transaction


def result_of(ballot_id: int) -> Result:
    db.session.rollback()
    found = queries.result_of(ballot_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("more", "choices", "votes", "blank"),
    [
        ({}, [0, 0, 1, None, 0, 1], [3, 2], 1),
        ({"options": ("A", "B", "C")}, [2, 2, 0, None, 1, 2], [1, 1, 3], 1),
        (
            {"options": ("A", "B", "C"), "several": True},
            [(0, 1), (1,), None, (0, 1, 2), (2,)],
            [2, 3, 2],
            1,
        ),
        ({}, [], [0, 0], 0),
        ({"options": ("A", "B", "C")}, [None, None], [0, 0, 0], 2),
    ],
)
def test_what_was_cast_is_what_is_counted(
    world: World, more: dict[str, object], choices: list[int | None], votes: list[int], blank: int
) -> None:
    ballot_id = world.ballot(**more)
    world.vote(ballot_id, choices)
    world.close(ballot_id)
    stored = result_of(ballot_id)
    assert json.loads(stored.numbers)["votes"] == votes
    assert (stored.blank, stored.papers, stored.marked, stored.adds_up) == (
        blank,
        len(choices),
        len(choices),
        True,
    )
    assert box(ballot_id) == Box(len(choices), 0, len(choices), len(choices))
    assert world.load(ballot_id).state is State.CERTIFIED


def test_the_key_is_wiped_when_the_papers_are_opened(world: World) -> None:
    ballot_id = world.ballot()
    world.vote(ballot_id, [0, 1])
    assert db.session.get_one(BallotKey, ballot_id).wrapped_private_key is not None
    world.close(ballot_id)
    assert db.session.get_one(BallotKey, ballot_id).wrapped_private_key is None


def test_nobody_can_read_a_running_tally_from_the_database(world: World) -> None:
    """While voting runs there is no opened paper, and equal choices look different."""
    ballot_id = world.ballot()
    world.vote(ballot_id, [0] * 6)
    assert box(ballot_id).opened == 0
    sealed = db.session.scalars(select(SealedPaper.sealed).where(SealedPaper.ballot_id == ballot_id)).all()
    assert len(set(sealed)) == 6
    assert len({len(one) for one in sealed}) == 1


def test_closing_at_once_or_a_month_late_gives_the_same_dates_and_numbers(world: World) -> None:
    first, second = world.ballot(), world.ballot(question="Skal Søndre skole bestå?")
    for ballot_id in (first, second):
        world.vote(ballot_id, [0, 1, 0])
    world.close(first)
    world.close(second, at="2026-03-20 12:00")

    def story(ballot_id: int) -> list[tuple[EventKind, object]]:
        db.session.rollback()
        return [
            (event.kind, event.at)
            for event in events.history(ballot_id)
            if event.kind in (EventKind.CLOSED, EventKind.COUNTED, EventKind.CERTIFIED)
        ]

    assert story(first) == story(second)
    assert result_of(first).numbers == result_of(second).numbers


@pytest.mark.parametrize("who", ["drops", "adds", "unmarks", "forgets_receipt"])
def test_a_count_that_does_not_add_up_is_never_certified_silently(world: World, who: str) -> None:
    """Somebody with the database takes a paper away, puts one in, or changes a mark."""
    ballot_id = world.ballot()
    world.vote(ballot_id, [0, 0, 1, 1, None])
    with transaction() as session:
        if who == "drops":
            key = session.scalars(
                select(SealedPaper.paper_key).where(SealedPaper.ballot_id == ballot_id)
            ).first()
            session.execute(delete(SealedPaper).where(SealedPaper.paper_key == key))
        elif who == "adds":
            sealed = session.scalars(select(SealedPaper).where(SealedPaper.ballot_id == ballot_id)).first()
            assert sealed is not None
            session.add(SealedPaper(ballot_id=ballot_id, paper_key=b"0" * 16, sealed=sealed.sealed))
        elif who == "unmarks":
            session.execute(
                update(RollEntry)
                .where(RollEntry.ballot_id == ballot_id, RollEntry.member_id == world.voters[0].id)
                .values(voted=False)
            )
        else:
            code = session.scalars(select(Receipt.code).where(Receipt.ballot_id == ballot_id)).first()
            session.execute(delete(Receipt).where(Receipt.code == code))
    world.close(ballot_id)
    assert not result_of(ballot_id).adds_up
    assert world.load(ballot_id).state is State.COUNTED
    incident = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "incident:not_reconciled")).one()
    assert incident.subject_id == str(ballot_id)
    with when("2026-04-20 12:00"):
        jobs.tick()
        assert world.load(ballot_id).state is State.COUNTED
        page = world.as_(world.voters[1]).get(f"/avstemninger/{ballot_id}")
        assert "Resultatet er ikke godkjent" in page
        assert "Flertallet rår til" not in page
        assert world.as_(world.voters[1]).get(f"/avstemninger/{ballot_id}/protokoll").status == 404
        assert world.as_(world.voters[1]).get(f"/avstemninger/{ballot_id}/stemmesedler.csv").status == 404
    assert db.session.query(outbox.Letter).filter_by(template="result").count() == 0


def test_papers_that_cannot_be_opened_stay_sealed_for_whoever_looks_into_it(world: World, app: Flask) -> None:
    """The application was started with another secret: nothing is lost, and the page still answers."""
    ballot_id = world.ballot()
    world.vote(ballot_id, [0, 1, None])
    secret = app.config["SECRET_KEY"]
    app.config["SECRET_KEY"] = "another secret, and long enough to be one"
    try:
        world.close(ballot_id)
    finally:
        app.config["SECRET_KEY"] = secret
    assert box(ballot_id) == Box(marks=3, papers=3, receipts=3)
    assert world.load(ballot_id).state is State.COUNTED
    assert not result_of(ballot_id).adds_up
    assert db.session.get_one(BallotKey, ballot_id).wrapped_private_key is not None


def test_a_paper_altered_on_the_disk_is_not_counted_as_something_else(world: World) -> None:
    ballot_id = world.ballot()
    world.vote(ballot_id, [0, 0, 0])
    with transaction() as session:
        paper = session.scalars(select(SealedPaper).where(SealedPaper.ballot_id == ballot_id)).first()
        assert paper is not None
        paper.sealed = paper.sealed[:-1] + bytes([paper.sealed[-1] ^ 1])
    world.close(ballot_id)
    stored = result_of(ballot_id)
    assert json.loads(stored.numbers)["votes"] == [2, 0]
    assert (stored.papers, stored.adds_up) == (3, False)
    assert box(ballot_id) == Box(marks=3, papers=1, receipts=3, opened=2)


@pytest.mark.parametrize("kind", ["csv", "json", "blt"])
@pytest.mark.parametrize(
    ("method", "more", "choices"),
    [
        ("motion", {}, [0, 0, 0, 1, 1, None]),
        ("choice", {"options": ("Ny bru", 'Vei "17"', "Sti; ferje, 2")}, [2, 2, 0, 1, None, 2]),
        ("approval", {"options": ("A", "B", "C", "D"), "several": True}, [(0, 1), (1,), None, (1, 3), (3,)]),
    ],
)
def test_the_published_papers_count_to_the_same_numbers_without_the_application(
    world: World, tmp_path: Path, method: str, more: dict[str, object], choices: list[int], kind: str
) -> None:
    ballot_id = world.ballot(**more)
    world.vote(ballot_id, choices)
    world.close(ballot_id)
    with when(CLOSED):
        answer = world.as_(world.voters[0]).get(f"/avstemninger/{ballot_id}/stemmesedler.{kind}")
    assert answer.status == 200
    assert answer.headers["Content-Disposition"] == f"attachment; filename=stemmesedler-{ballot_id}.{kind}"
    path = tmp_path / f"papers.{kind}"
    path.write_text(answer.markup)
    counted = CliRunner().invoke(grasrot_count, [str(path), "--method", method, "--json"])
    assert counted.exit_code == 0, counted.output
    tally = json.loads(counted.output)
    stored = result_of(ballot_id)
    votes = json.loads(stored.numbers)["votes"]
    shown = tally["stages"][-1]["votes"]
    assert [int(float(shown[str(number)])) for number in range(1, len(votes) + 1)] == votes
    assert (tally["papers"], tally["blank"]) == (len(choices), stored.blank)


def test_the_hash_of_the_papers_is_that_of_the_published_list_in_any_order(world: World) -> None:
    ballot_id = world.ballot()
    world.vote(ballot_id, [0, 1, None, 0])
    world.close(ballot_id)
    opened = counting.opened_papers(ballot_id)
    stored = result_of(ballot_id).papers_sha256
    assert counting.papers_hash(ballot_id, opened) == stored
    assert counting.papers_hash(ballot_id, opened[::-1]) == stored
    assert counting.papers_hash(ballot_id, [*opened, (2,)]) != stored
    assert counting.papers_hash(ballot_id + 1, opened) != stored


def test_everybody_entitled_gets_one_letter_whether_she_voted_or_not(world: World) -> None:
    """A list of those who voted would be one too many: also the outbox must not be one."""
    silent = a_member(world.unit, email=None)
    ballot_id = world.ballot()
    world.vote(ballot_id, [0, 1])
    world.close(ballot_id)
    letters = db.session.query(outbox.Letter).filter_by(template="result").all()
    entitled = db.session.query(RollEntry).filter_by(ballot_id=ballot_id, entitled=True).count()
    assert len(letters) == entitled - 1
    assert {letter.address for letter in letters} >= {world.voters[0].email, world.voters[11].email}
    assert silent.email is None
    subject, text, html = outbox.render(letters[0])
    assert subject == "Resultatet er klart"
    assert f"/avstemninger/{ballot_id}" in text
    assert "mot" not in text, "the numbers are on the page"
    assert "<html" in html


def test_the_base_of_a_quorum_is_all_otherwise_entitled_and_turnout_is_told_of_both(world: World) -> None:
    """PARTICIPATION section 10, in numbers: 16 with a vote, of whom 10 took part and 6 voted."""
    numbers = results.Numbers(
        votes=(4, 2),
        blank=0,
        papers=6,
        opened=6,
        marked=6,
        receipts=6,
        entitled=10,
        otherwise_entitled=16,
        took_part=(10, 6),
        adds_up=True,
    )
    ballot_id = world.ballot()
    ballot = world.load(ballot_id)
    with transaction():
        stored = db.session.get_one(Ballot, ballot_id)
        stored.quorum_numerator, stored.quorum_denominator = 1, 2
    ballot = world.load(ballot_id)
    outcome = results.outcome_of(ballot, numbers)
    assert (outcome.verdict, outcome.quorum_needed, outcome.entitled) == ("too_few", 8, 16)
    ballot.participation = Setting.REQUIRED
    told = [text.replace("\xa0", " ") for text in results.turnout(ballot, numbers)]
    assert told == [
        "6 av 16 med stemmerett stemte (37,5 %).",
        "6 av de 10 som hadde deltatt i diskusjonen og kunne stemme, stemte (60 %).",
    ]
    db.session.rollback()


@pytest.mark.parametrize(
    ("part", "voted", "told"),
    [(20, 14, True), (20, 17, False), (20, 3, False), (33, 18, False), (0, 0, False)],
)
def test_turnout_of_those_who_took_part_is_told_where_no_group_is_small(
    world: World, part: int, voted: int, told: bool
) -> None:
    ballot = world.load(world.ballot())
    numbers = results.Numbers(
        votes=(12, 10),
        blank=0,
        papers=22,
        opened=22,
        marked=22,
        receipts=22,
        entitled=40,
        otherwise_entitled=40,
        took_part=(part, voted),
        adds_up=True,
    )
    ballot.participation = Setting.REPORT_ONLY
    assert len(results.turnout(ballot, numbers)) == (2 if told else 1)
    db.session.rollback()


def test_the_opened_papers_say_nothing_but_the_options_marked(world: World) -> None:
    ballot_id = world.ballot(options=("A", "B", "C"), several=True)
    world.vote(ballot_id, [(0, 2), None, (1,)])
    world.close(ballot_id)
    papers = db.session.scalars(select(OpenPaper).where(OpenPaper.ballot_id == ballot_id)).all()
    assert sorted(paper.choices for paper in papers) == ["", "1 3", "2"]
    assert sorted(paper.position for paper in papers) == [1, 2, 3]


def test_nobody_can_vote_while_the_box_is_being_counted(world: World) -> None:
    ballot_id = world.ballot(teller_ids=frozenset(voter.id for voter in world.voters[:2]))
    world.vote(ballot_id, [0, 1])
    world.close(ballot_id)
    assert world.load(ballot_id).state is State.CLOSED
    with when(WHILE_OPEN):
        # Also by a clock that is behind.
        page = world.as_(world.voters[4]).post(
            f"/avstemninger/{ballot_id}/lever", {"choice": sent(ballot_id, 0)[0]}
        )
        assert page.status == 403
    assert box(ballot_id).papers == 2
