"""Posts hidden and threads closed by those who keep the area, on a ground, with the author told and a log kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from builders import a_forum, a_thread, a_unit, an_area, an_office, later
from debate import Browser, World, rights
from sqlalchemy import select

from forums import hooks, queries, services
from forums.models import Ground, ModerationAct, ModerationKind, Post, Thread
from foundation import audit, clock, outbox, phrases
from foundation.errors import NotAllowed, Reason, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import Member, Term
from members.rules.permissions import OfficeKind

Browsers = Callable[..., Browser]
TEXT = "Dette er noe dumt om noen, og det er langt nok til å telle som deltakelse."


@pytest.fixture
def author(world: World) -> Member:
    return world.member("Ane Vik", email="ane@example.org")


@pytest.fixture
def post_id(world: World, author: Member) -> int:
    return services.write_post(rights(author), world.thread.id, TEXT).post_id


def test_hiding_takes_two_taps_skjul_and_the_ground(world: World, browser: Browsers, post_id: int) -> None:
    page = browser(world.mari).get(f"/trader/{world.thread.id}")
    (form,) = page.find("form", action=f"/innlegg/{post_id}/skjul")
    buttons = [button for button in form.iter("button") if button.get("type") == "submit"]
    assert [button.get("value") for button in buttons] == [ground.value for ground in Ground]
    assert (buttons[0].text or "").strip() == "Går på person, ikke sak"
    (fold,) = [details for details in page.find("details") if form in list(details)]
    summary = fold.find("summary")
    assert summary is not None
    assert summary.text == "Skjul"
    assert not [field for field in form.iter("input") if field.get("required") is not None], (
        "a ground is enough"
    )


def test_a_hidden_text_is_for_its_author_and_the_moderators(
    world: World, browser: Browsers, author: Member, post_id: int
) -> None:
    with clock.stopped_at(later(days=1), all_threads=True):
        mari = browser(world.mari)
        lead = mari.post(
            f"/innlegg/{post_id}/skjul", ground="personal", sentence="Hold deg til saken.", own_part="1"
        ).location
        assert lead == f"/trader/{world.thread.id}#post-{post_id}"
        assert "Innlegget er skjult. Forfatteren får beskjed." in mari.get(f"/trader/{world.thread.id}").text
        placeholder = "Skjult av kommunestyrerepresentant 3. mars 2026. Grunn: Går på person, ikke sak."
        board = world.member()
        an_office(board, OfficeKind.BOARD_CHAIR, world.unit)
        for reader in (world.member(), board):
            page = browser(reader).get(f"/trader/{world.thread.id}")
            assert placeholder in page.text
            assert TEXT not in page.markup
            assert "Ane Vik" not in page.text
            browser(reader).get(f"/innlegg/{post_id}/endringer", 404)
            browser(reader).get(f"/innlegg/{post_id}/sitat", 404)
            assert TEXT not in browser(reader).get(f"/trader/{world.thread.id}/nye?etter=0").markup
            assert TEXT not in browser(reader).get(f"/trader/{world.thread.id}?siter={post_id}").markup
        own = browser(author).get(f"/trader/{world.thread.id}").text
        assert f"{TEXT} {placeholder} Hold deg til saken. Bare du og moderatorene ser teksten." in own
        assert TEXT in browser(world.jonas).get(f"/trader/{world.thread.id}").text


def test_whoever_answered_a_hidden_post_does_not_tell_who_wrote_it(
    world: World, browser: Browsers, author: Member, post_id: int
) -> None:
    first = world.thread.last_post_id
    answered = services.write_post(rights(author), world.thread.id, "Et svar", reply_to=first).post_id
    bo = browser(world.member("Bo"))
    bo.write(world.thread.id, "Svar på svaret", reply_to=answered)
    services.hide_post(rights(world.mari), answered, Ground.SPAM)
    services.hide_post(rights(world.mari), post_id, Ground.SPAM)
    page = bo.get(f"/trader/{world.thread.id}")
    assert "Svar til et skjult innlegg" in page.text
    for shown in (page, bo.write(world.thread.id, "", 422, reply_to=answered)):
        assert "Ane Vik" not in shown.text
    bo.write(world.thread.id, "Enda et svar", 422, reply_to=answered)
    services.delete_post(rights(author), answered)
    assert "Svar til et slettet innlegg" in bo.get(f"/trader/{world.thread.id}").text


def test_the_author_is_told_by_a_mail_that_gives_nothing_away(
    world: World, author: Member, post_id: int
) -> None:
    services.hide_post(rights(world.mari), post_id, Ground.HARASSMENT, "Vi snakker ikke slik til hverandre.")
    (letter,) = db.session.scalars(select(outbox.Letter)).all()
    assert letter.address == "ane@example.org"
    subject, body, html = outbox.render(letter)
    assert subject == "Om et innlegg du har skrevet"
    for part in (" ".join(written.split()) for written in (body, html)):
        assert "Innlegget ditt er skjult. Grunn: Trakassering eller diskriminering." in part
        assert "Vi snakker ikke slik til hverandre." in part
        assert "Det endrer ikke retten din til å stemme. Du kan klage før mandag 16. mars kl. 09.00." in part
        assert f"http://127.0.0.1:5000/innlegg/{post_id}" in part
        assert "dumt" not in part
    assert "dumt" not in letter.facts


def test_an_author_without_an_address_is_told_on_the_page_alone(world: World) -> None:
    author = world.member("Nils", email=None)
    post = services.write_post(rights(author), world.thread.id, TEXT)
    services.hide_post(rights(world.mari), post.post_id, Ground.SPAM)
    assert db.session.scalars(select(outbox.Letter)).all() == []


def test_a_hidden_post_can_be_shown_again(world: World, browser: Browsers, post_id: int) -> None:
    mari = browser(world.mari)
    mari.post(f"/innlegg/{post_id}/skjul", ground="threat")
    mari.post(f"/innlegg/{post_id}/skjul", 409, ground="threat")
    assert "Vis igjen" in mari.get(f"/trader/{world.thread.id}").text
    mari.post(f"/innlegg/{post_id}/vis")
    mari.post(f"/innlegg/{post_id}/vis", 409)
    assert TEXT in browser(world.member()).get(f"/trader/{world.thread.id}").text


@pytest.mark.parametrize(
    "sent", [{}, {"ground": ""}, {"ground": "opinion"}, {"ground": "spam", "sentence": "x" * 301}]
)
def test_nothing_is_hidden_without_a_ground_of_the_list(
    world: World, browser: Browsers, post_id: int, sent: dict[str, str]
) -> None:
    browser(world.mari).post(f"/innlegg/{post_id}/skjul", 422, **sent)
    assert db.session.get_one(Post, post_id).hidden_at is None


def test_nobody_moderates_what_she_wrote_herself(world: World, browser: Browsers) -> None:
    mine = services.write_post(rights(world.mari), world.thread.id, TEXT).post_id
    page = browser(world.mari).post(f"/innlegg/{mine}/skjul", 403, ground="spam")
    assert phrases.sentence(Reason.of("own_matter")) in page.text
    assert (
        not browser(world.mari)
        .get(f"/trader/{world.thread.id}")
        .find("form", action=f"/innlegg/{mine}/skjul")
    )
    services.hide_post(rights(world.jonas), mine, Ground.PERSONAL)
    browser(world.mari).post(f"/innlegg/{mine}/vis", 403)


def outsiders(world: World) -> dict[str, Member]:
    """Everybody who does not keep this area for this unit."""
    people = {
        name: world.member(name)
        for name in (
            "member",
            "board",
            "administrator",
            "other_area",
            "other_unit",
            "over",
            "not_yet",
            "case_officer",
        )
    }
    unit = world.unit
    an_office(people["board"], OfficeKind.BOARD_CHAIR, unit)
    an_office(people["administrator"], OfficeKind.ADMINISTRATOR, unit)
    an_office(people["case_officer"], OfficeKind.CASE_OFFICER, unit, area=world.area)
    an_office(people["other_area"], OfficeKind.ELECTED_REPRESENTATIVE, unit, area=an_area(unit, "Kultur"))
    an_office(
        people["other_unit"], OfficeKind.ELECTED_REPRESENTATIVE, a_unit("Nabolaget", unit), area=world.area
    )
    an_office(
        people["over"], OfficeKind.ELECTED_REPRESENTATIVE, unit, area=world.area, ends="2026-03-02 09:00"
    )
    an_office(
        people["not_yet"], OfficeKind.ELECTED_REPRESENTATIVE, unit, area=world.area, starts="2026-03-02 09:01"
    )
    return people


def test_only_the_areas_own_keepers_moderate_in_it(world: World, browser: Browsers, post_id: int) -> None:
    services.hide_post(rights(world.mari), post_id, Ground.SPAM)
    other = services.write_post(rights(world.member()), world.thread.id, "Noe annet").post_id
    for name, member in outsiders(world).items():
        stranger = browser(member)
        stranger.post(f"/innlegg/{other}/skjul", 403, ground="spam")
        stranger.post(f"/innlegg/{post_id}/vis", 403)
        stranger.post(f"/trader/{world.thread.id}/steng", 403, ground="spam", hours="24")
        stranger.post(f"/trader/{world.thread.id}/apne", 403)
        stranger.get(f"/trader/{world.thread.id}/gjester", 403)
        stranger.get(f"/omrader/{world.area.code}/ny-sak", 403)
        stranger.get(f"/saker/{world.case.id}/papirer", 403)
        stranger.post(f"/omrader/{world.area.code}/gjennomgatt", 403)
        page = stranger.get(f"/trader/{world.thread.id}")
        assert "For deg som holder området oppdatert" not in page.text, name
        assert TEXT not in page.markup, name
    assert db.session.get_one(Post, other).hidden_at is None


def test_a_unit_of_its_own_keeps_its_threads_and_the_areas_keeper_all(world: World) -> None:
    neighbour = a_unit("Nabokommunen", world.unit)
    terje = world.member("Terje")
    an_office(terje, OfficeKind.ELECTED_REPRESENTATIVE, neighbour, area=world.area)
    thread = a_thread(world.forum, world.member())
    with transaction() as session:
        session.get_one(Thread, thread.id).unit_id = neighbour.id
    first = services.write_post(rights(world.member()), thread.id, "Det ene").post_id
    second = services.write_post(rights(world.member()), thread.id, "Det andre").post_id
    services.hide_post(rights(terje), first, Ground.SPAM)
    services.hide_post(rights(world.mari), second, Ground.SPAM)


def test_a_right_ends_with_the_term_between_two_taps(world: World, browser: Browsers, post_id: int) -> None:
    mari = browser(world.mari)
    mari.get(f"/trader/{world.thread.id}")
    with transaction() as session:
        term = session.scalars(select(Term).where(Term.member_id == world.mari.id)).one()
        term.ends_at = clock.now()
    mari.post(f"/innlegg/{post_id}/skjul", 403, ground="spam")


# Locks


def test_a_locked_thread_takes_no_posts_and_opens_by_itself(world: World, browser: Browsers) -> None:
    ane = browser(world.member())
    browser(world.mari).post(f"/trader/{world.thread.id}/steng", ground="personal", hours="24")
    sentence = (
        "Tråden er stengt for nye innlegg til tirsdag 3. mars kl. 09.00. Grunn: Går på person, ikke sak."
    )
    page = ane.get(f"/trader/{world.thread.id}")
    assert sentence in page.text
    assert not page.find("textarea")
    refused = ane.write(world.thread.id, TEXT, 409)
    assert sentence in refused.text
    with clock.stopped_at(later(hours=24, microseconds=-1), all_threads=True):
        ane.write(world.thread.id, TEXT, 409)
    with clock.stopped_at(later(hours=24), all_threads=True):
        ane.write(world.thread.id, TEXT)
        assert "stengt" not in ane.get(f"/trader/{world.thread.id}").text


@pytest.mark.parametrize(
    ("hours", "status"),
    [("0", 422), ("-1", 422), ("1", 303), ("48", 303), ("49", 422), ("x", 422), ("", 422)],
)
def test_a_lock_lasts_one_to_48_hours(world: World, browser: Browsers, hours: str, status: int) -> None:
    browser(world.mari).post(f"/trader/{world.thread.id}/steng", status, ground="spam", hours=hours)
    assert db.session.get_one(Thread, world.thread.id).is_locked(clock.now()) is (status == 303)


def test_a_lock_is_24_hours_where_nothing_else_is_said(world: World, browser: Browsers) -> None:
    (field,) = browser(world.mari).get(f"/trader/{world.thread.id}/steng").find("input", name="hours")
    assert field.get("value") == "24"
    services.lock_thread(rights(world.mari), world.thread.id, Ground.SPAM)
    assert db.session.get_one(Thread, world.thread.id).locked_until == later(hours=24)


def test_those_above_hear_of_a_lock_on_a_case(world: World) -> None:
    heard: list[dict[str, Any]] = []
    hooks.case_locked.register(lambda **facts: heard.append(facts))
    services.lock_thread(rights(world.mari), world.thread.id, Ground.SPAM, hours=48)
    assert heard == [
        {
            "case_ids": [world.case.id],
            "thread_id": world.thread.id,
            "locked_at": clock.now(),
            "locked_until": later(hours=48),
        }
    ]


def test_the_times_a_case_was_locked_are_told_with_locks_that_were_ended_early(world: World) -> None:
    mari = rights(world.mari)
    services.lock_thread(mari, world.thread.id, Ground.SPAM, hours=48)
    with clock.stopped_at(later(hours=5), all_threads=True):
        services.unlock_thread(mari, world.thread.id)
    with clock.stopped_at(later(days=4), all_threads=True):
        services.lock_thread(mari, world.thread.id, Ground.SPAM, hours=10)
    assert [(lock.starts_at, lock.ends_at) for lock in queries.lock_intervals(world.case.id)] == [
        (later(), later(hours=5)),
        (later(days=4), later(days=4, hours=10)),
    ]


def test_a_thread_is_not_locked_twice_and_not_opened_when_it_is_open(world: World, browser: Browsers) -> None:
    mari = browser(world.mari)
    mari.post(f"/trader/{world.thread.id}/apne", 409)
    mari.post(f"/trader/{world.thread.id}/steng", ground="spam", hours="2")
    assert (
        "Tråden er allerede stengt"
        in mari.post(f"/trader/{world.thread.id}/steng", 422, ground="spam", hours="2").text
    )
    mari.post(f"/trader/{world.thread.id}/apne")
    browser(world.member()).write(world.thread.id, TEXT)


def test_an_author_may_still_change_and_delete_in_a_locked_thread(
    world: World, browser: Browsers, author: Member, post_id: int
) -> None:
    services.lock_thread(rights(world.mari), world.thread.id, Ground.SPAM)
    writer = browser(author)
    writer.post(f"/innlegg/{post_id}/rediger", body=TEXT + " Beklager.", version="1")
    writer.post(f"/innlegg/{post_id}/slett")


# The log


def test_every_act_is_logged_for_members_without_text_or_author(
    world: World, browser: Browsers, author: Member, post_id: int
) -> None:
    mari = rights(world.mari)
    services.hide_post(mari, post_id, Ground.PERSONAL, "En setning til forfatteren.")
    services.restore_post(mari, post_id)
    services.lock_thread(mari, world.thread.id, Ground.SPAM, hours=3)
    services.unlock_thread(mari, world.thread.id)
    kinds = list(db.session.scalars(select(ModerationAct.kind).order_by(ModerationAct.id)))
    assert kinds == [ModerationKind.HIDE, ModerationKind.RESTORE, ModerationKind.LOCK, ModerationKind.UNLOCK]
    entries = db.session.execute(
        select(audit.AuditEntry.act, audit.AuditEntry.subject_kind, audit.AuditEntry.facts).order_by(
            audit.AuditEntry.seq
        )
    ).all()
    assert [act for act, _kind, _facts in entries] == [
        "moderation_hide", "moderation_restore", "moderation_lock", "moderation_unlock",
    ]  # fmt: skip
    assert json.loads(entries[0][2])["ground"] == "personal"
    assert not list(audit.broken_links())
    log = browser(world.member()).get(f"/omrader/{world.area.code}/logg")
    assert "Skjulte et innlegg. Grunn: Går på person, ikke sak." in log.text
    assert "Viste et skjult innlegg igjen" in log.text
    assert (
        "Stengte tråden for nye innlegg. Grunn: Reklame eller søppelpost. Til mandag 2. mars kl. 12.00."
        in log.text
    )
    assert "Åpnet tråden for nye innlegg" in log.text
    assert "Kommunestyrerepresentant · mandag 2. mars kl. 09.00 · Hva mener vi?" in log.text
    for secret in ("Ane Vik", "Mari Lie", TEXT, "En setning til forfatteren."):
        assert secret not in log.text


def test_the_log_of_another_area_holds_nothing_of_this_one(
    world: World, browser: Browsers, post_id: int
) -> None:
    services.hide_post(rights(world.mari), post_id, Ground.PERSONAL)
    other = an_area(world.unit, "Kultur")
    a_forum(world.unit, other)
    assert (
        "Moderatorene har ikke gjort noe her ennå."
        in browser(world.member()).get(f"/omrader/{other.code}/logg").text
    )


def test_a_refused_act_leaves_no_trace_in_the_log_and_sends_no_mail(world: World, post_id: int) -> None:
    with pytest.raises(NotAllowed):
        services.hide_post(rights(world.member()), post_id, Ground.SPAM)
    services.hide_post(rights(world.mari), post_id, Ground.SPAM)
    with pytest.raises(RuleBroken, match="post_already_hidden"):
        services.hide_post(rights(world.mari), post_id, Ground.SPAM)
    assert len(db.session.scalars(select(ModerationAct)).all()) == 1
    assert len(db.session.scalars(select(outbox.Letter)).all()) == 1


def test_a_deleted_post_is_not_hidden(world: World, author: Member, post_id: int) -> None:
    services.delete_post(rights(author), post_id)
    with pytest.raises(RuleBroken, match="post_deleted"):
        services.hide_post(rights(world.mari), post_id, Ground.SPAM)
