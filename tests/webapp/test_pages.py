"""What every page has in common: headers, languages, failures, readiness, and the personas' door."""

from __future__ import annotations

from dataclasses import replace

import html5lib
import pytest
from alembic.script import ScriptDirectory
from builders import a_member, a_unit, sign_in
from flask import Flask
from flask.testing import FlaskClient

from foundation.errors import Reason, RuleBroken
from webapp import readiness
from webapp.config import ROOT


def test_nothing_comes_from_elsewhere_and_nothing_is_inline(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["/", "/om", "/hva-systemet-vet", "/logg-inn", "/finnes-ikke"])
@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_pages_are_html5_with_a_title_and_one_heading(client: FlaskClient, path: str, language: str) -> None:
    answer = client.get(path, query_string={"lang": language})
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.text)
    assert page.get("lang") == language
    assert "".join(page.find("head/title").itertext()).strip()
    assert len(page.findall(".//h1")) == 1


def test_the_language_chosen_is_remembered(client: FlaskClient) -> None:
    client.get("/?lang=en")
    assert 'lang="en"' in client.get("/om").text


def test_a_browser_that_asks_for_nynorsk_gets_it_and_german_gets_bokmal(client: FlaskClient) -> None:
    assert 'lang="nn"' in client.get("/om", headers={"Accept-Language": "nn-NO,nb;q=0.8"}).text
    assert 'lang="nb"' in client.get("/om", headers={"Accept-Language": "de"}).text


def test_a_defect_shows_a_page_and_no_trace(app: Flask) -> None:
    unit = a_unit()
    member = a_member(unit)
    client = sign_in(app.test_client(), member)
    view = app.view_functions["pages.about"]

    def broken() -> str:
        raise ZeroDivisionError("a secret of the program")

    broken.open_to = "anyone"  # type: ignore[attr-defined]  # the door's mark
    app.view_functions["pages.about"] = broken
    app.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        answer = client.get("/om")
    finally:
        app.view_functions["pages.about"] = view
        app.config["PROPAGATE_EXCEPTIONS"] = None
    assert answer.status_code == 500
    assert "secret of the program" not in answer.text
    assert "Traceback" not in answer.text
    assert "Ingenting du sendte, er lagret halvveis" in answer.text


def test_a_broken_rule_is_a_page_with_its_sentence(app: Flask, client: FlaskClient) -> None:
    view = app.view_functions["pages.about"]

    def refuses() -> str:
        raise RuleBroken(Reason.of("signed_out"))

    refuses.open_to = "anyone"  # type: ignore[attr-defined]  # the door's mark
    app.view_functions["pages.about"] = refuses
    try:
        assert client.get("/om").status_code == 409
    finally:
        app.view_functions["pages.about"] = view


HEAD = ScriptDirectory(str(ROOT / "migrations")).get_current_head()


@pytest.mark.parametrize(("revision", "status"), [("f00d", 503), (HEAD, 200)])
def test_readiness_says_in_words_what_is_missing(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, revision: str, status: int
) -> None:
    monkeypatch.setattr(readiness, "current_revision", lambda: revision)
    answer = client.get("/readyz")
    assert answer.status_code == status
    assert answer.json is not None
    assert answer.json["database"] == "answers"
    assert answer.json["ready"] is (status == 200)
    assert ("grasrot init" in answer.json["migrations"]) is (status == 503)
    assert client.get("/healthz").status_code == 200


def test_the_personas_are_not_there_without_the_demonstration(client: FlaskClient) -> None:
    assert client.get("/demo").status_code == 404
    assert client.post("/demo/sign-in", data={"persona": "member"}).status_code == 404


@pytest.mark.parametrize(
    ("headers", "remote", "status"),
    [
        ({}, "127.0.0.1", 200),
        ({"X-Forwarded-For": "10.0.0.1"}, "127.0.0.1", 404),
        ({"Forwarded": "for=10.0.0.1"}, "127.0.0.1", 404),
        ({"X-Forwarded-Proto": "https"}, "127.0.0.1", 404),
        ({"Host": "grasrot.example.org"}, "127.0.0.1", 404),
        ({}, "192.0.2.1", 404),
    ],
)
def test_the_personas_are_for_this_machine_alone(
    app: Flask, client: FlaskClient, headers: dict[str, str], remote: str, status: int
) -> None:
    config = app.config["GRASROT"]
    app.config["GRASROT"] = replace(config, demo=True)
    try:
        answer = client.get("/demo", headers=headers, environ_overrides={"REMOTE_ADDR": remote})
    finally:
        app.config["GRASROT"] = config
    assert answer.status_code == status


def test_a_persona_that_does_not_exist_is_not_found(app: Flask, client: FlaskClient) -> None:
    config = app.config["GRASROT"]
    app.config["GRASROT"] = replace(config, demo=True)
    try:
        assert client.post("/demo/sign-in", data={"persona": "king"}).status_code == 404
        foreign = client.post(
            "/demo/sign-in", data={"persona": "member"}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert foreign.status_code == 404
    finally:
        app.config["GRASROT"] = config


def test_my_page_has_three_parts_and_nothing_else(app: Flask) -> None:
    member = a_member(a_unit(), "Kari Nordmann")
    answer = sign_in(app.test_client(), member).get("/")
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.text)
    headings = ["".join(heading.itertext()).strip() for heading in page.findall(".//h2")]
    assert headings == ["Stem nå", "Diskuter nå", "Resultater"]
    assert "Hei, Kari" in answer.text


def test_the_database_of_a_page_is_read_in_a_known_number_of_queries(app: Flask) -> None:
    """My page of a new member: session, standing, offices, tellers' duties, name, and its three parts."""
    from queries import counted

    client = sign_in(app.test_client(), a_member(a_unit()))
    client.get("/")
    with counted() as statements:
        client.get("/")
    assert len(statements) <= 16, statements


@pytest.mark.parametrize("path", ["/logg-inn", "/logg-inn/kode", "/demo/sign-in"])
def test_a_nul_character_is_turned_away_with_a_sentence(client: FlaskClient, path: str) -> None:
    """No keyboard writes one, and PostgreSQL cannot store it: a 500 reached by input would be a defect."""
    answer = client.post(path, data={"email": "a\0b@example.org", "persona": "\0", "number": "\0"})
    assert answer.status_code == 400
    assert client.get("/logg-inn?next=%00").status_code == 400
