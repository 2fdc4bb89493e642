"""Whether this machine can do its work: database, migrations, queue, mail and timer, in plain words."""

from __future__ import annotations

from datetime import datetime, timedelta

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from foundation import clock, jobs, outbox
from foundation.extensions import db
from webapp.config import ROOT

# The timer comes by each minute; nothing depends on it, but mail and reminders wait for it.
TIMER_LATE = timedelta(minutes=5)


def database_answers() -> bool:
    """Whether the database can be read at all."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True


def report(*, details: bool) -> dict[str, object]:
    """{"ready": bool, "database": "...", ...}; numbers only for administrators."""
    parts = {
        "database": _database(),
        "migrations": _migrations(),
        "queue": _queue(),
        "mail": _mail(details=details),
        "timer": _timer(),
    }
    return {
        "ready": all(good for good, _words in parts.values()),
        **{name: words for name, (_g, words) in parts.items()},
    }


def _database() -> tuple[bool, str]:
    return (True, "answers") if database_answers() else (False, "does not answer")


def _migrations() -> tuple[bool, str]:
    head = ScriptDirectory(str(ROOT / "migrations")).get_current_head()
    try:
        current = current_revision()
    except SQLAlchemyError:
        return False, "cannot be read"
    if current == head:
        return True, "up to date"
    return False, "the database is older than the program: run `grasrot init`"


def current_revision() -> str | None:
    """The migration that the database is at; None for an empty one."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _queue() -> tuple[bool, str]:
    try:
        waiting = len(jobs.queue_of(current_app._get_current_object()))  # type: ignore[attr-defined]
    except Exception:
        return False, "does not answer"
    return True, "answers" if not waiting else "answers, work is waiting"


def _mail(*, details: bool) -> tuple[bool, str]:
    try:
        waiting, given_up = outbox.state()
    except SQLAlchemyError:
        db.session.rollback()
        return False, "cannot be read"
    if given_up:
        return (
            False,
            f"{given_up} letters could not be delivered"
            if details
            else "some letters could not be delivered",
        )
    return True, f"{waiting} letters wait" if details else "works"


def _timer() -> tuple[bool, str]:
    last: datetime | None = jobs.last_tick()
    if last is None:
        return True, "has not come by yet"
    if clock.now() - last > TIMER_LATE:
        return False, "has not come by for more than five minutes"
    return True, "comes by"
