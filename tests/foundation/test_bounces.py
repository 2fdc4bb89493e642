"""Mail that does not arrive: a server that refuses every third, addresses that do not exist, letters too late."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from builders import a_member, a_unit, oslo, sign_in
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from foundation import bounces, clock, outbox
from foundation.extensions import db
from foundation.outbox import BouncedAddress, Letter
from foundation.transaction import transaction
from members.services import signing_in
from webapp.commands import bounce

REPORT = """\
From: MAILER-DAEMON@mail.example.org
To: grasrot@127.0.0.1
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="grense"

--grense
Content-Type: text/plain

The mail could not be delivered.

--grense
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}

--grense
Content-Type: {kind}

From: grasrot@127.0.0.1
Message-ID: {message_id}

--grense--
"""


def write(*addresses: str, **more: object) -> None:
    with transaction():
        outbox.mail_all(
            "sign_in",
            [
                (address, "nb", f"to:{address}:{sorted(more)}", {"href": "http://127.0.0.1/x", "minutes": 20})
                for address in addresses
            ],
            **more,  # type: ignore[arg-type]  # not_after, fleeting
        )


def report(letter: Letter, **facts: str) -> bytes:
    given = {
        "address": letter.address,
        "action": "failed",
        "status": "5.1.1",
        "kind": "text/rfc822-headers",
        "message_id": letter.message_id,
        **facts,
    }
    return REPORT.format(**given).encode()


def letters() -> list[Letter]:
    db.session.rollback()
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))


class _Refusing:
    """A mail server that takes two letters and refuses the third with a passing trouble."""

    def __init__(self) -> None:
        self.asked = 0
        self.taken: list[bytes] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  (its name there)
        self.asked += 1
        if self.asked % 3 == 0:
            return "451 4.3.0 Try again later"
        self.taken.append(bytes(envelope.content or b""))
        return "250 OK"


@pytest.fixture
def server(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Refusing]:
    handler = _Refusing()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port, loop=asyncio.new_event_loop())
    controller.start()
    mailman = app.extensions["mailman"]
    for name, value in {
        "backend": "smtp",
        "server": "127.0.0.1",
        "port": port,
        "username": None,
        "password": None,
        "use_tls": False,
        "use_ssl": False,
        "timeout": 20,
    }.items():
        monkeypatch.setattr(mailman, name, value, raising=False)
    yield handler
    controller.stop()


def test_500_letters_through_a_server_that_refuses_every_third_all_arrive_and_none_twice(
    app: Flask, server: _Refusing
) -> None:
    write(*(f"medlem{number}@example.org" for number in range(500)))
    at = clock.now()
    for _ in range(outbox.TRIES):
        with clock.stopped_at(at, all_threads=True):
            outbox.deliver()
        if outbox.state() == (0, 0):
            break
        at += timedelta(days=1)
    arrived = Counter(message_from_bytes(one)["To"] for one in server.taken)
    assert len(arrived) == 500
    assert set(arrived.values()) == {1}
    assert len({message_from_bytes(one)["Message-ID"] for one in server.taken}) == 500


def test_nothing_is_sent_for_an_act_that_did_not_commit(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        write("kari@example.org")
        raise ZeroDivisionError
    assert outbox.deliver() == 0


def test_a_sender_that_died_after_sending_repeats_with_the_same_message_id(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("kari@example.org")
    at = clock.now()
    mails = app.extensions["mailman"].outbox
    real = outbox._send

    def dies(letter: Letter, line: object) -> str:
        real(letter, line)
        raise KeyboardInterrupt

    monkeypatch.setattr(outbox, "_send", dies)
    with pytest.raises(KeyboardInterrupt):
        outbox.deliver(at)
    monkeypatch.undo()
    assert outbox.deliver(at) == 0, "it is held for as long as a sender may take"
    assert outbox.deliver(at + outbox.CLAIM) == 1
    assert len({mail.extra_headers["Message-ID"] for mail in mails}) == 1


@pytest.mark.parametrize(
    ("status", "hard"),
    [
        ("5.1.1", True),
        ("5.1.10", True),
        ("5.0.0", True),
        ("5.2.1", True),
        ("5.2.2", False),  # a full mailbox
        ("5.4.4", False),  # no route today
        ("5.7.1", False),  # what is written, or from where, and not to whom
        ("4.1.1", False),
        ("2.0.0", False),
        ("", False),
        ("5.1", False),
    ],
)
@pytest.mark.anywhere
def test_only_an_address_that_does_not_exist_is_given_up(status: str, hard: bool) -> None:
    assert bounces.is_hard(status) is hard


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822"])
def test_a_bounce_stops_further_mail_to_the_address(app: Flask, kind: str) -> None:
    write("Gone@example.org", "kari@example.org")
    outbox.deliver()
    gone = letters()[0]
    with transaction():
        outbox.mail("gone@example.org", "sign_in", key="waits", href="http://127.0.0.1/x", minutes=20)
    assert bounces.take_in(report(gone, kind=kind)) == bounces.Tally(marked=1)
    assert [letter.key for letter in letters() if letter.sent_at is None] == []
    with transaction():
        outbox.mail("GONE@example.org", "sign_in", key="later", href="http://127.0.0.1/x", minutes=20)
        outbox.mail("kari@example.org", "sign_in", key="hers", href="http://127.0.0.1/x", minutes=20)
    assert [letter.key for letter in letters() if letter.sent_at is None] == ["hers"]
    assert bounces.take_in(report(gone)) == bounces.Tally(marked=1), "reported twice is one bounce"
    assert len(db.session.scalars(select(BouncedAddress)).all()) == 1


def test_a_report_that_anybody_could_write_stops_nobodys_mail(app: Flask) -> None:
    write("kari@example.org")
    outbox.deliver()
    sent = letters()[0]
    assert bounces.take_in(report(sent, message_id="<guessed@grasrot.invalid>")) == bounces.Tally(unknown=1)
    assert bounces.take_in(report(sent, status="4.2.2", action="delayed")) == bounces.Tally(unknown=1)
    assert bounces.take_in(report(sent, status="5.2.2")) == bounces.Tally(passing=1)
    assert bounces.take_in(b"Subject: Jeg er p\xc3\xa5 ferie\n\nHei") == bounces.Tally(unknown=1)
    assert db.session.scalars(select(BouncedAddress)).all() == []


def test_the_command_takes_a_mailbox_or_one_report(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.commands.application", lambda: app)
    write("a@example.org", "b@example.org")
    outbox.deliver()
    first, second = letters()
    box = b"".join(
        b"From MAILER-DAEMON Mon Mar  2 09:00:00 2026\n" + report(one) + b"\n" for one in (first, second)
    )
    done = CliRunner().invoke(bounce, [], input=box)
    assert (done.exit_code, done.output) == (
        0,
        "2 addresses do not work any more, 0 troubles may pass, 0 messages were no reports of ours.\n",
    )
    db.session.rollback()
    assert len(db.session.scalars(select(BouncedAddress)).all()) == 2


def test_a_member_whose_mail_bounces_is_told_on_her_page_and_can_still_sign_in(app: Flask, at: None) -> None:
    kari = a_member(a_unit(), "Kari Nes", email="kari@example.org")
    write("kari@example.org")
    outbox.deliver()
    bounces.take_in(report(letters()[0]))
    browser = sign_in(app.test_client(), kari)
    assert "E-post til kari@example.org kommer i retur" in browser.get("/nytt").get_data(as_text=True)
    assert "kommer i retur" in browser.get("/meg/varsler").get_data(as_text=True)
    app.extensions["mailman"].outbox = []
    signing_in.send_link("kari@example.org", "/")
    assert outbox.deliver() == 1, "she asks for the link herself, and perhaps it arrives"
    token = app.extensions["mailman"].outbox[0].body.split("/logg-inn/")[1].split()[0].rpartition("/")[2]
    signing_in.use_link(token, "Firefox")
    assert db.session.scalars(select(BouncedAddress)).all() == [], "it did"


def test_a_letter_of_no_use_any_more_is_dropped_and_a_fleeting_one_leaves_nothing(app: Flask) -> None:
    at = oslo("2026-03-02 09:00")
    with clock.stopped_at(at):
        write("late@example.org", not_after=at + timedelta(hours=1))
        write("soon@example.org", not_after=at + timedelta(hours=1), fleeting=True)
        with pytest.raises(ValueError, match="fleeting"):
            write("never@example.org", fleeting=True)
    with clock.stopped_at(at + timedelta(minutes=59)):
        letter = letters()[0]
        with transaction() as session:
            session.get_one(Letter, letter.id).due_at = at + timedelta(hours=2)
        assert outbox.deliver() == 1
    assert [one.address for one in letters()] == ["late@example.org"]
    assert outbox.deliver(at + timedelta(hours=1)) == 0
    assert letters() == [], "half-open: at the deadline it is too late"
