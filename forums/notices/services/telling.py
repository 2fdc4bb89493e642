"""What happens, told to those it concerns on their own pages, in the transaction in which it happens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import bindparam, text, update

from forums.models import Thread
from forums.notices import queries
from forums.notices.models import Notice
from forums.notices.rules import Gather, Level, NoticeKind, gathered
from foundation import clock
from foundation.columns import UtcDateTime
from foundation.errors import NotFound
from foundation.extensions import db
from foundation.links import link
from foundation.transaction import transaction

PART = 500


@dataclass(frozen=True)
class Occasion:
    """What is told: its kind and key, the page it leads to, and titles and names (never what anybody wrote)."""

    kind: NoticeKind
    key: str
    path: str
    facts: Mapping[str, Any]


def path(endpoint: str, **values: object) -> str:
    """The address of a page of ours as a notice keeps it."""
    parts = urlsplit(link(endpoint, **values))
    return parts.path + (f"#{parts.fragment}" if parts.fragment else "")


def tell(
    occasion: Occasion,
    member_ids: Sequence[int],
    *,
    area_id: int | None = None,
    thread_id: int | None = None,
    least: Level = Level.BALLOTS,
    has_letter: bool = False,
) -> None:
    """Tell these members, in the transaction under way, as each wants to hear of the place; nobody twice.

    `least` is the level from which on such things are told. `has_letter`: the occasion sends a letter of its own.
    """
    at = clock.now()
    for start in range(0, len(member_ids), PART):
        wanted = queries.choices_at(member_ids[start : start + PART], area_id=area_id, thread_id=thread_id)
        rows = [
            _row(occasion, member_id, choice, at, has_letter=has_letter)
            for member_id, choice in wanted.items()
            if _RANK[choice.level] >= _RANK[least]
        ]
        told = [row for row in rows if row["shown"] or row["gather"] != Gather.NEVER]
        if told:
            db.session.execute(_INSERT, told)


_RANK = {level: rank for rank, level in enumerate(Level)}


def _row(
    occasion: Occasion, member_id: int, choice: queries.Choice, at: datetime, *, has_letter: bool
) -> dict[str, Any]:
    gather = Gather.NEVER if has_letter else gathered(choice.level, by_mail=choice.by_mail)
    return {
        "member": member_id,
        "key": occasion.key,
        "kind": occasion.kind.value,
        "path": occasion.path,
        "facts": json.dumps(occasion.facts),
        "shown": choice.in_page,
        "gather": gather.value,
        "at": at,
    }


_INSERT = text(
    "INSERT INTO notice (member_id, key, kind, path, facts, shown, gather, at) "
    "VALUES (:member, :key, :kind, :path, :facts, :shown, :gather, :at) "
    "ON CONFLICT (member_id, key) DO NOTHING"
).bindparams(bindparam("at", type_=UtcDateTime()))


# What the debate tells


def post_stored(*, post_id: int, **_: object) -> None:
    """A reply is told to whoever wrote the post it answers."""
    found = queries.post_with_thread(post_id)
    if found is None:
        return
    post, thread, area_id, author = found
    target = queries.author_of(post.quotes_id) if post.quotes_id else None
    if target is not None and target != post.author_id:
        _tell_of_post(NoticeKind.REPLY, post.id, [target], thread, area_id, author)


def member_mentioned(*, post_id: int, member_ids: Iterable[int], **_: object) -> None:
    """A mention is told to whoever is mentioned; a reply that also mentions is told once."""
    found = queries.post_with_thread(post_id)
    if found is not None:
        post, thread, area_id, author = found
        others = [member_id for member_id in member_ids if member_id != post.author_id]
        _tell_of_post(NoticeKind.MENTION, post.id, others, thread, area_id, author)


def post_taken_along(*, post_id: int, author_id: int, **_: object) -> None:
    """«Dette tok jeg med meg» is told to the author of the post."""
    found = queries.post_with_thread(post_id)
    if found is not None:
        post, thread, area_id, _author = found
        _tell_of_post(NoticeKind.TAKEN_ALONG, post.id, [author_id], thread, area_id, "", key="taken")


def _tell_of_post(
    kind: NoticeKind,
    post_id: int,
    member_ids: Sequence[int],
    thread: Thread,
    area_id: int,
    who: str,
    key: str = "post",
) -> None:
    tell(
        Occasion(
            kind,
            f"{key}:{post_id}",
            path("forums.post", post_id=post_id),
            {"who": who, "title": thread.title},
        ),
        member_ids,
        area_id=area_id,
        thread_id=thread.id,
    )


def address_bounced(address: str) -> None:
    """Whoever has an address that does not work is told on her page, since no letter would reach her."""
    member = queries.member_by_address(address)
    if member is not None:
        at = clock.now()
        row = {
            "member": member.id,
            "key": f"bounced:{at:%Y-%m-%d}",
            "kind": NoticeKind.ADDRESS_BOUNCED.value,
            "path": path("members.profile"),
            "facts": json.dumps({"address": address}),
            "shown": True,
            "gather": Gather.NEVER.value,
            "at": at,
        }
        db.session.execute(_INSERT, [row])


# Reading


def open_notice(member_id: int, notice_id: int) -> str:
    """Mark one of a member's notices as read, and say where it leads; raises NotFound."""
    notice = queries.notice_of(member_id, notice_id)
    if notice is None:
        raise NotFound
    where = notice.path
    if notice.read_at is None:
        _mark(member_id, notice_id)
    return where


def read_all(member_id: int, upto: int) -> None:
    """Mark as read what a member has been shown: what came while she was reading stays unread."""
    with transaction() as session:
        session.execute(
            update(Notice)
            .where(Notice.member_id == member_id, Notice.id <= upto, Notice.read_at.is_(None))
            .values(read_at=clock.now())
        )


def _mark(member_id: int, notice_id: int) -> None:
    with transaction() as session:
        session.execute(
            update(Notice)
            .where(Notice.member_id == member_id, Notice.id == notice_id, Notice.read_at.is_(None))
            .values(read_at=clock.now())
        )
