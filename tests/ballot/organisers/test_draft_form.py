"""The form of the ordinary ballot: four fields, nothing typed is lost, every error beside its field."""

from __future__ import annotations

from typing import Any

import pytest
from board_world import Board, acts, rights, when
from builders import a_member, a_unit, an_office, oslo
from sqlalchemy import func, select

from ballot.models import Ballot, Method, Side
from ballot.rules.lifecycle import State
from ballot.rules.majority import Base, Over
from ballot.rules.participation import Setting
from ballot.services import drafting
from foundation.extensions import db
from members.models import BylawTopic, Decider
from members.rules.classes import MembershipClass
from members.rules.permissions import OfficeKind

NEW = "/styret/avstemninger/ny"


def test_four_fields_make_a_ballot_with_everything_else_as_usual(world: Board) -> None:
    browser = world.as_(world.chair)
    page = browser.get(NEW)
    assert "Fire ting må fylles ut." in page
    assert page.value("options-0-label") == "Ja"
    assert page.value("options-1-label") == "Nei"
    assert page.value("closes-day") == "2026-03-09", "a week from today"
    answer = browser.post(NEW, world.four_fields())
    ballot = world.newest()
    assert answer.location == f"/styret/avstemninger/{ballot.id}/forhandsvis"
    assert (ballot.state, ballot.method, ballot.question) == (
        State.DRAFT,
        Method.MOTION,
        "Bør begge skolene bestå?",
    )
    assert [option.label for option in ballot.options] == ["Ja", "Nei"]
    assert ballot.closes_at == oslo("2026-03-12 20:00")
    assert (ballot.force.value, ballot.level.value, ballot.subject.value) == ("advisory", "secret", "case")
    assert [row.unit_id for row in ballot.units] == [world.unit.id]
    assert [row.membership_class for row in ballot.classes] == [MembershipClass.FULL_MEMBER]
    assert (ballot.participation, ballot.quorum_numerator, ballot.cutoff_at) == (Setting.NONE, 0, None)
    assert (ballot.majority_numerator, ballot.majority_denominator, ballot.majority_over) == (
        1,
        2,
        Over.MORE_THAN,
    )


def test_the_form_as_a_browser_sends_it_untouched_but_for_two_fields(world: Board) -> None:
    browser = world.as_(world.chair)
    sent = browser.get(NEW).fields()
    sent |= {"question": "Bør vi?", "about": "Det gjelder skolene."}
    browser.post(NEW, sent)
    assert world.newest().closes_at == oslo("2026-03-09 20:00")


def test_the_whole_path_takes_three_pages_and_two_people(world: Board) -> None:
    chair, board = world.as_(world.chair), world.as_(world.board)
    preview = chair.get(chair.post(NEW, world.four_fields()).location)
    ballot_id = world.newest().id
    for words in (
        "Slik ser medlemmene den.",
        "Bør begge skolene bestå?",
        "Rådmannen vil legge ned to skoler.",
        "Åpner når den er godkjent.",
        "Stenger torsdag 12. mars kl. 20.00",
        "Forslaget blir vedtatt hvis flere stemmer ja enn nei.",
        "Avstemningen er rådgivende. Berit Brekke svarer på resultatet innen 26. mars 2026.",
        "Stem blankt",
        "Avstemningen er hemmelig.",
    ):
        assert words in preview
    steps = chair.get(chair.post(f"/styret/avstemninger/{ballot_id}/send-inn").location)
    assert "Si fra til en annen i styret." in steps
    waiting = board.get("/styret/avstemninger")
    assert "Venter på deg" in waiting
    assert "Godkjenn og kunngjør" in board.get(f"/styret/avstemninger/{ballot_id}/forhandsvis")
    done = board.get(board.post(f"/styret/avstemninger/{ballot_id}/godkjenn").location)
    assert "Avstemningen er kunngjort" in done
    assert "Fingeravtrykk" in done
    assert world.load(ballot_id).state is State.OPEN
    page = world.as_(world.members[0]).get(f"/avstemninger/{ballot_id}")
    assert "Du kan stemme nå. Avstemningen stenger torsdag 12. mars kl. 20.00." in page


def test_the_preview_is_drawn_as_the_ballot_is(world: Board) -> None:
    """What stands on the ballot's page stood in the preview: the knowledge, the rule, the options, the secrecy."""
    ballot_id = world.drafted(
        case_id=world.case.id,
        options=(("Ja", "Begge består."), ("Nei", "En legges ned.")),
        arguments=((Side.FOR, "Kort skolevei."), (Side.AGAINST, "Dyre bygg.")),
        sources=(("Saksframlegg", "https://example.org/a"),),
        closes_at=oslo("2026-03-12 20:00"),
    )
    preview = world.as_(world.chair).get(f"/styret/avstemninger/{ballot_id}/forhandsvis")
    drafting.submit(ballot_id, rights(world.chair))
    world.as_(world.board).post(f"/styret/avstemninger/{ballot_id}/godkjenn")
    shown = world.as_(world.members[0]).get(f"/avstemninger/{ballot_id}")
    for words in (
        "Argumenter for Kort skolevei.",
        "Argumenter mot Dyre bygg.",
        "Kilder og papirer Saksframlegg",
        "Les debatten om Skolestruktur i Fjordvik",
        "Ja Begge består.",
        "Nei En legges ned.",
        "Berit Brekke svarer på resultatet innen 8. mai 2026.",
        "Forslaget blir vedtatt hvis flere stemmer ja enn nei.",
    ):
        assert words in preview
        assert words in shown


def test_one_more_row_keeps_everything_that_was_typed(world: Board) -> None:
    browser = world.as_(world.chair)
    typed = browser.get(NEW).fields() | {
        "question": "Hvilken skole?",
        "about": "Tre skoler, ett valg.",
        "options-0-label": "Nordneset",
        "options-1-label": "Sentrum",
        "arguments_for-0-text": "Nær hjemmet",
        "sources-0-title": "Notatet",
        "closes-day": "2026-03-20",
    }
    page = browser.post(NEW, {**typed, "add": "option"}, status=200)
    assert page.value("options-2-label") == ""
    assert page.value("options-0-label") == "Nordneset"
    assert page.value("closes-day") == "2026-03-20"
    for wish, name in (
        ("for", "arguments_for-1-text"),
        ("against", "arguments_against-1-text"),
        ("source", "sources-1-title"),
    ):
        page = browser.post(NEW, {**page.fields(), "add": wish}, status=200)
        assert f'name="{name}"' in page.markup
    sent = page.fields()
    assert sent["arguments_for-0-text"] == ["Nær hjemmet"]
    sent["options-2-label"] = "Begge"
    browser.post(NEW, sent)
    ballot = world.newest()
    assert [option.label for option in ballot.options] == ["Nordneset", "Sentrum", "Begge"]
    assert ballot.method is Method.CHOICE
    assert ballot.majority_numerator is None, "most votes suffice"
    assert [(row.side, row.text) for row in ballot.arguments] == [(Side.FOR, "Nær hjemmet")]


def test_no_more_rows_than_a_page_can_bear(world: Board) -> None:
    browser = world.as_(world.chair)
    rows = {f"options-{place}-label": f"Alternativ {place}" for place in range(60)}
    page = browser.post(NEW, world.four_fields(**rows, add="option"), status=200)
    assert 'name="options-59-label"' in page.markup
    assert 'name="options-60-label"' not in page.markup
    many = {f"options-{place}-label": f"Alternativ {place}" for place in range(500)}
    browser.post(NEW, world.four_fields(**many))
    assert len(world.newest().options) == 60


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "nothing asked": ({"question": ""}, "Skriv spørsmålet medlemmene skal svare på."),
    "only what cannot be seen": ({"question": "\u200b\u2060 "}, "Skriv spørsmålet medlemmene skal svare på."),
    "a question of 301 characters": ({"question": "a" * 301}, "Spørsmålet kan være på høyst 300 tegn."),
    "nothing told": ({"about": " "}, "Skriv hva saken gjelder, for den som ikke kjenner den."),
    "one option": ({"options-1-label": ""}, "Det må være minst to alternativer å velge mellom."),
    "twins": ({"options-1-label": "JA!"}, "«Ja» og «JA!» er for like til å kunne skilles fra hverandre."),
    "twins by what cannot be seen": (
        {"options-1-label": "J\u200ba"},
        "er for like til å kunne skilles fra hverandre.",
    ),
    "an option without a name": (
        {"options-1-label": "", "options-1-explanation": "Begge legges ned."},
        "Et alternativ mangler navn.",
    ),
    "no closing day": ({"closes-day": ""}, "Velg dagen avstemningen stenger."),
    "no date at all": ({"closes-day": "i morgen"}, "Skriv datoen som dag, måned og år, og klokka som 20.00."),
    "a time that is none": ({"closes-clock": "25:61"}, "Skriv datoen som dag, måned og år"),
    "a day before our time": ({"closes-day": "0001-01-01"}, "Velg en dato i vår tid."),
    "the last day there is": ({"closes-day": "9999-12-31"}, "Velg en dato i vår tid."),
    "closing before opening": (
        {"opens-day": "2026-03-13", "opens-clock": "08:00"},
        "Avstemningen må stenge etter at den åpner. Nå stenger den torsdag 12. mars kl. 20.00",
    ),
    "closing in the past": ({"closes-day": "2026-03-01"}, "Avstemningen må stenge etter at den åpner."),
    "opening in the past": (
        {"opens-day": "2026-03-01", "opens-clock": "08:00"},
        "Avstemningen kan ikke åpne før den er kunngjort.",
    ),
    "no class": ({"more": "1"}, "Velg hvem som kan stemme."),
    "a supporter on a case": (
        {"more": "1", "classes": ["full_member", "affiliated_supporter"]},
        "kan ikke tilsluttede supportere stemme når avstemningen gjelder saker.",
    ),
    "a cut-off after the notice": (
        {"cutoff-day": "2026-03-03", "cutoff-clock": "00:00"},
        "«Medlem senest» kan ikke være senere enn kunngjøringen.",
    ),
    "a cut-off before the waiting period": (
        {"cutoff-day": "2026-02-01", "cutoff-clock": "00:00"},
        "«Medlem senest» kan ikke være tidligere enn karantenetiden",
    ),
    "the rule without leave": (
        {"participation": "required"},
        "Styret kan ikke selv innføre krav om deltakelse.",
    ),
    "four contributions": ({"minimum": "4"}, "Det kan kreves ett, to eller tre bidrag."),
    "more than all must vote": ({"quorum": "101"}, "Skriv et tall fra 0 til 100."),
    "lots that nobody can enter": ({"tie_rule": "lot"}, "Et lodd må trekkes av to i tellekorpset."),
    "an answer before closing": (
        {"respond_by": "2026-03-11"},
        "Svaret må komme etter at avstemningen er stengt",
    ),
    "an answer on no day": ({"respond_by": "snart"}, "Skriv datoen som dag, måned og år."),
    "a source that runs": (
        {"sources-0-title": "Les", "sources-0-url": "javascript:alert(1)"},
        "Adressen må begynne med https://",
    ),
    "binding without a bylaw": (
        {"force": "binding"},
        "Skriv hvor i vedtektene det står at avstemningen er bindende.",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(world: Board, what: str) -> None:
    changed, sentence = WRONG[what]
    typed = {"about": "Det jeg hadde skrevet.", **changed}
    page = world.as_(world.chair).post(NEW, world.four_fields(**typed), status=422)
    assert sentence in page
    assert "Rett opp dette, så kan du gå videre" in page
    if "about" not in changed:
        assert "Det jeg hadde skrevet." in page
    assert db.session.scalar(select(func.count()).select_from(Ballot)) == 0


def test_all_that_is_wrong_is_told_at_once(world: Board) -> None:
    typed = world.four_fields(**{"about": "", "options-1-label": "ja", "closes-day": "2026-03-01"})
    page = world.as_(world.chair).post(NEW, typed, status=422)
    for sentence in (
        "Skriv hva saken gjelder, for den som ikke kjenner den.",
        "«Ja» og «ja» er for like til å kunne skilles fra hverandre.",
        "Avstemningen må stenge etter at den åpner.",
    ):
        assert page.text.count(sentence) == 2, "in the summary and beside the field"


def test_what_is_wrong_in_the_fold_opens_it(world: Board) -> None:
    page = world.as_(world.chair).post(NEW, world.four_fields(quorum="101"), status=422)
    assert '<details class="gr-fold gr-fold--form" id="flere-valg" open>' in page.markup
    assert '<details class="gr-fold gr-fold--form" id="regler" open>' in page.markup
    assert '<details class="gr-fold gr-fold--form" id="hvem">' in page.markup
    page = world.as_(world.chair).post(NEW, world.four_fields(question=""), status=422)
    assert '<details class="gr-fold gr-fold--form" id="flere-valg">' in page.markup


@pytest.mark.parametrize(
    ("day", "said", "first", "second", "moments"),
    [
        (
            "2026-10-25",
            "dette klokkeslettet kommer to ganger. Velg hvilket.",
            "Klokka 02.30 første gang (sommertid)",
            "Klokka 02.30 andre gang (normaltid)",
            ("2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00"),
        ),
        (
            "2026-03-29",
            "dette klokkeslettet finnes ikke. Velg hva du mener.",
            "Klokka 01.30",
            "Klokka 03.30",
            ("2026-03-29T00:30:00+00:00", "2026-03-29T01:30:00+00:00"),
        ),
    ],
)
def test_a_time_that_comes_twice_or_never_is_refused_with_both_readings(
    world: Board, day: str, said: str, first: str, second: str, moments: tuple[str, str]
) -> None:
    browser = world.as_(world.chair)
    typed = world.four_fields(**{"closes-day": day, "closes-clock": "02:30"})
    page = browser.post(NEW, typed, status=422)
    for words in (said, first, second):
        assert words in page
    for reading, moment in zip(("first", "second"), moments, strict=True):
        browser.post(NEW, {**typed, "closes-reading": reading})
        closes_at = world.newest().closes_at
        assert closes_at is not None
        assert closes_at.isoformat() == moment


@pytest.mark.parametrize("clock", ["20:00", "20.00", "2000", "20", ""])
def test_a_clock_is_understood_as_people_type_it(world: Board, clock: str) -> None:
    world.as_(world.chair).post(NEW, world.four_fields(**{"closes-clock": clock}))
    assert world.newest().closes_at == oslo("2026-03-12 20:00")


def test_a_binding_ballot_is_drafted_but_not_sent_in_and_the_page_says_why(world: Board) -> None:
    browser = world.as_(world.chair)
    browser.post(NEW, world.four_fields(force="binding", bylaw_reference="§ 12"))
    ballot = world.newest()
    assert ballot.force.value == "binding"
    why = "En bindende avstemning kan skrives som utkast, men ikke kunngjøres ennå."
    page = browser.get(f"/styret/avstemninger/{ballot.id}/forhandsvis")
    assert why in page
    assert "Send inn til godkjenning" not in page
    assert why in browser.get(f"/styret/avstemninger/{ballot.id}/rediger")
    assert why in browser.post(f"/styret/avstemninger/{ballot.id}/send-inn", status=409)
    assert world.load(ballot.id).state is State.DRAFT


def test_everything_under_more_choices_is_stored_and_shown_again(world: Board) -> None:
    below = a_unit("Nordneset lokallag", parent=world.unit)
    one, two = (a_member(world.unit, name) for name in ("Tove Teller", "Tor Teller"))
    for teller in (one, two):
        an_office(teller, OfficeKind.TELLER, world.unit, title="Tellekorps")
    world.bylaw(BylawTopic.PARTICIPATION_ADVISORY)
    world.bylaw(BylawTopic.WAITING_PERIOD_DAYS, 30, by=Decider.BYLAWS)
    typed = world.four_fields(
        **{
            "more": "1",
            "case_id": str(world.case.id),
            "arguments_for-0-text": "Kort skolevei.",
            "arguments_against-0-text": "Dyre bygg.",
            "sources-0-title": "",
            "sources-0-url": "https://example.org/a",
            "participation": "required",
            "minimum": "2",
            "shortfall": "cancel",
            "window-day": "2026-02-20",
            "window-clock": "00:00",
            "freezes-day": "2026-03-16",
            "freezes-clock": "20:00",
            "opens-day": "2026-03-17",
            "opens-clock": "08:00",
            "closes-day": "2026-03-19",
            "classes": ["full_member", "youth_member"],
            "units": [str(below.id)],
            "cutoff-day": "2026-02-15",
            "cutoff-clock": "00:00",
            "majority": "two_thirds",
            "majority_base": "cast_including_blank",
            "quorum": "50",
            "tellers": [str(one.id), str(two.id)],
            "respond_by": "2026-05-10",
            "responsible_id": str(world.mari.id),
        }
    )
    browser = world.as_(world.chair)
    # Nobody stands in the unit below: that is told, and the draft is kept all the same.
    page = browser.post(NEW, typed, status=422)
    assert "Krav om deltakelse kan bare brukes når minst 30 har stemmerett. Her er det 0." in page
    for number in range(31):
        a_member(below, f"Nes {number}")
    browser.post(NEW, typed)
    ballot = world.newest()
    assert (ballot.case_id, ballot.minimum_contributions, ballot.shortfall.value) == (
        world.case.id,
        2,
        "cancel",
    )
    assert (ballot.majority_numerator, ballot.majority_denominator) == (2, 3)
    assert (ballot.majority_over, ballot.majority_base) == (Over.AT_LEAST, Base.CAST_INCLUDING_BLANK)
    assert (ballot.quorum_numerator, ballot.quorum_denominator) == (1, 2)
    assert ballot.window_opens_at == oslo("2026-02-20 00:00")
    assert ballot.cutoff_at == oslo("2026-02-15 00:00")
    assert [row.unit_id for row in ballot.units] == [below.id]
    assert {row.member_id for row in ballot.tellers} == {one.id, two.id}
    assert [(row.title, row.url) for row in ballot.sources] == [
        ("https://example.org/a", "https://example.org/a")
    ]
    shown = browser.get(f"/styret/avstemninger/{ballot.id}/rediger")
    assert "Av 31 med stemmerett har færre enn 5 deltatt så langt." in shown
    before = drafting.draft_of(world.load(ballot.id))
    browser.post(f"/styret/avstemninger/{ballot.id}/rediger", shown.fields())
    assert drafting.draft_of(world.load(ballot.id)) == before, "saved again unread, it is the same draft"


def test_the_count_of_those_who_would_qualify_is_a_number_from_five_on(world: Board) -> None:
    from forums import services as debate

    ballot_id = world.drafted(case_id=world.case.id)
    for number, member in enumerate(world.members[:5]):
        if number == 4:
            page = world.as_(world.chair).get(f"/styret/avstemninger/{ballot_id}/rediger")
            assert "Av 40 med stemmerett har færre enn 5 deltatt så langt." in page
        body = f"Jeg mener at skolen på Nordneset må bestå, uansett pris. Innlegg {number}."
        debate.write_post(rights(member), world.thread.id, body)
    with when("2026-03-02 09:01"):
        page = world.as_(world.chair).get(f"/styret/avstemninger/{ballot_id}/rediger")
    assert "Av 40 med stemmerett har 5 deltatt så langt." in page
    assert "Argumenter mot å bruke kravet" in page


def test_a_case_page_can_lead_to_the_form_with_the_case_chosen(world: Board) -> None:
    page = world.as_(world.chair).get(f"{NEW}?sak={world.case.id}")
    assert page.fields()["case_id"] == [str(world.case.id)]
    assert world.as_(world.chair).get(f"{NEW}?sak=9999").fields()["case_id"] == ["0"]


def test_no_before_yes_is_turned_round(world: Board) -> None:
    world.as_(world.chair).post(NEW, world.four_fields(**{"options-0-label": "Nei", "options-1-label": "Ja"}))
    ballot = world.newest()
    assert ballot.method is Method.MOTION
    assert [option.label for option in ballot.options] == ["Ja", "Nei"]


def test_several_marks_make_an_approval(world: Board) -> None:
    world.as_(world.chair).post(
        NEW,
        world.four_fields(**{"options-0-label": "Korps", "options-1-label": "Idrett", "method": "approval"}),
    )
    assert world.newest().method is Method.APPROVAL


def test_a_draft_is_kept_for_later(world: Board) -> None:
    browser = world.as_(world.chair)
    assert browser.post(NEW, world.four_fields(next="later")).location == "/styret/avstemninger"
    assert "Utkastet er lagret." in browser.get("/styret/avstemninger")


def test_forged_choices_are_refused(world: Board) -> None:
    other = a_unit("Nordre Fjordvik kommuneparti")
    browser = world.as_(world.chair)
    for name, value in (
        ("unit_id", str(other.id)),
        ("units", [str(other.id)]),
        ("responsible_id", "9999"),
        ("case_id", "9999"),
        ("tellers", ["9999"]),
        ("force", "law"),
        ("subject", "weather"),
        ("participation", "always"),
        ("majority", "one_tenth"),
        ("majority_base", "everybody"),
        ("shortfall", "ignore"),
        ("classes", ["king"]),
        ("minimum", "many"),
        ("unit_id", "first"),
    ):
        browser.post(
            NEW, world.four_fields(**{"more": "1", "classes": ["full_member"], name: value}), status=422
        )
    assert db.session.scalar(select(func.count()).select_from(Ballot)) == 0


def test_a_form_without_its_token_is_refused(world: Board) -> None:
    with world.app.app_context():
        answer = world.as_(world.chair).client.post(NEW, data=world.four_fields())
    assert answer.status_code == 400
    assert db.session.scalar(select(func.count()).select_from(Ballot)) == 0


def test_whoever_sits_on_two_boards_says_which_one_asks(world: Board) -> None:
    an_office(world.chair, OfficeKind.BOARD_MEMBER, world.county)
    page = world.as_(world.chair).get(NEW)
    assert "Hvem holder avstemningen?" in page
    world.as_(world.chair).post(
        NEW, world.four_fields(unit_id=str(world.county.id), units=[str(world.county.id)])
    )
    assert world.newest().unit_id == world.county.id
    assert acts("refused:draft_ballot") == []
