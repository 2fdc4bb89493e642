"""The counter of the composer agrees with the server: the table of vectors, and random Markdown."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.text import own_visible_characters

ROOT = Path(__file__).parents[2]
VECTORS = json.loads((ROOT / "tests/vectors/visible.json").read_text(encoding="utf-8"))
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")

ANSWER_EACH_LINE = """
import { createInterface } from "node:readline";
const { ownVisibleCharacters } = await import(process.argv[1]);
for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const characters = ownVisibleCharacters(JSON.parse(line));
  console.log(JSON.stringify({ characters, milliseconds: performance.now() - start }));
}
"""

Count = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def in_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Count]:
    """What the browser counts in a text: one node for the whole module, a line in, a line out."""
    assert NODE is not None
    module = tmp_path_factory.mktemp("js") / "visible.mjs"  # node tells a module by its name
    shutil.copy(ROOT / "static/js/visible.js", module)
    command = [NODE, "--input-type=module", "--eval", ANSWER_EACH_LINE, module.as_uri()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as node:
        assert node.stdin is not None
        assert node.stdout is not None
        stdin, stdout = node.stdin, node.stdout

        def count(source: str) -> dict[str, Any]:
            stdin.write(json.dumps(source) + "\n")
            stdin.flush()
            answer = stdout.readline()
            assert answer, "the module threw an error"
            found: dict[str, Any] = json.loads(answer)
            return found

        yield count
        stdin.close()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_browser_counts_as_the_table_says(in_browser: Count, vector: dict[str, Any]) -> None:
    assert in_browser(vector["source"])["characters"] == vector["characters"]


# Hypothesis draws from these lists by turns, so that marks meet marks of their own kind.
BLOCKS = "> |>|- |-|+ |* |1. |2) |10. |# |## |#|---|***\n|- - -\n|___|```|```\n|~~~|````|\n|\n\n|\r\n|\t|    |  | |a|bø"
LINES = (
    r"*|**|***|_|__|`|``|\|\\|[|]|](|(|)|<|>|!|](/a)|[a](|&colon;|&#58;|&amp;|<b>|javascript:| |a|ø|.|«|½|'"
)
ADDRESSES = "https://|HTTP://|www.|x|a.no|@|.|no|)|(|/| |,|<|>|[|](http://|](https://www.|æ|1|mailto:|ftp://|-|:|»|_|*"
LETTERS = "e\u0301|\u0301|\u200b|\u200d|\u202e|\xa0|\u2003|\u2028|\xad|\u034f|\u1100|\u1161|\ud55c|😀|\U0001f3fd|\x00"
KINDS = [list(kind.split("|")) for kind in (BLOCKS, LINES, ADDRESSES, LETTERS)]
MARKDOWN = st.one_of(
    *(st.lists(st.sampled_from(kind), max_size=40).map("".join) for kind in KINDS),
    st.lists(st.sampled_from(sum(KINDS, ["\\\n"])), max_size=40).map("".join),
)


@settings(
    max_examples=1_000,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(source=MARKDOWN)
def test_the_browser_and_the_server_count_alike(in_browser: Count, source: str) -> None:
    assert in_browser(source)["characters"] == own_visible_characters(source)


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "![",
        "[a](b",
        "*a_ ",
        "**a *b ",
        "`a``b",
        "<a",
        "https://a(",
        "a@",
        "- ",
        "> ",
        "# a\n",
        "```\n",
        "1. a\n ",
        "#",
    ],
)
def test_the_counter_keeps_up_with_typing_in_the_longest_post(in_browser: Count, piece: str) -> None:
    assert in_browser((piece * 20_000)[:20_000])["milliseconds"] < 1_000
