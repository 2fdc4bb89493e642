"""Forty candidates on a phone: ranked by finger, keyboard and dragging, looked over and cast; and without script."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from browsing import PHONE, ROOT, Running, Visit
from playwright.sync_api import Browser, Page, expect

FORTY = """
from webapp.app import create_app
from foundation import clock
from foundation.extensions import db
from ballot.models import Method
from ballot.services import drafting, notice
from ballot.services.drafting import Draft
from members.access import rights_of
from members.models import Member, Unit
with create_app().app_context():
    def rights(name):
        return rights_of(db.session.scalars(db.select(Member).where(Member.name == name)).one())
    unit = db.session.scalars(db.select(Unit).where(Unit.code == "FV")).one()
    board, second = rights("Solveig Aasgaard"), rights("Rune Hestnes")
    made = drafting.create(Draft(
        unit_id=unit.id, question="Hva skal huset hete?", about="Huset har stått uten navn lenge nok.",
        responsible_id=board.member.id, counted_by=Method.IRV,
        options=tuple((f"Navn nummer {n:02}", "") for n in range(1, 41)),
    ), board)
    drafting.submit(made.id, board)
    notice.publish(made.id, second)
    print(made.id)
"""


@pytest.fixture
def forty(running: Running) -> str:
    """The address of an open ballot with forty options."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRASROT_")}
    environment["GRASROT_INSTANCE"] = str(running.instance)
    done = subprocess.run(
        [sys.executable, "-c", FORTY], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return f"/avstemninger/{done.stdout.split()[-1]}"


@pytest.fixture
def phone(running: Running, browser: Browser) -> Iterator[Page]:
    """A phone with a finger on it, signed in as the member."""
    context = browser.new_context(
        base_url=running.url, viewport=PHONE, has_touch=True, locale="nb-NO", timezone_id="Europe/Oslo"
    )
    page = context.new_page()
    page.goto("/demo")
    page.locator("form:has(input[value='member']) button").click()
    page.wait_for_url(f"{running.url}/")
    yield page
    context.close()


def ranked(page: Page) -> list[str]:
    """The numbers of the names that are ranked, in their order, and that the fields say the same."""
    rows = page.locator("ol.gr-rank__list .gr-rank__row")
    names = [
        name.removeprefix("Navn nummer ")
        for name in rows.evaluate_all("rows => rows.map(r => r.dataset.name)")
    ]
    numbers = rows.locator(".gr-rank__number").evaluate_all("fields => fields.map(f => f.value)")
    assert numbers == [str(place) for place in range(1, len(names) + 1)]
    return names


def test_forty_are_ranked_by_finger_keyboard_and_dragging_and_cast(
    phone: Page, forty: str, visit: Visit
) -> None:
    phone.goto(forty)
    expect(phone.locator(".gr-rank__count")).to_have_text("0 av 40 rangert")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    # By finger: the whole line is the target.
    for name in ("07", "33", "12"):
        phone.locator(f"[data-name='Navn nummer {name}'] .gr-rank__label").tap()
    assert ranked(phone) == ["07", "33", "12"]
    expect(phone.locator(".gr-rank__count")).to_have_text("3 av 40 rangert")
    # By keyboard: buttons, which keep the focus, and the number field.
    phone.locator("[data-name='Navn nummer 12'] .gr-rank__tool--up").focus()
    phone.keyboard.press("Enter")
    phone.keyboard.press("Enter")
    assert ranked(phone) == ["12", "07", "33"]
    expect(phone.locator("[role=status]").first).to_have_text("Navn nummer 12 er nummer 1 av 3.")
    assert "Ned" in phone.evaluate("document.activeElement.textContent"), (
        "at the top the other button goes on"
    )
    field = phone.locator("[data-name='Navn nummer 33'] .gr-rank__number")
    field.fill("1")
    field.press("Enter")
    assert ranked(phone) == ["33", "12", "07"]
    phone.locator("[data-name='Navn nummer 40'] .gr-rank__tool--add").focus()
    phone.keyboard.press("Space")
    # By dragging the handle over the others.
    handle = phone.locator("[data-name='Navn nummer 40'] .gr-rank__handle")
    phone.locator("[data-name='Navn nummer 12']").evaluate("row => row.scrollIntoView({block: 'center'})")
    start, first = handle.bounding_box(), phone.locator("[data-name='Navn nummer 33']").bounding_box()
    assert start is not None
    assert first is not None
    phone.mouse.move(start["x"] + 10, start["y"] + 10)
    phone.mouse.down()
    phone.mouse.move(start["x"] + 10, first["y"] + 2, steps=6)
    expect(phone.locator("ol.gr-rank__list .gr-rank__row").first).to_have_attribute(
        "data-name", "Navn nummer 40"
    )
    phone.mouse.up()
    phone.locator("[data-name='Navn nummer 07'] .gr-rank__tool--remove").tap()
    assert ranked(phone) == ["40", "33", "12"]
    phone.get_by_role("button", name="Gå videre").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Se over stemmen din")
    looked_over = phone.locator(".gr-chosen-paper__ranks li").all_inner_texts()
    assert [line.strip()[-2:] for line in looked_over] == ["40", "33", "12"]
    phone.get_by_role("button", name="Tilbake og endre").tap()
    expect(phone.locator(".gr-rank__count")).to_have_text("3 av 40 rangert")
    assert ranked(phone) == ["40", "33", "12"], "nothing is lost on the way back"
    phone.get_by_role("button", name="Gå videre").tap()
    phone.get_by_role("button", name="Lever stemmen").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Stemmen din er levert")

    # Without script: numbers, and what is wrong beside them.
    plain = visit("board", script=False)
    plain.goto(forty)
    plain.get_by_label("Navn nummer 05").fill("1")
    plain.get_by_label("Navn nummer 06").fill("1")
    plain.get_by_role("button", name="Gå videre").click()
    expect(plain.locator(".gr-rank__row--wrong")).to_have_count(2)
    expect(plain.locator(".gr-rank__row--wrong").first).to_contain_text("Nummer 1 står ved flere.")
    expect(plain.get_by_label("Navn nummer 06")).to_have_value("1")
    plain.get_by_label("Navn nummer 06").fill("3")
    plain.get_by_role("button", name="Gå videre").click()
    expect(plain.locator("main")).to_contain_text("Du hoppet over et tall.")
    plain.get_by_role("button", name="Lever stemmen").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Stemmen din er levert")
