"""Which software this is: its version, and the commit where it runs from a work tree."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).parents[1]
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def release() -> str:
    """The version that is installed; empty where nobody has installed it."""
    try:
        return version("grasrot")
    except PackageNotFoundError:
        return ""


@cache
def commit(root: Path = ROOT) -> str:
    """The commit the work tree stood at when this was first asked; empty where it is no work tree."""
    try:
        folder = root / ".git"
        if folder.is_file():
            folder = root / folder.read_text("utf-8").removeprefix("gitdir:").strip()
        head = (folder / "HEAD").read_text("utf-8").strip()
        if head.startswith("ref:"):
            head = _at(folder, head.removeprefix("ref:").strip())
    except (OSError, UnicodeError):
        return ""
    return head if _COMMIT.fullmatch(head) else ""


def _at(folder: Path, reference: str) -> str:
    shared = folder / "commondir"
    home = folder / shared.read_text("utf-8").strip() if shared.is_file() else folder
    loose = home / reference
    if loose.is_file():
        return loose.read_text("utf-8").strip()
    for line in (home / "packed-refs").read_text("utf-8").splitlines():
        found, _space, name = line.partition(" ")
        if name == reference:
            return found
    return ""
