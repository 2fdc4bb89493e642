"""How a signed-in browser is recognised: a random token in its cookie, of which the database keeps the hash."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Request, g, request, session
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from foundation import clock
from foundation.extensions import db, login_manager
from members import access
from members.models import Member, MemberSession
from members.services.signing_in import hashed

# Asked by machines and by every page's style: who is there makes no difference to the answer, and these must
# answer when the database does not.
_FOR_ANYBODY = {"static", "pages.healthz", "pages.readyz", "pages.theme"}


@dataclass(frozen=True)
class SignedIn:
    """Whoever this browser is signed in as, as Flask-Login wants to know it."""

    member: Member
    session_id: int

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """The session's number, not the member's: a session is what begins and ends."""
        return str(self.session_id)


def init_app(app: Flask) -> None:
    """Recognise the browser at each request, before any door is asked about."""
    # The token is the session's whole identity; a browser's address may change under way.
    login_manager.session_protection = None
    login_manager.request_loader(_signed_in)
    app.before_request(_recognise)


def _recognise() -> None:
    # An application context can outlive a request (tests, command line): nothing is carried over from the one before.
    forget()
    if request.endpoint not in _FOR_ANYBODY:
        _ = current_user.is_authenticated


def _signed_in(_request: Request) -> SignedIn | None:
    token = session.get("token")
    if not isinstance(token, str):
        return None
    at = clock.now()
    row = db.session.scalar(
        select(MemberSession)
        .join(MemberSession.member)
        .options(contains_eager(MemberSession.member))
        .where(
            MemberSession.token_hash == hashed(token),
            MemberSession.ended_at.is_(None),
            MemberSession.expires_at > at,
        )
    )
    if row is None:
        return None
    g.preferred_language = row.member.locale
    return SignedIn(row.member, row.id)


def forget() -> None:
    """Recognise the browser anew at the next question: after signing in or out."""
    g.pop("preferred_language", None)
    access.forget_current()


def enter(token: str) -> None:
    """Let this browser be signed in by a token. Everything else in its cookie goes, but for the language chosen."""
    leave()
    session["token"] = token
    session.permanent = True


def leave() -> None:
    """Empty this browser's cookie, but for the language chosen."""
    language = session.get("lang")
    session.clear()
    if language:
        session["lang"] = language
    forget()
