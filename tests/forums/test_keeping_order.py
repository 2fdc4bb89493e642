"""Reports and the keepers' queue, posts judged and moved, locks and appeals that take two: no vote changes."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from builders import a_case, a_forum, a_member, a_thread, a_unit, an_area, an_office, later
from debate import Browser, World, rights
from flask import Flask
from queries import counted
from sqlalchemy import select

from forums import hooks, queries, services
from forums.models import Case, Credit, CreditLoss, Ground, ModerationAct, ModerationKind, Post, Thread
from forums.moderation import queries as order
from forums.moderation import services as keeping
from forums.moderation.models import QueueItem
from forums.moderation.rules import Keeper, bearers
from forums.moderation.wiring import answer
from foundation import clock, outbox
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import Member, Term
from members.rules.permissions import OfficeKind

Browsers = Callable[..., Browser]
TEXT = "Dette er noe dumt om noen, og det er langt nok til å telle som deltakelse."
OTHER = "Et annet innlegg, som også er langt nok til å telle som deltakelse i saken."


@pytest.fixture(autouse=True)
def _listening() -> None:
    hooks.post_moderated.register(answer)


@pytest.fixture
def author(world: World) -> Member:
    return world.member("Ane Vik", email="ane@example.org")


@pytest.fixture
def post_id(world: World, author: Member) -> int:
    return services.write_post(rights(author), world.thread.id, TEXT).post_id


def waiting(member: Member) -> list[int]:
    return [line.item.post_id for line in order.queue_of(rights(member), clock.now())]


def letters(template: str) -> list[outbox.Letter]:
    db.session.rollback()
    return list(
        db.session.scalars(
            select(outbox.Letter).where(outbox.Letter.template == template).order_by(outbox.Letter.id)
        )
    )


def control(world: World, name: str) -> Member:
    member = world.member(name)
    an_office(member, OfficeKind.CONTROL_COMMITTEE, world.unit, title="Medlem av kontrollkomiteen")
    return member


def credits_of(member: Member) -> set[int]:
    """The cases in which she has a credit that stands."""
    db.session.rollback()
    lost = select(CreditLoss.credit_id)
    return set(
        db.session.scalars(
            select(Credit.case_id).where(Credit.member_id == member.id, Credit.id.not_in(lost))
        )
    )


# Reports


def test_a_report_reaches_the_keepers_and_not_the_author(
    world: World, browser: Browsers, author: Member, post_id: int
) -> None:
    bo, eva = world.member("Bo Nes"), world.member("Eva Rud")
    page = browser(bo).get(f"/innlegg/{post_id}/si-fra")
    assert "Forfatteren får ikke vite hvem som sa fra." in page.text
    browser(bo).post(f"/innlegg/{post_id}/si-fra", 422, reason="opinion")
    lead = browser(bo).post(f"/innlegg/{post_id}/si-fra", reason="personal", sentence="Om naboen min.")
    assert lead.location.endswith(f"#post-{post_id}")
    browser(bo).post(f"/innlegg/{post_id}/si-fra", reason="personal")
    keeping.report_post(rights(eva), post_id, Ground.THREAT)
    assert "Du sa fra" in browser(bo).get(f"/innlegg/{post_id}/si-fra").text
    queue = browser(world.mari).get("/moderering").text
    assert "2 har sagt fra." in queue
    assert "Haster" in queue
    shown = browser(world.mari).get(f"/innlegg/{post_id}/vurder").text
    assert "Om naboen min." in shown
    for page in (queue, shown, browser(author).get(f"/trader/{world.thread.id}").text):
        assert "Bo Nes" not in page
        assert "Eva Rud" not in page
    assert "sagt fra" not in browser(author).get(f"/trader/{world.thread.id}").text
    assert [letter.address for letter in letters("queue")] == [world.mari.email], "once an hour"
    subject, body, _html = outbox.render(letters("queue")[0])
    assert subject == "Noe venter på deg i diskusjonen"
    assert "dumt" not in body
    with clock.stopped_at(later(minutes=61), all_threads=True):
        keeping.report_post(rights(world.member()), post_id, Ground.SPAM)
    assert len(letters("queue")) == 2


@pytest.mark.parametrize(
    ("passed_by", "borne_by"),
    [
        (set(), (1, 2)),
        ({1}, (2,)),
        ({1, 2}, (3,)),
        ({1, 2, 3}, (4,)),
        ({1, 2, 3, 4}, ()),
    ],
)
@pytest.mark.anywhere
def test_a_post_comes_to_the_nearest_who_may_judge_it(passed_by: set[int], borne_by: tuple[int, ...]) -> None:
    keepers = [
        Keeper(4, "/1/", is_deputy=False),
        Keeper(3, "/1/5/", is_deputy=False),
        Keeper(2, "/1/5/9/", is_deputy=True),
        Keeper(1, "/1/5/9/", is_deputy=False),
        Keeper(7, "/1/6/", is_deputy=False),
    ]
    found = bearers(keepers, ("/1/5/9/", "/1/5/9/"), passed_by)
    assert tuple(keeper.member_id for keeper in found) == borne_by


def test_a_report_about_the_moderator_passes_her_by(world: World, browser: Browsers) -> None:
    mine = services.write_post(rights(world.mari), world.thread.id, TEXT).post_id
    keeping.report_post(rights(world.member()), mine, Ground.PERSONAL)
    assert waiting(world.mari) == []
    assert waiting(world.jonas) == [mine]
    assert [letter.address for letter in letters("queue")] == [world.jonas.email]
    browser(world.mari).post(f"/innlegg/{mine}/fjern", 403, ground="spam")
    for act in ("la-sta", "be-om-endring", "overlat"):
        browser(world.mari).post(f"/innlegg/{mine}/{act}", 403, ground="spam", sentence="Nei")
    browser(world.mari).post(f"/innlegg/{mine}/flytt", 403, thread_id="1")


def test_where_no_keeper_is_left_two_of_the_control_committee_decide(world: World, browser: Browsers) -> None:
    inger, olav = control(world, "Inger"), control(world, "Olav")
    with transaction() as session:
        session.scalars(select(Term).where(Term.member_id == world.jonas.id)).one().ends_at = clock.now()
    mine = services.write_post(rights(world.mari), world.thread.id, TEXT).post_id
    keeping.report_post(rights(world.member()), mine, Ground.THREAT)
    assert waiting(inger) == [mine]
    page = browser(inger).get(f"/innlegg/{mine}/vurder")
    assert "To av dere må være enige." in page.text
    browser(inger).post(f"/innlegg/{mine}/skjul", 403, ground="threat")
    browser(inger).post(f"/innlegg/{mine}/komiteen", ground="threat", decision="hide")
    assert db.session.get_one(Post, mine).hidden_at is None
    browser(inger).post(f"/innlegg/{mine}/komiteen", 409, ground="threat", decision="hide")
    browser(olav).post(f"/innlegg/{mine}/komiteen", ground="threat", decision="hide")
    assert db.session.get_one(Post, mine).hidden_at is not None
    assert waiting(inger) == []


def test_the_queue_costs_the_same_however_long_it_is(world: World, browser: Browsers) -> None:
    def report_some(number: int) -> None:
        for _ in range(number):
            post = services.write_post(rights(world.member()), world.thread.id, TEXT)
            keeping.report_post(rights(world.member()), post.post_id, Ground.SPAM)

    report_some(2)
    mari = browser(world.mari)
    mari.get("/moderering")
    with counted() as few:
        mari.get("/moderering")
    report_some(6)
    with counted() as many:
        mari.get("/moderering")
    assert len(many) == len(few) < 20


# Judging


def test_what_is_done_answers_the_report_and_tells_the_author(
    world: World, browser: Browsers, author: Member, post_id: int
) -> None:
    jonas = rights(world.jonas)
    keeping.report_post(rights(world.member()), post_id, Ground.SPAM)
    browser(world.jonas).post(f"/innlegg/{post_id}/be-om-endring", 422, ground="personal", sentence=" ")
    keeping.ask_to_edit(jonas, post_id, Ground.PERSONAL, "Ta bort navnet.")
    (letter,) = letters("post_moderated")
    _subject, body, html = outbox.render(letter)
    for part in (" ".join(body.split()), html):
        assert "Du blir bedt om å endre et innlegg. Grunn: Går på person, ikke sak. Ta bort navnet." in part
        assert f"/innlegg/{post_id}" in part
    assert waiting(world.jonas) == []
    with pytest.raises(RuleBroken, match="nothing_waits"):
        keeping.leave(jonas, post_id)
    services.edit_post(rights(author), post_id, OTHER, version=1)
    keeping.report_post(rights(world.member()), post_id, Ground.SPAM)
    browser(world.jonas).post(f"/innlegg/{post_id}/la-sta", sentence="Det er en mening.")
    assert waiting(world.jonas) == []
    assert len(letters("post_moderated")) == 1, "the author is not told of what was left"
    assert credits_of(author) == {world.case.id}


def test_a_removed_text_is_for_no_member_and_its_credit_stands(
    world: World, browser: Browsers, author: Member, post_id: int
) -> None:
    services.edit_post(rights(author), post_id, TEXT + " Og mer.", version=1)
    services.remove_post(rights(world.jonas), post_id, Ground.HARASSMENT, "Ikke slik.")
    assert credits_of(author) == {world.case.id}
    for reader in (world.member(), author, world.jonas):
        page = browser(reader).get(f"/trader/{world.thread.id}")
        assert "Fjernet av kommunestyrerepresentant 2. mars 2026. Grunn: Trakassering" in page.text
        assert "noe dumt" not in page.markup
    assert "noe dumt" not in browser(world.member()).get(f"/trader/{world.thread.id}/nye?etter=0").markup
    browser(author).get(f"/innlegg/{post_id}/endringer", 403)
    browser(author).get(f"/innlegg/{post_id}/vurder", 403)
    browser(author).post(f"/innlegg/{post_id}/rediger", 422, body=OTHER, version="2")
    assert "noe dumt" in browser(control(world, "Inger")).get(f"/innlegg/{post_id}/vurder").text
    assert "noe dumt" in browser(world.jonas).get(f"/innlegg/{post_id}/vurder").text
    services.restore_post(rights(world.jonas), post_id)
    assert "noe dumt" in browser(world.member()).get(f"/trader/{world.thread.id}").text
    services.remove_post(rights(world.jonas), post_id, Ground.HARASSMENT)
    services.delete_post(rights(author), post_id)
    assert queries.removed_text(post_id) is None
    assert credits_of(author) == set(), "her own deletion takes it"


def test_a_moderator_who_has_argued_is_asked_to_hand_over(
    world: World, browser: Browsers, post_id: int
) -> None:
    mari = browser(world.mari)  # she opened the thread, as herself
    lead = mari.post(f"/innlegg/{post_id}/skjul", ground="personal").location
    assert lead == f"/innlegg/{post_id}/vurder?grunn=personal"
    page = mari.get(lead)
    assert "Du har selv skrevet i tråden" in page.text
    assert "Gi saken til Jonas Dahl" in page.text
    mari.post(f"/innlegg/{post_id}/overlat")
    assert (waiting(world.mari), waiting(world.jonas)) == ([], [post_id])
    assert [letter.address for letter in letters("queue")] == [world.jonas.email]
    mari.post(f"/innlegg/{post_id}/skjul", ground="threat")
    assert db.session.get_one(Post, post_id).hidden_at is not None, "a threat waits for nobody"
    log = browser(world.member()).get(f"/omrader/{world.area.code}/logg").text
    assert "Moderatoren hadde selv skrevet i tråden." in log


def test_hiding_from_the_queue_takes_two_taps_with_the_ground_chosen(
    world: World, browser: Browsers, post_id: int
) -> None:
    keeping.report_post(rights(world.member()), post_id, Ground.HARASSMENT)
    jonas = browser(world.jonas)
    (first,) = [
        link for link in jonas.get("/moderering").find("a") if (link.get("href") or "").endswith("#skjul")
    ]
    page = jonas.get((first.get("href") or "").partition("#")[0])
    (form,) = page.find("form", action=f"/innlegg/{post_id}/skjul")
    sent = {
        field.get("name", ""): field.get("value", "")
        for field in form.iter("input")
        if field.get("type") == "hidden" or field.get("checked") is not None
    }
    assert sent["ground"] == "harassment"
    assert "Endrer ingens rett til å stemme." in page.text
    del sent["csrf_token"]
    jonas.post(f"/innlegg/{post_id}/skjul", **sent)
    assert db.session.get_one(Post, post_id).hidden_ground is Ground.HARASSMENT


def test_an_office_lost_while_the_queue_is_open_is_said_at_the_act(
    world: World, browser: Browsers, post_id: int
) -> None:
    keeping.report_post(rights(world.member()), post_id, Ground.SPAM)
    jonas = browser(world.jonas)
    jonas.get(f"/innlegg/{post_id}/vurder")
    with transaction() as session:
        session.scalars(select(Term).where(Term.member_id == world.jonas.id)).one().ends_at = clock.now()
    for act in ("skjul", "fjern", "la-sta", "be-om-endring", "overlat"):
        refused = jonas.post(f"/innlegg/{post_id}/{act}", 403, ground="spam", sentence="Nei")
        assert len(refused.text) > 60, "a whole sentence says why"
    jonas.get("/moderering", 403)
    assert waiting(world.mari) == [post_id]


DOORS = (
    "/innlegg/{post}/vurder",
    "/innlegg/{post}/flytt",
    "/innlegg/{post}/del",
    "/trader/{thread}/flytt",
    "/trader/{thread}/sla-sammen",
    "/trader/{thread}/steng-lenger",
)
ACTS = (
    "/innlegg/{post}/fjern",
    "/innlegg/{post}/la-sta",
    "/innlegg/{post}/be-om-endring",
    "/innlegg/{post}/overlat",
    "/innlegg/{post}/komiteen",
    "/innlegg/{post}/flytt",
    "/innlegg/{post}/del",
    "/trader/{thread}/fest",
    "/trader/{thread}/losne",
    "/trader/{thread}/flytt",
    "/trader/{thread}/sla-sammen",
    "/trader/{thread}/steng-lenger",
)


def test_nobody_else_keeps_order_here(world: World, browser: Browsers, post_id: int) -> None:
    other, board, admin = world.member(), world.member(), world.member()
    an_office(other, OfficeKind.ELECTED_REPRESENTATIVE, world.unit, area=an_area(world.unit, "Kultur"))
    an_office(board, OfficeKind.BOARD_CHAIR, world.unit)
    an_office(admin, OfficeKind.ADMINISTRATOR, world.unit)
    before = len(db.session.scalars(select(ModerationAct.id)).all())
    for member in (other, board, admin, world.member(), world.guest()):
        stranger = browser(member)
        for path in DOORS:
            stranger.get(path.format(post=post_id, thread=world.thread.id), 403)
        for path in ACTS:
            stranger.post(path.format(post=post_id, thread=world.thread.id), 403, ground="spam", sentence="x")
    visitor = browser()
    for path in DOORS:
        visitor.get(path.format(post=post_id, thread=world.thread.id), 302)
    browser(world.jonas).forge(f"/innlegg/{post_id}/fjern", 400, ground="spam")
    db.session.rollback()
    assert len(db.session.scalars(select(ModerationAct.id)).all()) == before


# Places


def two_cases(world: World) -> tuple[Case, Thread]:
    case = a_case(world.forum, world.mari, "Budsjettet")
    return case, a_thread(world.forum, world.mari, case=case, title="Om budsjettet")


def test_a_moved_post_counts_in_both_cases_and_its_address_leads_there(
    world: World, browser: Browsers, author: Member, post_id: int
) -> None:
    case, target = two_cases(world)
    reply = services.write_post(rights(world.member("Bo")), world.thread.id, OTHER, reply_to=post_id).post_id
    with clock.stopped_at(later(hours=2), all_threads=True):
        keeping.move_post(rights(world.jonas), post_id, target.id, "Dette er om budsjettet.")
        new = db.session.scalars(
            select(Credit).where(Credit.case_id == case.id, Credit.post_id == post_id)
        ).one()
        assert new.recorded_at == clock.now()
    assert new.at == clock.now(), "it counts from when it was written"
    assert credits_of(author) == {world.case.id, case.id}
    assert browser(author).get(f"/innlegg/{post_id}", 303).location == f"/trader/{target.id}#post-{post_id}"
    assert browser(author).get(f"/trader/{target.id}").posts()[:2] == [post_id, reply], "in the order of time"
    old = browser(author).get(f"/trader/{world.thread.id}")
    assert (
        "2 innlegg er flyttet av kommunestyrerepresentant 2. mars 2026. Les videre i «Om budsjettet»"
        in old.text
    )
    assert post_id not in old.posts()
    assert {thread.id: thread.post_count for thread in db.session.scalars(select(Thread))} == {
        world.thread.id: 1,
        target.id: 3,
    }
    shorter = browser(author).post(f"/innlegg/{post_id}/rediger", 422, body="Enig.", version="1").text
    assert "Skolestruktur" in shorter
    assert "Budsjettet" in shorter, "she is told of both"
    assert len(letters("post_moderated")) == 2


def test_a_reply_to_a_post_that_was_moved_meanwhile_lands_under_it(
    world: World, browser: Browsers, post_id: int
) -> None:
    _case, target = two_cases(world)
    bo = browser(world.member("Bo"))
    keeping.move_post(rights(world.jonas), post_id, target.id)
    page = bo.write(world.thread.id, OTHER, reply_to=post_id)
    assert page.posts()[0] == post_id
    answer_id = page.posts()[1]
    assert db.session.get_one(Post, answer_id).thread_id == target.id
    assert db.session.get_one(Post, answer_id).root_id == post_id


def test_scenario_11_a_thread_moved_and_split_leaves_all_who_posted_qualified(
    world: World, browser: Browsers
) -> None:
    members = [world.member(name) for name in ("Ane", "Bo", "Cato")]
    posts = [
        services.write_post(rights(member), world.thread.id, f"{OTHER} {number}").post_id
        for number, member in enumerate(members)
    ]
    business = an_area(world.unit, "Næringspolitikk")
    terje = world.member("Terje")
    an_office(terje, OfficeKind.ELECTED_REPRESENTATIVE, world.unit, area=business)
    with pytest.raises(NotAllowed):
        keeping.move_case(rights(terje), world.case.id, business.id)
    keeping.move_case(rights(world.jonas), world.case.id, business.id)
    with pytest.raises(NotAllowed):
        keeping.split_thread(rights(world.jonas), posts[1], "Skoleveien")
    new_id = keeping.split_thread(rights(terje), posts[1], "Skoleveien", onwards=True)
    for member in members:
        assert credits_of(member) == {world.case.id}
    assert [case.id for case in queries.cases_of_thread(new_id)] == [world.case.id]
    reader = browser(members[0])
    assert reader.get(f"/trader/{new_id}").posts() == posts[1:]
    for number, post in enumerate(posts):
        home = world.thread.id if number == 0 else new_id
        assert reader.get(f"/innlegg/{post}", 303).location == f"/trader/{home}#post-{post}"
    assert "Skoleveien" in reader.get(f"/omrader/{business.code}").text
    assert world.case.title in reader.get(f"/omrader/{business.code}").text
    assert world.case.title not in reader.get(f"/omrader/{world.area.code}").text
    assert "Hva mener vi?" not in reader.get(f"/omrader/{world.area.code}").text


def test_merged_threads_unite_their_cases_and_lead_to_one_place(world: World, browser: Browsers) -> None:
    case, target = two_cases(world)
    ane, bo = world.member("Ane"), world.member("Bo")
    one = services.write_post(rights(ane), world.thread.id, TEXT).post_id
    services.write_post(rights(bo), target.id, OTHER)
    keeping.merge_threads(rights(world.jonas), world.thread.id, target.id)
    assert credits_of(ane) == credits_of(bo) == {world.case.id, case.id}
    assert {case.id for case in queries.cases_of_thread(target.id)} == {world.case.id, case.id}
    reader = browser(ane)
    assert reader.get(f"/trader/{world.thread.id}", 303).location == f"/trader/{target.id}"
    assert reader.get(f"/innlegg/{one}", 303).location == f"/trader/{target.id}#post-{one}"
    reader.write(world.thread.id, "Jeg hadde den gamle tråden åpen.")
    assert db.session.get_one(Thread, target.id).post_count == 5
    with pytest.raises(RuleBroken, match="target_closed"):
        keeping.merge_threads(rights(world.jonas), target.id, world.thread.id)


def test_places_that_cannot_be_are_refused(world: World, browser: Browsers, post_id: int) -> None:
    jonas = rights(world.jonas)
    opening = db.session.get_one(Thread, world.thread.id).last_post_id
    with pytest.raises(RuleBroken, match="move_same"):
        keeping.move_post(jonas, post_id, world.thread.id)
    with pytest.raises(RuleBroken, match="move_everything"):
        keeping.split_thread(
            jonas, min(queries.posts_of(world.thread.id), key=lambda p: p.id).id, "X", onwards=True
        )
    assert opening is not None
    closed = a_thread(world.forum, world.member(), title="Stengt")
    services.lock_thread(jonas, closed.id, Ground.SPAM)
    with pytest.raises(RuleBroken, match="target_closed"):
        keeping.move_post(jonas, post_id, closed.id)
    page = browser(world.jonas).post(f"/innlegg/{post_id}/flytt", 422, link="tull", thread_id="0")
    assert "Vi finner ikke tråden." in page.text
    other = a_thread(world.forum, world.member(), title="En annen")
    browser(world.jonas).post(
        f"/innlegg/{post_id}/flytt", thread_id="0", link=f"http://127.0.0.1:5000/trader/{other.id}#skriv"
    )
    assert db.session.get_one(Post, post_id).thread_id == other.id


def test_three_threads_at_the_top_and_no_more(world: World, browser: Browsers) -> None:
    threads = [a_thread(world.forum, world.member(), title=f"Viktig {number}") for number in range(4)]
    jonas = browser(world.jonas)
    for thread in threads[:3]:
        jonas.post(f"/trader/{thread.id}/fest")
    refused = jonas.post(f"/trader/{threads[3].id}/fest", 409)
    assert "3 tråder er alt festet øverst" in refused.text
    assert "Festet øverst" in browser(world.member()).get(f"/omrader/{world.area.code}").text
    jonas.post(f"/trader/{threads[0].id}/losne")
    jonas.post(f"/trader/{threads[3].id}/fest")


# Locks


def test_one_more_lock_so_soon_takes_somebody_from_outside(world: World, browser: Browsers) -> None:
    jonas = rights(world.jonas)
    inger = control(world, "Inger")
    services.lock_thread(jonas, world.thread.id, Ground.SPAM, hours=24)
    with clock.stopped_at(later(hours=25), all_threads=True):
        refused = browser(world.jonas).post(
            f"/trader/{world.thread.id}/steng", 422, ground="spam", hours="24"
        )
        assert "bare stenges sammen med en fra et annet område" in refused.text
        heard: list[object] = []
        hooks.case_locked.register(lambda **facts: heard.append(facts["case_ids"]))
        browser(world.jonas).post(f"/trader/{world.thread.id}/steng-lenger", ground="spam", hours="72")
        assert not db.session.get_one(Thread, world.thread.id).is_locked(clock.now())
        request_id = order.waiting_locks()[0].id
        browser(world.mari).post(f"/moderering/las/{request_id}", 403, decision="yes")
        browser(world.jonas).post(f"/moderering/las/{request_id}", 403, decision="yes")
        assert "Skal tråden stenges?" in browser(inger).get("/moderering").text
        browser(inger).post(f"/moderering/las/{request_id}", decision="yes")
        assert db.session.get_one(Thread, world.thread.id).locked_until == later(hours=72)
        assert heard == [[world.case.id]]
        browser(inger).post(f"/moderering/las/{request_id}", 409, decision="no")
    with clock.stopped_at(later(hours=25 + 72 + 48), all_threads=True):
        services.lock_thread(rights(world.jonas), world.thread.id, Ground.SPAM, hours=1)


# Appeals


def test_an_appeal_is_decided_by_two_who_had_no_part_in_it(
    world: World, browser: Browsers, author: Member, post_id: int
) -> None:
    inger, olav = control(world, "Inger"), control(world, "Olav")
    an_office(world.jonas, OfficeKind.CONTROL_COMMITTEE, world.unit)
    services.remove_post(rights(world.jonas), post_id, Ground.PERSONAL)
    ane = browser(author)
    assert "Klag" in ane.get(f"/trader/{world.thread.id}").text
    ane.post(f"/innlegg/{post_id}/klage", 422, sentence=" ")
    ane.post(f"/innlegg/{post_id}/klage", sentence="Det var en mening.")
    ane.post(f"/innlegg/{post_id}/klage", 422, sentence="Det var en mening.")
    browser(world.member()).get(f"/innlegg/{post_id}/klage", 404)
    queue = browser(inger).get("/moderering")
    (path,) = re.findall(r'"(/moderering/klager/\d+)"', queue.markup)
    browser(world.jonas).get(path, 403)
    browser(world.jonas).post(path, 403, decision="dismiss")
    browser(author).post(path, 403, decision="grant")
    page = browser(inger).get(path)
    assert "Det var en mening." in page.text
    assert "noe dumt" in page.text
    browser(inger).post(path, decision="grant")
    browser(inger).post(path, 409, decision="grant")
    assert db.session.get_one(Post, post_id).removed_at is not None
    browser(olav).post(path, decision="grant")
    assert "noe dumt" in browser(world.member()).get(f"/trader/{world.thread.id}").text
    assert "Du fikk medhold" in ane.get(f"/innlegg/{post_id}/klage").text
    assert (
        "Ga forfatteren medhold i en klage"
        in browser(world.member()).get(f"/omrader/{world.area.code}/logg").text
    )


def test_an_appeal_comes_before_the_time_that_was_said(
    world: World, browser: Browsers, author: Member, post_id: int
) -> None:
    services.hide_post(rights(world.jonas), post_id, Ground.PERSONAL)
    with clock.stopped_at(later(days=14), all_threads=True):
        refused = browser(author).post(f"/innlegg/{post_id}/klage", 422, sentence="For sent.")
        assert "Fristen for å klage gikk ut" in refused.text
    with clock.stopped_at(later(days=14) - timedelta(microseconds=1), all_threads=True):
        browser(author).post(f"/innlegg/{post_id}/klage", sentence="I tide.")


# The log


def test_the_log_is_summed_up_for_members_and_whole_for_those_who_may(
    world: World, browser: Browsers, post_id: int
) -> None:
    address = f"/omrader/{world.area.code}/logg"
    assert "0 ganger har moderatorene måttet gripe inn." in browser(world.member()).get(address).text
    services.hide_post(rights(world.jonas), post_id, Ground.PERSONAL, "Hold deg til saken.")
    page = browser(world.member()).get(address).text
    assert "Skjulte et innlegg Går på person, ikke sak 1" in page
    assert "Hold deg til saken." not in page
    for reader in (control(world, "Inger"), world.mari):
        assert "Jonas Dahl: Hold deg til saken." in browser(reader).get(address).text
    with clock.stopped_at(later(days=91), all_threads=True):
        assert "0 ganger har moderatorene måttet gripe inn." in browser(world.member()).get(address).text


# All at once


def test_members_write_while_a_post_is_moved_and_another_hidden(
    app: Flask, world: World, post_id: int
) -> None:
    _case, target = two_cases(world)
    writers = [world.member(f"Skriver {number}") for number in range(3)]
    slur = services.write_post(rights(world.member()), world.thread.id, "Noe stygt.").post_id
    go = threading.Barrier(5)
    failures: list[BaseException] = []

    def at_once(act: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            with app.app_context():
                go.wait()
                try:
                    act()
                except BaseException as failure:  # told below
                    failures.append(failure)
                finally:
                    db.session.remove()

        return threading.Thread(target=run)

    def write(writer: Member, number: int) -> Callable[[], object]:
        return lambda: [
            services.write_post(
                rights(db.session.get_one(Member, writer.id)),
                world.thread.id,
                f"{OTHER} {number} {part}",
                reply_to=post_id,
            )
            for part in range(4)
        ]

    thread_id, target_id, jonas_id = world.thread.id, target.id, world.jonas.id
    ids = [(writer.id, number) for number, writer in enumerate(writers)]
    del thread_id
    jobs = [at_once(write(writers[number], number)) for _id, number in ids]
    jobs.append(
        at_once(lambda: keeping.move_post(rights(db.session.get_one(Member, jonas_id)), post_id, target_id))
    )
    jobs.append(
        at_once(lambda: services.hide_post(rights(db.session.get_one(Member, jonas_id)), slur, Ground.THREAT))
    )
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    db.session.rollback()
    assert failures == []
    replies = db.session.scalars(select(Post).where(Post.body.startswith(OTHER))).all()
    assert len(replies) == 12, "no reply is lost"
    assert {reply.root_id for reply in replies} == {post_id}
    assert {reply.thread_id for reply in replies} == {target.id}
    counts = {thread.id: thread.post_count for thread in db.session.scalars(select(Thread))}
    assert counts == {world.thread.id: 2, target.id: 14}


def test_two_reports_at_once_make_one_place_in_the_queue(app: Flask, world: World, post_id: int) -> None:
    reporters = [world.member().id for _ in range(4)]
    go = threading.Barrier(len(reporters))

    def report(member_id: int) -> None:
        with app.app_context():
            go.wait()
            keeping.report_post(rights(db.session.get_one(Member, member_id)), post_id, Ground.SPAM)
            db.session.remove()

    jobs = [threading.Thread(target=report, args=[member_id]) for member_id in reporters]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    db.session.rollback()
    assert len(db.session.scalars(select(QueueItem)).all()) == 1
    assert len(order.reports_on(post_id)) == 4


def test_what_moderators_do_is_in_the_keepers_words_for_another_unit(world: World) -> None:
    neighbour = a_unit("Nabokommunen", world.unit)
    terje = a_member(neighbour, "Terje")
    an_office(terje, OfficeKind.ELECTED_REPRESENTATIVE, neighbour, area=world.area)
    forum = a_forum(neighbour, an_area(neighbour, "Kultur"))
    elsewhere = a_thread(forum, world.member())
    written = services.write_post(rights(world.member()), elsewhere.id, TEXT).post_id
    keeping.report_post(rights(world.member()), written, Ground.SPAM)
    assert waiting(terje) == [], "another area"
    with transaction() as session:
        session.get_one(Thread, world.thread.id).unit_id = neighbour.id
    own = services.write_post(rights(world.member()), world.thread.id, TEXT).post_id
    keeping.report_post(rights(world.member()), own, Ground.SPAM)
    assert waiting(terje) == [own]
    kinds = {act.kind for act in db.session.scalars(select(ModerationAct))}
    assert ModerationKind.HIDE not in kinds
