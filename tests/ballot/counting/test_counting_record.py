"""The record that `grasrot count --record` prints: complete, in three languages, as text, PDF, HTML and JSON."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import zlib
from pathlib import Path

import html5lib
import pytest
from click.testing import CliRunner, Result

from ballot.cli_count import count
from ballot.counting.methods import METHODS
from ballot.record import plain
from ballot.record.document import Document, Section, Table
from foundation import clock, software

BLT = """6 3
40 1 2 0
12 2 0
20 3 4 0
13 4 5 0
10 5 6 0
5 6 0
2 0
0
"Anne Åsheim"
"Bjørn Čohkka"
"Cato Dahl"
"Dag Eide"
"Eva Foss"
"Frøydis Gran"
"Styrevalg i Fjordvik"
"""
QUOTA = {"groups": {"K": [1, 5, 6], "M": [2, 3, 4]}, "members": {"min": {"K": 2, "M": 1}}, "deputies": "40"}


def run(*options: object) -> Result:
    return CliRunner().invoke(count, list(map(str, options)))


def told(*options: object, code: int = 0) -> str:
    """The record on the terminal as one line."""
    result = run(*options, "--record")
    assert result.exit_code == code, result.output
    return " ".join(result.stdout.replace("\xa0", " ").split())


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    file = tmp_path / "styrevalg.blt"
    file.write_text(BLT, "utf-8")
    return file


@pytest.fixture
def quota(tmp_path: Path) -> Path:
    file = tmp_path / "quota.json"
    file.write_text(json.dumps(QUOTA), "utf-8")
    return file


def test_the_record_says_the_result_first_and_then_all_that_a_returning_officer_checks(
    papers: Path, quota: Path
) -> None:
    text = told(papers, "--method", "uio-stv", "--deputies", 2, "--quota", quota)
    place = 0
    for words in (
        "Protokoll for opptellingen av Styrevalg i Fjordvik",
        "Valgt er Anne Åsheim, Bjørn Čohkka og Eva Foss. Vara i rekkefølge: 1. Cato Dahl, 2. Frøydis Gran.",
        "Kilde: Valgreglement for Universitetet i Oslo § 16",
        "100 stemmesedler ble talt med. 2 var blanke.",
        "Valgtall = 100 / (3 + 1) = 25, avkortet til 4 desimaler, + 0,0001 = 25,0001",
        "Kvotering for medlemmene Gruppe Minst Høyst Kandidater i gruppen K 2 3 Anne Åsheim, Eva Foss og Frøydis Gran",
        "Kvoteringen gjorde at Eva Foss ble valgt i stedet for Cato Dahl.",
        "Når kvoteringen grep inn - Runde 2: Cato Dahl går ut, fordi kvoteringen ikke har plass til flere",
        "Runde 2: Anne Åsheim gir videre, Cato Dahl og Dag Eide går ut, Bjørn Čohkka blir valgt",
        "Stemmene etter hver runde, for vara nummer 2",
        f"Filens fingeravtrykk (SHA-256): {hashlib.sha256(papers.read_bytes()).hexdigest()}",
        f"Program: Grasrot {software.release()}",
        "Underskrifter ------------- ________",
        "Vedlegg: alt som hendte i opptellingen",
    ):
        found = text.find(words, place)
        assert found >= 0, f"{words!r} is not there, or not in its place: {text[place : place + 600]}"
        place = found


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_a_record_with_its_rule_and_every_line_fits(method: str, tmp_path: Path) -> None:
    file = tmp_path / "papers.json"
    score = method == "score"
    names = ["Ja", "Nei", "Blank"] if method == "motion" else ["Astri", "Bjarne", "Cecilie"]
    ranks: list[object] = [{"1": 4, "2": 1}, {"2": 3}] if score else [[[1]], [[2]]]
    data = {"candidates": names, "seats": 1, "papers": [[5, ranks[0]], [3, ranks[1]]]}
    file.write_text(json.dumps(data), "utf-8")
    result = run(file, "--method", method, "--record")
    assert result.exit_code == 0, result.output
    assert "Kilde: " in result.stdout
    assert "Underskrifter" in result.stdout
    assert (
        "Ja fikk 5 stemmer, nei 3, og 0 var blanke." if method == "motion" else "Valgt er Astri."
    ) in result.stdout
    assert all(len(line) <= 78 for line in result.stdout.splitlines())


def test_the_majority_stands_as_a_formula_with_its_numbers(tmp_path: Path) -> None:
    file = tmp_path / "motion.json"
    papers = [[13219, [[1]]], [1279, [[2]]], [169, [[3]]]]
    file.write_text(json.dumps({"candidates": ["Ja", "Nei", "Blank"], "papers": papers}), "utf-8")
    text = told(file, "--method", "motion", "--majority", "2/3", "--over", "at-least")
    assert "Flertall: minst 2/3 av 14 498 = minst 9 666 stemmer" in text
    assert "13 219 stemmer er nok." in text


def test_a_needed_lot_stands_in_the_record_and_the_exit_says_so(tmp_path: Path) -> None:
    file = tmp_path / "tie.blt"
    file.write_text('2 1\n3 1 0\n3 2 0\n0\n"Astri"\n"Bjarne"\n"Leder"\n', "utf-8")
    text = told(file, "--method", "irv", code=3)
    assert "Tellingen er ikke ferdig. Den venter på et lodd mellom Astri og Bjarne." in text
    lots = tmp_path / "lots.json"
    lots.write_text('[{"among": [1, 2], "order": [2, 1]}]', "utf-8")
    text = told(file, "--method", "irv", "--lots", lots)
    assert "Rekkefølgen loddet ga: 1. Bjarne, 2. Astri" in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nb", "Kilde: M. Schulze"),
        ("nn", "Kjelde: M. Schulze"),
        ("en", "Source: M. Schulze"),
    ],
)
def test_the_record_is_written_in_three_languages(papers: Path, language: str, words: str) -> None:
    assert words in told(papers, "--method", "schulze", "--lang", language)


def test_the_pdf_has_title_language_headings_and_the_count_itself_inside(
    papers: Path, tmp_path: Path
) -> None:
    target = tmp_path / "protokoll.pdf"
    assert run(papers, "--method", "scottish-stv", "--record", target).exit_code == 0
    body = target.read_bytes()
    assert body.startswith(b"%PDF-1.")
    for mark in (b"/Lang (nb-NO)", b"/MarkInfo", b"/Outlines", b"pdfaid:part", b"/AFRelationship /Source"):
        assert mark in body, mark
    assert len(re.findall(rb"/Type /Page\b(?!s)", body)) >= 2
    kept = json.loads(_embedded(body))
    assert kept["papers_sha256"] == hashlib.sha256(papers.read_bytes()).hexdigest()
    assert [one["name"] for one in kept["count"]["elected"]]


def _embedded(body: bytes) -> bytes:
    """The file that lies in a PDF."""
    place = body.index(b"/Type /EmbeddedFile")
    start = body.index(b"stream\n", place) + len(b"stream\n")
    stream = body[start : body.index(b"\nendstream", start)]
    return stream if stream.startswith(b"{") else zlib.decompress(stream)


def test_the_file_of_html_stands_alone_and_its_tables_have_heads(papers: Path, tmp_path: Path) -> None:
    target = tmp_path / "protokoll.html"
    file = tmp_path / "hostile.blt"
    file.write_text(BLT.replace("Dag Eide", "<b>Dag</b> & co"), "utf-8")
    assert run(file, "--method", "scottish-stv", "--record", target, "--lang", "nn").exit_code == 0
    markup = target.read_text("utf-8")
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(markup)
    assert page.get("lang") == "nn"
    assert "&lt;b&gt;Dag&lt;/b&gt; &amp; co" in markup
    assert "src=" not in markup
    tables = page.findall(".//table")
    assert tables
    assert all(table.find("thead//th[@scope='col']") is not None for table in tables)


def test_an_ending_nobody_knows_is_refused_before_anything_is_counted(papers: Path, tmp_path: Path) -> None:
    result = run(papers, "--method", "irv", "--record", tmp_path / "protokoll.docx")
    assert result.exit_code == 2
    assert "--record takes a name that ends in .txt, .pdf, .html or .json." in result.output


def test_the_record_needs_no_database_and_a_count_without_one_no_languages(papers: Path) -> None:
    program = (
        "import sys; from ballot.cli_count import count\n"
        "try: count()\n"
        "finally: assert 'sqlalchemy' not in sys.modules, 'a database was loaded'\n"
    )
    command = [sys.executable, "-c", program, str(papers), "--method", "irv", "--record"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Underskrifter" in done.stdout


def test_a_wide_table_goes_on_below_with_its_first_column_and_its_sums() -> None:
    heads = ("", *(f"Runde {n}" for n in range(1, 8)))
    table = Table("Stemmene", heads, (("Anne", *("10",) * 7),), ("Sum", *("10",) * 7))
    with clock.stopped_at(clock.now()):
        document = Document("Protokoll", "", "nb", (), (Section("Runder", (table,)),), clock.now())
    text = plain.written(document)
    assert text.count("Anne") == text.count("Sum") == 2
    assert "Runde 7" in text
    assert [len(part.heads) for part in table.parts()] == [5, 4]
