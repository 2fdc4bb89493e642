"""Logs as JSON lines without personal data: no body, no address, never member and ballot in one line."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import Flask

# A database's error quotes the row it refused: an address, a name, a receipt code.
_QUOTING = ("DETAIL:", "[parameters:", "CONTEXT:")


def _without_values(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    trace = event.get("exception")
    if isinstance(trace, str):
        event["exception"] = "\n".join(
            line for line in trace.splitlines() if not line.strip().startswith(_QUOTING)
        )
    return event


def init_app(app: Flask) -> None:
    """Set up structlog; development reads plain lines."""
    development = app.config["GRASROT"].development
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # No local variables in a trace: they may hold a choice.
            structlog.processors.format_exc_info,
            _without_values,
            structlog.dev.ConsoleRenderer(colors=False)
            if development
            else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=not app.testing,
    )
