"""Asking to have a thread linked to a case, and the board's answer within 48 hours (PARTICIPATION section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from ballot import facts
from ballot.access import matter_of, refusals_logged
from ballot.linking import queries
from ballot.linking.models import LinkRequest, LinkRequester
from ballot.models import Ballot
from ballot.queries import threads_of
from ballot.services import changes, letters
from forums.models import Case, Thread
from foundation import audit, clock
from foundation.errors import NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.links import link
from foundation.text import plain
from foundation.transaction import transaction
from members.access import Rights
from members.queries import holders
from members.rules.permissions import OfficeKind, Permission

ENOUGH = 5
ANSWER_WITHIN = timedelta(hours=48)
REMINDERS = (timedelta(0), timedelta(hours=24), timedelta(hours=42))
BOARD = (OfficeKind.BOARD_CHAIR, OfficeKind.BOARD_MEMBER)


def ask(rights: Rights, case_id: int, thread_id: int) -> LinkRequest:
    """Ask to have a thread linked; with the fifth member the board has 48 hours to answer."""
    rights.require(Permission.POST)
    with transaction() as session:
        at = clock.now()
        case = session.get(Case, case_id, with_for_update=True)
        thread = session.get(Thread, thread_id)
        if case is None or thread is None:
            raise NotFound
        found = next(
            (one for one in queries.wanted(thread, rights.member.id, at) if one.case.id == case_id), None
        )
        if found is None:
            raise RuleBroken(Reason.of("link_not_open"))
        if found.mine:
            raise RuleBroken(Reason.of("link_asked"))
        request = found.request
        if request is None:
            request = LinkRequest(case_id=case_id, thread_id=thread_id, asked_at=at)
            session.add(request)
            session.flush()
        session.add(LinkRequester(request_id=request.id, member_id=rights.member.id, at=at))
        session.flush()
        asked = session.scalar(select(func.count()).where(LinkRequester.request_id == request.id)) or 0
        if asked >= ENOUGH and request.reached_at is None:
            request.reached_at = at
            _remind(request, at)
    return request


def answer(rights: Rights, request_id: int, reason: str, *, yes: bool) -> None:
    """Answer a request with a reason that everybody can read; yes is the first half of a milder rule.

    Raises NotAllowed to whoever is not on the board of a ballot on the case.
    """
    with transaction() as session:
        request = session.get(LinkRequest, request_id, with_for_update=True)
        if request is None:
            raise NotFound
        ballots = queries.ballots_of(request.case_id)
        if not ballots:
            raise RuleBroken(Reason.of("link_not_open"))
        ballot = next(
            (one for one in ballots if rights.may(Permission.SOFTEN_RULE, matter_of(one))), ballots[0]
        )
        with refusals_logged(Permission.SOFTEN_RULE, rights, ballot.id):
            rights.require(Permission.SOFTEN_RULE, matter_of(ballot))
        if request.answered_at is not None:
            raise RuleBroken(Reason.of("link_answered"))
        public = plain(reason)[:500]
        if not public:
            raise RuleBroken(Reason.of("reason_missing"))
        request.answered_at, request.answered_by_id = clock.now(), rights.member.id
        request.linked, request.answer = yes, public
        if yes:
            wanted = frozenset(threads_of(request.case_id)) | {request.thread_id}
            changes.change_rule(ballot.id, rights, changes.RuleChange(threads=wanted), public)
        audit.record(
            "answer_link_request",
            actor_id=rights.member.id,
            unit_id=ballot.unit_id,
            subject=("case", request.case_id),
            thread=request.thread_id,
            yes=yes,
        )


def remind(at: datetime) -> int:
    """Write to the boards that have not answered: at once, after a day, and six hours before the time is out."""
    done = 0
    for request in queries.waiting(at):
        with transaction():
            done += _remind(request, at)
    return done


def _remind(request: LinkRequest, at: datetime) -> int:
    reached = request.reached_at
    if reached is None:
        return 0
    due = [number for number, after in enumerate(REMINDERS) if reached + after <= at]
    ballots = queries.ballots_of(request.case_id)
    if not ballots or not due:
        return 0
    ballot, thread = ballots[0], db.session.get_one(Thread, request.thread_id)
    letters.write(
        ballot,
        "link_request",
        f"link_request:{request.id}:{due[-1]}",
        board_of(ballot, at),
        thread=thread.title,
        asked=ENOUGH,
        answer_before=reached + ANSWER_WITHIN,
        url=link("ballot.answer_links", case_id=request.case_id),
    )
    return 1


def board_of(ballot: Ballot, at: datetime) -> Sequence[int]:
    """The members of the board whose ballot it is."""
    return sorted({term.member_id for term in holders(BOARD, [ballot.unit_id], at)})


def before_thread_linked(*, case_id: int, thread_id: int, at: datetime) -> Reason | None:  # noqa: ARG001  (the hook's)
    """Keep a keeper from linking a thread alone where a notice stands: that is a milder rule, and takes two."""
    for ballot in queries.ballots_of(case_id):
        if facts.window_of(ballot).freezes_at > at:
            return Reason.of("link_by_board", question=ballot.question)
    return None
