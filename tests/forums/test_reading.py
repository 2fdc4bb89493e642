"""Threads are read page by page at a known cost, and everyone's reading mark is right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from builders import a_case, a_forum, a_thread, a_unit, an_area, later, oslo
from debate import Browser, World, rights
from flask import current_app
from queries import counted
from sqlalchemy import insert, select, update

from forums import home, queries, services
from forums.models import Ground, Post, Thread, Visit
from forums.rules import POSTS_ON_A_PAGE
from foundation import clock
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import Member
from members.rules.classes import MembershipClass

Browsers = Callable[..., Browser]


def fill(thread: Thread, authors: list[Member], posts: int) -> list[int]:
    """Put so many top-level posts into a thread as rows; answers their numbers."""
    with transaction() as session:
        session.execute(
            insert(Post),
            [
                {
                    "thread_id": thread.id,
                    "author_id": authors[number % len(authors)].id,
                    "body": f"Innlegg nummer {number} i en lang debatt om skolene i kommunen vår.",
                    "version": 1,
                    "visible_characters": 60,
                    "written_at": clock.now() - timedelta(days=20) + timedelta(seconds=number),
                }
                for number in range(posts)
            ],
        )
        session.execute(
            update(Post).where(Post.thread_id == thread.id, Post.root_id.is_(None)).values(root_id=Post.id)
        )
        ids = list(session.scalars(select(Post.id).where(Post.thread_id == thread.id).order_by(Post.id)))
        session.execute(
            update(Thread)
            .where(Thread.id == thread.id)
            .values(post_count=len(ids), last_post_id=ids[-1], last_post_at=clock.now())
        )
    return ids


@pytest.mark.parametrize("posts", [1_000, 10_000])
def test_a_page_of_a_thread_costs_the_same_however_long_the_thread_is(
    world: World, browser: Browsers, posts: int
) -> None:
    fill(world.thread, [world.member() for _ in range(20)], posts - 1)
    ane = browser(world.member("Ane"))
    costs = []
    for address in (
        f"/trader/{world.thread.id}",  # her first visit, which leaves a mark
        f"/trader/{world.thread.id}",
        f"/trader/{world.thread.id}?side={posts // 100}",
        f"/trader/{world.thread.id}?side={posts // POSTS_ON_A_PAGE}",
    ):
        with counted() as sent:
            page = ane.get(address)
        assert len(page.posts()) == POSTS_ON_A_PAGE
        costs.append(len(sent))
    assert costs[0] == costs[1] + 1, "the mark is written once"
    bo = browser(world.member("Bo"))
    bo.write(world.thread.id, "Et nytt innlegg")
    bo.write(world.thread.id, "Et nytt svar", reply_to=world.thread.last_post_id)
    with counted() as sent:
        assert "2 nye innlegg siden" in ane.get(f"/trader/{world.thread.id}").text
    assert len(sent) < 17, sent
    assert max(costs) < 17, sent
    assert costs[1:] == [costs[1]] * 3


def test_the_lists_of_areas_and_of_threads_cost_the_same_however_much_they_hold(
    world: World, browser: Browsers
) -> None:
    ane = browser(world.member("Ane"))

    def costs() -> list[int]:
        found = []
        for address in ("/omrader", f"/omrader/{world.area.code}", f"/saker/{world.case.id}"):
            with counted() as sent:
                ane.get(address)
            found.append(len(sent))
        return found

    few = costs()
    for number in range(8):
        area = an_area(world.unit, f"Område {number}")
        a_forum(world.unit, area)
    for number in range(12):
        thread = a_thread(world.forum, world.member(), case=world.case, title=f"Tråd {number}")
        fill(thread, [world.member()], 5)
        a_case(world.forum, world.mari, f"Sak {number}")
    assert costs() == few
    assert max(few) < 20


def test_posts_stand_in_order_with_the_replies_right_after_what_they_answer(
    world: World, browser: Browsers
) -> None:
    ane = browser(world.member("Ane"))
    first = ane.write(world.thread.id, "Første innlegg").posts()
    second = ane.write(world.thread.id, "Andre innlegg").posts()[-1]
    opening, one = first
    reply = ane.write(world.thread.id, "Svar på det første", reply_to=one)
    assert reply.posts()[:2] == [opening, one]
    assert reply.posts()[-1] == second
    answer = reply.posts()[2]
    again = ane.write(world.thread.id, "Svar på svaret", reply_to=answer).posts()
    assert again == [opening, one, answer, again[3], second]
    assert db.session.get_one(Post, again[3]).root_id == one


def test_a_reply_to_a_reply_names_whom_it_answers(world: World, browser: Browsers) -> None:
    ane, bo = browser(world.member("Ane Vik")), browser(world.member("Bo Nes"))
    one = ane.write(world.thread.id, "Første innlegg").posts()[-1]
    answer = bo.write(world.thread.id, "Svar på det første", reply_to=one)
    assert "Svar til Ane Vik" not in answer.text, "it stands right under what it answers"
    page = ane.write(world.thread.id, "Svar på svaret", reply_to=answer.posts()[-1])
    assert "Svar til Bo Nes" in page.text


def test_quoting_puts_the_text_in_the_composer_without_script(world: World, browser: Browsers) -> None:
    ane, bo = browser(world.member("Ane Vik")), browser(world.member("Bo Nes"))
    one = ane.write(world.thread.id, "Skolen må bestå.\n\nBussen går ikke.").posts()[-1]
    lead = bo.get(f"/innlegg/{one}?hva=siter", 303).location
    assert lead == f"/trader/{world.thread.id}?siter={one}#skriv"
    page = bo.get(lead.partition("#")[0])
    (area,) = page.find("textarea")
    assert area.text is not None
    source = f"> [Ane Vik skrev](/innlegg/{one}):\n"
    assert area.text.strip() == source + "> Skolen må bestå.\n>\n> Bussen går ikke."
    assert [hidden.get("value") for hidden in page.find("input", name="reply_to")] == [str(one)]
    assert bo.get(f"/innlegg/{one}/sitat").markup == source + "> Skolen må bestå.\n>\n> Bussen går ikke.\n\n"
    shown = bo.write(world.thread.id, f"{area.text.strip()}\n\nJo, den går.", reply_to=one)
    (name,) = [link for link in shown.find("a", href=f"/innlegg/{one}") if link.text == "Ane Vik skrev"]
    assert name is not None
    assert "Svar til Ane Vik" not in shown.text, "it is named once"


@pytest.mark.parametrize("posts", [1, 49, 50, 51, 100, 101])
def test_there_is_no_empty_last_page(world: World, browser: Browsers, posts: int) -> None:
    ids = fill(world.thread, [world.mari], posts - 1) if posts > 1 else []
    ane = browser(world.member())
    pages = -(-posts // POSTS_ON_A_PAGE)
    seen: list[int] = []
    for number in range(1, pages + 1):
        page = ane.get(f"/trader/{world.thread.id}?side={number}")
        assert bool(page.find("a", rel="next")) is (number < pages)
        assert bool(page.find("a", rel="prev")) is (number > 1)
        seen += page.posts()
    assert len(seen) == posts
    assert not ids or seen == ids


@pytest.mark.parametrize(
    ("asked", "first"),
    [("0", 0), ("-1", 0), ("to", 0), ("", 0), ("1.5", 0), ("²", 0), ("99", 100), ("9" * 30, 0), ("2", 50)],
)
def test_a_page_that_is_none_leads_to_one_that_is(
    world: World, browser: Browsers, asked: str, first: int
) -> None:
    ids = fill(world.thread, [world.mari], 119)
    page = browser(world.member()).get(f"/trader/{world.thread.id}?side={asked}")
    assert page.posts()[0] == ids[first]


def test_a_permanent_link_leads_to_the_page_on_which_the_post_stands(world: World, browser: Browsers) -> None:
    ids = fill(world.thread, [world.mari], 119)
    ane = browser(world.member("Ane"))
    assert ane.get(f"/innlegg/{ids[0]}", 303).location == f"/trader/{world.thread.id}#post-{ids[0]}"
    assert ane.get(f"/innlegg/{ids[49]}", 303).location == f"/trader/{world.thread.id}#post-{ids[49]}"
    assert ane.get(f"/innlegg/{ids[50]}", 303).location == f"/trader/{world.thread.id}?side=2#post-{ids[50]}"
    reply = ane.write(world.thread.id, "Et svar", reply_to=ids[0]).posts()[1]
    assert ane.get(f"/innlegg/{reply}", 303).location == f"/trader/{world.thread.id}#post-{reply}"
    assert ane.get(f"/innlegg/{ids[49]}", 303).location.endswith(f"?side=2#post-{ids[49]}"), "it has moved on"


def mark(member: Member, thread: Thread) -> int | None:
    db.session.rollback()
    visit = db.session.get(Visit, (member.id, thread.id))
    return visit.last_post_id if visit else None


def test_what_stood_in_a_thread_before_the_first_visit_is_no_news(world: World, browser: Browsers) -> None:
    ids = fill(world.thread, [world.mari], 119)
    ane = world.member("Ane")
    page = browser(ane).get(f"/trader/{world.thread.id}?side=2")
    assert "Nytt" not in page.text.replace("Nytt for deg", "").split()
    assert mark(ane, world.thread) == ids[-1]


def test_new_posts_are_marked_and_pointed_to_once(world: World, browser: Browsers) -> None:
    ane, bo = world.member("Ane"), world.member("Bo")
    reader = browser(ane)
    reader.get(f"/trader/{world.thread.id}")
    with clock.stopped_at(later(days=2), all_threads=True):
        new = browser(bo).write(world.thread.id, "Noe nytt").posts()[-1]
        browser(bo).write(world.thread.id, "Og noe mer")
        page = reader.get(f"/trader/{world.thread.id}")
        assert "2 nye innlegg siden mandag" in page.text
        assert page.find("a", href=f"/innlegg/{new}")[0].text == "Gå til første uleste"
        assert "Nytt siden sist" not in reader.get(f"/omrader/{world.area.code}").text
        assert "Gå til første uleste" not in reader.get(f"/trader/{world.thread.id}").text


def test_a_mark_stops_before_the_first_post_that_was_not_shown(world: World, browser: Browsers) -> None:
    ids = fill(world.thread, [world.mari], 79)
    ane = world.member("Ane")
    reader = browser(ane)
    reader.get(f"/trader/{world.thread.id}")
    assert mark(ane, world.thread) == ids[-1]
    bo = browser(world.member("Bo"))
    bo.write(world.thread.id, "Et svar på første side", reply_to=ids[0])
    missed = bo.write(world.thread.id, "Et innlegg på siste side").posts()[-1]
    bo.write(world.thread.id, "Enda et svar på første side", reply_to=ids[1])
    reader.get(f"/trader/{world.thread.id}")
    assert mark(ane, world.thread) == missed - 1
    assert "Nytt siden sist" in reader.get(f"/omrader/{world.area.code}").text
    reader.get(f"/trader/{world.thread.id}?side=2")
    assert mark(ane, world.thread) == missed
    reader.get(f"/trader/{world.thread.id}")
    assert mark(ane, world.thread) == db.session.get_one(Thread, world.thread.id).last_post_id


def test_a_hidden_post_is_no_news_on_any_page(world: World, browser: Browsers) -> None:
    ane, bo = world.member("Ane"), world.member("Bo")
    reader = browser(ane)
    reader.get(f"/trader/{world.thread.id}")
    hidden = browser(bo).write(world.thread.id, "Dette går på person").posts()[-1]
    services.hide_post(rights(world.mari), hidden, Ground.PERSONAL)
    assert queries.unread_counts(ane.id, [world.thread.id]) == {}
    assert "Nytt siden sist" not in reader.get(f"/omrader/{world.area.code}").text
    page = reader.get(f"/trader/{world.thread.id}")
    assert "Gå til første uleste" not in page.text
    assert "Nytt" not in page.text.replace("Nytt for deg", "").split()


def test_two_devices_share_one_mark_and_neither_moves_it_over_what_it_has_not_shown(
    world: World, browser: Browsers
) -> None:
    ids = fill(world.thread, [world.mari], 79)
    ane = world.member("Ane")
    phone, desk = browser(ane), browser(ane)
    phone.get(f"/trader/{world.thread.id}")
    bo = browser(world.member("Bo"))
    first = bo.write(world.thread.id, "Et svar på første side", reply_to=ids[0]).posts()[1]
    last = bo.write(world.thread.id, "Et innlegg på siste side").posts()[-1]
    assert "2 nye innlegg siden" in phone.get(f"/trader/{world.thread.id}").text
    assert mark(ane, world.thread) == first
    page = desk.get(f"/trader/{world.thread.id}")
    assert "1 nytt innlegg siden" in page.text, "what the phone has shown is read here too"
    assert page.find("a", href=f"/innlegg/{last}")[0].text == "Gå til første uleste"
    desk.get(f"/trader/{world.thread.id}?side=2")
    assert "Gå til første uleste" not in phone.get(f"/trader/{world.thread.id}").text


def test_ones_own_posts_are_never_news(world: World, browser: Browsers) -> None:
    ane = browser(world.member("Ane"))
    page = ane.write(world.thread.id, "Mitt eget innlegg")
    assert "Nytt" not in page.text.replace("Nytt for deg", "").split()
    assert "Nytt siden sist" not in ane.get(f"/omrader/{world.area.code}").text


def test_an_older_tab_does_not_move_a_mark_back(world: World) -> None:
    ids = fill(world.thread, [world.mari], 9)
    ane = world.member("Ane")
    services.note_visit(ane.id, world.thread.id, None, ids[-1], None)
    services.note_visit(ane.id, world.thread.id, ids[2], ids[5], None)
    assert mark(ane, world.thread) == ids[-1]


def test_what_came_after_a_post_comes_as_pieces_of_a_page(world: World, browser: Browsers) -> None:
    ids = fill(world.thread, [world.mari], 9)
    ane = browser(world.member("Ane"))
    page = ane.get(f"/trader/{world.thread.id}/nye?etter={ids[6]}")
    assert page.posts() == ids[7:]
    assert "<html" not in page.markup
    assert ane.get(f"/trader/{world.thread.id}/nye?etter={ids[-1]}").posts() == []
    assert ane.get(f"/trader/{world.thread.id}/nye?etter=ord").posts() == ids


def test_more_than_a_hundred_new_posts_ask_for_the_page_to_be_loaded_anew(
    world: World, browser: Browsers
) -> None:
    ids = fill(world.thread, [world.mari], 150)
    page = browser(world.member()).get(f"/trader/{world.thread.id}/nye?etter={ids[0]}")
    assert page.posts() == ids[1:101]
    assert "Last siden på nytt" in page.text


def test_threads_are_chosen_by_kind_and_by_unit(world: World, browser: Browsers) -> None:
    local = a_unit("Brattlia lokallag", world.unit, kind="lokallag")
    ane = world.member("Ane")
    idea = a_thread(world.forum, ane, title="En idé fra hele kommunen")
    with transaction() as session:
        row = session.get_one(Thread, a_thread(world.forum, ane, title="Noe fra Brattlia").id)
        row.unit_id = local.id
    reader = browser(ane)
    everything = reader.get(f"/omrader/{world.area.code}").text
    assert idea.title in everything
    assert "Noe fra Brattlia" in everything
    assert world.thread.title in everything
    ideas = reader.get(f"/omrader/{world.area.code}?slag=idea").text
    assert idea.title in ideas
    assert world.thread.title not in ideas
    brattlia = reader.get(f"/omrader/{world.area.code}?ledd={local.code}").text
    assert "Noe fra Brattlia" in brattlia
    assert idea.title not in brattlia
    whole = reader.get(f"/omrader/{world.area.code}?ledd={world.unit.code}&slag=tull").text
    assert "Noe fra Brattlia" in whole
    assert "Ingen tråder passer til utvalget." in reader.get(f"/omrader/{world.area.code}?slag=question").text


def test_an_area_tells_who_keeps_it_and_when_it_was_last_tended(world: World, browser: Browsers) -> None:
    ane = browser(world.member())
    page = ane.get(f"/omrader/{world.area.code}")
    assert (
        "Mari Lie, kommunestyrerepresentant, Fjordvik kommunestyre, holder området oppdatert. Vara: Jonas Dahl."
        in page.text
    )
    assert "Ikke fulgt opp ennå" in page.text
    assert "Jeg har gått gjennom området nå" not in page.text
    browser(world.mari).post(f"/omrader/{world.area.code}/gjennomgatt")
    assert "Sist fulgt opp 2. mars 2026" in ane.get(f"/omrader/{world.area.code}").text
    assert "Sist fulgt opp 2. mars 2026" in ane.get("/omrader").text


def test_an_area_shows_its_running_cases_with_their_deadlines(world: World, browser: Browsers) -> None:
    a_case(world.forum, world.mari, "Ferdig sak", decides="2026-02-01 10:00")
    a_case(world.forum, world.mari, "Snart avgjort", decides="2026-03-05 10:00")
    page = browser(world.member()).get(f"/omrader/{world.area.code}")
    assert (
        "Behandles i Fjordvik kommunestyre 1. mai 2026. Si din mening før fredag 24. april kl. 10.00"
        in page.text
    )
    assert "Fristen for innspill gikk ut torsdag 26. februar kl. 10.00." in page.text
    assert "Behandlet i Fjordvik kommunestyre 1. februar 2026." in page.text
    assert "2 saker til behandling" in browser(world.member()).get("/omrader").text


def test_an_empty_area_invites_to_begin(world: World, browser: Browsers) -> None:
    area = an_area(world.unit, "Kultur")
    page = browser(world.member()).get(f"/omrader/{area.code}")
    assert "Ingen tråder her ennå. Hva bør partiet ta opp?" in page.text
    assert "Ingen holder området oppdatert nå." in page.text


def test_the_areas_count_the_weeks_posts_that_one_has_not_read(world: World, browser: Browsers) -> None:
    ane, bo = browser(world.member("Ane")), browser(world.member("Bo"))
    bo.write(world.thread.id, "Et nytt innlegg i dag")
    assert "1 nytt innlegg denne uka" in ane.get("/omrader").text
    ane.get(f"/trader/{world.thread.id}")
    assert "denne uka" not in ane.get("/omrader").text


def test_the_own_page_begins_with_the_threads_that_have_news(world: World, browser: Browsers) -> None:
    ane, bo = world.member("Ane"), world.member("Bo")
    read = a_thread(world.forum, bo, title="Lest")
    a_thread(world.forum, bo, title="Aldri åpnet")
    for thread in (world.thread, read):
        services.note_visit(ane.id, thread.id, None, thread.last_post_id or 0, None)
    services.write_post(rights(bo), world.thread.id, "Noe nytt siden sist.")
    with current_app.test_request_context():
        lines = home.discuss_now(rights(ane), clock.now())
    assert [(line.title, line.fresh) for line in lines] == [
        (world.thread.title, 1),
        ("Aldri åpnet", 0),
        ("Lest", 0),
    ]
    assert lines[0].since == oslo("2026-03-02 09:00")
    assert "1 nytt innlegg siden mandag" in browser(ane).get("/").text


def test_a_supporter_is_told_at_the_composer_that_she_has_no_vote(world: World, browser: Browsers) -> None:
    supporter = world.member(membership_class=MembershipClass.AFFILIATED_SUPPORTER)
    page = browser(supporter).get(f"/trader/{world.thread.id}")
    assert "Du kan skrive her som tilsluttet supporter. Stemmerett i saker har du ikke." in page.text


def test_a_question_says_whom_it_goes_to(world: World, browser: Browsers) -> None:
    lead = browser(world.member()).post(
        f"/omrader/{world.area.code}/ny-trad",
        title="Når kommer bussen?",
        kind="question",
        case_id="0",
        unit_id=str(world.unit.id),
        body="Vi venter på svar.",
    )
    page = browser(world.mari).get(lead.location.partition("#")[0])
    assert "Spørsmålet går til den som holder området oppdatert. Mari Lie" in page.text
