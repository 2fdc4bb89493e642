"""The world of the voters' tests, and a pace that starts anew for each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from voter_world import World, a_world

from ballot.views import voters


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """Fjordvik with twelve voters besides board and control committee."""
    voters.RECENT.reset()
    yield a_world(app)
    voters.RECENT.reset()
