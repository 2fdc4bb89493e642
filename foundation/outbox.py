"""Mail and broadcasts of an act, held back until its transaction has committed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from email.utils import make_msgid
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any

import structlog
from flask import current_app, render_template
from flask_babel import force_locale
from flask_mailman import EmailMultiAlternatives
from sqlalchemy import Index, Integer, String, Text, delete, false, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from foundation import clock
from foundation.columns import UtcDateTime
from foundation.extensions import Base, db, socketio
from foundation.transaction import after_commit, transaction

log = structlog.get_logger()

# A sender that died holds its letters no longer than this; the Message-ID lets a receiver see a repeated one.
CLAIM = timedelta(minutes=10)
TRIES = 8
BATCH = 50


class Letter(Base):
    """One mail to one address: which letter, its facts, and how far it has come."""

    __tablename__ = "outbox_letter"
    __table_args__ = (Index("ix_outbox_letter_due", "sent_at", "due_at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    address: Mapped[str] = mapped_column(String(254))
    locale: Mapped[str] = mapped_column(String(8))
    template: Mapped[str] = mapped_column(String(60))
    facts: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(String(200))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str] = mapped_column(String(200), default="")
    # What it says is no longer true from here on: it is dropped rather than sent late.
    not_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # That it went to this address says something about somebody: the row goes with the letter.
    fleeting: Mapped[bool] = mapped_column(default=False, server_default=false())


class BouncedAddress(Base):
    """An address that does not exist, by the word of its own mail server; nothing more is sent to it."""

    __tablename__ = "bounced_address"

    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    status: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def _encoded(value: object) -> object:
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    raise TypeError(f"a letter cannot carry a {type(value).__name__}")


def _decoded(value: dict[str, Any]) -> object:
    if value.keys() == {"time"}:
        return datetime.fromisoformat(value["time"])
    if value.keys() == {"day"}:
        return date.fromisoformat(value["day"])
    return value


def mail(
    address: str,
    template: str,
    *,
    key: str,
    locale: str = "nb",
    asked_for: bool = False,
    **facts: object,
) -> None:
    """Write one letter (templates/mail/<template>.txt and .html) in the transaction under way.

    `key` names the occasion and the receiver: the same occasion never writes to the same person twice.
    """
    mail_all(template, [(address, locale, key, facts)], asked_for=asked_for)


def mail_all(
    template: str,
    receivers: Iterable[tuple[str, str, str, Mapping[str, object]]],
    *,
    not_after: datetime | None = None,
    fleeting: bool = False,
    asked_for: bool = False,
) -> None:
    """Write one letter to each (address, locale, key, facts), in the transaction under way.

    Letters are rendered when they are sent, so that a notice to a whole county does not hold the write lock.
    A fact `end_url` is the address by which the receiver ends letters of this kind with one click (RFC 8058).
    `not_after`: the moment from which the letter is not sent any more. `fleeting`: nothing is kept of the letter
    once it has left, so it needs that moment too, and an occasion that is remembered elsewhere. `asked_for`: the
    receiver asks for it herself, so that it is tried even where mail has bounced.
    """
    if fleeting and not_after is None:
        raise ValueError("a fleeting letter needs a moment at which it is forgotten, sent or not")
    at = clock.now()
    rows = [
        {
            "key": key,
            "address": address,
            "locale": locale,
            "template": template,
            "facts": json.dumps(facts, default=_encoded),
            "message_id": make_msgid(domain="grasrot.invalid"),
            "written_at": at,
            "due_at": at,
            "tries": 0,
            "failure": "",
            "not_after": not_after,
            "fleeting": fleeting,
        }
        for address, locale, key, facts in receivers
    ]
    session = db.session
    for start in range(0, len(rows), 500):
        part = rows[start : start + 500]
        known = set(session.scalars(select(Letter.key).where(Letter.key.in_([row["key"] for row in part]))))
        dead = set() if asked_for else _bounced(str(row["address"]) for row in part)
        fresh = [row for row in part if row["key"] not in known and str(row["address"]).lower() not in dead]
        if fresh:
            session.execute(insert(Letter), fresh)
    after_commit(_wake)


def withdraw(prefix: str) -> int:
    """Take back the letters whose keys begin so and that have not left, in the transaction under way."""
    return len(
        db.session.scalars(
            delete(Letter)
            .where(Letter.key.startswith(prefix, autoescape=True), Letter.sent_at.is_(None))
            .returning(Letter.id)
        ).all()
    )


# Addresses that do not work

_on_bounce: list[Callable[[str], None]] = []


def on_bounce(listener: Callable[[str], None]) -> None:
    """Let `listener(address)` be called, in the same transaction, when an address turns out not to exist."""
    if listener not in _on_bounce:
        _on_bounce.append(listener)


def _bounced(addresses: Iterable[str]) -> set[str]:
    asked = {address.lower() for address in addresses}
    return set(
        db.session.scalars(select(BouncedAddress.address).where(BouncedAddress.address.in_(sorted(asked))))
    )


def bounced(message_id: str, status: str) -> bool:
    """Note that the letter with this Message-ID came back for good; False for a letter that is not ours.

    By the Message-ID, which nobody outside can guess: a forged report stops nobody's mail. The address is the one
    we wrote to, whatever the report calls it. Letters that wait for it are dropped, and those who look after the
    member are told through `on_bounce`. `status`: the enhanced status code, such as 5.1.1.
    """
    with transaction() as session:
        address = session.scalar(select(Letter.address).where(Letter.message_id == message_id))
        if address is None:
            return False
        address = address.lower()
        if session.get(BouncedAddress, address, with_for_update=True) is None:
            session.add(BouncedAddress(address=address, status=status[:20], at=clock.now()))
            for listener in _on_bounce:
                listener(address)
        session.execute(delete(Letter).where(func.lower(Letter.address) == address, Letter.sent_at.is_(None)))
    return True


def works_again(address: str) -> None:
    """Forget that an address bounced: its owner has just answered a letter sent to it."""
    db.session.execute(delete(BouncedAddress).where(BouncedAddress.address == address.lower()))


def broadcast(room: str, event: str, payload: Mapping[str, object]) -> None:
    """Tell a room of live readers once the transaction has committed; payloads carry numbers, never text."""
    after_commit(lambda: socketio.emit(event, dict(payload), to=room))


def _wake() -> None:
    if current_app.config["WAKE_WORKER"]:
        current_app.extensions["grasrot_send"]()


def render(letter: Letter) -> tuple[str, str, str]:
    """Subject, plain text and HTML of a letter, in its receiver's language.

    A letter's first line of text is `Subject: ...`, then an empty line.
    """
    facts = json.loads(letter.facts, object_hook=_decoded)
    with (
        current_app.test_request_context(base_url=current_app.config["BASE_URL"]),
        force_locale(letter.locale),
    ):
        text = render_template(f"mail/{letter.template}.txt", **facts)
        html = render_template(f"mail/{letter.template}.html", **facts)
    head, _, body = text.partition("\n")
    subject = head.removeprefix("Subject:").strip()
    return subject, body.lstrip("\n"), html


def deliver(at: datetime | None = None) -> int:
    """Send the letters that are due; answers how many left. Each is claimed first, so two senders never share one."""
    sent = 0
    while claimed := _claim(at or clock.now()):
        with _line() as line:
            for letter in claimed:
                failure = _send(letter, line)
                _note(letter, failure)
                sent += not failure
    return sent


def _note(letter: Letter, failure: str) -> None:
    which = Letter.id == letter.id
    with transaction() as session:
        if failure:
            session.execute(update(Letter).where(which).values(failure=failure))
        elif letter.fleeting:
            session.execute(delete(Letter).where(which))
        else:
            done = {"sent_at": clock.now(), "failure": "", "facts": "{}"}
            session.execute(update(Letter).where(which).values(**done))


@contextmanager
def _line() -> Iterator[Any]:
    """One connection to the mail server for the letters of a batch, closed whatever became of them."""
    mailman = current_app.extensions["mailman"]
    if mailman.backend != "smtp":
        yield None
        return
    line = mailman.get_connection()
    try:
        yield line
    finally:
        with suppress(OSError):
            line.close()


def _claim(at: datetime) -> list[Letter]:
    with transaction() as session:
        session.execute(delete(Letter).where(Letter.sent_at.is_(None), Letter.not_after <= at))
        due = list(
            session.scalars(
                select(Letter)
                .where(Letter.sent_at.is_(None), Letter.due_at <= at, Letter.tries < TRIES)
                .order_by(Letter.due_at, Letter.id)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            )
        )
        for letter in due:
            letter.tries += 1
            # The next try comes later each time; a sender that died gives its letters back by this alone.
            letter.due_at = at + CLAIM * 2 ** (letter.tries - 1)
        session.flush()
        for letter in due:
            session.expunge(letter)
    return due


def _send(letter: Letter, line: Any = None) -> str:
    try:
        subject, text, html = render(letter)
        message = EmailMultiAlternatives(
            subject,
            text,
            to=[letter.address],
            connection=line,
            headers={
                "Message-ID": letter.message_id,
                "Auto-Submitted": "auto-generated",
                **_one_click(letter),
            },
        )
        message.attach_alternative(html, "text/html")
        if line is not None:
            line.open()
        message.send()
    except OSError as failure:  # smtplib's errors are OSErrors: the server refused or was not there
        if line is not None and not isinstance(failure, (SMTPResponseException, SMTPRecipientsRefused)):
            with suppress(OSError):
                line.close()  # whoever is gone is called anew
        log.warning("mail_refused", letter=letter.id, kind=type(failure).__name__)
        return type(failure).__name__
    except Exception as defect:
        # A letter that cannot be written is a defect of ours; it must not hold back those claimed beside it.
        log.exception("letter_not_written", letter=letter.id, template=letter.template)
        return type(defect).__name__
    return ""


def _one_click(letter: Letter) -> dict[str, str]:
    """The headers by which a mail program ends such letters with one click, without a session (RFC 8058)."""
    end = json.loads(letter.facts).get("end_url")
    if not end:
        return {}
    return {"List-Unsubscribe": f"<{end}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def state() -> tuple[int, int]:
    """How many letters wait, and how many were given up."""
    waiting, given_up = db.session.execute(
        select(
            func.count().filter(Letter.tries < TRIES),
            func.count().filter(Letter.tries >= TRIES),
        )
        .select_from(Letter)
        .where(Letter.sent_at.is_(None))
    ).one()
    return waiting, given_up
