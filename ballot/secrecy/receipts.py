"""Receipt codes: they prove that a paper is in the count, and nothing about it."""

from __future__ import annotations

import secrets

# Crockford's base 32: no I, L, O or U, so that a code can be read aloud and copied by hand.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12


def new_code() -> str:
    """Twelve characters, sixty bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(code: str) -> str:
    """KXM4-82QX-7PTD."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))
