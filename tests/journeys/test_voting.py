"""From my page to the receipt, on a phone, with and without JavaScript; and those who may not."""

from __future__ import annotations

import re

from browsing import Running, Visit
from playwright.sync_api import Page, expect

from webapp.demo import content
from webapp.demo.organisation import address_of


def votes(page: Page, option: str) -> str:
    """Choose, review, cast; the receipt code."""
    page.get_by_label(option, exact=False).first.check()
    page.get_by_role("button", name="Gå videre").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Se over stemmen din")
    expect(page.locator("main")).to_contain_text("Når stemmen er levert, kan den ikke endres")
    page.get_by_role("button", name="Lever stemmen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stemmen din er levert")
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page.locator("main").inner_text())
    assert code is not None
    return code.group()


def test_a_member_votes_from_my_page_and_only_once(visit: Visit) -> None:
    page = visit("member")
    page.get_by_role("link", name=re.compile("hurtigbåt")).first.click()
    ballot = page.url
    expect(page.locator("main")).to_contain_text("Argumenter for")
    votes(page, "Ja")
    page.goto(ballot)
    expect(page.locator("main")).to_contain_text("Du har stemt.")
    assert page.get_by_role("button", name="Gå videre").count() == 0


def test_a_member_votes_without_javascript(visit: Visit) -> None:
    page = visit("board", script=False)
    page.get_by_role("link", name=re.compile("cruisepassasjerer")).first.click()
    votes(page, "Nei")


def test_a_form_sent_twice_says_that_the_first_stands(visit: Visit) -> None:
    page = visit("board_second")
    page.get_by_role("link", name=re.compile("cruisepassasjerer")).first.click()
    page.get_by_label("Ja", exact=False).first.check()
    page.get_by_role("button", name="Gå videre").click()
    page.get_by_role("button", name="Lever stemmen").click()
    page.reload()
    expect(page.locator("main")).to_contain_text("Stemmen din er allerede levert og gjelder.")


def test_an_affiliated_supporter_is_told_why_not(visit: Visit) -> None:
    page = visit("supporter")
    page.goto("/avstemninger")
    page.get_by_role("link", name=re.compile("hurtigbåt")).first.click()
    expect(page.locator("main")).to_contain_text("Du kan ikke stemme i denne avstemningen.")
    assert page.get_by_role("button", name="Gå videre").count() == 0


def test_a_result_is_a_sentence_first_with_numbers_and_a_record(visit: Visit) -> None:
    page = visit("member")
    page.goto("/avstemninger")
    page.get_by_role("link", name=re.compile("langvakter")).first.click()
    main = page.locator("main")
    expect(main).to_contain_text("38")
    expect(main).to_contain_text("Hva skjedde videre?")
    expect(main).to_contain_text("Kommunestyret vedtok prøveordningen med 19 mot 12 stemmer")
    page.get_by_role("link", name=re.compile("[Pp]rotokoll")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Protokoll")


def test_signing_in_takes_a_letter_and_a_click(visit: Visit, running: Running) -> None:
    page = visit()
    page.goto("/logg-inn?next=/omrader")
    page.get_by_role("textbox", name="E-post").fill("leif.norunn@example.org")
    page.get_by_role("button", name=re.compile("Send")).click()
    expect(page.locator("main")).to_contain_text("Er adressen registrert, får du en e-post om et øyeblikk")


def test_the_letter_arrives_and_its_link_signs_in_once(visit: Visit, running: Running) -> None:
    member = next(person for person in content.read("people")["people"] if person["key"] == "tarjei")
    address = f"{address_of(member['name'])}@example.org"
    page = visit()
    page.goto("/logg-inn")
    page.get_by_role("textbox", name="E-post").fill(address)
    page.get_by_role("button", name=re.compile("Send")).click()
    link = None
    for _ in range(100):
        found = [letter for letter in running.letters() if address in letter and "/logg-inn/lenke/" in letter]
        if found:
            link = re.search(
                rf"{re.escape(running.url)}/logg-inn/lenke/\S+",
                found[-1].replace("=\n", "").replace("=3D", "="),
            )
            break
        page.wait_for_timeout(200)
    assert link is not None, "no letter came within 20 seconds"
    page.goto(link.group())
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(link.group())
    page.locator("main").get_by_role("button", name=re.compile("Logg inn")).click()
    page.wait_for_url(f"{running.url}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text(member["name"].split()[0])
    other = visit()
    other.goto(link.group())
    expect(other.locator("main")).to_contain_text("Lenken er allerede brukt.")
