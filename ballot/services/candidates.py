"""The candidates of an election: asked by the board, answering for themselves, or with a consent on paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from ballot import places
from ballot.access import matter_of, refusals_logged
from ballot.models import Ballot, BallotOption, Consent
from ballot.places import GROUPS
from ballot.rules.lifecycle import State
from ballot.services import letters
from ballot.services.drafting import kept
from ballot.services.lifecycle import lock
from foundation import clock
from foundation.errors import NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.formats import local
from foundation.links import link
from foundation.transaction import transaction
from members.access import Rights
from members.models import Member, Standing, Unit
from members.rules.classes import Status
from members.rules.permissions import Permission

LONGEST_PORTRAIT = 2000
_BEFORE_NOTICE = (State.DRAFT, State.SUBMITTED)


def member_of(member_no: str, unit: Unit, at: datetime) -> Member | None:
    """The active member with this number in the unit or below it, None where there is none."""
    newest = (
        select(Standing.id)
        .where(Standing.member_id == Member.id, Standing.recorded_at <= at)
        .order_by(Standing.recorded_at.desc(), Standing.id.desc())
        .limit(1)
        .correlate(Member)
        .scalar_subquery()
    )
    return db.session.scalar(
        select(Member)
        .join(Standing, Standing.id == newest)
        .join(Unit, Unit.id == Standing.unit_id)
        .where(
            Member.member_no == member_no,
            Standing.status == Status.ACTIVE,
            Unit.path.startswith(unit.path, autoescape=True),
        )
    )


def numbers_of(ballot: Ballot) -> list[str]:
    """The candidates' member numbers in the ballot's order, empty for who is no member."""
    ids = [option.member_id for option in ballot.options if option.member_id is not None]
    if not ids:
        return [""] * len(ballot.options)
    known: dict[int | None, str] = {}
    for member_id, number in db.session.execute(
        select(Member.id, Member.member_no).where(Member.id.in_(ids))
    ):
        known[member_id] = number
    return [known.get(option.member_id, "") for option in ballot.options]


def ask(ballot_id: int, rights: Rights) -> int:
    """Write to the candidates who are members and have not been asked; how many that are."""
    at = clock.now()
    with refusals_logged("ask_candidates", rights, ballot_id), transaction():
        ballot = _drafted(ballot_id, rights)
        asked = [
            option
            for option in ballot.options
            if option.member_id is not None and option.consent is Consent.NOT_ASKED
        ]
        for option in asked:
            option.consent, option.consent_at = Consent.ASKED, at
        letters.write(
            ballot,
            "candidate_asked",
            "candidate",
            [option.member_id for option in asked if option.member_id is not None],
            url=link("ballot.candidacy", ballot_id=ballot.id),
        )
        kept("ask_candidates", ballot, rights)
    return len(asked)


def candidacy_of(ballot: Ballot, member_id: int) -> BallotOption | None:
    """The option that a member is, where she has been asked to stand."""
    if not places.is_of_persons(ballot):
        return None
    return next(
        (
            option
            for option in ballot.options
            if option.member_id == member_id and option.consent is not Consent.NOT_ASKED
        ),
        None,
    )


def waiting_for(member_id: int) -> Sequence[Ballot]:
    """The ballots that wait for this member to say whether she will stand."""
    return db.session.scalars(
        select(Ballot)
        .join(BallotOption, BallotOption.ballot_id == Ballot.id)
        .where(
            BallotOption.member_id == member_id,
            BallotOption.consent == Consent.ASKED,
            Ballot.state.in_(_BEFORE_NOTICE),
        )
        .order_by(Ballot.id)
    ).all()


def answer(
    ballot_id: int, rights: Rights, *, stands: bool, portrait: str = "", gender_group: str = ""
) -> BallotOption:
    """Say as a candidate whether one stands, with what one says of oneself and the group one gives.

    Only the candidate herself can; until the notice she may change her mind.
    """
    at = clock.now()
    with refusals_logged("answer_candidacy", rights, ballot_id), transaction():
        ballot = lock(ballot_id)
        option = candidacy_of(ballot, rights.member.id)
        if option is None:
            raise NotFound
        if ballot.state not in _BEFORE_NOTICE:
            raise RuleBroken(Reason.of("candidate_too_late"))
        option.consent, option.consent_at = (Consent.GIVEN if stands else Consent.DECLINED), at
        option.portrait = portrait.strip()[:LONGEST_PORTRAIT] if stands else ""
        option.gender_group = gender_group if stands and gender_group in GROUPS else ""
    return option


def record_written(
    ballot_id: int, position: int, rights: Rights, on: date, *, portrait: str = "", gender_group: str = ""
) -> BallotOption:
    """Keep that a candidate who is no member has consented on paper, with its date and what she gave there."""
    at = clock.now()
    with refusals_logged("record_consent", rights, ballot_id), transaction():
        ballot = _drafted(ballot_id, rights)
        option = next((row for row in ballot.options if row.position == position), None)
        if option is None:
            raise RuleBroken(Reason.of("candidate_gone"))
        if option.member_id is not None:
            raise RuleBroken(Reason.of("candidate_is_member"))
        if on > local(at).date():
            raise RuleBroken(Reason.of("consent_in_future"))
        option.consent, option.consent_at, option.consent_on = Consent.WRITTEN, at, on
        option.consent_by_id = rights.member.id
        option.portrait = portrait.strip()[:LONGEST_PORTRAIT]
        option.gender_group = gender_group if gender_group in GROUPS else ""
        kept("record_consent", ballot, rights)
    return option


def _drafted(ballot_id: int, rights: Rights) -> Ballot:
    """An election that its board still writes, held for writing."""
    ballot = lock(ballot_id)
    rights.require(Permission.DRAFT_BALLOT, matter_of(ballot))
    if not places.is_of_persons(ballot):
        raise NotFound
    if ballot.state not in _BEFORE_NOTICE:
        raise RuleBroken(Reason.of("notice_fixed", notified_at=ballot.notified_at))
    return ballot
