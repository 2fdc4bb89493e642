"""What everybody needs: nothing axe finds, nothing sideways at 320 px, a keyboard that reaches all, little weight."""

from __future__ import annotations

from pathlib import Path

import pytest
from browsing import DESKTOP, PHONE, ROOT, Visit
from playwright.sync_api import Page

AXE = Path(ROOT) / "node_modules" / "axe-core" / "axe.min.js"
NARROW = {"width": 320, "height": 640}

PAGES = {
    "member": [
        "/",
        "/omrader",
        "/omrader/skole-oppvekst",
        "/saker/1",
        "/trader/1",
        "/avstemninger",
        "/meg/okter",
    ],
    "representative": ["/trader/2", "/omrader/skole-oppvekst"],
    "board": ["/styret/avstemninger", "/styret/avstemninger/ny"],
    "administrator": ["/administrasjon"],
    None: ["/", "/logg-inn", "/om", "/hva-systemet-vet", "/demo", "/finnes-ikke"],
}


def ballots(page: Page) -> list[str]:
    """The addresses of all ballots on the list."""
    page.goto("/avstemninger")
    links = page.eval_on_selector_all(
        "main a[href^='/avstemninger/']", "links => links.map(link => link.getAttribute('href'))"
    )
    return list(dict.fromkeys(links))


def barriers(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        ".then(found => found.violations.map(one => one.id + ': ' +"
        " one.nodes.map(node => node.html).slice(0, 2).join(' | ')))"
    )
    return [f"{page.url}: {one}" for one in found]


@pytest.mark.parametrize("persona", list(PAGES))
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(visit: Visit, persona: str | None, scheme: str) -> None:
    page = visit(persona, size=PHONE, scheme=scheme)
    found = []
    for path in PAGES[persona] + (ballots(page) if persona in {"member", "board"} else []):
        page.goto(path)
        found += barriers(page)
    assert found == []


@pytest.mark.parametrize("persona", list(PAGES))
def test_nothing_scrolls_sideways_on_the_narrowest_phone(visit: Visit, persona: str | None) -> None:
    page = visit(persona, size=NARROW)
    wide = []
    for path in PAGES[persona] + (ballots(page) if persona == "member" else []):
        page.goto(path)
        if page.evaluate("document.documentElement.scrollWidth") > NARROW["width"]:
            wide.append(path)
    assert wide == []


def test_the_keyboard_reaches_the_ballot_and_shows_where_it_is(visit: Visit) -> None:
    page = visit("teller", size=DESKTOP)
    page.goto("/avstemninger")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Gå til innholdet"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline not in {"0px", ""}, "focus is visible"


def test_the_first_page_is_light(visit: Visit) -> None:
    """DESIGN.md: the first page under 120 kB with its font, and nothing from another host."""
    page = visit("member")
    sizes: dict[str, int] = {}
    page.on("response", lambda answer: sizes.update({answer.url: len(answer.body())}) if answer.ok else None)
    page.context.clear_cookies()
    page.goto("/logg-inn", wait_until="networkidle")
    hosts = {url.split("/")[2] for url in sizes}
    assert hosts == {page.url.split("/")[2]}
    transferred = page.evaluate(
        "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
        ".reduce((sum, entry) => sum + entry.encodedBodySize, 0)"
    )
    assert transferred < 120_000, sizes
