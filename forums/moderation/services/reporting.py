"""Posts reported, and those told of it who are to look."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from forums import access
from forums.models import Ground, ModerationKind, Post
from forums.moderation import queries
from forums.moderation.models import QueueItem, Report
from forums.moderation.rules import BETWEEN_MAILS
from forums.services.parts import held_post
from forums.wording import LONGEST_SENTENCE
from foundation import clock, outbox, text
from foundation.errors import Reason, RuleBroken
from foundation.extensions import db
from foundation.links import link
from foundation.transaction import transaction
from members.access import Rights
from members.models import Member
from members.rules.permissions import Permission

# What is done with a post answers what waits about it, whoever asked; handing it over does not.
ANSWERS = frozenset(ModerationKind) - {ModerationKind.HAND_OVER}


def report_post(rights: Rights, post_id: int, reason: Ground, sentence: str = "") -> None:
    """Tell those who keep the area that a post breaks with how we speak to each other.

    Once for each member and version of the post: the same report again is the first one. Its author is never
    told, and the moderator sees the number and the sentences, no names. A report about a keeper's own post
    passes her by.
    """
    sentence = plain_sentence(sentence)
    with transaction() as session:
        post = held_post(post_id)
        access.require(access.on_thread(rights, Permission.REPORT_POST, post.thread))
        if post.author_id == rights.member.id:
            raise RuleBroken(Reason.of("report_own"))
        if post.deleted_at is not None or post.hidden_at is not None:
            raise RuleBroken(Reason.of("report_gone"))
        if queries.own_report(post, rights.member.id) is not None:
            return
        at = clock.now()
        item = item_for(post, at)
        session.add(
            Report(
                item_id=item.id,
                post_id=post.id,
                post_version=post.version,
                reporter_id=rights.member.id,
                reason=reason,
                sentence=sentence,
                at=at,
            )
        )
        session.flush()
        tell_bearers(post, at)


def plain_sentence(sentence: str) -> str:
    """A sentence on one line, refused where it is too long."""
    sentence = text.plain(sentence)
    if len(sentence) > LONGEST_SENTENCE:
        raise RuleBroken(Reason.of("sentence_too_long", characters=len(sentence), most=LONGEST_SENTENCE))
    return sentence


def item_for(post: Post, at: datetime) -> QueueItem:
    """What waits about a post, made where nothing does; the post's thread is held."""
    item = queries.open_item(post.id)
    if item is None:
        item = QueueItem(post_id=post.id, opened_at=at)
        db.session.add(item)
        db.session.flush()
    return item


def tell_bearers(post: Post, at: datetime) -> None:
    """Write to those who are to look at a post, at most once an hour to each."""
    chosen = queries.bearers_of(post, at)
    ids = [keeper.member_id for keeper in chosen if not keeper.is_deputy] or [
        keeper.member_id for keeper in chosen
    ]
    if not ids:
        ids = [
            term.member_id
            for term in queries.committee_terms(post.thread.unit, at)
            if term.member_id != post.author_id
        ]
    for member in db.session.scalars(select(Member).where(Member.id.in_(ids)).order_by(Member.id)):
        mail_once_an_hour(member, at)


def mail_once_an_hour(member: Member, at: datetime) -> None:
    """Say that something waits in her queue, unless that was said within the hour."""
    if not member.email:
        return
    hour = int(at.timestamp() // BETWEEN_MAILS.total_seconds())
    keys = [f"queue:{member.id}:{number}" for number in (hour - 1, hour)]
    last = db.session.scalar(
        select(outbox.Letter.written_at)
        .where(outbox.Letter.key.in_(keys))
        .order_by(outbox.Letter.written_at.desc())
        .limit(1)
    )
    if last is None or last + BETWEEN_MAILS <= at:
        outbox.mail(
            member.email, "queue", key=keys[1], locale=member.locale, url=link("forums.moderation_queue")
        )


def answer_item(post_id: int, act_id: int, kind: ModerationKind) -> None:
    """What waited about a post has been answered by an act."""
    item = queries.open_item(post_id)
    if item is not None and kind in ANSWERS:
        item.act_id = act_id
        db.session.flush()
