"""What a morning's digests for 50 000 members cost, in seconds, in memory, and against writing as many rows.

`python -m bench.digests`. `raw` is the least that any program must do on the same machine: store as many letters of
the same length and as many claims, in parts of the same size. On SQLite with a commit that waits for the disk.
Every size is measured in a process of its own, so that peak memory is that of one round; what does not grow with
the members is bounded.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import insert, select

from forums.models import Forum, Post, Thread, ThreadKind, Visit
from forums.notices.models import Following
from forums.notices.rules import Level
from forums.notices.services import mornings
from foundation import clock
from foundation.extensions import db
from foundation.outbox import Letter
from foundation.transaction import transaction
from members.models import Member, PolicyArea, Standing, Unit
from members.rules.classes import MembershipClass, Status
from webapp.app import create_app
from webapp.config import Config

MONDAY = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)  # seven in Oslo
SIZES = (5_000, 50_000)
AREAS, THREADS, POSTS = 8, 200, 4_000


def _config(folder: Path) -> Config:
    return Config(
        development=True,
        demo=False,
        secret_key="a key that only the benchmark knows, and long enough",  # noqa: S106
        database_url=f"sqlite:///{folder / 'bench.db'}",
        box_database_url="",
        redis_url="",
        mail_url="",
        base_url="http://127.0.0.1:5000",
        timezone="Europe/Oslo",
        instance=folder,
        organisation="",
        brand_colour="#14532d",
        host="127.0.0.1",
        port=5000,
    )


def _plant(members: int) -> None:
    """A unit, areas with a week's debate, members of whom every third follows one area closely and reads a thread."""
    long_ago, week = MONDAY - timedelta(days=900), MONDAY - timedelta(days=6)
    with transaction() as session:
        unit = Unit(code="FV", name="Fjordvik", kind="kommuneparti", path="/1/")
        session.add(unit)
        session.flush()
        for start in range(1, members + 1, 5_000):
            ids = range(start, min(start + 5_000, members + 1))
            session.execute(
                insert(Member),
                [
                    {
                        "id": number,
                        "member_no": str(number),
                        "name": f"Medlem {number}",
                        "email": f"medlem{number}@example.org",
                        "locale": ("nb", "nn", "en")[number % 3],
                        "registered_at": long_ago,
                    }
                    for number in ids
                ],
            )
            session.execute(
                insert(Standing),
                [
                    {
                        "member_id": number,
                        "unit_id": unit.id,
                        "membership_class": MembershipClass.FULL_MEMBER,
                        "status": Status.ACTIVE,
                        "joined_at": long_ago,
                        "recorded_at": long_ago,
                    }
                    for number in ids
                ],
            )
        for number in range(AREAS):
            area = PolicyArea(code=f"omrade-{number}", name=f"Område {number}", unit_id=unit.id)
            session.add(area)
            session.flush()
            session.add(Forum(id=number + 1, area_id=area.id, unit_id=unit.id))
        session.flush()
        _debate(week)
        session.execute(
            insert(Following),
            [
                {
                    "member_id": number,
                    "area_id": number % AREAS + 1,
                    "level": Level.ALL,
                    "chosen_at": long_ago,
                }
                for number in range(1, members + 1, 3)
            ],
        )
        session.execute(
            insert(Visit),
            [
                {"member_id": number, "thread_id": number % THREADS + 1, "last_post_id": POSTS, "at": week}
                for number in range(1, members + 1, 3)
            ],
        )


def _debate(week: datetime) -> None:
    db.session.execute(
        insert(Thread),
        [
            {
                "id": number + 1,
                "forum_id": number % AREAS + 1,
                "unit_id": 1,
                "kind": ThreadKind.IDEA,
                "title": f"Hva mener vi om sak nummer {number}?",
                "author_id": 1,
                "opened_at": week,
                "last_post_at": week,
                "post_count": POSTS // THREADS,
            }
            for number in range(THREADS)
        ],
    )
    db.session.execute(
        insert(Post),
        [
            {
                "id": number + 1,
                "thread_id": number % THREADS + 1,
                "root_id": number + 1,
                "author_id": 1,
                "body": "Innlegg",
                "written_at": week + timedelta(minutes=2 * number),
            }
            for number in range(POSTS)
        ],
    )


def _one(members: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app = create_app(_config(folder))
        app.config["WAKE_WORKER"] = False
        with app.app_context():
            db.create_all()
            _plant(members)
            db.session.remove()
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            with clock.stopped_at(MONDAY):
                began = perf_counter()
                written = mornings.send_due(MONDAY)
                took = perf_counter() - began
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            length = len(db.session.scalars(select(Letter.facts).limit(1)).one())
            db.session.remove()
            db.engine.dispose()
        raw = _raw(folder / "raw.db", written, length)
    return {"letters": written, "seconds": took, "raw": raw, "grown_mb": grown / 1024}


def _raw(file: Path, letters: int, length: int) -> float:
    """Store as many letters and claims in parts of the same size, and nothing else."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE letter (id INTEGER PRIMARY KEY, key TEXT UNIQUE, address TEXT, facts TEXT)"
    )
    connection.execute("CREATE TABLE claim (member INTEGER, day TEXT, PRIMARY KEY (member, day))")
    facts = "x" * length
    began = perf_counter()
    for start in range(0, letters, mornings.PART):
        part = range(start, min(start + mornings.PART, letters))
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO letter (key, address, facts) VALUES (?, ?, ?)",
            [(f"morning:{number}", f"medlem{number}@example.org", facts) for number in part],
        )
        connection.executemany("INSERT INTO claim VALUES (?, '2026-03-09')", [(number,) for number in part])
        connection.execute("COMMIT")
    took = perf_counter() - began
    connection.close()
    return took


def measure() -> list[dict[str, Any]]:
    """All rows of the table."""
    rows = []
    for members in SIZES:
        done = subprocess.run(
            [sys.executable, "-m", "bench.digests", "--one", str(members)],
            capture_output=True,
            text=True,
            check=True,
        )
        rows.append({"members": members, **json.loads(done.stdout)})
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as lines of text."""
    lines = [f"{'digests':>10}{'letters':>10}{'seconds':>10}{'raw':>8}  {'ratio':<10}{'more memory':>12}"]
    lines += [
        f"{row['members']:>10}{row['letters']:>10}{row['seconds']:>10.2f}{row['raw']:>8.2f}"
        f"  {row['seconds'] / row['raw']:<4.1f}x raw {row['grown_mb']:>9.1f} MB"
        for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(_one(int(sys.argv[2]))))
    else:
        print(table(measure()))
