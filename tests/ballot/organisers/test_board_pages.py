"""The board's pages: what waits for whom, the steps of a ballot, and a number of questions that does not grow."""

from __future__ import annotations

import pytest
from board_world import Board, rights, when
from builders import a_member, oslo
from queries import counted
from sqlalchemy import select

from ballot.models import EventKind
from ballot.rules.lifecycle import State
from ballot.rules.participation import Setting
from ballot.services import changes, drafting
from foundation.extensions import db
from foundation.outbox import Letter
from members.models import BylawTopic

LATER = {
    "roll_freezes_at": oslo("2026-03-05 08:00"),
    "opens_at": oslo("2026-03-05 12:00"),
    "closes_at": oslo("2026-03-12 12:00"),
}


def test_an_empty_board_page_says_what_it_is_for_and_offers_the_first_act(world: Board) -> None:
    page = world.as_(world.chair).get("/styret/avstemninger")
    assert "Her spør styret medlemmene om råd." in page
    assert 'href="/styret/avstemninger/ny"' in page.markup


def test_the_board_sees_its_ballots_by_what_they_wait_for(world: Board) -> None:
    world.drafted(question="Et utkast?")
    world.submitted(question="Til godkjenning?")
    world.published(question="Kunngjort?", **LATER)
    drafting.withdraw(world.drafted(question="Trukket?"), rights(world.chair))
    chair = world.as_(world.chair).get("/styret/avstemninger").text
    for before, after in (
        ("Utkast", "Et utkast?"),
        ("Et utkast?", "I gang"),
        ("Til godkjenning?", "I gang"),
        ("I gang", "Kunngjort?"),
        ("Kunngjort?", "Ferdige"),
        ("Ferdige", "Trukket?"),
    ):
        assert chair.index(before) < chair.index(after)
    assert "Venter på deg" not in chair
    board = world.as_(world.board).get("/styret/avstemninger").text
    assert board.index("Venter på deg") < board.index("Til godkjenning?") < board.index("Et utkast?")
    above = world.as_(world.above).get("/styret/avstemninger").text
    assert "Til godkjenning?" in above
    assert "Et utkast?" not in above, "a draft of the unit below is not the county's"


def test_the_list_costs_the_same_for_one_ballot_and_for_forty(world: Board) -> None:
    browser = world.as_(world.chair)
    world.drafted()
    browser.get("/styret/avstemninger")
    with counted() as one:
        browser.get("/styret/avstemninger")
    for _ in range(39):
        world.drafted()
    with counted() as forty:
        browser.get("/styret/avstemninger")
    assert len(forty) == len(one) <= 10


@pytest.mark.parametrize("page", ["", "/rediger", "/forhandsvis"])
def test_the_pages_of_a_draft_ask_few_questions(world: Board, page: str) -> None:
    ballot_id = world.drafted(case_id=world.case.id)
    browser = world.as_(world.chair)
    browser.get(f"/styret/avstemninger/{ballot_id}{page}")
    with counted() as sent:
        browser.get(f"/styret/avstemninger/{ballot_id}{page}")
    assert len(sent) <= 32, (len(sent), sent)


def test_the_page_of_a_ballot_does_not_cost_more_with_more_history(world: Board) -> None:
    ballot_id = world.published(**LATER)
    browser = world.as_(world.chair)
    address = f"/styret/avstemninger/{ballot_id}"
    browser.get(address)
    with counted() as before:
        browser.get(address)
    for _ in range(10):
        browser.post(f"{address}/rediger", {}, status=409)
    with counted() as after:
        browser.get(address)
    assert len([event for event in world.events(ballot_id) if event.kind is EventKind.REFUSED_CHANGE]) == 10
    assert len(after) == len(before) <= 24


def test_the_checklist_follows_a_ballot_from_draft_to_answer(world: Board) -> None:
    world.bylaw(BylawTopic.PARTICIPATION_ADVISORY)
    chair = world.as_(world.chair)
    ballot_id = world.drafted(
        case_id=world.case.id,
        participation=Setting.REQUIRED,
        roll_freezes_at=oslo("2026-03-16 20:00"),
        opens_at=oslo("2026-03-17 08:00"),
        closes_at=oslo("2026-03-19 20:00"),
    )
    address = f"/styret/avstemninger/{ballot_id}"

    def now_is(moment: str) -> str:
        with when(moment):
            page = chair.get(address)
        step = page.markup.partition('aria-current="step"')[2]
        return step.partition('<p class="gr-step__text">')[2].partition("<span")[0].strip() if step else ""

    assert now_is("2026-03-02 09:00") == "Den som har skrevet, sender inn til godkjenning"
    drafting.submit(ballot_id, rights(world.chair))
    assert now_is("2026-03-02 09:00") == "", "it is somebody else's turn"
    world.as_(world.board).post(f"{address}/godkjenn")
    assert now_is("2026-03-02 09:00") == "Medlemmene diskuterer saken"
    with when("2026-03-05 12:00"):
        page = chair.get(address)
    assert "Teller fra mandag 2. mars kl. 09.00 og før mandag 16. mars kl. 20.00." in page
    assert "Av 40 med stemmerett har færre enn 5 deltatt så langt." in page
    with when("2026-03-16 20:00"):
        page = chair.get(address)
    assert "For få hadde deltatt, så kravet falt bort." in page
    assert now_is("2026-03-18 12:00") == "Medlemmene stemmer"
    with when("2026-03-19 20:00"):
        page = chair.get(address)
        assert "Se resultatet" in page
        assert "Skriv svaret" in page
    assert now_is("2026-03-19 20:00") == "Berit Brekke forteller hva som skjedde videre"


def test_a_cancelled_ballot_has_no_steps_but_its_reason_and_history(world: Board) -> None:
    ballot_id = world.published(**LATER)
    for member in (world.chair, world.board):
        changes.cancel(ballot_id, rights(member), "Saken er trukket.")
    page = world.as_(world.chair).get(f"/styret/avstemninger/{ballot_id}")
    assert "Saken er trukket." in page
    assert "Steg for steg" not in page.text.partition("Bør begge skolene bestå?")[2]
    assert "Avstemningen ble avlyst" in page


def test_a_published_ballot_is_previewed_where_voters_see_it(world: Board) -> None:
    ballot_id = world.published(**LATER)
    answer = world.as_(world.chair).get(f"/styret/avstemninger/{ballot_id}/forhandsvis", status=302)
    assert answer.location == f"/avstemninger/{ballot_id}"


def test_what_members_type_is_shown_as_text_and_safe_markdown(world: Board) -> None:
    evil = '<script>alert(1)</script> [her](javascript:alert(1)) "quoted" & <b>'
    typed = world.four_fields(
        question=f"Hva med {evil}",
        about=f"**Fet** {evil}",
        **{
            "options-0-label": evil[:190],
            "options-0-explanation": evil,
            "options-1-label": "Nei",
            "arguments_for-0-text": evil,
            "sources-0-title": evil,
        },
    )
    browser = world.as_(world.chair)
    browser.post("/styret/avstemninger/ny", typed)
    ballot = world.newest()
    assert ballot.state is State.DRAFT
    for page in ("", "/forhandsvis", "/rediger"):
        shown = browser.get(f"/styret/avstemninger/{ballot.id}{page}").markup
        assert "<script>alert" not in shown
        assert 'href="javascript' not in shown.lower()
    assert "<strong>Fet</strong>" in browser.get(f"/styret/avstemninger/{ballot.id}/forhandsvis").markup
    db.session.rollback()
    assert db.session.scalars(select(Letter)).all() == []


def test_long_names_and_many_options_do_not_break_a_page(world: Board) -> None:
    long = "Samfunnssikkerhetsogberedskapsplanleggingsutvalget " * 3
    rows = {f"options-{place}-label": f"{long}{place}" for place in range(20)}
    browser = world.as_(world.chair)
    a_member(world.unit, long)
    browser.post("/styret/avstemninger/ny", world.four_fields(**rows))
    page = browser.get(f"/styret/avstemninger/{world.newest().id}/forhandsvis")
    assert page.text.count("Samfunnssikkerhets") >= 60


def test_a_draft_of_200_000_characters_is_refused_with_what_was_typed(world: Board) -> None:
    page = world.as_(world.chair).post(
        "/styret/avstemninger/ny", world.four_fields(about="Skole. " * 30_000), status=422
    )
    assert "Teksten kan være på høyst 6" in page
    assert page.text.count("Skole.") >= 30_000
