"""The board's world: the same Fjordvik as in the acceptance scenarios, smaller."""

from __future__ import annotations

import pytest
from board_world import Board, a_board
from flask import Flask

from foundation.extensions import limiter


@pytest.fixture
def world(app: Flask, at: None) -> Board:
    """A board of two, and forty members, on the morning of Monday 2 March."""
    limiter.reset()
    return a_board(app)
