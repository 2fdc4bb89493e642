"""Who gets in where: signed out, guests, suspended, supporters; asked from the outside."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from builders import a_case, a_thread
from debate import Browser, World, rights
from sqlalchemy import select

from forums import services
from forums.models import Ground, Post, ThreadGuest
from foundation import audit
from foundation.errors import RuleBroken
from foundation.extensions import db
from members.rules.classes import MembershipClass, Status

Browsers = Callable[..., Browser]
TEXT = "Skolen ved fjorden bør bestå så lenge det bor barn i bygda."


def addresses(world: World) -> list[str]:
    return [
        "/omrader",
        f"/omrader/{world.area.code}",
        f"/omrader/{world.area.code}/logg",
        f"/saker/{world.case.id}",
        f"/trader/{world.thread.id}",
        f"/trader/{world.thread.id}/nye",
        f"/innlegg/{world.thread.last_post_id}",
        f"/innlegg/{world.thread.last_post_id}/endringer",
        f"/innlegg/{world.thread.last_post_id}/sitat",
    ]


def test_whoever_is_not_signed_in_is_led_there_and_back(world: World, browser: Browsers) -> None:
    for address in addresses(world):
        location = browser().get(address, 302).location
        assert location.startswith("/logg-inn")
        assert "next=" in location


def test_whoever_is_not_signed_in_sends_nothing(world: World, browser: Browsers) -> None:
    stranger = browser()
    token = stranger._send("GET", "/logg-inn").get_data(as_text=True)
    assert 'name="csrf_token"' in token
    stranger._token = token.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    for address in (
        f"/trader/{world.thread.id}/innlegg",
        f"/innlegg/{world.thread.last_post_id}/skjul",
        f"/innlegg/{world.thread.last_post_id}/slett",
        f"/omrader/{world.area.code}/ny-trad",
        "/forhandsvisning",
    ):
        stranger.post(address, 403, body=TEXT, ground="spam")
    assert len(db.session.scalars(select(Post)).all()) == 1


def test_a_guest_sees_the_threads_she_is_invited_to_and_nothing_else(world: World, browser: Browsers) -> None:
    guest = world.guest()
    reader = browser(guest)
    assert "Du er ikke invitert til noen tråd ennå." in reader.get("/omrader").text
    for address in addresses(world)[1:]:
        reader.get(address, 403)
    hidden = a_thread(world.forum, world.mari, title="En lukket tråd")
    services.invite_guest(rights(world.mari), world.thread.id, guest.id)
    for address in addresses(world):
        reader.get(address, 303 if address == f"/innlegg/{world.thread.last_post_id}" else 200)
    for address in ("/omrader", f"/omrader/{world.area.code}", f"/saker/{world.case.id}"):
        page = reader.get(address)
        assert world.thread.title in page.text
        assert hidden.title not in page.text
        assert "Start en tråd" not in page.text
    other = a_case(world.forum, world.mari, "En annen sak")
    for address in (
        f"/trader/{hidden.id}",
        f"/trader/{hidden.id}/nye",
        f"/innlegg/{hidden.last_post_id}",
        f"/innlegg/{hidden.last_post_id}/sitat",
        f"/innlegg/{hidden.last_post_id}/endringer",
        f"/saker/{other.id}",
        f"/omrader/{world.area.code}/ny-trad",
    ):
        reader.get(address, 403)


def test_a_guest_writes_where_she_is_invited_and_nowhere_else(world: World, browser: Browsers) -> None:
    guest = world.guest()
    hidden = a_thread(world.forum, world.mari)
    services.invite_guest(rights(world.mari), world.thread.id, guest.id)
    writer = browser(guest)
    writer.write(world.thread.id, TEXT)
    writer.write(hidden.id, TEXT, 403)
    sent = {"title": "T", "kind": "idea", "case_id": "0", "unit_id": str(world.unit.id), "body": TEXT}
    writer.post(f"/omrader/{world.area.code}/ny-trad", 403, **sent)


def test_a_guest_may_change_and_delete_her_own_post_after_the_invitation_has_ended(
    world: World, browser: Browsers
) -> None:
    guest = world.guest()
    services.invite_guest(rights(world.mari), world.thread.id, guest.id)
    post_id = services.write_post(rights(guest), world.thread.id, TEXT).post_id
    services.withdraw_guest(rights(world.mari), world.thread.id, guest.id)
    browser(guest).get(f"/trader/{world.thread.id}", 403)
    services.delete_post(rights(guest), post_id)


def test_the_log_shows_a_guest_only_what_happened_where_she_is_invited(
    world: World, browser: Browsers
) -> None:
    guest = world.guest()
    hidden = a_thread(world.forum, world.mari, title="En lukket tråd")
    services.lock_thread(rights(world.mari), hidden.id, Ground.SPAM)
    services.lock_thread(rights(world.mari), world.thread.id, Ground.SPAM)
    services.invite_guest(rights(world.mari), world.thread.id, guest.id)
    log = browser(guest).get(f"/omrader/{world.area.code}/logg").text
    assert world.thread.title in log
    assert hidden.title not in log


@pytest.mark.parametrize(
    ("membership_class", "status"),
    [
        (MembershipClass.SYMPATHISER, Status.ACTIVE),
        (MembershipClass.FULL_MEMBER, Status.SUSPENDED),
    ],
)
def test_the_suspended_read_where_they_are_invited_as_guests_do(
    world: World, browser: Browsers, membership_class: MembershipClass, status: Status
) -> None:
    member = world.member(membership_class=membership_class, status=status)
    browser(member).get(f"/trader/{world.thread.id}", 403)
    services.invite_guest(rights(world.mari), world.thread.id, member.id)
    browser(member).get(f"/trader/{world.thread.id}")


@pytest.mark.parametrize("status", [Status.RESIGNED, Status.EXPELLED, Status.DECEASED])
def test_whoever_has_left_reads_nothing(world: World, browser: Browsers, status: Status) -> None:
    member = world.member(status=status)
    for address in addresses(world):
        browser(member).get(address, 302)


# Inviting


def test_a_keeper_finds_guests_by_name_or_number_and_invites_them(world: World, browser: Browsers) -> None:
    siri, world_member = world.guest("Siri Gran"), world.member("Siri Medlem")
    mari = browser(world.mari)
    page = mari.get(f"/trader/{world.thread.id}/gjester?navn=siri")
    assert "Siri Gran" in page.text
    assert "Siri Medlem" not in page.text
    assert "Siri Gran" in mari.get(f"/trader/{world.thread.id}/gjester?navn={siri.member_no}").text
    assert "Ingen sympatisører" in mari.get(f"/trader/{world.thread.id}/gjester?navn=%25").text
    world.guest("Åse Øen")
    assert "Åse Øen" in mari.get(f"/trader/{world.thread.id}/gjester?navn=åse øen").text
    mari.post(f"/trader/{world.thread.id}/gjester", member=str(siri.id))
    assert "Siri Gran kan nå lese og skrive i tråden." in mari.get(f"/trader/{world.thread.id}/gjester").text
    mari.post(f"/trader/{world.thread.id}/gjester", member=str(siri.id))
    assert len(db.session.scalars(select(ThreadGuest)).all()) == 1
    for nobody in ("999", "x", "", "9" * 20):
        mari.post(f"/trader/{world.thread.id}/gjester", 404, member=nobody)
    mari.post(f"/trader/{world.thread.id}/gjester", 409, member=str(world_member.id))
    with pytest.raises(RuleBroken, match="guest_not_needed"):
        services.invite_guest(rights(world.mari), world.thread.id, world_member.id)
    mari.post(f"/trader/{world.thread.id}/gjester/fjern", member=str(siri.id))
    assert db.session.scalars(select(ThreadGuest)).all() == []
    acts = db.session.scalars(select(audit.AuditEntry.act).order_by(audit.AuditEntry.seq)).all()
    assert acts == ["guest_invited", "guest_withdrawn"]


def test_nobody_else_invites(world: World, browser: Browsers) -> None:
    guest = world.guest()
    supporter = world.member(membership_class=MembershipClass.AFFILIATED_SUPPORTER)
    for member in (world.member(), guest, supporter):
        browser(member).get(f"/trader/{world.thread.id}/gjester", 403)
        browser(member).post(f"/trader/{world.thread.id}/gjester", 403, member=str(guest.id))
        browser(member).post(f"/trader/{world.thread.id}/gjester/fjern", 403, member=str(guest.id))
