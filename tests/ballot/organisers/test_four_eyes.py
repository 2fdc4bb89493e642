"""Four eyes before the notice, two board members after it, and a forged request that gets nowhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from board_world import Board, Browser, acts, rights, when
from builders import a_member, a_unit, an_office, oslo
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from ballot.models import Ballot, BallotTeller, EventKind
from ballot.rules.lifecycle import State
from ballot.services import changes, drafting, lifecycle, notice
from foundation.audit import broken_links
from foundation.errors import NotAllowed, NotFound, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import Member, Term, Unit
from members.rules.classes import MembershipClass, Status
from members.rules.permissions import OfficeKind

LATER = {
    "roll_freezes_at": oslo("2026-03-05 08:00"),
    "opens_at": oslo("2026-03-05 12:00"),
    "closes_at": oslo("2026-03-12 12:00"),
}


def test_the_drafter_does_not_approve_her_own_draft(world: Board) -> None:
    ballot_id = world.submitted()
    with pytest.raises(NotAllowed) as refusal:
        notice.publish(ballot_id, rights(world.chair))
    assert refusal.value.reason.code == "own_draft"
    page = world.as_(world.chair).post(f"/styret/avstemninger/{ballot_id}/godkjenn", status=403)
    assert "En annen i styret må godkjenne det." in page
    assert world.load(ballot_id).state is State.SUBMITTED
    assert len(acts("refused:approve_ballot")) == 2


def test_the_database_refuses_the_same_person_twice(world: Board) -> None:
    ballot_id = world.submitted()
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(update(Ballot).where(Ballot.id == ballot_id).values(approver_id=world.chair.id))


def test_the_database_publishes_no_binding_ballot(world: Board) -> None:
    ballot_id = world.drafted()
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(
            update(Ballot).where(Ballot.id == ballot_id).values(force="binding", state=State.NOTIFIED)
        )


def test_another_of_the_board_or_of_the_board_above_approves(world: Board) -> None:
    for approver in (world.board, world.above):
        ballot_id = world.submitted()
        world.as_(approver).get(f"/styret/avstemninger/{ballot_id}/forhandsvis")
        world.as_(approver).post(f"/styret/avstemninger/{ballot_id}/godkjenn")
        ballot = world.load(ballot_id)
        assert (ballot.state, ballot.approver_id) == (State.OPEN, approver.id)
    assert [entry.actor_id for entry in acts("approve_ballot")] == [world.board.id, world.above.id]


def test_only_the_drafter_sends_in(world: Board) -> None:
    ballot_id = world.drafted()
    world.as_(world.board).post(f"/styret/avstemninger/{ballot_id}/send-inn", status=403)
    assert world.load(ballot_id).state is State.DRAFT


def test_a_draft_is_sent_back_with_a_reason_and_comes_again(world: Board) -> None:
    ballot_id = world.submitted()
    address = f"/styret/avstemninger/{ballot_id}/send-tilbake"
    assert "Skriv en begrunnelse." in world.as_(world.board).post(address, {"reason": " "}, status=422)
    world.as_(world.chair).post(address, {"reason": "Selv"}, status=403)
    world.as_(world.board).post(address, {"reason": "Nevn bussen også."})
    ballot = world.load(ballot_id)
    assert (ballot.state, ballot.sent_back_reason) == (State.DRAFT, "Nevn bussen også.")
    page = world.as_(world.chair).get(f"/styret/avstemninger/{ballot_id}/rediger")
    assert "Utkastet er sendt tilbake: Nevn bussen også." in page
    world.as_(world.chair).post(f"/styret/avstemninger/{ballot_id}/send-inn")
    world.as_(world.board).post(f"/styret/avstemninger/{ballot_id}/godkjenn")
    kinds = [event.kind for event in world.events(ballot_id)]
    assert kinds[:5] == [
        EventKind.DRAFTED,
        EventKind.SUBMITTED,
        EventKind.SENT_BACK,
        EventKind.SUBMITTED,
        EventKind.NOTIFIED,
    ]


def test_a_submitted_draft_is_locked_against_edits(world: Board) -> None:
    ballot_id = world.submitted()
    page = world.as_(world.chair).get(f"/styret/avstemninger/{ballot_id}/rediger", status=409)
    assert "Utkastet er sendt til godkjenning og kan ikke redigeres." in page
    world.as_(world.chair).post(
        f"/styret/avstemninger/{ballot_id}/rediger", world.four_fields(question="Noe annet?"), status=409
    )
    assert world.load(ballot_id).question == "Bør begge skolene bestå?"


def test_a_draft_is_withdrawn_and_members_never_see_it(world: Board) -> None:
    ballot_id = world.drafted()
    world.as_(world.chair).post(f"/styret/avstemninger/{ballot_id}/trekk")
    assert world.load(ballot_id).state is State.WITHDRAWN
    world.as_(world.members[0]).get(f"/avstemninger/{ballot_id}", status=404)
    world.as_(world.members[0]).post(f"/styret/avstemninger/{world.drafted()}/trekk", status=403)


def test_a_drafter_who_has_left_the_board_can_still_withdraw(world: Board) -> None:
    ballot_id = world.drafted()
    with transaction() as session:
        session.execute(
            update(Term).where(Term.member_id == world.chair.id).values(ends_at=oslo("2026-03-01 00:00"))
        )
    world.as_(world.chair).get(f"/styret/avstemninger/{ballot_id}", status=403)
    world.as_(world.chair).post(f"/styret/avstemninger/{ballot_id}/trekk")
    assert world.load(ballot_id).state is State.WITHDRAWN


def test_two_of_the_board_cancel_with_reasons_before_opening(world: Board) -> None:
    ballot_id = world.published(**LATER)
    address = f"/styret/avstemninger/{ballot_id}/avlys"
    chair, board = world.as_(world.chair), world.as_(world.board)
    chair.post(address, {"reason": ""}, status=422)
    assert "En annen i styret må bekrefte." in chair.get(
        chair.post(address, {"reason": "Saken er trukket."}).location
    )
    assert world.load(ballot_id).state is State.NOTIFIED
    assert "Du har alt foreslått dette." in chair.post(address, {"reason": "Saken er trukket."}, status=409)
    page = board.get(f"/styret/avstemninger/{ballot_id}")
    assert "Berit Brekke har foreslått å avlyse" in page
    assert "Bekreft at avstemningen avlyses" in page
    board.post(address, {"reason": "Enig."})
    ballot = world.load(ballot_id)
    assert (ballot.state, ballot.end_reason) == (State.CANCELLED, "Saken er trukket.")
    shown = world.as_(world.members[0]).get(f"/avstemninger/{ballot_id}")
    assert "Avstemningen er avlyst" in shown
    assert "Saken er trukket." in shown
    last = world.events(ballot_id)[-1]
    assert last.kind is EventKind.CANCELLED
    assert last.actor_id == world.board.id
    assert f'"proposed_by":{world.chair.id}' in last.payload


def test_a_ballot_that_has_opened_is_not_cancelled(world: Board) -> None:
    ballot_id = world.published(**LATER)
    changes.cancel(ballot_id, rights(world.chair), "Saken er trukket.")
    with when("2026-03-05 12:00"), pytest.raises(RuleBroken):
        changes.cancel(ballot_id, rights(world.board), "Enig.")
    assert world.load(ballot_id).state is State.NOTIFIED, "rolled back with the refusal"
    assert world.advance(ballot_id, "2026-03-05 12:00").state is State.OPEN
    with when("2026-03-05 12:00"):
        page = world.as_(world.chair).get(f"/styret/avstemninger/{ballot_id}")
    assert "har foreslått å avlyse" not in page


OUTSIDERS: dict[str, Callable[[Board], Member]] = {
    "a member": lambda world: world.members[0],
    "the one who keeps the area": lambda world: world.mari,
    "the board of another unit": lambda _world: _of(a_unit("Nordre Fjordvik"), OfficeKind.BOARD_CHAIR),
    "the board of a unit below": lambda world: _of(a_unit("Nes", parent=world.unit), OfficeKind.BOARD_CHAIR),
    "an administrator": lambda world: _of(world.unit, OfficeKind.ADMINISTRATOR),
    "the control committee": lambda world: _of(world.unit, OfficeKind.CONTROL_COMMITTEE),
    "the appeals group": lambda world: _of(world.unit, OfficeKind.APPEALS_GROUP),
    "a teller": lambda world: _of(world.unit, OfficeKind.TELLER),
    "a supporter": lambda world: a_member(
        world.unit, "Stine", membership_class=MembershipClass.AFFILIATED_SUPPORTER
    ),
    "a suspended board member": lambda world: _of(
        world.unit, OfficeKind.BOARD_MEMBER, status=Status.SUSPENDED
    ),
    "a board member whose term is over": lambda world: _of(
        world.unit, OfficeKind.BOARD_MEMBER, ends="2026-03-02 09:00"
    ),
}


def _of(
    unit: Unit, kind: OfficeKind, *, status: Status = Status.ACTIVE, ends: str = "2040-01-01 00:00"
) -> Member:
    member = a_member(unit, f"{kind.value} utenfra", status=status)
    an_office(member, kind, unit, ends=ends)
    return member


@pytest.mark.parametrize("who", OUTSIDERS)
def test_nobody_from_outside_gets_past_a_board_page_or_act(world: Board, who: str) -> None:
    outsider = OUTSIDERS[who](world)
    draft, waiting, out = world.drafted(), world.submitted(), world.published(**LATER)
    browser = world.as_(outsider)
    for ballot_id in (draft, waiting, out):
        base = f"/styret/avstemninger/{ballot_id}"
        for page in ("", "/rediger", "/forhandsvis", "/endre"):
            browser.get(base + page, status=403)
        for act in ("send-inn", "godkjenn", "send-tilbake", "trekk", "avlys", "endre"):
            browser.post(f"{base}/{act}", {"reason": "Fordi."}, status=403)
        browser.post(f"{base}/rediger", world.four_fields(question="Tatt over?"), status=403)
    # Another board may draft, but not for this unit: its form does not offer it, and the service refuses it.
    elsewhere = "board of" in who
    browser.post("/styret/avstemninger/ny", world.four_fields(), status=422 if elsewhere else 403)
    if elsewhere:
        with pytest.raises(NotAllowed):
            drafting.create(world.draft(), rights(outsider))
    assert db.session.scalar(select(func.count()).select_from(Ballot)) == 3
    assert [world.load(one).state for one in (draft, waiting, out)] == [
        State.DRAFT,
        State.SUBMITTED,
        State.NOTIFIED,
    ]
    assert {world.load(one).question for one in (draft, waiting, out)} == {"Bør begge skolene bestå?"}
    assert list(broken_links()) == []


def test_the_board_above_approves_and_does_nothing_else(world: Board) -> None:
    draft, waiting, out = world.drafted(), world.submitted(), world.published(**LATER)
    above = world.as_(world.above)
    above.get(f"/styret/avstemninger/{waiting}")
    above.get(f"/styret/avstemninger/{waiting}/forhandsvis")
    above.post(f"/styret/avstemninger/{draft}/send-inn", status=403)
    above.post(f"/styret/avstemninger/{draft}/trekk", status=403)
    above.post(f"/styret/avstemninger/{out}/avlys", {"reason": "Nei."}, status=403)
    above.post(f"/styret/avstemninger/{out}/endre", {"reason": "Nei."}, status=403)
    above.post(f"/styret/avstemninger/{draft}/rediger", world.four_fields(), status=403)


def test_whoever_is_signed_out_is_sent_to_sign_in(world: Board) -> None:
    nobody = Browser(world.app, None)
    ballot_id = world.drafted()
    assert "/logg-inn" in nobody.get("/styret/avstemninger", status=302).location
    nobody.post(f"/styret/avstemninger/{ballot_id}/trekk", status=403)


@pytest.mark.parametrize("number", ["0", "99999", "-1", "abc", "1.5", "9" * 30])
def test_a_ballot_that_is_not_there_is_not_found(world: Board, number: str) -> None:
    browser = world.as_(world.chair)
    for page in ("", "/rediger", "/forhandsvis", "/endre"):
        browser.get(f"/styret/avstemninger/{number}{page}", status=404)
    for act in ("send-inn", "godkjenn", "send-tilbake", "trekk", "avlys"):
        browser.post(f"/styret/avstemninger/{number}/{act}", {"reason": "Fordi."}, status=404)


def test_a_teller_on_the_board_is_refused_at_naming(world: Board) -> None:
    teller = a_member(world.unit, "Tor")
    for kind, code in (
        (OfficeKind.BOARD_MEMBER, "teller_board"),
        (OfficeKind.ADMINISTRATOR, "teller_administrator"),
    ):
        clashing = a_member(world.unit, "Clash")
        an_office(clashing, kind, world.unit)
        ballot_id = world.drafted(teller_ids=frozenset({teller.id, clashing.id}))
        with pytest.raises(RuleBroken) as refusal:
            drafting.submit(ballot_id, rights(world.chair))
        assert refusal.value.reason.code == code


def test_one_teller_is_too_few(world: Board) -> None:
    ballot_id = world.drafted(teller_ids=frozenset({world.mari.id}))
    with pytest.raises(RuleBroken) as refusal:
        drafting.submit(ballot_id, rights(world.chair))
    assert refusal.value.reason.code == "tellers_too_few"


def test_what_was_right_when_it_was_sent_in_is_asked_again_at_the_notice(world: Board) -> None:
    ballot_id = world.submitted(opens_at=oslo("2026-03-03 08:00"), closes_at=oslo("2026-03-09 08:00"))
    with when("2026-03-03 08:01"), pytest.raises(RuleBroken) as refusal:
        notice.publish(ballot_id, rights(world.board))
    assert refusal.value.reason.code == "opening_before_notice"
    page = world.as_(world.board)
    with when("2026-03-03 08:01"):
        assert "Avstemningen kan ikke åpne før den er kunngjort." in page.get(
            f"/styret/avstemninger/{ballot_id}/forhandsvis"
        )


def test_a_small_roll_is_published_only_after_a_warning(world: Board) -> None:
    small = a_unit("Nes lokallag", parent=world.unit)
    for number in range(5):
        a_member(small, f"Nes {number}")
    ballot_id = world.drafted(unit_ids=(small.id,))
    chair, board = world.as_(world.chair), world.as_(world.board)
    page = chair.get(f"/styret/avstemninger/{ballot_id}/forhandsvis")
    assert "Bare 5 har stemmerett. Med så få kan noen gjette hva andre har stemt." in page
    assert "Kryss av" in chair.post(f"/styret/avstemninger/{ballot_id}/send-inn", status=409)
    chair.post(f"/styret/avstemninger/{ballot_id}/send-inn", {"small_roll": "1"})
    board.post(f"/styret/avstemninger/{ballot_id}/godkjenn", status=409)
    board.post(f"/styret/avstemninger/{ballot_id}/godkjenn", {"small_roll": "1"})
    assert '"small_roll_confirmed":true' in world.events(ballot_id)[2].payload


def test_duties_of_tellers_stay_when_offices_change(world: Board) -> None:
    tellers = [a_member(world.unit, name) for name in ("Tor", "Tove")]
    ballot_id = world.published(**LATER, teller_ids=frozenset(teller.id for teller in tellers))
    assert {row.member_id for row in db.session.query(BallotTeller)} == {teller.id for teller in tellers}
    world.advance(ballot_id, "2026-03-06 12:00")
    with when("2026-03-06 12:00"):
        roll = world.as_(tellers[0]).get(f"/avstemninger/{ballot_id}/manntall.txt")
        world.as_(world.members[0]).get(f"/avstemninger/{ballot_id}/manntall.txt", status=403)
    assert roll.markup.startswith("grasrot-roll-1\t")


def test_nothing_is_recorded_of_a_ballot_that_is_not_there(world: Board) -> None:
    with pytest.raises(NotFound):
        changes.cancel(12345, rights(world.chair), "Fordi.")
    with pytest.raises(NotFound):
        lifecycle.note_refused_change(12345, world.chair.id, "code")
