"""Requests to have a thread linked to a case, each list in one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, select

from ballot.linking.models import LinkRequest, LinkRequester
from ballot.models import Ballot
from ballot.rules.lifecycle import State
from ballot.rules.participation import LAST_CHANGE, RuleState, Setting
from forums.models import Case, CaseThread, Thread
from foundation.extensions import db


@dataclass(frozen=True)
class Wanted:
    """A case whose ballot still takes threads, and how far a request for this thread has come."""

    ballot: Ballot
    case: Case
    request: LinkRequest | None
    asked: int
    mine: bool


def wanted(thread: Thread, member_id: int, at: datetime) -> list[Wanted]:
    """The cases of a thread's area that it could be linked to, because a ballot with the rule is noticed there."""
    linked = exists().where(CaseThread.case_id == Case.id, CaseThread.thread_id == thread.id)
    rows = db.session.execute(
        select(Ballot, Case, LinkRequest, _asked(), _mine(member_id))
        .join(Case, Case.id == Ballot.case_id)
        .outerjoin(LinkRequest, and_(LinkRequest.case_id == Case.id, LinkRequest.thread_id == thread.id))
        .where(
            Case.forum_id == thread.forum_id,
            Ballot.state == State.NOTIFIED,
            Ballot.participation != Setting.NONE,
            Ballot.rule_state == RuleState.IN_FORCE,
            Ballot.roll_freezes_at > at + LAST_CHANGE,
            ~linked,
        )
        .order_by(Ballot.roll_freezes_at, Ballot.id)
        .limit(5)
    )
    return [
        Wanted(ballot, case, request, asked or 0, bool(mine)) for ballot, case, request, asked, mine in rows
    ]


def of_case(case_id: int) -> list[tuple[LinkRequest, Thread, int, bool]]:
    """The requests on a case that enough have asked for: how many asked, and whether the thread is linked."""
    linked = exists().where(
        CaseThread.case_id == LinkRequest.case_id, CaseThread.thread_id == LinkRequest.thread_id
    )
    rows = db.session.execute(
        select(LinkRequest, Thread, _asked(), linked)
        .join(Thread, Thread.id == LinkRequest.thread_id)
        .where(LinkRequest.case_id == case_id, LinkRequest.reached_at.is_not(None))
        .order_by(LinkRequest.reached_at, LinkRequest.id)
        .limit(50)
    )
    return [(request, thread, asked or 0, bool(there)) for request, thread, asked, there in rows]


def waiting(at: datetime) -> list[LinkRequest]:
    """The requests that wait for an answer."""
    return list(
        db.session.scalars(
            select(LinkRequest)
            .where(LinkRequest.reached_at <= at, LinkRequest.answered_at.is_(None))
            .order_by(LinkRequest.reached_at)
        )
    )


def ballots_of(case_id: int) -> list[Ballot]:
    """The noticed ballots with the rule on a case."""
    return list(
        db.session.scalars(
            select(Ballot)
            .where(
                Ballot.case_id == case_id,
                Ballot.state == State.NOTIFIED,
                Ballot.participation != Setting.NONE,
                Ballot.rule_state == RuleState.IN_FORCE,
            )
            .order_by(Ballot.roll_freezes_at, Ballot.id)
        )
    )


def _asked() -> ScalarSelect[int]:
    return select(func.count()).where(LinkRequester.request_id == LinkRequest.id).scalar_subquery()


def _mine(member_id: int) -> ColumnElement[bool]:
    return exists().where(LinkRequester.request_id == LinkRequest.id, LinkRequester.member_id == member_id)
