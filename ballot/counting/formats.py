"""Files of papers in and out: BLT, CSV, our JSON, evalg's, PrefLib and ABIF; errors with the line and what is wrong."""

from __future__ import annotations

from pathlib import PurePath

from ballot.counting.abif import read_abif, write_abif
from ballot.counting.blt import read_blt, write_blt
from ballot.counting.csv_papers import read_csv, write_csv
from ballot.counting.json_papers import read_json, write_json
from ballot.counting.paper_file import MOST_BYTES, BadFile, PaperFile
from ballot.counting.preflib import read_preflib
from ballot.counting.profile import BadPaper

PREFLIB = (".soc", ".soi", ".toc", ".toi")

__all__ = [
    "MOST_BYTES",
    "BadFile",
    "PaperFile",
    "read_papers",
    "write_abif",
    "write_blt",
    "write_csv",
    "write_json",
]


def read_papers(data: bytes, name: str, *, points: bool = False, drop_withdrawn: bool = False) -> PaperFile:
    """Read a file of papers; its kind follows from the ending of `name`.

    `points`: read what a CSV or ABIF file says as points, for `score`. `drop_withdrawn`: strike withdrawn
    candidates from papers that rank them, instead of refusing the file. Raises BadFile.
    """
    if len(data) > MOST_BYTES:
        raise BadFile(f"the file has {len(data)} bytes, and the most that is read is {MOST_BYTES}")
    if not data.strip():
        raise BadFile("the file is empty", 1)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise BadFile("the file is not UTF-8 text", line) from problem
    if "\0" in text:
        raise BadFile("the file is not text", text.count("\n", 0, text.index("\0")) + 1)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    ending = PurePath(name).suffix.lower()
    try:
        if ending == ".blt":
            return read_blt(text, drop_withdrawn=drop_withdrawn)
        if ending == ".csv":
            return read_csv(text, points=points)
        if ending == ".json":
            return read_json(text, drop_withdrawn=drop_withdrawn)
        if ending in PREFLIB:
            return read_preflib(text)
        if ending == ".abif":
            return read_abif(text, points=points)
    except BadPaper as problem:
        raise BadFile(str(problem)) from problem
    raise BadFile("the name does not end in .blt, .csv, .json, .soc, .soi, .toc, .toi or .abif")
