"""Where texts are written: a short key that stays, its page, and what people call it.

    thread:12            the composer of a thread, also while it answers a post
    edit:99              a post being changed
    area:skole:new       a new thread in an area
    area:skole:case      a new case in an area
    case:7:paper         a new paper of a case

Packages above register kinds of their own. A key with `#` and a number is a text that stood at a place before another
took it: it is kept, and has no form any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from forums.drafts import queries
from members.access import Rights

Titles = Callable[[Rights, list[str]], Mapping[str, str]]


@dataclass(frozen=True)
class Kind:
    """A kind of place: the page of a key, and what those keys are called which this member may still write at."""

    href: Callable[[str], str | None]
    titles: Titles


@dataclass(frozen=True)
class Where:
    """A place as its writer knows it."""

    title: str
    href: str


_KINDS: dict[str, Kind] = {}


def register(name: str, href: Callable[[str], str | None], titles: Titles) -> None:
    """Let texts be kept at places `name:...`; both functions are handed what follows the colon."""
    _KINDS[name] = Kind(href, titles)


def page_of(place: str) -> str | None:
    """The page on which a text is written; says nothing of whether anybody may see it."""
    name, _colon, rest = place.partition(":")
    kind = _KINDS.get(name)
    return kind.href(rest) if kind is not None and "#" not in rest else None


def named(rights: Rights, places: Iterable[str]) -> dict[str, Where]:
    """Each place that she may still write at, in a number of queries that does not grow with them."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for place in places:
        name, _colon, rest = place.partition(":")
        if name in _KINDS and "#" not in rest:
            by_kind[name].append(rest)
    found: dict[str, Where] = {}
    for name, rests in by_kind.items():
        kind = _KINDS[name]
        for rest, title in kind.titles(rights, rests).items():
            href = kind.href(rest)
            if href is not None:
                found[f"{name}:{rest}"] = Where(title, href)
    return found


# The debate's own


def _number(rest: str) -> int:
    head = rest.partition(":")[0]
    return int(head) if head.isascii() and head.isdecimal() and len(head) <= 9 else 0


def _thread_page(rest: str) -> str:
    return url_for("forums.thread", thread_id=_number(rest), _anchor="skriv")


def _threads(rights: Rights, rests: list[str]) -> dict[str, str]:
    ids = {_number(rest): rest for rest in rests}
    open_to_her = queries.invited_to(ids, rights.member.id) if rights.is_guest else set(ids)
    return {ids[number]: title for number, title in queries.thread_titles(open_to_her).items()}


def _edit_page(rest: str) -> str:
    return url_for("forums.edit_post", post_id=_number(rest))


def _edits(rights: Rights, rests: list[str]) -> dict[str, str]:
    ids = {_number(rest): rest for rest in rests}
    own = queries.threads_of_own_posts(ids, rights.member.id)
    if rights.is_guest:
        invited = queries.invited_to({thread_id for thread_id, _title in own.values()}, rights.member.id)
        own = {post_id: found for post_id, found in own.items() if found[0] in invited}
    return {
        ids[post_id]: _("Endring av innlegget ditt i «%(title)s»", title=title)
        for post_id, (_thread_id, title) in own.items()
    }


def _area_page(rest: str) -> str | None:
    code, _colon, what = rest.rpartition(":")
    endpoint = {"new": "forums.open_thread", "case": "forums.open_case"}.get(what)
    return url_for(endpoint, code=code) if endpoint and code else None


def _areas(rights: Rights, rests: list[str]) -> dict[str, str]:
    if rights.is_guest:
        return {}
    names = queries.area_names({rest.rpartition(":")[0] for rest in rests})
    titles = {}
    for rest in rests:
        code, _colon, what = rest.rpartition(":")
        if code in names:
            new_case = what == "case"
            titles[rest] = (
                _("Ny sak i %(area)s", area=names[code])
                if new_case
                else _("Ny tråd i %(area)s", area=names[code])
            )
    return titles


def _paper_page(rest: str) -> str:
    return url_for("forums.add_paper", case_id=_number(rest))


def _papers(rights: Rights, rests: list[str]) -> dict[str, str]:
    if rights.is_guest:
        return {}
    ids = {_number(rest): rest for rest in rests}
    return {
        ids[number]: _("Nytt papir i saken «%(title)s»", title=title)
        for number, title in queries.case_titles(ids).items()
    }


register("thread", _thread_page, _threads)
register("edit", _edit_page, _edits)
register("area", _area_page, _areas)
register("case", _paper_page, _papers)
