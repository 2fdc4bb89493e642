"""The only reader of the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_stopped: ContextVar[datetime | None] = ContextVar("stopped_clock", default=None)
_everywhere: list[datetime] = []


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _stopped.get() or (_everywhere[-1] if _everywhere else datetime.now(UTC))


@contextmanager
def stopped_at(moment: datetime, *, all_threads: bool = False) -> Iterator[None]:
    """Let `now()` answer `moment` inside the block; for tests and for dating demonstration data.

    A stopped clock is this thread's own unless `all_threads` says otherwise (servers started by tests).
    """
    moment = moment.astimezone(UTC)
    if all_threads:
        _everywhere.append(moment)
        try:
            yield
        finally:
            _everywhere.remove(moment)
        return
    token = _stopped.set(moment)
    try:
        yield
    finally:
        _stopped.reset(token)
