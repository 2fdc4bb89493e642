"""A register file read row by row: what is understood, and what is refused with its line and reason."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from builders import oslo
from hypothesis import given
from hypothesis import strategies as st

from members.register.reading import Field, Gender, Row, Sheet, Unreadable, read
from members.rules.classes import MembershipClass

OSLO = ZoneInfo("Europe/Oslo")
NOW = oslo("2026-03-02 12:00")
HEADINGS = (
    "Medlemsnummer;Navn;E-post;Organisasjonsledd;Medlemstype;Innmeldt;Betalt til;Betalt dato;Fødselsår;Kjønn"
)
KARI = "1001;Kari Nordmann;kari@example.org;FV;Fullt medlem;2.3.2015;31.12.2026;15.1.2026;1980;K"


def reading(text: str | bytes, at: datetime = NOW) -> Sheet:
    return read(text.encode() if isinstance(text, str) else text, at, OSLO)


def row(**cells: str) -> Row:
    """The one row of a file in which these cells are written so."""
    sheet = _one(cells)
    assert sheet.rejected == (), [reason.code for entry in sheet.rejected for reason in entry.reasons]
    return sheet.rows[0]


def refused(**cells: str) -> list[str]:
    """The codes for which a row with these cells is refused."""
    sheet = _one(cells)
    assert sheet.rows == ()
    return [reason.code for reason in sheet.rejected[0].reasons]


def _one(cells: dict[str, str]) -> Sheet:
    names = ["Medlemsnummer", "Navn", "E-post", "Lag", "Medlemstype", "Innmeldt", "Betalt_til", "Betalt_dato"]
    names += ["Fødselsår", "Kjønn"]
    standard = dict(zip(names, KARI.split(";"), strict=True)) | cells
    written = ['"' + cell.replace('"', '""') + '"' for cell in standard.values()]
    return reading(";".join(standard) + "\n" + ";".join(written) + "\n")


def test_a_row_is_read_as_it_is_meant() -> None:
    sheet = reading(f"{HEADINGS}\n{KARI}\n")
    assert sheet.rejected == ()
    assert sheet.ignored == ()
    assert sheet.rows == (
        Row(
            line=2,
            member_no="1001",
            name="Kari Nordmann",
            unit="FV",
            membership_class=MembershipClass.FULL_MEMBER,
            joined=date(2015, 3, 2),
            email="kari@example.org",
            paid_until=date(2026, 12, 31),
            paid_on=date(2026, 1, 15),
            born_year=1980,
            gender=Gender.WOMAN,
        ),
    )


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("latin-1"),
        lambda text: text.encode("cp1252"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.replace(";", ",").encode(),
        lambda text: text.replace(";", "\t").encode(),
        lambda text: ("sep=;\r\n" + text).encode("cp1252"),
    ],
    ids=["utf-8", "bom", "latin-1", "cp1252", "crlf", "cr", "comma", "tab", "sep"],
)
def test_the_file_is_read_however_a_spreadsheet_saved_it(encode) -> None:  # type: ignore[no-untyped-def]  # a table of lambdas
    text = f"{HEADINGS}\n{KARI.replace('Kari Nordmann', 'Åse Bjørnæs')}\n"
    assert reading(encode(text)).rows[0].name == "Åse Bjørnæs"
    assert reading(encode(text)).rows[0].born_year == 1980


def test_signs_of_windows_are_read_too() -> None:
    text = f"{HEADINGS}\n{KARI.replace('Kari Nordmann', 'Kari «Kaia» – Š')}\n"
    assert reading(text.encode("cp1252")).rows[0].name == "Kari «Kaia» – Š"


@pytest.mark.parametrize(
    ("headings", "row"),
    [
        ("Medlemsnr.;Fornavn;Etternavn;Lag;Klasse;Innmeldingsdato", "1;Kari;Nordmann;FV;medlem;2.3.2015"),
        ("MEDLEMSNUMMER;navn;enhet;medlemstype;innmeldt", "1;Kari Nordmann;FV;full;2.3.2015"),
        ("Medlems-nr;Namn;Eining;Medlemskategori;Innmeld", "1;Kari Nordmann;FV;ordinær;2.3.2015"),
        ("Innmeldt dato;Medlemsklasse;Lokallag;Fullt navn;Medlems ID", "2.3.2015;medlem;FV;Kari Nordmann;1"),
    ],
)
def test_headings_are_known_by_many_names_in_any_order(headings: str, row: str) -> None:
    (read_row,) = reading(f"{headings}\n{row}\n").rows
    assert (read_row.member_no, read_row.name, read_row.unit) == ("1", "Kari Nordmann", "FV")


def test_columns_that_are_not_asked_for_are_left_alone_and_named() -> None:
    sheet = reading(f"{HEADINGS};Fødselsnummer;Telefon;\n{KARI};01018012345;99887766;\n")
    assert sheet.ignored == ("Fødselsnummer", "Telefon")
    assert "01018012345" not in str(sheet)


def test_blank_lines_are_no_rows_and_lines_are_counted_as_an_editor_counts_them() -> None:
    bad = KARI.replace("1980", "80")
    broken_line = KARI.replace("Kari Nordmann", '"Kari\nNordmann"')
    sheet = reading(f"{HEADINGS}\n\n;;;;;;;;;\n{broken_line}\n{bad}\n")
    assert [(entry.line, entry.name) for entry in sheet.rows] == [(4, "Kari Nordmann")]
    assert [entry.line for entry in sheet.rejected] == [6]


# --- Dates


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2.3.2026", date(2026, 3, 2)),
        ("02.03.2026", date(2026, 3, 2)),
        ("2. 3. 2026", date(2026, 3, 2)),
        ("2026-03-02", date(2026, 3, 2)),
        ("02.03.26", date(2026, 3, 2)),
        ("02.03.99", date(1999, 3, 2)),
        ("02.03.47", date(1947, 3, 2)),
        ("29.2.2024", date(2024, 2, 29)),
    ],
)
def test_a_day_is_read_as_norwegians_write_it(written: str, meant: date) -> None:
    assert row(Innmeldt=written).joined == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-02 09:01", oslo("2026-03-02 09:01")),
        ("2026-03-02T09:01:30", oslo("2026-03-02 09:01:30")),
        ("2.3.2026 09.01", oslo("2026-03-02 09:01")),
        ("2.3.2026 kl. 09.01", oslo("2026-03-02 09:01")),
        ("2.3.2026 kl 9:01", oslo("2026-03-02 09:01")),
        ("02.03.26 09:01", oslo("2026-03-02 09:01")),
        ("2026-03-02T09:01:30Z", datetime(2026, 3, 2, 9, 1, 30, tzinfo=UTC)),
        ("2026-03-02T09:01:30+02:00", datetime(2026, 3, 2, 7, 1, 30, tzinfo=UTC)),
        ("2025-10-26T02:30:00+01:00", datetime(2025, 10, 26, 1, 30, tzinfo=UTC)),
        ("2025-10-26 03:30", oslo("2025-10-26 03:30")),
    ],
)
def test_a_time_of_day_is_kept(written: str, meant: datetime) -> None:
    assert row(Innmeldt=written).joined == meant


@pytest.mark.parametrize(
    "written",
    [
        "31.2.2026",
        "2.13.2026",
        "02/03/2026",
        "3/2/26",
        "2026",
        "i fjor",
        "2.3",
        "0.0.0000",
        "2026-3-2-1",
        "46083",
        "2.3.2026 25.00",
        "2.3.2026 09",
        "2.3.2026 9",
        "2.3.20261",
        "0001-01-01",
        "9999-12-31",
        "2026-03-02T09:01+99:00",
    ],
)
def test_what_is_no_day_is_refused(written: str) -> None:
    assert refused(Innmeldt=written) == ["register_date"]


def test_the_hour_that_came_twice_is_refused_with_both_readings() -> None:
    (reason,) = _one({"Innmeldt": "26.10.2025 02:30"}).rejected[0].reasons
    assert reason.code == "register_time_twice"
    assert reason.facts["first"] == "2025-10-26T02:30+02:00"
    assert reason.facts["second"] == "2025-10-26T02:30+01:00"


def test_the_hour_that_never_was_is_refused() -> None:
    assert refused(Innmeldt="30.3.2025 02:30") == ["register_time_never"]


@pytest.mark.parametrize("written", ["3.3.2026", "2.3.2026 12.01", "02.03.30", "2.3.2126"])
def test_nobody_joins_in_the_future(written: str) -> None:
    assert refused(Innmeldt=written) == ["register_joined_later"]


def test_somebody_who_joined_today_has_joined() -> None:
    assert row(Innmeldt="2.3.2026").joined == date(2026, 3, 2)


def test_dues_paid_tomorrow_or_until_the_next_century_are_refused() -> None:
    assert refused(Betalt_dato="3.3.2026") == ["register_date_far"]
    assert refused(Betalt_til="31.12.2126") == ["register_date_far"]
    assert row(Betalt_til="31.12.27").paid_until == date(2027, 12, 31)


@pytest.mark.parametrize(
    ("written", "year"), [("1980", 1980), ("12.5.1980", 1980), ("1980-05-12", 1980), ("", None)]
)
def test_the_year_of_birth_is_read_from_a_year_or_a_day(written: str, year: int | None) -> None:
    assert row(Fødselsår=written).born_year == year


@pytest.mark.parametrize("written", ["80", "12.5.80", "01018012345", "1899", "2027", "nittenåtti"])
def test_a_year_of_birth_that_may_be_anybodys_is_refused(written: str) -> None:
    assert refused(Fødselsår=written) == ["register_year"]


# --- Cells


@pytest.mark.parametrize(
    "cell", ["=1+1", "+47 12345678", "-1", "@SUM(A1)", "\t=1+1", '=HYPERLINK("http://x")', "\u200b=1+1"]
)
@pytest.mark.parametrize("column", ["Medlemsnummer", "Navn", "Lag"])
def test_what_a_spreadsheet_would_run_is_refused(column: str, cell: str) -> None:
    assert refused(**{column: cell}) == ["register_formula"]


def test_an_address_that_a_spreadsheet_would_run_is_refused() -> None:
    assert refused(**{"E-post": "=cmd@example.org"}) == ["register_formula"]


@pytest.mark.parametrize(
    "address",
    [
        "kari",
        "kari@",
        "@",
        "a@b",
        "kari@example.org, ola@example.org",
        "a b@c.no",
        "a@b@c.no",
        "<a@b.no>",
        "x" * 65 + "@example.org",
        "a@" + "x" * 260 + ".no",
        "kari@example.org\nBcc: alle@example.org",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert refused(**{"E-post": address})[0] in {"register_email", "register_formula"}


def test_addresses_are_kept_without_case_and_blanks() -> None:
    assert row(**{"E-post": " Kari.Nordmann@Example.ORG "}).email == "kari.nordmann@example.org"
    assert row(**{"E-post": "  "}).email is None


def test_names_are_kept_composed_and_on_one_line() -> None:
    assert row(Navn="A\u030ase  \n Bjo\u0308rk").name == "Åse Björk"
    assert row(Navn="Kari\u202egro\u200b Nordmann").name == "Karigro Nordmann"


@pytest.mark.parametrize("column", ["Medlemsnummer", "Navn", "Lag", "Medlemstype", "Innmeldt"])
@pytest.mark.parametrize("blank", ["", "  ", "\u200b", "\u202e"])
def test_what_must_be_there_must_be_there(column: str, blank: str) -> None:
    assert refused(**{column: blank}) == ["register_blank"]


def test_a_name_longer_than_any_is_refused() -> None:
    assert refused(Navn="x" * 201) == ["register_too_long"]
    assert refused(Medlemsnummer="1" * 41) == ["register_too_long"]


@pytest.mark.parametrize("number", ["1 234", "1;2", "1,23E+05", "#REF!", "1\t2"])
def test_what_is_no_member_number_is_refused(number: str) -> None:
    assert refused(Medlemsnummer=number) == ["register_number"]


@pytest.mark.parametrize("number", ["00123", "FV-12/2020", "A1"])
def test_member_numbers_are_text(number: str) -> None:
    assert row(Medlemsnummer=number).member_no == number


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("fullt medlem", MembershipClass.FULL_MEMBER),
        ("MEDLEM", MembershipClass.FULL_MEMBER),
        ("Ungdomsmedlem", MembershipClass.YOUTH_MEMBER),
        ("tilsluttet supporter", MembershipClass.AFFILIATED_SUPPORTER),
        ("Sympatisør", MembershipClass.SYMPATHISER),
    ],
)
def test_a_class_is_known_by_its_names(written: str, kind: MembershipClass) -> None:
    assert row(Medlemstype=written).membership_class is kind


def test_an_unknown_class_gives_no_vote_by_default() -> None:
    assert refused(Medlemstype="æresmedlem") == ["register_class"]


def test_an_unknown_gender_is_refused_and_none_is_none() -> None:
    assert refused(Kjønn="?") == ["register_gender"]
    assert row(Kjønn="").gender is None


def test_every_reason_against_a_row_is_told_at_once() -> None:
    codes = refused(Navn="", Medlemstype="x", Innmeldt="x", **{"E-post": "x", "Fødselsår": "x"})
    assert codes == ["register_blank", "register_email", "register_class", "register_date", "register_year"]


@pytest.mark.parametrize("cut", [KARI.rsplit(";", 3)[0], "1001", KARI + ";og mer", KARI.replace(" ", ";")])
def test_a_row_with_another_number_of_fields_is_refused(cut: str) -> None:
    (entry,) = reading(f"{HEADINGS}\n{cut}\n").rejected
    assert entry.reasons[0].code == "register_cells"
    assert entry.member_no == "1001"


def test_separators_and_quotation_marks_stand_inside_quotes() -> None:
    assert row(Navn='Kari "Kaia"; Nordmann').name == 'Kari "Kaia"; Nordmann'


# --- Whole files


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "register_no_headings", 1),
        (b"\xef\xbb\xbf", "register_no_headings", 1),
        (b"PK\x03\x04\x00\x00\x08", "register_not_text", 1),
        (HEADINGS.encode("utf-16"), "register_not_text", 1),
        (b"Kari;Nordmann\n", "register_no_headings", 1),
        (f"{HEADINGS}\n".encode(), "register_no_rows", 1),
        (f"{HEADINGS}\n\n;;\n".encode(), "register_no_rows", 1),
        (f"{HEADINGS};E-postadresse\n{KARI};x\n".encode(), "register_heading_twice", 1),
        (b"Navn;Lag;Klasse;Innmeldt\nKari;FV;medlem;2.3.2015\n", "register_heading_missing", 1),
        (f'{HEADINGS}\n{KARI}\n1002;"Ola;x\n{KARI}\n'.encode(), "register_broken", 3),
        (f'{HEADINGS}\n"1002"x;Ola\n'.encode(), "register_broken", 2),
        (f"{HEADINGS}\n{KARI.replace('Kari', 'K' * 140_000)}\n".encode(), "register_broken", 2),
        (f"{HEADINGS}\n{KARI}\n".encode() + "1002;Bjørn".encode("latin-1"), "register_mixed_letters", 3),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole_with_its_line(
    data: bytes, code: str, line: int
) -> None:
    with pytest.raises(Unreadable) as refusal:
        reading(data)
    assert (refusal.value.reason.code, refusal.value.line) == (code, line)


def test_a_quotation_mark_left_open_never_swallows_the_members_after_it() -> None:
    """Skipping the bad row would make everybody below it look as if they had left."""
    with pytest.raises(Unreadable):
        reading(f'{HEADINGS}\n1000;"Ola;;;;;;;;\n' + "".join(f"{KARI}\n" for _ in range(50)))


@pytest.mark.parametrize("column", list(Field))
def test_every_column_is_known_by_some_heading(column: Field) -> None:
    from members.register import reading as module

    assert column in module._HEADINGS.values()


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        sheet = reading(data)
    except Unreadable:
        return
    assert sheet.rows or sheet.rejected


@given(st.lists(st.lists(st.text(max_size=12), max_size=11), min_size=1, max_size=5))
def test_no_cells_break_the_reader(rows: list[list[str]]) -> None:
    import csv
    import io

    file = io.StringIO()
    csv.writer(file, delimiter=";").writerows([HEADINGS.split(";"), *rows])
    try:
        sheet = reading(file.getvalue().encode("utf-8", "ignore"))
    except Unreadable:
        return
    for entry in sheet.rejected:
        assert entry.reasons
    for one in sheet.rows:
        assert not set(one.name[:1]) & set("=+-@")
        assert one.name == one.name.strip()
