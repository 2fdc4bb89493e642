"""The canonical form of a roll's appendices, and what a reader who knows only the export can make of it."""

from collections.abc import Iterable
from datetime import datetime

from ballot.rules.participation import Basis, RollLine, canonical_roll
from members.rules.classes import MembershipClass

FIRST = "grasrot-roll-appendix-1"


def canonical_appendix(
    ballot_id: int | str,
    number: int,
    at: datetime,
    *,
    kind: str,
    actor: str,
    reason: str,
    previous: bytes,
    lines: Iterable[RollLine],
) -> bytes:
    """Write an appendix in its canonical form, from which its hash is made.

    First `grasrot-roll-appendix-1 TAB ballot_id TAB time TAB number TAB kind TAB actor TAB reason TAB hash
    before`, the hash in hexadecimal: the roll's for the first appendix, then that of the appendix before. Then
    the lines as they are from now on, written and sorted as in the roll (`canonical_roll`, which says what is
    refused).
    """
    head, _, body = canonical_roll(ballot_id, at, lines).partition(b"\n")
    _first, ballot, moment = head.decode().split("\t")
    fields = (FIRST, ballot, moment, str(number), kind, actor, reason, previous.hex())
    if any(not field or not field.isprintable() for field in fields):
        raise ValueError("a field of an appendix is empty or cannot be printed")
    return "\t".join(fields).encode() + b"\n" + body


def line_of(text: str) -> RollLine:
    """Read a line back from its canonical form."""
    member_no, unit_code, kind, entitled, reason, basis = text.split("\t")
    return RollLine(
        member_no, unit_code, MembershipClass(kind), entitled == "yes", reason=reason, basis=Basis(basis)
    )


def text_of(line: RollLine) -> str:
    """Write one line in its canonical form, without the LF."""
    entitled = "yes" if line.entitled else "no"
    return "\t".join(
        (line.member_no, line.unit_code, line.membership_class, entitled, line.reason, line.basis)
    )
