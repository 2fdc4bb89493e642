"""Every endpoint, asked by everybody: nobody gets past a door that is not hers, and no question breaks the house."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from builders import a_member, sign_in
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from ballot.models import Ballot
from ballot.rules.lifecycle import State
from forums.meetings.models import Meeting
from forums.models import Case, Post, Thread
from forums.statements.models import Statement
from foundation import doors
from foundation.extensions import db
from members.access import rights_of
from members.models import Member, MemberSession, Office, PolicyArea, Term, Unit
from members.rules.classes import MembershipClass, Status
from members.rules.permissions import Permission
from webapp.demo import content, seed

# Leaves the sweeper outside.
NOT_SWEPT = {"static", "members.sign_out", "demo.sign_in"}
BALLOT_STATES = (State.DRAFT, State.SUBMITTED, State.NOTIFIED, State.OPEN, State.CLOSED, State.CERTIFIED)


@pytest.fixture(scope="module")
def world(the_app: Flask) -> Iterator[Flask]:
    """The demonstration, planted once for all questions."""
    from databases import empty

    the_app.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    with the_app.app_context():
        seed.plant()
        yield the_app
        db.session.remove()
        empty(the_app)
    the_app.config.update(WTF_CSRF_ENABLED=True, RATELIMIT_ENABLED=True)


def people() -> dict[str, Member]:
    """One of each: the personas, a guest, a suspended member, one who has left, and a board member of another unit."""
    named = {person["key"]: person["name"] for person in content.read("people")["people"]}
    found = {
        persona["key"]: db.session.scalars(
            select(Member).where(Member.name == named[persona["person"]])
        ).one()
        for persona in content.read("personas")["personas"]
    }
    found["board_elsewhere"] = db.session.scalars(select(Member).where(Member.name == named["oddny"])).one()
    unit = db.session.scalars(select(Unit).where(Unit.code == "FV")).one()
    found["guest"] = a_member(unit, membership_class=MembershipClass.SYMPATHISER)
    found["suspended"] = a_member(unit, status=Status.SUSPENDED)
    found["left"] = a_member(unit, status=Status.RESIGNED)
    return found


def addresses(app: Flask, rule: Rule, method: str) -> Iterator[str]:
    """Paths of the rule with ids that exist; those of ballots once for each of several states."""
    ids: dict[str, object] = {
        "case_id": db.session.scalar(select(Case.id).limit(1)),
        "thread_id": db.session.scalar(select(Thread.id).limit(1)),
        "post_id": db.session.scalar(select(Post.id).limit(1)),
        "area_id": db.session.scalar(select(PolicyArea.id).limit(1)),
        "code": db.session.scalar(select(PolicyArea.code).limit(1)),
        "member_id": db.session.scalar(select(Member.id).limit(1)),
        "office_id": db.session.scalar(select(Office.id).limit(1)),
        "term_id": db.session.scalar(select(Term.id).limit(1)),
        "meeting_id": db.session.scalar(select(Meeting.id).limit(1)),
        "statement_id": db.session.scalar(select(Statement.id).limit(1)),
        "session_id": db.session.scalar(select(MemberSession.id).limit(1)) or 1,
    }
    ballots: list[object] = [None]
    if "ballot_id" in rule.arguments:
        found = (db.session.scalar(select(Ballot.id).where(Ballot.state == state)) for state in BALLOT_STATES)
        ballots = [ballot_id for ballot_id in found if ballot_id is not None]
    for ballot_id in ballots:
        values = {}
        for name, converter in rule._converters.items():
            fallback: object = 1 if isinstance(converter, IntegerConverter) else "x"
            if isinstance(converter, AnyConverter):
                fallback = min(converter.items)
            values[name] = ballot_id if name == "ballot_id" else ids.get(name, fallback)
        yield app.url_map.bind("127.0.0.1").build(rule.endpoint, values, method=method)


def _hers(paths: list[str], turn: int) -> list[str]:
    """The first path and another: everybody asks the same, and together they ask for every state."""
    others = paths[1:]
    return paths[:1] + ([others[turn % len(others)]] if others else [])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_gets_past_a_door_that_is_not_hers_and_nothing_breaks(world: Flask, method: str) -> None:
    wrong = []
    asked = [
        (rule, [*addresses(world, rule, method)])
        for rule in sorted(world.url_map.iter_rules(), key=lambda rule: rule.rule)
        if rule.endpoint not in NOT_SWEPT and method in (rule.methods or set())
    ]
    for turn, (who, member) in enumerate(people().items()):
        rights = rights_of(member)
        for rule, paths in asked:
            door = world.view_functions[rule.endpoint].open_to  # type: ignore[attr-defined]  # the door's mark
            inside = door == doors.ANYONE or (
                rights is not None
                and who != "left"
                and (door == doors.SIGNED_IN or rights.has_some(Permission(door)))
            )
            # A door that is closed to her is closed before the ballot is looked at: its states are for those inside.
            client = sign_in(world.test_client(), member)
            for path in _hers(paths, turn) if inside else paths[:1]:
                status = client.open(path, method=method).status_code
                if status >= 500 and rule.endpoint != "pages.readyz":  # it says what is not ready
                    wrong.append(f"{method} {path} breaks for {who}: {status}")
                elif not inside and status not in (302, 403):
                    wrong.append(f"{method} {path} lets {who} in: {status}")
    assert wrong == []
