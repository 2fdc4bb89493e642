"""Appeals against a roll: who may appeal, until when, who decides, and what the deciders' words come to."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ballot.rules.participation import appeals_until
from members.rules.answers import Allowed, Answer, refused

DECIDED_WITHIN = timedelta(hours=24)
HELD_AT_MOST = timedelta(days=14)


class Matter(StrEnum):
    """What a refusal is about: having taken part, or being a member with a vote here."""

    MEMBERSHIP = "membership"
    PARTICIPATION = "participation"


class Decision(StrEnum):
    """What one decider says."""

    GRANT = "grant"
    REFUSE = "refuse"


OF_PARTICIPATION = frozenset({"no_contribution", "contribution_withdrawn", "not_a_contribution"})


def matter_of(reason: str) -> Matter:
    """Say what a roll's reason code is about; what is not about taking part is about the membership."""
    return Matter.PARTICIPATION if reason in OF_PARTICIPATION else Matter.MEMBERSHIP


@dataclass(frozen=True)
class Filing:
    """What the right to appeal depends on. `entitled` is her line on the roll, which must be made."""

    freezes_at: datetime
    closes_at: datetime
    roll_made: bool
    entitled: bool
    has_open: bool = False
    was_refused: bool = False
    ended: bool = False


def may_file(filing: Filing, at: datetime) -> Answer:
    """Say whether she may appeal now: from the freeze, before 36 hours before closing (section 11).

    Half-open like every deadline. An appeal that was refused by two is not filed again.
    """
    if filing.ended:
        return refused("roll_appeal_ballot_ended")
    if at < filing.freezes_at or not filing.roll_made:
        return refused("roll_appeal_too_early", freezes_at=filing.freezes_at)
    if filing.entitled:
        return refused("roll_appeal_entitled")
    if filing.has_open:
        return refused("roll_appeal_open")
    if filing.was_refused:
        return refused("roll_appeal_decided")
    until = appeals_until(filing.closes_at)
    if at >= until:
        return refused("roll_appeal_too_late", deadline=until)
    return Allowed()


def due_at(matter: Matter, filed_at: datetime, closes_at: datetime) -> datetime:
    """Give the moment at which an undecided appeal is decided for the vote.

    Taking part: after 24 hours, or at closing if that comes first. Membership, class and dues: 14 days after
    closing, for so long at most the result is held back.
    """
    if matter is Matter.PARTICIPATION:
        return min(filed_at + DECIDED_WITHIN, closes_at)
    return closes_at + HELD_AT_MOST


def decided(said: Collection[Decision]) -> Decision | None:
    """Say what the deciders' words come to, None while a second is missing.

    It takes two, and both must agree to refuse: where they disagree it is granted, in doubt for the vote.
    """
    if len(said) < 2:
        return None
    return Decision.REFUSE if all(word is Decision.REFUSE for word in said) else Decision.GRANT
