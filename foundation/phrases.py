"""From a reason's code to the whole sentence a person reads, in her language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from flask_babel.speaklater import LazyString

from foundation.errors import Reason
from foundation.formats import day, moment, number

_SENTENCES: dict[str, LazyString] = {}


def add(sentences: Mapping[str, LazyString]) -> None:
    """Add the sentences of a package; a code that says two different things is a defect."""
    for code, text in sentences.items():
        if code in _SENTENCES and _SENTENCES[code] is not text:
            raise ValueError(f"the reason {code!r} has two sentences")
        _SENTENCES[code] = text


def known() -> frozenset[str]:
    """All codes that have a sentence."""
    return frozenset(_SENTENCES)


def sentence(reason: Reason) -> str:
    """The sentence of a reason, its facts filled in as people write them.

    Raises KeyError for a code without a sentence: a test asks for each.
    """
    return fill(_SENTENCES[reason.code], reason.facts)


def fill(text: object, facts: Mapping[str, object]) -> str:
    """A text with its %(places)s filled: times, dates and numbers as the reader's language writes them."""
    return str(text) % {name: _written(value) for name, value in facts.items()}


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return number(value)
    return str(value)
