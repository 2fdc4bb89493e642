"""What the register tells those above it once an act has committed: somebody's rights are no longer what they were."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from foundation.transaction import after_commit

_listeners: list[Callable[[int], None]] = []


def on_rights_changed(listener: Callable[[int], None]) -> None:
    """Let `listener(member_id)` be called after each commit that gave or took rights; it works them out anew."""
    if listener not in _listeners:
        _listeners.append(listener)


def rights_changed(member_ids: Iterable[int]) -> None:
    """Say, in the transaction under way, that these members' rights change with it."""
    for member_id in member_ids:
        for listener in _listeners:
            after_commit(partial(listener, member_id))
