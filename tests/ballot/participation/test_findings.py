"""«Ikke et bidrag»: two people, a code, 48 hours before the freeze, and a new post always helps (section 8)."""

from __future__ import annotations

import pytest
from builders import an_office
from scenario_world import FREEZE, LEAST, World, acts, rights, when

from forums import services as debate
from forums.findings import services as findings
from forums.models import FindingCode
from foundation import outbox
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from foundation.outbox import Letter
from members.models import Member
from members.rules.permissions import OfficeKind

SPAM = "Kjøp billige solbriller på nettet i dag, rask levering til hele landet."


@pytest.fixture
def deputy(world: World) -> Member:
    """Another who keeps the area."""
    member = world.one("Dag Dahl")
    an_office(member, OfficeKind.ELECTED_REPRESENTATIVE, world.unit, area=world.forum.area, deputy=True)
    return member


def find(post_id: int, first: Member, second: Member, at: str, us: int = 0) -> None:
    with when(at, us):
        findings.propose(rights(first), post_id, FindingCode.SPAM, "Dette er reklame.")
        findings.decide(rights(second), post_id, agrees=True)


def test_two_find_that_a_post_is_no_contribution_and_its_author_can_write_a_new_one(
    world: World, deputy: Member
) -> None:
    author, ballot_id = world.one("Une"), world.publish()
    world.crowd_takes_part()
    post_id = world.write(author, SPAM, "2026-03-05 12:00")
    with when("2026-03-06 12:00"):
        page = world.as_(world.mari).get(f"/innlegg/{post_id}/ikke-et-bidrag")
        assert "Dette kan ta stemmen fra forfatteren" in page
        assert "ikke-et-bidrag" in world.as_(world.mari).get(f"/innlegg/{post_id}/vurder").markup
        world.as_(world.mari).post(f"/innlegg/{post_id}/ikke-et-bidrag", {}, status=422)
        world.as_(world.mari).post(f"/innlegg/{post_id}/ikke-et-bidrag", {"code": "spam"})
    assert world.status(ballot_id, author, "2026-03-06 13:00").mark == "ready", "one alone changes nothing"
    with when("2026-03-06 14:00"):
        world.as_(deputy).post(f"/innlegg/{post_id}/ikke-et-bidrag", {"answer": "yes"})
    status = world.status(ballot_id, author, "2026-03-06 15:00")
    assert status.mark == "not_yet"
    assert status.not_counting[0].why_not.code == "not_a_contribution"
    db.session.rollback()
    letter = db.session.query(Letter).filter_by(template="finding").one()
    _subject, text, _html = outbox.render(letter)
    assert letter.address == author.email
    assert "reklame eller søppelpost" in text
    assert SPAM not in text
    world.write(author, LEAST, "2026-03-07 12:00")
    world.advance(ballot_id)
    assert world.entry(ballot_id, author).entitled


def test_without_a_new_one_the_refusal_says_who_found_what(world: World, deputy: Member) -> None:
    author, ballot_id = world.one("Une"), world.publish()
    world.crowd_takes_part()
    find(world.write(author, SPAM, "2026-03-05 12:00"), world.mari, deputy, "2026-03-06 12:00")
    world.advance(ballot_id)
    assert world.entry(ballot_id, author).reason == "not_a_contribution"
    line = world.line(ballot_id, author, "2026-03-17 09:00")
    assert (
        "To personer har vurdert at bidraget ditt ikke var et innspill i saken. Grunn: reklame eller søppelpost."
        in line
    )


@pytest.mark.parametrize(("us", "counts"), [(0, False), (1, True)])
def test_with_less_than_48_hours_notice_the_post_counts(
    world: World, deputy: Member, us: int, counts: bool
) -> None:
    author, ballot_id = world.one("Une"), world.publish()
    world.crowd_takes_part()
    find(world.write(author, SPAM, "2026-03-05 12:00"), world.mari, deputy, "2026-03-14 20:00", us)
    world.advance(ballot_id)
    assert world.entry(ballot_id, author).entitled is counts


def test_one_who_keeps_the_area_and_one_of_the_control_committee_may_and_two_of_the_committee_may_not(
    world: World,
) -> None:
    author = world.one("Une")
    another = world.one("Kåre Kvam")
    an_office(another, OfficeKind.CONTROL_COMMITTEE, world.unit)
    ballot_id = world.publish()
    first, second = (world.write(author, f"{SPAM} {number}", f"2026-03-05 12:0{number}") for number in (1, 2))
    with pytest.raises(NotAllowed):
        find(first, world.control, another, "2026-03-06 12:00")
    find(second, world.control, world.mari, "2026-03-06 12:00")
    assert world.status(ballot_id, author, "2026-03-06 13:00").mark == "ready", "the first post still counts"


def test_nobody_decides_alone_or_on_her_own_post_and_a_proposal_can_be_dropped(
    world: World, deputy: Member
) -> None:
    author, ballot_id = world.one("Une"), world.publish()
    post_id = world.write(author, SPAM, "2026-03-05 12:00")
    mine = world.write(world.mari, LEAST, "2026-03-05 13:00")
    with when("2026-03-06 12:00"):
        with pytest.raises(NotAllowed):
            findings.propose(rights(world.mari), mine, FindingCode.SPAM)
        with pytest.raises(NotAllowed):
            findings.propose(rights(author), post_id, FindingCode.SPAM)
        findings.propose(rights(world.mari), post_id, FindingCode.EMPTY)
        with pytest.raises(RuleBroken):
            findings.propose(rights(deputy), post_id, FindingCode.EMPTY)
        with pytest.raises(NotAllowed):
            findings.decide(rights(world.mari), post_id, agrees=True)
        findings.decide(rights(deputy), post_id, agrees=False)
    assert world.status(ballot_id, author, "2026-03-06 13:00").mark == "ready"
    assert [entry.act for entry in (*acts("finding_proposed"), *acts("finding_dropped"))] == [
        "finding_proposed",
        "finding_dropped",
    ]


def test_changing_the_same_post_wins_nothing_back_and_deleting_it_still_can_be_done(
    world: World, deputy: Member
) -> None:
    author, ballot_id = world.one("Une"), world.publish()
    post_id = world.write(author, SPAM, "2026-03-05 12:00")
    find(post_id, world.mari, deputy, "2026-03-06 12:00")
    with when("2026-03-06 13:00"):
        debate.edit_post(rights(author), post_id, f"{SPAM} Og hansker.", version=1)
    assert world.status(ballot_id, author, "2026-03-06 14:00").mark == "not_yet"
    with when("2026-03-06 15:00"):
        debate.delete_post(rights(author), post_id)
    assert world.status(ballot_id, author, "2026-03-06 16:00").mark == "not_yet"


def test_what_one_has_proposed_waits_in_the_queue_of_whoever_can_be_the_second(
    world: World, deputy: Member
) -> None:
    author = world.one("Une")
    world.publish()
    post_id = world.write(author, SPAM, "2026-03-05 12:00")
    with when("2026-03-06 12:00"):
        findings.propose(rights(world.mari), post_id, FindingCode.SPAM, "Dette er reklame.")
        way = f'href="/innlegg/{post_id}/ikke-et-bidrag"'
        for member, waits in ((deputy, True), (world.control, True), (world.mari, False)):
            assert (way in world.as_(member).get("/moderering").markup) is waits, member.name
    db.session.rollback()
    told = {letter.address for letter in db.session.query(Letter).filter_by(template="queue")}
    assert told == {deputy.email, world.control.email}
    with when("2026-03-06 13:00"):
        findings.decide(rights(deputy), post_id, agrees=False)
        assert way not in world.as_(world.control).get("/moderering").markup


def test_its_author_appeals_and_the_control_committee_gives_the_credit_back_before_the_freeze(
    world: World, deputy: Member
) -> None:
    author, ballot_id = world.one("Une"), world.publish()
    world.crowd_takes_part()
    post_id = world.write(author, SPAM, "2026-03-05 12:00")
    find(post_id, world.mari, deputy, "2026-03-06 12:00")
    address = f"/innlegg/{post_id}/klag-pa-vurderingen"
    with when("2026-03-07 12:00"):
        world.as_(world.crowd[0]).get(address, status=403)
        assert "Grunn: reklame eller søppelpost." in world.as_(author).get(address)
        world.as_(author).post(address, {"said": ""}, status=422)
        world.as_(author).post(address, {"said": "Det handler om skoleveien."})
        assert "Du har klaget." in world.as_(author).get(address)
        world.as_(author).post(address, {"said": "Og enda en gang."}, status=422)
        db.session.rollback()
        letter = db.session.query(Letter).filter_by(template="finding_appeal").one()
        assert letter.address == world.control.email
        assert "skoleveien" not in outbox.render(letter)[1]
    page = f"/innlegg/{post_id}/ikke-et-bidrag"
    with when("2026-03-08 12:00"):
        assert "Vurderingen står" not in world.as_(world.mari).get(page), "the two do not answer an appeal"
        world.as_(world.mari).post(f"{page}/svar", {"said": "Nei.", "answer": "stands"}, status=403)
        world.as_(author).post(f"{page}/svar", {"said": "Jo.", "answer": "counts"}, status=403)
        assert "Det handler om skoleveien." in world.as_(world.control).get(page)
        world.as_(world.control).post(f"{page}/svar", {"said": "", "answer": "counts"}, status=422)
        world.as_(world.control).post(f"{page}/svar", {"said": "Det er om saken.", "answer": "counts"})
        assert "Innlegget teller igjen. Grunn: Det er om saken." in world.as_(author).get(address)
        with pytest.raises(RuleBroken, match="finding_settled"):
            findings.propose(rights(world.mari), post_id, FindingCode.EMPTY)
    assert world.status(ballot_id, author, "2026-03-08 13:00").mark == "ready"
    world.advance(ballot_id)
    assert world.entry(ballot_id, author).entitled


def test_an_appeal_that_is_dismissed_is_told_and_the_finding_stands(world: World, deputy: Member) -> None:
    author, ballot_id = world.one("Une"), world.publish()
    post_id = world.write(author, SPAM, "2026-03-05 12:00")
    find(post_id, world.mari, deputy, "2026-03-06 12:00")
    with when("2026-03-07 12:00"):
        with pytest.raises(NotAllowed):
            findings.answer(rights(world.control), post_id, "Ingen har klaget.", reverse=False)
        findings.appeal(rights(author), post_id, "Det er ikke reklame.")
        findings.answer(rights(world.control), post_id, "Det er reklame for briller.", reverse=False)
    db.session.rollback()
    letter = db.session.query(Letter).filter_by(template="finding_answered").one()
    assert "Det er reklame for briller." in outbox.render(letter)[1]
    assert world.status(ballot_id, author, "2026-03-08 13:00").mark == "not_yet"


@pytest.mark.parametrize(("us", "counts"), [(-1, True), (0, False)])
def test_one_of_the_two_reverses_it_and_only_before_the_freeze_does_it_help(
    world: World, deputy: Member, us: int, counts: bool
) -> None:
    author, ballot_id = world.one("Une"), world.publish()
    world.crowd_takes_part()
    post_id = world.write(author, SPAM, "2026-03-05 12:00")
    find(post_id, world.mari, deputy, "2026-03-06 12:00")
    with when(FREEZE, us):
        findings.answer(rights(deputy), post_id, "Jeg tok feil.", reverse=True)
    world.advance(ballot_id)
    assert world.entry(ballot_id, author).entitled is counts
