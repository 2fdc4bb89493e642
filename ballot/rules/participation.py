"""The participation rule: what counts, who has taken part, the roll's canonical form, and what may change."""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from forums.rules import LEAST_CHARACTERS
from foundation.errors import Reason
from members.rules.answers import Allowed, Answer, Refused, refused
from members.rules.classes import MembershipClass, Subject


class Setting(StrEnum):
    """What the rule does in a ballot (PARTICIPATION.md section 1)."""

    NONE = "none"
    REPORT_ONLY = "report_only"
    REQUIRED = "required"


class Shortfall(StrEnum):
    """What follows when too few have taken part (section 10)."""

    LAPSE = "lapse"
    CANCEL = "cancel"


class RuleState(StrEnum):
    """What has become of the rule in a ballot since its notice (sections 2 and 6); what too few do is the roll's."""

    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    LAPSED = "lapsed"


class Authority(StrEnum):
    """Who has allowed the rule in the unit; never the board itself (section 1)."""

    ANNUAL_MEETING = "annual_meeting"
    BYLAWS = "bylaws"
    MEMBERS_MEETING = "members_meeting"


class Kind(StrEnum):
    """A kind of contribution (section 4)."""

    POST = "post"
    PROPOSAL = "proposal"
    ANSWER = "answer"
    MEETING = "meeting"
    STATEMENT = "statement"
    ASSISTED = "assisted"


class Basis(StrEnum):
    """The kind of contribution a roll line rests on. An assisted one looks like any private statement."""

    POST = "post"
    PROPOSAL = "proposal"
    ANSWER = "answer"
    MEETING = "meeting"
    STATEMENT = "statement"
    NONE = "none"


class Ground(StrEnum):
    """Why a credit was lost (section 7): nothing else takes one away."""

    DELETED = "deleted"
    SHORTENED = "shortened"
    NOT_A_CONTRIBUTION = "not_a_contribution"
    # A meeting's list had named somebody who was not there: there was no contribution.
    CORRECTED = "corrected"


HIGHEST_MINIMUM = 3
FEWEST_ENTITLED = 30
LEAST_WINDOW = timedelta(days=7)
LEAST_NOTICE = timedelta(days=7)
LEAST_PAUSE = timedelta(hours=12)
LEAST_VOTING = timedelta(hours=48)
LAST_CHANGE = timedelta(hours=48)
FINDING_NOTICE = timedelta(hours=48)
APPEALS_END = timedelta(hours=36)

_BREAKS = frozenset({"Cc", "Cs", "Zl", "Zp"})

ALL_KINDS = frozenset(Kind)
ALWAYS_COUNT = frozenset({Kind.POST, Kind.STATEMENT, Kind.ASSISTED})
"""No notice leaves these out: the debate itself, and the private route, which stays open whatever is closed."""

_WRITTEN_IN_PUBLIC = frozenset({Kind.POST, Kind.PROPOSAL, Kind.ANSWER})


@dataclass(frozen=True)
class Window:
    """The half-open time in which a contribution counts: `[opens_at, freezes_at)`, aware UTC times."""

    opens_at: datetime
    freezes_at: datetime

    def holds(self, at: datetime) -> bool:
        """Say whether the moment lies in the window."""
        return self.opens_at <= at < self.freezes_at


@dataclass(frozen=True)
class Credit:
    """A recorded contribution to the case, as it was stored; what happens to it later is a `Loss`.

    `source` names the contribution itself ("post:12"): a post that lost its credit and won it back has two
    credits and one source. `visible_characters` are own ones (section 4), None for a meeting and a
    statement. `anchored` is a proposal with a line reference and a reason, which needs no length. `copy` is
    an exact copy of another public post in the case. `recorded_at` differs from `at` where the list of a
    meeting was entered later.
    """

    credit_id: int
    kind: Kind
    at: datetime
    source: str
    visible_characters: int | None = None
    anchored: bool = False
    copy: bool = False
    recorded_at: datetime | None = None


@dataclass(frozen=True)
class Loss:
    """That a credit was lost: by its author, or by a finding of two deciders, who notified the author.

    `code` is the finding's reason code; `reversed_at` when an appeal gave the credit back.
    """

    credit_id: int
    ground: Ground
    at: datetime
    notified_at: datetime | None = None
    code: str = ""
    reversed_at: datetime | None = None


@dataclass(frozen=True)
class NotCounting:
    """A contribution that does not count, and why."""

    credit: Credit
    reason: Reason


@dataclass(frozen=True)
class Participation:
    """Where a member stands by the rule, at the freeze or as if the freeze were now.

    `counted` are the contributions that count, the earliest first, one for each source; `n` is how many,
    `missing` how many more are needed; `basis` is the earliest one's kind. What was too short or lost, and
    counts again since, is not among `not_counting`.
    """

    qualified: bool
    counted: tuple[Credit, ...]
    n: int
    minimum: int
    missing: int
    basis: Basis
    not_counting: tuple[NotCounting, ...]


def standing(
    credits_of: Iterable[Credit],
    losses: Iterable[Loss],
    window: Window,
    minimum: int = 1,
    *,
    kinds: Collection[Kind] = ALL_KINDS,
    known_before: datetime | None = None,
) -> Participation:
    """Work out where a member stands from her credits in the case and their losses, in any order.

    Only what happened before the freeze matters, and only what was recorded before `known_before` (the
    freeze, unless an appendix looks again). Raises ValueError for a minimum outside 1..3 (section 5).
    """
    if not 1 <= minimum <= HIGHEST_MINIMUM:
        raise ValueError(f"a minimum of {minimum} contributions")
    known = known_before or window.freezes_at
    lost: dict[int, list[Loss]] = {}
    for loss in losses:
        lost.setdefault(loss.credit_id, []).append(loss)
    counted: dict[str, Credit] = {}
    left_out: list[NotCounting] = []
    for credit in sorted(credits_of, key=_by_time):
        if (credit.recorded_at or credit.at) >= known and window.holds(credit.at):
            continue  # not known of when this roll was made
        reason = _why_not(credit, lost.get(credit.credit_id, ()), window, kinds)
        if reason is not None:
            left_out.append(NotCounting(credit, reason))
        else:
            counted.setdefault(credit.source, credit)
    n = len(counted)
    ordered = tuple(counted.values())
    return Participation(
        qualified=n >= minimum,
        counted=ordered,
        n=n,
        minimum=minimum,
        missing=max(0, minimum - n),
        basis=basis_of(ordered[0].kind) if ordered else Basis.NONE,
        not_counting=tuple(entry for entry in left_out if entry.credit.source not in counted),
    )


def basis_of(kind: Kind) -> Basis:
    """Name a kind of contribution as the roll does: an assisted one is a private statement."""
    return Basis.STATEMENT if kind is Kind.ASSISTED else Basis(kind.value)


def refusal(participation: Participation, window: Window) -> Reason | None:
    """Give the reason code of a member who has not taken part enough, None for one who has.

    Where something was lost, the latest loss is the reason; `n` and `minimum` tell whether anything counted.
    """
    if participation.qualified:
        return None
    taken = [
        entry
        for entry in participation.not_counting
        if entry.reason.code in ("not_a_contribution", "contribution_withdrawn")
    ]
    if taken:
        return max(taken, key=lambda entry: (_moment(entry.reason), entry.credit.credit_id)).reason
    return Reason.of(
        "no_contribution",
        deadline=window.freezes_at,
        n=participation.n,
        minimum=participation.minimum,
    )


def _moment(reason: Reason) -> datetime:
    at = reason.facts["at"]
    assert isinstance(at, datetime)  # noqa: S101  (what `_why_not` has put there)
    return at


def _by_time(credit: Credit) -> tuple[datetime, int]:
    return (credit.at, credit.credit_id)


def _why_not(
    credit: Credit, losses: Iterable[Loss], window: Window, kinds: Collection[Kind]
) -> Reason | None:
    if credit.at < window.opens_at:
        return Reason.of("before_window", at=credit.at, opens_at=window.opens_at)
    if credit.at >= window.freezes_at:
        return Reason.of("after_deadline", at=credit.at, deadline=window.freezes_at)
    if credit.kind not in kinds:
        return Reason.of("kind_not_counted", kind=credit.kind)
    if credit.copy and credit.kind in _WRITTEN_IN_PUBLIC:
        return Reason.of("copy")
    if credit.kind in _WRITTEN_IN_PUBLIC and not (credit.kind is Kind.PROPOSAL and credit.anchored):
        written = credit.visible_characters or 0
        if written < LEAST_CHARACTERS:
            return Reason.of("too_short", characters=written, minimum=LEAST_CHARACTERS)
    effective = sorted(
        (loss for loss in losses if _holds(loss, window)), key=lambda loss: (loss.at, loss.ground)
    )
    if not effective:
        return None
    last = effective[-1]
    if last.ground is Ground.NOT_A_CONTRIBUTION:
        return Reason.of("not_a_contribution", ground=last.code, at=last.at)
    if last.ground is Ground.CORRECTED:
        return Reason.of("check_in_corrected", at=last.at)
    return Reason.of("contribution_withdrawn", at=last.at, shortened=last.ground is Ground.SHORTENED)


def _holds(loss: Loss, window: Window) -> bool:
    """Say whether a loss takes the credit away: before the freeze, a finding only at 48 hours' notice."""
    if loss.at >= window.freezes_at:
        return False
    if loss.ground is not Ground.NOT_A_CONTRIBUTION:
        return True
    if loss.reversed_at is not None and loss.reversed_at < window.freezes_at:
        return False
    return loss.notified_at is not None and loss.notified_at <= window.freezes_at - FINDING_NOTICE


def lapse_minimum(otherwise_entitled: int) -> int:
    """Compute how many must have taken part: the greater of 10 and one twentieth (section 10).

    One twentieth is rounded up: fewer people than e/20 is the same as fewer than the next whole number
    above it.
    """
    return max(10, -(-otherwise_entitled // 20))


def lapses(qualified: int, otherwise_entitled: int) -> bool:
    """Say whether too few of the otherwise entitled have qualified. Tested once, at the freeze."""
    return qualified < lapse_minimum(otherwise_entitled)


@dataclass(frozen=True)
class RollLine:
    """One line of the roll: entitled or not, the reason code of a no, and the basis of a yes."""

    member_no: str
    unit_code: str
    membership_class: MembershipClass
    entitled: bool
    reason: str = "none"
    basis: Basis = Basis.NONE


def canonical_roll(ballot_id: int | str, freeze_at: datetime, lines: Iterable[RollLine]) -> bytes:
    """Write a roll in its canonical form, from which the published hash is made (section 9).

    UTF-8, every line ended by LF. First `grasrot-roll-1 TAB ballot_id TAB freeze`, the freeze in UTC as
    `2026-03-16T19:00:00.000000Z`; then `member_no TAB unit_code TAB class TAB yes|no TAB reason TAB basis`,
    sorted by bytes. The reason of a yes and the basis of a no are the word `none`. Raises ValueError for an
    empty field, for one that holds a control character, for a member number that stands there twice, and
    for a naive time.
    """
    if freeze_at.tzinfo is None:
        raise ValueError("the freeze has no time zone")
    moment = freeze_at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
    numbers: set[str] = set()
    rows = []
    for line in lines:
        if line.member_no in numbers:
            raise ValueError(f"member number {line.member_no!r} stands twice on the roll")
        numbers.add(line.member_no)
        rows.append(
            _row(
                line.member_no,
                line.unit_code,
                line.membership_class,
                "yes" if line.entitled else "no",
                line.reason,
                line.basis,
            )
        )
    rows.sort()
    return b"".join([_row("grasrot-roll-1", str(ballot_id), moment), *rows])


def roll_hash(canonical: bytes) -> str:
    """Give the SHA-256 of a canonical roll in lower-case hexadecimal."""
    return sha256(canonical).hexdigest()


def _row(*fields: str) -> bytes:
    for field in fields:
        if field.isprintable() and field:
            continue
        if not field or any(unicodedata.category(character) in _BREAKS for character in field):
            raise ValueError(f"{field!r} cannot stand in a roll")
    return ("\t".join(fields) + "\n").encode()


@dataclass(frozen=True)
class RuleInForce:
    """The rule's parameters in one ballot. Threads and meetings are those linked to the case."""

    setting: Setting
    window: Window
    minimum: int = 1
    shortfall: Shortfall = Shortfall.LAPSE
    kinds: frozenset[Kind] = ALL_KINDS
    threads: frozenset[int] = frozenset()
    meetings: frozenset[int] = frozenset()
    least_characters: int = LEAST_CHARACTERS


@dataclass(frozen=True)
class Permit:
    """That the unit has allowed the rule, and where that stands."""

    authority: Authority
    reference: str


@dataclass(frozen=True)
class RuleDraft:
    """What a notice would say of the rule, with the times it would have."""

    rule: RuleInForce
    subject: Subject
    binding: bool
    permit: Permit | None
    otherwise_entitled: int
    demanded_by_members: bool
    notice_at: datetime
    opens_at: datetime
    closes_at: datetime


def rule_blockers(draft: RuleDraft) -> list[Reason]:
    """List why the rule cannot be used as drafted; empty when it can, and always for `none`.

    Sections 1 (where, by whose leave, from 30 entitled), 5 (minimum, window, dates), 6 (threads), 10
    (`cancel`).
    """
    rule = draft.rule
    if rule.setting is Setting.NONE:
        return []
    reasons = []
    if draft.subject is not Subject.CASE:
        reasons.append(Reason.of("rule_subject", subject=draft.subject))
    reasons.extend(_permit_blockers(draft))
    if draft.otherwise_entitled < FEWEST_ENTITLED:
        reasons.append(Reason.of("rule_too_few", entitled=draft.otherwise_entitled, minimum=FEWEST_ENTITLED))
    if not 1 <= rule.minimum <= HIGHEST_MINIMUM:
        reasons.append(Reason.of("rule_minimum", highest=HIGHEST_MINIMUM))
    if not rule.threads:
        reasons.append(Reason.of("rule_no_thread"))
    if not rule.kinds:
        reasons.append(Reason.of("rule_no_kind"))
    elif not rule.kinds >= ALWAYS_COUNT:
        reasons.append(Reason.of("rule_private_route"))
    if rule.shortfall is Shortfall.CANCEL and draft.demanded_by_members:
        reasons.append(Reason.of("rule_cancel_demanded"))
    freezes_at = rule.window.freezes_at
    reasons.extend(
        Reason.of(code, **facts)
        for fails, code, facts in (
            (
                freezes_at - draft.notice_at < LEAST_NOTICE,
                "freeze_too_soon",
                {"earliest": draft.notice_at + LEAST_NOTICE},
            ),
            (
                freezes_at - rule.window.opens_at < LEAST_WINDOW,
                "window_too_short",
                {"earliest": rule.window.opens_at + LEAST_WINDOW},
            ),
            (
                draft.opens_at - freezes_at < LEAST_PAUSE,
                "opening_too_soon",
                {"earliest": freezes_at + LEAST_PAUSE},
            ),
            (
                draft.closes_at - draft.opens_at < LEAST_VOTING,
                "voting_too_short",
                {"earliest": draft.opens_at + LEAST_VOTING},
            ),
        )
        if fails
    )
    return reasons


def _permit_blockers(draft: RuleDraft) -> list[Reason]:
    permit = draft.permit
    if permit is None:
        return [Reason.of("rule_not_permitted")]
    reasons = []
    if draft.binding and permit.authority != Authority.BYLAWS:
        reasons.append(Reason.of("rule_needs_bylaws"))
    if not permit.reference.strip():
        reasons.append(Reason.of("rule_reference_missing"))
    return reasons


@dataclass(frozen=True)
class Decision:
    """A decision by board members: who, with what reason, when."""

    deciders: frozenset[int]
    reason: str
    at: datetime


def may_change_rule(
    before: RuleInForce, after: RuleInForce, decision: Decision, *, opens_at: datetime, window_changes: int
) -> list[Reason]:
    """List why the rule may not be changed so after the notice; empty when it may (section 2).

    Only milder: threads and meetings added, kinds of contribution added, a lower minimum, and once
    (`window_changes` counts the earlier ones) a longer window. Before 48 hours before the freeze, the last
    moment excluded, by two board members with a reason. A later freeze must still leave 12 hours before the
    opening. Setting and shortfall are the notice's: to take the rule away is to suspend it, see
    `may_suspend_rule`.
    """
    reasons = _decision_blockers(decision)
    last = before.window.freezes_at - LAST_CHANGE
    if decision.at >= last:
        reasons.append(Reason.of("rule_change_too_late", deadline=last))
    if after == before:
        reasons.append(Reason.of("nothing_changed"))
    if after.setting is not before.setting:
        reasons.append(Reason.of("rule_setting_fixed"))
    if after.shortfall is not before.shortfall:
        reasons.append(Reason.of("rule_shortfall_fixed"))
    if after.minimum > before.minimum:
        reasons.append(Reason.of("rule_stricter_minimum", before=before.minimum, after=after.minimum))
    if after.minimum < 1:
        reasons.append(Reason.of("rule_minimum", highest=HIGHEST_MINIMUM))
    if after.least_characters != before.least_characters:
        reasons.append(Reason.of("rule_length_fixed", characters=LEAST_CHARACTERS))
    for code, old, new in (
        ("rule_thread_removed", before.threads, after.threads),
        ("rule_meeting_removed", before.meetings, after.meetings),
    ):
        if not old <= new:
            reasons.append(Reason.of(code, ids=tuple(sorted(old - new))))
    if not before.kinds <= after.kinds:
        reasons.append(Reason.of("rule_kind_removed", kinds=tuple(sorted(before.kinds - after.kinds))))
    if after.window != before.window:
        if after.window.opens_at > before.window.opens_at or (
            after.window.freezes_at < before.window.freezes_at
        ):
            reasons.append(Reason.of("rule_window_shorter"))
        elif window_changes > 0:
            reasons.append(Reason.of("rule_window_once"))
        if opens_at - after.window.freezes_at < LEAST_PAUSE:
            reasons.append(Reason.of("opening_too_soon", earliest=after.window.freezes_at + LEAST_PAUSE))
    return reasons


def may_suspend_rule(decision: Decision, *, opens_at: datetime) -> Answer:
    """Say whether two board members may suspend the rule: until voting opens, with a public reason."""
    blockers = _decision_blockers(decision)
    if blockers:
        return Refused(blockers[0])
    if decision.at >= opens_at:
        return refused("rule_suspend_too_late", deadline=opens_at)
    return Allowed()


def _decision_blockers(decision: Decision) -> list[Reason]:
    reasons = []
    if len(decision.deciders) < 2:
        reasons.append(Reason.of("two_needed"))
    if not decision.reason.strip():
        reasons.append(Reason.of("reason_missing"))
    return reasons


def appeals_until(closes_at: datetime) -> datetime:
    """Give the moment before which a roll line can be appealed: 36 hours before closing (section 11)."""
    return closes_at - APPEALS_END


@dataclass(frozen=True)
class StatusFacts:
    """What the participation line of one member in one ballot depends on.

    `refusal` is why she would not be entitled as things stand (or is not, once the roll is made), None when
    she is or would be. `suspended` and `lapsed` speak of the rule, `roll_made` of the roll.
    """

    setting: Setting
    window: Window
    opens_at: datetime
    closes_at: datetime
    participation: Participation | None
    refusal: Reason | None
    otherwise_entitled: bool
    roll_made: bool = False
    voted: bool = False
    suspended: bool = False
    lapsed: bool = False
    lapse_minimum: int = 0


def status_line(facts: StatusFacts, at: datetime) -> Reason | None:
    """Choose the sentence of the participation line (STRINGS.md 29 to 36) with its facts, None for no line.

    One contribution of one says `part.not_yet`; where more are asked for, `part.some` also says "0 of 2",
    since "one is enough" would be untrue. The roll that is late says `part.roll_being_made` until it is
    there.
    """
    if facts.voted:
        return Reason.of("part.voted")
    if at >= facts.closes_at:
        return None
    rule_on = facts.setting is Setting.REQUIRED and not facts.suspended
    before_freeze = at < facts.window.freezes_at
    if not before_freeze and not facts.roll_made:
        return Reason.of("part.roll_being_made")
    if before_freeze and rule_on and facts.otherwise_entitled and facts.participation is not None:
        return _before_freeze(facts, facts.participation)
    if facts.refusal is not None:
        until = appeals_until(facts.closes_at)
        return Reason.of(
            "part.refused",
            reason=facts.refusal,
            appeal_before=until,
            can_appeal=not before_freeze and at < until,
        )
    if at >= facts.opens_at:
        return Reason.of("part.vote_now", closes_at=facts.closes_at)
    if facts.suspended and facts.setting is Setting.REQUIRED:
        return Reason.of("part.rule_off", opens_at=facts.opens_at)
    if not rule_on or before_freeze:
        return None
    if facts.lapsed:
        return Reason.of("part.lapsed", minimum=facts.lapse_minimum)
    return _ready(facts, facts.participation) if facts.participation else None


def _before_freeze(facts: StatusFacts, participation: Participation) -> Reason:
    deadline = facts.window.freezes_at
    if participation.qualified:
        return _ready(facts, participation)
    if participation.minimum == 1:
        return Reason.of("part.not_yet", deadline=deadline)
    return Reason.of(
        "part.some",
        n=participation.n,
        minimum=participation.minimum,
        missing=participation.missing,
        deadline=deadline,
    )


def _ready(facts: StatusFacts, participation: Participation) -> Reason:
    first = participation.counted[0] if participation.counted else None
    return Reason.of(
        "part.ready",
        what=participation.basis,
        at=first.at if first else facts.window.freezes_at,
        credit=first.credit_id if first else None,
        opens_at=facts.opens_at,
    )


def not_enough_alone(facts: StatusFacts, at: datetime, *, has_reacted_or_read: bool) -> Reason | None:
    """Add sentence 36 for a member who has only read, followed or reacted while there is still time."""
    line = status_line(facts, at)
    if has_reacted_or_read and line is not None and line.code in ("part.not_yet", "part.some"):
        participation = facts.participation
        if participation is None or participation.n == 0:
            return Reason.of("part.not_enough")
    return None
