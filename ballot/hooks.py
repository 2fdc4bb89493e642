"""What a vote has to say about acts in the debate, in the same transaction as the act."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from ballot import facts, queries
from ballot.models import Ballot
from ballot.rules.eligibility import unfulfilled
from ballot.rules.lifecycle import State
from ballot.rules.participation import Setting
from ballot.services import dates, participation
from forums import hooks as debate
from forums.hooks import CreditAtRisk
from foundation.errors import Reason
from foundation.extensions import db
from foundation.transaction import after_commit
from members.access import Rights, rights_of
from members.models import Member


def register() -> None:
    """Answer the hooks that the debate declares."""
    debate.before_credit_loss.register(before_credit_loss)
    debate.credit_stored.register(credit_stored)
    debate.time_to_take_part.register(time_to_take_part)
    if electorate_paths not in debate.electorates:
        debate.electorates.append(electorate_paths)
    debate.case_locked.register(case_locked)
    debate.before_cases_merged.register(before_cases_merged)
    debate.cases_merged.register(cases_merged)


def before_credit_loss(*, credits: list[CreditAtRisk], at: datetime) -> Reason | None:  # noqa: A002  (the hook's word)
    """Name the vote that an author would lose with these credits (STRINGS 28); None where she loses none."""
    if not credits:
        return None
    rights = _rights(credits[0].member_id, at)
    if rights is None:
        return None
    gone = frozenset(risk.credit_id for risk in credits)
    for ballot in queries.on_cases({risk.case_id for risk in credits}):
        if facts.setting_of(ballot) is not Setting.REQUIRED or not _counts_now(ballot, at):
            continue
        me = facts.own_facts(ballot, rights, at)
        if unfulfilled(me, facts.electorate(ballot), facts.window_of(ballot).freezes_at) is not None:
            continue
        if participation.loses_by(ballot, me, gone):
            return Reason.of(
                "composer.delete_warn", case=ballot.question, deadline=facts.window_of(ballot).freezes_at
            )
    return None


def before_cases_merged(*, case_ids: list[int], at: datetime) -> Reason | None:
    """Keep what counts in a vote still while its rule stands noticed and it has not opened."""
    for ballot in queries.on_cases(case_ids):
        if facts.setting_of(ballot) is Setting.NONE or ballot.opens_at is None or ballot.opens_at <= at:
            continue
        if ballot.state in (State.NOTIFIED, State.FROZEN):
            return Reason.of("case_merge_ballot", question=ballot.question, opens_at=ballot.opens_at)
    return None


def cases_merged(*, gone_id: int, kept_id: int, at: datetime) -> None:  # noqa: ARG001  (the hook's)
    """Let drafts on the case that is gone be about the one that is kept; what is noticed stands as it was noticed."""
    drafts = update(Ballot).where(Ballot.case_id == gone_id, Ballot.state.in_((State.DRAFT, State.SUBMITTED)))
    db.session.execute(drafts.values(case_id=kept_id))


def credit_stored(*, case_id: int, member_id: int, at: datetime) -> Reason | None:
    """Say to an author what her contribution means: that she can vote, or how much is missing (section 7)."""
    rights = _rights(member_id, at)
    if rights is None:
        return None
    for ballot in queries.on_case(case_id):
        if facts.setting_of(ballot) is not Setting.REQUIRED or not _counts_now(ballot, at):
            continue
        status = participation.status(ballot, rights, at)
        if status is None:
            continue
        if status.line.code == "part.ready":
            return Reason.of("credit.counts_towards", question=ballot.question, opens_at=ballot.opens_at)
        if status.line.code == "part.some":
            return status.line
    return None


def case_locked(
    *,
    case_ids: list[int],
    thread_id: int,  # noqa: ARG001  (the hook's)
    locked_at: datetime,  # noqa: ARG001
    locked_until: datetime,
) -> None:
    """Have the dates of the case's ballots looked at when the lock ends: a closed debate moves them (section 6)."""
    if case_ids:
        after_commit(lambda: dates.note_lock(case_ids, locked_until))


def time_to_take_part(*, case_id: int, at: datetime) -> Reason | None:
    """Say that a case's time to take part has passed: every ballot on it that asks for it has its roll due."""
    deadlines = [
        facts.window_of(ballot).freezes_at
        for ballot in queries.on_case(case_id)
        if ballot.participation is not Setting.NONE and facts.is_public(ballot) and ballot.roll_freezes_at
    ]
    if deadlines and max(deadlines) <= at:
        return Reason.of("time_to_take_part_passed", deadline=max(deadlines))
    return None


def electorate_paths(case_id: int) -> set[str]:
    """The units whose members have a say in a case by its ballots: a meeting about it is announced to them."""
    return {
        path
        for ballot in queries.on_case(case_id)
        if facts.is_public(ballot)
        for path in facts.electorate(ballot).unit_paths
    }


def _counts_now(ballot: Ballot, at: datetime) -> bool:
    """Whether the window holds this moment; a freeze that is due but not recorded has ended it all the same."""
    return not facts.roll_is_made(ballot) and facts.is_public(ballot) and facts.window_of(ballot).holds(at)


def _rights(member_id: int, at: datetime) -> Rights | None:
    member = db.session.get(Member, member_id)
    return rights_of(member, at) if member else None
