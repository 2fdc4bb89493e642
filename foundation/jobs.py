"""What is due, done by the timer on the embedded queue or on Redis; correctness never depends on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import structlog
from flask import Flask
from huey import Huey, RedisHuey, SqliteHuey, crontab
from sqlalchemy.orm import Mapped, mapped_column

from foundation import clock, outbox
from foundation.columns import UtcDateTime
from foundation.extensions import Base, db
from foundation.transaction import transaction

log = structlog.get_logger()

_DUE: list[Callable[[datetime], int]] = []


class TimerMark(Base):
    """The one row that says when the timer last came by; operators ask for it, nothing else does."""

    __tablename__ = "timer_mark"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def last_tick() -> datetime | None:
    """When the timer last came by."""
    mark = db.session.get(TimerMark, 1)
    return mark.at if mark else None


def when_due(act: Callable[[datetime], int]) -> Callable[[datetime], int]:
    """Register what a package does when the timer comes by; it answers how many things it did."""
    if act not in _DUE:
        _DUE.append(act)
    return act


def tick() -> int:
    """Do whatever is due now, then send the mail; answers how many things were done."""
    at, done = clock.now(), 0
    for act in _DUE:
        try:
            done += act(at)
        except Exception:
            # One package's failure must not keep another's ballots from closing.
            log.exception("due_failed", act=act.__qualname__)
    with transaction() as session:
        session.merge(TimerMark(id=1, at=at))
    return done + outbox.deliver()


def queue_of(app: Flask) -> Huey:
    """The application's queue."""
    queue: Huey = app.extensions["grasrot_queue"]
    return queue


def init_app(app: Flask) -> None:
    """Bind a queue to the application: a file beside the database, or Redis where it is named."""
    redis_url = app.config["REDIS_URL"]
    if redis_url:
        queue: Huey = RedisHuey(app.config["REDIS_PREFIX"], url=redis_url)
    else:
        path = Path(app.config["INSTANCE"]) / "queue.db"
        path.parent.mkdir(parents=True, exist_ok=True)
        queue = SqliteHuey("grasrot", filename=str(path))
    queue.immediate = False

    def in_context() -> None:
        with app.app_context():
            tick()

    send = queue.task(name="send_mail")(lambda: _deliver(app))
    queue.periodic_task(crontab(minute="*"), name="tick")(in_context)
    app.extensions["grasrot_queue"] = queue
    app.extensions["grasrot_send"] = send


def _deliver(app: Flask) -> None:
    with app.app_context():
        outbox.deliver()
