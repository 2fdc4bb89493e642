"""The places a ballot fills, as the counting core takes them: seats, deputies, and the quota with its groups."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ballot.counting.quota import Quota, quota_of
from ballot.counting.tally import Rules
from ballot.models import Ballot
from ballot.rules import methods
from ballot.rules.methods import KINDS, Kind

GROUPS = ("K", "M")
"""The groups a candidate can place herself in; whoever gives none stands outside the quota."""


def kind_of(ballot: Ballot) -> Kind:
    """What the ballot's method asks of a paper."""
    return KINDS[ballot.method]


def most_marks(ballot: Ballot) -> int:
    """How many options a paper of the ballot may name at most."""
    return methods.most_marks(ballot.method, len(ballot.options), ballot.seats, ballot.max_marks)


def is_of_persons(ballot: Ballot) -> bool:
    """Whether the ballot's options are candidates."""
    return methods.is_of_persons(ballot.method, ballot.subject)


def quota_json(stored: str, groups: Sequence[str]) -> dict[str, Any] | None:
    """The quota in the form of `grasrot count --quota`; None without one.

    `stored` is a ballot's quota, `groups` each candidate's group in the ballot's order. Whether too few of
    a group lower its minimum or keep the ballot from opening is settled before the notice: here a minimum is
    lowered.
    """
    if not stored:
        return None
    asked = json.loads(stored)
    named: dict[str, list[int]] = {name: [] for name in GROUPS}
    for number, group in enumerate(groups, start=1):
        if group in named:
            named[group].append(number)
    return {
        "groups": named,
        "members": asked.get("members"),
        "deputies": asked.get("deputies"),
        "too_few": "lower",
    }


def quota_file(ballot: Ballot) -> dict[str, Any] | None:
    """The ballot's quota as the file that `grasrot count --quota` reads; None without one."""
    return quota_json(ballot.quota, [option.gender_group for option in ballot.options])


def refuses_short(ballot: Ballot) -> bool:
    """Whether the ballot was not to be opened with too few candidates of a group."""
    return bool(ballot.quota) and json.loads(ballot.quota).get("too_few") == "refuse"


def quota(stored: str, groups: Sequence[str]) -> Quota | None:
    """The quota as the counting core reads it. Raises BadQuota."""
    data = quota_json(stored, groups)
    return quota_of(data, len(groups)) if data else None


def rules_of(ballot: Ballot, votes_needed: int | None = None) -> Rules:
    """What was decided before the ballot opened, for `ballot.counting.methods.count`."""
    return Rules(
        seats=ballot.seats,
        deputies=ballot.deputies,
        quota=quota(ballot.quota, [option.gender_group for option in ballot.options]),
        max_marks=ballot.max_marks,
        votes_needed=votes_needed,
    )


def rules_json(ballot: Ballot, rules: Rules) -> Mapping[str, object]:
    """The same as plain values, for the stored count."""
    return {
        "seats": rules.seats,
        "deputies": rules.deputies,
        "quota": quota_file(ballot),
        "max_marks": rules.max_marks,
        "votes_needed": rules.votes_needed,
        "tie_rule": ballot.tie_rule.value,
    }
