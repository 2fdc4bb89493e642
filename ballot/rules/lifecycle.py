"""The life of a ballot: its states, who may move it on and when, and what must hold before the notice."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from ballot.rules.majority import MORE_YES_THAN_NO, NO_QUORUM, Majority, Quorum, majority_blockers
from ballot.rules.participation import (
    ALL_KINDS,
    Kind,
    Permit,
    RuleDraft,
    RuleInForce,
    Setting,
    Shortfall,
    Window,
    rule_blockers,
)
from ballot.rules.small_numbers import is_small_roll
from foundation.errors import Reason
from members.rules.answers import Allowed, Answer, Refused, refused
from members.rules.classes import MembershipClass, Subject


class State(StrEnum):
    """Where a ballot stands (LIFECYCLE.md section 1)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    NOTIFIED = "notified"
    FROZEN = "frozen"
    OPEN = "open"
    CLOSED = "closed"
    COUNTED = "counted"
    CERTIFIED = "certified"
    FINAL = "final"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    ANNULLED = "annulled"


TRANSITIONS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.DRAFT: frozenset({State.SUBMITTED, State.WITHDRAWN}),
        State.SUBMITTED: frozenset({State.NOTIFIED, State.DRAFT}),
        State.NOTIFIED: frozenset({State.FROZEN, State.CANCELLED}),
        State.FROZEN: frozenset({State.OPEN, State.CANCELLED}),
        State.OPEN: frozenset({State.CLOSED, State.ANNULLED}),
        State.CLOSED: frozenset({State.COUNTED, State.ANNULLED}),
        State.COUNTED: frozenset({State.CERTIFIED, State.ANNULLED}),
        State.CERTIFIED: frozenset({State.FINAL, State.ANNULLED}),
        State.FINAL: frozenset(),
        State.WITHDRAWN: frozenset(),
        State.CANCELLED: frozenset(),
        State.ANNULLED: frozenset(),
    }
)
"""Where each state leads; everything else is refused."""

ENDED = (State.WITHDRAWN, State.CANCELLED, State.ANNULLED)
"""States that a ballot ends in before its time. Nothing is due in them."""

DEFAULT_VOTING = timedelta(days=7)
DEFAULT_WINDOW = timedelta(days=14)
DEFAULT_PAUSE = timedelta(hours=12)
OBJECTION_PERIOD = timedelta(hours=72)


class Force(StrEnum):
    """What the outcome is to the deciding body."""

    ADVISORY = "advisory"
    BINDING = "binding"


class Level(StrEnum):
    """How secret a ballot is (SECRECY.md)."""

    SECRET = "secret"  # noqa: S105  (a word of the field, no password)
    CHECKABLE = "checkable"
    OPEN = "open"


class Hold(StrEnum):
    """What keeps a counted ballot from being certified, or a certified one from being final."""

    APPEALS_PENDING = "appeals_pending"
    INCIDENT_OPEN = "incident_open"
    LOT_NEEDED = "lot_needed"
    NOT_RECONCILED = "not_reconciled"


@dataclass(frozen=True)
class Timeline:
    """A ballot's frozen times and recorded acts: all that its state depends on.

    `recorded` gives, for each state that has been recorded, the moment it was DUE or was decided; SUBMITTED
    only while it stands (a draft sent back has none). The times are set from the notice on. `counts_itself`
    is an advisory secret ballot without tellers. `needs_tally_key` and `has_tally_key` concern binding and
    checkable ballots. `cancels` says that the roll came out under the minimum and the notice said `cancel`.
    `cleared_at` is when the last thing that held certification back was settled, None where nothing ever
    did.
    """

    drafter_id: int
    freezes_at: datetime | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    objections_end_at: datetime | None = None
    recorded: Mapping[State, datetime] = field(default_factory=dict)
    counts_itself: bool = True
    needs_tally_key: bool = False
    has_tally_key: bool = False
    cancels: bool = False
    holds: frozenset[Hold] = frozenset()
    cleared_at: datetime | None = None


@dataclass(frozen=True)
class Due:
    """A transition that time has brought about, with the time it was due, however late it is recorded."""

    to: State
    due_at: datetime


class Capacity(StrEnum):
    """In what capacity somebody moves a ballot on."""

    BOARD = "board"
    BOARD_ABOVE = "board_above"
    TELLER = "teller"
    CONTROL = "control"


@dataclass(frozen=True)
class Mover:
    """Somebody who wants to move a ballot on, with the capacities she has in it."""

    member_id: int
    capacities: frozenset[Capacity]


@dataclass(frozen=True)
class Move:
    """An attempt: by whom (None is the system), with whom, and with what public reason."""

    by: Mover | None = None
    second: Mover | None = None
    reason: str = ""


def phase(ballot: Timeline, at: datetime) -> State:
    """Work out the state a ballot is in at a moment, from frozen times and recorded acts alone.

    It does not matter whether a time-driven transition has been recorded yet. Time only leads forward, so
    that who may vote, and when, never depends on a late record (LIFECYCLE.md section 1). Where the freeze
    and the opening are one moment the ballot passes `frozen` without resting there.
    """
    done = {state for state, when in ballot.recorded.items() if when <= at}
    for state in ENDED:
        if state in done:
            return state
    if State.NOTIFIED not in done:
        return State.SUBMITTED if State.SUBMITTED in done else State.DRAFT
    freezes_at, opens_at, closes_at = _times(ballot)
    if ballot.cancels and at >= freezes_at:
        return State.CANCELLED
    if State.FINAL in done:
        return State.FINAL
    if State.CERTIFIED in done:
        return State.FINAL if _objections_over(ballot, at) else State.CERTIFIED
    if State.COUNTED in done:
        return State.COUNTED
    if at >= opens_at and (ballot.has_tally_key or not ballot.needs_tally_key):
        return State.CLOSED if at >= closes_at else State.OPEN
    return State.FROZEN if at >= freezes_at else State.NOTIFIED


def due_events(ballot: Timeline, at: datetime) -> list[Due]:
    """List the time-driven transitions that are due and not yet recorded, the earliest first.

    A transition that needs what an earlier one makes (the roll, the count) appears only once that one is
    recorded: whoever records must load the ballot and ask again until the list is empty. A missing tally
    key holds the opening back.
    """
    recorded = ballot.recorded
    if State.NOTIFIED not in recorded or any(state in recorded for state in ENDED):
        return []
    freezes_at, opens_at, closes_at = _times(ballot)
    if State.FROZEN not in recorded:
        return [Due(State.FROZEN, freezes_at)] if at >= freezes_at else []
    if ballot.cancels:
        return [Due(State.CANCELLED, freezes_at)]
    if ballot.needs_tally_key and not ballot.has_tally_key and State.OPEN not in recorded:
        return []
    due = [
        Due(state, moment)
        for state, moment in ((State.OPEN, opens_at), (State.CLOSED, closes_at))
        if state not in recorded and at >= moment
    ]
    if State.CLOSED not in recorded:
        return due
    if State.COUNTED not in recorded:
        return [Due(State.COUNTED, closes_at)] if ballot.counts_itself else []
    if State.CERTIFIED not in recorded:
        if not ballot.counts_itself or ballot.holds:
            return []
        return [Due(State.CERTIFIED, max(recorded[State.COUNTED], ballot.cleared_at or closes_at))]
    if State.FINAL not in recorded and ballot.objections_end_at and _objections_over(ballot, at):
        return [
            Due(State.FINAL, max(ballot.objections_end_at, ballot.cleared_at or ballot.objections_end_at))
        ]
    return []


def may_move(
    ballot: Timeline, to: State, move: Move, at: datetime, problems: Sequence[Reason] = ()
) -> Answer:
    """Say whether a ballot may be moved to a state now, by these people or by the system.

    `problems` are what `may_publish` (or the form) found: with any, a ballot is neither submitted nor
    notified. The table of LIFECYCLE.md section 1, column "by whom, when".
    """
    if move.by is None:
        if any(due.to is to for due in due_events(ballot, at)):
            return Allowed()
        return refused("not_due", to=to)
    now = phase(ballot, at)
    if to not in TRANSITIONS[now]:
        return refused("no_such_move", state=now, to=to)
    if to in (State.SUBMITTED, State.NOTIFIED) and problems:
        return Refused(problems[0])
    if to in (State.FROZEN, State.OPEN, State.FINAL) or (now, to) == (State.OPEN, State.CLOSED):
        return refused("system_only", to=to)
    return _by_whom(ballot, now, to, move.by, move)


def _by_whom(ballot: Timeline, now: State, to: State, mover: Mover, move: Move) -> Answer:
    if to is State.SUBMITTED:
        if mover.member_id != ballot.drafter_id:
            return refused("not_drafter")
        return _capable(mover, {Capacity.BOARD})
    if to is State.WITHDRAWN:
        if mover.member_id == ballot.drafter_id:
            return Allowed()
        return _capable(mover, {Capacity.BOARD})
    if now is State.SUBMITTED:
        if mover.member_id == ballot.drafter_id:
            return refused("own_draft")
        if to is State.DRAFT and not move.reason.strip():
            return refused("reason_missing")
        return _capable(mover, {Capacity.BOARD, Capacity.BOARD_ABOVE})
    if to is State.CANCELLED:
        return _two(move, ({Capacity.BOARD},), needs_reason=True)
    if to is State.ANNULLED:
        return _two(move, ({Capacity.TELLER}, {Capacity.CONTROL}), needs_reason=True)
    if ballot.counts_itself:
        return refused("system_only", to=to)
    if to is State.CERTIFIED and ballot.holds:
        return refused("certification_held", holds=tuple(sorted(ballot.holds)))
    return _two(move, ({Capacity.TELLER},), needs_reason=False)


def _capable(mover: Mover, capacities: set[Capacity]) -> Answer:
    if mover.capacities & capacities:
        return Allowed()
    return refused("capacity_missing", capacities=tuple(sorted(capacities)))


def _two(move: Move, bodies: tuple[set[Capacity], ...], *, needs_reason: bool) -> Answer:
    if needs_reason and not move.reason.strip():
        return refused("reason_missing")
    first, second = move.by, move.second
    if first is None or second is None or first.member_id == second.member_id:
        return refused("two_needed")
    if any(first.capacities & body and second.capacities & body for body in bodies):
        return Allowed()
    return refused("capacity_missing", capacities=tuple(sorted(set().union(*bodies))))


def _times(ballot: Timeline) -> tuple[datetime, datetime, datetime]:
    if ballot.freezes_at is None or ballot.opens_at is None or ballot.closes_at is None:
        raise ValueError("a ballot with a notice has all its times")
    return ballot.freezes_at, ballot.opens_at, ballot.closes_at


def _objections_over(ballot: Timeline, at: datetime) -> bool:
    return ballot.objections_end_at is not None and at >= ballot.objections_end_at and not ballot.holds


@dataclass(frozen=True)
class DraftFacts:
    """A draft as its board wants to publish it, with what it is checked against.

    A time that is None takes its default from the notice, see `settle`. `classes_with_vote` is the column
    of the table of voting rights for the subject. `otherwise_entitled` counts who would be entitled but for
    the rule. `board_ids` are the board of the unit. `waiting_period` is the bylaws'.
    `small_roll_confirmed`: the board has seen the warning for a small roll.
    """

    options: tuple[str, ...]
    classes: frozenset[MembershipClass]
    classes_with_vote: frozenset[MembershipClass]
    otherwise_entitled: int
    subject: Subject = Subject.CASE
    force: Force = Force.ADVISORY
    level: Level = Level.SECRET
    bylaw_reference: str = ""
    cutoff_at: datetime | None = None
    waiting_period: timedelta = timedelta(0)
    window_opens_at: datetime | None = None
    freezes_at: datetime | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    majority: Majority | None = MORE_YES_THAN_NO
    quorum: Quorum = NO_QUORUM
    setting: Setting = Setting.NONE
    minimum: int = 1
    shortfall: Shortfall = Shortfall.LAPSE
    kinds: frozenset[Kind] = ALL_KINDS
    threads: frozenset[int] = frozenset()
    permit: Permit | None = None
    demanded_by_members: bool = False
    teller_ids: frozenset[int] = frozenset()
    board_ids: frozenset[int] = frozenset()
    administrator_ids: frozenset[int] = frozenset()
    candidate_ids: frozenset[int] = frozenset()
    small_roll_confirmed: bool = False


@dataclass(frozen=True)
class Times:
    """The times a ballot gets with its notice, all set."""

    notice_at: datetime
    cutoff_at: datetime
    window_opens_at: datetime
    freezes_at: datetime
    opens_at: datetime
    closes_at: datetime


def settle(draft: DraftFacts, notice_at: datetime) -> Times:
    """Work out all times of a ballot whose notice is published at `notice_at`.

    The ordinary ballot (LIFECYCLE.md section 3) has drafted none of them: it opens on approval, the roll is
    frozen at the opening, it closes 7 days later, and the cut-off is the notice. With the participation
    rule on, the window opens with the notice and lasts 14 days, and voting opens 12 hours after the freeze.
    """
    window_opens_at = draft.window_opens_at or notice_at
    if draft.setting is Setting.NONE:
        opens_at = draft.opens_at or notice_at
        freezes_at = draft.freezes_at or opens_at
    else:
        freezes_at = draft.freezes_at or (
            draft.opens_at - DEFAULT_PAUSE if draft.opens_at else window_opens_at + DEFAULT_WINDOW
        )
        opens_at = draft.opens_at or freezes_at + DEFAULT_PAUSE
    return Times(
        notice_at=notice_at,
        cutoff_at=draft.cutoff_at or notice_at,
        window_opens_at=window_opens_at,
        freezes_at=freezes_at,
        opens_at=opens_at,
        closes_at=draft.closes_at or opens_at + DEFAULT_VOTING,
    )


def may_publish(draft: DraftFacts, notice_at: datetime) -> list[Reason]:
    """List what stands in the way of publishing the notice at `notice_at`; an EMPTY list means it may.

    LIFECYCLE.md asks for 7 days between notice and freeze and 12 hours between freeze and opening, and in
    the same breath lets the ordinary ballot open on approval. The two are consistent when those guards
    serve what they are for: time to take part, and time to appeal about having taken part. So they bind
    where the participation rule is on (`report_only` or `required`), together with 48 hours of voting and a
    window of 7 days. Without the rule the roll freezes at the opening, or before it, but never before the
    notice.

    Binding, checkable and open ballots cannot be published until the Secrecy work stands (SECRECY.md, last
    line of the decisions); the reasons say so.
    """
    times = settle(draft, notice_at)
    return [
        *_substance(draft),
        *_people(draft),
        *_dates(draft, times),
        *rule_blockers(
            RuleDraft(
                rule=RuleInForce(
                    setting=draft.setting,
                    window=Window(times.window_opens_at, times.freezes_at),
                    minimum=draft.minimum,
                    shortfall=draft.shortfall,
                    kinds=draft.kinds,
                    threads=draft.threads,
                ),
                subject=draft.subject,
                binding=draft.force == Force.BINDING,
                permit=draft.permit,
                otherwise_entitled=draft.otherwise_entitled,
                demanded_by_members=draft.demanded_by_members,
                notice_at=times.notice_at,
                opens_at=times.opens_at,
                closes_at=times.closes_at,
            )
        ),
    ]


def _substance(draft: DraftFacts) -> list[Reason]:
    reasons = []
    if len(draft.options) < 2:
        reasons.append(Reason.of("options_too_few"))
    if any(not option.strip() for option in draft.options):
        reasons.append(Reason.of("option_empty"))
    twins = _twins(draft.options)
    if twins:
        reasons.append(Reason.of("options_alike", first=twins[0], second=twins[1]))
    if draft.force == Force.BINDING:
        if not draft.bylaw_reference.strip():
            reasons.append(Reason.of("bylaw_reference_missing"))
        reasons.append(Reason.of("binding_not_yet"))
    if draft.level != Level.SECRET:
        reasons.append(Reason.of("level_not_yet", level=draft.level))
    reasons.extend(majority_blockers(draft.majority, draft.quorum, draft.otherwise_entitled))
    return reasons


def _people(draft: DraftFacts) -> list[Reason]:
    reasons = []
    if not draft.classes:
        reasons.append(Reason.of("classes_missing"))
    without = draft.classes - draft.classes_with_vote
    if without:
        reasons.append(Reason.of("class_without_vote", classes=tuple(sorted(without)), subject=draft.subject))
    if draft.otherwise_entitled < 1:
        reasons.append(Reason.of("nobody_entitled"))
    elif is_small_roll(draft.otherwise_entitled) and not draft.small_roll_confirmed:
        reasons.append(Reason.of("small_roll_unconfirmed", entitled=draft.otherwise_entitled))
    may_do_without = draft.force == Force.ADVISORY and draft.level == Level.SECRET
    if len(draft.teller_ids) < 2 and (draft.teller_ids or not may_do_without):
        reasons.append(Reason.of("tellers_too_few"))
    for code, others in (
        ("teller_board", draft.board_ids),
        ("teller_candidate", draft.candidate_ids),
        ("teller_administrator", draft.administrator_ids),
    ):
        if draft.teller_ids & others:
            reasons.append(Reason.of(code, ids=tuple(sorted(draft.teller_ids & others))))
    return reasons


def _dates(draft: DraftFacts, times: Times) -> list[Reason]:
    reasons = []
    if times.closes_at <= times.opens_at:
        reasons.append(
            Reason.of("closing_before_opening", opens_at=times.opens_at, closes_at=times.closes_at)
        )
    if times.opens_at < times.notice_at:
        reasons.append(Reason.of("opening_before_notice", opens_at=times.opens_at))
    if times.freezes_at < times.notice_at:
        reasons.append(Reason.of("freeze_before_notice", freezes_at=times.freezes_at))
    if times.freezes_at > times.opens_at:
        reasons.append(Reason.of("freeze_after_opening", freezes_at=times.freezes_at))
    if times.cutoff_at > times.notice_at:
        reasons.append(Reason.of("cutoff_after_notice", notice_at=times.notice_at))
    if times.cutoff_at < times.notice_at - draft.waiting_period:
        reasons.append(Reason.of("cutoff_too_early", earliest=times.notice_at - draft.waiting_period))
    return reasons


def _twins(options: Sequence[str]) -> tuple[str, str] | None:
    seen: dict[str, str] = {}
    for option in options:
        key = plain(option)
        if key in seen:
            return seen[key], option
        seen[key] = option
    return None


# Marks, letters and symbols without any ink: joiners, variation selectors, fillers, the empty Braille cell.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def plain(text: str) -> str:
    """Reduce an option to what a reader tells it apart by: letters, digits and symbols, without case.

    Spaces, punctuation and invisible characters make no difference. What consists of nothing else is
    compared as it stands.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(
        character
        for character in folded
        if unicodedata.category(character)[0] in "LMNS" and not _INVISIBLE.match(character)
    )
    return kept or folded.strip()
