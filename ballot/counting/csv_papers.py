"""Papers in CSV: cast-vote records one row a paper, the same with a weight, and Scotland's own."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from ballot.counting.paper_file import (
    BadFile,
    PaperFile,
    check_size,
    lines_of,
    shown,
    weight_of,
    whole_number,
)
from ballot.counting.profile import Profile, Rank, Ranking, Scores, groups, tidy

WEIGHT_COLUMNS = frozenset({"weight", "vekt", "antall", "count"})
IDENTITY_COLUMNS = frozenset({"id", "ballot", "paper", "stemmeseddel"})
RANK_COLUMN = re.compile(r"(?:rank|choice|preferanse)?[ _]?([0-9]{1,4})", re.IGNORECASE)
NOT_MARKED = frozenset({"", "skipped", "undervote"})
OVERVOTE = "overvote"

Row = tuple[int, list[str]]


def read_csv(text: str, *, points: bool = False) -> PaperFile:
    """Read papers from CSV with commas or semicolons.

    Three forms, told apart by the first row: `1,2,3` heads rank columns that hold names; two numbers alone
    head Scotland's form (candidates, seats; weight and numbers; "Candidate k", name, party; ward); anything
    else is a row of candidates, over their ranks (or, with `points`, over their points). A column named
    weight says how many such papers a row is. Candidates of rank columns are numbered by their names in
    alphabetical order, so that the order of rows means nothing. Raises BadFile with the line.
    """
    rows = _rows(text.removeprefix("\ufeff"))
    first = next(rows, None)
    if first is None:
        raise BadFile("the file is empty", 1)
    number, header = first
    cells = [cell.strip() for cell in header]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) == 2 and all(cell.isascii() and cell.isdecimal() for cell in cells) and cells != ["1", "2"]:
        return _scottish(number, cells, rows)
    columns = dict(enumerate(cells))
    weight = next((place for place, cell in columns.items() if cell.lower() in WEIGHT_COLUMNS), None)
    if weight is not None:
        del columns[weight]
    if columns and columns[min(columns)].lower() in IDENTITY_COLUMNS:
        del columns[min(columns)]
    if not columns:
        raise BadFile("the first row names no ranks and no candidates", number)
    ranks = [RANK_COLUMN.fullmatch(cell) for cell in columns.values()]
    table = _Table(list(columns), weight, rows)
    if [int(match[1]) for match in ranks if match] == list(range(1, len(columns) + 1)):
        if points:
            raise BadFile("rank columns hold no points", number)
        return _by_rank_columns(table)
    names = list(columns.values())
    if len(set(names)) != len(names) or "" in names:
        raise BadFile("a candidate's column has no name, or two have the same", number)
    check_size(len(names), None, number)
    return _by_candidate_columns(table, names, points=points)


def write_csv(profile: Profile) -> str:
    """The papers as CSV: a weight, then a column per candidate with the rank (or the points), LF."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["weight", *profile.candidates])
    standing = range(1, len(profile.candidates) + 1)
    if profile.blank:
        writer.writerow([profile.blank, *("" for _ in standing)])
    struck = profile.without_withdrawn()
    for weight, ranking in struck.papers:
        rank = {k: place for place, group in enumerate(groups(ranking), start=1) for k in group}
        writer.writerow([weight, *(rank.get(k, "") for k in standing)])
    for weight, scores in struck.scores:
        given = dict(scores)
        writer.writerow([weight, *(given.get(k, "") for k in standing)])
    return out.getvalue()


class _Table:
    """The rows under a header: `columns` are the places that matter, `weight` the place of the weight."""

    def __init__(self, columns: Sequence[int], weight: int | None, rows: Iterator[Row]) -> None:
        self.columns = columns
        self.weight = weight
        self.rows = rows
        self.widest = max([*columns, weight or 0]) + 1

    def papers(self) -> Iterator[tuple[int, int, list[str]]]:
        """(line, weight, cells of the columns that matter) of every row."""
        for number, row in self.rows:
            if any(cell.strip() for cell in row[self.widest :]):
                raise BadFile(f"the row has {len(row)} cells, more than the first row", number)
            cells = [row[place].strip() if place < len(row) else "" for place in self.columns]
            weight = 1
            if self.weight is not None:
                weight = weight_of(row[self.weight].strip() if self.weight < len(row) else "", number)
            yield number, weight, cells


def _by_rank_columns(table: _Table) -> PaperFile:
    """Names in the order of preference; a name that is new is a candidate."""
    rows: dict[tuple[str, ...], int] = {}
    for number, weight, cells in table.papers():
        names: list[str] = []
        for cell in cells:
            if cell.lower() == OVERVOTE:
                break
            if cell.lower() not in NOT_MARKED:
                names.append(cell)
        if len(set(names)) != len(names):
            twice = next(name for place, name in enumerate(names) if name in names[:place])
            raise BadFile(f"{shown(twice)} is ranked twice on one paper", number)
        rows[tuple(names)] = rows.get(tuple(names), 0) + weight
    candidates = sorted({name for names in rows for name in names})
    check_size(len(candidates), None, 1)
    numbers = {name: place for place, name in enumerate(candidates, start=1)}
    papers = ((weight, tuple(numbers[name] for name in names)) for names, weight in rows.items())
    return PaperFile(Profile.of(candidates, papers))


def _by_candidate_columns(table: _Table, names: list[str], *, points: bool) -> PaperFile:
    """Ranks under the candidates (equal ones are equal, gaps close), or points."""
    rankings: dict[Ranking, int] = {}
    scores: dict[Scores, int] = {}
    for number, weight, cells in table.papers():
        given = [
            (k, whole_number(cell, "a rank" if not points else "a number of points", number))
            for k, cell in enumerate(cells, start=1)
            if cell
        ]
        if points:
            if any(value < 0 for _, value in given):
                raise BadFile("a number of points is below 0", number)
            scores[tuple(given)] = scores.get(tuple(given), 0) + weight
            continue
        if any(value < 1 for _, value in given):
            raise BadFile("a rank is below 1", number)
        ranks = sorted({rank for _, rank in given})
        ranking = tidy(tuple(tuple(k for k, rank in given if rank == place) for place in ranks))
        rankings[ranking] = rankings.get(ranking, 0) + weight
    if points:
        return PaperFile(Profile.of_scores(names, ((weight, given) for given, weight in scores.items())))
    return PaperFile(Profile.of(names, ((weight, ranking) for ranking, weight in rankings.items())))


def _scottish(number: int, header: list[str], rows: Iterator[Row]) -> PaperFile:
    """`ncand,nseats,` / `weight,c1,c2,` / `"Candidate k","name","party",` / `"ward",` (scot-elex)."""
    candidates = whole_number(header[0], "the number of candidates", number)
    seats = whole_number(header[1], "the number of seats", number)
    check_size(candidates, seats, number)
    papers: dict[Ranking, int] = {}
    names: dict[int, str] = {}
    title = ""
    last = number
    for last, row in rows:
        cells = [cell.strip() for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        named = re.fullmatch(r"Candidate ([0-9]{1,4})", cells[0])
        if named:
            party = f" ({cells[2]})" if len(cells) > 2 else ""
            names[int(named[1])] = (cells[1] if len(cells) > 1 else "") + party
        elif names:
            title = cells[0]
        else:
            places: list[Rank] = [_number(cell, candidates, last) for cell in cells[1:]]
            if len(set(places)) != len(places):
                raise BadFile("a candidate is ranked twice on one paper", last)
            ranking = tuple(places)
            papers[ranking] = papers.get(ranking, 0) + weight_of(cells[0], last)
    if sorted(names) != list(range(1, candidates + 1)) or not all(names.values()):
        raise BadFile(f"there are not names for all {candidates} candidates; the file is cut short", last)
    ordered = [names[k] for k in range(1, candidates + 1)]
    profile = Profile.of(ordered, ((weight, ranking) for ranking, weight in papers.items()))
    return PaperFile(profile, seats, title)


def _number(cell: str, candidates: int, line: int) -> int:
    candidate = whole_number(cell, "a ranked candidate", line)
    if not 1 <= candidate <= candidates:
        raise BadFile(f"there is no candidate {candidate}; they are numbered 1 to {candidates}", line)
    return candidate


def _rows(text: str) -> Iterator[Row]:
    """(line, cells) of every row that is not an empty line; a row of empty cells is a blank paper."""
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(_physical_lines(text), delimiter=delimiter, strict=True)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as problem:
            raise BadFile(f"this is not CSV: {problem}", reader.line_num) from problem
        if row is None:
            return
        if row:
            yield reader.line_num, row


def _physical_lines(text: str) -> Iterable[str]:
    for _, line in lines_of(text):
        yield line + "\n"
