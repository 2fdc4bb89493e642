"""Two entries of the register that are one person (PARTICIPATION.md section 7, scenario 12)."""

from __future__ import annotations

import pytest
from appeals_world import VOTING, Appeals, an_appeals_world
from builders import a_member, an_office, oslo
from flask import Flask
from scenario_world import LEAST, acts, rights, when
from sqlalchemy import Table, select

from ballot import joint
from ballot.models import AppendixKind, RollEntry
from ballot.people import merging
from ballot.people.references import BY_HAND, Treatment, columns, treatment
from ballot.rules.participation import Setting
from ballot.services import appendices, casting, roll
from forums.models import Post
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from foundation.outbox import Letter
from members.access import rights_of
from members.models import Member, Term, Tombstone
from members.queries import standing_of
from members.register.comparing import Preview
from members.rules.permissions import OfficeKind
from members.services import intake


@pytest.fixture
def world(app: Flask, at: None) -> Appeals:
    return an_appeals_world(app)


@pytest.fixture
def kjersti(world: Appeals) -> Member:
    admin = a_member(world.unit, "Kjersti Admin")
    an_office(admin, OfficeKind.ADMINISTRATOR, world.unit, title="Administrator")
    return admin


def test_scenario_12_one_person_with_the_credit_and_the_mark(world: Appeals, kjersti: Member) -> None:
    """Tor has two register entries, a post on one and a voted mark on the other in another open ballot."""
    tor, twin = world.one("Tor"), world.one("Tor T.")
    ballot_id = world.publish()
    other_id = world.publish(world.draft(participation=Setting.NONE, question="En annen sak?"))
    world.crowd_takes_part(12)
    world.write(tor, f"{LEAST} Det mener jeg.", "2026-03-05 12:00")
    world.advance(ballot_id, VOTING)
    world.advance(other_id, VOTING)
    before = world.roll(other_id)
    marked, entitled, frozen = 0, before.entitled, before.sha256
    with when(VOTING):
        casting.cast(other_id, twin.id, [casting.value_of(other_id, 0)])
        marked = _marks(other_id)
        merging.merge(tor.id, twin.id, rights(kjersti))
        with pytest.raises(NotAllowed, match=r"vote\.twice"):
            casting.cast(other_id, tor.id, [casting.value_of(other_id, 1)])
        with pytest.raises(NotAllowed):
            casting.cast(other_id, twin.id, [casting.value_of(other_id, 1)])
        assert world.entry(ballot_id, tor).entitled, "the credit is hers"
        casting.cast(ballot_id, tor.id, [casting.value_of(ballot_id, 0)])
        assert rights_of(twin) is not None
        assert not rights_of(twin).is_admin
    mine, gone = world.entry(other_id, tor), world.entry(other_id, twin)
    assert (mine.voted, mine.entitled) == (True, True)
    assert (gone.voted, gone.entitled, gone.reason) == (False, False, "merged")
    assert _marks(other_id) == marked
    after = world.roll(other_id)
    assert (after.entitled, after.otherwise_entitled) == (entitled - 1, before.otherwise_entitled)
    assert [one.kind for one in appendices.of(other_id)] == [AppendixKind.MERGED]
    assert roll.canonical_of(world.load(other_id))
    assert after.sha256 == frozen
    assert [one.actor_id for one in acts("merge_accounts")] == [kjersti.id]


def test_scenario_12_two_marks_in_one_open_ballot_are_refused_and_raise_an_incident(
    world: Appeals, kjersti: Member
) -> None:
    tor, twin = world.one("Tor"), world.one("Tor T.")
    ballot_id = world.publish(world.draft(participation=Setting.NONE))
    world.advance(ballot_id, VOTING)
    with when(VOTING):
        for member, option in ((tor, 0), (twin, 1)):
            casting.cast(ballot_id, member.id, [casting.value_of(ballot_id, option)])
        for _again in range(2):
            with pytest.raises(RuleBroken, match="merge_two_marks"):
                merging.merge(tor.id, twin.id, rights(kjersti))
    assert world.entry(ballot_id, tor).voted
    assert world.entry(ballot_id, twin).voted
    assert db.session.get(Tombstone, twin.id) is None
    incident = joint.of(ballot_id).incident
    assert incident is not None
    assert incident.member_id is None
    assert not any(word in incident.reason for word in ("Tor", "Ja", "Nei", tor.member_no, twin.member_no))
    letters = db.session.scalars(select(Letter).where(Letter.template == "task")).all()
    assert {one.address for one in letters} == {world.control.email}
    assert len(letters) == 1, "told once"
    assert len(acts("refused:merge_accounts")) == 2


def test_what_she_wrote_held_and_signs_in_with_moves_over(world: Appeals, kjersti: Member) -> None:
    tor = a_member(world.unit, "Tor", joined="2024-01-01 12:00", email=None)
    twin = a_member(world.unit, "Tor T.", joined="2019-05-05 12:00")
    address = twin.email
    an_office(twin, OfficeKind.CASE_OFFICER, world.unit)
    post_id = world.write(twin, f"{LEAST} Som den andre.", "2026-03-05 12:00")
    with when("2026-03-06 12:00"):
        merging.merge(tor.id, twin.id, rights(kjersti))
        assert rights(tor).holds(OfficeKind.CASE_OFFICER)
        assert standing_of(tor.id, oslo("2026-03-06 13:00")).joined_at == oslo("2019-05-05 12:00")
    db.session.expire_all()
    assert db.session.get_one(Post, post_id).author_id == tor.id
    assert db.session.get_one(Member, tor.id).email == address
    assert db.session.get_one(Member, twin.id).email is None
    assert db.session.scalars(select(Term).where(Term.member_id == twin.id)).all() == []


def test_half_a_contribution_on_each_is_a_whole_one_after_the_freeze(world: Appeals, kjersti: Member) -> None:
    tor, twin = world.one("Tor"), world.one("Tor T.")
    ballot_id = world.publish(world.draft(minimum=2))
    world.crowd_takes_part(12)
    world.crowd_takes_part_again()
    for member in (tor, twin):
        world.write(member, f"{LEAST} Ett innlegg fra {member.name}.", "2026-03-05 12:00")
    world.advance(ballot_id, VOTING)
    assert not world.entry(ballot_id, tor).entitled
    with when(VOTING):
        merging.merge(tor.id, twin.id, rights(kjersti))
    assert world.entry(ballot_id, tor).entitled
    assert not world.entry(ballot_id, twin).entitled


def test_a_line_of_the_other_entry_alone_becomes_hers_and_the_hash_holds(
    world: Appeals, kjersti: Member
) -> None:
    late = a_member(world.unit, "Tor", recorded="2026-03-16 23:00")
    twin = world.one("Tor T.")
    ballot_id = world.publish(world.draft(participation=Setting.NONE))
    world.advance(ballot_id, VOTING)
    frozen = roll.canonical_of(world.load(ballot_id))
    with when(VOTING):
        merging.merge(late.id, twin.id, rights(kjersti))
        casting.cast(ballot_id, late.id, [casting.value_of(ballot_id, 0)])
    assert roll.canonical_of(world.load(ballot_id)) == frozen
    assert db.session.scalars(select(RollEntry).where(RollEntry.member_id == twin.id)).all() == []


def test_nobody_merges_her_own_entry_and_nobody_but_an_administrator_any(
    world: Appeals, kjersti: Member
) -> None:
    tor, twin = world.one("Tor"), world.one("Tor T.")
    for actor, kept, gone in ((world.chair, tor, twin), (kjersti, kjersti, twin), (kjersti, tor, kjersti)):
        with when(VOTING), pytest.raises(NotAllowed):
            merging.merge(kept.id, gone.id, rights(actor))
    with when(VOTING), pytest.raises(RuleBroken, match="merge_same"):
        merging.merge(tor.id, tor.id, rights(kjersti))
    assert db.session.scalars(select(Tombstone)).all() == []


def test_the_next_register_file_does_not_bring_the_other_entry_back(world: Appeals, kjersti: Member) -> None:
    tor, twin = world.one("Tor"), world.one("Tor T.")
    with when(VOTING):
        merging.merge(tor.id, twin.id, rights(kjersti))
        twin_no = db.session.get_one(Member, twin.id).member_no
        head = "medlemsnummer;navn;organisasjonsledd;medlemstype;innmeldt\n"
        row = f"{twin_no};Tor T.;{world.unit.code};fullt medlem;2020-01-01\n"
        found: Preview = intake.preview((head + row).encode())
    assert [reason.code for entry in found.rejected for reason in entry.reasons] == ["register_merged"]


def test_the_page_shows_what_it_means_and_does_it(world: Appeals, kjersti: Member) -> None:
    tor, twin = world.one("Tor"), world.one("Tor T.")
    with when(VOTING):
        browser = world.as_(kjersti)
        page = browser.get(f"/administrasjon/medlemmer/{tor.id}/sla-sammen?nummer={twin.member_no}")
        assert "Tor T." in page
        assert "Blir avsluttet" in page
        assert "Ingen i registeret" in browser.get(
            f"/administrasjon/medlemmer/{tor.id}/sla-sammen?nummer=finnes-ikke"
        )
        world.as_(world.chair).get(f"/administrasjon/medlemmer/{tor.id}/sla-sammen", status=403)
        browser.post(f"/administrasjon/medlemmer/{tor.id}/sla-sammen/{twin.id}")
        page = browser.post(f"/administrasjon/medlemmer/{tor.id}/sla-sammen/{twin.id}", status=409)
        assert "alt slått sammen" in page


# What a merge does with each column that names a member, where it is not simply moved.
NOT_MOVED = {
    "ballot.approver_id": "stay",
    "ballot.drafter_id": "stay",
    "ballot_event.actor_id": "stay",
    "member_session.member_id": "by_hand",
    "printed_code.asked_by_id": "by_hand",
    "printed_code.issued_by_id": "by_hand",
    "printed_code.member_id": "by_hand",
    "roll_entry.member_id": "by_hand",
    "sign_in_link.member_id": "by_hand",
    "standing.member_id": "by_hand",
    "tombstone.into_id": "by_hand",
    "tombstone.member_id": "by_hand",
}
MOVED = {"credit.member_id", "post.author_id", "term.member_id", "dues.member_id", "visit.member_id"}


def test_every_column_that_names_a_member_is_treated(app: Flask) -> None:
    found = {f"{column.table}.{column.name}": treatment(column) for column in columns()}
    assert {name: found[name] for name in NOT_MOVED} == NOT_MOVED
    assert {name for name in MOVED if found[name] is Treatment.MOVE} == MOVED
    tables = {str(column.table) for column in columns()}
    assert tables >= BY_HAND, "a table that is treated by hand is there"
    for column in columns():
        table = column.table
        assert isinstance(table, Table)
        if treatment(column) is Treatment.MOVE and "hash" in table.columns:
            raise AssertionError(f"{table}.{column.name} stands under a hash and would be moved")


def _marks(ballot_id: int) -> int:
    db.session.rollback()
    return len(
        db.session.scalars(
            select(RollEntry.roll_no).where(RollEntry.ballot_id == ballot_id, RollEntry.voted)
        ).all()
    )
