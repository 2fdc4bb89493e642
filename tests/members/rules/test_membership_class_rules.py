"""Membership classes: speaking, proposing and voting are three different rights."""

import pytest

from members.rules.classes import (
    MembershipClass,
    SpeakingRight,
    Subject,
    has_proposal_right,
    may_be_given_vote,
    speaking_right,
)

FULL, YOUTH = MembershipClass.FULL_MEMBER, MembershipClass.YOUTH_MEMBER
SUPPORTER, SYMPATHISER = MembershipClass.AFFILIATED_SUPPORTER, MembershipClass.SYMPATHISER


@pytest.mark.parametrize(
    ("membership_class", "speaks", "proposes"),
    [
        (FULL, SpeakingRight.EVERYWHERE, True),
        (YOUTH, SpeakingRight.EVERYWHERE, True),
        (SUPPORTER, SpeakingRight.EVERYWHERE, False),
        (SYMPATHISER, SpeakingRight.WHERE_INVITED, False),
    ],
)
def test_each_class_speaks_and_proposes_as_the_table_of_acts_says(
    membership_class: MembershipClass, speaks: SpeakingRight, proposes: bool
) -> None:
    assert speaking_right(membership_class) is speaks
    assert has_proposal_right(membership_class) is proposes


def test_a_supporter_can_be_given_a_vote_on_a_leader_but_never_on_a_case() -> None:
    assert may_be_given_vote(SUPPORTER, Subject.ELECTION)
    assert not may_be_given_vote(SUPPORTER, Subject.CASE)


def test_a_sympathiser_can_be_given_no_vote_at_all() -> None:
    assert not any(may_be_given_vote(SYMPATHISER, subject) for subject in Subject)


@pytest.mark.parametrize("membership_class", [FULL, YOUTH])
def test_a_member_can_be_given_a_vote_on_everything(membership_class: MembershipClass) -> None:
    assert all(may_be_given_vote(membership_class, subject) for subject in Subject)
