"""The morning's letters: one digest a week, and for whoever wants to hear of all at most one letter a day.

Each part of the members is seen to in one transaction: their claims, their letters and how far the round has come
commit together. Whoever dies leaves nothing half done, and several workers take turns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Date, bindparam, delete, insert, text, update

from forums.notices import deadlines, queries, rules
from forums.notices.deadlines import Deadline
from forums.notices.models import MorningLetter, MorningRound, Notice
from forums.notices.queries import CaseNews, Receiver, ThreadNews
from forums.notices.rules import Gather, Level, Morning
from forums.notices.services import ends
from foundation import outbox
from foundation.extensions import db
from foundation.formats import zone
from foundation.links import link
from foundation.transaction import transaction

PART = 500
_KEPT = 2_000


def send_due(at: datetime) -> int:
    """See to this morning, if that has not been done; answers how many letters were written."""
    morning = rules.morning_of(at, zone())
    if morning is None:
        return 0
    known = db.session.get(MorningRound, morning.day)
    if known is not None and known.finished_at is not None:
        return 0
    with transaction() as session:
        session.execute(_BEGIN, {"day": morning.day})
    forget_read(at)
    issue = _issue(morning)
    written = 0
    while (part := _see_to_part(morning, issue, at)) is not None:
        written += part
    return written


def forget_read(at: datetime) -> None:
    """Erase the notices that were read and are older than half a year; once a morning, for it looks at them all."""
    with transaction() as session:
        session.execute(
            delete(Notice)
            .where(Notice.read_at.is_not(None), Notice.at <= at - rules.NOTICES_KEPT)
            .execution_options(synchronize_session=False)
        )


_BEGIN = text(
    "INSERT INTO morning_round (on_day, upto) VALUES (:day, 0) ON CONFLICT (on_day) DO NOTHING"
).bindparams(bindparam("day", type_=Date()))


@dataclass
class Issue:
    """What this morning has to tell, the same for all; put together anew for each kind of reader, and kept."""

    threads: Sequence[ThreadNews]
    cases: Sequence[CaseNews]
    deadlines: Sequence[Deadline]
    weekly: bool
    news_url: str
    settings_url: str
    kept: dict[object, tuple[list[Any], int]] = field(default_factory=dict)


def _issue(morning: Morning) -> Issue:
    last = queries.round_before(morning.day)
    monday = morning.week
    # A digest that Monday's round has seen to is not looked for again on Tuesday.
    weekly = monday is not None and (last is None or last.on_day < monday)
    since = rules.at_morning(last.on_day, zone()) if last else morning.begins - timedelta(days=1)
    return Issue(
        threads=queries.thread_news(
            max(since, morning.begins - rules.LONGEST),
            morning.week_begins if weekly else morning.begins,
            morning.begins,
        ),
        cases=queries.cases_near(morning.begins, morning.begins + rules.AHEAD) if weekly else [],
        deadlines=deadlines.between(morning.begins, morning.begins + rules.AHEAD) if weekly else [],
        weekly=weekly,
        news_url=link("notices.news"),
        settings_url=link("notices.settings"),
    )


def _see_to_part(morning: Morning, issue: Issue, at: datetime) -> int | None:
    """See to the next part of the members; None when the round is over."""
    with transaction() as session:
        held = session.get(MorningRound, morning.day, with_for_update=True, populate_existing=True)
        if held is None or held.finished_at is not None:
            return None
        people, upto = queries.receivers(held.upto, PART, at, weekly=issue.weekly)
        written = _write(people, morning, issue, at) if people else 0
        if upto is None:
            held.finished_at = at
        else:
            held.upto = upto
    return written


def _write(people: Sequence[Receiver], morning: Morning, issue: Issue, at: datetime) -> int:
    ids = [person.member_id for person in people]
    week = morning.week if issue.weekly else None
    today, this_week = queries.seen_to(ids, morning.day, week)
    areas, threads = queries.levels_of(ids)
    marks = queries.read_to(ids, [thread.thread_id for thread in issue.threads])
    gathers = [Gather.DAILY, Gather.WEEKLY] if issue.weekly else [Gather.DAILY]
    waiting = queries.waiting(ids, gathers, morning.begins - rules.LONGEST)
    claims, letters, told = [], [], []
    for person in people:
        me = person.member_id
        if me in today:
            continue
        digest = issue.weekly and me not in this_week
        reader = _Reader(
            person.choice.level, areas.get(me, {}), threads.get(me, {}), marks.get(me, {}), weekly=digest
        )
        own = waiting.get(me, [])
        debate, posts = _debate(issue, reader)
        coming = _coming(issue, person) if digest and reader.general in (Level.WEEKLY, Level.ALL) else []
        if own or debate or coming:
            letters.append(
                (
                    person.address,
                    person.locale,
                    f"morning:{me}:{morning.day}",
                    {
                        "own": [_told(one) for one in own[: rules.OWN_OF_A_LETTER]],
                        "own_more": max(0, len(own) - rules.OWN_OF_A_LETTER),
                        "coming": coming,
                        "areas": debate,
                        "posts": posts,
                        "weekly": digest,
                        "news_url": issue.news_url,
                        "settings_url": issue.settings_url,
                        "end_url": ends.url(me, ends.Letters.MORNING),
                    },
                )
            )
            told += [one.id for one in own]
        elif not digest:
            continue
        claims.append({"member_id": me, "on_day": morning.day, "week": week if digest else None})
    if claims:
        db.session.execute(insert(MorningLetter).execution_options(render_nulls=True), claims)
    if told:
        db.session.execute(update(Notice).where(Notice.id.in_(told)).values(mailed_at=at))
    # Tomorrow has its own letter: one that could not leave today would be the day's second.
    tomorrow = rules.at_morning(morning.day + timedelta(days=1), zone())
    outbox.mail_all("morning", letters, not_after=tomorrow)
    return len(letters)


@dataclass(frozen=True)
class _Reader:
    """What decides which threads stand in somebody's letter."""

    general: Level
    areas: Mapping[int, Level]
    threads: Mapping[int, Level]
    read: Mapping[int, int]
    weekly: bool

    def level(self, thread: ThreadNews) -> Level:
        return self.threads.get(thread.thread_id) or self.areas.get(thread.area_id) or self.general

    def wants(self, thread: ThreadNews) -> int:
        """How many posts of a thread are news to her: the day's where she follows all, else the week's."""
        if self.read.get(thread.thread_id, 0) >= thread.last_post_id:
            return 0
        level = self.level(thread)
        if level is Level.ALL:
            return thread.today
        return thread.this_week if level is Level.WEEKLY and self.weekly else 0

    def wants_deadline(self, case: CaseNews) -> bool:
        level = self.areas.get(case.area_id) or self.general
        return self.weekly and level in (Level.WEEKLY, Level.ALL)

    @property
    def key(self) -> object:
        """Readers with the same key get the same news."""
        return (
            self.general,
            self.weekly,
            frozenset(self.areas.items()),
            frozenset(self.threads.items()),
            frozenset(self.read.items()),
        )


def _debate(issue: Issue, reader: _Reader) -> tuple[list[Any], int]:
    """The news by area, and how many posts it is in all."""
    key = reader.key
    if key not in issue.kept:
        if len(issue.kept) >= _KEPT:
            issue.kept.clear()
        issue.kept[key] = _put_together(issue, reader)
    return issue.kept[key]


def _put_together(issue: Issue, reader: _Reader) -> tuple[list[Any], int]:
    """Area by area, the nearest deadline first, then where something was written last; of each the newest."""
    found: dict[int, dict[str, Any]] = {}
    posts = 0

    def area(area_id: int, name: str) -> dict[str, Any]:
        return found.setdefault(area_id, {"name": name, "cases": [], "threads": [], "more": 0})

    for case in issue.cases:
        if reader.wants_deadline(case):
            area(case.area_id, case.area)["cases"].append(
                {"title": case.title, "url": link("forums.case", case_id=case.case_id), "before": case.before}
            )
    for thread in issue.threads:
        fresh = reader.wants(thread)
        if not fresh:
            continue
        posts += fresh
        here = area(thread.area_id, thread.area)
        if len(here["threads"]) < rules.THREADS_OF_AN_AREA:
            here["threads"].append(
                {
                    "title": thread.title,
                    "url": link("forums.thread", thread_id=thread.thread_id),
                    "posts": fresh,
                }
            )
        else:
            here["more"] += 1
    return list(found.values())[: rules.AREAS_OF_A_LETTER], posts


def _coming(issue: Issue, person: Receiver) -> list[dict[str, Any]]:
    return [
        {"what": one.what, "title": one.title, "url": one.url, "before": one.before}
        for one in issue.deadlines
        if one.concerns(person.unit_path, person.membership_class)
    ]


def _told(notice: Notice) -> dict[str, Any]:
    return {
        "kind": notice.kind.value,
        "facts": dict(queries.facts_of(notice)),
        "url": link("notices.open_notice", notice_id=notice.id),
    }
