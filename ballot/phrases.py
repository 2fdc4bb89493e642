"""The sentences of every reason that a ballot's rules can give, and the names of its words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from ballot.models import AppendixKind, Method
from ballot.rules.lifecycle import Capacity, Force, Hold, Level, State
from ballot.rules.majority import TieRule
from ballot.rules.participation import Basis, Ground, Kind, Setting, Shortfall
from foundation import phrases
from foundation.errors import Reason
from members.phrases import CLASS_NAMES, CLASS_NAMES_PLURAL, STATUS_NAMES, SUBJECT_NAMES

METHODS: dict[Method, LazyString] = {
    Method.MOTION: _l("ja eller nei"),
    Method.CHOICE: _l("ett alternativ"),
    Method.APPROVAL: _l("ett eller flere alternativer"),
}
FORCES: dict[Force, LazyString] = {Force.ADVISORY: _l("rådgivende"), Force.BINDING: _l("bindende")}
LEVELS: dict[Level, LazyString] = {
    Level.SECRET: _l("hemmelig"),
    Level.CHECKABLE: _l("hemmelig og etterprøvbar"),
    Level.OPEN: _l("åpen"),
}
SETTINGS: dict[Setting, LazyString] = {
    Setting.NONE: _l("Alle med stemmerett kan stemme"),
    Setting.REPORT_ONLY: _l("Alle kan stemme, og resultatet viser hvor mange som har deltatt"),
    Setting.REQUIRED: _l("De som har deltatt i diskusjonen, kan stemme"),
}
SHORTFALLS: dict[Shortfall, LazyString] = {
    Shortfall.LAPSE: _l("Kravet faller bort, og alle med stemmerett kan stemme"),
    Shortfall.CANCEL: _l("Avstemningen blir avlyst"),
}
TIE_RULES: dict[TieRule, LazyString] = {
    TieRule.NOT_ADOPTED: _l("Ved stemmelikhet er ingenting vedtatt"),
    TieRule.LOT: _l("Ved stemmelikhet trekker tellekorpset lodd"),
}
KINDS: dict[Kind, LazyString] = {
    Kind.POST: _l("innlegg"),
    Kind.PROPOSAL: _l("forslag"),
    Kind.ANSWER: _l("svar på diskusjonsspørsmål"),
    Kind.MEETING: _l("møte"),
    Kind.STATEMENT: _l("skriftlig innspill"),
    Kind.ASSISTED: _l("skriftlig innspill"),
}
BASES: dict[Basis, LazyString] = {
    Basis.POST: _l("innlegg"),
    Basis.PROPOSAL: _l("forslag"),
    Basis.ANSWER: _l("svar på diskusjonsspørsmål"),
    Basis.MEETING: _l("møte"),
    Basis.STATEMENT: _l("skriftlig innspill"),
    Basis.NONE: _l("ingen"),
}
GROUNDS: dict[Ground, LazyString] = {
    Ground.DELETED: _l("slettet"),
    Ground.SHORTENED: _l("kortet ned"),
    Ground.NOT_A_CONTRIBUTION: _l("ikke et innspill i saken"),
    Ground.CORRECTED: _l("rettet på møtets liste"),
}
HOLDS: dict[Hold, LazyString] = {
    Hold.APPEALS_PENDING: _l("en klage som ikke er avgjort"),
    Hold.INCIDENT_OPEN: _l("en hendelse som ikke er avklart"),
    Hold.LOT_NEEDED: _l("en loddtrekning som gjenstår"),
    Hold.NOT_RECONCILED: _l("tall som ikke stemmer overens"),
}
APPENDICES: dict[AppendixKind, LazyString] = {
    AppendixKind.APPEAL_GRANTED: _l("En klage fikk medhold."),
    AppendixKind.APPEAL_REVERSED: _l("En klage ble ikke avgjort i tide, og da gjelder den."),
    AppendixKind.RESIGNATION: _l("Utmelding."),
    AppendixKind.DEATH: _l("Dødsfall."),
    AppendixKind.EXPULSION: _l("Endelig vedtak om eksklusjon."),
    AppendixKind.LATE_CONTRIBUTION: _l("En møteliste ble ført inn senere."),
    AppendixKind.SUSPENSION: _l("Kravet om deltakelse ble opphevet."),
    AppendixKind.MERGED: _l("Samme person sto to ganger i registeret."),
}
CAPACITIES: dict[Capacity, LazyString] = {
    Capacity.BOARD: _l("styret"),
    Capacity.BOARD_ABOVE: _l("styret i leddet over"),
    Capacity.TELLER: _l("tellekorpset"),
    Capacity.CONTROL: _l("kontrollkomiteen"),
}
# What a ballot is, said of it: «Avstemningen er …».
STATES: dict[State, LazyString] = {
    State.DRAFT: _l("et utkast"),
    State.SUBMITTED: _l("sendt til godkjenning"),
    State.NOTIFIED: _l("kunngjort"),
    State.FROZEN: _l("klar til å åpne"),
    State.OPEN: _l("åpen"),
    State.CLOSED: _l("stengt"),
    State.COUNTED: _l("telt opp"),
    State.CERTIFIED: _l("avgjort"),
    State.FINAL: _l("avsluttet"),
    State.WITHDRAWN: _l("trukket"),
    State.CANCELLED: _l("avlyst"),
    State.ANNULLED: _l("opphevet"),
}

SENTENCES: dict[str, LazyString] = {
    # The participation line (STRINGS 29 to 36)
    "part.not_yet": _l(
        "Vil du stemme i denne saken? Delta i diskusjonen før %(deadline)s. "
        "Skriv et innlegg, kom på et møte eller send et skriftlig innspill. Ett bidrag er nok."
    ),
    "part.some": _l(
        "Du har %(n)s av %(minimum)s bidrag. Ta med %(missing)s til før %(deadline)s, så kan du stemme."
    ),
    "part.ready": _l(
        "Du har deltatt i diskusjonen om saken (%(what)s, %(at_day)s). Du kan stemme fra %(opens_at)s."
    ),
    "part.vote_now": _l("Du kan stemme nå. Avstemningen stenger %(closes_at)s."),
    "part.voted": _l("Du har stemt."),
    "part.refused": _l(
        "Du kan ikke stemme i denne avstemningen. %(reason)s Mener du at det er feil? "
        "Klag før %(appeal_before)s."
    ),
    "part.refused_for_now": _l("Du kan ikke stemme i denne avstemningen. %(reason)s"),
    "part.lapsed": _l(
        "Kravet om deltakelse er falt bort fordi færre enn %(minimum)s hadde deltatt. "
        "Alle andre vilkår gjelder som før."
    ),
    "part.rule_off": _l(
        "Kravet om deltakelse gjelder ikke i denne avstemningen lenger. Du kan stemme fra %(opens_at)s."
    ),
    "part.not_enough": _l("Å lese, følge eller trykke «Nyttig» er fint, men er ikke nok alene til å stemme."),
    "part.roll_being_made": _l(
        "Manntallet blir laget nå. Last siden på nytt om litt, så ser du om du kan stemme."
    ),
    # In the composer (STRINGS 24, 25, 28)
    "composer.new_member": _l(
        "Du er velkommen i diskusjonen. Denne gangen stemmer de som var medlem senest %(cutoff_at)s."
    ),
    "composer.supporter": _l("Du kan skrive her som %(membership_class)s. Stemmerett i saker har du ikke."),
    "composer.delete_warn": _l(
        "Sletter du innlegget, har du ikke lenger deltatt i «%(case)s» og kan ikke stemme. "
        "Du kan delta på nytt før %(deadline)s."
    ),
    "credit.counts_towards": _l("Du kan stemme i avstemningen «%(question)s» fra %(opens_at)s."),
    # Why somebody is not on a roll (STRINGS 82 to 90)
    "no_contribution": _l("Vi fant ingen deltakelse fra deg i diskusjonen før fristen %(deadline)s."),
    "too_few_contributions": _l(
        "Vi fant %(n)s av %(minimum)s bidrag fra deg i diskusjonen før fristen %(deadline)s."
    ),
    "contribution_withdrawn": _l("Du slettet bidraget ditt %(at_day)s, før fristen gikk ut."),
    "contribution_shortened": _l(
        "Du kortet ned bidraget ditt %(at_day)s, før fristen gikk ut. Det var da for kort til å telle."
    ),
    "time_to_take_part_passed": _l(
        "Fristen for å delta gikk ut %(deadline)s, og listen kan ikke rettes lenger."
    ),
    "check_in_corrected": _l("Møtets liste ble rettet %(at_day)s, og oppmøtet teller ikke."),
    "not_a_contribution": _l(
        "To personer har vurdert at bidraget ditt ikke var et innspill i saken. Grunn: %(ground)s."
    ),
    "joined_after_cutoff": _l(
        "Du ble medlem %(joined_at_day)s. Avstemningen er for dem som var medlem senest %(cutoff_at)s."
    ),
    "dues_unpaid": _l(
        "Kontingenten for %(year)s var ikke registrert som betalt %(at)s. "
        "Har du betalt, tar vi imot kvittering."
    ),
    "wrong_unit": _l("Avstemningen er for medlemmer i %(units)s. Du står i %(unit)s."),
    "class_not_allowed": _l("Avstemningen er for %(classes)s. Du er %(membership_class)s."),
    "under_age": _l("Du må ha fylt %(minimum_age)s år for å stemme."),
    "not_active": _l("Medlemskapet ditt var ikke aktivt %(at)s."),
    # What somebody has contributed, and why it does not count
    "contribution": _l("Et %(kind)s %(at)s"),
    "before_window": _l("Skrevet %(at)s, før tiden som teller. Den begynte %(opens_at)s."),
    "after_deadline": _l("Skrevet %(at)s, etter fristen %(deadline)s."),
    "kind_not_counted": _l("I denne avstemningen teller ikke %(kind)s som deltakelse."),
    "copy": _l("Teksten er lik et innlegg som alt står i saken."),
    "too_short": _l("Innlegget har %(characters)s tegn. Det må ha minst %(minimum)s for å telle."),
    "official": _l("Skrevet på vegne av et verv. Skriv gjerne noe som medlem også."),
    # When somebody votes (STRINGS 76 to 78)
    "vote.closed": _l(
        "Avstemningen stengte %(closes_at)s. Stemmen din ble ikke tatt imot, og valget ditt er ikke lagret."
    ),
    "vote.not_open": _l("Avstemningen åpner %(opens_at)s."),
    "vote.twice": _l("Stemmen din er allerede levert og gjelder."),
    "roll_being_made": _l("Manntallet blir laget nå. Prøv igjen om litt."),
    "ballot_withdrawn": _l("Avstemningen er trukket."),
    "ballot_cancelled": _l("Avstemningen er avlyst. Det er ikke tatt imot noen stemmer."),
    "ballot_annulled": _l("Avstemningen er opphevet."),
    "cancelled_for_shortfall": _l(
        "Færre enn %(minimum)s av dem med stemmerett hadde deltatt i diskusjonen før fristen. "
        "Da er avstemningen avlyst, slik det sto i kunngjøringen."
    ),
    # What stands in the way of a notice
    "options_too_few": _l("Det må være minst to alternativer å velge mellom."),
    "option_empty": _l("Et alternativ mangler navn."),
    "options_alike": _l("«%(first)s» og «%(second)s» er for like til å kunne skilles fra hverandre."),
    "bylaw_reference_missing": _l("Skriv hvor i vedtektene det står at avstemningen er bindende."),
    "binding_not_yet": _l(
        "En bindende avstemning kan skrives som utkast, men ikke kunngjøres ennå. "
        "Den krever et tellekorps som har nøkkelen til stemmesedlene, og det er ikke på plass."
    ),
    "level_not_yet": _l(
        "En avstemning som er %(level)s, kan ikke kunngjøres ennå. Velg en hemmelig avstemning."
    ),
    "majority_fraction": _l("Flertallskravet er ikke en gyldig brøk."),
    "majority_below_half": _l("Flertallskravet kan ikke være lavere enn halvparten."),
    "majority_impossible": _l("Ingen kan få mer enn alle stemmene. Velg et lavere flertallskrav."),
    "quorum_fraction": _l("Kravet til hvor mange som stemmer, er ikke gyldig."),
    "quorum_impossible": _l(
        "Det må stemme %(quorum)s, men bare %(entitled)s har stemmerett. Velg et lavere krav."
    ),
    "classes_missing": _l("Velg hvem som kan stemme."),
    "class_without_vote": _l(
        "Etter reglene om stemmerett kan ikke %(classes)s stemme når avstemningen gjelder %(subject)s."
    ),
    "nobody_entitled": _l("Ingen har stemmerett slik utkastet er nå."),
    "small_roll_unconfirmed": _l(
        "Bare %(entitled)s har stemmerett. Med så få kan noen gjette hva andre har stemt. "
        "Kryss av for at styret vil holde avstemningen likevel."
    ),
    "tellers_too_few": _l("Et tellekorps har minst to personer."),
    "closing_before_opening": _l(
        "Avstemningen må stenge etter at den åpner. Nå stenger den %(closes_at)s og åpner %(opens_at)s."
    ),
    "opening_before_notice": _l("Avstemningen kan ikke åpne før den er kunngjort."),
    "freeze_before_notice": _l("Fristen for å delta kan ikke være før kunngjøringen."),
    "freeze_after_opening": _l("Fristen for å delta må være før avstemningen åpner."),
    "cutoff_after_notice": _l("«Medlem senest» kan ikke være senere enn kunngjøringen."),
    "cutoff_too_early": _l(
        "«Medlem senest» kan ikke være tidligere enn karantenetiden i vedtektene gir rom for, %(earliest)s."
    ),
    "unit_outside": _l("%(units)s hører ikke til %(unit)s. Velg bare ledd som gjør det."),
    "answer_before_closing": _l("Svaret må komme etter at avstemningen er stengt, %(closes_at)s."),
    "lot_not_yet": _l("Loddtrekning kan ikke føres inn ennå. Velg at stemmelikhet ikke vedtar noe."),
    # What stands in the way of the participation rule
    "rule_subject": _l(
        "Krav om deltakelse kan bare brukes når avstemningen gjelder en sak. Denne gjelder %(subject)s."
    ),
    "rule_not_permitted": _l(
        "Styret kan ikke selv innføre krav om deltakelse. "
        "Årsmøtet, et medlemsmøte eller vedtektene må ha åpnet for det."
    ),
    "rule_needs_bylaws": _l("I en bindende avstemning må kravet om deltakelse stå i vedtektene."),
    "rule_reference_missing": _l("Det er ikke registrert hvor det står at kravet om deltakelse er tillatt."),
    "rule_too_few": _l(
        "Krav om deltakelse kan bare brukes når minst %(minimum)s har stemmerett. Her er det %(entitled)s."
    ),
    "rule_minimum": _l("Det kan kreves ett, to eller tre bidrag, ikke flere enn %(highest)s."),
    "rule_no_thread": _l(
        "Velg en sak som har en tråd å diskutere i. Uten den kan ingen delta, og da kan ingen stemme."
    ),
    "rule_no_kind": _l("Minst én måte å delta på må telle."),
    "rule_private_route": _l(
        "Innlegg, skriftlige innspill og hjelp til å delta teller alltid. Den veien kan ikke stenges."
    ),
    "rule_cancel_demanded": _l(
        "Medlemmene har krevd avstemningen. Da kan den ikke avlyses fordi få har deltatt."
    ),
    "freeze_too_soon": _l(
        "Fristen for å delta kan tidligst være %(earliest)s, sju dager etter kunngjøringen."
    ),
    "window_too_short": _l(
        "Medlemmene må ha minst sju dager på å delta. Fristen kan tidligst være %(earliest)s."
    ),
    "opening_too_soon": _l(
        "Avstemningen kan tidligst åpne %(earliest)s, tolv timer etter fristen for å delta."
    ),
    "voting_too_short": _l(
        "Med krav om deltakelse må avstemningen være åpen i minst to døgn. "
        "Den kan tidligst stenge %(earliest)s."
    ),
    # What may change after the notice
    "rule_change_too_late": _l("Kravet om deltakelse kunne endres før %(deadline)s. Nå er det for sent."),
    "nothing_changed": _l("Det er ingenting å endre."),
    "rule_setting_fixed": _l("Hvem kravet gjelder for, sto i kunngjøringen og kan ikke endres."),
    "rule_shortfall_fixed": _l("Hva som skjer når få har deltatt, sto i kunngjøringen og kan ikke endres."),
    "rule_stricter_minimum": _l(
        "Kravet var %(before)s bidrag da avstemningen ble kunngjort. Det kan ikke økes til %(after)s."
    ),
    "rule_length_fixed": _l("Et innlegg teller fra %(characters)s tegn. Det kan ikke endres."),
    "rule_thread_removed": _l("Tråder kan legges til, men ikke tas bort etter kunngjøringen."),
    "rule_meeting_removed": _l("Møter kan legges til, men ikke tas bort etter kunngjøringen."),
    "rule_kind_removed": _l("Etter kunngjøringen teller %(kinds)s, og det kan ikke tas bort."),
    "rule_window_shorter": _l("Tiden for å delta kan ikke bli kortere etter kunngjøringen."),
    "rule_window_once": _l("Fristen for å delta er alt flyttet én gang."),
    "rule_suspend_too_late": _l("Kravet om deltakelse kunne oppheves før %(deadline)s. Nå er det for sent."),
    "rule_not_in_force": _l("Det er ikke noe krav om deltakelse å oppheve i denne avstemningen."),
    "thread_merged": _l("Tråden er slått sammen med en annen. Knytt den andre til saken i stedet."),
    "outage_times": _l("Skriv når driftsstansen begynte og sluttet. Den må være over."),
    "outage_too_short": _l(
        "Bare en driftsstans på mer enn en time i det siste døgnet før fristen flytter den."
    ),
    "outage_too_late": _l("Avstemningen stengte %(deadline)s. Da kan stengetiden ikke flyttes."),
    "outage_not_now": _l(
        "En driftsstans kan flytte fristen for å delta før manntallet er laget, "
        "og stengetiden mens avstemningen er åpen."
    ),
    "outage_told": _l("Denne driftsstansen har alt flyttet fristene."),
    "dates_exhausted": _l(
        "Fristene kan flyttes høyst sju dager i alt, og aldri forbi dagen saken blir avgjort."
    ),
    "rule_not_changeable": _l(
        "Det er ikke noe krav om deltakelse å endre. Enten er det ikke brukt, eller fristen er ute."
    ),
    "notice_fixed": _l(
        "Avstemningen ble kunngjort %(notified_at)s. Det medlemmene stoler på, kan ikke endres etter det. "
        "Er noe galt, kan to i styret avlyse før den åpner og lage en ny."
    ),
    "notice_not_published": _l("Avstemningen er ikke kunngjort ennå. Rediger utkastet i stedet."),
    "draft_locked": _l(
        "Utkastet er sendt til godkjenning og kan ikke redigeres. "
        "Be den som skal godkjenne, om å sende det tilbake."
    ),
    # Who may move a ballot on
    "no_such_move": _l("Avstemningen er %(state)s og kan ikke bli %(to)s nå."),
    "not_due": _l("Avstemningen kan ikke bli %(to)s ennå."),
    "system_only": _l("Det gjør systemet selv når tiden er inne. Ingen kan gjøre det for hånd."),
    "not_drafter": _l("Bare den som har skrevet utkastet, kan sende det inn."),
    "capacity_missing": _l("Dette kan bare %(capacities)s gjøre."),
    "reason_missing": _l("Skriv en begrunnelse."),
    "two_needed": _l("Dette må to personer gjøre sammen."),
    "second_person_needed": _l("Du har alt foreslått dette. En annen i styret må bekrefte."),
    "certification_held": _l("Resultatet kan ikke godkjennes ennå. Det venter på %(holds)s."),
    "incident_open": _l("En hendelse er alt meldt. Den må avklares før en ny kan meldes."),
    "incident_none": _l("Det er ingen hendelse å avklare."),
    "record_not_there": _l("Det er ingen protokoll å rette ennå."),
    "incident_not_now": _l("En hendelse kan meldes fra avstemningen åpner til den er avsluttet."),
    "not_ended": _l(
        "En ny avstemning kan erstatte en som er avlyst eller opphevet. Denne er ingen av delene."
    ),
    "rerun_exists": _l("Det er alt laget et utkast til en ny avstemning som erstatter denne."),
    # Appeals against the roll (PARTICIPATION section 11)
    "roll_appeal_ballot_ended": _l("Avstemningen er avsluttet før tiden. Da er det ingenting å klage på."),
    "roll_appeal_too_early": _l("Manntallet blir laget %(freezes_at)s. Du kan klage fra da av."),
    "roll_appeal_entitled": _l("Du står i manntallet og kan stemme. Du trenger ikke klage."),
    "roll_appeal_open": _l("Du har alt klaget. Klagen din er ikke avgjort ennå."),
    "roll_appeal_decided": _l("Klagen din er avgjort av to personer, og den kan ikke sendes på nytt."),
    "roll_appeal_too_late": _l("Klager måtte komme før %(deadline)s."),
    "roll_appeal_settled": _l("Klagen er alt avgjort."),
    "roll_appeal_second_needed": _l("Du har alt sagt din mening om klagen. Nå trengs det en til."),
    "roll_appeal_sentence_missing": _l("Skriv en setning om hvorfor, så medlemmet forstår det."),
    "roll_appeal_unit_above": _l("Klager om medlemskap og kontingent avgjøres av klagegruppa i leddet over."),
    "receipt_too_large": _l("Filen er for stor. Den kan være på høyst 5 MB. Ta gjerne et mindre bilde."),
    "receipt_kind": _l("Vi tar imot bilder (JPG og PNG) og PDF. Filen er noe annet, eller den er skadet."),
    "receipt_active": _l(
        "PDF-en har noe i seg som kan kjøre av seg selv eller er låst. Ta et bilde av kvitteringen i stedet."
    ),
    "roll_reduced": _l("Navnene i manntallet ble slettet %(at_day)s. Antallene står igjen."),
    # Two entries of the register, and leaving
    "merged": _l("Samme person sto to ganger i registeret, og har én linje i manntallet."),
    "merge_unknown": _l("Ingen i registeret har dette medlemsnummeret."),
    "merge_same": _l("Det er samme oppføring. Skriv medlemsnummeret på den andre."),
    "merge_gone": _l("Den ene oppføringen er alt slått sammen med en annen eller slettet."),
    "merge_two_marks": _l(
        "Begge er avmerket i manntallet i samme avstemning, så de kan ikke slås sammen. Tellekorpset har fått beskjed."
    ),
    "merge_incident": _l(
        "To oppføringer i registeret gjelder samme person, og begge er avmerket i manntallet. "
        "Ingen vet hva som er stemt."
    ),
    "erase_last_administrator": _l("Du er den eneste administratoren. Gi vervet til en annen først."),
    "appeals_could_change": _l(
        "Noen ble feilaktig holdt utenfor manntallet (%(n)s), og det kan ha endret utfallet. "
        "Avstemningen må oppheves og holdes på nytt."
    ),
    "proposal_gone": _l("Forslaget gjelder ikke lenger. Last siden på nytt og se hva som er gjort."),
}
"""Every code of `ballot.rules` and of the services; the rule sentences themselves are in `ballot.sentences`."""


def register() -> None:
    """Add the sentences to those of the house."""
    phrases.add(SENTENCES)
    phrases.name_words(CLASS_NAMES, CLASS_NAMES_PLURAL)
    phrases.name_words(STATUS_NAMES)
    phrases.name_words(SUBJECT_NAMES)
    phrases.name_words(METHODS)
    phrases.name_words(FORCES)
    phrases.name_words(LEVELS)
    phrases.name_words(SETTINGS)
    phrases.name_words(SHORTFALLS)
    phrases.name_words(TIE_RULES)
    phrases.name_words(KINDS)
    phrases.name_words(BASES)
    phrases.name_words(GROUNDS)
    phrases.name_words(HOLDS)
    phrases.name_words(APPENDICES)
    phrases.name_words(CAPACITIES)
    phrases.name_words(STATES)


def precise(reason: Reason) -> Reason:
    """The reason of a roll line in the words that fit its facts.

    The roll knows one code for nothing and for too little, and one for deleting and for shortening.
    """
    if reason.code == "no_contribution" and reason.facts.get("n"):
        return Reason("too_few_contributions", reason.facts)
    if reason.code == "contribution_withdrawn" and reason.facts.get("shortened"):
        return Reason("contribution_shortened", reason.facts)
    return reason
