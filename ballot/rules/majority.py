"""When a proposal is adopted and an option chosen: majorities, quorums and ties, in integers only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from foundation.errors import Reason


class Over(StrEnum):
    """How a fraction is reached: `at least` is met at the fraction itself, `more than` only above it."""

    AT_LEAST = "at-least"
    MORE_THAN = "more-than"


class Base(StrEnum):
    """What a majority is a fraction of. A blank paper is cast, but neither yes nor no (GLOSSARY.md)."""

    VALID_EXCLUDING_BLANK = "valid_excluding_blank"
    CAST_INCLUDING_BLANK = "cast_including_blank"
    ENTITLED = "entitled"


class TieRule(StrEnum):
    """What a tie leads to, as the notice said.

    `lot`: two tellers draw and enter it. `seed`: the order follows from the checksum of all papers, which
    nobody can know before the box is opened (SECRECY.md, drawing lots).
    """

    NOT_ADOPTED = "not_adopted"
    LOT = "lot"
    SEED = "seed"


class Verdict(StrEnum):
    """What the count means by the rule of the ballot."""

    ADOPTED = "adopted"
    NOT_ADOPTED = "not_adopted"
    CHOSEN = "chosen"
    NOT_CHOSEN = "not_chosen"
    TOO_FEW = "too_few"
    TIE = "tie"


@dataclass(frozen=True)
class Majority:
    """`numerator/denominator` of the base, reached `over`."""

    numerator: int
    denominator: int
    over: Over
    base: Base

    def needed(self, base: int) -> int:
        """Compute the smallest number of votes that reaches the majority of `base` papers or people.

        At least one: where nobody votes yes nothing is adopted, whatever the fraction of nothing is.
        """
        if self.over is Over.AT_LEAST:
            return max(1, _ceil(self.numerator * base, self.denominator))
        return self.numerator * base // self.denominator + 1

    def reached(self, votes: int, base: int) -> bool:
        """Compare in integers: `denominator * votes` with `numerator * base` (COUNTING.md, design points)."""
        left, right = self.denominator * votes, self.numerator * base
        return votes > 0 and (left >= right if self.over is Over.AT_LEAST else left > right)


MORE_YES_THAN_NO = Majority(1, 2, Over.MORE_THAN, Base.VALID_EXCLUDING_BLANK)
"""The rule of the ordinary ballot: more yes than no, blank papers left aside."""


@dataclass(frozen=True)
class Quorum:
    """How many must vote: a fraction of all otherwise entitled, or a count. 0/1 and no count ask for nothing.

    Blank papers count among those who voted.
    """

    numerator: int = 0
    denominator: int = 1
    count: int = 0
    over: Over = Over.AT_LEAST

    def needed(self, entitled: int) -> int:
        """Compute the smallest number of papers that meets the quorum: 602 for half of 1 204."""
        if self.numerator == 0:
            return self.count
        share = self.numerator * entitled
        if self.over is Over.MORE_THAN:
            return max(self.count, share // self.denominator + 1)
        return max(self.count, _ceil(share, self.denominator))


NO_QUORUM = Quorum()


@dataclass(frozen=True)
class Outcome:
    """A verdict with the numbers it rests on.

    `votes` is yes in a motion and the leading option's votes otherwise; `needed` what they had to reach of
    `base` papers or people; `papers` includes blank; `quorum_needed` is 0 without a quorum. `leading` are
    the positions of the options with most votes, one of them where something is chosen. `tied` says that a
    tie was there, also where the tie rule has settled it.
    """

    verdict: Verdict
    votes: int
    against: int
    blank: int
    papers: int
    entitled: int
    base: int
    needed: int
    quorum_needed: int
    leading: tuple[int, ...] = ()
    tied: bool = False

    @property
    def too_few(self) -> bool:
        """Whether the quorum is missed, so that nothing else matters."""
        return self.papers < self.quorum_needed


def judge(
    *,
    yes: int,
    no: int,
    blank: int,
    entitled: int,
    majority: Majority = MORE_YES_THAN_NO,
    quorum: Quorum = NO_QUORUM,
    tie_rule: TieRule = TieRule.NOT_ADOPTED,
) -> Outcome:
    """Judge a motion. `entitled` is all otherwise entitled at the freeze, plus appendices, whoever took part.

    The quorum is tested first: with too few papers nothing is adopted, whatever they say. A tie is equally
    many yes and no under "more yes than no"; a fraction that is exactly met or missed is no tie.
    """
    papers = yes + no + blank
    _check(papers=papers, entitled=entitled, numbers=(yes, no, blank))
    base = _base(majority.base, papers=papers, blank=blank, entitled=entitled)
    quorum_needed = quorum.needed(entitled)
    tied = yes == no and yes > 0 and _is_more_yes_than_no(majority)
    if papers < quorum_needed:
        verdict = Verdict.TOO_FEW
    elif majority.reached(yes, base):
        verdict = Verdict.ADOPTED
    elif tied and tie_rule is not TieRule.NOT_ADOPTED:
        verdict = Verdict.TIE
    else:
        verdict = Verdict.NOT_ADOPTED
    return Outcome(
        verdict=verdict,
        votes=yes,
        against=no,
        blank=blank,
        papers=papers,
        entitled=entitled,
        base=base,
        needed=majority.needed(base),
        quorum_needed=quorum_needed,
        tied=tied,
    )


def judge_options(
    *,
    votes: Sequence[int],
    papers: int,
    blank: int,
    entitled: int,
    majority: Majority | None = None,
    quorum: Quorum = NO_QUORUM,
    tie_rule: TieRule = TieRule.NOT_ADOPTED,
) -> Outcome:
    """Judge a choice or an approval: `votes` by option position, `papers` including `blank`.

    Without a majority most votes suffice. In an approval the votes may sum to more than the papers. Options
    that tie at the top are a tie: for the lot, or nothing is chosen, as the tie rule says.
    """
    _check(papers=papers, entitled=entitled, numbers=(*votes, blank, papers - blank))
    if any(number > papers - blank for number in votes):
        raise ValueError("an option has more votes than there are papers that are not blank")
    base = _base(
        majority.base if majority else Base.VALID_EXCLUDING_BLANK,
        papers=papers,
        blank=blank,
        entitled=entitled,
    )
    most = max(votes, default=0)
    leading = tuple(place for place, number in enumerate(votes) if number == most and most > 0)
    quorum_needed = quorum.needed(entitled)
    tied = len(leading) > 1
    if papers < quorum_needed:
        verdict = Verdict.TOO_FEW
    elif not leading or (majority is not None and not majority.reached(most, base)):
        verdict = Verdict.NOT_CHOSEN
    elif tied:
        verdict = Verdict.NOT_CHOSEN if tie_rule is TieRule.NOT_ADOPTED else Verdict.TIE
    else:
        verdict = Verdict.CHOSEN
    return Outcome(
        verdict=verdict,
        votes=most,
        against=papers - blank - most,
        blank=blank,
        papers=papers,
        entitled=entitled,
        base=base,
        needed=majority.needed(base) if majority else 1,
        quorum_needed=quorum_needed,
        leading=leading,
        tied=tied,
    )


def settle_motion(outcome: Outcome, *, adopted: bool) -> Outcome:
    """Give a motion that was tied its verdict by the lot that was drawn."""
    return replace(outcome, verdict=Verdict.ADOPTED if adopted else Verdict.NOT_ADOPTED)


def settle_options(outcome: Outcome, place: int) -> Outcome:
    """Give a tied choice or approval its verdict: the option at this position won the lot."""
    return replace(outcome, verdict=Verdict.CHOSEN, leading=(place,))


def judge_election(
    *,
    votes: Sequence[int],
    papers: int,
    blank: int,
    entitled: int,
    elected: Sequence[int] = (),
    lot_needed: bool = False,
    quorum: Quorum = NO_QUORUM,
) -> Outcome:
    """Judge a count that elects by itself: `elected` are positions in the order of the count.

    `votes` are those of the first stage (first preferences, marks or points), for the record of the leading
    option; the election does not rest on them alone.
    """
    if papers > entitled:
        raise ValueError(f"{papers} papers from {entitled} entitled")
    quorum_needed = quorum.needed(entitled)
    if papers < quorum_needed:
        verdict = Verdict.TOO_FEW
    elif lot_needed:
        verdict = Verdict.TIE
    else:
        verdict = Verdict.CHOSEN if elected else Verdict.NOT_CHOSEN
    most = max((votes[place] for place in elected), default=max(votes, default=0))
    return Outcome(
        verdict=verdict,
        votes=most,
        against=max(papers - blank - most, 0),
        blank=blank,
        papers=papers,
        entitled=entitled,
        base=papers - blank,
        needed=1,
        quorum_needed=quorum_needed,
        leading=tuple(elected) if verdict is Verdict.CHOSEN else (),
        tied=lot_needed,
    )


def rule_facts(majority: Majority | None, quorum: Quorum, entitled: int, *, motion: bool = True) -> Reason:
    """Give the code and the numbers of the ONE sentence that says the rule on ballot, result and record.

    The code is one of `RULE_CODES`. Facts: numerator, denominator, needed (votes, where the base is the
    entitled, else 0), quorum (papers needed, 0 without one), entitled.
    """
    kind = "motion" if motion else "options"
    if majority is None:
        how = "most_votes"
    elif motion and _is_more_yes_than_no(majority):
        how = "more_yes"
    else:
        how = f"{majority.over.replace('-', '_')}.{majority.base}"
    quorum_needed = quorum.needed(entitled)
    code = f"rule.{kind}.{how}" + (".quorum" if quorum_needed else "")
    return Reason.of(
        code,
        numerator=majority.numerator if majority else 0,
        denominator=majority.denominator if majority else 0,
        needed=majority.needed(entitled) if majority and majority.base is Base.ENTITLED else 0,
        quorum=quorum_needed,
        entitled=entitled,
    )


_FRACTIONS = tuple(f"{over.replace('-', '_')}.{base}" for over in Over for base in Base)

RULE_CODES = frozenset(
    f"rule.{kind}.{how}{quorum}"
    for kind, hows in (("motion", ("more_yes", *_FRACTIONS)), ("options", ("most_votes", *_FRACTIONS)))
    for how in hows
    for quorum in ("", ".quorum")
)
"""Every code that `rule_facts` can give: the sentences are tested against it."""


def majority_blockers(majority: Majority | None, quorum: Quorum, entitled: int) -> list[Reason]:
    """List what is wrong with a majority and a quorum for these many entitled; empty when nothing is.

    A majority below one half would adopt against a majority of no; one above the whole is never reached.
    """
    reasons = []
    if majority is not None:
        if not 0 < majority.numerator <= majority.denominator:
            reasons.append(Reason.of("majority_fraction"))
        elif 2 * majority.numerator < majority.denominator:
            reasons.append(Reason.of("majority_below_half"))
        elif majority.numerator == majority.denominator and majority.over is Over.MORE_THAN:
            reasons.append(Reason.of("majority_impossible"))
    if quorum.numerator < 0 or quorum.denominator < 1 or quorum.count < 0:
        reasons.append(Reason.of("quorum_fraction"))
    elif quorum.needed(entitled) > entitled:
        reasons.append(Reason.of("quorum_impossible", quorum=quorum.needed(entitled), entitled=entitled))
    return reasons


def permille(part: int, whole: int) -> int:
    """Compute a share in tenths of a per cent, halves rounded up: 13 219 of 14 667 is 901."""
    return 0 if whole == 0 else (2 * 1000 * part + whole) // (2 * whole)


def _ceil(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


def _is_more_yes_than_no(majority: Majority) -> bool:
    return (
        2 * majority.numerator == majority.denominator
        and majority.over is Over.MORE_THAN
        and majority.base is Base.VALID_EXCLUDING_BLANK
    )


def _base(base: Base, *, papers: int, blank: int, entitled: int) -> int:
    return {
        Base.VALID_EXCLUDING_BLANK: papers - blank,
        Base.CAST_INCLUDING_BLANK: papers,
        Base.ENTITLED: entitled,
    }[base]


def _check(*, papers: int, entitled: int, numbers: Sequence[int]) -> None:
    if any(number < 0 for number in numbers):
        raise ValueError("a count is below zero")
    if papers > entitled:
        raise ValueError(f"{papers} papers from {entitled} entitled")
