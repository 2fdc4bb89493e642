"""Annulling a ballot: two tellers, or two of the control committee, with a public reason; never the board."""

from __future__ import annotations

import pytest
from builders import a_member, an_office
from teller_world import CLOSED, WHILE_OPEN, World, rights, when

from ballot import events
from ballot.models import Ballot, BallotKey, EventKind, OpenPaper, Roll, SealedPaper
from ballot.rules.lifecycle import State
from ballot.services import advance_all, casting, rerun, tellers
from foundation import clock
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from members.models import Member
from members.rules.permissions import OfficeKind

WHY = "Mange fikk ikke logget inn den siste dagen."


def page(ballot_id: int, act: str = "") -> str:
    return f"/avstemninger/{ballot_id}/tellekorps{act}"


def propose(world: World, ballot_id: int, member: Member, reason: str = WHY) -> int:
    """Propose to annul; gives the proposal's number in the chain."""
    answer = world.as_(member).post(page(ballot_id, "/oppheving"), **{"oppheving-reason": reason})
    assert answer.status == 303
    db.session.rollback()
    return events.history(ballot_id)[-1].seq


def confirm(world: World, ballot_id: int, member: Member, seq: int) -> int:
    return world.as_(member).post(page(ballot_id, f"/oppheving/{seq}/bekreft")).status


@pytest.mark.parametrize("body", ["tellers", "control"])
@pytest.mark.parametrize("state", [State.OPEN, State.CLOSED, State.COUNTED, State.CERTIFIED])
def test_two_of_one_body_annul_from_opening_to_the_end_of_objections(
    world: World, state: State, body: str
) -> None:
    ballot_id = world.ballot(votes=5)
    first, second = getattr(world, body)[:2]
    with when(WHILE_OPEN if state is State.OPEN else CLOSED):
        for act in {State.COUNTED: ["/apne"], State.CERTIFIED: ["/apne", "/godkjenn"]}.get(state, []):
            for teller in world.tellers[:2]:
                world.as_(teller).post(page(ballot_id, act))
        world.as_(first).get(page(ballot_id))
        assert world.state(ballot_id) is state

        seq = propose(world, ballot_id, first)
        assert world.state(ballot_id) is state
        assert WHY in world.as_(second).get(page(ballot_id))
        assert confirm(world, ballot_id, second, seq) == 303

    assert world.state(ballot_id) is State.ANNULLED
    assert db.session.get_one(Ballot, ballot_id).end_reason == WHY
    last = events.history(ballot_id)[-1]
    assert (last.kind, last.actor_id) == (EventKind.ANNULLED, second.id)
    with when("2026-03-20 12:00"):
        advance_all(clock.now())
        assert world.state(ballot_id) is State.ANNULLED
        assert world.as_(first).get(page(ballot_id)).status == 200


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("teller", "the same", "same_person"),
        ("teller", "control", "different_bodies"),
        ("control", "teller", "different_bodies"),
        ("teller", "chair", "role_missing"),
        ("control", "admin", "role_missing"),
        ("teller", "voter", "role_missing"),
    ],
)
def test_no_other_two_annul(world: World, closed: int, first: str, second: str, reason: str) -> None:
    people = {
        "teller": world.tellers[0],
        "control": world.control[0],
        "chair": world.chair,
        "admin": world.admin,
        "voter": world.voters[0],
    }
    one = people[first]
    other = one if second == "the same" else people[second]
    seq = propose(world, closed, one)

    assert confirm(world, closed, other, seq) == 403

    assert world.state(closed) is State.CLOSED
    act, actor, facts = world.refusals()[-1]
    assert (act, actor) == ("annul_ballot", other.id)
    assert reason in facts


@pytest.mark.parametrize("who", ["chair", "board", "admin"])
def test_the_board_never_annuls(world: World, closed: int, who: str) -> None:
    member = getattr(world, who)
    answer = world.as_(member).post(page(closed, "/oppheving"), **{"oppheving-reason": WHY})
    assert answer.status == 403
    assert EventKind.ANNUL_PROPOSED not in world.kinds(closed)
    assert world.refusals()[-1][0:2] == ("propose_annulment", member.id)


def test_the_second_one_can_say_no(world: World, closed: int) -> None:
    first, second, third = world.tellers
    seq = propose(world, closed, first)

    assert world.as_(first).post(page(closed, f"/oppheving/{seq}/avvis")).status == 403
    assert world.as_(world.control[0]).post(page(closed, f"/oppheving/{seq}/avvis")).status == 403
    assert world.as_(second).post(page(closed, f"/oppheving/{seq}/avvis")).status == 303

    assert confirm(world, closed, third, seq) == 409
    assert world.state(closed) is State.CLOSED
    shown = world.as_(third).get(page(closed))
    assert "Tor Tveit sa nei til å oppheve avstemningen" in shown
    assert "Bekrefter du, er avstemningen opphevet." not in shown


def test_a_proposal_is_confirmed_in_the_words_that_the_second_one_has_read(world: World, closed: int) -> None:
    first, second, _ = world.tellers
    old = propose(world, closed, first, "Noe var galt.")
    new = propose(world, closed, first, WHY)
    assert confirm(world, closed, second, old) == 409
    assert confirm(world, closed, second, new) == 303
    db.session.rollback()
    assert db.session.get_one(Ballot, closed).end_reason == WHY


@pytest.mark.parametrize("reason", ["", " \n ", "\u200b"])
def test_annulling_needs_a_reason(world: World, closed: int, reason: str) -> None:
    answer = world.as_(world.tellers[0]).post(page(closed, "/oppheving"), **{"oppheving-reason": reason})
    assert answer.status == 422
    assert "Skriv en begrunnelse." in answer
    with pytest.raises(RuleBroken):
        tellers.propose_annulment(closed, rights(world.tellers[0]), "  ")


def test_nothing_is_annulled_before_it_opens(world: World) -> None:
    ballot_id = world.ballot()
    ballot = db.session.get_one(Ballot, ballot_id)
    ballot.state = State.FROZEN
    db.session.commit()
    with when("2026-03-01 09:00"), pytest.raises(RuleBroken):
        tellers.propose_annulment(ballot_id, rights(world.tellers[0]), WHY)


def test_a_term_that_ends_takes_the_first_half_with_it(world: World, closed: int) -> None:
    leaver = a_member(world.unit, "Karl Kongsvik")
    an_office(leaver, OfficeKind.CONTROL_COMMITTEE, world.unit, ends="2026-03-09 12:00")
    seq = propose(world, closed, leaver)
    with when("2026-03-09 13:00"):
        assert confirm(world, closed, world.control[0], seq) == 403
    assert world.state(closed) is State.CLOSED


def test_papers_of_an_annulled_ballot_are_never_opened_and_no_paper_is_taken(world: World) -> None:
    ballot_id = world.ballot(votes=5)
    with when(WHILE_OPEN):
        seq = propose(world, ballot_id, world.tellers[0])
        confirm(world, ballot_id, world.tellers[1], seq)
        with pytest.raises(NotAllowed):
            casting.cast(ballot_id, world.voters[9].id, [casting.value_of(ballot_id, 0)])
    with when(CLOSED):
        advance_all(clock.now())
        assert world.as_(world.tellers[0]).post(page(ballot_id, "/apne")).status == 409
    db.session.rollback()
    assert db.session.get_one(BallotKey, ballot_id).wrapped_private_key is None
    assert db.session.query(OpenPaper).count() == 0
    assert db.session.query(SealedPaper).count() == 5
    assert db.session.get_one(Roll, ballot_id).rewritten  # marks and papers are parted here too


def test_who_has_voted_stays_untold_when_a_ballot_ends_while_open(world: World) -> None:
    ballot_id = world.ballot(votes=5)
    with when(WHILE_OPEN):
        confirm(world, ballot_id, world.tellers[1], propose(world, ballot_id, world.tellers[0]))
    with when(CLOSED):
        shown = world.as_(world.tellers[0]).get(page(ballot_id))
    assert WHY in shown
    assert "Velger" not in shown


def test_all_who_could_vote_get_the_reason_by_mail_under_a_neutral_subject(world: World, closed: int) -> None:
    confirm(world, closed, world.tellers[1], propose(world, closed, world.tellers[0]))
    letters = world.letters("annulled")
    assert len({address for address, _ in letters}) == len(letters) == 38
    subject = "Om en avstemning i Fjordvik kommuneparti"
    assert all(text.startswith(subject) and WHY in text for _, text in letters)


def test_the_others_of_both_bodies_are_not_called_but_those_of_the_same_are(
    world: World, closed: int
) -> None:
    propose(world, closed, world.control[0])
    called = [address for address, text in world.letters("task") if "foreslår å oppheve" in text]
    assert called == [world.control[1].email]


def test_the_page_of_an_annulled_ballot_says_why_to_everybody(world: World, closed: int) -> None:
    confirm(world, closed, world.tellers[1], propose(world, closed, world.tellers[0]))
    answer = world.as_(world.voters[25]).get(f"/avstemninger/{closed}")
    assert answer.status == 200
    assert WHY in answer


def test_the_board_makes_a_new_draft_that_points_to_the_annulled_ballot(world: World, closed: int) -> None:
    with pytest.raises(RuleBroken):
        rerun.rerun(closed, rights(world.chair))
    confirm(world, closed, world.tellers[1], propose(world, closed, world.tellers[0]))
    with pytest.raises(NotAllowed):
        rerun.rerun(closed, rights(world.tellers[0]))

    new = rerun.rerun(closed, rights(world.board))

    assert (new.state, new.replaces_id, new.drafter_id) == (State.DRAFT, closed, world.board.id)
    assert new.question == db.session.get_one(Ballot, closed).question
    assert {row.member_id for row in new.tellers} == {teller.id for teller in world.tellers}
    assert new.closes_at is None
    with pytest.raises(RuleBroken):
        rerun.rerun(closed, rights(world.chair))


def test_the_board_finds_the_button_for_a_new_ballot_on_the_page_and_nobody_else_does(
    world: World, closed: int
) -> None:
    confirm(world, closed, world.tellers[1], propose(world, closed, world.tellers[0]))
    public, button = f"/avstemninger/{closed}", "Ny avstemning"
    assert button not in world.as_(world.tellers[0]).get(public)
    assert button not in world.as_(world.voters[0]).get(public)
    assert button in world.as_(world.chair).get(f"/styret/avstemninger/{closed}")
    assert button in world.as_(world.chair).get(public)

    answer = world.as_(world.chair).post(f"/styret/avstemninger/{closed}/ny-avstemning")

    assert answer.status == 303
    assert world.as_(world.chair).get(answer.location).status == 200
    assert button not in world.as_(world.board).get(public)
    assert world.as_(world.board).post(f"/styret/avstemninger/{closed}/ny-avstemning").status == 409
    # Nobody but the board knows of a draft.
    assert "Det er laget en ny avstemning" not in world.as_(world.voters[0]).get(public)
