"""Credits as facts: given the moment a contribution is stored, lost only by its author's own act."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from forums import hooks, queries
from forums.models import Case, Credit, CreditKind, CreditLoss, LossGround, Post, Thread, ThreadKind
from forums.rules import LEAST_CHARACTERS, why_not_counting
from foundation import text
from foundation.errors import Reason
from foundation.extensions import db


def lock_cases(cases: Iterable[Case]) -> None:
    """Put those who write in the same cases in line, so that two equal posts at the same moment give one credit."""
    ids = sorted(case.id for case in cases)
    if ids:
        db.session.execute(queries.locked_cases(ids))


def give(post: Post, thread: Thread, cases: Sequence[Case], at: datetime) -> list[Reason]:
    """Store the credits that a post gives at this moment, and say to its author what came of it.

    The answer names each case in which it counts, what those above say of that, or why it does not count.
    """
    said: list[Reason] = []
    held = {credit.case_id for credit in queries.credits_held_by(post.id)}
    for case in cases:
        if case.id in held:
            continue
        copy = queries.has_copy(case.id, post)
        why_not = why_not_counting(post.visible_characters, copy=copy, official=post.office_id is not None)
        if why_not is not None:
            if why_not not in said:
                said.append(why_not)
            continue
        _store(post, thread, case.id, post.version, post.visible_characters, at, at)
        said.append(Reason.of("post_counts", case=case.title))
        said += hooks.credit_stored(case_id=case.id, member_id=post.author_id, at=at)
    return said


def give_for_linked(thread: Thread, case: Case, at: datetime) -> int:
    """Store the credits of what was written before the thread was linked to the case; answers how many.

    A thread that is added counts from the window's opening (PARTICIPATION.md section 14, scenario 14): each
    credit is dated with the time from which its post has been long enough, and recorded now.
    """
    given = 0
    for post in queries.posts_of(thread.id):
        if post.deleted_at is not None:
            continue
        copy = queries.has_copy(case.id, post, earlier_in_thread=True)
        if why_not_counting(post.visible_characters, copy=copy, official=post.office_id is not None):
            continue
        _store(post, thread, case.id, post.version, post.visible_characters, _long_enough_since(post), at)
        hooks.credit_stored(case_id=case.id, member_id=post.author_id, at=at)
        given += 1
    return given


def _long_enough_since(post: Post) -> datetime:
    since = post.edited_at or post.written_at
    for version in queries.versions_of(post.id):  # the latest first
        if text.own_visible_characters(version.body) < LEAST_CHARACTERS:
            break
        since = version.written_at
    return since


def _store(
    post: Post,
    thread: Thread,
    case_id: int,
    version: int,
    characters: int,
    at: datetime,
    recorded_at: datetime,
) -> None:
    opens = post.id == post.root_id and post.written_at == thread.opened_at
    db.session.add(
        Credit(
            case_id=case_id,
            member_id=post.author_id,
            kind=CreditKind.PROPOSAL if opens and thread.kind is ThreadKind.PROPOSAL else CreditKind.POST,
            post_id=post.id,
            post_version=version,
            visible_characters=characters,
            at=at,
            recorded_at=recorded_at,
        )
    )
    db.session.flush()


def at_risk(held: Iterable[Credit]) -> list[hooks.CreditAtRisk]:
    """The credits that an edit or deletion would take, as those above are told of them."""
    return [hooks.CreditAtRisk(credit.case_id, credit.member_id, credit.id, credit.at) for credit in held]


def lose(held: Iterable[Credit], ground: LossGround, at: datetime) -> None:
    """Record that credits are lost; the credits themselves stay."""
    db.session.add_all(CreditLoss(credit_id=credit.id, ground=ground, recorded_at=at) for credit in held)
    db.session.flush()
