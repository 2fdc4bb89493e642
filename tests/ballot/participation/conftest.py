"""The world of the acceptance scenarios."""

from __future__ import annotations

import pytest
from flask import Flask
from scenario_world import World, a_world

from ballot.views import voters
from foundation.extensions import limiter


@pytest.fixture
def world(app: Flask, at: None) -> World:
    """Fjordvik on the morning of the notice."""
    limiter.reset()
    voters.PACE.storage.reset()
    return a_world(app)
