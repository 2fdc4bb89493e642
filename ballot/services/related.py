"""Threads that a draft suggests, since an older one is often where the debate was (PARTICIPATION section 6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from ballot import queries
from ballot.models import Ballot
from ballot.rules.participation import Setting
from ballot.rules.related import related
from forums.models import Case, CaseThread, Thread
from forums.services import crediting
from foundation import audit, clock
from foundation.errors import Reason, RuleBroken
from foundation.extensions import db
from members.access import Rights


@dataclass(frozen=True)
class Suggested:
    """A thread that is not linked to the case, and why it is listed."""

    thread: Thread
    same_area: bool
    words: tuple[str, ...]


def suggested(ballot: Ballot, at: datetime) -> list[Suggested]:
    """The threads to tick, open to everybody entitled; none without the rule. One query, whatever there is."""
    if ballot.case is None or ballot.participation is Setting.NONE:
        return []
    case = ballot.case
    return [
        Suggested(thread, same_area, words)
        for thread, same_area, words in related(case.title, case.forum_id, queries.open_threads(case, at))
    ]


def link_ticked(ballot: Ballot, ticked: Collection[int], rights: Rights) -> None:
    """Link what a board member ticked, in the transaction that submits or publishes; only what was suggested."""
    if not ticked or ballot.case is None:
        return
    crediting.lock_cases([ballot.case])
    at = clock.now()
    listed = {one.thread.id: one.thread for one in suggested(ballot, at)}
    already = set(queries.threads_of(ballot.case.id))
    wanted = sorted(set(ticked) - already)
    if not listed.keys() >= set(wanted):
        raise RuleBroken(Reason.of("link_not_open"))
    link_threads(ballot.case, [listed[thread_id] for thread_id in wanted])
    for thread_id in wanted:
        audit.record(
            "thread_linked",
            actor_id=rights.member.id,
            unit_id=ballot.unit_id,
            subject=("case", ballot.case.id),
            thread=thread_id,
            ballot=ballot.id,
        )


def link_threads(case: Case, threads: Iterable[Thread]) -> None:
    """Make threads part of the debate on a case that is held, and give what was written in them its credit."""
    crediting.lock_cases([case])
    at = clock.now()  # another ballot on the case may have been frozen while we waited
    for thread in threads:
        db.session.add(CaseThread(case_id=case.id, thread_id=thread.id, linked_at=at))
        db.session.flush()
        crediting.give_for_linked(thread, case, at)
