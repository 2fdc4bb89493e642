"""What is due, done by the timer on the embedded queue or on Redis; correctness never depends on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from flask import Flask
from huey import Huey, RedisHuey, SqliteHuey, crontab
from sqlalchemy import select
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


class TimerGap(Base):
    """That the timer did not come by in [starts_at, ends_at): the server may have been away."""

    __tablename__ = "timer_gap"

    id: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


# The timer comes every minute; what is shorter is a restart.
GAP = timedelta(minutes=10)


def gaps(since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """When the timer was silent for more than ten minutes between two moments, also if it still is at the later one."""
    noted = [
        (gap.starts_at, gap.ends_at)
        for gap in db.session.scalars(
            select(TimerGap).where(TimerGap.ends_at > since, TimerGap.starts_at < until).order_by(TimerGap.id)
        )
    ]
    last = last_tick()
    if last is not None and until - last > GAP:
        noted.append((last, until))
    return noted


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
        last = last_tick()
        if last is not None and at - last > GAP:
            session.add(TimerGap(starts_at=last, ends_at=at))
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
