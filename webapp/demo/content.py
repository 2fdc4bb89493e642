"""The demonstration's texts, read from the TOML files beside this one."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "content"


@cache
def read(name: str) -> dict[str, Any]:
    """One file as a dictionary: read("people"), read("threads/naering")."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def threads() -> list[tuple[str, dict[str, Any]]]:
    """(area code, thread) of every thread, area by area."""
    return [
        (path.stem, thread)
        for path in sorted((FOLDER / "threads").glob("*.toml"))
        for thread in read(f"threads/{path.stem}").get("threads", [])
    ]
