"""What goes along when threads are split and merged, and what is forgotten when its time is out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import a_case, a_thread
from debate import World, rights
from sqlalchemy import select

from forums import services
from forums.models import (
    AmendmentKind,
    CasePaper,
    Credit,
    CreditKind,
    CreditLoss,
    Ground,
    Post,
    PostVersion,
    RemovedText,
    Thread,
    ThreadKind,
)
from forums.moderation import services as keeping
from forums.moderation.services import forgetting
from forums.notices import rules
from forums.notices.models import Following, Notice
from forums.notices.rules import Gather, Level, NoticeKind
from forums.notices.services import following, mornings
from forums.reactions import queries as reactions
from forums.reactions.services import mark_answer
from forums.services.papers import AmendmentDraft, amend
from foundation import clock
from foundation.errors import RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import Member

TEXT = "Dette er langt nok til å telle som deltakelse i saken, og litt til."


def levels(thread_id: int) -> dict[int, Level]:
    rows = db.session.execute(
        select(Following.member_id, Following.level).where(Following.thread_id == thread_id)
    )
    return {row.member_id: row.level for row in rows}


def test_whoever_follows_a_thread_follows_what_is_split_off_and_what_it_is_merged_into(world: World) -> None:
    ane, bo = world.member("Ane"), world.member("Bo")
    post_id = services.write_post(rights(ane), world.thread.id, TEXT).post_id
    following.follow_thread(rights(ane), world.thread.id, Level.NOTHING)
    following.follow_thread(rights(bo), world.thread.id, Level.ALL)
    new_id = keeping.split_thread(rights(world.jonas), post_id, "Skoleveien")
    assert levels(new_id) == levels(world.thread.id) == {ane.id: Level.NOTHING, bo.id: Level.ALL}
    following.follow_thread(rights(ane), new_id, Level.BALLOTS)
    keeping.merge_threads(rights(world.jonas), world.thread.id, new_id)
    assert levels(new_id) == {ane.id: Level.BALLOTS, bo.id: Level.ALL}, "what she chose for it stands"
    assert levels(world.thread.id) == {}


def asked(world: World, asker: Member) -> Thread:
    thread = a_thread(world.forum, asker, title="Hvorfor?")
    with transaction():
        thread.kind = ThreadKind.QUESTION
    return thread


def test_the_answer_is_marked_where_the_question_stands_after_a_split_and_a_merge(world: World) -> None:
    ane, bo = world.member("Ane"), world.member("Bo")
    source, other = asked(world, ane), asked(world, ane)
    again_id = services.write_post(rights(bo), source.id, "Eller spør jeg om noe annet?").post_id
    answer_id = services.write_post(rights(bo), source.id, TEXT).post_id
    mark_answer(rights(ane), answer_id, on=True)
    new_id = keeping.split_thread(rights(world.jonas), again_id, "Noe annet", onwards=True)
    assert reactions.answer_of(new_id) == answer_id
    assert reactions.answer_of(source.id) is None
    keeping.merge_threads(rights(world.jonas), new_id, other.id)
    assert reactions.answer_of(other.id) == answer_id
    assert reactions.answer_of(new_id) is None


def test_an_answer_that_begins_a_thread_still_answers_and_two_answers_become_the_staying_one(
    world: World,
) -> None:
    ane, bo = world.member("Ane"), world.member("Bo")
    source, other = asked(world, ane), asked(world, ane)
    answer_id = services.write_post(rights(bo), source.id, TEXT).post_id
    theirs = services.write_post(rights(bo), other.id, f"{TEXT} Igjen.").post_id
    for post_id in (answer_id, theirs):
        mark_answer(rights(ane), post_id, on=True)
    keeping.split_thread(rights(world.jonas), answer_id, "Et svar for seg selv")
    assert reactions.answer_of(source.id) == answer_id
    keeping.merge_threads(rights(world.jonas), source.id, other.id)
    assert reactions.answer_of(other.id) == theirs
    assert reactions.answer_of(source.id) is None


def test_an_amendment_that_is_moved_and_edited_is_still_one_and_counts_whatever_its_length(
    world: World,
) -> None:
    ane = world.member("Ane")
    with transaction() as session:
        paper = CasePaper(
            case_id=world.case.id, position=1, title="Saksframlegg", body="En linje.\nTo linjer."
        )
        session.add(paper)
    draft = AmendmentDraft(AmendmentKind.SUBSTITUTION, 1, 1, "Ny linje.", "Kort.")
    written = amend(rights(ane), world.case.id, paper.id, draft)
    services.write_post(rights(world.member("Bo")), written.thread_id, TEXT)
    case = a_case(world.forum, world.mari, title="Skoleveien")
    target = a_thread(world.forum, ane, title="En annen", case=case)
    post_id = written.post_id
    with clock.stopped_at(clock.now() + timedelta(hours=1)):
        keeping.move_post(rights(world.jonas), post_id, target.id)
        services.edit_post(rights(ane), post_id, "> Ny linje.\n\nKort.", version=1)
        services.edit_post(rights(ane), post_id, "Kort.", version=2)
    held = db.session.scalars(select(Credit).where(Credit.post_id == post_id)).all()
    assert {one.case_id for one in held} == {world.case.id, case.id}, "moved, it counts in both"
    assert {(one.kind, one.anchored) for one in held} == {(CreditKind.PROPOSAL, True)}
    assert not db.session.scalars(select(CreditLoss.id)).all()


# Forgetting


@pytest.fixture
def removed(world: World) -> int:
    ane = world.member("Ane Vik")
    post_id = services.write_post(rights(ane), world.thread.id, f"Først: {TEXT}").post_id
    services.edit_post(rights(ane), post_id, TEXT, version=1)
    services.remove_post(rights(world.jonas), post_id, Ground.PRIVACY)
    return post_id


def kept(post_id: int) -> int:
    db.session.rollback()
    return len(
        [
            *db.session.scalars(select(RemovedText.body).where(RemovedText.post_id == post_id)),
            *db.session.scalars(select(PostVersion.body).where(PostVersion.post_id == post_id)),
        ]
    )


def test_what_a_removed_post_said_is_erased_after_ninety_days_and_not_before(
    world: World, removed: int
) -> None:
    due = clock.now() + forgetting.KEPT
    assert forgetting.forget_removed(due - timedelta(microseconds=1)) == 0
    assert kept(removed) == 2
    assert forgetting.forget_removed(due) == 1
    assert kept(removed) == 0
    assert forgetting.forget_removed(due) == 0
    with pytest.raises(RuleBroken, match="removed_text_gone"):
        services.restore_post(rights(world.jonas), removed)


def test_an_appeal_that_waits_keeps_the_text_and_so_does_a_post_that_is_shown_again(
    world: World, removed: int
) -> None:
    ane = db.session.get_one(Post, removed).author
    keeping.appeal(rights(ane), removed, "Det var ikke noe privat i det.")
    due = clock.now() + forgetting.KEPT
    assert forgetting.forget_removed(due) == 0
    services.restore_post(rights(world.jonas), removed)
    assert forgetting.forget_removed(due) == 0
    assert db.session.get_one(Post, removed).body == TEXT


def test_a_read_notice_goes_after_half_a_year_and_an_unread_one_waits(world: World) -> None:
    kari, at = world.member(), clock.now()
    with transaction() as session:
        for key, read_at in (("old", at), ("unread", None)):
            session.add(_notice(kari.id, key, at, read_at))
        session.add(_notice(kari.id, "newer", at + timedelta(days=1), at + timedelta(days=1)))
    mornings.forget_read(at + rules.NOTICES_KEPT - timedelta(microseconds=1))
    assert set(db.session.scalars(select(Notice.key))) == {"old", "unread", "newer"}
    mornings.forget_read(at + rules.NOTICES_KEPT)
    assert set(db.session.scalars(select(Notice.key))) == {"unread", "newer"}


def _notice(member_id: int, key: str, at: object, read_at: object) -> Notice:
    return Notice(
        member_id=member_id,
        key=key,
        kind=NoticeKind.BALLOT,
        path="/trader/1",
        facts="{}",
        shown=True,
        gather=Gather.NEVER,
        at=at,
        read_at=read_at,
    )
