"""The demonstration: an invented party at work, made by the services that serve real ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from databases import empty
from flask import Flask
from sqlalchemy import func, select

from ballot.models import Ballot
from ballot.rules.lifecycle import State
from forums.models import Credit, Post, Thread
from foundation import audit, outbox
from foundation.extensions import db
from members.access import rights_of
from members.models import Member, PolicyArea, Unit
from webapp.demo import content, seed

pytestmark = pytest.mark.xdist_group("demonstration")


@pytest.fixture(scope="module")
def planted(the_app: Flask) -> Iterator[Flask]:
    """The demonstration, planted once; these tests only look at it."""
    with the_app.app_context():
        seed.plant()
        yield the_app
        db.session.remove()
        empty(the_app)


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_county_party_is_at_work(planted: Flask) -> None:
    """Numbers of the House issue: 5 units, 240 members, 8 areas, some 25 threads with 150 posts."""
    assert (count(Unit), count(Member), count(PolicyArea)) == (5, 240, 8)
    assert count(Thread) >= 25
    assert count(Post) >= 150
    assert count(Credit) > 100
    states = Counter(db.session.scalars(select(Ballot.state)))
    assert set(states) == set(State), f"no ballot is {set(State) - set(states)}"
    assert list(audit.broken_links()) == []
    assert outbox.state() == (0, 0), "nobody invented gets a mail"


def test_every_persona_can_be_signed_in(planted: Flask) -> None:
    people = {person["key"]: person["name"] for person in content.read("people")["people"]}
    for persona in content.read("personas")["personas"]:
        member = db.session.scalars(select(Member).where(Member.name == people[persona["person"]])).one()
        assert rights_of(member) is not None


def test_no_two_posts_say_the_same(planted: Flask) -> None:
    bodies = Counter(db.session.scalars(select(Post.body)))
    assert [body for body, times in bodies.items() if times > 1] == []
