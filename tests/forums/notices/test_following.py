"""Following areas and threads at four levels, one page for all of it, and what is new on a member's own page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from debate import Browser, World, rights
from queries import counted
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from forums import hooks
from forums.notices import queries
from forums.notices.models import Following, Notice
from forums.notices.rules import Level
from forums.notices.services import following
from forums.services import write_post
from foundation import clock
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import Member

Browsing = Callable[[Member | None], Browser]
WORDS = "Skolen på Nordneset må bestå, fordi veien ellers blir for lang."


def sentences(browser: Browser) -> str:
    return browser.get("/nytt").text


def test_a_member_chooses_a_level_for_an_area_on_its_page_and_takes_it_back(
    world: World, browser: Browsing
) -> None:
    kari = browser(world.member("Kari Nes"))
    area = f"/omrader/{world.area.code}"
    assert "Varsler: avstemninger og en oppsummering hver uke" in kari.get(area).text
    kari.post(f"{area}/folg", level="all")
    assert "Varsler: alt, samlet i høyst én e-post om dagen" in kari.get(area).text
    assert world.area.name in kari.get("/meg/varsler").text
    kari.post(f"{area}/folg", level="")
    assert "Varsler: avstemninger og en oppsummering hver uke" in kari.get(area).text
    kari.post(f"{area}/folg", 404, level="loud")


def test_a_thread_follows_its_area_until_it_is_chosen_for_itself(world: World, browser: Browsing) -> None:
    kari = browser(world.member("Kari Nes"))
    thread = f"/trader/{world.thread.id}"
    kari.post(f"/omrader/{world.area.code}/folg", level="nothing")
    assert "Varsler: ingenting" in kari.get(thread).text
    kari.post(f"{thread}/folg", level="ballots")
    assert "Varsler: bare avstemninger" in kari.get(thread).text
    assert (
        db.session.scalar(select(Following.level).where(Following.thread_id == world.thread.id))
        is Level.BALLOTS
    )


def test_one_level_for_each_place_whatever_two_tabs_do(world: World) -> None:
    kari = world.member()
    for level in (Level.ALL, Level.NOTHING):
        following.follow_area(rights(kari), world.area.id, level)
    rows = db.session.scalars(select(Following)).all()
    assert [row.level for row in rows] == [Level.NOTHING]
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(
            Following(member_id=kari.id, area_id=world.area.id, level=Level.ALL, chosen_at=clock.now())
        )
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(
            Following(
                member_id=kari.id,
                area_id=world.area.id,
                thread_id=world.thread.id,
                level=Level.ALL,
                chosen_at=clock.now(),
            )
        )


def test_all_is_chosen_on_one_page(world: World, browser: Browsing) -> None:
    kari = browser(world.member("Kari Nes"))
    page = kari.get("/meg/varsler")
    assert [
        box.get("value") for box in page.find("input", type="radio") if box.get("checked") is not None
    ] == ["weekly"]
    kari.post("/meg/varsler", level="ballots", in_page="1")
    page = kari.get("/meg/varsler")
    chosen = {box.get("id") for box in page.find("input") if box.get("checked") is not None}
    assert chosen == {"niva-ballots", "pa-siden"}


def test_a_guest_follows_only_what_she_may_read(world: World, browser: Browsing) -> None:
    guest = browser(world.guest())
    guest.post(f"/trader/{world.thread.id}/folg", 403, level="all")
    assert db.session.scalars(select(Following)).all() == []


def test_a_reply_stands_on_the_page_of_whoever_is_answered(world: World, browser: Browsing) -> None:
    kari, nils = world.member("Kari Nes"), world.member("Nils Vik")
    question = write_post(rights(kari), world.thread.id, WORDS).post_id
    write_post(rights(nils), world.thread.id, f"{WORDS} Enig.", reply_to=question)
    page = browser(kari).get("/")
    assert "Nils Vik har svart deg i «Hva mener vi?»." in page.text
    assert WORDS not in page.text, "what somebody wrote is read where it stands"
    assert "har svart deg" not in browser(nils).get("/").text
    notice = db.session.scalars(select(Notice)).one()
    went = browser(kari).get(f"/nytt/{notice.id}", 303)
    assert "/innlegg/" in went.location
    assert "har svart deg" not in browser(kari).get("/").text, "read is read"
    assert "har svart deg" in sentences(browser(kari)), "and still stands among all"
    browser(nils).get(f"/nytt/{notice.id}", 404)


def test_a_reply_to_oneself_is_no_news(world: World) -> None:
    kari = world.member()
    first = write_post(rights(kari), world.thread.id, WORDS).post_id
    write_post(rights(kari), world.thread.id, f"{WORDS} Og mer.", reply_to=first)
    assert db.session.scalars(select(Notice)).all() == []


def test_a_reply_that_mentions_is_told_once(world: World) -> None:
    kari, nils = world.member("Kari Nes"), world.member("Nils Vik")
    question = write_post(rights(kari), world.thread.id, WORDS).post_id
    answer = write_post(rights(nils), world.thread.id, f"{WORDS} Enig.", reply_to=question).post_id
    with transaction():
        hooks.member_mentioned(post_id=answer, member_ids=[kari.id, nils.id], at=clock.now())
    assert len(db.session.scalars(select(Notice)).all()) == 1


def test_what_the_representative_takes_along_is_told_to_its_author(world: World, browser: Browsing) -> None:
    kari = world.member("Kari Nes")
    said = write_post(rights(kari), world.thread.id, WORDS).post_id
    with transaction():
        hooks.post_taken_along(post_id=said, author_id=kari.id, at=clock.now())
    assert "har tatt med seg innlegget ditt i «Hva mener vi?»" in sentences(browser(kari))


def test_a_muted_thread_is_quiet_and_an_act_that_fails_tells_nothing(world: World) -> None:
    kari, nils = world.member("Kari Nes"), world.member("Nils Vik")
    question = write_post(rights(kari), world.thread.id, WORDS).post_id
    with pytest.raises(ZeroDivisionError), transaction():
        write_post(rights(nils), world.thread.id, f"{WORDS} Enig.", reply_to=question)
        raise ZeroDivisionError
    assert db.session.scalars(select(Notice)).all() == []
    following.follow_thread(rights(kari), world.thread.id, Level.NOTHING)
    write_post(rights(nils), world.thread.id, f"{WORDS} Enig.", reply_to=question)
    assert db.session.scalars(select(Notice)).all() == []


def test_many_notices_are_paged_cost_no_more_and_are_read_with_one_button(
    world: World, browser: Browsing
) -> None:
    kari, nils = world.member("Kari Nes"), world.member("Nils Vik")
    mine = browser(kari)
    question = write_post(rights(kari), world.thread.id, WORDS).post_id
    write_post(rights(nils), world.thread.id, f"{WORDS} Nummer 0.", reply_to=question)
    mine.get("/nytt")
    with counted() as few:
        mine.get("/nytt")
    for number in range(1, 30):
        write_post(rights(nils), world.thread.id, f"{WORDS} Nummer {number}.", reply_to=question)
    with counted() as many:
        page = mine.get("/nytt")
    assert len(many) == len(few)
    assert page.text.count("har svart deg") == 25
    newest = db.session.scalars(select(Notice.id).order_by(Notice.id.desc())).first()
    write_post(rights(nils), world.thread.id, f"{WORDS} Mens hun leste.", reply_to=question)
    mine.post("/nytt/lest", upto=newest)
    assert mine.get("/nytt").text.count("Ulest") == 1, "what came while she was reading stays unread"


def test_the_control_costs_one_query(world: World, browser: Browsing) -> None:
    kari_id, area_id = world.member().id, world.area.id
    with counted() as sent:
        assert queries.own_level(kari_id, area_id=area_id) == (None, Level.WEEKLY)
    assert len(sent) == 1
