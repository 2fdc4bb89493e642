"""From rows to the frozen facts that the rules are asked with; nothing here decides anything."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ballot import joint
from ballot.models import Ballot, Roll, RollEntry
from ballot.queries import credits_and_losses, dues_of, result_of, roll_entry, roll_of, standing_before
from ballot.rules.eligibility import (
    BallotFacts,
    DuesPaid,
    Electorate,
    MemberFacts,
    OnRoll,
    entitled,
)
from ballot.rules.lifecycle import Capacity, Force, Hold, Level, Mover, State, Timeline
from ballot.rules.majority import Majority, Quorum
from ballot.rules.participation import (
    ALL_KINDS,
    Credit,
    Ground,
    Kind,
    Loss,
    Participation,
    RuleInForce,
    RuleState,
    Setting,
    Window,
    standing,
)
from forums.models import Credit as CreditRow
from forums.models import CreditLoss
from foundation.errors import Reason
from foundation.formats import zone
from members.access import Rights
from members.models import Standing
from members.rules.permissions import Role

# The states of a ballot that lives to its end, in their order: what has been recorded is what stands before.
LIFE = (
    State.NOTIFIED,
    State.FROZEN,
    State.OPEN,
    State.CLOSED,
    State.COUNTED,
    State.CERTIFIED,
    State.FINAL,
)
_BEFORE_NOTICE = (State.DRAFT, State.SUBMITTED, State.WITHDRAWN)
PUBLIC = (*LIFE, State.CANCELLED, State.ANNULLED)


def is_public(ballot: Ballot) -> bool:
    """Whether members know of the ballot: from the notice on, also when it ended before its time."""
    return ballot.state in PUBLIC


def roll_is_made(ballot: Ballot) -> bool:
    """Whether the freeze has been recorded."""
    return ballot.state in LIFE[1:]


def lifecycle_facts(ballot: Ballot) -> Timeline:
    """The ballot's times and recorded acts. Costs no query before it is closed.

    The state names the last recorded transition, and time-driven transitions are dated when they were due:
    so columns say what the chain of events says. A roll that cancels its ballot is recorded as cancelled in
    the same transaction, see `lifecycle.advance`; that is why `cancels` is never set here.
    """
    holds: set[Hold] = set()
    cleared_at = None
    if ballot.state in (State.COUNTED, State.CERTIFIED):
        done = joint.of(ballot.id)
        cleared_at = done.cleared_at
        if done.incident is not None:
            holds.add(Hold.INCIDENT_OPEN)
    if ballot.state is State.COUNTED and ballot.appeals_due_at is not None:
        holds.add(Hold.APPEALS_PENDING)
    if ballot.appeals_cleared_at is not None:
        cleared_at = max(ballot.appeals_cleared_at, cleared_at or ballot.appeals_cleared_at)
    if ballot.state is State.COUNTED:
        result = result_of(ballot.id)
        if result is None or not result.adds_up:
            holds.add(Hold.NOT_RECONCILED)
        if result is not None and json.loads(result.numbers).get("lot_needed"):
            holds.add(Hold.LOT_NEEDED)
    return Timeline(
        drafter_id=ballot.drafter_id,
        freezes_at=ballot.roll_freezes_at,
        opens_at=ballot.opens_at,
        closes_at=ballot.closes_at,
        objections_end_at=ballot.objections_end_at,
        recorded=_recorded(ballot),
        counts_itself=counts_itself(ballot),
        holds=frozenset(holds),
        cleared_at=cleared_at,
    )


def counts_itself(ballot: Ballot) -> bool:
    """Whether the system counts and certifies: an advisory secret ballot without tellers.

    Asked of the database only where it matters, since the tellers cost a query.
    """
    if ballot.state not in (State.CLOSED, State.COUNTED):
        return True
    return ballot.force is Force.ADVISORY and ballot.level is Level.SECRET and not ballot.tellers


def _recorded(ballot: Ballot) -> dict[State, datetime]:
    if ballot.state is State.DRAFT:
        return {}
    if ballot.state in _BEFORE_NOTICE:
        return {ballot.state: ballot.drafted_at}
    moments = {
        State.NOTIFIED: ballot.notified_at,
        State.FROZEN: ballot.roll_freezes_at,
        State.OPEN: ballot.opens_at,
        State.CLOSED: ballot.closes_at,
        State.COUNTED: ballot.closes_at,
        State.CERTIFIED: ballot.closes_at,
        State.FINAL: ballot.objections_end_at,
    }
    if ballot.state not in LIFE:
        return {state: ballot.notified_at for state in (State.NOTIFIED, ballot.state) if ballot.notified_at}
    passed = LIFE[: LIFE.index(ballot.state) + 1]
    return {state: moment for state in passed if (moment := moments[state]) is not None}


def window_of(ballot: Ballot) -> Window:
    """The time in which a contribution counts; from the notice on all its times are set."""
    if ballot.roll_freezes_at is None:
        raise ValueError("a ballot without a notice has no window")
    return Window(
        ballot.window_opens_at or ballot.notified_at or ballot.roll_freezes_at, ballot.roll_freezes_at
    )


def majority_of(ballot: Ballot) -> Majority | None:
    """What the proposal, or an option, must reach; None where most votes suffice."""
    if ballot.majority_numerator is None:
        return None
    return Majority(
        ballot.majority_numerator, ballot.majority_denominator, ballot.majority_over, ballot.majority_base
    )


def quorum_of(ballot: Ballot) -> Quorum:
    """How many of the entitled must vote."""
    return Quorum(ballot.quorum_numerator, ballot.quorum_denominator)


def setting_of(ballot: Ballot) -> Setting:
    """What the participation rule does now: nothing once it was suspended, or has lapsed because dates cannot move."""
    return ballot.participation if ballot.rule_state is RuleState.IN_FORCE else Setting.NONE


def kinds_of(ballot: Ballot) -> frozenset[Kind]:
    """The kinds of contribution that count in the ballot."""
    return frozenset(map(Kind, ballot.contribution_kinds.split())) or ALL_KINDS


def rule_of(ballot: Ballot, threads: Iterable[int] = ()) -> RuleInForce:
    """The participation rule as it stands now, with the threads linked to the case."""
    return RuleInForce(
        setting=ballot.participation,
        window=window_of(ballot),
        minimum=ballot.minimum_contributions,
        shortfall=ballot.shortfall,
        kinds=kinds_of(ballot),
        threads=frozenset(threads),
    )


def electorate(ballot: Ballot, cutoff_at: datetime | None = None) -> Electorate:
    """Whom the ballot is for; `cutoff_at` for a draft that has none yet."""
    cutoff = ballot.cutoff_at or cutoff_at or ballot.notified_at
    if cutoff is None:
        raise ValueError("a ballot without a notice has no cut-off")
    return Electorate(
        unit_paths=tuple(row.unit.path for row in ballot.units),
        unit_names=tuple(sorted(row.unit.name for row in ballot.units)),
        classes=frozenset(row.membership_class for row in ballot.classes),
        cutoff_at=cutoff,
        zone=zone(),
        dues_grace_days=ballot.dues_grace_days,
        minimum_age=ballot.minimum_age,
    )


def ballot_facts(ballot: Ballot, roll: Roll | None = None) -> BallotFacts:
    """All that the right to vote depends on, apart from the member; `roll` where it is made and may have lapsed."""
    return BallotFacts(
        timeline=lifecycle_facts(ballot),
        electorate=electorate(ballot),
        window=window_of(ballot),
        setting=setting_of(ballot),
        lapsed=bool(roll and roll.lapsed),
        roll_made=roll_is_made(ballot),
    )


def credit_of(row: CreditRow) -> Credit:
    """A credit as the rule reads it. All versions of a post are one source."""
    return Credit(
        credit_id=row.id,
        kind=Kind(row.kind.value),
        at=row.at,
        source=f"post:{row.post_id}" if row.post_id is not None else f"credit:{row.id}",
        visible_characters=row.visible_characters,
        anchored=row.anchored,
        recorded_at=row.recorded_at,
    )


def loss_of(row: CreditLoss) -> Loss:
    """The loss of a credit as the rule reads it; a finding with its code, its notice and its reversal."""
    found = row.finding
    return Loss(
        credit_id=row.credit_id,
        ground=Ground(row.ground.value),
        at=row.recorded_at,
        notified_at=found.notified_at if found else None,
        code=found.code if found else "",
        reversed_at=found.reversed_at if found else None,
    )


def own_participation(ballot: Ballot, member_id: int) -> Participation:
    """Where a member stands by the ballot's rule, from her credits in its case: one query."""
    credits_of, losses = credits_and_losses(ballot.case_id, member_id)
    return standing(
        [credit_of(row) for row in credits_of],
        [loss_of(row) for row in losses],
        window_of(ballot),
        ballot.minimum_contributions,
        kinds=kinds_of(ballot),
    )


def member_facts(
    member_no: str,
    row: Standing,
    *,
    dues: Iterable[DuesPaid] = (),
    participation: Participation | None = None,
    on_roll: OnRoll | None = None,
) -> MemberFacts:
    """What is known of a member, from the register's word at a moment."""
    return MemberFacts(
        member_id=row.member_id,
        member_no=member_no,
        unit_path=row.unit.path,
        unit_code=row.unit.code,
        unit_name=row.unit.name,
        membership_class=row.membership_class,
        status=row.status,
        joined_at=row.joined_at,
        born_year=row.born_year,
        dues=tuple(dues),
        participation=participation,
        on_roll=on_roll,
    )


def own_facts(ballot: Ballot, rights: Rights, at: datetime) -> MemberFacts:
    """What is known of the member herself now, or at the freeze where that is past: at most three queries."""
    freezes_at = window_of(ballot).freezes_at
    row: Standing | None = rights.standing
    if row is None or row.recorded_at >= freezes_at or at >= freezes_at:
        row = standing_before(rights.member.id, freezes_at) or rights.standing
    dues: list[DuesPaid] = []
    if ballot.dues_grace_days is not None:
        dues = [DuesPaid(paid.paid_on, paid.paid_until) for paid in dues_of(rights.member.id, freezes_at)]
    participation = None
    if setting_of(ballot) is not Setting.NONE:
        participation = own_participation(ballot, rights.member.id)
    return member_facts(rights.member.member_no, row, dues=dues, participation=participation)


def on_roll(ballot: Ballot, rights: Rights, entry: RollEntry | None, at: datetime) -> OnRoll | None:
    """A member's line on the roll, with the reason of a no told in full.

    The roll keeps the code alone. The facts of the sentence are read from the rows that the roll was made
    from; should they have been reduced since, the sentence says no more than the roll.
    """
    if entry is None:
        return None
    reason = None
    if not entry.entitled:
        told = entitled(own_facts(ballot, rights, at), ballot_facts(ballot)).reason
        reason = told if told is not None and told.code == entry.reason else Reason.of("not_on_roll")
    return OnRoll(member_id=entry.member_id, entitled=entry.entitled, reason=reason, voted=entry.voted)


@dataclass(frozen=True)
class VoterFacts:
    """What `eligibility.casting` is asked with."""

    member: MemberFacts
    line: OnRoll | None
    ballot: BallotFacts


def voter_facts(ballot: Ballot, rights: Rights, at: datetime) -> VoterFacts:
    """The facts of a member who wants to vote, for `eligibility.casting(member, line, ballot, at)`.

    Once the roll is made it alone decides: one query for an entitled member, so that casting stays cheap.
    """
    made = roll_is_made(ballot)
    entry = roll_entry(ballot.id, rights.member.id) if made else None
    line = on_roll(ballot, rights, entry, at)
    if made:
        nobody = Electorate((), (), frozenset(), ballot.cutoff_at or at, zone())
        about = BallotFacts(
            lifecycle_facts(ballot), nobody, window_of(ballot), setting_of(ballot), roll_made=True
        )
        return VoterFacts(member_facts(rights.member.member_no, rights.standing, on_roll=line), line, about)
    return VoterFacts(own_facts(ballot, rights, at), None, ballot_facts(ballot, roll_of(ballot.id)))


def mover(ballot: Ballot, rights: Rights) -> Mover:
    """A member with the capacities in which she can move this ballot on."""
    path = ballot.unit.path
    above = path.rstrip("/").rpartition("/")[0] + "/"
    capacities = set()
    for held in rights.held:
        if held.role is Role.BOARD and held.unit_path == path:
            capacities.add(Capacity.BOARD)
        if held.role is Role.BOARD and held.unit_path == above:
            capacities.add(Capacity.BOARD_ABOVE)
        if held.role is Role.TELLER and ballot.id in held.ballot_ids:
            capacities.add(Capacity.TELLER)
        if held.role is Role.CONTROL and path.startswith(held.unit_path):
            capacities.add(Capacity.CONTROL)
    return Mover(rights.member.id, frozenset(capacities))
