"""The live debate: signed in to connect, allowed to read to follow, numbers alone, and out with the right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from builders import a_thread, later, sign_in
from debate import Browser, World, rights
from flask import Flask
from flask.testing import FlaskClient
from queries import counted
from sqlalchemy import select

from forums import services
from forums.models import Ground, Post
from foundation import clock
from foundation.errors import RuleBroken
from foundation.extensions import db, socketio
from foundation.transaction import transaction
from members import hooks as register
from members.models import Member, MemberSession, Standing
from members.rules.classes import MembershipClass, Status
from members.services import end_session

Browsers = Callable[..., Browser]
TEXT = "Skolen ved fjorden bør bestå så lenge det bor barn i bygda."


class Listener:
    """A browser's socket."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        # As under a server, each event works out anew who is there: no context of the test is around it.
        self.app = app
        with app.app_context():
            self.socket = socketio.test_client(app, flask_test_client=client)

    @property
    def is_connected(self) -> bool:
        return bool(self.socket.is_connected())

    def follow(self, thread: object, since: object = None) -> Any:
        with self.app.app_context():
            return self.socket.emit("follow", {"thread": thread, "since": since}, callback=True)

    def here(self) -> Any:
        with self.app.app_context():
            return self.socket.emit("here", {}, callback=True)

    def heard(self, event: str | None = None) -> list[dict[str, Any]]:
        return [
            message["args"][0]
            for message in self.socket.get_received()
            if event is None or message["name"] == event
        ]


Listening = Callable[[Member | None], Listener]


@pytest.fixture
def listening(app: Flask) -> Iterator[Listening]:
    opened: list[Listener] = []

    def listen(member: Member | None = None) -> Listener:
        client = app.test_client()
        opened.append(Listener(app, sign_in(client, member) if member else client))
        return opened[-1]

    yield listen
    for listener in opened:
        if listener.is_connected:
            listener.socket.disconnect()


def test_nobody_connects_without_being_signed_in(world: World, listening: Listening) -> None:
    assert not listening(None).is_connected
    assert listening(world.member()).is_connected


def test_readers_hear_of_a_post_by_its_number_after_it_has_been_stored(
    world: World, listening: Listening, browser: Browsers
) -> None:
    reader = listening(world.member())
    assert reader.follow(world.thread.id) == {
        "thread": world.thread.id,
        "last": world.thread.last_post_id,
        "count": 1,
        "change": 0,
    }
    post_id = browser(world.member("Ane Vik")).write(world.thread.id, TEXT).posts()[-1]
    assert reader.heard() == [
        {"thread": world.thread.id, "posts": [post_id], "last": post_id, "count": 2, "change": 1}
    ]


def writes_and_fails(world: World) -> None:
    """A post is written in a transaction that then cannot be committed."""
    with transaction():
        services.write_post(rights(world.member()), world.thread.id, TEXT)
        raise ZeroDivisionError


def test_nothing_is_heard_of_a_post_that_was_not_stored(world: World, listening: Listening) -> None:
    reader = listening(world.member())
    reader.follow(world.thread.id)
    with pytest.raises(RuleBroken):
        services.write_post(rights(world.member()), world.thread.id, "")
    with pytest.raises(ZeroDivisionError):
        writes_and_fails(world)
    assert reader.heard() == []


def test_changes_deletions_and_moderation_are_heard_as_changes(world: World, listening: Listening) -> None:
    ane = rights(world.member())
    post_id = services.write_post(ane, world.thread.id, TEXT).post_id
    reader = listening(world.member())
    reader.follow(world.thread.id)
    services.edit_post(ane, post_id, TEXT + " Og mer.", version=1)
    services.hide_post(rights(world.mari), post_id, Ground.SPAM)
    services.restore_post(rights(world.mari), post_id)
    services.delete_post(ane, post_id)
    assert reader.heard("changed") == [
        {"thread": world.thread.id, "post": post_id, "change": change} for change in (2, 3, 4, 5)
    ]


def test_one_hears_only_of_the_thread_one_follows(world: World, listening: Listening) -> None:
    other = a_thread(world.forum, world.mari)
    reader = listening(world.member())
    services.write_post(rights(world.member()), world.thread.id, TEXT)
    assert reader.heard() == [], "nothing before following"
    reader.follow(world.thread.id)
    reader.follow(other.id)
    services.write_post(rights(world.member()), world.thread.id, "Et innlegg i tråden hun har forlatt")
    assert reader.heard() == []
    services.write_post(rights(world.member()), other.id, "Et innlegg i tråden hun følger")
    assert [message["thread"] for message in reader.heard()] == [other.id]


@pytest.mark.parametrize(
    "thread", [None, "1", 1.5, True, -1, 0, 999_999, 2**31, 10**30, [], {}, "'; DROP TABLE post"]
)
def test_what_is_no_thread_is_refused(world: World, listening: Listening, thread: object) -> None:
    reader = listening(world.member())
    assert reader.follow(thread) == {"refused": "not_found"}
    assert [message["name"] for message in reader.socket.get_received()] == ["refused"]


@pytest.mark.parametrize("sent", [None, "1", 7, [], [1]])
def test_what_is_no_message_is_refused(world: World, listening: Listening, app: Flask, sent: object) -> None:
    reader = listening(world.member())
    with app.app_context():
        assert reader.socket.emit("follow", sent, callback=True) == {"refused": "not_found"}


def test_a_guest_follows_the_thread_she_is_invited_to_and_no_other(
    world: World, listening: Listening
) -> None:
    guest = world.guest()
    other = a_thread(world.forum, world.mari)
    services.invite_guest(rights(world.mari), world.thread.id, guest.id)
    reader = listening(guest)
    assert "refused" not in reader.follow(world.thread.id)
    assert reader.follow(other.id) == {"refused": "not_invited"}
    assert reader.heard("refused") == [{"thread": other.id}]
    services.write_post(rights(world.member()), other.id, TEXT)
    assert reader.heard() == []


def test_nobody_writes_over_the_socket(world: World, listening: Listening, app: Flask) -> None:
    writer = listening(world.member())
    for event in ("posts", "post", "message", "json", "write", "changed"):
        with app.app_context():
            writer.socket.emit(event, {"thread": world.thread.id, "body": TEXT})
    db.session.rollback()
    assert len(db.session.scalars(select(Post)).all()) == 1


def test_a_guest_whose_invitation_is_withdrawn_loses_the_room(world: World, listening: Listening) -> None:
    guest = world.guest()
    services.invite_guest(rights(world.mari), world.thread.id, guest.id)
    reader, other = listening(guest), listening(world.member())
    reader.follow(world.thread.id)
    other.follow(world.thread.id)
    services.withdraw_guest(rights(world.mari), world.thread.id, guest.id)
    services.write_post(rights(world.member()), world.thread.id, TEXT)
    assert [message["name"] for message in reader.socket.get_received()] == ["refused"]
    assert len(other.heard("posts")) == 1
    assert reader.is_connected
    assert reader.follow(world.thread.id) == {"refused": "not_invited"}


@contextmanager
def register_says(member: Member, **facts: Any) -> Iterator[None]:
    """The register has something new to say of a member, from the block on."""
    with clock.stopped_at(later(seconds=1), all_threads=True):
        with transaction() as session:
            before = session.scalars(
                select(Standing).where(Standing.member_id == member.id).order_by(Standing.id.desc())
            ).first()
            assert before is not None
            said = {
                "unit_id": before.unit_id,
                "membership_class": before.membership_class,
                "status": before.status,
                "joined_at": before.joined_at,
            } | facts
            session.add(Standing(member_id=member.id, recorded_at=clock.now(), **said))
            register.rights_changed([member.id])
        yield


def test_whoever_leaves_the_organisation_is_disconnected(world: World, listening: Listening) -> None:
    ane = world.member()
    reader = listening(ane)
    reader.follow(world.thread.id)
    with register_says(ane, status=Status.RESIGNED):
        assert not reader.is_connected


def test_whoever_is_suspended_loses_the_threads_but_not_those_she_is_invited_to(
    world: World, listening: Listening
) -> None:
    ane = world.member()
    reader = listening(ane)
    reader.follow(world.thread.id)
    with register_says(ane, status=Status.SUSPENDED):
        assert reader.heard("refused") == [{"thread": world.thread.id}]
        assert reader.follow(world.thread.id) == {"refused": "not_invited"}
        services.invite_guest(rights(world.mari), world.thread.id, ane.id)
        assert "refused" not in reader.follow(world.thread.id)


def test_a_change_that_takes_nothing_leaves_the_room_open(world: World, listening: Listening) -> None:
    ane = world.member()
    reader = listening(ane)
    reader.follow(world.thread.id)
    with register_says(ane, membership_class=MembershipClass.AFFILIATED_SUPPORTER):
        services.write_post(rights(world.member()), world.thread.id, TEXT)
        assert [list(message) for message in reader.heard()] == [
            ["thread", "posts", "last", "count", "change"]
        ]


def test_a_session_that_is_ended_closes_its_socket_and_no_other(world: World, listening: Listening) -> None:
    ane = world.member()
    here, there = listening(ane), listening(ane)
    first = db.session.scalars(
        select(MemberSession.id).where(MemberSession.member_id == ane.id).order_by(MemberSession.id)
    ).first()
    assert first is not None
    assert end_session(ane.id, first)
    assert not here.is_connected
    assert there.is_connected


def test_a_socket_whose_session_has_ended_follows_nothing_more(world: World, listening: Listening) -> None:
    ane = world.member()
    reader = listening(ane)
    with transaction() as session:
        session.scalars(
            select(MemberSession).where(MemberSession.member_id == ane.id)
        ).one().ended_at = clock.now()
    assert reader.follow(world.thread.id) == {"refused": "signed_out"}


def test_the_pieces_of_a_page_ask_for_the_right_to_read(world: World, browser: Browsers) -> None:
    guest = world.guest()
    browser(guest).get(f"/trader/{world.thread.id}/nye?etter=0", 403)
    assert "/logg-inn" in browser().get(f"/trader/{world.thread.id}/nye?etter=0", 302).location


def test_the_page_tells_the_script_where_to_listen(world: World, browser: Browsers) -> None:
    page = browser(world.member()).get(f"/trader/{world.thread.id}")
    (thread,) = page.find("div", data_thread=str(world.thread.id))
    assert thread.get("data-last-post") == str(world.thread.last_post_id)
    assert thread.get("data-new-url") == f"/trader/{world.thread.id}/nye"
    assert thread.get("data-last-page-url") is None


def test_after_a_lost_connection_each_missed_post_and_change_comes_exactly_once(
    world: World, listening: Listening
) -> None:
    ane, bo = rights(world.member()), rights(world.member())
    first = services.write_post(ane, world.thread.id, TEXT).post_id
    known = listening(world.member()).follow(world.thread.id)["change"]
    # The line is down while one post is edited twice, two come, and one of those is hidden.
    services.edit_post(ane, first, TEXT + " Og mer.", version=1)
    services.edit_post(ane, first, TEXT + " Og enda mer.", version=2)
    second = services.write_post(bo, world.thread.id, "Jeg er enig i at skolen bør bestå.").post_id
    third = services.write_post(bo, world.thread.id, "Kjøp billige klokker hos meg.").post_id
    services.hide_post(rights(world.mari), third, Ground.SPAM)
    reader = listening(world.member())
    answer = reader.follow(world.thread.id, since=known)
    assert (answer["missed"], answer["more"]) == ([first, second, third], False)
    assert "missed" not in reader.follow(world.thread.id, since=answer["change"])
    services.write_post(ane, world.thread.id, "Da svarer jeg her, og det kommer av seg selv.")
    assert [message["change"] for message in reader.heard("posts")] == [answer["change"] + 1]


@pytest.mark.parametrize("since", [-1, "0", None, True, 1.5, 2**31, [], 10**30])
def test_what_is_no_change_is_not_asked_for(world: World, listening: Listening, since: object) -> None:
    services.write_post(rights(world.member()), world.thread.id, TEXT)
    answer = listening(world.member()).follow(world.thread.id, since=since)
    assert "refused" not in answer
    assert "missed" not in answer


def test_readers_are_told_of_as_a_number_and_not_below_three(world: World, listening: Listening) -> None:
    people = [world.member() for _ in range(3)]
    tabs = [listening(people[0]), *[listening(person) for person in people]]
    for tab in tabs:
        assert tab.here() == {"readers": 0}, "nobody is counted who follows nothing"
        tab.follow(world.thread.id)
    assert [tab.here()["readers"] for tab in tabs] == [0, 0, 0, 3]
    with clock.stopped_at(later(seconds=99), all_threads=True):
        assert tabs[0].here() == {"readers": 3}
    with clock.stopped_at(later(seconds=101), all_threads=True):
        assert tabs[0].here() == {"readers": 0}


def test_twelve_readers_of_a_changed_post_cost_its_query_once(
    world: World, browser: Browsers, app: Flask
) -> None:
    ane = rights(world.member())
    post_id = services.write_post(ane, world.thread.id, TEXT).post_id
    services.edit_post(ane, post_id, TEXT + " Og mer.", version=1)
    readers = [browser(world.member()) for _ in range(12)]
    address = f"/trader/{world.thread.id}/endret?innlegg={post_id}"
    with counted() as statements:
        pages = [reader.get(address) for reader in readers]
    assert all("Og mer." in page.text for page in pages)
    assert all("Siter" not in page.text and "Si fra" not in page.text for page in pages)
    posts = [statement for statement in statements if "post.body" in statement]
    assert len(posts) == 1


def test_what_is_hidden_is_shared_with_nobody_but_its_author_and_the_moderators(
    world: World, browser: Browsers
) -> None:
    author = world.member()
    post_id = services.write_post(rights(author), world.thread.id, TEXT).post_id
    services.hide_post(rights(world.mari), post_id, Ground.SPAM)
    address = f"/trader/{world.thread.id}/endret?innlegg={post_id}"
    for _ in range(2):
        assert TEXT not in browser(world.member()).get(address).text
        assert TEXT in browser(author).get(address).text
        assert TEXT in browser(world.mari).get(address).text
    services.restore_post(rights(world.mari), post_id)
    assert TEXT in browser(world.member()).get(address).text


@pytest.mark.parametrize("asked", ["", "x", "1,,x", "99999999999999999999", "-1", "0"])
def test_posts_that_are_none_give_an_empty_piece(world: World, browser: Browsers, asked: str) -> None:
    page = browser(world.member()).get(f"/trader/{world.thread.id}/endret?innlegg={asked}")
    assert "data-post" not in page.text


def test_a_piece_of_another_thread_is_not_given(world: World, browser: Browsers) -> None:
    other = a_thread(world.forum, world.mari)
    post_id = services.write_post(rights(world.member()), other.id, TEXT).post_id
    page = browser(world.member()).get(f"/trader/{world.thread.id}/endret?innlegg={post_id}")
    assert TEXT not in page.text
