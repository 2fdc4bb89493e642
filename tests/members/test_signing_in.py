"""Signing in by a mailed link: one answer for all, one click for one sign-in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from builders import a_member, a_unit, oslo, post, sign_in
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer
from queries import counted
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from foundation import clock, outbox
from foundation.extensions import db
from foundation.links import is_ours
from members.models import Member, MemberSession, SignInLink
from members.rules.classes import Status

NOON = oslo("2026-03-02 12:00")


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with clock.stopped_at(NOON, all_threads=True):
        yield


@pytest.fixture
def member(app: Flask) -> Member:
    return a_member(a_unit("Fjordvik fylkesparti"), "Kari Nordmann", email="kari@example.org")


def ask(client: FlaskClient, email: str = "kari@example.org", **data: str) -> TestResponse:
    return post(client, "/logg-inn", {"email": email, **data})


def mails(app: Flask) -> list[Any]:
    outbox.deliver()
    sent = app.extensions["mailman"].outbox
    return list(sent)


def the_link(app: Flask) -> str:
    found = re.search(r"http://127\.0\.0\.1:5000(/logg-inn/lenke/\S+)", mails(app)[-1].body)
    assert found
    return found[1]


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/meg").status_code == 200


def test_a_member_signs_in_by_a_link_and_one_click(
    app: Flask, client: FlaskClient, member: Member, read: Callable[..., Any]
) -> None:
    answer = ask(client)
    assert answer.status_code == 303
    sent = client.get(answer.headers["Location"])
    read(sent)
    assert (
        "Er adressen registrert, får du en e-post om et øyeblikk. Lenken virker i 20 minutter." in sent.text
    )
    path = the_link(app)
    page = read(client.get(path))
    assert "Kari Nordmann" in "".join(page.itertext())
    assert len(page.findall(".//main//button")) == 1
    assert not is_signed_in(client)
    assert post(client, path).headers["Location"] == "/"
    assert is_signed_in(client)


def test_the_mail_has_a_neutral_subject_in_text_and_html(
    app: Flask, client: FlaskClient, member: Member
) -> None:
    ask(client)
    (mail,) = mails(app)
    assert mail.subject == "Innlogging til Fjordvik fylkesparti"
    assert mail.to == ["kari@example.org"]
    assert "20 minutter" in mail.body
    assert "Kari" not in mail.body, "a mail that goes astray names nobody"
    assert len(mail.alternatives) == 1


def test_the_mail_speaks_the_members_language(app: Flask, client: FlaskClient) -> None:
    a_member(a_unit(), email="ola@example.org", locale="en")
    ask(client, "ola@example.org")
    letter = db.session.scalars(select(outbox.Letter)).one()
    assert letter.locale == "en"


@pytest.mark.parametrize(
    "typed", ["KARI@Example.ORG", "  kari@example.org ", "kari@example.org\t"], ids=["case", "blanks", "tab"]
)
def test_an_address_is_found_however_it_is_typed(
    app: Flask, client: FlaskClient, member: Member, typed: str
) -> None:
    ask(client, typed)
    assert len(mails(app)) == 1


# --- Nobody is told who is a member


def test_the_answer_is_the_same_whoever_has_the_address(
    app: Flask, client: FlaskClient, member: Member
) -> None:
    a_member(a_unit("Et lag"), email="utmeldt@example.org", status=Status.RESIGNED)
    answers = []
    for email in ("kari@example.org", "ukjent@example.org", "utmeldt@example.org"):
        browser = app.test_client()
        answer = ask(browser, email)
        page = browser.get(answer.headers["Location"])
        headers = {
            name: value for name, value in answer.headers if name not in {"Set-Cookie", "X-RateLimit-Reset"}
        }
        answers.append((answer.status, answer.data, sorted(headers), page.status, page.data))
    assert answers[0] == answers[1] == answers[2]
    assert [mail.to for mail in mails(app)] == [["kari@example.org"]]


def test_the_same_statements_are_sent_for_an_unknown_address(
    app: Flask, client: FlaskClient, member: Member
) -> None:
    """What is done takes the same time: no clock in a test could show that, the list of statements does."""
    a_member(a_unit("Et lag"), email="utmeldt@example.org", status=Status.RESIGNED)
    sent: dict[str, list[str]] = {}
    for email in ("kari@example.org", "ukjent@example.org", "utmeldt@example.org"):
        with counted() as statements:
            ask(app.test_client(), email)
        sent[email] = [statement.split("VALUES")[0] for statement in statements]
    assert sent["kari@example.org"] == sent["ukjent@example.org"] == sent["utmeldt@example.org"]
    assert any("outbox_letter" in statement for statement in sent["ukjent@example.org"])


def test_an_unknown_address_leaves_no_letter_and_no_name(
    app: Flask, client: FlaskClient, member: Member
) -> None:
    ask(client, "ukjent@example.org")
    assert db.session.scalar(select(func.count()).select_from(outbox.Letter)) == 0
    assert db.session.scalars(select(SignInLink)).one().member_id is None


@pytest.mark.parametrize("typed", ["", "kari", "kari@", "@example.org", "kari nordmann@example.org", "a@b@c"])
def test_what_is_no_address_is_said_beside_the_field(
    client: FlaskClient, member: Member, read: Callable[..., Any], typed: str
) -> None:
    answer = ask(client, typed)
    assert answer.status_code == 422
    page = read(answer)
    field = page.find(".//input[@id='email']")
    assert field.get("aria-invalid") == "true"
    assert field.get("value", "") == typed


# --- The link


def test_a_mail_scanner_that_opens_the_link_uses_nothing_up(
    app: Flask, client: FlaskClient, member: Member
) -> None:
    ask(client)
    path = the_link(app)
    for method in ("HEAD", "GET", "GET", "OPTIONS"):
        app.test_client().open(path, method=method)
    scanner = app.test_client()
    assert scanner.get(path).status_code == 200
    assert not is_signed_in(scanner)
    post(client, path)
    assert is_signed_in(client)


def test_a_program_that_posts_without_the_pages_token_uses_nothing_up(
    app: Flask, client: FlaskClient, member: Member
) -> None:
    ask(client)
    path = the_link(app)
    assert app.test_client().post(path).status_code == 400
    post(client, path)
    assert is_signed_in(client)


def test_a_used_link_says_so_and_offers_a_new_one(
    app: Flask, client: FlaskClient, member: Member, read: Callable[..., Any]
) -> None:
    ask(client, next="/meg/okter")
    path = the_link(app)
    post(client, path)
    second = app.test_client()
    for answer in (second.get(path), post(second, path)):
        assert answer.status_code == 410
        page = read(answer)
        assert "Lenken er allerede brukt." in answer.text
        again = page.find(".//main//a[@class='ds-button']")
        assert "".join(again.itertext()).strip() == "Send meg en ny"
        assert again.get("href").startswith("/logg-inn?next=")
    assert not is_signed_in(second)


def test_a_link_is_good_for_twenty_minutes_to_the_microsecond(
    app: Flask, client: FlaskClient, member: Member
) -> None:
    ask(client)
    path = the_link(app)
    last = NOON + timedelta(minutes=20)
    with clock.stopped_at(last, all_threads=True):
        answer = client.get(path)
        assert answer.status_code == 410
        assert "Lenken er for gammel." in answer.text
        assert post(client, path).status_code == 410
        assert not is_signed_in(client)
    with clock.stopped_at(last - timedelta(microseconds=1), all_threads=True):
        post(client, path)
        assert is_signed_in(client)


@pytest.mark.parametrize(
    "forged",
    [
        "{token:.20}",
        "x{token}",
        "{token}x",
        "x",
        URLSafeSerializer("another key", salt="sign-in link").dumps("secret"),
        URLSafeSerializer("a key that only tests know, and long enough", salt="another purpose").dumps(
            "secret"
        ),
    ],
)
def test_a_forged_link_says_that_it_is_not_whole(
    app: Flask, client: FlaskClient, member: Member, forged: str
) -> None:
    ask(client)
    start, token = the_link(app).rsplit("/", 1)
    path = f"{start}/{forged.format(token=token)}"
    for answer in (client.get(path), post(client, path)):
        assert answer.status_code == 410
        assert "Lenken er ikke hel." in answer.text
    assert not is_signed_in(client)


@pytest.mark.parametrize("value", ["secret", 7, None, ["secret"], {"a": 1}, ""])
def test_a_link_signed_by_us_for_nothing_is_too_old(app: Flask, client: FlaskClient, value: object) -> None:
    token = URLSafeSerializer(str(app.secret_key), salt="sign-in link").dumps(value)
    assert "Lenken er for gammel." in client.get(f"/logg-inn/lenke/{token}").text


def test_a_link_for_an_address_that_nobody_had_signs_nobody_in(app: Flask, client: FlaskClient) -> None:
    """The row is there without a member; whoever guessed its token would still be nobody."""
    from members.services.signing_in import hashed

    ask(client, "ukjent@example.org")
    row = db.session.scalars(select(SignInLink)).one()
    row.token_hash = hashed("guessed")
    db.session.commit()
    token = URLSafeSerializer(str(app.secret_key), salt="sign-in link").dumps("guessed")
    assert post(client, f"/logg-inn/lenke/{token}").status_code == 410
    assert not is_signed_in(client)


def test_one_who_left_after_asking_does_not_get_in(app: Flask, client: FlaskClient, member: Member) -> None:
    from members.models import Standing

    ask(client)
    path = the_link(app)
    standing = db.session.scalars(select(Standing)).one()
    standing.status = Status.EXPELLED
    db.session.commit()
    assert post(client, path).status_code == 410
    assert not is_signed_in(client)


def test_a_link_pressed_twice_at_once_gets_one_in(app: Flask, client: FlaskClient, member: Member) -> None:
    from concurrent.futures import ThreadPoolExecutor

    ask(client)
    path = the_link(app)
    browsers = [app.test_client() for _ in range(4)]
    for browser in browsers:
        browser.get(path)
    db.session.rollback()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda browser: post(browser, path).status_code, browsers))
    assert sorted(answers) == [303, 410, 410, 410]
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(MemberSession)) == 1


def test_only_the_hash_of_a_link_is_kept_and_the_letter_forgets_it_when_sent(
    app: Flask, client: FlaskClient, member: Member
) -> None:
    ask(client)
    path = the_link(app)
    letter = db.session.scalars(select(outbox.Letter)).one()
    assert letter.sent_at is not None
    assert path.rsplit("/", 1)[1] not in letter.facts


def test_old_links_are_forgotten(client: FlaskClient, member: Member) -> None:
    from members.services import signing_in

    ask(client)
    assert signing_in.forget_old(NOON + timedelta(days=6)) == 0
    assert signing_in.forget_old(NOON + timedelta(days=8)) == 1


# --- Where to afterwards


@pytest.mark.parametrize(
    ("wish", "target"),
    [
        ("/meg/okter", "/meg/okter"),
        ("/saker/7?side=2", "/saker/7?side=2"),
        ("", "/"),
        ("//evil.example/x", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\tevil", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("/" + "x" * 600, "/"),
    ],
)
def test_the_page_afterwards_is_one_of_ours(
    app: Flask, client: FlaskClient, member: Member, wish: str, target: str
) -> None:
    page = client.get("/logg-inn", query_string={"next": wish})
    assert page.status_code == 200
    ask(client, next=wish)
    assert post(client, the_link(app)).headers["Location"] == target


@given(st.text(max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_a_target_that_is_ours_stays_on_this_site(wish: str) -> None:
    from urllib.parse import urljoin, urlsplit

    if is_ours(wish):
        there = urlsplit(urljoin("https://grasrot.example/logg-inn", wish))
        assert (there.scheme, there.netloc) == ("https", "grasrot.example")


def test_a_door_that_asks_who_is_there_leads_back_after_signing_in(
    app: Flask, client: FlaskClient, member: Member
) -> None:
    door = client.get("/meg/okter?lang=nb")
    assert door.status_code == 302
    form = client.get(door.headers["Location"])
    wish = re.search(r'name="next" type="hidden" value="([^"]*)"', form.text)
    assert wish
    ask(client, next=wish[1])
    assert post(client, the_link(app)).headers["Location"].startswith("/meg/okter")


def test_whoever_is_signed_in_already_is_sent_on(client: FlaskClient, member: Member) -> None:
    sign_in(client, member)
    assert client.get("/logg-inn?next=/meg/okter").headers["Location"] == "/meg/okter"
    assert client.get("/logg-inn?next=//evil.example").headers["Location"] == "/"


# --- The browser's own session


def test_what_was_in_the_cookie_before_signing_in_is_gone_but_for_the_language(
    app: Flask, client: FlaskClient, member: Member
) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
        session["lang"] = "nn"
    ask(client)
    path = the_link(app)
    client.get(path)
    with client.session_transaction() as session:
        before = session["csrf_token"]
    post(client, path)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["lang"] == "nn"
        assert session.get("csrf_token") != before
        assert session.permanent


def test_signing_in_as_another_ends_the_session_that_was_there(
    app: Flask, client: FlaskClient, member: Member
) -> None:
    other = a_member(a_unit("Et lag"), "Ola Nordmann")
    sign_in(client, other)
    ask(client)
    post(client, the_link(app))
    assert "Kari Nordmann" in client.get("/meg").text
    db.session.rollback()
    ended = db.session.scalars(select(MemberSession).where(MemberSession.member_id == other.id)).one()
    assert ended.ended_at == NOON


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient, member: Member) -> None:
    cookie = client.get("/logg-inn").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


# --- Limits


def test_the_sixth_link_in_a_quarter_of_an_hour_is_refused_known_or_not(
    app: Flask, member: Member, read: Callable[..., Any]
) -> None:
    for email in ("kari@example.org", "ukjent@example.org"):
        answers = [ask(app.test_client(), email) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [303] * 5 + [429]
        read(answers[-1])
    assert ask(app.test_client(), " KARI@example.org").status_code == 429, "the same address, typed otherwise"
    assert ask(app.test_client(), "en.annen@example.org").status_code == 303
    assert len(mails(app)) == 5


def test_a_network_that_asks_for_many_addresses_is_stopped(app: Flask) -> None:
    client = app.test_client()
    statuses = [ask(client, f"a{n}@example.org").status_code for n in range(101)]
    assert statuses == [303] * 100 + [429]
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "10.0.0.7"
    assert ask(elsewhere, "b@example.org").status_code == 303


def test_looking_at_the_page_counts_for_nothing(client: FlaskClient) -> None:
    assert {client.get("/logg-inn").status_code for _ in range(120)} == {200}


def test_the_counters_hold_no_address(app: Flask, client: FlaskClient, member: Member) -> None:
    from foundation.extensions import limiter

    ask(client)
    assert "kari" not in str(vars(limiter.storage))
