"""Threads linked after the notice: two of the board, never a keeper alone; five members may ask, and get an answer."""

from __future__ import annotations

import pytest
from builders import a_forum, a_thread, an_area, oslo
from queries import counted
from scenario_world import LEAST, World, rights, when

from ballot import queries
from ballot.linking import queries as asked
from ballot.linking import services as linking
from ballot.linking.models import LinkRequest
from ballot.services import changes, drafting, related
from forums import services as debate
from forums.models import Thread
from forums.moderation import services as keeping
from foundation import clock
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from foundation.outbox import Letter


@pytest.fixture
def idea(world: World) -> Thread:
    """An older thread of the area, where much of the debate was."""
    return a_thread(world.forum, world.mari, title="Hva gjør vi med skolene?")


def letters(template: str) -> list[str]:
    db.session.rollback()
    return [row.key for row in db.session.query(Letter).filter_by(template=template).order_by(Letter.id)]


def test_a_keeper_links_alone_before_the_notice_and_not_after(world: World, idea: Thread) -> None:
    another = a_thread(world.forum, world.mari, title="Enda en tråd")
    with when("2026-03-01 12:00"):
        debate.link_thread(rights(world.mari), another.id, world.case.id)
    ballot_id = world.publish()
    with when("2026-03-15 12:00"):
        page = world.as_(world.mari).post(f"/trader/{idea.id}/sak", {"case_id": world.case.id}, status=422)
        assert "Da må to i styret legge til tråden" in page
        with pytest.raises(RuleBroken):
            debate.link_thread(rights(world.mari), idea.id, world.case.id)
    assert idea.id not in queries.threads_of(world.case.id)
    world.advance(ballot_id)
    with when("2026-03-17 12:00"):
        debate.link_thread(rights(world.mari), idea.id, world.case.id)
    assert idea.id in queries.threads_of(world.case.id), "after the freeze it changes nobody's vote"


def ask(world: World, idea: Thread, number: int, at: str = "2026-03-05 12:00") -> None:
    for member in world.crowd[:number]:
        with when(at):
            world.as_(member).post(f"/trader/{idea.id}/sak/{world.case.id}/be-om")


def test_five_members_ask_and_the_board_answers_with_a_reason_that_everybody_reads(
    world: World, idea: Thread
) -> None:
    ballot_id = world.publish()
    world.write(world.crowd[9], LEAST, "2026-03-03 12:00", thread=idea)
    with when("2026-03-05 11:00"):
        assert "Be om at tråden knyttes til saken" in world.as_(world.crowd[0]).get(f"/trader/{idea.id}")
    ask(world, idea, 4)
    assert letters("link_request") == []
    with when("2026-03-05 12:00"):
        world.as_(world.crowd[0]).post(f"/trader/{idea.id}/sak/{world.case.id}/be-om", status=409)
        assert "4 har bedt om det" in world.as_(world.crowd[5]).get(f"/trader/{idea.id}")
        assert "Tråder medlemmer har bedt om" not in world.as_(world.crowd[5]).get(f"/saker/{world.case.id}")
    ask_fifth = world.crowd[4]
    with when("2026-03-05 13:00"):
        world.as_(ask_fifth).post(f"/trader/{idea.id}/sak/{world.case.id}/be-om")
        assert "Styret skal svare før lørdag 7. mars kl. 13.00." in world.as_(world.mari).get(
            f"/saker/{world.case.id}"
        )
    assert len(letters("link_request")) == 2, "both of the board"
    db.session.rollback()
    request = db.session.query(LinkRequest).one()
    address = f"/saker/{world.case.id}/tradonsker"
    with when("2026-03-06 12:00"):
        world.as_(world.mari).post(f"{address}/{request.id}", {f"svar{request.id}-answer": "Ja."}, status=403)
        world.as_(world.chair).post(f"{address}/{request.id}", {"yes": "1"}, status=422)
        world.as_(world.chair).post(
            f"{address}/{request.id}", {f"svar{request.id}-answer": "Mye er sagt der.", "yes": "1"}
        )
        assert "En til i styret må bekrefte." in world.as_(world.crowd[0]).get(address)
        page = world.as_(world.board).get(f"/styret/avstemninger/{ballot_id}/endre")
        seq = page.markup.partition('name="confirm" value="')[2].partition('"')[0]
        world.as_(world.board).post(
            f"/styret/avstemninger/{ballot_id}/endre", {"confirm": seq, "reason": "Enig."}
        )
        page = world.as_(world.crowd[0]).get(f"/saker/{world.case.id}")
        assert "Tråden er knyttet til saken. Grunn: Mye er sagt der." in page
    assert world.status(ballot_id, world.crowd[9], "2026-03-06 13:00").mark == "ready"


def test_a_no_has_a_reason_too_and_nobody_answers_twice(world: World, idea: Thread) -> None:
    world.publish()
    ask(world, idea, 5)
    db.session.rollback()
    request_id = db.session.query(LinkRequest.id).scalar()
    with when("2026-03-06 12:00"):
        with pytest.raises(NotAllowed):
            linking.answer(rights(world.mari), request_id, "Nei.", yes=False)
        linking.answer(rights(world.board), request_id, "Den handler om noe annet.", yes=False)
        with pytest.raises(RuleBroken):
            linking.answer(rights(world.chair), request_id, "Jo.", yes=True)
        page = world.as_(world.crowd[0]).get(f"/saker/{world.case.id}")
        assert "Styret har sagt nei. Grunn: Den handler om noe annet." in page
    assert queries.threads_of(world.case.id) == [world.thread.id]


def test_a_board_that_does_not_answer_is_reminded_a_few_times_and_no_more(world: World, idea: Thread) -> None:
    world.publish()
    ask(world, idea, 5)
    for at in (
        "2026-03-05 12:01",
        "2026-03-06 11:59",
        "2026-03-06 12:00",
        "2026-03-07 06:00",
        "2026-03-09 06:00",
    ):
        with when(at):
            linking.remind(clock.now())
    assert [key.split(":")[4] for key in letters("link_request")] == ["0", "0", "1", "1", "2", "2"]


def test_nobody_asks_before_the_notice_or_when_it_is_too_late_to_link(world: World, idea: Thread) -> None:
    def may_not_ask(at: str) -> None:
        with when(at):
            assert "Be om at tråden" not in world.as_(world.crowd[0]).get(f"/trader/{idea.id}")
            with pytest.raises(RuleBroken):
                linking.ask(rights(world.crowd[0]), world.case.id, idea.id)

    may_not_ask("2026-03-01 12:00")
    world.publish()
    may_not_ask("2026-03-14 20:00")


def test_the_question_in_a_thread_costs_one_query(world: World, idea: Thread) -> None:
    world.publish()
    ask(world, idea, 5)
    thread, me = db.session.get_one(Thread, idea.id), world.crowd[0].id
    with counted() as statements:
        assert asked.wanted(thread, me, oslo("2026-03-06 12:00"))
    assert len(statements) == 1


def test_joining_two_threads_goes_the_same_way_once_the_notice_stands(world: World, idea: Thread) -> None:
    with when("2026-03-01 12:00"):
        before = a_thread(world.forum, world.mari, title="Slått sammen i tide")
        keeping.merge_threads(rights(world.mari), before.id, world.thread.id)
    ballot_id = world.publish()
    world.write(world.crowd[9], LEAST, "2026-03-03 12:00", thread=idea)
    with when("2026-03-05 12:00"):
        for one, other in ((idea.id, world.thread.id), (world.thread.id, idea.id)):
            page = world.as_(world.mari).post(
                f"/trader/{one}/sla-sammen", {"thread_id": str(other), "sentence": "Samme sak."}, status=422
            )
            assert "Da må to i styret legge til tråden" in page
    assert world.status(ballot_id, world.crowd[9], "2026-03-05 13:00").mark == "not_yet"
    with when("2026-03-06 12:00"):
        wanted = changes.RuleChange(threads=frozenset({world.thread.id, idea.id}))
        changes.change_rule(ballot_id, rights(world.chair), wanted, "Mye er sagt der.")
        changes.change_rule(ballot_id, rights(world.board), wanted, "Enig.")
        keeping.merge_threads(rights(world.mari), idea.id, world.thread.id)
    assert world.status(ballot_id, world.crowd[9], "2026-03-06 13:00").mark == "ready"


def test_a_draft_suggests_threads_with_the_reason_and_what_is_ticked_is_linked(
    world: World, idea: Thread
) -> None:
    elsewhere = a_forum(world.unit, an_area(world.unit, "Torg og park"))
    far = a_thread(elsewhere, world.mari, title="Skolestruktur og skolevei")
    other = a_thread(elsewhere, world.mari, title="Nye benker")
    world.write(world.crowd[9], LEAST, "2026-03-02 08:00", thread=far)
    with when("2026-03-02 08:30"):
        ballot_id = drafting.create(
            world.draft(window_opens_at=oslo("2026-03-01 09:00")), rights(world.chair)
        ).id
    address = f"/styret/avstemninger/{ballot_id}"
    with when("2026-03-02 09:00"):
        page = world.as_(world.chair).get(f"{address}/forhandsvis")
        assert "Tittelen har ord fra saken: skolestruktur." in page
        assert "Står i området Torg og park." in page
        assert idea.title in page
        assert other.title not in page
        assert world.thread.title not in page.text.partition("Har debatten også gått")[2]
        world.as_(world.chair).post(
            f"{address}/send-inn", {"thread": str(other.id), "small_roll": "1"}, status=409
        )
        world.as_(world.chair).post(f"{address}/send-inn", {"thread": str(far.id), "small_roll": "1"})
        assert far.id in queries.threads_of(world.case.id)
        page = world.as_(world.board).get(f"{address}/forhandsvis")
        assert far.title not in page.text.partition("Har debatten også gått")[2]
        world.as_(world.board).post(f"{address}/godkjenn", {"thread": str(idea.id), "small_roll": "1"})
    assert set(queries.threads_of(world.case.id)) == {world.thread.id, far.id, idea.id}
    assert world.status(ballot_id, world.crowd[9], "2026-03-02 10:00").mark == "ready"
    assert "Har debatten også gått" not in page.text.partition(idea.title)[2]


def test_the_suggestions_cost_one_query_however_many_threads(world: World) -> None:
    for number in range(8):
        a_thread(world.forum, world.mari, title=f"Skolestruktur {number}")
    ballot_id = drafting.create(world.draft(), rights(world.chair)).id
    ballot = world.load(ballot_id)
    with counted() as statements:
        found = related.suggested(ballot, clock.now())
        assert {one.thread.forum.area.name for one in found} == {world.forum.area.name}
    assert len(found) == 8
    assert len(statements) == 1
