"""What a member reads of her part in the debate: to the letter, in three languages, once on a page, at little cost."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from builders import a_thread, oslo
from flask import Flask
from flask_babel import force_locale
from queries import counted
from scenario_world import CLOSING, FREEZE, LEAST, QUESTION, World, rights, when
from sqlalchemy import event, text, update

from ballot.rules.participation import Basis
from ballot.services import participation
from foundation import clock, phrases
from foundation.errors import Reason
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import Member
from members.rules.classes import MembershipClass

LANGUAGES = ("nb", "nn", "en")
BEFORE = oslo(FREEZE)
FULL, YOUTH, SUPPORTER = (
    MembershipClass.FULL_MEMBER,
    MembershipClass.YOUTH_MEMBER,
    MembershipClass.AFFILIATED_SUPPORTER,
)

# As the list of interface strings has them, by number: the reason, and the sentence in bokmål, nynorsk and English.
# {…} is a time, a date or a word in the reader's language, written below.
SENTENCES: dict[str, tuple[Reason, str, str, str]] = {
    "21": (
        Reason.of("post_counts", case="Skole"),
        "Innlegget teller. Du har deltatt i diskusjonen om «Skole».",
        "Innlegget tel. Du har delteke i diskusjonen om «Skole».",
        "This counts. You have taken part in the discussion on “Skole”.",
    ),
    "22": (
        Reason.of("post_too_short"),
        "Innlegget er publisert, men er for kort til å telle som deltakelse. Du kan skrive mer i det.",
        "Innlegget er publisert, men er for kort til å telje som deltaking. Du kan skrive meir i det.",
        "Your post is published, but it is too short to count as taking part. You can add to it.",
    ),
    "23": (
        Reason.of("post_is_copy"),
        (
            "Teksten er lik et innlegg som alt står i saken. Den er publisert, men teller ikke. "
            "Skriv gjerne noen egne ord."
        ),
        (
            "Teksten er lik eit innlegg som alt står i saka. Han er publisert, men tel ikkje. "
            "Skriv gjerne nokre eigne ord."
        ),
        (
            "This text equals a post already in the case. It is published but does not count. "
            "A few words of your own will do."
        ),
    ),
    "24": (
        Reason.of("composer.new_member", cutoff_at=BEFORE),
        "Du er velkommen i diskusjonen. Denne gangen stemmer de som var medlem senest {time}.",
        "Du er velkomen i diskusjonen. Denne gongen røystar dei som var medlem seinast {time}.",
        "You are welcome in the discussion. This time, those who were members by {time} vote.",
    ),
    "25": (
        Reason.of("composer.supporter", membership_class=SUPPORTER),
        "Du kan skrive her som {supporter}. Stemmerett i saker har du ikke.",
        "Du kan skrive her som {supporter}. Røysterett i saker har du ikkje.",
        "You can write here as an {supporter}. You have no vote on cases.",
    ),
    "28": (
        Reason.of("composer.delete_warn", case="Skole", deadline=BEFORE),
        (
            "Sletter du innlegget, har du ikke lenger deltatt i «Skole» og kan ikke stemme. "
            "Du kan delta på nytt før {time}."
        ),
        (
            "Slettar du innlegget, har du ikkje lenger delteke i «Skole» og kan ikkje røyste. "
            "Du kan delta på nytt før {time}."
        ),
        (
            "If you delete this post, you have no longer taken part in “Skole” and cannot vote. "
            "You can take part again before {time}."
        ),
    ),
    "29": (
        Reason.of("part.not_yet", deadline=BEFORE),
        (
            "Vil du stemme i denne saken? Delta i diskusjonen før {time}. Skriv et innlegg, kom på et møte eller "
            "send et skriftlig innspill. Ett bidrag er nok."
        ),
        (
            "Vil du røyste i denne saka? Delta i diskusjonen før {time}. Skriv eit innlegg, kom på eit møte eller "
            "send eit skriftleg innspel. Eitt bidrag er nok."
        ),
        (
            "Do you want to vote on this? Take part in the discussion before {time}. Write a post, come to a meeting "
            "or send a written statement. One contribution is enough."
        ),
    ),
    "30": (
        Reason.of("part.some", n=1, minimum=3, missing=2, deadline=BEFORE),
        "Du har 1 av 3 bidrag. Ta med 2 til før {time}, så kan du stemme.",
        "Du har 1 av 3 bidrag. Kom med 2 til før {time}, så kan du røyste.",
        "You have 1 of 3 contributions. Add 2 more before {time} and you can vote.",
    ),
    "31": (
        Reason.of("part.ready", what=Basis.STATEMENT, at=BEFORE, opens_at=BEFORE),
        "Du har deltatt i diskusjonen om saken ({statement}, {date}). Du kan stemme fra {time}.",
        "Du har delteke i diskusjonen om saka ({statement}, {date}). Du kan røyste frå {time}.",
        "You have taken part in the discussion ({statement}, {date}). You can vote from {time}.",
    ),
    "32": (
        Reason.of("part.vote_now", closes_at=BEFORE),
        "Du kan stemme nå. Avstemningen stenger {time}.",
        "Du kan røyste no. Avrøystinga stengjer {time}.",
        "You can vote now. The ballot closes {time}.",
    ),
    "33": (Reason.of("part.voted"), "Du har stemt.", "Du har røysta.", "You have voted."),
    "34": (
        Reason.of("part.refused", reason=Reason.of("no_contribution", deadline=BEFORE), appeal_before=BEFORE),
        (
            "Du kan ikke stemme i denne avstemningen. Vi fant ingen deltakelse fra deg i diskusjonen før fristen "
            "{time}. Mener du at det er feil? Klag før {time}."
        ),
        (
            "Du kan ikkje røyste i denne avrøystinga. Vi fann inga deltaking frå deg i diskusjonen før fristen "
            "{time}. Meiner du at det er feil? Klag før {time}."
        ),
        (
            "You cannot vote in this ballot. We found no contribution from you in the discussion before {time}. "
            "Do you think this is wrong? Appeal before {time}."
        ),
    ),
    "35": (
        Reason.of("part.lapsed", minimum=10),
        "Kravet om deltakelse er falt bort fordi færre enn 10 hadde deltatt. Alle andre vilkår gjelder som før.",
        "Kravet om deltaking har falle bort fordi færre enn 10 hadde delteke. Alle andre vilkår gjeld som før.",
        "The requirement to take part has lapsed because fewer than 10 had done so. All other conditions stand.",
    ),
    "36": (
        Reason.of("part.not_enough"),
        "Å lese, følge eller trykke «Nyttig» er fint, men er ikke nok alene til å stemme.",
        "Å lese, følgje eller trykkje «Nyttig» er fint, men er ikkje nok åleine til å røyste.",
        "Reading, following or pressing “Useful” is good, but not enough alone to vote.",
    ),
    "82": (
        Reason.of("no_contribution", deadline=BEFORE),
        "Vi fant ingen deltakelse fra deg i diskusjonen før fristen {time}.",
        "Vi fann inga deltaking frå deg i diskusjonen før fristen {time}.",
        "We found no contribution from you in the discussion before {time}.",
    ),
    "83": (
        Reason.of("contribution_withdrawn", at=BEFORE),
        "Du slettet bidraget ditt {date}, før fristen gikk ut.",
        "Du sletta bidraget ditt {date}, før fristen gjekk ut.",
        "You deleted your contribution on {date}, before the deadline.",
    ),
    "84": (
        Reason.of("not_a_contribution", ground="x"),
        "To personer har vurdert at bidraget ditt ikke var et innspill i saken. Grunn: x.",
        "To personar har vurdert at bidraget ditt ikkje var eit innspel i saka. Grunn: x.",
        "Two people found that your post was not a contribution to the case. Ground: x.",
    ),
    "85": (
        Reason.of("joined_after_cutoff", joined_at=BEFORE, cutoff_at=BEFORE),
        "Du ble medlem {date}. Avstemningen er for dem som var medlem senest {time}.",
        "Du vart medlem {date}. Avrøystinga er for dei som var medlem seinast {time}.",
        "You joined on {date}. This ballot is for those who were members by {time}.",
    ),
    "86": (
        Reason.of("dues_unpaid", year=2026, at=BEFORE),
        "Kontingenten for 2026 var ikke registrert som betalt {time}. Har du betalt, tar vi imot kvittering.",
        "Kontingenten for 2026 var ikkje registrert som betalt {time}. Har du betalt, tek vi imot kvittering.",
        "Your dues for 2026 were not registered as paid on {time}. If you have paid, send the receipt.",
    ),
    "87": (
        Reason.of("wrong_unit", units=("Fjordvik", "Eidet"), unit="Vik"),
        "Avstemningen er for medlemmer i Fjordvik og Eidet. Du står i Vik.",
        "Avrøystinga er for medlemer i Fjordvik og Eidet. Du står i Vik.",
        "This ballot is for members of Fjordvik and Eidet. You belong to Vik.",
    ),
    "88": (
        Reason.of("class_not_allowed", classes=(FULL, YOUTH), membership_class=SUPPORTER),
        "Avstemningen er for {members}. Du er {supporter}.",
        "Avrøystinga er for {members}. Du er {supporter}.",
        "This ballot is for {members}. You are {supporter}.",
    ),
    "89": (
        Reason.of("under_age", minimum_age=15),
        "Du må ha fylt 15 år for å stemme.",
        "Du må ha fylt 15 år for å røyste.",
        "You must be at least 15 to vote.",
    ),
    "90": (
        Reason.of("not_active", at=BEFORE),
        "Medlemskapet ditt var ikke aktivt {time}.",
        "Medlemskapen din var ikkje aktiv {time}.",
        "Your membership was not active on {time}.",
    ),
}
WORDS = {
    "time": ("mandag 16. mars kl. 20.00", "måndag 16. mars kl. 20.00", "Monday 16 March, 20:00"),
    "date": ("16. mars 2026", "16. mars 2026", "16 March 2026"),
    "statement": ("skriftlig innspill", "skriftleg innspel", "written statement"),
    "supporter": ("tilsluttet supporter", "tilslutta supporter", "affiliated supporter"),
    "members": (
        "fulle medlemmer og ungdomsmedlemmer",
        "fulle medlemer og ungdomsmedlemer",
        "full members and youth members",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_the_one_of_the_list(app: Flask, at: None, language: str) -> None:
    place = LANGUAGES.index(language)
    words = {name: written[place] for name, written in WORDS.items()}
    with app.test_request_context(), force_locale(language), clock.stopped_at(oslo("2026-03-05 12:00")):
        said = {number: phrases.sentence(row[0]).replace("\xa0", " ") for number, row in SENTENCES.items()}
    assert said == {number: row[1 + place].format(**words) for number, row in SENTENCES.items()}


# 37 to 39: what stands around the sentence
AROUND = {
    "nb": (
        "Skriv innlegg",
        "Kom på møte",
        "Send skriftlig innspill",
        "Få hjelp til å delta",
        "Bare du ser dette.",
        "Alle kan velge skriftlig innspill. Du trenger ikke oppgi noen grunn.",
    ),
    "nn": (
        "Skriv innlegg",
        "Kom på møte",
        "Send skriftleg innspel",
        "Få hjelp til å delta",
        "Berre du ser dette.",
        "Alle kan velje skriftleg innspel. Du treng ikkje gi nokon grunn.",
    ),
    "en": (
        "Write a post",
        "Come to a meeting",
        "Send a statement",
        "Get help to take part",
        "Only you see this.",
        "Anyone may choose a written statement. You need not give a reason.",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ways_to_take_part_and_who_sees_it_in_the_readers_language(world: World, language: str) -> None:
    ane = world.one("Ane")
    with transaction() as session:
        session.execute(update(Member).where(Member.id == ane.id).values(locale=language))
    ballot_id = world.publish()
    with when("2026-03-05 12:00"):
        line = world.as_(ane).get(f"/avstemninger/{ballot_id}")
        private = world.as_(ane).get(f"/saker/{world.case.id}/innspill")
    part = html.unescape(re.sub(r"<[^>]*>", " ", lines_of(line.markup)[0]))
    actions = re.findall(r'<a class="ds-button"[^>]*>([^<]*)</a>', lines_of(line.markup)[0])
    assert tuple(map(html.unescape, actions)) == AROUND[language][:4]
    assert AROUND[language][4] in " ".join(part.split())
    assert AROUND[language][5] in private


def lines_of(markup: str) -> list[str]:
    """The participation lines of a page."""
    return re.findall(r'<section class="gr-part .*?</section>', markup, re.S)


def test_no_page_has_more_than_one_line_however_many_ballots(world: World) -> None:
    ane, refused = world.one("Ane"), world.one("Bo")
    second = a_thread(world.forum, world.mari, case=world.case, title="Bussen")
    ballots = [world.publish(), world.publish(world.draft(question="Bør bussen gå oftere?"))]
    world.crowd_takes_part(12)
    world.write(ane, LEAST, "2026-03-05 12:00")
    pages = [f"/trader/{world.thread.id}", f"/avstemninger/{ballots[0]}"]
    with when("2026-03-06 11:00"):
        for address in (f"/trader/{second.id}", "/", f"/saker/{world.case.id}", "/avstemninger"):
            assert len(lines_of(world.as_(refused).get(address).markup)) <= 1, address
    for at in ("2026-03-06 12:00", "2026-03-16 22:00", "2026-03-18 12:00"):
        with when(at):
            for member in (ane, refused):
                for address in pages:
                    markup = world.as_(member).get(address).markup
                    assert len(lines_of(markup)) == 1, (at, member.name, address)
    with when(CLOSING):
        assert lines_of(world.as_(ane).get(pages[0]).markup) == []


def test_nobody_who_cannot_vote_is_told_how_many_characters_are_missing(world: World) -> None:
    stine = world.member("Stine", membership_class=MembershipClass.AFFILIATED_SUPPORTER)
    per = world.member("Per", joined="2026-03-02 09:01", recorded="2026-03-02 09:01")
    bo = world.one("Bo")
    world.publish()
    with when("2026-03-05 12:00"):
        for member, told in ((stine, False), (per, False), (bo, True)):
            page = world.as_(member).get(f"/trader/{world.thread.id}")
            assert ("Innlegget teller som deltakelse når det har minst 50 tegn." in page) is told, member.name


@contextmanager
def sent_with_values() -> Iterator[list[tuple[str, Any]]]:
    """The statements sent inside the block, with their values."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            sent.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_a_members_status_costs_two_indexed_queries_whatever_has_been_written(world: World) -> None:
    ane, bo = world.one("Ane"), world.one("Bo")
    ballot_id = world.publish()
    for number in range(3):
        world.write(ane, f"{LEAST} Innlegg {number}.", f"2026-03-04 1{number}:00")
        world.write(bo, f"Kort {number}.", f"2026-03-04 1{number}:00")
    costs = []
    for more in (0, 12):
        for number in range(more):
            world.write(ane, f"{LEAST} Enda et, {number}.", "2026-03-05 12:00", us=number)
            world.write(bo, f"Kort igjen {number}.", "2026-03-05 12:00", us=number)
        for member in (ane, bo):
            ballot = world.load(ballot_id)
            with when("2026-03-06 12:00"):
                mine = rights(member)
                assert ballot.units
                assert ballot.classes
                assert [row.unit.path for row in ballot.units]
                with counted() as sent, sent_with_values() as reads:
                    status = participation.status(ballot, mine, clock.now())
            assert status is not None
            assert len(status.counted if member is ane else status.not_counting) == 3 + more
            costs.append(len(sent))
            scans = [plan for statement in reads for plan in plans_without_index(*statement)]
            assert not scans
    assert max(costs) <= 2, costs
    assert costs[:2] == costs[2:]


def plans_without_index(statement: str, values: Any) -> list[str]:
    """The tables that a statement would read from end to end, where the database is told to prefer an index."""
    connection = db.session.connection()
    if db.engine.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
        tables = {table.name for table in db.metadata.sorted_tables}
        read = [row[3].split() for row in rows if row[3].startswith("SCAN") and "INDEX" not in row[3]]
        return [words[1] for words in read if words[1] in tables]
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    rows = connection.exec_driver_sql(f"EXPLAIN {statement}", values).all()
    return [row[0] for row in rows if "Seq Scan" in row[0]]


def test_the_question_of_a_ballot_is_named_where_a_contribution_counts(world: World) -> None:
    ane = world.one("Ane")
    world.publish()
    with when("2026-03-05 12:00"):
        page = world.as_(ane).post(f"/trader/{world.thread.id}/innlegg", {"body": LEAST})
        told = world.as_(ane).get(page.location.partition("#")[0])
    assert f"Innlegget teller. Du har deltatt i diskusjonen om «{world.case.title}»." in told
    assert f"Du kan stemme i avstemningen «{QUESTION}» fra tirsdag 17. mars kl. 08.00." in told
