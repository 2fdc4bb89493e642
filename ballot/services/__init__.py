"""The verbs of the ballots; they alone commit."""

from __future__ import annotations

from ballot.services.lifecycle import advance_all

__all__ = ["advance_all"]
