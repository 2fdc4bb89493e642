"""`grasrot count`: what it prints, and the exit codes others script against."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ballot.cli_count import count
from ballot.counting.methods import METHODS

BLT = '4 2\n4 1 2 0\n3 2 1 0\n3 3 4 0\n2 4 3 0\n1 0\n0\n"Astri"\n"Bjarne"\n"Cecilie"\n"Didrik"\n"Styret"\n'


def run(file: Path, *options: object) -> Result:
    return CliRunner().invoke(count, [str(file), *map(str, options)])


def counted(file: Path, *options: object, code: int = 0) -> dict[str, Any]:
    result = run(file, *options, "--json")
    assert result.exit_code == code, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    file = tmp_path / "papers.blt"
    file.write_text(BLT, "utf-8")
    return file


def written(tmp_path: Path, name: str, data: object) -> Path:
    file = tmp_path / name
    file.write_text(data if isinstance(data, str) else json.dumps(data), "utf-8")
    return file


def test_the_json_has_the_fields_others_script_against(papers: Path) -> None:
    answer = counted(papers, "--method", "scottish-stv")
    assert (answer["method"], answer["seats"], answer["papers"], answer["blank"]) == (
        "scottish-stv",
        2,
        13,
        1,
    )
    assert answer["quota"] == 5
    assert answer["elected"] == [
        {"candidate": 3, "name": "Cecilie", "stage": 2},
        {"candidate": 1, "name": "Astri", "stage": 3},
    ]
    first = answer["stages"][0]
    assert first["stage"] == 1
    assert first["votes"] == {"1": "4.00000", "2": "3.00000", "3": "3.00000", "4": "2.00000"}
    assert (first["non_transferable"], first["lost_by_rounding"]) == ("0.00000", "0.00000")
    assert first["events"][-1]["kind"]
    assert (answer["deputies"], answer["lots"], answer["lot_needed"]) == ([], [], None)


@pytest.mark.parametrize("method", [name for name, method in METHODS.items() if method.papers == "ranks"])
def test_every_ranked_method_counts_a_file_and_prints_a_table(method: str, papers: Path) -> None:
    result = run(papers, "--method", method, "--seed", "00ff")
    assert result.exit_code == 0, result.output
    assert "Styret" in result.stdout
    assert "Elected" in result.stdout
    assert "sum" in result.stdout


def test_the_terminal_shows_the_result_first_and_folds_a_wide_table(tmp_path: Path) -> None:
    names = "".join(f'"Kandidat {k}"\n' for k in range(1, 13))
    lines = "".join(f"{20 - k} {k} 0\n" for k in range(1, 13))
    file = written(tmp_path, "wide.blt", f"12 1\n{lines}0\n{names}")
    result = run(file, "--method", "irv")
    scottish = run(file, "--method", "scottish-stv")
    assert result.stdout.index("Elected") < result.stdout.index("Stage")
    assert max(map(len, scottish.stdout.splitlines())) <= 100
    assert scottish.stdout.count("Stage") > 1


def test_a_needed_lot_stops_with_exit_3_and_the_lots_replay_to_the_same_bytes(tmp_path: Path) -> None:
    file = written(tmp_path, "tie.blt", '3 1\n3 1 0\n3 2 0\n1 3 0\n0\n"A"\n"B"\n"C"\n')
    answer = counted(file, "--method", "choice", code=3)
    assert answer["lot_needed"] == {"among": [1, 2], "for": "elect"}
    assert answer["stages"][0]["votes"] == {"1": "3", "2": "3", "3": "1"}
    lots = written(tmp_path, "lots.json", [{"among": [1, 2], "order": [2, 1]}])
    drawn = run(file, "--method", "choice", "--lots", lots, "--json")
    assert json.loads(drawn.stdout)["elected"][0]["candidate"] == 2
    again = written(tmp_path, "again.json", json.loads(drawn.stdout)["lots"])
    assert run(file, "--method", "choice", "--lots", again, "--json").stdout == drawn.stdout
    assert "a lot is needed" in run(file, "--method", "choice").stdout


@pytest.mark.parametrize(
    ("lots", "what"),
    [
        ([{"among": [1, 3], "order": [3, 1]}], "needs one among 1, 2"),
        ([{"among": [1, 2], "order": [2, 2]}], "needs one among 1, 2"),
        ([{"among": [1, 2], "order": [2, 1]}, {"among": [1, 2], "order": [2, 1]}], "needed 1"),
        ([{"among": [1, 2]}], "order of lot 1"),
        ({"among": [1, 2]}, "not a list"),
        ("[{", "not JSON"),
    ],
)
def test_a_lot_that_does_not_fit_stops_with_exit_2(lots: object, what: str, tmp_path: Path) -> None:
    file = written(tmp_path, "tie.blt", '3 1\n3 1 0\n3 2 0\n1 3 0\n0\n"A"\n"B"\n"C"\n')
    result = run(file, "--method", "choice", "--lots", written(tmp_path, "lots.json", lots))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "lots.json" in result.stderr
    assert what in result.stderr


@pytest.mark.parametrize(
    ("name", "text", "line", "what"),
    [
        ("cut.blt", "4 2\n4 1 2 0\n3 2", 3, "cut short"),
        ("number.blt", "2 1\n4 1 2 0\n4 3 0\n0\nA\nB\n", 3, "no candidate 3"),
        ("twice.blt", "2 1\n4 1 1 0\n0\nA\nB\n", 2, "ranked twice"),
        ("many.blt", "2 1\n4 1 2 1 0\n0\nA\nB\n", 2, "3 are ranked"),
        ("none.blt", "2 0\n4 1 0\n0\nA\nB\n", 1, "0 seats"),
        ("above.blt", "2 3\n4 1 0\n0\nA\nB\n", 1, "3 seats"),
        ("gone.blt", "2 1\n-2\n4 1 2 0\n0\nA\nB\n", 3, "has withdrawn"),
        ("negative.blt", "2 1\n-4 1 2 0\n0\nA\nB\n", 2, "number of papers"),
        ("enormous.blt", f"2 1\n{10**40} 1 0\n0\nA\nB\n", 2, "no election has"),
        ("table.blt", "id,1,2\n1,A,B\n", 1, "CSV"),
        ("empty.blt", "", 1, "empty"),
        ("empty.json", " \n", 1, "empty"),
    ],
)
def test_a_bad_file_gives_exit_2_with_file_line_and_what_is_wrong(
    name: str, text: str, line: int, what: str, tmp_path: Path
) -> None:
    result = run(written(tmp_path, name, text), "--method", "scottish-stv")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{name}:{line}: " in result.stderr
    assert what in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_file_of_fifty_megabytes_of_rubbish_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "rubbish.blt"
    file.write_bytes(b"3 2\n" + b"1 2 3 " * 9_000_000)
    result = run(file, "--method", "irv")
    assert result.exit_code == 2
    assert "rubbish.blt:2: the line is longer than" in result.stderr


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--method", "guessing"], "guessing"),
        (["--method", "irv", "--seats", "2"], "irv has one seat"),
        (["--method", "scottish-stv", "--seats", "5"], "5 seats for 4 candidates"),
        (["--method", "scottish-stv", "--deputies", "1"], "elects no deputies"),
        (["--method", "score"], "the papers have none"),
        (["--method", "irv", "--majority", "1/2"], "judges motion and choice"),
        (["--method", "choice", "--majority", "half"], "fraction"),
        (["--method", "choice", "--majority", "1/0"], "fraction"),
        (["--method", "choice", "--majority", "1/2", "--base", "entitled"], "needs --entitled"),
        (["--method", "choice", "--majority", "1/2", "--entitled", "2"], "--entitled"),
        (["--method", "irv", "--seed", "zz"], "hexadecimal"),
        (["--method", "irv", "--recommendation", "first"], "candidate numbers"),
        (["--method", "irv", "--recommendation", "1,1"], "recommendation"),
    ],
)
def test_options_that_do_not_fit_give_exit_2(options: list[str], what: str, papers: Path) -> None:
    result = run(papers, *options)
    assert result.exit_code == 2
    assert what in result.stderr
    assert "Traceback" not in result.stderr


def test_a_quota_changes_who_is_elected(papers: Path, tmp_path: Path) -> None:
    quota = {"groups": {"K": [1, 3], "M": [2, 4]}, "members": "40", "deputies": {"min": {"K": 1}}}
    free = counted(papers, "--method", "block", "--deputies", "2", "--seed", "01")
    assert {one["candidate"] for one in free["elected"]} != {1, 4}
    answer = counted(
        papers,
        "--method",
        "uio-stv",
        "--deputies",
        "2",
        "--quota",
        written(tmp_path, "q.json", quota),
        "--seed",
        "01",
    )
    members = {one["candidate"] for one in answer["elected"]}
    assert len(members & {1, 3}) == len(members & {2, 4}) == 1
    assert {one["candidate"] for one in answer["deputies"]} == {1, 2, 3, 4} - members
    assert counted(papers, "--method", "uio-stv", "--seed", "01")["deputies"] == []


def test_a_quota_that_is_wrong_gives_exit_2_and_names_its_file(papers: Path, tmp_path: Path) -> None:
    wrong = written(tmp_path, "q.json", {"groups": {"K": [7]}, "members": "40"})
    result = run(papers, "--method", "block", "--quota", wrong)
    assert result.exit_code == 2
    assert "q.json: group K" in result.stderr
    impossible = written(
        tmp_path, "q.json", {"groups": {"K": [1]}, "members": {"max": {"K": 0}, "min": {"K": 1}}}
    )
    result = run(papers, "--method", "block", "--quota", impossible)
    assert result.exit_code == 2
    assert "the quota cannot be met" in result.stderr


@pytest.mark.parametrize(
    ("options", "verdict", "needed"),
    [
        (["--majority", "2/3", "--over", "at-least"], "adopted", 9666),
        (["--majority", "2/3", "--over", "at-least", "--base", "cast_including_blank"], "adopted", 9778),
        (["--majority", "1/2", "--base", "entitled", "--entitled", "40935"], "not_adopted", 20468),
    ],
)
def test_a_motion_is_judged_in_integers(
    options: list[str], verdict: str, needed: int, tmp_path: Path
) -> None:
    data = {"candidates": ["Ja", "Nei", "Blank"], "seats": 1}
    file = written(
        tmp_path, "motion.json", {**data, "papers": [[13219, [[1]]], [1279, [[2]]], [160, [[3]]], [9, []]]}
    )
    answer = counted(file, "--method", "motion", *options)
    assert answer["stages"][0]["votes"] == {"1": "13219", "2": "1279", "3": "169"}
    assert (answer["papers"], answer["valid"], answer["blank"]) == (14667, 14498, 169)
    assert (answer["majority"]["verdict"], answer["majority"]["needed"]) == (verdict, needed)
    assert verdict in run(file, "--method", "motion", *options).stdout


def test_a_choice_that_misses_its_majority_goes_to_a_runoff(tmp_path: Path) -> None:
    data = {"candidates": ["A", "B", "C"], "seats": 1, "papers": [[40, [[1]]], [40, [[2]]], [20, [[3]]]]}
    file = written(tmp_path, "choice.json", data)
    answer = counted(file, "--method", "choice", "--majority", "1/2")
    assert (answer["elected"], answer["runoff"]) == ([], [1, 2])
    assert answer["majority"]["reached"] is False
    enough = counted(file, "--method", "choice", "--majority", "1/3", code=3)
    assert enough["lot_needed"] == {"among": [1, 2], "for": "elect"}


def test_points_and_marks_are_counted_from_json(tmp_path: Path) -> None:
    data = {"candidates": ["A", "B"], "seats": 1, "papers": [[3, {"1": 4}], [1, {"1": 1, "2": 9}]]}
    file = written(tmp_path, "score.json", data)
    assert counted(file, "--method", "score")["stages"][0]["votes"] == {"1": "13", "2": "9"}
    assert counted(file, "--method", "score", "--mean")["elected"][0]["candidate"] == 2
    marks = written(
        tmp_path, "marks.json", {"candidates": ["A", "B", "C"], "seats": 2, "papers": [[2, [[1, 3]]]]}
    )
    assert [one["candidate"] for one in counted(marks, "--method", "approval")["elected"]] == [1, 3]


def test_the_command_runs_where_there_is_no_application_and_no_database(papers: Path) -> None:
    program = (
        "import sys; from ballot.cli_count import count\n"
        "try: count()\n"
        "finally: assert not {'flask', 'sqlalchemy'} & set(sys.modules), 'the application was loaded'\n"
    )
    command = [sys.executable, "-c", program, str(papers), "--method", "schulze", "--seed", "01", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["pairwise"]["beats"]["1"]["2"] == 4


def test_the_order_of_sets_in_memory_never_reaches_the_result(papers: Path, tmp_path: Path) -> None:
    quota = written(
        tmp_path, "q.json", {"groups": {"K": [1, 3], "M": [2, 4], "U30": [1, 2]}, "members": "40"}
    )
    program = "from ballot.cli_count import count; count()"
    answers = set()
    for seed in ("1", "2", "3"):
        command = [sys.executable, "-c", program, str(papers), "--method", "uio-stv", "--quota", str(quota)]
        done = subprocess.run(
            [*command, "--deputies", "2", "--seed", "01", "--json"],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        )
        answers.add(done.stdout)
    assert len(answers) == 1


def test_a_name_cannot_steer_the_terminal(tmp_path: Path) -> None:
    file = written(tmp_path, "names.blt", '2 1\n3 1 0\n0\n"A\x1b[2J"\n"B"\n"T\x07"\n')
    printed = run(file, "--method", "choice").stdout
    assert not any(letter < " " and letter != "\n" for letter in printed)
