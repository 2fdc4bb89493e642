"""A meeting's list that was entered after the freeze: it counts from the meeting, until voting opens (section 4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from ballot import facts, queries
from ballot.models import AppendixKind
from ballot.rules.lifecycle import State
from ballot.rules.participation import Basis, Setting, standing
from ballot.services import appendices, lifecycle
from ballot.services.appendices import Change
from foundation.errors import Reason

ACTOR = "meeting"
_INSTANT = timedelta(microseconds=1)


def late_credit(*, case_id: int, member_id: int, credit_id: int, at: datetime) -> Reason | None:
    """Put whoever was at the meeting on the rolls that are made, each by an appendix; what to tell her, or None.

    In the transaction that stored the credit. Nothing changes where the rule does not hold, once voting has
    opened, or where she would not have a vote for another reason.
    """
    told = None
    for found in queries.on_case(case_id):
        if not facts.roll_is_made(found) and not lifecycle.is_due(found, at):
            continue
        ballot = lifecycle.lock_and_advance(found.id, at)
        roll = queries.roll_of(ballot.id)
        entry = queries.roll_entry(ballot.id, member_id)
        setting = facts.setting_of(ballot)
        if ballot.state is not State.FROZEN or roll is None or roll.lapsed or entry is None:
            continue
        if setting is Setting.NONE or not entry.otherwise_entitled or entry.basis:
            continue
        credits_of, losses = queries.credits_and_losses(ballot.case_id, member_id)
        taken = standing(
            [facts.credit_of(row) for row in credits_of],
            [facts.loss_of(row) for row in losses],
            facts.window_of(ballot),
            ballot.minimum_contributions,
            kinds=facts.kinds_of(ballot),
            known_before=at + _INSTANT,
        )
        if not taken.qualified or taken.basis is Basis.NONE:
            continue
        change = Change(member_id, entitled=True, basis=taken.basis, credit_id=credit_id)
        kind = AppendixKind.LATE_CONTRIBUTION
        appendices.append(ballot, kind, [change], at=at, actor=ACTOR, reason=kind.value)
        told = told or Reason.of("credit.counts_towards", question=ballot.question, opens_at=ballot.opens_at)
    return told
