"""The notice: everything a voter relies on under a fingerprint, settled times, and letters that say why they came."""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256

import pytest
from board_world import Board, rights, when
from builders import a_case, a_member, a_unit, oslo
from sqlalchemy import select, update

from ballot.models import BallotOption, EventKind, Side
from ballot.rules.lifecycle import State
from ballot.rules.majority import Base, Majority, Over, Quorum
from ballot.rules.participation import Setting
from ballot.services import changes, drafting, notice
from foundation import outbox
from foundation.extensions import db
from foundation.outbox import Letter
from foundation.transaction import transaction
from members.models import BylawTopic, Decider
from members.rules.classes import MembershipClass

LATER = {
    "roll_freezes_at": oslo("2026-03-05 08:00"),
    "opens_at": oslo("2026-03-05 12:00"),
    "closes_at": oslo("2026-03-12 12:00"),
}


def test_the_notice_holds_what_a_voter_relies_on_and_its_fingerprint_is_its_own(world: Board) -> None:
    world.bylaw(BylawTopic.MINIMUM_AGE, 15)
    ballot = world.load(
        world.published(
            **LATER,
            case_id=world.case.id,
            options=(("Begge", "Alt som nå."), ("Én", "")),
            arguments=((Side.FOR, "Nær."), (Side.AGAINST, "Dyrt.")),
            sources=(("Notat", "https://example.org/n"),),
            majority=Majority(1, 2, Over.MORE_THAN, Base.ENTITLED),
            quorum=Quorum(1, 4),
        )
    )
    assert ballot.fingerprint == sha256(b"grasrot1/notice\0" + ballot.notice.encode()).digest()
    told = json.loads(ballot.notice)
    assert ballot.notice == json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert told["times"] == {
        "notice": "2026-03-02T08:00:00.000000Z",
        "cutoff": "2026-03-02T08:00:00.000000Z",
        "window": "2026-03-02T08:00:00.000000Z",
        "freeze": "2026-03-05T07:00:00.000000Z",
        "opening": "2026-03-05T11:00:00.000000Z",
        "closing": "2026-03-12T11:00:00.000000Z",
        "objections": "2026-03-15T11:00:00.000000Z",
    }
    assert told["options"] == [
        {"label": "Begge", "explanation": "Alt som nå."},
        {"label": "Én", "explanation": ""},
    ]
    assert told["majority"] == {"numerator": 1, "denominator": 2, "over": "more-than", "base": "entitled"}
    assert told["quorum"] == {"numerator": 1, "denominator": 4}
    assert (told["unit"], told["units"], told["classes"]) == (
        world.unit.code,
        [world.unit.code],
        ["full_member"],
    )
    assert (told["case"], told["method"], told["minimum_age"]) == (world.case.number, "choice", 15)
    assert not _floats(told), "strings and integers only"
    event = next(event for event in world.events(ballot.id) if event.kind is EventKind.NOTIFIED)
    assert ballot.fingerprint.hex() in event.payload
    assert notice.is_untouched(ballot)


def _floats(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_floats, value.values()))
    if isinstance(value, list):
        return any(map(_floats, value))
    return not isinstance(value, str | int)


def test_the_notice_written_again_from_the_rows_has_the_same_fingerprint(world: Board) -> None:
    ballot_id = world.published(**LATER)
    ballot = world.load(ballot_id)
    assert notice.fingerprint(notice.canonical(notice.notice_of(ballot))) == ballot.fingerprint
    with transaction() as session:
        session.execute(
            update(BallotOption)
            .where(BallotOption.ballot_id == ballot_id, BallotOption.position == 0)
            .values(label="Nja")
        )
    ballot = world.load(ballot_id)
    assert notice.fingerprint(notice.canonical(notice.notice_of(ballot))) != ballot.fingerprint


@pytest.mark.parametrize("mark", [bytes(32), bytes(range(32))])
def test_a_fingerprint_is_short_enough_to_compare_by_eye(mark: bytes) -> None:
    assert notice.short(mark) == " ".join(mark.hex()[place : place + 4] for place in (0, 4, 8, 12))


def test_times_that_the_draft_left_open_are_settled_at_the_notice(world: Board) -> None:
    world.bylaw(BylawTopic.PARTICIPATION_ADVISORY)
    ballot = world.load(
        world.published(
            case_id=world.case.id, participation=Setting.REQUIRED, closes_at=oslo("2026-03-25 20:00")
        )
    )
    assert ballot.window_opens_at == oslo("2026-03-02 09:00")
    assert ballot.roll_freezes_at == oslo("2026-03-16 09:00")
    assert ballot.opens_at == oslo("2026-03-16 21:00")
    assert ballot.objections_end_at == oslo("2026-03-28 20:00")
    assert ballot.state is State.NOTIFIED


def test_the_answer_comes_two_weeks_after_closing_and_a_week_after_the_decision(world: Board) -> None:
    plain = world.load(world.published(closes_at=oslo("2026-03-12 20:00")))
    assert plain.respond_by == date(2026, 3, 26)
    soon = a_case(world.forum, world.mari, "Skolemat", decides="2026-03-15 10:00")
    assert world.load(
        world.published(closes_at=oslo("2026-03-12 20:00"), case_id=soon.id)
    ).respond_by == date(2026, 3, 26)
    late = world.load(world.published(closes_at=oslo("2026-03-12 20:00"), case_id=world.case.id))
    assert late.respond_by == date(2026, 5, 8)
    chosen = world.published(closes_at=oslo("2026-03-12 20:00"), respond_by=date(2026, 4, 1))
    assert world.load(chosen).respond_by == date(2026, 4, 1)


def _letters(template: str) -> list[Letter]:
    db.session.rollback()
    return list(db.session.scalars(select(Letter).where(Letter.template == template).order_by(Letter.id)))


def test_everybody_entitled_gets_one_letter_with_a_neutral_subject(world: Board) -> None:
    beside = a_member(a_unit("Nordre Fjordvik"), "Annen")
    supporter = a_member(world.unit, "Stine", membership_class=MembershipClass.AFFILIATED_SUPPORTER)
    without = a_member(world.unit, "Uten adresse", email=None)
    english = a_member(world.unit, "Eve", locale="en")
    ballot_id = world.published(**LATER)
    letters = _letters("notice")
    addresses = {letter.address for letter in letters}
    assert len(letters) == len(addresses) == 41
    assert beside.email not in addresses
    assert supporter.email not in addresses
    assert without.email is None
    assert english.email in addresses
    subject, text, html = outbox.render(letters[0])
    assert subject == "Du er invitert til en avstemning"
    for body in (text, html):
        plain = body.replace("\xa0", " ")
        assert "Fjordvik kommuneparti spør medlemmene:" in plain
        assert "Bør begge skolene bestå?" in plain
        assert "Avstemningen åpner torsdag 5. mars kl. 12.00 og stenger torsdag 12. mars kl. 12.00." in plain
        assert f"http://127.0.0.1:5000/avstemninger/{ballot_id}" in plain
        assert "Du får e-posten fordi du er medlem av Fjordvik kommuneparti" in plain


def test_a_ballot_that_opens_at_once_says_so_in_its_letter(world: Board) -> None:
    world.published()
    _subject, text, _html = outbox.render(_letters("notice")[0])
    assert "Avstemningen er åpen nå og stenger mandag 9. mars kl. 09.00." in text.replace("\xa0", " ")


def test_the_letter_tells_of_the_participation_rule(world: Board) -> None:
    world.bylaw(BylawTopic.PARTICIPATION_ADVISORY)
    world.published(
        case_id=world.case.id,
        participation=Setting.REQUIRED,
        minimum=2,
        closes_at=oslo("2026-03-25 20:00"),
    )
    text = outbox.render(_letters("notice")[0])[1].replace("\xa0", " ")
    assert (
        "For å stemme må du ha deltatt i diskusjonen før mandag 16. mars kl. 09.00. Det trengs 2 bidrag."
        in text
    )


def test_whoever_was_told_of_a_ballot_is_told_that_it_is_cancelled(world: Board) -> None:
    ballot_id = world.published(**LATER)
    for member in (world.chair, world.board):
        changes.cancel(ballot_id, rights(member), "Saken er trukket.")
    letters = _letters("cancelled")
    assert len(letters) == 40
    subject, text, _html = outbox.render(letters[0])
    assert subject == "En avstemning er avlyst"
    assert "Grunn: Saken er trukket." in text


def test_a_milder_rule_is_told_to_everybody_entitled(world: Board) -> None:
    world.bylaw(BylawTopic.PARTICIPATION_ADVISORY)
    ballot_id = world.published(
        case_id=world.case.id,
        participation=Setting.REQUIRED,
        minimum=2,
        roll_freezes_at=oslo("2026-03-16 20:00"),
        opens_at=oslo("2026-03-18 08:00"),
        closes_at=oslo("2026-03-25 20:00"),
    )
    with when("2026-03-05 12:00"):
        asked = changes.RuleChange(minimum=1, freezes_at=oslo("2026-03-17 20:00"))
        changes.change_rule(ballot_id, rights(world.chair), asked, "Mange har bedt om det.")
        assert _letters("rule_changed") == []
        changes.change_rule(ballot_id, rights(world.board), asked, "Enig.")
    ballot = world.load(ballot_id)
    assert (ballot.minimum_contributions, ballot.roll_freezes_at) == (1, oslo("2026-03-17 20:00"))
    letters = _letters("rule_changed")
    assert len(letters) == 40
    text = outbox.render(letters[0])[1].replace("\xa0", " ")
    assert "Grunn: Mange har bedt om det." in text
    assert "Delta i diskusjonen før tirsdag 17. mars kl. 20.00. Ett bidrag er nok." in text
    again = changes.RuleChange(freezes_at=oslo("2026-03-17 20:01"))
    with when("2026-03-06 12:00"), pytest.raises(changes.RuleBroken) as refusal:
        changes.change_rule(ballot_id, rights(world.chair), again, "Litt til.")
    assert refusal.value.reason.code == "rule_window_once"


def test_nothing_is_sent_when_the_notice_fails(world: Board) -> None:
    ballot_id = world.submitted(opens_at=oslo("2026-03-03 08:00"), closes_at=oslo("2026-03-09 08:00"))
    with when("2026-03-04 08:00"), pytest.raises(changes.RuleBroken):
        notice.publish(ballot_id, rights(world.board))
    assert _letters("notice") == []
    assert world.load(ballot_id).fingerprint is None


def test_permission_for_an_advisory_ballot_is_not_one_for_a_binding(world: Board) -> None:
    world.bylaw(BylawTopic.PARTICIPATION_ADVISORY)
    draft = world.draft(
        case_id=world.case.id,
        participation=Setting.REQUIRED,
        closes_at=oslo("2026-03-25 20:00"),
        force=drafting.Force.BINDING,
        bylaw_reference="§ 3",
    )
    codes = {reason.code for reason in drafting.check(draft, oslo("2026-03-02 09:00")).blockers}
    assert "rule_not_permitted" in codes
    world.bylaw(BylawTopic.PARTICIPATION_BINDING, by=Decider.ANNUAL_MEETING)
    codes = {reason.code for reason in drafting.check(draft, oslo("2026-03-02 09:00")).blockers}
    assert "rule_needs_bylaws" in codes
