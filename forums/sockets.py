"""The live debate: who may listen to which thread. Nobody writes here, and what is told are numbers, never text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from flask import Flask, session
from flask_login import current_user
from flask_socketio import emit, join_room, leave_room

from forums import access, presence, queries
from forums.services.parts import room
from foundation import clock
from foundation.doors import SIGNED_IN, listen
from foundation.extensions import socketio
from members import access as people
from members import queries as register
from members.hooks import on_rights_changed
from members.rules.permissions import Permission, Role

_SPACE = "/"
MOST_MISSED = 200
"""Whoever has missed more is asked to load the page again."""


def init_app(app: Flask) -> None:
    """Register the handlers, and close the rooms of those who lose the right to them."""
    listen("connect", SIGNED_IN)(connect)
    listen("follow", Permission.READ)(follow)
    listen("here", Permission.READ)(here)
    presence.init_app(app)
    on_rights_changed(reconsider)


def connect(_sent: object = None) -> None:
    """A signed-in browser opens its socket; it hears nothing until it follows a thread."""
    join_room(_member_room(current_user.member.id))
    join_room(_session_room(current_user.session_id))


def follow(sent: object = None) -> dict[str, object]:
    """Listen to one thread, if it may be read now; answers where the thread stands. Others are left.

    Whoever says since which change of the thread (`since`) is told exactly what she has missed: the numbers of
    the posts that are new or no longer what they were, or `more` when they are too many to be worth it.
    """
    thread_id = sent.get("thread") if isinstance(sent, dict) else None
    since = sent.get("since") if isinstance(sent, dict) else None
    people.forget_current()
    rights = people.current()
    if "following" in session:  # this socket's own copy, not the browser's cookie
        leave_room(room(session.pop("following")))
    thread = queries.thread_by_id(thread_id) if _is_number(thread_id) else None
    answer = access.on_thread(rights, Permission.READ, thread) if thread is not None else None
    if thread is None or not answer:
        emit("refused", {"thread": thread_id if _is_number(thread_id) else 0})
        return {"refused": answer.reason.code if answer is not None and not answer else "not_found"}
    join_room(room(thread.id))
    session["following"] = thread.id
    answered: dict[str, object] = {
        "thread": thread.id,
        "last": thread.last_post_id,
        "count": thread.post_count,
        "change": thread.changes,
    }
    if _is_number(since) and since < thread.changes:
        missed = queries.changed_since(thread.id, since, MOST_MISSED + 1)
        answered |= {"missed": missed[:MOST_MISSED], "more": len(missed) > MOST_MISSED}
    return answered


def here(_sent: object = None) -> dict[str, object]:
    """Say that the thread one follows is being read; answers how many read it, where they are enough to be told of."""
    thread_id = session.get("following")
    if thread_id is None:
        return {"readers": 0}
    return {"readers": presence.note(thread_id, current_user.member.id, clock.now())}


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def reconsider(member_id: int) -> None:
    """Somebody's rights have changed: sockets of ended sessions are closed, threads no longer open to her are left.

    Only those that this process holds; a thread's numbers are all that another process would still tell her.
    """
    sids = _in_room(_member_room(member_id))
    if not sids:
        return
    member = queries.member_by_id(member_id)
    rights = people.rights_of(member) if member is not None else None
    gone = rights is None or any(held.role is Role.VISITOR for held in rights.held)
    valid = {_session_room(row.id) for row in register.sessions_of(member_id, clock.now())}
    for sid in sids:
        if gone or not valid & set(_rooms_of(sid)):
            socketio.server.disconnect(sid, namespace=_SPACE)
            continue
        for thread_id in list(_threads_of(sid)):
            thread = queries.thread_by_id(thread_id)
            if thread is None or rights is None or not access.on_thread(rights, Permission.READ, thread):
                socketio.server.leave_room(sid, room(thread_id), namespace=_SPACE)
                socketio.emit("refused", {"thread": thread_id}, to=sid, namespace=_SPACE)


def _member_room(member_id: int) -> str:
    return f"member:{member_id}"


def _session_room(session_id: int) -> str:
    return f"session:{session_id}"


def _in_room(name: str) -> list[str]:
    return [sid for sid, _connection in socketio.server.manager.get_participants(_SPACE, name)]


def _rooms_of(sid: str) -> list[str]:
    return list(socketio.server.rooms(sid, namespace=_SPACE))


def _threads_of(sid: str) -> Iterator[int]:
    prefix = room(0).removesuffix("0")
    for name in _rooms_of(sid):
        if name.startswith(prefix):
            yield int(name.removeprefix(prefix))
