"""Cases opened by those who keep an area, their papers, and the threads in which they are debated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from forums import access, hooks, queries, rules
from forums.models import Case, CasePaper, CaseThread, ThreadKind
from forums.services import crediting
from forums.services.parts import forum_for, held_thread, tend
from forums.services.posts import open_thread
from forums.wording import body_blocker, clean, title_blocker
from foundation import audit, clock, text
from foundation.errors import NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.formats import local
from foundation.transaction import transaction
from members.access import Rights
from members.models import PolicyArea, Unit

MOST_OF_A_PAPER = 100_000


@dataclass(frozen=True)
class CaseDraft:
    """What the representative writes to open a case; times are aware. `opening` begins the debate, where given."""

    unit_id: int
    title: str
    summary: str
    deciding_body: str
    decides_at: datetime
    contributions_before: datetime | None = None
    opening: str = ""
    paper_title: str = ""
    paper_body: str = ""


def units_for_case(rights: Rights, area: PolicyArea, units: list[Unit]) -> list[Unit]:
    """The units for which she may open a case in an area."""
    return [unit for unit in units if access.in_area(rights, access.KEEP_AREA, area, unit)]


def open_case(rights: Rights, area_id: int, draft: CaseDraft, *, accept_short: bool = False) -> Case:
    """Open a case in an area one keeps, give it the next number of its body and year, and begin the debate.

    The numbers are never used again. Raises RuleBroken for dates that make no sense, and, until
    `accept_short`, for a date that leaves too little time to influence the case.
    """
    title, summary = text.plain(draft.title), clean(draft.summary)
    with transaction() as session:
        at = clock.now()
        area, unit = session.get(PolicyArea, area_id), session.get(Unit, draft.unit_id)
        if area is None or unit is None:
            raise NotFound
        access.require(access.in_area(rights, access.KEEP_AREA, area, unit))
        before = draft.contributions_before or rules.contributions_before(draft.decides_at, at)
        reason = (
            title_blocker(title)
            or body_blocker(summary)
            or _date_blocker(draft.decides_at, before, at)
            or (None if accept_short else rules.time_is_short(draft.decides_at, at))
        )
        if reason is not None:
            raise RuleBroken(reason)
        forum = forum_for(area)
        body_code, year = unit.code[:12].upper(), local(at).year
        case = Case(
            body_code=body_code,
            year=year,
            serial=queries.next_case_serial(body_code, year),
            forum_id=forum.id,
            unit_id=unit.id,
            title=title,
            summary=summary,
            deciding_body=text.plain(draft.deciding_body)[:200],
            decides_at=draft.decides_at,
            contributions_before=before,
            responsible_id=rights.member.id,
            opened_by_id=rights.member.id,
            opened_at=at,
        )
        session.add(case)
        session.flush()
        if draft.paper_body.strip():
            _add_paper(case, draft.paper_title, draft.paper_body, 0)
        tend(forum, at)
        audit.record(
            "case_opened",
            actor_id=rights.member.id,
            unit_id=unit.id,
            subject=("case", case.id),
            at=at,
            number=case.number,
        )
        if draft.opening.strip():
            open_thread(
                rights,
                area.id,
                title=title,
                body=draft.opening,
                kind=ThreadKind.CASE,
                unit_id=unit.id,
                case_id=case.id,
                as_office=True,
            )
        return case


def _date_blocker(decides_at: datetime, before: datetime, at: datetime) -> Reason | None:
    if decides_at <= at:
        return Reason.of("case_date_past")
    if before <= at:
        return Reason.of("case_deadline_past")
    if before > decides_at:
        return Reason.of("case_deadline_late")
    return None


def add_paper(rights: Rights, case_id: int, title: str, body: str) -> None:
    """Add a case paper, after those that are there."""
    with transaction():
        case = queries.case_by_id(case_id)
        if case is None:
            raise NotFound
        access.require(access.on_case(rights, access.KEEP_AREA, case))
        _add_paper(case, title, body, len(case.papers))
        tend(case.forum, clock.now())


def _add_paper(case: Case, title: str, body: str, position: int) -> None:
    title, body = text.plain(title), body.replace("\r\n", "\n").replace("\0", "").strip()
    reason = title_blocker(title) or (None if body else Reason.of("post_nothing_visible"))
    if len(body) > MOST_OF_A_PAPER:
        reason = Reason.of("paper_too_long", characters=len(body), most=MOST_OF_A_PAPER)
    if reason is not None:
        raise RuleBroken(reason)
    db.session.add(CasePaper(case_id=case.id, position=position, title=title, body=body))


def link_thread(rights: Rights, thread_id: int, case_id: int) -> int:
    """Make a thread part of the debate on a case; answers how many credits what was written in it gave.

    Threads can be added, not removed (PARTICIPATION.md section 6).
    """
    with transaction() as session:
        thread, case = held_thread(thread_id), queries.case_by_id(case_id)
        if case is None:
            raise NotFound
        access.require(access.on_case(rights, access.KEEP_AREA, case))
        crediting.lock_cases([case])
        at = clock.now()
        if case.decides_at <= at:
            raise RuleBroken(Reason.of("case_decided"))
        blockers = hooks.before_thread_linked(case_id=case.id, thread_id=thread.id, at=at)
        if blockers:
            raise RuleBroken(blockers[0])
        if session.get(CaseThread, (case.id, thread.id)) is not None:
            raise RuleBroken(Reason.of("case_linked"))
        session.add(CaseThread(case_id=case.id, thread_id=thread.id, linked_at=at))
        session.flush()
        given = crediting.give_for_linked(thread, case, at)
        tend(case.forum, at)
        audit.record(
            "thread_linked",
            actor_id=rights.member.id,
            unit_id=case.unit_id,
            subject=("case", case.id),
            thread=thread.id,
        )
        return given
