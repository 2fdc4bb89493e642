"""What a vote has to say about acts in the debate, in the same transaction as the act."""

from __future__ import annotations


def register() -> None:
    """Answer the hooks that the debate declares."""
