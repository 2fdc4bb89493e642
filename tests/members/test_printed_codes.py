"""A member without e-mail signs in with a printed code that took two officers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from builders import a_member, a_unit, an_office, oslo, post, sign_in
from flask import Flask
from flask.testing import FlaskClient
from queries import counted
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.test import TestResponse

from foundation import clock
from foundation.audit import AuditEntry
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import Member, MemberSession, PrintedCode, Unit
from members.rules.classes import Status
from members.rules.permissions import OfficeKind
from members.services.printed_codes import ALPHABET

NOON = oslo("2026-03-02 12:00")


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with clock.stopped_at(NOON, all_threads=True):
        yield


@dataclass
class Organisation:
    """A county, its municipality and another; a leader in each, and Borghild who has no e-mail."""

    app: Flask
    county: Unit
    here: Unit
    there: Unit
    borghild: Member
    chair: Member
    board: Member
    county_chair: Member
    chair_there: Member
    administrator: Member

    def browser(self, member: Member) -> FlaskClient:
        return sign_in(self.app.test_client(), member)


@pytest.fixture
def org(app: Flask) -> Organisation:
    county = a_unit("Fjordvik fylkesparti", kind="fylkesparti")
    here, there = a_unit("Fjordvik", county), a_unit("Nordre Fjordvik", county)

    def officer(name: str, unit: Unit, kind: OfficeKind) -> Member:
        member = a_member(unit, name)
        an_office(member, kind, unit, title=name)
        return member

    return Organisation(
        app=app,
        county=county,
        here=here,
        there=there,
        borghild=a_member(here, "Borghild Ås", email=None),
        chair=officer("Leder her", here, OfficeKind.BOARD_CHAIR),
        board=officer("Styremedlem her", here, OfficeKind.BOARD_MEMBER),
        county_chair=officer("Fylkesleder", county, OfficeKind.BOARD_CHAIR),
        chair_there=officer("Leder der", there, OfficeKind.BOARD_CHAIR),
        administrator=officer("Administrator", county, OfficeKind.ADMINISTRATOR),
    )


def ask(org: Organisation, officer: Member, member: Member | None = None) -> TestResponse:
    member_id = (member or org.borghild).id
    return post(org.browser(officer), f"/styret/innloggingskoder/be-om/{member_id}")


def issue(org: Organisation, officer: Member, request_id: int | None = None) -> TestResponse:
    db.session.rollback()
    if request_id is None:
        request_id = max(row.id for row in db.session.scalars(select(PrintedCode)))
    return post(org.browser(officer), f"/styret/innloggingskoder/{request_id}/utsted")


def code_on(answer: TestResponse) -> str:
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", answer.text)
    assert found, answer.text
    return found[0]


def a_code(org: Organisation) -> str:
    ask(org, org.chair)
    return code_on(issue(org, org.board))


def enter(client: FlaskClient, number: str, code: str) -> TestResponse:
    return post(client, "/logg-inn/kode", {"member_no": number, "code": code})


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/meg").status_code == 200


def test_two_officers_print_a_code_and_the_member_signs_in(
    org: Organisation, client: FlaskClient, read: Callable[..., Any]
) -> None:
    assert ask(org, org.chair).status_code == 303
    paper = issue(org, org.board)
    assert paper.status_code == 200
    read(paper)
    text = paper.text
    assert "Borghild Ås" in text
    assert org.borghild.member_no in text
    assert "mandag 16. mars kl. 12.00" in text.replace("\xa0", " ")
    assert "http://127.0.0.1:5000/logg-inn/kode" in text
    assert "no-store" in paper.headers["Cache-Control"]
    read(client.get("/logg-inn/kode"))
    assert enter(client, org.borghild.member_no, code_on(paper)).status_code == 303
    assert "Borghild Ås" in client.get("/meg").text


@pytest.mark.parametrize(
    "typed",
    [
        lambda code: code.lower(),
        lambda code: code.replace("-", ""),
        lambda code: " " + code.replace("-", " ") + " ",
        lambda code: code.replace("0", "O").replace("1", "I"),
        lambda code: code.replace("1", "l").lower(),
    ],
)
def test_a_code_is_read_as_people_write_it(
    org: Organisation, client: FlaskClient, typed: Callable[[str], str]
) -> None:
    enter(client, f" {org.borghild.member_no} ", typed(a_code(org)))
    assert is_signed_in(client)


def test_a_code_has_no_letters_that_are_read_as_others() -> None:
    assert not set("ILOU") & set(ALPHABET)
    assert len(set(ALPHABET)) == 32


def test_the_officer_who_asked_cannot_issue(org: Organisation) -> None:
    ask(org, org.chair)
    answer = issue(org, org.chair)
    assert answer.status_code == 403
    assert "to ulike personer" in answer.text


def test_the_database_refuses_one_officer_in_both_roles_and_oneself(org: Organisation) -> None:
    members = (org.borghild.id, org.chair.id, org.board.id)
    borghild, chair, board = members
    for member, asker, issuer in ((borghild, chair, chair), (chair, chair, board), (board, chair, board)):
        with pytest.raises(IntegrityError):
            _write(PrintedCode(member_id=member, asked_by_id=asker, issued_by_id=issuer, asked_at=NOON))


def _write(row: PrintedCode) -> None:
    with transaction() as session:
        session.add(row)


@pytest.mark.parametrize(
    ("asker", "issuer"),
    [("chair", "county_chair"), ("county_chair", "administrator"), ("administrator", "board")],
)
def test_the_board_above_and_administrators_help_too(org: Organisation, asker: str, issuer: str) -> None:
    assert ask(org, getattr(org, asker)).status_code == 303
    assert issue(org, getattr(org, issuer)).status_code == 200


def test_an_officer_of_another_unit_can_neither_see_ask_nor_issue(org: Organisation) -> None:
    stranger = org.browser(org.chair_there)
    assert "Borghild Ås" not in stranger.get("/styret/innloggingskoder?q=Borghild").text
    assert ask(org, org.chair_there).status_code == 403
    ask(org, org.chair)
    assert "Borghild" not in stranger.get("/styret/innloggingskoder").text
    assert issue(org, org.chair_there).status_code == 403
    db.session.rollback()
    refused = db.session.scalars(
        select(AuditEntry).where(AuditEntry.act.startswith("refused:")).order_by(AuditEntry.seq)
    ).all()
    assert [entry.actor_id for entry in refused] == [org.chair_there.id] * 2


def test_a_member_without_office_cannot_open_the_door(org: Organisation) -> None:
    plain = org.browser(a_member(org.here, "Vanlig medlem"))
    assert plain.get("/styret/innloggingskoder").status_code == 403
    assert post(plain, f"/styret/innloggingskoder/be-om/{org.borghild.id}").status_code == 403


def test_a_member_with_email_gets_no_code(org: Organisation) -> None:
    """Two officers could otherwise be anybody they like."""
    assert ask(org, org.chair, a_member(org.here, "Har e-post")).status_code == 409


def test_a_code_is_not_issued_once_the_member_has_email(org: Organisation) -> None:
    ask(org, org.chair)
    with transaction():
        org.borghild.email = "borghild@example.org"
    assert issue(org, org.board).status_code == 409


def test_nobody_gets_a_code_for_herself(org: Organisation) -> None:
    with transaction():
        org.chair.email = None
    assert ask(org, org.chair, org.chair).status_code == 403
    assert ask(org, org.board, org.chair).status_code == 303
    assert issue(org, org.chair).status_code == 403
    assert issue(org, org.county_chair).status_code == 200


def test_a_request_waits_for_one_officer_and_is_issued_once(org: Organisation) -> None:
    assert ask(org, org.chair).status_code == 303
    assert ask(org, org.board).status_code == 409
    assert issue(org, org.board).status_code == 200
    again = issue(org, org.board)
    assert again.status_code == 409
    assert not re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", again.text)


def test_a_request_is_too_old_after_a_fortnight(org: Organisation) -> None:
    ask(org, org.chair)
    with clock.stopped_at(NOON + timedelta(days=14), all_threads=True):
        assert issue(org, org.board).status_code == 409
        assert "Borghild" not in org.browser(org.board).get("/styret/innloggingskoder").text


def test_an_officer_whose_term_has_ended_no_longer_counts_as_one_of_two(org: Organisation) -> None:
    late = a_member(org.here, "Går av")
    an_office(late, OfficeKind.BOARD_MEMBER, org.here, ends="2026-03-03 00:00")
    assert ask(org, late).status_code == 303
    with clock.stopped_at(oslo("2026-03-03 00:00"), all_threads=True):
        answer = issue(org, org.board)
    assert answer.status_code == 403
    assert "ikke lenger et verv" in answer.text


def test_a_code_signs_in_once(org: Organisation, client: FlaskClient) -> None:
    code = a_code(org)
    enter(client, org.borghild.member_no, code)
    second = org.app.test_client()
    assert enter(second, org.borghild.member_no, code).status_code == 422
    assert not is_signed_in(second)


def test_a_code_is_good_for_a_fortnight_to_the_microsecond(org: Organisation, client: FlaskClient) -> None:
    code = a_code(org)
    end = NOON + timedelta(days=14)
    with clock.stopped_at(end, all_threads=True):
        assert enter(client, org.borghild.member_no, code).status_code == 422
    with clock.stopped_at(end - timedelta(microseconds=1), all_threads=True):
        assert enter(client, org.borghild.member_no, code).status_code == 303


def test_a_new_code_makes_the_old_one_useless(org: Organisation, client: FlaskClient) -> None:
    old, new = a_code(org), a_code(org)
    assert enter(client, org.borghild.member_no, old).status_code == 422
    assert enter(client, org.borghild.member_no, new).status_code == 303


def test_a_code_belongs_to_one_member(org: Organisation, client: FlaskClient) -> None:
    assert enter(client, org.chair.member_no, a_code(org)).status_code == 422
    assert not is_signed_in(client)


def test_a_member_who_has_left_has_no_use_of_a_code(org: Organisation, client: FlaskClient) -> None:
    from members.models import Standing

    code = a_code(org)
    with transaction() as session:
        standing = session.scalars(select(Standing).where(Standing.member_id == org.borghild.id)).one()
        standing.status = Status.RESIGNED
    assert enter(client, org.borghild.member_no, code).status_code == 422


def test_the_answer_is_the_same_for_an_unknown_number_and_a_wrong_used_or_old_code(org: Organisation) -> None:
    used = a_code(org)
    enter(org.app.test_client(), org.borghild.member_no, used)
    number = org.borghild.member_no

    def answer(member_no: str, code: str) -> str:
        client = org.app.test_client()
        with client.session_transaction() as session:
            session["csrf_token"] = "0" * 40
        got = enter(client, member_no, code)
        assert got.status_code == 422
        body = re.sub(r'name="csrf_token"[^>]*', "", got.text)
        return body.replace(member_no, "NUMBER").replace(code, "CODE")

    with counted() as known:
        wrong = answer(number, "AAAA-BBBB-CCCC")
    with counted() as unknown:
        nobody = answer("999999", "AAAA-BBBB-CCCC")
    assert wrong == nobody == answer(number, used)
    assert known == unknown


def test_guessing_is_slow(org: Organisation) -> None:
    code = a_code(org)
    statuses = [
        enter(org.app.test_client(), org.borghild.member_no, f"AAAA-BBBB-{n:04}").status_code
        for n in range(6)
    ]
    assert statuses == [422] * 5 + [429]
    assert enter(org.app.test_client(), org.borghild.member_no, code).status_code == 429
    assert enter(org.app.test_client(), "123", "AAAA-BBBB-CCCC").status_code == 422


def test_the_code_itself_is_kept_nowhere(org: Organisation, client: FlaskClient) -> None:
    code = a_code(org)
    enter(client, org.borghild.member_no, code)
    db.session.rollback()
    kept = db.session.scalars(select(PrintedCode)).one()
    assert code.replace("-", "").encode() not in (kept.code_hash or b"")
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert [(entry.act, entry.actor_id) for entry in entries] == [
        ("sign_in_code_asked", org.chair.id),
        ("sign_in_code_issued", org.board.id),
        ("sign_in_code_used", org.borghild.id),
    ]
    for entry in entries:
        assert code not in entry.facts
        assert code.replace("-", "") not in entry.facts


def test_a_session_begun_with_a_code_is_one_like_any_other(org: Organisation, client: FlaskClient) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    enter(client, org.borghild.member_no, a_code(org))
    with client.session_transaction() as session:
        assert "planted" not in session
    db.session.rollback()
    mine = db.session.scalars(select(MemberSession).where(MemberSession.member_id == org.borghild.id)).one()
    assert mine.expires_at == NOON + timedelta(days=30)


@pytest.mark.parametrize(
    ("number", "code"), [("", "AAAA"), ("7", ""), ("", ""), ("x" * 41, "AAAA"), ("7", "x" * 81)]
)
def test_empty_and_overlong_fields_are_said_beside_the_field(
    client: FlaskClient, read: Callable[..., Any], number: str, code: str
) -> None:
    answer = enter(client, number, code)
    assert answer.status_code == 422
    assert read(answer).findall(".//input[@aria-invalid='true']")


@pytest.mark.parametrize("junk", ["æøå æøå æøå", "０１２３４５６７８９ＡＢ", "' OR 1=1 --", "%s%s%n"])
def test_junk_for_a_code_is_wrong_and_no_more(org: Organisation, client: FlaskClient, junk: str) -> None:
    assert enter(client, org.borghild.member_no, junk).status_code == 422
    assert enter(client, junk, "AAAA-BBBB-CCCC").status_code == 422


def test_the_search_sees_the_units_below_and_offers_what_can_be_done(
    org: Organisation, read: Callable[..., Any]
) -> None:
    mine = org.browser(org.county_chair)
    a_member(org.there, "Borghild Ødegård", email="b@example.org")
    page = read(mine.get("/styret/innloggingskoder?q=borghild"))
    text = " ".join("".join(page.itertext()).split())
    assert "Borghild Ås" in text
    assert "Borghild Ødegård" in text
    assert text.count("Be om kode") == 1
    assert "Har e-post i registeret" in text
    number = org.borghild.member_no
    assert "Borghild Ås" in mine.get(f"/styret/innloggingskoder?q={number}").text
    assert "Borghild Ødegård" in mine.get("/styret/innloggingskoder?q=ødegård borghild").text
    assert "passer med søket" in mine.get("/styret/innloggingskoder?q=%25").text
    assert "passer med søket" in mine.get("/styret/innloggingskoder?q=Nobody").text
