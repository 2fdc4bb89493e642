"""Backups: everything comes back, into either database, and nothing comes back that was broken."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from builders import a_member, a_unit, oslo
from click.testing import CliRunner, Result
from databases import a_postgresql_database, empty
from flask import Flask
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Enum,
    Integer,
    LargeBinary,
    NullPool,
    Table,
    create_engine,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import OperationalError

from ballot import events, joint
from ballot.models import Ballot, BallotKey, BallotTeller, EventKind, Roll
from ballot.rules.lifecycle import State
from ballot.secrecy import sealing
from foundation import audit, clock, outbox
from foundation.columns import UtcDateTime
from foundation.extensions import Base, db
from foundation.outbox import Letter
from foundation.transaction import listen, transaction
from members.models import Member, MemberSession, PrintedCode, RegisterFile, SignInLink
from members.services import signing_in
from webapp import backup
from webapp.app import settings
from webapp.config import ROOT, Config

Contents = dict[str, list[tuple[Any, ...]]]

AT = oslo("2026-03-02 09:00")

# What a restore appends to.
APPENDED = {"audit_entry", "audit_head"}
# What a restore ends on purpose, and where it is told.
ENDED = {"member_session": "ended_at", "sign_in_link": "used_at", "printed_code": "expires_at"}

# What the constraints of the database ask of a row: values by table and column, for row 1, 2 and 3.
FITTING: dict[tuple[str, str], tuple[object, object, object]] = {
    ("ballot", "approver_id"): (20, 30, None),
    ("ballot", "closes_at"): (AT + timedelta(days=30),) * 3,
    ("ballot", "force"): ("advisory",) * 3,
    ("ballot", "majority_numerator"): (1, None, 2),
    ("ballot", "state"): ("final", "withdrawn", "annulled"),
    ("cases", "contributions_before"): (AT,) * 3,
    ("check_in", "entered_by_id"): (20, 30, 10),
    ("check_in", "how"): ("in_person", "video", "telephone"),
    ("committee_word", "appeal_id"): (10, None, 30),
    ("committee_word", "item_id"): (None, 20, None),
    ("finding", "dropped_at"): (None,) * 3,
    ("finding", "reversed_at"): (None,) * 3,
    ("finding", "second_id"): (20, 30, 10),
    ("following", "area_id"): (10, None, 30),
    ("following", "thread_id"): (None, 20, None),
    ("lock_request", "decided_by_id"): (20, 30, 10),
    ("meeting", "ends_at"): (AT + timedelta(days=40),) * 3,
    ("meeting", "starts_at"): (AT + timedelta(days=30),) * 3,
    ("printed_code", "asked_by_id"): (20, 30, 10),
    ("printed_code", "issued_by_id"): (30, 10, None),
    ("roll_entry", "voted"): (True, False, False),
    ("roll_appeal", "due_at"): (AT + timedelta(days=30),) * 3,
    ("roll_appeal", "state"): ("granted", "refused", "reversed"),
    ("statement", "entered_by_id"): (20, 30, 10),
    ("term", "starts_at"): (AT,) * 3,
    ("tombstone", "into_id"): (20, None, 10),
    ("tombstone", "kind"): ("merged", "erased", "merged"),
}
# Rows of these belong to chains, which the application makes itself.
CHAINED = {"audit_entry", "audit_head", "ballot_event"}


def contents() -> Contents:
    """Every row of every table, in the order of the primary keys."""
    with db.engine.connect() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in Base.metadata.sorted_tables
        }


def three_rows_in_every_table() -> None:
    """Fill each column of each table with values of its type; rows refer to rows of the same place."""
    later: list[tuple[Table, str]] = []
    with transaction() as session:
        for table in Base.metadata.sorted_tables:
            if table.name in CHAINED:
                continue
            for place in (1, 2, 3):
                session.execute(
                    insert(table).values({column.name: _value(column, place) for column in table.columns})
                )
            later += [
                (table, key.parent.name)
                for key in table.foreign_keys
                if key.column.table is table and key.parent.nullable
            ]
        for table, name in later:
            # The first row refers to the last one: to something that comes later.
            session.execute(update(table).where(table.c.id == 10).values({name: 30}))
        audit.record("filled", actor_id=10, at=AT, subject=("unit", 10), name="Čáppa")


def _value(column: Column[Any], place: int) -> object:
    fitting = FITTING.get((column.table.name, column.name))
    if fitting is not None:
        return fitting[place - 1]
    if column.foreign_keys:
        key = min(column.foreign_keys, key=lambda key: key.target_fullname)
        return None if key.column.table is column.table else 10 * place
    kind = column.type
    if isinstance(kind, Enum):
        return kind.enums[place % len(kind.enums)]
    if isinstance(kind, UtcDateTime):
        return AT + timedelta(days=place, microseconds=place - 1)
    if isinstance(kind, Date):
        return AT.date() + timedelta(days=place)
    if isinstance(kind, Boolean):
        return place != 2
    if isinstance(kind, Integer):
        return 10 * place if column.primary_key else place
    if isinstance(kind, LargeBinary):
        return bytes([0, 10, 255 - place]) * 5
    return f'{place} Áŋ"\\\n\u2028'[: getattr(kind, "length", None) or 40]


def stamp() -> None:
    """Say that the database is at the newest migration, as `grasrot init` does."""
    with db.engine.begin() as connection:
        MigrationContext.configure(connection).stamp(ScriptDirectory(str(ROOT / "migrations")), "head")


def another(config: Config, url: str) -> Flask:
    """An application on another, empty database."""
    app = Flask("another")
    app.config.from_mapping(settings(replace(config, database_url=url)))
    db.init_app(app)
    with app.app_context():
        listen(db.engine)
        db.create_all()
        stamp()
    return app


@pytest.fixture
def stamped(app: Flask) -> Iterator[Flask]:
    """An empty database at the newest migration."""
    stamp()
    yield app
    db.session.remove()
    with db.engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))


@pytest.fixture
def small(stamped: Flask) -> Flask:
    """A database with a unit and a member."""
    a_member(a_unit())
    return stamped


@dataclass(frozen=True)
class Made:
    """A backup, and what the database held."""

    folder: Path
    before: Contents


@pytest.fixture
def made(stamped: Flask, tmp_path: Path) -> Made:
    """A backup with rows of every table; the database is empty again."""
    three_rows_in_every_table()
    before = contents()
    assert all(before[name] for name in before.keys() - {"ballot_event"})
    return Made(_backed_up(stamped, tmp_path / "made"), before)


def _backed_up(app: Flask, folder: Path) -> Path:
    backup.write(folder)
    db.session.remove()
    empty(app)
    return folder


def a_ballot(opens: datetime, *, tellers: int = 0, state: State = State.OPEN) -> Ballot:
    """A ballot of a unit of its own, open for three days."""
    unit = a_unit()
    people = [a_member(unit) for _ in range(1 + tellers)]
    with transaction() as session:
        ballot = Ballot(
            unit_id=unit.id,
            state=state,
            question="Skal Brattlia skole bestå?",
            about="Kommunestyret behandler saken i mai.",
            drafter_id=people[0].id,
            responsible_id=people[0].id,
            drafted_at=AT,
            notified_at=AT,
            roll_freezes_at=opens,
            opens_at=opens,
            closes_at=opens + timedelta(days=3),
            tellers=[BallotTeller(member_id=person.id) for person in people[1:]],
        )
        session.add(ballot)
        session.flush()
        events.record(ballot, EventKind.OPENED, opens)
        sealing.make_key(ballot.id)
        session.add(Roll(ballot_id=ballot.id, sha256=bytes(32), lines=0, otherwise_entitled=0, entitled=0))
    return ballot


def as_promised(before: Contents, after: Contents) -> None:
    for name, rows in before.items():
        if name in backup.LEFT_OUT:
            assert after[name] == [], name
        elif name in APPENDED:
            assert after[name][: len(rows)] == rows or name == "audit_head", name
        elif name in ENDED:
            place = [column.name for column in Base.metadata.tables[name].columns].index(ENDED[name])
            assert [_without(row, place) for row in after[name]] == [_without(row, place) for row in rows]
        else:
            assert after[name] == rows, name


def _without(row: tuple[Any, ...], place: int) -> tuple[Any, ...]:
    return row[:place] + row[place + 1 :]


def test_a_backup_restores_into_an_emptied_database_and_everything_is_as_it_was(made: Made) -> None:
    backup.read(made.folder)
    as_promised(made.before, contents())
    assert list(audit.broken_links()) == []


@pytest.mark.postgresql
def test_a_backup_restores_into_the_other_database_and_back(
    made: Made, config: Config, postgresql_server: str, tmp_path: Path
) -> None:
    server = create_engine(postgresql_server, poolclass=NullPool)
    try:
        server.connect().close()
    except OperationalError:
        pytest.skip("PostgreSQL does not answer")
    databases = a_postgresql_database(postgresql_server)
    urls = [f"sqlite:///{tmp_path / 'other.db'}", next(databases)]
    if config.database_url.startswith("sqlite"):
        urls.reverse()
    folder = made.folder
    try:
        for url in urls:
            with another(config, url).app_context():
                backup.read(folder)
                as_promised(made.before, contents())
                folder = tmp_path / f"copy of {db.engine.dialect.name}"
                backup.write(folder)
                db.session.remove()
                db.engine.dispose()
    finally:
        next(databases, None)


def test_new_rows_are_numbered_on_from_the_restored_ones(made: Made) -> None:
    backup.read(made.folder)
    assert a_unit("Nytt lag").id == 31


def test_what_is_committed_while_a_backup_is_made_is_not_in_it(
    small: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_table, before = backup._write_table, contents()

    def slowly(folder: Path, table: Table, connection: Connection) -> dict[str, Any]:
        told = write_table(folder, table, connection)
        if table.name == "audit_entry":
            a_member(a_unit(), "Kom senere")
        return told

    monkeypatch.setattr(backup, "_write_table", slowly)
    backup.write(tmp_path / "b")
    assert len(contents()["member"]) == 2
    db.session.remove()
    empty(small)
    backup.read(tmp_path / "b")
    assert contents()["member"] == before["member"]
    assert contents()["standing"] == before["standing"]


# --- What a backup must not hold


def test_neither_the_secret_nor_an_open_tally_key_is_in_a_backup(stamped: Flask, tmp_path: Path) -> None:
    key = db.session.get_one(BallotKey, a_ballot(clock.now()).id)
    bare = sealing.private_key(key).private_bytes_raw()
    never = [
        str(stamped.config["SECRET_KEY"]).encode(),
        bare,
        bare.hex().encode(),
        base64.b64encode(bare)[:40],
        base64.urlsafe_b64encode(bare)[:40],
    ]
    backup.write(tmp_path / "b")
    for file in (tmp_path / "b").iterdir():
        data = file.read_bytes()
        assert not any(secret in data for secret in never), file.name
    wrapped = base64.b64encode(key.wrapped_private_key or b"")
    assert wrapped in (tmp_path / "b" / "ballot_key.jsonl").read_bytes()


def test_a_register_that_waits_and_a_link_that_is_not_sent_are_not_in_a_backup(
    small: Flask, tmp_path: Path
) -> None:
    member = db.session.scalars(select(Member)).one()
    with transaction() as session:
        session.add(RegisterFile(name="r.csv", content=b"navn", sent_by_id=member.id, sent_at=AT))
        outbox.mail("a@example.org", "post_hidden", key="waiting", moment=AT)
    signing_in.send_link(member.email or "", "/")
    assert db.session.scalar(select(func.count()).select_from(Letter)) == 2
    backup.write(tmp_path / "b")
    assert not (tmp_path / "b" / "register_file.jsonl").exists()
    letters = (tmp_path / "b" / "outbox_letter.jsonl").read_text()
    assert "waiting" in letters
    assert "/logg-inn/" not in letters


def test_a_backup_is_for_its_owner_alone(made: Made) -> None:
    assert made.folder.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in made.folder.iterdir())


def test_a_closed_ballot_that_waits_for_its_rewriting_is_rewritten_first(
    stamped: Flask, tmp_path: Path
) -> None:
    ballot = a_ballot(AT, state=State.CLOSED)
    db.session.rollback()
    backup.write(tmp_path / "b")
    (row,) = (tmp_path / "b" / "roll.jsonl").read_text().splitlines()
    rewritten = [column.name for column in Roll.__table__.columns].index("rewritten")
    assert json.loads(row)[0] == ballot.id
    assert json.loads(row)[rewritten] is True


# --- What a restore ends


def test_sessions_links_and_codes_from_before_do_not_come_back_to_life(small: Flask, tmp_path: Path) -> None:
    member, second, third = db.session.scalars(select(Member)).one(), *(a_member(a_unit()) for _ in "ab")
    signing_in.start_session(member.id, "Firefox på Linux")
    signing_in.send_link(member.email or "", "/")
    at = clock.now()
    with transaction() as session:
        session.add(
            PrintedCode(
                member_id=member.id,
                asked_by_id=second.id,
                asked_at=at,
                issued_by_id=third.id,
                code_hash=bytes(32),
                expires_at=at + timedelta(days=14),
            )
        )
    backup.read(_backed_up(small, tmp_path / "b"))
    assert [row.ended_at is None for row in db.session.scalars(select(MemberSession))] == [False]
    assert [row.used_at is None for row in db.session.scalars(select(SignInLink))] == [False]
    assert [row.expires_at > clock.now() for row in db.session.scalars(select(PrintedCode))] == [False]


def test_a_ballot_that_was_open_comes_before_its_tellers(stamped: Flask, tmp_path: Path) -> None:
    ballot_id = a_ballot(clock.now() - timedelta(days=1), tellers=2).id
    _, interrupted = backup.read(_backed_up(stamped, tmp_path / "b"))
    assert interrupted == [backup.Interrupted(ballot_id, has_tellers=True)]
    _opened, raised = events.history(ballot_id)
    assert raised.kind is EventKind.INCIDENT_RAISED
    assert raised.actor_id is None, "nobody has raised it: it is no person's act"
    assert "sikkerhetskopi" in json.loads(raised.payload)["reason"]
    assert [event.hash for event in (_opened, raised)] == [events.digest(_opened), events.digest(raised)]
    letters = db.session.scalars(select(Letter)).all()
    assert len(letters) == 2
    assert "sikkerhetskopi" in outbox.render(letters[0])[1]
    assert list(audit.broken_links()) == []
    incident = joint.of(ballot_id).incident
    assert incident is not None, "it holds the result back until two tellers have settled it"


@pytest.mark.parametrize(
    ("state", "opens", "restored", "named"),
    [
        (State.OPEN, -1, 0, True),
        (State.FROZEN, -1, 0, True),  # open, though nobody has recorded it
        (State.NOTIFIED, 1, 2, True),  # opened between the backup and the restore
        (State.NOTIFIED, 1, 0, False),
        (State.OPEN, -4, 0, False),  # closed before the backup, though nobody has recorded it
        (State.CLOSED, -1, 0, False),
        (State.CANCELLED, -1, 0, False),
        (State.ANNULLED, -1, 0, False),
    ],
)
def test_ballots_are_named_in_which_votes_may_have_been_cast_since_the_backup(
    stamped: Flask, tmp_path: Path, state: State, opens: int, restored: int, *, named: bool
) -> None:
    at = clock.now()
    ballot_id = a_ballot(at + timedelta(days=opens), state=state).id
    folder = _backed_up(stamped, tmp_path / "b")
    with clock.stopped_at(at + timedelta(days=restored)):
        _, interrupted = backup.read(folder)
    assert interrupted == ([backup.Interrupted(ballot_id, has_tellers=False)] if named else [])


# --- Refusals


def _flip_a_letter(folder: Path) -> None:
    path = folder / "post.jsonl"
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))


def _drop_the_last_row(folder: Path) -> None:
    path = folder / "standing.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def _drop_a_file(folder: Path) -> None:
    (folder / "credit.jsonl").unlink()


def _drop_the_manifest(folder: Path) -> None:
    (folder / backup.MANIFEST).unlink()


def _cut_the_manifest(folder: Path) -> None:
    path = folder / backup.MANIFEST
    path.write_bytes(path.read_bytes()[:-20])


def _change(**values: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / backup.MANIFEST
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    return change


def _drop_a_table(folder: Path) -> None:
    path = folder / backup.MANIFEST
    manifest = json.loads(path.read_text())
    del manifest["files"][-1]
    path.write_text(json.dumps(manifest))


def _forge(line: bytes) -> Callable[[Path], None]:
    """Put a line at the end of a file, with a checksum that fits."""

    def forge(folder: Path) -> None:
        data = (folder / "voting_right.jsonl").read_bytes() + line + b"\n"
        (folder / "voting_right.jsonl").write_bytes(data)
        path = folder / backup.MANIFEST
        manifest = json.loads(path.read_text())
        entry = next(one for one in manifest["files"] if one["table"] == "voting_right")
        entry.update(rows=entry["rows"] + 1, sha256=hashlib.sha256(data).hexdigest())
        path.write_text(json.dumps(manifest))

    return forge


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (_flip_a_letter, "post.jsonl is not what the manifest says"),
        (_drop_the_last_row, "standing.jsonl is not what the manifest says"),
        (_drop_a_file, "credit.jsonl cannot be read"),
        (_drop_the_manifest, "it is no backup, or one that was not finished"),
        (_cut_the_manifest, "manifest.json cannot be read"),
        (_change(format="grasrot-backup-2"), "is not of the format grasrot-backup-1"),
        (_change(migration="f00d"), "made at migration f00d and this program is at"),
        (_change(files=[1]), "is damaged"),
        (_change(made_at="yesterday"), "is damaged"),
        (_drop_a_table, "names other tables or columns"),
        (_forge(b"{"), "line "),
        (_forge(b"[1]"), "line "),
        (_forge(b'[10,"full_member","mayor"]'), "Nothing was restored"),
        (_forge(b'[987654,"full_member","case"]'), "Nothing was restored"),
    ],
)
def test_a_backup_that_is_not_as_it_was_made_is_refused_and_nothing_is_written(
    made: Made, damage: Callable[[Path], None], sentence: str
) -> None:
    damage(made.folder)
    with pytest.raises(backup.Refused, match=sentence):
        backup.read(made.folder)
    assert not any(contents().values())


def test_a_database_with_rows_is_not_restored_into(made: Made) -> None:
    a_unit()
    before = contents()
    with pytest.raises(backup.Refused, match="not empty"):
        backup.read(made.folder)
    assert contents() == before


def test_a_database_of_another_migration_is_not_backed_up(small: Flask, tmp_path: Path) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'old'"))
    try:
        with pytest.raises(backup.Refused, match="run `grasrot init` first"):
            backup.write(tmp_path / "b")
    finally:
        with db.engine.begin() as connection:
            connection.execute(text("DELETE FROM alembic_version"))
        stamp()


def test_a_folder_in_use_is_left_alone(small: Flask, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(backup.Refused, match="is not empty"):
        backup.write(tmp_path)
    with pytest.raises(backup.Refused, match="cannot be used"):
        backup.write(tmp_path / "mine.txt")
    with pytest.raises(backup.Refused, match="cannot be used"):
        backup.write(tmp_path / "mine.txt" / "below")
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_a_backup_that_could_not_be_finished_leaves_nothing_that_looks_like_one(
    small: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(backup.os, "fsync", full)
        with pytest.raises(backup.Refused, match="No space left on device"):
            backup.write(tmp_path / "b")
    assert list((tmp_path / "b").iterdir()) == []
    backup.write(tmp_path / "b")


def _run(app: Flask, monkeypatch: pytest.MonkeyPatch, command: Any, folder: Path) -> Result:
    monkeypatch.setattr(backup, "application", lambda: app)
    return CliRunner().invoke(command, [str(folder)])


def test_the_commands_answer_with_a_sentence_and_an_exit_status(
    small: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = _run(small, monkeypatch, backup.backup, tmp_path / "b")
    assert done.exit_code == 0
    assert "The secret key is not in the backup" in done.stdout
    again = _run(small, monkeypatch, backup.backup, tmp_path / "b")
    assert again.exit_code == 2
    assert again.stderr.startswith("grasrot: ")
    assert again.stderr.count("\n") == 1
    full = _run(small, monkeypatch, backup.restore, tmp_path / "b")
    assert full.exit_code == 2
    assert "not empty" in full.stderr
    with small.app_context():
        empty(small)
    restored = _run(small, monkeypatch, backup.restore, tmp_path / "b")
    assert restored.exit_code == 0
    assert "Restored" in restored.stdout


def test_the_commands_name_the_ballots_in_which_people_vote(
    stamped: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched, alone = a_ballot(clock.now(), tellers=2).id, a_ballot(clock.now()).id
    done = _run(stamped, monkeypatch, backup.backup, tmp_path / "b")
    assert f"Voting is under way in ballots {watched}, {alone}" in done.stdout
    empty(stamped)
    done = _run(stamped, monkeypatch, backup.restore, tmp_path / "b")
    assert done.exit_code == 0
    assert "Votes cast after the backup are lost" in done.stderr
    assert f"The tellers are told, and decide what happens: ballot {watched}." in done.stderr
    assert f"tell the control committee: ballot {alone}." in done.stderr
