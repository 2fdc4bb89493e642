"""Every text a person reads stands in nynorsk and in English too, with the same places to fill."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
PLACE = re.compile(r"%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def texts() -> set[str]:
    """Everything in the code and the templates that is marked for translation."""
    methods, options = parse_mapping_cfg(io.StringIO((ROOT / "babel.cfg").read_text()))
    keywords = {"_": None, "gettext": None, "lazy_gettext": None, "_l": None, "ngettext": (1, 2)}
    found = set()
    for _name, _line, message, _comments, _context in extract_from_dir(ROOT, methods, options, keywords):
        found.add(message[0] if isinstance(message, tuple) else message)
    return {text for text in found if text}


def catalogue(language: str) -> Catalog:
    with (ROOT / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", ["nn", "en"])
def test_no_text_is_missing(texts: set[str], language: str) -> None:
    known = {
        (message.id[0] if isinstance(message.id, tuple) else message.id)
        for message in catalogue(language)
        if message.id and all(message.string if isinstance(message.string, tuple) else (message.string,))
    }
    missing = sorted(texts - known)
    assert missing == [], f"run `make texts` and fill in translations/{language}: {missing[:5]}"


@pytest.mark.parametrize("language", ["nn", "en"])
def test_every_translation_fills_the_same_places(language: str) -> None:
    for message in catalogue(language):
        if not message.id:
            continue
        wanted = set(PLACE.findall(" ".join(message.id) if isinstance(message.id, tuple) else message.id))
        for text in message.string if isinstance(message.string, tuple) else (message.string,):
            assert set(PLACE.findall(text)) - {"%(num)s"} == wanted - {"%(num)s"}, text


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_the_tone_is_kept(texts: set[str], language: str) -> None:
    """STRINGS.md: no exclamation marks, no semicolons, and words that never stand on a page."""
    said = (
        texts if language == "nb" else {str(message.string) for message in catalogue(language) if message.id}
    )
    never = re.compile(
        r"!|;|\b(simpelt|alminnelig|absolutt) flertall|\bquorum\b|oppslutning|skjæringsdato", re.IGNORECASE
    )
    assert [text for text in said if never.search(PLACE.sub("", text))] == []
