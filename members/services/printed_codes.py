"""Printed one-time codes for members without e-mail: asked for by one officer, issued by another."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select, update

from foundation import audit, clock
from foundation.errors import NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.text import plain
from foundation.transaction import transaction
from members import access, queries
from members.access import Rights
from members.models import Member, PrintedCode
from members.rules.answers import Answer, refused
from members.rules.permissions import Matter, Permission, Role, allowed, decide_together, roles_with
from members.rules.units import EVERYWHERE
from members.services.asking import insist
from members.services.signing_in import start_session

CODE_LASTS = timedelta(days=14)
# Neither I, L, O nor U: nothing that is read as something else, and no words.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12  # 60 bits, guessed at a few times in a quarter of an hour
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None, "\N{NO-BREAK SPACE}": None})


def units_served(rights: Rights) -> list[str]:
    """The paths of the units in which, and below which, she may help members to sign in."""
    return sorted(
        {
            EVERYWHERE if held.role is Role.ADMINISTRATOR else held.unit_path
            for held in rights.held
            if held.role in roles_with(Permission.ISSUE_SIGN_IN_CODE)
        }
    )


def ask(rights: Rights, member_id: int) -> int:
    """Ask for a code for a member; another officer issues it. Answers the number of the request."""
    found = _member(member_id)
    _insist(_may(rights, found), rights, found)
    actor_id, unit_id = rights.member.id, found.standing.unit_id
    with transaction() as session:
        if _member(member_id).member.email:
            raise RuleBroken(Reason.of("code_has_email"))
        at = clock.now()
        if _is_waiting(member_id, at):
            raise RuleBroken(Reason.of("code_asked_already"))
        request = PrintedCode(member_id=member_id, asked_by_id=actor_id, asked_at=at)
        session.add(request)
        session.flush()
        audit.record(
            "sign_in_code_asked",
            actor_id=actor_id,
            unit_id=unit_id,
            subject=("member", member_id),
            request=request.id,
        )
        return request.id


def issue(rights: Rights, request_id: int) -> tuple[PrintedCode, str]:
    """Issue a code that another has asked for, and answer it as it is printed: this once, it is kept nowhere.

    Codes issued to the member before hold no longer.
    """
    asked = db.session.get(PrintedCode, request_id)
    if asked is None:
        raise NotFound
    found = _member(asked.member_id)
    _insist(_may_together(rights, access.rights_of(asked.asked_by), found), rights, found)
    actor_id, unit_id = rights.member.id, found.standing.unit_id
    with transaction() as session:
        request = session.get_one(PrintedCode, request_id, with_for_update=True)
        at = clock.now()
        if request.issued_by_id is not None:
            raise RuleBroken(Reason.of("code_issued_already"))
        if request.asked_at <= at - CODE_LASTS:
            raise RuleBroken(Reason.of("code_request_old"))
        if request.member.email:
            raise RuleBroken(Reason.of("code_has_email"))
        session.execute(
            update(PrintedCode)
            .where(PrintedCode.member_id == request.member_id, PrintedCode.expires_at > at)
            .values(expires_at=at)
        )
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        request.issued_by_id = actor_id
        request.code_hash = _hash(request.member_id, code)
        request.expires_at = at + CODE_LASTS
        audit.record(
            "sign_in_code_issued",
            actor_id=actor_id,
            unit_id=unit_id,
            subject=("member", request.member_id),
            request=request.id,
        )
    return request, "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def use(member_no: str, typed: str, device: str) -> str:
    """Begin a session with a number and a code; answers the session's token. A code is good once.

    Raises RuleBroken with one and the same reason for an unknown number, a wrong code, a used and an old one.
    """
    at = clock.now()
    code = typed.upper().translate(_READ_AS)
    member = queries.signing_in_by(Member.member_no == plain(member_no), at)
    # The same questions are asked for a number that nobody has.
    wanted = _hash(member.id if member else 0, code)
    found = db.session.scalar(
        select(PrintedCode.id).where(
            PrintedCode.code_hash == wanted, PrintedCode.used_at.is_(None), PrintedCode.expires_at > at
        )
    )
    if member is None or found is None:
        raise RuleBroken(Reason.of("code_wrong"))
    member_id = member.id
    with transaction() as session:
        used = session.scalars(
            update(PrintedCode)
            .where(PrintedCode.id == found, PrintedCode.used_at.is_(None), PrintedCode.expires_at > at)
            .values(used_at=at)
            .returning(PrintedCode.id)
        ).first()
        if used is None:
            raise RuleBroken(Reason.of("code_wrong"))
        audit.record("sign_in_code_used", actor_id=member_id, subject=("member", member_id), request=found)
        return start_session(member_id, device)


def waiting(rights: Rights) -> list[PrintedCode]:
    """The requests that still wait for an officer in the units she serves, the oldest first."""
    return queries.codes_waiting(units_served(rights), clock.now(), since=clock.now() - CODE_LASTS)


def _is_waiting(member_id: int, at: datetime) -> bool:
    return (
        db.session.scalar(
            select(PrintedCode.id)
            .where(
                PrintedCode.member_id == member_id,
                PrintedCode.issued_by_id.is_(None),
                PrintedCode.asked_at > at - CODE_LASTS,
            )
            .limit(1)
        )
        is not None
    )


def _member(member_id: int) -> queries.Listed:
    found = queries.listed(member_id, clock.now())
    if found is None:
        raise NotFound
    return found


def _matter(rights: Rights, found: queries.Listed) -> Matter:
    """The member's unit, or the nearest above it whose board this officer sits on: a board helps those below it."""
    path = found.standing.unit.path
    nearest = Matter(actor_id=rights.member.id, owner_id=found.member.id, unit_path=path)
    while path != EVERYWHERE:
        matter = Matter(actor_id=rights.member.id, owner_id=found.member.id, unit_path=path)
        if allowed(Permission.ISSUE_SIGN_IN_CODE, rights.held, matter):
            return matter
        path = path.rstrip("/").rpartition("/")[0] + "/"
    return nearest


def _may(rights: Rights, found: queries.Listed) -> Answer:
    if rights.member.id == found.member.id:
        return refused("code_for_oneself")
    return rights.answer(Permission.ISSUE_SIGN_IN_CODE, _matter(rights, found))


def _may_together(rights: Rights, asker: Rights | None, found: queries.Listed) -> Answer:
    answer = _may(rights, found)
    if not answer:
        return answer
    if asker is None:
        return refused("code_asker_left")
    together = decide_together(
        Permission.ISSUE_SIGN_IN_CODE, asker.held, _matter(asker, found), rights.held, _matter(rights, found)
    )
    if not together and asker.member.id != rights.member.id:
        return refused("code_asker_left")
    return together


def _insist(answer: Answer, rights: Rights, found: queries.Listed) -> None:
    insist(
        answer,
        Permission.ISSUE_SIGN_IN_CODE,
        rights,
        unit_id=found.standing.unit_id,
        about=("member", found.member.id),
    )


def _hash(member_id: int, code: str) -> bytes:
    # Keyed: a code is short enough to be tried out by whoever has a copy of the database alone.
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"printed code\0{member_id}\0{code}".encode(), hashlib.sha256).digest()
