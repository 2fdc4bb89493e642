"""`grasrot roll`: what tellers check without the application and its database."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ballot.rules.participation import Basis, roll_hash
from members.rules.classes import MembershipClass

_FIRST = "grasrot-roll-1"


class NotARoll(Exception):  # noqa: N818  (reads as the sentence it is: raise NotARoll)
    """The file is no roll in its canonical form; the message says where and what."""


@click.group()
def roll() -> None:
    """Electoral rolls."""


@roll.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify(file: Path) -> None:
    """Recompute a roll's hash from the tellers' export, to compare with the published one.

    Exit 0 and the hash with its counts; exit 1 for a file that is no roll in its canonical form, with the
    line and what is wrong there.
    """
    try:
        written = file.read_bytes()
        lines, entitled = counts(written)
    except (NotARoll, OSError) as problem:
        click.echo(f"grasrot: {problem}", err=True)
        sys.exit(1)
    click.echo(f"SHA-256 {roll_hash(written)}")
    click.echo(f"{lines} lines, {entitled} entitled")


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
    members: set[bytes] = set()
    entitled = 0
    for number, (row, before) in enumerate(zip(rows[1:], [b"", *rows[1:]], strict=False), start=2):
        entitled += _line(number, row)
        if row <= before:
            raise NotARoll(f"line {number}: the lines are not in the order of their bytes")
        member = row.split(b"\t")[0]
        if member in members:
            raise NotARoll(f"line {number}: the member number stands twice")
        members.add(member)
    return len(rows) - 1, entitled


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
