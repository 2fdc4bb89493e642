"""A member's part in the debate on a ballot's case: where she stands, what counted and what did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ballot import facts, phrases, queries
from ballot.models import Ballot
from ballot.rules.eligibility import MemberFacts, unfulfilled
from ballot.rules.lifecycle import State
from ballot.rules.participation import (
    Credit,
    Kind,
    Participation,
    RuleState,
    Setting,
    StatusFacts,
    lapse_minimum,
    not_enough_alone,
    refusal,
    status_line,
)
from forums.models import Post
from forums.reactions.queries import has_reacted
from forums.rules import LEAST_CHARACTERS
from foundation.errors import Reason
from members.access import Rights
from members.rules.classes import MembershipClass
from members.rules.permissions import Permission

_MARKS = {
    "part.not_yet": "not_yet",
    "part.some": "some",
    "part.ready": "ready",
    "part.vote_now": "now",
    "part.voted": "voted",
    "part.refused": "refused",
    "part.refused_for_now": "refused",
    "part.lapsed": "lapsed",
    "part.rule_off": "lapsed",
    "part.roll_being_made": "info",
}


@dataclass(frozen=True)
class Contribution:
    """One thing a member has done in the case: of what kind, when, in which post, and why it does not count."""

    kind: Kind
    at: datetime
    post_id: int | None
    why_not: Reason | None = None


@dataclass(frozen=True)
class Status:
    """The participation line of one member in one ballot; nobody else sees it (PARTICIPATION section 12)."""

    mark: str
    line: Reason
    ballot_id: int
    case_id: int | None
    counted: tuple[Contribution, ...] = ()
    not_counting: tuple[Contribution, ...] = ()
    told_what_counts: bool = False
    only_reacted: bool = False

    @property
    def may_contribute(self) -> bool:
        """Whether taking part still changes something for her."""
        return self.line.code in ("part.not_yet", "part.some")


def status(ballot: Ballot, rights: Rights, at: datetime, *, posts_too: bool = True) -> Status | None:
    """Where a member stands in a ballot that is published, None where there is nothing to say to her.

    Before the freeze it costs a query for her credits, one for posts that gave none where she has not
    qualified (unless not `posts_too`), and one for her dues where a bylaw asks for them. After it one for
    her line on the roll, and one for her credits where they are told.
    """
    if not facts.is_public(ballot) or ballot.state in (State.CANCELLED, State.ANNULLED):
        return None
    if ballot.closes_at is None or at >= ballot.closes_at:
        return None
    if facts.roll_is_made(ballot):
        return _after_freeze(ballot, rights, at)
    if _is_guest(rights):
        return None
    return _before_freeze(ballot, rights, at, posts_too=posts_too)


def _is_guest(rights: Rights) -> bool:
    """A sympathiser, or a suspended member: she has no part in this, unless the roll has given her one."""
    return rights.is_guest or not rights.has_some(Permission.SEE_OWN_STATUS)


def _before_freeze(ballot: Ballot, rights: Rights, at: datetime, *, posts_too: bool) -> Status | None:
    me = facts.own_facts(ballot, rights, at)
    reason = unfulfilled(me, facts.electorate(ballot), facts.window_of(ballot).freezes_at)
    known = StatusFacts(
        setting=ballot.participation,
        window=facts.window_of(ballot),
        opens_at=_set(ballot.opens_at),
        closes_at=_set(ballot.closes_at),
        participation=me.participation,
        refusal=reason,
        otherwise_entitled=reason is None,
        suspended=ballot.rule_state is not RuleState.IN_FORCE,
    )
    line = status_line(known, at)
    if line is None:
        return None
    made = _status(ballot, line, me.participation)
    if not made.may_contribute:
        return made
    posts, reacted = (
        queries.posts_without_credit(ballot.case_id, me.member_id, has_reacted)
        if posts_too and ballot.case_id is not None
        else ([], False)
    )
    left_out = [_without_credit(post) for post in posts]
    return replace(
        made,
        not_counting=(*made.not_counting, *left_out),
        told_what_counts=True,
        only_reacted=not_enough_alone(known, at, has_reacted_or_read=reacted) is not None,
    )


def _after_freeze(ballot: Ballot, rights: Rights, at: datetime) -> Status | None:
    roll, entry = queries.roll_line(ballot.id, rights.member.id)
    if entry is None and _is_guest(rights):
        return None
    line_on_roll = facts.on_roll(ballot, rights, entry, at)
    told = line_on_roll.reason if line_on_roll else _not_on_roll(ballot, rights, at)
    lapsed = bool(roll and roll.lapsed)
    waits = told is None and facts.setting_of(ballot) is Setting.REQUIRED and at < _set(ballot.opens_at)
    taken = facts.own_participation(ballot, rights.member.id) if waits and not lapsed else None
    known = StatusFacts(
        setting=ballot.participation,
        window=facts.window_of(ballot),
        opens_at=_set(ballot.opens_at),
        closes_at=_set(ballot.closes_at),
        participation=taken,
        refusal=phrases.precise(told) if told else None,
        otherwise_entitled=bool(entry and entry.otherwise_entitled),
        roll_made=True,
        voted=bool(entry and entry.voted),
        suspended=ballot.rule_state is not RuleState.IN_FORCE,
        lapsed=lapsed,
        lapse_minimum=lapse_minimum(roll.otherwise_entitled) if roll else 0,
    )
    line = status_line(known, at)
    return _status(ballot, line, taken) if line else None


def _not_on_roll(ballot: Ballot, rights: Rights, at: datetime) -> Reason:
    """Why a member has no line at all: mostly that the ballot is for another unit."""
    me = facts.own_facts(ballot, rights, at)
    reason = unfulfilled(me, facts.electorate(ballot), facts.window_of(ballot).freezes_at)
    return reason or Reason.of("not_on_roll")


def _status(ballot: Ballot, line: Reason, taken: Participation | None) -> Status:
    if line.code == "part.refused" and not line.facts["can_appeal"]:
        line = Reason("part.refused_for_now", line.facts)
    return Status(
        mark=_MARKS[line.code],
        line=line,
        ballot_id=ballot.id,
        case_id=ballot.case_id,
        counted=tuple(_contribution(credit) for credit in taken.counted) if taken else (),
        not_counting=tuple(
            _contribution(entry.credit, phrases.precise(entry.reason)) for entry in taken.not_counting
        )
        if taken
        else (),
    )


def _contribution(credit: Credit, why_not: Reason | None = None) -> Contribution:
    what, _, number = credit.source.partition(":")
    return Contribution(credit.kind, credit.at, int(number) if what == "post" else None, why_not)


def _without_credit(post: Post) -> Contribution:
    """A post that stands in the case without having given a credit: official, too short, or a copy."""
    if post.office_id is not None:
        reason = Reason.of("official")
    elif post.visible_characters < LEAST_CHARACTERS:
        reason = Reason.of("too_short", characters=post.visible_characters, minimum=LEAST_CHARACTERS)
    else:
        reason = Reason.of("copy")
    return Contribution(Kind.POST, post.written_at, post.id, reason)


# What a member can still do comes before what she has done; at most one line stands on a page.
_FIRST = ("now", "not_yet", "some", "ready", "lapsed", "info", "voted", "refused")


def foremost(ballots: Sequence[Ballot], rights: Rights, at: datetime) -> Status | None:
    """Where a member stands in the ballot of these that asks most of her."""
    statuses = [status(ballot, rights, at) for ballot in living(ballots, at)[:3]]
    return min(
        (one for one in statuses if one is not None), key=lambda one: _FIRST.index(one.mark), default=None
    )


def living(ballots: Sequence[Ballot], at: datetime) -> list[Ballot]:
    """The published ballots that have not closed: one that is open before one to come, the nearest first."""
    found = [
        ballot
        for ballot in ballots
        if ballot.state in (State.NOTIFIED, State.FROZEN, State.OPEN)
        and ballot.closes_at is not None
        and at < ballot.closes_at
    ]
    return sorted(
        found, key=lambda ballot: (ballot.state is not State.OPEN, ballot.opens_at or at, ballot.id)
    )


def composer_notice(ballots: Sequence[Ballot], rights: Rights, at: datetime) -> Reason | None:
    """What whoever may discuss but not vote is told before writing (PARTICIPATION section 12); no query.

    A supporter that her class has no vote, a new member that this ballot is for those who were members
    before her.
    """
    urgent = living(ballots, at)
    if not urgent or rights.is_guest:
        return None
    about = facts.electorate(urgent[0])
    supporter = rights.membership_class is MembershipClass.AFFILIATED_SUPPORTER
    if supporter and rights.membership_class not in about.classes:
        return Reason.of("composer.supporter", membership_class=rights.membership_class)
    if rights.standing.joined_at > about.cutoff_at:
        return Reason.of("composer.new_member", cutoff_at=about.cutoff_at)
    return None


def loses_by(ballot: Ballot, me: MemberFacts, without: frozenset[int]) -> bool:
    """Whether a member who has taken part would no longer have, without these credits."""
    if me.participation is None or refusal(me.participation, facts.window_of(ballot)) is not None:
        return False
    left = [credit for credit in me.participation.counted if credit.credit_id not in without]
    return len(left) < ballot.minimum_contributions


def _set(moment: datetime | None) -> datetime:
    if moment is None:
        raise ValueError("a ballot with a notice has all its times")
    return moment
