"""Those who keep an area are reminded of questions and first posts that nobody has answered: at most once a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from forums.queries import Keepers, keepers_of
from forums.reactions import queries
from forums.reactions.models import Reminder, ReminderKind
from forums.reactions.rules import DEPUTY_REMINDED, KEEPER_REMINDED, QUESTIONS_REMEMBERED, WAKING_HOURS
from foundation import outbox
from foundation.formats import local, zone
from foundation.links import link
from foundation.transaction import transaction
from members.models import Member, PolicyArea


@dataclass(frozen=True)
class Due:
    """That somebody should be told that a thread or a post waits."""

    kind: ReminderKind
    subject_id: int
    member: Member
    area: PolicyArea


def remind(at: datetime) -> int:
    """Write the reminders that are due; answers how many letters. One letter holds all that waits for somebody.

    Nobody gets two on one day: what comes due meanwhile waits for the next, and is told if it still waits then.
    """
    if local(at).hour not in WAKING_HOURS or not list(_due(at)):
        return 0
    with transaction() as session:
        to_tell: dict[tuple[int, int], list[Due]] = {}
        for due in _due(at):
            to_tell.setdefault((due.member.id, due.area.id), []).append(due)
        had = queries.reminded_since({member_id for member_id, _ in to_tell}, _midnight(at))
        sent = 0
        for (member_id, area_id), waiting in to_tell.items():
            if member_id in had:
                continue
            member, area = waiting[0].member, waiting[0].area
            if member.email:
                questions = sum(due.kind is not ReminderKind.FIRST_POST for due in waiting)
                outbox.mail(
                    member.email,
                    "waiting",
                    key=f"waiting:{member_id}:{area_id}:{local(at).date()}",
                    locale=member.locale,
                    area=area.name,
                    questions=questions,
                    first_posts=len(waiting) - questions,
                    as_deputy=all(due.kind is ReminderKind.QUESTION_DEPUTY for due in waiting),
                    url=link("forums.area", code=area.code, _anchor="venter"),
                )
                sent += 1
            session.add_all(
                Reminder(kind=due.kind, subject_id=due.subject_id, member_id=member_id, at=at)
                for due in waiting
            )
        return sent


def _midnight(at: datetime) -> datetime:
    return datetime.combine(local(at).date(), time(), zone())


def _due(at: datetime) -> Iterator[Due]:
    threads = queries.open_questions(at - KEEPER_REMINDED + timedelta.resolution, at - QUESTIONS_REMEMBERED)
    posts = queries.lonely_first_posts(at)
    if not threads and not posts:
        return
    done = queries.reminded(at)
    areas = {
        thread.forum.area_id: thread.forum.area for thread in [*threads, *(post.thread for post in posts)]
    }
    kept = keepers_of(list(areas.values()), at)
    for thread in threads:
        keepers, area = kept[thread.forum.area_id], thread.forum.area
        for kind, member in _asked(keepers, long=at - thread.opened_at >= DEPUTY_REMINDED):
            if (kind, thread.id) not in done and member.id != thread.author_id:
                yield Due(kind, thread.id, member, area)
    for post in posts:
        keepers = kept[post.thread.forum.area_id]
        term = keepers.responsible or keepers.deputy
        if term and (ReminderKind.FIRST_POST, post.id) not in done and term.member_id != post.author_id:
            yield Due(ReminderKind.FIRST_POST, post.id, term.member, post.thread.forum.area)


def _asked(keepers: Keepers, *, long: bool) -> Iterator[tuple[ReminderKind, Member]]:
    """Who is reminded of a question: who keeps the area, and the deputy when it has waited long."""
    if keepers.responsible:
        yield ReminderKind.QUESTION_KEEPER, keepers.responsible.member
    if keepers.deputy and (long or not keepers.responsible):
        yield ReminderKind.QUESTION_DEPUTY, keepers.deputy.member
