"""My profile: what the register says of me and what follows from it, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from builders import a_member, a_unit, an_area, an_office, post, sign_in
from flask import Flask
from sqlalchemy import select

from foundation.extensions import db
from members.models import Member, VotingRight
from members.rules.classes import MembershipClass, Status, Subject
from members.rules.permissions import OfficeKind

Read = Callable[..., Any]


def words(app: Flask, member: Member, read: Read) -> str:
    page = read(sign_in(app.test_client(), member).get("/meg"))
    return " ".join("".join(page.itertext()).split())


def test_a_member_reads_who_she_is_and_which_offices_she_holds(app: Flask, read: Read) -> None:
    unit = a_unit("Fjordvik kommuneparti")
    member = a_member(unit, "Kari Nordmann", email="kari@example.org", joined="2015-03-02 09:00")
    an_office(
        member, OfficeKind.ELECTED_REPRESENTATIVE, unit, area=an_area(unit, "Skole"), title="Representant"
    )
    an_office(member, OfficeKind.TELLER, unit, title="Gammelt verv", ends="2020-01-01 00:00")
    text = words(app, member, read)
    for expected in (
        "Kari Nordmann",
        member.member_no,
        "Fjordvik kommuneparti",
        "fullt medlem",
        "2. mars 2015",
        "kari@example.org",
        "Representant",
        "folkevalgt · Fjordvik kommuneparti · Skole",
        "Gammelt verv",
        "Avsluttet",
        "Du kan lese og skrive i alle områder.",
        "Du kan fremme forslag og endringsforslag.",
        "Du kan stemme ved avstemninger om saker.",
    ):
        assert expected in text
    assert "Du kan ikke stemme" not in text


def test_a_supporter_reads_what_she_may_not_do_and_what_the_bylaws_gave_her(app: Flask, read: Read) -> None:
    unit = a_unit()
    with_right = VotingRight(
        unit_id=unit.id, membership_class=MembershipClass.AFFILIATED_SUPPORTER, subject=Subject.ELECTION
    )
    db.session.add(with_right)
    db.session.commit()
    text = words(app, a_member(unit, membership_class=MembershipClass.AFFILIATED_SUPPORTER), read)
    assert "Du kan lese og skrive i alle områder." in text
    assert "Du kan ikke fremme forslag." in text
    assert "Du kan ikke stemme ved avstemninger om saker." in text
    assert "Du kan stemme ved avstemninger om valg til verv i organisasjonen." in text


def test_voting_rights_of_the_unit_above_count_in_the_unit_below(app: Flask, read: Read) -> None:
    below = a_unit("Skarvholmen", a_unit("Fjordvik"), kind="lokallag")
    assert "Du kan ikke stemme" not in words(app, a_member(below), read)


@pytest.mark.parametrize(
    ("membership_class", "status"),
    [(MembershipClass.SYMPATHISER, Status.ACTIVE), (MembershipClass.FULL_MEMBER, Status.SUSPENDED)],
)
def test_a_guest_speaks_where_invited_and_votes_on_nothing(
    app: Flask, read: Read, membership_class: MembershipClass, status: Status
) -> None:
    text = words(app, a_member(a_unit(), membership_class=membership_class, status=status), read)
    assert "Du kan lese og skrive der du er invitert." in text
    assert "Du kan ikke fremme forslag." in text
    assert "Du kan stemme" not in text


def test_the_language_chosen_is_kept_with_the_member(app: Flask, read: Read) -> None:
    member = a_member(a_unit())
    client = sign_in(app.test_client(), member)
    assert post(client, "/meg/sprak", {"locale": "nn"}).status_code == 303
    assert 'lang="nn"' in client.get("/meg").text
    db.session.rollback()
    assert db.session.scalar(select(Member.locale).where(Member.id == member.id)) == "nn"
    assert 'lang="nn"' in sign_in(app.test_client(), member).get("/meg").text


@pytest.mark.parametrize("language", ["", "de", "nb; DROP TABLE member", "../en"])
def test_a_language_we_do_not_speak_is_not_kept(app: Flask, language: str) -> None:
    member = a_member(a_unit())
    client = sign_in(app.test_client(), member)
    assert post(client, "/meg/sprak", {"locale": language}).status_code == 404
    db.session.rollback()
    assert db.session.scalar(select(Member.locale).where(Member.id == member.id)) == "nb"


def test_long_names_and_markup_are_text(app: Flask, read: Read) -> None:
    name = "<img src=x> " + "Nordmann-Hansen " * 11
    client = sign_in(app.test_client(), a_member(a_unit(), name.strip()))
    page = client.get("/meg")
    read(page)
    assert "<img" not in page.text


@pytest.mark.parametrize("path", ["/meg", "/meg/okter"])
def test_signed_out_the_page_asks_who_is_there(app: Flask, path: str) -> None:
    answer = app.test_client().get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/logg-inn?next={path}"
