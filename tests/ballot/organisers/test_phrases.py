"""Every reason that a ballot's rules and services can give has a sentence, and every word a name."""

from __future__ import annotations

import ast
import enum
import re
from pathlib import Path

import pytest
from builders import oslo
from flask import Flask

from ballot import checklist, phrases
from ballot.models import EventKind, Method
from ballot.rules.lifecycle import Capacity, Force, Hold, Level, State
from ballot.rules.majority import RULE_CODES, TieRule
from ballot.rules.participation import Basis, Ground, Kind, Setting, Shortfall
from foundation import phrases as house
from foundation.errors import Reason
from members.rules.classes import MembershipClass, Status, Subject

ROOT = Path(__file__).parents[3]
SOURCES = [
    *sorted((ROOT / "ballot" / "rules").glob("*.py")),
    *sorted((ROOT / "ballot" / "services").glob("*.py")),
    *(ROOT / "ballot" / name for name in ("facts.py", "hooks.py", "phrases.py", "access.py")),
]
# Codes that are written as a computed string: what they become is spelt out here.
COMPUTED = {
    "ballot_{now}": {"ballot_withdrawn", "ballot_cancelled", "ballot_annulled"},
}


def _codes(source: Path) -> set[str]:
    """The codes that a module gives: the first argument of Reason.of and refused, and pairs of code and facts."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        owner = getattr(getattr(node.func, "value", None), "id", "")
        if not (name == "refused" and owner != "audit") and not (
            name in ("of", "Reason") and owner in ("Reason", "")
        ):
            continue
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            found.add(first.value)
        elif isinstance(first, ast.JoinedStr):
            found |= COMPUTED[ast.unparse(first)[2:-1]]
        elif isinstance(first, ast.IfExp):
            found |= {part.value for part in (first.body, first.orelse) if isinstance(part, ast.Constant)}
    # Tables of (condition, code, facts) and (code, ids): every word of a loop's tuples that is a code.
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Tuple):
            words = [
                part.value
                for part in node.elts
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            ]
            if len(words) == 1 and len(node.elts) in (2, 3) and re.fullmatch(r"[a-z]+(_[a-z]+)+", words[0]):
                found.add(words[0])
    return found


# Words that stand in such tuples without being reasons.
NO_CODES = {"took_part", "most_votes", "more_yes"}


def test_every_code_of_the_rules_and_services_has_a_sentence(app: Flask) -> None:
    missing = {
        f"{source.stem}: {code}"
        for source in SOURCES
        for code in _codes(source) - house.known() - RULE_CODES - NO_CODES
    }
    assert missing == set()


def test_the_test_above_finds_codes() -> None:
    found = set().union(*map(_codes, SOURCES))
    assert {"closing_before_opening", "freeze_too_soon", "rule_thread_removed", "teller_board"} <= found
    assert {"ballot_cancelled", "part.refused", "notice_fixed", "draft_locked", "no_contribution"} <= found
    assert len(found) > 100


@pytest.mark.parametrize(
    "words",
    [
        MembershipClass,
        Status,
        Subject,
        Method,
        Force,
        Level,
        Setting,
        Shortfall,
        TieRule,
        Kind,
        Basis,
        Ground,
        Hold,
        Capacity,
        State,
    ],
)
def test_every_word_has_a_name(app: Flask, words: type[enum.StrEnum]) -> None:
    for word in words:
        assert house.label(word)


def test_every_event_has_a_name(app: Flask) -> None:
    assert set(checklist.EVENTS) == set(EventKind)


FACTS = {
    "at": oslo("2026-03-10 12:00"),
    "deadline": oslo("2026-03-16 20:00"),
    "opens_at": oslo("2026-03-17 08:00"),
    "closes_at": oslo("2026-03-19 20:00"),
    "appeal_before": oslo("2026-03-18 08:00"),
    "earliest": oslo("2026-03-20 20:00"),
    "joined_at": oslo("2026-03-02 09:01"),
    "cutoff_at": oslo("2026-03-02 09:00"),
    "notified_at": oslo("2026-03-02 09:00"),
    "notice_at": oslo("2026-03-02 09:00"),
    "freezes_at": oslo("2026-03-16 20:00"),
    "reason": Reason.of("under_age", minimum_age=15),
    "classes": (MembershipClass.FULL_MEMBER, MembershipClass.YOUTH_MEMBER),
    "membership_class": MembershipClass.AFFILIATED_SUPPORTER,
    "subject": Subject.BYLAW_CHANGE,
    "units": ("Fjordvik", "Nordre Fjordvik"),
    "unit": "Eidet",
    "state": State.OPEN,
    "to": State.CANCELLED,
    "level": Level.OPEN,
    "kind": Kind.MEETING,
    "kinds": (Kind.MEETING,),
    "capacities": (Capacity.BOARD, Capacity.BOARD_ABOVE),
    "holds": (Hold.LOT_NEEDED,),
    "year": 2026,
    "entitled": 1204,
    "quorum": 602,
}

EXACT = {
    "part.not_yet": "Vil du stemme i denne saken? Delta i diskusjonen før mandag 16. mars kl. 20.00. Skriv et innlegg, "
    "kom på et møte eller send et skriftlig innspill. Ett bidrag er nok.",
    "part.some": "Du har 1 av 2 bidrag. Ta med 3 til før mandag 16. mars kl. 20.00, så kan du stemme.",
    "part.vote_now": "Du kan stemme nå. Avstemningen stenger torsdag 19. mars kl. 20.00.",
    "part.voted": "Du har stemt.",
    "part.refused": "Du kan ikke stemme i denne avstemningen. Du må ha fylt 15 år for å stemme. "
    "Mener du at det er feil? Klag før onsdag 18. mars kl. 08.00.",
    "part.lapsed": "Kravet om deltakelse er falt bort fordi færre enn 2 hadde deltatt. "
    "Alle andre vilkår gjelder som før.",
    "part.not_enough": "Å lese, følge eller trykke «Nyttig» er fint, men er ikke nok alene til å stemme.",
    "composer.new_member": "Du er velkommen i diskusjonen. Denne gangen stemmer de som var medlem senest "
    "mandag 2. mars kl. 09.00.",
    "composer.supporter": "Du kan skrive her som tilsluttet supporter. Stemmerett i saker har du ikke.",
    "no_contribution": "Vi fant ingen deltakelse fra deg i diskusjonen før fristen mandag 16. mars kl. 20.00.",
    "contribution_withdrawn": "Du slettet bidraget ditt 10. mars 2026, før fristen gikk ut.",
    "joined_after_cutoff": "Du ble medlem 2. mars 2026. Avstemningen er for dem som var medlem senest "
    "mandag 2. mars kl. 09.00.",
    "dues_unpaid": "Kontingenten for 2026 var ikke registrert som betalt tirsdag 10. mars kl. 12.00. "
    "Har du betalt, tar vi imot kvittering.",
    "wrong_unit": "Avstemningen er for medlemmer i Fjordvik og Nordre Fjordvik. Du står i Eidet.",
    "class_not_allowed": "Avstemningen er for fulle medlemmer og ungdomsmedlemmer. Du er tilsluttet supporter.",
    "under_age": "Du må ha fylt 15 år for å stemme.",
    "not_active": "Medlemskapet ditt var ikke aktivt tirsdag 10. mars kl. 12.00.",
    "vote.closed": "Avstemningen stengte torsdag 19. mars kl. 20.00. Stemmen din ble ikke tatt imot, "
    "og valget ditt er ikke lagret.",
    "vote.not_open": "Avstemningen åpner tirsdag 17. mars kl. 08.00.",
    "vote.twice": "Stemmen din er allerede levert og gjelder.",
    "small_roll_unconfirmed": "Bare 1 204 har stemmerett. Med så få kan noen gjette hva andre har stemt. "
    "Kryss av for at styret vil holde avstemningen likevel.",
}


def _facts(code: str) -> dict[str, object]:
    """Everything that the sentence of a code asks for."""
    asked = {name.removesuffix("_day") for name in re.findall(r"%\((\w+)\)s", str(phrases.SENTENCES[code]))}
    small = {"n": 1, "minimum": 2, "missing": 3, "minimum_age": 15}
    return {name: FACTS.get(name, small.get(name, f"<{name}>")) for name in asked}


@pytest.mark.parametrize("code", sorted(phrases.SENTENCES))
def test_a_sentence_is_a_whole_one_in_our_tone(app: Flask, at: None, code: str) -> None:
    said = house.sentence(Reason(code, _facts(code)))
    plain = said.replace("\xa0", " ")
    assert "%(" not in said
    assert "None" not in said
    assert "datetime" not in said
    assert not re.search(r"[!;]|\binnen\b", plain), "no exclamation marks, no semicolons, deadlines are «før»"
    assert plain[0].isupper() or plain[0] in "«<0123456789" or code in ("rule_kind_removed", "unit_outside")
    if code != "contribution":
        assert plain.endswith((".", "?"))
    forbidden = r"quorum|simpelt|alminnelig|absolutt|oppslutning|skjæring|frysing|fryse"
    assert not re.search(forbidden, plain, re.IGNORECASE)
    if code in EXACT:
        assert plain == EXACT[code]


def test_all_the_exact_sentences_are_there() -> None:
    assert set(EXACT) <= set(phrases.SENTENCES)


def test_a_roll_reason_is_told_in_the_words_that_fit(app: Flask, at: None) -> None:
    one_of_two = Reason.of("no_contribution", deadline=FACTS["deadline"], n=1, minimum=2)
    assert house.sentence(phrases.precise(one_of_two)).startswith("Vi fant 1 av 2 bidrag fra deg")
    none_of_two = Reason.of("no_contribution", deadline=FACTS["deadline"], n=0, minimum=2)
    assert house.sentence(phrases.precise(none_of_two)).startswith("Vi fant ingen deltakelse")
    shortened = Reason.of("contribution_withdrawn", at=FACTS["at"], shortened=True)
    assert house.sentence(phrases.precise(shortened)).startswith(
        "Du kortet ned bidraget ditt 10.\xa0mars 2026"
    )
