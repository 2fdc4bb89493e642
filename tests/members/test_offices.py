"""Offices are given for a term by an administrator, and rights follow from them and end with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from builders import a_member, a_unit, an_area, an_office, oslo, post, sign_in
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from foundation import clock
from foundation.audit import AuditEntry, broken_links
from foundation.extensions import db
from members import access, hooks
from members.models import Member, Office, PolicyArea, Term, Unit
from members.rules.classes import MembershipClass, Status
from members.rules.permissions import Matter, OfficeKind, Permission

NOON = oslo("2026-03-02 12:00")


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with clock.stopped_at(NOON, all_threads=True):
        yield


@pytest.fixture
def unit(app: Flask) -> Unit:
    return a_unit("Fjordvik")


@pytest.fixture
def administrator(unit: Unit) -> Member:
    member = a_member(unit, "Anne Administrator")
    an_office(member, OfficeKind.ADMINISTRATOR, unit, title="Administrator")
    return member


@pytest.fixture
def browser(app: Flask, administrator: Member) -> FlaskClient:
    return sign_in(app.test_client(), administrator)


@pytest.fixture
def kari(unit: Unit) -> Member:
    return a_member(unit, "Kari Nordmann")


def give(
    browser: FlaskClient, member: Member, kind: OfficeKind, unit: Unit, /, **fields: Any
) -> TestResponse:
    data = {
        "kind": kind.value,
        "unit": unit.id,
        "area": 0,
        "title": "Styremedlem",
        "body": "",
        "starts": "2026-03-02",
        "ends": "2028-03-01",
        **fields,
    }
    return post(browser, f"/administrasjon/medlemmer/{member.id}/nytt-verv", data)


def terms() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Term)) or 0


def board_at(member: Member, moment: str) -> bool:
    db.session.rollback()
    rights = access.rights_of(member, oslo(moment))
    assert rights
    return rights.is_board


def test_an_office_gives_rights_from_its_first_day_to_its_last(
    browser: FlaskClient, kari: Member, unit: Unit, read: Callable[..., Any]
) -> None:
    read(browser.get(f"/administrasjon/medlemmer/{kari.id}/nytt-verv"))
    answer = give(browser, kari, OfficeKind.BOARD_MEMBER, unit, starts="2026-04-01", ends="2028-03-31")
    assert answer.status_code == 303
    page = browser.get(answer.headers["Location"])
    read(page)
    assert "1. april 2026 til og med 31. mars 2028" in page.text.replace("\xa0", " ")
    assert not board_at(kari, "2026-03-31 23:59:59.999999")
    assert board_at(kari, "2026-04-01 00:00")
    assert board_at(kari, "2028-03-31 23:59:59.999999")
    assert not board_at(kari, "2028-04-01 00:00")


def test_giving_and_ending_stand_in_the_log(
    browser: FlaskClient, administrator: Member, kari: Member, unit: Unit
) -> None:
    give(browser, kari, OfficeKind.BOARD_MEMBER, unit)
    term_id = db.session.scalars(select(Term.id).where(Term.member_id == kari.id)).one()
    post(browser, f"/administrasjon/verv/{term_id}/avslutt")
    db.session.rollback()
    given, ended = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert (given.act, given.actor_id, given.subject_id) == ("office_given", administrator.id, str(term_id))
    assert json.loads(given.facts)["kind"] == "board_member"
    assert (ended.act, ended.actor_id) == ("term_ended", administrator.id)
    assert list(broken_links()) == []


def test_what_follows_from_a_term_ends_with_it_at_once(
    app: Flask, browser: FlaskClient, kari: Member, unit: Unit
) -> None:
    give(browser, kari, OfficeKind.ADMINISTRATOR, unit, title="Administrator")
    other = sign_in(app.test_client(), kari)
    assert other.get("/administrasjon").status_code == 200
    term_id = db.session.scalars(select(Term.id).where(Term.member_id == kari.id)).one()
    assert "Kari Nordmann mister rettene" in browser.get(f"/administrasjon/verv/{term_id}/avslutt").text
    assert post(browser, f"/administrasjon/verv/{term_id}/avslutt").status_code == 303
    assert other.get("/administrasjon").status_code == 403
    again = post(browser, f"/administrasjon/verv/{term_id}/avslutt")
    assert again.status_code == 409
    assert "Perioden tok slutt" in again.text


def test_a_term_that_has_not_begun_can_be_ended(browser: FlaskClient, kari: Member, unit: Unit) -> None:
    give(browser, kari, OfficeKind.BOARD_MEMBER, unit, starts="2027-01-01")
    term = db.session.scalars(select(Term).where(Term.member_id == kari.id)).one()
    assert post(browser, f"/administrasjon/verv/{term.id}/avslutt").status_code == 303
    assert not board_at(kari, "2027-06-01 12:00")


# --- Who may


def test_nobody_gives_or_ends_her_own_office(browser: FlaskClient, administrator: Member, unit: Unit) -> None:
    answer = give(browser, administrator, OfficeKind.CONTROL_COMMITTEE, unit)
    assert answer.status_code == 403
    assert "En annen administrator må gjøre det." in answer.text
    own = db.session.scalars(select(Term.id)).one()
    assert post(browser, f"/administrasjon/verv/{own}/avslutt").status_code == 403
    assert terms() == 1
    refused = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.seq)).all()
    assert refused == ["refused:give_office", "refused:end_term"]


def test_another_administrator_gives_it(app: Flask, administrator: Member, kari: Member, unit: Unit) -> None:
    an_office(kari, OfficeKind.ADMINISTRATOR, unit, title="Administrator")
    answer = give(sign_in(app.test_client(), kari), administrator, OfficeKind.BOARD_MEMBER, unit)
    assert answer.status_code == 303


@pytest.mark.parametrize("kind", [kind for kind in OfficeKind if kind is not OfficeKind.ADMINISTRATOR])
def test_no_other_office_opens_the_administrators_doors(
    app: Flask, unit: Unit, kari: Member, kind: OfficeKind
) -> None:
    holder = a_member(unit)
    an_office(holder, kind, unit, area=an_area(unit))
    client = sign_in(app.test_client(), holder)
    for path in ("", "/medlemmer", f"/medlemmer/{kari.id}", "/verv", f"/medlemmer/{kari.id}/nytt-verv"):
        assert client.get("/administrasjon" + path).status_code == 403
    assert give(client, kari, OfficeKind.BOARD_MEMBER, unit).status_code == 403


# --- What does not go together


@pytest.mark.parametrize(
    ("has", "gets", "sentence"),
    [
        (OfficeKind.BOARD_MEMBER, OfficeKind.TELLER, "tellekorpset"),
        (OfficeKind.BOARD_CHAIR, OfficeKind.TELLER, "tellekorpset"),
        (OfficeKind.ADMINISTRATOR, OfficeKind.TELLER, "administrator"),
        (OfficeKind.TELLER, OfficeKind.BOARD_MEMBER, "tellekorpset"),
        (OfficeKind.TELLER, OfficeKind.ADMINISTRATOR, "administrator"),
        (OfficeKind.BOARD_MEMBER, OfficeKind.APPEALS_GROUP, "klageutvalget"),
        (OfficeKind.APPEALS_GROUP, OfficeKind.BOARD_CHAIR, "klageutvalget"),
        (OfficeKind.ELECTED_REPRESENTATIVE, OfficeKind.APPEALS_GROUP, "klageutvalget"),
        (OfficeKind.APPEALS_GROUP, OfficeKind.ELECTED_REPRESENTATIVE, "klageutvalget"),
    ],
)
def test_offices_that_do_not_go_together_are_refused_at_naming(
    browser: FlaskClient, kari: Member, unit: Unit, has: OfficeKind, gets: OfficeKind, sentence: str
) -> None:
    area = an_area(unit)
    an_office(kari, has, unit, area=area if has is OfficeKind.ELECTED_REPRESENTATIVE else None)
    before = terms()
    answer = give(browser, kari, gets, unit, area=area.id if gets is OfficeKind.ELECTED_REPRESENTATIVE else 0)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Styremedlem"' in answer.text, "what was typed is still there"
    assert terms() == before


def test_a_clash_later_in_the_period_is_a_clash(browser: FlaskClient, kari: Member, unit: Unit) -> None:
    an_office(kari, OfficeKind.BOARD_MEMBER, unit, starts="2027-01-01 00:00", ends="2028-01-01 00:00")
    assert give(browser, kari, OfficeKind.TELLER, unit, ends="2027-01-01").status_code == 422
    assert give(browser, kari, OfficeKind.TELLER, unit, ends="2026-12-31").status_code == 303


def test_a_teller_may_sit_on_the_board_of_another_unit(
    browser: FlaskClient, kari: Member, unit: Unit
) -> None:
    an_office(kari, OfficeKind.BOARD_MEMBER, a_unit("Skarvholmen"))
    assert give(browser, kari, OfficeKind.TELLER, unit).status_code == 303


# --- Bad input


def test_the_same_office_is_not_given_twice_for_the_same_days(
    browser: FlaskClient, kari: Member, unit: Unit
) -> None:
    assert give(browser, kari, OfficeKind.BOARD_MEMBER, unit, ends="2026-12-31").status_code == 303
    assert give(browser, kari, OfficeKind.BOARD_MEMBER, unit, starts="2026-12-31").status_code == 422
    assert give(browser, kari, OfficeKind.BOARD_MEMBER, unit, starts="2027-01-01").status_code == 303
    assert (
        db.session.scalar(select(func.count()).select_from(Office).where(Office.title == "Styremedlem")) == 1
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"ends": "2026-03-01"},
        {"starts": ""},
        {"ends": ""},
        {"starts": "2.3.2026"},
        {"starts": "0000-00-00"},
        {"title": ""},
        {"title": "x" * 201},
        {"kind": "king"},
        {"unit": 999_999},
        {"unit": "x"},
        {"area": 999_999},
        {"kind": "elected_representative"},
    ],
)
def test_what_cannot_be_given_is_said_and_changes_nothing(
    browser: FlaskClient, kari: Member, unit: Unit, read: Callable[..., Any], fields: dict[str, Any]
) -> None:
    before = terms()
    answer = give(browser, kari, OfficeKind.BOARD_MEMBER, unit, **fields)
    assert answer.status_code == 422
    read(answer)
    assert terms() == before


def test_a_board_has_no_area(browser: FlaskClient, kari: Member, unit: Unit) -> None:
    assert give(browser, kari, OfficeKind.BOARD_MEMBER, unit, area=an_area(unit).id).status_code == 422


@pytest.mark.parametrize(
    ("membership_class", "status"),
    [
        (MembershipClass.SYMPATHISER, Status.ACTIVE),
        (MembershipClass.FULL_MEMBER, Status.SUSPENDED),
        (MembershipClass.FULL_MEMBER, Status.RESIGNED),
        (MembershipClass.FULL_MEMBER, Status.DECEASED),
    ],
)
def test_an_office_is_for_members(
    browser: FlaskClient, unit: Unit, membership_class: MembershipClass, status: Status
) -> None:
    other = a_member(unit, membership_class=membership_class, status=status)
    assert give(browser, other, OfficeKind.BOARD_MEMBER, unit).status_code == 422


@pytest.mark.parametrize("number", [0, 999_999, 2**31, 2**63, 10**30])
def test_members_and_terms_that_are_not_there_are_not_found(browser: FlaskClient, number: int) -> None:
    for path in (f"/medlemmer/{number}", f"/medlemmer/{number}/nytt-verv", f"/verv/{number}/avslutt"):
        assert browser.get("/administrasjon" + path).status_code == 404
    assert post(browser, f"/administrasjon/verv/{number}/avslutt").status_code == 404


# --- A deputy and an area


def test_a_deputy_keeps_the_area_as_well(browser: FlaskClient, kari: Member, unit: Unit) -> None:
    area: PolicyArea = an_area(unit, "Skole og oppvekst")
    answer = give(
        browser,
        kari,
        OfficeKind.ELECTED_REPRESENTATIVE,
        unit,
        area=area.id,
        title="Kommunestyrerepresentant",
        body="Fjordvik kommunestyre",
        is_deputy="y",
    )
    assert answer.status_code == 303
    db.session.rollback()
    rights = access.rights_of(kari)
    assert rights
    assert rights.keeps()[0].is_deputy
    assert rights.may(Permission.OPEN_CASE, Matter(unit_path=unit.path, area_id=area.id))
    assert not rights.may(Permission.OPEN_CASE, Matter(unit_path=unit.path, area_id=area.id + 1))
    assert "(vara)" in browser.get("/administrasjon/verv").text


def test_listeners_hear_of_it_after_the_commit(
    browser: FlaskClient, kari: Member, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[int, bool]] = []

    def listener(member_id: int) -> None:
        member = db.session.get(Member, member_id)
        assert member
        rights = access.rights_of(member)
        assert rights
        heard.append((member_id, rights.is_board))

    monkeypatch.setattr(hooks, "_listeners", [listener])
    give(browser, kari, OfficeKind.BOARD_MEMBER, unit)
    term_id = db.session.scalars(select(Term.id).where(Term.member_id == kari.id)).one()
    post(browser, f"/administrasjon/verv/{term_id}/avslutt")
    assert heard == [(kari.id, True), (kari.id, False)]


# --- The pages


def test_the_overview_counts_members_of_units_and_those_below(
    browser: FlaskClient, unit: Unit, kari: Member, read: Callable[..., Any]
) -> None:
    below = a_unit("Skarvholmen", unit, kind="lokallag")
    a_member(below)
    a_member(below, status=Status.RESIGNED)
    page = read(browser.get("/administrasjon"))
    rows = [["".join(cell.itertext()).strip() for cell in row] for row in page.findall(".//tbody/tr")]
    assert [row[1:] for row in rows] == [["2", "3"], ["1", "1"]]


def test_the_search_pages_through_all_members(
    app: Flask, browser: FlaskClient, unit: Unit, read: Callable[..., Any]
) -> None:
    for number in range(60):
        a_member(unit, f"Person {number:02}")
    first = browser.get("/administrasjon/medlemmer")
    read(first)
    assert "61 medlemmer" in first.text
    assert first.text.count("gr-row__title") == 50
    second = browser.get("/administrasjon/medlemmer?page=2")
    assert second.text.count("gr-row__title") == 11
    assert browser.get("/administrasjon/medlemmer?page=99").status_code == 200
    for page in ("0", "-1", "x", "9" * 30):
        assert browser.get("/administrasjon/medlemmer", query_string={"page": page}).status_code == 200
    assert browser.get("/administrasjon/medlemmer?q=person%2007").text.count("gr-row__title") == 1


def test_offices_are_listed_by_unit(
    browser: FlaskClient, kari: Member, unit: Unit, read: Callable[..., Any]
) -> None:
    an_office(kari, OfficeKind.BOARD_CHAIR, unit, title="Leder")
    an_office(kari, OfficeKind.TELLER, unit, title="Gammelt verv", ends="2020-01-01 00:00")
    page = browser.get("/administrasjon/verv")
    read(page)
    assert "leder av styret" in page.text
    assert "Gammelt verv" not in page.text
