"""The world of the scenarios with an appeals group: two of the unit, two of the county above, and somebody refused."""

from __future__ import annotations

from dataclasses import dataclass

from builders import a_member, a_unit, an_office
from flask import Flask
from scenario_world import LEAST, World, a_world, rights, when

from ballot.appeals import services
from ballot.appeals.models import AppealState, RollAppeal
from ballot.rules.appeals import Decision
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import Member, Unit
from members.rules.permissions import OfficeKind

FROZEN = "2026-03-16 21:00"
VOTING = "2026-03-17 12:00"
LAST_CHANCE = "2026-03-18 08:00"  # 36 hours before closing
TOLD = "Jeg var på medlemsmøtet 10. mars og sa hva jeg mente."
NO_TRACE = "Vi finner ikke noe bidrag fra deg."


@dataclass
class Appeals(World):
    """Fjordvik under a county, with those who decide appeals."""

    county: Unit | None = None
    group: tuple[Member, ...] = ()
    above: tuple[Member, ...] = ()

    def refused(self, ballot_id: int | None = None) -> tuple[int, Member]:
        """A ballot whose roll is made, and a member whom it refuses for want of taking part."""
        bo = self.one("Bo")
        found = ballot_id or self.publish()
        self.crowd_takes_part(12)
        self.advance(found, FROZEN)
        return found, bo

    def crowd_takes_part_again(self) -> None:
        """The twelve who have contributed once do so once more."""
        for place, member in enumerate(self.crowd[:12]):
            self.write(member, f"{LEAST} Og enda et innlegg, nummer {place}.", "2026-03-06 12:00")

    def file(self, ballot_id: int, member: Member, at: str = FROZEN, us: int = 0, what: str = TOLD) -> int:
        """Let a member appeal; the appeal's id."""
        with when(at, us):
            return services.file(ballot_id, rights(member), what).id

    def decide(
        self, appeal_id: int, member: Member, decision: Decision, at: str = VOTING, us: int = 0
    ) -> AppealState:
        """Let one say what she thinks of an appeal."""
        with when(at, us):
            sentence = NO_TRACE if decision is Decision.REFUSE else ""
            return services.decide(appeal_id, rights(member), decision, sentence)

    def appeal(self, appeal_id: int) -> RollAppeal:
        """The appeal as it is stored now."""
        db.session.rollback()
        return db.session.get_one(RollAppeal, appeal_id)


def an_appeals_world(app: Flask) -> Appeals:
    """The scenarios' world, its unit put under a county."""
    world = a_world(app, crowd=28)
    county = a_unit("Fjordfylke")
    with transaction() as session:
        unit = session.get_one(Unit, world.unit.id)
        unit.parent_id, unit.path = county.id, f"{county.path}{unit.id}/"
    group = tuple(a_member(county, name) for name in ("Guri Gran", "Geir Gald"))
    above = tuple(a_member(county, name) for name in ("Olav Opdal", "Oda Os"))
    for member in group:
        an_office(member, OfficeKind.APPEALS_GROUP, world.unit, title="Klagegruppa")
    for member in above:
        an_office(member, OfficeKind.APPEALS_GROUP, county, title="Klagegruppa")
    facts = {name: getattr(world, name) for name in World.__dataclass_fields__}
    return Appeals(**facts, county=county, group=group, above=above)
