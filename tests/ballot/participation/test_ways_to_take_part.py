"""Scenarios 8, 9 and the private route of 13, and what PARTICIPATION sections 4 and 7 say of each way to take part."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import an_office, oslo
from scenario_world import FREEZE, LEAST, World, acts, rights, when
from sqlalchemy import select

from ballot.services import roll
from forums import hooks
from forums import services as debate
from forums.meetings import rules as meeting_rules
from forums.meetings import services as meetings
from forums.meetings.models import How, Meeting
from forums.meetings.services import MeetingDraft
from forums.models import AmendmentKind, CasePaper, Credit, CreditKind, Ground
from forums.services import papers
from forums.services.papers import AmendmentDraft
from forums.services.posts import CreditAtStake
from forums.statements import services as statements
from forums.statements.models import Statement
from foundation import phrases
from foundation.errors import NotAllowed, NotFound, RuleBroken
from foundation.extensions import db
from foundation.outbox import Letter
from foundation.transaction import transaction
from members.models import Member
from members.rules.classes import MembershipClass
from members.rules.permissions import OfficeKind

EVENING = "2026-03-09 18:00"


def announced(world: World, at: str = "2026-03-04 12:00", starts: str = EVENING, **more: bool) -> Meeting:
    """A meeting about FV-7, announced by Mari."""
    with when(at):
        return meetings.announce(
            rights(world.mari),
            world.case.id,
            MeetingDraft("Folkemøte om skolene", oslo(starts), place="Grendehuset"),
            **more,
        )


def enter(world: World, meeting: Meeting, member: Member, how: How, at: str) -> list[str]:
    """The secretary writes a member on the list."""
    with when(at):
        said = meetings.enter(rights(world.mari), meeting.id, member.id, how)
        return [phrases.sentence(reason) for reason in said]


def refused(code: str, error: type[Exception] = RuleBroken) -> pytest.RaisesContext[Exception]:
    """That an act is refused with this reason."""
    return pytest.raises(error, match=f"^{code}$")


def sent(world: World, member: Member, body: str, at: str, **more: bool) -> tuple[int, list[str]]:
    """A member sends a statement; its id and what she is told."""
    with when(at):
        done = statements.send(rights(member), world.case.id, body, **more)
        return done.statement_id, [phrases.sentence(reason) for reason in done.said]


def second_reader(world: World) -> Member:
    """The deputy who keeps the area beside Mari."""
    deputy = world.member("Jonas Dahl", joined="2026-03-02 10:00", recorded="2026-03-02 08:00")
    an_office(deputy, OfficeKind.ELECTED_REPRESENTATIVE, world.unit, area=world.forum.area, deputy=True)
    return deputy


def test_scenario_08_the_list_and_the_telephone_qualify_and_a_promise_to_come_does_not(world: World) -> None:
    kari, lars, mona = world.one("Kari"), world.one("Lars"), world.one("Mona")
    ballot_id = world.publish()
    world.crowd_takes_part()
    meeting = announced(world)
    letters = db.session.scalars(select(Letter.address).where(Letter.template == "meeting")).all()
    assert {kari.email, lars.email, mona.email, *(one.email for one in world.crowd)} <= set(letters)
    with when("2026-03-05 12:00"):
        page = world.as_(mona).post(f"/moter/{meeting.id}/kommer", {"coming": "yes"})
        page = world.as_(mona).get(page.location)
    assert "Det teller ikke som deltakelse i seg selv. Det gjør oppmøtet, når du sjekker inn." in page
    enter(world, meeting, kari, How.IN_PERSON, "2026-03-09 18:20")
    enter(world, meeting, lars, How.TELEPHONE, "2026-03-11 10:00")
    assert "(møte, 9. mars 2026)" in world.line(ballot_id, kari, "2026-03-09 18:30")
    world.advance(ballot_id)
    assert (world.entry(ballot_id, kari).entitled, world.entry(ballot_id, kari).basis) == (True, "meeting")
    assert (world.entry(ballot_id, lars).entitled, world.entry(ballot_id, lars).basis) == (True, "meeting")
    assert world.entry(ballot_id, mona).reason == "no_contribution"
    credit = db.session.get_one(Credit, world.entry(ballot_id, lars).credit_id)
    assert (credit.at, credit.recorded_at) == (oslo(EVENING), oslo("2026-03-11 10:00"))


@pytest.mark.parametrize(("late", "qualifies"), [(timedelta(0), True), (timedelta(microseconds=1), False)])
def test_scenario_08_a_meeting_announced_less_than_72_hours_ahead_qualifies_nobody(
    world: World, late: timedelta, *, qualifies: bool
) -> None:
    kari = world.one("Kari")
    ballot_id = world.publish()
    world.crowd_takes_part()
    draft = MeetingDraft("Folkemøte", oslo(EVENING), place="Grendehuset")
    with when("2026-03-06 18:00", late // timedelta(microseconds=1)):
        if not qualifies:
            with refused("meeting_notice_short"):
                meetings.announce(rights(world.mari), world.case.id, draft)
            assert db.session.scalars(select(Meeting)).all() == [], (
                "it is not announced before she has been told"
            )
        meeting = meetings.announce(rights(world.mari), world.case.id, draft, accept_short=True)
    said = enter(world, meeting, kari, How.IN_PERSON, "2026-03-09 18:20")
    assert ("teller ikke som deltakelse" in said[0]) is not qualifies
    world.advance(ballot_id)
    assert world.entry(ballot_id, kari).entitled is qualifies


def test_scenario_08_the_organiser_is_told_on_the_form(world: World) -> None:
    world.publish()
    sent_form = {
        "title": "Folkemøte",
        "starts_at": "2026-03-06T18:00",
        "place": "Grendehuset",
        "open_to_all": "1",
    }
    with when("2026-03-04 12:00"):
        page = world.as_(world.mari).post(f"/saker/{world.case.id}/moter/nytt", sent_form, status=422)
        assert "Da teller det ikke som deltakelse for noen." in page
        assert 'value="Grendehuset"' in page.markup
        page = world.as_(world.mari).post(
            f"/saker/{world.case.id}/moter/nytt", {**sent_form, "accept_short": "1"}
        )
        shown = world.as_(world.crowd[0]).get(page.location)
    assert "Derfor teller det ikke som deltakelse for noen." in shown


def test_a_code_checks_in_while_it_stands_and_one_step_more(world: World) -> None:
    kari = world.one("Kari")
    ballot_id = world.publish()
    meeting = announced(world)
    start = oslo(EVENING)
    code = meeting_rules.code_at(meeting.secret, meeting.id, meeting_rules.step_of(start))
    with when("2026-03-09 17:29"), refused("code_not_now"):
        meetings.check_in(rights(kari), meeting.id, code)
    with when("2026-03-09 18:01"), refused("check_in_code_wrong"):
        meetings.check_in(rights(kari), meeting.id, code)
    with when("2026-03-09 18:00", 59_999_999):
        page = world.as_(kari).get(f"/moter/{meeting.id}/innsjekk?kode={code}")
        assert f'value="{code}"' in page.markup
        assert world.status(ballot_id, kari, EVENING).mark == "not_yet", "to open the page is not to press"
    with when("2026-03-09 18:00", 59_999_999):
        page = world.as_(kari).post(f"/moter/{meeting.id}/innsjekk", {"code": code.lower()})
        page = world.as_(kari).get(page.location)
    assert "Det teller som deltakelse i diskusjonen om «Skolestruktur i Fjordvik»." in page
    assert "Du kan stemme i avstemningen" in page
    assert world.status(ballot_id, kari, "2026-03-09 18:01").mark == "ready"
    with when("2026-03-09 18:02"), refused("check_in_by_herself"):
        meetings.correct(rights(world.mari), meeting.id, kari.id)


def test_the_organisers_screen_shows_the_code_of_the_moment_to_nobody_else(world: World) -> None:
    meeting = announced(world)
    with when("2026-03-09 18:10"):
        code = meeting_rules.code_at(
            meeting.secret, meeting.id, meeting_rules.step_of(oslo("2026-03-09 18:10"))
        )
        page = world.as_(world.chair).get(f"/moter/{meeting.id}/kode")
        assert f"{code[:3]} {code[3:]}" in page
        assert "<svg" in page.markup
        assert '<meta http-equiv="refresh" content="31">' in page.markup
        world.as_(world.crowd[0]).get(f"/moter/{meeting.id}/kode", status=403)
    with when("2026-03-09 18:10", 30_000_000):
        assert code[:3] + " " + code[3:] not in world.as_(world.chair).get(f"/moter/{meeting.id}/kode")


def test_codes_cannot_be_tried_out(world: World) -> None:
    kari = world.one("Kari")
    meeting = announced(world)
    with when("2026-03-09 18:10"):
        for _ in range(10):
            world.as_(kari).post(f"/moter/{meeting.id}/innsjekk", {"code": "BBBBBB"}, status=409)
        page = world.as_(kari).post(f"/moter/{meeting.id}/innsjekk", {"code": "BBBBBB"}, status=429)
    assert "Det ble mange forsøk." in page


def test_only_members_are_checked_in_and_nobody_by_herself_on_the_list(world: World) -> None:
    guest = world.member("Gjest", membership_class=MembershipClass.SYMPATHISER)
    kari = world.one("Kari")
    meeting = announced(world)
    with when("2026-03-09 18:10"):
        with refused("check_in_no_member"):
            meetings.enter(rights(world.mari), meeting.id, guest.id, How.IN_PERSON)
        with refused("check_in_oneself"):
            meetings.enter(rights(world.mari), meeting.id, world.mari.id, How.IN_PERSON)
        with pytest.raises(NotAllowed):
            meetings.enter(rights(kari), meeting.id, world.crowd[0].id, How.IN_PERSON)
    enter(world, meeting, kari, How.VIDEO, "2026-03-09 18:20")
    with refused("check_in_twice"):
        enter(world, meeting, kari, How.VIDEO, "2026-03-09 18:21")


def test_a_wrong_line_is_corrected_before_the_freeze_and_the_member_told(world: World) -> None:
    kari = world.one("Kari")
    ballot_id = world.publish()
    world.crowd_takes_part()
    meeting = announced(world)
    enter(world, meeting, kari, How.IN_PERSON, "2026-03-09 18:20")
    with when("2026-03-10 12:00"):
        world.as_(world.mari).post(f"/moter/{meeting.id}/liste/{kari.id}/rett")
    assert world.status(ballot_id, kari, "2026-03-10 12:01").mark == "not_yet"
    with when("2026-03-10 12:01"):
        assert "Møtets liste ble rettet 10. mars 2026, og oppmøtet teller ikke." in world.as_(kari).get(
            f"/avstemninger/{ballot_id}"
        )
    letter = db.session.scalars(select(Letter).where(Letter.template == "check_in_corrected")).one()
    assert letter.address == kari.email
    assert [entry.actor_id for entry in acts("check_in_corrected")] == [world.mari.id]
    enter(world, meeting, kari, How.IN_PERSON, "2026-03-10 13:00")
    with when(FREEZE), refused("time_to_take_part_passed"):
        meetings.correct(rights(world.mari), meeting.id, kari.id)
    world.advance(ballot_id)
    assert world.entry(ballot_id, kari).basis == "meeting"


def test_a_list_entered_after_the_freeze_is_told_to_whoever_keeps_the_roll(world: World) -> None:
    kari = world.one("Kari")
    ballot_id = world.publish()
    world.crowd_takes_part()
    meeting = announced(world)
    world.advance(ballot_id, FREEZE)
    heard: list[dict[str, object]] = []
    hooks.late_credit.register(listener := lambda **facts: heard.append(facts))
    try:
        enter(world, meeting, kari, How.IN_PERSON, "2026-03-16 21:00")
    finally:
        hooks.late_credit.listeners.remove(listener)
    credit = db.session.scalars(select(Credit).where(Credit.member_id == kari.id)).one()
    assert heard == [
        {
            "case_id": world.case.id,
            "member_id": kari.id,
            "credit_id": credit.id,
            "at": oslo("2026-03-16 21:00"),
        }
    ]
    assert (credit.at, credit.recorded_at) == (oslo(EVENING), oslo("2026-03-16 21:00"))


def test_a_cancelled_meeting_checks_nobody_in(world: World) -> None:
    meeting = announced(world)
    with when("2026-03-06 12:00"):
        meetings.cancel(rights(world.mari), meeting.id, "Lokalet er stengt.")
    with when("2026-03-09 18:10"):
        assert "Lokalet er stengt." in world.as_(world.crowd[0]).get(f"/moter/{meeting.id}")
        with refused("meeting_cancelled"):
            meetings.enter(rights(world.mari), meeting.id, world.crowd[0].id, How.IN_PERSON)


def test_a_meeting_has_a_calendar_file_and_a_sheet(world: World) -> None:
    world.publish()
    meeting = announced(world)
    with when("2026-03-05 12:00"):
        browser = world.as_(world.crowd[0])
        file = browser.get(f"/moter/{meeting.id}/kalender.ics").markup
        sheet = browser.get(f"/moter/{meeting.id}/ark")
    assert file.startswith("BEGIN:VCALENDAR\r\n")
    assert "DTSTART:20260309T170000Z" in file
    assert "DTEND:20260309T190000Z" in file
    assert "Bør begge skolene bestå?" in sheet
    assert "<svg" in sheet.markup


# Scenario 9 and the private route


def test_scenario_09_what_an_officer_enters_looks_like_any_private_statement(world: World) -> None:
    nils, other = world.one("Nils"), world.one("Olga")
    jonas = second_reader(world)
    ballot_id = world.publish()
    world.crowd_takes_part()
    sent(world, other, LEAST, "2026-03-05 12:00")
    with when("2026-03-06 12:00"):
        form = world.as_(world.mari).get(f"/saker/{world.case.id}/hjelp/skriv?medlem={nils.id}")
        names = {name for name in ("member_id", "body", "given_at") if f'name="{name}"' in form.markup}
        assert names == {"member_id", "body", "given_at"}
        assert form.markup.count("<textarea") == 1, "no field for a cause"
        page = world.as_(world.mari).post(
            f"/saker/{world.case.id}/hjelp/skriv",
            {"member_id": nils.id, "body": LEAST, "given_at": "2026-03-06T10:00"},
        )
        confirmation = world.as_(world.mari).get(page.location)
        mine = world.as_(nils).get(f"/saker/{world.case.id}/innspill")
        theirs = world.as_(jonas).get(f"/saker/{world.case.id}/innspill/les")
    assert "Mari Lie har skrevet inn et innspill fra deg" in confirmation
    assert "Skrevet inn for deg av Mari Lie." in mine
    assert LEAST in mine
    assert theirs.text.count(LEAST) == 2
    assert "Skrevet inn" not in theirs
    assert "(skriftlig innspill, 6. mars 2026)" in world.line(ballot_id, nils, "2026-03-06 13:00")
    letter = db.session.scalars(select(Letter).where(Letter.template == "assisted")).one()
    assert letter.address == nils.email
    world.advance(ballot_id)
    export = roll.canonical_of(world.load(ballot_id)).decode()
    lines = {line.split("\t")[0]: line.split("\t")[1:] for line in export.splitlines()[1:]}
    assert lines[nils.member_no] == lines[other.member_no]
    assert lines[nils.member_no][-1] == "statement"
    credit = db.session.get_one(Credit, world.entry(ballot_id, nils).credit_id)
    assert (credit.kind, credit.at) == (CreditKind.ASSISTED, oslo("2026-03-06 10:00"))


def test_scenario_09_this_was_not_me_withdraws_it_and_tells_the_control_committee(world: World) -> None:
    nils = world.one("Nils")
    ballot_id = world.publish()
    with when("2026-03-06 12:00"):
        done = statements.assist(rights(world.mari), world.case.id, nils.id, LEAST)
        path = statements.disowning_address(done.statement_id).removeprefix("http://127.0.0.1:5000")
    assert world.status(ballot_id, nils, "2026-03-06 12:01").mark == "ready"
    with when("2026-03-06 13:00"):
        visitor = type(world.as_(nils))(world.app, None)
        page = visitor.get(path)
        assert "Mari Lie har skrevet inn et innspill i ditt navn" in page
        assert LEAST not in page
        assert world.status(ballot_id, nils, "2026-03-06 13:00").mark == "ready", (
            "a link that is opened does nothing"
        )
    with when("2026-03-06 13:01"):
        assert "kontrollkomiteen har fått beskjed" in visitor.post(path, status=200)
        visitor.post(path, status=409)
        visitor.get(path + "x", status=409)
    assert world.status(ballot_id, nils, "2026-03-06 13:02").mark == "not_yet"
    assert db.session.get_one(Statement, done.statement_id).body == ""
    letter = db.session.scalars(select(Letter).where(Letter.template == "assisted_disowned")).one()
    assert letter.address == world.control.email
    with when("2026-03-06 14:00"):
        numbers = world.as_(world.control).get("/kontroll/innskrevne-innspill")
        world.as_(world.mari).get("/kontroll/innskrevne-innspill", status=403)
    assert "Mari Lie 1 1 1" in numbers
    assert LEAST not in numbers


def test_an_officer_enters_nothing_for_herself_and_nothing_from_long_ago(world: World) -> None:
    nils = world.one("Nils")
    with when("2026-03-06 12:00"):
        with refused("assist_oneself"):
            statements.assist(rights(world.mari), world.case.id, world.mari.id, LEAST)
        for told in ("2026-02-20 11:59", "2026-03-06 12:01"):
            with refused("assist_when"):
                statements.assist(rights(world.mari), world.case.id, nils.id, LEAST, given_at=oslo(told))
        with refused("not_statement_reader", NotAllowed):
            stranger = world.one("Rita")
            an_office(stranger, OfficeKind.ELECTED_REPRESENTATIVE, world.unit, area=world.forum.area)
            an_office(stranger, OfficeKind.CASE_OFFICER, world.unit)
            second_reader(world)
            statements.name_reader(rights(world.mari), world.case.id, _jonas().id)
            statements.assist(rights(stranger), world.case.id, nils.id, LEAST)


def _jonas() -> Member:
    return db.session.scalars(select(Member).where(Member.name == "Jonas Dahl")).one()


def test_scenario_13_the_private_route_is_open_while_the_only_thread_is_locked(world: World) -> None:
    nils = world.one("Nils")
    ballot_id = world.publish()
    world.crowd_takes_part()
    with when("2026-03-10 12:00"):
        debate.lock_thread(rights(world.mari), world.thread.id, Ground.PERSONAL, hours=48)
    with when("2026-03-11 12:00"):
        page = world.as_(nils).get(f"/trader/{world.thread.id}")
        assert f'href="/saker/{world.case.id}/innspill"' in page.markup
        answer = world.as_(nils).post(f"/saker/{world.case.id}/innspill", {"body": LEAST})
        told = world.as_(nils).get(answer.location)
    assert "Alle kan velge skriftlig innspill. Du trenger ikke oppgi noen grunn." in told
    assert "Innspillet er sendt og teller." in told
    assert "Ikke lest ennå" in told
    assert world.status(ballot_id, nils, "2026-03-11 12:01").mark == "ready"


def test_a_statement_is_read_by_two_and_by_nobody_else(world: World) -> None:
    nils, olga = world.one("Nils"), world.one("Olga")
    jonas = second_reader(world)
    statement_id, _said = sent(world, nils, f"Hemmelig ord. {LEAST}", "2026-03-05 12:00")
    with when("2026-03-05 13:00"):
        for outsider in (olga, world.chair, world.control):
            browser = world.as_(outsider)
            browser.get(f"/saker/{world.case.id}/innspill/les", status=403)
            browser.get(f"/innspill/{statement_id}/endre", status=404)
            browser.get(f"/innspill/{statement_id}/trekk", status=404)
            browser.post(f"/innspill/{statement_id}/lest", status=403)
            assert "Hemmelig" not in browser.get(f"/saker/{world.case.id}")
            assert "Hemmelig" not in browser.get(f"/saker/{world.case.id}/innspill")
        assert "Hemmelig ord." in world.as_(jonas).get(f"/saker/{world.case.id}/innspill/les")
        world.as_(jonas).post(f"/innspill/{statement_id}/lest")
        assert "Lest av Jonas Dahl 5. mars 2026." in world.as_(nils).get(f"/saker/{world.case.id}/innspill")


def test_the_case_officer_reads_and_publishes_nothing_of_her_own(world: World) -> None:
    second_reader(world)
    statement_id, _said = sent(world, world.mari, LEAST, "2026-03-05 12:00", may_publish=True)
    with when("2026-03-05 13:00"):
        with refused("statement_ones_own"):
            statements.note_read(rights(world.mari), statement_id)
        with refused("statement_ones_own"):
            statements.publish(rights(world.mari), statement_id)
        statements.publish(rights(_jonas()), statement_id)
        page = world.as_(world.crowd[0]).get(f"/saker/{world.case.id}")
    published = page.markup[page.markup.index("Skriftlig innspill fra et medlem") :]
    published = published[: published.index("</article>")]
    assert LEAST in published
    assert "Et medlem" in published
    assert "Mari" not in published


def test_a_statement_is_not_published_against_its_authors_wish(world: World) -> None:
    second_reader(world)
    nils = world.one("Nils")
    statement_id, _said = sent(world, nils, LEAST, "2026-03-05 12:00")
    with when("2026-03-05 13:00"):
        with refused("statement_not_for_publication"):
            statements.publish(rights(world.mari), statement_id)
        statements.change(rights(nils), statement_id, LEAST, version=1, may_publish=True)
        statements.publish(rights(world.mari), statement_id)
        assert LEAST in world.as_(world.crowd[0]).get(f"/saker/{world.case.id}")
        statements.change(rights(nils), statement_id, LEAST, version=1, may_publish=False)
        assert LEAST not in world.as_(world.crowd[0]).get(f"/saker/{world.case.id}")


def test_a_short_statement_is_told_so_and_counts_once_it_is_long_enough(world: World) -> None:
    nils = world.one("Nils")
    ballot_id = world.publish()
    statement_id, said = sent(world, nils, "Enig!", "2026-03-05 12:00")
    assert "for kort til å telle som deltakelse" in said[0]
    assert world.status(ballot_id, nils, "2026-03-05 12:01").mark == "not_yet"
    with when("2026-03-06 12:00"):
        done = statements.change(rights(nils), statement_id, LEAST, version=1)
    assert done.said[0].code == "statement_counts"
    assert world.status(ballot_id, nils, "2026-03-06 12:01").mark == "ready"
    with when("2026-03-07 12:00"):
        with pytest.raises(CreditAtStake) as stake:
            statements.change(rights(nils), statement_id, "Enig!", version=2)
        assert stake.value.reason.code == "composer.delete_warn"
        page = world.as_(nils).get(f"/innspill/{statement_id}/trekk")
        assert "har du ikke lenger deltatt i «Bør begge skolene bestå?» og kan ikke stemme." in page
        world.as_(nils).post(f"/innspill/{statement_id}/trekk")
    assert world.status(ballot_id, nils, "2026-03-07 12:01").mark == "not_yet"
    assert db.session.get_one(Statement, statement_id).body == ""


def test_five_members_may_dictate_the_same_sentence(world: World) -> None:
    ballot_id = world.publish()
    world.crowd_takes_part()
    five = [world.one(name) for name in ("Ada", "Bea", "Cia", "Dina", "Else")]
    world.write(five[0], LEAST, "2026-03-05 12:00")
    for one in five[1:3]:
        sent(world, one, LEAST, "2026-03-05 12:00")
    with when("2026-03-05 12:00"):
        for one in five[3:]:
            statements.assist(rights(world.mari), world.case.id, one.id, LEAST)
    world.advance(ballot_id)
    assert all(world.entry(ballot_id, one).entitled for one in five)


def test_a_guest_has_no_private_route(world: World) -> None:
    guest = world.member("Gjest", membership_class=MembershipClass.SYMPATHISER)
    with when("2026-03-05 12:00"), pytest.raises(NotAllowed):
        statements.send(rights(guest), world.case.id, LEAST)


def test_asking_for_help_tells_both_and_asks_no_cause(world: World) -> None:
    nils = world.one("Nils")
    second_reader(world)
    with when("2026-03-05 12:00"):
        page = world.as_(nils).get(f"/saker/{world.case.id}/hjelp")
        assert "Ingen spør hvorfor" in page
        assert page.markup.count("<textarea") == 0
        world.as_(nils).post(f"/saker/{world.case.id}/hjelp", {"reach": "900 00 000"})
        world.as_(nils).post(f"/saker/{world.case.id}/hjelp", {"reach": "900 00 000"})
    letters = db.session.scalars(select(Letter).where(Letter.template == "help_asked")).all()
    assert {letter.address for letter in letters} == {world.mari.email, _jonas().email}
    assert len(letters) == 2


# Questions, proposals, and the line


def test_an_answer_to_a_discussion_question_counts_as_an_answer(world: World) -> None:
    nils = world.one("Nils")
    ballot_id = world.publish()
    world.crowd_takes_part()
    with when("2026-03-05 12:00"):
        thread_id = papers.ask_members(
            rights(world.mari), world.case.id, "Hva betyr skolen for bygda?", "Vi vil gjerne høre fra mange."
        )
        assert world.status(ballot_id, world.mari, "2026-03-05 12:00").mark == "not_yet", "an official act"
    with when("2026-03-05 12:10"):
        debate.write_post(rights(nils), thread_id, LEAST)
        page = world.as_(nils).get(f"/saker/{world.case.id}")
    assert "Hva betyr skolen for bygda?" in page
    world.advance(ballot_id)
    assert world.entry(ballot_id, nils).basis == "answer"


def test_a_case_has_five_questions_at_most_and_only_its_keeper_asks(world: World) -> None:
    with when("2026-03-05 12:00"):
        for number in range(5):
            papers.ask_members(rights(world.mari), world.case.id, f"Spørsmål {number}?", "Si hva du mener.")
        with refused("questions_enough"):
            papers.ask_members(rights(world.mari), world.case.id, "Ett til?", "Si hva du mener.")
        with pytest.raises(NotAllowed):
            papers.ask_members(rights(world.crowd[0]), world.case.id, "Mitt?", "Si hva du mener.")


def a_paper(world: World) -> int:
    """A paper of two paragraphs, which make four lines."""
    with transaction() as session:
        paper = CasePaper(
            case_id=world.case.id,
            title="Saksframlegg",
            body="## Forslag\n\n" + "Skolen på Nordneset legges ned fra høsten. " * 3 + "\n\n- Bussen går",
        )
        session.add(paper)
    return paper.id


def test_an_amendment_of_numbered_lines_counts_by_its_reason_whatever_its_length(world: World) -> None:
    nils = world.one("Nils")
    paper_id = a_paper(world)
    ballot_id = world.publish()
    world.crowd_takes_part()
    draft = AmendmentDraft(AmendmentKind.DELETION, 2, 3, "", "Den må bestå.")
    with when("2026-03-05 12:00"):
        shown = world.as_(nils).get(f"/saker/{world.case.id}/papirer/{paper_id}")
        assert [f'id="linje-{number}"' in shown.markup for number in (1, 4, 5)] == [True, True, False]
        written = papers.amend(rights(nils), world.case.id, paper_id, draft)
        assert [reason.code for reason in written.said][:1] == ["post_counts"]
        with refused("lines_wrong"):
            papers.amend(
                rights(nils),
                world.case.id,
                paper_id,
                AmendmentDraft(AmendmentKind.DELETION, 4, 5, "", "Nei."),
            )
        with refused("amendment_without_reason"):
            papers.amend(
                rights(nils), world.case.id, paper_id, AmendmentDraft(AmendmentKind.DELETION, 2, 3, "", " ")
            )
        assert "Endring av linje 2–3 i «Saksframlegg»" in world.as_(nils).get(
            f"/saker/{world.case.id}/papirer/{paper_id}"
        )
    assert world.status(ballot_id, nils, "2026-03-05 12:01").mark == "ready"
    world.advance(ballot_id)
    assert world.entry(ballot_id, nils).basis == "proposal"


def test_a_supporter_has_no_proposal_right(world: World) -> None:
    supporter = world.member("Roar", membership_class=MembershipClass.AFFILIATED_SUPPORTER)
    paper_id = a_paper(world)
    with when("2026-03-05 12:00"):
        page = world.as_(supporter).get(f"/saker/{world.case.id}/papirer/{paper_id}")
        assert "Foreslå en endring" not in page
        world.as_(supporter).get(f"/saker/{world.case.id}/papirer/{paper_id}/endring", status=403)


def test_each_way_is_one_tap_from_the_line(world: World) -> None:
    bo = world.one("Bo")
    ballot_id = world.publish()
    ways = {
        "Skriv innlegg": "#skriv",
        "Kom på møte": f"/saker/{world.case.id}/moter",
        "Send skriftlig innspill": f"/saker/{world.case.id}/innspill",
        "Få hjelp til å delta": f"/saker/{world.case.id}/hjelp",
    }
    with when("2026-03-05 12:00"):
        thread = world.as_(bo).get(f"/trader/{world.thread.id}")
        own = world.as_(bo).get(f"/avstemninger/{ballot_id}")
        for words, address in ways.items():
            assert f'href="{address}"' in thread.markup
            assert words in own
            if address.startswith("/"):
                world.as_(bo).get(address)


def test_another_members_statement_is_nobodys_to_change(world: World) -> None:
    nils, olga = world.one("Nils"), world.one("Olga")
    statement_id, _said = sent(world, nils, LEAST, "2026-03-05 12:00")
    with when("2026-03-05 13:00"):
        for act in (
            lambda: statements.change(rights(olga), statement_id, LEAST + " x", version=1),
            lambda: statements.withdraw(rights(olga), statement_id),
        ):
            with pytest.raises(NotFound):
                act()
