"""Sessions: begun and ended."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import update

from foundation import clock
from foundation.formats import local
from foundation.transaction import transaction
from members.models import MemberSession

SESSION_LASTS = timedelta(days=30)


def hashed(token: str) -> bytes:
    """What is kept of a token: 32 bytes from which it cannot be found again."""
    return hashlib.sha256(token.encode()).digest()


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


def end_session(member_id: int, session_id: int) -> bool:
    """End one of a member's sessions at once; False when it is not hers or has ended before."""
    with transaction() as session:
        ended = session.execute(
            update(MemberSession)
            .where(
                MemberSession.id == session_id,
                MemberSession.member_id == member_id,
                MemberSession.ended_at.is_(None),
            )
            .values(ended_at=clock.now())
            .returning(MemberSession.id)
        ).first()
    return ended is not None
