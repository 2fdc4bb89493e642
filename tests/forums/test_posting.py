"""Posts are written, changed and deleted by their authors; what cannot stand comes back whole with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from builders import a_thread, a_unit, later
from debate import Browser, World, rights
from sqlalchemy import func, select

from forums import services
from forums.models import CaseThread, Post, PostVersion, Thread, ThreadKind
from foundation import clock
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from members.rules.classes import MembershipClass

Browsers = Callable[..., Browser]
LONG = "Skolen i Brattlia er navet i bygda, og den bør bestå så lenge det bor barn der."


def posts_in(thread: Thread) -> list[Post]:
    db.session.rollback()
    return list(
        db.session.scalars(
            select(Post)
            .where(Post.thread_id == thread.id)
            .order_by(Post.id)
            .execution_options(populate_existing=True)
        )
    )


def test_a_post_stands_in_the_thread_at_once(world: World, browser: Browsers) -> None:
    page = browser(world.member("Ane Vik")).write(world.thread.id, f"{LONG}\r\n\r\nOg **mer**.")
    assert "Ane Vik (du)" in page.text
    assert "<strong>mer</strong>" in page.markup
    assert posts_in(world.thread)[-1].body == f"{LONG}\n\nOg **mer**."
    row = db.session.get_one(Thread, world.thread.id)
    assert (row.post_count, row.last_post_id) == (2, posts_in(world.thread)[-1].id)
    assert row.last_post_at == clock.now()


def test_a_post_of_20_000_characters_is_the_longest(world: World, browser: Browsers) -> None:
    ane = browser(world.member())
    ane.write(world.thread.id, "x" * 20_000)
    for characters in (20_001, 200_000):
        page = ane.write(world.thread.id, "y" * characters, 422)
        written = f"{characters:,}".replace(",", "\N{NO-BREAK SPACE}").replace("\N{NO-BREAK SPACE}", " ")
        assert f"Innlegget er på {written} tegn." in page.text.replace("\N{NO-BREAK SPACE}", " ")
        assert "y" * characters in page.markup, "the text is still there"
    assert len(posts_in(world.thread)) == 2


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "Skriv noe først."),
        ("   \n\t\n  ", "Skriv noe først."),
        ("\u200b\u200b\u2060\ufeff", "Skriv noe først."),
        ("\u202e\u202d\u2066\u2069", "Skriv noe først."),
        ("\u00ad\u034f\u3164\u115f", "Skriv noe først."),
        ("> Bare det noen andre sa", "Innlegget har bare sitat."),
        ("> a\n>\n> b\n\n> c", "Innlegget har bare sitat."),
        (">\n>\n", "Skriv noe først."),
        ("**", ""),
        ("👍", ""),
        ("https://example.org/", ""),
        ("```\nkode\n```", ""),
    ],
)
def test_what_nobody_can_read_is_no_post(world: World, browser: Browsers, body: str, sentence: str) -> None:
    page = browser(world.member()).write(world.thread.id, body, 422 if sentence else 303)
    assert sentence in page.text
    assert len(posts_in(world.thread)) == (1 if sentence else 2)


TAGS = {"a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "strong", "ul"}
HOSTILE = [
    "<script>alert(1)</script> hei",
    "<img src=x onerror=alert(1)> hei",
    "[klikk](javascript:alert(1)) hei",
    "[klikk](JaVaScRiPt:alert(1)) hei",
    "[klikk](data:text/html,<script>alert(1)</script>) hei",
    "<svg/onload=alert(1)> hei",
    "![bilde](https://example.org/x.png) hei",
    "<style>body{display:none}</style> hei",
    "<form action=https://example.org><input name=x></form> hei",
    '"><article data-post="1">hei</article>',
    "</div></main></body> hei",
    "{{ config }} {% raw %} hei",
    "*" * 5_000 + "hei" + "*" * 5_000,
    "> " * 3_000 + "hei\n\nhei",
    "[" * 5_000 + "hei" + "]" * 5_000,
    "- " * 3_000 + "hei",
    "hei \u202eskjult\u202c og \u2066mer\u2069 \x08\x1b[31m",
    "Z" + "\u0301" * 3_000 + " hei",
]


@pytest.mark.parametrize("body", HOSTILE)
def test_hostile_text_is_text_or_nothing(world: World, browser: Browsers, body: str) -> None:
    before = len(re.findall("<article", browser(world.mari).get(f"/trader/{world.thread.id}").markup))
    page = browser(world.member()).write(world.thread.id, body)
    assert "hei" in page.text
    (post,) = page.find("article", id=f"post-{page.posts()[-1]}")
    (shown,) = [part for part in post.iter("div") if part.get("class") == "gr-prose gr-post__body"]
    parts = [part for part in shown.iter() if part is not shown]
    assert {part.tag for part in parts} <= TAGS
    assert {name for part in parts for name in part.attrib} <= {"dir", "href", "rel", "title"}
    assert all(re.match("https?://|mailto:|/", part.get("href", "/")) for part in parts)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", "".join(shown.itertext()))
    assert len(page.posts()) == before + 1, "nothing in it closes or opens a post"


@pytest.mark.parametrize("title", HOSTILE[:12])
def test_hostile_titles_are_text(world: World, browser: Browsers, title: str) -> None:
    lead = browser(world.member()).post(
        f"/omrader/{world.area.code}/ny-trad", title=title[:150], kind="idea", case_id="0",
        unit_id=str(world.unit.id), body=LONG,
    )  # fmt: skip
    page = browser(world.mari).get(lead.location.partition("#")[0])
    (heading,) = page.find("h1")
    assert heading.text == title[:150]
    assert not list(heading)


def test_the_same_post_sent_twice_is_one_post(world: World, browser: Browsers) -> None:
    ane = browser(world.member())
    first = ane.post(f"/trader/{world.thread.id}/innlegg", body=LONG)
    second = ane.post(f"/trader/{world.thread.id}/innlegg", body=LONG)
    assert first.location == second.location
    assert len(posts_in(world.thread)) == 2
    with clock.stopped_at(later(seconds=31), all_threads=True):
        ane.post(f"/trader/{world.thread.id}/innlegg", body=LONG)
    assert len(posts_in(world.thread)) == 3


def test_the_same_short_answer_to_two_posts_is_two_posts(world: World, browser: Browsers) -> None:
    ane = browser(world.member())
    one = ane.write(world.thread.id, "Det første").posts()[-1]
    two = ane.write(world.thread.id, "Det andre").posts()[-1]
    bo = browser(world.member())
    bo.write(world.thread.id, "Enig!", reply_to=one)
    bo.write(world.thread.id, "Enig!", reply_to=two)
    assert len(posts_in(world.thread)) == 5


def test_two_members_may_write_the_same_at_the_same_time(world: World, browser: Browsers) -> None:
    for _ in range(2):
        browser(world.member()).write(world.thread.id, "Enig!")
    assert len(posts_in(world.thread)) == 3


def test_whoever_writes_faster_than_a_person_waits_with_her_text_kept(
    world: World, browser: Browsers
) -> None:
    ane = browser(world.member())
    for number in range(20):
        ane.post(f"/trader/{world.thread.id}/innlegg", body=f"Innlegg {number}")
    page = ane.write(world.thread.id, "Det tjueførste", 429)
    assert "Det gikk litt fort." in page.text
    assert "Det tjueførste" in page.markup
    assert "Forfatteren" not in browser(world.member()).write(world.thread.id, "En annen kan skrive").text


def test_a_preview_shows_the_post_and_stores_nothing(world: World, browser: Browsers) -> None:
    ane = browser(world.member())
    page = ane.write(world.thread.id, "Dette er *viktig*", 200, preview="1")
    assert "<em>viktig</em>" in page.markup
    (area,) = page.find("textarea")
    assert (area.text or "").strip() == "Dette er *viktig*"
    assert ane.post("/forhandsvisning", 200, body="**ja** <script>x</script>").markup.startswith("<p")
    assert len(posts_in(world.thread)) == 1


def test_a_post_in_another_thread_cannot_be_answered_here(world: World, browser: Browsers) -> None:
    other = a_thread(world.forum, world.mari)
    ane = browser(world.member())
    page = ane.write(world.thread.id, LONG, 422, reply_to=other.last_post_id)
    assert "Innlegget du svarte på, er borte." in page.text
    assert LONG in page.markup
    for nowhere in ("999999", "9" * 30, "-1", "0"):
        ane.write(world.thread.id, LONG, 422, reply_to=nowhere)
    assert len(posts_in(world.thread)) == 1
    ane.write(world.thread.id, LONG, reply_to="x")


def test_only_whoever_keeps_the_area_speaks_as_its_representative(world: World, browser: Browsers) -> None:
    ane, mari = browser(world.member()), browser(world.mari)
    assert "Svar som folkevalgt" not in ane.get(f"/trader/{world.thread.id}").text
    ane.write(world.thread.id, LONG, 403, as_office="1")
    page = mari.write(world.thread.id, LONG, as_office="1")
    assert "Som folkevalgt Kommunestyrerepresentant, Fjordvik kommunestyre" in page.text
    assert posts_in(world.thread)[-1].office_id is not None
    assert "Sist fulgt opp 2. mars 2026" in ane.get(f"/omrader/{world.area.code}").text


def test_a_keeper_of_another_area_is_a_member_like_anyone_here(world: World, browser: Browsers) -> None:
    from builders import an_area, an_office

    from members.rules.permissions import OfficeKind

    other = world.member("Per Moe")
    an_office(other, OfficeKind.ELECTED_REPRESENTATIVE, world.unit, area=an_area(world.unit, "Kultur"))
    browser(other).write(world.thread.id, LONG, 403, as_office="1")


# Changing


def test_an_edit_keeps_what_was_said_before(world: World, browser: Browsers) -> None:
    ane = browser(world.member("Ane"))
    post_id = ane.write(world.thread.id, "Slik var det").posts()[-1]
    form = ane.get(f"/innlegg/{post_id}/rediger")
    assert form.find("input", name="version")[0].get("value") == "1"
    with clock.stopped_at(later(hours=2), all_threads=True):
        ane.post(f"/innlegg/{post_id}/rediger", body="Slik er det", version="1")
        page = browser(world.mari).get(f"/trader/{world.thread.id}")
    assert "Endret mandag 2. mars kl. 11.00 – se hva" in page.text
    assert "Slik var det" not in page.text
    assert "Slik var det" in browser(world.mari).get(f"/innlegg/{post_id}/endringer").text


def test_two_tabs_do_not_overwrite_each_other(world: World, browser: Browsers) -> None:
    ane = browser(world.member())
    post_id = ane.write(world.thread.id, "Utgave en").posts()[-1]
    ane.post(f"/innlegg/{post_id}/rediger", body="Utgave to", version="1")
    page = ane.post(f"/innlegg/{post_id}/rediger", 422, body="Fra den andre fanen", version="1")
    assert "Innlegget er endret et annet sted siden du åpnet det." in page.text
    assert "Fra den andre fanen" in page.markup
    assert posts_in(world.thread)[-1].body == "Utgave to"
    ane.post(f"/innlegg/{post_id}/rediger", body="Fra den andre fanen", version="2")


def test_an_edit_that_nobody_could_read_comes_back(world: World, browser: Browsers) -> None:
    ane = browser(world.member())
    post_id = ane.write(world.thread.id, "Utgave en").posts()[-1]
    assert "Skriv noe først." in ane.post(f"/innlegg/{post_id}/rediger", 422, body=" ", version="1").text
    ane.post(f"/innlegg/{post_id}/rediger", 422, body="Noe", version="")
    ane.post(f"/innlegg/{post_id}/rediger", 422, body="Noe", version="x")


def test_deleting_erases_the_text_and_what_it_said_before(world: World, browser: Browsers) -> None:
    ane = browser(world.member("Ane Vik"))
    post_id = ane.write(world.thread.id, "Hemmelig første utgave").posts()[-1]
    ane.post(f"/innlegg/{post_id}/rediger", body="Hemmelig andre utgave", version="1")
    reply = browser(world.mari).write(world.thread.id, "Jeg svarer", reply_to=post_id).posts()[-1]
    assert "Hemmelig andre utgave" in ane.get(f"/innlegg/{post_id}/slett").text
    assert len(posts_in(world.thread)) == 3, "the page that asks deletes nothing"
    ane.post(f"/innlegg/{post_id}/slett")
    page = browser(world.mari).get(f"/trader/{world.thread.id}")
    assert "Slettet av forfatteren 2. mars 2026." in page.text
    assert "Hemmelig" not in page.markup
    assert "Ane Vik" not in page.text
    assert page.posts()[-2:] == [post_id, reply], "the answer stays where it was"
    assert db.session.scalar(select(func.count()).select_from(PostVersion)) == 0
    row = db.session.get_one(Post, post_id)
    assert (row.body, row.copy_key) == ("", None)
    for address in (
        f"/innlegg/{post_id}/endringer",
        f"/innlegg/{post_id}/rediger",
        f"/innlegg/{post_id}/sitat",
    ):
        ane.get(address, 404)
    ane.post(f"/innlegg/{post_id}/slett", 404)
    ane.write(world.thread.id, "Et svar på noe som er borte", 422, reply_to=post_id)


def test_nobody_changes_or_deletes_what_another_wrote(world: World, browser: Browsers) -> None:
    post_id = browser(world.member()).write(world.thread.id, LONG).posts()[-1]
    for other in (world.member(), world.mari, world.jonas):
        stranger = browser(other)
        stranger.get(f"/innlegg/{post_id}/rediger", 403)
        stranger.post(f"/innlegg/{post_id}/rediger", 403, body="Overtatt", version="1")
        stranger.get(f"/innlegg/{post_id}/slett", 403)
        stranger.post(f"/innlegg/{post_id}/slett", 403)
    assert posts_in(world.thread)[-1].body == LONG


# Opening threads


def new_thread(world: World, browser: Browser, status: int = 303, **more: str) -> tuple[str, str]:
    sent = {"title": "En tråd", "kind": "idea", "case_id": "0", "unit_id": str(world.unit.id), "body": LONG}
    page = browser.post(f"/omrader/{world.area.code}/ny-trad", status, **(sent | more))
    return page.location, page.text


@pytest.mark.parametrize("kind", ["idea", "proposal", "question"])
def test_a_member_opens_a_thread_of_each_kind(world: World, browser: Browsers, kind: str) -> None:
    location, _ = new_thread(world, browser(world.member("Ane")), kind=kind)
    row = db.session.scalars(select(Thread).order_by(Thread.id.desc())).first()
    assert row is not None
    assert (row.kind.value, row.title, row.post_count) == (kind, "En tråd", 1)
    assert location == f"/trader/{row.id}#post-{row.last_post_id}"


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"title": ""}, "Skriv en overskrift."),
        ({"title": "\u200b \u202e"}, "Skriv en overskrift."),
        ({"title": "x" * 151}, "Overskriften er på 151 tegn."),
        ({"body": ""}, "Skriv noe først."),
        ({"body": "> sitat"}, "Innlegget har bare sitat."),
        ({"kind": ""}, "Velg hva slags tråd det er."),
        ({"kind": "poll"}, "Rett opp dette"),
        ({"kind": "case"}, "Velg saken tråden hører til."),
        ({"case_id": "999"}, "Rett opp dette"),
        ({"case_id": "x"}, "Rett opp dette"),
        ({"unit_id": "999"}, "Rett opp dette"),
    ],
)
def test_a_thread_that_cannot_be_comes_back_with_what_was_written(
    world: World, browser: Browsers, sent: dict[str, str], sentence: str
) -> None:
    _, text = new_thread(world, browser(world.member()), 422, **sent)
    assert sentence in text
    assert db.session.scalar(select(func.count()).select_from(Thread)) == 1


def test_a_thread_is_opened_on_a_case_from_the_case(world: World, browser: Browsers) -> None:
    ane = browser(world.member())
    link = ane.get(f"/saker/{world.case.id}").find(
        "a", href=f"/omrader/{world.area.code}/ny-trad?sak={world.case.id}"
    )
    assert link
    form = ane.get(f"/omrader/{world.area.code}/ny-trad?sak={world.case.id}")
    chosen = [option.get("value") for option in form.find("option", selected="")]
    assert str(world.case.id) in chosen
    new_thread(world, ane, kind="case", case_id=str(world.case.id))
    linked = db.session.scalars(select(CaseThread.thread_id).where(CaseThread.case_id == world.case.id)).all()
    assert len(linked) == 2


def test_a_thread_sent_twice_is_one_thread(world: World, browser: Browsers) -> None:
    ane = browser(world.member())
    assert new_thread(world, ane)[0] == new_thread(world, ane)[0]


def test_no_thread_is_tagged_with_a_unit_one_has_nothing_to_do_with(world: World) -> None:
    strange = a_unit("Et annet parti")
    with pytest.raises(RuleBroken, match="wrong_unit_tag"):
        services.open_thread(
            rights(world.member()),
            world.area.id,
            title="T",
            body=LONG,
            kind=ThreadKind.IDEA,
            unit_id=strange.id,
        )


def test_a_supporter_speaks_everywhere_but_opens_no_proposal(world: World, browser: Browsers) -> None:
    supporter = world.member(membership_class=MembershipClass.AFFILIATED_SUPPORTER)
    page = browser(supporter)
    page.write(world.thread.id, LONG)
    assert not page.get(f"/omrader/{world.area.code}/ny-trad").find("input", value="proposal")
    new_thread(world, page, 422, kind="proposal")
    new_thread(world, page, kind="idea")
    with pytest.raises(NotAllowed):
        services.open_thread(
            rights(supporter),
            world.area.id,
            title="Forslag",
            body=LONG,
            kind=ThreadKind.PROPOSAL,
            unit_id=world.unit.id,
        )


def test_a_forged_post_is_refused(world: World, browser: Browsers) -> None:
    ane = browser(world.member())
    ane.forge(f"/trader/{world.thread.id}/innlegg", 400, body=LONG)
    ane.forge(f"/trader/{world.thread.id}/innlegg", 400, body=LONG, csrf_token="x")
    assert len(posts_in(world.thread)) == 1


@pytest.mark.parametrize(
    "address",
    ["/omrader/finnes-ikke", "/saker/999", "/trader/999", "/trader/999/nye", "/innlegg/999", "/innlegg/999/sitat",
     "/innlegg/999/endringer", "/innlegg/999/rediger", "/innlegg/999/slett", "/omrader/finnes-ikke/logg",
     "/omrader/finnes-ikke/ny-trad", "/trader/99999999999999999999999", "/trader/-1", "/trader/ord"],
)  # fmt: skip
def test_what_does_not_exist_is_not_found(world: World, browser: Browsers, address: str) -> None:
    browser(world.member()).get(address, 404)
