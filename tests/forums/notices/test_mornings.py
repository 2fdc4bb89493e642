"""The morning's letters: one digest a week, at most one letter a day, and nothing twice."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import a_forum, a_member, a_thread, an_area, oslo
from debate import Browser, World, rights
from flask import Flask
from queries import counted
from sqlalchemy import func, select

from forums.models import Visit
from forums.notices import rules
from forums.notices.models import MorningLetter, MorningRound
from forums.notices.rules import Level, morning_of
from forums.notices.services import following, mornings
from forums.services import hide_post, write_post
from foundation import clock, outbox
from foundation.extensions import db
from foundation.outbox import Letter
from foundation.transaction import transaction
from members.models import Member
from members.rules.classes import MembershipClass

# The clock of the world stands on Monday 2 March 2026 at nine.
MONDAY = "2026-03-09 07:00"
WORDS = "Skolen på Nordneset må bestå, fordi veien ellers blir for lang."
Browsing = Callable[[Member | None], Browser]


def when(local: str) -> AbstractContextManager[None]:
    return clock.stopped_at(oslo(local), all_threads=True)


def write(member: Member, world: World, at: str, body: str = WORDS, **more: Any) -> int:
    with when(at):
        return write_post(rights(member), world.thread.id, f"{body} {at}", **more).post_id


def round_at(local: str) -> int:
    """Let the timer come by; how many letters it wrote."""
    with when(local):
        return mornings.send_due(clock.now())


def delivered(app: Flask, local: str) -> list[Any]:
    """What leaves at a moment."""
    app.extensions["mailman"].outbox = []
    with when(local):
        outbox.deliver()
    return list(app.extensions["mailman"].outbox)


@pytest.mark.anywhere
@pytest.mark.parametrize(
    ("at", "day", "week"),
    [
        ("2026-03-09 06:59", None, None),
        ("2026-03-09 07:00", date(2026, 3, 9), date(2026, 3, 9)),
        ("2026-03-09 23:59", date(2026, 3, 9), date(2026, 3, 9)),
        ("2026-03-10 00:00", None, None),
        ("2026-03-11 12:00", date(2026, 3, 11), date(2026, 3, 9)),
        ("2026-03-12 07:00", date(2026, 3, 12), None),
        # Clocks go forward on Sunday 29 March: seven is seven.
        ("2026-03-30 07:00", date(2026, 3, 30), date(2026, 3, 30)),
    ],
)
def test_the_morning_begins_at_seven_and_the_week_is_told_until_wednesday(
    at: str, day: date | None, week: date | None
) -> None:
    found = morning_of(oslo(at), ZoneInfo("Europe/Oslo"))
    assert (found and found.day, found and found.week) == (day, week)


def test_everybody_gets_one_digest_a_week_with_titles_and_no_posts(app: Flask, world: World) -> None:
    kari = world.member("Kari Nes", locale="en")
    write(world.jonas, world, "2026-03-04 12:00")
    assert round_at("2026-03-09 06:59") == 0
    assert round_at(MONDAY) == 3
    assert round_at("2026-03-09 07:01") == 0, "the round is over"
    assert round_at("2026-03-10 07:00") == 0, "and the week has been told"
    letters = {letter.to[0]: letter for letter in delivered(app, "2026-03-09 07:02")}
    mine = letters[kari.email or ""]
    assert "Hva mener vi? (" in mine.body
    html = mine.alternatives[0][0]
    for text in (mine.body, html):
        assert world.area.name.upper() in text.upper()
        assert "Nordneset" not in text, "what somebody wrote is read where it stands"
    assert "Hva mener vi?" not in mine.subject
    end = mine.extra_headers["List-Unsubscribe"].strip("<>")
    assert mine.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert end in mine.body


def test_nothing_new_is_no_letter(app: Flask, world: World) -> None:
    world.member()
    assert round_at(MONDAY) == 0
    with when("2026-03-03 12:00"):
        last = write_post(rights(world.mari), world.thread.id, WORDS).post_id
        hide_post(rights(world.jonas), last, ground())
    assert round_at("2026-03-16 07:00") == 0, "a week without a word, and what is hidden is no news"


def ground() -> Any:
    from forums.models import Ground

    return Ground.SPAM


def test_what_has_been_read_is_no_news(world: World) -> None:
    kari = world.member()
    last = write(world.mari, world, "2026-03-04 12:00")
    with transaction() as session:
        session.add(Visit(member_id=kari.id, thread_id=world.thread.id, last_post_id=last, at=clock.now()))
        session.add(
            Visit(member_id=world.mari.id, thread_id=world.thread.id, last_post_id=last, at=clock.now())
        )
    assert round_at(MONDAY) == 1
    assert [letter.address for letter in db.session.scalars(select(Letter))] == [world.jonas.email]


def test_levels_decide_who_is_written_to(world: World) -> None:
    by_level = {level: world.member() for level in Level}
    for level, member in by_level.items():
        following.choose(member.id, level=level)
    no_mail = world.member()
    following.choose(no_mail.id, by_mail=False)
    muted, one_area = world.member(), world.member()
    following.follow_thread(rights(muted), world.thread.id, Level.NOTHING)
    following.choose(one_area.id, level=Level.NOTHING)
    following.follow_area(rights(one_area), world.area.id, Level.WEEKLY)
    world.guest()
    a_member(world.unit, email=None)
    write(world.mari, world, "2026-03-08 12:00")
    round_at(MONDAY)
    receivers = set(db.session.scalars(select(Letter.address)))
    assert receivers == {
        member.email
        for member in (by_level[Level.WEEKLY], by_level[Level.ALL], one_area, world.mari, world.jonas)
    }


def test_never_more_than_one_letter_a_day_beyond_ballots(app: Flask, world: World) -> None:
    kari, nils = world.member("Kari Nes"), world.member("Nils Vik")
    following.choose(kari.id, level=Level.ALL)
    mine = write(kari, world, "2026-03-05 10:00")
    sent: dict[str, int] = {}
    for day in range(6, 20):
        for hour in (11, 13, 22):
            write(nils, world, f"2026-03-{day - 1:02} {hour}:00", reply_to=mine)
        for clock_time in ("00:30", "06:59", "07:00", "07:01", "12:00", "23:59"):
            moment = f"2026-03-{day:02} {clock_time}"
            round_at(moment)
            for letter in delivered(app, moment):
                if letter.to == [kari.email]:
                    sent[f"{day}"] = sent.get(f"{day}", 0) + 1
                    assert "Nils Vik har svart deg" in letter.body
    assert sent == {f"{day}": 1 for day in range(6, 20)}
    weekly = db.session.scalars(
        select(MorningLetter.week).where(MorningLetter.member_id == kari.id, MorningLetter.week.is_not(None))
    ).all()
    assert len(weekly) == 2, "on Mondays the day's letter and the week's are one"


def test_a_letter_that_could_not_leave_is_not_the_next_days_second(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: object) -> None:
        raise ConnectionRefusedError

    kari = world.member()
    following.choose(kari.id, level=Level.ALL)
    for member in (world.mari, world.jonas):
        following.choose(member.id, level=Level.NOTHING)
    for day in (9, 10):
        write(world.mari, world, f"2026-03-{day:02} 12:00")
    round_at("2026-03-10 07:00")
    monkeypatch.setattr("foundation.outbox.EmailMultiAlternatives.send", refuse)
    assert delivered(app, "2026-03-10 07:01") == []
    monkeypatch.undo()
    round_at("2026-03-11 07:00")
    assert len(delivered(app, "2026-03-11 07:01")) == 1


def test_a_reply_waits_for_the_weeks_letter_unless_all_is_wanted(app: Flask, world: World) -> None:
    kari, nils = world.member("Kari Nes"), world.member("Nils Vik")
    following.choose(nils.id, level=Level.ALL)
    mine = write(kari, world, "2026-03-04 10:00")
    his = write(nils, world, "2026-03-04 11:00", reply_to=mine)
    write(kari, world, "2026-03-04 12:00", reply_to=his)
    round_at("2026-03-05 07:00")
    (letter,) = delivered(app, "2026-03-05 07:01")
    assert letter.to == [nils.email]
    assert "Kari Nes har svart deg i «Hva mener vi?»." in letter.body
    round_at(MONDAY)
    letters = {letter.to[0]: letter.body for letter in delivered(app, "2026-03-09 07:01")}
    assert "Nils Vik har svart deg" in letters[kari.email or ""]
    assert "Kari Nes har svart deg" not in letters.get(nils.email or "", ""), "told on Thursday"


def test_topics_stand_by_area_with_deadlines_first_and_the_newest_on_top(app: Flask, world: World) -> None:
    kari = world.member()
    health = an_area(world.unit, "Helse")
    forum = a_forum(world.unit, health)
    older = a_thread(forum, world.mari, title="Fastlegen", opened="2026-03-03 12:00")
    a_thread(forum, world.mari, title="Sykehjemmet", opened="2026-03-07 12:00")
    world.case.contributions_before  # noqa: B018  (loaded before the session is used anew)
    with transaction() as session:
        case = session.get_one(type(world.case), world.case.id)
        case.contributions_before = oslo("2026-03-15 20:00")
    round_at(MONDAY)
    body = next(one.body for one in delivered(app, "2026-03-09 07:01") if one.to == [kari.email])
    places = [body.index(words) for words in ("Si din mening før", "HELSE", "Sykehjemmet", older.title)]
    assert places == sorted(places)
    assert re.search(r"Si din mening før søndag 15.\s*mars kl.\s*20.00: Skolestruktur i Fjordvik", body)


def test_ending_needs_a_press_and_no_session(app: Flask, world: World, browser: Browsing) -> None:
    kari = world.member()
    write(world.mari, world, "2026-03-04 12:00")
    round_at(MONDAY)
    letter = next(one for one in delivered(app, "2026-03-09 07:01") if one.to == [kari.email])
    end = letter.extra_headers["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:5000")
    anybody = browser(None)
    assert "Vil du avslutte e-posten?" in anybody.get(end).text
    write(world.mari, world, "2026-03-11 12:00")
    assert round_at("2026-03-16 07:00") == 3, "a mail program that looked at the link has ended nothing"
    stranger = app.test_client()
    answer = stranger.post(end, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "E-posten er avsluttet" in answer.get_data(as_text=True)
    assert stranger.post(end).status_code == 200, "twice is as once"
    write(world.mari, world, "2026-03-18 12:00")
    assert round_at("2026-03-23 07:00") == 2
    assert stranger.post(f"{end}x").status_code == 404


def test_a_round_that_dies_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(6):
        world.member()
    write(world.mari, world, "2026-03-04 12:00")
    monkeypatch.setattr(mornings, "PART", 3)
    mail_all, parts = outbox.mail_all, []

    def dies(*given: Any, **more: Any) -> None:
        mail_all(*given, **more)
        parts.append(1)
        if len(parts) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(outbox, "mail_all", dies)
    with pytest.raises(KeyboardInterrupt):
        round_at(MONDAY)
    monkeypatch.setattr(outbox, "mail_all", mail_all)
    assert _letters() == 3, "what died with its transaction was never written"
    assert round_at("2026-03-09 07:10") == 5
    addresses = db.session.scalars(select(Letter.address)).all()
    assert len(addresses) == len(set(addresses)) == 8
    db.session.rollback()
    assert db.session.scalars(select(MorningRound.finished_at)).one() is not None


def _letters() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Letter)) or 0


def test_two_workers_share_a_round(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(40):
        world.member()
    write(world.mari, world, "2026-03-04 12:00")
    monkeypatch.setattr(mornings, "PART", 5)
    written: list[int] = []
    ready = threading.Barrier(3)

    def work() -> None:
        with app.app_context():
            ready.wait()
            written.append(mornings.send_due(oslo(MONDAY)))
            db.session.remove()

    db.session.rollback()
    with when(MONDAY):
        workers = [threading.Thread(target=work) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(30)
    assert sum(written) == 42
    db.session.rollback()
    addresses = db.session.scalars(select(Letter.address)).all()
    assert len(addresses) == len(set(addresses)) == 42


def test_a_part_costs_the_same_however_many_are_in_it(world: World) -> None:
    costs = []
    write(world.mari, world, "2026-03-04 12:00")
    for monday, more in ((MONDAY, 5), ("2026-03-16 07:00", 40)):
        for _ in range(more):
            world.member()
        write(world.mari, world, monday.replace("07:00", "06:00"))
        with counted() as sent:
            assert round_at(monday) >= more
        costs.append(len(sent))
    assert costs[1] <= costs[0] + 1


def test_supporters_read_along_and_whoever_has_left_is_not_written_to(world: World) -> None:
    supporter = world.member(membership_class=MembershipClass.AFFILIATED_SUPPORTER)
    write(world.mari, world, "2026-03-04 12:00")
    assert round_at(MONDAY) == 3
    assert supporter.email in set(db.session.scalars(select(Letter.address)))
    assert rules.LATE == 2
