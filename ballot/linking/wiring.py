"""What the requests for threads add to the application."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_babel import lazy_gettext as _l

from ballot.linking import services, views
from forums import hooks
from foundation import jobs, phrases


def init_app(app: Flask, bp: Blueprint) -> None:
    """Register the pages, the hook of the debate, the reminders and the sentences."""
    phrases.add(SENTENCES)
    views.hang(bp)
    views.init_app(app)
    hooks.before_thread_linked.register(services.before_thread_linked)
    jobs.when_due(services.remind)


SENTENCES = {
    "link_by_board": _l(
        "Avstemningen «%(question)s» er kunngjort med krav om deltakelse. "
        "Da må to i styret legge til tråden, med en grunn alle kan lese."
    ),
    "link_not_open": _l("Tråden kan ikke knyttes til saken nå."),
    "link_asked": _l("Du har alt bedt om at tråden knyttes til saken."),
    "link_answered": _l("Ønsket er alt besvart."),
}
