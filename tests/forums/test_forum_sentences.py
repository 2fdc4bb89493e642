"""Every refusal in the debate has its sentence, and every kind, ground and act its name."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

from forums import phrases
from forums.models import Ground, ModerationKind, ThreadKind
from foundation import phrases as house

SOURCES = Path(__file__).resolve().parents[2] / "forums"


def test_every_reason_has_a_sentence_and_every_sentence_a_reason(app: Flask) -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py") if path.name != "phrases.py"
    )
    used = set(re.findall(r'(?:Reason\.of|_refuse)\(\s*"(\w+)"', code))
    used |= set(re.findall(r'code = "(\w+)" if .* else "(\w+)"', code)[0])
    used |= set(re.findall(r'"(post_\w+)" if ', code)) | set(re.findall(r' else "(post_\w+)"\)', code))
    assert used <= house.known()
    assert set(phrases.SENTENCES) - used == set()


def test_everything_that_is_chosen_from_a_list_has_a_name(app: Flask) -> None:
    with app.test_request_context():
        assert all(phrases.ground(ground) for ground in Ground)
        assert all(phrases.kind(kind) for kind in ThreadKind)
        assert all(phrases.act(kind) for kind in ModerationKind)
        assert phrases.ground(None) == ""
        assert phrases.in_sentence("Kommunestyrerepresentant") == "kommunestyrerepresentant"
        assert phrases.in_sentence("NTL-tillitsvalgt") == "NTL-tillitsvalgt"
