"""One reads and writes while another posts, edits and loses a post to the moderator, and the line is cut in between."""

from __future__ import annotations

import re

from browsing import PHONE, Visit
from playwright.sync_api import Page, WebSocketRoute, expect
from test_debate import a_thread, words

STANDS = "[window.scrollY, document.querySelector('textarea[name=body]').getBoundingClientRect().top]"


def writes(page: Page, address: str) -> tuple[str, str]:
    """(text, id of the article) of a new post."""
    text = words()
    page.goto(address)
    page.locator("textarea[name=body]").fill(text)
    page.get_by_role("button", name="Publiser").click()
    article = page.locator("article", has_text=text)
    article.wait_for()
    return text, str(article.get_attribute("id"))


def test_an_open_thread_stays_true_and_still_and_nothing_is_missed_or_told_twice(visit: Visit) -> None:
    writer, keeper = visit("supporter"), visit("representative", size=PHONE)
    address = a_thread(writer)
    text, article = writes(writer, address)

    reader = visit("member")
    lines: list[WebSocketRoute] = []

    def connect(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    reader.route_web_socket(re.compile("socket.io"), connect)
    reader.goto(writer.url.split("#")[0])
    expect(reader.locator(f"#{article}")).to_contain_text(text)
    reader.wait_for_function("document.querySelector('[data-live] .gr-quiet-button')")
    composer = reader.locator("textarea[name=body]")
    composer.fill("Jeg skriver noe halvferdig")
    composer.focus()
    before = reader.evaluate(STANDS)

    # The post is hidden while she types: its text goes, and nothing under her hands moves.
    keeper.goto(writer.url)
    keeper.locator(f"#{article}").get_by_text("Skjul", exact=True).click()
    keeper.locator(f"#{article}").get_by_role("button", name="Går på person, ikke sak").click()
    expect(reader.locator(f"#{article}")).to_contain_text("Skjult av", timeout=10_000)
    expect(reader.get_by_text(text)).to_have_count(0)
    expect(composer).to_have_value("Jeg skriver noe halvferdig")
    assert reader.evaluate("document.activeElement.name") == "body"
    assert abs(reader.evaluate(STANDS)[1] - before[1]) < 1, "nothing under her hands moves"

    # The line is cut, two posts come, and it is mended: both are told of, once.
    reader.context.set_offline(True)
    lines[-1].close()
    expect(reader.locator("[data-live]")).to_contain_text("vises ikke av seg selv")
    first, _ = writes(writer, address)
    second, _ = writes(writer, address)
    reader.context.set_offline(False)
    show = reader.locator("[data-live] button.ds-button")
    expect(show).to_contain_text("2 nye innlegg", timeout=15_000)
    show.click()
    for one in (first, second):
        expect(reader.locator("article", has_text=one)).to_have_count(1)
    expect(show).to_be_hidden()
    expect(composer).to_have_value("Jeg skriver noe halvferdig")
