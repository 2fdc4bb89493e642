"""THE rule sentence in all its forms, and the sentences of what came of it."""

from __future__ import annotations

from itertools import product

import pytest
from flask import Flask

from ballot import sentences
from ballot.rules.lifecycle import Force
from ballot.rules.majority import (
    MORE_YES_THAN_NO,
    NO_QUORUM,
    RULE_CODES,
    Base,
    Majority,
    Over,
    Quorum,
    TieRule,
    judge,
    judge_options,
)

HALF_MUST_VOTE = Quorum(1, 2)
TWO_THIRDS = Majority(2, 3, Over.AT_LEAST, Base.VALID_EXCLUDING_BLANK)
MORE_THAN_HALF_OF_CAST = Majority(1, 2, Over.MORE_THAN, Base.CAST_INCLUDING_BLANK)
MORE_THAN_HALF_OF_ALL = Majority(1, 2, Over.MORE_THAN, Base.ENTITLED)


@pytest.fixture(autouse=True)
def bokmal(app: Flask) -> None:
    """Sentences are filled in the reader's language; without a request that is bokmål."""


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("majority", "quorum", "entitled", "motion", "sentence"),
    [
        (MORE_YES_THAN_NO, NO_QUORUM, 1204, True, "Forslaget blir vedtatt hvis flere stemmer ja enn nei."),
        (
            MORE_YES_THAN_NO,
            HALF_MUST_VOTE,
            1204,
            True,
            (
                "Forslaget blir vedtatt hvis minst 602 av de 1 204 med stemmerett stemmer, "
                "og flere stemmer ja enn nei."
            ),
        ),
        (
            MORE_YES_THAN_NO,
            HALF_MUST_VOTE,
            None,
            True,
            (
                "Forslaget blir vedtatt hvis minst halvparten av dem med stemmerett stemmer, "
                "og flere stemmer ja enn nei."
            ),
        ),
        (
            TWO_THIRDS,
            NO_QUORUM,
            None,
            True,
            "Forslaget blir vedtatt hvis minst to tredjedeler av dem som stemmer ja eller nei, stemmer ja.",
        ),
        (
            MORE_THAN_HALF_OF_CAST,
            NO_QUORUM,
            57,
            True,
            "Forslaget blir vedtatt hvis mer enn halvparten av alle som stemmer, blanke medregnet, stemmer ja.",
        ),
        (
            MORE_THAN_HALF_OF_ALL,
            NO_QUORUM,
            1204,
            True,
            "Forslaget blir vedtatt hvis minst 603 av de 1 204 med stemmerett stemmer ja.",
        ),
        (
            MORE_THAN_HALF_OF_ALL,
            NO_QUORUM,
            None,
            True,
            "Forslaget blir vedtatt hvis mer enn halvparten av dem med stemmerett stemmer ja.",
        ),
        (None, NO_QUORUM, 57, False, "Det alternativet som får flest stemmer, blir valgt."),
        (
            None,
            Quorum(1, 3),
            57,
            False,
            "Det alternativet som får flest stemmer, blir valgt hvis minst 19 av de 57 med stemmerett stemmer.",
        ),
        (
            Majority(3, 7, Over.AT_LEAST, Base.CAST_INCLUDING_BLANK),
            NO_QUORUM,
            57,
            False,
            (
                "Det alternativet som får flest stemmer, blir valgt hvis minst 3/7 av alle som stemmer, "
                "blanke medregnet, stemmer for det."
            ),
        ),
    ],
)
def test_the_rule_is_one_sentence_with_its_numbers(
    majority: Majority | None, quorum: Quorum, entitled: int | None, motion: bool, sentence: str
) -> None:
    assert plain(sentences.rule(majority, quorum, entitled, motion=motion)) == sentence


MAJORITIES = [Majority(2, 3, over, base) for over, base in product(Over, Base)]


@pytest.mark.parametrize("entitled", [None, 1204])
@pytest.mark.parametrize("quorum", [NO_QUORUM, HALF_MUST_VOTE])
@pytest.mark.parametrize("motion", [True, False])
@pytest.mark.parametrize("majority", [None, MORE_YES_THAN_NO, *MAJORITIES])
def test_every_rule_has_its_sentence_before_and_after_the_roll_is_made(
    majority: Majority | None, motion: bool, quorum: Quorum, entitled: int | None
) -> None:
    if motion and majority is None:
        return
    said = plain(sentences.rule(majority, quorum, entitled, motion=motion))
    assert said.count(".") == 1
    assert said.endswith(".")
    assert "%" not in said
    if entitled is None:
        assert not any(character.isdigit() for character in said), "a number that nobody knows yet"
    elif quorum is HALF_MUST_VOTE:
        assert "minst 602 av de 1 204" in said
    elif majority is not None and majority.base is Base.ENTITLED:
        assert "803" in said
        assert "1 204" in said


def test_there_is_a_sentence_for_every_code_of_the_rules_and_no_other() -> None:
    assert set(sentences.RULES) == RULE_CODES
    numbered = {code for code in RULE_CODES if code.endswith((".quorum", ".entitled"))}
    assert set(sentences.RULES_BEFORE_THE_ROLL) == numbered


FORBIDDEN = (
    "quorum",
    "simpelt",
    "alminnelig",
    "absolutt",
    "oppslutning",
    "skjæringsdato",
    "frysing",
    "!",
    ";",
)


@pytest.mark.parametrize("table", ["RULES", "RULES_BEFORE_THE_ROLL", "RESULTS", "CHOICES", "AFTERWARDS"])
def test_no_sentence_holds_a_word_that_members_are_spared(table: str) -> None:
    for code, sentence in getattr(sentences, table).items():
        text = str(sentence).lower()
        for place in ("%(quorum)s", "%(quorum_share)s"):
            text = text.replace(place, "")
        assert not [word for word in FORBIDDEN if word in text], code


LABELS = ("Ja", "Nei")


def of_motion(
    yes: int, no: int, blank: int, *, force: Force = Force.ADVISORY, **rule: object
) -> tuple[str, str]:
    outcome = judge(yes=yes, no=no, blank=blank, entitled=1204, **rule)  # type: ignore[arg-type]
    told = sentences.result(outcome, LABELS, force, motion=True)
    return plain(told), plain(sentences.decision(outcome, LABELS, force, motion=True))


@pytest.mark.parametrize(
    ("yes", "no", "blank", "rule", "sentence", "decision"),
    [
        (214, 160, 38, {}, "Flertallet rår til ja: 214 mot 160, 38 blanke.", "Flertallet rår til ja."),
        (160, 214, 1, {}, "Flertallet rår til nei: 214 mot 160, 1 blank.", "Flertallet rår til nei."),
        (
            214,
            160,
            38,
            {"force": Force.BINDING},
            "Forslaget er vedtatt: 214 ja, 160 nei, 38 blanke.",
            "Forslaget er vedtatt.",
        ),
        (
            160,
            214,
            0,
            {"force": Force.BINDING},
            "Forslaget er ikke vedtatt: 160 ja, 214 nei, 0 blanke.",
            "Forslaget er ikke vedtatt.",
        ),
        (
            300,
            100,
            12,
            {"quorum": HALF_MUST_VOTE},
            "For få stemte: 412, og det måtte være minst 602. Forslaget er derfor ikke vedtatt.",
            "Forslaget er ikke vedtatt.",
        ),
        (
            20,
            20,
            3,
            {},
            "Like mange stemte ja og nei: 20 mot 20, 3 blanke. Forslaget er derfor ikke vedtatt.",
            "Forslaget er ikke vedtatt.",
        ),
        (
            20,
            20,
            3,
            {"tie_rule": TieRule.LOT},
            "Like mange stemte ja og nei: 20 mot 20, 3 blanke. Loddet avgjør.",
            "Stemmene stod likt. Loddet avgjør.",
        ),
        (
            60,
            40,
            0,
            {"majority": TWO_THIRDS},
            "Ikke mange nok stemte ja: 60, og det måtte være minst 67. Forslaget er derfor ikke vedtatt.",
            "Forslaget er ikke vedtatt.",
        ),
        (
            600,
            1,
            0,
            {"majority": MORE_THAN_HALF_OF_ALL},
            "Ikke mange nok stemte ja: 600, og det måtte være minst 603. Forslaget er derfor ikke vedtatt.",
            "Forslaget er ikke vedtatt.",
        ),
        (
            0,
            0,
            7,
            {},
            "Ingen stemte ja eller nei. Forslaget er derfor ikke vedtatt.",
            "Forslaget er ikke vedtatt.",
        ),
        (
            0,
            0,
            0,
            {},
            "Ingen stemte ja eller nei. Forslaget er derfor ikke vedtatt.",
            "Forslaget er ikke vedtatt.",
        ),
    ],
)
def test_a_motion_says_what_came_of_it(
    yes: int, no: int, blank: int, rule: dict[str, object], sentence: str, decision: str
) -> None:
    assert of_motion(yes, no, blank, **rule) == (sentence, decision)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("votes", "papers", "rule", "sentence", "decision"),
    [
        ([17, 12, 8], 39, {}, "Flest stemte for «A»: 17 av 39, 2 blanke.", "«A» er valgt."),
        (
            [17, 17, 3],
            39,
            {},
            "«A» og «B» fikk like mange stemmer, 17 hver. Ingen av alternativene er derfor valgt.",
            "Ingen av alternativene er valgt.",
        ),
        (
            [17, 17, 3],
            39,
            {"tie_rule": TieRule.LOT},
            "«A» og «B» fikk like mange stemmer, 17 hver. Loddet avgjør.",
            "Stemmene stod likt. Loddet avgjør.",
        ),
        (
            [17, 12, 8],
            39,
            {"majority": Majority(1, 2, Over.MORE_THAN, Base.CAST_INCLUDING_BLANK)},
            "«A» fikk flest stemmer: 17, og det måtte være minst 20. Ingen av alternativene er derfor valgt.",
            "Ingen av alternativene er valgt.",
        ),
        (
            [9, 9, 9],
            29,
            {"majority": Majority(1, 2, Over.MORE_THAN, Base.CAST_INCLUDING_BLANK)},
            (
                "«A», «B» og «C» fikk flest stemmer: 9 hver, og det måtte være minst 15. "
                "Ingen av alternativene er derfor valgt."
            ),
            "Ingen av alternativene er valgt.",
        ),
        (
            [17, 12, 8],
            39,
            {"quorum": HALF_MUST_VOTE},
            "For få stemte: 39, og det måtte være minst 602. Ingen av alternativene er derfor valgt.",
            "Ingen av alternativene er valgt.",
        ),
        (
            [0, 0, 0],
            2,
            {},
            "Ingen stemte for noe alternativ. Ingen av alternativene er derfor valgt.",
            "Ingen av alternativene er valgt.",
        ),
    ],
)
def test_several_options_say_what_came_of_them(
    votes: list[int], papers: int, rule: dict[str, object], sentence: str, decision: str
) -> None:
    blank = papers - sum(votes)
    outcome = judge_options(votes=votes, papers=papers, blank=blank, entitled=1204, **rule)  # type: ignore[arg-type]
    labels = ("A", "B", "C")
    assert plain(sentences.result(outcome, labels, Force.ADVISORY, motion=False)) == sentence
    assert plain(sentences.decision(outcome, labels, Force.ADVISORY, motion=False)) == decision


@pytest.mark.parametrize("yes", [0, 1, 5])
@pytest.mark.parametrize("no", [0, 1, 5])
def test_the_decision_alone_never_tells_a_number(yes: int, no: int) -> None:
    _result, decision = of_motion(yes, no, 0)
    assert not any(character.isdigit() for character in decision)


def test_turnout_names_its_base() -> None:
    assert plain(sentences.turnout(31, 57)) == "31 av 57 med stemmerett stemte (54,4 %)."
    assert plain(sentences.turnout(0, 1204)) == "0 av 1 204 med stemmerett stemte (0 %)."
