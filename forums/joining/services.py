"""Merging a case into another (PARTICIPATION section 7: cases merged, union)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update

from forums import access, hooks, queries
from forums.meetings.models import CheckIn, Meeting
from forums.models import Case, CasePaper, CaseThread, Credit, CreditLoss, DiscussionQuestion, LossGround
from forums.services.parts import held_thread, tend
from forums.statements.models import Statement
from forums.wording import LONGEST_SENTENCE
from foundation import audit, clock, text
from foundation.errors import NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.access import Rights


def merge_cases(rights: Rights, gone_id: int, kept_id: int, reason: str) -> Case:
    """Make one case of two that the same person keeps; answers the one that is kept.

    What counted in either counts in the one that is kept, dated when it was written and recorded now. The other
    keeps its rows, so that a roll made from it can be recomputed, and leads here. Raises RuleBroken while a
    ballot with the rule is between its notice and its opening on either.
    """
    said = text.plain(reason)
    with transaction() as session:
        threads = session.scalars(
            select(CaseThread.thread_id).where(CaseThread.case_id.in_((gone_id, kept_id))).distinct()
        )
        for thread_id in sorted(threads):
            held_thread(thread_id)
        session.execute(queries.locked_cases([gone_id, kept_id]))
        at = clock.now()
        gone, kept = session.get(Case, gone_id), session.get(Case, kept_id)
        if gone is None or kept is None:
            raise NotFound
        for case in (gone, kept):
            access.require(access.on_case(rights, access.KEEP_AREA, case))
        blocker = _blocker(gone, kept, said, at)
        if blocker is not None:
            raise RuleBroken(blocker)
        gone.merged_into_id, gone.merged_at, gone.merged_by_id = kept.id, at, rights.member.id
        gone.merge_reason = said
        session.execute(update(Case).where(Case.merged_into_id == gone.id).values(merged_into_id=kept.id))
        _unite_threads(gone, kept, at)
        _move_papers_and_questions(gone, kept)
        _move_what_gives_credit(_unite_credits(gone, kept, at), gone, kept)
        hooks.cases_merged(gone_id=gone.id, kept_id=kept.id, at=at)
        tend(kept.forum, at)
        audit.record(
            "cases_merged",
            actor_id=rights.member.id,
            unit_id=kept.unit_id,
            subject=("case", kept.id),
            gone=gone.id,
        )
    return kept


def _blocker(gone: Case, kept: Case, said: str, at: datetime) -> Reason | None:
    if gone.id == kept.id:
        return Reason.of("case_merge_same")
    if gone.merged_into_id is not None or kept.merged_into_id is not None:
        return Reason.of("case_merged")
    if gone.decides_at <= at or kept.decides_at <= at:
        return Reason.of("case_decided")
    if not said:
        return Reason.of("sentence_missing")
    if len(said) > LONGEST_SENTENCE:
        return Reason.of("sentence_too_long", characters=len(said), most=LONGEST_SENTENCE)
    blockers = hooks.before_cases_merged(case_ids=[gone.id, kept.id], at=at)
    return blockers[0] if blockers else None


def _unite_threads(gone: Case, kept: Case, at: datetime) -> None:
    here = set(db.session.scalars(select(CaseThread.thread_id).where(CaseThread.case_id == kept.id)))
    for thread_id in db.session.scalars(
        select(CaseThread.thread_id).where(CaseThread.case_id == gone.id)
    ).all():
        if thread_id not in here:
            db.session.add(CaseThread(case_id=kept.id, thread_id=thread_id, linked_at=at))
    db.session.flush()


def _unite_credits(gone: Case, kept: Case, at: datetime) -> dict[int, int]:
    """Store in the case that is kept what was held in the other; answers old id to new.

    What its author has deleted or shortened is gone. What two have found to be no contribution stays found.
    """
    here = set(
        db.session.scalars(
            select(Credit.post_id).where(Credit.case_id == kept.id, Credit.post_id.is_not(None))
        )
    )
    lost: dict[int, list[CreditLoss]] = {}
    for loss in db.session.scalars(
        select(CreditLoss).join(Credit, Credit.id == CreditLoss.credit_id).where(Credit.case_id == gone.id)
    ):
        lost.setdefault(loss.credit_id, []).append(loss)
    united: dict[int, int] = {}
    for old in db.session.scalars(select(Credit).where(Credit.case_id == gone.id).order_by(Credit.id)).all():
        losses = lost.get(old.id, [])
        if old.post_id in here or any(loss.ground is not LossGround.NOT_A_CONTRIBUTION for loss in losses):
            continue
        new = Credit(
            case_id=kept.id,
            member_id=old.member_id,
            kind=old.kind,
            post_id=old.post_id,
            post_version=old.post_version,
            visible_characters=old.visible_characters,
            anchored=old.anchored,
            at=old.at,
            recorded_at=at,
        )
        db.session.add(new)
        db.session.flush()
        united[old.id] = new.id
        db.session.add_all(
            CreditLoss(credit_id=new.id, ground=loss.ground, finding_id=loss.finding_id, recorded_at=at)
            for loss in losses
        )
    db.session.flush()
    return united


def _move_papers_and_questions(gone: Case, kept: Case) -> None:
    for table in (CasePaper, DiscussionQuestion):
        after = db.session.scalar(select(func.max(table.position)).where(table.case_id == kept.id))
        first = 0 if after is None else after + 1
        places = db.session.execute(
            select(table.id).where(table.case_id == gone.id).order_by(table.position)
        ).scalars()
        for place, row_id in enumerate(places.all(), start=first):
            moved = update(table).where(table.id == row_id).values(case_id=kept.id, position=place)
            db.session.execute(moved)


def _move_what_gives_credit(united: dict[int, int], gone: Case, kept: Case) -> None:
    """Meetings and statements go along, each with the credit it gives now: to correct or withdraw it takes that."""
    meetings = select(Meeting.id).where(Meeting.case_id == gone.id)
    checked_in = db.session.scalars(select(CheckIn).where(CheckIn.meeting_id.in_(meetings))).all()
    statements = db.session.scalars(select(Statement).where(Statement.case_id == gone.id)).all()
    givers: list[CheckIn | Statement] = [*checked_in, *statements]
    for giver in givers:
        if giver.credit_id is not None:
            giver.credit_id = united.get(giver.credit_id, giver.credit_id)
    for statement in statements:
        statement.case_id = kept.id
    db.session.flush()
    db.session.execute(update(Meeting).where(Meeting.case_id == gone.id).values(case_id=kept.id))
