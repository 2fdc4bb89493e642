"""A session is a row: it can be listed and ended, and ends by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from builders import a_member, a_unit, oslo, post, sign_in
from flask import Flask
from flask.testing import FlaskClient
from queries import counted
from sqlalchemy import select

from foundation import clock
from foundation.extensions import db
from members.models import Member, MemberSession
from members.rules.classes import Status
from members.services import start_session

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def member(app: Flask) -> Member:
    return a_member(a_unit(), "Kari Nordmann")


def _only_session() -> MemberSession:
    db.session.rollback()
    return db.session.scalars(select(MemberSession)).one()


def test_the_database_does_not_hold_what_the_cookie_holds(member: Member) -> None:
    token = start_session(member.id, "Firefox, Linux")
    assert token.encode() not in _only_session().token_hash
    assert len(_only_session().token_hash) == 32


def test_a_signed_in_browser_is_recognised_with_one_query(client: FlaskClient, member: Member) -> None:
    sign_in(client, member)
    client.get("/om")
    with counted() as sent:
        client.get("/om")
    about_sessions = [statement for statement in sent if "member_session" in statement]
    assert len(about_sessions) == 1
    assert not any(statement.startswith("UPDATE") for statement in sent)


@pytest.mark.parametrize("token", ["", "x", "forged" * 20, 7, None])
def test_a_made_up_token_signs_nobody_in(client: FlaskClient, member: Member, token: object) -> None:
    start_session(member.id, "Firefox, Linux")
    with client.session_transaction() as session:
        session["token"] = token
    assert client.get("/meg").status_code == 302


def test_a_session_ends_after_thirty_days_to_the_microsecond(client: FlaskClient, member: Member) -> None:
    begun = oslo("2026-03-02 09:00")
    with clock.stopped_at(begun, all_threads=True):
        sign_in(client, member)
    with clock.stopped_at(begun + timedelta(days=30) - timedelta(microseconds=1), all_threads=True):
        assert client.get("/meg").status_code == 200
    with clock.stopped_at(begun + timedelta(days=30), all_threads=True):
        assert client.get("/meg").status_code == 302


def test_the_page_lists_sessions_in_plain_words_and_marks_this_one(
    app: Flask, member: Member, read: Callable[..., Any]
) -> None:
    here = sign_in(app.test_client(), member)
    start_session(member.id, "Safari, iPhone")
    start_session(member.id, "")
    page = read(here.get("/meg/okter"))
    text = " ".join("".join(page.itertext()).split())
    assert "Safari på iPhone" in text
    assert "Ukjent nettleser" in text
    assert text.count("Denne økten") == 1
    assert text.count("Avslutt økten") == 2


def test_an_ended_session_is_signed_out_at_its_next_request(app: Flask, member: Member) -> None:
    here, there = sign_in(app.test_client(), member), sign_in(app.test_client(), member)
    other = max(row.id for row in db.session.scalars(select(MemberSession)))
    assert there.get("/meg").status_code == 200
    assert post(here, f"/meg/okter/{other}/avslutt").status_code == 303
    assert there.get("/meg").status_code == 302
    assert here.get("/meg").status_code == 200


def test_ending_all_others_leaves_this_one(app: Flask, member: Member) -> None:
    here, *others = (sign_in(app.test_client(), member) for _ in range(4))
    answer = post(here, "/meg/okter/avslutt-andre", follow_redirects=True)
    assert "3 økter er avsluttet." in answer.text
    assert here.get("/meg").status_code == 200
    assert [other.get("/meg").status_code for other in others] == [302, 302, 302]


def test_nobody_can_end_anothers_session(app: Flask, member: Member) -> None:
    other = a_member(a_unit("Et annet lag"))
    theirs = sign_in(app.test_client(), other)
    session_id = _only_session().id
    mine = sign_in(app.test_client(), member)
    assert post(mine, f"/meg/okter/{session_id}/avslutt").status_code == 404
    assert theirs.get("/meg").status_code == 200


def test_signing_out_ends_the_row_and_not_only_the_cookie(app: Flask, member: Member) -> None:
    client = sign_in(app.test_client(), member)
    with client.session_transaction() as session:
        token = session["token"]
        session["lang"] = "nn"
    assert post(client, "/logg-ut").status_code == 303
    with client.session_transaction() as session:
        assert "token" not in session
        assert session["lang"] == "nn"
    thief = app.test_client()
    with thief.session_transaction() as session:
        session["token"] = token
    assert thief.get("/meg").status_code == 302


def test_signing_out_twice_is_no_error(client: FlaskClient) -> None:
    assert post(client, "/logg-ut").status_code == 303
    assert post(client, "/logg-ut").status_code == 303


def test_a_link_that_somebody_sends_cannot_sign_her_out(client: FlaskClient, member: Member) -> None:
    sign_in(client, member)
    assert client.get("/logg-ut").status_code == 405
    assert client.post("/logg-ut").status_code == 400, "without the token of the page"
    assert client.get("/meg").status_code == 200


def test_seen_is_a_day_and_written_once_a_day(client: FlaskClient, member: Member) -> None:
    with clock.stopped_at(oslo("2026-03-02 23:59"), all_threads=True):
        sign_in(client, member)
    with clock.stopped_at(oslo("2026-03-03 00:01"), all_threads=True):
        client.get("/om")
        assert _only_session().seen_on.isoformat() == "2026-03-03"
        with counted() as sent:
            client.get("/om")
    assert not any(statement.startswith("UPDATE") for statement in sent)


@pytest.mark.parametrize("endpoint", ["ballot.cast", "ballot.review"])
def test_casting_leaves_no_day_behind(app: Flask, member: Member, endpoint: str) -> None:
    client = app.test_client()
    with clock.stopped_at(oslo("2026-03-02 12:00"), all_threads=True):
        sign_in(client, member)
    (rule,) = app.url_map.iter_rules(endpoint)
    with clock.stopped_at(oslo("2026-03-03 12:00"), all_threads=True):
        values = dict.fromkeys(rule.arguments, 1)
        path = app.url_map.bind("127.0.0.1").build(endpoint, values, method="POST")
        post(client, path)
    assert _only_session().seen_on.isoformat() == "2026-03-02"


def test_a_member_who_has_left_is_signed_out(app: Flask) -> None:
    member = a_member(a_unit(), status=Status.RESIGNED)
    assert sign_in(app.test_client(), member).get("/meg").status_code == 302


def test_a_suspended_member_keeps_her_own_pages(app: Flask) -> None:
    member = a_member(a_unit(), status=Status.SUSPENDED)
    client = sign_in(app.test_client(), member)
    assert client.get("/meg/okter").status_code == 200
    assert "suspendert" in client.get("/meg").text


def test_pages_speak_the_members_language_until_another_is_chosen(app: Flask) -> None:
    member = a_member(a_unit(), locale="nn")
    client = sign_in(app.test_client(), member)
    assert 'lang="nn"' in client.get("/om").text
    assert 'lang="en"' in client.get("/om?lang=en").text
    assert 'lang="en"' in client.get("/om").text


def test_a_session_forgotten_by_all_is_deleted_in_the_end(member: Member) -> None:
    from members.services import signing_in

    with clock.stopped_at(oslo("2026-01-01 12:00")):
        start_session(member.id, "Firefox, Linux")
    assert signing_in.forget_old(oslo("2026-02-20 12:00")) == 0
    assert signing_in.forget_old(oslo("2026-03-15 12:00")) == 1


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (PHONE, "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/139.0 Safari/537.36 Edg/139.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/139.0 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_a_device_is_told_in_plain_words(app: Flask, agent: str, said: str) -> None:
    from members.sessions import device

    with app.test_request_context(headers={"User-Agent": agent}):
        assert device() == said
