"""A longer lock, or one more so soon: decided together with somebody from outside the area."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from forums import access
from forums.models import Ground, Thread
from forums.moderation import queries
from forums.moderation.models import LockRequest
from forums.moderation.services.reporting import plain_sentence
from forums.rules import LONGEST_LOCK_WITH_ANOTHER
from forums.services.moderation import close
from forums.services.parts import held_thread
from foundation import clock, outbox
from foundation.errors import NotAllowed, NotFound, Reason, RuleBroken
from foundation.links import link
from foundation.transaction import transaction
from members.access import Rights, rights_of
from members.models import Member
from members.rules.permissions import Permission


def ask_for_lock(rights: Rights, thread_id: int, ground: Ground, *, hours: int, sentence: str = "") -> None:
    """Ask somebody from outside the area for a lock that one may not set alone (PARTICIPATION.md section 6)."""
    sentence = plain_sentence(sentence)
    with transaction() as session:
        thread = held_thread(thread_id)
        access.require(access.on_thread(rights, Permission.LOCK_THREAD, thread))
        at = clock.now()
        most = LONGEST_LOCK_WITH_ANOTHER // timedelta(hours=1)
        if not 1 <= hours <= most:
            raise RuleBroken(Reason.of("lock_length", most=most))
        if queries.waiting_locks(thread.id):
            raise RuleBroken(Reason.of("lock_waits"))
        asked = LockRequest(
            thread_id=thread.id,
            ground=ground,
            hours=hours,
            sentence=sentence,
            asked_by_id=rights.member.id,
            asked_at=at,
        )
        session.add(asked)
        session.flush()
        ids = {term.member_id for term in queries.outside_deciders(thread, at)} - {rights.member.id}
        if not ids:
            raise RuleBroken(Reason.of("nobody_outside"))
        for member in session.scalars(select(Member).where(Member.id.in_(ids)).order_by(Member.id)):
            if member.email:
                outbox.mail(
                    member.email,
                    "queue",
                    key=f"lock:{asked.id}:{member.id}",
                    locale=member.locale,
                    url=link("forums.moderation_queue"),
                )


def decide_lock(rights: Rights, request_id: int, *, grant: bool) -> None:
    """Decide with the keeper who asked; the lock runs from now. She must still be one who may lock."""
    with transaction() as session:
        asked = session.scalar(select(LockRequest).where(LockRequest.id == request_id).with_for_update())
        if asked is None:
            raise NotFound
        thread = held_thread(asked.thread_id)
        at = clock.now()
        if not may_decide(rights, thread, at) or asked.asked_by_id == rights.member.id:
            raise NotAllowed(Reason.of("not_outside"))
        if asked.decided_at is not None:
            raise RuleBroken(Reason.of("lock_decided"))
        asked.decided_by_id, asked.decided_at, asked.granted = rights.member.id, at, grant
        if not grant:
            return
        theirs = rights_of(asked.asked_by, at)
        if theirs is None:
            raise RuleBroken(Reason.of("asker_gone"))
        answer = access.on_thread(theirs, Permission.LOCK_THREAD, thread)
        if not answer:
            raise RuleBroken(Reason.of("asker_gone"))
        close(theirs, thread, asked.ground, at, hours=asked.hours, sentence=asked.sentence)


def may_decide(rights: Rights, thread: Thread, at: datetime) -> bool:
    """Whether she is from outside the thread's area: keeper of another one in the unit above, or of the committee."""
    if any(term.office.area_id == thread.forum.area_id for term in rights.keeps()):
        return False
    return any(term.member_id == rights.member.id for term in queries.outside_deciders(thread, at))


def to_decide(rights: Rights, at: datetime) -> list[LockRequest]:
    """The locks that wait for her."""
    if not (rights.keeps() or rights.terms):
        return []
    return [
        asked
        for asked in queries.waiting_locks()
        if asked.asked_by_id != rights.member.id and may_decide(rights, asked.thread, at)
    ]
