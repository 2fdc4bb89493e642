"""Threads opened, posts written, edited and deleted, guests invited, and how far somebody has read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from forums import access, hooks, queries
from forums.models import (
    Case,
    CaseThread,
    Forum,
    LossGround,
    Post,
    PostVersion,
    Thread,
    ThreadGuest,
    ThreadKind,
)
from forums.phrases import GROUNDS
from forums.rules import LEAST_CHARACTERS, SAME_POST
from forums.services import crediting
from forums.services.parts import forum_for, held_post, held_thread, tell_of_change, tell_of_post, tend
from forums.wording import body_blocker, clean, title_blocker
from foundation import audit, clock, text
from foundation.errors import NotAllowed, NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members import hooks as register
from members import queries as people
from members.access import Rights, rights_of
from members.models import Member, PolicyArea, Unit
from members.rules.permissions import Matter, Permission


@dataclass(frozen=True)
class Written:
    """A post that has been stored, and what is to be said to its author; `repeated` when it had been sent before."""

    thread_id: int
    post_id: int
    said: tuple[Reason, ...] = ()
    repeated: bool = False


class CreditAtStake(RuleBroken):
    """The act would take a credit from its author, who has not yet said that she wants it all the same."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__(reasons[0])
        self.reasons = tuple(reasons)


# Opening a thread


def units_to_tag(rights: Rights, area: PolicyArea) -> list[Unit]:
    """The units a member may tag a new thread with: her own, those above it, and the one the area answers to."""
    units = people.lineage(rights.unit)
    if area.unit not in units:
        units.append(area.unit)
    keeping = [term.office.unit for term in rights.keeps() if term.office.area_id == area.id]
    return list(dict.fromkeys([*units, *keeping]))


def may_open(rights: Rights, kind: ThreadKind) -> bool:
    """Whether she may open a thread of this kind."""
    return bool(rights.answer(_opening(kind), Matter()))


def _opening(kind: ThreadKind) -> Permission:
    return Permission.MAKE_PROPOSAL if kind is ThreadKind.PROPOSAL else Permission.POST


def open_thread(
    rights: Rights,
    area_id: int,
    *,
    title: str,
    body: str,
    kind: ThreadKind,
    unit_id: int,
    case_id: int | None = None,
    as_office: bool = False,
    mentioned: Collection[int] = (),
) -> Written:
    """Open a thread with its first post, on a case where one is named.

    Raises NotAllowed without the speaking right (a proposal asks for the proposal right, a guest opens none),
    RuleBroken for a text nobody could read, a decided case, or a unit she has nothing to do with.
    """
    title, body = text.plain(title), clean(body)
    with transaction() as session:
        if case_id is not None:
            session.execute(queries.locked_cases([case_id]))  # its credit is dated while the case is held
        at = clock.now()
        rights.require(_opening(kind), Matter())
        area = _area(area_id)
        unit = next((unit for unit in units_to_tag(rights, area) if unit.id == unit_id), None)
        if unit is None:
            raise RuleBroken(Reason.of("wrong_unit_tag"))
        _refuse(title_blocker(title) or body_blocker(body))
        case = _open_case_to_debate(case_id, kind, at)
        forum = forum_for(area)
        twin = queries.opened_twice(rights.member.id, forum.id, title, body, at - SAME_POST)
        if twin is not None:
            return Written(twin.thread_id, twin.id, repeated=True)
        office_id = _office(rights, area.id, unit, forum.unit) if as_office else None
        thread = Thread(
            forum_id=forum.id,
            unit_id=unit.id,
            kind=kind,
            title=title,
            author_id=rights.member.id,
            opened_at=at,
            last_post_at=at,
            post_count=0,
        )
        session.add(thread)
        session.flush()
        cases = []
        if case is not None:
            session.add(CaseThread(case_id=case.id, thread_id=thread.id, linked_at=at))
            cases = [case]
        return _store(rights.member.id, thread, cases, body, at, office_id=office_id, mentioned=mentioned)


def _area(area_id: int) -> PolicyArea:
    area = db.session.get(PolicyArea, area_id)
    if area is None:
        raise NotFound
    return area


def _open_case_to_debate(case_id: int | None, kind: ThreadKind, at: datetime) -> Case | None:
    if case_id is None:
        _refuse(Reason.of("case_missing") if kind is ThreadKind.CASE else None)
        return None
    case = queries.case_by_id(case_id)
    if case is None:
        raise NotFound
    _refuse(Reason.of("case_decided") if case.decides_at <= at else None)
    return case


def _office(rights: Rights, area_id: int, *units: Unit) -> int:
    term = access.keeping_term(rights, area_id, *units)
    if term is None:
        raise NotAllowed(Reason.of("not_keeper_here"))
    return term.office_id


def _refuse(reason: Reason | None) -> None:
    if reason is not None:
        raise RuleBroken(reason)


# Posts


def write_post(
    rights: Rights,
    thread_id: int,
    body: str,
    *,
    reply_to: int | None = None,
    as_office: bool = False,
    mentioned: Collection[int] = (),
) -> Written:
    """Write a post in a thread, as a reply where `reply_to` names one, and give the credits it is worth.

    A reply to a reply stands under the same top-level post. Raises NotAllowed without the speaking right
    there, RuleBroken when the thread is locked or the text cannot be a post. The same text sent twice within
    half a minute is one post.
    """
    for _attempt in range(3):
        try:
            return _written(rights, thread_id, clean(body), reply_to, mentioned, as_office=as_office)
        except _MovedMeanwhileError as moved:
            thread_id = moved.thread_id
    raise RuleBroken(Reason.of("reply_gone"))


class _MovedMeanwhileError(Exception):
    """What the writer had before her stands in another thread now: her post belongs there."""

    def __init__(self, thread_id: int) -> None:
        super().__init__(thread_id)
        self.thread_id = thread_id


def _written(
    rights: Rights,
    thread_id: int,
    body: str,
    reply_to: int | None,
    mentioned: Collection[int],
    *,
    as_office: bool,
) -> Written:
    with transaction():
        thread = held_thread(thread_id)
        at = clock.now()
        access.require(access.on_thread(rights, Permission.REPLY, thread))
        _follow(thread, reply_to)
        _refuse(_locked(thread, at))
        _refuse(body_blocker(body))
        target = _target(thread, reply_to)
        root_id = target.root_id if target else None
        twin = queries.sent_twice(rights.member.id, thread.id, body, root_id, at - SAME_POST)
        if twin is not None:
            return Written(thread.id, twin.id, repeated=True)
        office_id = (
            _office(rights, thread.forum.area_id, thread.unit, thread.forum.unit) if as_office else None
        )
        cases = queries.cases_of_thread(thread.id)
        return _store(
            rights.member.id,
            thread,
            cases,
            body,
            at,
            office_id=office_id,
            root_id=root_id,
            quotes=target,
            mentioned=mentioned,
        )


def _follow(thread: Thread, reply_to: int | None) -> None:
    # Two threads are not held at once: whoever moves posts holds them in the order of their numbers.
    if thread.merged_into_id is not None:
        raise _MovedMeanwhileError(thread.merged_into_id)
    place = db.session.scalar(queries.thread_id_of(reply_to)) if reply_to is not None else thread.id
    if place is not None and place != thread.id and queries.was_moved_from(thread.id, reply_to or 0):
        raise _MovedMeanwhileError(place)


def _locked(thread: Thread, at: datetime) -> Reason | None:
    if not thread.is_locked(at):
        return None
    return lock_reason(thread)


def lock_reason(thread: Thread) -> Reason:
    """Until when and on what ground a thread is closed to new posts."""
    ground = GROUNDS[thread.lock_ground] if thread.lock_ground else ""
    return Reason.of("thread_locked", until=thread.locked_until, ground=ground)


def _target(thread: Thread, reply_to: int | None) -> Post | None:
    if reply_to is None:
        return None
    target = db.session.get(Post, reply_to)
    if (
        target is None
        or target.thread_id != thread.id
        or target.deleted_at is not None
        or target.hidden_at is not None
    ):
        raise RuleBroken(Reason.of("reply_gone"))
    return target


def _store(
    author_id: int,
    thread: Thread,
    cases: Sequence[Case],
    body: str,
    at: datetime,
    *,
    office_id: int | None,
    root_id: int | None = None,
    quotes: Post | None = None,
    mentioned: Collection[int] = (),
) -> Written:
    post = Post(
        thread_id=thread.id,
        root_id=root_id,
        quotes_id=quotes.id if quotes else None,
        author_id=author_id,
        office_id=office_id,
        body=body,
        visible_characters=text.own_visible_characters(body),
        copy_key=text.copy_key(body),
        written_at=at,
    )
    db.session.add(post)
    db.session.flush()
    post.root_id = post.root_id or post.id
    thread.last_post_at, thread.last_post_id = at, post.id
    thread.post_count += 1
    if office_id is not None:
        tend(db.session.get_one(Forum, thread.forum_id), at)
    crediting.lock_cases(cases)
    said = crediting.give(post, thread, cases, at)
    said += hooks.post_stored(post_id=post.id, mentioned=frozenset(mentioned), at=at)
    tell_of_post(thread, post)
    return Written(thread.id, post.id, tuple(said))


def edit_post(
    rights: Rights,
    post_id: int,
    body: str,
    *,
    version: int,
    accept_loss: bool = False,
    mentioned: Collection[int] = (),
) -> Written:
    """Change what a post says; what it said before is kept beside it.

    `version` is the one the author had before her. A post that becomes long enough gives its credit now; one
    that becomes too short loses it, once she has accepted that: CreditAtStake until then.
    """
    body = clean(body)
    with transaction() as session:
        post = held_post(post_id)
        access.require(access.on_post(rights, Permission.EDIT_POST, post))
        _refuse(Reason.of("post_deleted") if post.deleted_at is not None else None)
        _refuse(Reason.of("post_removed") if post.removed_at is not None else None)
        _refuse(Reason.of("post_edited_meanwhile") if post.version != version else None)
        if body == post.body:
            return Written(post.thread_id, post.id)
        _refuse(body_blocker(body))
        cases = _cases_of(post)
        crediting.lock_cases(cases)
        at = clock.now()
        characters = text.own_visible_characters(body)
        short = characters < LEAST_CHARACTERS and not crediting.is_anchored(post)
        lost = queries.credits_held_by(post.id) if short else []
        if lost and not accept_loss:
            raise CreditAtStake(_warnings(post, at))
        session.add(
            PostVersion(
                post_id=post.id,
                version=post.version,
                body=post.body,
                written_at=post.edited_at or post.written_at,
            )
        )
        post.body, post.edited_at = body, at
        post.version += 1
        post.visible_characters, post.copy_key = characters, text.copy_key(body)
        session.flush()
        if lost:
            crediting.lose(lost, LossGround.SHORTENED, at)
            said = [
                Reason.of("post_stopped_counting", case=case.title)
                for case in cases
                if case.id in {credit.case_id for credit in lost}
            ]
        else:
            said = crediting.give(post, post.thread, cases, at)
        said += hooks.post_changed(post_id=post.id, mentioned=frozenset(mentioned), at=at)
        tell_of_change(post)
        return Written(post.thread_id, post.id, tuple(said))


def _cases_of(post: Post) -> list[Case]:
    """The cases of its thread, and those it has counted in where it stood before: moved, it counts in both."""
    cases = {case.id: case for case in queries.cases_of_thread(post.thread_id)}
    cases |= {case.id: case for case in queries.cases_credited_by(post.id)}
    return sorted(cases.values(), key=lambda case: case.id)


def delete_post(rights: Rights, post_id: int) -> int:
    """Erase a post and all it has said, and take the credits it gave; answers its thread.

    The page before has told the author what she would lose (`loss_warnings`). Its place in the thread stays.
    """
    with transaction():
        post = held_post(post_id)
        access.require(access.on_post(rights, Permission.DELETE_POST, post))
        _refuse(Reason.of("post_deleted") if post.deleted_at is not None else None)
        crediting.lock_cases(_cases_of(post))
        at = clock.now()
        crediting.lose(queries.credits_held_by(post.id), LossGround.DELETED, at)
        erase_text(post, at)
        tell_of_change(post)
        return post.thread_id


def erase_text(post: Post, at: datetime) -> None:
    """Erase all that a post has said, in the transaction under way; its place in the thread stays, and its credits."""
    for version in queries.versions_of(post.id):
        db.session.delete(version)
    removed = queries.removed_text(post.id)
    if removed is not None:
        db.session.delete(removed)
    post.body, post.copy_key, post.deleted_at = "", None, at
    hooks.post_erased(post_id=post.id, at=at)


def loss_warnings(post: Post) -> list[Reason]:
    """What its author would lose with a post: in the words of those above, or ours where they say nothing."""
    return _warnings(post, clock.now())


def _warnings(post: Post, at: datetime) -> list[Reason]:
    held = queries.credits_held_by(post.id)
    if not held:
        return []
    said = hooks.before_credit_loss(credits=crediting.at_risk(held), at=at)
    case_ids = {credit.case_id for credit in held}
    return said or [
        Reason.of("post_would_stop_counting", case=case.title)
        for case in _cases_of(post)
        if case.id in case_ids
    ]


# Guests


def invite_guest(rights: Rights, thread_id: int, member_id: int) -> Member:
    """Let a guest read and write in one thread. Raises RuleBroken for somebody who may do so anyway."""
    with transaction() as session:
        thread = held_thread(thread_id)
        access.require(access.on_thread(rights, access.KEEP_AREA, thread))
        member = db.session.get(Member, member_id)
        if member is None:
            raise NotFound
        theirs = rights_of(member)
        if theirs is None or not theirs.is_guest:
            raise RuleBroken(Reason.of("guest_not_needed", name=member.name))
        if not queries.is_invited(thread.id, member.id):
            session.add(ThreadGuest(thread_id=thread.id, member_id=member.id))
            audit.record(
                "guest_invited",
                actor_id=rights.member.id,
                unit_id=thread.unit_id,
                subject=("thread", thread.id),
                guest=member.id,
            )
            register.rights_changed([member.id])
        return member


def withdraw_guest(rights: Rights, thread_id: int, member_id: int) -> None:
    """Take a guest's invitation to a thread back."""
    with transaction() as session:
        thread = held_thread(thread_id)
        access.require(access.on_thread(rights, access.KEEP_AREA, thread))
        invitation = session.get(ThreadGuest, (thread.id, member_id))
        if invitation is None:
            return
        session.delete(invitation)
        audit.record(
            "guest_withdrawn",
            actor_id=rights.member.id,
            unit_id=thread.unit_id,
            subject=("thread", thread.id),
            guest=member_id,
        )
        register.rights_changed([member_id])


# Reading


def note_visit(
    member_id: int, thread_id: int, read_to: int | None, last_post_id: int, news: queries.News | None
) -> None:
    """Move a member's reading mark: to the last post, or to just before the first one she has not been shown.

    What stood in the thread before her first visit is not news to her. Written only when it changes.
    """
    mark = last_post_id if news is None or news.missed_id is None else news.missed_id - 1
    if read_to is not None and mark <= read_to:
        return
    with transaction() as session:
        session.execute(queries.mark_visit(member_id, thread_id, mark, clock.now()))
