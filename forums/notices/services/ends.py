"""The one click that ends letters of a kind: a signed address that needs no session (RFC 8058)."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from forums.notices.services import following
from foundation.errors import NotFound
from foundation.extensions import db
from foundation.links import link
from members.models import Member


class Letters(enum.StrEnum):
    """The kinds of letters that can be ended, each by itself."""

    MORNING = "morning"
    BALLOTS = "ballots"


@dataclass(frozen=True)
class End:
    """Whose letters, and which."""

    member: Member
    letters: Letters


def url(member_id: int, letters: Letters) -> str:
    """The address that ends these letters to this member, and nothing else."""
    return link("notices.end", token=_signer().dumps([member_id, letters.value]))


def read(token: str) -> End:
    """What a token ends; raises NotFound for one that is not ours."""
    try:
        member_id, letters = _signer().loads(token)
        kind = Letters(letters)
    except (BadSignature, ValueError, TypeError):
        raise NotFound from None
    member = db.session.get(Member, member_id)
    if member is None:
        raise NotFound
    return End(member, kind)


def carry_out(token: str) -> End:
    """End the letters. Twice is no different from once."""
    end = read(token)
    if end.letters is Letters.MORNING:
        following.choose(end.member.id, by_mail=False)
    else:
        following.choose(end.member.id, ballots_by_mail=False)
    return end


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="end of letters")
