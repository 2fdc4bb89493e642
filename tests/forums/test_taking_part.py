"""Credits are facts: given at once, told at once, lost by the author's own act alone (PARTICIPATION.md 4 and 7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from builders import a_case, a_thread, later, oslo
from debate import Browser, World, rights
from sqlalchemy import select

from forums import hooks, queries, services
from forums.models import (
    CaseThread,
    Credit,
    CreditKind,
    CreditLoss,
    Ground,
    LossGround,
    Post,
    Thread,
    ThreadKind,
)
from foundation import clock
from foundation.errors import Reason, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import Member

Browsers = Callable[..., Browser]

COUNTS = "Innlegget teller. Du har deltatt i diskusjonen om «Skolestruktur i Fjordvik»."
TOO_SHORT = "Innlegget er publisert, men er for kort til å telle som deltakelse. Du kan skrive mer i det."
COPY = "Teksten er lik et innlegg som alt står i saken. Den er publisert, men teller ikke. Skriv gjerne noen egne ord."


def text_of(characters: int, start: str = "") -> str:
    """A text of so many visible characters, no two words of which are parted by more than one space."""
    words = (start + "skolen ved fjorden bør bestå og " * 10)[: characters - 1]
    return words.rstrip() + "x" * (characters - len(words.rstrip()))


def facts(case_id: int, member: Member) -> list[queries.CreditFact]:
    db.session.rollback()
    return queries.credits_of(case_id, member.id)


def held(case_id: int, member: Member) -> list[queries.CreditFact]:
    return [fact for fact in facts(case_id, member) if fact.lost_at is None]


def test_scenario_1_a_reply_of_62_characters_counts_at_once(world: World, browser: Browsers) -> None:
    ane = world.member("Ane")
    with clock.stopped_at(oslo("2026-03-05 18:00"), all_threads=True):
        page = browser(ane).write(world.thread.id, text_of(62), reply_to=world.thread.last_post_id)
    assert COUNTS in page.text
    (fact,) = facts(world.case.id, ane)
    assert (fact.kind, fact.visible_characters, fact.source) == (
        CreditKind.POST,
        62,
        f"post:{page.posts()[-1]}",
    )
    assert fact.at == fact.recorded_at == oslo("2026-03-05 18:00")


@pytest.mark.parametrize(("characters", "counts"), [(49, False), (50, True), (51, True)])
def test_fifty_characters_are_enough(world: World, browser: Browsers, characters: int, counts: bool) -> None:
    ane = world.member()
    page = browser(ane).write(world.thread.id, text_of(characters))
    assert (COUNTS in page.text) is counts
    assert (TOO_SHORT in page.text) is not counts
    assert bool(facts(world.case.id, ane)) is counts


@pytest.mark.parametrize(
    "body",
    [
        "> " + "x" * 300 + "\n\nEnig i det.",
        "```\n" + "kode " * 40 + "\n```\nSe her.",
        "Enig!" + " " * 400 + "\u200b" * 400,
        "https://example.org/" + "x" * 300,
        "[" + "https://example.org/" + "x" * 60 + "](https://example.org)",
        "a" + "\u0301" * 10 + " kort",
    ],
)
def test_quotations_code_addresses_and_blanks_are_no_words_of_ones_own(
    world: World, browser: Browsers, body: str
) -> None:
    ane = world.member()
    assert TOO_SHORT in browser(ane).write(world.thread.id, body).text
    assert facts(world.case.id, ane) == []


def test_scenario_3_a_short_post_counts_once_it_has_become_long_enough(
    world: World, browser: Browsers
) -> None:
    cato = world.member("Cato")
    writer = browser(cato)
    page = writer.write(world.thread.id, "Enig!")
    assert TOO_SHORT in page.text
    assert facts(world.case.id, cato) == []
    post_id = page.posts()[-1]
    with clock.stopped_at(later(days=3), all_threads=True):
        lead = writer.post(f"/innlegg/{post_id}/rediger", body=text_of(55), version="1")
        assert COUNTS in writer.get(lead.location.partition("#")[0]).text
        (fact,) = facts(world.case.id, cato)
        assert (fact.visible_characters, fact.at) == (55, clock.now())


def test_scenario_4_a_post_in_another_case_of_the_area_does_not_count_here(
    world: World, browser: Browsers
) -> None:
    eli = world.member("Eli")
    other = a_case(world.forum, world.mari, "En annen sak")
    thread = a_thread(world.forum, world.mari, case=other)
    assert "«En annen sak»" in browser(eli).write(thread.id, text_of(400)).text
    assert facts(world.case.id, eli) == []
    assert len(facts(other.id, eli)) == 1


def test_a_post_outside_every_case_gives_no_credit_and_asks_for_no_length(
    world: World, browser: Browsers
) -> None:
    ane = world.member()
    idea = a_thread(world.forum, world.mari)
    page = browser(ane).write(idea.id, "Enig!")
    assert "Innlegget er publisert." in page.text
    assert TOO_SHORT not in page.text
    assert db.session.scalars(select(Credit)).all() == []
    assert "data-minimum" not in page.markup
    assert 'data-minimum="50"' in browser(ane).get(f"/trader/{world.thread.id}").markup


def test_an_exact_copy_is_published_but_does_not_count(world: World, browser: Browsers) -> None:
    ane, bo = world.member("Ane"), world.member("Bo")
    browser(ane).write(world.thread.id, text_of(80))
    page = browser(bo).write(world.thread.id, text_of(80).upper().replace(" ", "  ") + "!!!")
    assert COPY in page.text
    assert facts(world.case.id, bo) == []
    page = browser(bo).write(world.thread.id, text_of(80) + " Og det mener jeg også.")
    assert COUNTS in page.text


def test_a_copy_from_another_thread_of_the_case_does_not_count_but_one_of_another_case_does(
    world: World, browser: Browsers
) -> None:
    second = a_thread(world.forum, world.mari, case=world.case)
    other = a_case(world.forum, world.mari, "En annen sak")
    elsewhere = a_thread(world.forum, world.mari, case=other)
    browser(world.member()).write(world.thread.id, text_of(80))
    assert COPY in browser(world.member()).write(second.id, text_of(80)).text
    assert "«En annen sak»" in browser(world.member()).write(elsewhere.id, text_of(80)).text


def test_hiding_the_first_does_not_let_its_copy_count(world: World, browser: Browsers) -> None:
    ane, bo = world.member("Ane"), world.member("Bo")
    post_id = browser(ane).write(world.thread.id, text_of(80)).posts()[-1]
    services.hide_post(rights(world.mari), post_id, Ground.PERSONAL)
    browser(bo).write(world.thread.id, text_of(80))
    assert facts(world.case.id, bo) == []


def test_what_is_written_on_behalf_of_an_office_does_not_count(world: World, browser: Browsers) -> None:
    mari = browser(world.mari)
    page = mari.write(world.thread.id, text_of(80), as_office="1")
    assert "Det du skriver på vegne av et verv, teller ikke som deltakelse." in page.text
    assert facts(world.case.id, world.mari) == []
    assert COUNTS in mari.write(world.thread.id, text_of(80, "Som medlem mener jeg at ")).text


def test_a_post_in_a_thread_of_two_cases_counts_in_both(world: World, browser: Browsers) -> None:
    other = a_case(world.forum, world.mari, "En annen sak")
    with transaction() as session:
        session.add(CaseThread(case_id=other.id, thread_id=world.thread.id, linked_at=clock.now()))
    ane = world.member()
    page = browser(ane).write(world.thread.id, text_of(80))
    assert COUNTS in page.text
    assert "«En annen sak»" in page.text
    assert len(facts(world.case.id, ane)) == len(facts(other.id, ane)) == 1


def test_what_opens_a_thread_on_the_case_counts_a_proposal_as_one(world: World) -> None:
    ane = world.member()
    services.open_thread(
        rights(ane),
        world.area.id,
        title="Forslag",
        body=text_of(90),
        kind=ThreadKind.PROPOSAL,
        unit_id=world.unit.id,
        case_id=world.case.id,
    )
    (fact,) = facts(world.case.id, ane)
    assert fact.kind is CreditKind.PROPOSAL


# Losing


def test_scenario_7_deleting_warns_then_takes_the_credit_and_a_new_post_restores_it(
    world: World, browser: Browsers
) -> None:
    ida = world.member("Ida")
    writer = browser(ida)
    asked: list[tuple[list[hooks.CreditAtRisk], datetime]] = []

    def ballot(**asked_about: Any) -> Reason:
        asked.append((asked_about["credits"], asked_about["at"]))
        return Reason.of("post_would_stop_counting", case="Navnet på stemmen som går tapt")

    post_id = writer.write(world.thread.id, text_of(60)).posts()[-1]
    with clock.stopped_at(oslo("2026-03-10 12:00"), all_threads=True):
        neutral = writer.get(f"/innlegg/{post_id}/slett")
        assert "Innlegget teller som deltakelse i diskusjonen om «Skolestruktur i Fjordvik»." in neutral.text
        hooks.before_credit_loss.register(ballot)
        assert "«Navnet på stemmen som går tapt»" in writer.get(f"/innlegg/{post_id}/slett").text
        ((risks, at),) = asked
        assert [(risk.case_id, risk.member_id) for risk in risks] == [(world.case.id, ida.id)]
        assert at == clock.now()
        assert len(held(world.case.id, ida)) == 1
        writer.post(f"/innlegg/{post_id}/slett")
        (fact,) = facts(world.case.id, ida)
        assert (fact.lost_at, fact.loss_ground) == (clock.now(), LossGround.DELETED)
        writer.write(world.thread.id, text_of(50))
    assert len(held(world.case.id, ida)) == 1


def test_a_post_that_gives_no_credit_is_deleted_without_a_warning(world: World, browser: Browsers) -> None:
    writer = browser(world.member())
    post_id = writer.write(world.thread.id, "Enig!").posts()[-1]
    assert "deltakelse" not in writer.get(f"/innlegg/{post_id}/slett").text


def test_shortening_takes_the_credit_only_after_the_warning(world: World, browser: Browsers) -> None:
    ane = world.member()
    writer = browser(ane)
    post_id = writer.write(world.thread.id, text_of(60)).posts()[-1]
    page = writer.post(f"/innlegg/{post_id}/rediger", 422, body="Kortere nå", version="1")
    assert "Det vil det ikke lenger gjøre." in page.text
    assert "Kortere nå" in page.markup
    assert "Lagre likevel" in page.text
    assert len(held(world.case.id, ane)) == 1
    lead = writer.post(f"/innlegg/{post_id}/rediger", body="Kortere nå", version="1", accept_loss="1")
    shown = writer.get(lead.location.partition("#")[0])
    assert "Innlegget teller ikke lenger som deltakelse" in shown.text
    (fact,) = facts(world.case.id, ane)
    assert fact.loss_ground is LossGround.SHORTENED
    writer.post(f"/innlegg/{post_id}/rediger", body=text_of(70), version="2")
    assert [fact.loss_ground for fact in facts(world.case.id, ane)] == [LossGround.SHORTENED, None]
    assert len({fact.source for fact in facts(world.case.id, ane)}) == 1


def test_an_edit_that_stays_long_enough_changes_no_credit(world: World, browser: Browsers) -> None:
    ane, bo = world.member(), world.member()
    browser(bo).write(world.thread.id, text_of(90))
    writer = browser(ane)
    post_id = writer.write(world.thread.id, text_of(60)).posts()[-1]
    (before,) = facts(world.case.id, ane)
    writer.post(f"/innlegg/{post_id}/rediger", body=text_of(90), version="1")  # now a copy of what Bo wrote
    assert facts(world.case.id, ane) == [before]


@pytest.mark.parametrize("act", ["hide", "restore", "lock", "unlock"])
def test_what_a_moderator_does_changes_no_credit(world: World, browser: Browsers, act: str) -> None:
    gro = world.member("Gro")
    post_id = browser(gro).write(world.thread.id, text_of(60)).posts()[-1]
    before = facts(world.case.id, gro)
    mari = rights(world.mari)
    services.hide_post(mari, post_id, Ground.PERSONAL)
    if act == "restore":
        services.restore_post(mari, post_id)
    if act in ("lock", "unlock"):
        services.lock_thread(mari, world.thread.id, Ground.PERSONAL)
    if act == "unlock":
        services.unlock_thread(mari, world.thread.id)
    assert facts(world.case.id, gro) == before
    assert queries.participants(world.case.id, later(days=1)) == {gro.id}


def test_a_hidden_post_may_be_made_long_enough_and_counts(world: World, browser: Browsers) -> None:
    gro = world.member("Gro")
    writer = browser(gro)
    post_id = writer.write(world.thread.id, "Kort").posts()[-1]
    services.hide_post(rights(world.mari), post_id, Ground.PERSONAL)
    writer.post(f"/innlegg/{post_id}/rediger", body=text_of(60), version="1")
    assert len(held(world.case.id, gro)) == 1
    assert "skolen ved fjorden" not in browser(world.member()).get(f"/trader/{world.thread.id}").text


# What those above hear and say


def test_those_above_hear_of_a_credit_in_the_same_transaction_and_may_add_a_sentence(
    world: World, browser: Browsers
) -> None:
    heard: list[dict[str, Any]] = []

    def ballot(**facts: Any) -> Reason:
        assert db.session.scalar(select(Credit.id).where(Credit.member_id == facts["member_id"])), (
            "it is stored"
        )
        assert db.session.info.get("writing")
        heard.append(facts)
        return Reason.of("post_stopped_counting", case="det stemmelokalet sier")

    hooks.credit_stored.register(ballot)
    ane = world.member()
    page = browser(ane).write(world.thread.id, text_of(60))
    assert COUNTS in page.text
    assert "«det stemmelokalet sier»" in page.text
    assert heard == [{"case_id": world.case.id, "member_id": ane.id, "at": clock.now()}]


def test_a_listener_that_fails_takes_the_post_with_it(world: World) -> None:
    def ballot(**_facts: Any) -> Reason | None:
        raise ValueError("the ballot cannot")

    hooks.credit_stored.register(ballot)
    ane = world.member()
    with pytest.raises(ValueError, match="the ballot cannot"):
        services.write_post(rights(ane), world.thread.id, text_of(60))
    db.session.rollback()
    assert db.session.scalars(select(Post).where(Post.author_id == ane.id)).all() == []
    assert db.session.get_one(Thread, world.thread.id).post_count == 1
    assert facts(world.case.id, ane) == []


# Threads that are linked later


def test_a_thread_linked_later_counts_from_when_its_posts_were_long_enough(world: World) -> None:
    idea = a_thread(world.forum, world.mari, body="Kort")
    ane, bo, cato, dag = (world.member(name) for name in ("Ane", "Bo", "Cato", "Dag"))
    services.write_post(rights(ane), idea.id, text_of(80))
    with clock.stopped_at(later(hours=1), all_threads=True):
        short = services.write_post(rights(bo), idea.id, "Enig!")
        services.write_post(rights(cato), idea.id, text_of(80))  # a copy of what Ane wrote
        gone = services.write_post(rights(dag), idea.id, text_of(70))
        services.delete_post(rights(dag), gone.post_id)
        services.write_post(rights(world.mari), idea.id, text_of(75), as_office=True)
    with clock.stopped_at(later(hours=2), all_threads=True):
        services.edit_post(rights(bo), short.post_id, text_of(60), version=1)
    with clock.stopped_at(later(hours=3), all_threads=True):
        services.edit_post(rights(bo), short.post_id, text_of(66), version=2)
    with clock.stopped_at(later(days=1), all_threads=True):
        assert services.link_thread(rights(world.mari), idea.id, world.case.id) == 2
    (of_ane,) = facts(world.case.id, ane)
    (of_bo,) = facts(world.case.id, bo)
    assert (of_ane.at, of_ane.recorded_at) == (oslo("2026-03-02 09:00"), oslo("2026-03-03 09:00"))
    assert (of_bo.at, of_bo.visible_characters) == (oslo("2026-03-02 11:00"), 66)
    assert queries.participants(world.case.id, later(days=2)) == {ane.id, bo.id}


def test_a_thread_is_linked_to_a_case_once_and_not_to_a_decided_one(world: World) -> None:
    with pytest.raises(RuleBroken, match="case_linked"):
        services.link_thread(rights(world.mari), world.thread.id, world.case.id)
    decided = a_case(world.forum, world.mari, decides="2026-02-01 10:00")
    with pytest.raises(RuleBroken, match="case_decided"):
        services.link_thread(rights(world.mari), world.thread.id, decided.id)


# What ballots read


def test_credits_are_read_as_they_were_recorded_before_a_moment(world: World) -> None:
    ane, bo = world.member("Ane"), world.member("Bo")
    freeze = later(days=14)
    with clock.stopped_at(later(days=1), all_threads=True):
        lost = services.write_post(rights(ane), world.thread.id, text_of(60))
    with clock.stopped_at(freeze, all_threads=True):
        services.write_post(rights(bo), world.thread.id, text_of(70))  # at the freeze: too late
    with clock.stopped_at(later(days=15), all_threads=True):
        services.delete_post(rights(ane), lost.post_id)
    assert queries.participants(world.case.id, freeze) == {ane.id}
    assert queries.participants(world.case.id, later(days=20)) == {bo.id}
    assert [fact.lost_at for fact in queries.credits_of(world.case.id, ane.id, freeze)] == [None]
    assert [fact.lost_at for fact in queries.credits_of(world.case.id, ane.id)] == [oslo("2026-03-17 09:00")]
    assert set(queries.credits_in(world.case.id, freeze)) == {ane.id}
    assert queries.credits_of(world.case.id, bo.id, freeze) == []


def test_the_record_of_credits_only_grows(world: World) -> None:
    ane = world.member()
    written = services.write_post(rights(ane), world.thread.id, text_of(60))
    (before,) = db.session.execute(select(Credit.__table__)).all()
    services.delete_post(rights(ane), written.post_id)
    db.session.rollback()
    assert db.session.execute(select(Credit.__table__)).all() == [before]
    assert len(db.session.scalars(select(CreditLoss)).all()) == 1


def test_the_threads_of_a_case_are_told_in_the_order_they_were_linked(world: World) -> None:
    later_one = a_thread(world.forum, world.mari, case=world.case, opened="2026-02-20 12:00")
    assert [thread.id for thread in queries.threads_of_case(world.case.id)] == [world.thread.id, later_one.id]
