"""From a reason's code to the whole sentence a person reads, in her language."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import date, datetime
from typing import TypeVar

from babel.lists import format_list
from flask_babel import get_locale
from flask_babel.speaklater import LazyString

from foundation.errors import Reason
from foundation.formats import day, moment, number

Word = TypeVar("Word", bound=enum.StrEnum)

_SENTENCES: dict[str, LazyString] = {}
# By type and value: words of different kinds may be spelt alike.
_WORDS: dict[tuple[type[enum.StrEnum], str], LazyString] = {}
_SEVERAL: dict[tuple[type[enum.StrEnum], str], LazyString] = {}


def add(sentences: Mapping[str, LazyString]) -> None:
    """Add the sentences of a package; a code that says two different things is a defect."""
    for code, text in sentences.items():
        if code in _SENTENCES and _SENTENCES[code] is not text:
            raise ValueError(f"the reason {code!r} has two sentences")
        _SENTENCES[code] = text


def name_words(names: Mapping[Word, LazyString], several: Mapping[Word, LazyString] | None = None) -> None:
    """Add what people call the words of one enumeration («full_member»: «medlem», in a list «medlemmer»)."""
    for word, text in names.items():
        _WORDS[type(word), word.value] = text
    for word, text in (several or {}).items():
        _SEVERAL[type(word), word.value] = text


def label(word: enum.StrEnum) -> str:
    """What people call a word; raises KeyError for one without a name."""
    return str(_WORDS[type(word), word.value])


def known() -> frozenset[str]:
    """All codes that have a sentence."""
    return frozenset(_SENTENCES)


def sentence(reason: Reason) -> str:
    """The sentence of a reason, its facts filled in as people write them.

    Raises KeyError for a code without a sentence: a test asks for each.
    """
    return fill(_SENTENCES[reason.code], reason.facts)


def fill(text: object, facts: Mapping[str, object]) -> str:
    """A text with its %(places)s filled: times, dates and numbers as the reader's language writes them.

    A time `at` also fills %(at_day)s with its date alone. A reason among the facts becomes its sentence, a word
    of an enumeration its name, several of them a list.
    """
    written = {name: str(value) if name == "year" else _written(value) for name, value in facts.items()}
    days = {f"{name}_day": day(value) for name, value in facts.items() if isinstance(value, datetime)}
    return str(text) % (days | written)


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Reason):
        return sentence(value)
    if isinstance(value, enum.StrEnum):
        return str(_WORDS.get((type(value), value.value), value.value))
    if isinstance(value, tuple | list | frozenset | set):
        return format_list([_listed(item) for item in value], locale=str(get_locale() or "nb"))
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return number(value)
    return str(value)


def _listed(item: object) -> str:
    """An item of a list: people and things of a kind stand there in the plural, where they have one."""
    if isinstance(item, enum.StrEnum) and (type(item), item.value) in _SEVERAL:
        return str(_SEVERAL[type(item), item.value])
    return _written(item)
