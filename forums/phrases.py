"""The sentences of every refusal in the debate, and the names of its kinds and grounds."""

from __future__ import annotations


def register() -> None:
    """Add the sentences to those of the house."""
