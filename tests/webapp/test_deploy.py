"""The shipped proxy configuration: no line of a log tells who voted when, or holds a sign-in link."""

from __future__ import annotations

import re

from flask import Flask

from webapp.config import ROOT

PROXY = (ROOT / "deploy" / "nginx.conf").read_text()
LOCATIONS = dict(re.findall(r"location (?:\^~ )?(\S+) \{(.*?)\n    \}", PROXY, re.DOTALL))
# What a line of the access log may hold: nothing that names a person or her browser.
NAMES_NOBODY = {"time_iso8601", "request_method", "uri", "status", "request_time"}


def location_of(path: str) -> str:
    """The location that nginx chooses: the longest that the path begins with."""
    return LOCATIONS[max((start for start in LOCATIONS if path.startswith(start)), key=len)]


def test_the_log_names_nobody() -> None:
    (logged,) = re.findall(r"log_format grasrot '(.*)';", PROXY)
    assert set(re.findall(r"\$(\w+)", logged)) == NAMES_NOBODY


def test_pages_of_ballots_and_sign_in_links_are_not_logged(the_app: Flask) -> None:
    silent = [
        rule.rule
        for rule in the_app.url_map.iter_rules()
        if rule.rule.startswith("/avstemninger") or rule.endpoint.startswith("members.open_link")
    ]
    assert any(path.endswith("/lever") for path in silent), "the address where votes are cast"
    assert any("lenke" in path for path in silent), "the address of a sign-in link"
    for path in silent:
        assert "access_log off;" in location_of(path), path


def test_a_choice_is_not_written_to_the_proxys_disk(the_app: Flask) -> None:
    with the_app.test_request_context():
        cast = the_app.url_map.bind("localhost").build("ballot.cast", {"ballot_id": 1})
    held = location_of(cast)
    assert "proxy_max_temp_file_size 0;" in held
    (buffer,), (largest,) = (
        re.findall(rf"{name} (\d+)k;", held) for name in ("client_body_buffer_size", "client_max_body_size")
    )
    assert int(buffer) >= int(largest), "a body that fits no buffer is written to a file"


def test_the_roles_of_the_demonstration_are_not_passed_on() -> None:
    assert "return 404;" in location_of("/demo/sign-in")
