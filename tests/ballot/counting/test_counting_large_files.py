"""Large files: their lines are numbered right across blocks, and reading them takes no multiple of their size."""

from __future__ import annotations

import tracemalloc

import pytest

from ballot.counting.formats import BadFile, read_papers
from ballot.counting.paper_file import BLOCK, lines_of

PAPERS = "1 1 2 3 0\n2 3 1 0\n1 4 0\n"
END = '0\n"A"\n"B"\n"C"\n"D"\n"Styret"\n'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "a",
        "a\n\nb",
        "x\n" * (BLOCK // 2),
        "y" * 999_999 + "\n" + "z" * 999_999 + "\n",
        "ab\n" * (BLOCK // 3 + 1) + "c",
    ],
)
def test_lines_are_those_of_the_whole_text(text: str) -> None:
    assert list(lines_of(text)) == list(enumerate(text.split("\n"), start=1))


def test_a_large_file_is_read_line_by_line() -> None:
    text = PAPERS * 80_000
    tracemalloc.start()
    try:
        for _number, _line in lines_of(text):
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # All lines at once take some 60 bytes each beside their letters: more than 16 MB.
    assert peak < 12_000_000


def test_a_mistake_far_down_is_told_with_its_line() -> None:
    count = 120_000
    body = f"4 2\n{PAPERS * count}1 5 0\n{PAPERS}{END}".encode()
    with pytest.raises(BadFile, match="no candidate 5") as refusal:
        read_papers(body, "large.blt")
    assert refusal.value.line == 3 * count + 2


def test_equal_lines_are_equal_papers_whatever_their_weight() -> None:
    body = f"4 2\n{PAPERS * 3}1 2 1 0\n1 1 2 3 0\n{END}".encode()
    profile = read_papers(body, "small.blt").profile
    assert {ranking: weight for weight, ranking in profile.papers} == {
        (1, 2, 3): 4,
        (3, 1): 6,
        (4,): 3,
        (2, 1): 1,
    }
