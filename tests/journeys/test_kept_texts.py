"""A text is never lost: the tab is killed, the session ends, the connection is cut, and two windows write at once."""

from __future__ import annotations

import re
import uuid

from browsing import DESKTOP, Visit
from playwright.sync_api import Page, expect

SAVED = re.compile(r"Utkast lagret kl\. \d\d\.\d\d")
RESTORED = re.compile(r"Vi har tatt vare på utkastet ditt fra kl\. \d\d\.\d\d\.")
AGAIN = "Du ble logget ut. Teksten din er tatt vare på. Logg inn, så fortsetter du der du var."


def a_thread(page: Page) -> str:
    """The address of a running debate, at its composer."""
    page.goto("/omrader/skole-oppvekst")
    page.get_by_role("link", name="Hva skal skje med Brattlia skole?").last.click()
    page.wait_for_url(re.compile(r"/trader/\d+"))
    return page.url.partition("?")[0]


def words() -> str:
    return f"Et innlegg som ikke skal bli borte underveis: {uuid.uuid4()}"


def sign_in_as(page: Page, persona: str) -> None:
    page.goto("/demo")
    page.locator(f"form:has(input[value='{persona}']) button").click()
    page.wait_for_url(re.compile(r"/$"))


def end_session(page: Page) -> None:
    """Sign out in another tab of the same browser."""
    other = page.context.new_page()
    other.goto("/meg/okter")
    other.locator("main").get_by_role("button", name="Logg ut her").click()
    other.wait_for_url(re.compile(r"/$"))
    other.close()


def test_a_killed_tab_and_another_device_give_the_text_back(visit: Visit) -> None:
    page = visit("member")
    address, text = a_thread(page), words()
    page.locator("textarea[name=body]").fill(text)
    page.close()  # at once, before any pause in the typing
    page = visit("member", script=False)
    page.goto(address)
    expect(page.locator("textarea[name=body]")).to_have_value(text)
    expect(page.get_by_text(RESTORED)).to_be_visible()
    expect(page.get_by_role("link", name="Fortsett")).to_be_visible()
    page.get_by_role("button", name="Publiser").click()
    expect(page.locator("article", has_text=text)).to_be_visible()
    page.goto(address)
    expect(page.locator("textarea[name=body]")).to_have_value("")
    expect(page.get_by_text(RESTORED)).to_have_count(0)


def test_a_cut_connection_keeps_text_and_page_and_then_sends(visit: Visit) -> None:
    page = visit("member")
    address, text = a_thread(page), words()
    body, status = page.locator("textarea[name=body]"), page.locator("[data-draft-status]")
    body.fill("Først med nett")
    expect(status).to_have_text(SAVED)
    page.context.set_offline(True)
    body.fill(text)
    expect(status).to_contain_text("Ikke lagret ennå")
    page.get_by_role("button", name="Publiser").click()
    expect(status).to_contain_text("teksten er ikke sendt")
    expect(body).to_have_value(text)
    page.context.set_offline(False)
    expect(status).to_have_text(SAVED)
    page.context.set_offline(True)
    body.fill(f"{text} og mer")
    expect(status).to_contain_text("Ikke lagret ennå")
    tab = page.context.new_page()
    page.close(run_before_unload=False)
    page.context.set_offline(False)
    tab.goto(address)
    expect(tab.locator("textarea[name=body]")).to_have_value(f"{text} og mer")
    expect(tab.get_by_text(RESTORED)).to_be_visible()
    tab.get_by_role("button", name="Publiser").click()
    expect(tab.locator("article", has_text=f"{text} og mer")).to_be_visible()
    assert tab.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('grasrot-utkast'))") == []


def test_a_session_that_ended_leads_through_signing_in_and_back_to_the_text(visit: Visit) -> None:
    page = visit("member", size=DESKTOP)
    address, text = a_thread(page), words()
    page.locator("textarea[name=body]").fill("Før økten var over")
    expect(page.locator("[data-draft-status]")).to_have_text(SAVED)
    end_session(page)
    page.locator("textarea[name=body]").fill(text)
    expect(page.locator("[data-draft-status]")).to_contain_text(AGAIN)
    page.get_by_role("button", name="Publiser").click()
    page.wait_for_url(re.compile("/logg-inn"))
    expect(page.get_by_text(AGAIN)).to_be_visible()
    sign_in_as(page, "supporter")
    page.goto(address)
    expect(page.locator("textarea[name=body]")).to_have_value("")
    sign_in_as(page, "member")
    page.goto(address)
    expect(page.locator("textarea[name=body]")).to_have_value(text)
    page.get_by_role("button", name="Forkast").click()
    expect(page.locator("textarea[name=body]")).to_have_value("")
    expect(page.get_by_text("Utkastet er forkastet.")).to_be_visible()


def test_two_windows_are_told_of_each_other_and_signing_out_leaves_nothing_here(visit: Visit) -> None:
    one = visit("member")
    address = a_thread(one)
    other = one.context.new_page()
    other.goto(address)
    one.locator("textarea[name=body]").fill("Fra det ene vinduet")
    expect(one.locator("[data-draft-status]")).to_have_text(SAVED)
    other.locator("textarea[name=body]").fill("Fra det andre vinduet")
    conflict = other.locator("[data-draft-conflict]")
    expect(conflict).to_contain_text("Du har skrevet noe annet her i et annet vindu")
    expect(conflict).to_contain_text("Fra det ene vinduet")
    other.get_by_role("button", name="Bruk den andre teksten").click()
    expect(other.locator("textarea[name=body]")).to_have_value("Fra det ene vinduet")
    expect(conflict).to_be_hidden()
    other.context.set_offline(True)
    other.locator("textarea[name=body]").fill("Bare på denne enheten")
    expect(other.locator("[data-draft-status]")).to_contain_text("Ikke lagret ennå")
    other.close(run_before_unload=False)
    one.context.set_offline(False)
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('grasrot-utkast')).length"
    assert one.evaluate(kept) == 1
    one.goto("/meg/utkast")
    expect(one.get_by_text("Fra det ene vinduet")).to_be_visible()
    one.get_by_role("button", name="Forkast").first.click()
    expect(one.get_by_text("Utkastet er forkastet.")).to_be_visible()
    end_session(one)
    assert one.evaluate(kept) == 0
