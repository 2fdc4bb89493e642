"""The roll: made once, from what was recorded before the freeze, equal however late and in whatever order."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from builders import a_case, a_forum, a_member, a_thread, a_unit, oslo
from click.testing import CliRunner
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from queries import counted
from scenario_world import FREEZE, LEAST, NOTICE, OPENING, World, a_world, acts, rights, when
from sqlalchemy import delete, func, insert, select, update

from ballot import events
from ballot.cli import roll as roll_command
from ballot.models import Ballot, BallotEvent, BallotKey, EventKind, Roll, RollEntry
from ballot.rules.eligibility import (
    BallotFacts,
    DuesPaid,
    Electorate,
    MemberFacts,
    make_roll,
    roll_line,
)
from ballot.rules.lifecycle import State, Timeline
from ballot.rules.participation import Credit as RuleCredit
from ballot.rules.participation import (
    Kind,
    Setting,
    Shortfall,
    Window,
    canonical_roll,
    roll_hash,
    standing,
)
from ballot.services import roll
from ballot.services.lifecycle import advance
from forums import services as debate
from forums.models import Case, Credit, CreditKind, CreditLoss, LossGround, Post
from foundation import clock
from foundation.extensions import db
from foundation.outbox import Letter
from foundation.transaction import transaction
from members.models import Bylaw, BylawTopic, Decider, Dues, Member, Standing
from members.rules.classes import MembershipClass, Status


def a_credit(case: Case, member: Member, at: str, *, us: int = 0, recorded: str = "") -> int:
    """A contribution as a fact."""
    moment = oslo(at) + timedelta(microseconds=us)
    with transaction() as session:
        post = session.scalars(select(Post)).first()
        row = Credit(
            case_id=case.id,
            member_id=member.id,
            kind=CreditKind.POST,
            post_id=None,
            visible_characters=60,
            at=moment,
            recorded_at=oslo(recorded) if recorded else moment,
        )
        assert post is not None
        session.add(row)
    return row.id


EDGES = [
    ("2026-03-02 09:00", -1, False),
    ("2026-03-02 09:00", 0, True),
    ("2026-03-16 20:00", -1, True),
    ("2026-03-16 20:00", 0, False),
]


@pytest.mark.parametrize(("at", "us", "counts"), EDGES)
def test_the_window_is_half_open_to_the_microsecond(world: World, at: str, us: int, counts: bool) -> None:
    ane = world.one("Ane")
    ballot_id = world.publish()
    world.crowd_takes_part()
    a_credit(world.case, ane, at, us=us)
    world.advance(ballot_id)
    assert world.entry(ballot_id, ane).entitled is counts


@pytest.mark.parametrize(("us", "counts"), [(-1, True), (0, False)])
def test_a_standing_recorded_at_the_freeze_is_too_late(world: World, us: int, counts: bool) -> None:
    ane = world.one("Ane")
    ballot_id = world.publish()
    world.crowd_takes_part()
    a_credit(world.case, ane, "2026-03-05 12:00")
    with transaction() as session:
        session.add(
            Standing(
                member_id=ane.id,
                unit_id=world.unit.id,
                membership_class=MembershipClass.FULL_MEMBER,
                status=Status.SUSPENDED,
                joined_at=oslo("2015-01-01 00:00"),
                recorded_at=oslo(FREEZE) + timedelta(microseconds=us),
            )
        )
    world.advance(ballot_id)
    entry = world.entry(ballot_id, ane)
    assert (entry.reason == "not_active") is counts
    assert entry.entitled is not counts


@pytest.mark.parametrize(("us", "lost"), [(-1, True), (0, False)])
def test_a_loss_recorded_at_the_freeze_is_too_late(world: World, us: int, lost: bool) -> None:
    ane = world.one("Ane")
    ballot_id = world.publish()
    world.crowd_takes_part()
    credit_id = a_credit(world.case, ane, "2026-03-05 12:00")
    with transaction() as session:
        session.add(
            CreditLoss(
                credit_id=credit_id,
                ground=LossGround.DELETED,
                recorded_at=oslo(FREEZE) + timedelta(microseconds=us),
            )
        )
    world.advance(ballot_id)
    assert world.entry(ballot_id, ane).entitled is not lost


def test_a_late_computation_equals_a_timely_one(app: Flask, at: None) -> None:
    world = a_world(app)
    ballot_id = world.publish()
    world.crowd_takes_part()
    timely = world.advance(ballot_id, FREEZE)
    with transaction() as session:
        first = session.get_one(Roll, ballot_id)
        kept = (first.sha256, first.entitled, first.otherwise_entitled, first.qualified)
        lines = roll.canonical_of(timely)
        # The same ballot as if nobody had asked before the day after voting opened.
        for table in (RollEntry, Roll, BallotKey):
            session.execute(delete(table))
        session.execute(update(Ballot).where(Ballot.id == ballot_id).values(state=State.NOTIFIED))
        session.execute(delete(BallotEvent).where(BallotEvent.kind == EventKind.FROZEN))
    # Meanwhile: a new post, one deleted, a member gone, dues paid, a newcomer.
    late = world.crowd[30]
    world.write(late, LEAST, "2026-03-17 12:00")
    gone = world.crowd[0]
    with transaction() as session:
        credit = session.scalars(select(Credit.id).where(Credit.member_id == gone.id)).first()
        session.add(
            CreditLoss(credit_id=credit, ground=LossGround.DELETED, recorded_at=oslo("2026-03-17 12:00"))
        )
        session.add(
            Standing(
                member_id=world.crowd[1].id,
                unit_id=world.unit.id,
                membership_class=MembershipClass.FULL_MEMBER,
                status=Status.RESIGNED,
                joined_at=oslo("2015-01-01 00:00"),
                recorded_at=oslo("2026-03-17 12:00"),
            )
        )
    world.member("Ny", joined="2026-03-17 12:00", recorded="2026-03-17 12:00")
    ballot = world.advance(ballot_id, "2026-03-18 12:00")
    assert ballot.state is State.OPEN
    again = world.roll(ballot_id)
    assert (again.sha256, again.entitled, again.otherwise_entitled, again.qualified) == kept
    assert roll.canonical_of(ballot) == lines


@given(seed=st.integers(0, 2**32), zone=st.sampled_from(["UTC", "Pacific/Auckland", "America/New_York"]))
@settings(max_examples=25, deadline=None)
def test_the_hash_depends_neither_on_order_nor_on_time_zone(seed: int, zone: str) -> None:
    shuffled = random.Random(seed)  # noqa: S311  (an order, no secret)
    members, about = _pure_electorate()
    plain = make_roll(members, about)
    hashed = roll_hash(canonical_roll(7, about.window.freezes_at, [roll_line(*line) for line in plain.lines]))
    elsewhere = ZoneInfo(zone)
    moved = [
        replace(
            member,
            joined_at=member.joined_at.astimezone(elsewhere),
            participation=replace(
                member.participation,
                counted=tuple(
                    replace(credit, at=credit.at.astimezone(elsewhere))
                    for credit in member.participation.counted
                ),
            )
            if member.participation
            else None,
        )
        for member in members
    ]
    shuffled.shuffle(moved)
    again = make_roll(moved, about)
    lines = [roll_line(*line) for line in again.lines]
    shuffled.shuffle(lines)
    freeze = about.window.freezes_at.astimezone(elsewhere)
    assert roll_hash(canonical_roll(7, freeze, lines)) == hashed


def _pure_electorate() -> tuple[list[MemberFacts], BallotFacts]:
    window = Window(oslo(NOTICE), oslo(FREEZE))
    members = [
        MemberFacts(
            member_id=number,
            member_no=f"{1000 + number}",
            unit_path="/1/",
            unit_code="FV",
            unit_name="Fjordvik",
            membership_class=MembershipClass.FULL_MEMBER if number % 7 else MembershipClass.YOUTH_MEMBER,
            status=Status.ACTIVE if number % 11 else Status.SUSPENDED,
            joined_at=oslo("2026-03-02 08:59") + timedelta(seconds=number),
            dues=(DuesPaid(date(2026, 1, 1), date(2026, 12, 31)),) if number % 5 else (),
            participation=standing(
                [
                    RuleCredit(number, Kind.POST, oslo("2026-03-05 12:00"), f"post:{number}", 60)
                    for _ in range(number % 2)
                ],
                [],
                window,
            ),
        )
        for number in range(1, 91)
    ]
    electorate = Electorate(
        ("/1/",),
        ("Fjordvik",),
        frozenset({MembershipClass.FULL_MEMBER}),
        oslo(NOTICE),
        ZoneInfo("Europe/Oslo"),
        0,
    )
    return members, BallotFacts(Timeline(1), electorate, window, Setting.REQUIRED)


def test_the_order_of_rows_in_the_database_does_not_change_the_hash(app: Flask, at: None) -> None:
    world = a_world(app)
    ballot_id = world.publish()
    world.crowd_takes_part(25)
    hashed = world.advance(ballot_id, FREEZE) and world.roll(ballot_id).sha256
    with transaction() as session:
        rows = [
            {column.name: getattr(row, column.name) for column in RollEntry.__table__.columns}
            for row in session.scalars(select(RollEntry))
        ]
        session.execute(delete(RollEntry))
        rows.reverse()
        for row in rows:
            row["roll_no"] = 10_000 - row["roll_no"]
        session.execute(insert(RollEntry), rows)
    assert bytes.fromhex(roll_hash(roll.canonical_of(world.load(ballot_id)))) == hashed


def test_every_member_of_the_unit_and_below_has_one_line_with_the_first_reason(world: World) -> None:
    below = a_unit("Nordneset lokallag", parent=world.unit)
    beside = a_unit("Nordre Fjordvik kommuneparti")
    ballot_id = world.publish()
    world.crowd_takes_part()
    expected = {
        a_member(below, "Under").id: ("no_contribution", True),
        a_member(world.unit, "Supporter", membership_class=MembershipClass.AFFILIATED_SUPPORTER).id: (
            "class_not_allowed",
            False,
        ),
        a_member(world.unit, "Ung", membership_class=MembershipClass.YOUTH_MEMBER).id: (
            "class_not_allowed",
            False,
        ),
        a_member(world.unit, "Hviler", status=Status.SUSPENDED).id: ("not_active", False),
        a_member(world.unit, "Sen", joined="2026-03-02 09:01").id: ("joined_after_cutoff", False),
    }
    left = a_member(world.unit, "Ute", status=Status.RESIGNED).id
    other = a_member(beside, "Annen").id
    world.advance(ballot_id)
    entries = db.session.scalars(select(RollEntry).where(RollEntry.ballot_id == ballot_id)).all()
    by_member = {entry.member_id: entry for entry in entries}
    assert len(by_member) == len(entries) == world.roll(ballot_id).lines
    for member_id, (reason, otherwise) in expected.items():
        assert (by_member[member_id].reason, by_member[member_id].otherwise_entitled) == (reason, otherwise)
    assert left not in by_member
    assert other not in by_member
    assert sorted(entry.roll_no for entry in entries) == list(range(1, len(entries) + 1))


def a_bylaw(world: World, topic: BylawTopic, value: int) -> None:
    with transaction() as session:
        session.add(
            Bylaw(
                unit_id=world.unit.id,
                topic=topic,
                value=value,
                decided_by=Decider.BYLAWS,
                reference="§ 5",
                recorded_at=oslo("2025-01-01 12:00"),
            )
        )


def test_dues_and_age_count_as_the_bylaws_stood_at_the_notice(world: World) -> None:
    a_bylaw(world, BylawTopic.DUES_GRACE_DAYS, 30)
    a_bylaw(world, BylawTopic.MINIMUM_AGE, 15)
    paid, behind, late, young = (world.one(name) for name in ("Paid", "Behind", "Late", "Young"))
    everybody = [world.chair, world.board, world.mari, world.control, *world.crowd, paid, young]
    with transaction() as session:
        for member in everybody:
            session.add(_dues(member, date(2025, 12, 1), date(2026, 12, 31), "2025-12-01 12:00"))
        session.add(_dues(behind, date(2025, 1, 1), date(2026, 2, 13), "2025-01-01 12:00"))
        # Paid in time, registered after the freeze: the roll cannot know it.
        session.add(_dues(late, date(2026, 3, 1), date(2026, 12, 31), "2026-03-17 12:00"))
        session.execute(update(Standing).where(Standing.member_id == young.id).values(born_year=2012))
    ballot_id = world.publish()
    a_bylaw(world, BylawTopic.DUES_GRACE_DAYS, 0)
    world.crowd_takes_part()
    for member in (paid, behind, late, young):
        a_credit(world.case, member, "2026-03-05 12:00")
    world.advance(ballot_id)
    assert world.entry(ballot_id, paid).entitled
    assert world.entry(ballot_id, behind).reason == "dues_unpaid", "31 days after, and 30 of grace"
    assert world.entry(ballot_id, late).reason == "dues_unpaid"
    assert world.entry(ballot_id, young).reason == "under_age"
    assert world.line(ballot_id, late, "2026-03-17 12:30").startswith(
        "Du kan ikke stemme i denne avstemningen. Kontingenten for 2026 var ikke registrert som betalt"
    )


def _dues(member: Member, paid: date, until: date, recorded: str) -> Dues:
    return Dues(member_id=member.id, paid_on=paid, paid_until=until, recorded_at=oslo(recorded))


def test_too_few_and_the_rule_falls_away_for_everybody_otherwise_entitled(world: World) -> None:
    ballot_id = world.publish()
    world.crowd_takes_part(9)
    ballot = world.advance(ballot_id, FREEZE)
    made = world.roll(ballot_id)
    assert (ballot.state, made.lapsed, made.qualified, made.entitled) == (State.FROZEN, True, 9, 60)
    bases = set(db.session.scalars(select(RollEntry.basis)))
    credits_kept = set(db.session.scalars(select(RollEntry.credit_id)))
    assert (bases, credits_kept) == ({""}, {None}), "only the count that had qualified is kept"
    assert world.line(ballot_id, world.chair, "2026-03-16 21:00") == (
        "Kravet om deltakelse er falt bort fordi færre enn 10 hadde deltatt. Alle andre vilkår gjelder som før."
    )
    with when("2026-03-17 12:00"):
        page = world.as_(world.crowd[40]).get(f"/avstemninger/{ballot_id}")
    assert "Du kan stemme nå." in page


def test_ten_of_sixty_are_enough(world: World) -> None:
    ballot_id = world.publish()
    world.crowd_takes_part(10)
    world.advance(ballot_id, FREEZE)
    made = world.roll(ballot_id)
    assert (made.lapsed, made.qualified, made.entitled) == (False, 10, 10)


def test_too_few_cancels_the_ballot_where_the_notice_said_so(world: World) -> None:
    ballot_id = world.publish(world.draft(shortfall=Shortfall.CANCEL))
    world.crowd_takes_part(9)
    ballot = world.advance(ballot_id, "2026-03-25 12:00")
    assert ballot.state is State.CANCELLED
    assert ballot.end_reason == (
        "Færre enn 10 av dem med stemmerett hadde deltatt i diskusjonen før fristen. "
        "Da er avstemningen avlyst, slik det sto i kunngjøringen."
    )
    kinds = [event.kind for event in _events(ballot_id)]
    assert kinds[-2:] == [EventKind.FROZEN, EventKind.CANCELLED]
    assert {event.at for event in _events(ballot_id)[-2:]} == {oslo(FREEZE)}
    assert db.session.get(BallotKey, ballot_id) is None, "no key for papers that nobody will cast"
    letters = db.session.scalars(select(Letter).where(Letter.template == "cancelled")).all()
    assert len(letters) == 60
    with when("2026-03-25 12:00"):
        page = world.as_(world.crowd[0]).get(f"/avstemninger/{ballot_id}")
    assert "Avstemningen er avlyst" in page


def _events(ballot_id: int) -> list[BallotEvent]:
    return events.history(ballot_id)


def test_the_event_publishes_hash_and_counts_and_hides_a_small_number_of_participants(world: World) -> None:
    ballot_id = world.publish(world.draft(participation=Setting.REPORT_ONLY))
    world.crowd_takes_part(4)
    world.advance(ballot_id, FREEZE)
    frozen = next(event for event in _events(ballot_id) if event.kind is EventKind.FROZEN)
    made = world.roll(ballot_id)
    assert made.sha256.hex() in frozen.payload
    assert '"entitled":60' in frozen.payload
    assert '"qualified":null' in frozen.payload
    assert made.qualified == 4
    assert world.entry(ballot_id, world.crowd[0]).basis == "post"
    assert world.entry(ballot_id, world.crowd[30]).entitled


def test_the_roll_number_does_not_follow_the_register(app: Flask, at: None) -> None:
    world = a_world(app)
    ballot_id = world.publish(world.draft(participation=Setting.NONE, roll_freezes_at=None))
    world.advance(ballot_id)
    by_number = db.session.scalars(select(RollEntry.member_id).order_by(RollEntry.roll_no)).all()
    assert list(by_number) != sorted(by_number)
    assert sorted(by_number) == sorted(member.id for member in db.session.scalars(select(Member)))


def test_thousands_of_members_in_a_handful_of_queries(app: Flask, at: None) -> None:
    world = a_world(app)
    _register(world, 3_000)
    ballot_id = world.publish()
    with transaction() as session:
        members = session.scalars(select(Member.id).where(Member.name == "Mange")).all()
        session.execute(
            insert(Credit),
            [
                {
                    "case_id": world.case.id,
                    "member_id": member_id,
                    "kind": CreditKind.POST,
                    "visible_characters": 80,
                    "at": oslo("2026-03-05 12:00"),
                    "recorded_at": oslo("2026-03-05 12:00"),
                }
                for member_id in members[:2_000]
            ],
        )
    with when(FREEZE), counted() as sent:
        advance(ballot_id, clock.now())
    assert world.roll(ballot_id).entitled == 2_000
    assert len(sent) < 32, "reads, and inserts of a thousand lines"


def _register(world: World, number: int) -> None:
    long_ago = oslo("2015-01-01 00:00")
    with transaction() as session:
        session.execute(
            insert(Member),
            [
                {
                    "member_no": f"M{place}",
                    "name": "Mange",
                    "email": None,
                    "locale": "nb",
                    "registered_at": long_ago,
                }
                for place in range(number)
            ],
        )
        ids = session.scalars(select(Member.id).where(Member.name == "Mange")).all()
        session.execute(
            insert(Standing),
            [
                {
                    "member_id": member_id,
                    "unit_id": world.unit.id,
                    "membership_class": MembershipClass.FULL_MEMBER,
                    "status": Status.ACTIVE,
                    "joined_at": long_ago,
                    "recorded_at": long_ago,
                }
                for member_id in ids
            ],
        )


# The export and `grasrot roll verify`


@pytest.fixture
def export(world: World, tmp_path: Path) -> Callable[[], tuple[int, Path]]:
    def make() -> tuple[int, Path]:
        ballot_id = world.publish()
        world.crowd_takes_part()
        world.advance(ballot_id)
        with when(OPENING):
            page = world.as_(world.control).get(f"/avstemninger/{ballot_id}/manntall.txt")
        file = tmp_path / "manntall.txt"
        file.write_bytes(page.markup.encode())
        return ballot_id, file

    return make


def test_tellers_and_control_committee_fetch_the_roll_and_verify_its_hash(
    world: World, export: Callable[[], tuple[int, Path]]
) -> None:
    ballot_id, file = export()
    answer = CliRunner().invoke(roll_command, ["verify", str(file)])
    assert answer.exit_code == 0, answer.output
    assert answer.output.splitlines() == [
        f"SHA-256 {world.roll(ballot_id).sha256.hex()}",
        "60 lines, 20 entitled",
    ]
    assert [entry.actor_id for entry in acts("see_roll")] == [world.control.id]


def test_the_board_and_the_members_do_not_get_the_roll(
    world: World, export: Callable[[], tuple[int, Path]]
) -> None:
    ballot_id, _ = export()
    with when(OPENING):
        for member in (world.chair, world.mari, world.crowd[0]):
            world.as_(member).get(f"/avstemninger/{ballot_id}/manntall.txt", status=403)
        world.as_(world.control).get("/avstemninger/99999/manntall.txt", status=404)


def test_there_is_no_roll_before_the_freeze(world: World) -> None:
    ballot_id = world.publish()
    with when("2026-03-05 12:00"):
        world.as_(world.control).get(f"/avstemninger/{ballot_id}/manntall.txt", status=404)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[:-1], "LF"),
        (lambda text: text.replace(b"grasrot-roll-1", b"grasrot-roll-2"), "line 1"),
        (lambda text: text.replace(b"\tyes\t", b"\tja\t", 1), "neither yes nor no"),
        (lambda text: b"\n".join([text.split(b"\n")[0], *reversed(text.split(b"\n")[1:-1]), b""]), "order"),
        (lambda text: text.replace(b"\tfull_member\t", b"\tking\t", 1), "no membership class"),
        (lambda text: text.replace(b"\tno\tno_contribution\t", b"\tno\tnone\t", 1), "a no has one"),
        (lambda text: text + b"\xff\n", "UTF-8"),
        (lambda _text: b"", "LF"),
        (lambda text: text.replace(b"\tpost\n", b"\n", 1), "six fields"),
    ],
)
def test_a_changed_export_is_no_roll(
    export: Callable[[], tuple[int, Path]], change: Callable[[bytes], bytes], said: str
) -> None:
    _, file = export()
    file.write_bytes(change(file.read_bytes()))
    answer = CliRunner().invoke(roll_command, ["verify", str(file)])
    assert answer.exit_code == 1
    assert said in answer.output


def test_a_line_changed_by_hand_gives_another_hash(
    world: World, export: Callable[[], tuple[int, Path]]
) -> None:
    ballot_id, file = export()
    text = file.read_text().replace("\tno\tno_contribution\tnone\n", "\tyes\tnone\tpost\n", 1)
    file.write_text(text)
    answer = CliRunner().invoke(roll_command, ["verify", str(file)])
    assert answer.exit_code == 0
    assert world.roll(ballot_id).sha256.hex() not in answer.output
    assert "21 entitled" in answer.output


def test_credits_of_another_case_and_area_are_not_read(world: World) -> None:
    ane = world.one("Ane")
    other = a_case(a_forum(world.unit), world.mari, "Havneplan")
    a_thread(world.forum, world.mari, case=other)
    ballot_id = world.publish()
    world.crowd_takes_part()
    a_credit(other, ane, "2026-03-05 12:00")
    world.advance(ballot_id)
    assert world.entry(ballot_id, ane).reason == "no_contribution"


def test_two_contributions_of_two_are_told_as_they_come(world: World) -> None:
    ane = world.one("Ane")
    ballot_id = world.publish(world.draft(minimum=2))
    world.crowd_takes_part(20, at="2026-03-04 12:00")
    assert world.line(ballot_id, ane, "2026-03-05 11:00") == (
        "Du har 0 av 2 bidrag. Ta med 2 til før mandag 16. mars kl. 20.00, så kan du stemme."
    )
    world.write(ane, LEAST, "2026-03-05 12:00")
    assert world.line(ballot_id, ane, "2026-03-05 13:00") == (
        "Du har 1 av 2 bidrag. Ta med 1 til før mandag 16. mars kl. 20.00, så kan du stemme."
    )
    world.advance(ballot_id)
    made = world.roll(ballot_id)
    assert made.lapsed, "twenty had one each, and two were asked for"
    assert world.entry(ballot_id, ane).entitled


def test_rights_at_a_past_freeze_are_read_from_the_rows_before_it(world: World) -> None:
    ane = world.one("Ane")
    ballot_id = world.publish()
    world.crowd_takes_part()
    world.advance(ballot_id)
    elsewhere = a_unit("Nordre Fjordvik kommuneparti")
    with transaction() as session:
        session.add(
            Standing(
                member_id=ane.id,
                unit_id=elsewhere.id,
                membership_class=MembershipClass.FULL_MEMBER,
                status=Status.ACTIVE,
                joined_at=oslo("2015-01-01 00:00"),
                recorded_at=oslo("2026-03-17 10:00"),
            )
        )
    with when("2026-03-17 12:00"):
        assert rights(ane).unit.id == elsewhere.id
    assert "Vi fant ingen deltakelse fra deg" in world.line(ballot_id, ane, "2026-03-17 12:00")
    assert clock.now().tzinfo is UTC
    assert db.session.scalar(select(func.count()).select_from(RollEntry)) == 60


def test_whoever_began_to_write_before_the_freeze_is_on_the_roll(app: Flask, at: None) -> None:
    """A post that is dated before the freeze and committed after somebody asked for the roll."""
    world = a_world(app)
    ballot_id = world.publish()
    world.crowd_takes_part()
    ane_id, thread_id = world.one("Ane").id, world.thread.id
    writing, asked = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def write() -> None:
        with app.app_context():
            try:
                with clock.stopped_at(oslo(FREEZE) - timedelta(microseconds=1)), transaction() as session:
                    mine = rights(session.get_one(Member, ane_id))
                    debate.write_post(mine, thread_id, LEAST)
                    writing.set()
                    asked.wait(timeout=10)
                    time.sleep(0.3)  # whoever asks for the roll has come to the lock by now
            except BaseException as failure:
                failures.append(failure)
                writing.set()
            finally:
                db.session.remove()

    def ask() -> None:
        with app.app_context():
            try:
                asked.set()
                advance(ballot_id, oslo(FREEZE))
            except BaseException as failure:
                failures.append(failure)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=write), threading.Thread(target=ask)]
    threads[0].start()
    assert writing.wait(timeout=10)
    threads[1].start()
    for thread in threads:
        thread.join(timeout=20)
    assert failures == []
    db.session.rollback()
    entry = db.session.scalars(
        select(RollEntry).where(RollEntry.ballot_id == ballot_id, RollEntry.member_id == ane_id)
    ).one()
    assert entry.entitled
    assert bytes.fromhex(roll_hash(roll.canonical_of(world.load(ballot_id)))) == world.roll(ballot_id).sha256
