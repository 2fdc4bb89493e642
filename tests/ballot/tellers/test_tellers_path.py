"""From closing to final: what two tellers do, what each state waits for, and who sees what meanwhile."""

from __future__ import annotations

import json

import pytest
from builders import a_member, a_unit, an_office, oslo
from queries import counted as counted_statements
from teller_world import CLOSED, CLOSING, NEXT_DAY, OPENING, WHILE_OPEN, World, rights, when

from ballot import events, facts
from ballot.models import Ballot, BallotKey, EventKind, OpenPaper, RecordVersion, Result, SealedPaper
from ballot.rules.lifecycle import State
from ballot.rules.majority import TieRule
from ballot.services import advance_all, casting, lifecycle, tellers
from foundation import clock
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.rules.permissions import OfficeKind


def page(ballot_id: int, act: str = "") -> str:
    return f"/avstemninger/{ballot_id}/tellekorps{act}"


def test_a_ballot_with_tellers_rests_in_closed_until_two_have_opened_the_box(
    world: World, closed: int
) -> None:
    assert advance_all(clock.now()) == 1
    assert world.state(closed) is State.CLOSED

    first = world.as_(world.tellers[0]).post(page(closed, "/apne"))

    assert first.status == 303
    assert world.state(closed) is State.CLOSED
    assert db.session.query(OpenPaper).count() == 0
    assert "Det trengs en til" not in world.as_(world.tellers[1]).get(page(closed))
    assert "Tone Tangen har trykket. Når du trykker, åpnes urnen" in world.as_(world.tellers[1]).get(
        page(closed)
    )

    world.as_(world.tellers[1]).post(page(closed, "/apne"))

    assert world.state(closed) is State.COUNTED
    assert world.kinds(closed)[-3:] == [EventKind.BOX_RELEASED, EventKind.BOX_RELEASED, EventKind.COUNTED]
    assert db.session.query(OpenPaper).count() == 7
    assert db.session.get_one(BallotKey, closed).wrapped_private_key is None


def test_two_tellers_take_a_ballot_from_closing_to_its_end(world: World, counted: int) -> None:
    first, second, third = world.tellers
    assert advance_all(clock.now()) == 0  # the timer certifies nothing that tellers have to approve
    assert "Flertallet rår til ja: 3 mot 2, 2 blanke." in world.as_(first).get(page(counted))

    world.as_(third).post(page(counted, "/godkjenn"))
    assert world.state(counted) is State.COUNTED
    assert "Du har trykket. Nå trengs det en til" in world.as_(third).get(page(counted))

    with when(NEXT_DAY):
        answer = world.as_(second).post(page(counted, "/godkjenn"))
    assert answer.status == 303
    assert world.state(counted) is State.CERTIFIED
    ballot = db.session.get_one(Ballot, counted)
    assert ballot.objections_end_at == oslo("2026-03-13 10:00")
    assert db.session.get(RecordVersion, (counted, 1)) is not None
    certified = [event for event in events.history(counted) if event.kind is EventKind.CERTIFIED]
    assert [event.at for event in certified] == [oslo(NEXT_DAY)]

    with when("2026-03-13 09:59"):
        assert lifecycle.advance(counted, clock.now()).state is State.CERTIFIED
    with when("2026-03-13 10:00"):
        assert lifecycle.advance(counted, clock.now()).state is State.FINAL


def test_a_ballot_without_tellers_waits_for_nobody(world: World) -> None:
    ballot_id = world.ballot(tellers=[], votes=4)
    with when(CLOSED):
        advance_all(clock.now())
        assert world.state(ballot_id) is State.CERTIFIED
        control = world.as_(world.control[0]).get(page(ballot_id))
    assert control.status == 200
    assert "Systemet åpner urnen og teller" in control
    assert "Åpne urnen" not in control


def test_the_chain_of_events_holds_after_all_that_tellers_do(world: World, counted: int) -> None:
    for teller in world.tellers[:2]:
        world.as_(teller).post(page(counted, "/godkjenn"))
    previous = events.START
    for event in events.history(counted):
        assert event.previous == previous
        assert event.hash == events.digest(event)
        previous = event.hash


REFUSED = [
    ("the same teller twice", lambda world: world.tellers[0], "same_person", 403),
    ("the chair of the board", lambda world: world.chair, "role_missing", 403),
    ("an administrator", lambda world: world.admin, "role_missing", 403),
    ("one of the control committee", lambda world: world.control[0], "role_missing", 403),
    ("a member who voted", lambda world: world.voters[0], "role_missing", 403),
]


@pytest.mark.parametrize(
    ("who", "reason", "status"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
@pytest.mark.parametrize("act", ["apne", "godkjenn"])
def test_a_second_half_is_refused_to_whoever_may_not_and_the_attempt_is_kept(  # type: ignore[no-untyped-def]
    world: World, closed: int, act: str, who, reason: str, status: int
) -> None:
    if act == "godkjenn":
        for teller in world.tellers[1:]:
            world.as_(teller).post(page(closed, "/apne"))
    world.as_(world.tellers[0]).post(page(closed, f"/{act}"))
    before = world.kinds(closed)

    answer = world.as_(who(world)).post(page(closed, f"/{act}"))

    assert answer.status == status
    assert world.kinds(closed) == before
    permission = {"apne": "release_share", "godkjenn": "approve_count"}[act]
    assert world.refusals()[-1] == (
        permission,
        who(world).id,
        json.dumps({"reason": reason}, separators=(",", ":")),
    )


def test_a_teller_of_another_ballot_is_refused(world: World, closed: int) -> None:
    stranger = a_member(world.unit, "Siri Sand")
    world.ballot(tellers=[stranger, a_member(world.unit)])

    answer = world.as_(stranger).post(page(closed, "/apne"))

    assert answer.status == 403
    assert "Du er ikke med i tellekorpset for denne avstemningen." in answer
    assert world.as_(stranger).get(page(closed)).status == 403
    assert world.refusals()[-1][0:2] == ("release_share", stranger.id)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (OfficeKind.BOARD_MEMBER, "sitter i styret"),
        (OfficeKind.ADMINISTRATOR, "administrator"),
    ],
)
def test_a_teller_who_joins_board_or_administration_counts_no_more(
    world: World, closed: int, kind: OfficeKind, says: str
) -> None:
    an_office(world.tellers[0], kind, world.unit, starts="2026-03-06 00:00")

    answer = world.as_(world.tellers[0]).post(page(closed, "/apne"))

    assert answer.status == 403
    assert says in answer
    assert EventKind.BOX_RELEASED not in world.kinds(closed)


def test_a_first_half_does_not_outlive_its_tellers_right(world: World, closed: int) -> None:
    first, second, third = world.tellers
    world.as_(first).post(page(closed, "/apne"))
    an_office(first, OfficeKind.BOARD_MEMBER, world.unit, starts="2026-03-09 09:30")

    world.as_(second).post(page(closed, "/apne"))
    assert world.state(closed) is State.CLOSED

    world.as_(third).post(page(closed, "/apne"))
    assert world.state(closed) is State.COUNTED


@pytest.mark.parametrize("act", ["apne", "godkjenn", "avklaring"])
def test_nothing_is_pressed_before_closing_and_the_attempt_is_kept(world: World, act: str) -> None:
    ballot_id = world.ballot(votes=3)
    with when(WHILE_OPEN):
        before = world.kinds(ballot_id)
        answer = world.as_(world.tellers[0]).post(
            page(ballot_id, f"/{act}"), **{f"{act}-reason": "Det haster."}
        )
    assert answer.status == 409
    assert world.kinds(ballot_id) == before
    assert world.refusals()[-1][1] == world.tellers[0].id


def test_approving_comes_after_opening(world: World, closed: int) -> None:
    for teller in world.tellers[:2]:
        assert world.as_(teller).post(page(closed, "/godkjenn")).status == 409
    assert world.state(closed) is State.CLOSED


def test_the_box_is_opened_once(world: World, counted: int) -> None:
    answer = world.as_(world.tellers[2]).post(page(counted, "/apne"))
    assert answer.status == 409
    assert world.kinds(counted).count(EventKind.COUNTED) == 1
    assert world.kinds(counted).count(EventKind.BOX_RELEASED) == 2


def test_a_press_at_the_closing_time_closes_the_ballot_first(world: World) -> None:
    ballot_id = world.ballot(votes=3)
    with when(CLOSING):
        assert tellers.release(ballot_id, rights(world.tellers[0])) is False
    assert world.kinds(ballot_id)[-2:] == [EventKind.CLOSED, EventKind.BOX_RELEASED]


def test_who_has_voted_is_told_to_tellers_and_control_committee_after_closing_and_to_nobody_before(
    world: World,
) -> None:
    ballot_id = world.ballot(votes=7)
    with when(WHILE_OPEN):
        for member in (*world.tellers, *world.control):
            answer = world.as_(member).get(page(ballot_id))
            assert answer.status == 200
            assert "Velger" not in answer
            assert "er avmerket" not in answer
            assert "Stemmesedler" not in answer
    with when(CLOSED):
        for member in (world.tellers[0], world.control[0]):
            answer = world.as_(member).get(page(ballot_id))
            assert "7 er avmerket." in answer
            assert "Velger 01" in answer
            assert "Velger 08" not in answer


def test_the_list_of_marks_is_paged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ballot.views.tellers.MARKS_ON_A_PAGE", 4)
    ballot_id = world.ballot(votes=7)
    with when(CLOSED):
        browser = world.as_(world.tellers[0])
        first, last = browser.get(page(ballot_id)), browser.get(page(ballot_id) + "?page=2")
        beyond = browser.get(page(ballot_id) + "?page=99")
    assert "Velger 04" in first
    assert "Velger 05" not in first
    assert "Velger 04" not in last
    assert "Velger 07" in last
    assert "Velger 07" in beyond


def test_nobody_but_tellers_and_control_committee_reads_the_count_before_it_is_certified(
    world: World, counted: int
) -> None:
    sentence = "3 mot 2"
    for member in (world.tellers[2], world.control[1]):
        assert sentence in world.as_(member).get(page(counted))
    for member in (world.chair, world.board, world.admin, world.voters[0]):
        assert world.as_(member).get(page(counted)).status == 403
        public = world.as_(member).get(f"/avstemninger/{counted}")
        assert sentence not in public
        assert public.status == 200


def test_the_control_committee_of_a_unit_above_reads_along_and_one_beside_does_not(world: World) -> None:
    below = a_unit("Nordre Fjordvik lokallag", parent=world.unit)
    beside = a_unit("Søndre Fjordvik lokallag", parent=world.unit)
    stranger = a_member(beside, "Stig Strand")
    an_office(stranger, OfficeKind.CONTROL_COMMITTEE, beside)
    for member in (world.chair, world.board):
        an_office(member, OfficeKind.BOARD_MEMBER, below)
    a_member(below)
    unit, world.unit = world.unit, below
    ballot_id = world.ballot()
    world.unit = unit
    with when(CLOSED):
        assert world.as_(world.control[0]).get(page(ballot_id)).status == 200
        assert world.as_(stranger).get(page(ballot_id)).status == 403


def test_a_draft_has_no_page_for_tellers(world: World) -> None:
    from ballot.services import drafting

    with when(OPENING):
        draft = drafting.Draft(
            unit_id=world.unit.id,
            question="Skal vi?",
            about="Det er spørsmålet.",
            responsible_id=world.chair.id,
            teller_ids=frozenset(member.id for member in world.tellers),
        )
        ballot_id = drafting.create(draft, rights(world.chair)).id
        assert world.as_(world.tellers[0]).get(page(ballot_id)).status == 404
        assert world.as_(world.tellers[0]).get(page(99_999)).status == 404


def test_a_count_that_does_not_add_up_cannot_be_approved(world: World, closed: int) -> None:
    with when(CLOSED):
        db.session.delete(db.session.query(SealedPaper).first())
        db.session.commit()
    assert "Tallene går ikke opp." in world.as_(world.tellers[0]).get(page(closed))
    for teller in world.tellers[:2]:
        world.as_(teller).post(page(closed, "/apne"))

    answer = world.as_(world.tellers[0]).post(page(closed, "/godkjenn"))

    assert answer.status == 409
    assert "tall som ikke stemmer overens" in answer
    assert "Tallene går ikke opp." in world.as_(world.tellers[0]).get(page(closed))
    assert world.state(closed) is State.COUNTED


def test_a_tie_for_the_lot_cannot_be_approved_before_the_lot_is_drawn(world: World) -> None:
    ballot_id = world.ballot(votes=2)
    with (
        transaction() as session
    ):  # as it will be once lots can be entered, and the form lets a board choose them
        session.get_one(Ballot, ballot_id).tie_rule = TieRule.LOT
    with when(CLOSED):
        for teller in world.tellers[:2]:
            world.as_(teller).post(page(ballot_id, "/apne"))
        answer = world.as_(world.tellers[0]).post(page(ballot_id, "/godkjenn"))
    assert answer.status == 409
    assert "en loddtrekning som gjenstår" in answer


def test_a_tie_that_adopts_nothing_is_approved_like_any_other(world: World) -> None:
    ballot_id = world.ballot(votes=2)
    with when(CLOSED):
        for act in ("/apne", "/godkjenn"):
            for teller in world.tellers[:2]:
                world.as_(teller).post(page(ballot_id, act))
    assert world.state(ballot_id) is State.CERTIFIED


def test_all_alike_in_a_small_roll_is_told_to_the_tellers_and_to_nobody_else(world: World) -> None:
    small = a_unit("Lite lokallag", parent=world.unit)
    for member in (world.chair, world.board):
        an_office(member, OfficeKind.BOARD_MEMBER, small)
    voters = [a_member(small) for _ in range(3)]
    unit, world.unit = world.unit, small
    ballot_id = world.ballot()
    world.unit = unit
    with when(WHILE_OPEN):
        for voter in voters:
            casting.cast(ballot_id, voter.id, [casting.value_of(ballot_id, 0)])
    with when(CLOSED):
        for teller in world.tellers[:2]:
            world.as_(teller).post(page(ballot_id, "/apne"))
        answer = world.as_(world.tellers[0]).get(page(ballot_id))
    assert "3 mot 0" in answer
    assert "Medlemmene ser bare avgjørelsen." in answer


def test_the_tellers_get_one_letter_at_closing_and_one_when_a_second_person_is_needed(
    world: World, closed: int
) -> None:
    advance_all(clock.now())
    advance_all(clock.now())
    letters = world.letters("task")
    assert sorted(address for address, _ in letters) == sorted(str(one.email) for one in world.tellers)
    assert all(text.startswith("En oppgave venter på deg ") for _, text in letters)
    assert all("Nordre skole" not in text.split("\n")[0].split("  ")[0][:30] for _, text in letters)

    world.as_(world.tellers[0]).post(page(closed, "/apne"))
    later = world.letters("task")[len(letters) :]
    assert sorted(address for address, _ in later) == sorted(str(one.email) for one in world.tellers[1:])
    assert all("vil åpne urnen" in text and page(closed) in text for _, text in later)

    world.as_(world.tellers[1]).post(page(closed, "/apne"))
    assert len(world.letters("task")) == len(letters) + len(later)


def test_a_ballot_without_tellers_writes_to_no_teller(world: World) -> None:
    world.ballot(tellers=[], votes=1)
    with when(CLOSED):
        advance_all(clock.now())
    assert world.letters("task") == []


def test_the_members_hear_of_the_result_when_the_second_teller_approves_and_not_before(
    world: World, counted: int
) -> None:
    world.as_(world.tellers[0]).post(page(counted, "/godkjenn"))
    assert world.letters("result") == []
    world.as_(world.tellers[1]).post(page(counted, "/godkjenn"))
    assert len(world.letters("result")) == 38


def test_the_audit_log_names_who_did_what_and_no_number_of_the_count(world: World, counted: int) -> None:
    from sqlalchemy import select

    from foundation.audit import AuditEntry, broken_links

    for teller in world.tellers[:2]:
        world.as_(teller).post(page(counted, "/godkjenn"))
    db.session.rollback()
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    acts = [(entry.act, entry.actor_id) for entry in entries]
    ids = [teller.id for teller in world.tellers]
    assert acts[-4:] == [
        ("release_share", ids[0]),
        ("release_share", ids[1]),
        ("approve_count", ids[0]),
        ("approve_count", ids[1]),
    ]
    assert all("votes" not in entry.facts for entry in entries)
    assert list(broken_links()) == []


def test_the_roll_is_fetched_from_the_page_and_the_fetching_is_logged(world: World, closed: int) -> None:
    browser = world.as_(world.tellers[0])
    assert f"/avstemninger/{closed}/manntall.txt" in browser.client.get(page(closed)).get_data(as_text=True)
    assert browser.get(f"/avstemninger/{closed}/manntall.txt").text.startswith("grasrot-roll-1")


def test_the_page_is_drawn_in_a_known_number_of_statements(world: World, counted: int) -> None:
    browser = world.as_(world.tellers[2])
    browser.get(page(counted))
    with counted_statements() as sent:
        browser.get(page(counted))
    assert len(sent) <= 32, "\n".join(sent)


def test_what_the_rules_are_told_of_a_counted_ballot(world: World, counted: int) -> None:
    ballot = db.session.get_one(Ballot, counted)
    told = facts.lifecycle_facts(ballot)
    assert not told.counts_itself
    assert told.holds == frozenset()
    assert db.session.get_one(Result, counted).adds_up


@pytest.mark.parametrize("act", [tellers.release, tellers.approve])
def test_the_services_say_the_same_as_the_pages(world: World, closed: int, act) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotAllowed):
        act(closed, rights(world.chair))
    if act is tellers.approve:
        with pytest.raises(RuleBroken):
            act(closed, rights(world.tellers[0]))
