"""At a meeting: the code on the organiser's screen, typed on a phone in the hall."""

from __future__ import annotations

from browsing import DESKTOP, Visit
from playwright.sync_api import expect


def test_a_member_checks_in_by_the_code_on_the_screen(visit: Visit) -> None:
    screen = visit("representative", size=DESKTOP)
    screen.goto("/omrader/skole-oppvekst")
    screen.get_by_role("link", name="Hva skal skje med Brattlia skole?").first.click()
    screen.get_by_role("link", name="Medlemsmøte om Brattlia skole").click()
    screen.get_by_role("link", name="Vis koden på skjermen").click()
    expect(screen.locator(".gr-qr svg")).to_be_visible()

    phone = visit("board_second", script=False)
    phone.goto(screen.url.removesuffix("/kode"))
    phone.get_by_role("link", name="Sjekk inn").click()
    phone.get_by_label("Koden på skjermen").fill(screen.locator(".gr-check-in__code").inner_text())
    phone.get_by_role("button", name="Sjekk inn").click()
    expect(phone.locator("body")).to_contain_text("Det teller som deltakelse i diskusjonen om")
    expect(phone.locator("main")).to_contain_text("Du er sjekket inn på møtet.")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
