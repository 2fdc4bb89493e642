"""A register file held against what the register knew before: who is new, changed, gone, or named twice."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from foundation.errors import Reason
from foundation.text import plain
from members.register.reading import Entry, Field, Rejected, Row, Sheet, start_of
from members.rules.classes import MembershipClass, Status


@dataclass(frozen=True)
class Known:
    """A member as the register has her now. `payments`: (paid on, paid until)."""

    id: int
    member_no: str
    name: str
    email: str | None
    gender: str | None
    unit_id: int
    membership_class: MembershipClass
    status: Status
    joined_at: datetime
    born_year: int | None
    payments: frozenset[tuple[date, date]] = frozenset()
    # The number of the entry that stands for her since two entries of hers were made one.
    merged_into: str = ""


@dataclass(frozen=True)
class KnownUnit:
    """A unit that rows may name by its code or its name."""

    id: int
    code: str
    name: str


@dataclass(frozen=True)
class Standing:
    """What the register will say of a member from now on."""

    unit_id: int
    membership_class: MembershipClass
    status: Status
    joined_at: datetime
    born_year: int | None


@dataclass(frozen=True)
class Plan:
    """What is to be written for one member; `known` is None for a new one. None means: as it is."""

    entry: Entry
    known: Known | None
    name: str
    email: str | None
    gender: str | None
    standing: Standing | None
    payment: tuple[date, date] | None


@dataclass(frozen=True)
class Preview:
    """What a file would change, all of it, before anything is changed."""

    new: tuple[Plan, ...]
    changed: tuple[Plan, ...]
    left: tuple[Plan, ...]
    duplicates: tuple[Entry, ...]
    rejected: tuple[Entry, ...]
    unchanged: int
    ignored: tuple[str, ...]

    @property
    def has_errors(self) -> bool:
        """Whether rows of the file cannot be used."""
        return bool(self.duplicates or self.rejected)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each, for the audit log and the page."""
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "left": len(self.left),
            "duplicates": len(self.duplicates),
            "rejected": len(self.rejected),
            "unchanged": self.unchanged,
        }

    @property
    def fingerprint(self) -> str:
        """SHA-256 over everything that would be written: equal previews change equal things."""
        plans = [
            [
                plan.entry.line,
                plan.entry.member_no,
                plan.known.id if plan.known else None,
                plan.name,
                plan.email,
                plan.gender,
                str(plan.standing),
                str(plan.payment),
            ]
            for plan in (*self.new, *self.changed, *self.left)
        ]
        body = json.dumps([plans, len(self.duplicates), len(self.rejected)], ensure_ascii=False)
        return hashlib.sha256(body.encode()).hexdigest()


_MEMBERS_NOW = frozenset({Status.ACTIVE, Status.SUSPENDED})


def compare(
    sheet: Sheet, known: Iterable[Known], units: Iterable[KnownUnit], at: datetime, zone: ZoneInfo
) -> Preview:
    """Hold a file against the register: who is new, changed, has left, stands twice, or cannot be read."""
    return _Comparison(sheet, known, units, at, zone).preview()


class _Comparison:
    def __init__(
        self, sheet: Sheet, known: Iterable[Known], units: Iterable[KnownUnit], at: datetime, zone: ZoneInfo
    ) -> None:
        self.sheet, self.zone = sheet, zone
        self.today = at.astimezone(zone).date()
        self.by_number = {member.member_no: member for member in known}
        self.by_email = {member.email: member for member in self.by_number.values() if member.email}
        self.unit_names: dict[int, str] = {}
        self.unit_ids: dict[str, set[int]] = defaultdict(set)
        for unit in units:
            self.unit_names[unit.id] = unit.name
            for words in (unit.code, unit.name):
                self.unit_ids[plain(words).casefold()].add(unit.id)
        self.rejected: list[Entry] = list(sheet.rejected)
        self.duplicates: list[Entry] = []

    def preview(self) -> Preview:
        rows = [row for row in self.sheet.rows if not self.is_merged(row)]
        placed = [(row, unit_id) for row in rows if (unit_id := self.unit_of(row)) is not None]
        unit_of_row = {row.line: unit_id for row, unit_id in placed}
        leaving = self.leaving(set(unit_of_row.values()))
        rows = self.without_twins([row for row, _ in placed])
        rows = self.without_taken_addresses(rows, {member.id for member in leaving})
        new: list[Plan] = []
        changed: list[Plan] = []
        unchanged = 0
        for row in rows:
            member = self.by_number.get(row.member_no)
            if member is None:
                new.append(self.entry_of(row, unit_of_row[row.line]))
            elif plan := self.change_of(row, member, unit_of_row[row.line]):
                changed.append(plan)
            else:
                unchanged += 1
        changed += self.released(rows, leaving)
        return Preview(
            new=tuple(new),
            changed=tuple(changed),
            left=tuple(self.departure_of(member) for member in leaving),
            duplicates=tuple(sorted(self.duplicates, key=_line)),
            rejected=tuple(sorted(self.rejected, key=_line)),
            unchanged=unchanged,
            ignored=self.sheet.ignored,
        )

    def is_merged(self, row: Row) -> bool:
        """Whether the row is of an entry that was made one with another: it is not to come back to life."""
        member = self.by_number.get(row.member_no)
        if member is None or not member.merged_into:
            return False
        self.reject(row, Reason.of("register_merged", other=member.merged_into))
        return True

    def unit_of(self, row: Row) -> int | None:
        found = self.unit_ids.get(row.unit.casefold(), set())
        member = self.by_number.get(row.member_no)
        if len(found) != 1:
            self.reject(
                row, Reason.of("register_unit_twice" if found else "register_unit", value=row.unit[:80])
            )
            return None
        if member is not None and member.status in {Status.EXPELLED, Status.DECEASED}:
            # Neither a death nor an expulsion is undone by a file that has not heard of it.
            self.reject(row, Reason.of("register_status", status=member.status))
            return None
        return next(iter(found))

    def reject(self, row: Row, reason: Reason) -> None:
        self.rejected.append(Rejected(row.line, row.member_no, row.name, (reason,), email=row.email or ""))

    def without_twins(self, rows: Sequence[Row]) -> list[Row]:
        """The rows but for those whose number or address stands twice, each of them with the lines of the others."""
        lines_of_number: dict[str, list[int]] = defaultdict(list)
        lines_of_email: dict[str, list[int]] = defaultdict(list)
        mentioned = [(row.line, row.member_no, row.email) for row in self.sheet.rows]
        mentioned += [(row.line or 0, row.member_no, row.email) for row in self.sheet.rejected]
        for line, number, email in mentioned:
            if number:
                lines_of_number[number].append(line)
            if email:
                lines_of_email[email].append(line)
        kept: list[Row] = []
        for row in rows:
            reasons: list[Reason] = []
            for code, lines in (
                ("register_number_twice", lines_of_number[row.member_no]),
                ("register_email_twice", lines_of_email[row.email] if row.email else [row.line]),
            ):
                others = sorted(line for line in lines if line != row.line)
                if others:
                    reasons.append(Reason.of(code, lines=", ".join(str(line) for line in others[:10])))
            if reasons:
                self.duplicates.append(Entry(row.line, row.member_no, row.name, tuple(reasons)))
            else:
                kept.append(row)
        return kept

    def without_taken_addresses(self, rows: list[Row], leaving: Collection[int]) -> list[Row]:
        """The rows but for those whose address is another member's, who keeps it.

        Whoever has left keeps none, and two may change addresses in one file. A row that falls may be the one that
        would have freed an address, so this is asked until no more fall.
        """
        while True:
            addresses = {row.member_no: row.email for row in rows}
            fallen: set[int] = set()
            for row in rows:
                holder = self.by_email.get(row.email) if row.email else None
                if holder is None or holder.member_no == row.member_no or self.has_left(holder, leaving):
                    continue
                if addresses.get(holder.member_no, row.email) == row.email:
                    fallen.add(row.line)
                    reason = Reason.of("register_email_taken", other=holder.member_no)
                    self.duplicates.append(Entry(row.line, row.member_no, row.name, (reason,)))
            if not fallen:
                return rows
            rows = [row for row in rows if row.line not in fallen]

    def has_left(self, member: Known, leaving: Collection[int]) -> bool:
        return member.status not in _MEMBERS_NOW or member.id in leaving

    def leaving(self, units: Collection[int]) -> list[Known]:
        """The members of the file's units who are not in it.

        A row that could not be read still mentions somebody: nobody leaves because of a mistyped date.
        """
        numbers = {row.member_no for row in self.sheet.rows} | {row.member_no for row in self.sheet.rejected}
        names = {row.name.casefold() for row in self.sheet.rejected}
        addresses = {row.email for row in self.sheet.rejected if row.email}
        return [
            member
            for member in self.by_number.values()
            if member.status in _MEMBERS_NOW
            and member.unit_id in units
            and member.member_no not in numbers
            and member.name.casefold() not in names
            and member.email not in addresses
        ]

    def entry_of(self, row: Row, unit_id: int) -> Plan:
        return Plan(
            entry=Entry(row.line, row.member_no, row.name),
            known=None,
            name=row.name,
            email=row.email,
            gender=row.gender,
            standing=Standing(
                unit_id, row.membership_class, Status.ACTIVE, start_of(row.joined, self.zone), row.born_year
            ),
            payment=(row.paid_on or self.today, row.paid_until) if row.paid_until else None,
        )

    def change_of(self, row: Row, member: Known, unit_id: int) -> Plan | None:
        """What a row changes of a member; a column that the file does not have changes nothing."""
        has = self.sheet.columns
        reasons: list[Reason] = []

        def said(code: str, before: object, after: object) -> None:
            if before != after:
                reasons.append(Reason.of(code, before=before, after=after))

        email = row.email if Field.EMAIL in has else member.email
        gender = row.gender if Field.GENDER in has else member.gender
        standing = Standing(
            unit_id=unit_id,
            membership_class=row.membership_class,
            # A suspension is decided elsewhere: being in the file does not lift it.
            status=Status.SUSPENDED if member.status is Status.SUSPENDED else Status.ACTIVE,
            joined_at=self.joined(row, member),
            born_year=row.born_year if Field.BORN_YEAR in has else member.born_year,
        )
        said("changed_name", member.name, row.name)
        said("changed_email", member.email, email)
        said("changed_unit", self.unit_names.get(member.unit_id, ""), self.unit_names[unit_id])
        said("changed_class", member.membership_class, standing.membership_class)
        said("changed_status", member.status, standing.status)
        said("changed_joined", member.joined_at, standing.joined_at)
        said("changed_born_year", member.born_year, standing.born_year)
        said("changed_gender", member.gender, gender)
        payment = self.payment(row, member)
        if payment:
            reasons.append(Reason.of("changed_dues", after=payment[1]))
        if not reasons:
            return None
        before = Standing(
            member.unit_id, member.membership_class, member.status, member.joined_at, member.born_year
        )
        return Plan(
            entry=Entry(row.line, row.member_no, row.name, tuple(reasons)),
            known=member,
            name=row.name,
            email=email,
            gender=gender,
            standing=standing if standing != before else None,
            payment=payment,
        )

    def joined(self, row: Row, member: Known) -> datetime:
        """The file's moment; where it has the day alone and it is the day we know, the time we know stays."""
        if (
            not isinstance(row.joined, datetime)
            and member.joined_at.astimezone(self.zone).date() == row.joined
        ):
            return member.joined_at
        return start_of(row.joined, self.zone)

    def payment(self, row: Row, member: Known) -> tuple[date, date] | None:
        if row.paid_until is None:
            return None
        if row.paid_on is None:
            known = any(until == row.paid_until for _, until in member.payments)
            # The day it was paid is not in the file: known to be paid today, and no earlier.
            return None if known else (self.today, row.paid_until)
        payment = (row.paid_on, row.paid_until)
        return None if payment in member.payments else payment

    def departure_of(self, member: Known) -> Plan:
        unit = self.unit_names.get(member.unit_id, "")
        return Plan(
            entry=Entry(None, member.member_no, member.name, (Reason.of("register_absent", unit=unit),)),
            known=member,
            name=member.name,
            email=member.email,
            gender=member.gender,
            standing=Standing(
                member.unit_id, member.membership_class, Status.RESIGNED, member.joined_at, member.born_year
            ),
            payment=None,
        )

    def released(self, rows: Iterable[Row], leaving: Sequence[Known]) -> list[Plan]:
        """Those who have left and whose address is now another member's."""
        gone = {member.id for member in leaving}
        staying = {row.member_no for row in rows}
        plans: list[Plan] = []
        for row in rows:
            holder = self.by_email.get(row.email) if row.email else None
            if holder is None or holder.member_no in staying or not self.has_left(holder, gone):
                continue
            reason = Reason.of("changed_email_released", other=row.member_no)
            plans.append(
                Plan(
                    entry=Entry(row.line, holder.member_no, holder.name, (reason,)),
                    known=holder,
                    name=holder.name,
                    email=None,
                    gender=holder.gender,
                    standing=None,
                    payment=None,
                )
            )
        return plans


def _line(entry: Entry) -> int:
    return entry.line or 0
