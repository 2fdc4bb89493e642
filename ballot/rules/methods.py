"""What each counting method asks of a paper and can be used for, and what is wrong with a draft's choice of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from ballot.counting.quota import BadQuota, Quota
from ballot.rules.majority import Majority, TieRule
from foundation.errors import Reason
from members.rules.classes import Subject

MOST_OPTIONS = 60
MOST_POINTS = 5
PERSONS = frozenset({Subject.ELECTION, Subject.NOMINATION})
"""Subjects whose options are candidates."""


class Marking(StrEnum):
    """What a voter does with the paper."""

    ONE = "one"
    SEVERAL = "several"
    RANKS = "ranks"
    POINTS = "points"


@dataclass(frozen=True)
class Kind:
    """A method: how its papers are marked, and what it can take.

    `places`: more than one can be elected. `persons`: for elections and nominations alone. `judged`: its
    numbers are held to the ballot's majority, and a tie may adopt nothing; the others elect, and a tie in
    them is always settled.
    """

    marking: Marking
    places: bool = False
    deputies: bool = False
    quota: bool = False
    persons: bool = False
    judged: bool = False


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "motion": Kind(Marking.ONE, judged=True),
        "choice": Kind(Marking.ONE, judged=True),
        "approval": Kind(Marking.SEVERAL, judged=True),
        "score": Kind(Marking.POINTS),
        "block": Kind(Marking.SEVERAL, places=True, deputies=True, quota=True, persons=True),
        "irv": Kind(Marking.RANKS),
        "schulze": Kind(Marking.RANKS),
        "ranked-pairs": Kind(Marking.RANKS),
        "scottish-stv": Kind(Marking.RANKS, places=True, quota=True, persons=True),
        "meek-stv": Kind(Marking.RANKS, places=True, persons=True),
        "uio-stv": Kind(Marking.RANKS, places=True, deputies=True, quota=True, persons=True),
    }
)
"""The methods by the names that `grasrot count` has for them."""

_PLAIN = frozenset({Subject.BYLAW_CHANGE, Subject.EXCLUSION, Subject.PARTICIPATION_RULE})
"""Subjects that are adopted or not: nothing is ranked there."""


@dataclass(frozen=True)
class MethodDraft:
    """What a draft says of its method. `quota` holds the groups as the candidates gave them; None without one.

    `refuse_short`: with too few candidates of a group the ballot is not to be opened (else the minimum is
    lowered). `unconsenting` are the names of candidates who have not said yes.
    """

    method: str
    subject: Subject
    options: int
    seats: int = 1
    deputies: int = 0
    max_marks: int | None = None
    quota: Quota | None = None
    refuse_short: bool = False
    majority: Majority | None = None
    tie_rule: TieRule = TieRule.NOT_ADOPTED
    tellers: int = 0
    unconsenting: Sequence[str] = ()


def is_of_persons(method: str, subject: Subject) -> bool:
    """Say whether the options are candidates: in an election, but for a motion to elect somebody."""
    return subject in PERSONS and method != "motion"


def most_marks(method: str, options: int, seats: int, max_marks: int | None) -> int:
    """Give how many options a paper may name at most."""
    marking = KINDS[method].marking
    if marking is Marking.ONE:
        return 1
    if marking is Marking.SEVERAL and max_marks is not None:
        return min(max_marks, options)
    return min(seats, options) if method == "block" else options


def method_blockers(draft: MethodDraft) -> list[Reason]:
    """List what is wrong with the method and the places; an empty list where nothing is."""
    kind = KINDS[draft.method]
    reasons = []
    if kind.persons and draft.subject not in PERSONS:
        reasons.append(Reason.of("method_persons_only"))
    elif draft.subject in _PLAIN and not kind.judged:
        reasons.append(Reason.of("method_subject", subject=draft.subject))
    if draft.options > MOST_OPTIONS:
        reasons.append(Reason.of("options_too_many", most=MOST_OPTIONS))
    reasons += _places(draft, kind)
    if draft.majority is not None and not kind.judged:
        reasons.append(Reason.of("method_no_majority"))
    if draft.tie_rule is TieRule.LOT and draft.tellers < 2:
        reasons.append(Reason.of("lot_needs_tellers"))
    if draft.tie_rule is TieRule.NOT_ADOPTED and not kind.judged:
        reasons.append(Reason.of("tie_must_be_settled"))
    if draft.quota is not None:
        reasons += _quota(draft, kind, draft.quota)
    if draft.unconsenting:
        reasons.append(Reason.of("candidates_unconsenting", names=tuple(draft.unconsenting)))
    return reasons


def _places(draft: MethodDraft, kind: Kind) -> list[Reason]:
    reasons = []
    if draft.seats > 1 and not kind.places:
        reasons.append(Reason.of("method_one_seat"))
    elif draft.seats > draft.options:
        reasons.append(Reason.of("places_too_many", seats=draft.seats, candidates=draft.options))
    if draft.deputies and not kind.deputies:
        reasons.append(Reason.of("method_no_deputies"))
    elif draft.deputies and draft.seats + draft.deputies > draft.options:
        reasons.append(
            Reason.of(
                "deputies_too_many", seats=draft.seats, deputies=draft.deputies, candidates=draft.options
            )
        )
    if draft.max_marks is not None and kind.marking is not Marking.SEVERAL:
        reasons.append(Reason.of("method_no_max_marks"))
    elif draft.max_marks is not None and not 1 <= draft.max_marks <= max(draft.options, 1):
        reasons.append(Reason.of("max_marks_range", most=draft.options))
    return reasons


def _quota(draft: MethodDraft, kind: Kind, quota: Quota) -> list[Reason]:
    if not kind.quota:
        return [Reason.of("method_no_quota")]
    if not any(quota.groups.values()):
        return [Reason.of("quota_no_groups")]
    standing = range(1, draft.options + 1)
    asked = Quota(quota.groups, quota.members, quota.deputies, "refuse" if draft.refuse_short else "lower")
    try:
        asked.guard(asked.members, min(draft.seats, draft.options), standing)
        # Who is left for the deputies is not known before the count: there a minimum is always lowered.
        Quota(quota.groups, deputies=quota.deputies).guard(quota.deputies, draft.deputies, standing)
    except BadQuota:
        short = draft.refuse_short and _is_met_when_lowered(quota, draft.seats, standing)
        return [Reason.of("quota_group_short" if short else "quota_cannot_be_met")]
    return []


def _is_met_when_lowered(quota: Quota, seats: int, standing: Sequence[int]) -> bool:
    try:
        Quota(quota.groups, quota.members).guard(quota.members, seats, standing)
    except BadQuota:
        return False
    return True
