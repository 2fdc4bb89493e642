"""A board that makes ballots, in browsers that are strict about pages."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import html5lib
from builders import a_case, a_forum, a_member, a_thread, a_unit, an_office, csrf_token, oslo, sign_in
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from ballot import queries
from ballot.models import Ballot, BallotEvent
from ballot.services import drafting, lifecycle, notice
from ballot.services.drafting import Draft
from forums.models import Case, Forum, Thread
from foundation import clock
from foundation.audit import AuditEntry
from foundation.extensions import db
from foundation.transaction import transaction
from members.access import Rights, rights_of
from members.models import Bylaw, BylawTopic, Decider, Member, Unit
from members.rules.permissions import OfficeKind

NOW = "2026-03-02 09:00"


def when(local: str, microseconds: int = 0) -> AbstractContextManager[None]:
    """Let the clock stand at this moment, in every thread."""
    return clock.stopped_at(oslo(local) + timedelta(microseconds=microseconds), all_threads=True)


def rights(member: Member) -> Rights:
    """What a member may do now."""
    found = rights_of(member)
    assert found is not None
    return found


@dataclass
class Page:
    """A page as it came, and its text as people read it."""

    status: int
    markup: str
    text: str
    location: str

    def __contains__(self, words: str) -> bool:
        return words in self.text

    def value(self, name: str) -> str:
        """What stands in a field of the page."""
        found = re.search(rf'<input[^>]*\bname="{re.escape(name)}"[^>]*>', self.markup)
        assert found, f"no field {name}"
        value = re.search(r'\bvalue="([^"]*)"', found[0])
        return html.unescape(value[1]) if value else ""

    def fields(self) -> dict[str, Any]:
        """Everything that the page's last form would send, as a browser reads it."""
        tree = html5lib.HTMLParser(namespaceHTMLElements=False).parse(self.markup)
        form = next(found for found in tree.iter("form") if found.get("class") == "gr-form")
        sent: dict[str, Any] = {}

        def add(name: str, value: str) -> None:
            sent.setdefault(name, []).append(value)

        for one in form.iter():
            name = one.get("name")
            if not name or name == "csrf_token":
                continue
            if one.tag == "input" and one.get("type") in ("checkbox", "radio"):
                if one.get("checked") is not None:
                    add(name, one.get("value", "on"))
            elif one.tag == "input" and one.get("type") != "submit":
                add(name, one.get("value", ""))
            elif one.tag == "textarea":
                add(name, (one.text or "").removeprefix("\n"))
            elif one.tag == "select":
                options = list(one.iter("option"))
                chosen = [option for option in options if option.get("selected") is not None] or options[:1]
                for option in chosen:
                    add(name, option.get("value", ""))
        return sent


def read(answer: TestResponse) -> Page:
    """The page, held to HTML5: strict parsing, one h1, a title, no id twice, every control with its label."""
    markup = answer.get_data(as_text=True)
    if answer.mimetype == "text/html" and answer.status_code not in (302, 303):
        page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(markup)
        assert len(page.findall(".//h1")) == 1
        assert (page.findtext(".//title") or "").strip(" –")
        ids = [element.get("id") for element in page.iter() if element.get("id")]
        assert len(ids) == len(set(ids)), f"an id stands twice: {[one for one in ids if ids.count(one) > 1]}"
        labels = {label.get("for") for label in page.findall(".//label")}
        for kind in ("input", "textarea", "select"):
            for control in page.findall(f".//{kind}"):
                if control.get("type") not in ("hidden", "submit"):
                    assert control.get("id") in labels, f"{control.attrib} has no label"
        for described in re.findall(r'aria-describedby="([^"]+)"', markup):
            assert set(described.split()) <= set(ids), f"described by what is not there: {described}"
        linked = re.findall(r'href="#([^"]+)"', markup)
        assert not set(linked) - set(ids), f"links to what is not there: {set(linked) - set(ids)}"
        assert not re.search(r"\sstyle=|\son[a-z]+=", markup), "inline style or script"
    words = html.unescape(re.sub(r"<[^>]*>", " ", markup)).replace("\xa0", " ")
    words = re.sub(r" ([.,:)])", r"\1", " ".join(words.split()))
    return Page(answer.status_code, markup, words, answer.headers.get("Location", ""))


class Browser:
    """A browser of one person."""

    def __init__(self, app: Flask, member: Member | None) -> None:
        self.client = app.test_client()
        if member is not None:
            sign_in(self.client, member)

    def get(self, address: str, status: int = 200) -> Page:
        """Fetch a page, which must answer with this status."""
        return self._checked(self._open("GET", address), status)

    def post(self, address: str, data: Mapping[str, Any] | None = None, status: int = 303) -> Page:
        """Send a form with the token of this browser's session."""
        sent = {**(data or {}), "csrf_token": csrf_token(self.client)}
        return self._checked(self._open("POST", address, data=sent), status)

    def _open(self, method: str, address: str, **sent: Any) -> TestResponse:
        with self.client.application.app_context():
            answer = self.client.open(address, method=method, **sent)
        db.session.rollback()
        return answer

    def _checked(self, answer: TestResponse, status: int) -> Page:
        page = read(answer)
        assert page.status == status, f"{page.status}: {page.text[:1200]}"
        return page


@dataclass
class Board:
    """Fjordvik under a county party: the two of its board, one of the county's, Mari with a case, and members."""

    app: Flask
    county: Unit
    unit: Unit
    chair: Member
    board: Member
    above: Member
    mari: Member
    forum: Forum
    case: Case
    thread: Thread
    members: list[Member]
    browsers: dict[int, Browser] = field(default_factory=dict)

    def as_(self, member: Member) -> Browser:
        """The member's browser, signed in."""
        if member.id not in self.browsers:
            self.browsers[member.id] = Browser(self.app, member)
        return self.browsers[member.id]

    def four_fields(self, **more: Any) -> dict[str, Any]:
        """What the ordinary ballot takes."""
        return {
            "unit_id": str(self.unit.id),
            "question": "Bør begge skolene bestå?",
            "about": "Rådmannen vil legge ned to skoler. Vi gir råd til gruppa. Den stemmer i mai.",
            "options-0-label": "Ja",
            "options-1-label": "Nei",
            "closes-day": "2026-03-12",
            "closes-clock": "20:00",
            "responsible_id": str(self.chair.id),
            **more,
        }

    def draft(self, **more: Any) -> Draft:
        """The ordinary ballot as plain values."""
        facts: dict[str, Any] = {
            "unit_id": self.unit.id,
            "question": "Bør begge skolene bestå?",
            "about": "Rådmannen vil legge ned to skoler. Vi gir råd til gruppa.",
            "responsible_id": self.chair.id,
        }
        return Draft(**{**facts, **more})

    def drafted(self, **more: Any) -> int:
        """A stored draft of the chair's."""
        return drafting.create(self.draft(**more), rights(self.chair)).id

    def submitted(self, **more: Any) -> int:
        """A draft that waits for a second pair of eyes."""
        ballot_id = self.drafted(**more)
        drafting.submit(ballot_id, rights(self.chair), small_roll_confirmed=True)
        return ballot_id

    def published(self, at: str = NOW, **more: Any) -> int:
        """A ballot whose notice is out."""
        with when(at):
            ballot_id = self.submitted(**more)
            notice.publish(ballot_id, rights(self.board), small_roll_confirmed=True)
        return ballot_id

    def advance(self, ballot_id: int, at: str) -> Ballot:
        """Let somebody ask at this moment."""
        with when(at):
            return lifecycle.advance(ballot_id, clock.now())

    def load(self, ballot_id: int) -> Ballot:
        """The ballot as it is stored now."""
        db.session.rollback()
        found = queries.whole_ballot(ballot_id)
        assert found is not None
        return found

    def newest(self) -> Ballot:
        """The ballot that was stored last."""
        db.session.rollback()
        return self.load(db.session.scalars(select(Ballot.id).order_by(Ballot.id.desc())).first() or 0)

    def events(self, ballot_id: int) -> list[BallotEvent]:
        """What has happened to a ballot."""
        db.session.rollback()
        return list(
            db.session.scalars(
                select(BallotEvent).where(BallotEvent.ballot_id == ballot_id).order_by(BallotEvent.seq)
            )
        )

    def bylaw(
        self, topic: BylawTopic, value: int | None = None, *, by: Decider = Decider.ANNUAL_MEETING
    ) -> None:
        """Something Fjordvik has decided about itself."""
        with transaction() as session:
            session.add(
                Bylaw(
                    unit_id=self.unit.id,
                    topic=topic,
                    value=value,
                    decided_by=by,
                    reference="§ 9",
                    recorded_at=oslo("2025-03-20 12:00"),
                )
            )


def acts(name: str) -> list[AuditEntry]:
    """What the audit log holds of an act."""
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.act == name).order_by(AuditEntry.seq)))


def a_board(app: Flask, members: int = 36) -> Board:
    """Build it: forty members of Fjordvik in all."""
    county = a_unit("Fjordvik fylkesparti", kind="fylkesparti")
    unit = a_unit("Fjordvik kommuneparti", parent=county)
    chair, board = a_member(unit, "Berit Brekke"), a_member(unit, "Bård Bakken")
    above, mari = a_member(county, "Odd Over"), a_member(unit, "Mari Lie")
    an_office(chair, OfficeKind.BOARD_CHAIR, unit, title="Leder")
    an_office(board, OfficeKind.BOARD_MEMBER, unit, title="Styremedlem")
    an_office(above, OfficeKind.BOARD_MEMBER, county, title="Fylkesstyremedlem")
    forum = a_forum(unit)
    an_office(mari, OfficeKind.ELECTED_REPRESENTATIVE, unit, area=forum.area)
    case = a_case(forum, mari)
    thread = a_thread(forum, mari, case=case)
    with transaction():
        others = [a_member(unit, f"Medlem {number:02}") for number in range(1, members + 2)]
    return Board(app, county, unit, chair, board, above, mari, forum, case, thread, others)
