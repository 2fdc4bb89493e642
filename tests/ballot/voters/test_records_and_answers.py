"""The record is complete and never overwritten. «Hva skjedde videre?» is answered once and told to all concerned."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import pytest
from builders import a_case, a_forum, a_member, a_thread, an_office, oslo
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from voter_world import CLOSED, MUCH_LATER, QUESTION, WHILE_OPEN, Browser, World, rights, when

from ballot import events
from ballot.models import Answer, EventKind, RecordVersion, RollEntry
from ballot.services import answers, lifecycle, records, tellers
from forums.models import CaseThread, Credit, CreditKind
from foundation import clock, outbox
from foundation.audit import AuditEntry, canonical
from foundation.extensions import db
from foundation.transaction import transaction
from members.rules.permissions import OfficeKind

BODY_VOTE = "Kommunestyret vedtok 14. april å beholde skolen, **23 mot 12**."
ADVICE = "Gruppa fulgte rådet."
GIVEN = {"body_vote": BODY_VOTE, "advice_used": ADVICE}


@pytest.fixture
def decided(world: World) -> int:
    """A ballot on a case with nine votes, an hour after it closed."""
    forum = a_forum(world.unit)
    case = a_case(forum, world.chair)
    a_thread(forum, world.voters[0], case=case)
    ballot_id = world.ballot(case_id=case.id, respond_by=date(2026, 4, 15))
    world.vote(ballot_id, [0] * 5 + [1] * 3 + [None])
    world.close(ballot_id)
    return ballot_id


def test_the_record_tells_the_result_first_and_then_all_that_is_needed_to_check_it(
    world: World, decided: int
) -> None:
    with when(CLOSED):
        page = world.as_(world.voters[0]).get(f"/avstemninger/{decided}/protokoll")
    order = [
        "Protokoll for avstemningen om Skolestruktur i Fjordvik",
        "Flertallet rår til ja: 5 mot 3, 1 blank.",
        QUESTION,
        "Forslaget blir vedtatt hvis flere stemmer ja enn nei. Det er oppfylt, så forslaget er vedtatt.",
        "9 av 16 med stemmerett stemte (56,3 %).",
        "Ja 5 Nei 3 Blank 1",
        "Holdt av Fjordvik kommuneparti",
        "Skolestruktur i Fjordvik. Avgjøres av Fjordvik kommunestyre.",
        "rådgivende",
        "hemmelig",
        "Kunngjort mandag 2. mars 2026 kl. 09.00",
        "Medlem senest mandag 2. mars 2026 kl. 09.00",
        "fra mandag 2. mars 2026 kl. 09.00, før mandag 9. mars 2026 kl. 09.00",
        "Skrevet av Berit Brekke",
        "Godkjent av Bård Bakken",
        "systemet, uten tellekorps",
        "Med stemmerett 16",
        "Avmerket i manntallet 9",
        "Stemmesedler i urnen 9",
        "Kvitteringskoder 9",
        "Manntallets fingeravtrykk",
        "Stemmesedlenes fingeravtrykk",
        "Avstemningen ble godkjent og kunngjort Bård Bakken",
        "Manntallet ble laget",
        "Stemmene ble talt",
        "Resultatet ble godkjent",
    ]
    place = page.text.index("Til resultatet")
    for words in order:
        found = page.text.find(words, place)
        assert found >= 0, words
        place = found
    assert "Underskrifter" not in page


def test_the_record_has_a_line_to_sign_for_each_teller(world: World) -> None:
    ballot_id = world.ballot(teller_ids=frozenset(voter.id for voter in world.voters[:2]))
    world.vote(ballot_id, [0, 1])
    with when(CLOSED):
        for act in (tellers.release, tellers.approve):
            for teller in world.voters[:2]:
                act(ballot_id, rights(teller))
        page = world.as_(world.voters[5]).get(f"/avstemninger/{ballot_id}/protokoll")
    assert "Underskrifter Velger 001 Velger 002" in page
    assert "Talt av Velger 001, Velger 002" in page


def test_the_file_of_the_record_is_the_bytes_that_its_hash_is_of(world: World, decided: int) -> None:
    with when(CLOSED):
        browser = world.as_(world.voters[0])
        body = browser.get(f"/avstemninger/{decided}/protokoll.json").markup
        page = browser.get(f"/avstemninger/{decided}/protokoll")
        text = browser.get(f"/avstemninger/{decided}/protokoll.txt")
    assert hashlib.sha256(body.encode()).hexdigest() in page
    facts = json.loads(body)
    assert canonical(facts) == body
    assert facts["result"]["votes"] == [5, 3]
    assert facts["result"]["sentence"].keys() == {"nb", "nn", "en"}
    assert [event["kind"] for event in facts["events"]] == [
        event.kind for event in events.history(decided) if event.kind != "final"
    ]
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Flertallet rår til ja: 5 mot 3, 1 blank." in text
    assert "&" not in text.markup
    assert "<" not in text.markup


def test_a_correction_is_a_new_version_and_the_former_stays(world: World, decided: int) -> None:
    with when(CLOSED):
        first = records.versions(decided)[0]
        kept = (first.facts, first.sha256)
        with transaction():
            lifecycle.lock(decided)
            records.write(world.load(decided), clock.now(), "Navnet på saken var skrevet feil.")
        browser = world.as_(world.voters[0])
        page = browser.get(f"/avstemninger/{decided}/protokoll")
        former = browser.get(f"/avstemninger/{decided}/protokoll?utgave=1")
        assert browser.get(f"/avstemninger/{decided}/protokoll?utgave=9").status == 404
    assert "Rettet utgave 2, 9. mars 2026. Den forrige ligger ved." in page
    assert "Navnet på saken var skrevet feil." in page
    assert "Rettet utgave" not in former
    db.session.rollback()
    again = db.session.get_one(RecordVersion, (decided, 1))
    assert (again.facts, again.sha256) == kept


def test_a_version_of_the_record_cannot_be_written_over(world: World, decided: int) -> None:
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(
            RecordVersion(ballot_id=decided, version=1, made_at=oslo(CLOSED), facts="{}", sha256=bytes(32))
        )


def test_there_is_no_record_before_there_is_a_result(world: World) -> None:
    ballot_id = world.ballot()
    with when(WHILE_OPEN):
        for ending in ("", ".txt", ".json"):
            assert (
                world.as_(world.voters[0]).get(f"/avstemninger/{ballot_id}/protokoll{ending}").status == 404
            )


def test_the_person_named_answers_once_and_it_stands_with_the_result_and_in_the_debate(
    world: World, decided: int
) -> None:
    chair = world.as_(world.chair)
    with when(CLOSED):
        assert "Skriv svaret" in chair.get(f"/avstemninger/{decided}")
        assert "Skriv svaret" not in world.as_(world.voters[0]).get(f"/avstemninger/{decided}")
        empty = chair.post(f"/avstemninger/{decided}/svar", {"body_vote": BODY_VOTE, "advice_used": " "})
        assert empty.status == 422
        assert "Skriv hvordan rådet ble brukt." in empty
        assert "beholde skolen" in empty.text
        assert chair.post(f"/avstemninger/{decided}/svar", GIVEN).status == 302
        page = world.as_(world.voters[0]).get(f"/avstemninger/{decided}")
        assert "Hva skjedde videre? BB Berit Brekke Svarte mandag 9. mars kl. 10.00" in page
        assert "<strong>23 mot 12</strong>" in page.markup
        assert ADVICE in page
        thread_id = db.session.scalars(select(CaseThread.thread_id)).one()
        thread = world.as_(world.voters[0]).get(f"/trader/{thread_id}")
        assert f"Hva skjedde videre? {ADVICE} Les svaret" in thread
        second = chair.post(f"/avstemninger/{decided}/svar", GIVEN)
        assert second.status == 409
        assert "Svaret er alt gitt." in second
    assert [event.kind for event in events.history(decided)].count(EventKind.ANSWERED) == 1
    assert db.session.query(Answer).count() == 1


def test_the_board_that_came_after_answers_and_nobody_else(world: World, decided: int) -> None:
    teller, representative = world.voters[0], world.voters[1]
    an_office(representative, OfficeKind.ELECTED_REPRESENTATIVE, world.unit)
    with when(CLOSED):
        for member in (teller, representative, world.control[0]):
            for page in (
                world.as_(member).get(f"/avstemninger/{decided}/svar"),
                world.as_(member).post(f"/avstemninger/{decided}/svar", GIVEN),
            ):
                assert page.status == 403
                assert "Det er Berit Brekke eller styret som svarer på hva som skjedde videre." in page
        assert world.as_(world.board).post(f"/avstemninger/{decided}/svar", GIVEN).status == 302
    db.session.rollback()
    acts = [
        entry.act
        for entry in db.session.scalars(select(AuditEntry).where(AuditEntry.subject_id == str(decided)))
    ]
    assert acts.count("refused:answer_ballot") == 3
    assert acts.count("answer_ballot") == 1


def test_nobody_answers_before_there_is_a_result(world: World) -> None:
    ballot_id = world.ballot()
    with when(WHILE_OPEN):
        page = world.as_(world.chair).post(f"/avstemninger/{ballot_id}/svar", GIVEN)
    assert page.status == 409
    assert "Svaret kan skrives når resultatet er klart." in page


def test_all_who_could_vote_or_took_part_get_one_letter_about_the_answer(world: World, decided: int) -> None:
    """Also somebody who only debated; and no list of those who voted."""
    with when(CLOSED):
        debater = a_member(world.unit, joined=CLOSED, recorded=CLOSED)
        case_id = world.load(decided).case_id
        with transaction() as session:
            session.add(
                Credit(
                    case_id=case_id,
                    member_id=debater.id,
                    kind=CreditKind.POST,
                    visible_characters=60,
                    at=clock.now(),
                    recorded_at=clock.now(),
                )
            )
        world.as_(world.chair).post(f"/avstemninger/{decided}/svar", GIVEN)
    letters = db.session.query(outbox.Letter).filter_by(template="answered").all()
    entitled = db.session.query(RollEntry).filter_by(ballot_id=decided, entitled=True).count()
    assert len(letters) == entitled + 1
    assert debater.email in {letter.address for letter in letters}
    subject, text, _html = outbox.render(letters[0])
    assert subject == "Dette ble det av saken du var med på"
    assert QUESTION not in subject
    assert f"/avstemninger/{decided}" in text


def test_the_answer_may_come_late_and_the_page_says_that_it_has_not_come(world: World, decided: int) -> None:
    with when(MUCH_LATER):
        chair = Browser(world.app, world.chair)
        assert "skulle ha svart her innen 15. april 2026" in chair.get(f"/avstemninger/{decided}")
        assert chair.post(f"/avstemninger/{decided}/svar", GIVEN).status == 302
        assert answers.of(decided) is not None


def test_an_answer_is_shown_as_text_whatever_is_written_in_it(world: World, decided: int) -> None:
    with when(CLOSED):
        world.as_(world.chair).post(
            f"/avstemninger/{decided}/svar",
            {"body_vote": "<script>alert(1)</script>", "advice_used": "[her](javascript:alert(1))"},
        )
        page = world.as_(world.voters[0]).get(f"/avstemninger/{decided}")
    assert "<script>alert" not in page.markup
    assert 'href="javascript' not in page.markup
