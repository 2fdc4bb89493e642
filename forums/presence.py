"""How many read a thread now: a number and never a name, kept in memory or, with several processes, on Redis."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Protocol

import redis
from flask import Flask, current_app

AWAY = timedelta(seconds=100)
"""A browser says that it is here about every 45 seconds; two that are missed, and its reader has left."""
FEWEST = 3
"""Below this the number would tell of persons, so nothing is shown."""


class Board(Protocol):
    """Who was where when; only the number of them is ever asked for."""

    def here(self, thread_id: int, member_id: int, at: datetime) -> int:
        """Note that somebody reads a thread, and answer how many do."""


class MemoryBoard:
    """The readers of one process."""

    def __init__(self) -> None:
        self._seen: dict[int, dict[int, datetime]] = {}
        self._lock = threading.Lock()

    def here(self, thread_id: int, member_id: int, at: datetime) -> int:
        """Note that somebody reads a thread, and answer how many do."""
        with self._lock:
            readers = self._seen.setdefault(thread_id, {})
            readers[member_id] = at
            for gone in [reader for reader, seen in readers.items() if seen + AWAY <= at]:
                del readers[gone]
            return len(readers)


class RedisBoard:
    """The readers of all processes, in a sorted set for each thread that vanishes with the last of them."""

    def __init__(self, url: str, prefix: str) -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=2)
        self._prefix = prefix

    def here(self, thread_id: int, member_id: int, at: datetime) -> int:
        """Note that somebody reads a thread, and answer how many do."""
        key = f"{self._prefix}-readers:{thread_id}"
        with self._redis.pipeline() as together:
            together.zadd(key, {str(member_id): at.timestamp()})
            together.zremrangebyscore(key, "-inf", (at - AWAY).timestamp())
            together.expire(key, AWAY)
            together.zcard(key)
            return int(together.execute()[-1])


def init_app(app: Flask) -> None:
    """Choose where readers are counted."""
    url = app.config["REDIS_URL"]
    board: Board = RedisBoard(url, app.config["REDIS_PREFIX"]) if url else MemoryBoard()
    app.extensions["grasrot_readers"] = board


def note(thread_id: int, member_id: int, at: datetime) -> int:
    """Note that a member reads a thread; answers how many do, 0 where they are too few to be told of."""
    board: Board = current_app.extensions["grasrot_readers"]
    number = board.here(thread_id, member_id, at)
    return number if number >= FEWEST else 0
