"""Appeals against moderation, and posts that no keeper can judge: two of the control committee decide."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from forums.models import Ground, ModerationAct, ModerationKind, Post
from forums.moderation import queries
from forums.moderation.models import Appeal, CommitteeWord, QueueItem
from forums.moderation.rules import COMMITTEE
from forums.moderation.services.reporting import mail_once_an_hour
from forums.rules import APPEAL_TIME
from forums.services.moderation import record, show_again, tell_author
from forums.services.parts import held_post, tell_of_change
from forums.wording import clean
from foundation import clock
from foundation.errors import NotAllowed, NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.access import Rights
from members.models import Member, Term
from members.rules.permissions import Matter, OfficeKind, Permission
from members.rules.units import within

LONGEST_APPEAL = 1000


def appeal(rights: Rights, post_id: int, sentence: str) -> None:
    """Hold that one's own post was hidden or removed wrongly: before the time that the author was told."""
    sentence = clean(sentence)
    with transaction() as session:
        post = held_post(post_id)
        if post.author_id != rights.member.id:
            raise NotAllowed(Reason.of("not_yours"))
        act = queries.last_act_against(post.id)
        if act is None or post.hidden_at is None or post.deleted_at is not None:
            raise RuleBroken(Reason.of("nothing_to_appeal"))
        at = clock.now()
        if at >= act.at + APPEAL_TIME:
            raise RuleBroken(Reason.of("appeal_late", before=act.at + APPEAL_TIME))
        if queries.appeal_against(act.id) is not None:
            raise RuleBroken(Reason.of("appealed"))
        if not sentence:
            raise RuleBroken(Reason.of("sentence_missing"))
        if len(sentence) > LONGEST_APPEAL:
            raise RuleBroken(Reason.of("sentence_too_long", characters=len(sentence), most=LONGEST_APPEAL))
        session.add(
            Appeal(act_id=act.id, post_id=post.id, author_id=rights.member.id, sentence=sentence, at=at)
        )
        session.flush()
        ids = {term.member_id for term in queries.committee_terms(post.thread.unit, at)}
        ids -= {rights.member.id, *queries.moderators_of(post.id)}
        for member in session.scalars(select(Member).where(Member.id.in_(ids)).order_by(Member.id)):
            mail_once_an_hour(member, at)


def may_judge(rights: Rights, post: Post) -> bool:
    """Whether she may take part in deciding an appeal about a post: never its author, never a moderator of it."""
    return rights.may(Permission.DECIDE_MODERATION_APPEAL, _matter(post))


def _matter(post: Post) -> Matter:
    return Matter(
        owner_id=post.author_id,
        unit_path=post.thread.unit.path,
        area_id=post.thread.forum.area_id,
        moderator_ids=queries.moderators_of(post.id),
    )


def judge_appeal(rights: Rights, appeal_id: int, *, grant: bool) -> bool | None:
    """Say what one of the control committee holds; two who hold the same decide. Answers the decision, or None yet.

    Granted, the post is shown again.
    """
    with transaction():
        found = queries.appeal_by_id(appeal_id)
        if found is None:
            raise NotFound
        post = held_post(found.post_id)
        rights.require(Permission.DECIDE_MODERATION_APPEAL, _matter(post))
        db.session.refresh(found)
        if found.granted is not None:
            raise RuleBroken(Reason.of("moderation_appeal_decided"))
        at = clock.now()
        if not _agreed(rights, at, grant=grant, appeal_id=found.id):
            return None
        found.granted, found.decided_at = grant, at
        kind = ModerationKind.APPEAL_GRANTED if grant else ModerationKind.APPEAL_DISMISSED
        act = record(
            rights, kind, post.thread, at, post=post, ground=found.act.ground, term=_term(rights, post)
        )
        if grant and post.hidden_at is not None and post.deleted_at is None:
            show_again(post)
            tell_of_change(post)
        tell_author(act, post.author, post)
        return grant


def judge_item(rights: Rights, post_id: int, *, hide: bool, ground: Ground) -> bool | None:
    """The same for a reported post that no keeper can judge: two who hold the same hide it, or let it stand."""
    with transaction():
        post = held_post(post_id)
        at = clock.now()
        rights.require(Permission.DECIDE_MODERATION_APPEAL, _matter(post))
        item = queries.open_item(post.id)
        if item is None:
            raise RuleBroken(Reason.of("nothing_waits"))
        if queries.bearers_of(post, at):
            raise NotAllowed(Reason.of("keeper_judges"))
        if post.deleted_at is not None:
            raise RuleBroken(Reason.of("post_deleted"))
        if not _agreed(rights, at, grant=hide, item_id=item.id):
            return None
        _carry_out(rights, post, item, at, hide=hide, ground=ground)
        return hide


def _carry_out(
    rights: Rights, post: Post, item: QueueItem, at: datetime, *, hide: bool, ground: Ground
) -> None:
    kind = ModerationKind.HIDE if hide else ModerationKind.LEAVE
    act: ModerationAct = record(
        rights,
        kind,
        post.thread,
        at,
        post=post,
        ground=ground if hide else None,
        term=_term(rights, post),
    )
    item.act_id = act.id
    if hide:
        post.hidden_at, post.hidden_ground, post.hidden_by_office_id = at, ground, act.office_id
        tell_author(act, post.author, post, appeal_before=at + APPEAL_TIME)
        tell_of_change(post)


def _agreed(
    rights: Rights, at: datetime, *, grant: bool, appeal_id: int | None = None, item_id: int | None = None
) -> bool:
    said = queries.words_on(appeal_id=appeal_id, item_id=item_id)
    if any(word.member_id == rights.member.id for word in said):
        raise RuleBroken(Reason.of("word_given"))
    db.session.add(
        CommitteeWord(appeal_id=appeal_id, item_id=item_id, member_id=rights.member.id, yes=grant, at=at)
    )
    db.session.flush()
    return sum(word.yes is grant for word in said) + 1 >= COMMITTEE


def _term(rights: Rights, post: Post) -> Term:
    terms = [
        term
        for term in rights.holds(OfficeKind.CONTROL_COMMITTEE)
        if within(post.thread.unit.path, term.office.unit.path)
    ]
    if not terms:
        raise NotAllowed(Reason.of("role_missing", permission=Permission.DECIDE_MODERATION_APPEAL))
    return terms[0]
