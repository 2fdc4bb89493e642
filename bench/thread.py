"""What opening a long thread at its first unread post costs, in seconds, in statements, and against the rows alone.

`python -m bench.thread`. One opening is what a reader's browser does who follows «Gå til første uleste»: the post's
address, and the page of the thread that it leads to, rendered whole for a member who has read half. `raw` is the
least that any program must do on the same database: fetch that page's rows with their authors. On a PostgreSQL
database of its own, which is made and dropped; SQLite where none answers.
"""

from __future__ import annotations

import json
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

from flask.testing import FlaskClient
from sqlalchemy import event, insert, text, update

from bench.rolls import a_database, an_app
from forums.models import Forum, Post, Thread, ThreadKind, Visit
from forums.rules import POSTS_ON_A_PAGE
from foundation import clock
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import Member, PolicyArea, Standing, Unit
from members.rules.classes import MembershipClass, Status
from members.services import start_session

NOW = datetime(2026, 3, 9, 11, 0, tzinfo=UTC)
SIZES = (1_000, 10_000)
AUTHORS = 400
TIMES = 15
READER = 1
_RAW = text(
    "SELECT post.*, member.name FROM post JOIN member ON member.id = post.author_id "
    "WHERE thread_id = 1 ORDER BY root_id, post.id LIMIT :most OFFSET :before"
)
_WORDS = (
    "Skolen på Nordneset er mer enn timene i klasserommet. Den er **gymsalen** som korpset låner på onsdager, og "
    "den er grunnen til at to familier til har flyttet hit. Legger vi den ned, blir veien 14 kilometer lengre for "
    "de yngste.\n\n- Bussen går ikke før klokka åtte.\n- SFO finnes bare på den ene skolen.\n\nHva sier "
    "[rådmannens utredning](https://example.org/utredning) om det?"
)


def _plant(posts: int) -> None:
    """A thread that four hundred members have written in; every fifth post begins a new talk."""
    long_ago = NOW - timedelta(days=900)
    began = NOW - timedelta(minutes=posts)
    with transaction() as session:
        unit = Unit(code="FV", name="Fjordvik", kind="kommuneparti", path="/1/")
        session.add(unit)
        session.flush()
        area = PolicyArea(code="skole", name="Skole", unit_id=unit.id)
        session.add(area)
        session.flush()
        session.add(Forum(id=1, area_id=area.id, unit_id=unit.id))
        people = range(1, AUTHORS + 1)
        session.execute(
            insert(Member),
            [
                {
                    "id": one,
                    "member_no": str(100_000 + one),
                    "name": f"Medlem {one}",
                    "email": f"medlem{one}@example.org",
                    "locale": "nb",
                    "registered_at": long_ago,
                }
                for one in people
            ],
        )
        session.execute(
            insert(Standing),
            [
                {
                    "member_id": one,
                    "unit_id": unit.id,
                    "membership_class": MembershipClass.FULL_MEMBER,
                    "status": Status.ACTIVE,
                    "joined_at": long_ago,
                    "recorded_at": long_ago,
                }
                for one in people
            ],
        )
        session.execute(
            insert(Thread),
            {
                "id": 1,
                "forum_id": 1,
                "unit_id": unit.id,
                "kind": ThreadKind.IDEA,
                "title": "Bør begge skolene bestå?",
                "author_id": 1,
                "opened_at": began,
                "last_post_at": NOW,
                "last_post_id": posts,
                "post_count": posts,
            },
        )
        session.execute(
            insert(Post),
            [
                {
                    "id": one,
                    "thread_id": 1,
                    "root_id": one - (one - 1) % 5,
                    "author_id": 2 + one % (AUTHORS - 1),
                    "body": f"{_WORDS} Innlegg {one}.",
                    "visible_characters": 300,
                    "written_at": began + timedelta(minutes=one),
                }
                for one in range(1, posts + 1)
            ],
        )
        session.add(Visit(member_id=READER, thread_id=1, last_post_id=posts // 2, at=NOW - timedelta(days=1)))
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


@contextmanager
def _statements() -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def _open(client: FlaskClient, post_id: int) -> float:
    """Seconds from the link to the first unread post until its page is there."""
    start = perf_counter()
    lead = client.get(f"/innlegg/{post_id}")
    page = client.get(lead.headers["Location"].partition("#")[0])
    took = perf_counter() - start
    if f'data-post="{post_id}"' not in page.get_data(as_text=True):
        raise LookupError(f"post {post_id} does not stand on the page its address leads to")
    return took


def _unread_again(mark: int) -> None:
    with transaction() as session:
        session.execute(update(Visit).values(last_post_id=mark))
    db.session.remove()


def _raw(before: int) -> float:
    took = []
    for _ in range(TIMES):
        start = perf_counter()
        rows = db.session.execute(_RAW, {"most": POSTS_ON_A_PAGE, "before": before}).all()
        took.append(perf_counter() - start)
        if len(rows) != POSTS_ON_A_PAGE:
            raise LookupError(before)
        db.session.rollback()
    return statistics.median(took)


def _once(posts: int) -> dict[str, Any]:
    with a_database() as url, tempfile.TemporaryDirectory() as folder:
        app = an_app(url, Path(folder))
        with app.app_context(), clock.stopped_at(NOW, all_threads=True):
            db.create_all()
            _plant(posts)
            token = start_session(READER, "Firefox på Linux")
            db.session.remove()
            read = posts // 2
            client = app.test_client()
            with client.session_transaction() as session:
                session["token"] = token
            took, statements = [], 0
            for _ in range(TIMES + 1):
                _unread_again(read)
                with _statements() as sent:
                    took.append(_open(client, read + 1))
                statements = len(sent)
            row = {
                "database": db.engine.dialect.name,
                "posts": posts,
                # The first one compiles templates and statements.
                "first": took[0],
                "seconds": statistics.median(took[1:]),
                "statements": statements,
                "raw": _raw(read - read % POSTS_ON_A_PAGE),
            }
            db.session.remove()
            db.engine.dispose()
    return row


def measure() -> list[dict[str, Any]]:
    """A tenth first, so that growth shows; each in a process of its own."""
    rows = []
    for posts in SIZES:
        child = subprocess.run(
            [sys.executable, "-m", "bench.thread", str(posts)], check=True, capture_output=True, text=True
        )
        rows.append(json.loads(child.stdout.splitlines()[-1]))
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as lines of text."""
    lines = ["A thread opened at its first unread post"]
    lines += [
        f"{row['database']:<11} {row['posts']:>6} posts  {row['seconds'] * 1000:>7.1f} ms"
        f"  {row['statements']:>3} statements  {row['seconds'] / row['raw']:>6.1f} x raw ({row['raw'] * 1000:.2f} ms)"
        f"  first {row['first'] * 1000:.0f} ms"
        for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(json.dumps(_once(int(sys.argv[1]))))
    else:
        print(table(measure()))
