"""Pure rules: when somebody is reminded of a question, what an answer rate counts, whom a name in a text means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

KEEPER_REMINDED = timedelta(days=5)
DEPUTY_REMINDED = timedelta(days=10)
QUESTIONS_REMEMBERED = timedelta(days=30)
"""A question that nobody reminded anybody of for so long is not mailed about any more; it stands in the list."""

FIRST_POST_WAITS = timedelta(days=3)
FIRST_POST_FORGOTTEN = timedelta(days=14)

WAKING_HOURS = range(8, 20)
"""Hours on the organisation's clock in which a reminder is sent; nobody answers a question at night."""

MOST_MENTIONS = 10
"""As many people one post can call; the rest of the names stay text."""

SUGGESTIONS = 8
LEAST_LETTERS = 2
"""So many letters of a name are asked for before somebody who has not written in the thread is suggested."""

_WORDS_OF_A_NAME = 6
_AT = re.compile(r"(?<![\w@.+-])@(?=\w)")
_WORD = re.compile(r"[^\W_](?:[^\W_]|['’.\-](?=[^\W_]))*\.?")


@dataclass(frozen=True)
class Question:
    """A question to those who keep an area: when it was put, and whether and by whom it was answered."""

    asked_at: datetime
    answered: bool
    by_office: bool = False


@dataclass(frozen=True)
class AnswerRate:
    """Of how many questions, how many those who keep the area have answered."""

    answered: int
    asked: int


def answer_rate(questions: Iterable[Question], at: datetime) -> AnswerRate:
    """The base is every question that they have answered, or that has waited for five days.

    What somebody else answered to the asker's content is left out on both sides: there was nothing left to answer.
    """
    answered = asked = 0
    for question in questions:
        if question.answered:
            answered += question.by_office
            asked += question.by_office
        elif at - question.asked_at >= KEEPER_REMINDED:
            asked += 1
    return AnswerRate(answered, asked)


def names_called(text: str) -> list[list[str]]:
    """For each «@» of a text that can begin a name: the names it can begin, the longest first."""
    found = []
    for sign in _AT.finditer(text):
        names, end = [], sign.end()
        for _ in range(_WORDS_OF_A_NAME):
            word = _WORD.match(text, end)
            if word is None:
                break
            names.append(text[sign.end() : word.end()])
            if word[0].endswith("."):  # an initial («Ola P. Nes»), or the end of the sentence
                names.append(text[sign.end() : word.end() - 1])
            end = word.end()
            if text[end : end + 1] != " ":
                break
            end += 1
        if names:
            found.append(sorted(set(names), key=len, reverse=True))
    return found


def chosen(
    called: Iterable[list[str]], people: Mapping[str, list[int]], hints: Iterable[int]
) -> dict[int, str]:
    """Member id to the name by which a text calls her; `people` are those of each name, in lower case.

    A name that several share calls nobody, unless exactly one of them was picked from the list of names.
    """
    wanted = set(hints)
    found: dict[int, str] = {}
    for names in called:
        for name in names:
            ids = people.get(name.lower(), [])
            picked = [one for one in ids if one in wanted] if len(ids) > 1 else ids
            if ids and len(picked) == 1:
                found.setdefault(picked[0], name)
            if ids:
                break
    return dict(list(found.items())[:MOST_MENTIONS])


def shared(
    called: Iterable[list[str]], people: Mapping[str, list[int]], found: Mapping[int, str]
) -> str | None:
    """The first name that several people have and that therefore calls nobody."""
    for names in called:
        for name in names:
            ids = people.get(name.lower(), [])
            if len(ids) > 1 and not any(one in found for one in ids):
                return name
            if ids:
                break
    return None
