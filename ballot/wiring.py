"""What the ballot package adds to the application, and what it asks of the packages below."""

from __future__ import annotations

from flask import Flask

from ballot import access, hooks, method_words, phrases, sentences, services, views
from ballot.appeals import wiring as appeals
from ballot.linking import wiring as linking
from ballot.people import wiring as people
from ballot.reminders import wiring as reminders
from ballot.secrecy import rewriting
from ballot.services import turnout
from foundation import jobs
from members.access import adds_roles


def init_app(app: Flask) -> None:
    """Register pages, the tellers' roles, the hooks of the debate and what the timer does."""
    phrases.register()
    method_words.register()
    sentences.register()
    adds_roles(access.teller_roles)
    hooks.register()
    jobs.when_due(services.advance_all)
    jobs.when_due(turnout.publish)
    jobs.when_due(rewriting.rewrite_all)
    reminders.init_app(app)
    appeals.init_app(app, views.bp)
    people.init_app(app)
    linking.init_app(app, views.bp)
    app.register_blueprint(views.bp)
