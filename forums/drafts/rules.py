"""Pure rules of texts under way: what is kept of a form, for how long, and when two of them are the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

Fields = dict[str, list[str]]
"""What stands in a form: each field's name with its values."""

LASTS = timedelta(days=90)
"""A text that nobody has touched for so long is deleted."""

HELD_LASTS = timedelta(days=7)
"""So long a text waits for its author to sign in again."""

MOST_CHARACTERS = 200_000
"""A new case with its opening post and the longest paper; more no form of ours takes."""

MOST_FIELDS = 60
MOST_DRAFTS = 200
DRAFTS_ON_A_PAGE = 20
LONGEST_PLACE = 100

# What a form sends beside what somebody has written in it.
_OF_THE_FORM = frozenset({"csrf_token", "preview", "draft", "draft_seal", "page"})
# A yes to a warning is given for what was warned of, and is asked for again.
_YES_TO_A_WARNING = "accept_"
# Chosen from a list or hidden in the page: alone they are no text.
_NO_TEXT = frozenset(
    {
        "as_office",
        "case_id",
        "contributions_before",
        "decides_at",
        "kind",
        "mentioned",
        "reply_to",
        "unit_id",
        "version",
    }
)


def kept(sent: Mapping[str, Iterable[str]]) -> Fields:
    """What of a form is kept: its fields without tokens, buttons and yeses to warnings, line breaks as stored."""
    return {
        name: [value.replace("\r\n", "\n").replace("\0", "") for value in values]
        for name, values in sent.items()
        if name not in _OF_THE_FORM and not name.startswith(_YES_TO_A_WARNING)
    }


def size(fields: Fields) -> int:
    """How many characters are to be kept."""
    return sum(len(name) + sum(map(len, values)) for name, values in fields.items())


def fits(fields: Fields) -> bool:
    """Whether this is no more than a form of ours can hold."""
    return size(fields) <= MOST_CHARACTERS and len(fields) <= MOST_FIELDS


def is_empty(fields: Fields) -> bool:
    """Whether nothing is written: choices alone are no text."""
    return not any(
        value.strip() for name, values in fields.items() if name not in _NO_TEXT for value in values
    )


def same(one: Fields, other: Fields) -> bool:
    """Whether two forms say the same; a field that is missing in one is empty."""
    return _said(one) == _said(other)


def _said(fields: Fields) -> Fields:
    said = {name: [value.strip() for value in values if value.strip()] for name, values in fields.items()}
    return {name: values for name, values in said.items() if values}


def holds(fields: Fields, texts: Mapping[str, str]) -> bool:
    """Whether a kept form says just these texts."""
    return all(_text(fields, name) == text.replace("\r\n", "\n").strip() for name, text in texts.items())


def _text(fields: Fields, name: str) -> str:
    return "".join(fields.get(name, [])[:1]).strip()


def words(fields: Fields) -> str:
    """What a form says, its texts one after the other and titles first."""
    texts = sorted(
        (
            (name, value.strip())
            for name, values in fields.items()
            if name not in _NO_TEXT
            for value in values
        ),
        key=lambda text: not text[0].endswith("title"),
    )
    return "\n\n".join(value for _name, value in texts if value)
