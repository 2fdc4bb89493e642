"""Credits as facts, for those who ask who has taken part in a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    select,
)

from forums.models import (
    Case,
    Credit,
    CreditKind,
    CreditLoss,
    LossGround,
    Post,
)
from foundation.extensions import db


@dataclass(frozen=True)
class CreditFact:
    """A credit with its loss, if any, as recorded. `source` names the contribution ("post:12")."""

    credit_id: int
    case_id: int
    member_id: int
    kind: CreditKind
    source: str
    post_id: int | None
    thread_id: int | None
    visible_characters: int
    at: datetime
    recorded_at: datetime
    lost_at: datetime | None
    loss_ground: LossGround | None


def credits_of(case_id: int, member_id: int, before: datetime | None = None) -> list[CreditFact]:
    """A member's credits in a case, the earliest first; with `before`, as recorded by then."""
    return _facts([Credit.case_id == case_id, Credit.member_id == member_id], before)


def credits_in(case_id: int, before: datetime | None = None) -> dict[int, list[CreditFact]]:
    """Member id to her credits in a case, for a roll; with `before`, as recorded by then."""
    found: dict[int, list[CreditFact]] = {}
    for fact in _facts([Credit.case_id == case_id], before):
        found.setdefault(fact.member_id, []).append(fact)
    return found


def participants(case_id: int, before: datetime) -> set[int]:
    """The members who hold a credit in a case that was recorded, and not lost, before a moment."""
    lost = exists().where(CreditLoss.credit_id == Credit.id, CreditLoss.recorded_at < before)
    return set(
        db.session.scalars(
            select(Credit.member_id)
            .where(Credit.case_id == case_id, Credit.at < before, Credit.recorded_at < before, ~lost)
            .distinct()
        )
    )


def _facts(conditions: Sequence[ColumnElement[bool]], before: datetime | None) -> list[CreditFact]:
    loss = [CreditLoss.credit_id == Credit.id]
    known: list[ColumnElement[bool]] = []
    if before is not None:
        loss.append(CreditLoss.recorded_at < before)
        known = [Credit.recorded_at < before, Credit.at < before]
    rows = db.session.execute(
        select(Credit, Post.thread_id, CreditLoss.recorded_at, CreditLoss.ground)
        .outerjoin(CreditLoss, and_(*loss))
        .outerjoin(Post, Post.id == Credit.post_id)
        .where(*conditions, *known)
        .order_by(Credit.at, Credit.id)
    )
    return [
        CreditFact(
            credit_id=credit.id,
            case_id=credit.case_id,
            member_id=credit.member_id,
            kind=credit.kind,
            source=f"post:{credit.post_id}" if credit.post_id is not None else f"credit:{credit.id}",
            post_id=credit.post_id,
            thread_id=thread_id,
            visible_characters=credit.visible_characters,
            at=credit.at,
            recorded_at=credit.recorded_at,
            lost_at=lost_at,
            loss_ground=ground,
        )
        for credit, thread_id, lost_at, ground in rows
    ]


def credited(case_id: int, post_ids: Sequence[int]) -> set[int]:
    """Which of these posts have ever given a credit in a case, lost since or not."""
    found: set[int] = set()
    for start in range(0, len(post_ids), 500):
        part = list(post_ids[start : start + 500])
        rows = db.session.scalars(
            select(Credit.post_id).where(Credit.case_id == case_id, Credit.post_id.in_(part))
        )
        found.update(post_id for post_id in rows if post_id is not None)
    return found


def cases_credited_by(post_id: int) -> list[Case]:
    """The cases in which a post has given a credit, where it stands now or stood before it was moved."""
    given = select(Credit.case_id).where(Credit.post_id == post_id)
    return list(
        db.session.scalars(
            select(Case).where(Case.id.in_(given), Case.merged_into_id.is_(None)).order_by(Case.id)
        )
    )


def credits_held_by(post_id: int) -> list[Credit]:
    """The credits that a post gives, or would give but for a finding: those its author can still lose."""
    lost = exists().where(
        CreditLoss.credit_id == Credit.id, CreditLoss.ground != LossGround.NOT_A_CONTRIBUTION
    )
    return list(
        db.session.scalars(select(Credit).where(Credit.post_id == post_id, ~lost).order_by(Credit.case_id))
    )
