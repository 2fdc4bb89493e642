"""Who may vote in this ballot? One reason for every no."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from ballot.rules.lifecycle import State, Timeline, phase
from ballot.rules.participation import (
    Basis,
    Participation,
    RollLine,
    Setting,
    Shortfall,
    Window,
    lapses,
    refusal,
)
from foundation.errors import Reason
from members.rules.answers import Allowed, Answer, Refused, refused
from members.rules.classes import MembershipClass, Status
from members.rules.units import within


@dataclass(frozen=True)
class DuesPaid:
    """A payment of dues: from the day it was paid, until the day it reaches."""

    paid_on: date
    paid_until: date


@dataclass(frozen=True)
class OnRoll:
    """A member's own line on the roll as it stands with its appendices, and whether she is marked as having voted."""

    member_id: int
    entitled: bool
    reason: Reason | None = None
    voted: bool = False


@dataclass(frozen=True)
class MemberFacts:
    """What is known of a member, as recorded before the freeze (PARTICIPATION.md sections 3 and 9).

    `joined_at` is entry into the organisation. `participation` is None where the ballot has no rule.
    `on_roll` is None before the roll is made, and for somebody who is not on it.
    """

    member_id: int
    member_no: str
    unit_path: str
    unit_code: str
    unit_name: str
    membership_class: MembershipClass
    status: Status
    joined_at: datetime
    born_year: int | None = None
    dues: tuple[DuesPaid, ...] = ()
    participation: Participation | None = None
    on_roll: OnRoll | None = None


@dataclass(frozen=True)
class Electorate:
    """Whom a ballot is for. `unit_paths` each stand for a unit and all below it, `unit_names` for the sentence.

    `dues_grace_days` is None where no bylaw on dues is recorded for the unit: then dues exclude nobody.
    `zone` is the organisation's, in which the freeze has its date.
    """

    unit_paths: tuple[str, ...]
    unit_names: tuple[str, ...]
    classes: frozenset[MembershipClass]
    cutoff_at: datetime
    zone: tzinfo
    dues_grace_days: int | None = None
    minimum_age: int | None = None


@dataclass(frozen=True)
class BallotFacts:
    """All that the right to vote in a ballot depends on, apart from the member."""

    timeline: Timeline
    electorate: Electorate
    window: Window
    setting: Setting = Setting.NONE
    suspended: bool = False
    lapsed: bool = False
    roll_made: bool = False


@dataclass(frozen=True)
class Entitlement:
    """A member's line on the roll to be: entitled but for the rule, entitled, why not, and on what basis."""

    otherwise_entitled: bool
    entitled: bool
    reason: Reason | None
    basis: Basis


def may_vote(member: MemberFacts, ballot: BallotFacts, at: datetime) -> Answer:
    """Say whether the member may cast a vote at this moment; asked by page, socket, service and command line.

    Once the roll is made it alone decides, see `casting`. Before, a member who does not fulfil the
    conditions is told which; one who only has not taken part yet is told when voting opens, since the
    deadline is still ahead.
    """
    if not ballot.roll_made:
        entitlement = entitled(member, ballot)
        if not entitlement.otherwise_entitled and entitlement.reason is not None:
            return Refused(entitlement.reason)
    return casting(member, member.on_roll, ballot, at)


def casting(member: MemberFacts, line: OnRoll | None, ballot: BallotFacts, at: datetime) -> Answer:
    """Say whether a vote of this member that arrives now is taken, see `taken`."""
    return taken(member.member_id, line, ballot.timeline, at, roll_made=ballot.roll_made)


def taken(
    member_id: int, line: OnRoll | None, timeline: Timeline, at: datetime, *, roll_made: bool
) -> Answer:
    """Say whether a vote that arrives now is taken: asked inside the casting transaction, after its lock.

    Open is `[opens_at, closes_at)` by the server's clock, whenever the form was fetched. Times and the
    member's line on the roll decide, and nothing else of her: the roll was made of that.
    """
    now = phase(timeline, at)
    if now in (State.WITHDRAWN, State.CANCELLED, State.ANNULLED):
        return refused(f"ballot_{now}")
    if line is not None and line.member_id == member_id and line.voted:
        return refused("vote.twice")
    if now in (State.DRAFT, State.SUBMITTED, State.NOTIFIED, State.FROZEN):
        return refused("vote.not_open", opens_at=timeline.opens_at)
    if now is not State.OPEN:
        return refused("vote.closed", closes_at=timeline.closes_at)
    if not roll_made:
        return refused("roll_being_made")
    if line is None or line.member_id != member_id:
        return refused("not_on_roll")
    if not line.entitled:
        return Refused(line.reason or Reason.of("not_on_roll"))
    return Allowed()


def entitled(member: MemberFacts, ballot: BallotFacts) -> Entitlement:
    """Work out a member's line on the roll: the conditions in their order, and the participation rule last.

    So a member who joined too late is told that, and not that she has not taken part. The rule narrows; it
    never gives anybody a vote. With `report_only` everybody otherwise entitled votes and the basis says who
    took part; where the rule has lapsed or is suspended the basis is `none`.
    """
    reason = unfulfilled(member, ballot.electorate, ballot.window.freezes_at)
    if reason is not None:
        return Entitlement(otherwise_entitled=False, entitled=False, reason=reason, basis=Basis.NONE)
    if ballot.setting is Setting.NONE or ballot.lapsed or ballot.suspended:
        return Entitlement(otherwise_entitled=True, entitled=True, reason=None, basis=Basis.NONE)
    participation = member.participation
    if participation is None:
        raise ValueError("a ballot with the participation rule needs to know who has taken part")
    why_not = refusal(participation, ballot.window)
    basis = Basis.NONE if why_not else participation.basis
    if ballot.setting is Setting.REPORT_ONLY or why_not is None:
        return Entitlement(otherwise_entitled=True, entitled=True, reason=None, basis=basis)
    return Entitlement(otherwise_entitled=True, entitled=False, reason=why_not, basis=Basis.NONE)


def unfulfilled(member: MemberFacts, electorate: Electorate, freezes_at: datetime) -> Reason | None:
    """Give the first condition that a member does not fulfil, the rule apart (PARTICIPATION.md section 3).

    Joined exactly at the cut-off is in time: «medlem senest». A year of birth that the register does not know
    excludes nobody: a gap in the register is not the member's, and in doubt the vote is given (section 11).
    """
    if member.status is not Status.ACTIVE:
        return Reason.of("not_active", at=freezes_at, status=member.status)
    if not any(within(member.unit_path, path) for path in electorate.unit_paths):
        return Reason.of("wrong_unit", units=electorate.unit_names, unit=member.unit_name)
    if member.membership_class not in electorate.classes:
        return Reason.of(
            "class_not_allowed",
            classes=tuple(sorted(electorate.classes)),
            membership_class=member.membership_class,
        )
    if member.joined_at > electorate.cutoff_at:
        return Reason.of("joined_after_cutoff", joined_at=member.joined_at, cutoff_at=electorate.cutoff_at)
    day = freezes_at.astimezone(electorate.zone).date()
    if electorate.dues_grace_days is not None and not _dues_reach(
        member.dues, timedelta(days=electorate.dues_grace_days), day
    ):
        return Reason.of("dues_unpaid", year=day.year, at=freezes_at)
    if (
        electorate.minimum_age is not None
        and member.born_year is not None
        and day.year - member.born_year < electorate.minimum_age
    ):
        return Reason.of("under_age", minimum_age=electorate.minimum_age)
    return None


def _dues_reach(dues: Iterable[DuesPaid], grace: timedelta, day: date) -> bool:
    # From the day paid, not registered; compared as a distance, since a date far ahead has no day after it.
    return any(payment.paid_on <= day and day - payment.paid_until <= grace for payment in dues)


@dataclass(frozen=True)
class RollMade:
    """A roll as computed at the freeze. `qualified` counts those of the otherwise entitled who took part.

    With `cancels` the notice said so: the ballot ends and the lines are those under the rule.
    """

    lines: tuple[tuple[MemberFacts, Entitlement], ...]
    otherwise_entitled: int
    qualified: int | None
    entitled: int
    lapsed: bool
    cancels: bool


def make_roll(
    members: Iterable[MemberFacts], ballot: BallotFacts, shortfall: Shortfall = Shortfall.LAPSE
) -> RollMade:
    """Compute the roll once, for every member of the unit, and test for too few (PARTICIPATION.md section 10).

    Under the minimum with `lapse` the roll is computed again without the rule; with `cancel` the ballot ends.
    """
    lines = [(member, entitled(member, ballot)) for member in members]
    tested = too_few(
        ballot,
        otherwise_entitled=sum(line.otherwise_entitled for _, line in lines),
        qualified=sum(line.basis is not Basis.NONE for _, line in lines),
        shortfall=shortfall,
    )
    if tested.lapsed:
        without = replace(ballot, lapsed=True)
        lines = [(member, entitled(member, without)) for member, _ in lines]
    return RollMade(
        lines=tuple(lines),
        otherwise_entitled=tested.otherwise_entitled,
        qualified=tested.qualified,
        entitled=sum(line.entitled for _, line in lines),
        lapsed=tested.lapsed,
        cancels=tested.cancels,
    )


@dataclass(frozen=True)
class Tested:
    """A roll's counts held against the minimum; `qualified` is None where no rule was on."""

    otherwise_entitled: int
    qualified: int | None
    lapsed: bool
    cancels: bool


def too_few(ballot: BallotFacts, *, otherwise_entitled: int, qualified: int, shortfall: Shortfall) -> Tested:
    """Test for too few, once, at the freeze (section 10); with `report_only` nothing hangs on it."""
    rule_on = ballot.setting is not Setting.NONE and not ballot.suspended and not ballot.lapsed
    short = rule_on and ballot.setting is Setting.REQUIRED and lapses(qualified, otherwise_entitled)
    return Tested(
        otherwise_entitled,
        qualified if rule_on else None,
        lapsed=short and shortfall is Shortfall.LAPSE,
        cancels=short and shortfall is Shortfall.CANCEL,
    )


def roll_line(member: MemberFacts, entitlement: Entitlement) -> RollLine:
    """Write an entitlement as the roll's line, in the words of its canonical form."""
    return RollLine(
        member_no=member.member_no,
        unit_code=member.unit_code,
        membership_class=member.membership_class,
        entitled=entitlement.entitled,
        reason=entitlement.reason.code if entitlement.reason else "none",
        basis=entitlement.basis,
    )
