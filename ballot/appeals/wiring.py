"""What appeals add: their pages on the ballots' blueprint, what is due, and a look at each count."""

from __future__ import annotations

from flask import Blueprint, Flask

from ballot.appeals import departures, late, services, views
from ballot.services import lifecycle
from forums import hooks as debate
from foundation import jobs
from members.hooks import on_rights_changed


def init_app(app: Flask, bp: Blueprint) -> None:
    """Register the pages and what the life of a ballot asks of appeals."""
    if services.reverse_due not in lifecycle.when_appeals_due:
        lifecycle.when_appeals_due.append(services.reverse_due)
        lifecycle.when_counted.append(services.look_at_outcome)
    debate.late_credit.register(late.late_credit)
    on_rights_changed(departures.take_off)
    jobs.when_due(services.close_moot)
    views.register(app, bp)
