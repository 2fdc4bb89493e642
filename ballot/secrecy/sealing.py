"""Papers sealed to the tally key (HPKE base mode, RFC 9180), and the key pair that the server keeps for now.

SECRECY.md asks for tellers who hold the key. Until they can, the private half lies wrapped under a key derived from
the application's secret: somebody with the database alone cannot open a paper, somebody with both can, and the page
says so.
"""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from ballot.models import BallotKey
from foundation.extensions import db

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
NONCE = 12


def make_key(ballot_id: int) -> None:
    """Make the ballot's key pair, in the transaction under way."""
    private = X25519PrivateKey.generate()
    nonce = os.urandom(NONCE)
    wrapped = nonce + AESGCM(_wrapping_key()).encrypt(nonce, private.private_bytes_raw(), _owner(ballot_id))
    db.session.add(
        BallotKey(
            ballot_id=ballot_id,
            public_key=private.public_key().public_bytes_raw(),
            wrapped_private_key=wrapped,
        )
    )
    db.session.flush()


def seal(public_key: bytes, fingerprint: bytes, paper: bytes) -> bytes:
    """Seal a paper for a ballot; equally long papers give equally long results."""
    return SUITE.encrypt(paper, X25519PublicKey.from_public_bytes(public_key), info=_info(fingerprint))


def private_key(key: BallotKey) -> X25519PrivateKey:
    """Unwrap the private half. Raises RuntimeError when it has been wiped."""
    if key.wrapped_private_key is None:
        raise RuntimeError("the tally key of this ballot has been wiped")
    nonce, body = key.wrapped_private_key[:NONCE], key.wrapped_private_key[NONCE:]
    return X25519PrivateKey.from_private_bytes(
        AESGCM(_wrapping_key()).decrypt(nonce, body, _owner(key.ballot_id))
    )


def unseal(private: X25519PrivateKey, fingerprint: bytes, sealed: bytes) -> bytes:
    """Open a sealed paper; raises cryptography.exceptions.InvalidTag for one of another key or ballot."""
    return SUITE.decrypt(sealed, private, info=_info(fingerprint))


def _info(fingerprint: bytes) -> bytes:
    return b"grasrot1/seal\0" + fingerprint


def _owner(ballot_id: int) -> bytes:
    return f"grasrot1/tally-key\0{ballot_id}".encode()


def _wrapping_key() -> bytes:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"grasrot1/wrap-tally-key").derive(secret)
