"""BLT, the common file format of ranked papers: reading with its many variants, writing with none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from ballot.counting.paper_file import (
    BadFile,
    PaperFile,
    check_size,
    lines_of,
    shown,
    weight_of,
    whole_number,
)
from ballot.counting.profile import Profile, Rank, Ranking, groups, members, tidy

PLAIN = re.compile(r"[0-9 ]+")
"""A paper line of numbers only, which nearly all are."""
ALTERNATIVE_NAME = re.compile(r"\s*#\s*ALTERNATIVE NAME\s+([0-9]{1,4})\s*:\s*(.*?)\s*")
"""Names as PrefLib gives them, also seen in BLT files whose names stand in comments only."""
PAPER_ID = re.compile(r"\s*\([^()]*\)")
TOKEN = re.compile(r"[()]|[^\s()]+")
QUOTED = re.compile(r'"((?:[^"]|"")*)"')


def read_blt(text: str, *, drop_withdrawn: bool = False) -> PaperFile:
    """Read a BLT file.

    Grammar: candidates seats [-k ...] {[(id)] weight {rank} 0} 0 names title [source]. A rank is k, k=k or
    (k k) for equals, or - for one that was skipped (those below move up). The 0 that ends a paper may be
    missing at the end of a line. Raises BadFile with the line. A paper that ranks a withdrawn candidate is
    an error, unless `drop_withdrawn` strikes them from the papers.
    """
    return _Reader(text, drop_withdrawn=drop_withdrawn).read()


def write_blt(profile: Profile, seats: int, title: str = "") -> str:
    """The papers as BLT: one line per different paper, quoted names, LF.

    Withdrawn candidates are named and struck from the papers. Points cannot be written: ValueError.
    """
    if profile.scores:
        raise ValueError("BLT has no place for points")
    lines = [f"{len(profile.candidates)} {seats}"]
    lines += [f"-{candidate}" for candidate in sorted(profile.withdrawn)]
    if profile.blank:
        lines.append(f"{profile.blank} 0")
    for weight, ranking in profile.without_withdrawn().papers:
        places = " ".join("=".join(map(str, group)) for group in groups(ranking))
        lines.append(f"{weight} {places} 0")
    lines.append("0")
    lines += [_quoted(name) for name in (*profile.candidates, title)]
    return "\n".join(lines) + "\n"


class _Reader:
    def __init__(self, text: str, *, drop_withdrawn: bool) -> None:
        self.drop_withdrawn = drop_withdrawn
        self.candidates = 0
        self.seats = 0
        self.everyone: frozenset[int] = frozenset()
        self.withdrawn: set[int] = set()
        self.names_in_comments: dict[int, str] = {}
        self.lines = self._significant(text)
        self.last_line = 1

    def read(self) -> PaperFile:
        first = self._header()
        papers: dict[Ranking, int] = {}
        rest = ""
        seen: dict[str, tuple[int, Ranking]] = {}
        for number, line in chain([first], self.lines):
            known = seen.get(line)
            if known is not None:
                papers[known[1]] += known[0]
                continue
            ended, rest = self._paper_line(number, line, papers, seen)
            if ended:
                break
        else:
            raise BadFile("the 0 that ends the papers is missing; the file is cut short", self.last_line)
        names, title = self._names(number, rest)
        profile = Profile.of(
            names, ((weight, ranking) for ranking, weight in papers.items()), withdrawn=self.withdrawn
        )
        return PaperFile(profile, self.seats, title)

    def _significant(self, text: str) -> Iterator[tuple[int, str]]:
        """Lines that say something, without comments; names that stand in comments are kept aside."""
        for number, line in lines_of(text.removeprefix("\ufeff")):
            self.last_line = number
            if "#" in line:
                name = ALTERNATIVE_NAME.fullmatch(line)
                if name:
                    self.names_in_comments[int(name[1])] = name[2]
                line = _without_comment(line)
            if line and not line.isspace():
                yield number, line

    def _next(self, missing: str) -> tuple[int, str]:
        found = next(self.lines, None)
        if found is None:
            raise BadFile(missing, self.last_line)
        return found

    def _header(self) -> tuple[int, str]:
        """Numbers of candidates and seats, then the withdrawn; gives the first line after them."""
        number, line = self._next("the file is empty")
        tokens = line.split()
        if "," in line or ";" in line:
            raise BadFile("this is a CSV file, not BLT: the first line has its cells separated", number)
        if len(tokens) != 2:
            raise BadFile(
                f"expected the numbers of candidates and seats, found {shown(line.strip())}", number
            )
        self.candidates = whole_number(tokens[0], "the number of candidates", number)
        self.seats = whole_number(tokens[1], "the number of seats", number)
        check_size(self.candidates, self.seats, number)
        self.everyone = frozenset(range(1, self.candidates + 1))
        cut_short = "there are no papers and no names; the file is cut short"
        number, line = self._next(cut_short)
        while all(token.startswith("-") and len(token) > 1 for token in line.split()):
            for token in line.split():
                candidate = -whole_number(token, "a withdrawn candidate", number)
                if not 1 <= candidate <= self.candidates:
                    raise BadFile(f"there is no candidate {candidate} to withdraw", number)
                self.withdrawn.add(candidate)
            number, line = self._next(cut_short)
        return number, line

    def _paper_line(
        self, number: int, line: str, papers: dict[Ranking, int], seen: dict[str, tuple[int, Ranking]]
    ) -> tuple[bool, str]:
        """Add the papers of one line; whether the 0 that ends all papers was met, and what stands after it."""
        if PLAIN.fullmatch(line):
            # The usual line: weight, numbers, 0. `read` recognises equal ones by their text.
            first, _, rest = line.strip().partition(" ")
            if first != "0" and rest.endswith(" 0") and " 0 " not in rest and not rest.startswith("0"):
                weight, ranking = weight_of(first, number), self._plain_ranking(rest[:-2].split(), number)
                papers[ranking] = papers.get(ranking, 0) + weight
                seen[line] = weight, ranking
                return False, ""
        return self._any_paper_line(number, line, papers)

    def _any_paper_line(self, number: int, line: str, papers: dict[Ranking, int]) -> tuple[bool, str]:
        while line.strip():
            identity = PAPER_ID.match(line)
            if identity:
                line = line[identity.end() :]
            first = TOKEN.search(line)
            if first is None:
                raise BadFile("a paper has an id and nothing else", number)
            line = line[first.end() :]
            if first[0] == "0" and identity is None:
                if line.strip() and PLAIN.fullmatch(line):
                    raise BadFile("the number of papers is 0, below 1", number)
                return True, line
            if "," in first[0]:
                raise BadFile("this is a line of CSV, not BLT: its cells are separated by commas", number)
            if '"' in first[0]:
                raise BadFile("names begin before the 0 that ends the papers", number)
            weight = weight_of(first[0], number)
            tokens: list[str] = []
            for token in TOKEN.finditer(line):
                if token[0] == "0":
                    line = line[token.end() :]
                    break
                tokens.append(token[0])
            else:
                line = ""
            ranking = self._ranking(tokens, number)
            papers[ranking] = papers.get(ranking, 0) + weight
        return False, ""

    def _plain_ranking(self, tokens: list[str], number: int) -> Ranking:
        """The ranking of numbers alone; whatever is wrong with it is for `_ranking` to say."""
        if not self.withdrawn and max(map(len, tokens), default=0) < 6:
            ranking = tuple(map(int, tokens))
            if self.everyone.issuperset(ranking) and len(set(ranking)) == len(ranking):
                return ranking
        return self._ranking(tokens, number)

    def _ranking(self, tokens: list[str], number: int) -> Ranking:
        places: list[Rank] = []
        equals: list[int] | None = None
        for piece in tokens:
            if piece == "(":
                if equals is not None:
                    raise BadFile("a ( stands inside another", number)
                equals = []
            elif piece == ")":
                if equals is None:
                    raise BadFile("a ) has no ( before it", number)
                places.append(tuple(equals))
                equals = None
            elif piece == "-":
                continue
            else:
                same = tuple(self._candidate(part, number) for part in piece.split("="))
                if equals is None:
                    places.append(same)
                else:
                    equals.extend(same)
        if equals is not None:
            raise BadFile("a ( has no ) after it", number)
        ranking = tidy(tuple(places))
        self._check(ranking, number)
        return ranking

    def _candidate(self, token: str, number: int) -> int:
        candidate = whole_number(token, "a ranked candidate", number)
        if not 1 <= candidate <= self.candidates:
            raise BadFile(
                f"there is no candidate {candidate}; they are numbered 1 to {self.candidates}", number
            )
        return candidate

    def _check(self, ranking: Ranking, number: int) -> None:
        named = members(ranking)
        if len(named) > self.candidates:
            raise BadFile(f"{len(named)} are ranked, and there are {self.candidates} candidates", number)
        if len(set(named)) != len(named):
            twice = next(k for place, k in enumerate(named) if k in named[:place])
            raise BadFile(f"candidate {twice} is ranked twice on one paper", number)
        if self.withdrawn and not self.drop_withdrawn:
            gone = self.withdrawn.intersection(named)
            if gone:
                raise BadFile(f"candidate {min(gone)} has withdrawn, and is ranked here", number)

    def _names(self, number: int, rest: str) -> tuple[list[str], str]:
        """Names in candidate order and the title, from what follows the papers."""
        items: list[str] = []
        lines = [(number, rest)] if rest.strip() else []
        lines += list(self.lines)
        for at, line in lines:
            items += _items(line.strip(), at)
        if len(items) < self.candidates and len(lines) == 1 and '"' not in lines[0][1]:
            # Single words without quotes may stand on one line.
            items = lines[0][1].split()
        if not items and self.names_in_comments:
            items = [self.names_in_comments.get(k, "") for k in range(1, self.candidates + 1)]
        if len(items) < self.candidates:
            raise BadFile(
                f"there are {len(items)} names for {self.candidates} candidates; the file is cut short",
                self.last_line,
            )
        if len(items) > self.candidates + 3:
            raise BadFile(
                f"there are more names than the {self.candidates} candidates and a title", self.last_line
            )
        names = items[: self.candidates]
        for place, name in enumerate(names, start=1):
            if not name:
                raise BadFile(f"candidate {place} has no name", self.last_line)
        return names, items[self.candidates] if len(items) > self.candidates else ""


def _items(line: str, number: int) -> list[str]:
    """The names of one line: those in quotes, then what is left as one name."""
    items: list[str] = []
    while line.startswith('"'):
        quoted = QUOTED.match(line)
        if quoted is None:
            raise BadFile("a quotation mark has no other to end it; the file is cut short", number)
        items.append(quoted[1].replace('""', '"').strip())
        line = line[quoted.end() :].strip()
    return [*items, line] if line else items


def _without_comment(line: str) -> str:
    inside = False
    for place, letter in enumerate(line):
        if letter == '"':
            inside = not inside
        elif letter == "#" and not inside:
            return line[:place]
    return line


def _quoted(name: str) -> str:
    return '"' + " ".join(name.split()).replace('"', '""') + '"'
