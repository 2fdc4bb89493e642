"""Appeals against the roll: PARTICIPATION.md section 11, through the real services."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

import pytest
from appeals_world import FROZEN, LAST_CHANCE, TOLD, VOTING, Appeals, an_appeals_world
from builders import a_member, an_office, oslo
from click.testing import CliRunner
from flask import Flask
from scenario_world import CLOSING, acts, rights, when
from sqlalchemy import select

from ballot import events, joint
from ballot.appeals import services
from ballot.appeals.models import AppealReceipt, AppealState, AppealVote, MediaType
from ballot.appeals.receipts import Checked
from ballot.cli import roll as roll_commands
from ballot.models import AppendixKind, EventKind, RollAppendix
from ballot.rules.appeals import Decision, Matter
from ballot.rules.lifecycle import State
from ballot.services import appendices, casting, lifecycle, roll, tellers
from foundation import clock, outbox
from foundation.audit import AuditEntry
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from foundation.jobs import tick
from foundation.transaction import transaction
from members.models import Member, Standing
from members.rules.classes import MembershipClass
from members.rules.permissions import OfficeKind

GRANT, REFUSE = Decision.GRANT, Decision.REFUSE


@pytest.fixture
def world(app: Flask, at: None) -> Appeals:
    return an_appeals_world(app)


def letters(template: str) -> list[tuple[str, str]]:
    db.session.rollback()
    found = db.session.scalars(select(outbox.Letter).where(outbox.Letter.template == template)).all()
    return [(one.address, outbox.render(one)[1]) for one in found]


def test_two_grant_and_she_is_on_the_roll_at_once_with_a_numbered_appendix(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    before = world.roll(ballot_id)
    base, entitled, otherwise = before.sha256, before.entitled, before.otherwise_entitled
    appeal_id = world.file(ballot_id, bo)
    assert world.decide(appeal_id, world.group[0], GRANT) is AppealState.OPEN
    assert not world.entry(ballot_id, bo).entitled
    assert world.decide(appeal_id, world.group[1], GRANT) is AppealState.GRANTED
    entry, made = world.entry(ballot_id, bo), world.roll(ballot_id)
    assert (entry.entitled, entry.reason, entry.basis) == (True, "", "")
    assert (made.sha256, made.entitled, made.otherwise_entitled) == (base, entitled + 1, otherwise)
    appendix = appendices.of(ballot_id)[0]
    assert (appendix.number, appendix.kind) == (1, AppendixKind.APPEAL_GRANTED)
    assert appendix.actor == f"appeals_group {world.unit.code}"
    assert appendix.previous == base != appendix.sha256
    with when(VOTING):
        casting.cast(ballot_id, bo.id, [casting.value_of(ballot_id, 0)])
    assert world.entry(ballot_id, bo).voted
    told = [text for address, text in letters("roll_appeal_decided") if address == bo.email]
    assert len(told) == 1
    assert "Du fikk medhold" in told[0]


def test_it_takes_two_who_agree_to_refuse(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    ane = world.one("Ane")
    appeal_id = world.file(ballot_id, bo)
    assert world.decide(appeal_id, world.group[0], REFUSE) is AppealState.OPEN
    assert world.decide(appeal_id, world.group[1], REFUSE) is AppealState.REFUSED
    assert not world.entry(ballot_id, bo).entitled
    assert appendices.of(ballot_id) == []
    assert "Vi finner ikke noe bidrag fra deg." in letters("roll_appeal_decided")[0][1]
    with pytest.raises(RuleBroken, match="roll_appeal_decided"):
        world.file(ballot_id, bo, VOTING)
    second = world.file(ballot_id, ane)
    world.decide(second, world.group[0], REFUSE)
    assert world.decide(second, world.group[1], GRANT) is AppealState.GRANTED, "in doubt for the vote"
    assert world.entry(ballot_id, ane).entitled


def test_nobody_says_it_twice_and_a_refusal_needs_its_sentence(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    appeal_id = world.file(ballot_id, bo)
    with when(VOTING), pytest.raises(RuleBroken, match="roll_appeal_sentence_missing"):
        services.decide(appeal_id, rights(world.group[0]), REFUSE, " \u200b ")
    world.decide(appeal_id, world.group[0], GRANT)
    with pytest.raises(RuleBroken, match="roll_appeal_second_needed"):
        world.decide(appeal_id, world.group[0], REFUSE)
    world.decide(appeal_id, world.above[0], GRANT)
    with pytest.raises(RuleBroken, match="roll_appeal_settled"):
        world.decide(appeal_id, world.group[1], REFUSE)


def test_a_first_word_does_not_outlive_the_office(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    guest = a_member(world.unit, "Gjest Gruppa")
    term = an_office(guest, OfficeKind.APPEALS_GROUP, world.unit, ends="2026-03-17 13:00")
    assert term.ends_at < oslo("2026-03-17 14:00")
    appeal_id = world.file(ballot_id, bo)
    world.decide(appeal_id, guest, REFUSE)
    assert world.decide(appeal_id, world.group[0], REFUSE, "2026-03-17 14:00") is AppealState.OPEN
    assert world.decide(appeal_id, world.group[1], REFUSE, "2026-03-17 15:00") is AppealState.REFUSED


@pytest.mark.parametrize("office", ["board", "moderator", "own", "nobody", "teller_board_above"])
def test_who_may_not_decide(world: Appeals, office: str) -> None:
    ballot_id, bo = world.refused()
    decider = world.group[0]
    appellant = bo
    if office == "board":
        an_office(decider, OfficeKind.BOARD_MEMBER, world.unit, title="Styremedlem")
    elif office == "moderator":
        an_office(decider, OfficeKind.ELECTED_REPRESENTATIVE, world.unit, area=world.forum.area)
    elif office == "own":
        appellant = world.one("Cato")
        an_office(appellant, OfficeKind.APPEALS_GROUP, world.unit)
        decider = appellant
    elif office == "nobody":
        decider = world.mari
    appeal_id = world.file(ballot_id, appellant)
    if office == "teller_board_above":
        # The county's board does not bar the county's appeals group from an appeal of Fjordvik.
        assert world.decide(appeal_id, world.above[0], GRANT) is AppealState.OPEN
        return
    with pytest.raises(NotAllowed):
        world.decide(appeal_id, decider, GRANT)
    assert db.session.scalars(select(AppealVote)).all() == []
    assert [entry.actor_id for entry in acts("refused:decide_roll_appeal")] == [decider.id]


def test_the_deadline_is_half_open_to_the_microsecond(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    ane = world.one("Ane")
    world.advance(ballot_id, VOTING)
    world.file(ballot_id, bo, LAST_CHANCE, us=-1)
    with pytest.raises(RuleBroken, match="roll_appeal_too_late"):
        world.file(ballot_id, ane, LAST_CHANCE)


def test_nobody_appeals_before_the_freeze_nor_whoever_can_vote_nor_twice(world: Appeals) -> None:
    bo = world.one("Bo")
    ballot_id = world.publish()
    world.crowd_takes_part(12)
    with pytest.raises(RuleBroken, match="roll_appeal_too_early"):
        world.file(ballot_id, bo, "2026-03-16 20:00", us=-1)
    first = world.file(ballot_id, bo, "2026-03-16 20:00")
    assert world.appeal(first).matter is Matter.PARTICIPATION
    with pytest.raises(RuleBroken, match="roll_appeal_open"):
        world.file(ballot_id, bo, FROZEN)
    with pytest.raises(RuleBroken, match="roll_appeal_entitled"):
        world.file(ballot_id, world.crowd[0], FROZEN)
    assert len(acts("refused:file_roll_appeal")) == 3


def test_undecided_after_24_hours_it_is_reversed_by_whoever_asks_first(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    appeal_id = world.file(ballot_id, bo, FROZEN)
    world.decide(appeal_id, world.group[0], REFUSE, "2026-03-17 20:59")
    world.advance(ballot_id, "2026-03-17 21:00", us=-1)
    assert world.appeal(appeal_id).state is AppealState.OPEN
    world.advance(ballot_id, "2026-03-17 23:15")
    found = world.appeal(appeal_id)
    assert (found.state, found.decided_at) == (AppealState.REVERSED, oslo("2026-03-17 21:00"))
    assert world.entry(ballot_id, bo).entitled
    appendix = appendices.of(ballot_id)[0]
    assert (appendix.kind, appendix.actor, appendix.at) == (
        AppendixKind.APPEAL_REVERSED,
        "system",
        oslo("2026-03-17 21:00"),
    )
    with pytest.raises(RuleBroken, match="roll_appeal_settled"):
        world.decide(appeal_id, world.group[1], REFUSE, "2026-03-18 00:00")


def test_the_second_word_at_the_deadline_itself_is_too_late(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    appeal_id = world.file(ballot_id, bo, FROZEN)
    world.decide(appeal_id, world.group[0], REFUSE)
    with pytest.raises(RuleBroken, match="roll_appeal_settled"):
        world.decide(appeal_id, world.group[1], REFUSE, "2026-03-17 21:00")
    # What the refused attempt rolled back, the next who asks records.
    world.advance(ballot_id, "2026-03-17 21:00")
    assert world.entry(ballot_id, bo).entitled


def test_the_timer_reverses_too(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    world.file(ballot_id, bo, FROZEN)
    with when("2026-03-17 21:00"):
        tick()
    assert world.entry(ballot_id, bo).entitled


def late_joiner(world: Appeals) -> tuple[int, int, int]:
    """A ballot with the vote of 20, and the appeal of one whom it refuses for having joined too late."""
    per = world.member("Per", joined="2026-03-02 09:01")
    ballot_id = world.publish()
    world.crowd_takes_part(12)
    world.advance(ballot_id, FROZEN)
    return ballot_id, per.id, world.file(ballot_id, per)


def test_membership_is_for_the_group_above_and_holds_the_result_back(world: Appeals) -> None:
    ballot_id, _per_id, appeal_id = late_joiner(world)
    assert world.appeal(appeal_id).matter is Matter.MEMBERSHIP
    assert {address for address, _ in letters("roll_appeal_task")} == {one.email for one in world.above}
    with pytest.raises(NotAllowed, match="roll_appeal_unit_above"):
        world.decide(appeal_id, world.group[0], REFUSE)
    world.advance(ballot_id, CLOSING)
    held = world.load(ballot_id)
    assert held.state is State.COUNTED, "counted but not certified"
    world.decide(appeal_id, world.above[0], REFUSE, "2026-03-24 12:00")
    world.decide(appeal_id, world.above[1], REFUSE, "2026-03-25 12:00")
    done = world.load(ballot_id)
    assert done.state is State.CERTIFIED
    certified = [one for one in events.history(ballot_id) if one.kind is EventKind.CERTIFIED]
    assert certified[0].at == oslo("2026-03-25 12:00")
    assert done.objections_end_at == oslo("2026-03-28 12:00")


def test_fourteen_days_after_closing_it_is_decided_for_the_vote(world: Appeals) -> None:
    ballot_id, _per_id, appeal_id = late_joiner(world)
    with when(VOTING):
        for place, member in enumerate(world.crowd[:12]):
            casting.cast(ballot_id, member.id, [casting.value_of(ballot_id, 0 if place < 9 else 1)])
    world.advance(ballot_id, "2026-04-02 21:00", us=-1)
    assert world.load(ballot_id).state is State.COUNTED
    world.advance(ballot_id, "2026-04-02 21:00")
    found = world.appeal(appeal_id)
    assert (found.state, found.too_late) == (AppealState.REVERSED, True)
    assert appendices.of(ballot_id) == [], "a roll is not changed after closing"
    assert world.load(ballot_id).state is State.CERTIFIED, "nine to three: one more changes nothing"


def test_one_who_could_have_changed_the_outcome_brings_an_incident_that_the_control_committee_ends(
    world: Appeals,
) -> None:
    second = a_member(world.unit, "Knut Krogh")
    an_office(second, OfficeKind.CONTROL_COMMITTEE, world.unit)
    ballot_id, _per_id, appeal_id = late_joiner(world)
    with when(VOTING):
        for place, member in enumerate(world.crowd[:3]):
            casting.cast(ballot_id, member.id, [casting.value_of(ballot_id, 0 if place < 2 else 1)])
    world.advance(ballot_id, CLOSING)
    world.decide(appeal_id, world.above[0], GRANT, "2026-03-20 12:00")
    world.decide(appeal_id, world.above[1], GRANT, "2026-03-20 13:00")
    ballot = world.load(ballot_id)
    assert ballot.state is State.COUNTED
    incident = joint.of(ballot_id).incident
    assert incident is not None
    assert incident.member_id is None
    assert "må oppheves og holdes på nytt" in incident.reason
    called = {address for address, _ in letters("task")}
    assert {world.control.email, second.email} <= called
    with when("2026-03-21 12:00"):
        tellers.propose_annulment(ballot_id, rights(world.control), "Én ble feilaktig holdt utenfor.")
        tellers.annul(ballot_id, rights(second), joint.of(ballot_id).annulments[0].seq)
    assert world.load(ballot_id).state is State.ANNULLED


def test_the_export_holds_roll_and_appendices_and_is_recomputed_without_the_application(
    world: Appeals, tmp_path: Path
) -> None:
    ballot_id, bo = world.refused()
    ane = world.one("Ane")
    frozen = roll.canonical_of(world.load(ballot_id))
    for member in (bo, ane):
        appeal_id = world.file(ballot_id, member)
        for decider in world.group:
            world.decide(appeal_id, decider, GRANT)
    assert roll.canonical_of(world.load(ballot_id)) == frozen, "the frozen roll can still be written"
    with when(VOTING):
        exported = roll.export(ballot_id, rights(world.control))
    assert exported.startswith(frozen)
    kept, mended = tmp_path / "manntall.txt", tmp_path / "rettet.txt"
    kept.write_bytes(exported)
    mended.write_bytes(exported.replace(b"\tyes\tnone\tnone\nsha256", b"\tno\tdues_unpaid\tnone\nsha256", 1))
    said = CliRunner().invoke(roll_commands, ["verify", str(kept)])
    forged = CliRunner().invoke(roll_commands, ["verify", str(mended)])
    hashes = [one.sha256.hex() for one in appendices.of(ballot_id)]
    assert said.exit_code == 0, said.output
    assert f"SHA-256 {hashlib.sha256(frozen).hexdigest()}" in said.output
    assert all(f"SHA-256 {one}" in said.output for one in hashes)
    assert "12 entitled" in said.output
    assert said.output.rstrip().endswith("14 entitled")
    assert forged.exit_code == 1
    assert "the hash of appendix 1 is" in forged.output


def test_the_public_chain_tells_counts_and_hash_but_no_name(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    appeal_id = world.file(ballot_id, bo)
    for decider in world.group:
        world.decide(appeal_id, decider, GRANT)
    appendix = appendices.of(ballot_id)[0]
    payload = next(one.payload for one in events.history(ballot_id) if one.kind is EventKind.ROLL_APPENDED)
    assert json.loads(payload)["sha256"] == appendix.sha256.hex()
    assert "Bo" not in payload
    assert bo.member_no not in payload
    with when(VOTING):
        page = world.as_(world.mari).get(f"/avstemninger/{ballot_id}")
    assert "Vedlegg 1. Grunn: En klage fikk medhold." in page


def test_a_roll_has_one_line_of_appendices(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    appeal_id = world.file(ballot_id, bo)
    for decider in world.group:
        world.decide(appeal_id, decider, GRANT)
    first = appendices.of(ballot_id)[0]
    fork = {column.key: getattr(first, column.key) for column in RollAppendix.__table__.columns}
    with pytest.raises(Exception, match=r"(?i)unique"), transaction() as session:
        session.add(RollAppendix(**fork | {"number": 2}))


def test_the_receipt_is_gone_with_the_decision_and_with_the_reversal(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    ane = world.one("Ane")
    receipt = Checked(MediaType.PDF, b"%PDF-1.4 an invented receipt")
    with when(FROZEN):
        first = services.file(ballot_id, rights(bo), TOLD, receipt).id
        services.file(ballot_id, rights(ane), TOLD, receipt)
    for decider in world.group:
        world.decide(first, decider, REFUSE)
    assert db.session.scalars(select(AppealReceipt.appeal_id)).all() != [first]
    world.advance(ballot_id, "2026-03-17 21:00")
    assert db.session.scalars(select(AppealReceipt)).all() == []


def test_the_log_says_who_decided_and_never_what_the_member_wrote(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    appeal_id = world.file(ballot_id, bo)
    world.decide(appeal_id, world.group[0], GRANT)
    entries = db.session.scalars(select(AuditEntry)).all()
    assert {"file_roll_appeal", "decide_roll_appeal"} <= {entry.act for entry in entries}
    assert not any("medlemsmøtet" in entry.facts for entry in entries)


def test_resignation_takes_off_who_has_not_voted_and_nobody_with_a_mark(world: Appeals) -> None:
    ballot_id, _bo = world.refused()
    gone, voted = world.crowd[0], world.crowd[1]
    with when(VOTING):
        casting.cast(ballot_id, voted.id, [casting.value_of(ballot_id, 0)])
        entitled = world.roll(ballot_id).entitled
        for member in (gone, voted):
            _leaves(member.id, world.unit.id)
    from ballot.appeals import departures

    with when("2026-03-17 13:00"):
        departures.take_off(gone.id)
        departures.take_off(voted.id)
        departures.take_off(gone.id)
    assert (world.entry(ballot_id, gone).entitled, world.entry(ballot_id, gone).reason) == (
        False,
        "not_active",
    )
    assert world.entry(ballot_id, voted).entitled
    assert world.roll(ballot_id).entitled == entitled - 1
    assert [one.kind for one in appendices.of(ballot_id)] == [AppendixKind.RESIGNATION]


def _leaves(member_id: int, unit_id: int) -> None:
    from members.rules.classes import Status

    with transaction() as session:
        session.add(
            Standing(
                member_id=member_id,
                unit_id=unit_id,
                membership_class=MembershipClass.FULL_MEMBER,
                status=Status.RESIGNED,
                joined_at=oslo("2020-01-01 12:00"),
                recorded_at=clock.now(),
            )
        )


def test_appeals_do_not_slow_a_page_of_a_ballot_without_any(world: Appeals) -> None:
    ballot_id, _bo = world.refused()
    ballot = world.load(ballot_id)
    from queries import counted

    with when(FROZEN), counted() as statements:
        assert not lifecycle.is_due(ballot, clock.now())
    assert statements == []


@pytest.mark.postgresql
def test_an_appeal_granted_while_voting_closes_is_on_the_roll_or_too_late_and_never_both(
    world: Appeals, request: pytest.FixtureRequest
) -> None:
    """Real threads: one grants, the other closes, on the lock that casting shares."""
    if not request.config.getoption("--postgresql"):
        pytest.skip("on SQLite there is one writer at a time")
    per = world.member("Per", joined="2026-03-02 09:01")
    ballot_id = world.publish()
    world.crowd_takes_part(12)
    world.advance(ballot_id, FROZEN)
    appeal_id = world.file(ballot_id, per)
    world.decide(appeal_id, world.above[0], GRANT)
    ready, second_id = threading.Barrier(2), world.above[1].id

    def closes() -> None:
        with world.app.app_context():
            ready.wait()
            lifecycle.advance(ballot_id, oslo(CLOSING))

    def grants() -> None:
        with world.app.app_context():
            decider = rights(db.session.get_one(Member, second_id))
            ready.wait()
            services.decide(appeal_id, decider, GRANT)

    with when("2026-03-19 19:59"):
        racers = [threading.Thread(target=act) for act in (closes, grants)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join(timeout=30)
    found, entry = world.appeal(appeal_id), world.entry(ballot_id, per)
    assert found.state is AppealState.GRANTED
    assert entry.entitled is not found.too_late
    assert len(appendices.of(ballot_id)) == int(entry.entitled)
    assert world.load(ballot_id).state in (State.CLOSED, State.COUNTED, State.CERTIFIED)
