"""A real organisation begins: `grasrot init` with options, and from there to a debate."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import a_member, a_unit, oslo, post, sign_in
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from foundation import clock, outbox
from foundation.audit import AuditEntry, broken_links
from foundation.extensions import db
from members.access import rights_of
from members.models import Member, PolicyArea, Standing, Term, Unit, VotingRight
from members.rules.classes import MembershipClass, Subject
from members.rules.permissions import OfficeKind
from members.services import intake
from webapp import commands
from webapp.config import ROOT

NOON = oslo("2026-03-02 12:00")
OPTIONS = {
    "--organisation": "Fjordvik kommuneparti",
    "--kind": "kommuneparti",
    "--admin-name": "Kari Nordmann",
    "--admin-email": "Kari.Nordmann@Example.org",
}


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.stopped_at(NOON, all_threads=True):
        yield


@pytest.fixture
def _this_app(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command works on the run's database, whose tables are there already."""
    monkeypatch.setattr(commands, "application", lambda: app)
    monkeypatch.setattr(commands, "bring_up_to_date", lambda: None)


def init(options: dict[str, str]) -> Result:
    answer = CliRunner().invoke(commands.init, [part for option in options.items() for part in option])
    db.session.rollback()
    return answer


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.usefixtures("_this_app")
def test_the_first_organisation_has_a_unit_a_table_of_votes_and_an_administrator() -> None:
    answer = init({**OPTIONS, "--admin-number": "A-17"})
    assert answer.exit_code == 0, answer.output
    assert "http://127.0.0.1:5000/logg-inn with kari.nordmann@example.org" in answer.stdout
    assert "mail" in answer.stdout
    unit = db.session.scalars(select(Unit)).one()
    assert (unit.code, unit.name, unit.kind) == ("FK", "Fjordvik kommuneparti", "kommuneparti")
    assert (unit.parent_id, unit.path) == (None, f"/{unit.id}/")
    rows = db.session.execute(select(VotingRight.membership_class, VotingRight.subject)).all()
    members = (MembershipClass.FULL_MEMBER, MembershipClass.YOUTH_MEMBER)
    assert {tuple(row) for row in rows} == {(kind, subject) for kind in members for subject in Subject}
    kari = db.session.scalars(select(Member)).one()
    assert (kari.member_no, kari.email) == ("A-17", "kari.nordmann@example.org")
    term = db.session.scalars(select(Term)).one()
    assert (term.office.kind, term.starts_at) == (OfficeKind.ADMINISTRATOR, NOON)
    assert term.ends_at - term.starts_at == timedelta(days=730)
    rights = rights_of(kari)
    assert rights
    assert rights.is_admin
    assert not rights.is_board
    assert rights.membership_class is MembershipClass.FULL_MEMBER
    assert db.session.scalars(select(AuditEntry.act)).all() == ["organisation_founded"]
    assert list(broken_links()) == []


@pytest.mark.usefixtures("_this_app")
def test_a_code_of_ones_own_is_kept_in_capitals() -> None:
    assert init({**OPTIONS, "--code": "fv"}).exit_code == 0
    assert db.session.scalars(select(Unit.code)).one() == "FV"


@pytest.mark.usefixtures("_this_app")
def test_without_options_nothing_is_made() -> None:
    answer = init({})
    assert answer.exit_code == 0
    assert answer.stdout == "The database is up to date.\n"
    assert count(Member) == count(Unit) == 0


@pytest.mark.usefixtures("_this_app")
@pytest.mark.parametrize(
    "options",
    [
        *({**OPTIONS, left: None} for left in OPTIONS),
        {"--organisation": "Fjordvik"},
        {"--admin-number": "1"},
        {"--code": "FV"},
        {**OPTIONS, "--admin-email": "kari"},
        {**OPTIONS, "--admin-email": "kari@x"},
        {**OPTIONS, "--admin-email": ""},
        {**OPTIONS, "--admin-email": "=kari@example.org"},
        {**OPTIONS, "--admin-email": "a" * 300 + "@example.org"},
        {**OPTIONS, "--admin-name": " "},
        {**OPTIONS, "--admin-number": "en to"},
        {**OPTIONS, "--admin-number": ""},
        {**OPTIONS, "--organisation": ""},
        {**OPTIONS, "--organisation": "x" * 201},
        {**OPTIONS, "--organisation": "???"},
        {**OPTIONS, "--kind": ""},
        {**OPTIONS, "--code": "much too long for a code"},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_one_sentence(options: dict[str, str | None]) -> None:
    answer = init({name: value for name, value in options.items() if value is not None})
    assert answer.exit_code == 2
    assert re.fullmatch(r"grasrot: [^\n]+\.\n", answer.stderr)
    assert answer.stdout == ""
    assert count(Member) == count(Unit) == count(AuditEntry) == 0


@pytest.mark.usefixtures("_this_app")
@pytest.mark.parametrize("members", [True, False])
def test_an_organisation_is_founded_once(members: bool) -> None:
    unit = a_unit("Fra før")
    if members:
        a_member(unit)
    before = count(Member), count(Unit), count(VotingRight)
    answer = init(OPTIONS)
    assert answer.exit_code == 2
    assert "allerede medlemmer" in answer.stderr
    assert (count(Member), count(Unit), count(VotingRight)) == before


@pytest.mark.usefixtures("_this_app")
def test_with_a_mail_server_no_folder_is_named(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    config = replace(app.config["GRASROT"], mail_url="smtp://mail.example.org")
    monkeypatch.setitem(app.config, "GRASROT", config)
    assert "No mail server" not in init(OPTIONS).stdout


REGISTER = """Medlemsnummer;Navn;E-post;Organisasjonsledd;Medlemstype;Innmeldt
1;Kari Nordmann;kari.nordmann@example.org;FK;medlem;2.3.2020
2;Ola Fjord;ola@example.org;FK;medlem;2.3.2021
3;Eva Skar;eva@example.org;SH;ungdomsmedlem;2.3.2022
"""


@pytest.mark.usefixtures("_this_app")
def test_a_register_without_any_administrator_is_refused_from_the_command_line_too() -> None:
    init(OPTIONS)
    from foundation.errors import RuleBroken

    lines = REGISTER.splitlines()
    with pytest.raises(RuleBroken, match="register_without_administrator"):
        intake.take_in("\n".join([lines[0], lines[2]]).encode(), actor_id=None)
    assert count(Member) == 1


@pytest.mark.usefixtures("_this_app")
def test_from_nothing_to_a_debate(app: Flask, client: FlaskClient) -> None:
    """init, signing in by the letter, a unit, a register, offices, an area, a case and a thread in it."""
    assert init(OPTIONS).exit_code == 0
    assert post(client, "/logg-inn", {"email": "kari.nordmann@example.org"}).status_code == 303
    outbox.deliver()
    letter = str(app.extensions["mailman"].outbox[0].body)
    found = re.search(r"http://127\.0\.0\.1:5000(/logg-inn/\S+)", letter)
    assert found
    assert post(client, found.group(1)).status_code == 303
    home = "/administrasjon/organisasjonen"
    top = db.session.scalars(select(Unit.id)).one()
    unit = {"name": "Skarvholmen lokallag", "kind": "lokallag", "parent": top, "code": "SH"}
    assert post(client, f"{home}/nytt-ledd", unit).status_code == 303
    area = {"name": "Skole og oppvekst", "unit": top}
    assert post(client, f"{home}/nytt-omrade", area).status_code == 303
    taken_in = intake.take_in(REGISTER.encode(), actor_id=None)
    assert (taken_in.counts["new"], taken_in.counts["left"]) == (2, 0)
    db.session.rollback()
    _kari, ola, eva = db.session.scalars(select(Member).order_by(Member.member_no)).all()
    area_id = db.session.scalars(select(PolicyArea.id)).one()
    office = {
        "kind": "elected_representative",
        "unit": top,
        "area": area_id,
        "title": "Kommunestyrerepresentant",
        "starts": "2026-03-02",
        "ends": "2027-09-30",
    }
    assert post(client, f"/administrasjon/medlemmer/{ola.id}/nytt-verv", office).status_code == 303
    board = {**office, "kind": "board_member", "area": 0, "title": "Styremedlem"}
    assert post(client, f"/administrasjon/medlemmer/{eva.id}/nytt-verv", board).status_code == 303
    case = {
        "unit_id": top,
        "title": "Ny skole på Skarvholmen",
        "summary": "Kommunestyret skal avgjøre om det skal bygges en ny skole.",
        "deciding_body": "Fjordvik kommunestyre",
        "decides_at": "2026-06-01T10:00",
        "contributions_before": "2026-05-20T10:00",
        "opening": "Hva mener dere om en ny skole?",
    }
    keeper = sign_in(app.test_client(), ola)
    opened = post(keeper, "/omrader/skole-og-oppvekst/ny-sak", case)
    assert opened.status_code == 303, opened.text
    page = keeper.get(opened.headers["Location"])
    assert "FK-1/2026" in page.text
    member = sign_in(app.test_client(), eva)
    thread = re.search(r'href="(/trader/\d+)', page.text)
    assert thread
    shown = member.get(thread.group(1))
    assert "Hva mener dere om en ny skole?" in shown.text
    assert count(Standing) >= 3
    assert list(broken_links()) == []


def test_the_real_program_begins_an_organisation(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRASROT_")}
    environment["GRASROT_INSTANCE"] = str(tmp_path)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "webapp", *words]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    words = [part for option in OPTIONS.items() for part in option]
    first = run("init", *words)
    assert first.returncode == 0, first.stderr
    assert str(tmp_path / "mail") in first.stdout
    again = run("init", *words)
    assert again.returncode == 2
    assert "allerede medlemmer" in again.stderr
    assert run("init").returncode == 0
    partly = run("init", "--organisation", "Fjordvik")
    assert partly.returncode == 2
    assert partly.stderr.strip() == (
        "grasrot: the first organisation also needs --kind, --admin-name, --admin-email."
    )
