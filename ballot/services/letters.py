"""The letters that a ballot sends to all it concerns; each occasion writes to each person once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select

from ballot.models import Ballot
from foundation import outbox
from foundation.extensions import db
from foundation.links import link
from members.models import Member

CHUNK = 500


def write(ballot: Ballot, template: str, occasion: str, member_ids: Sequence[int], **facts: object) -> None:
    """Write one letter to each of these members who has an address, in the transaction under way.

    Subjects are neutral: what a party's member is asked about is nobody else's business.
    """
    shared = {
        "question": ballot.question,
        "unit": ballot.unit.name,
        "url": link("ballot.show", ballot_id=ballot.id),
        **facts,
    }
    outbox.mail_all(
        template,
        [
            (address, locale, f"ballot:{ballot.id}:{occasion}:{member_id}", shared)
            for member_id, address, locale in _addresses(member_ids)
        ],
    )


def _addresses(member_ids: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    ordered = sorted(member_ids)
    for start in range(0, len(ordered), CHUNK):
        rows = db.session.execute(
            select(Member.id, Member.email, Member.locale).where(
                Member.id.in_(ordered[start : start + CHUNK]), Member.email.is_not(None)
            )
        )
        for member_id, address, locale in rows:
            yield member_id, address or "", locale


def times(ballot: Ballot) -> dict[str, datetime | None]:
    """The times that a letter about the ballot tells."""
    return {
        "opens_at": ballot.opens_at,
        "closes_at": ballot.closes_at,
        "freezes_at": ballot.roll_freezes_at,
        "cutoff_at": ballot.cutoff_at,
    }
