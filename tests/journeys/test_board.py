"""A volunteer makes a ballot on her phone, and a second pair of eyes lets it out."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from browsing import Visit
from playwright.sync_api import expect

QUESTION = "Bør vi holde medlemsmøtet i mai ute på Brygga?"


def test_a_ballot_goes_from_four_fields_to_an_open_vote(visit: Visit) -> None:
    drafter = visit("board")
    drafter.goto("/styret/avstemninger")
    drafter.get_by_role("link", name="Ny avstemning").first.click()
    drafter.locator("[name=question]").fill(QUESTION)
    drafter.locator("[name=about]").fill(
        "I fjor satt vi inne på skolen i strålende vær. Brygga er gratis, men har plass til bare 80. "
        "Blir det regn, flytter vi inn."
    )
    closes = datetime.now() + timedelta(days=6)  # noqa: DTZ005  (what a person types is local)
    drafter.locator("[name=closes-day]").fill(closes.strftime("%Y-%m-%d"))
    drafter.locator("main").get_by_role("button", name="Se forhåndsvisning").click()
    expect(drafter.locator("main")).to_contain_text("Stem blankt")
    drafter.get_by_role("button", name=re.compile("Send")).first.click()

    approver = visit("board_second")
    approver.goto("/styret/avstemninger")
    approver.get_by_role("link", name=re.compile(re.escape(QUESTION))).first.click()
    approve = approver.get_by_role("button", name="Godkjenn og kunngjør")
    if not approve.count():
        approver.get_by_role(
            "link", name=re.compile("forhåndsvis|Se over|Godkjenn", re.IGNORECASE)
        ).first.click()
    approve.click()
    expect(approver.locator("main")).to_contain_text(QUESTION)

    member = visit("member")
    expect(member.get_by_role("link", name=QUESTION).first).to_be_visible()


def test_a_member_without_office_finds_no_board(visit: Visit) -> None:
    page = visit("member")
    answer = page.goto("/styret/avstemninger")
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("main")).not_to_contain_text("Traceback")
