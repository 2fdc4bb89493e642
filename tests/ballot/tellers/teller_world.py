"""A unit with a board, tellers and a control committee, a ballot in it, and browsers for all of them."""

from __future__ import annotations

import html
import re
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import html5lib
from builders import csrf_token, oslo, sign_in
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from ballot import events
from ballot.models import Ballot, EventKind
from ballot.rules.lifecycle import State
from ballot.services import casting, drafting, notice
from ballot.services.drafting import Draft
from foundation import clock, outbox
from foundation.audit import AuditEntry
from foundation.extensions import db
from members.access import Rights, rights_of
from members.models import Member, Unit

OPENING = "2026-03-02 09:00"
WHILE_OPEN = "2026-03-05 12:00"
CLOSING = "2026-03-09 09:00"
CLOSED = "2026-03-09 10:00"
NEXT_DAY = "2026-03-10 10:00"


def when(local: str) -> AbstractContextManager[None]:
    """Let the clock stand at this moment, in every thread."""
    return clock.stopped_at(oslo(local), all_threads=True)


def rights(member: Member) -> Rights:
    """What a member may do now."""
    found = rights_of(member)
    assert found is not None
    return found


@dataclass
class Answer:
    """A page as it came: its status, and its text as people read it."""

    status: int
    text: str
    location: str

    def __contains__(self, words: str) -> bool:
        return words in self.text


class Browser:
    """A browser of one person, strict about the HTML it gets."""

    def __init__(self, app: Flask, member: Member | None) -> None:
        self.client = app.test_client()
        if member is not None:
            sign_in(self.client, member)

    def get(self, address: str) -> Answer:
        with self.client.application.app_context():
            return self._read(self.client.get(address))

    def post(self, address: str, **data: str) -> Answer:
        data["csrf_token"] = csrf_token(self.client)
        with self.client.application.app_context():
            return self._read(self.client.post(address, data=data))

    def _read(self, answer: TestResponse) -> Answer:
        markup = answer.get_data(as_text=True)
        if answer.mimetype == "text/html" and answer.status_code != 303:
            page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(markup)
            assert len(page.findall(".//h1")) == 1
            ids = [element.get("id") for element in page.iter() if element.get("id")]
            assert len(ids) == len(set(ids)), "an id stands twice"
        words = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).replace("\xa0", " ").split())
        return Answer(answer.status_code, words, answer.headers.get("Location", ""))


@dataclass
class World:
    """The unit, its people by what they are, and how to become one of them in a browser."""

    app: Flask
    unit: Unit
    chair: Member
    board: Member
    tellers: list[Member]
    control: list[Member]
    admin: Member
    voters: list[Member]
    browsers: dict[int, Browser] = field(default_factory=dict)

    def as_(self, member: Member) -> Browser:
        """The member's browser, signed in."""
        if member.id not in self.browsers:
            self.browsers[member.id] = Browser(self.app, member)
        return self.browsers[member.id]

    def ballot(self, tellers: list[Member] | None = None, votes: int = 0, **more: Any) -> int:
        """A ballot that opened on Monday and closes a week later, with votes for yes, no, blank in turn."""
        named = self.tellers if tellers is None else tellers
        with when(OPENING):
            draft = Draft(
                unit_id=self.unit.id,
                question="Skal Nordre skole bestå?",
                about="Rådmannen vil legge ned skolen. Vi gir råd til kommunestyregruppa.",
                responsible_id=self.chair.id,
                teller_ids=frozenset(member.id for member in named),
                **more,
            )
            ballot_id = drafting.create(draft, rights(self.chair)).id
            drafting.submit(ballot_id, rights(self.chair), small_roll_confirmed=True)
            notice.publish(ballot_id, rights(self.board), small_roll_confirmed=True)
        with when(WHILE_OPEN):
            for number, voter in enumerate(self.voters[:votes]):
                option = (0, 1, None)[number % 3]
                casting.cast(ballot_id, voter.id, [casting.value_of(ballot_id, option)])
        return ballot_id

    def state(self, ballot_id: int) -> State:
        """The last recorded state."""
        db.session.rollback()
        return db.session.get_one(Ballot, ballot_id).state

    def kinds(self, ballot_id: int) -> list[EventKind]:
        """What has happened, in order."""
        db.session.rollback()
        return [event.kind for event in events.history(ballot_id)]

    def refusals(self) -> list[tuple[str, int | None, str]]:
        """Act, actor and facts of the refused attempts in the log."""
        db.session.rollback()
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.act.startswith("refused:")).order_by(AuditEntry.seq)
        )
        return [(entry.act.removeprefix("refused:"), entry.actor_id, entry.facts) for entry in entries]

    def letters(self, template: str) -> list[tuple[str, str]]:
        """Address and text of the letters written so far, of one kind."""
        db.session.rollback()
        found = db.session.scalars(
            select(outbox.Letter).where(outbox.Letter.template == template).order_by(outbox.Letter.id)
        ).all()
        return [(letter.address, " ".join(outbox.render(letter)[:2])) for letter in found]
