"""A unit that holds ballots, members who vote in them, and how to be one of them in a browser."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import html5lib
from builders import a_member, a_unit, an_office, csrf_token, oslo, sign_in
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from ballot import queries
from ballot.models import Ballot, OpenPaper, Receipt, RollEntry, SealedPaper
from ballot.services import casting, drafting, lifecycle, notice
from ballot.services.drafting import Draft
from foundation import clock
from foundation.extensions import db
from foundation.transaction import transaction
from members.access import Rights, rights_of
from members.models import Member, Unit
from members.rules.permissions import OfficeKind

OPENING = "2026-03-02 09:00"
WHILE_OPEN = "2026-03-05 12:00"
CLOSING = "2026-03-09 09:00"
CLOSED = "2026-03-09 10:00"
MUCH_LATER = "2026-04-20 12:00"
QUESTION = "Skal Nordre skole bestå?"


def when(local: str) -> AbstractContextManager[None]:
    """Let the clock stand at this moment, in every thread."""
    return clock.stopped_at(oslo(local), all_threads=True)


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
    headers: Any

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
        assert len(ids) == len(set(ids)), "an id stands twice"
        labels = {label.get("for") for label in page.findall(".//label")}
        for control in page.findall(".//input") + page.findall(".//textarea"):
            if control.get("type") not in ("hidden", "submit"):
                assert control.get("id") in labels, f"{control.attrib} has no label"
        assert not re.search(r"\sstyle=|\son[a-z]+=", markup), "inline style or script"
    words = html.unescape(re.sub(r"<[^>]*>", " ", markup)).replace("\xa0", " ")
    return Page(answer.status_code, markup, " ".join(words.split()), answer.headers)


class Browser:
    """A browser of one person."""

    def __init__(self, app: Flask, member: Member | None) -> None:
        self.client: FlaskClient = app.test_client()
        if member is not None:
            sign_in(self.client, member)

    def get(self, address: str) -> Page:
        return read(self.client.get(address))

    def post(self, address: str, data: dict[str, Any] | None = None) -> Page:
        return read(self.client.post(address, data={**(data or {}), "csrf_token": csrf_token(self.client)}))


@dataclass
class World:
    """The unit, its people by what they are, and their browsers."""

    app: Flask
    unit: Unit
    chair: Member
    board: Member
    control: list[Member]
    voters: list[Member]
    browsers: dict[int, Browser] = field(default_factory=dict)

    def as_(self, member: Member) -> Browser:
        """The member's browser, signed in."""
        if member.id not in self.browsers:
            self.browsers[member.id] = Browser(self.app, member)
        return self.browsers[member.id]

    def ballot(self, *, opening: str = OPENING, **more: Any) -> int:
        """A ballot that opens on Monday and closes a week later; yes or no unless said otherwise."""
        with when(opening):
            options = more.pop("options", ("Ja", "Nei"))
            draft = Draft(
                unit_id=self.unit.id,
                question=more.pop("question", QUESTION),
                about="Rådmannen vil legge ned skolen. Vi gir råd til **kommunestyregruppa**.",
                responsible_id=more.pop("responsible_id", self.chair.id),
                options=tuple((label, "") for label in options),
                **more,
            )
            ballot_id = drafting.create(draft, rights(self.chair)).id
            drafting.submit(ballot_id, rights(self.chair), small_roll_confirmed=True)
            notice.publish(ballot_id, rights(self.board), small_roll_confirmed=True)
        return ballot_id

    def vote(self, ballot_id: int, choices: Sequence[int | tuple[int, ...] | None]) -> list[str]:
        """Cast the choices, one voter after the other, through the service; the receipt codes."""
        with when(WHILE_OPEN):
            return [
                casting.cast(ballot_id, voter.id, sent(ballot_id, choice))
                for voter, choice in zip(self.voters, choices, strict=False)
            ]

    def close(self, ballot_id: int, at: str = CLOSED) -> Ballot:
        """Let time bring about what is due by then."""
        with when(at):
            return lifecycle.advance(ballot_id, clock.now())

    def load(self, ballot_id: int) -> Ballot:
        """The ballot as it is stored now."""
        db.session.rollback()
        found = queries.whole_ballot(ballot_id)
        assert found is not None
        return found


def sent(ballot_id: int, choice: int | tuple[int, ...] | None) -> list[str]:
    """What a form sends for an option, several, or blank."""
    if isinstance(choice, tuple):
        return [casting.value_of(ballot_id, place) for place in choice]
    return [casting.value_of(ballot_id, choice)]


@dataclass(frozen=True)
class Box:
    """How many marks, papers, receipts and opened papers a ballot has."""

    marks: int
    papers: int
    receipts: int
    opened: int = 0


def box(ballot_id: int) -> Box:
    """Count them."""
    db.session.rollback()

    def number(model: Any, *where: Any) -> int:
        return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0

    return Box(
        marks=number(RollEntry, RollEntry.ballot_id == ballot_id, RollEntry.voted),
        papers=number(SealedPaper, SealedPaper.ballot_id == ballot_id),
        receipts=number(Receipt, Receipt.ballot_id == ballot_id),
        opened=number(OpenPaper, OpenPaper.ballot_id == ballot_id),
    )


def a_world(app: Flask, members: int = 12) -> World:
    """Fjordvik: a board of two, a control committee of two, and as many more members as asked for."""
    unit = a_unit()
    chair, board = a_member(unit, "Berit Brekke"), a_member(unit, "Bård Bakken")
    an_office(chair, OfficeKind.BOARD_CHAIR, unit)
    an_office(board, OfficeKind.BOARD_MEMBER, unit)
    control = [a_member(unit, "Kari Krogh"), a_member(unit, "Knut Kvam")]
    for member in control:
        an_office(member, OfficeKind.CONTROL_COMMITTEE, unit)
    with transaction():
        voters = [a_member(unit, f"Velger {number:03}") for number in range(1, members + 1)]
    return World(app=app, unit=unit, chair=chair, board=board, control=control, voters=voters)
