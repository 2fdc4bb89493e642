"""`grasrot roll`: what tellers check without the application's database."""

from __future__ import annotations

import click


@click.group()
def roll() -> None:
    """Electoral rolls."""
