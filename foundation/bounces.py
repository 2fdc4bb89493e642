"""Reads what mail servers send back (RFC 3464): which of our letters will never arrive, and how many may yet."""

from __future__ import annotations

import email
import mailbox
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from foundation import outbox

_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")


@dataclass(frozen=True)
class Returned:
    """A report on one letter: its Message-ID, and the enhanced status code of RFC 3463."""

    message_id: str
    status: str

    @property
    def is_hard(self) -> bool:
        """Whether the address is the trouble, and always will be."""
        return is_hard(self.status)


@dataclass(frozen=True)
class Tally:
    """What a file of reports held: addresses now marked, troubles that may pass, and what is no report of ours."""

    marked: int = 0
    passing: int = 0
    unknown: int = 0


def is_hard(status: str) -> bool:
    """Whether a status code says that the address does not exist (5.0.0, 5.1.x) or is closed (5.2.0, 5.2.1).

    A full mailbox, a server that is down and a refusal of the content say nothing about the address.
    """
    found = _STATUS.fullmatch(status.strip())
    if found is None or found[1] != "5":
        return False
    subject, detail = int(found[2]), int(found[3])
    return subject == 1 or (subject, detail) in ((0, 0), (2, 0), (2, 1))


def report_in(message: Message) -> Returned | None:
    """What a message reports on a letter of ours; None for anything that is no report of a failure."""
    if message.get_content_type() != "multipart/report":
        return None
    status, message_id = "", ""
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            status = status or _failed(part)
        elif kind in ("message/rfc822", "text/rfc822-headers"):
            message_id = message_id or _message_id(part)
    return Returned(message_id, status) if status and message_id else None


def _failed(part: Message) -> str:
    """The status code of the first receiver that failed: one block of fields for the server, then one for each."""
    blocks = part.get_payload()
    for block in blocks if isinstance(blocks, list) else []:
        if not isinstance(block, Message):
            continue
        if str(block.get("Action", "")).strip().lower() != "failed":
            continue
        found = _STATUS.search(str(block.get("Status", "")))
        if found is not None:
            return found[0]
    return ""


def _message_id(part: Message) -> str:
    """The Message-ID of the letter that came back, sent along whole or by its headers alone."""
    inner = part.get_payload()
    if isinstance(inner, list):
        whole = inner[0] if inner else None
        return str(whole.get("Message-ID", "")).strip() if isinstance(whole, Message) else ""
    headers = email.message_from_string(str(inner))
    return str(headers.get("Message-ID", "")).strip()


def take_in(data: bytes) -> Tally:
    """Take in one report, or a mailbox of them (mbox), and mark the addresses that will never work."""
    marked = passing = unknown = 0
    for message in _messages(data):
        report = report_in(message)
        if report is None:
            unknown += 1
        elif not report.is_hard:
            passing += 1
        elif outbox.bounced(report.message_id, report.status):
            marked += 1
        else:
            unknown += 1
    return Tally(marked, passing, unknown)


def _messages(data: bytes) -> Iterator[Message]:
    if not data.startswith(b"From "):
        yield email.message_from_bytes(data)
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mbox"
        file.write_bytes(data)
        box = mailbox.mbox(file, create=False)
        try:
            yield from box
        finally:
            box.close()
