"""Our own JSON of papers: candidates, seats, and papers packed with their weights."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from ballot.counting.evalg import MARK, read_evalg
from ballot.counting.paper_file import BadFile, PaperFile, check_size, shown
from ballot.counting.profile import MOST_PAPERS, BadPaper, Profile, Ranking, Scores, groups, tidy

FIELDS = frozenset({"candidates", "seats", "papers", "title", "withdrawn"})
MOST_POINTS = 10**6


def read_json(text: str, *, drop_withdrawn: bool = False) -> PaperFile:
    """Read `{"candidates": [names], "seats": n, "papers": [[weight, [[first rank], [second], ...]]]}`.

    For points an object `{"candidate number": points}` stands in place of the ranks; `title` and `withdrawn`
    (numbers) may be there. A file with `candidateNames` is one of evalg's. Raises BadFile with the line, and
    with the number of the paper.
    """
    data = _parsed(text)
    if not isinstance(data, dict):
        raise BadFile("the file is not an object with candidates, seats and papers", 1)
    if MARK in data:
        return read_evalg(data)
    unknown = sorted(set(data) - FIELDS)
    if unknown:
        raise BadFile(f"there is no field {shown(unknown[0])}", 1)
    names = data.get("candidates")
    if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names):
        raise BadFile("candidates is not a list of names", 1)
    seats = data.get("seats")
    if seats is not None and not _is_whole(seats):
        raise BadFile("seats is not a whole number", 1)
    check_size(len(names), seats, 1)
    title = data.get("title", "")
    if not isinstance(title, str):
        raise BadFile("title is not a text", 1)
    withdrawn = data.get("withdrawn", [])
    if not isinstance(withdrawn, list) or not all(_is_whole(k) and 1 <= k <= len(names) for k in withdrawn):
        raise BadFile("withdrawn is not a list of candidate numbers", 1)
    listed = data.get("papers")
    if not isinstance(listed, list):
        raise BadFile("papers is not a list", 1)
    reader = _Papers(len(names), frozenset() if drop_withdrawn else frozenset(withdrawn))
    for place, paper in enumerate(listed, start=1):
        try:
            reader.add(place, paper)
        except BadFile as problem:
            raise BadFile(problem.what, _line_of_paper(text, place)) from problem
    return PaperFile(reader.profile(names, withdrawn), seats, title)


def write_json(profile: Profile, seats: int, title: str = "") -> str:
    """The papers as our JSON, one different paper per line, LF; withdrawn candidates struck from them."""
    struck = profile.without_withdrawn()
    papers: list[list[object]] = [[profile.blank, []]] if profile.blank else []
    papers += [[weight, [list(group) for group in groups(ranking)]] for weight, ranking in struck.papers]
    papers += [[weight, {str(k): number for k, number in scores}] for weight, scores in struck.scores]
    head: dict[str, object] = {"candidates": list(profile.candidates), "seats": seats}
    if title:
        head["title"] = title
    if profile.withdrawn:
        head["withdrawn"] = sorted(profile.withdrawn)
    fields = [f"{_dumped(key)}: {_dumped(value)}" for key, value in head.items()]
    lines = ",\n".join(f"  {_dumped(paper)}" for paper in papers)
    return "{" + ",\n ".join(fields) + ',\n "papers": [\n' + lines + "\n]}\n"


class _Papers:
    def __init__(self, candidates: int, gone: frozenset[int]) -> None:
        self.candidates = candidates
        self.gone = gone
        self.rankings: dict[Ranking, int] = {}
        self.scores: dict[Scores, int] = {}
        self.blank = 0

    def add(self, place: int, paper: object) -> None:
        """Check one `[weight, ranks or points]` and pack it; `place` is its number in the file."""
        if not isinstance(paper, list) or len(paper) != 2:
            raise BadFile(f"paper {place} is not [weight, ranks]")
        weight, given = paper
        if not _is_whole(weight) or not 1 <= weight <= MOST_PAPERS:
            raise BadFile(f"the weight of paper {place} is not between 1 and {MOST_PAPERS}")
        if isinstance(given, dict):
            scores = self._points(place, given)
            self.scores[scores] = self.scores.get(scores, 0) + weight
            return
        if not isinstance(given, list) or not all(isinstance(group, list) for group in given):
            raise BadFile(f"paper {place} is not [weight, [[candidates of first rank], ...]]")
        named = [candidate for group in given for candidate in group]
        self._check(place, named)
        ranking = tidy(tuple(tuple(group) for group in given))
        if ranking:
            self.rankings[ranking] = self.rankings.get(ranking, 0) + weight
        else:
            self.blank += weight

    def profile(self, names: Iterable[str], withdrawn: Iterable[int]) -> Profile:
        if self.rankings and self.scores:
            raise BadFile("some papers have ranks and others points")
        candidates = list(names)
        try:
            if self.scores:
                scored = [(weight, scores) for scores, weight in self.scores.items()]
                if self.blank:
                    scored.append((self.blank, ()))
                return Profile.of_scores(candidates, scored, withdrawn=withdrawn)
            ranked = [(weight, ranking) for ranking, weight in self.rankings.items()]
            if self.blank:
                ranked.append((self.blank, ()))
            return Profile.of(candidates, ranked, withdrawn=withdrawn)
        except BadPaper as problem:
            raise BadFile(str(problem)) from problem

    def _points(self, place: int, given: dict[object, object]) -> Scores:
        pairs: list[tuple[int, int]] = []
        for key, points in given.items():
            if not isinstance(key, str) or not (key.isascii() and key.isdecimal()) or len(key) > 6:
                raise BadFile(
                    f"paper {place} gives points to {shown(str(key))}, which is no candidate number"
                )
            if not isinstance(points, int) or isinstance(points, bool) or not 0 <= points <= MOST_POINTS:
                raise BadFile(f"paper {place} gives candidate {key} points that are no whole number from 0")
            pairs.append((int(key), points))
        self._check(place, [k for k, _ in pairs])
        return tuple(sorted(pairs))

    def _check(self, place: int, named: list[object]) -> None:
        for candidate in named:
            if not _is_whole(candidate) or not 1 <= candidate <= self.candidates:  # type: ignore[operator]  # is whole
                what = shown(str(candidate))
                raise BadFile(f"paper {place} names {what}; candidates are numbered 1 to {self.candidates}")
            if candidate in self.gone:
                raise BadFile(f"paper {place} names candidate {candidate}, who has withdrawn")
        if len(set(named)) != len(named):
            twice = next(k for at, k in enumerate(named) if k in named[:at])
            raise BadFile(f"paper {place} names candidate {twice} twice")


def _line_of_paper(text: str, place: int) -> int | None:
    """The line on which paper number `place` begins, found by reading the papers before it once more."""
    decoder = json.JSONDecoder()
    between = re.compile(r"[\s,]*")
    opening = re.search(r'"papers"\s*:\s*\[', text)
    if opening is None:
        return None
    at = opening.end()
    for turn in range(place):
        skipped = between.match(text, at)
        at = skipped.end() if skipped else at
        if turn == place - 1:
            return text.count("\n", 0, at) + 1
        _, at = decoder.raw_decode(text, at)
    return None


def _parsed(text: str) -> object:
    try:
        return json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_no_key_twice,
            parse_float=_no_fraction,
            parse_constant=_no_fraction,
        )
    except json.JSONDecodeError as problem:
        raise BadFile(f"this is not JSON: {problem.msg}", problem.lineno) from problem
    except BadFile:
        raise
    except RecursionError as problem:
        raise BadFile("the JSON is nested too deep", 1) from problem
    except ValueError as problem:
        raise BadFile("a number has more digits than any election has") from problem


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise BadFile(f"the key {shown(next(key for key in keys if keys.count(key) > 1))} stands twice")
    return found


def _no_fraction(token: str) -> object:
    raise BadFile(f"{shown(token)} is not a whole number")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
