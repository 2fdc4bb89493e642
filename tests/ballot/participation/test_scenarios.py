"""PARTICIPATION.md section 14, each scenario with its number, through the real services and pages."""

from __future__ import annotations

import pytest
from builders import a_case, a_thread, an_area, an_office, oslo
from scenario_world import (
    CLOSING,
    FREEZE,
    LEAST,
    OPENING,
    QUESTION,
    World,
    acts,
    rights,
    when,
)
from sqlalchemy import func, select

from ballot import queries
from ballot.models import BallotEvent, EventKind, RollEntry, SealedPaper
from ballot.rules.lifecycle import State
from ballot.rules.participation import Kind, Setting
from ballot.services import casting, changes, drafting
from ballot.services.changes import RuleChange
from forums import services as debate
from forums.models import Credit, Ground, Post, Visit
from forums.moderation.services import places
from forums.reactions import services as reactions
from forums.reactions.models import ReactionKind
from foundation import phrases
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from foundation.text import own_visible_characters
from foundation.transaction import transaction
from members.rules.classes import Subject
from members.rules.permissions import OfficeKind

SIXTY_TWO = "Skolen er det eneste møtestedet vi har igjen på Nordneset her."


def test_scenario_01_a_reply_qualifies_at_once_and_names_itself(world: World) -> None:
    ane = world.one("Ane")
    ballot_id = world.publish()
    world.crowd_takes_part()
    assert world.status(ballot_id, ane, "2026-03-05 10:00").mark == "not_yet"
    assert own_visible_characters(SIXTY_TWO) == 62
    with when("2026-03-05 14:10"):
        root = db.session.scalars(select(Post.id).where(Post.thread_id == world.thread.id)).first()
        written = debate.write_post(rights(ane), world.thread.id, SIXTY_TWO, reply_to=root)
        said = [phrases.sentence(reason) for reason in written.said]
        page = world.as_(ane).get(f"/trader/{world.thread.id}")
    assert said[0] == f"Innlegget teller. Du har deltatt i diskusjonen om «{world.case.title}»."
    assert "Du kan stemme i avstemningen" in said[1]
    assert QUESTION in said[1]
    told = (
        "Du har deltatt i diskusjonen om saken (innlegg, 5. mars 2026). "
        "Du kan stemme fra tirsdag 17. mars kl. 08.00."
    )
    assert told in page
    assert "Bare du ser dette." in page
    assert "Et innlegg torsdag 5. mars kl. 14.10" in page
    assert f'href="/innlegg/{written.post_id}"' in page.markup
    world.advance(ballot_id)
    entry = world.entry(ballot_id, ane)
    assert entry.entitled
    assert entry.basis == "post"
    assert entry.reason == ""
    credit = db.session.get_one(Credit, entry.credit_id)
    assert credit.post_id == written.post_id


def test_scenario_02_reading_and_liking_are_not_enough(world: World) -> None:
    bo = world.one("Bo")
    ballot_id = world.publish()
    world.crowd_takes_part()
    for at in ("2026-03-05 10:00", "2026-03-06 10:00", "2026-03-09 10:00"):
        with when(at):
            page = world.as_(bo).get(f"/trader/{world.thread.id}")
            own = world.as_(bo).get(f"/avstemninger/{ballot_id}")
        what_counts = (
            "Vil du stemme i denne saken? Delta i diskusjonen før mandag 16. mars kl. 20.00. Skriv et innlegg, "
            "kom på et møte eller send et skriftlig innspill. Ett bidrag er nok."
        )
        assert what_counts in page
        assert what_counts in own
        assert "Å lese, følge eller trykke «Nyttig» er fint, men er ikke nok alene til å stemme." in page
    assert db.session.scalar(select(func.count()).select_from(Visit).where(Visit.member_id == bo.id)) == 1
    told = (
        "Ett bidrag er nok. Å lese, følge eller trykke «Nyttig» er fint, men er ikke nok alene til å stemme."
    )
    assert told not in page, "folded away until she has pressed something"
    with when("2026-03-09 11:00"):
        for post_id in db.session.scalars(
            select(Post.id).where(Post.thread_id == world.thread.id).order_by(Post.id).limit(5)
        ).all():
            reactions.react(rights(bo), post_id, ReactionKind.USEFUL, on=True, version=1)
        page = world.as_(bo).get(f"/trader/{world.thread.id}")
    assert told in page, "since her first press it stands in the line itself"
    world.advance(ballot_id)
    entry = world.entry(ballot_id, bo)
    assert (entry.entitled, entry.otherwise_entitled, entry.reason) == (False, True, "no_contribution")


def test_scenario_03_a_short_post_is_told_why_and_counts_once_it_is_long_enough(world: World) -> None:
    cato = world.one("Cato")
    ballot_id = world.publish()
    world.crowd_takes_part()
    with when("2026-03-05 12:00"):
        written = debate.write_post(rights(cato), world.thread.id, "Enig!")
        said = [phrases.sentence(reason) for reason in written.said]
        page = world.as_(cato).get(f"/trader/{world.thread.id}")
    assert said == [
        "Innlegget er publisert, men er for kort til å telle som deltakelse. Du kan skrive mer i det."
    ]
    assert "Dette teller ikke:" in page
    assert "Innlegget har 5 tegn. Det må ha minst 50 for å telle." in page
    assert world.status(ballot_id, cato, "2026-03-05 13:00").mark == "not_yet"
    longer = "Enig, og jeg vil legge til at bussen ikke går om natta."
    assert own_visible_characters(longer) == 55
    with when("2026-03-16 19:59"):
        debate.edit_post(rights(cato), written.post_id, longer, version=1)
    assert world.status(ballot_id, cato, "2026-03-16 19:59").mark == "ready"
    world.advance(ballot_id)
    assert world.entry(ballot_id, cato).basis == "post"


def test_scenario_04_a_post_in_another_case_of_the_area_does_not_count(world: World) -> None:
    eli = world.one("Eli")
    other = a_case(world.forum, world.mari, "Skolemat")
    elsewhere = a_thread(world.forum, world.mari, case=other)
    ballot_id = world.publish()
    world.crowd_takes_part()
    world.write(eli, f"{LEAST} Det gjelder maten også.", "2026-03-06 12:00", thread=elsewhere)
    assert world.status(ballot_id, eli, "2026-03-06 13:00").mark == "not_yet"
    world.advance(ballot_id)
    entry = world.entry(ballot_id, eli)
    assert (entry.entitled, entry.reason) == (False, "no_contribution")


def test_scenario_05_a_post_hidden_at_the_freeze_counts_and_stays_counted(world: World) -> None:
    finn = world.one("Finn")
    ballot_id = world.publish()
    world.crowd_takes_part()
    post = world.write(finn, LEAST, "2026-03-16 18:00")
    with when(FREEZE, -1):
        debate.hide_post(rights(world.mari), post, Ground.PERSONAL)
    world.advance(ballot_id, FREEZE)
    assert world.entry(ballot_id, finn).entitled
    with when("2026-03-17 12:00"):
        debate.delete_post(rights(finn), post)
        code = casting.cast(ballot_id, finn.id, [casting.value_of(ballot_id, 0)])
    assert len(code) == 12
    assert world.entry(ballot_id, finn).entitled


def test_scenario_06_a_post_removed_for_conduct_keeps_its_credit(world: World) -> None:
    gro, other = world.one("Gro"), world.one("Ola")
    ballot_id = world.publish()
    world.crowd_takes_part()
    post = world.write(gro, f"{LEAST} Og du er en tosk.", "2026-03-05 18:00")
    with when("2026-03-06 09:00"):
        debate.hide_post(rights(world.mari), post, Ground.PERSONAL)
        seen = world.as_(other).get(f"/trader/{world.thread.id}")
        hers = world.as_(gro).get(f"/avstemninger/{ballot_id}")
    assert "tosk" not in seen
    assert "Du har deltatt i diskusjonen om saken" in hers
    world.advance(ballot_id)
    assert world.entry(ballot_id, gro).entitled


def test_scenario_07_deleting_the_only_post_warns_of_the_lost_vote_and_a_new_one_restores_it(
    world: World,
) -> None:
    ida = world.one("Ida")
    ballot_id = world.publish()
    world.crowd_takes_part()
    post = world.write(ida, LEAST, "2026-03-09 18:00")
    with when("2026-03-10 12:00"):
        browser = world.as_(ida)
        page = browser.get(f"/innlegg/{post}/slett")
        warning = (
            f"Sletter du innlegget, har du ikke lenger deltatt i «{QUESTION}» og kan ikke stemme. "
            "Du kan delta på nytt før mandag 16. mars kl. 20.00."
        )
        assert warning in page
        assert world.status(ballot_id, ida, "2026-03-10 12:00").mark == "ready"
        browser.post(f"/innlegg/{post}/slett")
    assert world.status(ballot_id, ida, "2026-03-10 12:01").mark == "not_yet"
    exactly = "Vi må ikke legge ned den eneste skolen vi har her."
    assert own_visible_characters(exactly) == 50
    world.write(ida, exactly, "2026-03-11 12:00")
    assert world.status(ballot_id, ida, "2026-03-11 12:01").mark == "ready"
    world.advance(ballot_id)
    assert world.entry(ballot_id, ida).entitled


def test_scenario_07_without_a_new_post_the_refusal_says_what_happened(world: World) -> None:
    ida = world.one("Ida")
    ballot_id = world.publish()
    world.crowd_takes_part()
    post = world.write(ida, LEAST, "2026-03-09 18:00")
    with when("2026-03-10 12:00"):
        debate.delete_post(rights(ida), post)
    world.advance(ballot_id)
    assert world.entry(ballot_id, ida).reason == "contribution_withdrawn"
    assert world.line(ballot_id, ida, "2026-03-17 12:00") == (
        "Du kan ikke stemme i denne avstemningen. Du slettet bidraget ditt 10. mars 2026, før fristen gikk ut. "
        "Mener du at det er feil? Klag før onsdag 18. mars kl. 08.00."
    )


def test_scenario_10_whoever_joined_a_minute_too_late_is_told_before_writing(world: World) -> None:
    per = world.member("Per", joined="2026-03-02 09:01", recorded="2026-03-02 09:01")
    ballot_id = world.publish()
    world.crowd_takes_part()
    with when("2026-03-05 12:00"):
        page = world.as_(per).get(f"/trader/{world.thread.id}")
    assert (
        "Du er velkommen i diskusjonen. Denne gangen stemmer de som var medlem senest mandag 2. mars kl. 09.00."
        in page
    )
    assert "Du kan ikke stemme i denne avstemningen. Du ble medlem 2. mars 2026." in page
    world.write(per, LEAST, "2026-03-05 12:00")
    world.advance(ballot_id)
    entry = world.entry(ballot_id, per)
    assert (entry.entitled, entry.otherwise_entitled) == (False, False)
    assert entry.reason == "joined_after_cutoff"


def test_scenario_10_whoever_joined_at_the_very_moment_is_in_time(world: World) -> None:
    per = world.member("Per", joined="2026-03-02 09:00", recorded="2026-03-02 09:00")
    ballot_id = world.publish()
    world.crowd_takes_part()
    world.write(per, LEAST, "2026-03-05 12:00")
    world.advance(ballot_id)
    assert world.entry(ballot_id, per).entitled


def test_scenario_11_the_case_moves_and_its_thread_is_split_and_all_three_stay_on_the_roll(
    world: World,
) -> None:
    three = [world.one(name) for name in ("Ane", "Bo", "Cato")]
    ballot_id = world.publish()
    world.crowd_takes_part(11)
    posts = [
        world.write(member, f"{LEAST} Det sier {member.name}.", "2026-03-05 12:00", us=place)
        for place, member in enumerate(three)
    ]
    business = an_area(world.unit, "Næringspolitikk")
    terje = world.one("Terje")
    an_office(terje, OfficeKind.ELECTED_REPRESENTATIVE, world.unit, area=business)
    with when("2026-03-06 12:00"):
        places.move_thread(rights(world.mari), world.thread.id, business.id)
        split = places.split_thread(rights(terje), posts[1], "Skoleveien", onwards=True)
    homes = [world.thread.id, split, split]
    for member, post, home in zip(three, posts, homes, strict=True):
        assert world.status(ballot_id, member, "2026-03-06 13:00").mark == "ready"
        with when("2026-03-06 13:00"):
            browser = world.as_(member)
            for address in (f"/avstemninger/{ballot_id}", f"/trader/{world.thread.id}", f"/trader/{split}"):
                page = browser.get(address)
                assert "Du har deltatt i diskusjonen om saken (innlegg, 5. mars 2026)." in page
                assert f'href="/innlegg/{post}"' in page.markup
            led = browser.get(f"/innlegg/{post}", status=303).location
            assert led.partition("#")[0].partition("?")[0] == f"/trader/{home}"
            assert "Næringspolitikk" in browser.get(f"/trader/{home}")
    world.advance(ballot_id)
    for member in three:
        entry = world.entry(ballot_id, member)
        assert (entry.entitled, entry.basis) == (True, "post")


FORGERIES = {
    "raise the minimum": ({"minimum": "2"}, "rule_stricter_minimum"),
    "shorten the window": (
        {"freezes-day": "2026-03-15", "freezes-clock": "20:00"},
        "rule_window_shorter",
    ),
    "remove T1": ({"threads": "0"}, "rule_thread_removed"),
    "forbid meetings": (
        {"kinds": ["post", "proposal", "answer", "statement", "assisted"]},
        "rule_kind_removed",
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_scenario_14_a_stricter_rule_is_refused_by_direct_request_and_logged(
    world: World, forgery: str
) -> None:
    sent, code = FORGERIES[forgery]
    ballot_id = world.publish()
    before = world.load(ballot_id)
    stood = (before.minimum_contributions, before.roll_freezes_at, before.notice, before.fingerprint)
    data = {
        "minimum": "1",
        "freezes-day": "2026-03-16",
        "freezes-clock": "20:00",
        "reason": "Vi ombestemte oss.",
        **sent,
    }
    with when("2026-03-05 12:00"):
        page = world.as_(world.chair).post(f"/styret/avstemninger/{ballot_id}/endre", data, status=409)
    assert "Vi ombestemte oss." in page, "what was typed is still there"
    after = world.load(ballot_id)
    assert (after.minimum_contributions, after.roll_freezes_at, after.notice, after.fingerprint) == stood
    assert queries.threads_of(world.case.id) == [world.thread.id]
    refused = acts("refused:soften_rule")
    assert [(entry.actor_id, code) for entry in refused] == [(world.chair.id, code)]
    assert f'"{code}"' in refused[0].facts
    events = db.session.scalars(
        select(BallotEvent).where(
            BallotEvent.ballot_id == ballot_id, BallotEvent.kind == EventKind.REFUSED_CHANGE
        )
    ).all()
    assert [event.actor_id for event in events] == [world.chair.id]


@pytest.mark.parametrize(
    "change",
    [
        RuleChange(minimum=2),
        RuleChange(freezes_at=oslo("2026-03-16 19:59")),
        RuleChange(window_opens_at=oslo("2026-03-03 09:00")),
        RuleChange(threads=frozenset()),
        RuleChange(kinds=frozenset(Kind) - {Kind.MEETING}),
        RuleChange(setting=Setting.NONE),
    ],
)
def test_scenario_14_the_service_refuses_the_same_and_keeps_the_attempt(
    world: World, change: RuleChange
) -> None:
    ballot_id = world.publish()
    with when("2026-03-05 12:00"), pytest.raises(RuleBroken):
        changes.change_rule(ballot_id, rights(world.board), change, "Vi ombestemte oss.")
    assert len(acts("refused:soften_rule")) == 1


def test_scenario_14_the_draft_form_is_closed_after_the_notice_and_an_attempt_is_kept(world: World) -> None:
    ballot_id = world.publish()
    with when("2026-03-05 12:00"):
        browser = world.as_(world.chair)
        page = browser.get(f"/styret/avstemninger/{ballot_id}/rediger", status=409)
        assert "Avstemningen ble kunngjort mandag 2. mars kl. 09.00." in page
        assert acts("refused:draft_ballot") == []
        browser.post(
            f"/styret/avstemninger/{ballot_id}/rediger",
            {"question": "Noe annet?", "about": "Noe annet.", "minimum": "3"},
            status=409,
        )
    assert world.load(ballot_id).question == QUESTION
    assert len(acts("refused:draft_ballot")) == 1


def test_scenario_14_adding_a_thread_takes_two_and_counts_from_the_windows_opening(world: World) -> None:
    early, late = world.one("Early"), world.one("Late")
    second = a_thread(world.forum, world.mari, title="Skolestruktur, en idé")
    ballot_id = world.publish()
    world.crowd_takes_part()
    world.write(early, f"{LEAST} Det skrev jeg før.", "2026-02-27 12:00", thread=second)
    world.write(late, f"{LEAST} Det skriver jeg nå.", "2026-03-03 12:00", thread=second)
    assert world.status(ballot_id, late, "2026-03-04 12:00").mark == "not_yet"
    address = f"/styret/avstemninger/{ballot_id}/endre"
    with when("2026-03-05 12:00"):
        page = world.as_(world.chair).get(address)
        assert "Skolestruktur, en idé" in page
        data = {
            "add_threads": str(second.id),
            "minimum": "1",
            "freezes-day": "2026-03-16",
            "freezes-clock": "20:00",
            "reason": "Debatten begynte der.",
        }
        world.as_(world.chair).post(address, data)
        assert queries.threads_of(world.case.id) == [world.thread.id]
        again = world.as_(world.chair).post(address, data, status=409)
        assert "En annen i styret må bekrefte." in again
        page = world.as_(world.board).get(address)
        assert "Tråden «Skolestruktur, en idé» teller også." in page
        seq = page.markup.partition('name="confirm" value="')[2].partition('"')[0]
        world.as_(world.board).post(address, {"confirm": seq, "reason": "Enig."})
    assert set(queries.threads_of(world.case.id)) == {world.thread.id, second.id}
    assert world.status(ballot_id, late, "2026-03-05 12:30").mark == "ready"
    assert world.status(ballot_id, early, "2026-03-05 12:30").mark == "not_yet"
    world.advance(ballot_id)
    assert world.entry(ballot_id, late).entitled
    assert not world.entry(ballot_id, early).entitled


def test_scenario_14_the_last_moment_for_a_change_is_48_hours_before_the_freeze(world: World) -> None:
    second = a_thread(world.forum, world.mari, title="En tråd til")
    ballot_id = world.publish()
    change = RuleChange(threads=frozenset({world.thread.id, second.id}))
    with when("2026-03-14 20:00"), pytest.raises(RuleBroken) as refusal:
        changes.change_rule(ballot_id, rights(world.chair), change, "Debatten begynte der.")
    assert refusal.value.reason.code == "rule_change_too_late"
    with when("2026-03-14 20:00", -1):
        changes.change_rule(ballot_id, rights(world.chair), change, "Debatten begynte der.")
    with when("2026-03-14 20:00"), pytest.raises(RuleBroken):
        changes.change_rule(ballot_id, rights(world.board), change, "Enig.")
    assert queries.threads_of(world.case.id) == [world.thread.id]


@pytest.mark.parametrize(
    "subject", [Subject.ELECTION, Subject.BYLAW_CHANGE, Subject.NOMINATION, Subject.EXCLUSION]
)
def test_scenario_15_the_rule_is_refused_for_elections_and_bylaw_changes(
    world: World, subject: Subject
) -> None:
    with when("2026-03-02 09:00"):
        ballot = drafting.create(world.draft(subject=subject), rights(world.chair))
        ballot_id = ballot.id
        with pytest.raises(RuleBroken) as refusal:
            drafting.submit(ballot_id, rights(world.chair))
    assert refusal.value.reason.code == "rule_subject"
    assert "Krav om deltakelse kan bare brukes når avstemningen gjelder en sak." in phrases.sentence(
        refusal.value.reason
    )
    assert world.load(ballot_id).state is State.DRAFT


def test_scenario_15_a_direct_vote_without_participation_is_403_without_a_trace_of_the_choice(
    world: World,
) -> None:
    bo = world.one("Bo")
    ballot_id = world.publish()
    world.crowd_takes_part()
    world.advance(ballot_id)
    choice = casting.value_of(ballot_id, 1)
    with when("2026-03-17 12:34"):
        page = world.as_(bo).post(f"/avstemninger/{ballot_id}/lever", {"choice": choice}, status=403)
        with pytest.raises(NotAllowed):
            casting.cast(ballot_id, bo.id, [choice])
    assert "Vi fant ingen deltakelse fra deg i diskusjonen før fristen mandag 16. mars kl. 20.00." in page
    assert choice not in page.markup
    assert db.session.scalar(select(func.count()).select_from(SealedPaper)) == 0
    assert not world.entry(ballot_id, bo).voted
    refused = acts("refused:cast_vote")
    assert len(refused) == 2
    for entry in refused:
        assert entry.actor_id == bo.id
        assert entry.at == oslo("2026-03-17 12:00"), "the hour, and no more"
        assert '"no_contribution"' in entry.facts
        assert choice not in entry.facts


def test_a_qualified_member_votes_and_the_line_follows_her(world: World) -> None:
    ane = world.one("Ane")
    ballot_id = world.publish()
    world.crowd_takes_part()
    world.write(ane, LEAST, "2026-03-05 12:00")
    world.advance(ballot_id, FREEZE)
    assert world.line(ballot_id, ane, "2026-03-16 23:00").startswith(
        "Du har deltatt i diskusjonen om saken (innlegg"
    )
    world.advance(ballot_id)
    assert (
        world.line(ballot_id, ane, OPENING)
        == "Du kan stemme nå. Avstemningen stenger torsdag 19. mars kl. 20.00."
    )
    with when("2026-03-18 12:00"):
        casting.cast(ballot_id, ane.id, [casting.value_of(ballot_id, 0)])
    assert world.line(ballot_id, ane, "2026-03-18 12:01") == "Du har stemt."
    assert world.status(ballot_id, ane, CLOSING) is None


def test_an_administrator_of_the_installation_has_no_board_power(world: World) -> None:
    admin = world.one("Admin")
    an_office(admin, OfficeKind.ADMINISTRATOR, world.unit)
    ballot_id = world.publish()
    with when("2026-03-05 12:00"):
        world.as_(admin).post(f"/styret/avstemninger/{ballot_id}/avlys", {"reason": "Nei"}, status=403)
        world.as_(admin).get(f"/avstemninger/{ballot_id}/manntall.txt", status=403)
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(RollEntry)) == 0
