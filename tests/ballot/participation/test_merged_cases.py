"""Cases merged are a union, and a case with two ballots gives credit in both (PARTICIPATION section 7)."""

from __future__ import annotations

import pytest
from builders import a_case, a_forum, a_thread, an_area, oslo
from scenario_world import LEAST, OPENING, World, rights, when
from sqlalchemy import func, select

from ballot.services import drafting
from forums.findings import services as findings
from forums.joining.services import merge_cases
from forums.models import Case, Credit, CreditLoss, FindingCode, Thread
from forums.queries import credits_of
from forums.statements import services as statements
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from members.models import Member


@pytest.fixture
def twin(world: World) -> tuple[Case, Thread]:
    """A second case about the same, with a thread of its own."""
    case = a_case(world.forum, world.mari, "Skolene i Fjordvik")
    return case, a_thread(world.forum, world.mari, case=case, title="Skolene våre")


def test_what_counted_in_either_counts_in_the_one_that_is_kept(
    world: World, twin: tuple[Case, Thread]
) -> None:
    case, thread = twin
    ane, bo, eva = world.one("Ane"), world.one("Bo"), world.one("Eva")
    world.write(ane, f"{LEAST} I den ene saken.", "2026-02-25 12:00", thread=thread)
    world.write(bo, f"{LEAST} I den andre saken.", "2026-02-25 12:00")
    with when("2026-02-25 13:00"):
        sent = statements.send(rights(eva), case.id, LEAST)
        draft_id = drafting.create(world.draft(case_id=case.id), rights(world.chair)).id
    with when("2026-02-26 12:00"):
        page = world.as_(world.mari).get(f"/saker/{case.id}/sla-sammen")
        assert "Ingen mister stemmen av det" in page
        world.as_(bo).get(f"/saker/{case.id}/sla-sammen", status=403)
        world.as_(world.mari).post(f"/saker/{case.id}/sla-sammen", {"kept_id": world.case.id}, status=422)
        done = world.as_(world.mari).post(
            f"/saker/{case.id}/sla-sammen", {"kept_id": str(world.case.id), "reason": "Det er samme sak."}
        )
        assert done.location == f"/saker/{world.case.id}"
        assert world.as_(bo).get(f"/saker/{case.id}", 303).location == f"/saker/{world.case.id}"
        page = world.as_(bo).get(f"/saker/{world.case.id}")
        assert "Skolene våre" in page
        assert "Grunn: Det er samme sak." in page
    db.session.rollback()
    assert world.load(draft_id).case_id == world.case.id
    (fact,) = credits_of(world.case.id, ane.id)
    assert (fact.at, fact.recorded_at) == (oslo("2026-02-25 12:00"), oslo("2026-02-26 12:00"))
    ballot_id = world.publish(world.draft(window_opens_at=oslo("2026-02-20 09:00")))
    for member in (ane, bo, eva):
        assert world.status(ballot_id, member, "2026-03-03 12:00").mark == "ready"
    with when("2026-03-03 13:00"):
        statements.withdraw(rights(eva), sent.statement_id)
    assert world.status(ballot_id, eva, "2026-03-03 14:00").mark == "not_yet", (
        "withdrawn, it is gone here too"
    )
    late = world.one("Liv")
    world.write(late, f"{LEAST} I tråden som kom med.", "2026-03-04 12:00", thread=thread)
    assert {row.case_id for row in db.session.scalars(select(Credit).where(Credit.member_id == late.id))} == {
        world.case.id
    }


def test_what_two_have_found_stays_found_and_what_was_deleted_stays_gone(
    world: World, twin: tuple[Case, Thread]
) -> None:
    case, thread = twin
    ane = world.one("Ane")
    post_id = world.write(ane, f"{LEAST} Kjøp briller.", "2026-02-25 12:00", thread=thread)
    with when("2026-02-25 13:00"):
        findings.propose(rights(world.mari), post_id, FindingCode.SPAM)
        findings.decide(rights(world.control), post_id, agrees=True)
    with when("2026-02-26 12:00"):
        merge_cases(rights(world.mari), case.id, world.case.id, "Samme sak.")
        with pytest.raises(RuleBroken, match="case_merged"):
            merge_cases(rights(world.mari), case.id, world.case.id, "Samme sak.")
    ballot_id = world.publish(world.draft(window_opens_at=oslo("2026-02-20 09:00")))
    assert world.status(ballot_id, ane, "2026-03-03 12:00").mark == "not_yet"
    lost = db.session.scalar(
        select(func.count())
        .select_from(CreditLoss)
        .join(Credit, Credit.id == CreditLoss.credit_id)
        .where(Credit.case_id == world.case.id)
    )
    assert lost == 1


@pytest.mark.parametrize("on_kept", [True, False])
def test_while_a_ballot_with_the_rule_waits_for_its_opening_the_cases_stay_two(
    world: World, twin: tuple[Case, Thread], on_kept: bool
) -> None:
    case, _thread = twin
    gone, kept = (case.id, world.case.id) if on_kept else (world.case.id, case.id)
    world.publish()
    with when("2026-03-16 21:00"):
        page = world.as_(world.mari).post(
            f"/saker/{gone}/sla-sammen", {"kept_id": str(kept), "reason": "Samme sak."}, status=422
        )
        assert "Sakene kan slås sammen når den har åpnet, tirsdag 17. mars kl. 08.00." in page
    with when(OPENING):
        merge_cases(rights(world.mari), gone, kept, "Samme sak.")
        assert "Bør begge skolene bestå?" in world.as_(world.crowd[0]).get(f"/saker/{kept}")


def test_only_who_keeps_both_merges_them(world: World) -> None:
    elsewhere = a_case(a_forum(world.unit, an_area(world.unit, "Torg og park")), world.board, "Torget")
    with when("2026-02-26 12:00"):
        for gone, kept in ((elsewhere.id, world.case.id), (world.case.id, elsewhere.id)):
            with pytest.raises(NotAllowed):
                merge_cases(rights(world.mari), gone, kept, "Samme sak.")


def test_a_case_split_in_two_ballots_gives_credit_in_both(world: World) -> None:
    ane: Member = world.one("Ane")
    first = world.publish()
    second = world.publish(world.draft(question="Skal skoleveien bli tryggere?"))
    world.crowd_takes_part()
    world.write(ane, LEAST, "2026-03-05 12:00")
    for ballot_id in (first, second):
        assert world.status(ballot_id, ane, "2026-03-06 12:00").mark == "ready"
        world.advance(ballot_id)
        assert world.entry(ballot_id, ane).entitled
