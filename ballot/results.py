"""A ballot's numbers as they are shown: with their base, held to the rules for small numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from ballot import facts, method_words, places, sentences, showing
from ballot.models import Ballot, Method, Result, Roll
from ballot.queries import result_of
from ballot.rules.majority import (
    MORE_YES_THAN_NO,
    Base,
    Majority,
    Outcome,
    Verdict,
    judge,
    judge_election,
    judge_options,
    settle_motion,
    settle_options,
)
from ballot.rules.methods import KINDS, Marking
from ballot.rules.participation import Setting
from ballot.rules.small_numbers import breakdown, numbers_hidden

MANY = 12
"""With more options than these the greatest come first, so that the picture shows them."""


@dataclass(frozen=True)
class Numbers:
    """What the count gave. `votes` by option in the ballot's order; `took_part` is (how many, of them voted).

    Where papers are ranked, `votes` are first preferences; where they have points, sums. `elected` and
    `deputies` are option numbers from 1 in the order of the count, of the methods that elect by themselves.
    `settled` is what a lot gave a tied motion, choice or approval: yes and no in its order, or who won it.
    """

    votes: tuple[int, ...]
    blank: int
    papers: int
    opened: int
    marked: int
    receipts: int
    entitled: int
    otherwise_entitled: int
    took_part: tuple[int, int] | None
    adds_up: bool
    elected: tuple[int, ...] = ()
    deputies: tuple[int, ...] = ()
    settled: tuple[int, ...] = ()
    lot_needed: bool = False

    @classmethod
    def of(cls, result: Result) -> Numbers:
        """The numbers of a result as it is stored."""
        return cls.read(json.loads(result.numbers), result, blank=result.blank)

    @classmethod
    def read(cls, stored: dict[str, Any], result: Result, *, blank: int) -> Numbers:
        """The numbers of a result from what it holds of them."""
        took_part = stored["took_part"]
        return cls(
            votes=tuple(stored["votes"]),
            blank=blank,
            papers=result.papers,
            opened=stored["opened"],
            marked=result.marked,
            receipts=stored["receipts"],
            entitled=stored["entitled"],
            otherwise_entitled=stored["otherwise_entitled"],
            took_part=(took_part[0], took_part[1]) if took_part else None,
            adds_up=result.adds_up,
            elected=tuple(stored.get("elected", ())),
            deputies=tuple(stored.get("deputies", ())),
            settled=tuple(stored.get("settled", ())),
            lot_needed=bool(stored.get("lot_needed")),
        )

    @property
    def kept_back(self) -> bool:
        """Whether the numbers would tell how somebody voted, so that only the decision is shown."""
        return numbers_hidden(self.entitled, (*self.votes, self.blank))


@dataclass(frozen=True)
class Row:
    """One line of the picture and of the table."""

    label: str
    count: int
    kind: str
    chosen: bool = False
    note: str = ""


@dataclass(frozen=True)
class Shown:
    """A result as a reader may see it; the numbers are empty where they are kept back from her.

    `column` says what the numbers are; `base` is 0 where they are no shares of anything. `counted` is the
    stored count, and `key` begins the ids of its pictures.
    """

    sentence: str
    rule: str
    rule_outcome: str
    adopted: bool
    turnout: tuple[str, ...]
    rows: tuple[Row, ...]
    base: int
    base_text: str
    column: str
    adds_up_to_one: bool
    kept_back: bool
    reconciliation: tuple[tuple[str, int], ...]
    counted: dict[str, Any] | None
    key: str

    @cached_property
    def count(self) -> showing.Shown | None:
        """The count with its stages, pictures and reasons, drawn when a page asks for it."""
        return showing.of(self.counted, key=self.key)

    @property
    def told(self) -> tuple[str, ...]:
        """What stands right under the sentence: what the quota changed, who voted, and how many papers counted."""
        if self.count is None:
            return self.turnout
        return tuple(filter(None, (self.count.quota, *self.turnout, self.count.papers)))


def outcome_of(ballot: Ballot, numbers: Numbers) -> Outcome:
    """What the numbers mean by the ballot's rule; the base of a quorum is all otherwise entitled."""
    majority, quorum = majority_of(ballot), facts.quorum_of(ballot)
    # More papers than people is an incident, never a result; its page still has to be drawn.
    entitled = max(numbers.otherwise_entitled, numbers.opened)
    if not KINDS[ballot.method].judged:
        return judge_election(
            votes=numbers.votes,
            papers=numbers.opened,
            blank=numbers.blank,
            entitled=entitled,
            elected=tuple(number - 1 for number in numbers.elected),
            lot_needed=numbers.lot_needed,
            quorum=quorum,
        )
    if ballot.method is Method.MOTION:
        outcome = judge(
            yes=numbers.votes[0],
            no=numbers.votes[1],
            blank=numbers.blank,
            entitled=entitled,
            majority=majority or MORE_YES_THAN_NO,
            quorum=quorum,
            tie_rule=ballot.tie_rule,
        )
        if outcome.verdict is Verdict.TIE and numbers.settled:
            return settle_motion(outcome, adopted=numbers.settled[0] == 1)
        return outcome
    outcome = judge_options(
        votes=numbers.votes,
        papers=numbers.opened,
        blank=numbers.blank,
        entitled=entitled,
        majority=majority,
        quorum=quorum,
        tie_rule=ballot.tie_rule,
    )
    if outcome.verdict is Verdict.TIE and numbers.settled:
        return settle_options(outcome, numbers.settled[0] - 1)
    return outcome


def count_of(ballot_id: int) -> dict[str, Any] | None:
    """The whole count of a ballot with its event log (see `ballot.services.counting`), None before there is one.

    It holds all numbers, whoever asks: see `Numbers.kept_back`.
    """
    result = result_of(ballot_id)
    if result is None or not result.count:
        return None
    told: dict[str, Any] = json.loads(result.count)
    return told


def majority_of(ballot: Ballot) -> Majority | None:
    """The majority that is asked for; a motion always has one."""
    majority = facts.majority_of(ballot)
    return MORE_YES_THAN_NO if majority is None and ballot.method is Method.MOTION else majority


def rule_of(ballot: Ballot, roll: Roll | None) -> str:
    """THE sentence of the ballot's rule, with the roll's numbers once it is made."""
    if not KINDS[ballot.method].judged:
        return method_words.rule(ballot)
    return sentences.rule(
        majority_of(ballot),
        facts.quorum_of(ballot),
        roll.otherwise_entitled if roll else None,
        motion=ballot.method is Method.MOTION,
    )


def labels_of(ballot: Ballot) -> tuple[str, ...]:
    """The options' names; yes and no in the reader's language."""
    if ballot.method is Method.MOTION:
        return (_("Ja"), _("Nei"))
    return tuple(option.label for option in ballot.options)


@dataclass(frozen=True)
class Again:
    """How anybody counts the published papers again: the command, and which files it takes beside them."""

    command: str
    files: tuple[str, ...]


def again(ballot: Ballot, result: Result) -> Again:
    """The command that gives the numbers of the result; its files have the names they are fetched with."""
    told = json.loads(result.count) if result.count else {"rules": {}, "lots": []}
    rules = told["rules"]
    lots = told["lots"] and ballot.method is not Method.MOTION
    majority = majority_of(ballot) if ballot.method in (Method.MOTION, Method.CHOICE) else None
    parts = [
        f"grasrot count stemmesedler-{ballot.id}.csv --method {ballot.method.value}",
        f"--seats {ballot.seats}" if ballot.seats > 1 else "",
        f"--deputies {ballot.deputies}" if ballot.deputies else "",
        f"--max-marks {ballot.max_marks}" if ballot.max_marks else "",
        f"--quota kvotering-{ballot.id}.json" if rules.get("quota") else "",
        f"--lots lodd-{ballot.id}.json" if lots else "",
    ]
    if majority is not None:
        parts += [
            f"--majority {majority.numerator}/{majority.denominator}",
            f"--over {majority.over.value} --base {majority.base.value}",
            f"--entitled {Numbers.of(result).otherwise_entitled}" if majority.base is Base.ENTITLED else "",
        ]
    files = ("kvotering" if rules.get("quota") else "", "lodd" if lots else "")
    return Again(" ".join(filter(None, parts)), tuple(filter(None, files)))


def sentence_of(ballot: Ballot, result: Result) -> str:
    """What came of the ballot in one sentence that everybody may read."""
    numbers = Numbers.of(result)
    return _said(ballot, numbers, outcome_of(ballot, numbers), kept_back=numbers.kept_back)


def _said(ballot: Ballot, numbers: Numbers, outcome: Outcome, *, kept_back: bool) -> str:
    labels = labels_of(ballot)
    if not KINDS[ballot.method].judged:
        deputies = [labels[number - 1] for number in numbers.deputies]
        return method_words.election(
            outcome, labels, deputies, ballot.force, persons=places.is_of_persons(ballot)
        )
    say = sentences.decision if kept_back else sentences.result
    return say(outcome, labels, ballot.force, motion=ballot.method is Method.MOTION)


def shown(ballot: Ballot, result: Result, roll: Roll, *, for_tellers: bool = False) -> Shown:
    """The result as everybody sees it, or as tellers and control committee do: they see all numbers."""
    numbers = Numbers.of(result)
    outcome = outcome_of(ballot, numbers)
    labels = labels_of(ballot)
    motion = ballot.method is Method.MOTION
    kept_back = numbers.kept_back
    judged = KINDS[ballot.method].judged
    told = json.loads(result.count) if result.count and not (kept_back and not for_tellers) else None
    # Where the majority or the quorum says that nobody is chosen, what the count itself found is no result.
    stands = outcome.verdict is Verdict.CHOSEN or (outcome.verdict is Verdict.TIE and not judged)
    # Of points nobody has a share, and of first choices it would say little: they are where the count begins.
    shares = KINDS[ballot.method].marking in (Marking.ONE, Marking.SEVERAL)
    return Shown(
        sentence=_said(ballot, numbers, outcome, kept_back=kept_back and not for_tellers),
        rule=rule_of(ballot, roll),
        rule_outcome=sentences.rule_outcome(outcome, labels, motion=motion)
        if judged
        else method_words.elected_of_rule(outcome, labels),
        adopted=outcome.verdict in (Verdict.ADOPTED, Verdict.CHOSEN),
        turnout=turnout(ballot, numbers),
        rows=() if kept_back and not for_tellers else rows(ballot, numbers, outcome, told),
        base=numbers.opened if shares else 0,
        base_text=ngettext("andel av den ene som stemte", "andel av de %(num)s som stemte", numbers.opened)
        if shares
        else "",
        column=showing.first_column(ballot.method),
        adds_up_to_one=motion,
        kept_back=kept_back,
        reconciliation=reconciliation(numbers, with_blank=for_tellers or not kept_back),
        counted=told if stands else None,
        key="tellernes" if for_tellers else "opptelling",
    )


def rows(
    ballot: Ballot, numbers: Numbers, outcome: Outcome, told: dict[str, Any] | None = None
) -> tuple[Row, ...]:
    """The votes by option, blank papers last; where the method elects, in the order in which `told` ranks them."""
    kinds = ("yes", "no") if ballot.method is Method.MOTION else ("option",) * len(numbers.votes)
    if ballot.method is Method.MOTION:
        chosen: Sequence[int] = (0,) if outcome.verdict is Verdict.ADOPTED else ()
    else:
        chosen = outcome.leading if outcome.verdict is Verdict.CHOSEN else ()
    options = [
        Row(label, votes, kind, place in chosen)
        for place, (label, votes, kind) in enumerate(
            zip(labels_of(ballot), numbers.votes, kinds, strict=True)
        )
    ]
    if told is not None and not KINDS[ballot.method].judged:
        notes = showing.notes(told) if outcome.verdict is Verdict.CHOSEN else {}
        options = [replace(options[number - 1], note=notes.get(number, "")) for number in showing.order(told)]
    elif len(options) > MANY:
        options.sort(key=lambda row: -row.count)
    if KINDS[ballot.method].marking is Marking.POINTS:
        return tuple(options)  # Blank papers are no points.
    return (*options, Row(_("Blank"), numbers.blank, "blank"))


def turnout(ballot: Ballot, numbers: Numbers) -> tuple[str, ...]:
    """Who voted, of all otherwise entitled and, with the participation rule, of those whom it concerned.

    Never how a group voted; and not even how many of it, where the group or the rest is too small.
    """
    told = [sentences.turnout(numbers.marked, numbers.otherwise_entitled)]
    if ballot.participation is Setting.REQUIRED and numbers.entitled != numbers.otherwise_entitled:
        told.append(sentences.turnout_on_roll(numbers.marked, numbers.entitled))
    elif ballot.participation is Setting.REPORT_ONLY and numbers.took_part:
        part, voted = numbers.took_part
        cells = breakdown(
            {
                "part_voted": voted,
                "part_stayed": part - voted,
                "rest_voted": numbers.marked - voted,
                "rest_stayed": numbers.otherwise_entitled - part - (numbers.marked - voted),
            }
        )
        if None not in cells.values():
            told.append(sentences.turnout_of_participants(voted, part))
    return tuple(told)


def reconciliation(numbers: Numbers, *, with_blank: bool) -> tuple[tuple[str, int], ...]:
    """The numbers that have to agree, in the order in which one checks them."""
    lines = [
        (_("Kunne stemme etter manntallet"), numbers.entitled),
        (_("Avmerket i manntallet"), numbers.marked),
        (_("Stemmesedler i urnen"), numbers.papers),
        (_("Kvitteringskoder"), numbers.receipts),
    ]
    if numbers.opened != numbers.papers:
        lines.append((_("Stemmesedler som kunne åpnes"), numbers.opened))
    if with_blank:
        lines.append((_("Av dem blanke"), numbers.blank))
    return tuple(lines)
