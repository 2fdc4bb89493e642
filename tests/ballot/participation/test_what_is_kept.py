"""Every written column of what members leave behind has a decision, and «Mine data» tells what is hers."""

from __future__ import annotations

import json

import pytest
from appeals_world import Appeals, an_appeals_world
from flask import Flask
from scenario_world import LEAST, rights, when
from sqlalchemy import select
from test_leaving import everything_stored

from ballot.models import BallotOption, Consent
from ballot.people import leaving
from ballot.people.references import HELPERS, PRIVATE, UNDER, WRITTEN, Fate, columns, told, written_in
from ballot.services import drafting
from forums import services as debate
from forums.drafts.models import Draft
from forums.models import Credit, CreditKind, Finding, FindingCode, Ground
from forums.moderation import services as order
from forums.moderation.models import Appeal, Report
from forums.statements import services as statements
from forums.statements.models import Reading, Statement
from forums.welcome.models import Welcome
from foundation import clock
from foundation.extensions import Base, db
from foundation.outbox import BouncedAddress
from foundation.transaction import transaction
from members.models import Member

# Written by nobody in particular, or what an office has published: no table of these is about one member.
OF_NO_MEMBER = {
    "audit_entry": "the chained log, with numbers in place of names",
    "ballot_argument": "the board's ballot",
    "ballot_source": "the board's ballot",
    "bounced_address": "goes with the address it is about",
    "bylaw": "the organisation's",
    "case_counter": "the organisation's",
    "case_paper": "the case's papers",
    "member": "told and emptied by itself",
    "office": "the organisation's",
    "open_paper": "a paper without a name",
    "outbox_letter": "goes with the member it is written to",
    "policy_area": "the organisation's",
    "post_version": "goes or stays with its post",
    "receipt": "a code that nobody can join to a member",
    "record_version": "the signed record",
    "removed_text": "goes with its post, and after 90 days",
    "result": "numbers",
    "roll": "numbers",
    "roll_appendix": "the numbered change of a roll, under its hash",
    "roll_appendix_line": "the numbered change of a roll, until it is reduced",
    "roll_number": "the number a roll was made with, until it is reduced",
    "unit": "the organisation's",
}


@pytest.fixture
def world(app: Flask, at: None) -> Appeals:
    return an_appeals_world(app)


def test_every_written_column_beside_a_member_has_a_decision() -> None:
    tables = {column.table for column in columns()}
    beside = {str(one) for table in tables if table.name not in PRIVATE for one in written_in(table)}
    assert set(WRITTEN) == beside
    assert all(decision.why for decision in WRITTEN.values())
    assert all(decision.owner for decision in WRITTEN.values() if decision.fate is not Fate.KEEP)


def test_every_other_table_with_text_is_known_to_be_of_no_member() -> None:
    naming = {str(column.table) for column in columns()}
    others = {
        table.name for table in Base.metadata.sorted_tables if written_in(table) and table.name not in naming
    }
    assert others == set(OF_NO_MEMBER)


def test_every_private_table_has_one_column_that_says_whose_row_it_is() -> None:
    naming = [column for column in columns() if column.table.name in PRIVATE]
    assert {str(one) for one in naming if one.nullable} >= HELPERS
    assert sorted(str(one.table) for one in naming if str(one) not in HELPERS) == sorted(PRIVATE)


def test_my_data_tells_every_written_column_of_what_is_hers() -> None:
    tables = {column.table for column in columns()} | {Base.metadata.tables[name] for name in UNDER}
    for table in tables:
        missing = {str(one) for one in written_in(table)} - {str(one) for one in told(table)}
        assert missing == set()
        assert not {one.name for one in written_in(table)} & leaving.NOT_TOLD


WORDS = ("Meldingsord", "Klageord", "Privatord", "Ankeord", "Utkastord", "Portrettord")


def write_all(world: Appeals, ane: Member, bo: Member) -> None:
    """Let Ane write what is no post in the debate, each with a word of its own."""
    post_id = world.write(ane, f"{LEAST} Førsteutgaven.", "2026-03-05 12:00")
    theirs = world.write(bo, f"{LEAST} Det andre innlegget.", "2026-03-05 12:00")
    with when("2026-03-05 13:00"):
        debate.edit_post(rights(ane), post_id, f"{LEAST} Andreutgaven.", version=1)
        order.report_post(rights(ane), theirs, Ground.PERSONAL, "Meldingsord om naboen.")
        debate.hide_post(rights(world.mari), post_id, Ground.PERSONAL)
        order.appeal(rights(ane), post_id, "Klageord til komiteen.")
        mine = statements.send(rights(ane), world.case.id, f"Privatord. {LEAST}").statement_id
        statements.ask_for_help(rights(ane), world.case.id, "Ring 00 00 00 00.")
        drafted = drafting.create(world.draft(), rights(world.chair)).id
        at = clock.now()
    with transaction() as session:
        session.add_all(
            [
                Statement(
                    case_id=world.case.id,
                    author_id=bo.id,
                    entered_by_id=ane.id,
                    body="Bos egne ord.",
                    visible_characters=13,
                    given_at=at,
                    recorded_at=at,
                ),
                Reading(statement_id=mine, reader_id=world.mari.id, at=at),
                Finding(
                    post_id=post_id,
                    code=FindingCode.SPAM,
                    proposer_id=world.mari.id,
                    proposed_at=at,
                    appeal="Ankeord.",
                ),
                Draft(
                    member_id=ane.id, place="post:1", fields={"body": "Utkastord."}, version=1, saved_at=at
                ),
                BouncedAddress(address=str(ane.email).lower(), status="5.1.1", at=at),
                Welcome(member_id=bo.id, closed_at=at, contacted_at=at, contacted_by_id=ane.id),
            ]
        )
        option = session.scalars(select(BallotOption).where(BallotOption.ballot_id == drafted)).first()
        assert option is not None
        option.label, option.member_id, option.portrait = ane.name, ane.id, "Portrettord."
        option.consent, option.consent_at = Consent.GIVEN, at


def test_erasure_leaves_no_word_she_has_written_outside_the_debate(world: Appeals) -> None:
    ane, bo = world.one("Ane Særegen"), world.one("Bo")
    address = str(ane.email)
    write_all(world, ane, bo)
    before = everything_stored()
    gone = (*WORDS, "00 00 00 00", "Ane Særegen", address.lower())
    assert [word for word in gone if word not in before] == []
    with when("2026-03-06 12:00"):
        leaving.erase(rights(ane), keep_posts=True)
    after = everything_stored()
    assert [word for word in gone if word in after] == []
    assert "Andreutgaven" in after, "what she said in the debate she let stand"
    assert "Bos egne ord." in after, "what she wrote down for another is the other's"
    assert db.session.scalars(select(Report.reason)).all() == [Ground.PERSONAL], (
        "that it was said, is counted"
    )
    assert db.session.scalars(select(Appeal.granted)).all() == [None], "an appeal is still decided"
    credited = db.session.scalars(select(Credit.kind).where(Credit.member_id == ane.id)).all()
    assert set(credited) == {CreditKind.POST, CreditKind.STATEMENT}, "credits keep the totals"
    met = db.session.get_one(Welcome, bo.id)
    assert (met.contacted_by_id, met.closed_at is None) == (None, False), "Bo is not welcomed once more"
    option = db.session.scalars(select(BallotOption).where(BallotOption.member_id == ane.id)).one()
    assert (option.label, option.consent) == ("Tidligere medlem", Consent.DECLINED)


def test_my_data_tells_her_words_and_not_those_of_others(world: Appeals) -> None:
    ane, bo = world.one("Ane"), world.one("Bo")
    write_all(world, ane, bo)
    with when("2026-03-06 12:00"):
        told_to_her, told_to_bo = (json.loads(leaving.everything(rights(one))) for one in (ane, bo))
    said = json.dumps(told_to_her, ensure_ascii=False)
    assert [word for word in (*WORDS, "Førsteutgaven", "Andreutgaven") if word not in said] == []
    assert "Bos egne ord." not in said
    assert "Bos egne ord." in json.dumps(told_to_bo)
    assert "proposer_id" not in told_to_her["finding"][0], "which person it was, is told to nobody"
    assert "report" not in told_to_bo, "who reported him is told to nobody"
