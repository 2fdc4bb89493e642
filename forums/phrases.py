"""The sentences of every refusal and message in the debate, and the names of its kinds and grounds."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from forums.models import Ground, ModerationKind, ThreadKind
from foundation import phrases

KINDS: dict[ThreadKind, LazyString] = {
    ThreadKind.CASE: _l("Sak"),
    ThreadKind.IDEA: _l("Idé"),
    ThreadKind.PROPOSAL: _l("Forslag"),
    ThreadKind.QUESTION: _l("Spørsmål til folkevalgt"),
}

GROUNDS: dict[Ground, LazyString] = {
    Ground.PERSONAL: _l("Går på person, ikke sak"),
    Ground.HARASSMENT: _l("Trakassering eller diskriminering"),
    Ground.THREAT: _l("Trussel"),
    Ground.PRIVACY: _l("Private opplysninger om andre"),
    Ground.ILLEGAL: _l("Kan være ulovlig"),
    Ground.SPAM: _l("Reklame eller søppelpost"),
    Ground.MOVED: _l("Hører til i en annen tråd (flyttet)"),
}

ACTS: dict[ModerationKind, LazyString] = {
    ModerationKind.HIDE: _l("Skjulte et innlegg"),
    ModerationKind.RESTORE: _l("Viste et skjult innlegg igjen"),
    ModerationKind.LOCK: _l("Stengte tråden for nye innlegg"),
    ModerationKind.UNLOCK: _l("Åpnet tråden for nye innlegg"),
    ModerationKind.LEAVE: _l("Lot et innlegg stå"),
    ModerationKind.ASK_EDIT: _l("Ba forfatteren endre et innlegg"),
    ModerationKind.REMOVE: _l("Fjernet et innlegg"),
    ModerationKind.MOVE: _l("Flyttet innlegg til en annen tråd"),
    ModerationKind.MOVE_THREAD: _l("Flyttet tråden til et annet område"),
    ModerationKind.SPLIT: _l("Delte tråden i to"),
    ModerationKind.MERGE: _l("Slo sammen to tråder"),
    ModerationKind.PIN: _l("Festet tråden øverst"),
    ModerationKind.UNPIN: _l("Løsnet tråden fra toppen"),
    ModerationKind.HAND_OVER: _l("Overlot et innlegg til en annen"),
    ModerationKind.APPEAL_GRANTED: _l("Ga forfatteren medhold i en klage"),
    ModerationKind.APPEAL_DISMISSED: _l("Avviste en klage"),
}

SENTENCES: dict[str, LazyString] = {
    # What came of a post
    "post_counts": _l("Innlegget teller. Du har deltatt i diskusjonen om «%(case)s»."),
    "post_too_short": _l(
        "Innlegget er publisert, men er for kort til å telle som deltakelse. Du kan skrive mer i det."
    ),
    "post_is_copy": _l(
        "Teksten er lik et innlegg som alt står i saken. Den er publisert, men teller ikke. "
        "Skriv gjerne noen egne ord."
    ),
    "post_official": _l(
        "Innlegget er publisert. Det du skriver på vegne av et verv, teller ikke som deltakelse."
    ),
    "post_would_stop_counting": _l(
        "Innlegget teller som deltakelse i diskusjonen om «%(case)s». Det vil det ikke lenger gjøre."
    ),
    "post_stopped_counting": _l("Innlegget teller ikke lenger som deltakelse i diskusjonen om «%(case)s»."),
    # What cannot be posted
    "post_nothing_visible": _l("Skriv noe først. Det er ingenting å lese i teksten."),
    "post_only_quotation": _l("Innlegget har bare sitat. Skriv noen egne ord også."),
    "post_too_long": _l(
        "Innlegget er på %(characters)s tegn. Det lengste et innlegg kan være, er %(most)s tegn."
    ),
    "title_missing": _l("Skriv en overskrift."),
    "title_too_long": _l(
        "Overskriften er på %(characters)s tegn. Den lengste en overskrift kan være, er %(most)s tegn."
    ),
    "sentence_too_long": _l(
        "Setningen er på %(characters)s tegn. Den lengste den kan være, er %(most)s tegn."
    ),
    "paper_too_long": _l("Papiret er på %(characters)s tegn. Det lengste det kan være, er %(most)s tegn."),
    "too_fast": _l("Det gikk litt fort. Teksten din står her. Vent et par minutter og prøv igjen."),
    # Texts under way
    "draft_changed_elsewhere": _l("Du har skrevet noe annet her i et annet vindu, lagret %(at)s."),
    "draft_gone": _l("Utkastet er sendt eller forkastet i et annet vindu."),
    "draft_not_yours": _l("Siden ble åpnet av en annen enn deg. Last den på nytt."),
    "draft_too_long": _l("Teksten er på %(characters)s tegn. Vi kan ta vare på høyst %(most)s."),
    "draft_too_many": _l("Du har %(most)s utkast. Forkast noen du ikke trenger, så kan vi ta vare på nye."),
    # Threads and posts
    "thread_locked": _l("Tråden er stengt for nye innlegg til %(until)s. Grunn: %(ground)s."),
    "thread_already_locked": _l("Tråden er allerede stengt, til %(until)s."),
    "thread_not_locked": _l("Tråden er ikke stengt."),
    "lock_again": _l(
        "Tråden ble nettopp åpnet igjen. Før %(again_at)s kan den bare stenges sammen med en fra et annet område."
    ),
    "lock_length": _l("En tråd kan stenges i 1 til %(most)s timer."),
    "reply_gone": _l("Innlegget du svarte på, er borte. Du kan svare i tråden i stedet."),
    "post_deleted": _l("Innlegget er slettet."),
    "removed_text_gone": _l("Teksten er slettet, for klagefristen er ute. Innlegget kan ikke vises igjen."),
    "post_removed": _l("Innlegget er fjernet. Teksten er tatt vare på for en klage."),
    "post_edited_meanwhile": _l(
        "Innlegget er endret et annet sted siden du åpnet det. Se over teksten og lagre på nytt."
    ),
    "post_already_hidden": _l("Innlegget er allerede skjult."),
    "post_not_hidden": _l("Innlegget er ikke skjult."),
    "not_keeper_here": _l("Du kan ikke skrive på vegne av et verv i dette området."),
    "guest_not_needed": _l("%(name)s kan allerede lese og skrive i alle områder."),
    "wrong_unit_tag": _l("Velg et organisasjonsledd som du selv hører til, eller det området hører til."),
    # Questions and amendments
    "questions_enough": _l("Saken har alt %(most)s spørsmål. Flere blir for mye å svare på."),
    "lines_wrong": _l("Velg linjer fra 1 til %(last)s, den første før den siste."),
    "amendment_without_reason": _l("Skriv en grunn. Uten den er forslaget ikke et bidrag til saken."),
    "amendment_without_wording": _l("Skriv den nye teksten."),
    # Cases
    "case_missing": _l("Velg saken tråden hører til."),
    "case_decided": _l("Saken er avgjort, og nye tråder kan ikke lenger knyttes til den."),
    "case_linked": _l("Tråden er allerede knyttet til saken."),
    "case_date_past": _l("Velg en dato som ligger fram i tid."),
    "case_deadline_past": _l("Fristen for innspill må ligge fram i tid."),
    "case_deadline_late": _l("Fristen for innspill må være før saken blir avgjort."),
    "case_time_short": _l(
        "Saken blir avgjort %(decides_at)s, og det er kortere enn %(least)s dager til. "
        "Da er det for lite tid til en avstemning med krav om deltakelse. "
        "Medlemmene kan fortsatt diskutere saken, og styret kan holde en avstemning uten krav om deltakelse."
    ),
    "case_time_very_short": _l(
        "Saken blir avgjort %(decides_at)s, og det er for lite tid til en medlemsavstemning. "
        "Medlemmene kan fortsatt diskutere saken fram til da."
    ),
}


def register() -> None:
    """Add the sentences to those of the house."""
    phrases.add(SENTENCES)


def ground(code: str | Ground | None) -> str:
    """A ground as people read it."""
    return str(GROUNDS[Ground(code)]) if code else ""


def kind(code: str | ThreadKind) -> str:
    """A kind of thread as people read it."""
    return str(KINDS[ThreadKind(code)])


def act(code: ModerationKind) -> str:
    """A moderator's act as the log tells it."""
    return str(ACTS[code])


def in_sentence(title: str) -> str:
    """An office's title inside a sentence: «kommunestyrerepresentant», but «NTL-tillitsvalgt»."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title
