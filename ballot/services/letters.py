"""The letters that a ballot sends to all it concerns; each occasion writes to each person once."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import exists, select

from ballot.models import Ballot
from forums.models import Credit, CreditLoss
from forums.notices import queries as wishes
from forums.notices.rules import Level, NoticeKind
from forums.notices.services import ends, telling
from foundation import outbox
from foundation.extensions import db
from foundation.links import link
from members.models import Member

CHUNK = 500

# What members are told on their own pages too.
_TOLD = {
    "annulled": NoticeKind.BALLOT_ENDED,
    "answered": NoticeKind.BALLOT_ANSWERED,
    "cancelled": NoticeKind.BALLOT_ENDED,
    "dates_moved": NoticeKind.BALLOT_RULE_CHANGED,
    "notice": NoticeKind.BALLOT,
    "outcome": NoticeKind.BALLOT_OUTCOME,
    "result": NoticeKind.BALLOT_RESULT,
    "rule_changed": NoticeKind.BALLOT_RULE_CHANGED,
    "rule_lapsed": NoticeKind.BALLOT_RULE_CHANGED,
    "rule_suspended": NoticeKind.BALLOT_RULE_CHANGED,
}
# What a member can do without; the notice, and all that concerns her right to vote, she gets in any case.
_OPTIONAL = frozenset({"answered", "outcome", "result"})
# After these a reminder of what was to come says something untrue.
_OVERTAKES = frozenset(
    {"annulled", "cancelled", "dates_moved", "rule_changed", "rule_lapsed", "rule_suspended"}
)


def write(ballot: Ballot, template: str, occasion: str, member_ids: Sequence[int], **facts: object) -> None:
    """Write one letter to each of these members who has an address, in the transaction under way.

    Subjects are neutral: what a party's member is asked about is nobody else's business. What concerns all who
    have a part in the ballot also stands on their own pages.
    """
    shared = _shared(ballot, facts)
    told = template in _TOLD
    if template in _OVERTAKES:
        outbox.withdraw(f"ballot:{ballot.id}:remind:")
    if told:
        telling.tell(
            telling.Occasion(
                _TOLD[template],
                f"ballot:{ballot.id}:{occasion}"[:120],
                telling.path("ballot.show", ballot_id=ballot.id),
                {"title": ballot.question},
            ),
            list(member_ids),
            area_id=_area(ballot),
            has_letter=True,
        )
    receivers = who_want(ballot, member_ids) if template in _OPTIONAL else member_ids
    outbox.mail_all(
        template,
        [
            (
                address,
                locale,
                f"ballot:{ballot.id}:{occasion}:{member_id}",
                {**shared, "end_url": ends.url(member_id, ends.Letters.BALLOTS)} if told else shared,
            )
            for member_id, address, locale in _addresses(receivers)
        ],
    )


def write_outcome(ballot: Ballot, entitled: Sequence[int]) -> None:
    """Tell what came of it, once to each: those who took part in the case are told so, the others the result."""
    took_part = set(_took_part(ballot))
    write(ballot, "outcome", "result", sorted(took_part))
    write(ballot, "result", "result", [member_id for member_id in entitled if member_id not in took_part])


def _took_part(ballot: Ballot) -> Sequence[int]:
    """Those who hold a credit in the case. Who voted is not asked: a list of them would be one too many."""
    if ballot.case_id is None:
        return []
    lost = exists().where(CreditLoss.credit_id == Credit.id)
    return db.session.scalars(
        select(Credit.member_id).where(Credit.case_id == ballot.case_id, ~lost).distinct()
    ).all()


def write_fleeting(
    ballot: Ballot,
    template: str,
    receivers: Iterable[tuple[int, str, str, Mapping[str, object]]],
    *,
    not_after: datetime,
    **facts: object,
) -> int:
    """Write letters of which nothing is kept once they have left: that one got it says what she has not done.

    `receivers`: (member, address, locale, facts of her own). Answers how many letters. The occasion is remembered
    by whoever calls; the keys only serve to take letters back.
    """
    shared = _shared(ballot, facts)
    rows = [
        (
            address,
            locale,
            f"ballot:{ballot.id}:remind:{template}:{secrets.token_hex(12)}",
            {**shared, **own, "end_url": ends.url(member_id, ends.Letters.BALLOTS)},
        )
        for member_id, address, locale, own in receivers
    ]
    outbox.mail_all(template, rows, not_after=not_after, fleeting=True)
    return len(rows)


def who_want(ballot: Ballot, member_ids: Collection[int]) -> list[int]:
    """Those of these members who want mail about ballots beyond what the rules ask for."""
    ordered = sorted(member_ids)
    wanting = []
    for start in range(0, len(ordered), CHUNK):
        chosen = wishes.choices_at(ordered[start : start + CHUNK], area_id=_area(ballot))
        wanting += [
            member_id
            for member_id, choice in chosen.items()
            if choice.ballots_by_mail and choice.level is not Level.NOTHING
        ]
    return wanting


def _area(ballot: Ballot) -> int | None:
    return ballot.case.forum.area_id if ballot.case else None


def _shared(ballot: Ballot, facts: Mapping[str, object]) -> dict[str, object]:
    return {
        "question": ballot.question,
        "unit": ballot.unit.name,
        "url": link("ballot.show", ballot_id=ballot.id),
        **facts,
    }


def _addresses(member_ids: Collection[int]) -> Iterator[tuple[int, str, str]]:
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
