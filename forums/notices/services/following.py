"""What a member wants to hear of: chosen for all, for an area, or for a thread."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, literal, select, text

from forums import access
from forums import queries as debate
from forums.models import ModerationKind
from forums.notices import queries
from forums.notices.models import Following
from forums.notices.rules import Level
from foundation import clock
from foundation.columns import UtcDateTime
from foundation.errors import NotFound
from foundation.extensions import db
from foundation.transaction import transaction
from members.access import Rights
from members.models import PolicyArea
from members.rules.permissions import Permission


def choose(
    member_id: int,
    *,
    level: Level | None = None,
    by_mail: bool | None = None,
    ballots_by_mail: bool | None = None,
    in_page: bool | None = None,
) -> None:
    """Keep what a member wants where she has chosen nothing else; what is not named stays as it is."""
    with transaction() as session:
        before = queries.choice_of(member_id)
        session.execute(
            _CHOOSE,
            {
                "member": member_id,
                "level": (before.level if level is None else level).value,
                "by_mail": before.by_mail if by_mail is None else by_mail,
                "ballots": before.ballots_by_mail if ballots_by_mail is None else ballots_by_mail,
                "in_page": before.in_page if in_page is None else in_page,
                "at": clock.now(),
            },
        )


def follow_area(rights: Rights, area_id: int, level: Level | None) -> PolicyArea:
    """Choose a level for an area, or none of its own. Raises NotFound, NotAllowed where she may not read it."""
    area = db.session.get(PolicyArea, area_id)
    if area is None:
        raise NotFound
    access.require(access.in_area(rights, Permission.READ, area))
    _keep(rights.member.id, {"area": area.id, "thread": None}, level)
    return area


def follow_thread(rights: Rights, thread_id: int, level: Level | None) -> None:
    """Choose a level for a thread, or none of its own. Raises NotFound, NotAllowed where she may not read it."""
    thread = debate.thread_by_id(thread_id)
    if thread is None:
        raise NotFound
    access.require(access.on_thread(rights, Permission.READ, thread))
    _keep(rights.member.id, {"area": None, "thread": thread.id}, level)


def go_along(*, kind: ModerationKind, from_thread_id: int, to_thread_id: int, at: datetime) -> None:  # noqa: ARG001  (the hook's)
    """Whoever follows a thread follows what is split off from it, and what it is merged into, at the same level.

    What she has chosen for the other thread already stands.
    """
    if kind not in (ModerationKind.SPLIT, ModerationKind.MERGE):
        return
    there = select(Following.member_id).where(Following.thread_id == to_thread_id)
    db.session.execute(
        insert(Following).from_select(
            ["member_id", "thread_id", "level", "chosen_at"],
            select(Following.member_id, literal(to_thread_id), Following.level, Following.chosen_at).where(
                Following.thread_id == from_thread_id, Following.member_id.not_in(there)
            ),
        )
    )
    if kind is ModerationKind.MERGE:
        db.session.execute(delete(Following).where(Following.thread_id == from_thread_id))


def _keep(member_id: int, place: dict[str, int | None], level: Level | None) -> None:
    with transaction() as session:
        if level is None:
            session.execute(
                delete(Following).where(
                    Following.member_id == member_id,
                    Following.area_id == place["area"]
                    if place["area"]
                    else Following.thread_id == place["thread"],
                )
            )
            return
        facts: dict[str, Any] = {"member": member_id, "level": level.value, "at": clock.now(), **place}
        session.execute(_FOLLOW_AREA if place["area"] else _FOLLOW_THREAD, facts)


# Two tabs that choose at once: the later one holds, and neither fails.
_AT = bindparam("at", type_=UtcDateTime())
_FOLLOW = (
    "INSERT INTO following (member_id, area_id, thread_id, level, chosen_at) "
    "VALUES (:member, :area, :thread, :level, :at) "
    "ON CONFLICT (member_id, {place}) DO UPDATE SET level = excluded.level, chosen_at = excluded.chosen_at"
)
_FOLLOW_AREA = text(_FOLLOW.format(place="area_id")).bindparams(_AT)
_FOLLOW_THREAD = text(_FOLLOW.format(place="thread_id")).bindparams(_AT)
_CHOOSE = text(
    "INSERT INTO notice_choice (member_id, level, by_mail, ballots_by_mail, in_page, chosen_at) "
    "VALUES (:member, :level, :by_mail, :ballots, :in_page, :at) "
    "ON CONFLICT (member_id) DO UPDATE SET level = excluded.level, by_mail = excluded.by_mail, "
    "ballots_by_mail = excluded.ballots_by_mail, in_page = excluded.in_page, chosen_at = excluded.chosen_at"
).bindparams(_AT)
