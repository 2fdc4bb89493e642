"""What the tests of the debate speak of: a little world, and browsers that are strict about pages."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from builders import a_member
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forums.models import Case, Forum, Thread
from foundation.extensions import db
from members.access import Rights, rights_of
from members.models import Member, PolicyArea, Unit
from members.rules.classes import MembershipClass

_NOT_LABELLED = {"hidden", "submit", "button"}


@dataclass
class Page:
    """An answer: its status, its text as people read it, and its tree."""

    status: int
    markup: str
    location: str = ""
    tree: Element | None = None

    @property
    def text(self) -> str:
        """What stands on the page, without tags, white space collapsed."""
        words = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", self.markup)).split())
        return re.sub(r" ([.,:)])", r"\1", words)

    def find(self, tag: str, **attributes: str) -> list[Element]:
        """The elements with this name and these attributes."""
        assert self.tree is not None
        return [
            found
            for found in self.tree.iter(tag)
            if all(found.get(name.replace("_", "-")) == value for name, value in attributes.items())
        ]

    def posts(self) -> list[int]:
        """The numbers of the posts on the page, in their order."""
        return [int(number) for number in re.findall(r'<article [^>]*?data-post="(\d+)"', self.markup, re.S)]


class Browser:
    """A browser that refuses what is no HTML, has no title or one h1, or fields nobody can name."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self._token = ""

    def get(self, address: str, status: int = 200) -> Page:
        """Fetch a page, which must answer with this status."""
        return self._page(self._send("GET", address), status)

    def post(self, address: str, status: int = 303, **data: Any) -> Page:
        """Send a form with the token of this browser's session."""
        return self.forge(address, status, csrf_token=self.token, **data)

    def forge(self, address: str, status: int, **data: Any) -> Page:
        """Send what no form of ours has sent: without the token, or with another."""
        return self._page(self._send("POST", address, data=data), status)

    def write(self, thread_id: int, body: str, status: int = 303, **more: Any) -> Page:
        """Write a post in a thread, and read the page it leads to."""
        answer = self.post(f"/trader/{thread_id}/innlegg", status, body=body, **more)
        return self.get(answer.location.partition("#")[0]) if status == 303 else answer

    @property
    def token(self) -> str:
        """The token of a form of this session."""
        if not self._token:
            found = re.search(
                r'name="csrf_token" value="([^"]+)"', self._send("GET", "/om").get_data(as_text=True)
            )
            assert found, "no form with a token for somebody who is signed in"
            self._token = found[1]
        return self._token

    def _send(self, method: str, address: str, **sent: Any) -> TestResponse:
        # A context of its own, as under a server: the one around the test would carry one request's `g` into the next.
        with self.client.application.app_context():
            answer = self.client.open(address, method=method, **sent)
        db.session.rollback()  # what the test reads next is what now stands
        return answer

    def _page(self, answer: Any, status: int) -> Page:
        markup = answer.get_data(as_text=True)
        assert answer.status_code == status, f"{answer.status_code}: {Page(0, markup).text[:600]}"
        page = Page(answer.status_code, markup, answer.headers.get("Location", ""))
        if answer.mimetype == "text/html" and status not in (302, 303):
            parser = html5lib.HTMLParser(namespaceHTMLElements=False, strict=True)
            if markup.lstrip().startswith("<!doctype"):
                page.tree = parser.parse(markup)
                _strict(page)
            else:
                page.tree = parser.parseFragment(markup)
        return page


def _strict(page: Page) -> None:
    assert [title for title in page.find("title") if (title.text or "").strip(" –")], "a page without a title"
    assert len(page.find("h1")) == 1, "a page has one h1"
    ids = [element.get("id") for element in page.tree.iter() if element.get("id")] if page.tree else []
    assert len(ids) == len(set(ids)), f"the same id twice: {[one for one in ids if ids.count(one) > 1]}"
    labelled = {label.get("for") for label in page.find("label")}
    for name in ("input", "select", "textarea"):
        for field in page.find(name):
            if name == "input" and field.get("type", "text") in _NOT_LABELLED:
                continue
            assert field.get("id") in labelled or field.get("aria-label"), (
                f"a field without a label: {field.attrib}"
            )


@dataclass
class World:
    """Fjordvik, its area «Skole og oppvekst» kept by Mari with Jonas as deputy, and a case debated in a thread."""

    unit: Unit
    area: PolicyArea
    forum: Forum
    mari: Member
    jonas: Member
    case: Case
    thread: Thread

    def member(self, name: str = "", **facts: Any) -> Member:
        """A member of Fjordvik."""
        return a_member(self.unit, name, **facts)

    def guest(self, name: str = "Siri Gjest") -> Member:
        """A sympathiser."""
        return self.member(name, membership_class=MembershipClass.SYMPATHISER)


def rights(member: Member) -> Rights:
    """What a member may do now."""
    found = rights_of(member)
    assert found is not None
    return found
