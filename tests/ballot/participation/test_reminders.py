"""PARTICIPATION.md section 12's two letters, the reminder before closing, and the one letter of an outcome."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from scenario_world import FREEZE, LEAST, World, rights, when
from sqlalchemy import func, select

from ballot.models import Ballot, RollEntry
from ballot.reminders import services as reminders
from ballot.reminders.models import ReminderRun
from ballot.services import changes, letters
from forums.notices.models import Notice
from forums.notices.services import following, mornings
from forums.services import delete_post
from foundation import clock, outbox
from foundation.extensions import db
from foundation.outbox import Letter
from foundation.transaction import transaction
from members.models import Member

BEFORE = "2026-03-13 20:00"  # 72 hours before the freeze
LAST_DAY = "2026-03-18 20:00"  # 24 hours before the closing
PARTS = {
    "take_part": "Frist for å delta i en diskusjon",
    "not_on_roll": "Om retten din til å stemme",
    "closes_soon": "En avstemning stenger snart",
}


def forget() -> None:
    """What was mailed before is not what the test asks about."""
    with transaction() as session:
        session.query(Letter).delete()


def remind(at: str, us: int = 0) -> int:
    with when(at, us):
        return reminders.remind_all(clock.now())


def sent(app: Flask, at: str) -> list[Any]:
    """What leaves at a moment."""
    app.extensions["mailman"].outbox = []
    with when(at):
        outbox.deliver()
    return list(app.extensions["mailman"].outbox)


def receivers(mails: list[Any]) -> set[str]:
    found = [mail.to[0] for mail in mails]
    assert len(found) == len(set(found)), "somebody got two"
    return set(found)


def addresses(*members: Member) -> set[str]:
    return {member.email or "" for member in members}


def in_voting(world: World) -> int:
    """The ballot while it is open: 20 have taken part, and the roll is made."""
    ballot_id = world.publish()
    world.crowd_takes_part()
    world.advance(ballot_id)
    forget()
    return ballot_id


def test_72_hours_before_the_freeze_whoever_has_not_taken_part_gets_one_letter(
    app: Flask, world: World
) -> None:
    ballot_id = world.publish()
    world.crowd_takes_part()
    late = world.member("Per", joined="2026-03-02 09:01", recorded="2026-03-02 09:30")
    forget()
    assert remind("2026-03-13 19:59") == 0
    assert remind(BEFORE) == 40
    assert remind("2026-03-13 20:01") == 0
    mails = sent(app, "2026-03-13 20:02")
    assert receivers(mails) == addresses(
        *world.crowd[20:], world.chair, world.board, world.mari, world.control
    )
    assert (late.email or "") not in receivers(mails)
    mail = mails[0]
    assert mail.subject == PARTS["take_part"]
    assert "skole" not in mail.subject.lower(), "what it is about is nobody else's business"
    body = mail.body.replace("\xa0", " ")
    assert "Delta i diskusjonen før mandag 16. mars kl. 20.00." in body
    assert "Du får e-posten fordi" in body
    assert f"/avstemninger/{ballot_id}" in body


def test_it_is_never_sent_at_the_freeze_or_after_it(app: Flask, world: World) -> None:
    world.publish()
    forget()
    assert remind(FREEZE) == 0
    assert remind("2026-03-16 19:59") == 60, "a late timer still comes before the freeze"
    assert sent(app, FREEZE) == [], "a mail server that was down until then gets nothing untrue"


def test_whoever_takes_part_or_takes_it_back_in_between_is_asked_again(world: World) -> None:
    world.publish()
    ida, bo = world.one("Ida"), world.one("Bo")
    post = world.write(ida, f"{LEAST} Ida.", "2026-03-05 12:00")
    world.write(bo, f"{LEAST} Bo.", "2026-03-05 12:00")
    with when("2026-03-10 12:00"):
        delete_post(rights(ida), post)
    forget()
    remind(BEFORE)
    asked = set(db.session.scalars(select(Letter.address)))
    assert (ida.email in asked, bo.email in asked) == (True, False)


def test_what_is_mailed_leaves_no_trace_of_who_got_it(app: Flask, world: World) -> None:
    ballot_id = in_voting(world)
    remind(LAST_DAY)
    keys = db.session.scalars(select(Letter.key)).all()
    assert keys
    for key in keys:
        assert key.startswith(f"ballot:{ballot_id}:remind:closes_soon:")
        assert len(key.rsplit(":", 1)[1]) == 24, "random, and no member's number"
    assert len(sent(app, "2026-03-18 20:01")) == len(keys)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Letter)) == 0
    runs = db.session.scalars(select(ReminderRun).where(ReminderRun.occasion == "closes_soon")).all()
    assert [(run.upto, run.done_at is not None) for run in runs] == [(0, True)]


def test_a_day_before_closing_only_those_who_have_not_voted_are_reminded(app: Flask, world: World) -> None:
    ballot_id = in_voting(world)
    voted, quiet, wants_none = world.crowd[:5], world.crowd[5], world.crowd[6]
    with transaction() as session:
        for entry in session.scalars(
            select(RollEntry).where(RollEntry.member_id.in_([member.id for member in voted]))
        ):
            entry.voted = True
    following.choose(quiet.id, ballots_by_mail=False)
    with transaction() as session:
        session.get_one(Member, wants_none.id).email = None
    assert remind("2026-03-18 19:59") == 0
    remind(LAST_DAY)
    assert remind("2026-03-18 20:01") == 0
    mails = sent(app, "2026-03-18 20:02")
    assert receivers(mails) == addresses(*world.crowd[7:20])
    assert mails[0].subject == PARTS["closes_soon"]
    assert ballot_id
    assert "mandag" not in mails[0].subject


def test_at_the_freeze_whoever_has_not_taken_part_is_told_why_and_how_to_appeal(
    app: Flask, world: World
) -> None:
    ballot_id = world.publish()
    ida = world.one("Ida")
    post = world.write(ida, f"{LEAST} Ida.", "2026-03-05 12:00")
    with when("2026-03-10 12:00"):
        delete_post(rights(ida), post)
    world.crowd_takes_part()
    world.advance(ballot_id, FREEZE)
    forget()
    assert remind("2026-03-16 20:01") == 40
    assert remind("2026-03-16 20:02") == 0
    mails = {mail.to[0]: mail for mail in sent(app, "2026-03-16 20:03")}
    assert set(mails) == addresses(
        *world.crowd[20:], ida, world.chair, world.board, world.mari, world.control
    )
    hers = mails[ida.email or ""].body.replace("\xa0", " ")
    assert "Du slettet bidraget ditt 10. mars 2026, før fristen gikk ut." in hers
    assert "Klag før onsdag 18. mars kl. 08.00." in hers
    others = mails[world.chair.email or ""].body.replace("\xa0", " ")
    assert "Vi fant ingen deltakelse fra deg i diskusjonen før fristen mandag 16. mars kl. 20.00." in others
    assert mails[ida.email or ""].subject == PARTS["not_on_roll"]


def test_where_the_rule_has_lapsed_nobody_is_told_that_she_cannot_vote(world: World) -> None:
    ballot_id = world.publish()
    world.crowd_takes_part(3)
    world.advance(ballot_id, FREEZE)
    forget()
    assert remind("2026-03-16 20:01") == 0


def test_a_cancelled_ballot_takes_its_letters_back(app: Flask, world: World) -> None:
    ballot_id = world.publish()
    forget()
    assert remind(BEFORE) == 60
    with when("2026-03-13 20:01"):
        changes.cancel(ballot_id, rights(world.chair), "Saken er trukket.")
        changes.cancel(ballot_id, rights(world.board), "Saken er trukket.")
    mails = sent(app, "2026-03-13 20:02")
    assert {mail.subject for mail in mails} == {"En avstemning er avlyst"}
    assert remind("2026-03-14 12:00") == 0


def test_a_reminder_that_dies_half_way_goes_on_and_nobody_gets_two(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish()
    forget()
    monkeypatch.setattr(reminders, "PART", 10)
    write, calls = letters.write_fleeting, []

    def dies(*given: Any, **more: Any) -> int:
        count = write(*given, **more)
        calls.append(count)
        if len([one for one in calls if one]) == 3:
            raise KeyboardInterrupt
        return count

    monkeypatch.setattr(letters, "write_fleeting", dies)
    with pytest.raises(KeyboardInterrupt):
        remind(BEFORE)
    monkeypatch.setattr(letters, "write_fleeting", write)
    first = sent(app, "2026-03-13 20:01")
    remind("2026-03-13 20:02")
    assert len(receivers([*first, *sent(app, "2026-03-13 20:03")])) == 60


def test_one_letter_tells_what_came_of_it_to_whoever_took_part(app: Flask, world: World) -> None:
    ballot_id = in_voting(world)
    outsider = world.member("Per", joined="2026-03-02 09:01", recorded="2026-03-02 09:30")
    world.write(outsider, f"{LEAST} Jeg er ny her.", "2026-03-17 12:00")
    world.advance(ballot_id, "2026-03-19 21:00")
    db.session.rollback()
    assert db.session.get_one(Ballot, ballot_id).state == "certified"
    mails = [mail for mail in sent(app, "2026-03-19 21:01") if "stenger" not in mail.subject]
    assert receivers(mails) == addresses(*world.crowd[:20], outsider)
    assert {mail.subject for mail in mails} == {"Dette ble det av saken du var med på"}
    end = mails[0].extra_headers["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:5000")
    assert app.test_client().post(end).status_code == 200
    told = world.as_(world.crowd[0]).get("/nytt")
    assert "Dette ble det av saken du var med på: «Bør begge skolene bestå?»." in told
    assert "Du er invitert til avstemningen" in told


def test_who_wants_no_mail_about_ballots_still_gets_the_notice(app: Flask, world: World) -> None:
    following.choose(world.crowd[0].id, ballots_by_mail=False)
    world.publish()
    assert world.crowd[0].email in receivers(sent(app, "2026-03-02 09:01"))
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 60


def test_the_digest_names_the_deadline_first(app: Flask, world: World) -> None:
    world.publish()
    forget()
    world.write(world.mari, LEAST, "2026-03-05 12:00")
    with when("2026-03-09 07:00"):
        mornings.send_due(clock.now())
    body = next(mail.body for mail in sent(app, "2026-03-09 07:01") if mail.to == [world.chair.email])
    body = body.replace("\xa0", " ")
    assert "Delta i diskusjonen før mandag 16. mars kl. 20.00: Bør begge skolene bestå?" in body
    assert body.index("Delta i diskusjonen") < body.index("Hva mener vi?")


def test_a_new_member_is_told_which_ballot_is_her_first_and_why(world: World) -> None:
    early = world.member("Åse", joined="2026-02-27 12:00", recorded="2026-02-27 12:00")
    late = world.member("Per", joined="2026-03-02 09:01", recorded="2026-03-02 09:30")
    world.publish()
    with when("2026-03-03 12:00"):
        hers, his = world.as_(early).get("/velkommen"), world.as_(late).get("/velkommen")
    assert "Bør begge skolene bestå?" in hers
    assert (
        "Du ble medlem 27. februar 2026. Avstemningen er for dem som var medlem senest mandag 2. mars kl. 09.00, "
        "så den er for deg også."
    ) in hers
    assert "Denne gangen stemmer de som var medlem senest mandag 2. mars kl. 09.00." in his
    assert "Du kan stemme i den neste avstemningen som blir innkalt." in his
