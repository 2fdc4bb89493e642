"""A debate that was closed and a server that was away move the dates; scenario 13. Suspension fails open."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from builders import a_thread, an_office, oslo
from scenario_world import CLOSING, FREEZE, LEAST, OPENING, World, acts, rights, when
from sqlalchemy import select

from ballot import facts
from ballot.models import Ballot, BallotEvent, EventKind, RollAppendix
from ballot.rules.dates import Outage
from ballot.rules.lifecycle import State
from ballot.rules.participation import Kind, RuleState, Setting, Shortfall
from ballot.services import changes, drafting, lifecycle
from forums import services as debate
from forums.models import Case, Ground, Thread, ThreadKind
from forums.moderation import services as keeping
from foundation import jobs
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from foundation.outbox import Letter
from foundation.transaction import transaction
from members.models import Member
from members.rules.permissions import OfficeKind

HOURS = timedelta(hours=1)


def lock(world: World, thread: Thread, at: str, hours: int = 48) -> None:
    with when(at):
        debate.lock_thread(rights(world.mari), thread.id, Ground.PERSONAL, hours=hours)


def decided_on(world: World, at: str) -> None:
    with transaction() as session:
        case = session.get_one(Case, world.case.id)
        case.decides_at = case.contributions_before = oslo(at)


def moves(ballot_id: int) -> list[dict[str, object]]:
    db.session.rollback()
    return [
        json.loads(event.payload)
        for event in db.session.scalars(
            select(BallotEvent).where(
                BallotEvent.ballot_id == ballot_id, BallotEvent.kind == EventKind.DATES_MOVED
            )
        )
    ]


def told(template: str) -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(select(Letter.address).where(Letter.template == template)))


def times(world: World, ballot_id: int) -> tuple[object, object, object]:
    ballot = world.load(ballot_id)
    return ballot.roll_freezes_at, ballot.opens_at, ballot.closes_at


AS_NOTICED = (oslo(FREEZE), oslo(OPENING), oslo(CLOSING))
TWO_DAYS_LATER = (oslo("2026-03-18 20:00"), oslo("2026-03-19 08:00"), oslo("2026-03-21 20:00"))


def test_scenario_13_a_lock_of_the_only_thread_moves_freeze_opening_and_closing_equally(world: World) -> None:
    late = world.one("Late")
    ballot_id = world.publish()
    world.crowd_takes_part()
    lock(world, world.thread, "2026-03-10 12:00")
    world.advance(ballot_id, "2026-03-12 12:00", us=-1)
    assert times(world, ballot_id) == AS_NOTICED, "the lock could still be lifted early"
    with when("2026-03-12 12:00"):
        page = world.as_(late).get(f"/avstemninger/{ballot_id}")
    assert "før onsdag 18. mars kl. 20.00" in page
    assert "Endring 1. Diskusjonen var stengt for alle i mer enn et døgn" in page
    assert times(world, ballot_id) == TWO_DAYS_LATER
    assert len(told("dates_moved")) == 60, "everybody entitled is told"
    # The two days that were lost are there again: what is written in them counts.
    world.write(late, LEAST, "2026-03-17 12:00")
    world.advance(ballot_id, "2026-03-18 20:00", us=-1)
    assert world.load(ballot_id).state is State.NOTIFIED
    world.advance(ballot_id, "2026-03-18 20:00")
    assert world.entry(ballot_id, late).basis == "post"
    assert len(moves(ballot_id)) == 1


def test_scenario_13_nobody_asked_until_after_the_opening_and_it_comes_out_the_same(world: World) -> None:
    ballot_id = world.publish()
    world.crowd_takes_part()
    lock(world, world.thread, "2026-03-10 12:00")
    world.advance(ballot_id, "2026-03-17 09:00")
    assert times(world, ballot_id) == TWO_DAYS_LATER
    assert world.load(ballot_id).state is State.NOTIFIED
    (event,) = db.session.scalars(select(BallotEvent).where(BallotEvent.kind == EventKind.DATES_MOVED))
    assert event.at == oslo("2026-03-12 12:00"), "dated when it was due"


@pytest.mark.parametrize(
    ("hours", "other_thread", "lifted"),
    [(24, False, None), (48, True, None), (48, False, "2026-03-11 12:00")],
    ids=["a day is no more than a day", "another thread was open", "lifted after a day"],
)
def test_dates_stand_where_the_debate_was_not_closed_for_more_than_a_day(
    world: World, hours: int, other_thread: bool, lifted: str | None
) -> None:
    if other_thread:
        a_thread(world.forum, world.mari, case=world.case, title="En tråd til")
    ballot_id = world.publish()
    lock(world, world.thread, "2026-03-10 12:00", hours)
    if lifted:
        with when(lifted):
            debate.unlock_thread(rights(world.mari), world.thread.id)
    world.advance(ballot_id, "2026-03-16 19:59")
    assert times(world, ballot_id) == AS_NOTICED
    assert told("dates_moved") == set()


def test_a_thread_that_was_merged_away_does_not_hide_that_the_debate_is_closed(world: World) -> None:
    other = a_thread(world.forum, world.board, case=world.case, title="En tråd til")
    ballot_id = world.publish()
    with when("2026-03-09 12:00"):
        keeping.merge_threads(rights(world.mari), other.id, world.thread.id)
    lock(world, world.thread, "2026-03-10 12:00")
    world.advance(ballot_id, "2026-03-12 12:00")
    assert times(world, ballot_id) == TWO_DAYS_LATER


def test_a_lock_over_the_freeze_moves_it_as_far_as_it_has_come_and_then_the_rest(world: World) -> None:
    ballot_id = world.publish()
    lock(world, world.thread, "2026-03-15 12:00")
    world.advance(ballot_id, "2026-03-16 20:00")
    assert times(world, ballot_id)[0] == oslo("2026-03-18 04:00")
    world.advance(ballot_id, "2026-03-17 12:00")
    assert times(world, ballot_id) == TWO_DAYS_LATER
    assert [move["seconds"] for move in moves(ballot_id)] == [32 * 3600, 16 * 3600]


def test_past_the_deciding_bodys_date_nothing_moves_and_the_rule_lapses(world: World) -> None:
    decided_on(world, "2026-03-20 18:00")
    silent = world.one("Silent")
    ballot_id = world.publish()
    world.crowd_takes_part()
    lock(world, world.thread, "2026-03-10 12:00")
    world.advance(ballot_id, "2026-03-12 12:00")
    assert times(world, ballot_id) == AS_NOTICED
    assert world.load(ballot_id).rule_state is RuleState.LAPSED
    assert len(told("rule_lapsed")) == 60
    assert "Kravet om deltakelse gjelder ikke" in world.line(ballot_id, silent, "2026-03-13 12:00")
    world.advance(ballot_id)
    entry = world.entry(ballot_id, silent)
    assert (entry.entitled, entry.basis) == (True, "")
    roll = world.roll(ballot_id)
    assert roll.entitled == roll.otherwise_entitled == 60


def the_timer_came(*moments: str) -> None:
    for moment in moments:
        with when(moment):
            jobs.tick()


def test_the_server_was_away_before_the_freeze_and_everybody_gets_the_time_back(world: World) -> None:
    late = world.one("Late")
    ballot_id = world.publish()
    world.crowd_takes_part()
    the_timer_came("2026-03-16 17:00", "2026-03-16 21:00")
    assert times(world, ballot_id) == (
        oslo("2026-03-17 00:00"),
        oslo("2026-03-17 12:00"),
        oslo("2026-03-20 00:00"),
    )
    world.write(late, LEAST, "2026-03-16 22:00")
    world.advance(ballot_id, "2026-03-17 00:00")
    assert world.entry(ballot_id, late).entitled
    assert len(moves(ballot_id)) == 1, "the same outage moves the freeze once"


def test_a_short_restart_or_a_timer_that_failed_while_people_wrote_moves_nothing(world: World) -> None:
    ballot_id = world.publish()
    the_timer_came("2026-03-16 17:00", "2026-03-16 18:00")
    world.write(world.one("Ane"), LEAST, "2026-03-16 18:30")
    the_timer_came("2026-03-16 21:00")
    assert times(world, ballot_id) == AS_NOTICED
    assert world.load(ballot_id).state is State.FROZEN


def test_an_outage_the_system_has_not_seen_takes_two_of_the_board_and_a_reason(world: World) -> None:
    ballot_id = world.publish()
    outage = Outage(oslo("2026-03-16 10:00"), oslo("2026-03-16 13:00"))
    with when("2026-03-16 14:00"):
        changes.record_outage(ballot_id, rights(world.chair), outage, "Ingen kom inn.")
        assert times(world, ballot_id) == AS_NOTICED
        with pytest.raises(RuleBroken):
            changes.record_outage(ballot_id, rights(world.chair), outage, "Ingen kom inn.")
        with pytest.raises(NotAllowed):
            changes.record_outage(ballot_id, rights(world.mari), outage, "Ingen kom inn.")
        changes.record_outage(ballot_id, rights(world.board), outage, "Jeg prøvde også.")
        assert times(world, ballot_id)[0] == oslo("2026-03-16 23:00")
        with pytest.raises(RuleBroken) as again:
            changes.record_outage(ballot_id, rights(world.board), outage, "En gang til.")
        assert again.value.reason.code == "outage_told"
    assert len(acts("refused:record_outage")) == 3


def test_an_outage_in_the_last_day_of_voting_moves_the_closing_alone(world: World) -> None:
    ballot_id = world.publish(world.draft(participation=Setting.NONE, roll_freezes_at=None))
    outage = Outage(oslo("2026-03-19 12:00"), oslo("2026-03-19 14:00"))
    another = world.member("Kåre Kvam")

    an_office(another, OfficeKind.CONTROL_COMMITTEE, world.unit)
    with when("2026-03-19 15:00"):
        for member in (world.control, another):
            changes.record_outage(ballot_id, rights(member), outage, "Tjenesten var nede.")
        with pytest.raises(NotAllowed):
            changes.record_outage(ballot_id, rights(world.chair), outage, "Tjenesten var nede.")
    ballot = world.load(ballot_id)
    assert ballot.closes_at == oslo("2026-03-19 22:00")
    assert world.advance(ballot_id, "2026-03-19 21:59").state is State.OPEN
    assert world.advance(ballot_id, "2026-03-19 22:00").state is not State.OPEN


def suspend(world: World, ballot_id: int, at: str, *members: Member) -> None:
    for member in members:
        with when(at):
            changes.suspend(ballot_id, rights(member), "Nettet var nede i hele Fjordvik.")


def test_two_of_the_board_suspend_the_rule_and_it_fails_open(world: World) -> None:
    silent = world.one("Silent")
    ballot_id = world.publish()
    world.crowd_takes_part()
    suspend(world, ballot_id, "2026-03-16 12:00", world.chair)
    assert world.load(ballot_id).rule_state is RuleState.IN_FORCE
    suspend(world, ballot_id, "2026-03-16 13:00", world.board)
    assert len(told("rule_suspended")) == 60
    with when("2026-03-16 14:00"):
        page = world.as_(silent).get(f"/avstemninger/{ballot_id}")
    assert "Kravet om deltakelse gjelder ikke i denne avstemningen lenger." in page
    assert "Grunn: Nettet var nede i hele Fjordvik." in page
    world.advance(ballot_id)
    assert {
        (world.entry(ballot_id, one).entitled, world.entry(ballot_id, one).basis) for one in world.crowd
    } == {(True, "")}
    assert world.roll(ballot_id).qualified is None


def test_suspended_after_the_freeze_the_roll_gets_one_appendix(world: World) -> None:
    silent = world.one("Silent")
    ballot_id = world.publish()
    world.crowd_takes_part()
    world.advance(ballot_id, "2026-03-16 21:00")
    assert not world.entry(ballot_id, silent).entitled
    suspend(world, ballot_id, "2026-03-17 07:59", world.chair, world.board)
    entry = world.entry(ballot_id, silent)
    assert (entry.entitled, entry.basis, entry.reason) == (True, "", "")
    assert world.entry(ballot_id, world.crowd[0]).basis == ""
    assert len(db.session.scalars(select(RollAppendix)).all()) == 1
    assert world.roll(ballot_id).entitled == 60
    world.advance(ballot_id)
    assert "Du kan stemme nå." in world.line(ballot_id, silent, OPENING)


@pytest.mark.parametrize("at", [OPENING, "2026-03-18 12:00"])
def test_once_voting_is_open_the_rule_stands(world: World, at: str) -> None:
    ballot_id = world.publish()
    world.crowd_takes_part()
    with pytest.raises(RuleBroken) as refusal:
        suspend(world, ballot_id, at, world.chair)
    assert refusal.value.reason.code == "rule_suspend_too_late"
    assert acts("refused:suspend_rule")


def test_a_moderator_cannot_suspend_and_nobody_does_it_alone(world: World) -> None:
    ballot_id = world.publish()
    with pytest.raises(NotAllowed):
        suspend(world, ballot_id, "2026-03-10 12:00", world.mari)
    with pytest.raises(RuleBroken) as refusal:
        suspend(world, ballot_id, "2026-03-10 12:00", world.chair, world.chair)
    assert refusal.value.reason.code == "second_person_needed"
    assert world.load(ballot_id).rule_state is RuleState.IN_FORCE


def test_the_tick_moves_the_dates_when_the_lock_ends(world: World) -> None:
    ballot_id = world.publish()
    lock(world, world.thread, "2026-03-10 12:00")
    with when("2026-03-12 12:01"):
        lifecycle.advance_all(oslo("2026-03-12 12:01"))
    assert times(world, ballot_id) == TWO_DAYS_LATER


def test_the_boards_page_suspends_in_two_steps_with_the_reason_kept_where_it_is_missing(world: World) -> None:
    ballot_id = world.publish()
    world.crowd_takes_part(4)
    address = f"/styret/avstemninger/{ballot_id}"
    with when("2026-03-10 12:00"):
        assert "Kravet om deltakelse og fristene" in world.as_(world.chair).get(address)
        page = world.as_(world.chair).get(f"{address}/krav")
        assert "Av 60 med stemmerett har færre enn 5 deltatt så langt." in page
        assert world.crowd[0].name not in page
        world.as_(world.chair).post(f"{address}/opphev-kravet", {"opphev-reason": " "}, status=422)
        world.as_(world.chair).post(f"{address}/opphev-kravet", {"opphev-reason": "Nettet er nede."})
        assert "En annen i styret må bekrefte." in world.as_(world.chair).get(f"{address}/krav")
        page = world.as_(world.board).get(f"{address}/krav")
        assert "Berit Brekke har foreslått å oppheve kravet" in page
        world.as_(world.board).post(f"{address}/opphev-kravet", {"opphev-reason": "Enig."})
        assert world.load(ballot_id).rule_state is RuleState.SUSPENDED
        page = world.as_(world.board).get(f"{address}/krav", status=200)
        assert "Kravet om deltakelse gjelder ikke i denne avstemningen lenger." in page
        world.as_(world.mari).get(f"{address}/krav", status=403)
        world.as_(world.mari).post(f"{address}/opphev-kravet", {"opphev-reason": "Nei."}, status=403)


def test_the_boards_page_takes_an_outage_from_two_and_says_what_is_wrong_with_it(world: World) -> None:
    ballot_id = world.publish()
    address = f"/styret/avstemninger/{ballot_id}"
    sent = {
        "starts-day": "2026-03-16",
        "starts-clock": "10:00",
        "ends-day": "2026-03-16",
        "ends-clock": "13:00",
        "reason": "Ingen kom inn.",
    }
    with when("2026-03-16 14:00"):
        page = world.as_(world.chair).post(
            f"{address}/driftsstans", {**sent, "ends-clock": "11:00"}, status=409
        )
        assert "Bare en driftsstans på mer enn en time" in page
        world.as_(world.chair).post(f"{address}/driftsstans", {**sent, "ends-day": ""}, status=422)
        world.as_(world.chair).post(f"{address}/driftsstans", sent)
        page = world.as_(world.board).get(f"{address}/krav")
        seq = page.markup.partition('name="confirm" value="')[2].partition('"')[0]
        world.as_(world.board).post(f"{address}/driftsstans", {"confirm": seq, "reason": "Stemmer."})
        world.as_(world.mari).post(f"{address}/driftsstans", sent, status=403)
    assert times(world, ballot_id)[0] == oslo("2026-03-16 23:00")


def test_more_kinds_may_count_and_never_fewer(world: World) -> None:
    ballot_id = world.publish()
    with transaction() as session:
        session.get_one(Ballot, ballot_id).contribution_kinds = "assisted post statement"
    address = f"/styret/avstemninger/{ballot_id}/endre"
    data = {
        "minimum": "1",
        "freezes-day": "2026-03-16",
        "freezes-clock": "20:00",
        "reason": "Møtet er fullt.",
    }
    with when("2026-03-05 12:00"):
        page = world.as_(world.chair).get(address)
        assert "møte" in page
        world.as_(world.chair).post(address, {**data, "add_kinds": "meeting"})
        page = world.as_(world.board).get(address)
        assert "Dette teller også: møte." in page
        seq = page.markup.partition('name="confirm" value="')[2].partition('"')[0]
        world.as_(world.board).post(address, {"confirm": seq, "reason": "Enig."})
        assert world.load(ballot_id).contribution_kinds == "assisted meeting post statement"
        world.as_(world.chair).post(address, {**data, "kinds": ["post", "statement", "assisted"]}, status=409)
    assert world.load(ballot_id).contribution_kinds == "assisted meeting post statement"


def test_a_board_may_leave_ways_out_and_never_the_private_route_or_the_debate(world: World) -> None:
    narrow = frozenset({Kind.POST, Kind.STATEMENT, Kind.ASSISTED})
    ballot_id = world.publish(world.draft(kinds=narrow))
    ballot = world.load(ballot_id)
    assert facts.kinds_of(ballot) == narrow
    assert json.loads(ballot.notice)["participation"]["kinds"] == ["assisted", "post", "statement"]
    with when("2026-03-02 10:00"):
        checked = drafting.check(
            world.draft(kinds=frozenset({Kind.POST, Kind.MEETING})), oslo("2026-03-02 10:00")
        )
    assert [reason.code for reason in checked.blockers] == ["rule_private_route"]


def test_what_members_have_demanded_is_not_cancelled_for_few(world: World) -> None:
    draft = world.draft(demanded_by_members=True, shortfall=Shortfall.CANCEL)
    with when("2026-03-02 10:00"):
        checked = drafting.check(draft, oslo("2026-03-02 10:00"))
    assert [reason.code for reason in checked.blockers] == ["rule_cancel_demanded"]
    ballot_id = world.publish(world.draft(demanded_by_members=True))
    assert world.load(ballot_id).demanded_by_members


def test_a_way_that_is_left_out_gives_no_place_on_the_roll(world: World) -> None:
    ane = world.one("Ane")
    ballot_id = world.publish(world.draft(kinds=frozenset({Kind.POST, Kind.STATEMENT, Kind.ASSISTED})))
    world.crowd_takes_part()
    with when("2026-03-05 12:00"):
        debate.open_thread(
            rights(ane),
            world.forum.area_id,
            title="Behold begge skolene",
            body=f"{LEAST} Det er et forslag.",
            kind=ThreadKind.PROPOSAL,
            unit_id=world.unit.id,
            case_id=world.case.id,
        )
    assert world.status(ballot_id, ane, "2026-03-05 13:00").mark == "not_yet"
    world.advance(ballot_id)
    assert not world.entry(ballot_id, ane).entitled
