"""Cases are opened by those who keep the area, numbered once and for all, with a warning when time is short."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from builders import a_case, a_forum, a_thread, a_unit, an_area, an_office, later, oslo
from debate import Browser, World, rights
from flask import Flask
from sqlalchemy import select

from forums import queries, services
from forums.models import Case, Post, Thread, ThreadKind
from forums.rules import contributions_before, pages, quotation, time_is_short, unquoted, why_not_counting
from foundation import clock
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.access import rights_of
from members.models import Member, Unit
from members.rules.permissions import OfficeKind

Browsers = Callable[..., Browser]

SUMMARY = "Rådmannen vil legge ned Brattlia skole. Kommunestyret avgjør."
OPENING = "Hvordan vil det påvirke dere som har barn der?"


def sent(world: World, **more: str) -> dict[str, str]:
    return {
        "title": "Brattlia skole",
        "summary": SUMMARY,
        "deciding_body": "Fjordvik kommunestyre",
        "decides_at": "2026-05-12T17:00",
        "contributions_before": "",
        "unit_id": str(world.unit.id),
        "opening": OPENING,
    } | more


def open_case(world: World, browser: Browser, status: int = 303, **more: str) -> str:
    page = browser.post(f"/omrader/{world.area.code}/ny-sak", status, **sent(world, **more))
    return page.location if status == 303 else page.text


def latest() -> Case:
    db.session.rollback()
    found = db.session.scalars(select(Case).order_by(Case.id.desc())).first()
    assert found is not None
    return found


def test_a_case_is_opened_with_its_number_and_its_debate(world: World, browser: Browsers) -> None:
    mari = browser(world.mari)
    form = mari.get(f"/omrader/{world.area.code}/ny-sak")
    assert form.find("input", name="deciding_body")[0].get("value") == "Fjordvik kommunestyre"
    location = open_case(world, mari, paper_title="Saksframlegg", paper_body="## Tallene\n\n- 58 elever")
    case = latest()
    assert location == f"/saker/{case.id}"
    assert case.number == f"{world.unit.code}-1/2026"
    assert (case.responsible_id, case.decides_at) == (world.mari.id, oslo("2026-05-12 17:00"))
    assert case.contributions_before == oslo("2026-05-05 17:00")
    page = mari.get(location)
    assert "Saken er åpnet og har fått nummer" in page.text
    assert "58 elever" in page.text
    assert "Ansvarlig Mari Lie" in page.text
    thread = db.session.scalars(select(Thread).order_by(Thread.id.desc())).first()
    assert thread is not None
    assert (thread.kind, thread.title) == (ThreadKind.CASE, "Brattlia skole")
    opening = db.session.get_one(Post, thread.last_post_id)
    assert (opening.body, opening.office_id is not None) == (OPENING, True)
    assert "Sist fulgt opp 2. mars 2026" in mari.get(f"/omrader/{world.area.code}").text


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"title": ""}, "Skriv en overskrift."),
        ({"summary": " "}, "Skriv noe først."),
        ({"opening": ""}, "Skriv noe først."),
        ({"deciding_body": ""}, "Skriv hvilket organ som avgjør saken."),
        ({"deciding_body": "x" * 201}, "Rett opp dette"),
        ({"decides_at": ""}, "Skriv når organet behandler saken."),
        ({"decides_at": "i morgen"}, "Skriv en dato og et klokkeslett."),
        ({"decides_at": "2026-02-31T10:00"}, "Skriv en dato og et klokkeslett."),
        ({"decides_at": "2026-03-01T10:00"}, "Velg en dato som ligger fram i tid."),
        ({"decides_at": "2026-03-02T09:00"}, "Velg en dato som ligger fram i tid."),
        ({"decides_at": "2026-10-25T02:30"}, "kommer to ganger: 02.30 CEST og 02.30 CET"),
        ({"decides_at": "2027-03-28T02:30"}, "dette klokkeslettet finnes ikke"),
        (
            {"contributions_before": "2026-06-01T10:00"},
            "Fristen for innspill må være før saken blir avgjort.",
        ),
        ({"contributions_before": "2026-03-01T10:00"}, "Fristen for innspill må ligge fram i tid."),
        ({"paper_body": "Tekst uten tittel"}, "Skriv en tittel på sakspapiret."),
        ({"unit_id": "999"}, "Rett opp dette"),
    ],
)
def test_a_case_that_makes_no_sense_comes_back_with_the_reason_at_its_field(
    world: World, browser: Browsers, more: dict[str, str], sentence: str
) -> None:
    text = open_case(world, browser(world.mari), 422, **more)
    assert sentence in text
    assert db.session.scalars(select(Case)).all() == [latest()]


@pytest.mark.parametrize(
    ("decides", "said"),
    [
        ("2026-03-16T09:00", ""),
        ("2026-03-16T08:59", "styret kan holde en avstemning uten krav om deltakelse"),
        ("2026-03-09T09:00", "styret kan holde en avstemning uten krav om deltakelse"),
        ("2026-03-09T08:59", "det er for lite tid til en medlemsavstemning"),
    ],
)
def test_whoever_opens_a_case_late_is_told_what_is_still_possible_and_decides(
    world: World, browser: Browsers, decides: str, said: str
) -> None:
    mari = browser(world.mari)
    if not said:
        open_case(world, mari, decides_at=decides)
        return
    text = open_case(world, mari, 422, decides_at=decides)
    assert said in text
    assert "Medlemmene kan fortsatt diskutere saken" in text
    assert "Jeg har lest dette og vil åpne saken likevel" in text
    open_case(world, mari, decides_at=decides, accept_short="1")
    assert latest().contributions_before > clock.now()


def test_cases_are_opened_in_ones_own_area_alone(world: World, browser: Browsers) -> None:
    other = an_area(world.unit, "Kultur")
    browser(world.mari).get(f"/omrader/{other.code}/ny-sak", 403)
    browser(world.mari).post(f"/omrader/{other.code}/ny-sak", 403, **sent(world))
    for member in (world.member(), world.guest()):
        browser(member).get(f"/omrader/{world.area.code}/ny-sak", 403)
        with pytest.raises(NotAllowed):
            services.open_case(rights(member), world.area.id, draft(world))
    assert "Åpne en sak" in browser(world.jonas).get(f"/omrader/{world.area.code}").text, "the deputy may"


def draft(world: World, unit: Unit | None = None, title: str = "En sak") -> services.CaseDraft:
    return services.CaseDraft(
        unit_id=(unit or world.unit).id,
        title=title,
        summary=SUMMARY,
        deciding_body="Kommunestyret",
        decides_at=oslo("2026-05-12 17:00"),
    )


def test_a_neighbours_keeper_opens_cases_for_her_own_unit(world: World) -> None:
    neighbour, third = a_unit("Nabokommunen", world.unit), a_unit("Den tredje", world.unit)
    terje = world.member("Terje")
    an_office(terje, OfficeKind.ELECTED_REPRESENTATIVE, neighbour, area=world.area)
    case = services.open_case(rights(terje), world.area.id, draft(world, neighbour))
    assert case.number == f"{neighbour.code}-1/2026"
    for unit in (third, world.unit):
        with pytest.raises(NotAllowed):
            services.open_case(rights(terje), world.area.id, draft(world, unit))


def test_numbers_run_for_each_body_and_year_and_are_never_used_again(world: World) -> None:
    mari = rights(world.mari)
    one = services.open_case(mari, world.area.id, draft(world))
    with pytest.raises(RuleBroken):
        services.open_case(mari, world.area.id, draft(world, title=""))
    two = services.open_case(mari, world.area.id, draft(world))
    assert (one.serial, two.serial) == (1, 2)
    with transaction() as session:
        session.delete(session.get_one(Case, two.id))
    assert services.open_case(mari, world.area.id, draft(world)).serial == 3
    # The year is the one on the organisation's clock: 23.30 UTC on New Year's Eve is next year in Oslo.
    with clock.stopped_at(datetime.fromisoformat("2026-12-31T23:30:00+00:00"), all_threads=True):
        late = services.CaseDraft(**{**draft(world).__dict__, "decides_at": later(days=60)})
        assert services.open_case(mari, world.area.id, late).number == f"{world.unit.code}-1/2027"


def test_cases_opened_at_the_same_moment_get_numbers_of_their_own(world: World, app: Flask) -> None:
    """Eight threads, three cases each, beginning with the body's first."""
    start, failures, numbers = threading.Barrier(8), [], []
    mari_id, area_id, opened = world.mari.id, world.area.id, draft(world)
    db.session.rollback()

    def opens() -> None:
        with app.app_context():
            try:
                start.wait()
                for _ in range(3):
                    member = db.session.get_one(Member, mari_id)
                    mine = rights_of(member)
                    assert mine is not None
                    numbers.append(services.open_case(mine, area_id, opened).serial)
            except Exception as failure:
                failures.append(failure)

    threads = [threading.Thread(target=opens) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    assert sorted(numbers) == list(range(1, 25))


def test_posts_written_at_the_same_moment_are_all_counted(world: World, app: Flask) -> None:
    """The same text by eight members at once: eight posts, one credit, and the thread's number of posts is right."""
    members = [world.member().id for _ in range(8)]
    case_id, thread_id = world.case.id, world.thread.id
    start, failures = threading.Barrier(8), []
    db.session.rollback()

    def writes(member_id: int) -> None:
        with app.app_context():
            try:
                mine = rights_of(db.session.get_one(Member, member_id))
                assert mine is not None
                start.wait()
                services.write_post(
                    mine, thread_id, "Skolen ved fjorden bør bestå så lenge det bor barn i bygda."
                )
            except Exception as failure:
                failures.append(failure)

    threads = [threading.Thread(target=writes, args=(member_id,)) for member_id in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    db.session.rollback()
    row = db.session.get_one(Thread, thread_id)
    assert row.post_count == 9
    assert len(db.session.scalars(select(Post).where(Post.thread_id == thread_id)).all()) == 9
    assert len(queries.credits_in(case_id)) == 1


def test_papers_are_added_by_the_keeper_in_their_order(world: World, browser: Browsers) -> None:
    mari = browser(world.mari)
    for title in ("Første papir", "Andre papir"):
        mari.post(f"/saker/{world.case.id}/papirer", title=title, body="**Tekst** <script>x</script>")
    text = browser(world.member()).get(f"/saker/{world.case.id}").text
    assert text.index("Første papir") < text.index("Andre papir")
    assert "Legg ved et papir" not in text
    mari.post(f"/saker/{world.case.id}/papirer", 422, title="", body="Tekst")
    mari.post(f"/saker/{world.case.id}/papirer", 422, title="Tom", body="")
    mari.post(f"/saker/{world.case.id}/papirer", 422, title="Lang", body="x" * 100_001)


def test_a_thread_is_linked_by_whoever_keeps_the_case(world: World, browser: Browsers) -> None:
    idea = a_thread(world.forum, world.member(), title="En eldre idé")
    mari = browser(world.mari)
    assert world.case.title in mari.get(f"/trader/{idea.id}/sak").text
    mari.post(f"/trader/{idea.id}/sak", case_id=str(world.case.id))
    assert "En eldre idé" in mari.get(f"/saker/{world.case.id}").text
    assert "Det er ingen saker til behandling" in mari.get(f"/trader/{idea.id}/sak").text
    mari.post(f"/trader/{idea.id}/sak", 422, case_id=str(world.case.id))
    elsewhere = an_area(world.unit, "Kultur")
    strange = a_case(a_forum(world.unit, elsewhere), world.mari, "En fremmed sak")
    mari.post(f"/trader/{idea.id}/sak", 422, case_id=str(strange.id))
    with pytest.raises(NotAllowed):
        services.link_thread(rights(world.mari), idea.id, strange.id)
    browser(world.member()).get(f"/trader/{idea.id}/sak", 403)


# The pure rules


@pytest.mark.parametrize(
    ("characters", "copy", "official", "code"),
    [
        (50, False, False, None),
        (49, False, False, "post_too_short"),
        (0, False, False, "post_too_short"),
        (50, True, False, "post_is_copy"),
        (10, True, False, "post_too_short"),
        (500, False, True, "post_official"),
        (10, True, True, "post_official"),
    ],
)
def test_why_a_post_does_not_count(characters: int, copy: bool, official: bool, code: str | None) -> None:
    reason = why_not_counting(characters, copy=copy, official=official)
    assert (reason.code if reason else None) == code


def test_the_deadline_for_contributions_leaves_a_week_or_half_of_what_is_left() -> None:
    at = oslo("2026-03-02 09:00")
    assert contributions_before(at + timedelta(days=30), at) == at + timedelta(days=23)
    assert contributions_before(at + timedelta(days=10), at) == at + timedelta(days=5)
    assert time_is_short(at + timedelta(days=14), at) is None


def test_a_quotation_quotes_ones_own_words_only() -> None:
    assert quotation("> en annen\n\nmitt\n\nmer") == "> mitt\n>\n> mer\n\n"
    assert quotation("> bare sitat") == "\n"
    assert quotation("x" * 2_000).startswith("> " + "x" * 1_000 + "…")
    assert quotation("a" * 600 + "\n" + "b" * 600) == "> " + "a" * 600 + "\n> …\n\n"
    assert unquoted("> a\nb\n  > c") == "b"


@pytest.mark.parametrize(("rows", "expected"), [(0, 1), (1, 1), (50, 1), (51, 2), (100, 2), (101, 3)])
def test_pages(rows: int, expected: int) -> None:
    assert pages(rows, 50) == expected
