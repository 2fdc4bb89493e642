"""What happened in a count, told in sentences made from its log alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from ballot import explaining
from ballot.counting.formats import read_papers
from ballot.counting.methods import count
from ballot.counting.profile import Profile
from ballot.counting.quota import quota_of
from ballot.counting.report import as_json
from ballot.counting.tally import Lot, Lots, Rules

ROOT = Path(__file__).resolve().parents[3]
PEOPLE = ["Ane", "Bo", "Cato", "Dina"]


@pytest.fixture(autouse=True)
def language() -> Any:
    """Texts without the application, as the command line has them."""
    app = Flask("texts")
    Babel(app, default_locale="nb", default_translation_directories=str(ROOT / "translations"))
    with app.test_request_context():
        yield


def counted(
    method: str, papers: list[tuple[int, Any]], rules: Rules | None = None, lots: Lots | None = None
) -> Any:
    profile = Profile.of_scores(PEOPLE, papers) if method == "score" else Profile.of(PEOPLE, papers)
    return as_json(count(method, profile, rules or Rules(), lots))


def all_of(told: Any) -> str:
    return " ".join(sentence for _, sentences in explaining.stage_sentences(told) for sentence in sentences)


def test_a_transferable_vote_is_told_from_first_preferences_to_the_last_seat() -> None:
    told = counted("scottish-stv", [(50, (1, 2)), (20, (2,)), (18, (3, 2)), (12, (4, 3))], Rules(seats=2))
    stages = explaining.stage_sentences(told)
    assert stages[0] == (
        1,
        (
            "Valgtallet er 34: 100 gyldige sedler delt på 3, rundet ned, pluss én.",
            "Øverst på sedlene sto Ane på 50, Bo på 20, Cato på 18 og Dina på 12.",
            "Ane når valgtallet med 50 stemmer, og er valgt.",
        ),
    )
    assert "Ane hadde 16 mer enn valgtallet." in stages[1][1][0]
    assert explaining.why_elected(told, 2)[0] == "Bo sto først på 20 stemmesedler."
    assert "I runde 2 kom det 16 stemmer fra Ane." in explaining.why_elected(told, 2)
    assert explaining.why_elected(told, 4) == ()


def test_the_moment_the_quota_protects_somebody_is_told_and_what_it_changed() -> None:
    quota = quota_of({"groups": {"K": [1, 4], "M": [2, 3]}, "members": "50"}, 4)
    papers = [(40, (2, 3)), (35, (3, 2)), (15, (1,)), (10, (4, 1))]
    with_quota = counted("scottish-stv", papers, Rules(seats=2, quota=quota))
    without = counted("scottish-stv", papers, Rules(seats=2))
    text = all_of(with_quota)
    assert "fordi kvoteringen ikke har plass til flere fra gruppen." in text
    assert (
        explaining.what_quota_changed(with_quota, without)
        == "Kvoteringen gjorde at Ane ble valgt i stedet for Cato."
    )
    assert explaining.what_quota_changed(without, without) == "Kvoteringen endret ikke hvem som ble valgt."


def test_lots_ties_and_deputies_are_told_by_name() -> None:
    lots = Lots((Lot((2, 3), (3, 2)),))
    told = counted("irv", [(4, (1,)), (2, (2, 1)), (2, (3,))], lots=lots)
    assert "Bo og Cato sto likt nederst, og loddet tok ut Bo." in all_of(told)
    told = counted("uio-stv", [(31, (1,)), (30, (2, 3)), (20, (3,)), (19, (4,))], Rules(seats=2, deputies=1))
    assert re.search(
        r"Ny telling av alle sedlene for vara nummer 1\..*er valgt som vara nummer 1", all_of(told)
    )
    told = counted("irv", [(4, (1,)), (4, (2,)), (1, (3,))], Rules(recommendation=(2, 1)))
    assert "Ane og Bo sto likt. Innstillingen avgjorde det for Bo." in all_of(told)


def test_pairs_points_and_marks_have_their_own_words() -> None:
    ring = [(5, (1, 2, 3)), (4, (2, 3, 1)), (3, (3, 1, 2))]
    text = all_of(counted("ranked-pairs", ring))
    assert "Seieren ville gått i ring med klarere seire og teller ikke." in text
    assert "Ane står minst like sterkt mot hver av de andre" in all_of(counted("schulze", ring))
    points = [(3, [(1, 5), (2, 1)]), (2, [(2, 4)])]
    assert "er valgt med 15 poeng" in all_of(counted("score", points))
    assert "poeng av 3 som ga poeng" in all_of(counted("score", points, Rules(score_mean=True)))
    text = all_of(counted("block", [(5, (1, 2)), (4, (3,))], Rules(seats=2)))
    assert "Ane er valgt med 5 stemmer." in text
    text = all_of(counted("choice", [(4, (1,)), (3, (2,)), (2, (3,))], Rules(votes_needed=5)))
    assert text == "Ingen fikk mange nok stemmer. Ane og Bo går videre til andre omgang."


@pytest.mark.parametrize("method", ["scottish-stv", "uio-stv", "meek-stv"])
@pytest.mark.parametrize("language_", ["nb", "nn", "en"])
def test_every_event_has_a_sentence_in_every_language(method: str, language_: str) -> None:
    papers = [(40, (2, 3, 1)), (35, (3, 2)), (15, (1, 4)), (10, (4, 1)), (1, (4, 2))]
    told = counted(method, papers, Rules(seats=2))
    with force_locale(language_):
        for stage in told["stages"]:
            for event in stage["events"]:
                if event["kind"] not in explaining.SILENT:
                    sentence = explaining.sentence_of(told, event)
                    assert "%(" not in sentence
                    assert "{" not in sentence


def test_every_kind_of_event_in_the_manual_has_its_sentence() -> None:
    manual = (ROOT / "docs/counting/index.md").read_text()
    table = manual[manual.index("| event |") : manual.index("In every stage votes")]
    kinds = {
        kind
        for row in table.splitlines()[2:]
        for kind in re.findall(r"`(\w+)`", row.split("|")[1] if "|" in row else "")
    }
    assert len(kinds) > 15
    assert kinds - explaining.SILENT == set(explaining._SENTENCES)


def test_real_papers_are_told_without_a_gap() -> None:
    papers = ROOT / "docs/counting/uio-stv.md"
    blt = papers.read_text().split("```blt\n")[1].split("```")[0]
    file = read_papers(blt.encode(), "papers.blt")
    told = as_json(count("uio-stv", file.profile, Rules(seats=3)))
    text = all_of(told)
    for one in told["elected"]:
        assert f"{one['name']} " in text
    assert "Eva kunne ikke lenger nå igjen de andre med 6 stemmer, og går ut." in text
    assert "hver med faktoren 0,83." in text
