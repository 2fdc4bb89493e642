"""Doors are closed by default: a view or socket handler that does not say who may enter lets nobody in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request

from foundation.errors import NotAllowed, Reason
from foundation.extensions import socketio

ANYONE = "anyone"
SIGNED_IN = "signed_in"

View = TypeVar("View", bound=Callable[..., Any])

SOCKET_HANDLERS: dict[str, Callable[..., Any]] = {}


def open_to(who: str) -> Callable[[View], View]:
    """Say who may enter: ANYONE, SIGNED_IN, or a permission that is held in some unit at least.

    The permission is only the first question; whether it is held for the thing at hand the view asks itself.
    """

    def mark(view: View) -> View:
        view.open_to = who  # type: ignore[attr-defined]  # a mark on the function, read below
        return view

    return mark


def close_by_default(app: Flask, ask: Callable[[str], None]) -> None:
    """Put the guard before every request; `ask(who)` raises when the person at the door is not among them."""
    app.extensions["grasrot_ask"] = ask

    @app.before_request
    def _guard() -> None:
        if request.endpoint is None or request.endpoint == "static":
            return
        view = app.view_functions[request.endpoint]
        who = getattr(view, "open_to", None)
        if who is None:
            raise NotAllowed(Reason.of("door_closed"))
        if who != ANYONE:
            ask(who)


def listen(event: str, who: str) -> Callable[[View], View]:
    """Register a socket handler with the same question asked at each call; a refused caller gets {"refused": code}."""

    def register(handler: View) -> View:
        def guarded(*args: Any) -> Any:
            try:
                current_app.extensions["grasrot_ask"](who)
                return handler(*args)
            except NotAllowed as refusal:
                if event == "connect":
                    return False
                return {"refused": refusal.reason.code}

        guarded.open_to = who  # type: ignore[attr-defined]  # the same mark as on views
        SOCKET_HANDLERS[event] = guarded
        socketio.on_event(event, guarded)
        return handler

    return register
