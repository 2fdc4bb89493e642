"""ABIF, papers as they are written in an e-mail: `27:A>B=C>D`."""

from __future__ import annotations

import re

from ballot.counting.paper_file import (
    BadFile,
    PaperFile,
    check_size,
    lines_of,
    shown,
    weight_of,
    whole_number,
)
from ballot.counting.profile import Profile, Ranking, Scores, groups, tidy

METADATA = re.compile(r'\{\s*"?(\w+)"?\s*:\s*"?(.*?)"?\s*\}')
NAMED = re.compile(r"=\s*(?:\[([^\]]+)\]|([^:\[\]]+?))\s*:\s*(?:\[([^\]]*)\]|(.*?))\s*")
CANDIDATE = re.compile(r"\s*(?:\[([^\]]+)\]|([^\[\]>=,/:]+?))\s*(?:/\s*(-?[0-9.]+)\s*)?([>=,]|$)")


def read_abif(text: str, *, points: bool = False) -> PaperFile:
    """Read ABIF: `{key: value}`, `=A:[Full Name]`, and papers `27:A>B=C>D`, with points as `A/5`.

    Candidates are numbered in the order of their `=` lines, then the others by token in alphabetical order.
    With `points` the points are read. Where a paper only lists candidates with points, separated by commas,
    the points rank them. Raises BadFile with the line.
    """
    names: dict[str, str] = {}
    tokens: set[str] = set()
    papers: list[tuple[int, int, list[tuple[str, int | None, str]]]] = []
    title = ""
    number = 1
    for number, line in lines_of(text.removeprefix("\ufeff")):
        said = re.sub(r"(^|\s)#.*", "", line).strip()
        if not said:
            continue
        if said.startswith("{"):
            metadata = METADATA.fullmatch(said)
            if metadata is None:
                raise BadFile(f"expected {{key: value}}, found {shown(said)}", number)
            if metadata[1] == "title":
                title = metadata[2]
        elif said.startswith("="):
            named = NAMED.fullmatch(said)
            if named is None:
                raise BadFile(f"expected =token:[name], found {shown(said)}", number)
            token = (named[1] or named[2]).strip()
            if token in names:
                raise BadFile(f"the candidate {shown(token)} is named twice", number)
            names[token] = (named[3] if named[3] is not None else named[4]).strip() or token
        else:
            weight, colon, order = said.partition(":")
            if not colon:
                raise BadFile(f"expected a number of papers and a colon, found {shown(said)}", number)
            places = _places(order, number)
            tokens.update(token for token, _, _ in places)
            papers.append((number, weight_of(weight.strip(), number), places))
    ordered = [*names, *sorted(tokens - set(names))]
    if not ordered:
        raise BadFile("the file is empty" if number == 1 else "there are no candidates and no papers", number)
    check_size(len(ordered), None, number)
    numbers = {token: place for place, token in enumerate(ordered, start=1)}
    full = [names.get(token, token) for token in ordered]
    if points:
        scores = [(weight, _points(places, numbers, at)) for at, weight, places in papers]
        return PaperFile(Profile.of_scores(full, scores), title=title)
    ranked = [(weight, _ranking(places, numbers, at)) for at, weight, places in papers]
    return PaperFile(Profile.of(full, ranked), title=title)


def write_abif(profile: Profile, title: str = "") -> str:
    """The papers as ABIF: names under tokens C1, C2, ..., one different paper per line, LF.

    Blank papers have no place in it and are left out; withdrawn candidates are struck from the papers.
    """
    lines = [f'{{"title": "{_harmless(title)}"}}'] if title else []
    lines += [f"=C{number}:[{_harmless(name)}]" for number, name in enumerate(profile.candidates, start=1)]
    struck = profile.without_withdrawn()
    for weight, ranking in struck.papers:
        lines.append(f"{weight}:" + ">".join("=".join(f"C{k}" for k in group) for group in groups(ranking)))
    for weight, scores in struck.scores:
        lines.append(f"{weight}:" + ",".join(f"C{k}/{points}" for k, points in scores))
    return "\n".join(lines) + "\n"


def _harmless(name: str) -> str:
    """A name without what the format itself is written with."""
    return re.sub(r'[\[\]{}"#\n\r]', " ", name).strip()


def _places(order: str, line: int) -> list[tuple[str, int | None, str]]:
    """(token, points, separator that follows) of one paper."""
    places: list[tuple[str, int | None, str]] = []
    at, more = 0, bool(order.strip())
    while more:
        place = CANDIDATE.match(order, at)
        if place is None:
            raise BadFile(f"{shown(order[at:].strip())} is no candidate", line)
        token = (place[1] or place[2]).strip()
        if any(token == other for other, _, _ in places):
            raise BadFile(f"{shown(token)} stands twice on one paper", line)
        points = None if place[3] is None else whole_number(place[3], "a number of points", line)
        places.append((token, points, place[4]))
        at, more = place.end(), bool(place[4])
    return places


def _ranking(places: list[tuple[str, int | None, str]], numbers: dict[str, int], line: int) -> Ranking:
    separators = {separator for _, _, separator in places if separator}
    if "," in separators:
        if separators != {","} or any(points is None for _, points, _ in places):
            raise BadFile("commas stand only between candidates that all have points", line)
        values = sorted({points or 0 for _, points, _ in places}, reverse=True)
        groups = [tuple(numbers[token] for token, points, _ in places if points == v) for v in values]
        return tidy(tuple(groups))
    groups = []
    same: list[int] = []
    for token, _, separator in places:
        same.append(numbers[token])
        if separator != "=":
            groups.append(tuple(same))
            same = []
    return tidy(tuple(groups))


def _points(places: list[tuple[str, int | None, str]], numbers: dict[str, int], line: int) -> Scores:
    given: list[tuple[int, int]] = []
    for token, points, _ in places:
        if points is None or points < 0:
            raise BadFile(f"{shown(token)} has no points, or points below 0", line)
        given.append((numbers[token], points))
    return tuple(sorted(given))
