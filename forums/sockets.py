"""The live debate: who may listen to which thread."""

from __future__ import annotations

from flask import Flask


def init_app(_app: Flask) -> None:
    """Register the handlers."""
