"""The sentences of every reason that a ballot's rules can give, and the names of its words."""

from __future__ import annotations


def register() -> None:
    """Add the sentences to those of the house."""
