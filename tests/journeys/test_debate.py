"""Two members in one thread, a moderator with a phone, and a reader without JavaScript."""

from __future__ import annotations

import re
import uuid

from browsing import DESKTOP, PHONE, Visit
from playwright.sync_api import Page, expect


def a_thread(page: Page) -> str:
    """The address of the running debate about Brattlia school."""
    page.goto("/omrader/skole-oppvekst")
    page.get_by_role("link", name="Hva skal skje med Brattlia skole?").last.click()
    page.wait_for_url(re.compile(r"/trader/\d+"))
    return page.url


def words(length: int = 80) -> str:
    """A text that nobody has written before."""
    return f"Dette er et helt eget innlegg om skolen, med nok tegn til å telle: {uuid.uuid4()}"[:length]


def test_a_post_is_announced_to_other_readers_without_moving_or_touching_what_they_do(visit: Visit) -> None:
    reader, writer = visit("member"), visit("supporter")
    address = a_thread(reader)
    last = reader.locator(".gr-paging a").last
    if last.count():
        reader.goto(f"{address}?side=99")
    composer = reader.locator("textarea[name=body]")
    composer.fill("Jeg skriver noe halvferdig")
    composer.focus()
    reader.wait_for_function("document.querySelector('[data-live] button')")
    before = reader.evaluate(
        "[window.scrollY, document.querySelector('textarea[name=body]').getBoundingClientRect().top]"
    )

    writer.goto(address)
    text = words()
    writer.locator("textarea[name=body]").fill(text)
    writer.get_by_role("button", name="Publiser").click()
    writer.get_by_text(text).first.wait_for()

    show = reader.locator("[data-live] button.ds-button")
    expect(show).to_be_visible()
    expect(show).to_contain_text("1 nytt innlegg")
    after = reader.evaluate(
        "[window.scrollY, document.querySelector('textarea[name=body]').getBoundingClientRect().top]"
    )
    assert before == after, "nothing moves when news comes"
    expect(composer).to_have_value("Jeg skriver noe halvferdig")
    assert reader.evaluate("document.activeElement.name") == "body"
    show.click()
    expect(reader.get_by_text(text)).to_be_visible()
    expect(composer).to_have_value("Jeg skriver noe halvferdig")


def test_without_javascript_a_member_reads_and_writes(visit: Visit) -> None:
    page = visit("member", script=False)
    address = a_thread(page)
    text = words()
    page.locator("textarea[name=body]").fill(text)
    page.get_by_role("button", name="Publiser").click()
    expect(page.get_by_text(text).first).to_be_visible()
    page.goto(address)
    page.locator("textarea[name=body]").fill("   ")
    page.get_by_role("button", name="Publiser").click()
    expect(page.locator("textarea[name=body]")).to_have_attribute("aria-invalid", "true")


def test_a_member_who_has_not_taken_part_is_told_what_to_do_and_then_that_it_counts(visit: Visit) -> None:
    page = visit("member_not_yet")
    a_thread(page)
    line = page.locator(".gr-part")
    expect(line).to_contain_text("Vil du stemme i denne saken?")
    expect(line).to_contain_text("Bare du ser dette.")
    composer = page.locator("textarea[name=body]")
    composer.fill("Kort")
    expect(page.locator("form:has(textarea[name=body])")).to_contain_text("tegn til")
    composer.fill(words(120))
    page.get_by_role("button", name="Publiser").click()
    expect(page.locator("main")).to_contain_text("Innlegget teller.")
    expect(page.locator(".gr-part")).to_contain_text("Du har deltatt i diskusjonen om saken")


def test_a_slur_is_hidden_in_two_taps_and_its_author_is_told(visit: Visit) -> None:
    writer = visit("supporter")
    address = a_thread(writer)
    text = words()
    writer.locator("textarea[name=body]").fill(text)
    writer.get_by_role("button", name="Publiser").click()
    post = writer.locator("article", has_text=text).get_attribute("id")

    keeper = visit("representative", size=PHONE)
    keeper.goto(writer.url)
    article = keeper.locator(f"#{post}")
    article.get_by_text("Skjul", exact=True).click()
    article.get_by_role("button", name="Går på person, ikke sak").click()
    expect(keeper.locator(f"#{post}")).to_contain_text("Grunn: Går på person, ikke sak")

    other = visit("member", size=DESKTOP)
    other.goto(writer.url)
    expect(other.locator(f"#{post}")).to_contain_text("Skjult av")
    expect(other.get_by_text(text)).to_have_count(0)
    writer.goto(address)
    writer.goto(writer.url)


def test_markup_in_a_post_stays_text(visit: Visit) -> None:
    page = visit("member")
    a_thread(page)
    page.locator("textarea[name=body]").fill(
        "<script>document.title='x'</script> [lenke](javascript:alert(1)) <img src=x onerror=alert(1)> "
        + words()
    )
    page.get_by_role("button", name="Publiser").click()
    page.wait_for_load_state()
    assert page.title() != "x"
    assert page.locator("article a[href^='javascript']").count() == 0
    assert page.locator("article img").count() == 0
