"""`grasrot roll`: what tellers check without the application and its database."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from ballot.rules.participation import Basis, roll_hash
from members.rules.classes import MembershipClass

_FIRST = "grasrot-roll-1"
LF = b"\n"


class NotARoll(Exception):  # noqa: N818  (reads as the sentence it is: raise NotARoll)
    """The file is no roll in its canonical form; the message says where and what."""


@click.group()
def roll() -> None:
    """Electoral rolls."""


@roll.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify(file: Path) -> None:
    """Recompute the hashes of a roll and its appendices from the tellers' export, to compare with the published ones.

    Exit 0 and each hash with the counts of the roll as it then stood; exit 1 for a file that is no roll in
    its canonical form, or whose appendices do not follow from it, with the line and what is wrong there.
    """
    try:
        said = list(verified(file.read_bytes()))
    except (NotARoll, OSError) as problem:
        click.echo(f"grasrot: {problem}", err=True)
        sys.exit(1)
    for line in said:
        click.echo(line)


def verified(written: bytes) -> Iterator[str]:
    """What `grasrot roll verify` says of an export; raises NotARoll.

    The roll comes first, and its hash is over its bytes alone. Each appendix begins with its first line, which
    names the hash before, then come the lines it puts in the place of others, then `sha256 TAB` and its hash.
    """
    base, *appendices = re.split(rb"(?m)^(?=grasrot-roll-appendix-1\t)", written)
    lines, entitled = counts(base)
    previous = roll_hash(base)
    yield f"SHA-256 {previous}"
    yield f"{lines} lines, {entitled} entitled"
    ballot = base.split(b"\n", 1)[0].split(b"\t")[1]
    roll = {row.split(b"\t")[0]: b"\tyes\t" in row for row in base[:-1].split(b"\n")[1:]}
    place = base.count(b"\n")
    for number, part in enumerate(appendices, start=1):
        body, kind, at = _appendix(part, place, ballot, number, previous)
        previous = roll_hash(body)
        if part[len(body) :] != f"sha256\t{previous}\n".encode():
            raise NotARoll(f"line {place + part.count(LF)}: the hash of appendix {number} is {previous}")
        for row in body[:-1].split(b"\n")[1:]:
            roll[row.split(b"\t")[0]] = b"\tyes\t" in row
        place += part.count(b"\n")
        yield f"Appendix {number} ({kind}, {at}): SHA-256 {previous}"
        yield f"{len(roll)} lines, {sum(roll.values())} entitled"


def _appendix(part: bytes, place: int, ballot: bytes, number: int, previous: str) -> tuple[bytes, str, str]:
    """The bytes that an appendix's hash is over, its kind and its time."""
    body, found, _rest = part.rpartition(b"sha256\t")
    if not found or not body.endswith(b"\n"):
        raise NotARoll(f"line {place + 1}: appendix {number} does not end in its hash")
    rows = body[:-1].split(b"\n")
    try:
        head = rows[0].decode().split("\t")
    except UnicodeDecodeError:
        raise NotARoll(f"line {place + 1}: it is not UTF-8") from None
    if len(head) != 8 or not all(head) or head[1] != ballot.decode(errors="replace"):
        raise NotARoll(
            f"line {place + 1}: an appendix begins with its ballot, time, number, kind, actor and reason"
        )
    if head[3] != str(number):
        raise NotARoll(f"line {place + 1}: this is appendix {head[3]}, and it should be {number}")
    if head[7] != previous:
        raise NotARoll(f"line {place + 1}: appendix {number} follows another roll than the one before it")
    if len(rows) < 2:
        raise NotARoll(f"line {place + 1}: appendix {number} changes no line")
    _rows(rows[1:], place + 2)
    return body, head[4], head[2]


def counts(written: bytes) -> tuple[int, int]:
    """How many lines a canonical roll has, and how many of them may vote (PARTICIPATION section 9).

    Raises NotARoll for anything that `canonical_roll` would not have written: the hash of such a file
    would be compared with nothing.
    """
    if not written.endswith(b"\n"):
        raise NotARoll("the last line does not end in LF")
    rows = written[:-1].split(b"\n")
    if rows[0].split(b"\t")[0] != _FIRST.encode() or len(rows[0].split(b"\t")) != 3:
        raise NotARoll(f"line 1: a roll begins with {_FIRST}, the ballot and its freeze")
    return len(rows) - 1, _rows(rows[1:], 2)


def _rows(rows: Sequence[bytes], first: int) -> int:
    """How many of these lines are of members who may vote; `first` is the number of the first in the file."""
    members: set[bytes] = set()
    entitled = 0
    for number, (row, before) in enumerate(zip(rows, [b"", *rows], strict=False), start=first):
        entitled += _line(number, row)
        if row <= before:
            raise NotARoll(f"line {number}: the lines are not in the order of their bytes")
        member = row.split(b"\t")[0]
        if member in members:
            raise NotARoll(f"line {number}: the member number stands twice")
        members.add(member)
    return entitled


def _line(number: int, row: bytes) -> bool:
    """Whether the member of a line may vote."""
    try:
        fields = row.decode().split("\t")
    except UnicodeDecodeError:
        raise NotARoll(f"line {number}: it is not UTF-8") from None
    if len(fields) != 6 or not all(fields):
        raise NotARoll(f"line {number}: a line has six fields with something in each")
    _member, _unit, kind, yes_or_no, reason, basis = fields
    if kind not in set(MembershipClass):
        raise NotARoll(f"line {number}: {kind!r} is no membership class")
    if yes_or_no not in ("yes", "no"):
        raise NotARoll(f"line {number}: {yes_or_no!r} is neither yes nor no")
    if basis not in set(Basis):
        raise NotARoll(f"line {number}: {basis!r} is no basis")
    if (yes_or_no == "yes") != (reason == "none"):
        raise NotARoll(f"line {number}: a yes has no reason, and a no has one")
    return yes_or_no == "yes"
