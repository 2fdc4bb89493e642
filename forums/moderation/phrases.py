"""What moderation says: the sentences of its refusals, the reasons of a report, what each act means for a vote."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from forums.models import Ground
from forums.phrases import GROUNDS
from foundation import phrases

REASONS: dict[Ground, LazyString] = {**GROUNDS, Ground.MOVED: _l("Hører til i en annen tråd")}
"""Why a member reports a post: the same list as the moderator's, in the words of somebody who has moved nothing."""

SENTENCES: dict[str, LazyString] = {
    "report_own": _l("Du kan ikke si fra om ditt eget innlegg. Du kan endre det eller slette det."),
    "report_gone": _l("Innlegget er allerede skjult eller slettet."),
    "nothing_waits": _l("Ingen har sagt fra om innlegget, eller noen har alt vurdert det."),
    "sentence_missing": _l("Skriv en setning til."),
    "nobody_to_hand_to": _l(
        "Det er ingen andre som kan vurdere innlegget. Be administratoren gi noen vervet som vara."
    ),
    "move_same": _l("Velg en annen tråd eller et annet område enn det som er der nå."),
    "move_everything": _l("Dette er hele tråden. Slå den sammen med en annen i stedet."),
    "moved_meanwhile": _l("Innlegget ble nettopp flyttet av en annen. Se hvor det står nå."),
    "target_closed": _l("Tråden er stengt eller slått sammen med en annen. Velg en som er åpen."),
    "target_unknown": _l("Vi finner ikke tråden. Velg en fra listen, eller lim inn adressen til en tråd."),
    "thread_pinned": _l("Tråden er allerede festet øverst."),
    "thread_not_pinned": _l("Tråden er ikke festet øverst."),
    "too_many_pinned": _l("%(most)s tråder er alt festet øverst i området. Løsne en av dem først."),
    "lock_waits": _l("Noen utenfra området er alt spurt om å stenge tråden."),
    "lock_decided": _l("Spørsmålet er alt avgjort."),
    "nobody_outside": _l("Det er ingen utenfra området som kan avgjøre det sammen med deg."),
    "not_outside": _l("Dette avgjøres av en fra et annet område i leddet over, eller av kontrollkomiteen."),
    "asker_gone": _l("Den som spurte, har ikke lenger vervet. Tråden er ikke stengt."),
    "nothing_to_appeal": _l("Innlegget er ikke skjult eller fjernet. Det er ingenting å klage på."),
    "appeal_late": _l("Fristen for å klage gikk ut %(before)s."),
    "appealed": _l("Du har alt klaget. Kontrollkomiteen svarer deg her."),
    "moderation_appeal_decided": _l("Klagen er alt avgjort."),
    "word_given": _l("Du har alt sagt hva du mener. En til i kontrollkomiteen må være enig."),
    "keeper_judges": _l("Det er noen som holder området. De vurderer innlegget."),
}


def register() -> None:
    """Add the sentences to those of the house."""
    phrases.add(SENTENCES)


def reason(code: Ground) -> str:
    """A report's reason as people read it."""
    return str(REASONS[code])
