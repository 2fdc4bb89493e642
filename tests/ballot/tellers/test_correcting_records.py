"""The record of an election, and how two put it right: a new version beside the former, which stays."""

from __future__ import annotations

import json

import pytest
from teller_world import CLOSED, NEXT_DAY, World, when
from test_elections import counted, noticed, rights

from ballot import events
from ballot.models import EventKind, Method, RecordVersion
from ballot.services import corrections, lots, records, tellers
from foundation import clock
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db

WRONG = "Vitnet Tone het Tora i protokollen. Riktig er Tone Tangen."


@pytest.fixture
def decided(world: World) -> int:
    """An election decided by a lot, certified by two tellers."""
    ballot_id = noticed(world, Method.CHOICE)
    counted(world, ballot_id, [(0,)] * 4 + [(1,)] * 4 + [(2,)])
    first, second = (rights(teller) for teller in world.tellers[:2])
    with when(CLOSED):
        lots.enter(ballot_id, first, (2, 1), clock.now(), "Tone og Tor")
        lots.confirm(ballot_id, second, events.history(ballot_id)[-1].seq)
        for teller in (first, second):
            tellers.approve(ballot_id, teller)
    return ballot_id


def proposed(world: World, ballot_id: int) -> int:
    """What the first teller proposes; the number of the proposal."""
    page = world.as_(world.tellers[0]).post(
        f"/avstemninger/{ballot_id}/tellekorps/retting", **{"retting-reason": WRONG}
    )
    assert page.status == 303
    db.session.rollback()
    return events.history(ballot_id)[-1].seq


def test_the_record_tells_the_lot_with_time_witnesses_and_tellers(world: World, decided: int) -> None:
    with when(NEXT_DAY):
        page = world.as_(world.voters[0]).get(f"/avstemninger/{decided}/protokoll").text
    for words in (
        "Lodd nummer 1, i runde 1",
        "Rekkefølgen loddet ga 1. Bjarne, 2. Astri",
        "Trukket mandag 9. mars 2026 kl. 10.00",
        "Til stede Tone og Tor",
        "Ført inn og bekreftet av Tone Tangen og Tor Tveit",
        "Underskrifter Tone Tangen Tor Tveit Trine Thune",
        "Vedlegg: alt som hendte i opptellingen",
    ):
        assert words in page, words


def test_two_tellers_correct_the_record_and_both_versions_can_be_fetched(world: World, decided: int) -> None:
    first, second = (world.as_(teller) for teller in world.tellers[:2])
    reader = world.as_(world.voters[0])
    former = records.versions(decided)[0]
    kept = (former.facts, former.sha256)
    with when(NEXT_DAY):
        seq = proposed(world, decided)
        assert len(records.versions(decided)) == 1, "one alone corrects nothing"
        own = first.post(f"/avstemninger/{decided}/tellekorps/retting/{seq}/bekreft")
        assert own.status == 403
        assert WRONG in second.get(f"/avstemninger/{decided}/tellekorps")
        assert second.post(f"/avstemninger/{decided}/tellekorps/retting/{seq}/bekreft").status == 303
        page = reader.get(f"/avstemninger/{decided}/protokoll").text
        before = reader.get(f"/avstemninger/{decided}/protokoll?utgave=1").text
        text = reader.get(f"/avstemninger/{decided}/protokoll.txt").text
        answer = reader.client.get(f"/avstemninger/{decided}/protokoll.pdf")
        again = second.post(f"/avstemninger/{decided}/tellekorps/retting/{seq}/bekreft")
    assert "Rettet utgave 2, 10. mars 2026. Den forrige ligger ved." in page
    assert f"Hva som er rettet: {WRONG}" in page
    assert "Rettet av Tone Tangen, Tor Tveit." in page
    assert "Rettet utgave" not in before
    assert text.count("Protokoll for avstemningen om Hvem skal sitte i styret?") == 2, (
        "the former is enclosed"
    )
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert "utgave-2-nb.pdf" in answer.headers["Content-Disposition"]
    assert again.status == 409, "a proposal is carried out once"
    db.session.rollback()
    stored = db.session.get_one(RecordVersion, (decided, 1))
    assert (stored.facts, stored.sha256) == kept
    told = json.loads(records.versions(decided)[0].facts)
    assert told["former_sha256"] == kept[1].hex()
    assert told["corrected_by"] == ["Tone Tangen", "Tor Tveit"]
    assert world.letters("task")[-1][0] != world.tellers[0].email


def test_a_second_teller_can_say_that_the_record_is_right(world: World, decided: int) -> None:
    with when(NEXT_DAY):
        seq = proposed(world, decided)
        second = world.as_(world.tellers[1])
        assert second.post(f"/avstemninger/{decided}/tellekorps/retting/{seq}/avvis").status == 303
        assert second.post(f"/avstemninger/{decided}/tellekorps/retting/{seq}/bekreft").status == 409
    assert world.kinds(decided)[-2:] == [EventKind.CORRECTION_PROPOSED, EventKind.CORRECTION_DECLINED]
    assert len(records.versions(decided)) == 1


def test_nobody_else_corrects_it_and_not_without_a_reason_or_a_record(world: World, decided: int) -> None:
    with when(NEXT_DAY):
        for other in (world.chair, world.voters[0], world.admin, world.control[0]):
            with pytest.raises(NotAllowed):
                corrections.propose(decided, rights(other), WRONG)
        page = world.as_(world.tellers[0]).post(
            f"/avstemninger/{decided}/tellekorps/retting", **{"retting-reason": "  "}
        )
        assert page.status == 422
        assert "Skriv en begrunnelse." in page
    open_still = noticed(world, Method.IRV)
    with when(CLOSED), pytest.raises(RuleBroken) as refusal:
        corrections.propose(open_still, rights(world.tellers[0]), WRONG)
    assert refusal.value.reason.code == "record_not_there"


def test_without_tellers_two_of_the_control_committee_correct_it(world: World) -> None:
    ballot_id = world.ballot(tellers=[], votes=9)
    with when(NEXT_DAY):
        world.as_(world.chair).get(f"/avstemninger/{ballot_id}")
        corrections.propose(ballot_id, rights(world.control[0]), WRONG)
        seq = events.history(ballot_id)[-1].seq
        with pytest.raises(NotAllowed):
            corrections.correct(ballot_id, rights(world.control[0]), seq)
        assert corrections.correct(ballot_id, rights(world.control[1]), seq).version == 2


@pytest.mark.parametrize("method", [Method.UIO_STV, Method.MEEK_STV, Method.SCHULZE, Method.SCORE])
def test_every_kind_of_count_stands_in_the_record_in_each_form(world: World, method: Method) -> None:
    several = method in (Method.UIO_STV, Method.MEEK_STV)
    ballot_id = noticed(world, method, **({"seats": 2} if several else {}))
    counted(world, ballot_id)
    with when(CLOSED):
        for teller in world.tellers[:2]:
            tellers.approve(ballot_id, rights(teller))
        reader = world.as_(world.voters[0])
        page = reader.get(f"/avstemninger/{ballot_id}/protokoll?lang=nn")
        assert page.status == 200
        assert reader.client.get(f"/avstemninger/{ballot_id}/protokoll.pdf").data.startswith(b"%PDF-")
        text = reader.get(f"/avstemninger/{ballot_id}/protokoll.txt?lang=nb").text
    for words in ("Kilde:", "Opptellingen trinn for trinn", "Underskrifter", "Programmets utgave (commit):"):
        assert words in text, words
    facts = records.read(records.versions(ballot_id)[0])
    assert facts["count"]["method"] == method.value
