"""Absolute addresses of our own pages, with or without a request under way."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app


def link(endpoint: str, **values: object) -> str:
    """The public address of an endpoint, under GRASROT_BASE_URL; never taken from a request's Host header."""
    base = urlsplit(current_app.config["BASE_URL"])
    adapter = current_app.url_map.bind(base.netloc, base.path or "/", url_scheme=base.scheme)
    return adapter.build(endpoint, values, force_external=True)


def is_ours(target: str) -> bool:
    """Whether a redirect target is a path on this site and nothing that a browser reads as another host."""
    if not target.startswith("/") or target.startswith(("//", "/\\")):
        return False
    parts = urlsplit(target)
    return (
        not parts.netloc and not parts.scheme and "\\" not in target and not any(ord(c) < 32 for c in target)
    )
