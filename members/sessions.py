"""How a signed-in browser is recognised: a random token in its cookie, of which the database keeps the hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Flask, Request, Response, g, request, session
from flask_babel import refresh
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from foundation import clock
from foundation.extensions import db, login_manager
from foundation.formats import local
from members import access
from members.models import Member, MemberSession
from members.services import signing_in
from members.services.signing_in import hashed

# Where nothing may be noted of who came: a day beside a vote would be a trace of it (SECRECY.md).
_CASTING = {"ballot.cast", "ballot.review"}
# Asked by machines and by every page's style: who is there makes no difference to the answer, and these must
# answer when the database does not.
_FOR_ANYBODY = {"static", "pages.healthz", "pages.readyz", "pages.theme"}


@dataclass(frozen=True)
class SignedIn:
    """Whoever this browser is signed in as, as Flask-Login wants to know it."""

    member: Member
    session_id: int
    seen_on: date

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
    app.after_request(_note_seen)


def _recognise() -> None:
    # An application context can outlive a request (tests, command line): nothing is carried over from the one before.
    forget()
    if request.endpoint not in _FOR_ANYBODY:
        _ = current_user.is_authenticated


def _note_seen(answer: Response) -> Response:
    user = g.get("_login_user")
    if (
        isinstance(user, SignedIn)
        and request.endpoint not in _CASTING | _FOR_ANYBODY
        and user.seen_on != local(clock.now()).date()
    ):
        signing_in.note_seen(user.session_id)
    return answer


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
    return SignedIn(row.member, row.id, row.seen_on)


# The language chosen, and the name by which this browser finds what its form sent while nobody was signed in: that is
# given to the member who wrote it and nobody else, whoever signs in.
_STAYS = ("lang", "held")


def forget() -> None:
    """Recognise the browser anew at the next question: after signing in or out."""
    g.pop("preferred_language", None)
    access.forget_current()
    refresh()


def enter(token: str) -> None:
    """Let this browser be signed in by a token.

    Everything in its cookie goes but what `leave` keeps: what was there before may be somebody else's doing. A
    session that was there ends.
    """
    end_current()
    leave()
    session["token"] = token
    session.permanent = True  # the cookie outlives the browser; the row says when the session ends


def end_current() -> None:
    """End the session this browser has, if it has one."""
    if current_user.is_authenticated:
        signing_in.end_session(current_user.member.id, current_user.session_id)


def leave() -> None:
    """Empty this browser's cookie, but for what outlives whoever was signed in."""
    stays = {name: session[name] for name in _STAYS if session.get(name)}
    session.clear()
    session.update(stays)
    forget()


# What a browser calls itself, in the order in which the names must be tried: most claim to be others as well.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def device() -> str:
    """This request's browser and system in plain words, "Firefox, Linux"; empty when it does not say."""
    said = request.user_agent.string
    browser = next((name for sign, name in _BROWSERS if sign in said), "")
    system = next((name for sign, name in _SYSTEMS if sign in said), "")
    return ", ".join(word for word in (browser, system) if word)
