"""Files exchanged with other counters: evalg's in, RCTab's and ABIF out."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ballot.cli_count import count as command
from ballot.counting.abif import read_abif, write_abif
from ballot.counting.formats import BadFile, read_papers
from ballot.counting.methods import count
from ballot.counting.profile import Profile
from ballot.counting.rctab import as_rctab
from ballot.counting.tally import Rules

BOARD = {
    "meta": {
        "electionId": "x",
        "electionName": {"nb": "Styret", "en": "The board"},
        "numRegular": 2,
        "numSubstitutes": 1,
    },
    "candidateNames": {"a": "Astri", "b": "Bjarne", "c": "Cecilie", "d": "Dag"},
    "pollbookNames": {"p": {"nb": "Alle"}},
    "quotas": [
        {"name": {"nb": "Kvinner"}, "members": ["a", "c"]},
        {"name": {"nb": "Menn"}, "members": ["b", "d"]},
    ],
    "ballots": [
        {"pollbookId": "p", "rankedCandidateIds": ["b", "d"]},
        {"pollbookId": "p", "rankedCandidateIds": ["d", "b", "a"]},
        {"pollbookId": "p", "rankedCandidateIds": ["b", "a"]},
        {"pollbookId": "p", "rankedCandidateIds": ["a"]},
        {"pollbookId": "p", "rankedCandidateIds": []},
    ],
}


def read(data: object) -> object:
    return read_papers(json.dumps(data).encode(), "valg.json")


def test_a_file_of_the_universities_program_brings_seats_deputies_and_quota(tmp_path: Path) -> None:
    file = tmp_path / "valg.json"
    file.write_text(json.dumps(BOARD))
    told = CliRunner().invoke(command, [str(file), "--method", "uio-stv", "--json"])
    assert told.exit_code == 0, told.output
    tally = json.loads(told.output)
    assert (tally["seats"], tally["papers"], tally["blank"]) == (2, 5, 1)
    # Without the quota Bjarne and Dag would be tied with Astri for the second seat: one of each is needed.
    assert {one["name"] for one in tally["elected"]} == {"Astri", "Bjarne"}
    assert [one["name"] for one in tally["deputies"]] == ["Dag"]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"ballots": {}}, "ballots is not a list"),
        ({"ballots": [{"pollbookId": "p"}]}, "ballot 1 has no rankedCandidateIds"),
        (
            {"ballots": [{"pollbookId": "p", "rankedCandidateIds": ["e"]}]},
            "ballot 1 ranks 'e', who is no candidate",
        ),
        (
            {"ballots": [{"pollbookId": "p", "rankedCandidateIds": ["a", "a"]}]},
            "ballot 1 ranks a candidate twice",
        ),
        ({"candidateNames": []}, "candidateNames is not an object"),
        ({"meta": {"numRegular": -1}}, "numRegular is not a whole number"),
        ({"meta": {"numRegular": 9}}, "there are 9 seats for 4 candidates"),
        ({"quotas": [{"name": "K", "members": ["e"]}]}, "quota group 1 has members who are no candidates"),
        (
            {
                "ballots": [
                    {"pollbookId": "p", "rankedCandidateIds": ["a"]},
                    {"pollbookId": "q", "rankedCandidateIds": ["b"]},
                ]
            },
            "the papers are from 2 pollbooks, and the file does not say what a vote of each weighs",
        ),
    ],
)
def test_a_bad_file_of_that_program_is_refused_in_words(changed: dict[str, object], what: str) -> None:
    with pytest.raises(BadFile) as refused:
        read({**BOARD, **changed})
    assert refused.value.what == what


def test_what_is_written_as_abif_counts_the_same() -> None:
    papers = [(5, (1, (2, 3))), (3, (3,)), (2, (2, 1, 3))]
    profile = Profile.of(["Ane", "Bo [jr.]", "Cato: #1"], papers)
    back = read_abif(write_abif(profile, "Leder"))
    assert back.title == "Leder"
    assert back.profile.papers == profile.papers
    points = Profile.of_scores(["Ane", "Bo"], [(4, [(1, 5), (2, 0)])])
    assert read_abif(write_abif(points), points=True).profile.scores == points.scores


def test_the_rounds_as_others_draw_them_lose_no_vote() -> None:
    papers = [(4, (1, 2)), (2, (3,)), (1, (4, 3)), (1, (2, 3))]
    tally = count("scottish-stv", Profile.of(["Ane", "Bo", "Cato", "Ane"], papers), Rules(seats=2))
    rounds = as_rctab(tally, "Styret")["results"]
    assert [next(iter(one["tally"])) for one in rounds] == ["Ane (1)"] * len(rounds)
    told = [what for one in rounds for what in one["tallyResults"]]
    assert {what["elected"] for what in told if "elected" in what} == {"Ane (1)", "Cato"}
    for one, following in itertools.pairwise(rounds):
        for what in one["tallyResults"]:
            for name, gain in what["transfers"].items():
                if name in one["tally"]:
                    assert float(following["tally"][name]) == pytest.approx(
                        float(one["tally"][name]) + float(gain)
                    )


def test_a_count_without_rounds_cannot_be_drawn_as_rounds(tmp_path: Path) -> None:
    file = tmp_path / "leder.abif"
    file.write_text("3:A>B\n2:B>A\n")
    told = CliRunner().invoke(command, [str(file), "--method", "schulze", "--rctab"])
    assert told.exit_code == 2
    assert "schulze has no rounds" in told.stderr


def test_papers_are_written_in_another_format_while_they_are_counted(tmp_path: Path) -> None:
    file, copy = tmp_path / "leder.abif", tmp_path / "leder.blt"
    file.write_text("3:A>B\n2:B>A\n")
    told = CliRunner().invoke(command, [str(file), "--method", "irv", "--write", str(copy)])
    assert told.exit_code == 0, told.output
    assert copy.read_text().startswith("2 1\n3 1 2 0\n2 2 1 0\n0\n")
    wrong = CliRunner().invoke(
        command, [str(file), "--method", "irv", "--write", str(tmp_path / "leder.txt")]
    )
    assert wrong.exit_code == 2
