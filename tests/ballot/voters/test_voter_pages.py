"""The pages of voters: knowledge first, then paper, look-over, receipt; and no trace of a choice anywhere."""

from __future__ import annotations

import re
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from builders import a_case, a_forum, a_member, a_thread, a_unit, oslo, sign_in
from flask import Flask
from sqlalchemy import select
from statements_sent import counted_statements
from voter_world import (
    CLOSED,
    MUCH_LATER,
    OPENING,
    QUESTION,
    WHILE_OPEN,
    Box,
    Browser,
    Page,
    World,
    a_world,
    box,
    sent,
    when,
)

from ballot.models import Ballot, Side
from ballot.rules.lifecycle import State
from ballot.rules.majority import Quorum
from ballot.rules.participation import Setting
from ballot.services import casting, turnout
from ballot.views import outcome
from foundation import clock, outbox
from foundation.audit import AuditEntry
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import MemberSession, Standing
from members.rules.classes import MembershipClass, Status

FINAL_WORDS = "Når stemmen er levert, kan den ikke endres."
NOTHING = Box(0, 0, 0)


def page_of(ballot_id: int, more: str = "") -> str:
    return f"/avstemninger/{ballot_id}{more}"


def the_choices(page: Page) -> list[str]:
    """The values that the form of a page would send, in order."""
    return re.findall(r'name="choice" value="([^"]+)"', page.markup)


def test_what_one_should_know_stands_before_the_options(world: World) -> None:
    forum = a_forum(world.unit)
    case = a_case(forum, world.chair)
    a_thread(forum, world.voters[0], case=case)
    ballot_id = world.ballot(
        case_id=case.id,
        arguments=((Side.FOR, "Grenda trenger skolen."), (Side.AGAINST, "Vi sparer tre millioner.")),
        sources=(("Elevtallsprognosen", "https://example.org/elevtall"), ("Høringssvaret", "")),
        tie_rule="not_adopted",
    )
    with when(WHILE_OPEN):
        page = world.as_(world.voters[0]).get(page_of(ballot_id))
    order = [
        QUESTION,
        "Stenger mandag 9. mars kl. 09.00 (3 dager igjen)",
        "Du kan stemme nå.",
        "Hva saken gjelder",
        "kommunestyregruppa",
        "Argumenter for",
        "Grenda trenger skolen.",
        "Argumenter mot",
        "Vi sparer tre millioner.",
        "Kilder og papirer",
        "Elevtallsprognosen",
        "Høringssvaret",
        "Les debatten om Skolestruktur i Fjordvik",
        "Avstemningen er rådgivende. Berit Brekke svarer på resultatet innen",
        "Forslaget blir vedtatt hvis flere stemmer ja enn nei.",
        "Ja",
        "Nei",
        "Stem blankt",
        "En blank stemme er verken ja eller nei. Den regnes med blant dem som har stemt.",
        (
            "Avstemningen er hemmelig. Vi lagrer at du har stemt, og stemmeseddelen for seg, "
            "uten noe som knytter dem sammen."
        ),
        "Derfor oppbevarer serveren selv nøkkelen",
    ]
    place = page.text.index("Avstemninger Åpen")
    for words in order:
        found = page.text.find(words, place)
        assert found >= 0, f"{words!r} does not come after what stands before it"
        place = found + len(words)
    assert 'href="https://example.org/elevtall"' in page.markup
    assert the_choices(page) == [f"{ballot_id}-0", f"{ballot_id}-1", f"{ballot_id}-blank"]


@pytest.mark.parametrize(("choice", "words"), [(0, "Ja"), (1, "Nei"), (None, "å stemme blankt")])
def test_a_member_chooses_looks_over_and_casts_without_any_script(
    world: World, choice: int | None, words: str
) -> None:
    ballot_id = world.ballot()
    browser = world.as_(world.voters[0])
    with when(WHILE_OPEN):
        review = browser.post(page_of(ballot_id, "/se-over"), {"choice": sent(ballot_id, choice)})
        assert review.status == 200
        assert f"Du har valgt {words}. {FINAL_WORDS}" in review
        assert box(ballot_id) == NOTHING
        receipt = browser.post(page_of(ballot_id, "/lever"), {"choice": the_choices(review)})
        assert receipt.status == 200
        assert "Stemmen din er levert" in receipt
        code = re.search(
            r"Kvitteringskode ([0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2})", receipt.text
        )
        assert code
        assert "Den viser at stemmen er med i opptellingen, ikke hva du stemte." in receipt
        assert box(ballot_id) == Box(1, 1, 1)
        again = browser.get(page_of(ballot_id))
        assert "Du har stemt." in again
        assert the_choices(again) == []
        for other in (again, browser.get("/avstemninger"), browser.get("/")):
            assert code[1] not in other.text
    with when(CLOSED):
        assert code[1] in browser.get(page_of(ballot_id, "/kvitteringer"))


def test_the_look_over_can_be_left_with_the_choice_still_there(world: World) -> None:
    ballot_id = world.ballot(options=("A", "B", "C"), several=True)
    with when(WHILE_OPEN):
        page = world.as_(world.voters[0]).post(
            page_of(ballot_id, "/se-over"), {"choice": sent(ballot_id, (0, 2)), "tilbake": "1"}
        )
    assert page.status == 200
    assert len(re.findall(r" checked", page.markup)) == 2
    assert box(ballot_id) == NOTHING


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "Velg et alternativ, eller stem blankt."),
        (["{id}-7"], "Det du valgte, hører ikke til denne avstemningen. Velg på nytt."),
        (["{other}-0"], "Det du valgte, hører ikke til denne avstemningen. Velg på nytt."),
        (["{id}-0", "{id}-1"], "Du kan bare velge ett alternativ."),
        (
            ["{id}-0", "{id}-blank"],
            "Du har krysset av både for å stemme blankt og for noe annet. Velg én av delene.",
        ),
    ],
)
@pytest.mark.parametrize("step", ["/se-over", "/lever"])
def test_a_choice_that_is_none_comes_back_with_a_sentence_beside_the_options(
    world: World, values: list[str], words: str, step: str
) -> None:
    ballot_id, other = world.ballot(), world.ballot(question="Skal Søndre skole bestå?")
    filled = [value.replace("{id}", str(ballot_id)).replace("{other}", str(other)) for value in values]
    with when(WHILE_OPEN):
        page = world.as_(world.voters[0]).post(page_of(ballot_id, step), {"choice": filled})
    assert page.status == 422
    assert words in page
    assert f'id="valg-feil">{words}' in page.markup
    assert box(ballot_id) == NOTHING


def test_a_form_opened_before_the_closing_and_sent_after_it_is_refused_without_a_trace(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    ballot_id = world.ballot()
    browser = world.as_(world.voters[0])
    with when(WHILE_OPEN):
        review = browser.post(page_of(ballot_id, "/se-over"), {"choice": sent(ballot_id, 1)})
    value = the_choices(review)[0]
    with when(CLOSED):
        for step in ("/lever", "/se-over"):
            page = browser.post(page_of(ballot_id, step), {"choice": value})
            assert page.status == 403
            assert (
                "Avstemningen stengte mandag 9. mars kl. 09.00. Stemmen din ble ikke tatt imot, "
                "og valget ditt er ikke lagret."
            ) in page
            assert value not in page.markup
            assert "Til avstemningen" in page
    assert box(ballot_id) == NOTHING
    db.session.rollback()
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert not [entry for entry in entries if value in entry.facts]
    assert value not in "".join(capsys.readouterr())


def test_before_the_opening_the_paper_is_shown_but_takes_no_vote(world: World) -> None:
    opens_at = oslo(OPENING) + timedelta(days=5)
    ballot_id = world.ballot(opens_at=opens_at, closes_at=opens_at + timedelta(days=7))
    browser = world.as_(world.voters[0])
    with when("2026-03-03 12:00"):
        page = browser.get(page_of(ballot_id))
        assert "Åpner lørdag 7. mars kl. 09.00" in page
        assert "Gå videre og se over" not in page
        assert re.search(r"<fieldset[^>]* disabled", page.markup)
        refused = browser.post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, 0)})
    assert refused.status == 403
    assert "Avstemningen åpner lørdag 7. mars kl. 09.00." in refused
    assert box(ballot_id) == NOTHING


def test_a_vote_sent_again_says_that_it_is_cast_and_stands(world: World) -> None:
    ballot_id = world.ballot()
    browser = world.as_(world.voters[0])
    with when(WHILE_OPEN):
        browser.post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, 0)})
        page = browser.post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, 1)})
    assert page.status == 403
    assert "Stemmen din er allerede levert og gjelder." in page
    assert box(ballot_id) == Box(1, 1, 1)


def test_nobody_votes_signed_out_or_without_the_forms_token(world: World, app: Flask) -> None:
    ballot_id = world.ballot()
    stranger = Browser(app, None)
    member = world.as_(world.voters[0])
    with when(WHILE_OPEN):
        assert stranger.post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, 0)}).status == 403
        assert stranger.get(page_of(ballot_id)).status == 302
        forged = member.client.post(page_of(ballot_id, "/lever"), data={"choice": sent(ballot_id, 0)})
        assert forged.status_code == 400
        by_address = member.client.get(
            page_of(ballot_id, "/lever") + "?" + urlencode({"choice": f"{ballot_id}-0"})
        )
        assert by_address.status_code == 405
    assert box(ballot_id) == NOTHING


def test_a_supporter_reads_the_ballot_and_a_forged_vote_of_hers_is_refused_with_the_reason(
    world: World,
) -> None:
    supporter = a_member(world.unit, membership_class=MembershipClass.AFFILIATED_SUPPORTER)
    ballot_id = world.ballot()
    browser = world.as_(supporter)
    with when(WHILE_OPEN):
        page = browser.get(page_of(ballot_id))
        assert page.status == 200
        assert the_choices(page) == []
        assert "Forslaget blir vedtatt hvis flere stemmer ja enn nei." in page
        refused = browser.post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, 0)})
    assert refused.status == 403
    assert "Avstemningen er for fulle medlemmer. Du er tilsluttet supporter." in refused
    assert box(ballot_id) == NOTHING
    db.session.rollback()
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "refused:cast_vote")).one()
    assert entry.actor_id == supporter.id


def test_a_guest_sees_no_ballot_and_a_draft_nobody(world: World) -> None:
    guest = a_member(world.unit, membership_class=MembershipClass.SYMPATHISER)
    other = a_member(a_unit("Sørfjord kommuneparti"))
    ballot_id = world.ballot()
    with when(WHILE_OPEN):
        assert world.as_(guest).get(page_of(ballot_id)).status == 403
        assert QUESTION not in world.as_(guest).get("/avstemninger")
        assert world.as_(other).get(page_of(ballot_id)).status == 200
        assert world.as_(other).get(page_of(ballot_id + 1)).status == 404
    with transaction():
        db.session.get_one(Ballot, ballot_id).state = State.DRAFT
    with when(WHILE_OPEN):
        assert world.as_(world.voters[0]).get(page_of(ballot_id)).status == 404


def test_a_member_suspended_while_voting_runs_still_finds_the_ballot_she_has_a_vote_in(world: World) -> None:
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
        browser = world.as_(world.voters[0])
        assert QUESTION in browser.get("/avstemninger")
        review = browser.post(page_of(ballot_id, "/se-over"), {"choice": sent(ballot_id, 0)})
        assert review.status == 200
        assert browser.post(page_of(ballot_id, "/lever"), {"choice": the_choices(review)}).status == 200


def test_casting_leaves_the_session_and_its_cookie_as_they_were(world: World) -> None:
    ballot_id = world.ballot()
    browser = world.as_(world.voters[0])

    def session_rows() -> list[tuple[object, ...]]:
        db.session.rollback()
        return [
            (row.id, row.token_hash, row.started_at, row.seen_on, row.expires_at, row.ended_at)
            for row in db.session.scalars(select(MemberSession).order_by(MemberSession.id))
        ]

    with when(WHILE_OPEN):
        browser.get("/avstemninger")
        before = session_rows()
        with browser.client.session_transaction() as session:
            kept = dict(session)
    with when("2026-03-06 15:00"):
        review = browser.post(page_of(ballot_id, "/se-over"), {"choice": sent(ballot_id, 0)})
        receipt = browser.post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, 0)})
        with browser.client.session_transaction() as session:
            assert dict(session) == kept
    assert session_rows() == before
    for page in (review, receipt):
        assert page.headers["Cache-Control"] == "no-store"
        assert "Location" not in page.headers


def test_no_log_no_mail_and_no_audit_entry_speaks_of_a_vote(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    ballot_id = world.ballot()
    db.session.rollback()
    letters, entries = db.session.query(outbox.Letter).count(), db.session.query(AuditEntry).count()
    capsys.readouterr()
    browser = world.as_(world.voters[0])
    with when(WHILE_OPEN):
        browser.post(page_of(ballot_id, "/se-over"), {"choice": sent(ballot_id, 0)})
        browser.post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, 0)})
    db.session.rollback()
    assert db.session.query(outbox.Letter).count() == letters
    assert db.session.query(AuditEntry).count() == entries
    assert "".join(capsys.readouterr()) == ""


def test_an_error_while_casting_is_logged_without_the_paper_or_the_code(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ballot_id = world.ballot()
    browser = world.as_(world.voters[0])
    with when(WHILE_OPEN), monkeypatch.context() as patched:
        patched.setattr(casting.receipts, "new_code", lambda: "X" * 12)
        browser.post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, 0)})
        capsys.readouterr()
        page = world.as_(world.voters[1]).post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, 1)})
    assert page.status == 500
    assert "Ingenting du sendte, er lagret halvveis." in page
    printed = "".join(capsys.readouterr())
    assert "CastingFailed" in printed
    assert "X" * 12 not in printed
    assert f"{ballot_id}-1" not in printed
    assert box(ballot_id) == Box(1, 1, 1)


def test_a_member_who_sends_again_and_again_has_to_wait_a_minute(world: World) -> None:
    ballot_id = world.ballot()
    browser, neighbour = world.as_(world.voters[0]), world.as_(world.voters[1])
    with when(WHILE_OPEN):
        for _ in range(12):
            assert browser.post(page_of(ballot_id, "/lever"), {"choice": "x"}).status == 422
        page = browser.post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, 0)})
        assert page.status == 429
        assert "Vent et minutt" in page
        # By member, never by address: her neighbour at the same router votes.
        assert neighbour.post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, 0)}).status == 200


def test_casting_over_http_costs_a_known_number_of_statements(world: World) -> None:
    ballot_id = world.ballot()
    browser = world.as_(world.voters[0])
    with when(WHILE_OPEN), counted_statements() as statements:
        receipt = browser.post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, 0)})
    assert receipt.status == 200
    assert len(statements) <= 12, statements


@pytest.mark.parametrize("state", ["open", "certified"])
def test_the_page_of_a_ballot_costs_a_known_number_of_statements(world: World, state: str) -> None:
    forum = a_forum(world.unit)
    case = a_case(forum, world.chair)
    ballot_id = world.ballot(case_id=case.id, options=tuple(f"Alternativ {number}" for number in range(12)))
    world.vote(ballot_id, [0, 1, 2, 3])
    if state == "certified":
        world.close(ballot_id)
    browser = world.as_(world.voters[7])
    with when(WHILE_OPEN if state == "open" else CLOSED):
        browser.get(page_of(ballot_id))
        with counted_statements() as statements:
            assert browser.get(page_of(ballot_id)).status == 200
    assert len(statements) <= 17, statements


def test_the_list_of_ballots_sorts_what_asks_for_something_first(world: World) -> None:
    later = oslo(OPENING) + timedelta(days=5)
    world.ballot(question="Skal vi gå i fakkeltog?")
    voted = world.ballot(question="Skal vi bytte møtedag?")
    world.ballot(question="Skal vi støtte ferja?", opens_at=later, closes_at=later + timedelta(days=7))
    done = world.ballot(question="Skal vi ha stand?", closes_at=oslo("2026-03-04 09:00"))
    with when("2026-03-03 12:00"):
        browser = world.as_(world.voters[0])
        for ballot_id, choice in ((voted, 0), (done, 1)):
            browser.post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, choice)})
    with when(WHILE_OPEN):
        page = browser.get("/avstemninger")
    order = [
        "Stem nå",
        "Skal vi gå i fakkeltog?",
        "Åpne nå",
        "Skal vi bytte møtedag?",
        "Du har stemt",
        "Kommer",
        "Skal vi støtte ferja?",
        "Resultater",
        "Skal vi ha stand?",
        "Flertallet rår til nei: 1 mot 0, 0 blanke.",
    ]
    place = 0
    for words in order:
        place = page.text.index(words, place) + len(words)
    with when(WHILE_OPEN), counted_statements() as statements:
        browser.get("/avstemninger")
    assert len(statements) <= 11, statements


def test_the_list_is_empty_kindly_and_pages_what_is_over(world: World) -> None:
    browser = world.as_(world.voters[0])
    with when(WHILE_OPEN):
        assert "Ingen avstemninger ennå." in browser.get("/avstemninger")
    for number in range(1, 24):
        world.ballot(question=f"Sak nummer {number:02}?", closes_at=oslo("2026-03-03 09:00"))
    with when(WHILE_OPEN):
        first, second = browser.get("/avstemninger"), browser.get("/avstemninger?page=2")
        assert "Sak nummer 23?" in first
        assert "Sak nummer 03?" not in first
        assert "Sak nummer 03?" in second
        assert "Resultater, side 2" in second
        for odd in ("0", "-3", "x", "99999999999999999999"):
            assert browser.get(f"/avstemninger?page={odd}").status == 200


def test_a_ballot_of_another_unit_is_not_in_the_list(world: World) -> None:
    world.ballot()
    stranger = a_member(a_unit("Sørfjord kommuneparti"))
    with when(WHILE_OPEN):
        assert QUESTION not in world.as_(stranger).get("/avstemninger")
        assert QUESTION in world.as_(world.voters[0]).get("/avstemninger")


def test_below_ten_on_the_roll_the_voter_is_warned(world: World, app: Flask) -> None:
    small = a_world(app, 2)
    ballot_id, big = small.ballot(), world.ballot()
    warning = "Færre enn ti har stemmerett."
    with when(WHILE_OPEN):
        assert warning in small.as_(small.voters[0]).get(page_of(ballot_id))
        assert warning not in world.as_(world.voters[0]).get(page_of(big))


@pytest.mark.parametrize(("extra", "votes", "shown"), [(9, 12, None), (30, 12, "minst 10"), (30, 4, None)])
def test_turnout_while_open_is_rounded_down_shown_from_25_on_and_moves_with_the_hour(
    world: World, extra: int, votes: int, shown: str | None
) -> None:
    """16 on the roll, and as many more: 25 is the least."""
    more = extra - 1 if extra == 9 else extra
    with transaction():
        for _ in range(more):
            a_member(world.unit)
    ballot_id = world.ballot()
    world.vote(ballot_id, [0] * votes)
    reader = world.as_(world.board)
    with when("2026-03-05 12:30"):
        assert "minst" not in reader.get(page_of(ballot_id)).text.split("Hva saken gjelder")[0]
        turnout.publish(clock.now())
        head = reader.get(page_of(ballot_id)).text.split("Hva saken gjelder")[0]
        assert ("Har stemt" in head) is (shown is not None)
        if shown is None:
            return
        assert shown in head
        reader.post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, 0)})
    with when("2026-03-05 12:59"):
        for member in (world.chair, *world.control):
            world.as_(member).post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, 0)})
        assert turnout.publish(clock.now()) == 0
        assert shown in reader.get(page_of(ballot_id))
    with when("2026-03-05 13:00"):
        assert turnout.publish(clock.now()) == 1
        assert "minst 15" in reader.get(page_of(ballot_id))


def test_whoever_may_not_vote_yet_is_told_what_counts_and_a_required_ballot_stands_among_the_debates(
    world: World,
) -> None:
    with transaction():
        for _ in range(30):
            a_member(world.unit)
    forum = a_forum(world.unit)
    case = a_case(forum, world.chair)
    a_thread(forum, world.chair, case=case)
    ballot_id = world.ballot(
        case_id=case.id, opens_at=oslo("2026-03-17 08:00"), closes_at=oslo("2026-03-19 20:00")
    )
    with transaction():
        stored = db.session.get_one(Ballot, ballot_id)
        stored.participation = Setting.REQUIRED
        stored.roll_freezes_at = oslo("2026-03-16 20:00")
    browser = world.as_(world.voters[0])
    with when(WHILE_OPEN):
        page = browser.get(page_of(ballot_id))
        assert "Vil du stemme i denne saken? Delta i diskusjonen før mandag 16. mars kl. 20.00." in page
        assert "De som har deltatt i diskusjonen, kan stemme." in browser.get("/avstemninger")


@pytest.mark.parametrize(("state", "words"), [("cancelled", "avlyst"), ("annulled", "opphevet")])
def test_a_ballot_that_ended_before_its_time_says_why(world: World, state: str, words: str) -> None:
    ballot_id = world.ballot()
    with transaction():
        stored = db.session.get_one(Ballot, ballot_id)
        stored.state = State(state)
        stored.end_reason = "Spørsmålet var ikke til å forstå."
    with when(WHILE_OPEN):
        page = world.as_(world.voters[0]).get(page_of(ballot_id))
        listed = world.as_(world.voters[0]).get("/avstemninger")
    assert f"Avstemningen er {words} Spørsmålet var ikke til å forstå." in page
    assert the_choices(page) == []
    assert "Hva saken gjelder" in page
    assert "Spørsmålet var ikke til å forstå." in listed


def test_a_result_is_told_first_with_numbers_base_rule_and_what_has_to_agree(world: World) -> None:
    ballot_id = world.ballot(respond_by=date(2026, 4, 15))
    world.vote(ballot_id, [0] * 5 + [1] * 3 + [None])
    with when(CLOSED):
        page = world.as_(world.voters[0]).get(page_of(ballot_id))
    order = [
        "Resultat Flertallet rår til ja: 5 mot 3, 1 blank.",
        "9 av 16 med stemmerett stemte (56,3 %).",
        "Stemmene i tall, andel av de 9 som stemte",
        "Ja 5 55,6 %",
        "Nei 3 33,3 %",
        "Blank 1 11,1 %",
        "Forslaget blir vedtatt hvis flere stemmer ja enn nei. Det er oppfylt, så forslaget er vedtatt.",
        "Hva skjedde videre? Berit Brekke svarer her innen 15. april 2026.",
        "Kunne stemme etter manntallet 16",
        "Avmerket i manntallet 9",
        "Stemmesedler i urnen 9",
        "Kvitteringskoder 9",
        "Av dem blanke 1",
        "CSV · JSON · BLT",
    ]
    place = 0
    for words in order:
        found = page.text.find(words, place)
        assert found >= 0, words
        place = found
    assert page.markup.count('<svg class="gr-bar"') == 1
    with when(MUCH_LATER):
        late = Browser(world.app, world.voters[0]).get(page_of(ballot_id))
    assert "Berit Brekke skulle ha svart her innen 15. april 2026. Svaret er ikke kommet ennå." in late


def test_the_rule_is_the_same_sentence_on_ballot_result_and_record(world: World) -> None:
    ballot_id = world.ballot(quorum=Quorum(1, 2))
    sentence = (
        "Forslaget blir vedtatt hvis minst 8 av de 16 med stemmerett stemmer, og flere stemmer ja enn nei."
    )
    browser = world.as_(world.voters[0])
    with when(WHILE_OPEN):
        assert sentence in browser.get(page_of(ballot_id))
    world.vote(ballot_id, [0, 0, 1])
    with when(CLOSED):
        for address in ("", "/protokoll", "/protokoll.txt"):
            page = browser.get(page_of(ballot_id, address))
            assert sentence in page, address
            assert "For få stemte: 3, og det måtte være minst 8. Forslaget er derfor ikke vedtatt." in page, (
                address
            )


def test_a_choice_and_an_approval_draw_a_bar_for_each_option(world: World) -> None:
    choice = world.ballot(options=("Ny bru", "Ny vei", "Ny sti"))
    world.vote(choice, [0, 0, 1, None])
    approval = world.ballot(options=("Ny bru", "Ny vei", "Ny sti"), several=True, question="Hvilke?")
    world.vote(approval, [(0, 1), (0,), (2, 0), None])
    with when(CLOSED):
        first = world.as_(world.voters[0]).get(page_of(choice))
        second = world.as_(world.voters[0]).get(page_of(approval))
    assert "Flest stemte for «Ny bru»: 2 av 4, 1 blank." in first
    assert "«Ny bru» er valgt." in first
    assert "Flest stemte for «Ny bru»: 3 av 4, 1 blank." in second
    assert "Ny bru 3 75 %" in second
    for page in (first, second):
        assert page.markup.count('class="gr-bars__bar"') == 4


def test_a_page_of_receipt_codes_grows_into_pages_by_first_character(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ballot_id = world.ballot()
    codes = world.vote(ballot_id, [0] * 12)
    browser = world.as_(world.voters[0])
    with when(WHILE_OPEN):
        assert browser.get(page_of(ballot_id, "/kvitteringer")).status == 404
    monkeypatch.setattr(outcome, "CODES_ON_A_PAGE", 5)
    with when(CLOSED):
        found: set[str] = set()
        for start in sorted({code[0] for code in codes}):
            page = browser.get(page_of(ballot_id, f"/kvitteringer?start={start}"))
            listed = re.findall(r"<li>([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})</li>", page.markup)
            assert listed == sorted(listed)
            found |= {code.replace("-", "") for code in listed}
        assert found == set(codes)
        assert browser.get(page_of(ballot_id, "/kvitteringer?start=%F0%9F%98%80")).status == 200


def test_the_page_speaks_of_a_tellers_key_only_where_there_are_tellers(world: World) -> None:
    alone = world.ballot()
    counted = world.ballot(
        question="Skal vi ha tellere?", teller_ids=frozenset(voter.id for voter in world.voters[:2])
    )
    notice = "Derfor oppbevarer serveren selv nøkkelen"
    with when(WHILE_OPEN):
        assert notice in world.as_(world.voters[5]).get(page_of(alone))
        page = world.as_(world.voters[5]).get(page_of(counted))
    assert notice not in page
    assert "Tellekorps Velger 001, Velger 002" in page


def test_two_browsers_of_one_member_share_one_vote(world: World, app: Flask) -> None:
    ballot_id = world.ballot()
    phone, laptop = world.as_(world.voters[0]), Browser(app, None)
    sign_in(laptop.client, world.voters[0])
    with when(WHILE_OPEN):
        assert phone.post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, 0)}).status == 200
        assert laptop.post(page_of(ballot_id, "/lever"), {"choice": sent(ballot_id, 0)}).status == 403
    assert box(ballot_id) == Box(1, 1, 1)
