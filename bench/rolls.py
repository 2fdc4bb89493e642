"""What a roll of 100 000 members with a million contributions costs, and what one member's own line costs.

On a PostgreSQL database of its own, which is made and dropped; SQLite where none answers. `raw` is the least
that any program must do: fetch the members with their standings and store as many lines.
"""

from __future__ import annotations

import hashlib
import json
import resource
import secrets
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import text

from ballot.models import Ballot, BallotClass, BallotUnit
from ballot.rules.lifecycle import State
from ballot.rules.participation import Setting
from ballot.services import participation, roll
from foundation.extensions import db
from foundation.transaction import transaction
from members.access import rights_of
from members.models import Member
from members.rules.classes import MembershipClass
from webapp.app import create_app
from webapp.config import Config

SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"
NOTICE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FREEZE = datetime(2026, 3, 16, 19, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@contextmanager
def a_database() -> Iterator[str]:
    name = f"grasrot_bench_{secrets.token_hex(4)}"
    try:
        with psycopg.connect(SERVER, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name}")
    except psycopg.OperationalError:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{Path(folder) / 'bench.db'}"
        return
    try:
        yield SERVER.replace("postgresql://", "postgresql+psycopg://").removesuffix("postgres") + name
    finally:
        with psycopg.connect(SERVER, autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def an_app(url: str, folder: Path) -> Flask:
    return create_app(
        Config(
            development=True,
            demo=False,
            secret_key="a key that only the benchmark knows, and long enough",  # noqa: S106
            database_url=url,
            box_database_url="",
            redis_url="",
            redis_prefix="",
            mail_url="",
            base_url="http://127.0.0.1:5000",
            timezone="Europe/Oslo",
            instance=folder,
            organisation="",
            brand_colour="#14532d",
            host="127.0.0.1",
            port=5000,
            testing=True,
        )
    )


# Everything by set, so that a million rows are there in seconds.
_SEED = (
    "INSERT INTO unit (id, code, name, kind, path) VALUES (1, 'FV', 'Fjordvik', 'local', '/1/')",
    (
        "INSERT INTO policy_area (id, code, name, description, unit_id, is_committee, position) "
        "VALUES (1, 'skole', 'Skole', '', 1, false, 0)"
    ),
    "INSERT INTO forum (id, area_id, unit_id) VALUES (1, 1, 1)",
    (
        "INSERT INTO member (id, member_no, name, locale, registered_at) "
        "SELECT i, CAST(100000 + i AS VARCHAR), 'Medlem ' || i, 'nb', :long_ago FROM numbers WHERE i <= :members"
    ),
    (
        "INSERT INTO standing (id, member_id, unit_id, membership_class, status, joined_at, born_year, recorded_at) "
        "SELECT i, i, 1, 'full_member', 'active', :long_ago, 1980, :long_ago FROM numbers WHERE i <= :members"
    ),
    (
        "INSERT INTO cases (id, body_code, year, serial, forum_id, unit_id, title, summary, deciding_body, decides_at, "
        "contributions_before, responsible_id, opened_by_id, opened_at) "
        "VALUES (1, 'FV', 2026, 1, 1, 1, 'Skole', '', '', :decides, :decides, 1, 1, :long_ago)"
    ),
    (
        "INSERT INTO thread (id, forum_id, unit_id, kind, title, author_id, opened_at, last_post_at, post_count) "
        "VALUES (1, 1, 1, 'case', 'Skole', 1, :long_ago, :long_ago, :posts)"
    ),
    "INSERT INTO case_thread (case_id, thread_id, linked_at) VALUES (1, 1, :long_ago)",
    # Eight of ten members write; those who do, equally much, one after another through the window.
    (
        "INSERT INTO post (id, thread_id, author_id, body, version, visible_characters, written_at) "
        "SELECT i, 1, 1 + i % (:members * 8 / 10), 'Skolen er et samlingspunkt.', 1, 60, :in_window "
        "FROM numbers WHERE i <= :posts"
    ),
    (
        "INSERT INTO credit (id, case_id, member_id, kind, post_id, post_version, visible_characters, at, recorded_at) "
        "SELECT id, 1, author_id, 'post', id, 1, 60, written_at, written_at FROM post"
    ),
    # One of fifty has been deleted again: of those, everything is read.
    (
        "INSERT INTO credit_loss (id, credit_id, ground, recorded_at) "
        "SELECT id, id, 'deleted', :in_window FROM credit WHERE id % 50 = 0"
    ),
)
_NUMBERS = (
    "CREATE TABLE numbers AS WITH RECURSIVE s(i) AS "
    "(SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < :most) SELECT i FROM s"
)


def _seed(members: int, posts: int) -> int:
    """Members of one unit, and what they have written on a case with a noticed ballot; the ballot's id."""
    postgresql = db.engine.dialect.name == "postgresql"

    def told(moment: datetime) -> object:
        return moment if postgresql else moment.replace(tzinfo=None).isoformat(" ", "microseconds")

    facts = {
        "members": members,
        "posts": posts,
        "most": max(members, posts),
        "long_ago": told(NOTICE - 400 * DAY),
        "in_window": told(NOTICE + DAY),
        "decides": told(FREEZE + 30 * DAY),
    }
    with transaction() as session:
        for statement in (_NUMBERS, *_SEED):
            session.execute(
                text(statement), {name: value for name, value in facts.items() if f":{name}" in statement}
            )
    with transaction() as session:
        ballot = Ballot(
            unit_id=1,
            case_id=1,
            state=State.NOTIFIED,
            question="Bør begge skolene bestå?",
            about="",
            drafter_id=1,
            responsible_id=1,
            drafted_at=NOTICE,
            notified_at=NOTICE,
            cutoff_at=NOTICE,
            window_opens_at=NOTICE,
            roll_freezes_at=FREEZE,
            opens_at=FREEZE + DAY / 2,
            closes_at=FREEZE + 3 * DAY,
            participation=Setting.REQUIRED,
            majority_numerator=1,
            units=[BallotUnit(unit_id=1)],
            classes=[BallotClass(membership_class=MembershipClass.FULL_MEMBER)],
        )
        session.add(ballot)
        session.flush()
        ballot_id = ballot.id
    if postgresql:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    return ballot_id


def _raw(members: int) -> float:
    """Fetch every member with her standing and store as many lines: what no program can do without."""
    start = perf_counter()
    with transaction() as session:
        rows = session.execute(
            text(
                "SELECT member.id, member_no, status, joined_at "
                "FROM member JOIN standing ON standing.member_id = member.id"
            )
        ).all()
        session.execute(
            text("CREATE TABLE raw_line (place INTEGER PRIMARY KEY, member_id INTEGER, entitled INTEGER)")
        )
        for first in range(0, members, roll.CHUNK):
            session.execute(
                text("INSERT INTO raw_line VALUES (:place, :member_id, 1)"),
                [
                    {"place": place, "member_id": row[0]}
                    for place, row in enumerate(rows[first : first + roll.CHUNK], start=first)
                ],
            )
    return perf_counter() - start


def _status_of(ballot_id: int, member_id: int) -> float:
    """The line of one member, in milliseconds: the median of forty pages."""
    ballot = db.session.get_one(Ballot, ballot_id)
    held = rights_of(db.session.get_one(Member, member_id), NOTICE + 2 * DAY)
    if held is None:
        raise LookupError(member_id)
    took = []
    for _ in range(40):
        start = perf_counter()
        participation.status(ballot, held, NOTICE + 2 * DAY)
        took.append(perf_counter() - start)
    return statistics.median(took) * 1000


def _peak() -> float:
    """The most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _once(members: int, posts: int) -> dict[str, Any]:
    with a_database() as url, tempfile.TemporaryDirectory() as folder:
        app = an_app(url, Path(folder))
        with app.app_context():
            db.create_all()
            ballot_id = _seed(members, posts)
            status_ms = _status_of(ballot_id, 2)
            before = _peak()
            start = perf_counter()
            with transaction():
                frozen = roll.freeze(db.session.get_one(Ballot, ballot_id))
                sha256 = frozen.roll.sha256
            seconds = perf_counter() - start
            peak = _peak() - before
            again = hashlib.sha256(roll.canonical_of(db.session.get_one(Ballot, ballot_id))).digest()
            raw = _raw(members)
            made = db.session.get_one(roll.Roll, ballot_id)
            row = {
                "database": db.engine.dialect.name,
                "members": members,
                "posts": posts,
                "seconds": round(seconds, 2),
                "raw_seconds": round(raw, 2),
                "ratio": round(seconds / raw, 2),
                "peak_mb": round(peak, 1),
                "status_ms": round(status_ms, 2),
                "entitled": made.entitled,
                "same_hash": sha256 == again,
            }
            db.session.remove()
            db.engine.dispose()
    return row


def measure(*, quick: bool = False) -> list[dict[str, Any]]:
    """A tenth first, so that growth shows; each in a process of its own, so that the peak is that of one roll."""
    sizes = [(2_000, 20_000)] if quick else [(10_000, 100_000), (100_000, 1_000_000)]
    rows = []
    for members, posts in sizes:
        child = subprocess.run(
            [sys.executable, "-m", "bench.rolls", str(members), str(posts)],
            check=True,
            capture_output=True,
            text=True,
        )
        rows.append(json.loads(child.stdout.splitlines()[-1]))
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """The figures in columns."""
    lines = ["Roll at the freeze (target: 100 000 members, 1 000 000 posts in under 20 s on PostgreSQL)"]
    lines += [
        f"{row['database']:<11} {row['members']:>7} members {row['posts']:>8} posts  {row['seconds']:>6.2f} s"
        f"  {row['ratio']:>5.2f} x raw  {row['peak_mb']:>6.1f} MB more  one line {row['status_ms']:.2f} ms"
        f"  {'same hash' if row['same_hash'] else 'ANOTHER HASH'}"
        for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(_once(int(sys.argv[1]), int(sys.argv[2]))))
    else:
        print(table(measure(quick="--quick" in sys.argv)))
