"""The sentences of private statements and assisted contributions."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from foundation import phrases

SENTENCES: dict[str, LazyString] = {
    "statement_counts": _l("Innspillet er sendt og teller. Du har deltatt i diskusjonen om «%(case)s»."),
    "statement_changed": _l("Endringen er lagret. Innspillet teller fortsatt."),
    "statement_too_short": _l(
        "Innspillet er sendt, men er for kort til å telle som deltakelse. Det har %(characters)s tegn og må ha minst "
        "%(minimum)s. Du kan skrive mer i det."
    ),
    "statement_sent_before": _l("Du har alt sendt akkurat denne teksten. Den er sendt én gang."),
    "statement_stopped_counting": _l(
        "Innspillet teller ikke lenger som deltakelse i diskusjonen om «%(case)s»."
    ),
    "statement_would_stop_counting": _l(
        "Innspillet teller som deltakelse i diskusjonen om «%(case)s». Det vil det ikke lenger gjøre."
    ),
    "statement_changed_meanwhile": _l(
        "Innspillet er endret et annet sted siden du åpnet det. Se over teksten og lagre på nytt."
    ),
    "statement_case_decided": _l("Saken er avgjort og tar ikke lenger imot innspill."),
    "statement_ones_own": _l("Innspillet er ditt eget. Den andre som leser innspillene, må gjøre dette."),
    "statement_not_for_publication": _l("Medlemmet har ikke sagt ja til at innspillet blir publisert."),
    "reader_cannot": _l("Velg en som holder området oppdatert, eller en saksbehandler."),
    "assist_oneself": _l("Du kan ikke skrive inn noe for deg selv. Send et skriftlig innspill i stedet."),
    "assist_no_member": _l("%(name)s er ikke medlem, så det kan ikke skrives inn noe."),
    "assist_when": _l("Velg et tidspunkt i løpet av de siste %(days)s dagene, etter at saken ble åpnet."),
    "not_me_forged": _l(
        "Lenken er ikke riktig. Skriv av hele adressen, eller ta kontakt med kontrollkomiteen."
    ),
    "not_me_used": _l("Du har allerede sagt fra om dette. Kontrollkomiteen har fått beskjed."),
    "not_me_withdrawn": _l("Innspillet er trukket tilbake."),
}


def register() -> None:
    """Add the sentences to those of the house."""
    phrases.add(SENTENCES)
