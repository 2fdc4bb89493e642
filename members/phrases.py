"""The sentences of every refusal that concerns members, and the names of what they are and do."""

from __future__ import annotations


def register() -> None:
    """Add the sentences to those of the house."""
