"""Every template is used, and every class it names is styled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
PACKAGES = ("ballot", "forums", "foundation", "members", "webapp")

# Chosen by name at run time.
BY_NAME = re.compile(r"^(errors|mail)/")


def _texts(folder: Path, pattern: str) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob(pattern)
    }


def test_every_template_is_used() -> None:
    code = "\n".join(text for package in PACKAGES for text in _texts(ROOT / package, "*.py").values())
    templates = {**_texts(TEMPLATES, "*.html"), **_texts(TEMPLATES, "*.txt")}
    markup = "\n".join(templates.values())
    unused = [
        name
        for name in templates
        if not BY_NAME.match(name)
        and f'"{name}"' not in code
        and f'"{name}"' not in markup
        and f"'{name}'" not in markup
    ]
    assert unused == [], f"delete these or use them: {unused}"


def test_every_letter_has_a_text_and_a_page() -> None:
    mail = TEMPLATES / "mail"
    names = {path.stem for path in mail.glob("*.txt")} - {"layout"}
    assert names == {path.stem for path in mail.glob("*.html")} - {"layout"}
    for name in names:
        first = (mail / f"{name}.txt").read_text(encoding="utf-8")
        assert "Subject:" in first, f"mail/{name}.txt has no subject"


# Nothing to style, but where tests look for a post's text.
HOOKS = {"gr-post__body"}


def test_every_class_of_ours_is_styled() -> None:
    styles = "\n".join(_texts(ROOT / "static" / "css", "*.css").values())
    scripts = "\n".join(_texts(ROOT / "static" / "js", "*.js").values())
    used = {
        name
        for text in _texts(TEMPLATES, "*.html").values()
        for attribute in re.findall(r'class="([^"]*)"', text)
        for name in re.findall(r"(?<![\w-])gr-[a-z0-9_-]*[a-z0-9](?![\w{-])", attribute)
    }
    missing = sorted(
        name for name in used if f".{name}" not in styles and name not in scripts and name not in HOOKS
    )
    assert missing == [], f"no stylesheet knows: {missing}"


@pytest.mark.parametrize(
    "forbidden", [r"\sstyle=", r"\son[a-z]+=", r"<script(?![^>]*\ssrc=)", r"https?://(?!example\.org)"]
)
def test_no_template_holds_inline_code_or_a_foreign_address(forbidden: str) -> None:
    """The content security policy would refuse it; political opinion must not be told to others."""
    for name, text in _texts(TEMPLATES, "*.html").items():
        without_comments = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
        found = re.search(forbidden, without_comments)
        assert found is None or "www.w3.org" in without_comments[found.start() : found.start() + 40], (
            f"{name}: {found}"
        )
