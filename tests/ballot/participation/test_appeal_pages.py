"""The pages of appeals from outside: the member's one question, the deciders' queue, and everybody else at the door."""

from __future__ import annotations

import gc
import struct
import warnings
import zlib
from io import BytesIO

import pytest
from appeals_world import FROZEN, LAST_CHANCE, TOLD, VOTING, Appeals, an_appeals_world
from flask import Flask
from PIL import Image
from scenario_world import Browser, when
from sqlalchemy import select

from ballot.appeals import receipts
from ballot.appeals.models import AppealReceipt, AppealState, AppealVote, MediaType, RollAppeal
from ballot.rules.appeals import Decision
from foundation.errors import RuleBroken
from foundation.extensions import db

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\nstartxref\n9\n%%EOF\n"


@pytest.fixture
def world(app: Flask, at: None) -> Appeals:
    return an_appeals_world(app)


def a_photo(kind: str = "JPEG", **more: object) -> bytes:
    """A picture as a phone takes it, with the place in its metadata."""
    drawn = BytesIO()
    picture = Image.new("RGB", (40, 30), "red")
    exif = Image.Exif()
    exif[0x010E] = "Tatt hjemme i Storgata"
    picture.save(drawn, kind, exif=exif, **more)
    return drawn.getvalue()


def sent(data: bytes, name: str = "kvittering.jpg") -> tuple[BytesIO, str]:
    return BytesIO(data), name


def test_the_refused_is_shown_the_way_and_appeals_on_one_page(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    with when(FROZEN):
        browser = world.as_(bo)
        for page in (browser.get(f"/avstemninger/{ballot_id}"), browser.get(f"/trader/{world.thread.id}")):
            assert "Mener du at det er feil? Klag før onsdag 18. mars kl. 08.00." in page
            assert f'href="/avstemninger/{ballot_id}/klage"' in page.markup
        page = browser.get(f"/avstemninger/{ballot_id}/klage")
        assert "Hva gjorde du, og når?" in page
        assert "Vi fant ingen deltakelse fra deg" in page
        browser.post(f"/avstemninger/{ballot_id}/klage", {"what": TOLD, "receipt": sent(a_photo())})
        page = browser.get(f"/avstemninger/{ballot_id}/klage")
        assert "Klagen er sendt" in page
        assert "Er den ikke avgjort før tirsdag 17. mars kl. 21.00, får du medhold." in page
        browser.post(f"/avstemninger/{ballot_id}/klage", {"what": "En gang til."}, status=409)
    kept = db.session.scalars(select(AppealReceipt)).one()
    assert b"Storgata" not in kept.content
    with Image.open(BytesIO(kept.content)) as picture:
        assert (picture.size, dict(picture.getexif())) == ((40, 30), {})


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (b"MZ a program", "Vi tar imot bilder (JPG og PNG) og PDF."),
        (b"\xff\xd8\xff no picture at all", "Vi tar imot bilder (JPG og PNG) og PDF."),
        (PDF.replace(b"/Type", b"/JavaScript (x) /Type"), "noe i seg som kan kjøre"),
        (b"x" * (5 * 1024 * 1024 + 1), "Den kan være på høyst 5 MB."),
        (b"x" * (9 * 1024 * 1024), "Den kan være på høyst 5 MB."),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_receipt_that_cannot_be_taken_keeps_the_words(world: Appeals, what: bytes, told: str) -> None:
    ballot_id, bo = world.refused()
    with when(FROZEN):
        form = {"what": TOLD, "receipt": sent(what, "kvittering.pdf")}
        page = world.as_(bo).post(f"/avstemninger/{ballot_id}/klage", form, status=422)
    assert TOLD in page
    assert told in page
    assert db.session.scalars(select(RollAppeal)).all() == []
    # The test's own browser leaves its large request in a file that it does not close.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()


def test_an_empty_answer_is_asked_for_again(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    with when(FROZEN):
        page = world.as_(bo).post(f"/avstemninger/{ballot_id}/klage", {"what": " \u200b "}, status=422)
    assert "En setning er nok." in page


def test_two_deciders_see_what_the_rule_saw_and_decide_in_a_tap_each(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    appeal_id = world.file(ballot_id, bo)
    first, second = (world.as_(one) for one in world.group)
    with when(VOTING):
        page = first.get("/avstemninger/klager")
        assert "1 klage venter." in page
        page = first.get(f"/avstemninger/klager/{appeal_id}")
        for words in (TOLD, "no_contribution", "Systemet fant ingen bidrag i saken.", "Gi medhold"):
            assert words in page
        page = first.post(f"/avstemninger/klager/{appeal_id}/avslag", {"sentence": ""}, status=422)
        assert "Skriv en setning om hvorfor" in page
        first.post(f"/avstemninger/klager/{appeal_id}/medhold")
        assert "Du har sagt ditt." in first.get(f"/avstemninger/klager/{appeal_id}")
        second.post(f"/avstemninger/klager/{appeal_id}/medhold")
        assert "Ingen klager venter." in second.get("/avstemninger/klager")
        assert "Du står i manntallet nå." in world.as_(bo).get(f"/avstemninger/{ballot_id}/klage")
        assert "Du kan stemme nå." in world.as_(bo).get(f"/avstemninger/{ballot_id}")


def test_the_receipt_is_for_the_deciders_alone_and_opens_nowhere(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    with when(FROZEN):
        world.as_(bo).post(
            f"/avstemninger/{ballot_id}/klage", {"what": TOLD, "receipt": sent(PDF, "../../x.html")}
        )
        appeal_id = db.session.scalars(select(RollAppeal.id)).one()
        place = f"/avstemninger/klager/{appeal_id}/kvittering"
        for nobody in (bo, world.chair, world.mari, world.control, world.crowd[0]):
            world.as_(nobody).get(place, status=403)
        Browser(world.app, None).get(place, status=302)
        answer = world.as_(world.group[0]).client.get(place)
        assert answer.get_data() == PDF
        assert answer.headers["Content-Disposition"] == f'attachment; filename="kvittering-{appeal_id}.pdf"'
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.mimetype == "application/octet-stream"
        for decider in world.group:
            world.decide(appeal_id, decider, Decision.GRANT, FROZEN)
        world.as_(world.group[0]).get(place, status=404)


def test_everybody_else_stands_at_the_door(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    appeal_id = world.file(ballot_id, bo)
    pages = ("/avstemninger/klager", f"/avstemninger/klager/{appeal_id}")
    with when(VOTING):
        for nobody in (bo, world.chair, world.mari, world.control):
            browser = world.as_(nobody)
            for page in pages:
                browser.get(page, status=403)
            browser.post(f"/avstemninger/klager/{appeal_id}/medhold", status=403)
            browser.post(f"/avstemninger/klager/{appeal_id}/avslag", {"sentence": "Nei."}, status=403)
            assert TOLD not in browser.get(f"/avstemninger/{ballot_id}")
        stranger = Browser(world.app, None)
        for page in (*pages, f"/avstemninger/{ballot_id}/klage", "/meg/data", "/meg/data/last-ned"):
            stranger.get(page, status=302)
        world.as_(world.group[0]).get("/avstemninger/klager/9999", status=404)
        other = world.as_(world.crowd[0]).get(f"/avstemninger/{ballot_id}/klage")
        assert "Du står i manntallet og kan stemme." in other
        assert TOLD not in other
    assert db.session.scalars(select(AppealVote)).all() == []
    assert world.appeal(appeal_id).state is AppealState.OPEN


def test_the_page_says_when_it_is_too_late_and_takes_nothing(world: Appeals) -> None:
    ballot_id, bo = world.refused()
    world.advance(ballot_id, VOTING)
    with when(LAST_CHANCE):
        page = world.as_(bo).get(f"/avstemninger/{ballot_id}/klage")
        assert "Klager måtte komme før onsdag 18. mars kl. 08.00." in page
        world.as_(bo).post(f"/avstemninger/{ballot_id}/klage", {"what": TOLD}, status=409)
    assert db.session.scalars(select(RollAppeal)).all() == []


def test_the_tellers_page_and_the_board_say_what_the_result_waits_for(world: Appeals) -> None:
    per = world.member("Per", joined="2026-03-02 09:01")
    ballot_id = world.publish()
    world.crowd_takes_part(12)
    world.advance(ballot_id, FROZEN)
    world.file(ballot_id, per)
    world.advance(ballot_id, "2026-03-19 20:00")
    with when("2026-03-19 21:00"):
        page = world.as_(world.control).get(f"/avstemninger/{ballot_id}/tellekorps")
        assert "En klage på manntallet blir avgjort" in page
        assert "Senest torsdag 2. april kl. 21.00." in page
        board = world.as_(world.chair).get(f"/styret/avstemninger/{ballot_id}")
        assert "Resultatet venter på en klage som ikke er avgjort." in board


def packed(objects: bytes) -> bytes:
    return PDF.replace(
        b"endobj", b"endobj\n2 0 obj\nstream\n" + zlib.compress(objects) + b"\nendstream\nendobj", 1
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (PDF, None),
        (a_photo(), None),
        (a_photo("PNG"), None),
        (packed(b"<< /Type /Page >>"), None),
        (PDF.replace(b"%%EOF", b""), "receipt_kind"),
        (PDF.replace(b"%PDF-1.4", b"%PDF-x"), "receipt_kind"),
        (PDF.replace(b"/Type", b"/Launch /Type"), "receipt_active"),
        (PDF.replace(b"/Type", b"/Java#53cript /Type"), "receipt_active"),
        (PDF.replace(b"/Type", b"/Encrypt 3 0 R /Type"), "receipt_active"),
        (packed(b"<< /OpenAction << /S /JavaScript >> >>"), "receipt_active"),
        (packed(b"\0" * (receipts.MOST_UNFOLDED + 10)), "receipt_active"),
        (a_photo()[:200], "receipt_kind"),
        (b"GIF89a" + b"\0" * 50, "receipt_kind"),
        (b"<svg onload=alert(1)>", "receipt_kind"),
        (b"", "receipt_kind"),
        (b"\xff" * (receipts.LARGEST + 1), "receipt_too_large"),
    ],
)
@pytest.mark.anywhere
def test_what_is_in_a_receipt_decides_and_not_its_name(data: bytes, code: str | None) -> None:
    if code is None:
        assert receipts.check(data).media_type in MediaType
        return
    with pytest.raises(RuleBroken, match=code):
        receipts.check(data)


@pytest.mark.anywhere
def test_a_picture_that_unfolds_to_a_bomb_is_refused_before_it_does() -> None:
    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + size
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    with pytest.raises(RuleBroken, match="receipt_"):
        receipts.check(bomb)
