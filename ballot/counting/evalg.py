"""Papers of the universities' program evalg 3: `meta`, `candidateNames`, `pollbookNames`, `quotas`, `ballots`."""

from __future__ import annotations

from collections.abc import Mapping

from ballot.counting.paper_file import BadFile, PaperFile, check_size, shown
from ballot.counting.profile import BadPaper, Profile, Ranking
from ballot.counting.quota import Quota

MARK = "candidateNames"
LANGUAGES = ("nb", "nn", "en")


def read_evalg(data: Mapping[str, object]) -> PaperFile:
    """The papers of an evalg 3 file that has been parsed; candidates are numbered in the file's order.

    `numRegular` gives the seats, `numSubstitutes` the deputies, `quotas` the groups of the 40 % rule, as
    the program applies them. Papers of several pollbooks have weights that the file does not hold, so such
    a file is refused. Raises BadFile, with the number of the paper.
    """
    names = _mapping(data.get(MARK), MARK)
    numbers = {key: place for place, key in enumerate(names, start=1)}
    check_size(len(numbers), None, None)
    meta = _mapping(data.get("meta", {}), "meta")
    seats = _places(meta, "numRegular") or None
    check_size(len(numbers), seats, None)
    ballots = data.get("ballots")
    if not isinstance(ballots, list):
        raise BadFile("ballots is not a list")
    books: set[object] = set()
    papers: list[tuple[int, Ranking]] = []
    for place, ballot in enumerate(ballots, start=1):
        ranked = ballot.get("rankedCandidateIds") if isinstance(ballot, dict) else None
        if not isinstance(ranked, list) or not all(isinstance(key, str) for key in ranked):
            raise BadFile(f"ballot {place} has no rankedCandidateIds")
        unknown = [key for key in ranked if key not in numbers]
        if unknown:
            raise BadFile(f"ballot {place} ranks {shown(unknown[0])}, who is no candidate")
        if len(set(ranked)) != len(ranked):
            raise BadFile(f"ballot {place} ranks a candidate twice")
        papers.append((1, tuple(numbers[key] for key in ranked)))
        if ranked:
            books.add(str(ballot.get("pollbookId")))
    if len(books) > 1:
        raise BadFile(
            f"the papers are from {len(books)} pollbooks, and the file does not say what a vote of each weighs"
        )
    try:
        profile = Profile.of([_name(name) for name in names.values()], papers)
    except BadPaper as problem:
        raise BadFile(str(problem)) from problem
    return PaperFile(
        profile,
        seats,
        _name(meta.get("electionName", "")),
        deputies=_places(meta, "numSubstitutes"),
        quota=_quota(data.get("quotas"), numbers),
    )


def _quota(listed: object, numbers: Mapping[str, int]) -> Quota | None:
    if not listed:
        return None
    if not isinstance(listed, list) or not all(isinstance(group, dict) for group in listed):
        raise BadFile("quotas is not a list of groups")
    groups: dict[str, frozenset[int]] = {}
    for place, group in enumerate(listed, start=1):
        keys = group.get("members")
        if not isinstance(keys, list) or not all(key in numbers for key in map(str, keys)):
            raise BadFile(f"quota group {place} has members who are no candidates")
        groups[_name(group.get("name", "")) or str(place)] = frozenset(numbers[str(key)] for key in keys)
    return Quota(groups, members="40", deputies="40")


def _mapping(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise BadFile(f"{what} is not an object")
    return value


def _places(meta: Mapping[str, object], key: str) -> int:
    value = meta.get(key, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadFile(f"{key} is not a whole number")
    return value


def _name(value: object) -> str:
    if isinstance(value, dict):
        value = next((value[language] for language in LANGUAGES if value.get(language)), "")
    if not isinstance(value, str):
        raise BadFile(f"{shown(str(value))} is not a name")
    return value.strip()
