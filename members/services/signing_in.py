"""Sessions begun and ended, and the links by which they are begun."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import ColumnElement, delete, update

from foundation import clock, outbox
from foundation.errors import Reason, RuleBroken
from foundation.formats import local
from foundation.links import is_ours, link
from foundation.transaction import transaction
from members import hooks, queries
from members.models import Member, MemberSession, SignInLink
from members.register.reading import address_key

SESSION_LASTS = timedelta(days=30)
LINK_LASTS = timedelta(minutes=20)
# A link is remembered longer than it lasts, so that it can be called used or too old and not just unknown.
LINK_REMEMBERED = timedelta(days=7)
LANGUAGES = ("nb", "nn", "en")


def hashed(token: str) -> bytes:
    """What is kept of a token: 32 bytes from which it cannot be found again."""
    return hashlib.sha256(token.encode()).digest()


# --- Sessions


def start_session(member_id: int, device: str) -> str:
    """Begin a session and give its token, which the browser keeps and we do not. `device`: "Firefox, Linux"."""
    token = secrets.token_urlsafe(32)
    at = clock.now()
    with transaction() as session:
        session.add(
            MemberSession(
                token_hash=hashed(token),
                member_id=member_id,
                device=device[:80],
                started_at=at,
                seen_on=local(at).date(),
                expires_at=at + SESSION_LASTS,
            )
        )
    return token


def note_seen(session_id: int) -> None:
    """Note that a session was used today: a day and no time, so that it can be held against no vote."""
    today = local(clock.now()).date()
    with transaction() as session:
        session.execute(update(MemberSession).where(MemberSession.id == session_id).values(seen_on=today))


def end_session(member_id: int, session_id: int) -> bool:
    """End one of a member's sessions at once; False when it is not hers or has ended before."""
    return _end(member_id, MemberSession.id == session_id) > 0


def end_other_sessions(member_id: int, session_id: int) -> int:
    """End all of a member's sessions but this one; answers how many."""
    return _end(member_id, MemberSession.id != session_id)


def _end(member_id: int, which: ColumnElement[bool]) -> int:
    with transaction() as session:
        ended = session.scalars(
            update(MemberSession)
            .where(MemberSession.member_id == member_id, MemberSession.ended_at.is_(None), which)
            .values(ended_at=clock.now())
            .returning(MemberSession.id)
        ).all()
        if ended:
            hooks.rights_changed([member_id])
    return len(ended)


def choose_language(member_id: int, language: str) -> None:
    """Let a member's pages and mail speak this language; raises ValueError for one we do not speak."""
    if language not in LANGUAGES:
        raise ValueError(language)
    with transaction() as session:
        session.execute(update(Member).where(Member.id == member_id).values(locale=language))


# --- Links


def send_link(address: str, target: str) -> None:
    """Send a sign-in link to whoever has this address; do the same work and answer nothing when nobody has.

    `target`: the page to go to afterwards, "/" unless it is a path of ours.
    """
    secret = secrets.token_urlsafe(32)
    at = clock.now()
    with transaction() as session:
        member = queries.signing_in_by(Member.email == address_key(address), at)
        row = SignInLink(
            member_id=member.id if member else None,
            token_hash=hashed(secret),
            target=target if is_ours(target) and len(target) <= 500 else "/",
            sent_at=at,
            expires_at=at + LINK_LASTS,
        )
        session.add(row)
        session.flush()
        letter = session.begin_nested()
        outbox.mail(
            member.email if member and member.email else "nobody@grasrot.invalid",
            "sign_in",
            key=f"sign-in:{row.id}",
            locale=member.locale if member else "nb",
            asked_for=True,
            href=link("members.open_link", token=_signer().dumps(secret)),
            minutes=LINK_LASTS // timedelta(minutes=1),
        )
        # The letter is written for nobody too, and taken back: what it costs must not tell who is a member.
        if member:
            letter.commit()
        else:
            letter.rollback()


@dataclass(frozen=True)
class Entry:
    """A link that still holds: whom it signs in, and where to."""

    link_id: int
    member: Member
    target: str


def look_at_link(token: str) -> Entry:
    """What a link would do, without using it up. Raises RuleBroken when it is forged, used or too old."""
    try:
        secret = _signer().loads(token)
    except BadSignature:
        raise RuleBroken(Reason.of("link_forged")) from None
    at = clock.now()
    sent = queries.link_by(hashed(str(secret)))
    if sent is not None and sent.used_at is not None:
        raise RuleBroken(Reason.of("link_used", target=sent.target))
    member = queries.signing_in_by(Member.id == sent.member_id, at) if sent else None
    if sent is None or sent.expires_at <= at or member is None:
        raise RuleBroken(Reason.of("link_expired", target=sent.target if sent else "/"))
    return Entry(sent.id, member, sent.target)


def use_link(token: str, device: str) -> tuple[str, str]:
    """Begin a session by a link and use the link up; answers the session's token and where to go."""
    with transaction() as session:
        entry = look_at_link(token)
        used = session.scalars(
            update(SignInLink)
            # Asked again in the statement: of two who press at once on two machines, one gets in.
            .where(SignInLink.id == entry.link_id, SignInLink.used_at.is_(None))
            .values(used_at=clock.now())
            .returning(SignInLink.id)
        ).first()
        if used is None:
            raise RuleBroken(Reason.of("link_used", target=entry.target))
        if entry.member.email:
            outbox.works_again(entry.member.email)
        return start_session(entry.member.id, device), entry.target


def _signer() -> URLSafeSerializer:
    # Its time is the row's: the signer of itsdangerous reads a clock that nobody can stop.
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="sign-in link")


def forget_old(at: datetime) -> int:
    """Delete links and sessions that have been over for long."""
    with transaction() as session:
        links = session.scalars(
            delete(SignInLink).where(SignInLink.sent_at <= at - LINK_REMEMBERED).returning(SignInLink.id)
        ).all()
        sessions = session.scalars(
            delete(MemberSession)
            .where(
                (MemberSession.expires_at <= at - SESSION_LASTS)
                | (MemberSession.ended_at <= at - SESSION_LASTS)
            )
            .returning(MemberSession.id)
        ).all()
    return len(links) + len(sessions)
