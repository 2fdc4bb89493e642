"""Every reason that can be given is a whole sentence, and every word of ours has a name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

import pytest
from builders import oslo
from flask import Flask

import members
from foundation import phrases as house
from foundation.errors import Reason
from members import phrases
from members.register.reading import Field, Gender
from members.rules.classes import MembershipClass, Status, Subject
from members.rules.permissions import OfficeKind

HERE = Path(members.__file__).parent
MAKERS = {"of", "refused", "refuse", "Unreadable", "_UnclearError", "said"}


def _codes(source: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each code given in a call that makes a reason, with the names of its facts."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
        if name not in MAKERS or not node.args:
            continue
        codes = [
            part.value
            for part in ast.walk(node.args[0])
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        for code in codes:
            yield code, frozenset(keyword.arg or "" for keyword in node.keywords)


def _used() -> dict[str, set[str]]:
    used: dict[str, set[str]] = {}
    for file in HERE.rglob("*.py"):
        for code, facts in _codes(file.read_text(encoding="utf-8")):
            used.setdefault(code, set()).update(facts)
    return used


USED = {code: facts for code, facts in _used().items() if re.fullmatch(r"[a-z]+(_[a-z]+)+", code)}


def test_the_walk_finds_the_codes_it_is_to_find() -> None:
    """A walk that finds nothing would hold everything to nothing."""
    assert {"own_matter", "signed_out", "link_used", "code_wrong", "register_unit", "changed_email"} <= set(
        USED
    )
    assert {"role_missing", "teller_board", "register_date", "register_time_twice", "term_over"} <= set(USED)


@pytest.mark.parametrize("code", sorted(USED))
def test_every_code_has_a_sentence(app: Flask, code: str) -> None:
    assert code in house.known()


@pytest.mark.parametrize("code", ["door_closed", "not_found", "signed_out"])
def test_the_houses_own_refusals_have_sentences(app: Flask, code: str) -> None:
    assert house.sentence(Reason.of(code)).endswith(".")


SENTENCES: Mapping[str, object] = {
    **phrases._RIGHTS,
    **phrases._SIGNING_IN,
    **phrases._OFFICES,
    **phrases._REGISTER,
}


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_a_sentence_is_whole_and_needs_no_fact_that_is_not_given(app: Flask, code: str) -> None:
    text = str(SENTENCES[code])
    assert text.endswith(".")
    assert text[0].isupper() or text.startswith(("«", "%(value)s"))
    assert "!" not in text
    assert ";" not in text
    needed = set(re.findall(r"%\((\w+)\)s", text))
    given = USED.get(code, set())
    # Those of a cell carry its column and value: `_UnclearError.reason` and `change_of` add them.
    given = given | ({"before", "after"} if code.startswith("changed_") else set())
    given = given | ({"field", "value"} if code.startswith(("register_date", "register_time")) else set())
    if code in USED:
        assert needed <= given, f"{code} is given without {needed - given}"


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (MembershipClass, phrases.CLASS_NAMES),
        (MembershipClass, phrases.CLASS_NAMES_PLURAL),
        (Status, phrases.STATUS_NAMES),
        (Subject, phrases.SUBJECT_NAMES),
        (OfficeKind, phrases.OFFICE_NAMES),
        (Gender, phrases.GENDER_NAMES),
        (Field, phrases.FIELD_NAMES),
    ],
)
def test_every_word_has_a_name_of_its_own(
    app: Flask, kind: type[StrEnum], names: Mapping[StrEnum, object]
) -> None:
    assert set(names) == set(kind)
    assert len({str(name) for name in names.values()}) == len(names)


def test_what_the_register_changes_is_said_in_names_and_days(app: Flask) -> None:
    said = phrases.said
    assert (
        said(
            Reason.of("changed_class", before=MembershipClass.FULL_MEMBER, after=MembershipClass.SYMPATHISER)
        )
        == "Medlemstype: fullt medlem blir sympatisør."
    )
    assert (
        said(Reason.of("changed_email", before=None, after="a@b.no")) == "E-post: ikke oppgitt blir a@b.no."
    )
    assert said(Reason.of("changed_gender", before="woman", after=None)) == "Kjønn: kvinne blir ikke oppgitt."
    assert said(Reason.of("changed_born_year", before=1980, after=1981)) == "Fødselsår: 1980 blir 1981."
    assert said(Reason.of("changed_name", before="man", after="woman")) == "Navn: man blir woman."
    joined = said(
        Reason.of("changed_joined", before=oslo("2015-03-02 00:00"), after=oslo("2015-03-03 00:00"))
    )
    assert "2015" in joined
    assert said(Reason.of("register_blank", field=Field.EMAIL)) == "Feltet «e-post» er tomt."


@pytest.mark.parametrize(
    ("kept", "said"),
    [("Firefox, Linux", "Firefox på Linux"), ("Demonstrasjon", "Demonstrasjon"), ("", "Ukjent nettleser")],
)
def test_a_device_is_said_in_the_readers_language(app: Flask, kept: str, said: str) -> None:
    assert phrases.device(kept) == said
