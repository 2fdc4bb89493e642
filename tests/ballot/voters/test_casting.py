"""Casting: one mark, one paper, one receipt, or a refusal that leaves nothing."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from builders import a_member, a_unit, an_office, oslo
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from statements_sent import counted_statements
from voter_world import (
    CLOSED,
    CLOSING,
    OPENING,
    WHILE_OPEN,
    Box,
    World,
    box,
    sent,
    when,
)

from ballot.models import Ballot, RollEntry
from ballot.rules.lifecycle import State
from ballot.services import casting
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import NotAllowed, NotFound, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import Standing
from members.rules.classes import MembershipClass, Status
from members.rules.permissions import OfficeKind

NOTHING = Box(0, 0, 0)
ONE = Box(1, 1, 1)


def refusals() -> list[AuditEntry]:
    db.session.rollback()
    return list(
        db.session.scalars(
            select(AuditEntry).where(AuditEntry.act == "refused:cast_vote").order_by(AuditEntry.seq)
        )
    )


def refused(ballot_id: int, member_id: int, choice: int | None = 0) -> str:
    """Cast, and give the code of the refusal."""
    with pytest.raises(NotAllowed) as refusal:
        casting.cast(ballot_id, member_id, sent(ballot_id, choice))
    return refusal.value.reason.code


@pytest.mark.parametrize("choice", [0, 1, None])
def test_a_vote_leaves_one_mark_one_paper_and_one_receipt(world: World, choice: int | None) -> None:
    ballot_id = world.ballot()
    with when(WHILE_OPEN):
        code = casting.cast(ballot_id, world.voters[0].id, sent(ballot_id, choice))
    assert len(code) == 12
    assert box(ballot_id) == ONE


def test_a_second_vote_is_refused_and_the_first_one_stands(world: World) -> None:
    ballot_id = world.ballot()
    with when(WHILE_OPEN):
        casting.cast(ballot_id, world.voters[0].id, sent(ballot_id, 0))
        assert refused(ballot_id, world.voters[0].id, 1) == "vote.twice"
    assert box(ballot_id) == ONE


MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("local", "shift", "code"),
    [
        (OPENING, timedelta(0), None),
        (CLOSING, -MICROSECOND, None),
        (CLOSING, timedelta(0), "vote.closed"),
        (CLOSING, timedelta(days=200), "vote.closed"),
    ],
)
def test_voting_is_open_from_its_first_microsecond_and_closed_from_the_closing_microsecond(
    world: World, local: str, shift: timedelta, code: str | None
) -> None:
    ballot_id = world.ballot()
    with clock.stopped_at(oslo(local) + shift, all_threads=True):
        if code is None:
            casting.cast(ballot_id, world.voters[0].id, sent(ballot_id, 0))
        else:
            assert refused(ballot_id, world.voters[0].id) == code
    assert box(ballot_id) == (ONE if code is None else NOTHING)


def test_nobody_votes_before_the_opening_microsecond_and_the_first_vote_opens_a_ballot_nobody_has_looked_at(
    world: World,
) -> None:
    opens_at = oslo(OPENING) + timedelta(days=2)
    ballot_id = world.ballot(opens_at=opens_at, closes_at=opens_at + timedelta(days=7))
    assert world.load(ballot_id).state is State.NOTIFIED
    with clock.stopped_at(opens_at - MICROSECOND, all_threads=True):
        assert refused(ballot_id, world.voters[0].id) == "vote.not_open"
    with clock.stopped_at(opens_at, all_threads=True):
        casting.cast(ballot_id, world.voters[0].id, sent(ballot_id, 0))
    assert world.load(ballot_id).state is State.OPEN
    assert box(ballot_id) == ONE


def test_a_recorded_closing_stands_for_a_machine_whose_clock_is_behind(world: World) -> None:
    ballot_id = world.ballot()
    world.vote(ballot_id, [0, 1])
    world.close(ballot_id)
    with when(WHILE_OPEN):
        assert refused(ballot_id, world.voters[5].id) == "vote.closed"
    assert box(ballot_id) == Box(marks=2, papers=0, receipts=2, opened=2)


@pytest.mark.parametrize("state", [State.CANCELLED, State.ANNULLED])
def test_a_ballot_that_ended_before_its_time_takes_no_vote(world: World, state: State) -> None:
    ballot_id = world.ballot()
    with transaction():
        db.session.get_one(Ballot, ballot_id).state = state
    with when(WHILE_OPEN):
        assert refused(ballot_id, world.voters[0].id) == f"ballot_{state}"
    assert box(ballot_id) == NOTHING


def test_a_draft_is_not_known_to_be_there(world: World) -> None:
    ballot_id = world.ballot()
    with transaction():
        db.session.get_one(Ballot, ballot_id).state = State.DRAFT
    with when(WHILE_OPEN):
        for unknown in (ballot_id, 999_999):
            with pytest.raises(NotFound):
                casting.cast(unknown, world.voters[0].id, sent(unknown, 0))
    assert refusals() == []


def test_whoever_is_not_entitled_is_refused_and_the_log_knows_no_choice(world: World) -> None:
    """A supporter, a member of another unit who moderates here, and an administrator who is no member of it."""
    elsewhere = a_unit("Sørfjord kommuneparti")
    supporter = a_member(world.unit, membership_class=MembershipClass.AFFILIATED_SUPPORTER)
    moderator, admin = a_member(elsewhere), a_member(elsewhere)
    an_office(moderator, OfficeKind.ELECTED_REPRESENTATIVE, world.unit)
    an_office(admin, OfficeKind.ADMINISTRATOR, elsewhere)
    ballot_id = world.ballot()
    with when("2026-03-05 12:34"):
        assert refused(ballot_id, supporter.id) == "class_not_allowed"
        assert refused(ballot_id, moderator.id, 1) == "not_on_roll"
        assert refused(ballot_id, admin.id, None) == "not_on_roll"
    assert box(ballot_id) == NOTHING
    entries = refusals()
    assert [(entry.actor_id, json.loads(entry.facts)) for entry in entries] == [
        (supporter.id, {"reason": "class_not_allowed"}),
        (moderator.id, {"reason": "not_on_roll"}),
        (admin.id, {"reason": "not_on_roll"}),
    ]
    # The hour and no more.
    assert {entry.at for entry in entries} == {oslo("2026-03-05 12:00")}


def test_the_refusal_of_a_member_who_may_not_vote_says_why_in_full(world: World) -> None:
    late = a_member(world.unit, joined="2026-03-02 09:01", recorded="2026-03-02 09:01")
    opens_at = oslo(OPENING) + timedelta(days=2)
    ballot_id = world.ballot(opens_at=opens_at, closes_at=opens_at + timedelta(days=7))
    with when(WHILE_OPEN), pytest.raises(NotAllowed) as refusal:
        casting.cast(ballot_id, late.id, sent(ballot_id, 0))
    assert refusal.value.reason.code == "joined_after_cutoff"
    assert refusal.value.reason.facts["joined_at"] == oslo("2026-03-02 09:01")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([], "choice.missing"),
        (["0"], "choice.unknown"),
        (["Ja"], "choice.unknown"),
        ([""], "choice.unknown"),
        (["{id}-2"], "choice.unknown"),
        (["{id}--1"], "choice.unknown"),
        (["{other}-0"], "choice.unknown"),
        (["{other}-blank"], "choice.unknown"),
        (["{id}-0", "{other}-1"], "choice.unknown"),
        (["{id}-0", "{id}-1"], "choice.one_only"),
        (["{id}-0", "{id}-blank"], "choice.blank_and_marks"),
        (["{id}-0\x00"], "choice.unknown"),
        (["{id}-" + "9" * 5000], "choice.unknown"),
    ],
)
def test_a_choice_that_is_none_is_refused_and_leaves_nothing(
    world: World, values: list[str], code: str
) -> None:
    ballot_id, other = world.ballot(), world.ballot(question="Skal Søndre skole bestå?")
    filled = [value.replace("{id}", str(ballot_id)).replace("{other}", str(other)) for value in values]
    with when(WHILE_OPEN), pytest.raises(RuleBroken) as problem:
        casting.cast(ballot_id, world.voters[0].id, filled)
    assert problem.value.reason.code == code
    assert problem.value.reason.facts == {}
    assert box(ballot_id) == NOTHING
    assert refusals() == []


def test_the_same_option_sent_twice_is_that_option(world: World) -> None:
    ballot_id = world.ballot()
    with when(WHILE_OPEN):
        casting.cast(ballot_id, world.voters[0].id, sent(ballot_id, 0) * 2)
    assert box(ballot_id) == ONE


def test_in_an_approval_several_options_are_one_paper(world: World) -> None:
    ballot_id = world.ballot(options=("A", "B", "C"), several=True)
    with when(WHILE_OPEN):
        casting.cast(ballot_id, world.voters[0].id, sent(ballot_id, (0, 2)))
    assert box(ballot_id) == ONE


def test_a_member_suspended_after_the_roll_was_made_keeps_the_vote_it_gave_her(world: World) -> None:
    """PARTICIPATION section 9: later events change nothing."""
    ballot_id = world.ballot()
    with transaction() as session:
        session.add(
            Standing(
                member_id=world.voters[0].id,
                unit_id=world.unit.id,
                membership_class=MembershipClass.FULL_MEMBER,
                status=Status.SUSPENDED,
                joined_at=oslo("2015-01-01 00:00"),
                born_year=1980,
                recorded_at=oslo("2026-03-03 09:00"),
            )
        )
    with when(WHILE_OPEN):
        casting.cast(ballot_id, world.voters[0].id, sent(ballot_id, 0))
    assert box(ballot_id) == ONE


def test_a_failure_in_the_middle_of_casting_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ballot_id = world.ballot()

    def fails() -> str:
        raise OSError("no more entropy")

    with when(WHILE_OPEN), monkeypatch.context() as patched:
        patched.setattr(casting.receipts, "new_code", fails)
        with pytest.raises(OSError, match="entropy"):
            casting.cast(ballot_id, world.voters[0].id, sent(ballot_id, 0))
    assert box(ballot_id) == NOTHING
    with when(WHILE_OPEN):
        casting.cast(ballot_id, world.voters[0].id, sent(ballot_id, 0))
    assert box(ballot_id) == ONE


def test_a_vote_costs_few_statements_whatever_the_size_of_the_roll(world: World) -> None:
    ballot_id = world.ballot()
    member_id = world.voters[0].id
    with when(WHILE_OPEN), counted_statements() as statements:
        casting.cast(ballot_id, member_id, sent(ballot_id, 0))
    kinds = [statement.split()[0] for statement in statements]
    assert kinds == ["SELECT", "SELECT", "UPDATE", "INSERT", "INSERT"], statements


def test_only_the_entitled_can_ever_be_marked_whatever_the_program_does(world: World) -> None:
    """The database agrees: a mark beside a no is refused by a constraint."""
    supporter = a_member(world.unit, membership_class=MembershipClass.AFFILIATED_SUPPORTER)
    ballot_id = world.ballot()
    with pytest.raises(IntegrityError), transaction() as session:
        session.scalars(
            select(RollEntry).where(RollEntry.ballot_id == ballot_id, RollEntry.member_id == supporter.id)
        ).one().voted = True
    with when(CLOSED):
        assert box(ballot_id) == NOTHING
