"""The sentences of every refusal that concerns members, and the names of what they are and do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from foundation import phrases
from foundation.errors import Reason
from foundation.formats import local
from members.models import BylawTopic, Decider, Term
from members.register.reading import Field, Gender
from members.rules.classes import MembershipClass, Status, Subject
from members.rules.permissions import OfficeKind

CLASS_NAMES: Mapping[MembershipClass, LazyString] = {
    MembershipClass.FULL_MEMBER: _("fullt medlem"),
    MembershipClass.YOUTH_MEMBER: _("ungdomsmedlem"),
    MembershipClass.AFFILIATED_SUPPORTER: _("tilsluttet supporter"),
    MembershipClass.SYMPATHISER: _("sympatisør"),
}
CLASS_NAMES_PLURAL: Mapping[MembershipClass, LazyString] = {
    MembershipClass.FULL_MEMBER: _("fulle medlemmer"),
    MembershipClass.YOUTH_MEMBER: _("ungdomsmedlemmer"),
    MembershipClass.AFFILIATED_SUPPORTER: _("tilsluttede supportere"),
    MembershipClass.SYMPATHISER: _("sympatisører"),
}
STATUS_NAMES: Mapping[Status, LazyString] = {
    Status.ACTIVE: _("aktivt medlemskap"),
    Status.SUSPENDED: _("suspendert"),
    Status.RESIGNED: _("utmeldt"),
    Status.DECEASED: _("død"),
    Status.EXPELLED: _("ekskludert"),
}
SUBJECT_NAMES: Mapping[Subject, LazyString] = {
    Subject.CASE: _("saker"),
    Subject.ELECTION: _("valg til verv i organisasjonen"),
    Subject.NOMINATION: _("nominasjon"),
    Subject.BYLAW_CHANGE: _("endring av vedtektene"),
    Subject.EXCLUSION: _("eksklusjon"),
    Subject.PARTICIPATION_RULE: _("kravet om deltakelse"),
}
OFFICE_NAMES: Mapping[OfficeKind, LazyString] = {
    OfficeKind.ADMINISTRATOR: _("administrator"),
    OfficeKind.APPEALS_GROUP: _("medlem av klageutvalget"),
    OfficeKind.BOARD_CHAIR: _("leder av styret"),
    OfficeKind.BOARD_MEMBER: _("medlem av styret"),
    OfficeKind.CASE_OFFICER: _("saksansvarlig"),
    OfficeKind.COMMITTEE_LEADER: _("leder av utvalg"),
    OfficeKind.CONTROL_COMMITTEE: _("medlem av kontrollkomiteen"),
    OfficeKind.ELECTED_REPRESENTATIVE: _("folkevalgt"),
    OfficeKind.TELLER: _("medlem av tellekorpset"),
}
GENDER_NAMES: Mapping[Gender, LazyString] = {
    Gender.WOMAN: _("kvinne"),
    Gender.MAN: _("mann"),
    Gender.OTHER: _("annet"),
}
FIELD_NAMES: Mapping[Field, LazyString] = {
    Field.MEMBER_NO: _("medlemsnummer"),
    Field.NAME: _("navn"),
    Field.FIRST_NAME: _("fornavn"),
    Field.LAST_NAME: _("etternavn"),
    Field.EMAIL: _("e-post"),
    Field.UNIT: _("organisasjonsledd"),
    Field.MEMBERSHIP_CLASS: _("medlemstype"),
    Field.JOINED: _("innmeldt"),
    Field.PAID_UNTIL: _("betalt til"),
    Field.PAID_ON: _("betalt dato"),
    Field.BORN_YEAR: _("fødselsår"),
    Field.GENDER: _("kjønn"),
}

TOPIC_NAMES: Mapping[BylawTopic, LazyString] = {
    BylawTopic.BINDING_BALLOTS: _("bindende medlemsavstemninger"),
    BylawTopic.DUES_GRACE_DAYS: _("dager etter forfall før kontingenten teller som ubetalt"),
    BylawTopic.MINIMUM_AGE: _("laveste alder for å stemme"),
    BylawTopic.PARTICIPATION_ADVISORY: _("krav om deltakelse i rådgivende avstemninger"),
    BylawTopic.PARTICIPATION_BINDING: _("krav om deltakelse i bindende avstemninger"),
    BylawTopic.WAITING_PERIOD_DAYS: _("karantenetid for nye medlemmer, i dager"),
}
DECIDER_NAMES: Mapping[Decider, LazyString] = {
    Decider.ANNUAL_MEETING: _("årsmøtet"),
    Decider.BYLAWS: _("vedtektene"),
    Decider.MEMBERS_MEETING: _("et medlemsmøte"),
}

_RIGHTS: Mapping[str, LazyString] = {
    "door_closed": _("Denne siden er ikke åpen for noen. Si fra til administratoren."),
    "signed_out": _("Du er ikke logget inn. Logg inn, så fortsetter du der du var."),
    "role_missing": _("Dette kan bare den som har et verv som gir rett til det. Spør styret om hvem det er."),
    "nobody_may": _("Dette kan ingen gjøre."),
    "not_found": _("Vi finner ikke siden. Den kan være flyttet."),
    "not_invited": _("Som gjest kan du lese og skrive bare der du er invitert."),
    "not_yours": _("Dette kan du gjøre bare med det som er ditt eget."),
    "other_unit": _("Vervet ditt gjelder et annet organisasjonsledd. Be styret i det leddet saken gjelder."),
    "other_area": _("Vervet ditt gjelder et annet saksområde. Be den som holder dette området oppdatert."),
    "other_ballot": _("Du er ikke med i tellekorpset for denne avstemningen."),
    "own_matter": _("Du kan ikke avgjøre noe om deg selv. En annen må gjøre det."),
    "own_draft": _("Du har skrevet utkastet selv. En annen i styret må godkjenne det."),
    "own_moderation": _("Klagen gjelder noe du selv har avgjort. Andre må behandle den."),
    "own_office": _("Dine egne verv kan du verken gi eller avslutte. En annen administrator må gjøre det."),
    "not_on_roll": _("Du står ikke i manntallet for denne avstemningen."),
    "not_checkable": _("Dette gjelder bare avstemninger der stemmene kan etterprøves."),
    "not_appealed": _("Klageutvalget ser manntallet bare når det er klaget på det."),
    "ballot_content": _("En administrator kan ikke se innholdet i en avstemning."),
    "not_statement_reader": _(
        "Skriftlige innspill leses bare av den saksansvarlige og én til. Du er ingen av dem."
    ),
    "same_person": _("Dette må to ulike personer gjøre sammen."),
    "representative_missing": _("Minst én av de to må være folkevalgt med ansvar for området."),
    "different_bodies": _(
        "De to må være fra samme organ: to fra tellekorpset eller to fra kontrollkomiteen."
    ),
    "teller_candidate": _("Den som selv er kandidat, kan ikke telle opp stemmene."),
    "teller_administrator": _("Den som er administrator, kan ikke være med i tellekorpset."),
    "teller_board": _("Den som sitter i styret i leddet, kan ikke være med i tellekorpset."),
    "appeals_board": _("Den som sitter i styret i leddet, kan ikke være med i klageutvalget."),
    "appeals_moderator": _("Den som holder et saksområde, kan ikke være med i klageutvalget for det."),
}

_SIGNING_IN: Mapping[str, LazyString] = {
    "link_used": _("Lenken er allerede brukt."),
    "link_expired": _("Lenken er for gammel."),
    "link_forged": _("Lenken er ikke hel. Kopier hele adressen fra e-posten, eller be om en ny lenke."),
    "code_wrong": _(
        "Medlemsnummeret og koden passer ikke sammen, eller koden er brukt eller for gammel. "
        "Spør styret om en ny kode."
    ),
    "code_for_oneself": _("Du kan ikke skaffe deg selv en kode. To andre i styret må gjøre det."),
    "code_has_email": _("Medlemmet har en e-postadresse i registeret og logger inn med den."),
    "code_asked_already": _(
        "Noen har allerede bedt om en kode til dette medlemmet. En annen må utstede den."
    ),
    "code_issued_already": _(
        "Koden er allerede utstedt. Den vises bare én gang. Be om en ny hvis den er borte."
    ),
    "code_request_old": _("Det er for lenge siden noen ba om denne koden. Be om en ny."),
    "code_asker_left": _("Den som ba om koden, har ikke lenger et verv som gir rett til det. Be om en ny."),
}

_OFFICES: Mapping[str, LazyString] = {
    "office_needs_member": _("Bare den som er aktivt medlem, kan ha et verv."),
    "office_needs_area": _("Velg hvilket saksområde vervet gjelder."),
    "office_without_area": _("Dette vervet gjelder hele leddet. La saksområdet stå tomt."),
    "term_overlaps": _("Medlemmet har allerede dette vervet i en del av perioden."),
    "term_backwards": _("Perioden må slutte etter at den har begynt."),
    "term_over": _("Perioden tok slutt %(at)s."),
}

_STRUCTURE: Mapping[str, LazyString] = {
    "organisation_exists": _(
        "Databasen har allerede medlemmer eller organisasjonsledd, så ingenting er endret."
    ),
    "name_missing": _("Skriv navnet."),
    "name_too_long": _("Bruk høyst %(longest)s tegn."),
    "unit_kind_shape": _("Skriv hva slags ledd det er, med høyst %(longest)s tegn."),
    "unit_code_shape": _("En kode er høyst %(longest)s bokstaver og tall, for eksempel FV."),
    "unit_code_taken": _("Et annet organisasjonsledd har koden %(code)s. Velg en annen."),
    "unit_too_deep": _("Det er for mange ledd under hverandre. Velg et ledd lenger opp."),
    "area_code_shape": _(
        "En kode er høyst %(longest)s små bokstaver fra a til z, tall og bindestreker, for eksempel skole-oppvekst."
    ),
    "area_code_taken": _("Et annet saksområde har koden %(code)s. Velg en annen."),
    "bylaw_only_bylaws": _("Dette kan bare vedtektene tillate."),
    "bylaw_number_missing": _("Skriv tallet som er vedtatt."),
    "bylaw_number_range": _("Skriv et helt tall fra 0 til %(largest)s."),
    "bylaw_without_number": _("Dette vedtaket har ikke noe tall. La feltet stå tomt."),
    "bylaw_source_missing": _("Skriv hvor vedtaket står, for eksempel «Vedtektene § 5»."),
    "vote_never_given": _("Denne medlemstypen kan ikke få stemmerett her."),
}

_REGISTER: Mapping[str, LazyString] = {
    "register_not_text": _("Filen er ikke en tekstfil. Lagre regnearket som CSV og prøv igjen."),
    "register_mixed_letters": _(
        "Bokstavene på denne linjen er lagret på to måter. Lagre filen på nytt som CSV UTF-8."
    ),
    "register_no_headings": _(
        "Vi kjenner ikke igjen noen overskrift på første linje. Den må minst ha medlemsnummer, navn, "
        "organisasjonsledd, medlemstype og innmeldt."
    ),
    "register_heading_missing": _("Filen mangler kolonnen «%(field)s»."),
    "register_heading_twice": _("Filen har to kolonner for «%(field)s». Ta bort den ene."),
    "register_no_rows": _("Filen har ingen rader under overskriftene."),
    "register_broken": _(
        "Et anførselstegn på denne linjen er ikke avsluttet, så vi vet ikke hvor raden slutter. Rett linjen."
    ),
    "register_cells": _("Raden har %(found)s felter, og overskriftene er %(expected)s."),
    "register_blank": _("Feltet «%(field)s» er tomt."),
    "register_formula": _("Feltet «%(field)s» begynner med et tegn som et regneark leser som en formel."),
    "register_too_long": _("Feltet «%(field)s» er lengre enn %(longest)s tegn."),
    "register_number": _("«%(value)s» kan ikke være et medlemsnummer."),
    "register_email": _("«%(value)s» er ikke en e-postadresse."),
    "register_class": _("Vi kjenner ikke medlemstypen «%(value)s»."),
    "register_gender": _("Vi kjenner ikke «%(value)s» som kjønn. La feltet stå tomt hvis det ikke er kjent."),
    "register_date": _("«%(value)s» i «%(field)s» er ikke en dato. Skriv 2.3.2026 eller 2026-03-02."),
    "register_date_far": _("Datoen «%(value)s» i «%(field)s» er for langt fram i tid."),
    "register_joined_later": _("Innmeldingen «%(value)s» er fram i tid."),
    "register_year": _("«%(value)s» er ikke et fødselsår. Skriv alle fire sifrene."),
    "register_time_twice": _(
        "Klokka viste «%(value)s» to ganger da sommertiden sluttet: %(first)s og %(second)s. Skriv hvilken."
    ),
    "register_time_never": _("Klokka viste aldri «%(value)s». Den ble stilt fram den natta."),
    "register_unit": _("Vi finner ikke organisasjonsleddet «%(value)s»."),
    "register_unit_twice": _("Flere organisasjonsledd heter «%(value)s». Skriv leddets kode."),
    "register_status": _("Medlemmet er registrert som %(status)s. Det endres ikke av en fil."),
    "register_merged": _("Oppføringen er slått sammen med medlem %(other)s. Ta bort raden i filen."),
    "register_number_twice": _("Medlemsnummeret står også på linje %(lines)s."),
    "register_email_twice": _("E-postadressen står også på linje %(lines)s. Bare ett medlem kan ha den."),
    "register_email_taken": _("E-postadressen tilhører medlem %(other)s."),
    "register_absent": _("Står ikke i filen, men i registeret for %(unit)s."),
    "register_moved": _("Registeret er endret siden du så på filen. Se over på nytt før du bekrefter."),
    "register_has_errors": _("Filen har rader som ikke kan brukes (%(rows)s). Ingenting er endret."),
    "register_without_you": _(
        "Du står ikke i filen selv og ville mistet tilgangen. Rett filen, eller la en annen administrator gjøre det."
    ),
    "register_without_administrator": _(
        "Ingen administrator står i filen, så ingen ville kunne styre registeret. Sett administratorens "
        "medlemsnummer i filen."
    ),
    "changed_name": _("Navn: %(before)s blir %(after)s."),
    "changed_email": _("E-post: %(before)s blir %(after)s."),
    "changed_email_released": _("E-postadressen går over til medlem %(other)s."),
    "changed_unit": _("Organisasjonsledd: %(before)s blir %(after)s."),
    "changed_class": _("Medlemstype: %(before)s blir %(after)s."),
    "changed_status": _("Medlemskap: %(before)s blir %(after)s."),
    "changed_joined": _("Innmeldt: %(before)s blir %(after)s."),
    "changed_born_year": _("Fødselsår: %(before)s blir %(after)s."),
    "changed_gender": _("Kjønn: %(before)s blir %(after)s."),
    "changed_dues": _("Kontingenten er betalt til %(after)s."),
}


def register() -> None:
    """Add the sentences to those of the house."""
    for sentences in (_RIGHTS, _SIGNING_IN, _OFFICES, _STRUCTURE, _REGISTER):
        phrases.add(sentences)


_NAMES: Mapping[tuple[type[StrEnum], str], LazyString] = {
    (type(word), word.value): name
    for names in (CLASS_NAMES, STATUS_NAMES, SUBJECT_NAMES, OFFICE_NAMES, GENDER_NAMES, FIELD_NAMES)
    for word, name in names.items()
}


def named(value: object) -> object:
    """The name of a word of ours (a class, a status, an office ...) as a person reads it; all else as it is."""
    return _NAMES[type(value), value.value] if isinstance(value, StrEnum) else value


def said(reason: Reason) -> str:
    """The sentence of a reason of the register, its words named and what is missing called so."""
    facts: dict[str, object] = {}
    for name, value in reason.facts.items():
        if value is None or value == "":
            facts[name] = gettext("ikke oppgitt")
        elif name in {"before", "after"} and isinstance(value, int):
            facts[name] = str(value)  # a year is no number of thousands
        elif reason.code == "changed_gender" and value in set(Gender):
            facts[name] = GENDER_NAMES[Gender(str(value))]
        else:
            facts[name] = named(value)
    return phrases.sentence(Reason(reason.code, facts))


def device(text: str) -> str:
    """A session's device in plain words: «Firefox på Linux»."""
    browser, comma, system = text.partition(", ")
    if comma:
        return gettext("%(browser)s på %(system)s", browser=browser, system=system)
    return text or gettext("Ukjent nettleser")


def last_day(term: Term) -> date:
    """The last day of a term, as people say it: «til og med»."""
    return local(term.ends_at - timedelta(microseconds=1)).date()
