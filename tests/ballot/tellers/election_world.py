"""Elections among five, two of them members: drafted, consented to, noticed, voted in and counted by two tellers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from teller_world import CLOSED, OPENING, WHILE_OPEN, World, when

from ballot import queries
from ballot.models import Ballot, Method
from ballot.rules.majority import TieRule
from ballot.services import candidates, casting, drafting, notice, tellers
from ballot.services.drafting import Candidacy, Draft
from foundation.extensions import db
from members.access import rights_of
from members.models import Member
from members.rules.classes import Subject

NAMES = ("Astri", "Bjarne", "Cecilie", "Didrik", "Eva")
QUOTA = json.dumps({"members": "40", "deputies": None, "too_few": "lower"})
# Whom 27 voters want, best first; the last three vote blank.
ORDERS = [(0, 1)] * 9 + [(1, 3)] * 7 + [(2, 0)] * 5 + [(3,)] * 3 + [()] * 3


def rights(member: Member) -> Any:
    found = rights_of(member)
    assert found is not None
    return found


def drafted(world: World, method: Method, **more: Any) -> int:
    """A draft of an election among five, of whom Astri and Bjarne are members; two tellers."""
    members = (world.voters[28], world.voters[29])
    draft = Draft(
        unit_id=world.unit.id,
        question="Hvem skal sitte i styret?",
        about="Årsmøtet har bedt medlemmene velge.",
        responsible_id=world.chair.id,
        options=tuple((name, "") for name in NAMES),
        subject=Subject.ELECTION,
        several=method is Method.APPROVAL,
        counted_by=method if method not in (Method.CHOICE, Method.APPROVAL) else None,
        teller_ids=frozenset(member.id for member in world.tellers),
        tie_rule=TieRule.LOT,
        candidates=tuple(Candidacy(member.id) for member in members) + (Candidacy(),) * 3,
        **more,
    )
    return drafting.create(draft, rights(world.chair)).id


def consented(world: World, ballot_id: int) -> None:
    """The members say yes themselves, the others on paper; all but Eva give a group."""
    candidates.ask(ballot_id, rights(world.chair))
    for member, group in ((world.voters[28], "K"), (world.voters[29], "M")):
        candidates.answer(ballot_id, rights(member), stands=True, portrait="Jeg vil.", gender_group=group)
    for place, group in ((2, "K"), (3, "M"), (4, "")):
        candidates.record_written(
            ballot_id, place, rights(world.chair), date(2026, 2, 20), gender_group=group
        )


def noticed(world: World, method: Method, **more: Any) -> int:
    with when(OPENING):
        ballot_id = drafted(world, method, **more)
        consented(world, ballot_id)
        drafting.submit(ballot_id, rights(world.chair), small_roll_confirmed=True)
        notice.publish(ballot_id, rights(world.board), small_roll_confirmed=True)
    return ballot_id


def sent(ballot_id: int, method: str, order: Sequence[int]) -> list[str]:
    """What a form sends for somebody who wants these, best first."""
    if not order:
        return [casting.value_of(ballot_id, None)]
    values = [casting.value_of(ballot_id, place) for place in order]
    if method == "score":
        return [f"{value}:{5 - turn}" for turn, value in enumerate(values)]
    if method in ("choice", "approval", "block"):
        return values[:1] if method == "choice" else values
    return [f"{value}:{turn}" for turn, value in enumerate(values, start=1)]


def counted(world: World, ballot_id: int, orders: Sequence[Sequence[int]] = ORDERS) -> Ballot:
    """Vote, close, and let two tellers open the box."""
    with when(WHILE_OPEN):
        ballot = queries.ballot(ballot_id)
        assert ballot is not None
        method = ballot.method.value
        for voter, order in zip(world.voters, orders, strict=False):
            casting.cast(ballot_id, voter.id, sent(ballot_id, method, order))
    with when(CLOSED):
        for teller in world.tellers[:2]:
            tellers.release(ballot_id, rights(teller))
    db.session.rollback()
    found = queries.whole_ballot(ballot_id)
    assert found is not None
    return found
