"""A member who was refused appeals on her phone, two decide, and she votes."""

from __future__ import annotations

import re
from io import BytesIO

from browsing import PHONE, Visit
from PIL import Image
from playwright.sync_api import Page, expect

TOLD = "Jeg var på møtet på samfunnshuset og tok ordet om båten."


def a_picture() -> bytes:
    """A picture as a phone might send it."""
    drawn = BytesIO()
    Image.new("RGB", (40, 30), "red").save(drawn, "PNG")
    return drawn.getvalue()


def decides(page: Page, last: bool) -> None:
    page.goto("/avstemninger/klager")
    page.get_by_role("link", name="Hallgeir").click()
    expect(page.locator("main")).to_contain_text(TOLD)
    expect(page.locator("main")).to_contain_text("no_contribution")
    page.get_by_role("button", name="Gi medhold").click()
    said = "Medlemmet fikk medhold" if last else "en til har sagt sitt"
    expect(page.locator(".gr-flashes")).to_contain_text(said)


def test_a_refused_member_appeals_two_grant_it_and_she_votes(visit: Visit) -> None:
    page = visit("teller", size=PHONE)
    page.goto("/avstemninger")
    page.get_by_role("link", name=re.compile("elektrisk hurtigbåt")).first.click()
    ballot = page.url
    expect(page.locator("main")).to_contain_text("Mener du at det er feil? Klag før")
    page.get_by_role("link", name="Klag", exact=True).click()
    page.get_by_role("button", name="Send klagen").click()
    expect(page.get_by_role("alert")).to_contain_text("Skriv hva du gjorde, og når.")
    page.get_by_label("Hva gjorde du, og når?").fill(TOLD)
    page.get_by_label("Kvittering eller bilde").set_input_files(
        {"name": "liste.png", "mimeType": "image/png", "buffer": a_picture()}
    )
    page.get_by_role("button", name="Send klagen").click()
    expect(page.locator("main")).to_contain_text("To personer avgjør klagen.")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    decides(visit("appeals"), last=False)
    decides(visit("appeals_second"), last=True)
    page.goto(ballot)
    expect(page.locator("main")).to_contain_text("Du kan stemme nå.")
    page.get_by_label("Ja", exact=False).first.check()
    page.get_by_role("button", name="Gå videre").click()
    page.get_by_role("button", name="Lever stemmen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stemmen din er levert")
