"""The common fixture of PARTICIPATION.md section 14, and people of it who act through real services and pages."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import html5lib
from builders import (
    a_case,
    a_forum,
    a_member,
    a_thread,
    a_unit,
    an_area,
    an_office,
    csrf_token,
    oslo,
    sign_in,
)
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from ballot import queries
from ballot.models import Ballot, Roll, RollEntry
from ballot.rules.participation import Setting
from ballot.services import drafting, lifecycle, notice, participation
from ballot.services.drafting import Draft
from ballot.services.participation import Status
from forums import services as debate
from forums.models import Case, Credit, CreditKind, Forum, Post, Thread
from foundation import clock, phrases, text
from foundation.audit import AuditEntry
from foundation.extensions import db
from foundation.transaction import transaction
from members.access import Rights, rights_of
from members.models import Bylaw, BylawTopic, Decider, Member, Unit
from members.rules.permissions import OfficeKind

NOTICE = "2026-03-02 09:00"
FREEZE = "2026-03-16 20:00"
OPENING = "2026-03-17 08:00"
CLOSING = "2026-03-19 20:00"
QUESTION = "Bør begge skolene bestå?"
LEAST = "Jeg mener at skolen på Nordneset må bestå, uansett."  # more than 50 visible characters


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
        assert not re.search(r"\sstyle=|\son[a-z]+=", markup), "inline style or script"
        linked = re.findall(r'href="#([^"]+)"', markup)
        assert not set(linked) - set(ids), f"links to what is not there: {set(linked) - set(ids)}"
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
        # A context of its own, as under a server: the test's own would carry one request's `g` into the next.
        with self.client.application.app_context():
            answer = self.client.open(address, method=method, **sent)
        db.session.rollback()
        return answer

    def _checked(self, answer: TestResponse, status: int) -> Page:
        page = read(answer)
        assert page.status == status, f"{page.status}: {page.text[:800]}"
        return page


@dataclass
class World:
    """Fjordvik: 60 entitled, a board of two, Mari who keeps «Skole og oppvekst», case FV-7 with thread T1."""

    app: Flask
    unit: Unit
    chair: Member
    board: Member
    mari: Member
    control: Member
    forum: Forum
    case: Case
    thread: Thread
    crowd: list[Member]
    browsers: dict[int, Browser] = field(default_factory=dict)

    def as_(self, member: Member) -> Browser:
        """The member's browser, signed in."""
        if member.id not in self.browsers:
            self.browsers[member.id] = Browser(self.app, member)
        return self.browsers[member.id]

    def member(self, name: str, **facts: Any) -> Member:
        """A further member of Fjordvik."""
        return a_member(self.unit, name, **facts)

    def one(self, name: str) -> Member:
        """One of the 60, under a name of her own; the crowd that takes part is counted from the other end."""
        with transaction() as session:
            member = session.get_one(Member, self.crowd.pop().id)
            member.name = name
        return member

    def draft(self, **more: Any) -> Draft:
        """The ballot of the scenarios as its board drafts it."""
        facts: dict[str, Any] = {
            "unit_id": self.unit.id,
            "question": QUESTION,
            "about": "Rådmannen foreslår å legge ned to skoler. Vi gir råd til kommunestyregruppa.",
            "responsible_id": self.mari.id,
            "case_id": self.case.id,
            "participation": Setting.REQUIRED,
            "roll_freezes_at": oslo(FREEZE),
            "opens_at": oslo(OPENING),
            "closes_at": oslo(CLOSING),
        }
        return Draft(**{**facts, **more})

    def publish(self, draft: Draft | None = None, at: str = NOTICE) -> int:
        """Draft, submit and publish, by two of the board."""
        with when(at):
            ballot = drafting.create(draft or self.draft(), rights(self.chair))
            ballot_id = ballot.id
            drafting.submit(ballot_id, rights(self.chair), small_roll_confirmed=True)
            notice.publish(ballot_id, rights(self.board), small_roll_confirmed=True)
        return ballot_id

    def write(self, member: Member, body: str, at: str, *, thread: Thread | None = None, us: int = 0) -> int:
        """Let a member write in a thread, T1 unless said otherwise; the post's id."""
        with when(at, us):
            return debate.write_post(rights(member), (thread or self.thread).id, body).post_id

    def crowd_takes_part(self, number: int = 20, at: str = "2026-03-04 12:00") -> None:
        """So many others qualify, each in her own words: the facts that their posts would leave, all at once."""
        written_at = oslo(at)
        with transaction() as session:
            thread = session.get_one(Thread, self.thread.id)
            for place, member in enumerate(self.crowd[:number]):
                body = f"{LEAST} Dette er det {place}. innlegget fra oss andre."
                post = Post(
                    thread_id=thread.id,
                    author_id=member.id,
                    body=body,
                    visible_characters=text.own_visible_characters(body),
                    copy_key=text.copy_key(body),
                    written_at=written_at,
                )
                session.add(post)
                session.flush()
                post.root_id = post.id
                session.add(
                    Credit(
                        case_id=self.case.id,
                        member_id=member.id,
                        kind=CreditKind.POST,
                        post_id=post.id,
                        post_version=1,
                        visible_characters=post.visible_characters,
                        at=written_at,
                        recorded_at=written_at,
                    )
                )
                thread.last_post_at, thread.last_post_id = written_at, post.id
                thread.post_count += 1

    def advance(self, ballot_id: int, at: str = OPENING, us: int = 0) -> Ballot:
        """Let somebody ask at this moment."""
        with when(at, us):
            return lifecycle.advance(ballot_id, clock.now())

    def status(self, ballot_id: int, member: Member, at: str) -> Status | None:
        """Where a member stands at a moment."""
        with when(at):
            return participation.status(self.load(ballot_id), rights(member), clock.now())

    def line(self, ballot_id: int, member: Member, at: str) -> str:
        """The sentence of her participation line."""
        status = self.status(ballot_id, member, at)
        if status is None:
            return ""
        with when(at):
            return phrases.sentence(status.line).replace("\xa0", " ")

    def load(self, ballot_id: int) -> Ballot:
        """The ballot as it is stored now."""
        db.session.rollback()
        found = queries.whole_ballot(ballot_id)
        assert found is not None
        return found

    def roll(self, ballot_id: int) -> Roll:
        """The roll's published numbers."""
        db.session.rollback()
        return db.session.get_one(Roll, ballot_id)

    def entry(self, ballot_id: int, member: Member) -> RollEntry:
        """A member's line on the roll."""
        db.session.rollback()
        return db.session.scalars(
            select(RollEntry).where(RollEntry.ballot_id == ballot_id, RollEntry.member_id == member.id)
        ).one()


def acts(name: str) -> list[AuditEntry]:
    """What the audit log holds of an act."""
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.act == name)))


def a_world(app: Flask, crowd: int = 56) -> World:
    """The board's two, Mari, one of the control committee, and a crowd: 60 entitled in all."""
    unit = a_unit()
    chair, board = a_member(unit, "Berit Brekke"), a_member(unit, "Bård Bakken")
    an_office(chair, OfficeKind.BOARD_CHAIR, unit, title="Leder")
    an_office(board, OfficeKind.BOARD_MEMBER, unit, title="Styremedlem")
    area = an_area(unit)
    forum = a_forum(unit, area)
    mari, control = a_member(unit, "Mari Lie"), a_member(unit, "Kari Krogh")
    an_office(mari, OfficeKind.ELECTED_REPRESENTATIVE, unit, area=area)
    an_office(control, OfficeKind.CONTROL_COMMITTEE, unit)
    case = a_case(forum, mari)
    thread = a_thread(forum, mari, case=case)
    with transaction() as session:
        session.add(
            Bylaw(
                unit_id=unit.id,
                topic=BylawTopic.PARTICIPATION_ADVISORY,
                decided_by=Decider.ANNUAL_MEETING,
                reference="Årsmøtet 2025, sak 9",
                recorded_at=oslo("2025-03-20 12:00"),
            )
        )
    with transaction():
        others = [a_member(unit, f"Medlem {number:02}") for number in range(1, crowd + 1)]
    return World(app, unit, chair, board, mari, control, forum, case, thread, others)
