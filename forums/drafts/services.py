"""Texts kept while they are written, given back, and deleted with the act that sends them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from forums.drafts import queries, rules
from forums.drafts.models import Draft, HeldText
from forums.drafts.rules import Fields
from foundation import clock
from foundation.errors import Reason, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members.access import Rights
from members.models import Member
from members.rules.permissions import Matter, Permission

_FIRST_VERSIONS = 2**30


class ChangedElsewhere(RuleBroken):
    """Another window has written something else at this place since: `fields` at `version` is what stands there now."""

    def __init__(self, theirs: Draft) -> None:
        super().__init__(Reason.of("draft_changed_elsewhere", at=theirs.saved_at))
        self.version, self.fields = theirs.version, theirs.fields


class GoneElsewhere(RuleBroken):
    """The text this one was written from has been sent or discarded elsewhere."""

    def __init__(self) -> None:
        super().__init__(Reason.of("draft_gone"))


def require(rights: Rights) -> None:
    """Raise NotAllowed for somebody who has no texts here."""
    rights.require(Permission.SEE_OWN_DRAFTS, Matter(owner_id=rights.member.id, invited=True))


def save(rights: Rights, place: str, fields: Fields, base: int) -> Draft | None:
    """Keep what a member has written at a place; None where nothing is written and nothing is kept any more.

    `base` is the version it was written from, 0 for none. Raises ChangedElsewhere when another window has written
    something else since, GoneElsewhere when that version has been sent or discarded: nothing is overwritten unseen,
    and nothing that was sent comes back by itself.
    """
    require(rights)
    with transaction() as session:
        at = clock.now()
        _refuse_too_much(fields)
        draft = queries.draft_at(rights.member.id, place, locked=True)
        if draft is None:
            if base:
                raise GoneElsewhere
            if rules.is_empty(fields):
                return None
            if queries.how_many(rights.member.id) >= rules.MOST_DRAFTS:
                raise RuleBroken(Reason.of("draft_too_many", most=rules.MOST_DRAFTS))
            return _begin(rights.member.id, place, fields, at)
        if rules.same(draft.fields, fields):
            return draft
        if draft.version != base:
            raise ChangedElsewhere(draft)
        if rules.is_empty(fields):
            session.delete(draft)
            return None
        return _change(draft, fields, at)


def _refuse_too_much(fields: Fields) -> None:
    if not rules.fits(fields):
        raise RuleBroken(
            Reason.of("draft_too_long", characters=rules.size(fields), most=rules.MOST_CHARACTERS)
        )


def _begin(member_id: int, place: str, fields: Fields, at: datetime) -> Draft:
    draft = Draft(
        member_id=member_id,
        place=place,
        fields=fields,
        version=1 + secrets.randbelow(_FIRST_VERSIONS),
        saved_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(draft)
    except IntegrityError:
        # Of two windows that begin at once, the other one was first.
        theirs = queries.draft_at(member_id, place, locked=True)
        if theirs is None:
            raise
        raise ChangedElsewhere(theirs) from None
    return draft


def _change(draft: Draft, fields: Fields, at: datetime) -> Draft:
    draft.fields, draft.saved_at = fields, at
    draft.version += 1
    db.session.flush()
    return draft


def discard(rights: Rights, place: str) -> bool:
    """Delete a member's text at a place for good; False when there is none."""
    require(rights)
    with transaction() as session:
        draft = queries.draft_at(rights.member.id, place, locked=True)
        if draft is None:
            return False
        session.delete(draft)
        return True


@contextmanager
def sending(member_id: int, place: str, base: int, **texts: str) -> Iterator[None]:
    """Around the act by which a text is sent: its draft is deleted in the same transaction.

    Not when another window has changed it meanwhile (`base` is no longer its version) to something other than the
    `texts` that were sent.
    """
    with transaction() as session:
        yield
        draft = queries.draft_at(member_id, place, locked=True)
        if draft is not None and (draft.version == base or rules.holds(draft.fields, texts)):
            session.delete(draft)


# --- Sent by somebody who was no longer signed in


def hold(key: str, member_id: int, place: str, fields: Fields, base: int) -> None:
    """Keep what came from a form of this member's in a browser that is not signed in as her; `key` is the browser's.

    It is hers alone, and only on that browser (`claim`).
    """
    with transaction() as session:
        _refuse_too_much(fields)
        if rules.is_empty(fields) or session.get(Member, member_id) is None:
            return
        at, key_hash = clock.now(), _hashed(key)
        held = queries.held_at(key_hash, member_id, place)
        if held is None:
            session.add(
                HeldText(key_hash=key_hash, member_id=member_id, place=place, fields=fields, base=base, at=at)
            )
        else:
            held.fields, held.base, held.at = fields, base, at


def claim(key: str, member_id: int) -> int:
    """Put what was held for this member in this browser where it was written; answers how many texts."""
    with transaction() as session:
        waiting = queries.held_for(_hashed(key), member_id)
        for held in waiting:
            put(held.member_id, held.place, held.fields, held.base, held.at)
            session.delete(held)
        return len(waiting)


def put(member_id: int, place: str, fields: Fields, base: int, at: datetime | None = None) -> None:
    """Keep a whole text that was sent and could not be taken; what stands at its place already is kept beside it."""
    with transaction():
        _refuse_too_much(fields)
        at = at or clock.now()
        draft = queries.draft_at(member_id, place, locked=True)
        if rules.is_empty(fields) or (draft is not None and rules.same(draft.fields, fields)):
            return
        if draft is None:
            _begin(member_id, place, fields, at)
        elif draft.version == base:
            _change(draft, fields, at)
        else:
            _begin(member_id, f"{place}#{draft.version}", draft.fields, draft.saved_at)
            _change(draft, fields, at)


def _hashed(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def forget_old(at: datetime) -> int:
    """Delete texts that have not been touched for long, and those that nobody has come back for."""
    with transaction() as session:
        gone = session.scalars(queries.untouched_since(at - rules.LASTS).returning(Draft.id)).all()
        held = session.scalars(queries.held_since(at - rules.HELD_LASTS).returning(HeldText.id)).all()
    return len(gone) + len(held)
