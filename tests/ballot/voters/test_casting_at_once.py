"""Two processes cast at the same moment, and one closes while others cast: real processes, on the run's database."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from builders import a_member
from voter_world import Box, World, box, rights

from ballot import queries
from ballot.models import Ballot, Receipt
from ballot.rules.lifecycle import State
from ballot.services import casting, drafting, lifecycle, notice
from ballot.services.drafting import Draft
from foundation import clock
from foundation.audit import AuditEntry
from foundation.extensions import db
from foundation.transaction import transaction
from webapp.config import Config

PROGRAM = Path(__file__).with_name("cast_in_a_process.py")
ROOT = Path(__file__).parents[3]


class Racers:
    """Processes that stand ready and begin at the same moment."""

    def __init__(self, config: Config, number: int) -> None:
        settings = {
            field.name: str(value) if isinstance(value := getattr(config, field.name), Path) else value
            for field in dataclasses.fields(config)
        }
        self.running = [
            subprocess.Popen(
                [sys.executable, str(PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
            for _ in range(number)
        ]
        for racer in self.running:
            self._tell(racer, settings)
        for racer in self.running:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"

    def race(self, ballot_id: int, tasks: list[dict[str, Any]]) -> list[list[tuple[int, str]]]:
        """Let each do its task, and give what each was answered."""
        for racer, task in zip(self.running, tasks, strict=True):
            self._tell(racer, {"ballot": ballot_id, "members": [], **task})
        answers = []
        for racer in self.running:
            output, _ = racer.communicate(timeout=60)
            assert racer.returncode == 0
            lines = [json.loads(line) for line in output.splitlines() if line.startswith("[")]
            answers.append([(member, said) for member, said in lines])
        return answers

    @staticmethod
    def _tell(racer: subprocess.Popen[str], task: dict[str, Any]) -> None:
        assert racer.stdin is not None
        racer.stdin.write(json.dumps(task) + "\n")
        racer.stdin.flush()


def open_now(world: World, closes_in: timedelta = timedelta(days=7)) -> int:
    """A ballot that is open by the real clock, which the processes read."""
    ballot = drafting.create(
        Draft(
            unit_id=world.unit.id,
            question="Skal Nordre skole bestå?",
            about="Om skolen.",
            responsible_id=world.chair.id,
            closes_at=datetime.now(UTC) + closes_in,
        ),
        rights(world.chair),
    )
    ballot_id = ballot.id
    drafting.submit(ballot_id, rights(world.chair), small_roll_confirmed=True)
    notice.publish(ballot_id, rights(world.board), small_roll_confirmed=True)
    return ballot_id


def test_each_member_who_casts_in_two_processes_at_once_has_one_mark_one_paper_and_one_receipt(
    world: World, config: Config
) -> None:
    members = [voter.id for voter in world.voters]
    racers = Racers(config, 2)
    ballot_id = open_now(world)
    first, second = racers.race(
        ballot_id,
        [
            {"members": members, "value": casting.value_of(ballot_id, option), "begin": time.time() + 0.2}
            for option in (0, 1)
        ],
    )
    answers: dict[int, list[str]] = {}
    for member, said in first + second:
        answers.setdefault(member, []).append(said)
    for member, (one, other) in answers.items():
        assert sorted([one == "vote.twice", other == "vote.twice"]) == [False, True], (member, one, other)
    assert box(ballot_id) == Box(marks=len(members), papers=len(members), receipts=len(members))
    db.session.rollback()
    entries = db.session.query(AuditEntry).filter_by(act="refused:cast_vote").all()
    assert Counter(entry.actor_id for entry in entries) == Counter(members)


def test_a_vote_at_the_closing_is_either_receipted_and_counted_or_refused_and_not_counted(
    world: World, config: Config
) -> None:
    with transaction():
        more = [a_member(world.unit).id for _ in range(600)]
    members = [voter.id for voter in world.voters] + more
    racers = Racers(config, 3)
    ballot_id = open_now(world, timedelta(seconds=1.2))
    closes_at = db.session.get_one(Ballot, ballot_id).closes_at
    assert closes_at is not None
    db.session.rollback()
    begin = closes_at.timestamp() - 0.5
    first, second, _closer = racers.race(
        ballot_id,
        [
            {"members": members[::2], "value": casting.value_of(ballot_id, 0), "begin": begin},
            {"members": members[1::2], "value": casting.value_of(ballot_id, None), "begin": begin},
            {"begin": begin, "until": begin + 1},
        ],
    )
    cast = {said for _, said in first + second if said != "vote.closed"}
    others = {code for code in cast if len(code) != 12}
    assert not others, "another refusal than that it is closed"
    assert len(cast) < len(members), "the closing came after all of them"
    assert cast, "the closing came before all of them"
    lifecycle.advance(ballot_id, clock.now())
    assert box(ballot_id) == Box(marks=len(cast), papers=0, receipts=len(cast), opened=len(cast))
    ballot = world.load(ballot_id)
    assert ballot.state is State.CERTIFIED
    result = queries.result_of(ballot_id)
    assert result is not None
    assert (result.adds_up, result.papers, result.marked) == (True, len(cast), len(cast))
    codes = set(db.session.scalars(db.select(Receipt.code).filter_by(ballot_id=ballot_id)))
    assert codes == cast
