"""The invented county party: units, areas, members, offices. Written as rows, as an import long ago would have."""

from __future__ import annotations

import itertools
import random
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session, scoped_session

from forums.models import Forum
from foundation.formats import zone
from members.models import (
    Bylaw,
    BylawTopic,
    Decider,
    Dues,
    Member,
    Office,
    PolicyArea,
    Standing,
    Term,
    Unit,
    VotingRight,
)
from members.rules.classes import MembershipClass, Status, Subject
from members.rules.permissions import OfficeKind
from webapp.demo import content

# How the members without a story of their own spread over the units; sums to 240 with the named ones.
SHARES = {"FV": 0.50, "NF": 0.31, "SH": 0.13, "FY": 0.06}


@dataclass
class Organisation:
    """Ids by the keys of the content files."""

    units: dict[str, int] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    areas: dict[str, int] = field(default_factory=dict)
    forums: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)


def plant(session: scoped_session[Any], today: datetime, members: int) -> Organisation:
    """Write the organisation as it has been for years; `members` in all, the named ones among them."""
    organisation = Organisation()
    source = content.read("organisation")
    long_ago = today - timedelta(days=1460)
    for unit in source["units"]:
        _unit(session, organisation, unit)
    for position, area in enumerate(source["areas"]):
        _area(session, organisation, area, position)
    for bylaw in source["bylaws"]:
        session.add(
            Bylaw(
                unit_id=organisation.units[bylaw["unit"]],
                topic=BylawTopic(bylaw["topic"]),
                value=bylaw.get("value"),
                decided_by=Decider(bylaw["decided_by"]),
                reference=bylaw["reference"],
                recorded_at=long_ago,
            )
        )
    top = organisation.units[source["units"][0]["code"]]
    for subject, kind in itertools.product(
        Subject, (MembershipClass.FULL_MEMBER, MembershipClass.YOUTH_MEMBER)
    ):
        session.add(VotingRight(unit_id=top, membership_class=kind, subject=subject))
    session.flush()
    _members(session, organisation, today, members)
    _offices(session, organisation, today)
    return organisation


def _unit(session: scoped_session[Any], organisation: Organisation, unit: dict[str, Any]) -> None:
    parent = unit.get("parent")
    row = Unit(
        code=unit["code"],
        name=unit["name"],
        kind=unit["kind"],
        parent_id=organisation.units.get(parent) if parent else None,
        path=f"new-{unit['code']}",
    )
    session.add(row)
    session.flush()
    row.path = f"{organisation.paths[parent] if parent else '/'}{row.id}/"
    organisation.units[unit["code"]] = row.id
    organisation.paths[unit["code"]] = row.path


def _area(
    session: scoped_session[Any], organisation: Organisation, area: dict[str, Any], position: int
) -> None:
    row = PolicyArea(
        code=area["code"],
        name=area["name"],
        description=area["description"],
        unit_id=organisation.units[area["unit"]],
        is_committee=area["committee"],
        position=position,
    )
    session.add(row)
    session.flush()
    forum = Forum(area_id=row.id, unit_id=row.unit_id)
    session.add(forum)
    session.flush()
    organisation.areas[area["code"]] = row.id
    organisation.forums[area["code"]] = forum.id


def _members(session: scoped_session[Any], organisation: Organisation, today: datetime, count: int) -> None:
    named = content.read("people")["people"]
    rows = [_named(person, today) for person in named] + _unnamed(count - len(named), today)
    for number, row in enumerate(rows):
        row["member_no"] = f"{40_000 + 7 * number}"
    members = [
        {
            "member_no": row["member_no"],
            "name": row["name"],
            "email": row["email"],
            "locale": row["locale"],
            "gender": None,
            "registered_at": row["joined"],
        }
        for row in rows
    ]
    ids = list(session.scalars(insert(Member).returning(Member.id, sort_by_parameter_order=True), members))
    for row, member_id in zip(rows, ids, strict=True):
        row["id"] = member_id
        if row["key"]:
            organisation.people[row["key"]] = member_id
    session.execute(
        insert(Standing),
        [
            {
                "member_id": row["id"],
                "unit_id": organisation.units[row["unit"]],
                "membership_class": row["class"],
                "status": Status.ACTIVE,
                "joined_at": row["joined"],
                "born_year": row["born_year"],
                "recorded_at": row["joined"],
            }
            for row in rows
        ],
    )
    year = today.year
    session.execute(
        insert(Dues),
        [
            {
                "member_id": row["id"],
                "paid_on": max(date(year, 2, 1), row["joined"].date()),
                "paid_until": date(year, 12, 31) if row["paid"] else date(year - 1, 12, 31),
                "recorded_at": max(datetime(year - 1, 12, 1, tzinfo=UTC), row["joined"]),
            }
            for row in rows
        ],
    )


def _named(person: dict[str, Any], today: datetime) -> dict[str, Any]:
    joined = person["joined"]
    at = local(joined, "12:00")
    if "joined_days_ago" in person:
        at = today - timedelta(days=person["joined_days_ago"])
    return {
        "key": person["key"],
        "name": person["name"],
        "email": f"{address_of(person['name'])}@example.org",
        "unit": person["unit"],
        "class": MembershipClass(person["membership_class"]),
        "born_year": person["born_year"],
        "joined": at,
        "locale": person.get("locale", "nb"),
        "paid": True,
    }


def _unnamed(count: int, today: datetime) -> list[dict[str, Any]]:
    """Members with names made of the lists, always the same for the same count."""
    source = content.read("people")
    draw = random.Random(1884)  # noqa: S311  (names of invented people, no secret)
    taken = {person["name"] for person in source["people"]}
    rows = []
    for number in range(max(0, count)):
        name = _name(source, draw, taken)
        kinds = [MembershipClass.FULL_MEMBER] * 40 + [MembershipClass.YOUTH_MEMBER] * 5
        kinds += [MembershipClass.AFFILIATED_SUPPORTER] * 2
        rows.append(
            {
                "key": "",
                "name": name,
                # One in twenty has no e-mail and gets in by a printed code.
                "email": None if number % 20 == 7 else f"{address_of(name)}.{number}@example.org",
                "unit": draw.choices(list(SHARES), list(SHARES.values()))[0],
                "class": draw.choice(kinds),
                "born_year": draw.randint(1938, 2007),
                "joined": today - timedelta(days=draw.randint(200, 9000), minutes=draw.randint(0, 900)),
                "locale": "nn" if number % 11 == 3 else "nb",
                # A few have forgotten their dues.
                "paid": number % 29 != 5,
            }
        )
    return rows


def _name(source: dict[str, Any], draw: random.Random, taken: set[str]) -> str:
    while True:
        first, last = draw.choice(source["first_names"]), draw.choice(source["last_names"])
        name = f"{first} {last}"
        if name in taken:
            name = f"{first} {draw.choice(source['last_names'])} {last}"
        if name not in taken:
            taken.add(name)
            return name


def address_of(name: str) -> str:
    plain = name.lower().replace("æ", "ae").translate(str.maketrans("øåđŋŧł", "oadntl"))
    ascii_only = unicodedata.normalize("NFD", plain).encode("ascii", "ignore").decode()
    return ".".join(ascii_only.replace("-", " ").split())


def _offices(session: scoped_session[Session], organisation: Organisation, today: datetime) -> None:
    for office in content.read("offices")["offices"]:
        row = Office(
            kind=OfficeKind(office["kind"]),
            unit_id=organisation.units[office["unit"]],
            area_id=organisation.areas[office["area"]] if "area" in office else None,
            title=office["title"],
            body=office.get("body", ""),
        )
        session.add(row)
        session.flush()
        for term in office["terms"]:
            session.add(
                Term(
                    office_id=row.id,
                    member_id=organisation.people[term["person"]],
                    is_deputy=term.get("deputy", False),
                    starts_at=today - timedelta(days=term["from_days_ago"]),
                    ends_at=today + timedelta(days=term["to_days_ahead"]),
                )
            )
    session.flush()


def local(on: date, clock_time: str) -> datetime:
    """A day and a clock time as they stand on the organisation's clock."""
    return datetime.combine(on, time.fromisoformat(clock_time), tzinfo=zone()).astimezone(UTC)
