"""The sentences of what readers do with posts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from foundation import phrases

SENTENCES: dict[str, LazyString] = {
    "mark_is_question": _l("Innlegget er selve spørsmålet."),
    "mark_no_question": _l("Tråden er ikke et spørsmål."),
    "mark_not_yours": _l("Svaret merkes av den som spurte, eller av den som holder området oppdatert."),
    "mention_shared": _l("Flere heter %(name)s. Velg fra listen når du skriver @, så får den rette beskjed."),
    "reaction_gone": _l("Innlegget er skjult eller slettet."),
    "reaction_own": _l("Du kan ikke gjøre dette med ditt eget innlegg."),
    "too_many_presses": _l("Det gikk litt fort. Vent et par minutter og prøv igjen."),
    "support_by_members": _l("Forslag støttes av medlemmer med forslagsrett."),
    "support_of_proposals": _l("Bare forslag kan støttes."),
}


def register() -> None:
    """Add the sentences to those of the house."""
    phrases.add(SENTENCES)
