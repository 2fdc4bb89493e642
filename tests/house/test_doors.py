"""Doors are closed by default: each names who may enter."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from foundation import doors
from members.rules.permissions import Permission

WORDS = {doors.ANYONE, doors.SIGNED_IN, *Permission}


def test_every_view_says_who_may_enter(app: Flask) -> None:
    silent = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint != "static" and getattr(view, "open_to", None) not in WORDS
    ]
    assert silent == [], f"write @open_to(...) on: {silent}"


def test_every_socket_handler_says_who_may_enter(app: Flask) -> None:
    from foundation.extensions import socketio

    handled = {event for event in socketio.server.handlers.get("/", {}) if event != "disconnect"}
    assert handled == set(doors.SOCKET_HANDLERS) - {"disconnect"}, (
        "register handlers with foundation.doors.listen"
    )
    assert all(getattr(handler, "open_to", None) in WORDS for handler in doors.SOCKET_HANDLERS.values())


def test_a_view_that_does_not_say_lets_nobody_in(app: Flask) -> None:
    with app.test_request_context("/om"):
        view = app.view_functions["pages.about"]
        marked = view.open_to  # type: ignore[attr-defined]  # the mark
        del view.open_to  # type: ignore[attr-defined]  # the mark
        try:
            assert app.test_client().get("/om").status_code == 403
        finally:
            view.open_to = marked  # type: ignore[attr-defined]  # the mark


# What a visitor may see without signing in. A new entry is a decision: write down why here.
OPEN = {
    "demo.personas": "only under make run on loopback; asserts that itself",
    "demo.sign_in": "the same",
    "members.code": "signing in with a printed code",
    "members.open_link": "the page behind a mailed link",
    "members.sign_in": "asking for a link",
    "members.sign_in_sent": "says the same whoever asked",
    "members.sign_out": "signing out twice is no error",
    "members.use_link": "using the link",
    "notices.end": "the page behind the link that ends letters",
    "notices.end_now": "ending letters by one click, from a mail program (RFC 8058)",
    "pages.about": "what this is",
    "pages.healthz": "for operators' probes",
    "pages.home": "the welcome page",
    "pages.readyz": "for operators' probes; numbers for administrators alone",
    "pages.secrecy": "what the system knows",
    "pages.theme": "the organisation's colours",
    "static": "files of our own",
    "statements.disown": "«Dette var ikke meg» from a letter, for whoever never signs in; the address is signed",
    "statements.not_me": "the page before it; shows no text",
}


def test_only_the_listed_doors_are_open_to_anyone(app: Flask) -> None:
    open_doors = {
        endpoint
        for endpoint, view in app.view_functions.items()
        if getattr(view, "open_to", None) == doors.ANYONE
    }
    assert open_doors | {"static"} == set(OPEN)


def address(app: Flask, rule: Rule, method: str) -> str:
    """A path that the rule matches, with ids and words that name nothing."""
    values: dict[str, object] = {}
    for name, converter in rule._converters.items():
        if isinstance(converter, AnyConverter):
            values[name] = min(converter.items)
        else:
            values[name] = 1 if isinstance(converter, IntegerConverter) else "x"
    return app.url_map.bind("127.0.0.1").build(rule.endpoint, values, method=method)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_signed_out_nobody_gets_past_any_other_door(app: Flask, client: FlaskClient, method: str) -> None:
    """Asked from the outside, with ids that do not exist: the door answers before it looks for anything."""
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        for rule in app.url_map.iter_rules():
            if rule.endpoint in OPEN or method not in (rule.methods or set()):
                continue
            path = address(app, rule, method)
            answer = client.open(path, method=method)
            signed_out = answer.status_code == 403 or (
                answer.status_code == 302 and "/logg-inn" in answer.headers["Location"]
            )
            assert signed_out, (
                f"{method} {path} answers {answer.status_code} to somebody who is not signed in"
            )
    finally:
        app.config["WTF_CSRF_ENABLED"] = True


# What is no form of ours: the demonstration's buttons on loopback, and a mail program's one click.
WITHOUT_TOKEN = {"demo.sign_in", "notices.end_now"}


def test_every_form_post_needs_its_token(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or set()) and rule.endpoint not in WITHOUT_TOKEN:
            path = address(app, rule, "POST")
            assert client.post(path).status_code == 400, f"POST {path} works without a CSRF token"
