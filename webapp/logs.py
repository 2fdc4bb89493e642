"""Logs as JSON lines without personal data: no body, no address, never member and ballot in one line."""

from __future__ import annotations

import logging

import structlog
from flask import Flask


def init_app(app: Flask) -> None:
    """Set up structlog; development reads plain lines."""
    development = app.config["GRASROT"].development
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # No local variables in a trace: they may hold a choice.
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=False)
            if development
            else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=not app.testing,
    )
