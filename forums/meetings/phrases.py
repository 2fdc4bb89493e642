"""The sentences of meetings and check-ins."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from forums.meetings.models import How
from foundation import phrases

HOW: dict[How, LazyString] = {
    How.CODE: _l("Med kode"),
    How.IN_PERSON: _l("I rommet"),
    How.VIDEO: _l("På video"),
    How.TELEPHONE: _l("På telefon"),
}

SENTENCES: dict[str, LazyString] = {
    "meeting_past": _l("Velg et tidspunkt som ligger fram i tid."),
    "meeting_ends_first": _l("Møtet må slutte etter at det har begynt."),
    "meeting_too_long": _l("Et møte kan vare i høyst %(most)s timer."),
    "meeting_nowhere": _l("Skriv et sted eller en lenke til videomøtet."),
    "meeting_place_long": _l("Stedet kan ha høyst %(most)s tegn."),
    "meeting_video_address": _l("Lenken til videomøtet må begynne med https://."),
    "meeting_case_decided": _l("Saken er avgjort, så et møte om den kommer for sent."),
    "meeting_notice_short": _l(
        "Møtet blir kunngjort mindre enn %(hours)s timer før det begynner. Da teller det ikke som deltakelse for "
        "noen. Velg et senere tidspunkt, eller hold møtet likevel."
    ),
    "meeting_cancelled": _l("Møtet er avlyst."),
    "meeting_begun": _l("Møtet har begynt og kan ikke avlyses."),
    "meeting_over": _l("Møtet er over."),
    "meeting_reason_missing": _l("Skriv hvorfor møtet er avlyst."),
    "code_not_now": _l("Innsjekkingen er åpen mens møtet varer. Den åpner %(opens_at)s."),
    "check_in_code_wrong": _l(
        "Koden stemmer ikke. Den byttes hvert halve minutt. Skriv den som står på skjermen nå."
    ),
    "check_in_too_fast": _l(
        "Det ble mange forsøk. Vent noen minutter, eller be møtets sekretær om å sjekke deg inn."
    ),
    "checked_in": _l("Oppmøtet er registrert. Det teller som deltakelse i diskusjonen om «%(case)s»."),
    "checked_in_not_counting": _l(
        "Oppmøtet er registrert. Det teller ikke som deltakelse, for møtet ble kunngjort mindre enn %(hours)s timer "
        "før."
    ),
    "checked_in_already": _l("Du er allerede sjekket inn."),
    "list_not_yet": _l("Listen kan føres fra %(opens_at)s."),
    "check_in_oneself": _l(
        "Du kan ikke endre listen for deg selv. Bruk koden på skjermen, eller be en annen som fører listen."
    ),
    "check_in_by_code_only": _l("Velg hvordan medlemmet var med."),
    "check_in_no_member": _l("%(name)s er ikke medlem og kan ikke sjekkes inn."),
    "check_in_twice": _l("%(name)s er allerede sjekket inn."),
    "check_in_by_herself": _l("Medlemmet har sjekket inn med koden. Det kan ingen andre ta tilbake."),
}


def register() -> None:
    """Add the sentences to those of the house."""
    phrases.add(SENTENCES)
    phrases.name_words(HOW)


def how(word: How) -> str:
    """How somebody was at a meeting, as the list tells it."""
    return str(HOW[word])
