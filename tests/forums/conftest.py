"""The debate's little world: a municipal party, its area, who keeps it, and browsers signed in there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from builders import a_case, a_forum, a_member, a_thread, a_unit, an_area, an_office, sign_in
from debate import Browser, World
from flask import Flask

from forums import hooks
from foundation.extensions import limiter
from members.models import Member
from members.rules.permissions import OfficeKind


@pytest.fixture
def world(app: Flask, at: None) -> World:
    unit = a_unit()
    area = an_area(unit)
    forum = a_forum(unit, area)
    mari, jonas = a_member(unit, "Mari Lie"), a_member(unit, "Jonas Dahl")
    an_office(mari, OfficeKind.ELECTED_REPRESENTATIVE, unit, area=area)
    an_office(jonas, OfficeKind.ELECTED_REPRESENTATIVE, unit, area=area, deputy=True)
    case = a_case(forum, mari)
    return World(unit, area, forum, mari, jonas, case, a_thread(forum, mari, case=case))


@pytest.fixture
def browser(app: Flask) -> Callable[[Member | None], Browser]:
    """A browser signed in as a member."""

    def open_browser(member: Member | None = None) -> Browser:
        client = app.test_client()
        return Browser(sign_in(client, member) if member else client)

    return open_browser


@pytest.fixture(autouse=True)
def _nothing_carried_over(app: Flask) -> Iterator[None]:
    """Rate limits start anew, and what a test hears from the hooks stays in it."""
    limiter.reset()
    every = (hooks.before_credit_loss, hooks.credit_stored, hooks.case_locked)
    before = [list(hook.listeners) for hook in every]
    for hook in every:
        hook.listeners.clear()
    yield
    for hook, listeners in zip(every, before, strict=True):
        hook.listeners[:] = listeners
