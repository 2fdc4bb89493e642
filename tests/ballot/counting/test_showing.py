"""A count as a page shows it: pictures that are well-formed, tables that add up, sentences that name the elected."""

from __future__ import annotations

import random
import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask_babel import Babel, force_locale
from markupsafe import Markup

from ballot import explaining, showing
from ballot.counting.formats import read_papers
from ballot.counting.methods import METHODS, count
from ballot.counting.profile import Profile
from ballot.counting.quota import quota_of
from ballot.counting.report import as_json
from ballot.counting.tally import Lots, Rules
from ballot.pictures import svg
from ballot.pictures.bars import Bar, stage_bars
from ballot.pictures.flow import COLUMN, Stream, flow

ROOT = Path(__file__).resolve().parents[3]
PEOPLE = ["Ane <Lie> & søn", "Bo", "Cato", "Dina", "Eva Margrethe Solbakken-Haugland", "Finn"]
GROUPS = {"K": [1, 4, 5], "M": [2, 3, 6]}
SEED = Lots(seed=b"published before the count")


@pytest.fixture(autouse=True)
def language() -> Any:
    """Texts without the application."""
    app = Flask("texts")
    Babel(app, default_locale="nb", default_translation_directories=str(ROOT / "translations"))
    with app.test_request_context():
        yield


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  (invented votes)


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)  # noqa: S314  (our own)


def told_of(method: str, draw: random.Random, papers: int = 60, *, quota: bool = False) -> Any:
    """A small random election, as JSON."""
    everyone = range(1, len(PEOPLE) + 1)
    kind = METHODS[method]
    if kind.papers == "points":
        profile = Profile.of_scores(
            PEOPLE, ((1, [(k, draw.randint(0, 5)) for k in everyone]) for _ in range(papers))
        )
    elif kind.papers == "marks":
        most = 1 if method == "choice" else 2
        profile = Profile.of(
            PEOPLE, ((1, (tuple(draw.sample(everyone, draw.randint(1, most))),)) for _ in range(papers))
        )
    else:
        profile = Profile.of(
            PEOPLE, ((1, tuple(draw.sample(everyone, draw.randint(1, 6)))) for _ in range(papers))
        )
    rules = Rules(
        seats=1 if kind.one_seat or method in ("choice", "approval", "score") else 2,
        deputies=2 if kind.deputies else 0,
        quota=quota_of({"groups": GROUPS, "members": "40"}, len(PEOPLE)) if quota and kind.quota else None,
    )
    return as_json(count(method, profile, rules, SEED))


ELECTING = [method for method in METHODS if method != "motion"]


def pictures_of(shown: showing.Shown) -> list[Markup]:
    found = [stage.picture for part in shown.rounds for stage in part.stages]
    found += [part.flow for part in shown.rounds if part.flow]
    return found + ([shown.duels] if shown.duels else [])


@pytest.mark.parametrize("method", ELECTING)
@pytest.mark.parametrize("language_", ["nb", "nn", "en"])
def test_every_picture_is_well_formed_named_and_free_of_style(method: str, language_: str) -> None:
    with force_locale(language_):
        shown = showing.of(told_of(method, dice(7), quota=True))
    assert shown is not None
    ids: list[str] = []
    for picture in pictures_of(shown):
        assert "nan" not in re.sub(r">[^<]*<", "><", picture).lower()
        assert "%(" not in picture
        tree = parsed(picture)
        assert tree.get("role") == "img"
        named = {part.get("id"): part.text for part in tree if part.tag in ("title", "desc")}
        assert named[tree.get("aria-labelledby")]
        assert named[tree.get("aria-describedby")]
        ids += [key for key in named if key]
        for part in tree.iter():
            assert part.get("style") is None
            for side in ("width", "height", "x", "y"):
                value = part.get(side)
                assert value is None or re.fullmatch(r"\d+(\.\d{1,2})?%?", value), (side, value)
    assert len(ids) == len(set(ids))
    if method in showing.TRANSFERABLE | showing.PAIRWISE:
        assert ids


@pytest.mark.parametrize("method", sorted(showing.TRANSFERABLE))
@pytest.mark.parametrize("seed", range(6))
def test_every_column_of_the_stage_table_adds_up_to_its_foot(method: str, seed: int) -> None:
    told = told_of(method, dice(seed), quota=True)
    shown = showing.of(told)
    assert shown is not None
    for part in shown.rounds:
        assert part.table.foot is not None
        for place, foot in enumerate(part.table.foot.cells):
            column = [number(line.cells[place].total) for line in part.table.lines]
            assert sum(column) == number(foot.total) == told["valid"]
        for line in part.table.lines:
            for before, after in pairwise(line.cells):
                gained = number(after.change) if after.change else Fraction(0)
                assert number(before.total) + gained == number(after.total)


def number(text: str) -> Fraction:
    plain = re.sub(r"\s", "", text).replace(",", ".").replace(showing.MINUS, "-").replace("+", "")
    return Fraction(plain)


@pytest.mark.parametrize("method", ELECTING)
@pytest.mark.parametrize("seed", range(4))
def test_exactly_the_elected_are_called_elected_and_told_why(method: str, seed: int) -> None:
    told = told_of(method, dice(100 + seed), quota=True)
    shown = showing.of(told)
    assert shown is not None
    elected = {one["candidate"] for one in told["elected"]}
    notes = showing.notes(told)
    assert {k for k, note in notes.items() if note.startswith("Valgt")} == elected
    assert {k for k, note in notes.items() if note.startswith("Vara")} == {
        one["candidate"] for one in told["deputies"]
    }
    assert [name for name, _ in shown.why] == [one["name"] for one in told["elected"]]
    assert sorted(showing.order(told)) == list(range(1, len(PEOPLE) + 1))
    assert showing.order(told)[: len(elected)] == [one["candidate"] for one in told["elected"]]
    for part in shown.rounds[:1]:
        chosen = {line.name for line in part.table.lines if line.note.startswith("Valgt")}
        assert chosen == {one["name"] for one in told["elected"]}


def test_what_the_quota_changed_is_told_from_what_the_count_keeps() -> None:
    papers = [(40, (2, 3)), (35, (3, 2)), (15, (1,)), (10, (4, 1))]
    quota = quota_of({"groups": {"K": [1, 4], "M": [2, 3]}, "members": "50"}, 4)
    people = ["Ane", "Bo", "Cato", "Dina"]
    told = as_json(count("scottish-stv", Profile.of(people, papers), Rules(seats=2, quota=quota)))
    assert showing.quota_sentence(told) == "", "nothing kept, nothing said"
    free = as_json(count("scottish-stv", Profile.of(people, papers), Rules(seats=2)))
    told["without_quota"] = {"elected": free["elected"], "lot_needed": None}
    assert showing.quota_sentence(told) == "Kvoteringen gjorde at Ane ble valgt i stedet for Cato."
    told["without_quota"]["lot_needed"] = {"among": [1, 2], "for": "elect"}
    assert showing.quota_sentence(told) == ""


def test_a_tie_for_every_kind_of_lot_and_a_motion_have_their_page() -> None:
    told = as_json(count("irv", Profile.of(["Ane", "Bo", "Cato"], [(4, (1,)), (2, (2,)), (2, (3,))])))
    assert told["lot_needed"] is not None
    shown = showing.of(told)
    assert shown is not None
    assert shown.why == ()
    assert showing.of(None) is None
    assert showing.of(as_json(count("motion", Profile.of(["Ja", "Nei"], [(2, (1,)), (1, (2,))])))) is None


def test_the_winning_cell_of_each_pair_is_marked_and_no_other() -> None:
    told = as_json(count("schulze", Profile.of(["Ane", "Bo", "Cato"], [(5, (1, 2)), (3, (2, 1)), (1, (3,))])))
    shown = showing.of(told)
    assert shown is not None
    beats, paths = shown.matrices
    assert [head for head, _ in beats.heads] == ["1", "2", "3"]
    assert beats.rows[0] == ("1. Ane", (("", False), ("5", True), ("8", True)))
    assert beats.rows[1][1][0] == ("3", False)
    assert paths.rows[0][1][2] == ("8", True)
    assert "Mot hver av de andre satte flest Ane foran." in shown.why[0][1]


def test_who_beats_all_others_is_told_so_and_not_win_by_win() -> None:
    papers = [(5, (1, 2, 3)), (3, (2, 1, 3)), (1, (3, 2, 1))]
    shown = showing.of(as_json(count("ranked-pairs", Profile.of(["Ane", "Bo", "Cato"], papers))))
    assert shown is not None
    (_name, sentences), *others = shown.why
    assert not others
    assert sentences[0] == "Mot hver av de andre satte flest Ane foran."
    assert not any("Seieren teller" in sentence for sentence in sentences)
    assert sum("Seieren teller" in sentence for sentence in shown.sentences) == 3


def test_meek_shows_what_each_of_the_elected_keeps_in_every_round() -> None:
    told = as_json(
        count(
            "meek-stv",
            Profile.of(PEOPLE[1:5], [(50, (1, 2)), (20, (2,)), (18, (3, 2)), (12, (4, 3))]),
            Rules(2),
        )
    )
    keep = showing.of(told).keep  # type: ignore[union-attr]
    assert keep is not None
    factors = [event["keep"] for stage in told["stages"] for event in stage["events"] if "keep" in event]
    assert len(keep.heads) == len(factors)
    assert [line.name for line in keep.lines] == [one["name"] for one in told["elected"]]
    assert keep.foot is not None
    assert any(number(cell.total) < 1 for cell in keep.lines[0].cells)


def test_many_candidates_and_stages_are_folded_and_have_no_flow() -> None:
    draw = dice(1)
    names = [f"Kandidat {k}" for k in range(1, 41)]
    papers = [(1, tuple(draw.sample(range(1, 41), 8))) for _ in range(300)]
    shown = showing.of(as_json(count("scottish-stv", Profile.of(names, papers), Rules(seats=5), SEED)))
    assert shown is not None
    (part,) = shown.rounds
    assert part.flow is None
    assert len(part.stages) > 20
    assert [stage.number for stage in part.stages if stage.unfolded] == [part.stages[-1].number]
    few = showing.of(told_of("irv", dice(3)))
    assert few is not None
    assert few.rounds[0].flow
    assert all(stage.unfolded for stage in few.rounds[0].stages)


def test_the_universitys_deputies_have_a_count_of_their_own_each() -> None:
    told = told_of("uio-stv", dice(5))
    shown = showing.of(told)
    assert shown is not None
    assert [part.heading for part in shown.rounds] == ["", "Vara nummer 1", "Vara nummer 2"]
    numbers = [stage.number for part in shown.rounds for stage in part.stages]
    assert numbers == [stage["stage"] for stage in told["stages"]]


def test_bars_are_in_proportion_and_end_where_the_quota_stands() -> None:
    bars = [
        Bar("Ane", "60", "+10", Fraction(50), Fraction(10)),
        Bar("Bo", "0", "−30", Fraction(0), given=Fraction(30)),
    ]
    tree = parsed(stage_bars("a", "Runde 2", "Ane 60.", bars, Fraction(78), Fraction(60)))
    parts = {
        part.get("class", "").rpartition("--")[2]: (part.get("x"), part.get("width"))
        for part in tree.findall("rect")
    }
    assert parts == {"standing": ("0%", "50%"), "received": ("50%", "10%"), "given": ("0%", "30%")}
    assert [line.get("x1") for line in tree.findall("line")] == ["60%", "60%"]


def test_what_leaves_one_node_of_the_flow_arrives_at_the_others() -> None:
    streams = [
        Stream("Ane", (Fraction(6), Fraction(4), Fraction(4)), ("6", "4", "4"), "elected"),
        Stream("Bo", (Fraction(3), Fraction(5), Fraction(0)), ("3", "5", "0"), "standing"),
        Stream("Ute", (Fraction(0), Fraction(0), Fraction(5)), ("0", "0", "5"), "spent"),
    ]
    tree = parsed(flow("f", "Flyt", "Bånd.", streams, ("1", "2", "3")))
    nodes = tree.findall("rect")
    assert [node.get("x") for node in nodes] == [
        "0",
        "0",
        str(COLUMN),
        str(COLUMN),
        str(2 * COLUMN),
        str(2 * COLUMN),
    ]
    by_column = [sum(Fraction(node.get("height", "0")) for node in nodes[at : at + 2]) for at in (0, 2, 4)]
    assert max(by_column) - min(by_column) < Fraction(1, 10), "each column holds all votes"
    kinds = [path.get("class", "").rpartition("--")[2] for path in tree.findall("path")]
    assert kinds == ["elected", "standing", "moved", "elected", "moved"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(12, "12"), (Fraction(100, 3), "33.33"), (Fraction(-1, 2), "-0.5"), (0, "0"), (Fraction(1, 900), "0")],
)
def test_lengths_are_written_without_floats(value: svg.Length, text: str) -> None:
    assert svg.length(value) == text


def test_names_are_escaped_and_shortened() -> None:
    drawn = svg.element("text", svg.short(PEOPLE[0]), x=1, text_anchor="end", class_="gr")
    assert drawn == '<text x="1" text-anchor="end" class="gr">Ane &lt;Lie&gt; &amp; søn</text>'
    assert svg.short(PEOPLE[4]) == "Eva Margrethe Solbakk…"


def test_every_event_of_the_manual_is_told_in_three_languages() -> None:
    facts = {
        "points": "3", "papers": "4", "quota": "5", "seats": 2, "valgtall": "5.01", "decimals": 2, "value": "1",
        "spent": "1", "surplus": "2", "votes": "9", "place": 1, "chosen": [1], "first": 1, "iterations": 3,
        "keep": ["1"], "links": "winning",
    }  # fmt: skip
    told = {"method": "block", "candidates": ["Ane", "Bo"]}
    for kind in explaining._SENTENCES:
        variants: list[dict[str, Any]] = [{}]
        if kind in ("elected", "deputy"):
            hows = (
                ("quota", "last", "sum")
                if kind == "deputy"
                else ("quota", "majority", "last", "sum", "pairs", "lot")
            )
            variants = [{"how": how} for how in hows]
        elif kind == "excluded":
            variants = [{"why": why} for why in ("lowest", "hopeless", "quota")]
        elif kind == "lot":
            variants = [
                {"purpose": p} for p in ("elect", "surplus", "exclude", "winner", "runoff", "deputy", "pairs")
            ]
        elif kind == "moved":
            variants = [{"papers": ["4", "5"]}]
        elif kind == "surplus":
            variants = [{}, {"factor": "0.5"}]
        for variant in variants:
            event = {"kind": kind, "candidates": [1, 2], **facts, **variant}
            sentences = set()
            for language_ in ("nb", "nn", "en"):
                with force_locale(language_):
                    sentences.add(explaining.sentence_of(told, event))
            assert all(sentence.endswith(".") for sentence in sentences), (kind, sentences)
            assert not any(re.search(r"%\(|\{|%%", sentence) for sentence in sentences), (kind, sentences)


def test_the_pictures_of_a_real_election_show_every_candidate() -> None:
    papers = (ROOT / "docs/counting/uio-stv.md").read_text().split("```blt\n")[1].split("```")[0]
    file = read_papers(papers.encode(), "papers.blt")
    shown = showing.of(as_json(count("uio-stv", file.profile, Rules(seats=3))))
    assert shown is not None
    first = shown.rounds[0].stages[0].picture
    assert all(name in first for name in file.profile.candidates)
