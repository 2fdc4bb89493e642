"""PrefLib's files of orders (.soc, .soi, .toc, .toi), as researchers publish them."""

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
from ballot.counting.profile import Profile, Ranking, members, tidy

HEADER = re.compile(r"#\s*([A-Z][A-Z0-9 ]*?)\s*:\s*(.*?)\s*")
PLACE = re.compile(r"\s*(?:\{([^{}]*)\}|([^,{}]*))\s*(,|$)")


def read_preflib(text: str) -> PaperFile:
    """Read `# KEY: value` headers, then lines `weight: 1,{2,3},4` (ties in braces). There are no seats.

    Where the header gives the number of voters it must be that of the papers. Raises BadFile with the line.
    """
    facts: dict[str, str] = {}
    names: dict[int, str] = {}
    papers: dict[Ranking, int] = {}
    candidates = 0
    number = 1
    for number, line in lines_of(text.removeprefix("\ufeff")):
        if not line.strip():
            continue
        if line.startswith("#"):
            header = HEADER.fullmatch(line)
            if header is None:
                continue
            key, value = header[1], header[2]
            if key.startswith("ALTERNATIVE NAME "):
                names[whole_number(key.removeprefix("ALTERNATIVE NAME "), "a candidate", number)] = value
            else:
                facts[key] = value
            if key == "NUMBER ALTERNATIVES":
                candidates = whole_number(value, "the number of candidates", number)
                check_size(candidates, None, number)
            continue
        if not candidates:
            raise BadFile("the header does not give the NUMBER ALTERNATIVES before the papers", number)
        weight, colon, order = line.partition(":")
        if not colon:
            raise BadFile(f"expected a number of papers and a colon, found {shown(line)}", number)
        ranking = _ranking(order, candidates, number)
        papers[ranking] = papers.get(ranking, 0) + weight_of(weight.strip(), number)
    if not candidates:
        raise BadFile("the file is empty" if number == 1 else "the header has no NUMBER ALTERNATIVES", number)
    if sorted(names) != list(range(1, candidates + 1)) or not all(names.values()):
        raise BadFile(f"there are not names for all {candidates} candidates", number)
    voters = facts.get("NUMBER VOTERS")
    if voters is not None and whole_number(voters, "the number of voters", None) != sum(papers.values()):
        raise BadFile(
            f"the header says {shown(voters)} voters, and there are {sum(papers.values())} papers; "
            "the file is cut short or was changed",
            number,
        )
    ordered = [names[k] for k in range(1, candidates + 1)]
    profile = Profile.of(ordered, ((weight, ranking) for ranking, weight in papers.items()))
    return PaperFile(profile, title=facts.get("TITLE", ""))


def _ranking(order: str, candidates: int, line: int) -> Ranking:
    groups: list[tuple[int, ...]] = []
    at, more = 0, bool(order.strip())
    while more:
        place = PLACE.match(order, at)
        if place is None:
            raise BadFile(f"the order {shown(order.strip())} has a brace too few or too many", line)
        inside = place[1] if place[1] is not None else place[2]
        tokens = [token.strip() for token in inside.split(",")] if inside.strip() else []
        if place[1] is None and not tokens:
            raise BadFile("a place in the order is empty", line)
        groups.append(tuple(_candidate(token, candidates, line) for token in tokens))
        at, more = place.end(), place[3] == ","
    ranking = tidy(tuple(groups))
    named = members(ranking)
    if len(set(named)) != len(named):
        raise BadFile("a candidate is ranked twice on one paper", line)
    return ranking


def _candidate(token: str, candidates: int, line: int) -> int:
    candidate = whole_number(token, "a ranked candidate", line)
    if not 1 <= candidate <= candidates:
        raise BadFile(f"there is no candidate {candidate}; they are numbered 1 to {candidates}", line)
    return candidate
