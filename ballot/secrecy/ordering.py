"""The order of the options on a voter's paper, where the notice says that each has one of its own.

It follows from the voter and from a secret that lies neither in the box nor beside it, so that it is the same each
time she opens the page, and no paper in the box tells whose order it was marked in.
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from ballot.models import Ballot


def places_for(ballot: Ballot, member_id: int) -> list[int]:
    """The places of the ballot's options, counted from 0, in the order of this member's paper."""
    places = list(range(len(ballot.options)))
    if not ballot.shuffled:
        return places
    secret = str(current_app.config["SECRET_KEY"]).encode()
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"grasrot1/paper-order").derive(secret)
    return sorted(
        places, key=lambda place: hmac.digest(key, f"{ballot.id}\0{member_id}\0{place}".encode(), "sha256")
    )
