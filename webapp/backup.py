"""`grasrot backup` and `grasrot restore`: one consistent copy of everything, the same for both databases, and back.

A backup is a folder: one file of JSON Lines for each table, and a manifest that is written last. It is read in one
snapshot and in the order of primary keys, so that it tells neither when nor in what order roll, box and receipts were
written, also where a ballot is open (SECRECY.md). The tally key is in it as it lies in the database, wrapped under the
application's secret; the secret is not. Nor is the queue: what is due is found in the database.
"""

from __future__ import annotations

import json
import os
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import (
    Column,
    Connection,
    Date,
    LargeBinary,
    Select,
    Table,
    func,
    insert,
    inspect,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from ballot import events
from ballot.models import Ballot, EventKind, Roll
from ballot.rules.lifecycle import State
from ballot.secrecy import rewriting
from ballot.services import teller_letters
from foundation import audit, clock, formats
from foundation.columns import UtcDateTime
from foundation.extensions import Base, db
from foundation.jobs import TimerMark
from foundation.outbox import Letter
from foundation.transaction import transaction
from members.models import MemberSession, PrintedCode, RegisterFile, SignInLink
from webapp.commands import application, bring_up_to_date
from webapp.config import ROOT

FORMAT = "grasrot-backup-1"
MANIFEST = "manifest.json"
BATCH = 1_000

# A register that waits to be confirmed is promised to be gone in a day; the timer's mark is about this machine.
LEFT_OUT = frozenset({RegisterFile.__tablename__, TimerMark.__tablename__})


class Refused(Exception):  # noqa: N818  (named after what happened, like the house's NotAllowed)
    """A backup or a restore that cannot be done; the message is one sentence for the operator."""


@dataclass(frozen=True)
class Interrupted:
    """A ballot in which voting went on between the backup and now: votes cast since then are not in the copy."""

    ballot_id: int
    has_tellers: bool


def tables() -> list[Table]:
    """The tables of a backup, each after those it refers to."""
    return [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]


# --- Backup


def write(folder: Path) -> dict[str, Any]:
    """Write a backup into a new or empty folder and give its manifest; raises Refused.

    Closed ballots that still wait for the rewriting of roll, box and receipts are rewritten first.
    """
    _require_head()
    _make_room(folder)
    rewriting.rewrite_all(clock.now())
    db.session.rollback()
    made_at = clock.now()
    try:
        with _snapshot() as connection:
            manifest = {
                "format": FORMAT,
                "made_at": made_at.isoformat(),
                "migration": _revision(connection),
                "left_out": sorted(LEFT_OUT),
                "voting": list(connection.scalars(_voting(made_at, made_at))),
                "files": [_write_table(folder, table, connection) for table in tables()],
            }
        with _new_file(folder / MANIFEST) as file:
            file.write(json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n")
    except (OSError, SQLAlchemyError) as problem:
        for file_name in [MANIFEST, *(f"{table.name}.jsonl" for table in tables())]:
            (folder / file_name).unlink(missing_ok=True)
        raise Refused(f"The backup was not made: {_said(problem)}.") from problem
    return manifest


def _make_room(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        taken = any(folder.iterdir())
    except OSError as problem:
        raise Refused(f"{folder} cannot be used: {_said(problem)}.") from problem
    if taken:
        raise Refused(f"{folder} is not empty: name a new folder for each backup.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Refused(f"{folder} cannot be written to.")


@contextmanager
def _snapshot() -> Iterator[Connection]:
    """A connection whose one transaction sees the database as it stands at its first reading."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection


def _write_table(folder: Path, table: Table, connection: Connection) -> dict[str, Any]:
    name, rows, digest = f"{table.name}.jsonl", 0, sha256()
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_encoded).encode
    with _new_file(folder / name) as file:
        found = connection.execution_options(yield_per=BATCH).execute(_everything(table))
        for row in found:
            line = encode(tuple(row)).encode() + b"\n"
            file.write(line)
            digest.update(line)
            rows += 1
    return {
        "table": table.name,
        "file": name,
        "columns": [column.name for column in table.columns],
        "rows": rows,
        "sha256": digest.hexdigest(),
    }


def _everything(table: Table) -> Select[Any]:
    rows = select(table).order_by(*table.primary_key.columns)
    if table.name == Letter.__tablename__:
        # A sign-in letter that is not sent yet holds its link in clear.
        rows = rows.where(or_(table.c.sent_at.is_not(None), table.c.template != "sign_in"))
    return rows


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A new file that only its owner can read; it is on the disk when the block ends."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _encoded(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(f"a backup cannot hold a {type(value).__name__}")


# --- Restore


def read(folder: Path) -> tuple[dict[str, Any], list[Interrupted]]:
    """Restore a backup into an empty database; gives its manifest and the ballots it interrupts. Raises Refused.

    Everything is checked before anything is written, and everything is written in one transaction. What was
    given out before holds no longer: sessions are ended, links and codes for signing in are void.
    """
    manifest = _manifest(folder)
    for entry in manifest["files"]:
        _check_file(folder, entry)
    try:
        if not set(inspect(db.engine).get_table_names()) - {"alembic_version"}:
            bring_up_to_date()
        _require_head()
        with transaction():
            _require_empty()
            for table, entry in zip(tables(), manifest["files"], strict=True):
                _load(folder, table, entry)
            _void_what_was_given_out()
            interrupted = _interrupt(datetime.fromisoformat(manifest["made_at"]))
            audit.record("restored", actor_id=None, made_at=manifest["made_at"])
            _reset_sequences()
    except SQLAlchemyError as problem:
        raise Refused(f"Nothing was restored: {_said(problem)}.") from problem
    return manifest, interrupted


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except FileNotFoundError as problem:
        raise Refused(
            f"{folder} has no {MANIFEST}: it is no backup, or one that was not finished."
        ) from problem
    except (OSError, ValueError) as problem:
        raise Refused(f"{path} cannot be read.") from problem
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise Refused(f"{path} is not of the format {FORMAT}.")
    head = _head()
    if manifest.get("migration") != head:
        raise Refused(
            f"The backup was made at migration {manifest.get('migration')} and this program is at {head}: "
            "restore it with the version of the program that made it, then update."
        )
    expected = [(table.name, [column.name for column in table.columns]) for table in tables()]
    try:
        found = [(entry["table"], entry["columns"]) for entry in manifest["files"]]
        datetime.fromisoformat(manifest["made_at"])
        [(int(entry["rows"]), str(entry["sha256"])) for entry in manifest["files"]]
    except (KeyError, TypeError, ValueError) as problem:
        raise Refused(f"{path} is damaged: {problem!r}.") from problem
    if found != expected:
        raise Refused(f"{path} names other tables or columns than this program has.")
    return manifest


def _check_file(folder: Path, entry: dict[str, Any]) -> None:
    name, rows, digest = f"{entry['table']}.jsonl", 0, sha256()
    try:
        with (folder / name).open("rb") as file:
            for line in file:
                digest.update(line)
                rows += 1
    except OSError as problem:
        raise Refused(f"{folder / name} cannot be read: {_said(problem)}.") from problem
    if digest.hexdigest() != entry["sha256"] or rows != entry["rows"]:
        raise Refused(f"{folder / name} is not what the manifest says: its checksum or its rows differ.")


def _require_empty() -> None:
    for table in Base.metadata.sorted_tables:
        if table.name == TimerMark.__tablename__:
            continue
        if db.session.execute(select(table).limit(1)).first() is not None:
            raise Refused(f"The database is not empty ({table.name} has rows): restore into a new one.")


def _load(folder: Path, table: Table, entry: dict[str, Any]) -> None:
    """Put a file's rows in, a batch at a time.

    A row that refers to one of its own table that comes later gets the reference when all rows are there.
    """
    path = folder / f"{table.name}.jsonl"
    columns = [(column.name, _decoder(column)) for column in table.columns]
    own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    batch: list[dict[str, Any]] = []
    later: list[tuple[int, str, int]] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                values = json.loads(line)
                row = {
                    name: value if value is None or decode is None else decode(value)
                    for (name, decode), value in zip(columns, values, strict=True)
                }
            except (TypeError, ValueError) as problem:
                raise Refused(f"{path}, line {number}, cannot be read.") from problem
            for name in own:
                if row[name] is not None and row[name] > row["id"]:
                    later.append((row["id"], name, row[name]))
                    row[name] = None
            batch.append(row)
            if len(batch) == BATCH:
                db.session.execute(insert(table), batch)
                batch.clear()
    if batch:
        db.session.execute(insert(table), batch)
    for row_id, name, value in later:
        db.session.execute(update(table).where(table.c.id == row_id).values({name: value}))
    there = db.session.scalar(select(func.count()).select_from(table))
    if there != entry["rows"]:
        raise Refused(f"{path} has changed while it was read.")


def _decoder(column: Column[Any]) -> Callable[[Any], Any] | None:
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat
    if isinstance(column.type, Date):
        return date.fromisoformat
    if isinstance(column.type, LargeBinary):
        return b64decode
    return None


def _void_what_was_given_out() -> None:
    """Whoever ended a session, or used a link or a code, after the backup was made must not find it valid again."""
    at = clock.now()
    session = db.session
    session.execute(update(MemberSession).where(MemberSession.ended_at.is_(None)).values(ended_at=at))
    session.execute(update(SignInLink).where(SignInLink.used_at.is_(None)).values(used_at=at))
    session.execute(update(PrintedCode).where(PrintedCode.expires_at > at).values(expires_at=at))


def _interrupt(made_at: datetime) -> list[Interrupted]:
    """Put each ballot in which voting went on since the backup before its tellers (SECRECY.md).

    They annul it, or let it go on where no vote was lost. A ballot without tellers is left to its control
    committee, which the operator has to tell.
    """
    at, interrupted = clock.now(), []
    for ballot_id in db.session.scalars(_voting(made_at, at)).all():
        ballot = db.session.get_one(Ballot, ballot_id, with_for_update=True)
        tellers = [row.member_id for row in ballot.tellers]
        audit.record(
            "incident:restored",
            actor_id=None,
            unit_id=ballot.unit_id,
            subject=("ballot", ballot_id),
            made_at=made_at,
        )
        if tellers:
            with force_locale("nb"):
                reason = _(
                    "Databasen er gjenopprettet fra en sikkerhetskopi av %(moment)s. "
                    "Stemmer som er levert etter det, er borte.",
                    moment=formats.moment(made_at),
                )
            events.record(ballot, EventKind.INCIDENT_RAISED, at, reason=reason, code="restored")
            teller_letters.write(ballot, "restored", f"restored:{at.isoformat()}", tellers)
        interrupted.append(Interrupted(ballot_id, bool(tellers)))
    return interrupted


def _reset_sequences() -> None:
    """Let PostgreSQL number on from the highest number restored; SQLite does so by itself."""
    if db.engine.dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            db.session.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', '{column.name}'), m)"  # noqa: S608  (names of our own tables)
                    f' FROM (SELECT max({column.name}) AS m FROM "{table.name}") AS highest WHERE m IS NOT NULL'
                )
            )


# --- What both ask


def _voting(since: datetime, until: datetime) -> Select[int]:
    """The ballots in which voting went on at some moment of [since, until], recorded or not."""
    return (
        select(Ballot.id)
        .where(
            Ballot.state.in_((State.NOTIFIED, State.FROZEN, State.OPEN)),
            Ballot.opens_at <= until,
            Ballot.closes_at > since,
        )
        .order_by(Ballot.id)
    )


def _waiting() -> Sequence[int]:
    """The closed ballots whose tables have still not been rewritten: somebody reads an older state."""
    waiting = (
        select(Roll.ballot_id)
        .join(Ballot, Ballot.id == Roll.ballot_id)
        .where(Ballot.state.in_(rewriting.CLOSED), ~Roll.rewritten)
    )
    return db.session.scalars(waiting.order_by(Roll.ballot_id)).all()


def _head() -> str | None:
    return ScriptDirectory(str(ROOT / "migrations")).get_current_head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _require_head() -> None:
    try:
        with db.engine.connect() as connection:
            found = _revision(connection)
    except SQLAlchemyError as problem:
        raise Refused(f"The database does not answer: {_said(problem)}.") from problem
    if found != _head():
        raise Refused(
            f"The database is at migration {found} and this program is at {_head()}: run `grasrot init` first."
        )


def _said(problem: Exception) -> str:
    """What went wrong in one line, without the values of any row."""
    if isinstance(problem, OSError):
        return problem.strerror or type(problem).__name__
    return str(getattr(problem, "orig", None) or type(problem).__name__).splitlines()[0].rstrip(".")


# --- Commands

FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
def backup(folder: Path) -> None:
    """Write one consistent copy of everything into DIR, which is new or empty. Exit 2 when it was not made.

    The copy is as confidential as the database. GRASROT_SECRET_KEY (instance/secret_key) is not in it: keep
    that somewhere else, since the two together open papers that are not counted yet.
    """
    with application().app_context():
        manifest = _or_exit(lambda: write(folder))
        waiting = _waiting()
    rows = sum(entry["rows"] for entry in manifest["files"])
    click.echo(f"Backed up {rows} rows of {len(manifest['files'])} tables to {folder}.")
    click.echo("The secret key is not in the backup: keep it somewhere else.")
    if manifest["voting"]:
        click.echo(
            f"Voting is under way in {_ballots(manifest['voting'])}: "
            "restoring this copy loses the votes cast after it."
        )
    if waiting:
        click.echo(
            f"The database could not be rewritten after the closing of {_ballots(waiting)} yet, and the timer "
            "tries again: the backup is not affected, a copy of the database's own files would be."
        )


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
def restore(folder: Path) -> None:
    """Restore the backup in DIR into an empty database, of either kind. Exit 2 when nothing was restored.

    Stop the server first. Everybody signs in anew afterwards.
    """
    with application().app_context():
        manifest, interrupted = _or_exit(lambda: read(folder))
    rows = sum(entry["rows"] for entry in manifest["files"])
    click.echo(f"Restored {rows} rows of {len(manifest['files'])} tables as of {manifest['made_at']}.")
    with_tellers = [ballot.ballot_id for ballot in interrupted if ballot.has_tellers]
    without = [ballot.ballot_id for ballot in interrupted if not ballot.has_tellers]
    if interrupted:
        click.echo("Votes cast after the backup are lost. Those who cast them can vote again.", err=True)
    if with_tellers:
        click.echo(f"The tellers are told, and decide what happens: {_ballots(with_tellers)}.", err=True)
    if without:
        click.echo(f"No tellers, so tell the control committee: {_ballots(without)}.", err=True)


def _or_exit(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except Refused as refusal:
        click.echo(f"grasrot: {refusal}", err=True)
        sys.exit(2)


def _ballots(numbers: Sequence[int]) -> str:
    return ("ballot " if len(numbers) == 1 else "ballots ") + ", ".join(map(str, numbers))
