"""The letters that time brings about, each to whom it concerns, written a part at a time.

Who has not voted, and who has not taken part, is known to the system alone (PARTICIPATION section 12): a letter
that tells it leaves no row behind, and how far the letters have come is kept in places of the roll or in numbers
of the register that say nothing about who got one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import structlog
from flask_babel import force_locale

from ballot import facts, phrases
from ballot import queries as ballots
from ballot.models import Ballot
from ballot.reminders import queries
from ballot.reminders.models import Occasion, ReminderRun
from ballot.reminders.queries import CLOSES_BEFORE
from ballot.rules.eligibility import entitled
from ballot.rules.lifecycle import State
from ballot.rules.participation import Setting, appeals_until
from ballot.services import letters, lifecycle, roll
from forums.notices.deadlines import Deadline
from foundation.errors import Reason
from foundation.links import link
from foundation.phrases import sentence
from foundation.transaction import transaction

log = structlog.get_logger()

PART = 500
_INSTANT = timedelta(microseconds=1)


def remind_all(at: datetime) -> int:
    """Write what is due in any ballot; answers how many letters. What the timer does."""
    written = 0
    for ballot_id, occasion in queries.due(at):
        try:
            written += _tell(ballot_id, occasion, at)
        except Exception:
            # One ballot's trouble must not keep the others' members from hearing of theirs.
            log.exception("reminder_failed", ballot=ballot_id, occasion=occasion.value)
    return written


def _tell(ballot_id: int, occasion: Occasion, at: datetime) -> int:
    ballot = ballots.whole_ballot(ballot_id)
    if ballot is None:
        return 0
    reasons: dict[int, Reason] = {}
    if _is_wanted(ballot, occasion):
        # Places on the roll are drawn by lot; numbers of the register are everybody's.
        if occasion is Occasion.CLOSES_SOON:
            last = queries.last_line(ballot_id)
        else:
            reasons = _left_out(ballot, at)
            last = max(reasons, default=0)
    else:
        last = 0
    written = 0
    while (part := _part(ballot_id, occasion, at, last, reasons)) is not None:
        written += part
    return written


def _part(
    ballot_id: int, occasion: Occasion, at: datetime, last: int, reasons: Mapping[int, Reason]
) -> int | None:
    """Write the letters of the next part, and how far they have come, in one transaction; None when all is done."""
    with transaction() as session:
        ballot = lifecycle.lock(ballot_id)
        run = session.get(ReminderRun, (ballot_id, occasion))
        if run is not None and run.done_at is not None:
            return None
        if not queries.still_due(ballot_id, occasion, at):
            return None
        if run is None:
            run = ReminderRun(
                ballot_id=ballot_id, occasion=occasion, about_at=deadline(ballot, occasion), upto=0
            )
            session.add(run)
        after = run.upto
        if after >= last:
            run.upto, run.done_at = 0, at
            return 0
        run.upto = after + PART
        run.about_at = deadline(ballot, occasion)
        if occasion is Occasion.CLOSES_SOON:
            members = queries.not_voted(ballot_id, after, run.upto)
            return _write_closing(ballot, letters.who_want(ballot, members), run.about_at)
        members = [member_id for member_id in reasons if after < member_id <= run.upto]
        if occasion is Occasion.NOT_ON_ROLL:
            still = queries.left_out(ballot_id, members)
            members = [member_id for member_id in members if member_id in still]
        return _write_taking_part(ballot, occasion, members, run.about_at, reasons)


def _write_closing(ballot: Ballot, member_ids: Collection[int], closes_at: datetime) -> int:
    return letters.write_fleeting(
        ballot,
        "closes_soon",
        [(member_id, address, locale, {}) for member_id, address, locale in queries.addresses(member_ids)],
        not_after=closes_at,
        closes_at=closes_at,
    )


def _write_taking_part(
    ballot: Ballot,
    occasion: Occasion,
    member_ids: Collection[int],
    before: datetime,
    reasons: Mapping[int, Reason],
) -> int:
    said: dict[tuple[str, int], str] = {}

    def why(member_id: int, locale: str) -> str:
        reason = reasons[member_id]
        if (locale, id(reason)) not in said:
            with force_locale(locale):
                said[locale, id(reason)] = sentence(reason)
        return said[locale, id(reason)]

    receivers = [
        (member_id, address, locale, {"why": why(member_id, locale)})
        for member_id, address, locale in queries.addresses(member_ids)
    ]
    return letters.write_fleeting(
        ballot,
        occasion.value,
        receivers,
        not_after=before,
        before=before,
        minimum=ballot.minimum_contributions,
    )


def _is_wanted(ballot: Ballot, occasion: Occasion) -> bool:
    if occasion is Occasion.CLOSES_SOON:
        # A ballot of a day or less is reminder enough by its notice.
        return ballot.opens_at is not None and deadline(ballot, occasion) - CLOSES_BEFORE > ballot.opens_at
    if occasion is Occasion.NOT_ON_ROLL and queries.has_lapsed(ballot.id):
        return False
    return facts.setting_of(ballot) is Setting.REQUIRED


def deadline(ballot: Ballot, occasion: Occasion) -> datetime:
    """The moment that a letter tells, and from which on it is not sent any more."""
    if occasion is Occasion.TAKE_PART:
        return facts.window_of(ballot).freezes_at
    if ballot.closes_at is None:
        raise ValueError("a ballot with a notice has all its times")
    return ballot.closes_at if occasion is Occasion.CLOSES_SOON else appeals_until(ballot.closes_at)


def _left_out(ballot: Ballot, at: datetime) -> dict[int, Reason]:
    """The members entitled but for the rule who have not taken part, as recorded by now or by the freeze, and why.

    Members are read a part at a time; what is kept of each is her number and one of few reasons.
    """
    window = facts.window_of(ballot)
    about = facts.ballot_facts(ballot)
    kept: dict[tuple[object, ...], Reason] = {}
    found: dict[int, Reason] = {}
    for member in roll.electors(
        about.electorate,
        min(at + _INSTANT, window.freezes_at),
        window.freezes_at,
        case_id=ballot.case_id,
        window=window,
        minimum=ballot.minimum_contributions,
        kinds=facts.kinds_of(ballot),
    ):
        line = entitled(member, about)
        if line.otherwise_entitled and not line.entitled and line.reason is not None:
            why = phrases.precise(line.reason)
            found[member.member_id] = kept.setdefault((why.code, *sorted(map(str, why.facts.items()))), why)
    return found


def coming(at: datetime, until: datetime) -> list[Deadline]:
    """What members' digests name first: until when to vote and to take part, and when the next ballots open."""
    found: list[Deadline] = []
    for ballot in queries.coming(at, until):
        required = ballot.state is State.NOTIFIED and facts.setting_of(ballot) is Setting.REQUIRED
        moments = (
            ("vote", ballot.closes_at if ballot.state is State.OPEN else None),
            ("take_part", ballot.roll_freezes_at if required else None),
            ("opens", ballot.opens_at if ballot.state is not State.OPEN and not required else None),
        )
        found += [
            Deadline(
                what=what,
                title=ballot.question,
                url=link("ballot.show", ballot_id=ballot.id),
                before=moment,
                unit_paths=frozenset(row.unit.path for row in ballot.units),
                classes=frozenset(row.membership_class for row in ballot.classes),
            )
            for what, moment in moments
            if moment is not None and at < moment <= until
        ]
    return found
