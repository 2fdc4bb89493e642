"""The rule sentence by sentence where no numbered scenario stands: one world, a member for each line of a table."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

import pytest
from builders import OSLO, a_case, a_member, a_thread, a_unit, an_office, oslo
from flask import Flask
from scenario_world import FREEZE, LEAST, NOTICE, World, a_world, rights, when
from sqlalchemy import delete, select, text, update

from ballot.models import Ballot, BallotEvent, BallotKey, EventKind, Roll, RollEntry
from ballot.rules.lifecycle import State
from ballot.rules.participation import Setting
from ballot.services import drafting, lifecycle, roll
from forums import services as debate
from forums.models import Case, ThreadKind
from forums.moderation.services import places
from forums.statements import services as statements
from foundation import clock, phrases
from foundation.errors import RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import Bylaw, BylawTopic, Decider, Dues, Member, Standing
from members.register.reading import start_of
from members.rules.classes import MembershipClass, Status
from members.rules.permissions import OfficeKind

ON_ROLL = ("", True)
NOTHING = ("no_contribution", False)
BEFORE_FREEZE = oslo(FREEZE) - timedelta(microseconds=1)
AT_FREEZE = oslo(FREEZE)
LONG_BEFORE = oslo("2015-01-01 00:00")


def lines(world: World, ballot_id: int, members: dict[str, Member]) -> dict[str, tuple[str, bool] | None]:
    """Reason and answer of each of them on the roll, None for whoever has no line there."""
    db.session.rollback()
    found = {
        entry.member_id: (entry.reason, entry.entitled)
        for entry in db.session.scalars(select(RollEntry).where(RollEntry.ballot_id == ballot_id))
    }
    return {name: found.get(member.id) for name, member in members.items()}


# Section 4: what is counted of a text, and what is a copy


TEXTS = {
    "fifty": ("Skolen er bygdas hjerte, og den må vi ta vare på nå", True),
    "forty-nine": ("Skolen er bygdas hjerte, og den må vi ta vare på.", False),
    "a quotation alone": (f"> {LEAST}\n> {LEAST}\n\nHelt enig i dette.", False),
    "own words under a quotation": (f"> Kort sitat.\n\n{LEAST} Det svarer jeg.", True),
    "an address": (f"Se https://example.org/{'skole/' * 12} her.", False),
    "an address behind itself": (f"[https://example.org/{'a' * 50}](https://example.org/)", False),
    "the words of a link": (f"[{LEAST} Les mer hos kommunen.](https://example.org/)", True),
    "code": (f"```\n{LEAST}\n```\n\nSlik er det.", False),
    "blanks": (f"Ja{' ' * 80}takk", False),
    "lines": ("Ja\n\n" + "\n\n" * 60 + "takk for det", False),
    "no-break spaces": (f"Ja{chr(0xA0) * 80}nei", False),
    "letters of no width": (f"Joda{chr(0x200B) * 80}da", False),
    "joiners": (f"Jovisst{chr(0x200D) * 80}da", False),
    "the grapheme joiner": (f"Jaha{chr(0x34F) * 80}ja", False),
    "marks on one letter": (f"Nei{chr(0x301) * 80}da", False),
    "one letter repeated": ("a" * 50, True),
}


def test_only_own_visible_characters_count(world: World) -> None:
    ballot_id = world.publish()
    authors = {name: world.one(name) for name in TEXTS}
    world.crowd_takes_part(10)
    for name, (body, _counts) in TEXTS.items():
        world.write(authors[name], body, "2026-03-05 12:00")
    world.advance(ballot_id)
    assert lines(world, ballot_id, authors) == {
        name: ON_ROLL if counts else NOTHING for name, (_body, counts) in TEXTS.items()
    }


SAID = "Skolen på Nordneset må bestå, for den er det siste møtestedet vi har igjen!"
COPIES = {
    "capitals": (SAID.upper(), False),
    "no spaces": ("".join(SAID.split()), False),
    "other punctuation": (SAID.replace(",", " –").replace("!", " …"), False),
    "markup and lines": (SAID.replace("Skolen", "**Skolen**").replace(" for", "\n\nfor"), False),
    "under a quotation": (f"> Hva mener du?\n\n{SAID}", False),
    "another word": (SAID.replace("siste", "aller siste"), True),
    "a sign that says something": (f"{SAID} + 5", True),
}


def test_exact_copies_of_public_posts_do_not_count_and_private_statements_are_compared_with_nothing(
    world: World,
) -> None:
    ballot_id = world.publish()
    second = a_thread(world.forum, world.mari, case=world.case, title="Bussen")
    elsewhere = a_thread(world.forum, world.mari, case=a_case(world.forum, world.mari, "Skolemat"))
    authors = {name: world.one(name) for name in (*COPIES, "first", "second thread", "statement", "assisted")}
    world.crowd_takes_part(10)
    world.write(authors["first"], SAID, "2026-03-05 12:00")
    for name, (body, _counts) in COPIES.items():
        world.write(authors[name], body, "2026-03-05 12:01")
    world.write(authors["second thread"], SAID, "2026-03-05 12:01", thread=second)
    with when("2026-03-05 12:02"):
        statements.send(rights(authors["statement"]), world.case.id, SAID)
        statements.assist(rights(world.mari), world.case.id, authors["assisted"].id, SAID)
        # What has been said privately, or in another case, is no public post of this one.
        private = f"{LEAST} Det vil jeg si til dere."
        statements.send(rights(world.crowd[0]), world.case.id, private)
    other = f"{LEAST} Det har jeg skrevet om skolematen."
    world.write(world.crowd[1], other, "2026-03-05 12:03", thread=elsewhere)
    for name, body in (("as a statement", private), ("as in another case", other)):
        authors[name] = world.one(name)
        world.write(authors[name], body, "2026-03-05 12:04")
    world.advance(ballot_id)
    expected = {name: counts for name, (_body, counts) in COPIES.items()} | {
        "first": True,
        "second thread": False,
        "statement": True,
        "assisted": True,
        "as a statement": True,
        "as in another case": True,
    }
    assert lines(world, ballot_id, authors) == {
        name: ON_ROLL if counts else NOTHING for name, counts in expected.items()
    }


# Section 4: which acts, and section 7: what takes a credit away


def test_acts_that_count_and_acts_that_do_not(world: World) -> None:
    ballot_id = world.publish()
    general = a_thread(world.forum, world.mari, title="Velkommen til oss")
    world.crowd_takes_part(10)
    bases = {}

    def opens(kind: ThreadKind) -> Callable[[Member], object]:
        return lambda member: debate.open_thread(
            rights(member),
            world.forum.area_id,
            title="Noe nytt i saken",
            body=f"{LEAST} Slik begynner jeg en tråd om {kind.value}.",
            kind=kind,
            unit_id=world.unit.id,
            case_id=world.case.id,
        )

    def shortens_and_mends(member: Member) -> None:
        post = world.write(member, f"{LEAST} Før jeg rettet det.", "2026-03-05 12:00")
        debate.edit_post(rights(member), post, "Enig.", version=1, accept_loss=True)
        debate.edit_post(rights(member), post, f"{LEAST} Og det står jeg ved.", version=2)

    def becomes_a_copy(member: Member) -> None:
        post = world.write(member, f"{LEAST} Mine egne ord.", "2026-03-05 12:00")
        debate.edit_post(rights(member), post, f"{LEAST} Dette er det 0. innlegget fra oss andre.", version=1)

    def shortens(member: Member) -> None:
        post = world.write(member, f"{LEAST} Som jeg angret på.", "2026-03-05 12:00")
        debate.edit_post(rights(member), post, "Enig.", version=1, accept_loss=True)

    def officially(member: Member) -> None:
        an_office(member, OfficeKind.ELECTED_REPRESENTATIVE, world.unit, area=world.forum.area)
        debate.write_post(rights(member), world.thread.id, f"{LEAST} Sier gruppa.", as_office=True)

    def as_a_member(member: Member) -> None:
        an_office(member, OfficeKind.ELECTED_REPRESENTATIVE, world.unit, area=world.forum.area)
        debate.write_post(rights(member), world.thread.id, f"{LEAST} Sier jeg selv.")

    acts: dict[str, tuple[Callable[[Member], object], str, str]] = {
        "opens a thread": (opens(ThreadKind.CASE), "", "post"),
        "proposes": (opens(ThreadKind.PROPOSAL), "", "proposal"),
        "shortens and mends": (shortens_and_mends, "", "post"),
        "becomes a copy later": (becomes_a_copy, "", "post"),
        "shortens": (shortens, "contribution_withdrawn", ""),
        "answers for the group": (officially, "no_contribution", ""),
        "keeps the area and writes as a member": (as_a_member, "", "post"),
        "writes in the general area": (
            lambda member: debate.write_post(rights(member), general.id, f"{LEAST} Hei."),
            "no_contribution",
            "",
        ),
        "says it privately": (
            lambda member: statements.send(rights(member), world.case.id, LEAST),
            "",
            "statement",
        ),
    }
    members = {name: world.one(name) for name in acts}
    for name, (act, _reason, _basis) in acts.items():
        with when("2026-03-05 12:00"):
            act(members[name])
    world.advance(ballot_id)
    for name, member in members.items():
        entry = world.entry(ballot_id, member)
        bases[name] = (entry.reason, entry.basis)
    assert bases == {name: (reason, basis) for name, (_act, reason, basis) in acts.items()}


# Section 5: the window


def test_the_window_is_half_open_for_posts_and_statements_alike(world: World) -> None:
    ballot_id = world.publish()
    world.crowd_takes_part(10)
    expected = {}
    members = {}
    for edge, at, us, counts in (
        ("before it opens", NOTICE, -1, False),
        ("as it opens", NOTICE, 0, True),
        ("before the freeze", FREEZE, -1, True),
        ("at the freeze", FREEZE, 0, False),
    ):
        post, statement = world.one(f"post {edge}"), world.one(f"statement {edge}")
        world.write(post, f"{LEAST} Skrevet {edge}.", at, us=us)
        with when(at, us):
            statements.send(rights(statement), world.case.id, LEAST)
        for member in (post, statement):
            members[member.name] = member
            expected[member.name] = ON_ROLL if counts else NOTHING
    world.advance(ballot_id)
    assert lines(world, ballot_id, members) == expected


class Night(NamedTuple):
    """A freeze in a night when the clocks change, in UTC, and what the clock on the wall then shows."""

    notice: str
    freeze: str
    told: str
    opening: str
    closing: str


NIGHTS = [
    # 02:00 becomes 03:00: the freeze is the first moment of summer time.
    Night(
        "2026-03-16 09:00",
        "2026-03-29 03:00",
        "søndag 29. mars kl. 03.00",
        "2026-03-29 15:00",
        "2026-03-31 20:00",
    ),
    # 03:00 becomes 02:00: the freeze is when the wall shows 03.00 for good, an hour after it first would have.
    Night(
        "2026-10-12 09:00",
        "2026-10-25 03:00",
        "søndag 25. oktober kl. 03.00",
        "2026-10-25 15:00",
        "2026-10-27 20:00",
    ),
]


@pytest.mark.parametrize("night", NIGHTS, ids=["spring", "autumn"])
def test_in_the_night_when_the_clocks_change_the_window_ends_at_one_moment(app: Flask, night: Night) -> None:
    world = a_world(app, crowd=28)
    with transaction() as session:
        case = session.get_one(Case, world.case.id)
        case.decides_at = case.contributions_before = oslo("2026-12-01 12:00")
    draft = world.draft(
        roll_freezes_at=oslo(night.freeze), opens_at=oslo(night.opening), closes_at=oslo(night.closing)
    )
    ballot_id = world.publish(draft, at=night.notice)
    world.crowd_takes_part(10, at=night.notice)
    second = 1_000_000
    moments = {"an hour before": (-3600 * second, True), "just before": (-1, True), "then": (0, False)}
    members = {name: world.one(name) for name in moments}
    for name, (us, _counts) in moments.items():
        world.write(members[name], f"{LEAST} Sendt {name}.", night.freeze, us=us)
    assert f"Delta i diskusjonen før {night.told}." in world.line(
        ballot_id, members["then"], f"{night.freeze[:10]} 00:30"
    )
    with when(night.freeze, -60 * second):
        page = world.as_(world.crowd[-1]).get(f"/avstemninger/{ballot_id}")
    assert f"før {night.told} (1 minutt igjen)" in page
    world.advance(ballot_id, night.opening)
    assert lines(world, ballot_id, members) == {
        name: ON_ROLL if counts else NOTHING for name, (_us, counts) in moments.items()
    }
    first = roll.canonical_of(world.load(ballot_id)).decode().splitlines()[0]
    assert first.endswith(oslo(night.freeze).strftime("%Y-%m-%dT%H:%M:%S.000000Z"))


# Section 3: who, as it stood at the freeze


def test_status_class_unit_dues_and_age_are_read_as_they_stood_at_the_freeze(world: World) -> None:
    beside = a_unit("Nordre Fjordvik kommuneparti")
    below = a_unit("Nordneset lokallag", parent=world.unit)
    with transaction() as session:
        for topic, value in ((BylawTopic.DUES_GRACE_DAYS, 30), (BylawTopic.MINIMUM_AGE, 15)):
            session.add(
                Bylaw(
                    unit_id=world.unit.id,
                    topic=topic,
                    value=value,
                    decided_by=Decider.BYLAWS,
                    reference="§ 5",
                    recorded_at=oslo("2025-01-01 12:00"),
                )
            )
        for member in (world.chair, world.board, world.mari, world.control, *world.crowd):
            session.add(_paid(member, date(2026, 1, 1), date(2026, 12, 31), oslo("2026-01-02 12:00")))

    def stands(member: Member, recorded: object, unit: object = world.unit, **other: object) -> Standing:
        facts = {"membership_class": MembershipClass.FULL_MEMBER, "status": Status.ACTIVE, **other}
        return Standing(
            member_id=member.id,
            unit_id=unit.id,
            joined_at=oslo("2015-01-01 00:00"),
            born_year=1980,
            recorded_at=recorded,
            **facts,
        )

    supporter = {"membership_class": MembershipClass.AFFILIATED_SUPPORTER}
    suspended = {"status": Status.SUSPENDED}
    year = date(2026, 12, 31)
    changes: dict[str, tuple[Callable[[Member], list[object]], tuple[str, bool] | None]] = {
        "supporter before": (
            lambda m: [stands(m, BEFORE_FREEZE, **supporter)],
            ("class_not_allowed", False),
        ),
        "supporter at": (lambda m: [stands(m, AT_FREEZE, **supporter)], ON_ROLL),
        "suspended before": (lambda m: [stands(m, BEFORE_FREEZE, **suspended)], ("not_active", False)),
        "suspended for two days": (
            lambda m: [stands(m, oslo("2026-03-06 12:00"), **suspended), stands(m, oslo("2026-03-08 12:00"))],
            ON_ROLL,
        ),
        "left before": (lambda m: [stands(m, BEFORE_FREEZE, status=Status.RESIGNED)], None),
        "moved out before": (lambda m: [stands(m, BEFORE_FREEZE, beside)], None),
        "moved out at": (lambda m: [stands(m, AT_FREEZE, beside)], ON_ROLL),
        "moved to a unit below": (lambda m: [stands(m, oslo("2026-03-10 12:00"), below)], ON_ROLL),
        "moved away and back": (
            lambda m: [stands(m, oslo("2026-03-06 12:00"), beside), stands(m, oslo("2026-03-09 12:00"))],
            ON_ROLL,
        ),
    }
    moved_in: dict[str, tuple[Callable[[Member], list[object]], tuple[str, bool] | None]] = {
        "moved in before": (lambda m: [stands(m, BEFORE_FREEZE)], ON_ROLL),
        "moved in at": (lambda m: [stands(m, AT_FREEZE)], None),
    }
    paid: dict[str, tuple[Callable[[Member], list[object]], tuple[str, bool]]] = {
        "registered before": (lambda m: [_paid(m, date(2026, 3, 16), year, BEFORE_FREEZE)], ON_ROLL),
        "registered at": (lambda m: [_paid(m, date(2026, 3, 1), year, AT_FREEZE)], ("dues_unpaid", False)),
        "paid the day after": (
            lambda m: [_paid(m, date(2026, 3, 17), year, oslo("2026-03-10 12:00"))],
            ("dues_unpaid", False),
        ),
        "last day of grace": (
            lambda m: [_paid(m, date(2025, 1, 1), date(2026, 2, 14), oslo("2025-01-02 12:00"))],
            ON_ROLL,
        ),
        "grace over": (
            lambda m: [_paid(m, date(2025, 1, 1), date(2026, 2, 13), oslo("2025-01-02 12:00"))],
            ("dues_unpaid", False),
        ),
    }
    ages = {2011: ON_ROLL, 2012: ("under_age", False), None: ON_ROLL}
    # A register that gives a day and no time means that day from 00:00 here, in UTC the evening before.
    joined = start_of(date(2026, 3, 2), OSLO)
    assert joined == oslo("2026-03-02 00:00")

    ballot_id = world.publish()
    world.crowd_takes_part(10)
    expected: dict[str, tuple[str, bool] | None] = {}
    members: dict[str, Member] = {}
    rows: list[object] = []
    for table, unit, has_paid in (
        (changes, world.unit, True),
        (moved_in, beside, True),
        (paid, world.unit, False),
    ):
        for name, (change, line) in table.items():
            members[name], expected[name] = a_member(unit, name), line
            if has_paid:
                rows.append(_paid(members[name], date(2026, 1, 1), year, oslo("2026-01-02 12:00")))
            rows += change(members[name])
    for born, line in ages.items():
        name = f"born {born}"
        members[name] = a_member(world.unit, name, born_year=born, paid_until=year)
        expected[name] = line
    for name, moment in (("that day", joined), ("the day after", joined + timedelta(days=1))):
        members[name] = a_member(world.unit, name, paid_until=year)
        rows.append((members[name], moment))
        expected[name] = ON_ROLL if name == "that day" else ("joined_after_cutoff", False)
    with transaction() as session:
        for row in rows:
            if isinstance(row, tuple):
                member, moment = row
                session.execute(
                    update(Standing).where(Standing.member_id == member.id).values(joined_at=moment)
                )
            else:
                session.add(row)
    for name, member in members.items():
        world.write(member, f"{LEAST} Det mener jeg ({name}).", "2026-03-05 12:00")
    world.advance(ballot_id)
    assert lines(world, ballot_id, members) == expected


def _paid(member: Member, paid_on: date, until: date, recorded: object) -> Dues:
    return Dues(member_id=member.id, paid_on=paid_on, paid_until=until, recorded_at=recorded)


# Section 7: posts that are moved, and cases in two ballots


def test_a_post_that_is_moved_counts_in_both_cases_and_one_that_is_moved_too_late_where_it_was(
    world: World,
) -> None:
    meals = a_case(world.forum, world.mari, "Skolemat")
    there = a_thread(world.forum, world.mari, case=meals, title="Brød og frukt")
    ballots = {
        "FV-7": world.publish(),
        "FV-7 again": world.publish(),
        "FV-8": world.publish(world.draft(case_id=meals.id)),
    }
    world.crowd_takes_part(10)
    for place, member in enumerate(world.crowd[:10]):
        world.write(member, f"{LEAST} Maten, {place}.", "2026-03-04 12:00", thread=there)
    away, hither, late, stays = (world.one(name) for name in ("away", "hither", "late", "stays"))
    posts = {
        away: world.write(away, f"{LEAST} Og maten.", "2026-03-05 12:00"),
        hither: world.write(hither, f"{LEAST} Og skolen.", "2026-03-05 12:00", thread=there),
        late: world.write(late, f"{LEAST} Etterpå.", "2026-03-05 12:00", thread=there),
    }
    world.write(stays, f"{LEAST} Her.", "2026-03-05 12:00")
    with when("2026-03-06 12:00"):
        places.move_post(rights(world.mari), posts[away], there.id)
        places.move_post(rights(world.mari), posts[hither], world.thread.id)
    with when(FREEZE):
        places.move_post(rights(world.mari), posts[late], world.thread.id)
    members = {member.name: member for member in (away, hither, late, stays)}
    expected = {
        "FV-7": (ON_ROLL, ON_ROLL, NOTHING, ON_ROLL),
        "FV-7 again": (ON_ROLL, ON_ROLL, NOTHING, ON_ROLL),
        "FV-8": (ON_ROLL, ON_ROLL, ON_ROLL, NOTHING),
    }
    for name, ballot_id in ballots.items():
        world.advance(ballot_id)
        assert lines(world, ballot_id, members) == dict(zip(members, expected[name], strict=True)), name


# Sections 1 and 10: how many there must be


@pytest.mark.parametrize("setting", [Setting.REQUIRED, Setting.REPORT_ONLY])
def test_with_fewer_than_thirty_the_rule_is_not_offered(app: Flask, at: None, setting: Setting) -> None:
    world = a_world(app, crowd=25)
    with when(NOTICE):
        ballot_id = drafting.create(world.draft(participation=setting), rights(world.chair)).id
        with pytest.raises(RuleBroken) as refusal:
            drafting.submit(ballot_id, rights(world.chair))
        assert refusal.value.reason.code == "rule_too_few"
        assert "30" in phrases.sentence(refusal.value.reason)
        world.member("Nummer tretti", recorded="2026-03-02 08:59")
        drafting.submit(ballot_id, rights(world.chair))
    assert world.load(ballot_id).state is State.SUBMITTED


def test_the_least_number_is_the_greater_of_ten_and_a_twentieth(world: World) -> None:
    with transaction() as session:
        more = [Member(member_no=f"F{number}", registered_at=LONG_BEFORE) for number in range(180)]
        for member in more:
            member.name, member.locale = f"Flere {member.member_no}", "nb"
        session.add_all(more)
        session.flush()
        session.add_all(
            Standing(
                member_id=member.id,
                unit_id=world.unit.id,
                membership_class=MembershipClass.FULL_MEMBER,
                status=Status.ACTIVE,
                joined_at=LONG_BEFORE,
                recorded_at=LONG_BEFORE,
            )
            for member in more
        )
    ballots = [world.publish(), world.publish()]
    world.crowd_takes_part(12)
    world.advance(ballots[0])
    # One more member, of whom the second roll knows: a twentieth of 241 is more than twelve.
    a_member(world.unit, "En til")
    world.advance(ballots[1])
    rolls = [world.roll(ballot_id) for ballot_id in ballots]
    assert [(made.otherwise_entitled, made.qualified, made.lapsed) for made in rolls] == [
        (240, 12, False),
        (241, 12, True),
    ]
    assert [made.entitled for made in rolls] == [12, 241]
    # One who never took part has her vote back, and reads why.
    bo = world.one("Bo")
    assert not world.entry(ballots[0], bo).entitled
    entry = world.entry(ballots[1], bo)
    assert (entry.entitled, entry.basis) == (True, "")
    assert world.line(ballots[1], bo, "2026-03-16 21:00") == (
        "Kravet om deltakelse er falt bort fordi færre enn 13 hadde deltatt. Alle andre vilkår gjelder som før."
    )


# Section 9: the same facts give the same roll


@pytest.fixture
def elsewhere(app: Flask) -> Iterator[None]:
    """The machine, and its database's session, keep the time of another part of the world."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Pacific/Auckland"
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


def test_made_again_from_rows_in_another_order_in_another_time_zone_it_has_the_same_hash(
    world: World, elsewhere: None
) -> None:
    supporter = world.member("Stine", membership_class=MembershipClass.AFFILIATED_SUPPORTER)
    ballot_id = world.publish()
    world.crowd_takes_part(15)
    world.write(supporter, f"{LEAST} Det mener jeg også.", "2026-03-05 12:00")
    world.advance(ballot_id, FREEZE)
    made = world.roll(ballot_id)
    kept = (made.sha256, made.lines, made.otherwise_entitled, made.qualified, made.entitled)
    with transaction() as session:
        for table in (RollEntry, Roll, BallotKey):
            session.execute(delete(table))
        session.execute(update(Ballot).where(Ballot.id == ballot_id).values(state=State.NOTIFIED))
        session.execute(delete(BallotEvent).where(BallotEvent.kind == EventKind.FROZEN))
        # PostgreSQL writes a changed row anew, at the end of its table: now the last come first.
        for member in sorted(session.scalars(select(Member)), key=lambda one: -one.id):
            session.execute(update(Member).where(Member.id == member.id).values(locale="nn"))
            session.execute(update(Standing).where(Standing.member_id == member.id).values(born_year=1981))
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET TIME ZONE 'America/New_York'"))
    with when("2026-03-18 12:00"):
        lifecycle.advance(ballot_id, clock.now())
    made = world.roll(ballot_id)
    assert (made.sha256, made.lines, made.otherwise_entitled, made.qualified, made.entitled) == kept
