"""A member register read from a file, row by row: every reason against a row is gathered."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from foundation.errors import Reason, RuleBroken
from foundation.text import plain
from members.rules.classes import MembershipClass


class Field(StrEnum):
    """A column that is read; all others are left alone."""

    MEMBER_NO = "member_no"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    UNIT = "unit"
    MEMBERSHIP_CLASS = "membership_class"
    JOINED = "joined"
    PAID_UNTIL = "paid_until"
    PAID_ON = "paid_on"
    BORN_YEAR = "born_year"
    GENDER = "gender"


class Gender(StrEnum):
    """What a quota may ask for; optional in the register."""

    WOMAN = "woman"
    MAN = "man"
    OTHER = "other"


# As registers head their columns, without case, spaces and punctuation. A national identity number is no such heading:
# it is never read.
_HEADINGS: Mapping[str, Field] = {
    heading: column
    for column, headings in {
        Field.MEMBER_NO: "medlemsnummer medlemsnr medlemnr medlemsid",
        Field.NAME: "navn namn fulltnavn medlemsnavn",
        Field.FIRST_NAME: "fornavn førenamn fornavnogmellomnavn",
        Field.LAST_NAME: "etternavn etternamn",
        Field.EMAIL: "epost epostadresse mail email",
        Field.UNIT: "lag lokallag organisasjonsledd enhet eining ledd",
        Field.MEMBERSHIP_CLASS: "medlemstype medlemsklasse medlemskategori klasse",
        Field.JOINED: "innmeldt innmeld innmeldingsdato innmeldtdato medlemsiden medlemfra",
        Field.PAID_UNTIL: "betalttil betalttilogmed betalttom",
        Field.PAID_ON: "betaltdato betaltden betalingsdato",
        Field.BORN_YEAR: "fødselsår fødselsdato født fødd fødtår",
        Field.GENDER: "kjønn",
    }.items()
    for heading in headings.split()
}
_NEEDED = (Field.MEMBER_NO, Field.NAME, Field.UNIT, Field.MEMBERSHIP_CLASS, Field.JOINED)

_CLASSES: Mapping[str, MembershipClass] = {
    words: membership_class
    for membership_class, names in {
        MembershipClass.FULL_MEMBER: "full, fullt medlem, full medlem, medlem, ordinært medlem, ordinær, full_member",
        MembershipClass.YOUTH_MEMBER: "ungdom, ungdomsmedlem, youth_member",
        MembershipClass.AFFILIATED_SUPPORTER: "tilsluttet, tilsluttet supporter, supporter, affiliated_supporter",
        MembershipClass.SYMPATHISER: "sympatisør, gjest, sympathiser",
    }.items()
    for words in names.split(", ")
}
_GENDERS: Mapping[str, Gender] = {
    word: gender
    for gender, words in {
        Gender.WOMAN: "k kvinne kvinner woman",
        Gender.MAN: "m mann menn man",
        Gender.OTHER: "x annet anna other",
    }.items()
    for word in words.split()
}

_MEMBER_NO = re.compile(r"[0-9A-Za-zÆØÅæøå][0-9A-Za-zÆØÅæøå./-]{0,39}")
_EMAIL = re.compile(
    r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64}@[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+\.[^\s@.]{2,}"
)
_FORMULA = ("=", "+", "-", "@")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_OUR_DAY = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4}|\d{2})")
_CLOCK = re.compile(
    r"(?:T| |,? ?kl\.? ?)(\d{1,2})[.:](\d{2})(?:[.:](\d{2})(?:[.,]\d{1,6})?)? ?(Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
# UTF-8 read as Windows-1252: the first byte of æ, ø, å and the like, and one that can follow it.
_READ_WRONG = re.compile("Ã[\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ€]")


# Most cells of a register (units, classes, days) say what the one above them said.
_clean = lru_cache(maxsize=4096)(plain)


class Unreadable(RuleBroken):
    """The file as a whole cannot be read; nothing of it is used. The reason has the fact `line`."""

    def __init__(self, code: str, line: int = 1, **facts: object) -> None:
        super().__init__(Reason.of(code, line=line, **facts))

    @property
    def line(self) -> int:
        line = self.reason.facts["line"]
        return line if isinstance(line, int) else 1


@dataclass(frozen=True)
class Row:
    """A row that says something. `joined` is a date where the file gives no time of day."""

    line: int
    member_no: str
    name: str
    unit: str
    membership_class: MembershipClass
    joined: date | datetime
    email: str | None = None
    paid_until: date | None = None
    paid_on: date | None = None
    born_year: int | None = None
    gender: Gender | None = None


@dataclass(frozen=True)
class Entry:
    """One line of a preview: whom it is about and why she is on it."""

    line: int | None
    member_no: str
    name: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Rejected(Entry):
    """A row that cannot be used; its address tells whom it may have been about."""

    email: str = ""


@dataclass(frozen=True)
class Sheet:
    """A file that has been read: its columns, its rows in order, and those that cannot be used."""

    columns: frozenset[Field]
    rows: tuple[Row, ...]
    rejected: tuple[Rejected, ...]
    ignored: tuple[str, ...]


def read(data: bytes, at: datetime, zone: ZoneInfo) -> Sheet:
    """Read a register file: semicolons, commas or tabs, UTF-8 with or without byte order mark, or Windows-1252.

    Raises Unreadable when it is no such file, a heading is missing or a quotation mark is left open: from there
    on it could not be told whom a row is about.
    """
    text = _decoded(data)
    records = _records(text)
    heading_line, headings = next(records, (1, []))
    columns = _columns(headings, heading_line)
    rows: list[Row] = []
    rejected: list[Rejected] = []
    today = at.astimezone(zone).date()
    for line, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        result = _Reader(line, cells, columns, len(headings), at, today, zone).read()
        if isinstance(result, Row):
            rows.append(result)
        else:
            rejected.append(result)
    if not rows and not rejected:
        raise Unreadable("register_no_rows", heading_line)
    used = set(columns.values())
    return Sheet(
        columns=frozenset(columns),
        rows=tuple(rows),
        rejected=tuple(rejected),
        ignored=tuple(
            plain(name) for place, name in enumerate(headings) if place not in used and name.strip()
        ),
    )


def _decoded(data: bytes) -> str:
    if b"\0" in data:
        raise Unreadable("register_not_text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
    # Five bytes mean nothing in Windows-1252; Latin-1 has control characters there, which are taken out later.
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if _READ_WRONG.search(text):
        raise Unreadable("register_mixed_letters", line)
    return text


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of the line it begins on; quoted line breaks are inside one record."""
    skipped = 0
    first, _, rest = text.partition("\n")
    if re.fullmatch(r"sep=.\r?", first):  # how some spreadsheets announce the separator
        text, skipped = rest, 1
    separator = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for cells in reader:
            yield begins + skipped, cells
            begins = reader.line_num + 1
    except csv.Error:
        raise Unreadable("register_broken", begins + skipped) from None


def _separator(text: str) -> str:
    """The separator by which the first line has most headings that we know."""

    def known(separator: str) -> int:
        first = text.partition("\n")[0].rstrip("\r")
        return sum(_heading(cell.strip('"')) is not None for cell in first.split(separator))

    return max((";", ",", "\t"), key=known)


def _heading(text: str) -> Field | None:
    words = unicodedata.normalize("NFC", text).casefold()
    return _HEADINGS.get("".join(letter for letter in words if letter.isalnum()))


def _columns(headings: Sequence[str], line: int) -> dict[Field, int]:
    columns: dict[Field, int] = {}
    for place, text in enumerate(headings):
        column = _heading(text)
        if column is None:
            continue
        if column in columns:
            raise Unreadable("register_heading_twice", line, field=column)
        columns[column] = place
    if not columns:
        raise Unreadable("register_no_headings", line)
    has = set(columns)
    if {Field.FIRST_NAME, Field.LAST_NAME} <= has:
        has.add(Field.NAME)
    for column in _NEEDED:
        if column not in has:
            raise Unreadable("register_heading_missing", line, field=column)
    return columns


@dataclass
class _Reader:
    """One row being read: every reason against it is gathered, so that a file is mended in one go."""

    line: int
    cells: Sequence[str]
    columns: Mapping[Field, int]
    width: int
    at: datetime
    today: date
    zone: ZoneInfo
    reasons: list[Reason] = field(default_factory=list)

    def read(self) -> Row | Rejected:
        extra = self.cells[self.width :]
        if len(self.cells) < self.width or any(cell.strip() for cell in extra):
            self.refuse("register_cells", found=len(self.cells), expected=self.width)
        number = self.member_no()
        name = self.name()
        email = self.email()
        unit = self.text(Field.UNIT)
        membership_class = self.membership_class()
        joined = self.joined()
        paid_until = self.day(Field.PAID_UNTIL, self.today + timedelta(days=366 * 60))
        paid_on = self.day(Field.PAID_ON, self.today)
        born_year = self.born_year()
        gender = self.gender()
        if self.reasons or membership_class is None or joined is None:
            return Rejected(self.line, number, name, tuple(self.reasons), email=email or "")
        return Row(
            line=self.line,
            member_no=number,
            name=name,
            unit=unit,
            membership_class=membership_class,
            joined=joined,
            email=email,
            paid_until=paid_until,
            paid_on=paid_on,
            born_year=born_year,
            gender=gender,
        )

    def refuse(self, code: str, **facts: object) -> None:
        self.reasons.append(Reason.of(code, **facts))

    def cell(self, column: Field) -> str:
        place = self.columns.get(column)
        return self.cells[place].strip() if place is not None and place < len(self.cells) else ""

    def text(self, column: Field, longest: int = 200) -> str:
        """A cell that must say something, on one line and without anything that a reader does not see."""
        text = _clean(self.cell(column))
        if not text:
            self.refuse("register_blank", field=column)
        elif text.startswith(_FORMULA):
            # A spreadsheet would run it when the register is taken out again.
            self.refuse("register_formula", field=column)
        elif len(text) > longest:
            self.refuse("register_too_long", field=column, longest=longest)
            text = text[:longest]
        return text

    def member_no(self) -> str:
        known = len(self.reasons)
        number = self.text(Field.MEMBER_NO, 40)
        if len(self.reasons) == known and not is_member_no(number):
            self.refuse("register_number", value=number)
        return number

    def name(self) -> str:
        if Field.NAME in self.columns:
            return self.text(Field.NAME)
        first, last = self.text(Field.FIRST_NAME), self.text(Field.LAST_NAME)
        whole = f"{first} {last}"
        if len(whole) > 200:
            self.refuse("register_too_long", field=Field.NAME, longest=200)
        return whole

    def email(self) -> str | None:
        address = address_key(self.cell(Field.EMAIL))
        if not address:
            return None
        if address.startswith(_FORMULA):
            self.refuse("register_formula", field=Field.EMAIL)
        elif not is_address(address):
            self.refuse("register_email", value=plain(address)[:80])
        return address

    def membership_class(self) -> MembershipClass | None:
        text = _clean(self.cell(Field.MEMBERSHIP_CLASS))
        found = _CLASSES.get(text.casefold())
        if found is None:
            if text:
                self.refuse("register_class", value=text[:80])
            else:
                self.refuse("register_blank", field=Field.MEMBERSHIP_CLASS)
        return found

    def gender(self) -> Gender | None:
        text = _clean(self.cell(Field.GENDER))
        found = _GENDERS.get(text.casefold())
        if text and found is None:
            self.refuse("register_gender", value=text[:80])
        return found

    def joined(self) -> date | datetime | None:
        text = _clean(self.cell(Field.JOINED))
        if not text:
            self.refuse("register_blank", field=Field.JOINED)
            return None
        try:
            moment = _moment(text, self.today, self.zone)
        except _UnclearError as unclear:
            self.reasons.append(unclear.reason(Field.JOINED, text))
            return None
        begins = start_of(moment, self.zone)
        if begins > self.at:
            self.refuse("register_joined_later", value=text)
        return moment

    def day(self, column: Field, latest: date) -> date | None:
        text = _clean(self.cell(column))
        if not text:
            return None
        try:
            moment = _moment(text, self.today, self.zone)
        except _UnclearError as unclear:
            self.reasons.append(unclear.reason(column, text))
            return None
        day = moment.astimezone(self.zone).date() if isinstance(moment, datetime) else moment
        if day > latest:
            self.refuse("register_date_far", field=column, value=text)
        return day

    def born_year(self) -> int | None:
        text = _clean(self.cell(Field.BORN_YEAR))
        if not text:
            return None
        if re.fullmatch(r"\d{4}", text):
            year = int(text)
        else:
            # A birth date is read for its year, and only where the year is written out: «80» may be anybody's.
            found = _ISO_DAY.fullmatch(text) or re.fullmatch(r"\d{1,2}\. ?\d{1,2}\. ?(\d{4})", text)
            year = int(found[1]) if found else 0
        if not 1900 <= year <= self.today.year:
            self.refuse("register_year", value=text)
            return None
        return year


class _UnclearError(ValueError):
    """A time that cannot be read, or that the clock showed twice or never."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def reason(self, column: Field, value: str) -> Reason:
        return Reason.of(self.code, field=column, value=value[:80], **self.facts)


def _moment(text: str, today: date, zone: ZoneInfo) -> date | datetime:
    """«2.3.2026», «02.03.26», «2026-03-02», each with or without «09:01»; a date where no time is given.

    A year of two digits is the one at most twenty years ahead of today. Days between strokes («03/02/2026») are
    refused: nobody can tell which number is the month.
    """
    iso, ours = _ISO_DAY.match(text), _OUR_DAY.match(text)
    found = iso or ours
    if found is None:
        raise _UnclearError("register_date")
    year, month, day = (int(part) for part in (found.groups() if iso else reversed(found.groups())))
    if ours and len(ours[3]) == 2:
        year += 2000 if year <= today.year % 100 + 20 else 1900
    if not 1900 <= year <= 2200:
        raise _UnclearError("register_date")
    try:
        that_day = date(year, month, day)
    except ValueError:
        raise _UnclearError("register_date") from None
    rest = text[found.end() :]
    if not rest:
        return that_day
    clock = _CLOCK.fullmatch(rest)
    if clock is None:
        raise _UnclearError("register_date")
    try:
        wall = datetime.combine(that_day, time(int(clock[1]), int(clock[2]), int(clock[3] or 0)))
    except ValueError:
        raise _UnclearError("register_date") from None
    if clock[4]:
        offset = clock[4].upper().replace(":", "")
        try:
            return datetime.strptime(f"{wall.isoformat()}{offset}", "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)
        except (ValueError, OverflowError):
            raise _UnclearError("register_date") from None
    return _on_the_clock(wall, zone)


def _on_the_clock(wall: datetime, zone: ZoneInfo) -> datetime:
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        raise _UnclearError("register_time_never")
    raise _UnclearError(
        "register_time_twice",
        first=first.isoformat(timespec="minutes"),
        second=second.isoformat(timespec="minutes"),
    )


def start_of(moment: date | datetime, zone: ZoneInfo) -> datetime:
    """The moment in UTC; a date without a time is 00:00 local (PARTICIPATION.md section 3)."""
    if isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time(), zone).astimezone(UTC)


def address_key(text: str) -> str:
    """An e-mail address as it is kept and looked up: NFC, without case, blanks around it and what nobody sees."""
    return _clean(text).lower()


def is_address(text: str) -> bool:
    """Whether a text, as `address_key` gives it, is an e-mail address that a register may hold."""
    return len(text) <= 254 and not text.startswith(_FORMULA) and _EMAIL.fullmatch(text) is not None


def is_member_no(text: str) -> bool:
    """Whether a text can be a member number: letters and digits, and . / - between them, at most 40."""
    return _MEMBER_NO.fullmatch(text) is not None
