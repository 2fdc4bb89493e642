"""«Nyttig», support, mentions, answers and what representatives took along, as members meet them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from builders import a_member, a_unit, later
from debate import Browser, World, rights
from queries import counted
from sqlalchemy import func, select

from forums import hooks, services
from forums.models import Credit, Ground, Post, Thread, ThreadKind
from forums.reactions import reminding
from forums.reactions import services as reactions
from forums.reactions.models import Mention, Reaction, ReactionKind
from foundation import clock
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from foundation.outbox import Letter
from foundation.transaction import transaction
from members.models import Member, Standing
from members.rules.classes import MembershipClass

Browsers = Callable[..., Browser]
TEXT = "Skolen på Nordneset er det eneste møtestedet vi har igjen her ute."


def a_post(world: World, member: Member, body: str = TEXT, thread: Thread | None = None) -> int:
    return services.write_post(rights(member), (thread or world.thread).id, body).post_id


def opened(world: World, member: Member, kind: ThreadKind, title: str = "Hva med bussen?") -> Thread:
    written = services.open_thread(
        rights(member), world.area.id, title=title, body=TEXT, kind=kind, unit_id=world.unit.id
    )
    return db.session.get_one(Thread, written.thread_id)


def opening(thread: Thread) -> int:
    found = db.session.scalar(select(func.min(Post.id)).where(Post.thread_id == thread.id))
    assert found is not None
    return found


def press(
    page: Browser, post_id: int, word: str, *, on: int = 1, version: int = 1, status: int = 303
) -> None:
    page.post(f"/innlegg/{post_id}/reaksjon/{word}", status, on=on, version=version)


# One press


def test_useful_is_pressed_once_counted_once_and_taken_back(world: World, browser: Browsers) -> None:
    ane, bo = world.member("Ane Vik"), browser(world.member("Bo Nes"))
    post_id = a_post(world, ane)
    before = db.session.scalar(select(func.count()).select_from(Credit))
    press(bo, post_id, "nyttig")
    press(bo, post_id, "nyttig")
    page = bo.get(f"/trader/{world.thread.id}")
    (button,) = [
        one for one in page.find("button", aria_pressed="true") if "Nyttig" in "".join(one.itertext())
    ]
    assert "1 medlem" in "".join(button.itertext())
    shown = browser(ane).get(f"/trader/{world.thread.id}")
    assert "Nyttig 1 1 medlem" in shown.text
    assert not shown.find("form", action=f"/innlegg/{post_id}/reaksjon/nyttig"), "nobody presses her own"
    assert "Bo Nes" not in shown.text, "a number, never who"
    press(bo, post_id, "nyttig", on=0)
    assert "Nyttig 1" not in browser(ane).get(f"/trader/{world.thread.id}").text
    assert db.session.scalar(select(func.count()).select_from(Credit)) == before, "a press is no contribution"


def test_a_press_by_script_answers_with_the_button_alone(world: World, browser: Browsers) -> None:
    post_id = a_post(world, world.member("Ane Vik"))
    bo = browser(world.member("Bo Nes"))
    answer = bo.client.post(
        f"/innlegg/{post_id}/reaksjon/nyttig",
        data={"csrf_token": bo.token, "on": "1", "version": "1"},
        headers={"X-Requested-With": "fetch"},
    )
    markup = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'aria-pressed="true"' in markup
    assert "<html" not in markup


def test_support_is_of_a_version_and_an_edit_parts_the_numbers(world: World, browser: Browsers) -> None:
    ane, bo, cato = world.member("Ane Vik"), world.member("Bo Nes"), world.member("Cato Lund")
    thread = opened(world, ane, ThreadKind.PROPOSAL)
    first = opening(thread)
    for one in (bo, cato):
        press(browser(one), first, "stotte")
    assert "Støtte til forslaget 2" in browser(ane).get(f"/trader/{thread.id}").text
    services.edit_post(rights(ane), first, TEXT + " Bussen må gå hver time.", version=1)
    page = browser(bo).get(f"/trader/{thread.id}")
    assert "2 medlemmer støttet en tidligere utgave." in page.text
    assert "Du støttet en tidligere utgave." in page.text
    assert "Støtt forslaget" in page.text, "she may support what it says now"
    # The version she had before her counts, not the one that came while she read.
    press(browser(bo), first, "stotte", version=1)
    assert "2 medlemmer støttet en tidligere utgave." in browser(ane).get(f"/trader/{thread.id}").text
    press(browser(bo), first, "stotte", version=2)
    page = browser(ane).get(f"/trader/{thread.id}")
    assert "Støtte til forslaget 1" in page.text
    assert "1 medlem støttet en tidligere utgave." in page.text


def test_only_proposals_are_supported_and_by_those_who_may_move_one(world: World) -> None:
    ane, bo = world.member("Ane Vik"), world.member("Bo Nes")
    supporter = world.member("Siv Moe", membership_class=MembershipClass.AFFILIATED_SUPPORTER)
    proposal = opening(opened(world, ane, ThreadKind.PROPOSAL))
    with clock.stopped_at(later(hours=1), all_threads=True):
        reply = a_post(world, ane, thread=db.session.get_one(Post, proposal).thread)
    for member, post_id, code in (
        (supporter, proposal, "support_by_members"),
        (ane, proposal, "reaction_own"),
        (bo, reply, "support_of_proposals"),
        (bo, opening(world.thread), "support_of_proposals"),
    ):
        with pytest.raises(RuleBroken) as refused:
            reactions.react(rights(member), post_id, ReactionKind.SUPPORT, on=True, version=1)
        assert refused.value.reason.code == code
    reactions.react(rights(supporter), proposal, ReactionKind.USEFUL, on=True, version=1)


def test_what_made_somebody_think_anew_only_its_author_learns_as_a_number(
    world: World, browser: Browsers
) -> None:
    ane, bo, cato = world.member("Ane Vik"), world.member("Bo Nes"), world.member("Cato Lund")
    post_id = a_post(world, ane)
    for one in (bo, cato):
        press(browser(one), post_id, "tenke-nytt")
    page = browser(ane).get(f"/trader/{world.thread.id}")
    assert "Innlegget fikk 2 lesere til å tenke nytt. Bare du ser dette." in page.text
    assert "Bo Nes" not in page.text
    assert "Innlegget fikk 2 lesere" in browser(ane).get(f"/personer/{ane.id}").text
    for other in (world.mari, world.member("Dina Berg"), bo):
        assert "Innlegget fikk" not in browser(other).get(f"/trader/{world.thread.id}").text
    assert "Innlegget fikk" not in browser(world.mari).get(f"/personer/{ane.id}").text


def test_a_hidden_or_deleted_post_takes_no_press_and_a_deleted_one_keeps_none(world: World) -> None:
    ane, bo = world.member("Ane Vik"), world.member("Bo Nes")
    hidden, deleted = a_post(world, ane), a_post(world, ane, TEXT + " Og bussen.")
    reactions.react(rights(bo), deleted, ReactionKind.USEFUL, on=True, version=1)
    services.hide_post(rights(world.mari), hidden, Ground.PERSONAL)
    services.delete_post(rights(ane), deleted)
    for post_id in (hidden, deleted):
        with pytest.raises(RuleBroken):
            reactions.react(rights(bo), post_id, ReactionKind.USEFUL, on=True, version=1)
    assert db.session.scalar(select(func.count()).select_from(Reaction)) == 0


def test_the_page_costs_the_same_whatever_stands_about_its_posts(world: World, browser: Browsers) -> None:
    members = [world.member(f"Medlem Nr{number}") for number in range(4)]
    ids = [a_post(world, members[number % 4], f"{TEXT} {number}") for number in range(8)]
    reader = browser(world.mari)
    address = f"/trader/{world.thread.id}"
    reader.get(address)

    def cost() -> int:
        with counted() as sent:
            reader.get(address)
        return len(sent)

    few = cost()
    for post_id in ids:
        for kind in (ReactionKind.USEFUL, ReactionKind.RETHOUGHT):
            author = db.session.get_one(Post, post_id).author_id
            for member in members:
                if member.id != author:
                    reactions.react(rights(member), post_id, kind, on=True, version=1)
        reactions.take_along(rights(world.mari), post_id, on=True, sentence="Sagt i komiteen.")
        services.edit_post(
            rights(db.session.get_one(Member, db.session.get_one(Post, post_id).author_id)),
            post_id,
            f"{TEXT} {post_id} @Jonas Dahl og @Mari Lie",
            version=1,
        )
    assert cost() == few


# Mentions


def test_a_full_name_is_a_mention_a_link_and_told_once(world: World, browser: Browsers) -> None:
    told: list[tuple[int, list[int]]] = []
    listener = lambda **facts: told.append((facts["post_id"], facts["member_ids"]))  # noqa: E731
    hooks.member_mentioned.register(listener)
    try:
        ane, bo = world.member("Ane Vik"), world.member("Bo Nes")
        post_id = a_post(world, ane, f"Hva mener du, @Bo Nes? {TEXT}")
        page = browser(world.mari).get(f"/trader/{world.thread.id}")
        assert [link.text for link in page.find("a", href=f"/personer/{bo.id}")] == ["@Bo Nes"]
        assert told == [(post_id, [bo.id])]
        services.edit_post(rights(ane), post_id, f"Hva mener dere? {TEXT}", version=1)
        assert not browser(world.mari).get(f"/trader/{world.thread.id}").find("a", href=f"/personer/{bo.id}")
        services.edit_post(rights(ane), post_id, f"Hva mener @Bo Nes og @Mari Lie? {TEXT}", version=2)
        assert told == [(post_id, [bo.id]), (post_id, [world.mari.id])]
        assert browser(world.mari).get(f"/trader/{world.thread.id}").find("a", href=f"/personer/{bo.id}")
        services.delete_post(rights(ane), post_id)
        assert db.session.scalar(select(func.count()).select_from(Mention)) == 0
    finally:
        hooks.member_mentioned.listeners.remove(listener)


def test_of_two_with_one_name_the_picked_one_is_meant_and_else_the_author_is_told(
    world: World, browser: Browsers
) -> None:
    first, second = world.member("Kari Olsen"), world.member("Kari Olsen")
    ane = browser(world.member("Ane Vik"))
    page = ane.write(world.thread.id, f"Enig, @Kari Olsen. {TEXT}")
    assert "Flere heter Kari Olsen." in page.text
    page = ane.write(world.thread.id, f"Enig, @Kari Olsen! {TEXT}", mentioned=str(second.id))
    assert len(page.find("a", href=f"/personer/{second.id}")) == 1
    assert not page.find("a", href=f"/personer/{first.id}")


def test_names_are_offered_of_those_who_read_the_thread_and_are_known_to(
    world: World, browser: Browsers
) -> None:
    other = a_unit("Brattlia lokallag", world.unit, kind="lokallag")
    ane = world.member("Ane Vik")
    here, near = world.member("Anders Ask"), world.member("Anja Berg")
    far_silent = world.member("Anton Fjell")
    guest, gone = world.guest("Anita Gjest"), world.member("Andor Ute")
    with transaction() as session:
        for member, field, value in (
            (far_silent, "unit_id", other.id),
            (gone, "status", "resigned"),
        ):
            row = session.scalars(select(Standing).where(Standing.member_id == member.id)).one()
            setattr(row, field, value)
    a_post(world, here)
    reader = browser(ane)

    def names(words: str) -> list[str]:
        answer = reader.client.get(f"/navn?trad={world.thread.id}&q={words}")
        assert answer.status_code == 200
        assert "@" not in answer.get_data(as_text=True)
        return [one["name"] for one in answer.get_json()["names"]]

    assert names("an") == ["Anders Ask", "Anja Berg"]
    assert names("berg") == ["Anja Berg"]
    assert names("") == ["Anders Ask", "Mari Lie"]
    assert names("b") == []
    a_post(world, far_silent)
    assert names("ant") == ["Anton Fjell"], "who has written is known to all who read"
    services.invite_guest(rights(world.mari), world.thread.id, guest.id)
    assert names("anit") == ["Anita Gjest"]
    assert reader.get(f"/personer/{near.id}").status == 200
    assert near.email not in reader.get(f"/personer/{near.id}").markup


def test_a_silent_member_of_another_unit_has_no_page(world: World, browser: Browsers) -> None:
    other = a_unit("Brattlia lokallag", world.unit, kind="lokallag")
    silent = a_member(other, "Tor Taus")
    reader = browser(world.member("Ane Vik"))
    reader.get(f"/personer/{silent.id}", 404)
    a_post(world, silent)
    reader.get(f"/personer/{silent.id}")


# Questions


def test_a_marked_answer_stands_on_the_post_on_lists_and_in_the_rate(world: World, browser: Browsers) -> None:
    ane, bo = world.member("Ane Vik"), world.member("Bo Nes")
    thread = opened(world, ane, ThreadKind.QUESTION)
    answer = services.write_post(rights(world.mari), thread.id, TEXT + " Svar.", as_office=True).post_id
    with pytest.raises(NotAllowed):
        reactions.mark_answer(rights(bo), answer, on=True)
    with pytest.raises(RuleBroken):
        reactions.mark_answer(rights(ane), opening(thread), on=True)
    browser(ane).post(f"/innlegg/{answer}/svaret", on=1)
    assert "Dette er svaret på spørsmålet." in browser(bo).get(f"/trader/{thread.id}").text
    assert "Besvart" in browser(bo).get(f"/omrader/{world.area.code}").text
    with clock.stopped_at(later(days=6), all_threads=True):
        opened(world, bo, ThreadKind.QUESTION, "Og toget?")
        assert "Har svart på 1 av 1 spørsmål." in browser(bo).get(f"/personer/{world.mari.id}").text
    with clock.stopped_at(later(days=12), all_threads=True):
        assert "Har svart på 1 av 2 spørsmål" in browser(bo).get(f"/omrader/{world.area.code}").text
        assert "Har svart på 1 av 2 spørsmål." in browser(bo).get(f"/personer/{world.mari.id}").text
    services.delete_post(rights(world.mari), answer)
    assert "Besvart" not in browser(bo).get(f"/omrader/{world.area.code}").text


def letters() -> list[tuple[str, str]]:
    db.session.rollback()
    return [
        (letter.address, letter.template)
        for letter in db.session.scalars(
            select(Letter).where(Letter.template == "waiting").order_by(Letter.id)
        )
    ]


def test_an_unanswered_question_reminds_the_keeper_and_then_the_deputy_once(world: World) -> None:
    ane = world.member("Ane Vik")
    a_post(world, ane, TEXT + " Mitt første.")
    services.write_post(rights(world.mari), world.thread.id, "Velkommen.", reply_to=None)
    thread = opened(world, ane, ThreadKind.QUESTION)
    asked = clock.now()
    mari, jonas = (world.mari.email, "waiting"), (world.jonas.email, "waiting")

    def after(days: float) -> list[tuple[str, str]]:
        at = asked + timedelta(days=days)
        with clock.stopped_at(at, all_threads=True):
            reminding.remind(at)
            reminding.remind(at)
        return letters()

    # The first post has been answered by nobody: a post to the thread is no answer to it.
    assert after(2.9) == []
    assert after(3.1) == [mari]
    assert after(4.9) == [mari]
    assert after(5) == [mari, mari]
    assert after(9.9) == [mari, mari]
    assert after(10) == [mari, mari, jonas]
    assert after(20) == [mari, mari, jonas]
    answer = services.write_post(rights(world.mari), thread.id, TEXT, as_office=True).post_id
    reactions.mark_answer(rights(world.mari), answer, on=True)


def test_at_night_nobody_is_reminded_and_an_answered_question_reminds_nobody(world: World) -> None:
    ane = world.member("Ane Vik")
    thread = opened(world, ane, ThreadKind.QUESTION)
    night = clock.now() + timedelta(days=5, hours=18)
    with clock.stopped_at(night, all_threads=True):
        assert reminding.remind(night) == 0
    answer = services.write_post(rights(world.mari), thread.id, TEXT, as_office=True).post_id
    reactions.mark_answer(rights(world.mari), answer, on=True)
    day = clock.now() + timedelta(days=6)
    with clock.stopped_at(day, all_threads=True):
        assert reminding.remind(day) == 0


def test_a_first_post_that_nobody_answers_stands_in_the_keepers_list_until_somebody_does(
    world: World, browser: Browsers
) -> None:
    ane = world.member("Ane Vik")
    post_id = a_post(world, ane, TEXT)
    keeper = browser(world.mari)
    page = f"/omrader/{world.area.code}"
    assert "Første innlegg fra Ane Vik" not in keeper.get(page).text
    with clock.stopped_at(later(days=3), all_threads=True):
        assert "Første innlegg fra Ane Vik" in keeper.get(page).text
        assert "Første innlegg fra" not in browser(world.member("Bo Nes")).get(page).text
    with clock.stopped_at(later(days=14), all_threads=True):
        assert "Første innlegg fra Ane Vik" not in keeper.get(page).text
    services.write_post(rights(world.mari), world.thread.id, "Takk for det", reply_to=post_id)
    with clock.stopped_at(later(days=4), all_threads=True):
        assert "Første innlegg fra Ane Vik" not in keeper.get(page).text


# Taken along


def test_what_a_representative_took_along_stands_on_the_post_and_on_its_authors_page(
    world: World, browser: Browsers
) -> None:
    told: list[int] = []
    listener = lambda **facts: told.append(facts["author_id"])  # noqa: E731
    hooks.post_taken_along.register(listener)
    try:
        ane, bo = world.member("Ane Vik"), world.member("Bo Nes")
        post_id = a_post(world, ane)
        browser(bo).get(f"/innlegg/{post_id}/tatt-med", 403)
        with pytest.raises(NotAllowed):
            reactions.take_along(rights(bo), post_id, on=True)
        mari = browser(world.mari)
        mari.get(f"/innlegg/{post_id}/tatt-med")
        mari.post(f"/innlegg/{post_id}/tatt-med", sentence="Sitert i kommunestyret.")
        mari.post(f"/innlegg/{post_id}/tatt-med", 422, sentence="x" * 301)
        said = "Mari Lie, kommunestyrerepresentant, tok dette med seg. «Sitert i kommunestyret.»"
        assert said in browser(bo).get(f"/trader/{world.thread.id}").text
        assert said in browser(ane).get(f"/personer/{ane.id}").text
        assert said not in browser(bo).get(f"/personer/{ane.id}").text
        mari.post(f"/innlegg/{post_id}/tatt-med", on=0)
        assert "tok dette med seg" not in browser(bo).get(f"/trader/{world.thread.id}").text
        assert told == [ane.id]
    finally:
        hooks.post_taken_along.listeners.remove(listener)


# Edits


def test_an_edit_is_shown_with_what_was_added_and_removed_in_words(world: World, browser: Browsers) -> None:
    ane = world.member("Ane Vik")
    post_id = a_post(world, ane, "Skolen må bestå fordi den er møtestedet vårt.")
    services.edit_post(rights(ane), post_id, "Skolen må ikke bestå fordi den er tom.", version=1)
    page = browser(world.mari).get(f"/innlegg/{post_id}/endringer")
    added = ["".join(one.itertext()) for one in page.find("ins")]
    removed = ["".join(one.itertext()) for one in page.find("del")]
    assert "[lagt til:]  ikke [slutt]" in added
    assert any("møtestedet vårt" in one and one.startswith("[tatt bort:]") for one in removed)


def test_a_thread_can_be_read_before_any_script_has_come(world: World, browser: Browsers) -> None:
    a_post(world, world.member("Ane Vik"))
    page = browser(world.member("Bo Nes")).get(f"/trader/{world.thread.id}")
    assert TEXT in page.text
    for script in page.find("script"):
        assert script.get("type") == "module" or script.get("defer") is not None, "a script holds the page up"
