"""The organisation is built on the administrator's pages: units, areas, decisions and voting rights."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from builders import a_member, a_unit, an_area, an_office, oslo, post, sign_in
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from forums.models import Forum, Thread, ThreadKind
from forums.services.posts import open_thread
from foundation import clock
from foundation.audit import AuditEntry, broken_links
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from members import queries
from members.access import rights_of
from members.forms import VotingRightsForm
from members.models import Bylaw, BylawTopic, Decider, Member, PolicyArea, Unit, VotingRight
from members.rules.classes import MembershipClass, Subject
from members.rules.permissions import OfficeKind
from members.services import structure

NOON = oslo("2026-03-02 12:00")
HOME = "/administrasjon/organisasjonen"


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with clock.stopped_at(NOON, all_threads=True):
        yield


@pytest.fixture
def top(app: Flask) -> Unit:
    return a_unit("Fjordvik fylkesparti", kind="fylkesparti")


@pytest.fixture
def local(top: Unit) -> Unit:
    return a_unit("Skarvholmen lokallag", top, kind="lokallag")


@pytest.fixture
def administrator(top: Unit) -> Member:
    member = a_member(top, "Anne Administrator")
    an_office(member, OfficeKind.ADMINISTRATOR, top, title="Administrator")
    return member


@pytest.fixture
def browser(app: Flask, administrator: Member) -> FlaskClient:
    return sign_in(app.test_client(), administrator)


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def acts() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.seq)))


def add_unit(browser: FlaskClient, parent: object, /, **fields: object) -> TestResponse:
    data = {"name": "Nordre Fjordvik", "kind": "kommuneparti", "parent": parent, "code": "nf", **fields}
    return post(browser, f"{HOME}/nytt-ledd", data)


def add_area(browser: FlaskClient, unit: object, /, **fields: object) -> TestResponse:
    return post(browser, f"{HOME}/nytt-omrade", {"name": "Miljø og klima", "unit": unit, **fields})


def record(browser: FlaskClient, unit: Unit, **fields: object) -> TestResponse:
    data = {"topic": "minimum_age", "value": "15", "decided_by": "bylaws", "reference": "Vedtektene § 4"}
    return post(browser, f"{HOME}/{unit.id}/vedtak", {**data, **fields})


# --- Units


def test_a_unit_is_added_below_another(
    browser: FlaskClient, administrator: Member, top: Unit, read: Callable[..., Any]
) -> None:
    read(browser.get(f"{HOME}/nytt-ledd"))
    answer = add_unit(browser, top.id)
    assert answer.status_code == 303
    added = db.session.scalars(select(Unit).where(Unit.code == "NF")).one()
    assert (added.parent_id, added.path) == (top.id, f"{top.path}{added.id}/")
    page = browser.get(answer.headers["Location"])
    read(page)
    assert "Nordre Fjordvik er lagt til." in page.text
    listing = browser.get(HOME)
    read(listing)
    assert "under Fjordvik fylkesparti" in listing.text
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.act, entry.actor_id, entry.unit_id) == ("unit_added", administrator.id, added.id)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"code": ""}, "Skriv en kode."),
        ({"code": "F V"}, "En kode er høyst 12"),
        ({"code": "F" * 13}, "En kode er høyst 12"),
        ({"code": "<b>"}, "En kode er høyst 12"),
        ({"name": ""}, "Skriv navnet."),
        ({"name": "\u200b\u202e"}, "Skriv navnet."),
        ({"name": "x" * 201}, "Bruk høyst 200 tegn."),
        ({"kind": ""}, "Skriv hva slags ledd det er"),
        ({"kind": "x" * 61}, "Bruk høyst 60 tegn."),
        ({"kind": "\u200b"}, "Skriv hva slags ledd det er"),
        ({"parent": 999_999}, ""),
        ({"parent": 10**30}, ""),
        ({"parent": "x"}, ""),
        ({"parent": ""}, ""),
    ],
)
def test_a_unit_that_cannot_be_is_refused_beside_its_field(
    browser: FlaskClient, top: Unit, read: Callable[..., Any], fields: dict[str, object], sentence: str
) -> None:
    answer = add_unit(browser, top.id, **fields)
    assert answer.status_code == 422
    page = read(answer)
    assert page.find(".//p[@class='ds-validation-message']") is not None, "said beside the field"
    assert sentence in answer.text
    assert count(Unit) == 1


def test_a_code_belongs_to_one_unit_whatever_its_case(browser: FlaskClient, top: Unit) -> None:
    assert add_unit(browser, top.id, code="NF").status_code == 303
    answer = add_unit(browser, top.id, code=" nf", name="Et annet ledd")
    assert answer.status_code == 422
    assert "Et annet organisasjonsledd har koden NF." in answer.text
    assert 'value="Et annet ledd"' in answer.text, "what was typed is still there"
    assert count(Unit) == 2


def test_a_tree_has_an_end(browser: FlaskClient, administrator: Member, top: Unit) -> None:
    deep = Unit(
        code="DEEP", name="Dypt", kind="lag", parent_id=top.id, path="/" + "1234567/" * 49 + "123456/"
    )
    db.session.add(deep)
    db.session.commit()
    answer = add_unit(browser, deep.id)
    assert answer.status_code == 422
    assert "for mange ledd" in answer.text
    assert count(Unit) == 2


def test_a_unit_is_renamed_and_the_log_tells_both_names(
    browser: FlaskClient, local: Unit, read: Callable[..., Any]
) -> None:
    read(browser.get(f"{HOME}/{local.id}/navn"))
    assert post(browser, f"{HOME}/{local.id}/navn", {"name": "Skarvøya lokallag"}).status_code == 303
    assert post(browser, f"{HOME}/{local.id}/navn", {"name": "Skarvøya lokallag"}).status_code == 303
    db.session.rollback()
    assert db.session.get_one(Unit, local.id).name == "Skarvøya lokallag"
    entry = db.session.scalars(select(AuditEntry)).one()
    assert json.loads(entry.facts) == {"before": "Skarvholmen lokallag", "after": "Skarvøya lokallag"}
    answer = post(browser, f"{HOME}/{local.id}/navn", {"name": " "})
    assert answer.status_code == 422
    read(answer)


@pytest.mark.parametrize("field", ["parent", "path", "code", "parent_id"])
def test_where_a_unit_stands_cannot_be_changed(
    browser: FlaskClient, top: Unit, local: Unit, field: str
) -> None:
    before = local.path, local.code, local.parent_id
    post(browser, f"{HOME}/{local.id}/navn", {"name": "Nytt navn", field: str(local.id)})
    db.session.rollback()
    after = db.session.get_one(Unit, local.id)
    assert (after.path, after.code, after.parent_id) == before


def test_of_two_who_take_a_code_at_once_one_gets_it(app: Flask, administrator: Member, top: Unit) -> None:
    top_id, who = top.id, administrator.id
    db.session.rollback()
    start = Barrier(2)

    def take(name: str) -> str:
        with app.app_context():
            rights = rights_of(db.session.get_one(Member, who))
            assert rights
            start.wait()
            try:
                structure.add_unit(rights, parent_id=top_id, code="NF", name=name, kind="lag")
            except RuleBroken as refusal:
                return refusal.reason.code
            return "added"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(take, ["Nordre", "Nedre"]))
    assert answers == ["added", "unit_code_taken"]
    assert count(Unit) == 2


def test_two_who_write_the_first_of_an_area_at_once_share_its_forum(app: Flask, top: Unit) -> None:
    area, authors = an_area(top).id, [a_member(top).id, a_member(top).id]
    top_id = top.id
    db.session.rollback()
    start = Barrier(2)

    def write(author: int) -> None:
        with app.app_context():
            rights = rights_of(db.session.get_one(Member, author))
            assert rights
            start.wait()
            open_thread(
                rights, area, title=f"Tråd {author}", body="Hei.", kind=ThreadKind.IDEA, unit_id=top_id
            )

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, authors))
    assert (count(Forum), count(Thread)) == (1, 2)


@pytest.mark.parametrize("number", [0, 999_999, 2**31, 2**63, 10**30])
def test_units_that_are_not_there_are_not_found(browser: FlaskClient, top: Unit, number: int) -> None:
    for page in ("", "/navn", "/vedtak", "/stemmerett"):
        assert browser.get(f"{HOME}/{number}{page}").status_code == 404
    for page in ("/navn", "/vedtak", "/stemmerett"):
        assert post(browser, f"{HOME}/{number}{page}").status_code == 404


# --- Areas


def test_an_area_gets_an_address_of_its_name_and_can_be_debated_in_at_once(
    app: Flask, browser: FlaskClient, top: Unit, local: Unit, read: Callable[..., Any]
) -> None:
    read(browser.get(f"{HOME}/nytt-omrade"))
    assert add_area(browser, top.id, description="Natur og energi.").status_code == 303
    area = db.session.scalars(select(PolicyArea)).one()
    assert (area.code, area.unit_id, area.is_committee) == ("miljo-og-klima", top.id, False)
    read(browser.get(HOME))
    member = sign_in(app.test_client(), a_member(local))
    read(member.get("/omrader"))
    read(member.get("/omrader/miljo-og-klima"))
    read(member.get("/omrader/miljo-og-klima/logg"))
    answer = post(
        member,
        "/omrader/miljo-og-klima/ny-trad",
        {"title": "Hva med elva?", "body": "Elva trenger oss.", "kind": "idea", "unit_id": local.id},
    )
    assert answer.status_code == 303, answer.text
    assert "Hva med elva?" in browser.get("/omrader/miljo-og-klima").text
    assert acts() == ["area_added"]


def test_a_representative_opens_the_first_case_of_an_area(
    app: Flask, browser: FlaskClient, top: Unit
) -> None:
    add_area(browser, top.id)
    area = db.session.scalars(select(PolicyArea)).one()
    keeper = a_member(top)
    an_office(keeper, OfficeKind.ELECTED_REPRESENTATIVE, top, area=area)
    client = sign_in(app.test_client(), keeper)
    assert client.get("/omrader/miljo-og-klima/ny-sak").status_code == 200
    answer = post(
        client,
        "/omrader/miljo-og-klima/ny-sak",
        {
            "unit_id": top.id,
            "title": "Vern av elva",
            "summary": "Fylkestinget skal ta stilling til vern av elva.",
            "deciding_body": "Fjordvik fylkesting",
            "decides_at": "2026-06-01T10:00",
            "contributions_before": "2026-05-20T10:00",
            "opening": "Hva mener dere om elva?",
        },
    )
    assert answer.status_code == 303, answer.text
    assert "Vern av elva" in client.get("/omrader/miljo-og-klima").text


def test_going_through_an_area_nobody_has_written_in_is_possible(
    app: Flask, browser: FlaskClient, top: Unit
) -> None:
    add_area(browser, top.id)
    keeper = a_member(top)
    area = db.session.scalars(select(PolicyArea)).one()
    an_office(keeper, OfficeKind.ELECTED_REPRESENTATIVE, top, area=area)
    client = sign_in(app.test_client(), keeper)
    assert post(client, "/omrader/miljo-og-klima/gjennomgatt").status_code == 303


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "???"},
        {"name": "x" * 201},
        {"code": "Æ"},
        {"code": "a/b"},
        {"code": "a" * 61},
        {"unit": 999_999},
        {"unit": ""},
        {"position": "x"},
        {"position": "-1"},
        {"position": "1e9"},
        {"position": str(10**30)},
        {"description": "x" * 2001},
    ],
)
def test_an_area_that_cannot_be_is_refused_beside_its_field(
    browser: FlaskClient, top: Unit, read: Callable[..., Any], fields: dict[str, object]
) -> None:
    answer = add_area(browser, top.id, **fields)
    assert answer.status_code == 422
    assert read(answer).find(".//p[@class='ds-validation-message']") is not None
    assert count(PolicyArea) == 0


def test_two_areas_do_not_share_an_address(browser: FlaskClient, top: Unit) -> None:
    assert add_area(browser, top.id).status_code == 303
    answer = add_area(browser, top.id, name="Miljø & klima", code="miljo-og-klima", is_committee="y")
    assert answer.status_code == 422
    assert "Et annet saksområde har koden miljo-og-klima." in answer.text
    assert count(PolicyArea) == 1


def test_areas_stand_in_the_order_of_their_places(browser: FlaskClient, top: Unit) -> None:
    for name, position in (("Helse", 2), ("Skole", 1), ("Vei", "")):
        assert add_area(browser, top.id, name=name, position=position).status_code == 303
    assert [area.name for area in queries.areas()] == ["Vei", "Skole", "Helse"]


# --- What a unit has decided about itself


def test_the_latest_decision_counts_and_the_earlier_ones_stay(
    browser: FlaskClient, top: Unit, local: Unit, read: Callable[..., Any]
) -> None:
    read(browser.get(f"{HOME}/{top.id}/vedtak"))
    assert record(browser, top).status_code == 303
    with clock.stopped_at(NOON + timedelta(days=1), all_threads=True):
        assert record(browser, top, value="16", reference="Årsmøtet, sak 9", decided_by="annual_meeting")
        db.session.rollback()
        now = queries.bylaw(local, BylawTopic.MINIMUM_AGE, clock.now())
        assert now
        assert (now.value, now.decided_by) == (16, Decider.ANNUAL_MEETING)
        page = browser.get(f"{HOME}/{local.id}")
    read(page)
    before = queries.bylaw(top, BylawTopic.MINIMUM_AGE, NOON + timedelta(hours=1))
    assert before
    assert before.value == 15
    assert count(Bylaw) == 2
    text = page.text.replace("\xa0", " ")
    assert text.index("ført inn 3. mars 2026") < text.index("ført inn 2. mars 2026")
    assert text.index("Gjelder") < text.index("Avløst")
    assert acts() == ["bylaw_recorded", "bylaw_recorded"]


def test_a_units_own_decision_counts_before_that_of_the_unit_above(
    browser: FlaskClient, top: Unit, local: Unit
) -> None:
    record(browser, local, value="13")
    with clock.stopped_at(NOON + timedelta(days=1), all_threads=True):
        record(browser, top, value="18")
        counting = [bylaw.value for bylaw in queries.bylaws_of(db.session.get_one(Unit, local.id))]
    assert counting == [13, 18]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"value": ""}, "Skriv tallet som er vedtatt."),
        ({"topic": "dues_grace_days", "value": ""}, "Skriv tallet som er vedtatt."),
        ({"topic": "waiting_period_days", "value": ""}, "Skriv tallet som er vedtatt."),
        ({"value": "-1"}, "fra 0 til 100"),
        ({"value": "101"}, "fra 0 til 100"),
        ({"value": str(10**30)}, "fra 0 til 100"),
        ({"value": "femten"}, "Skriv et helt tall."),
        ({"value": "15.5"}, "Skriv et helt tall."),
        ({"topic": "participation_advisory"}, "har ikke noe tall"),
        ({"topic": "participation_binding", "value": "", "decided_by": "annual_meeting"}, "bare vedtektene"),
        ({"topic": "binding_ballots", "value": "", "decided_by": "members_meeting"}, "bare vedtektene"),
        ({"topic": "king"}, ""),
        ({"topic": ""}, "Velg hva vedtaket gjelder."),
        ({"decided_by": "board"}, ""),
        ({"decided_by": ""}, "Velg hvem som har vedtatt det."),
        ({"reference": ""}, "Skriv hvor vedtaket står"),
        ({"reference": "\u200b"}, "Skriv hvor vedtaket står"),
        ({"reference": "x" * 201}, "Bruk høyst 200 tegn."),
    ],
)
def test_a_decision_that_cannot_be_is_refused_beside_its_field(
    browser: FlaskClient, top: Unit, read: Callable[..., Any], fields: dict[str, object], sentence: str
) -> None:
    answer = record(browser, top, **fields)
    assert answer.status_code == 422
    assert read(answer).find(".//p[@class='ds-validation-message']") is not None
    assert sentence in answer.text
    assert count(Bylaw) == 0


@pytest.mark.parametrize(
    ("topic", "decider"),
    [
        ("participation_binding", "bylaws"),
        ("binding_ballots", "bylaws"),
        ("participation_advisory", "members_meeting"),
    ],
)
def test_a_decision_without_a_number_is_recorded(
    browser: FlaskClient, top: Unit, topic: str, decider: str
) -> None:
    assert record(browser, top, topic=topic, value="", decided_by=decider).status_code == 303
    assert count(Bylaw) == 1


# --- Voting rights


def tick(browser: FlaskClient, unit: Unit, **cells: list[str]) -> TestResponse:
    return post(browser, f"{HOME}/{unit.id}/stemmerett", cells)


def test_every_subject_stands_in_the_form(app: Flask) -> None:
    with app.test_request_context():
        assert {subject.value for subject in Subject} <= set(VotingRightsForm()._fields)


def test_supporters_may_be_given_a_vote_for_a_leader_and_lose_it(
    browser: FlaskClient, top: Unit, local: Unit, read: Callable[..., Any]
) -> None:
    read(browser.get(f"{HOME}/{local.id}/stemmerett"))
    assert tick(browser, local, election=["affiliated_supporter"]).status_code == 303
    supporters = MembershipClass.AFFILIATED_SUPPORTER
    assert supporters in queries.voting_classes(local, Subject.ELECTION)
    assert supporters not in queries.voting_classes(top, Subject.ELECTION)
    page = browser.get(f"{HOME}/{local.id}")
    read(page)
    assert "tilsluttede supportere" in page.text
    assert tick(browser, local).status_code == 303
    db.session.rollback()
    assert supporters not in queries.voting_classes(local, Subject.ELECTION)
    assert MembershipClass.FULL_MEMBER in queries.voting_classes(local, Subject.ELECTION), "from above"
    given, taken = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert json.loads(given.facts) == {"given": [["affiliated_supporter", "election"]], "taken": []}
    assert json.loads(taken.facts) == {"given": [], "taken": [["affiliated_supporter", "election"]]}


def test_saving_the_table_as_it_is_changes_nothing(browser: FlaskClient, top: Unit) -> None:
    before = count(VotingRight)
    everybody = ["full_member", "youth_member"]
    assert tick(browser, top, **{subject.value: everybody for subject in Subject}).status_code == 303
    assert count(VotingRight) == before
    assert acts() == []


def test_a_subunits_page_leaves_the_table_above_alone(browser: FlaskClient, top: Unit, local: Unit) -> None:
    before = count(VotingRight)
    page = browser.get(f"{HOME}/{local.id}/stemmerett")
    assert "Fra leddet over: fulle medlemmer, ungdomsmedlemmer." in page.text
    assert 'value="full_member"' not in page.text
    assert tick(browser, local).status_code == 303
    assert count(VotingRight) == before


@pytest.mark.parametrize(
    "cells",
    [
        {"case": ["affiliated_supporter"]},
        {"case": ["sympathiser"]},
        {"election": ["sympathiser"]},
        {"election": ["king"]},
    ],
)
def test_a_vote_that_nobody_can_be_given_is_refused(
    browser: FlaskClient, top: Unit, cells: dict[str, list[str]]
) -> None:
    before = count(VotingRight)
    assert tick(browser, top, **cells).status_code == 422
    assert count(VotingRight) == before


def test_the_service_refuses_it_as_well(top: Unit, administrator: Member) -> None:
    rights = rights_of(administrator)
    assert rights
    for cell in (
        (MembershipClass.AFFILIATED_SUPPORTER, Subject.CASE),
        (MembershipClass.SYMPATHISER, Subject.ELECTION),
    ):
        with pytest.raises(RuleBroken, match="vote_never_given"):
            structure.set_voting_rights(rights, top.id, [cell])


# --- Who may


PAGES = ("", "/nytt-ledd", "/nytt-omrade", "/{unit}", "/{unit}/navn", "/{unit}/vedtak", "/{unit}/stemmerett")


@pytest.mark.parametrize(
    "kind", [None, *(kind for kind in OfficeKind if kind is not OfficeKind.ADMINISTRATOR)]
)
def test_nobody_but_an_administrator_builds(
    app: Flask, top: Unit, local: Unit, kind: OfficeKind | None
) -> None:
    person = a_member(top)
    if kind is not None:
        an_office(person, kind, top, area=an_area(top))
    client = sign_in(app.test_client(), person)
    before = [count(model) for model in (Unit, PolicyArea, Bylaw, VotingRight)]
    for page in PAGES:
        path = HOME + page.format(unit=local.id)
        assert client.get(path).status_code == 403, path
        if page not in ("", "/{unit}"):
            assert post(client, path, {"name": "X"}).status_code == 403, path
    assert add_unit(client, top.id).status_code == 403
    assert add_area(client, top.id).status_code == 403
    assert record(client, top).status_code == 403
    assert tick(client, top).status_code == 403
    assert [count(model) for model in (Unit, PolicyArea, Bylaw, VotingRight)] == before


def test_the_services_ask_too_and_log_the_attempt(app: Flask, top: Unit, local: Unit) -> None:
    chair = a_member(top)
    an_office(chair, OfficeKind.BOARD_CHAIR, top)
    rights = rights_of(chair)
    assert rights
    bylaw = structure.NewBylaw(local.id, BylawTopic.MINIMUM_AGE, Decider.BYLAWS, "§ 1", 15)
    for act in (
        lambda: structure.add_unit(rights, parent_id=top.id, code="X", name="X", kind="lag"),
        lambda: structure.rename_unit(rights, local.id, "X"),
        lambda: structure.add_area(rights, structure.NewArea(local.id, "X")),
        lambda: structure.record_bylaw(rights, bylaw),
        lambda: structure.set_voting_rights(rights, local.id, []),
    ):
        with pytest.raises(NotAllowed):
            act()  # type: ignore[no-untyped-call]  # a lambda has no annotation
    assert acts() == ["refused:import_register"] * 5


def test_an_administrator_runs_the_whole_installation_wherever_her_office_is(
    app: Flask, top: Unit, local: Unit
) -> None:
    """LIFECYCLE section 2 gives administrators the register of all units (`permissions._outside`)."""
    elsewhere = a_member(local)
    an_office(elsewhere, OfficeKind.ADMINISTRATOR, local, title="Administrator")
    client = sign_in(app.test_client(), elsewhere)
    assert add_unit(client, top.id).status_code == 303


def test_an_administrator_whose_term_is_over_builds_nothing(app: Flask, top: Unit) -> None:
    former = a_member(top)
    an_office(former, OfficeKind.ADMINISTRATOR, top, ends="2026-03-02 12:00")
    assert add_unit(sign_in(app.test_client(), former), top.id).status_code == 403


def test_every_form_needs_its_token(browser: FlaskClient, top: Unit) -> None:
    before = [count(model) for model in (Unit, PolicyArea, Bylaw, VotingRight)]
    forms = {
        "/nytt-ledd": {"name": "X", "kind": "lag", "parent": top.id, "code": "X"},
        "/nytt-omrade": {"name": "X", "unit": top.id},
        f"/{top.id}/navn": {"name": "X"},
        f"/{top.id}/vedtak": {"topic": "binding_ballots", "decided_by": "bylaws", "reference": "§ 1"},
        f"/{top.id}/stemmerett": {},
    }
    for path, data in forms.items():
        assert browser.post(HOME + path, data=data).status_code == 400, path
    assert [count(model) for model in (Unit, PolicyArea, Bylaw, VotingRight)] == before
    db.session.rollback()
    assert db.session.get_one(Unit, top.id).name == "Fjordvik fylkesparti"


def test_all_of_it_stands_in_a_whole_log(browser: FlaskClient, top: Unit) -> None:
    add_unit(browser, top.id)
    add_area(browser, top.id)
    record(browser, top)
    post(browser, f"{HOME}/{top.id}/navn", {"name": "Fjordvik"})
    tick(browser, top, case=["full_member"])
    assert acts() == ["unit_added", "area_added", "bylaw_recorded", "unit_renamed", "voting_rights_set"]
    assert list(broken_links()) == []


# --- Codes


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Nordre Fjordvik kommuneparti", "NFK"),
        ("Samrådspartiet", "SAM"),
        ("Samrådspartiet i Fjordvik fylke", "SFF"),
        ("Ål", "ÅL"),
        ("Æ Ø Å", "ÆØÅ"),
        (" ".join("abcdefghjklmnopq"), "ABCDEFGHJKLM"),
    ],
)
def test_a_unit_code_is_made_of_a_name(name: str, code: str) -> None:
    assert structure.initials(name) == code
    assert structure.unit_code_blocker(code) is None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Miljø og klima", "miljo-og-klima"),
        ("Næring & fiske", "naering-fiske"),
        ("Sámi ášši", "sami-assi"),
        ("x" * 59 + " og", "x" * 59),
        ("???", ""),
    ],
)
def test_an_area_code_is_made_of_a_name(name: str, code: str) -> None:
    assert structure.slug(name) == code
