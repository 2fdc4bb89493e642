"""A new member's first page, and those near her who are asked to make contact."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from builders import a_member, a_unit, an_area, an_office, oslo
from debate import Browser, World
from queries import counted

from forums.notices.rules import Level
from forums.welcome.rules import days_since, looked_after
from foundation import clock
from foundation.extensions import db
from foundation.outbox import BouncedAddress
from foundation.transaction import transaction
from members.models import Bylaw, BylawTopic, Decider, Member
from members.rules.classes import MembershipClass
from members.rules.permissions import OfficeKind

Browsing = Callable[[Member | None], Browser]
# The clock of the world stands on Monday 2 March 2026 at nine.
NEW = "2026-02-27 12:00"


def chair_of(world: World) -> Member:
    chair = world.member("Berit Brekke")
    an_office(chair, OfficeKind.BOARD_CHAIR, world.unit, title="Leder")
    return chair


@pytest.mark.anywhere
@pytest.mark.parametrize(
    ("joined", "at", "days"),
    [
        ("2026-03-01 23:59", "2026-03-02 00:00", 1),
        ("2026-03-02 00:00", "2026-03-02 23:59", 0),
        # Clocks go forward on 29 March: a day of 23 hours is a day.
        ("2026-03-28 12:00", "2026-03-30 11:00", 2),
    ],
)
def test_days_are_counted_by_the_calendar(joined: str, at: str, days: int) -> None:
    assert days_since(oslo(joined), oslo(at), ZoneInfo("Europe/Oslo")) == days


@pytest.mark.anywhere
@pytest.mark.parametrize(
    ("boards", "mine", "administers", "units"),
    [
        ({1}, [1], False, [1, 2, 3]),
        ({1, 2}, [1], False, [1]),
        ({1, 2}, [2], False, [2, 3]),
        (set(), [], True, [1, 2, 3]),
        ({2}, [], True, [1]),
        ({1, 2}, [], False, []),
    ],
)
def test_the_nearest_board_looks_after_new_members_and_administrators_where_there_is_none(
    boards: set[int], mine: list[int], administers: bool, units: list[int]
) -> None:
    paths = {1: "/1/", 2: "/1/2/", 3: "/1/2/3/"}
    assert looked_after(paths, boards, mine, administers=administers) == units


def test_a_new_member_finds_her_first_page_and_closes_it(world: World, browser: Browsing) -> None:
    chair = chair_of(world)
    kari = browser(world.member("Kari Nes", joined=NEW, recorded=NEW))
    assert "Gå til velkomstsiden" in kari.get("/").text
    page = kari.get("/velkommen").text
    for words in (
        world.unit.name,
        "Du kan lese og skrive i alle områder.",
        "Du kan stemme ved avstemninger om saker",
        "Du kan stemme i den neste avstemningen som blir innkalt.",
        world.area.name,
        chair.name,
        "hvor mange dager det er siden du ble medlem",
    ):
        assert words in page, words
    kari.post("/velkommen/ferdig")
    assert "Gå til velkomstsiden" not in kari.get("/").text
    assert "Velkommen som medlem" in kari.get("/velkommen").text, "and can still be read"


def test_after_thirty_days_nobody_is_new(world: World, browser: Browsing) -> None:
    almost = browser(world.member(joined="2026-01-31 09:01", recorded="2026-01-31 09:01"))
    over = browser(world.member(joined="2026-01-31 09:00", recorded="2026-01-31 09:00"))
    assert "Gå til velkomstsiden" in almost.get("/").text
    assert "Gå til velkomstsiden" not in over.get("/").text
    assert "Gå til velkomstsiden" not in browser(world.guest()).get("/").text


def test_an_area_is_followed_from_the_first_page(world: World, browser: Browsing) -> None:
    kari = browser(world.member(joined=NEW, recorded=NEW))
    an_area(world.unit, "Helse")
    went = kari.post(f"/omrader/{world.area.code}/folg", level=Level.ALL.value, next="/velkommen#omrader")
    assert went.location == "/velkommen#omrader"
    page = kari.get("/velkommen").text
    assert page.count("Du følger området") == 1
    assert "Følg Helse" in page
    away = kari.post(f"/omrader/{world.area.code}/folg", level="all", next="https://example.org/")
    assert away.location == f"/omrader/{world.area.code}"


def test_a_waiting_period_is_told_with_its_dates(world: World, browser: Browsing) -> None:
    with transaction() as session:
        session.add(
            Bylaw(
                unit_id=world.unit.id,
                topic=BylawTopic.WAITING_PERIOD_DAYS,
                value=90,
                decided_by=Decider.BYLAWS,
                reference="§ 4",
                recorded_at=oslo("2025-01-01 12:00"),
            )
        )
    page = browser(world.member(joined=NEW, recorded=NEW)).get("/velkommen").text.replace("\xa0", " ")
    assert (
        "må du ha vært medlem i 90 dager når en avstemning blir innkalt. Du ble medlem 27. februar 2026."
        in page
    )


def test_a_supporter_is_told_that_she_has_no_vote(world: World, browser: Browsing) -> None:
    supporter = world.member(joined=NEW, recorded=NEW, membership_class=MembershipClass.AFFILIATED_SUPPORTER)
    page = browser(supporter).get("/velkommen").text
    assert "Stemmerett har du ikke som" in page
    assert "Den første avstemningen din" not in page


def test_the_board_sees_name_and_days_and_the_task_ends_when_contact_is_made(
    world: World, browser: Browsing
) -> None:
    chair = browser(chair_of(world))
    kari = world.member("Kari Nes", joined=NEW, recorded=NEW)
    world.member("Nils Lenge", joined="2026-01-01 09:00", recorded="2026-01-01 09:00")
    assert "1 nytt medlem venter på å bli ønsket velkommen." in chair.get("/").text
    page = chair.get("/nye-medlemmer").text
    assert "Kari Nes" in page
    assert "3 dager siden innmelding" in page
    assert "Nils Lenge" not in page, "sixty days have passed"
    chair.post(f"/nye-medlemmer/{kari.id}/kontaktet")
    assert "Kari Nes" not in chair.get("/nye-medlemmer").text.replace("Kari Nes ser", "")
    chair.post(f"/nye-medlemmer/{kari.id}/kontaktet", 404)
    hers = browser(kari)
    assert "Berit Brekke har tatt kontakt med deg." in hers.get("/nytt").text
    assert "Noen har notert at de har tatt kontakt med deg." in hers.get("/velkommen").text


def test_a_member_who_wants_no_contact_is_on_no_list(world: World, browser: Browsing) -> None:
    chair, kari = browser(chair_of(world)), world.member("Kari Nes", joined=NEW, recorded=NEW)
    browser(kari).post("/velkommen/nei-takk")
    assert "Kari Nes" not in chair.get("/nye-medlemmer").text
    assert "Du har sagt at ingen trenger å ta kontakt." in browser(kari).get("/velkommen").text


def test_nobody_else_sees_who_is_new(world: World, browser: Browsing) -> None:
    chair_of(world)
    kari = world.member("Kari Nes", joined=NEW, recorded=NEW)
    elsewhere = a_unit("Sørvik kommuneparti")
    other = a_member(elsewhere, "Oddny Ås")
    an_office(other, OfficeKind.BOARD_CHAIR, elsewhere, title="Leder")
    admin = world.member("Aud Admin")
    an_office(admin, OfficeKind.ADMINISTRATOR, world.unit, title="Administrator")
    for somebody in (world.mari, world.member()):
        browser(somebody).get("/nye-medlemmer", 403)
        browser(somebody).post(f"/nye-medlemmer/{kari.id}/kontaktet", 403)
    assert "Kari Nes" not in browser(other).get("/nye-medlemmer").text
    browser(other).post(f"/nye-medlemmer/{kari.id}/kontaktet", 404)
    browser(admin).get("/nye-medlemmer", 403)


def test_addresses_that_do_not_work_stand_on_the_same_list(world: World, browser: Browsing) -> None:
    chair, kari = browser(chair_of(world)), world.member("Kari Nes", email="Kari@example.org")
    with transaction() as session:
        session.add(BouncedAddress(address="kari@example.org", status="5.1.1", at=clock.now()))
    page = chair.get("/nye-medlemmer").text
    assert "Kari Nes" in page
    assert "example.org" not in page, "the name is enough"
    with transaction() as session:
        session.get_one(Member, kari.id).email = "ny@example.org"
    assert "Kari Nes" not in chair.get("/nye-medlemmer").text


def test_the_list_costs_no_more_with_more_on_it(world: World, browser: Browsing) -> None:
    chair = browser(chair_of(world))
    world.member(joined=NEW, recorded=NEW)
    chair.get("/nye-medlemmer")
    with counted() as few:
        chair.get("/nye-medlemmer")
    for _ in range(20):
        world.member(joined=NEW, recorded=NEW)
    db.session.rollback()
    with counted() as many:
        chair.get("/nye-medlemmer")
    assert len(many) == len(few)
