"""The notice: a second pair of eyes publishes it, and everything a voter relies on stands still under a fingerprint."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256

from ballot import events, facts, places
from ballot.access import matter_of, refusals_logged
from ballot.models import Ballot, EventKind
from ballot.rules.lifecycle import OBJECTION_PERIOD, State
from ballot.rules.participation import Setting
from ballot.services import letters, lifecycle, related
from ballot.services.drafting import Check, answer_by, check, draft_of, kept, move
from foundation import clock
from foundation.audit import canonical
from foundation.transaction import transaction
from members.access import Rights
from members.rules.permissions import Permission
from members.services.facts import register_stands

_PREFIX = b"grasrot1/notice\0"


def publish(
    ballot_id: int, rights: Rights, *, small_roll_confirmed: bool = False, threads: Collection[int] = ()
) -> Ballot:
    """Approve a submitted ballot and publish its notice; the approver is never the drafter.

    `threads` are those suggested that she has ticked: they are linked to the case before the notice stands.
    Times that the draft left open are settled now. What is due at once is recorded in the same
    transaction: the ordinary ballot opens on approval. Raises NotAllowed or RuleBroken with the reason.
    """
    at = clock.now()
    with refusals_logged(Permission.APPROVE_BALLOT, rights, ballot_id), transaction():
        ballot = lifecycle.lock(ballot_id)
        register_stands()  # before the log is held: a roll made at once waits for the register's file
        rights.require(Permission.APPROVE_BALLOT, matter_of(ballot))
        related.link_ticked(ballot, threads, rights)
        held = check(draft_of(ballot), at, small_roll_confirmed=small_roll_confirmed)
        move(ballot, State.NOTIFIED, rights, at, problems=held.blockers)
        ballot.approver_id = rights.member.id
        _settle(ballot, held)
        ballot.notice = canonical(notice_of(ballot))
        ballot.fingerprint = fingerprint(ballot.notice)
        events.record(
            ballot,
            EventKind.NOTIFIED,
            at,
            actor_id=rights.member.id,
            fingerprint=ballot.fingerprint.hex(),
            small_roll_confirmed=small_roll_confirmed,
        )
        kept(Permission.APPROVE_BALLOT, ballot, rights, fingerprint=ballot.fingerprint.hex())
        letters.write(
            ballot,
            "notice",
            "notice",
            [member.member_id for member in held.counted.members],
            notified_at=at,
            rule_on=ballot.participation is Setting.REQUIRED,
            minimum=ballot.minimum_contributions,
            **letters.times(ballot),
        )
        lifecycle.record_due(ballot, at)
    return ballot


def _settle(ballot: Ballot, held: Check) -> None:
    """Write down all times, and what the bylaws say today of dues and age."""
    times = held.times
    ballot.notified_at = times.notice_at
    ballot.cutoff_at = times.cutoff_at
    ballot.window_opens_at = times.window_opens_at
    ballot.roll_freezes_at = times.freezes_at
    ballot.opens_at = times.opens_at
    ballot.closes_at = times.closes_at
    ballot.objections_end_at = times.closes_at + OBJECTION_PERIOD
    ballot.respond_by = ballot.respond_by or answer_by(ballot.case, times)
    ballot.dues_grace_days = held.electorate.dues_grace_days
    ballot.minimum_age = held.electorate.minimum_age


def notice_of(ballot: Ballot) -> dict[str, object]:
    """Everything a voter relies on, in strings and integers, as it was published (LIFECYCLE section 1)."""
    return {
        "format": "grasrot-notice-1",
        "ballot": ballot.id,
        "unit": ballot.unit.code,
        "case": ballot.case.number if ballot.case else "",
        "question": ballot.question,
        "about": ballot.about,
        "method": ballot.method.value,
        "level": ballot.level.value,
        "force": ballot.force.value,
        "bylaw": ballot.bylaw_reference,
        "subject": ballot.subject.value,
        # In the order that was set; each voter's paper may have one of its own, see `order`.
        "options": [
            {"label": row.label, "explanation": row.explanation}
            | ({"portrait": row.portrait} if places.is_of_persons(ballot) else {})
            for row in ballot.options
        ],
        "order": "shuffled" if ballot.shuffled else "as_set",
        "places": {
            "seats": ballot.seats,
            "deputies": ballot.deputies,
            "max_marks": ballot.max_marks or 0,
            "quota": places.quota_file(ballot) or "",
        },
        "arguments": [{"side": row.side.value, "text": row.text} for row in ballot.arguments],
        "sources": [{"title": row.title, "url": row.url} for row in ballot.sources],
        "units": sorted(row.unit.code for row in ballot.units),
        "classes": sorted(row.membership_class.value for row in ballot.classes),
        "tellers": sorted(row.member_id for row in ballot.tellers),
        "responsible": ballot.responsible_id,
        "respond_by": ballot.respond_by.isoformat() if ballot.respond_by else "",
        "drafter": ballot.drafter_id,
        "approver": ballot.approver_id or 0,
        "times": {
            name: _utc(moment)
            for name, moment in (
                ("notice", ballot.notified_at),
                ("cutoff", ballot.cutoff_at),
                ("window", ballot.window_opens_at),
                ("freeze", ballot.roll_freezes_at),
                ("opening", ballot.opens_at),
                ("closing", ballot.closes_at),
                ("objections", ballot.objections_end_at),
            )
        },
        "majority": {
            "numerator": ballot.majority_numerator or 0,
            "denominator": ballot.majority_denominator if ballot.majority_numerator else 0,
            "over": ballot.majority_over.value if ballot.majority_numerator else "",
            "base": ballot.majority_base.value if ballot.majority_numerator else "",
        },
        "quorum": {"numerator": ballot.quorum_numerator, "denominator": ballot.quorum_denominator},
        "tie": ballot.tie_rule.value,
        "participation": {
            "setting": ballot.participation.value,
            "minimum": ballot.minimum_contributions,
            "shortfall": ballot.shortfall.value,
            "kinds": sorted(facts.kinds_of(ballot)),
            "demanded": ballot.demanded_by_members,
        },
        "dues_grace_days": "" if ballot.dues_grace_days is None else ballot.dues_grace_days,
        "minimum_age": "" if ballot.minimum_age is None else ballot.minimum_age,
    }


def _utc(moment: datetime | None) -> str:
    """The form the roll has too: `2026-03-16T19:00:00.000000Z`."""
    if moment is None:
        return ""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def fingerprint(notice: str) -> bytes:
    """SHA-256 over the canonical notice, under its own prefix."""
    return sha256(_PREFIX + notice.encode()).digest()


def short(mark: bytes) -> str:
    """A fingerprint short enough to compare by eye: its first 64 bits in four groups."""
    digits = mark.hex()[:16]
    return " ".join(digits[place : place + 4] for place in range(0, 16, 4))


def is_untouched(ballot: Ballot) -> bool:
    """Whether the stored notice still has its fingerprint."""
    return ballot.fingerprint is not None and fingerprint(ballot.notice) == ballot.fingerprint
