"""The hooks that the notices listen to, as in the running house, whatever other tests have done with them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from debate import World

from forums import hooks
from forums.notices.services import telling


@pytest.fixture(autouse=True)
def _told(world: World) -> Iterator[None]:
    heard = (
        (hooks.post_stored, telling.post_stored),
        (hooks.member_mentioned, telling.member_mentioned),
        (hooks.post_taken_along, telling.post_taken_along),
    )
    before = [(hook, list(hook.listeners)) for hook, _ in heard]
    for hook, listener in heard:
        hook.register(listener)
    yield
    for hook, listeners in before:
        hook.listeners[:] = listeners
