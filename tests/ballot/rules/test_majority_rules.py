"""Majorities, quorums and ties in whole numbers (COUNTING.md, design points)."""

from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballot.rules.majority import (
    MORE_YES_THAN_NO,
    NO_QUORUM,
    RULE_CODES,
    Base,
    Majority,
    Over,
    Quorum,
    TieRule,
    Verdict,
    judge,
    judge_options,
    majority_blockers,
    permille,
    rule_facts,
)

TWO_THIRDS = Majority(2, 3, Over.AT_LEAST, Base.VALID_EXCLUDING_BLANK)


def verdict(
    yes: int,
    no: int,
    blank: int = 0,
    entitled: int = 1000,
    majority: Majority = MORE_YES_THAN_NO,
    quorum: Quorum = NO_QUORUM,
    tie_rule: TieRule = TieRule.NOT_ADOPTED,
) -> Verdict:
    return judge(
        yes=yes, no=no, blank=blank, entitled=entitled, majority=majority, quorum=quorum, tie_rule=tie_rule
    ).verdict


@pytest.mark.parametrize(
    ("papers", "met"), [(92_745, True), (92_744, False), (92_743, False), (463_723, True)]
)
def test_twenty_per_cent_of_463_723_is_reached_at_92_745_papers_and_not_at_92_744(
    papers: int, met: bool
) -> None:
    quorum = Quorum(1, 5)
    assert quorum.needed(463_723) == 92_745
    assert (verdict(papers, 0, 0, 463_723, quorum=quorum) is Verdict.ADOPTED) is met


def test_the_shares_of_14_667_papers_are_of_all_cast_including_blanks() -> None:
    outcome = judge(
        yes=13_219,
        no=1_279,
        blank=169,
        entitled=40_935,
        majority=Majority(1, 2, Over.MORE_THAN, Base.CAST_INCLUDING_BLANK),
    )
    assert (outcome.verdict, outcome.papers, outcome.base) == (Verdict.ADOPTED, 14_667, 14_667)
    assert [permille(part, outcome.base) for part in (13_219, 1_279, 169)] == [901, 87, 12]


def test_half_of_1_204_entitled_is_at_least_602_and_more_than_half_603() -> None:
    assert Quorum(1, 2).needed(1_204) == 602
    assert Quorum(1, 2, over=Over.MORE_THAN).needed(1_204) == 603
    assert Quorum(1, 2).needed(1_205) == 603
    assert Quorum(count=600).needed(1_204) == 600
    assert Quorum(1, 2, count=700).needed(1_204) == 700
    assert NO_QUORUM.needed(1_204) == 0


@pytest.mark.parametrize(
    ("yes", "no", "blank", "expected"),
    [
        (2, 1, 0, Verdict.ADOPTED),
        (1, 2, 0, Verdict.NOT_ADOPTED),
        (1, 0, 500, Verdict.ADOPTED),
        (5, 5, 3, Verdict.NOT_ADOPTED),
        (0, 0, 9, Verdict.NOT_ADOPTED),
        (0, 0, 0, Verdict.NOT_ADOPTED),
    ],
)
def test_more_yes_than_no_leaves_blank_papers_aside(yes: int, no: int, blank: int, expected: Verdict) -> None:
    assert verdict(yes, no, blank) is expected


@pytest.mark.parametrize(
    ("yes", "no", "blank", "entitled", "majority", "expected"),
    [
        (2, 1, 0, 10, TWO_THIRDS, Verdict.ADOPTED),
        (66, 34, 0, 100, TWO_THIRDS, Verdict.NOT_ADOPTED),
        (67, 33, 0, 100, TWO_THIRDS, Verdict.ADOPTED),
        (2, 1, 0, 10, Majority(2, 3, Over.MORE_THAN, Base.VALID_EXCLUDING_BLANK), Verdict.NOT_ADOPTED),
        # The same papers, three bases.
        (6, 3, 2, 20, Majority(1, 2, Over.MORE_THAN, Base.VALID_EXCLUDING_BLANK), Verdict.ADOPTED),
        (6, 3, 2, 20, Majority(1, 2, Over.MORE_THAN, Base.CAST_INCLUDING_BLANK), Verdict.ADOPTED),
        (6, 3, 3, 20, Majority(1, 2, Over.MORE_THAN, Base.CAST_INCLUDING_BLANK), Verdict.NOT_ADOPTED),
        (6, 3, 3, 20, Majority(1, 2, Over.AT_LEAST, Base.CAST_INCLUDING_BLANK), Verdict.ADOPTED),
        (9, 0, 0, 20, Majority(1, 2, Over.AT_LEAST, Base.ENTITLED), Verdict.NOT_ADOPTED),
        (10, 0, 0, 20, Majority(1, 2, Over.AT_LEAST, Base.ENTITLED), Verdict.ADOPTED),
        (10, 0, 0, 20, Majority(1, 2, Over.MORE_THAN, Base.ENTITLED), Verdict.NOT_ADOPTED),
        (11, 0, 0, 20, Majority(1, 2, Over.MORE_THAN, Base.ENTITLED), Verdict.ADOPTED),
        # At least two thirds of nothing is nothing: nothing is adopted by nobody.
        (0, 0, 5, 10, TWO_THIRDS, Verdict.NOT_ADOPTED),
        (20, 0, 0, 20, Majority(1, 1, Over.AT_LEAST, Base.ENTITLED), Verdict.ADOPTED),
    ],
)
def test_a_majority_says_at_least_or_more_than_and_of_what(
    yes: int, no: int, blank: int, entitled: int, majority: Majority, expected: Verdict
) -> None:
    assert verdict(yes, no, blank, entitled, majority) is expected


def test_too_few_is_told_before_anything_else_with_the_number_that_was_needed() -> None:
    outcome = judge(yes=500, no=0, blank=101, entitled=1_204, quorum=Quorum(1, 2))
    assert (outcome.verdict, outcome.papers, outcome.quorum_needed) == (Verdict.TOO_FEW, 601, 602)
    assert verdict(500, 0, 102, 1_204, quorum=Quorum(1, 2)) is Verdict.ADOPTED


def test_a_tie_is_not_adopted_or_goes_to_the_lot_as_the_notice_said() -> None:
    assert verdict(5, 5) is Verdict.NOT_ADOPTED
    assert verdict(5, 5, tie_rule=TieRule.LOT) is Verdict.TIE
    assert verdict(5, 5, quorum=Quorum(count=11), tie_rule=TieRule.LOT) is Verdict.TOO_FEW
    assert judge(yes=5, no=5, blank=0, entitled=20).tied
    assert judge(yes=1, no=1, blank=0, entitled=20).tied
    assert not judge(yes=5, no=4, blank=0, entitled=20).tied
    assert not judge(yes=0, no=0, blank=4, entitled=20).tied


def test_a_qualified_majority_knows_no_tie() -> None:
    assert verdict(5, 5, majority=TWO_THIRDS, tie_rule=TieRule.LOT) is Verdict.NOT_ADOPTED
    assert not judge(yes=5, no=5, blank=0, entitled=20, majority=TWO_THIRDS).tied


FRACTIONS = st.integers(1, 12).flatmap(lambda d: st.tuples(st.integers(1, d), st.just(d)))
MAJORITIES = st.builds(
    lambda fraction, over, base: Majority(*fraction, over, base),
    FRACTIONS,
    st.sampled_from(Over),
    st.sampled_from(Base),
)
COUNT = st.integers(0, 10**12)


@given(MAJORITIES, COUNT)
def test_the_number_needed_is_the_smallest_that_reaches_it(majority: Majority, base: int) -> None:
    needed = majority.needed(base)
    assert majority.reached(needed, base)
    assert not majority.reached(needed - 1, base)


@given(MAJORITIES, COUNT, COUNT)
def test_the_comparison_agrees_with_exact_fractions(majority: Majority, votes: int, base: int) -> None:
    bound = Fraction(majority.numerator, majority.denominator) * base
    exact = votes >= bound if majority.over is Over.AT_LEAST else votes > bound
    assert majority.reached(votes, base) is (exact and votes > 0)


@given(FRACTIONS, st.sampled_from(Over), COUNT)
def test_the_quorum_is_the_smallest_number_that_meets_its_fraction(
    fraction: tuple[int, int], over: Over, entitled: int
) -> None:
    needed = Quorum(*fraction, over=over).needed(entitled)
    bound = Fraction(*fraction) * entitled

    def meets(papers: int) -> bool:
        return papers >= bound if over is Over.AT_LEAST else papers > bound

    assert meets(needed)
    assert needed == 0 or not meets(needed - 1)


@given(MAJORITIES, st.integers(0, 300), st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_one_more_yes_in_the_place_of_a_no_never_loses_a_motion(
    majority: Majority, yes: int, no: int, blank: int, stayed: int
) -> None:
    entitled = yes + no + blank + stayed + 1
    if verdict(yes, no + 1, blank, entitled, majority) is Verdict.ADOPTED:
        assert verdict(yes + 1, no, blank, entitled, majority) is Verdict.ADOPTED


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_more_yes_than_no_is_what_it_says(yes: int, no: int, blank: int) -> None:
    adopted = verdict(yes, no, blank, yes + no + blank) is Verdict.ADOPTED
    assert adopted is (yes > no)


@pytest.mark.parametrize("numbers", [(-1, 0, 0), (0, -1, 0), (0, 0, -1)])
def test_a_count_below_zero_is_a_defect(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="below zero"):
        verdict(*numbers)


def test_more_papers_than_entitled_is_a_defect() -> None:
    with pytest.raises(ValueError, match="entitled"):
        verdict(11, 0, 0, 10)


# Options


@pytest.mark.parametrize(
    ("votes", "papers", "blank", "majority", "tie_rule", "expected", "leading"),
    [
        ((5, 3, 1), 9, 0, None, TieRule.NOT_ADOPTED, Verdict.CHOSEN, (0,)),
        ((1, 2, 2), 5, 0, None, TieRule.NOT_ADOPTED, Verdict.NOT_CHOSEN, (1, 2)),
        ((1, 2, 2), 5, 0, None, TieRule.LOT, Verdict.TIE, (1, 2)),
        ((0, 0), 3, 3, None, TieRule.LOT, Verdict.NOT_CHOSEN, ()),
        ((), 0, 0, None, TieRule.LOT, Verdict.NOT_CHOSEN, ()),
        ((5, 3, 1), 9, 0, MORE_YES_THAN_NO, TieRule.LOT, Verdict.CHOSEN, (0,)),
        ((5, 4, 1), 10, 0, MORE_YES_THAN_NO, TieRule.LOT, Verdict.NOT_CHOSEN, (0,)),
        ((5, 4, 0), 10, 1, MORE_YES_THAN_NO, TieRule.LOT, Verdict.CHOSEN, (0,)),
        # An approval: more marks than papers.
        ((8, 8, 9), 10, 1, None, TieRule.LOT, Verdict.CHOSEN, (2,)),
        (
            (5, 2),
            10,
            0,
            Majority(1, 2, Over.AT_LEAST, Base.CAST_INCLUDING_BLANK),
            TieRule.LOT,
            Verdict.CHOSEN,
            (0,),
        ),
    ],
)
def test_an_option_is_chosen_by_most_votes_or_by_a_majority(
    votes: tuple[int, ...],
    papers: int,
    blank: int,
    majority: Majority | None,
    tie_rule: TieRule,
    expected: Verdict,
    leading: tuple[int, ...],
) -> None:
    outcome = judge_options(
        votes=votes, papers=papers, blank=blank, entitled=20, majority=majority, tie_rule=tie_rule
    )
    assert (outcome.verdict, outcome.leading) == (expected, leading)


def test_a_single_vote_chooses_and_no_vote_leads_nowhere() -> None:
    outcome = judge_options(votes=(0, 1), papers=1, blank=0, entitled=20)
    assert (outcome.verdict, outcome.leading, outcome.votes, outcome.needed) == (Verdict.CHOSEN, (1,), 1, 1)
    assert judge_options(votes=(), papers=0, blank=0, entitled=20).votes == 0


def test_too_few_choose_nothing() -> None:
    outcome = judge_options(votes=(5, 1), papers=6, blank=0, entitled=20, quorum=Quorum(count=7))
    assert outcome.verdict is Verdict.TOO_FEW


def test_an_option_with_more_votes_than_papers_is_a_defect() -> None:
    with pytest.raises(ValueError, match="more votes"):
        judge_options(votes=(5,), papers=5, blank=1, entitled=20)
    with pytest.raises(ValueError, match="below zero"):
        judge_options(votes=(0,), papers=1, blank=2, entitled=20)


# The one sentence


def sentence(
    majority: Majority | None, quorum: Quorum = NO_QUORUM, *, motion: bool = True
) -> tuple[str, Mapping[str, object]]:
    reason = rule_facts(majority, quorum, 1_204, motion=motion)
    return reason.code, reason.facts


def test_the_sentence_of_the_ordinary_ballot_with_a_quorum_says_602_of_1_204() -> None:
    code, facts = sentence(MORE_YES_THAN_NO, Quorum(1, 2))
    assert code == "rule.motion.more_yes.quorum"
    assert (facts["quorum"], facts["entitled"]) == (602, 1_204)
    assert (facts["numerator"], facts["denominator"]) == (1, 2)
    assert sentence(None, motion=False)[1] == {
        "numerator": 0,
        "denominator": 0,
        "needed": 0,
        "quorum": 0,
        "entitled": 1_204,
    }


@pytest.mark.parametrize(
    ("majority", "motion", "code", "needed"),
    [
        (MORE_YES_THAN_NO, True, "rule.motion.more_yes", 0),
        (TWO_THIRDS, True, "rule.motion.at_least.valid_excluding_blank", 0),
        (Majority(1, 2, Over.MORE_THAN, Base.ENTITLED), True, "rule.motion.more_than.entitled", 603),
        (Majority(1, 2, Over.AT_LEAST, Base.ENTITLED), True, "rule.motion.at_least.entitled", 602),
        (
            Majority(2, 3, Over.MORE_THAN, Base.VALID_EXCLUDING_BLANK),
            True,
            "rule.motion.more_than.valid_excluding_blank",
            0,
        ),
        (
            Majority(1, 2, Over.AT_LEAST, Base.VALID_EXCLUDING_BLANK),
            True,
            "rule.motion.at_least.valid_excluding_blank",
            0,
        ),
        (None, False, "rule.options.most_votes", 0),
        (MORE_YES_THAN_NO, False, "rule.options.more_than.valid_excluding_blank", 0),
    ],
)
def test_each_rule_has_its_own_sentence(
    majority: Majority | None, motion: bool, code: str, needed: int
) -> None:
    found, facts = sentence(majority, motion=motion)
    assert (found, facts["needed"]) == (code, needed)


@given(st.one_of(MAJORITIES), st.booleans(), st.booleans())
def test_every_rule_has_a_code_that_the_list_of_sentences_knows(
    majority: Majority, with_quorum: bool, motion: bool
) -> None:
    quorum = Quorum(1, 5) if with_quorum else NO_QUORUM
    assert rule_facts(majority, quorum, 100, motion=motion).code in RULE_CODES


@pytest.mark.parametrize(
    ("majority", "quorum", "reasons"),
    [
        (MORE_YES_THAN_NO, NO_QUORUM, []),
        (None, NO_QUORUM, []),
        (Majority(1, 2, Over.AT_LEAST, Base.ENTITLED), Quorum(1, 1), []),
        (Majority(1, 1, Over.AT_LEAST, Base.ENTITLED), NO_QUORUM, []),
        (Majority(9, 10, Over.MORE_THAN, Base.ENTITLED), NO_QUORUM, []),
        (Majority(0, 2, Over.AT_LEAST, Base.ENTITLED), NO_QUORUM, ["majority_fraction"]),
        (Majority(3, 2, Over.AT_LEAST, Base.ENTITLED), NO_QUORUM, ["majority_fraction"]),
        (Majority(1, 0, Over.AT_LEAST, Base.ENTITLED), NO_QUORUM, ["majority_fraction"]),
        (Majority(49, 100, Over.AT_LEAST, Base.ENTITLED), NO_QUORUM, ["majority_below_half"]),
        (Majority(1, 1, Over.MORE_THAN, Base.ENTITLED), NO_QUORUM, ["majority_impossible"]),
        (None, Quorum(1, 0), ["quorum_fraction"]),
        (None, Quorum(-1, 2), ["quorum_fraction"]),
        (None, Quorum(count=-1), ["quorum_fraction"]),
        (None, Quorum(count=58), ["quorum_impossible"]),
        (None, Quorum(1, 1, over=Over.MORE_THAN), ["quorum_impossible"]),
    ],
)
def test_a_rule_that_nothing_or_anything_could_meet_is_refused(
    majority: Majority | None, quorum: Quorum, reasons: list[str]
) -> None:
    assert [reason.code for reason in majority_blockers(majority, quorum, 57)] == reasons


@pytest.mark.parametrize(
    ("part", "whole", "expected"), [(0, 0, 0), (1, 3, 333), (2, 3, 667), (1, 2000, 1), (1, 2001, 0)]
)
def test_shares_are_rounded_to_tenths_of_a_per_cent_halves_up(part: int, whole: int, expected: int) -> None:
    assert permille(part, whole) == expected
