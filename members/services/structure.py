"""How the organisation is built: its units and areas, what it has decided about itself, who votes on what."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from foundation import audit, clock
from foundation.errors import NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.text import plain
from foundation.transaction import transaction
from members import queries
from members.access import Rights
from members.models import (
    Bylaw,
    BylawTopic,
    Decider,
    Member,
    Office,
    PolicyArea,
    Standing,
    Term,
    Unit,
    VotingRight,
)
from members.register.reading import address_key, is_address, is_member_no
from members.rules.classes import MembershipClass, Status, Subject, may_be_given_vote
from members.rules.permissions import Matter, OfficeKind, Permission
from members.services.asking import require

FIRST_TERM = timedelta(days=2 * 365)
LONGEST_NAME = 200
LONGEST_KIND = 60
LONGEST_UNIT_CODE = 12  # a case's number begins with it ("FV-7/2026")
LONGEST_AREA_CODE = 60
LONGEST_PATH = 400
MOST_TEXT = 2000

# The topics that are a number, and the greatest that makes sense: days of grace, years of age, days of waiting.
LARGEST = {
    BylawTopic.DUES_GRACE_DAYS: 3650,
    BylawTopic.MINIMUM_AGE: 100,
    BylawTopic.WAITING_PERIOD_DAYS: 3650,
}
# PARTICIPATION section 1: for a binding ballot only the bylaws can.
ONLY_BYLAWS = frozenset({BylawTopic.BINDING_BALLOTS, BylawTopic.PARTICIPATION_BINDING})

_UNIT_CODE = re.compile(r"[0-9A-ZÆØÅ][0-9A-ZÆØÅ-]*")
_SMALL_WORDS = frozenset({"AV", "FOR", "I", "OG", "PÅ", "TIL"})
_AREA_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

Right = tuple[MembershipClass, Subject]


@dataclass(frozen=True)
class First:
    """What the first organisation begins with: its top unit and the administrator who builds the rest."""

    name: str
    kind: str
    admin_name: str
    admin_email: str
    admin_number: str = "1"
    code: str = ""


def found(first: First) -> Member:
    """Make the top unit, its voting rights and the first administrator of an empty database.

    Full and youth members vote on every subject; all other cells of the table are no. Raises RuleBroken when there
    are members or units already, or when a name, an address, a number or a code cannot be used.
    """
    name, admin_name = plain(first.name), plain(first.admin_name)
    kind, code = plain(first.kind), unit_code(first.code) or initials(name)
    email, number = address_key(first.admin_email), plain(first.admin_number)
    _refuse(
        _name_blocker(name)
        or _kind_blocker(kind)
        or unit_code_blocker(code)
        or _name_blocker(admin_name)
        or (None if is_address(email) else Reason.of("register_email", value=plain(email)[:80]))
        or (None if is_member_no(number) else Reason.of("register_number", value=number[:40]))
    )
    with transaction() as session:
        if any(session.scalar(select(func.count()).select_from(model)) for model in (Member, Unit)):
            raise RuleBroken(Reason.of("organisation_exists"))
        at = clock.now()
        top = _plant(None, code, name, kind)
        for subject, right in _MEMBERS_VOTE:
            session.add(VotingRight(unit_id=top.id, membership_class=right, subject=subject))
        member = Member(member_no=number, name=admin_name, email=email, registered_at=at)
        office = Office(kind=OfficeKind.ADMINISTRATOR, unit_id=top.id, title="Administrator")
        session.add_all([member, office])
        session.flush()
        session.add(
            Standing(
                member_id=member.id,
                unit_id=top.id,
                membership_class=MembershipClass.FULL_MEMBER,
                status=Status.ACTIVE,
                joined_at=at,
                recorded_at=at,
            )
        )
        session.add(
            Term(office_id=office.id, member_id=member.id, starts_at=at, ends_at=at + FIRST_TERM),
        )
        audit.record(
            "organisation_founded",
            actor_id=None,
            unit_id=top.id,
            subject=("member", member.id),
            code=code,
            term_ends_at=at + FIRST_TERM,
        )
    return member


_MEMBERS_VOTE = [
    (subject, right)
    for subject in Subject
    for right in (MembershipClass.FULL_MEMBER, MembershipClass.YOUTH_MEMBER)
]


def add_unit(rights: Rights, *, parent_id: int, code: str, name: str, kind: str) -> Unit:
    """Add a unit below another. Its place in the tree never changes: the path is part of rolls and rights."""
    parent = _unit(parent_id)
    _require(rights, parent)
    actor_id = rights.member.id
    code, name, kind = unit_code(code), plain(name), plain(kind)
    _refuse(unit_code_blocker(code) or _name_blocker(name) or _kind_blocker(kind))
    with transaction() as session:
        unit = _plant(session.get_one(Unit, parent_id), code, name, kind)
        audit.record(
            "unit_added",
            actor_id=actor_id,
            unit_id=unit.id,
            subject=("unit", unit.id),
            code=code,
            under=parent_id,
        )
    return unit


def rename_unit(rights: Rights, unit_id: int, name: str) -> None:
    """Give a unit another name; its code stays, since cases and files refer to it."""
    _require(rights, _unit(unit_id))
    actor_id = rights.member.id
    name = plain(name)
    _refuse(_name_blocker(name))
    with transaction() as session:
        unit = session.get_one(Unit, unit_id, with_for_update=True)
        before, unit.name = unit.name, name
        if before != name:
            audit.record(
                "unit_renamed",
                actor_id=actor_id,
                unit_id=unit_id,
                subject=("unit", unit_id),
                before=before,
                after=name,
            )


@dataclass(frozen=True)
class NewArea:
    """A policy area, or a committee's field. Without a code it gets one made of its name."""

    unit_id: int
    name: str
    code: str = ""
    description: str = ""
    is_committee: bool = False
    position: int = 0


def add_area(rights: Rights, new: NewArea) -> PolicyArea:
    """Add an area that a unit answers for; its forum is made when something is first written there."""
    _require(rights, _unit(new.unit_id))
    actor_id = rights.member.id
    name = plain(new.name)
    code = plain(new.code).lower() or slug(name)
    _refuse(_name_blocker(name) or area_code_blocker(code))
    with transaction():
        area = PolicyArea(
            code=code,
            name=name,
            description=plain(new.description)[:MOST_TEXT],
            unit_id=new.unit_id,
            is_committee=new.is_committee,
            position=new.position,
        )
        _store(area, Reason.of("area_code_taken", code=code))
        audit.record(
            "area_added",
            actor_id=actor_id,
            unit_id=new.unit_id,
            subject=("area", area.id),
            code=code,
            committee=new.is_committee,
        )
    return area


@dataclass(frozen=True)
class NewBylaw:
    """What a unit has decided about itself, who decided it and where it stands."""

    unit_id: int
    topic: BylawTopic
    decided_by: Decider
    reference: str
    value: int | None = None


def record_bylaw(rights: Rights, new: NewBylaw) -> Bylaw:
    """Record a decision. It holds from now on, in place of an earlier one on the topic, which stays as it is."""
    _require(rights, _unit(new.unit_id))
    actor_id = rights.member.id
    reference = plain(new.reference)
    _refuse(
        bylaw_blocker(new.topic, new.value, new.decided_by)
        or (Reason.of("bylaw_source_missing") if not reference else None)
        or (Reason.of("name_too_long", longest=LONGEST_NAME) if len(reference) > LONGEST_NAME else None)
    )
    with transaction() as session:
        at: datetime = clock.now()
        bylaw = Bylaw(
            unit_id=new.unit_id,
            topic=new.topic,
            value=new.value,
            decided_by=new.decided_by,
            reference=reference,
            recorded_at=at,
        )
        session.add(bylaw)
        session.flush()
        audit.record(
            "bylaw_recorded",
            actor_id=actor_id,
            unit_id=new.unit_id,
            subject=("bylaw", bylaw.id),
            topic=new.topic,
            value=new.value,
            decided_by=new.decided_by,
            reference=reference,
        )
    return bylaw


def bylaw_blocker(topic: BylawTopic, value: int | None, decided_by: Decider) -> Reason | None:
    """Why this cannot be recorded: a number too many, missing or senseless, or a body that cannot decide it."""
    if topic in ONLY_BYLAWS and decided_by is not Decider.BYLAWS:
        return Reason.of("bylaw_only_bylaws")
    largest = LARGEST.get(topic)
    if largest is None:
        return Reason.of("bylaw_without_number") if value is not None else None
    if value is None:
        return Reason.of("bylaw_number_missing")
    return None if 0 <= value <= largest else Reason.of("bylaw_number_range", largest=largest)


def set_voting_rights(rights: Rights, unit_id: int, given: Collection[Right]) -> None:
    """Let these classes, and none besides, vote on these subjects by the unit's own table.

    What the units above give holds anyhow and is left alone here. Ballots already noticed keep the classes they were
    noticed with. The table has no history of its own; each change stands in the log as a whole.
    """
    unit = _unit(unit_id)
    _require(rights, unit)
    actor_id = rights.member.id
    above = inherited_rights(unit)
    for membership_class, subject in given:
        if not may_be_given_vote(membership_class, subject):
            raise RuleBroken(
                Reason.of("vote_never_given", membership_class=membership_class, subject=subject)
            )
    with transaction() as session:
        session.get_one(Unit, unit_id, with_for_update=True)
        before = own_rights(unit_id) - above
        after = set(given) - above
        if before == after:
            return
        for membership_class, subject in before - after:
            session.execute(
                delete(VotingRight).where(
                    VotingRight.unit_id == unit_id,
                    VotingRight.membership_class == membership_class,
                    VotingRight.subject == subject,
                )
            )
        for membership_class, subject in after - before:
            session.add(VotingRight(unit_id=unit_id, membership_class=membership_class, subject=subject))
        audit.record(
            "voting_rights_set",
            actor_id=actor_id,
            unit_id=unit_id,
            subject=("unit", unit_id),
            given=sorted(after - before),
            taken=sorted(before - after),
        )


def own_rights(unit_id: int) -> set[Right]:
    """The cells that say yes in a unit's own table."""
    return queries.voting_rights([unit_id])


def inherited_rights(unit: Unit) -> set[Right]:
    """The cells that say yes in the tables of the units above."""
    return queries.voting_rights([above.id for above in queries.lineage(unit) if above.id != unit.id])


def unit_code(typed: str) -> str:
    """A unit's code as it is kept: on one line, in capitals, so that no two differ in case alone."""
    return plain(typed).upper()


def unit_code_blocker(code: str) -> Reason | None:
    """Why this cannot be a unit's code."""
    if len(code) <= LONGEST_UNIT_CODE and _UNIT_CODE.fullmatch(code):
        return None
    return Reason.of("unit_code_shape", longest=LONGEST_UNIT_CODE)


def area_code_blocker(code: str) -> Reason | None:
    """Why this cannot be an area's code, which stands in its address."""
    if len(code) <= LONGEST_AREA_CODE and _AREA_CODE.fullmatch(code):
        return None
    return Reason.of("area_code_shape", longest=LONGEST_AREA_CODE)


def initials(name: str) -> str:
    """A code made of a name: "Nordre Fjordvik kommuneparti" gives NFK, one word its first three letters."""
    words = [word for word in re.findall(r"[0-9A-ZÆØÅ]+", name.upper()) if word not in _SMALL_WORDS]
    if not words:
        return ""
    code = words[0][:3] if len(words) == 1 else "".join(word[0] for word in words)
    return code[:LONGEST_UNIT_CODE]


def slug(name: str) -> str:
    """An address made of a name: "Miljø og klima" gives miljo-og-klima."""
    letters = name.lower().replace("æ", "ae").translate(str.maketrans("øåđŋŧł", "oadntl"))
    ascii_only = unicodedata.normalize("NFD", letters).encode("ascii", "ignore").decode()
    return "-".join(re.findall("[a-z0-9]+", ascii_only))[:LONGEST_AREA_CODE].strip("-")


def _plant(parent: Unit | None, code: str, name: str, kind: str) -> Unit:
    # The path needs the number that the row gets; no two units under way have the same placeholder.
    unit = Unit(code=code, name=name, kind=kind, parent_id=parent.id if parent else None, path=f"new-{code}")
    above = parent.path if parent else "/"
    _store(unit, Reason.of("unit_code_taken", code=code))
    unit.path = f"{above}{unit.id}/"
    if len(unit.path) > LONGEST_PATH:
        raise RuleBroken(Reason.of("unit_too_deep"))
    db.session.flush()
    return unit


def _store(row: Unit | PolicyArea, taken: Reason) -> None:
    """Write a row whose code nobody else has; the database is asked, so that it holds in a race too."""
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError:
        raise RuleBroken(taken) from None


def _unit(unit_id: int) -> Unit:
    unit = db.session.get(Unit, unit_id)
    if unit is None:
        raise NotFound
    return unit


def _require(rights: Rights, unit: Unit) -> None:
    # LIFECYCLE.md's matrix has no row for the structure; it belongs to those who bring in the register.
    require(
        rights,
        Permission.IMPORT_REGISTER,
        Matter(unit_path=unit.path),
        unit_id=unit.id,
        about=("unit", unit.id),
    )


def _name_blocker(name: str) -> Reason | None:
    if not name:
        return Reason.of("name_missing")
    return Reason.of("name_too_long", longest=LONGEST_NAME) if len(name) > LONGEST_NAME else None


def _kind_blocker(kind: str) -> Reason | None:
    return None if 0 < len(kind) <= LONGEST_KIND else Reason.of("unit_kind_shape", longest=LONGEST_KIND)


def _refuse(reason: Reason | None) -> None:
    if reason is not None:
        raise RuleBroken(reason)
