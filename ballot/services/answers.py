"""«Hva skjedde videre?»: how the deciding body voted, and how the members' advice was used."""

from __future__ import annotations

from sqlalchemy import select

from ballot import events
from ballot.access import matter_of, refusals_logged
from ballot.models import Answer as Answered
from ballot.models import Ballot, EventKind, RollEntry
from ballot.rules.lifecycle import State
from ballot.services import letters, lifecycle
from forums.models import Credit
from foundation import audit, clock
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.access import Rights
from members.rules.answers import Allowed, Answer, refused
from members.rules.permissions import Permission

ACT = "answer_ballot"
LONGEST = 5_000
_ABOUT_THE_BALLOT = ("answer_too_early", "answer_given")


def of(ballot_id: int) -> Answered | None:
    """The answer that has been given."""
    return db.session.get(Answered, ballot_id)


def may_answer(ballot: Ballot, rights: Rights) -> Answer:
    """Whether somebody may answer now: the person named in the notice, or the board that came after her."""
    named = rights.member.id == ballot.responsible_id
    if not named and not rights.may(Permission.DRAFT_BALLOT, matter_of(ballot)):
        return refused("answer_not_yours", name=ballot.responsible.name)
    if ballot.state not in (State.CERTIFIED, State.FINAL):
        return refused("answer_too_early")
    if of(ballot.id) is not None:
        return refused("answer_given")
    return Allowed()


def give(ballot_id: int, rights: Rights, body_vote: str, advice_used: str) -> None:
    """Answer once, for everybody to read, and tell those who could vote or took part in the debate.

    Raises NotAllowed or RuleBroken with the reason, NotFound.
    """
    with refusals_logged(ACT, rights, ballot_id), transaction() as session:
        at = clock.now()
        ballot = lifecycle.lock_and_advance(ballot_id, at)
        answer = may_answer(ballot, rights)
        if not answer:
            about = RuleBroken if answer.reason.code in _ABOUT_THE_BALLOT else NotAllowed
            raise about(answer.reason)
        session.add(
            Answered(
                ballot_id=ballot.id,
                author_id=rights.member.id,
                answered_at=at,
                body_vote=body_vote,
                advice_used=advice_used,
            )
        )
        events.record(ballot, EventKind.ANSWERED, at, actor_id=rights.member.id)
        audit.record(
            ACT,
            actor_id=rights.member.id,
            unit_id=ballot.unit_id,
            subject=("ballot", ballot.id),
        )
        letters.write(ballot, "answered", "answered", _concerned(ballot))


def _concerned(ballot: Ballot) -> list[int]:
    """All who could vote, and all who took part in the debate; a list of those who did vote would be one too many."""
    concerned = set(
        db.session.scalars(
            select(RollEntry.member_id).where(RollEntry.ballot_id == ballot.id, RollEntry.entitled)
        )
    )
    if ballot.case_id is not None:
        concerned |= set(db.session.scalars(select(Credit.member_id).where(Credit.case_id == ballot.case_id)))
    return sorted(concerned)
