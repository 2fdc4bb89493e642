"""What a member sees of ballots outside their pages: her line, the composer, the ballots of a case, her own page."""

from __future__ import annotations

import pytest
from builders import a_case, a_member, a_thread, a_unit, oslo
from queries import counted
from scenario_world import CLOSING, FREEZE, LEAST, OPENING, QUESTION, World, rights, when
from sqlalchemy import update

from ballot import home, hooks, queries
from ballot.models import Ballot
from ballot.rules.lifecycle import State
from ballot.rules.participation import Setting
from ballot.services import casting, changes, drafting, notice, participation
from ballot.views import fragments
from forums import services as debate
from forums.hooks import CreditAtRisk
from foundation import clock, phrases
from foundation.errors import Reason, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import Member, Standing
from members.rules.classes import MembershipClass, Status


def test_the_line_stands_in_every_thread_of_the_case_from_the_first_day(world: World) -> None:
    ane = world.one("Ane")
    second = a_thread(world.forum, world.mari, case=world.case, title="Bussen")
    other = a_thread(world.forum, world.mari, title="Noe helt annet")
    world.publish()
    with when("2026-03-02 09:00"):
        for thread in (world.thread, second):
            page = world.as_(ane).get(f"/trader/{thread.id}")
            assert page.text.count("Vil du stemme i denne saken?") == 1
            assert 'href="#skriv"' in page.markup
        assert "Vil du stemme" not in world.as_(ane).get(f"/trader/{other.id}")


def test_nobody_else_sees_a_members_line(world: World) -> None:
    ane, other = world.one("Ane"), world.one("Ola")
    ballot_id = world.publish()
    world.write(ane, LEAST, "2026-03-05 12:00")
    with when("2026-03-05 13:00"):
        for member in (other, world.mari, world.chair, world.control):
            page = world.as_(member).get(f"/trader/{world.thread.id}")
            assert "Du har deltatt" not in page
        steps = world.as_(world.chair).get(f"/styret/avstemninger/{ballot_id}")
    assert "Av 60 med stemmerett har færre enn 5 deltatt så langt." in steps
    assert "Ane" not in steps


def test_a_sympathiser_and_a_visitor_have_no_line(world: World) -> None:
    guest = world.member("Siri", membership_class=MembershipClass.SYMPATHISER)
    suspended = world.member("Sus", status=Status.SUSPENDED)
    ballot_id = world.publish()
    assert world.status(ballot_id, guest, "2026-03-05 12:00") is None
    assert world.status(ballot_id, suspended, "2026-03-05 12:00") is None


def test_a_supporter_is_told_before_writing_that_she_has_no_vote(world: World) -> None:
    stine = world.member("Stine", membership_class=MembershipClass.AFFILIATED_SUPPORTER)
    world.publish()
    with when("2026-03-05 12:00"):
        page = world.as_(stine).get(f"/trader/{world.thread.id}")
    assert "Du kan skrive her som tilsluttet supporter. Stemmerett i saker har du ikke." in page


def test_somebody_of_another_unit_is_told_whom_the_ballot_is_for(world: World) -> None:
    elsewhere = a_member(a_unit("Nordre Fjordvik kommuneparti"), "Nils")
    ballot_id = world.publish()
    assert world.line(ballot_id, elsewhere, "2026-03-05 12:00") == (
        "Du kan ikke stemme i denne avstemningen. Avstemningen er for medlemmer i Fjordvik kommuneparti. "
        "Du står i Nordre Fjordvik kommuneparti."
    )
    world.crowd_takes_part()
    world.advance(ballot_id)
    assert world.line(ballot_id, elsewhere, OPENING).endswith(
        "Mener du at det er feil? Klag før onsdag 18. mars kl. 08.00."
    )
    assert not world.line(ballot_id, elsewhere, "2026-03-18 08:00").endswith("08.00.")


def test_copies_official_posts_and_early_posts_are_told_apart(world: World) -> None:
    ane = world.one("Ane")
    world.write(ane, f"{LEAST} Skrevet før kunngjøringen.", "2026-02-27 12:00")
    ballot_id = world.publish()
    world.write(world.crowd[0], f"{LEAST} Og det er sant.", "2026-03-03 12:00")
    world.write(ane, f"{LEAST.upper()} og det er sant", "2026-03-04 12:00")
    with when("2026-03-05 12:00"):
        debate.write_post(rights(world.mari), world.thread.id, f"{LEAST} Sier gruppa.", as_office=True)
        hers = world.as_(ane).get(f"/avstemninger/{ballot_id}")
        official = world.as_(world.mari).get(f"/avstemninger/{ballot_id}")
    assert "før tiden som teller. Den begynte mandag 2. mars kl. 09.00." in hers
    assert "Teksten er lik et innlegg som alt står i saken." in hers
    assert "Skrevet på vegne av et verv." in official


def test_before_the_freeze_is_recorded_the_line_says_that_the_roll_is_being_made(world: World) -> None:
    ballot_id = world.publish()
    status = world.status(ballot_id, world.crowd[0], FREEZE)
    assert status is not None
    assert status.line.code == "part.roll_being_made"


def test_the_line_costs_at_most_two_queries(world: World) -> None:
    ane, bo = world.one("Ane"), world.one("Bo")
    ballot_id = world.publish()
    world.crowd_takes_part()
    world.write(ane, LEAST, "2026-03-05 12:00")
    moments = ["2026-03-06 12:00", "2026-03-16 22:00", "2026-03-17 12:00"]
    for moment in moments:
        ballot = world.advance(ballot_id, moment)
        assert ballot.units
        assert ballot.classes
        assert [row.unit.path for row in ballot.units]
        for member in (ane, bo):
            with when(moment):
                mine = rights(member)
                with counted() as sent:
                    participation.status(ballot, mine, clock.now())
            # A refusal after the freeze is told in full, from the rows that the roll was made from.
            told_in_full = member is bo and moment != moments[0]
            assert len(sent) <= (4 if told_in_full else 2), (moment, member.name, sent)


def test_the_ballots_of_a_thread_are_found_by_one_query(world: World) -> None:
    for _ in range(4):
        world.publish(world.draft(participation=Setting.NONE, roll_freezes_at=None))
    thread_id, title, path = world.thread.id, world.case.title, world.unit.path
    db.session.rollback()
    with counted() as sent:
        ballots = queries.on_thread(thread_id)
        assert len(ballots) == 4
        for ballot in ballots:
            assert ballot.case is not None
            assert ballot.case.title == title
            assert ballot.unit.path == path
            assert [row.unit.path for row in ballot.units] == [path]
            assert [row.membership_class for row in ballot.classes] == [MembershipClass.FULL_MEMBER]
    assert len(sent) == 1


def test_a_thread_shows_its_ballots_with_times_and_then_the_result(world: World) -> None:
    ballot_id = world.publish(world.draft(participation=Setting.NONE, roll_freezes_at=None))
    member = world.crowd[0]
    with when("2026-03-05 12:00"):
        page = world.as_(member).get(f"/trader/{world.thread.id}")
        assert f"{QUESTION} Kunngjort Åpner tirsdag 17. mars kl. 08.00" in page
        case = world.as_(member).get(f"/saker/{world.case.id}")
        assert QUESTION in case
    with when("2026-03-17 12:00"):
        page = world.as_(member).get(f"/trader/{world.thread.id}")
        assert f"{QUESTION} Åpen Stenger torsdag 19. mars kl. 20.00" in page
        assert "Stem nå" in page
        for number, voter in enumerate(world.crowd[:12]):
            casting.cast(ballot_id, voter.id, [casting.value_of(ballot_id, int(number > 7))])
    with when(CLOSING):
        page = world.as_(member).get(f"/trader/{world.thread.id}")
    assert "Flertallet rår til ja: 8 mot 4, 0 blanke." in page


def test_a_draft_is_no_ballot_of_the_case_yet(world: World) -> None:
    drafting.create(world.draft(), rights(world.chair))
    page = world.as_(world.crowd[0]).get(f"/trader/{world.thread.id}")
    assert QUESTION not in page


def test_the_thread_page_asks_few_questions_of_the_ballots(world: World) -> None:
    member = world.crowd[-1]
    world.publish()
    browser = world.as_(member)
    with when("2026-03-05 12:00"):
        browser.get(f"/trader/{world.thread.id}")
        with counted() as sent:
            browser.get(f"/trader/{world.thread.id}")
    about = [statement for statement in sent if " ballot " in statement or "credit" in statement]
    assert len(about) <= 3, about


# What an act in the debate is told


def test_nobody_is_warned_who_loses_nothing(world: World) -> None:
    ane, stine = world.one("Ane"), world.member("S", membership_class=MembershipClass.AFFILIATED_SUPPORTER)
    two = (
        world.write(ane, f"{LEAST} Ett.", "2026-02-25 12:00"),
        world.write(ane, f"{LEAST} To.", "2026-02-26 12:00"),
    )
    world.publish()
    first = world.write(ane, f"{LEAST} Tre.", "2026-03-05 12:00")
    second = world.write(ane, f"{LEAST} Fire.", "2026-03-05 13:00")
    hers = world.write(stine, f"{LEAST} Fem.", "2026-03-05 14:00")
    with when("2026-03-05 15:00"):
        for post in (*two, first, second):
            assert "kan ikke stemme" not in world.as_(ane).get(f"/innlegg/{post}/slett"), (
                "another one still counts"
            )
        assert "kan ikke stemme" not in world.as_(stine).get(f"/innlegg/{hers}/slett")
        world.as_(ane).post(f"/innlegg/{first}/slett")
        assert "kan ikke stemme" in world.as_(ane).get(f"/innlegg/{second}/slett")
    with when(FREEZE):
        assert "kan ikke stemme" not in world.as_(ane).get(f"/innlegg/{second}/slett"), "the roll stands"


def test_shortening_the_only_post_warns_too(world: World) -> None:
    ane = world.one("Ane")
    world.publish()
    post = world.write(ane, LEAST, "2026-03-05 12:00")
    with when("2026-03-05 13:00"), pytest.raises(debate.posts.CreditAtStake) as stake:
        debate.edit_post(rights(ane), post, "Enig.", version=1)
    assert any("kan ikke stemme" in phrases.sentence(reason) for reason in stake.value.reasons)


def test_a_contribution_says_how_much_is_missing_where_two_are_asked_for(world: World) -> None:
    ane = world.one("Ane")
    world.publish(world.draft(minimum=2))
    with when("2026-03-05 12:00"):
        written = debate.write_post(rights(ane), world.thread.id, LEAST)
    said = [phrases.sentence(reason).replace("\xa0", " ") for reason in written.said]
    assert said[1] == "Du har 1 av 2 bidrag. Ta med 1 til før mandag 16. mars kl. 20.00, så kan du stemme."


@pytest.mark.parametrize("at", ["2026-03-02 08:59", FREEZE])
def test_outside_the_window_a_contribution_promises_nothing(world: World, at: str) -> None:
    ane = world.one("Ane")
    world.publish()
    with when(at):
        assert hooks.credit_stored(case_id=world.case.id, member_id=ane.id, at=clock.now()) is None
        risk = CreditAtRisk(world.case.id, ane.id, 1, clock.now())
        assert hooks.before_credit_loss(credits=[risk], at=clock.now()) is None


def test_the_hooks_say_nothing_of_nobody(world: World) -> None:
    assert hooks.before_credit_loss(credits=[], at=clock.now()) is None
    assert hooks.credit_stored(case_id=world.case.id, member_id=99_999, at=clock.now()) is None


# My page


def test_my_page_leads_from_debate_to_vote_to_result(world: World) -> None:
    ane = world.one("Ane")
    ballot_id = world.publish()
    world.crowd_takes_part()
    with when("2026-03-05 12:00"):
        page = world.as_(ane).get("/")
        assert "Den neste åpner tirsdag 17. mars kl. 08.00." in page
        assert "Vil du stemme i denne saken?" in page
    world.write(ane, LEAST, "2026-03-05 12:00")
    with when("2026-03-06 12:00"):
        assert "Du har deltatt i diskusjonen om saken (innlegg, 5. mars 2026)." in world.as_(ane).get("/")
    with when("2026-03-17 12:00"):
        page = world.as_(ane).get("/")
        assert f'href="/avstemninger/{ballot_id}"' in page.markup
        assert "Stenger torsdag 19. mars kl. 20.00" in page
        for voter in (ane, *world.crowd[:11]):
            casting.cast(ballot_id, voter.id, [casting.value_of(ballot_id, 0 if voter is ane else 1)])
        assert home.open_to(rights(ane), clock.now()) == []
    with when("2026-03-20 12:00"):
        page = world.as_(ane).get("/")
        assert "Flertallet rår til nei: 11 mot 1, 0 blanke." in page
        assert "Dette ble det av saken du var med på" in page
    with when("2026-06-20 12:00"):
        assert home.results(rights(ane), clock.now()) == []


def test_my_page_promises_nothing_to_whoever_cannot_vote(world: World) -> None:
    stine = world.member("Stine", membership_class=MembershipClass.AFFILIATED_SUPPORTER)
    per = world.member("Per", joined="2026-03-02 09:01")
    bo = world.one("Bo")
    world.publish()
    world.crowd_takes_part()
    with when("2026-03-05 12:00"):
        assert home.next_opening(rights(stine), clock.now()) is None
        assert home.in_window(rights(stine), clock.now()) == []
        assert home.in_window(rights(per), clock.now()) == []
    with when("2026-03-16 21:00"):
        home.open_to(rights(bo), clock.now())
        assert home.next_opening(rights(bo), clock.now()) is None
        assert home.next_opening(rights(world.crowd[0]), clock.now()) == oslo(OPENING)
    with when("2026-03-17 12:00"):
        assert home.open_to(rights(bo), clock.now()) == []


def test_my_page_asks_few_questions_however_many_ballots(world: World) -> None:
    for _ in range(8):
        world.publish(world.draft(participation=Setting.NONE, roll_freezes_at=None, opens_at=None))
    me = rights(world.crowd[0])
    with when("2026-03-05 12:00"), world.app.test_request_context():
        home.open_to(me, clock.now())
        with counted() as sent:
            assert len(home.open_to(me, clock.now())) == 8
            home.next_opening(me, clock.now())
            home.in_window(me, clock.now())
            home.results(me, clock.now())
    assert len(sent) <= 6, sent


def test_an_ended_ballot_is_neither_open_nor_coming(world: World) -> None:
    ballot_id = world.publish()
    for member in (world.chair, world.board):
        changes.cancel(ballot_id, rights(member), "Saken er trukket.")
    me = rights(world.crowd[0])
    assert home.next_opening(me, clock.now()) is None
    assert home.in_window(me, clock.now()) == []
    assert world.status(ballot_id, world.crowd[0], "2026-03-05 12:00") is None
    with when("2026-03-05 12:00"):
        page = world.as_(world.crowd[0]).get(f"/trader/{world.thread.id}")
    assert "Avlyst Saken er trukket." in page


def test_of_two_ballots_on_a_case_the_one_that_asks_something_has_the_line(world: World) -> None:
    bo = world.one("Bo")
    first = world.publish()
    second = world.publish(world.draft(participation=Setting.NONE, roll_freezes_at=None, opens_at=None))
    assert [world.load(one).state for one in (first, second)] == [State.NOTIFIED, State.OPEN]
    with when("2026-03-05 12:00"):
        page = world.as_(bo).get(f"/trader/{world.thread.id}")
        assert "Du kan stemme nå." in page
        assert "Vil du stemme i denne saken?" not in page
        casting.cast(second, bo.id, [casting.value_of(second, 0)])
        page = world.as_(bo).get(f"/trader/{world.thread.id}")
    assert "Vil du stemme i denne saken?" in page, (
        "she has voted in one, and can still take part for the other"
    )
    assert "Du har stemt." not in page


def test_a_member_suspended_after_the_freeze_keeps_the_vote_the_roll_gave_her(world: World) -> None:
    ane = world.one("Ane")
    ballot_id = world.publish(world.draft(participation=Setting.NONE, roll_freezes_at=None))
    world.advance(ballot_id)
    with transaction() as session:
        session.add(
            Standing(
                member_id=ane.id,
                unit_id=world.unit.id,
                membership_class=MembershipClass.FULL_MEMBER,
                status=Status.SUSPENDED,
                joined_at=oslo("2015-01-01 00:00"),
                recorded_at=oslo("2026-03-17 10:00"),
            )
        )
    assert world.line(ballot_id, ane, "2026-03-17 12:00").startswith("Du kan stemme nå.")


def test_a_line_without_what_counted_has_no_fold(world: World) -> None:
    status = participation.Status("voted", Reason.of("part.voted"), 1, None)
    with world.app.test_request_context():
        line = fragments.line_of(status)
    assert (line.counted, line.not_counting, line.hint) == ([], [], "")
    assert [action["text"] for action in line.actions] == ["Se avstemningen"]


def test_members_of_a_unit_below_are_in_and_of_the_unit_above_are_not(world: World) -> None:
    below = a_unit("Nordneset lokallag", parent=world.unit)
    member = a_member(below, "Under")
    other_case = a_case(world.forum, world.mari, "En annen sak")
    ballot_id = world.publish()
    status = world.status(ballot_id, member, "2026-03-05 12:00")
    assert status is not None
    assert status.mark == "not_yet"
    assert status.case_id == world.case.id != other_case.id
    with transaction() as session:
        session.execute(update(Member).where(Member.id == member.id).values(name="Nes"))
    assert db.session.get_one(Ballot, ballot_id).case_id == world.case.id


def test_everybody_sees_what_has_happened_with_numbers_reasons_and_hashes(world: World) -> None:
    second = a_thread(world.forum, world.mari, title="Skolestruktur, en idé")
    ballot_id = world.publish(world.draft(minimum=2))
    asked = changes.RuleChange(minimum=1, threads=frozenset({world.thread.id, second.id}))
    with when("2026-03-05 12:00"):
        changes.change_rule(ballot_id, rights(world.chair), asked, "Debatten begynte der.")
        with pytest.raises(RuleBroken):
            changes.change_rule(ballot_id, rights(world.chair), changes.RuleChange(minimum=3), "Nei.")
        before = world.as_(world.crowd[0]).get(f"/avstemninger/{ballot_id}")
        changes.change_rule(ballot_id, rights(world.board), asked, "Enig.")
    world.crowd_takes_part()
    world.advance(ballot_id)
    with when(OPENING):
        page = world.as_(world.crowd[0]).get(f"/avstemninger/{ballot_id}")
    assert "Debatten begynte der." not in before, "a proposal is the board's own"
    assert (
        "Kravet om deltakelse ble gjort mildere Endring 1. Det er nok med ett bidrag. "
        "Tråden «Skolestruktur, en idé» teller også. Grunn: Debatten begynte der."
    ) in page
    mark = notice.short(world.roll(ballot_id).sha256)
    assert f"Manntallet ble laget 20 av 60 med stemmerett kan stemme. Fingeravtrykk {mark}" in page
    told = notice.short(world.load(ballot_id).fingerprint or b"")
    assert f"Avstemningen ble godkjent og kunngjort Fingeravtrykk {told}" in page
    history = page.text.partition("Hva som har skjedd")[2]
    assert "Berit Brekke" not in history
    assert "avvist" not in history
