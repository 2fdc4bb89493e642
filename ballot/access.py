"""What the ballots add to the question of who may do what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from ballot.models import Ballot, BallotTeller
from foundation.extensions import db
from members.models import Member
from members.rules.permissions import Matter, Role, RoleHeld


def teller_roles(member: Member, _at: datetime) -> list[RoleHeld]:
    """The ballots a member is named as a teller for: a duty that outlives the office (LIFECYCLE section 3)."""
    ballots = frozenset(
        db.session.scalars(select(BallotTeller.ballot_id).where(BallotTeller.member_id == member.id))
    )
    return [RoleHeld(Role.TELLER, ballot_ids=ballots)] if ballots else []


def matter_of(ballot: Ballot, **more: object) -> Matter:
    """The ballot as a permission sees it."""
    return Matter(unit_path=ballot.unit.path, ballot_id=ballot.id, drafter_id=ballot.drafter_id, **more)  # type: ignore[arg-type]  # named facts of Matter
