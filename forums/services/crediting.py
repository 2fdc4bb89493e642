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
    anchored = bool(cases) and is_anchored(post)
    for case in cases:
        if case.id in held:
            continue
        copy = queries.has_copy(case.id, post)
        why_not = why_not_counting(
            post.visible_characters, copy=copy, official=post.office_id is not None, anchored=anchored
        )
        if why_not is not None:
            if why_not not in said:
                said.append(why_not)
            continue
        _store(post, thread, case.id, at, at, anchored=anchored)
        said.append(Reason.of("post_counts", case=case.title))
        said += hooks.credit_stored(case_id=case.id, member_id=post.author_id, at=at)
    return said


def give_for_linked(thread: Thread, case: Case, at: datetime) -> int:
    """Store the credits of what was written before the thread was linked to the case; answers how many.

    A thread that is added counts from the window's opening (PARTICIPATION.md section 14, scenario 14): each
    credit is dated with the time from which its post has been long enough, and recorded now.
    """
    return give_for(queries.posts_of(thread.id), thread, case, at)


def give_for(posts: Sequence[Post], thread: Thread, case: Case, at: datetime) -> int:
    """The same for some posts that stand in the thread now, such as those moved into it.

    What has had a credit in the case before is not asked again: it has it, or has lost it by a ground of its own.
    """
    given, known = 0, queries.credited(case.id, [post.id for post in posts])
    for post in posts:
        if post.deleted_at is not None or post.id in known:
            continue
        copy = queries.has_copy(case.id, post, earlier_in_thread=True)
        anchored = is_anchored(post)
        if why_not_counting(
            post.visible_characters, copy=copy, official=post.office_id is not None, anchored=anchored
        ):
            continue
        since = post.written_at if anchored else _long_enough_since(post)
        _store(post, thread, case.id, since, at, anchored=anchored)
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
    at: datetime,
    recorded_at: datetime,
    *,
    anchored: bool,
) -> None:
    db.session.add(
        Credit(
            case_id=case_id,
            member_id=post.author_id,
            kind=CreditKind.PROPOSAL if anchored else _kind(post, thread),
            post_id=post.id,
            post_version=post.version,
            visible_characters=post.visible_characters,
            anchored=anchored,
            at=at,
            recorded_at=recorded_at,
        )
    )
    db.session.flush()


def _kind(post: Post, thread: Thread) -> CreditKind:
    """What a post is: the proposal its thread is about, the answer to the question its thread puts, or a post."""
    opens = _opens(post, thread)
    if opens and thread.kind is ThreadKind.PROPOSAL:
        return CreditKind.PROPOSAL
    if not opens and post.id == post.root_id and queries.is_question(thread.id):
        return CreditKind.ANSWER
    return CreditKind.POST


def _opens(post: Post, thread: Thread) -> bool:
    return post.id == post.root_id and post.written_at == thread.opened_at


def is_anchored(post: Post) -> bool:
    """Whether a post is an amendment of numbered lines: with its reason it counts whatever its length.

    That was said when it was made: a moderator who moves it to another thread changes nothing about it.
    """
    return post.id == post.root_id and queries.amendment_of(post.id) is not None


def give_to(
    case_id: int,
    member_id: int,
    kind: CreditKind,
    *,
    characters: int,
    at: datetime,
    recorded_at: datetime,
) -> tuple[Credit, list[Reason]]:
    """Store the credit of a contribution that is no post, the case held; answers what those above say of it."""
    credit = Credit(
        case_id=case_id,
        member_id=member_id,
        kind=kind,
        visible_characters=characters,
        at=at,
        recorded_at=recorded_at,
    )
    db.session.add(credit)
    db.session.flush()
    return credit, hooks.credit_stored(case_id=case_id, member_id=member_id, at=recorded_at)


def at_risk(held: Iterable[Credit]) -> list[hooks.CreditAtRisk]:
    """The credits that an edit or deletion would take, as those above are told of them."""
    return [hooks.CreditAtRisk(credit.case_id, credit.member_id, credit.id, credit.at) for credit in held]


def lose(held: Iterable[Credit], ground: LossGround, at: datetime) -> None:
    """Record that credits are lost; the credits themselves stay."""
    db.session.add_all(CreditLoss(credit_id=credit.id, ground=ground, recorded_at=at) for credit in held)
    db.session.flush()
