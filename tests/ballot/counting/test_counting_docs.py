"""The examples of docs/counting are what the command prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from ballot.cli_count import count
from ballot.counting.methods import METHODS

PAGES = Path(__file__).resolve().parents[3] / "docs" / "counting"


def blocks(text: str) -> dict[str, str]:
    """Fenced blocks by what stands after the fence."""
    return dict(re.findall(r"^```(.+?)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("method", list(METHODS))
def test_the_example_counted_by_hand_is_what_the_command_prints(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (PAGES / f"{method}.md").read_text("utf-8")
    for heading in ("## Steps", "## Source", "## Counted by hand", "## Who uses it"):
        assert heading in text
    found = blocks(text)
    monkeypatch.chdir(tmp_path)
    for fence, name in (("blt", "papers.blt"), ("json", "papers.json"), ("json quota", "quota.json")):
        if fence in found:
            (tmp_path / name).write_text(found[fence], "utf-8")
    command, _, printed = found["console"].partition("\n")
    words = shlex.split(command)
    assert words[:3] == ["$", "grasrot", "count"]
    result = CliRunner().invoke(count, words[3:])
    assert result.exit_code == 0, result.output
    assert result.stdout == printed


def test_the_index_names_every_method_and_every_event() -> None:
    text = (PAGES / "index.md").read_text("utf-8")
    sources = Path(__file__).resolve().parents[3] / "ballot" / "counting"
    said = {
        kind
        for file in sources.glob("*.py")
        for kind in re.findall(r'\.say\(\s*"([a-z_]+)"', file.read_text("utf-8"))
    }
    assert len(said) > 15
    for word in (*METHODS, *said):
        assert f"`{word}`" in text, word
