"""What waits for whom, a post with all that was said and done about it, and where posts were moved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from forums import queries
from forums.models import (
    Forum,
    Ground,
    ModerationAct,
    ModerationKind,
    Post,
    PostMove,
    Thread,
)
from forums.moderation.models import Appeal, CommitteeWord, LockRequest, QueueItem, Report
from forums.moderation.rules import Keeper, bearers
from forums.queries.areas import KEEPING
from foundation.extensions import db
from members import queries as people
from members.access import Rights
from members.models import Office, PolicyArea, Term, Unit
from members.rules.permissions import OfficeKind

MOST_WAITING = 300
SUMMED_UP = timedelta(days=90)


@dataclass(frozen=True)
class Waiting:
    """A post that waits for somebody, with how many have reported it and why."""

    item: QueueItem
    reasons: tuple[tuple[Ground, int], ...]
    has_argued: bool

    @property
    def reports(self) -> int:
        return sum(count for _reason, count in self.reasons)

    @property
    def is_urgent(self) -> bool:
        """A threat or somebody's private life: what cannot stand until tomorrow."""
        return any(reason in (Ground.THREAT, Ground.PRIVACY) for reason, _count in self.reasons)


def paths_of(thread: Thread) -> tuple[str, str]:
    """The units a thread answers to: the one it is tagged with, and the one its area belongs to."""
    return thread.unit.path, thread.forum.unit.path


def keepers(area_ids: Collection[int], at: datetime) -> dict[int, list[Keeper]]:
    """Area id to all who keep it at a moment."""
    found: dict[int, list[Keeper]] = {area_id: [] for area_id in area_ids}
    for term in people.keepers_of(area_ids, at):
        if term.office.kind in KEEPING and term.office.area_id is not None:
            found[term.office.area_id].append(Keeper(term.member_id, term.office.unit.path, term.is_deputy))
    return found


def handed_over_by(post_ids: Sequence[int]) -> dict[int, set[int]]:
    """Post id to the moderators who have handed it over: they do not get it back."""
    found: dict[int, set[int]] = {}
    rows = db.session.execute(
        select(ModerationAct.post_id, ModerationAct.moderator_id).where(
            ModerationAct.kind == ModerationKind.HAND_OVER, ModerationAct.post_id.in_(post_ids)
        )
    )
    for post_id, moderator_id in rows:
        if post_id is not None:
            found.setdefault(post_id, set()).add(moderator_id)
    return found


def bearers_of(post: Post, at: datetime, *besides: int) -> tuple[Keeper, ...]:
    """Who is to look at a post; nobody means the control committee. `besides`: who is passed by too."""
    area_id = post.thread.forum.area_id
    passed_by = {post.author_id, *besides} | handed_over_by([post.id]).get(post.id, set())
    return bearers(keepers([area_id], at)[area_id], paths_of(post.thread), passed_by)


def queue_of(rights: Rights, at: datetime) -> list[Waiting]:
    """What waits for a member: the urgent first, then what has waited longest. The number of questions is fixed."""
    me = rights.member.id
    post_unit, area_unit = aliased(Unit), aliased(Unit)
    where = [
        and_(
            Forum.area_id == term.office.area_id,
            or_(
                post_unit.path.startswith(term.office.unit.path, autoescape=True),
                area_unit.path.startswith(term.office.unit.path, autoescape=True),
            ),
        )
        for term in rights.keeps()
    ]
    where += [
        post_unit.path.startswith(term.office.unit.path, autoescape=True)
        for term in rights.holds(OfficeKind.CONTROL_COMMITTEE)
    ]
    if not where:
        return []
    items = list(
        db.session.scalars(
            select(QueueItem)
            .join(QueueItem.post)
            .join(Post.thread)
            .join(Thread.forum)
            .join(post_unit, post_unit.id == Thread.unit_id)
            .join(area_unit, area_unit.id == Forum.unit_id)
            .options(
                contains_eager(QueueItem.post).options(
                    joinedload(Post.author),
                    contains_eager(Post.thread).options(
                        contains_eager(Thread.forum), joinedload(Thread.unit)
                    ),
                )
            )
            .where(QueueItem.act_id.is_(None), Post.deleted_at.is_(None), Post.author_id != me, or_(*where))
            .order_by(QueueItem.opened_at, QueueItem.id)
            .limit(MOST_WAITING)
        )
    )
    mine = _mine(items, rights, at)
    reasons = reasons_of([item.id for item in mine])
    argued = _argued(me, {item.post.thread_id for item in mine})
    waiting = [Waiting(item, reasons.get(item.id, ()), item.post.thread_id in argued) for item in mine]
    return sorted(waiting, key=lambda line: not line.is_urgent)


def _mine(items: list[QueueItem], rights: Rights, at: datetime) -> list[QueueItem]:
    me = rights.member.id
    kept = keepers({item.post.thread.forum.area_id for item in items}, at)
    passed = handed_over_by([item.post_id for item in items])
    committee = bool(rights.holds(OfficeKind.CONTROL_COMMITTEE))
    found = []
    for item in items:
        thread = item.post.thread
        passed_by = {item.post.author_id} | passed.get(item.post_id, set())
        chosen = bearers(kept[thread.forum.area_id], paths_of(thread), passed_by)
        if any(keeper.member_id == me for keeper in chosen) or (not chosen and committee):
            found.append(item)
    return found


def _argued(member_id: int, thread_ids: Collection[int]) -> set[int]:
    return set(
        db.session.scalars(
            select(Post.thread_id)
            .where(
                Post.author_id == member_id,
                Post.thread_id.in_(list(thread_ids)),
                Post.office_id.is_(None),
                Post.deleted_at.is_(None),
            )
            .distinct()
        )
    )


def reasons_of(item_ids: Sequence[int]) -> dict[int, tuple[tuple[Ground, int], ...]]:
    """Item id to its reasons with how many gave each, the commonest first."""
    rows = db.session.execute(
        select(Report.item_id, Report.reason, func.count())
        .where(Report.item_id.in_(item_ids))
        .group_by(Report.item_id, Report.reason)
        .order_by(func.count().desc(), Report.reason)
    )
    found: dict[int, list[tuple[Ground, int]]] = {}
    for item_id, reason, count in rows:
        found.setdefault(item_id, []).append((reason, count))
    return {item_id: tuple(reasons) for item_id, reasons in found.items()}


def open_item(post_id: int) -> QueueItem | None:
    """What waits about a post now."""
    return db.session.scalar(
        select(QueueItem).where(QueueItem.post_id == post_id, QueueItem.act_id.is_(None))
    )


def reports_on(post_id: int) -> list[Report]:
    """All reports on a post, the latest first; who made them is nobody's business."""
    return list(
        db.session.scalars(
            select(Report).where(Report.post_id == post_id).order_by(Report.id.desc()).limit(50)
        )
    )


def own_report(post: Post, member_id: int) -> tuple[Report, ModerationAct | None] | None:
    """A member's report on what a post says now, and the act that answered it."""
    row = db.session.execute(
        select(Report, ModerationAct)
        .join(QueueItem, QueueItem.id == Report.item_id)
        .outerjoin(ModerationAct, ModerationAct.id == QueueItem.act_id)
        .where(
            Report.post_id == post.id, Report.reporter_id == member_id, Report.post_version == post.version
        )
    ).first()
    return (row[0], row[1]) if row else None


def acts_on(post_id: int) -> list[ModerationAct]:
    """What moderators have done with a post, the latest first."""
    return list(
        db.session.scalars(
            select(ModerationAct)
            .options(joinedload(ModerationAct.office))
            .where(ModerationAct.post_id == post_id)
            .order_by(ModerationAct.id.desc())
            .limit(50)
        )
    )


def neighbours(post: Post) -> tuple[Post | None, Post | None]:
    """The posts before and after one, as its thread is read."""
    here = select(Post).options(joinedload(Post.author)).where(Post.thread_id == post.thread_id)
    root, number = post.root_id or post.id, post.id
    before = or_(Post.root_id < root, and_(Post.root_id == root, Post.id < number))
    after = or_(Post.root_id > root, and_(Post.root_id == root, Post.id > number))
    return (
        db.session.scalar(here.where(before).order_by(Post.root_id.desc(), Post.id.desc()).limit(1)),
        db.session.scalar(here.where(after).order_by(Post.root_id, Post.id).limit(1)),
    )


def threads_to_move_to(thread: Thread) -> list[Thread]:
    """The threads of the same area that are offered first, the latest post first."""
    return list(
        db.session.scalars(
            select(Thread)
            .join(Thread.forum)
            .where(
                Forum.area_id == thread.forum.area_id,
                Thread.id != thread.id,
                Thread.merged_into_id.is_(None),
            )
            .order_by(Thread.last_post_at.desc())
            .limit(50)
        )
    )


def pinned(area_id: int) -> list[Thread]:
    """The threads at the top of an area."""
    return list(
        db.session.scalars(
            select(Thread)
            .join(Thread.forum)
            .where(Forum.area_id == area_id, Thread.pinned_at.is_not(None))
            .order_by(Thread.pinned_at.desc(), Thread.id)
        )
    )


def pinned_there(area_id: int) -> int:
    """How many threads are pinned in an area."""
    statement = select(func.count()).select_from(Thread).join(Forum, Forum.id == Thread.forum_id)
    return db.session.scalar(statement.where(Forum.area_id == area_id, Thread.pinned_at.is_not(None))) or 0


@dataclass(frozen=True)
class Moved:
    """Posts that stood here until a moderator moved them together."""

    act: ModerationAct
    to: Thread
    first_id: int
    count: int


def moved_from(thread_id: int) -> list[Moved]:
    """What was moved away from a thread, the latest first, with where it is now."""
    rows = db.session.execute(
        select(ModerationAct, Thread, func.min(PostMove.post_id), func.count())
        .join(PostMove, PostMove.act_id == ModerationAct.id)
        .join(Thread, Thread.id == ModerationAct.to_thread_id)
        .where(PostMove.from_thread_id == thread_id)
        .options(joinedload(ModerationAct.office))
        .group_by(ModerationAct.id, Thread.id)
        .order_by(ModerationAct.id.desc())
        .limit(20)
    ).unique()
    return [Moved(act, to, first_id, count) for act, to, first_id, count in rows]


def appeal_by_id(appeal_id: int) -> Appeal | None:
    """An appeal with the act and the post it is about."""
    return db.session.scalar(
        select(Appeal)
        .options(
            joinedload(Appeal.act).joinedload(ModerationAct.office),
            joinedload(Appeal.post)
            .joinedload(Post.thread)
            .options(joinedload(Thread.forum), joinedload(Thread.unit)),
        )
        .where(Appeal.id == appeal_id)
    )


def last_act_against(post_id: int) -> ModerationAct | None:
    """The act by which a post was last hidden or removed."""
    return db.session.scalar(
        select(ModerationAct)
        .options(joinedload(ModerationAct.office))
        .where(
            ModerationAct.post_id == post_id,
            ModerationAct.kind.in_([ModerationKind.HIDE, ModerationKind.REMOVE]),
        )
        .order_by(ModerationAct.id.desc())
        .limit(1)
    )


def appeal_against(act_id: int) -> Appeal | None:
    """The appeal against an act."""
    return db.session.scalar(select(Appeal).where(Appeal.act_id == act_id))


def moderators_of(post_id: int) -> frozenset[int]:
    """Everybody who has acted on a post as a keeper: none of them decides an appeal about it."""
    return frozenset(
        db.session.scalars(select(ModerationAct.moderator_id).where(ModerationAct.post_id == post_id))
    )


def undecided_appeals(tops: Iterable[str], member_id: int) -> list[Appeal]:
    """The appeals that wait for the control committee of the units at `tops`; never one's own."""
    where: list[ColumnElement[bool]] = [Unit.path.startswith(top, autoescape=True) for top in tops]
    if not where:
        return []
    return list(
        db.session.scalars(
            select(Appeal)
            .join(Appeal.post)
            .join(Post.thread)
            .join(Unit, Unit.id == Thread.unit_id)
            .options(joinedload(Appeal.act), contains_eager(Appeal.post).contains_eager(Post.thread))
            .where(Appeal.granted.is_(None), Appeal.author_id != member_id, or_(*where))
            .order_by(Appeal.at, Appeal.id)
            .limit(MOST_WAITING)
        )
    )


def words_on(*, appeal_id: int | None = None, item_id: int | None = None) -> list[CommitteeWord]:
    """What those of the control committee have said of an appeal, or of a post."""
    about = CommitteeWord.appeal_id == appeal_id if appeal_id else CommitteeWord.item_id == item_id
    return list(db.session.scalars(select(CommitteeWord).where(about).order_by(CommitteeWord.id)))


def waiting_locks(thread_id: int | None = None) -> list[LockRequest]:
    """The locks that wait for somebody from outside the area."""
    where: list[ColumnElement[bool]] = [LockRequest.decided_at.is_(None)]
    if thread_id is not None:
        where.append(LockRequest.thread_id == thread_id)
    return list(
        db.session.scalars(
            select(LockRequest)
            .join(LockRequest.thread)
            .join(Thread.forum)
            .options(
                contains_eager(LockRequest.thread).options(
                    contains_eager(Thread.forum), joinedload(Thread.unit)
                ),
                joinedload(LockRequest.asked_by),
            )
            .where(*where)
            .order_by(LockRequest.asked_at)
            .limit(MOST_WAITING)
        )
    )


def summary(area_id: int, at: datetime) -> list[tuple[ModerationKind, Ground | None, int]]:
    """How often each act was done on each ground in an area in the last 90 days."""
    rows = db.session.execute(
        select(ModerationAct.kind, ModerationAct.ground, func.count())
        .join(Forum, Forum.id == ModerationAct.forum_id)
        .where(Forum.area_id == area_id, ModerationAct.at > at - SUMMED_UP)
        .group_by(ModerationAct.kind, ModerationAct.ground)
        .order_by(func.count().desc(), ModerationAct.kind)
    )
    return [(kind, ground, count) for kind, ground, count in rows]


def committee_terms(unit: Unit, at: datetime) -> list[Term]:
    """The control committee of a unit, or of the nearest one above it that has one."""
    for above in people.lineage(unit):
        found = people.holders([OfficeKind.CONTROL_COMMITTEE], [above.id], at)
        if found:
            return found
    return []


def outside_deciders(thread: Thread, at: datetime) -> list[Term]:
    """Keepers of other areas in the unit above the thread's, and the control committee."""
    above = [unit.id for unit in people.lineage(thread.unit)[1:2]] or [thread.unit_id]
    others = db.session.scalars(
        select(Term)
        .join(Term.office)
        .options(contains_eager(Term.office), joinedload(Term.member))
        .where(
            Office.kind.in_(KEEPING),
            Office.unit_id.in_(above),
            Office.area_id.is_not(None),
            Office.area_id != thread.forum.area_id,
            Term.starts_at <= at,
            at < Term.ends_at,
        )
        .order_by(Term.id)
    )
    return [*others, *committee_terms(thread.unit, at)]


def area_by_id(area_id: int) -> PolicyArea | None:
    """An area."""
    return db.session.get(PolicyArea, area_id)


post_by_id = queries.post_by_id
