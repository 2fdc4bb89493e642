"""The sentences of the notices, and what people call the levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from forums.notices.rules import Level, NoticeKind

LEVELS: dict[Level, LazyString] = {
    Level.NOTHING: _l("Ingenting"),
    Level.BALLOTS: _l("Bare avstemninger"),
    Level.WEEKLY: _l("Avstemninger og en oppsummering hver uke"),
    Level.ALL: _l("Alt, samlet i høyst én e-post om dagen"),
}

NOTICES: dict[NoticeKind, LazyString] = {
    NoticeKind.ADDRESS_BOUNCED: _l(
        "E-post til %(address)s kommer i retur. Si fra til styret om hva som er riktig adresse."
    ),
    NoticeKind.BALLOT: _l("Du er invitert til avstemningen «%(title)s»."),
    NoticeKind.BALLOT_ANSWERED: _l("«%(title)s»: Nå står det hva som skjedde videre."),
    NoticeKind.BALLOT_ENDED: _l(
        "Avstemningen «%(title)s» er avsluttet uten resultat. Grunnen står på siden."
    ),
    NoticeKind.BALLOT_OUTCOME: _l("Dette ble det av saken du var med på: «%(title)s»."),
    NoticeKind.BALLOT_RESULT: _l("Resultatet av avstemningen «%(title)s» er klart."),
    NoticeKind.BALLOT_RULE_CHANGED: _l("Vilkårene for avstemningen «%(title)s» er endret."),
    NoticeKind.CONTACTED: _l("%(who)s har tatt kontakt med deg."),
    NoticeKind.MENTION: _l("%(who)s nevner deg i «%(title)s»."),
    NoticeKind.REPLY: _l("%(who)s har svart deg i «%(title)s»."),
    NoticeKind.TAKEN_ALONG: _l("Den folkevalgte har tatt med seg innlegget ditt i «%(title)s»."),
}


def notice(kind: NoticeKind | str, facts: Mapping[str, Any]) -> str:
    """A notice as a sentence."""
    return str(NOTICES[NoticeKind(kind)]) % facts


def level(value: Level | str) -> str:
    """A level as people read it."""
    return str(LEVELS[Level(value)])
