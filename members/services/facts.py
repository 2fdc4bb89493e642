"""One line for those who write facts of the register and those who read what was recorded before a moment."""

from __future__ import annotations

from foundation.transaction import hold

_REGISTER = "register"


def hold_register() -> None:
    """Wait for one's turn to write facts; they are dated with the time it is after this.

    So whoever comes after `register_stands` dates what she writes later than the roll that is being made.
    """
    hold(_REGISTER)


def register_stands() -> None:
    """Let whoever began to write facts finish, and nobody begin, until the transaction under way ends."""
    hold(_REGISTER, shared=True)
