"""Posts that have changed, for those who are reading their thread: made once, however many ask."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from forums import access, queries
from forums.models import Post
from forums.rules import POSTS_AT_ONCE
from forums.views.blueprint import bp
from forums.views.threads import Reader, line_or_404, reader_of
from foundation.doors import open_to
from members.access import current
from members.rules.permissions import Permission

NOBODY = Reader(0, may_reply=False, may_moderate=False, may_report=False, read_to=None, said={}, sentences={})
"""Who the pieces that all readers share are made for: she may do nothing, and sees what everybody sees."""


@dataclass(frozen=True)
class Pieces:
    """Posts as everybody who may read the thread sees them, and who wrote them."""

    html: str
    authors: frozenset[int]


@dataclass
class Shared:
    """The pieces made last, by thread, its change, the posts and the language. Those who ask at once wait for one."""

    most: int = 200
    _made: OrderedDict[object, Pieces] = field(default_factory=OrderedDict)
    _making: dict[object, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: object, make: Callable[[], Pieces]) -> Pieces:
        """What stands under `key`, made now where nobody has made it."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._made:
                    return self._made[key]
            pieces = make()
            with self._lock:
                self._made[key] = pieces
                self._making.pop(key, None)
                while len(self._made) > self.most:
                    self._made.popitem(last=False)
        return pieces


@bp.get("/trader/<int:thread_id>/endret")
@open_to(Permission.READ)
def changed_posts(thread_id: int) -> ResponseReturnValue:
    """The posts named in `?innlegg=1,2`, as pieces that replace those of an open page; nothing counts as read by it.

    Their authors and the moderators get their own, since they see what is hidden.
    """
    rights = current()
    line = line_or_404(rights, thread_id)
    asked = [
        part for part in request.args.get("innlegg", "").split(",") if part.isascii() and part.isdecimal()
    ]
    ids = tuple(sorted({int(part) for part in asked[:POSTS_AT_ONCE] if len(part) < 10}))
    if not ids:
        return ""
    shared: Shared = current_app.extensions.setdefault("grasrot_pieces", Shared())
    key = (line.thread.id, line.thread.changes, ids, str(get_locale()))
    pieces = shared.get(key, lambda: _pieces(queries.posts_among(thread_id, ids)))
    moderates = bool(access.on_thread(rights, Permission.HIDE_POST, line.thread))
    if not moderates and rights.member.id not in pieces.authors:
        return pieces.html
    posts = queries.posts_among(thread_id, ids)
    return _rendered(posts, reader_of(rights, line, posts))


def _pieces(posts: list[Post]) -> Pieces:
    return Pieces(_rendered(posts, NOBODY), frozenset(post.author_id for post in posts))


def _rendered(posts: list[Post], reader: Reader) -> str:
    return render_template("forums/changed_posts.html", posts=posts, reader=reader)
