"""A text is never lost: kept for its author while it is written, given back to her alone, gone once it is sent."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from builders import a_thread, oslo
from debate import Browser, Page, World, rights
from flask import Flask
from queries import counted
from sqlalchemy import func, select, update

from ballot.people import leaving
from forums import services as debate
from forums.drafts import queries, rules, seals, services
from forums.drafts.models import HeldText
from forums.models import Post, Thread
from foundation import clock, jobs
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.models import Member, MemberSession
from members.rules.classes import Status

Browsers = Callable[[Member | None], Browser]
AGAIN = "Du ble logget ut. Teksten din er tatt vare på. Logg inn, så fortsetter du der du var."


def place_of(world: World) -> str:
    return f"thread:{world.thread.id}"


def fields(body: str, **more: str) -> rules.Fields:
    return {"body": [body]} | {name: [value] for name, value in more.items()}


def a_post(thread: Thread, author: Member, body: str) -> Post:
    """A post that stands in a thread."""
    written = debate.write_post(rights(author), thread.id, body)
    return db.session.get_one(Post, written.post_id)


def kept(member: Member, place: str) -> str | None:
    """The text that stands at a place for a member."""
    db.session.rollback()
    draft = queries.draft_at(member.id, place)
    return rules.words(draft.fields) if draft else None


def save(
    browser: Browser, member: Member, place: str, body: str, base: int = 0, status: int = 200
) -> dict[str, object]:
    """Save as the page's script does."""
    answer = browser.forge(
        "/utkast",
        status,
        csrf_token=browser.token,
        draft_seal=seals.seal(member.id, place),
        draft=base,
        fields=json.dumps(fields(body)),
    )
    return json.loads(answer.markup) if answer.markup.startswith("{") else {}


def hidden(page: Page, name: str) -> str:
    """What a hidden field of the page's form holds."""
    return next(found.get("value", "") for found in page.find("input", name=name))


# Keeping and giving back


def test_what_is_typed_stands_in_the_form_again_with_when_it_was_saved(
    world: World, browser: Browsers
) -> None:
    ane = world.member("Ane")
    page = browser(ane)
    said = save(page, ane, place_of(world), "Jeg har begynt på noe", 0)
    assert said["said"] == "Utkast lagret kl. 09.00"
    again = browser(ane).get(f"/trader/{world.thread.id}")
    assert "Vi har tatt vare på utkastet ditt fra kl. 09.00. Fortsett Forkast" in again.text
    assert [text.text for text in again.find("textarea", name="body")] == ["Jeg har begynt på noe"]
    assert hidden(again, "draft") == str(said["version"])


def test_a_text_from_another_day_says_which(world: World, browser: Browsers) -> None:
    ane = world.member("Ane")
    save(browser(ane), ane, place_of(world), "I går")
    with clock.stopped_at(oslo("2026-03-04 10:00"), all_threads=True):
        page = browser(ane).get(f"/trader/{world.thread.id}")
    assert "fra kl. 09.00 den 2. mars 2026." in page.text.replace("\N{NO-BREAK SPACE}", " ")


def test_an_answer_is_begun_again_as_an_answer_until_she_says_otherwise(
    world: World, browser: Browsers
) -> None:
    ane = world.member("Ane")
    post = a_post(world.thread, world.jonas, "Hva mener dere?")
    services.save(rights(ane), place_of(world), fields("Jeg mener", reply_to=str(post.id)), 0)
    page = browser(ane)
    assert "Svar til Jonas Dahl" in page.get(f"/trader/{world.thread.id}").text
    plain = page.get(f"/trader/{world.thread.id}?svar=0")
    assert "Svar til Jonas Dahl" not in plain.text
    assert plain.find("textarea", name="body")[0].text == "Jeg mener"
    quoting = page.get(f"/trader/{world.thread.id}?siter={post.id}").find("textarea", name="body")[0].text
    assert quoting is not None
    assert quoting.startswith("Jeg mener\n\n> ")
    assert "Hva mener dere?" in quoting


def test_a_new_thread_gets_its_title_text_and_choices_back(world: World, browser: Browsers) -> None:
    ane = world.member("Ane")
    place = f"area:{world.area.code}:new"
    sent = fields("Teksten", title="En tittel", kind="idea", unit_id="99999", accept_loss="1")
    services.save(rights(ane), place, rules.kept(sent), 0)
    page = browser(ane).get(f"/omrader/{world.area.code}/ny-trad")
    assert page.find("input", name="title", value="En tittel")
    assert page.find("textarea", name="body")[0].text == "Teksten"
    assert [
        option.get("value") for option in page.find("input", name="kind") if "checked" in option.attrib
    ] == ["idea"]
    assert str(world.unit.id) in [
        option.get("value") for option in page.find("option") if "selected" in option.attrib
    ], "a unit that cannot be chosen any more is not"


def test_a_case_and_its_paper_are_kept_too(world: World, browser: Browsers) -> None:
    services.save(rights(world.mari), f"case:{world.case.id}:paper", fields("Lang tekst", title="Notat"), 0)
    page = browser(world.mari).get(f"/saker/{world.case.id}/papirer")
    assert page.find("input", name="title", value="Notat")
    assert page.find("textarea", name="body")[0].text == "Lang tekst"
    services.save(
        rights(world.mari),
        f"area:{world.area.code}:case",
        {"summary": ["Om skolen"], "decides_at": ["2026-05-01T10:00"]},
        0,
    )
    page = browser(world.mari).get(f"/omrader/{world.area.code}/ny-sak")
    assert page.find("textarea", name="summary")[0].text == "Om skolen"
    assert page.find("input", name="decides_at", value="2026-05-01T10:00")


def test_nothing_written_keeps_nothing_and_an_emptied_form_forgets(world: World) -> None:
    ane = world.member("Ane")
    assert services.save(rights(ane), place_of(world), fields("  ", kind="idea"), 0) is None
    draft = services.save(rights(ane), place_of(world), fields("Noe"), 0)
    assert draft is not None
    assert services.save(rights(ane), place_of(world), fields(""), draft.version) is None
    assert kept(ane, place_of(world)) is None


# Two windows


def test_two_windows_never_overwrite_each_other_unseen(world: World, browser: Browsers) -> None:
    ane = world.member("Ane")
    page, place = browser(ane), place_of(world)
    first = save(page, ane, place, "Begynnelsen")
    base = int(str(first["version"]))
    newer = save(page, ane, place, "Fra det ene vinduet", base)
    refused = save(page, ane, place, "Fra det andre vinduet", base, 409)
    assert refused["words"] == "Fra det ene vinduet"
    assert "Du har skrevet noe annet her i et annet vindu" in str(refused["error"])
    assert kept(ane, place) == "Fra det ene vinduet"
    save(page, ane, place, "Fra det andre vinduet", int(str(refused["version"])))
    assert kept(ane, place) == "Fra det andre vinduet", "once she has chosen"
    assert newer["version"] == refused["version"]


def test_a_window_that_begins_where_another_has_begun_is_told(world: World) -> None:
    ane = world.member("Ane")
    services.save(rights(ane), place_of(world), fields("Den ene"), 0)
    with pytest.raises(services.ChangedElsewhere):
        services.save(rights(ane), place_of(world), fields("Den andre"), 0)
    same = services.save(rights(ane), place_of(world), fields("Den ene"), 0)
    assert same is not None, "the same text is no quarrel"


def test_what_was_sent_does_not_come_back_from_a_window_that_lags(world: World) -> None:
    ane = world.member("Ane")
    draft = services.save(rights(ane), place_of(world), fields("Sendt"), 0)
    assert draft is not None
    base = draft.version
    with services.sending(ane.id, place_of(world), base, body="Sendt"):
        pass
    with pytest.raises(services.GoneElsewhere):
        services.save(rights(ane), place_of(world), fields("Sendt"), base)
    begun = services.save(rights(ane), place_of(world), fields("Noe nytt"), 0)
    assert begun is not None
    assert begun.version != base, "a text begun anew is never taken for the one before"


def test_of_two_windows_that_begin_at_the_same_moment_one_is_told(world: World, app: Flask) -> None:
    member, place = world.member("Ane"), place_of(world)
    number = member.id
    db.session.rollback()
    begin = threading.Barrier(2, timeout=10)

    def window(text: str) -> str:
        with app.app_context():
            try:
                mine = rights(db.session.get_one(Member, number))
                begin.wait()
                services.save(mine, place, fields(text), 0)
            except services.ChangedElsewhere as changed:
                return rules.words(changed.fields)
            finally:
                db.session.remove()
            return ""

    with ThreadPoolExecutor(2) as windows:
        told = sorted(windows.map(window, ["Den ene", "Den andre"]))
    assert told == ["", kept(member, place)]


# Sending


def test_sending_deletes_the_text_of_that_place_and_no_other(world: World, browser: Browsers) -> None:
    ane = world.member("Ane")
    other = a_thread(world.forum, world.mari)
    services.save(rights(ane), f"thread:{other.id}", fields("Et annet sted"), 0)
    draft = services.save(rights(ane), place_of(world), fields("Et innleg"), 0)
    assert draft is not None
    browser(ane).write(world.thread.id, "Et innlegg", draft=draft.version)
    assert kept(ane, place_of(world)) is None
    assert kept(ane, f"thread:{other.id}") == "Et annet sted"


@pytest.mark.parametrize(("meanwhile", "left"), [("Noe helt annet", "Noe helt annet"), ("Et innlegg", None)])
def test_what_another_window_has_written_since_survives_the_sending(
    world: World, browser: Browsers, meanwhile: str, left: str | None
) -> None:
    ane = world.member("Ane")
    draft = services.save(rights(ane), place_of(world), fields("Et innleg"), 0)
    assert draft is not None
    base = draft.version
    services.save(rights(ane), place_of(world), fields(meanwhile), base)
    browser(ane).write(world.thread.id, "Et innlegg", draft=base)
    assert kept(ane, place_of(world)) == left


def test_what_is_refused_is_kept_and_comes_back_whole(world: World, browser: Browsers) -> None:
    ane = world.member("Ane")
    draft = services.save(rights(ane), place_of(world), fields("> bare et sitat"), 0)
    assert draft is not None
    version = str(draft.version)
    back = browser(ane).write(world.thread.id, "> bare et sitat", 422, draft=version)
    assert back.find("textarea", name="body")[0].text == "> bare et sitat"
    assert hidden(back, "draft") == version
    assert kept(ane, place_of(world)) == "> bare et sitat"


def test_a_changed_post_a_thread_and_a_paper_take_their_drafts_with_them(
    world: World, browser: Browsers
) -> None:
    post = a_post(world.thread, world.mari, "Før")
    page, mari = browser(world.mari), rights(world.mari)
    for place in (f"edit:{post.id}", f"area:{world.area.code}:new", f"case:{world.case.id}:paper"):
        services.save(mari, place, fields("Teksten min", title="Tittelen"), 0)
    page.post(f"/innlegg/{post.id}/rediger", body="Teksten min", version=1)
    page.post(
        f"/omrader/{world.area.code}/ny-trad",
        title="Tittelen",
        body="Teksten min",
        kind="idea",
        unit_id=world.unit.id,
        case_id=0,
    )
    page.post(f"/saker/{world.case.id}/papirer", title="Tittelen", body="Teksten min")
    assert queries.how_many(world.mari.id) == 0


def test_an_act_that_fails_leaves_the_text_where_it_was(world: World) -> None:
    ane = world.member("Ane")
    draft = services.save(rights(ane), place_of(world), fields("Et innlegg"), 0)
    assert draft is not None
    with (
        pytest.raises(RuntimeError),
        services.sending(ane.id, place_of(world), draft.version, body="Et innlegg"),
    ):
        debate.write_post(rights(ane), world.thread.id, "Et innlegg")
        raise RuntimeError
    assert kept(ane, place_of(world)) == "Et innlegg"
    assert db.session.scalar(select(func.count()).select_from(Post).where(Post.author_id == ane.id)) == 0


# Nobody else's


def test_nobody_sees_saves_or_discards_what_another_writes(world: World, browser: Browsers) -> None:
    ane, bo = world.member("Ane"), world.member("Bo")
    draft = services.save(rights(ane), place_of(world), fields("Hemmelig utkast"), 0)
    assert draft is not None
    number, seal = draft.id, seals.seal(ane.id, place_of(world))
    theirs = browser(bo)
    assert "Hemmelig" not in theirs.get(f"/trader/{world.thread.id}").markup
    assert "Hemmelig" not in theirs.get("/meg/utkast").markup
    theirs.get(f"/meg/utkast/{number}", 404)
    theirs.post(f"/meg/utkast/{number}/forkast", 404)
    theirs.post("/utkast/forkast", 403, draft_seal=seal)
    save(theirs, ane, place_of(world), "Overskrevet", draft.version, 403)
    theirs.post("/utkast", 403, draft_seal="fusk", fields="{}")
    assert kept(ane, place_of(world)) == "Hemmelig utkast"


def test_whoever_may_not_speak_keeps_nothing(world: World) -> None:
    left = world.member("Borte", status=Status.RESIGNED)
    with pytest.raises(NotAllowed):
        services.save(rights(left), place_of(world), fields("Noe"), 0)


@pytest.mark.parametrize("sent", ["[]", "{", '{"body": "Noe"}', '{"body": [1]}'])
def test_what_no_form_of_ours_sends_is_turned_away(world: World, browser: Browsers, sent: str) -> None:
    ane = world.member("Ane")
    browser(ane).post("/utkast", 422, draft_seal=seals.seal(ane.id, place_of(world)), fields=sent)


def test_no_more_is_kept_than_a_form_can_hold(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ane = world.member("Ane")
    with pytest.raises(RuleBroken, match="draft_too_long"):
        services.save(rights(ane), place_of(world), fields("a" * (rules.MOST_CHARACTERS + 1)), 0)
    monkeypatch.setattr(rules, "MOST_DRAFTS", 1)
    services.save(rights(ane), place_of(world), fields("Det ene"), 0)
    with pytest.raises(RuleBroken, match="draft_too_many"):
        services.save(rights(ane), "thread:9", fields("Det andre"), 0)


# Mine utkast


def test_my_list_names_places_and_leads_back_with_a_known_number_of_questions(
    world: World, browser: Browsers
) -> None:
    ane = world.member("Ane")
    post = a_post(world.thread, ane, "Mitt")
    for place in (place_of(world), f"edit:{post.id}", f"area:{world.area.code}:new", "thread:99999"):
        services.save(rights(ane), place, fields(f"Utkast ved {place}"), 0)
    page = browser(ane)
    page.get("/meg/utkast")
    with counted() as few:
        listed = page.get("/meg/utkast")
    assert world.thread.title in listed.text
    assert f"Endring av innlegget ditt i «{world.thread.title}»" in listed.text
    assert "Ny tråd i Skole og oppvekst" in listed.text
    assert "Stedet er borte, men teksten er her" in listed.text
    assert "90 dager" in listed.text
    gone = next(int(number) for number in re.findall(r'/meg/utkast/(\d+)"', listed.markup))
    assert page.get(f"/meg/utkast/{gone}").find("textarea")
    for number in range(30):
        services.save(rights(ane), f"thread:{5000 + number}", fields("Enda et"), 0)
    with counted() as many:
        assert "Utkast ved" not in page.get("/meg/utkast").text
    assert len(many) <= len(few)
    assert "Utkast ved" in page.get("/meg/utkast?side=2").text


def test_a_guest_is_not_told_the_title_of_what_she_may_not_read(world: World, browser: Browsers) -> None:
    guest = world.guest()
    services.save(rights(guest), place_of(world), fields("Prøver"), 0)
    assert world.thread.title not in browser(guest).get("/meg/utkast").text


def test_a_discarded_text_is_gone(world: World, browser: Browsers) -> None:
    ane = world.member("Ane")
    services.save(rights(ane), place_of(world), fields("Bort med det"), 0)
    page = browser(ane)
    seal = hidden(page.get(f"/trader/{world.thread.id}"), "draft_seal")
    back = page.post("/utkast/forkast", draft_seal=seal, next=f"/trader/{world.thread.id}?side=1")
    assert back.location == f"/trader/{world.thread.id}?side=1"
    assert "Vi har tatt vare på" not in page.get(back.location).text
    away = page.post("/utkast/forkast", draft_seal=seal, next="https://example.org/")
    assert away.location.startswith("/trader/")


def test_texts_nobody_touches_are_deleted_by_the_timer(world: World) -> None:
    ane = world.member("Ane")
    services.save(rights(ane), place_of(world), fields("Gammelt"), 0)
    services.hold("nøkkel", ane.id, place_of(world), fields("Ventet"), 0)
    with clock.stopped_at(clock.now() + rules.LASTS - timedelta(seconds=1)):
        jobs.tick()
        assert kept(ane, place_of(world)) == "Gammelt"
        assert db.session.scalar(select(func.count()).select_from(HeldText)) == 0, "those go after a week"
    with clock.stopped_at(clock.now() + rules.LASTS):
        jobs.tick()
    assert kept(ane, place_of(world)) is None


def test_texts_stand_in_what_is_kept_of_a_member_and_go_with_her(world: World) -> None:
    ane, bo = world.member("Ane"), world.member("Bo")
    for member in (ane, bo):
        services.save(rights(member), place_of(world), fields(f"Utkastet til {member.name}"), 0)
    told = leaving.everything(rights(ane)).decode()
    assert "Utkastet til Ane" in told
    assert "Utkastet til Bo" not in told
    leaving.erase(rights(ane), keep_posts=True)
    assert kept(ane, place_of(world)) is None
    assert kept(bo, place_of(world)) == "Utkastet til Bo"


# A session that ran out


def end_sessions(member: Member) -> None:
    with transaction() as session:
        session.execute(
            update(MemberSession).where(MemberSession.member_id == member.id).values(ended_at=clock.now())
        )


def enter(browser: Browser, member: Member) -> None:
    """Sign in on this very browser, as its own page does."""
    from members import services as people

    token = people.start_session(member.id, "Firefox")
    with browser.client.session_transaction() as cookie:
        cookie["token"] = token
    browser._token = ""


def test_a_post_sent_after_the_session_ran_out_waits_for_its_writer(world: World, browser: Browsers) -> None:
    ane, bo = world.member("Ane"), world.member("Bo")
    page = browser(ane)
    seal = hidden(page.get(f"/trader/{world.thread.id}"), "draft_seal")
    assert page.token
    end_sessions(ane)
    answer = page.post(
        f"/trader/{world.thread.id}/innlegg", 303, body="Skrevet før økten var over", draft_seal=seal, draft=0
    )
    assert answer.location.startswith("/logg-inn?")
    sign_in = page.get(answer.location)
    assert AGAIN in sign_in.text
    assert hidden(sign_in, "next") == f"/trader/{world.thread.id}#skriv"
    assert "Skrevet før" not in sign_in.markup
    assert "/logg-inn/kode?next=" in sign_in.markup
    enter(page, bo)
    assert "Skrevet før" not in page.get(f"/trader/{world.thread.id}").markup, (
        "somebody else on the same browser"
    )
    assert "Skrevet før" not in page.get("/meg/utkast").markup
    assert "Skrevet før" not in browser(ane).get(f"/trader/{world.thread.id}").markup, "another browser"
    enter(page, ane)
    back = page.get(f"/trader/{world.thread.id}")
    assert back.find("textarea", name="body")[0].text == "Skrevet før økten var over"
    assert db.session.scalar(select(func.count()).select_from(HeldText)) == 0


def test_what_was_held_never_takes_the_place_of_what_was_written_elsewhere_since(world: World) -> None:
    ane = world.member("Ane")
    services.save(rights(ane), place_of(world), fields("Skrevet på telefonen"), 0)
    services.hold("nøkkel", ane.id, place_of(world), fields("Sendt fra maskinen"), 0)
    assert services.claim("feil nøkkel", ane.id) == 0
    assert services.claim("nøkkel", ane.id) == 1
    assert kept(ane, place_of(world)) == "Sendt fra maskinen"
    texts = [rules.words(draft.fields) for draft in queries.drafts_of(ane.id, 1)]
    assert sorted(texts) == ["Sendt fra maskinen", "Skrevet på telefonen"]


def test_a_form_whose_token_is_too_old_comes_back_with_its_text(world: World, browser: Browsers) -> None:
    ane = world.member("Ane")
    page = browser(ane)
    seal = hidden(page.get(f"/trader/{world.thread.id}"), "draft_seal")
    answer = page.forge(
        f"/trader/{world.thread.id}/innlegg",
        303,
        body="Fra en gammel side",
        csrf_token="gammel",
        draft_seal=seal,
    )
    back = page.get(answer.location.partition("#")[0])
    assert "var for gammel. Teksten din er tatt vare på." in back.text
    assert back.find("textarea", name="body")[0].text == "Fra en gammel side"
    assert db.session.scalar(select(func.count()).select_from(Post).where(Post.author_id == ane.id)) == 0


def test_an_old_form_on_the_browser_of_somebody_else_tells_her_nothing(
    world: World, browser: Browsers
) -> None:
    ane, bo = world.member("Ane"), world.member("Bo")
    page = browser(bo)
    answer = page.forge(
        f"/trader/{world.thread.id}/innlegg",
        400,
        body="Anes tekst",
        csrf_token="gammel",
        draft_seal=seals.seal(ane.id, place_of(world)),
    )
    assert "Anes tekst" not in answer.markup
    assert kept(bo, place_of(world)) is None
    enter(page, ane)
    page.get(f"/trader/{world.thread.id}")
    assert kept(ane, place_of(world)) == "Anes tekst"


def test_a_form_that_nobody_has_made_is_kept_for_nobody(world: World, browser: Browsers) -> None:
    page = browser(None)
    page.forge(f"/trader/{world.thread.id}/innlegg", 400, body="Fusk", draft_seal="fusk")
    assert db.session.scalar(select(func.count()).select_from(HeldText)) == 0


def test_signing_out_clears_what_the_device_has_kept(world: World, browser: Browsers, app: Flask) -> None:
    page = browser(world.member("Ane"))
    answer = page.client.post("/logg-ut", data={"csrf_token": page.token})
    assert answer.headers["Clear-Site-Data"] == '"storage"'
