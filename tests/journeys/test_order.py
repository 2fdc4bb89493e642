"""A member sends word of a post by phone at night, and the moderator hides it in two taps."""

from __future__ import annotations

from browsing import PHONE, Visit
from playwright.sync_api import expect
from test_debate import a_thread, words


def test_a_report_comes_to_the_moderators_phone_and_the_post_is_hidden_in_two_taps(visit: Visit) -> None:
    author, reader = visit("supporter", size=PHONE), visit("member", size=PHONE)
    address = a_thread(author)
    text = words()
    author.locator("textarea[name=body]").fill(text)
    author.get_by_role("button", name="Publiser").click()
    author.get_by_text(text).first.wait_for()

    reader.goto(f"{address}?side=99")
    post = reader.locator(f"article:has-text('{text}')")
    post.locator("summary", has_text="Mer").click()
    post.get_by_role("link", name="Si fra om innlegget").click()
    reader.get_by_label("Trussel").check()
    reader.get_by_role("button", name="Si fra").click()
    expect(reader.get_by_text("Takk for at du sa fra.")).to_be_visible()

    moderator = visit("representative", size=PHONE)
    moderator.goto("/moderering")
    row = moderator.locator("li.gr-row", has_text="Haster").first
    row.get_by_role("link", name="Skjul").click()
    expect(moderator.get_by_label("Trussel").first).to_be_checked()
    moderator.get_by_role("button", name="Skjul innlegget").first.click()
    expect(moderator.get_by_text("Innlegget er skjult. Forfatteren får beskjed.")).to_be_visible()
    moderator.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth")
    reader.goto(f"{address}?side=99")
    expect(reader.get_by_text("Grunn: Trussel.").last).to_be_visible()
    expect(reader.get_by_text(text)).to_have_count(0)
