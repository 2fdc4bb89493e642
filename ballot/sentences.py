"""THE sentence of a ballot's rule, and the sentences that say what came of it: the same on ballot, result and record.

The codes are those of `ballot.rules.majority.rule_facts`; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from ballot.rules.lifecycle import Force
from ballot.rules.majority import Majority, Outcome, Quorum, Verdict, rule_facts
from foundation import phrases
from foundation.formats import number, percent

FRACTIONS: Mapping[tuple[int, int], LazyString] = {
    (1, 1): _l("alle"),
    (1, 2): _l("halvparten"),
    (1, 3): _l("en tredjedel"),
    (2, 3): _l("to tredjedeler"),
    (1, 4): _l("en fjerdedel"),
    (3, 4): _l("tre fjerdedeler"),
    (1, 5): _l("en femdel"),
    (2, 5): _l("to femdeler"),
    (3, 5): _l("tre femdeler"),
    (4, 5): _l("fire femdeler"),
    (1, 10): _l("en tidel"),
    (1, 20): _l("en tjuedel"),
}

RULES: Mapping[str, LazyString] = {
    "rule.motion.more_yes": _l("Forslaget blir vedtatt hvis flere stemmer ja enn nei."),
    "rule.motion.more_yes.quorum": _l(
        "Forslaget blir vedtatt hvis minst %(quorum)s av de %(entitled)s med stemmerett stemmer, "
        "og flere stemmer ja enn nei."
    ),
    "rule.motion.at_least.valid_excluding_blank": _l(
        "Forslaget blir vedtatt hvis minst %(share)s av dem som stemmer ja eller nei, stemmer ja."
    ),
    "rule.motion.at_least.valid_excluding_blank.quorum": _l(
        "Forslaget blir vedtatt hvis minst %(quorum)s av de %(entitled)s med stemmerett stemmer, "
        "og minst %(share)s av dem som stemmer ja eller nei, stemmer ja."
    ),
    "rule.motion.at_least.cast_including_blank": _l(
        "Forslaget blir vedtatt hvis minst %(share)s av alle som stemmer, blanke medregnet, stemmer ja."
    ),
    "rule.motion.at_least.cast_including_blank.quorum": _l(
        "Forslaget blir vedtatt hvis minst %(quorum)s av de %(entitled)s med stemmerett stemmer, "
        "og minst %(share)s av alle som stemmer, blanke medregnet, stemmer ja."
    ),
    "rule.motion.at_least.entitled": _l(
        "Forslaget blir vedtatt hvis minst %(needed)s av de %(entitled)s med stemmerett stemmer ja."
    ),
    "rule.motion.at_least.entitled.quorum": _l(
        "Forslaget blir vedtatt hvis minst %(quorum)s av de %(entitled)s med stemmerett stemmer, "
        "og minst %(needed)s av dem stemmer ja."
    ),
    "rule.motion.more_than.valid_excluding_blank": _l(
        "Forslaget blir vedtatt hvis mer enn %(share)s av dem som stemmer ja eller nei, stemmer ja."
    ),
    "rule.motion.more_than.valid_excluding_blank.quorum": _l(
        "Forslaget blir vedtatt hvis minst %(quorum)s av de %(entitled)s med stemmerett stemmer, "
        "og mer enn %(share)s av dem som stemmer ja eller nei, stemmer ja."
    ),
    "rule.motion.more_than.cast_including_blank": _l(
        "Forslaget blir vedtatt hvis mer enn %(share)s av alle som stemmer, blanke medregnet, stemmer ja."
    ),
    "rule.motion.more_than.cast_including_blank.quorum": _l(
        "Forslaget blir vedtatt hvis minst %(quorum)s av de %(entitled)s med stemmerett stemmer, "
        "og mer enn %(share)s av alle som stemmer, blanke medregnet, stemmer ja."
    ),
    "rule.motion.more_than.entitled": _l(
        "Forslaget blir vedtatt hvis minst %(needed)s av de %(entitled)s med stemmerett stemmer ja."
    ),
    "rule.motion.more_than.entitled.quorum": _l(
        "Forslaget blir vedtatt hvis minst %(quorum)s av de %(entitled)s med stemmerett stemmer, "
        "og minst %(needed)s av dem stemmer ja."
    ),
    "rule.options.most_votes": _l("Det alternativet som får flest stemmer, blir valgt."),
    "rule.options.most_votes.quorum": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(quorum)s av de %(entitled)s "
        "med stemmerett stemmer."
    ),
    "rule.options.at_least.valid_excluding_blank": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(share)s av dem som ikke stemmer "
        "blankt, stemmer for det."
    ),
    "rule.options.at_least.valid_excluding_blank.quorum": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(quorum)s av de %(entitled)s "
        "med stemmerett stemmer, og minst %(share)s av dem som ikke stemmer blankt, stemmer for det."
    ),
    "rule.options.at_least.cast_including_blank": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(share)s av alle som stemmer, "
        "blanke medregnet, stemmer for det."
    ),
    "rule.options.at_least.cast_including_blank.quorum": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(quorum)s av de %(entitled)s "
        "med stemmerett stemmer, og minst %(share)s av alle som stemmer, blanke medregnet, stemmer for det."
    ),
    "rule.options.at_least.entitled": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(needed)s av de %(entitled)s "
        "med stemmerett stemmer for det."
    ),
    "rule.options.at_least.entitled.quorum": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(quorum)s av de %(entitled)s "
        "med stemmerett stemmer, og minst %(needed)s av dem stemmer for det."
    ),
    "rule.options.more_than.valid_excluding_blank": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis mer enn %(share)s av dem som ikke stemmer "
        "blankt, stemmer for det."
    ),
    "rule.options.more_than.valid_excluding_blank.quorum": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(quorum)s av de %(entitled)s "
        "med stemmerett stemmer, og mer enn %(share)s av dem som ikke stemmer blankt, stemmer for det."
    ),
    "rule.options.more_than.cast_including_blank": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis mer enn %(share)s av alle som stemmer, "
        "blanke medregnet, stemmer for det."
    ),
    "rule.options.more_than.cast_including_blank.quorum": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(quorum)s av de %(entitled)s "
        "med stemmerett stemmer, og mer enn %(share)s av alle som stemmer, blanke medregnet, stemmer for det."
    ),
    "rule.options.more_than.entitled": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(needed)s av de %(entitled)s "
        "med stemmerett stemmer for det."
    ),
    "rule.options.more_than.entitled.quorum": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(quorum)s av de %(entitled)s "
        "med stemmerett stemmer, og minst %(needed)s av dem stemmer for det."
    ),
}
"""The rule once the roll is made: with the numbers it asks for."""

RULES_BEFORE_THE_ROLL: Mapping[str, LazyString] = {
    "rule.motion.more_yes.quorum": _l(
        "Forslaget blir vedtatt hvis minst %(quorum_share)s av dem med stemmerett stemmer, "
        "og flere stemmer ja enn nei."
    ),
    "rule.motion.at_least.valid_excluding_blank.quorum": _l(
        "Forslaget blir vedtatt hvis minst %(quorum_share)s av dem med stemmerett stemmer, "
        "og minst %(share)s av dem som stemmer ja eller nei, stemmer ja."
    ),
    "rule.motion.at_least.cast_including_blank.quorum": _l(
        "Forslaget blir vedtatt hvis minst %(quorum_share)s av dem med stemmerett stemmer, "
        "og minst %(share)s av alle som stemmer, blanke medregnet, stemmer ja."
    ),
    "rule.motion.at_least.entitled": _l(
        "Forslaget blir vedtatt hvis minst %(share)s av dem med stemmerett stemmer ja."
    ),
    "rule.motion.at_least.entitled.quorum": _l(
        "Forslaget blir vedtatt hvis minst %(quorum_share)s av dem med stemmerett stemmer, "
        "og minst %(share)s av dem med stemmerett stemmer ja."
    ),
    "rule.motion.more_than.valid_excluding_blank.quorum": _l(
        "Forslaget blir vedtatt hvis minst %(quorum_share)s av dem med stemmerett stemmer, "
        "og mer enn %(share)s av dem som stemmer ja eller nei, stemmer ja."
    ),
    "rule.motion.more_than.cast_including_blank.quorum": _l(
        "Forslaget blir vedtatt hvis minst %(quorum_share)s av dem med stemmerett stemmer, "
        "og mer enn %(share)s av alle som stemmer, blanke medregnet, stemmer ja."
    ),
    "rule.motion.more_than.entitled": _l(
        "Forslaget blir vedtatt hvis mer enn %(share)s av dem med stemmerett stemmer ja."
    ),
    "rule.motion.more_than.entitled.quorum": _l(
        "Forslaget blir vedtatt hvis minst %(quorum_share)s av dem med stemmerett stemmer, "
        "og mer enn %(share)s av dem med stemmerett stemmer ja."
    ),
    "rule.options.most_votes.quorum": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(quorum_share)s av dem med stemmerett "
        "stemmer."
    ),
    "rule.options.at_least.valid_excluding_blank.quorum": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(quorum_share)s av dem med stemmerett "
        "stemmer, og minst %(share)s av dem som ikke stemmer blankt, stemmer for det."
    ),
    "rule.options.at_least.cast_including_blank.quorum": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(quorum_share)s av dem med stemmerett "
        "stemmer, og minst %(share)s av alle som stemmer, blanke medregnet, stemmer for det."
    ),
    "rule.options.at_least.entitled": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(share)s av dem med stemmerett "
        "stemmer for det."
    ),
    "rule.options.at_least.entitled.quorum": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(quorum_share)s av dem med stemmerett "
        "stemmer, og minst %(share)s av dem med stemmerett stemmer for det."
    ),
    "rule.options.more_than.valid_excluding_blank.quorum": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(quorum_share)s av dem med stemmerett "
        "stemmer, og mer enn %(share)s av dem som ikke stemmer blankt, stemmer for det."
    ),
    "rule.options.more_than.cast_including_blank.quorum": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(quorum_share)s av dem med stemmerett "
        "stemmer, og mer enn %(share)s av alle som stemmer, blanke medregnet, stemmer for det."
    ),
    "rule.options.more_than.entitled": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis mer enn %(share)s av dem med stemmerett "
        "stemmer for det."
    ),
    "rule.options.more_than.entitled.quorum": _l(
        "Det alternativet som får flest stemmer, blir valgt hvis minst %(quorum_share)s av dem med stemmerett "
        "stemmer, og mer enn %(share)s av dem med stemmerett stemmer for det."
    ),
}
"""The same rules while the roll is not made, so that nobody can say how many that is; the others need no number."""

# What came of a motion (STRINGS 55, 56, 58), of several options, and the decision alone where numbers are kept back.
RESULTS: Mapping[str, LazyString] = {
    "result.adopted": _l("Forslaget er vedtatt: %(yes)s ja, %(no)s nei, %(blank)s."),
    "result.rejected": _l("Forslaget er ikke vedtatt: %(yes)s ja, %(no)s nei, %(blank)s."),
    "result.advisory": _l("Flertallet rår til %(choice)s: %(votes)s mot %(against)s, %(blank)s."),
    "result.too_few": _l(
        "For få stemte: %(papers)s, og det måtte være minst %(quorum)s. Forslaget er derfor ikke vedtatt."
    ),
    "result.tie": _l(
        "Like mange stemte ja og nei: %(yes)s mot %(no)s, %(blank)s. Forslaget er derfor ikke vedtatt."
    ),
    "result.tie_lot": _l("Like mange stemte ja og nei: %(yes)s mot %(no)s, %(blank)s. Loddet avgjør."),
    "result.not_enough": _l(
        "Ikke mange nok stemte ja: %(yes)s, og det måtte være minst %(needed)s. "
        "Forslaget er derfor ikke vedtatt."
    ),
    "result.nobody": _l("Ingen stemte ja eller nei. Forslaget er derfor ikke vedtatt."),
    "result.most": _l("Flest stemte for «%(choice)s»: %(votes)s av %(papers)s, %(blank)s."),
    "result.chosen": _l("«%(choice)s» er valgt: %(votes)s av %(papers)s, %(blank)s."),
    "result.options_too_few": _l(
        "For få stemte: %(papers)s, og det måtte være minst %(quorum)s. "
        "Ingen av alternativene er derfor valgt."
    ),
    "result.options_tie": _l(
        "%(choices)s fikk like mange stemmer, %(votes)s hver. Ingen av alternativene er derfor valgt."
    ),
    "result.options_tie_lot": _l("%(choices)s fikk like mange stemmer, %(votes)s hver. Loddet avgjør."),
    "result.options_not_enough": _l(
        "«%(choice)s» fikk flest stemmer: %(votes)s, og det måtte være minst %(needed)s. "
        "Ingen av alternativene er derfor valgt."
    ),
    "result.options_not_enough_tie": _l(
        "%(choices)s fikk flest stemmer: %(votes)s hver, og det måtte være minst %(needed)s. "
        "Ingen av alternativene er derfor valgt."
    ),
    "result.options_nobody": _l("Ingen stemte for noe alternativ. Ingen av alternativene er derfor valgt."),
    "decision.adopted": _l("Forslaget er vedtatt."),
    "decision.advisory": _l("Flertallet rår til %(choice)s."),
    "decision.not_adopted": _l("Forslaget er ikke vedtatt."),
    "decision.chosen": _l("«%(choice)s» er valgt."),
    "decision.not_chosen": _l("Ingen av alternativene er valgt."),
    "decision.lot": _l("Stemmene stod likt. Loddet avgjør."),
}

CHOICES: Mapping[str, LazyString] = {
    "choice.missing": _l("Velg et alternativ, eller stem blankt."),
    "choice.unknown": _l("Det du valgte, hører ikke til denne avstemningen. Velg på nytt."),
    "choice.one_only": _l("Du kan bare velge ett alternativ."),
    "choice.blank_and_marks": _l(
        "Du har krysset av både for å stemme blankt og for noe annet. Velg én av delene."
    ),
}
"""What is said beside the options when a choice is none."""


AFTERWARDS: Mapping[str, LazyString] = {
    "answer_not_yours": _l("Det er %(name)s eller styret som svarer på hva som skjedde videre."),
    "answer_too_early": _l("Svaret kan skrives når resultatet er klart."),
    "answer_given": _l("Svaret er alt gitt. Det står sammen med resultatet."),
    "papers_kept_back": _l(
        "Stemmesedlene er ikke offentlige, for med så få stemmer kunne noen gjette hva andre stemte."
    ),
}


def register() -> None:
    """Add the sentences to those of the house."""
    phrases.add(RULES)
    phrases.add(CHOICES)
    phrases.add(AFTERWARDS)


def rule(majority: Majority | None, quorum: Quorum, entitled: int | None, *, motion: bool) -> str:
    """THE sentence: when the proposal is adopted or an option chosen.

    `entitled` is all otherwise entitled, None before the roll is made: then shares stand for the numbers
    that nobody knows yet.
    """
    known = entitled if entitled is not None else 1
    reason = rule_facts(majority, quorum, known, motion=motion)
    texts = RULES if entitled is not None else {**RULES, **RULES_BEFORE_THE_ROLL}
    facts = {
        **reason.facts,
        "share": fraction(majority.numerator, majority.denominator) if majority else "",
        "quorum_share": fraction(quorum.numerator, quorum.denominator),
    }
    return phrases.fill(texts[reason.code], facts)


def fraction(numerator: int, denominator: int) -> str:
    """«to tredjedeler»; an uncommon fraction as «3/7»."""
    name = FRACTIONS.get((numerator, denominator))
    return str(name) if name is not None else f"{numerator}/{denominator}"


def result(outcome: Outcome, labels: Sequence[str], force: Force, *, motion: bool) -> str:
    """What came of the ballot, with its numbers (STRINGS 55, 56, 58)."""
    code = _of_motion(outcome, force) if motion else _of_options(outcome, force)
    return _filled(code, outcome, labels, motion=motion)


def decision(outcome: Outcome, labels: Sequence[str], force: Force, *, motion: bool) -> str:
    """The decision alone, where the numbers are kept back."""
    if outcome.verdict is Verdict.TIE:
        code = "decision.lot"
    elif motion:
        told = _of_motion(outcome, force)
        code = f"decision.{told.partition('.')[2]}" if told in _DECIDED else "decision.not_adopted"
    else:
        code = "decision.chosen" if outcome.verdict is Verdict.CHOSEN else "decision.not_chosen"
    return _filled(code, outcome, labels, motion=motion)


def rule_outcome(outcome: Outcome, labels: Sequence[str], *, motion: bool) -> str:
    """How the rule came out, said right after it."""
    if outcome.verdict is Verdict.TIE:
        return _("Stemmene står likt, og loddet avgjør.")
    if motion:
        if outcome.verdict is Verdict.ADOPTED:
            return _("Det er oppfylt, så forslaget er vedtatt.")
        return _("Det er ikke oppfylt, så forslaget er ikke vedtatt.")
    if outcome.verdict is Verdict.CHOSEN:
        return _("«%(choice)s» er valgt.", choice=labels[outcome.leading[0]])
    return _("Ingen av alternativene er valgt.")


def turnout(voted: int, entitled: int) -> str:
    """How many voted, of all with a vote (STRINGS 57)."""
    return _(
        "%(voted)s av %(entitled)s med stemmerett stemte (%(share)s).",
        voted=number(voted),
        entitled=number(entitled),
        share=percent(voted, entitled),
    )


def turnout_on_roll(voted: int, on_roll: int) -> str:
    """How many voted, of those whom the participation rule let vote."""
    return _(
        "%(voted)s av de %(entitled)s som hadde deltatt i diskusjonen og kunne stemme, stemte (%(share)s).",
        voted=number(voted),
        entitled=number(on_roll),
        share=percent(voted, on_roll),
    )


def turnout_of_participants(voted: int, took_part: int) -> str:
    """How many voted, of those who had taken part in a debate that was no condition."""
    return _(
        "%(voted)s av de %(entitled)s som hadde deltatt i diskusjonen, stemte (%(share)s).",
        voted=number(voted),
        entitled=number(took_part),
        share=percent(voted, took_part),
    )


_DECIDED = ("result.adopted", "result.advisory")


def _of_motion(outcome: Outcome, force: Force) -> str:
    yes, no = outcome.votes, outcome.against
    if outcome.verdict is Verdict.TOO_FEW:
        return "result.too_few"
    if outcome.verdict is Verdict.TIE:
        return "result.tie_lot"
    if outcome.verdict is Verdict.ADOPTED:
        return "result.advisory" if force is Force.ADVISORY and yes > no else "result.adopted"
    if yes == no == 0:
        return "result.nobody"
    if no > yes:
        return "result.advisory" if force is Force.ADVISORY else "result.rejected"
    return "result.tie" if outcome.tied else "result.not_enough"


def _of_options(outcome: Outcome, force: Force) -> str:
    several = len(outcome.leading) > 1
    if outcome.verdict is Verdict.TOO_FEW:
        return "result.options_too_few"
    if outcome.verdict is Verdict.TIE:
        return "result.options_tie_lot"
    if outcome.verdict is Verdict.CHOSEN:
        return "result.most" if force is Force.ADVISORY else "result.chosen"
    if not outcome.leading:
        return "result.options_nobody"
    if outcome.votes < outcome.needed:
        return "result.options_not_enough_tie" if several else "result.options_not_enough"
    return "result.options_tie"


def _filled(code: str, outcome: Outcome, labels: Sequence[str], *, motion: bool) -> str:
    quoted = tuple(_("«%(choice)s»", choice=labels[place]) for place in outcome.leading)
    if motion:
        # In the middle of a sentence, and the bigger of the two.
        chosen = labels[0 if outcome.votes > outcome.against else 1].lower()
    else:
        chosen = labels[outcome.leading[0]] if outcome.leading else ""
    return phrases.fill(
        RESULTS[code],
        {
            "yes": outcome.votes,
            "no": outcome.against,
            "votes": max(outcome.votes, outcome.against) if motion else outcome.votes,
            "against": min(outcome.votes, outcome.against) if motion else outcome.against,
            "papers": outcome.papers,
            "quorum": outcome.quorum_needed,
            "needed": outcome.needed,
            "blank": ngettext("%(num)s blank", "%(num)s blanke", outcome.blank),
            "choice": chosen,
            "choices": quoted,
        },
    )
