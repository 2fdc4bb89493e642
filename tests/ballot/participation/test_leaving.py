"""A member who leaves becomes a tombstone that keeps the totals, and a roll is reduced to counts (section 13)."""

from __future__ import annotations

import json

import pytest
from appeals_world import FROZEN, TOLD, VOTING, Appeals, an_appeals_world
from builders import a_member, an_office, oslo
from flask import Flask
from scenario_world import CLOSING, LEAST, rights, when
from sqlalchemy import select, text

from ballot.appeals import services as appeals
from ballot.appeals.models import AppealReceipt, MediaType, RollAppeal
from ballot.appeals.receipts import Checked
from ballot.cli import verified
from ballot.models import RollAppendix, RollAppendixLine, RollEntry, RollNumber
from ballot.people import leaving, retention
from ballot.people.references import columns
from ballot.rules.appeals import Decision
from ballot.rules.lifecycle import State
from ballot.services import appendices, casting, roll
from forums.models import Credit, Post
from foundation.audit import broken_links
from foundation.errors import RuleBroken
from foundation.extensions import Base, db
from members.models import Member, MemberSession, Standing
from members.rules.classes import Status
from members.rules.permissions import OfficeKind


@pytest.fixture
def world(app: Flask, at: None) -> Appeals:
    return an_appeals_world(app)


def everything_stored() -> str:
    """All text of all tables, as somebody with the database would read it."""
    db.session.rollback()
    return "\n".join(
        str(tuple(row))
        for table in Base.metadata.sorted_tables
        for row in db.session.execute(text(f"SELECT * FROM {table.name}"))
    )


def test_erasure_after_voting_changes_no_count_and_no_hash_and_leaves_no_name(world: Appeals) -> None:
    ballot_id, _bo = world.refused()
    ida = world.crowd[0]
    name, number, address = "Idunn Særegen", ida.member_no, ida.email
    db.session.get_one(Member, ida.id).name = name
    db.session.commit()
    with when(VOTING):
        casting.cast(ballot_id, ida.id, [casting.value_of(ballot_id, 0)])
    frozen = roll.canonical_of(world.load(ballot_id))
    before = world.roll(ballot_id)
    numbers = (before.sha256, before.lines, before.entitled, before.otherwise_entitled)
    with when("2026-03-18 12:00"):
        leaving.erase(rights(ida), keep_posts=True)
    after = world.roll(ballot_id)
    assert (after.sha256, after.lines, after.entitled, after.otherwise_entitled) == numbers
    assert roll.canonical_of(world.load(ballot_id)) == frozen
    assert world.entry(ballot_id, ida).voted, "her paper is in the box, and her mark stays"
    assert appendices.of(ballot_id) == []
    stored = everything_stored()
    assert name not in stored
    assert str(address) not in stored
    member = db.session.get_one(Member, ida.id)
    assert (member.name, member.email, member.gender) == ("Tidligere medlem", None, None)
    assert member.member_no != number
    assert db.session.scalars(select(RollNumber.member_no)).all() == [number], "only the roll's own number"
    assert db.session.scalars(select(MemberSession).where(MemberSession.member_id == ida.id)).all() == []
    assert db.session.scalars(select(Credit).where(Credit.member_id == ida.id)).all(), (
        "credits keep the totals"
    )
    world.advance(ballot_id, CLOSING)
    assert world.load(ballot_id).state is State.CERTIFIED
    assert list(broken_links()) == []


def test_whoever_has_not_voted_leaves_the_roll_by_an_appendix_under_her_old_number(world: Appeals) -> None:
    ballot_id, _bo = world.refused()
    ida = world.crowd[0]
    number = ida.member_no
    entitled = world.roll(ballot_id).entitled
    with when(VOTING):
        leaving.erase(rights(ida), keep_posts=True)
        exported = roll.export(ballot_id, rights(world.control)).decode()
    assert world.roll(ballot_id).entitled == entitled - 1
    assert f"{number}\t{world.unit.code}\tfull_member\tno\tnot_active\tnone" in exported
    assert "slettet-" not in exported
    assert len(list(verified(exported.encode()))) == 4


@pytest.mark.parametrize("keep", [True, False])
def test_her_posts_stay_or_go_as_she_chooses(world: Appeals, keep: bool) -> None:
    ida = world.crowd[0]
    post_id = world.write(ida, f"{LEAST} Mitt innlegg.", "2026-03-05 12:00")
    with when("2026-03-06 12:00"):
        leaving.erase(rights(ida), keep_posts=keep)
        page = world.as_(world.mari).get(f"/trader/{world.thread.id}")
    db.session.expire_all()
    post = db.session.get_one(Post, post_id)
    assert bool(post.body) is keep
    assert ("Mitt innlegg." in page) is keep
    assert "Tidligere medlem" in page or not keep


def test_an_open_appeal_ends_and_its_receipt_and_words_go(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    with when(FROZEN):
        appeals.file(ballot_id, rights(bo), TOLD, Checked(MediaType.PDF, b"%PDF-1.4"))
        leaving.erase(rights(bo), keep_posts=True)
    assert db.session.scalars(select(AppealReceipt)).all() == []
    assert [one.what for one in db.session.scalars(select(RollAppeal))] == [""]
    assert world.load(ballot_id).appeals_due_at is None


def test_the_only_administrator_stays_until_there_is_another(world: Appeals) -> None:
    admin = a_member(world.unit, "Kjersti Admin")
    an_office(admin, OfficeKind.ADMINISTRATOR, world.unit)
    with when(VOTING), pytest.raises(RuleBroken, match="erase_last_administrator"):
        leaving.erase(rights(admin), keep_posts=True)
    assert db.session.get_one(Member, admin.id).name == "Kjersti Admin"


def test_my_data_holds_what_names_me_and_no_secret(world: Appeals) -> None:
    ida = world.crowd[0]
    world.write(ida, f"{LEAST} Mitt innlegg.", "2026-03-05 12:00")
    with when("2026-03-06 12:00"):
        answer = world.as_(ida).client.get("/meg/data/last-ned")
    held = json.loads(answer.get_data())
    assert answer.headers["Content-Disposition"] == 'attachment; filename="mine-data.json"'
    assert held["member"][0]["name"] == ida.name
    assert held["post"][0]["body"].endswith("Mitt innlegg.")
    assert {"standing", "credit", "member_session"} <= set(held)
    assert "token_hash" not in answer.get_data(as_text=True)


def test_erasing_asks_twice_on_its_page_and_signs_out(world: Appeals) -> None:
    ida = world.crowd[0]
    with when(VOTING):
        browser = world.as_(ida)
        page = browser.get("/meg/data/slett")
        assert "Det kan ikke gjøres om" in page
        browser.post("/meg/data/slett", {"posts": "keep"}, status=422)
        assert db.session.get_one(Member, ida.id).email == ida.email
        browser.post("/meg/data/slett", {"posts": "keep", "sure": "y"})
        assert "Logg inn" in browser.get("/")
    assert db.session.get_one(Member, ida.id).name == "Tidligere medlem"
    last = db.session.scalars(
        select(Standing).where(Standing.member_id == ida.id).order_by(Standing.id.desc())
    ).first()
    assert last is not None
    assert last.status is Status.RESIGNED


def test_thirty_days_after_the_appeals_a_roll_is_counts_and_an_older_export_still_verifies(
    world: Appeals,
) -> None:
    ballot_id, bo = world.refused()
    appeal_id = world.file(ballot_id, bo)
    for decider in world.group:
        world.decide(appeal_id, decider, Decision.GRANT)
    with when(VOTING):
        casting.cast(ballot_id, bo.id, [casting.value_of(ballot_id, 0)])
        exported = roll.export(ballot_id, rights(world.control))
    world.advance(ballot_id, "2026-03-23 20:00")
    assert world.load(ballot_id).state is State.FINAL
    due = retention.reduced_from(oslo(CLOSING))
    assert due == oslo("2026-04-17 09:00")
    assert retention.reduce_all(oslo("2026-04-17 08:59")) == 0
    assert retention.reduce_all(due) == 1
    assert retention.reduce_all(due) == 0, "again and again the same"
    for model in (RollEntry, RollAppendixLine, RollNumber, RollAppeal):
        assert db.session.scalars(select(model)).all() == []
    made = world.roll(ballot_id)
    counts = json.loads(str(made.counts))
    assert counts["marked"] == 1
    assert counts["appeals"] == {"granted": 1}
    assert sum(line["count"] for line in counts["lines"]) == made.lines
    appendix = db.session.scalars(select(RollAppendix)).one()
    said = list(verified(exported))
    assert said[0] == f"SHA-256 {made.sha256.hex()}"
    assert said[2].endswith(appendix.sha256.hex())
    with when("2026-05-01 12:00"):
        page = world.as_(world.control).get(f"/avstemninger/{ballot_id}/tellekorps")
        assert "Navnene i manntallet ble slettet 17. april 2026" in page
        assert "no_contribution" in page
        world.as_(world.control).get(f"/avstemninger/{ballot_id}/manntall.txt", status=409)
        assert "Vedlegg 1" in world.as_(bo).get(f"/avstemninger/{ballot_id}")


def test_a_ballot_that_is_not_over_keeps_its_roll(world: Appeals) -> None:
    ballot_id, _bo = world.refused()
    assert retention.reduce_all(oslo("2026-06-01 12:00")) == 0
    assert world.roll(ballot_id).reduced_at is None


def test_a_private_table_holds_rows_of_one_member_alone(app: Flask) -> None:
    """What is erased with her must have nothing built on it."""
    from ballot.people.references import PRIVATE

    tables = {str(column.table) for column in columns()}
    referred = {str(key.column.table) for table in Base.metadata.sorted_tables for key in table.foreign_keys}
    assert tables >= PRIVATE
    assert not PRIVATE & referred
