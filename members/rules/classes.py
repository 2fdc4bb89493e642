"""Membership classes and what each may do: speak, propose, and (by a table held as data) vote."""

from enum import StrEnum


class MembershipClass(StrEnum):
    """How a person belongs to the organisation."""

    FULL_MEMBER = "full_member"
    YOUTH_MEMBER = "youth_member"
    AFFILIATED_SUPPORTER = "affiliated_supporter"
    SYMPATHISER = "sympathiser"


class Status(StrEnum):
    """Where a membership stands. Only an active one carries rights."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    RESIGNED = "resigned"
    DECEASED = "deceased"
    EXPELLED = "expelled"


class Subject(StrEnum):
    """What a ballot is about. Voting right is a table of membership class by subject, default no."""

    CASE = "case"
    ELECTION = "election"
    NOMINATION = "nomination"
    BYLAW_CHANGE = "bylaw_change"
    EXCLUSION = "exclusion"
    PARTICIPATION_RULE = "participation_rule"


class SpeakingRight(StrEnum):
    """Where a class may read and write."""

    EVERYWHERE = "everywhere"
    WHERE_INVITED = "where_invited"


_MEMBERS = frozenset({MembershipClass.FULL_MEMBER, MembershipClass.YOUTH_MEMBER})


def speaking_right(membership_class: MembershipClass) -> SpeakingRight:
    """Say where the class may speak: a sympathiser only where invited (LIFECYCLE.md section 2)."""
    if membership_class is MembershipClass.SYMPATHISER:
        return SpeakingRight.WHERE_INVITED
    return SpeakingRight.EVERYWHERE


def has_proposal_right(membership_class: MembershipClass) -> bool:
    """Say whether the class may make proposals and amendments: members of either kind do."""
    return membership_class in _MEMBERS


def may_be_given_vote(membership_class: MembershipClass, subject: Subject) -> bool:
    """Say whether the table of voting rights may hold a yes here at all.

    A sympathiser is a guest and votes on nothing. An affiliated supporter may be given a vote where the
    bylaws say so, but never on cases (GLOSSARY.md, "Never confuse").
    """
    if membership_class is MembershipClass.SYMPATHISER:
        return False
    return membership_class in _MEMBERS or subject is not Subject.CASE
