"""Whose page a form stands on, and at which place: said by us, so that nobody else can say it."""

from __future__ import annotations

import hashlib
import hmac

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer


def seal(member_id: int, place: str) -> str:
    """A form's mark: it stands on this member's page, at this place."""
    return str(_signer().dumps([member_id, place]))


def opened(sealed: str) -> tuple[int, str] | None:
    """Whose form it is and where; None for a mark that we have not made."""
    try:
        member_id, place = _signer().loads(sealed)
    except (BadSignature, ValueError, TypeError):
        return None
    return int(member_id), str(place)


def owner(member_id: int) -> str:
    """What a browser calls a member's texts: the same each time, and nothing that names her."""
    key = str(current_app.secret_key).encode()
    return hmac.new(key, f"draft owner {member_id}".encode(), hashlib.sha256).hexdigest()[:20]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="draft")
