"""What a member's own page says of the debate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from forums import queries
from members.access import Rights

SHOWN = 6
_LOOKED_AT = 30


@dataclass(frozen=True)
class DebateLine:
    """A thread on a member's own page; `fresh` posts by others have come since she was there, at `since`."""

    url: str
    title: str
    area: str
    unit: str
    posts: int
    fresh: int
    since: datetime | None


def discuss_now(rights: Rights, _at: datetime) -> list[DebateLine]:
    """The latest threads: those with news for the member first, then those she has not opened, then the rest."""
    me = rights.member.id
    lines = queries.latest_threads(me, _LOOKED_AT, invited_only=rights.is_guest)
    fresh = queries.unread_counts(me, [line.thread.id for line in lines if line.is_fresh])
    lines.sort(key=lambda line: (not fresh.get(line.thread.id), line.read_to is not None))
    return [
        DebateLine(
            url=url_for("forums.thread", thread_id=line.thread.id),
            title=line.thread.title,
            area=line.thread.forum.area.name,
            unit=line.thread.unit.name,
            posts=line.thread.post_count,
            fresh=fresh.get(line.thread.id, 0),
            since=line.read_at,
        )
        for line in lines[:SHOWN]
    ]
