"""What the acts about people add: their pages, and rolls reduced to counts when their time has come."""

from __future__ import annotations

from flask import Blueprint, Flask

from ballot.people import retention, views
from foundation import jobs


def init_app(_app: Flask, bp: Blueprint) -> None:
    """Register the pages and what the timer does."""
    views.hang(bp)
    jobs.when_due(retention.reduce_all)
