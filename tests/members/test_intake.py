"""A register file taken in: shown first, written in one go, facts added and none overwritten."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from builders import a_member, a_unit, an_office, oslo, post, sign_in
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from queries import counted
from sqlalchemy import func, select

from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import RuleBroken
from foundation.extensions import db
from members import hooks, queries
from members.cli import members as command
from members.models import Dues, Member, MemberSession, RegisterFile, Standing, Unit
from members.register.comparing import Plan, Preview
from members.rules.classes import MembershipClass, Status
from members.rules.permissions import OfficeKind
from members.services import intake, start_session

NOON = oslo("2026-03-02 12:00")
HEAD = "Medlemsnummer;Navn;E-post;Lag;Medlemstype;Innmeldt;Betalt til;Betalt dato;Fødselsår;Kjønn"


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with clock.stopped_at(NOON, all_threads=True):
        yield


@pytest.fixture
def unit(app: Flask) -> Unit:
    return a_unit("Fjordvik")


def line(
    number: str,
    name: str = "Kari Nordmann",
    email: str = "",
    lag: str = "Fjordvik",
    kind: str = "fullt medlem",
    joined: str = "2.3.2015",
    until: str = "",
    paid: str = "",
    born: str = "1980",
    gender: str = "",
) -> str:
    return ";".join((number, name, email, lag, kind, joined, until, paid, born, gender))


def sheet(*lines: str) -> bytes:
    return "\n".join((HEAD, *lines, "")).encode()


def take_in(*lines: str, **options: Any) -> Preview:
    return intake.take_in(sheet(*lines), actor_id=None, **options)


def people(plans: Iterable[Plan]) -> list[str]:
    return [plan.entry.member_no for plan in plans]


def codes(plan_or_entry: Any) -> list[str]:
    entry = plan_or_entry.entry if isinstance(plan_or_entry, Plan) else plan_or_entry
    return [reason.code for reason in entry.reasons]


def facts() -> tuple[int, int, int]:
    """How many members, standings and payments there are."""
    db.session.rollback()
    return tuple(
        db.session.scalar(select(func.count()).select_from(table)) or 0 for table in (Member, Standing, Dues)
    )  # type: ignore[return-value]  # three of them


def now_of(number: str) -> Standing:
    db.session.rollback()
    member_id = db.session.scalar(select(Member.id).where(Member.member_no == number)) or 0
    standing = queries.standing_of(member_id, clock.now())
    assert standing
    return standing


def member_of(number: str) -> Member:
    db.session.rollback()
    return db.session.scalars(select(Member).where(Member.member_no == number)).one()


# --- What a file changes


def test_a_new_member_is_written_with_everything_the_file_says(unit: Unit) -> None:
    done = take_in(
        line(
            "7",
            "Åse Bjørk",
            "Ase@Example.org",
            until="31.12.2026",
            paid="1.2.2026",
            gender="k",
            joined="1.3.2026 09.01",
        )
    )
    assert people(done.new) == ["7"]
    member, standing = member_of("7"), now_of("7")
    assert (member.name, member.email, member.gender, member.locale) == (
        "Åse Bjørk",
        "ase@example.org",
        "woman",
        "nb",
    )
    assert standing.unit_id == unit.id
    assert standing.membership_class is MembershipClass.FULL_MEMBER
    assert standing.status is Status.ACTIVE
    assert standing.joined_at == oslo("2026-03-01 09:01")
    assert standing.born_year == 1980
    assert standing.recorded_at == NOON
    payment = db.session.scalars(select(Dues)).one()
    assert (payment.paid_on, payment.paid_until, payment.recorded_at) == (
        date(2026, 2, 1),
        date(2026, 12, 31),
        NOON,
    )


def test_the_same_file_again_adds_nothing(unit: Unit) -> None:
    lines = [line(str(n), email=f"m{n}@example.org", until="31.12.2026", gender="m") for n in range(5)]
    take_in(*lines)
    before = facts()
    with clock.stopped_at(NOON + timedelta(days=3), all_threads=True):
        again = take_in(*lines)
    assert again.counts == {
        "new": 0,
        "changed": 0,
        "left": 0,
        "duplicates": 0,
        "rejected": 0,
        "unchanged": 5,
    }
    assert facts() == before


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": "Kari Hansen"}, "changed_name"),
        ({"email": "ny@example.org"}, "changed_email"),
        ({"email": ""}, "changed_email"),
        ({"lag": "Skarvholmen"}, "changed_unit"),
        ({"kind": "sympatisør"}, "changed_class"),
        ({"joined": "3.3.2015"}, "changed_joined"),
        ({"born": "1981"}, "changed_born_year"),
        ({"born": ""}, "changed_born_year"),
        ({"gender": "x"}, "changed_gender"),
        ({"until": "31.12.2026"}, "changed_dues"),
    ],
)
def test_what_is_changed_is_named_and_what_was_stays_a_fact(
    unit: Unit, changed: dict[str, str], code: str
) -> None:
    a_unit("Skarvholmen", unit)
    start = {"email": "kari@example.org", "gender": "k", "until": "31.12.2025", "paid": "1.1.2025"}
    take_in(line("7", **start))
    first = now_of("7").id
    with clock.stopped_at(NOON + timedelta(days=1), all_threads=True):
        done = take_in(line("7", **(start | changed)))
        assert [codes(plan) for plan in done.changed] == [[code]]
        assert db.session.get(Standing, first) is not None
        about_standing = code in {"changed_unit", "changed_class", "changed_joined", "changed_born_year"}
        assert facts() == (1, 2 if about_standing else 1, 2 if code == "changed_dues" else 1)


def test_a_row_read_before_a_change_says_what_was_true_then(unit: Unit) -> None:
    there = a_unit("Skarvholmen", unit)
    take_in(line("7"))
    with clock.stopped_at(NOON + timedelta(days=1), all_threads=True):
        take_in(line("7", lag="Skarvholmen"))
        member_id = member_of("7").id
        before = queries.standing_of(member_id, NOON + timedelta(hours=1))
        after = queries.standing_of(member_id, NOON + timedelta(days=2))
    assert before
    assert after
    assert (before.unit_id, after.unit_id) == (unit.id, there.id)
    assert before.joined_at == after.joined_at, "moving keeps the entry into the organisation"


def test_a_day_without_time_does_not_take_away_the_time_we_know(unit: Unit) -> None:
    take_in(line("7", joined="2.3.2026 09:01"))
    assert take_in(line("7", joined="2.3.2026")).unchanged == 1
    assert now_of("7").joined_at == oslo("2026-03-02 09:01")
    assert codes(take_in(line("7", joined="2.3.2026 08:00")).changed[0]) == ["changed_joined"]


def test_a_column_that_the_file_does_not_have_changes_nothing(unit: Unit) -> None:
    take_in(line("7", email="kari@example.org", until="31.12.2026", gender="k"))
    short = b"Medlemsnummer;Navn;Lag;Medlemstype;Innmeldt\n7;Kari Nordmann;Fjordvik;medlem;2.3.2015\n"
    assert intake.take_in(short, actor_id=None).unchanged == 1
    assert member_of("7").email == "kari@example.org"


def test_dues_without_a_day_are_paid_today_and_known_next_time(unit: Unit) -> None:
    take_in(line("7", until="31.12.2026"))
    assert db.session.scalars(select(Dues)).one().paid_on == date(2026, 3, 2)
    with clock.stopped_at(NOON + timedelta(days=1), all_threads=True):
        assert take_in(line("7", until="31.12.2026")).unchanged == 1
        assert take_in(line("7", until="31.12.2026", paid="1.3.2026")).counts["changed"] == 1


def test_a_unit_is_named_by_code_or_name(unit: Unit) -> None:
    take_in(line("7", lag=unit.code.lower()), line("8", lag=" FJORDVIK "))
    assert {now_of("7").unit_id, now_of("8").unit_id} == {unit.id}


def test_a_unit_that_is_unknown_or_one_of_two_is_refused(unit: Unit) -> None:
    a_unit("Fjordvik", unit)
    found = intake.preview(sheet(line("7"), line("8", lag="Utopia")))
    assert [codes(entry) for entry in found.rejected] == [["register_unit_twice"], ["register_unit"]]


# --- Who has left


def test_whoever_is_not_in_the_file_of_her_unit_has_left(app: Flask, unit: Unit) -> None:
    elsewhere = a_member(a_unit("Skarvholmen"), "Et annet sted")
    take_in(line("7"), line("8", "Ola Nordmann"))
    token = start_session(member_of("8").id, "Firefox, Linux")
    done = take_in(line("7"))
    assert people(done.left) == ["8"]
    assert now_of("8").status is Status.RESIGNED
    assert now_of(elsewhere.member_no).status is Status.ACTIVE
    client = app.test_client()
    with client.session_transaction() as session:
        session["token"] = token
    assert client.get("/meg").status_code == 302
    assert db.session.scalars(select(MemberSession)).one().ended_at == NOON


def test_a_suspended_member_stays_suspended_and_can_leave(unit: Unit) -> None:
    a_member(unit, "Suspendert", status=Status.SUSPENDED)
    number = db.session.scalars(select(Member.member_no)).one()
    take_in(line(number, "Suspendert"), line("9", "En annen"))
    assert now_of(number).status is Status.SUSPENDED
    take_in(line("9", "En annen"))
    assert now_of(number).status is Status.RESIGNED


def test_whoever_comes_back_is_a_member_again(unit: Unit) -> None:
    take_in(line("7"), line("8", "Ola Nordmann"))
    take_in(line("7"))
    with clock.stopped_at(NOON + timedelta(days=1), all_threads=True):
        done = take_in(line("7"), line("8", "Ola Nordmann"))
        assert [codes(plan) for plan in done.changed] == [["changed_status"]]
        assert now_of("8").status is Status.ACTIVE


@pytest.mark.parametrize("status", [Status.EXPELLED, Status.DECEASED])
def test_a_file_undoes_neither_an_expulsion_nor_a_death(unit: Unit, status: Status) -> None:
    gone = a_member(unit, "Borte", status=status)
    found = intake.preview(sheet(line(gone.member_no, "Borte"), line("9", "En annen")))
    assert [codes(entry) for entry in found.rejected] == [["register_status"]]
    take_in(line("9", "En annen"))
    assert now_of(gone.member_no).status is status


def test_a_mistyped_row_does_not_put_anybody_out(unit: Unit) -> None:
    take_in(
        line("1", "Tove Dato"),
        line("2", "Per Nummer"),
        line("3", "Liv Adresse", "liv@example.org"),
        line("4", "Går"),
    )
    done = take_in(
        line("1", "Tove Dato", joined="31.2.2015"),
        line("", "Per Nummer"),
        line("=3", "Liv A", "liv@example.org"),
        line("5", "Ny"),
        skip_bad_rows=True,
    )
    assert people(done.left) == ["4"]


# --- What stands twice


def test_a_number_or_an_address_that_stands_twice_is_used_in_neither_row(unit: Unit) -> None:
    found = intake.preview(
        sheet(
            line("7", email="a@example.org"),
            line("7", "Ola", email="b@example.org"),
            line("8", "Per", email="C@example.org"),
            line("9", "Pål", email="c@EXAMPLE.org"),
            line("10", "Espen"),
            line("11", "Liv"),
        )
    )
    assert [(entry.line, codes(entry)) for entry in found.duplicates] == [
        (2, ["register_number_twice"]),
        (3, ["register_number_twice"]),
        (4, ["register_email_twice"]),
        (5, ["register_email_twice"]),
    ]
    assert people(found.new) == ["10", "11"], "two without an address are no twins"
    assert found.duplicates[0].reasons[0].facts["lines"] == "3"


def test_a_row_is_a_twin_of_one_that_cannot_be_read_too(unit: Unit) -> None:
    found = intake.preview(sheet(line("7"), line("7", joined="tull")))
    assert [entry.line for entry in found.duplicates] == [2]
    assert [entry.line for entry in found.rejected] == [3]


def test_an_address_of_another_member_is_refused(unit: Unit) -> None:
    a_member(a_unit("Skarvholmen"), "Eier", email="delt@example.org")
    (entry,) = intake.preview(sheet(line("7", email="delt@example.org"))).duplicates
    assert codes(entry) == ["register_email_taken"]


def test_two_members_may_change_addresses_in_one_file(unit: Unit) -> None:
    take_in(line("1", email="a@example.org"), line("2", "Ola", email="b@example.org"))
    take_in(line("1", email="b@example.org"), line("2", "Ola", email="a@example.org"))
    assert (member_of("1").email, member_of("2").email) == ("b@example.org", "a@example.org")


def test_a_row_that_falls_takes_with_it_the_rows_that_needed_its_address(unit: Unit) -> None:
    take_in(line("1", email="a@example.org"), line("2", "Ola", email="b@example.org"))
    a_member(a_unit("Skarvholmen"), email="c@example.org")
    found = intake.preview(
        sheet(
            line("1", email="b@example.org"),  # free only if 2 gives it up
            line("2", "Ola", email="c@example.org"),  # another's
        )
    )
    assert sorted(entry.member_no for entry in found.duplicates) == ["1", "2"]
    assert found.changed == ()
    assert found.left == ()


@pytest.mark.parametrize("leaves", ["before", "now"])
def test_the_address_of_one_who_has_left_goes_to_her_new_number(unit: Unit, leaves: str) -> None:
    take_in(line("1", email="kari@example.org"), line("9", "En annen"))
    if leaves == "before":
        take_in(line("9", "En annen"))
    done = take_in(line("2", email="kari@example.org"), line("9", "En annen"))
    assert (member_of("1").email, member_of("2").email) == (None, "kari@example.org")
    assert "changed_email_released" in [code for plan in done.changed for code in codes(plan)]


# --- All or nothing


def test_nothing_is_changed_by_a_file_with_an_error(unit: Unit) -> None:
    take_in(line("1"), line("2", "Ola"))
    before = facts()
    with pytest.raises(RuleBroken) as refusal:
        take_in(line("3", "Ny"), line("4", joined="tull"))
    assert refusal.value.reason.code == "register_has_errors"
    assert facts() == before


def test_the_rest_is_taken_in_when_bad_rows_are_skipped(unit: Unit) -> None:
    done = take_in(line("3", "Ny"), line("4", joined="tull"), line("3", "Ny"), line("5"), skip_bad_rows=True)
    assert people(done.new) == ["5"]
    assert facts()[0] == 1


def test_a_file_that_breaks_half_way_leaves_no_half(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(intake, "_append_facts", broken)
    with pytest.raises(ZeroDivisionError):
        take_in(line("1"))
    assert facts() == (0, 0, 0)


def test_what_was_taken_in_stands_in_the_log_without_names(unit: Unit) -> None:
    take_in(line("7", "Hemmelig Navn", "hemmelig@example.org"))
    entry = db.session.scalars(select(AuditEntry)).one()
    assert entry.act == "register_taken_in"
    assert json.loads(entry.facts)["counts"]["new"] == 1
    assert "emmelig" not in entry.facts


def test_listeners_hear_whose_rights_changed_after_the_commit(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[int, Status]] = []

    def listener(member_id: int) -> None:
        standing = queries.standing_of(member_id, clock.now())
        assert standing
        heard.append((member_id, standing.status))

    take_in(line("1"), line("2", "Ola"), line("3", "Liv"))
    monkeypatch.setattr(hooks, "_listeners", [listener])
    with clock.stopped_at(NOON + timedelta(days=1), all_threads=True):
        take_in(line("1", name="Kari Ny"), line("2", "Ola", kind="sympatisør"))
    assert heard == [(member_of("2").id, Status.ACTIVE), (member_of("3").id, Status.RESIGNED)]


def test_a_large_file_asks_the_database_no_oftener_than_a_small_one(unit: Unit) -> None:
    def statements(count: int, first: int) -> int:
        lines = [
            line(str(n), email=f"m{n}@example.org", until="31.12.2026") for n in range(first, first + count)
        ]
        with counted() as sent:
            take_in(*lines)
        return len([one for one in sent if not one.startswith("INSERT")])

    assert statements(1500, 1000) <= statements(3, 10_000) + 1


_EXAMPLES = itertools.count(1)
NAMES = st.sampled_from(["Kari", "Ola", "Liv"])
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", "4"]),
        NAMES,
        st.sampled_from(["", "a@example.org", "b@example.org", "c@example.org"]),
        st.sampled_from(["Fjordvik", "Skarvholmen", "Utopia"]),
        st.sampled_from(["medlem", "ungdom"]),
    ),
    min_size=1,
    max_size=5,
)


@given(st.lists(ROWS, min_size=1, max_size=4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_files_come_the_register_says_what_the_last_one_said(
    app: Flask, files: list[list[tuple[str, str, str, str, str]]]
) -> None:
    own = f"{next(_EXAMPLES)}"  # each example in units of its own
    a_unit("Skarvholmen" + own, a_unit("Fjordvik" + own))
    for day, rows in enumerate(files):
        with clock.stopped_at(NOON + timedelta(days=day), all_threads=True):
            lines = [
                line(f"{own}-{number}", name + own, email and own + email, lag + own, kind)
                for number, name, email, lag, kind in rows
            ]
            shown = intake.preview(sheet(*lines))
            done = take_in(*lines, skip_bad_rows=True, seen=shown.fingerprint)
            rows_of_changed = [plan for plan in done.changed if codes(plan) != ["changed_email_released"]]
            accounted = (
                len(done.new)
                + len(rows_of_changed)
                + done.unchanged
                + len(done.duplicates)
                + len(done.rejected)
            )
            assert accounted == len(rows), "each row is used once or refused"
            again = intake.preview(sheet(*lines))
            assert again.counts["new"] == again.counts["changed"] == again.counts["left"] == 0
            addresses = db.session.scalars(select(Member.email).where(Member.email.is_not(None))).all()
            assert len(addresses) == len(set(addresses))


# --- The command


def run(app: Flask, tmp_path: Path, data: bytes, *options: str) -> Result:
    file = tmp_path / "register.csv"
    file.write_bytes(data)
    db.session.rollback()
    return CliRunner().invoke(command, ["import", str(file), *options], obj=lambda: app)


def test_the_command_takes_in_a_good_file(app: Flask, unit: Unit, tmp_path: Path) -> None:
    result = run(app, tmp_path, sheet(line("7")))
    assert result.exit_code == 0
    assert result.stderr == ""
    assert re.search(r"new +1\n", result.stdout)
    assert facts() == (1, 1, 0)


def test_a_dry_run_changes_nothing(app: Flask, unit: Unit, tmp_path: Path) -> None:
    result = run(app, tmp_path, sheet(line("7")), "--dry-run")
    assert result.exit_code == 0
    assert "Nothing was changed." in result.stdout
    assert facts() == (0, 0, 0)


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_file_with_an_error_is_named_with_its_line_on_standard_error(
    app: Flask, unit: Unit, tmp_path: Path, options: tuple[str, ...]
) -> None:
    result = run(app, tmp_path, sheet(line("7"), line("8", joined="tull"), line("9", born="80")), *options)
    assert result.exit_code == 2
    first, second = result.stderr.splitlines()
    assert re.match(r".*register\.csv:3: «tull» i «innmeldt» er ikke en dato\.", first)
    assert re.match(r".*register\.csv:4: «80» er ikke et fødselsår\.", second)
    assert facts() == (0, 0, 0)


def test_bad_rows_are_skipped_when_asked(app: Flask, unit: Unit, tmp_path: Path) -> None:
    result = run(app, tmp_path, sheet(line("7"), line("8", joined="tull")), "--skip-bad-rows")
    assert result.exit_code == 0
    assert ":3:" in result.stderr
    assert facts() == (1, 1, 0)


def test_a_file_that_cannot_be_read_is_refused_even_when_rows_are_skipped(
    app: Flask, unit: Unit, tmp_path: Path
) -> None:
    for data, where in ((b"PK\0\0", ":1:"), (sheet(line("7"), '8;"Ola'), ":3:"), (b"", ":1:")):
        result = run(app, tmp_path, data, "--skip-bad-rows")
        assert result.exit_code == 2
        assert where in result.stderr
        assert result.stdout == ""


def test_a_file_that_is_not_there_is_an_error_of_use(app: Flask) -> None:
    assert CliRunner().invoke(command, ["import", "/nowhere.csv"], obj=lambda: app).exit_code == 2


def test_the_preview_as_json_has_stable_keys(app: Flask, unit: Unit, tmp_path: Path) -> None:
    take_in(line("1"), line("2", "Ola"), line("3", "Liv"))
    data = sheet(
        line("1", "Kari Ny"), line("2", "Ola"), line("4", "Per"), line("5", born="80"), line("6"), line("6")
    )
    result = run(app, tmp_path, data, "--dry-run", "--json")
    assert result.exit_code == 2
    preview = json.loads(result.stdout)
    assert preview["new"] == [{"line": 4, "member_no": "4", "name": "Per", "reasons": []}]
    assert preview["changed"] == [
        {
            "line": 2,
            "member_no": "1",
            "name": "Kari Ny",
            "reasons": [{"code": "changed_name", "text": "Navn: Kari Nordmann blir Kari Ny."}],
        }
    ]
    assert [(entry["line"], entry["member_no"]) for entry in preview["left"]] == [(None, "3")]
    assert [entry["line"] for entry in preview["duplicates"]] == [6, 7]
    assert [entry["reasons"][0]["code"] for entry in preview["rejected"]] == ["register_year"]
    assert (preview["unchanged"], preview["taken_in"], preview["ignored_headings"]) == (1, False, [])


def test_what_a_file_says_cannot_speak_to_the_terminal(app: Flask, unit: Unit, tmp_path: Path) -> None:
    result = run(app, tmp_path, sheet(line("7", kind="\x1b[31mrød\x07"), line("8", lag="\u202egal")))
    assert "\x1b" not in result.stderr
    assert "\x07" not in result.stderr
    assert "\u202e" not in result.stderr


# --- The administrator's pages


@pytest.fixture
def administrator(app: Flask, unit: Unit) -> FlaskClient:
    member = a_member(unit, "Administrator", email="admin@example.org")
    an_office(member, OfficeKind.ADMINISTRATOR, unit, title="Administrator")
    return sign_in(app.test_client(), member)


def mine() -> str:
    """The administrator's own line: she is a member like others."""
    member = db.session.scalars(select(Member).where(Member.name == "Administrator")).one()
    return line(member.member_no, "Administrator", "admin@example.org", joined="1.1.2015")


def upload(client: FlaskClient, data: bytes, name: str = "register.csv") -> Any:
    return post(
        client,
        "/administrasjon/register",
        {"file": (BytesIO(data), name)},
        content_type="multipart/form-data",
    )


def confirm(client: FlaskClient, page: str, **data: str) -> Any:
    seen = re.search(r'name="seen" value="(\w+)"', page)
    action = re.search(r'action="(/administrasjon/register/\d+/bekreft)"', page)
    assert seen
    assert action
    return post(client, action[1], {"seen": seen[1], **data})


def test_a_file_is_shown_before_it_is_taken_in(administrator: FlaskClient, read: Callable[..., Any]) -> None:
    read(administrator.get("/administrasjon/register"))
    sent = upload(administrator, sheet(mine(), line("7", "Ny Person")))
    assert sent.status_code == 303
    page = administrator.get(sent.headers["Location"])
    read(page)
    assert "Ny Person" in page.text
    assert facts()[0] == 1
    done = confirm(administrator, page.text)
    assert done.status_code == 303
    assert (
        "Registeret er oppdatert: 1 nye, 0 endret, 0 utmeldt."
        in administrator.get(done.headers["Location"]).text
    )
    assert facts()[0] == 2
    assert db.session.scalar(select(func.count()).select_from(RegisterFile)) == 0


def test_what_is_confirmed_is_what_was_shown(administrator: FlaskClient) -> None:
    sent = upload(administrator, sheet(mine(), line("7", "Ny Person")))
    page = administrator.get(sent.headers["Location"]).text
    take_in(mine(), line("8", "Kom imens"))
    answer = confirm(administrator, page)
    assert answer.status_code == 409
    assert "Registeret er endret siden du så på filen." in answer.text
    assert facts()[0] == 2
    assert confirm(administrator, answer.text).status_code == 303, "the page shows what it is now"
    assert now_of("8").status is Status.RESIGNED


@pytest.mark.parametrize("seen", ["", "0" * 64])
def test_a_forged_confirmation_is_refused(administrator: FlaskClient, seen: str) -> None:
    sent = upload(administrator, sheet(mine(), line("7", "Ny Person")))
    assert post(administrator, sent.headers["Location"] + "/bekreft", {"seen": seen}).status_code == 409
    assert post(administrator, sent.headers["Location"] + "/bekreft").status_code == 409
    assert facts()[0] == 1


def test_bad_rows_are_shown_and_the_rest_needs_a_choice(
    administrator: FlaskClient, read: Callable[..., Any]
) -> None:
    sent = upload(administrator, sheet(mine(), line("7", "Ny"), line("8", joined="tull")))
    page = administrator.get(sent.headers["Location"])
    read(page)
    assert "er ikke en dato" in page.text
    assert "Bekreft og importer" not in page.text
    assert confirm(administrator, page.text).status_code == 409
    assert confirm(administrator, page.text, skip_bad_rows="1").status_code == 303
    assert facts()[0] == 2


def test_an_administrator_cannot_lock_herself_out(administrator: FlaskClient) -> None:
    sent = upload(administrator, sheet(line("7", "Ny")))
    answer = confirm(administrator, administrator.get(sent.headers["Location"]).text)
    assert answer.status_code == 409
    assert "Du står ikke i filen selv" in answer.text


def test_a_file_that_cannot_be_read_is_said_at_once(
    administrator: FlaskClient, read: Callable[..., Any]
) -> None:
    answer = upload(administrator, sheet(mine(), '8;"Ola'))
    assert answer.status_code == 422
    read(answer)
    assert "Linje 3:" in answer.text
    assert db.session.scalar(select(func.count()).select_from(RegisterFile)) == 0
    nothing = post(administrator, "/administrasjon/register", {})
    assert nothing.status_code == 422
    assert "Velg en fil." in nothing.text


def test_a_file_is_its_senders_alone_and_goes_when_dropped_or_after_a_day(
    app: Flask, administrator: FlaskClient, unit: Unit
) -> None:
    other = a_member(unit, "En annen")
    an_office(other, OfficeKind.ADMINISTRATOR, unit, title="Administrator")
    second = sign_in(app.test_client(), other)
    there = upload(administrator, sheet(mine())).headers["Location"]
    assert second.get(there).status_code == 404
    assert post(second, there + "/forkast").status_code == 303
    assert administrator.get(there).status_code == 200
    with clock.stopped_at(NOON + timedelta(days=1), all_threads=True):
        assert administrator.get(there).status_code == 404
        assert intake.forget_files(clock.now()) == 1
    there = upload(administrator, sheet(mine())).headers["Location"]
    assert post(administrator, there + "/forkast").status_code == 303
    assert administrator.get(there).status_code == 404


def test_markup_in_a_file_is_text_on_the_page(administrator: FlaskClient) -> None:
    sent = upload(administrator, sheet(mine(), line("7", "<script>alert(1)</script>")), name="<b>.csv")
    page = administrator.get(sent.headers["Location"]).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;" in page
    assert "<b>.csv" not in page


def test_the_door_is_the_administrators(app: Flask, unit: Unit) -> None:
    chair = a_member(unit)
    an_office(chair, OfficeKind.BOARD_CHAIR, unit)
    client = sign_in(app.test_client(), chair)
    assert client.get("/administrasjon/register").status_code == 403
    assert upload(client, sheet(line("7"))).status_code == 403
    assert facts()[0] == 1
