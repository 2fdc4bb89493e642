"""The counting methods in plain words: what a board chooses among, what a voter is told, and how each is counted.

The steps are those of `docs/counting/`, told to somebody who votes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from ballot.models import Ballot, Consent, Method
from ballot.rules.lifecycle import Force
from ballot.rules.majority import Outcome, TieRule, Verdict
from ballot.rules.methods import KINDS, Marking
from foundation import phrases

NAMES: Mapping[Method, LazyString] = {
    Method.SCORE: _l("poeng fra 0 til 5"),
    Method.BLOCK: _l("avkryssing for flere kandidater"),
    Method.IRV: _l("rangering, talt i runder"),
    Method.SCHULZE: _l("rangering, talt parvis etter Schulze"),
    Method.RANKED_PAIRS: _l("rangering, talt parvis med de klareste seirene først"),
    Method.SCOTTISH_STV: _l("preferansevalg etter de skotske reglene"),
    Method.MEEK_STV: _l("preferansevalg etter Meek"),
    Method.UIO_STV: _l("preferansevalg som ved Universitetet i Oslo"),
}
"""What a method is called in a sentence; the three of the ordinary ballot have their names in `phrases`."""

CHOICES: Mapping[Method, LazyString] = {
    Method.APPROVAL: _l("Kryss av for alle man kan støtte"),
    Method.SCORE: _l("Gi poeng fra 0 til 5"),
    Method.BLOCK: _l("Kryss av for inntil så mange som skal velges"),
    Method.IRV: _l("Ranger, én blir valgt i runder"),
    Method.SCHULZE: _l("Ranger, én blir valgt parvis (Schulze)"),
    Method.RANKED_PAIRS: _l("Ranger, én blir valgt parvis (klareste seire først)"),
    Method.SCOTTISH_STV: _l("Ranger kandidatene, flere blir valgt (skotske regler)"),
    Method.UIO_STV: _l("Ranger kandidatene, flere blir valgt med vara (som ved UiO)"),
    Method.MEEK_STV: _l("Ranger kandidatene, flere blir valgt (Meek)"),
}
"""What a board chooses among; without a choice it is yes or no, or one mark."""

GOOD_FOR: Mapping[Method, LazyString] = {
    Method.MOTION: _l("Godt når det er ett forslag å si ja eller nei til."),
    Method.CHOICE: _l("Godt når det er få alternativer som er tydelig forskjellige."),
    Method.APPROVAL: _l("Godt når dere vil finne det flest kan leve med."),
    Method.SCORE: _l("Godt når det betyr noe hvor godt folk liker hvert alternativ."),
    Method.BLOCK: _l(
        "Godt når flere skal velges og alle kjenner kandidatene. Et flertall kan fylle alle plassene."
    ),
    Method.IRV: _l("Godt når én skal velges blant flere, for eksempel en leder."),
    Method.SCHULZE: _l("Godt når dere vil ha den som ville vunnet mot hver av de andre."),
    Method.RANKED_PAIRS: _l(
        "Godt når dere vil ha den som ville vunnet mot hver av de andre, med en telling som er lett å følge."
    ),
    Method.SCOTTISH_STV: _l(
        "Godt når et styre skal velges slik at også mindretallet får plass. Det vanligste valget."
    ),
    Method.MEEK_STV: _l("Godt når dere vil ha den mest nøyaktige fordelingen, og en datamaskin kan telle."),
    Method.UIO_STV: _l("Godt når både faste medlemmer og vara i rekkefølge skal velges på én stemmeseddel."),
}

STEPS: Mapping[Method, tuple[LazyString, ...]] = {
    Method.MOTION: (
        _l("Ja, nei og blanke blir talt hver for seg."),
        _l("Forslaget er vedtatt hvis det når flertallet som sto i kunngjøringen."),
        _l("En blank stemme er verken ja eller nei, men regnes med blant dem som har stemt."),
    ),
    Method.CHOICE: (
        _l("Hver stemmeseddel teller for det ene alternativet den har krysset av."),
        _l("Det som har flest stemmer, er valgt, hvis det også når flertallet som sto i kunngjøringen."),
    ),
    Method.APPROVAL: (
        _l("Hver stemmeseddel teller én stemme for hvert alternativ den har krysset av."),
        _l("Det som har flest stemmer, er valgt, hvis det også når flertallet som sto i kunngjøringen."),
    ),
    Method.SCORE: (
        _l("Poengene fra alle stemmesedlene blir lagt sammen for hvert alternativ."),
        _l("Det som ikke har fått poeng på en seddel, får 0 fra den."),
        _l("Det som har flest poeng, er valgt."),
    ),
    Method.BLOCK: (
        _l("Hvert kryss er én stemme. En seddel kan ikke ha flere kryss enn det som står på den."),
        _l("De med flest stemmer får plassene, og de neste blir vara i rekkefølge."),
        _l("Er det kjønnskvotering, går plassen videre til den neste som kan velges."),
    ),
    Method.IRV: (
        _l("Hver stemmeseddel teller for den som står øverst på den."),
        _l("Har noen mer enn halvparten, er hun valgt."),
        _l("Ellers går den med færrest ut, og de sedlene teller videre for den neste på seddelen."),
        _l("Slik fortsetter det til noen har mer enn halvparten av sedlene som fortsatt teller."),
    ),
    Method.SCHULZE: (
        _l("For hvert par blir det talt hvor mange som har satt den ene foran den andre."),
        _l("Den som flest setter foran, har slått den andre. Styrken er antallet."),
        _l("En kjede av seire er så sterk som det svakeste leddet i den."),
        _l("Den som har minst like sterke kjeder til alle andre som de har tilbake, er valgt."),
    ),
    Method.RANKED_PAIRS: (
        _l("For hvert par blir det talt hvor mange som har satt den ene foran den andre."),
        _l("Seirene blir tatt etter tur, den klareste først."),
        _l("En seier som ville gått i ring med dem som alt er tatt, blir hoppet over."),
        _l("Den som ingen står foran til slutt, er valgt."),
    ),
    Method.SCOTTISH_STV: (
        _l("Valgtallet er sedlene delt på plassene pluss én, rundet ned, pluss én."),
        _l(
            "Den som når valgtallet, er valgt. Det hun har for mye, går videre til de neste med lavere verdi."
        ),
        _l(
            "Er det ingenting å flytte, går den med færrest ut, og sedlene går videre til den neste på hver av dem."
        ),
        _l("Slik fortsetter det til alle plassene er fylt. Hver seddel er verdt like mye fra starten."),
    ),
    Method.MEEK_STV: (
        _l("Valgtallet er stemmene som fortsatt teller, delt på plassene pluss én."),
        _l(
            "Den som når valgtallet, beholder akkurat så mye som trengs av hver seddel, og resten går videre."
        ),
        _l("Når noen går ut, blir alt talt på nytt som om hun ikke hadde stilt."),
        _l("Slik fortsetter det til alle plassene er fylt."),
    ),
    Method.UIO_STV: (
        _l("Valgtallet er sedlene delt på plassene pluss én, og litt til."),
        _l(
            "Den som når valgtallet, er valgt, og det hun har for mye, går videre fra sedlene som avgjorde det."
        ),
        _l("De som ikke lenger kan nå igjen de andre, går ut samtidig, og sedlene går videre."),
        _l("Vara blir valgt én og én, hver med en ny telling av alle sedlene."),
    ),
}

MARKINGS: Mapping[Marking, LazyString] = {
    Marking.ONE: _l("Du krysser av for ett."),
    Marking.SEVERAL: _l("Du krysser av for flere."),
    Marking.RANKS: _l("Du setter 1 ved den du helst vil ha, 2 ved den neste, og stopper når du vil."),
    Marking.POINTS: _l("Du gir hvert alternativ fra 0 til 5 poeng."),
}


@dataclass(frozen=True)
class Words:
    """A method as a page tells of it."""

    method: str
    marking: str
    marking_sentence: str
    good_for: str
    steps: tuple[str, ...]
    judged: bool


def words_of(method: str) -> Words:
    """What is told of a method; the form's empty choice is one mark."""
    known = Method(method or Method.CHOICE)
    kind = KINDS[known]
    return Words(
        method=known.value,
        marking=kind.marking.value,
        marking_sentence=str(MARKINGS[kind.marking]),
        good_for=str(GOOD_FOR[known]),
        steps=tuple(str(step) for step in STEPS[known]),
        judged=kind.judged,
    )


CONSENTS: Mapping[Consent, LazyString] = {
    Consent.NOT_ASKED: _l("ikke spurt"),
    Consent.ASKED: _l("spurt, har ikke svart"),
    Consent.GIVEN: _l("har sagt ja"),
    Consent.DECLINED: _l("har sagt nei"),
    Consent.WRITTEN: _l("har sagt ja skriftlig"),
}

QUOTAS: Mapping[str, LazyString] = {
    "40": _l("Minst 40 prosent av hvert kjønn"),
    "50": _l("Halvparten av hvert kjønn"),
    "equality-law": _l("Som i likestillingsloven"),
    "own": _l("Antall som vi setter selv"),
}
GROUP_NAMES: Mapping[str, LazyString] = {"K": _l("Kvinne"), "M": _l("Mann")}
GROUP_PLURALS: Mapping[str, LazyString] = {"K": _l("kvinner"), "M": _l("menn")}

PURPOSES: Mapping[str, LazyString] = {
    "elect": _l("Den som kommer først, får plassen."),
    "winner": _l("Den som kommer først, er valgt."),
    "deputy": _l("Den som kommer først, blir vara før de andre."),
    "surplus": _l("Den som kommer først, får overskuddet sitt flyttet først."),
    "exclude": _l("Den som kommer sist, går ut av tellingen."),
    "pairs": _l("Loddet setter alle i en rekkefølge som avgjør like seire."),
    "runoff": _l("Den som kommer først, går videre."),
    "motion": _l("Det som kommer først, gjelder."),
}
"""What a lot decides, by the counting core's word for it."""

SENTENCES: Mapping[str, LazyString] = {
    # On the paper
    "choice.nothing_written": _l(
        "Du har ikke satt noe på stemmeseddelen. Skriv minst ett tall, eller stem blankt."
    ),
    "choice.too_many": _l("Du har krysset av for %(marked)s. Du kan krysse av for høyst %(most)s."),
    "rank.wrong": _l("Noe på stemmeseddelen må rettes. Det står ved navnene."),
    "rank.not_a_number": _l("Skriv et helt tall fra %(least)s til %(highest)s, eller la feltet stå tomt."),
    "rank.out_of_range": _l("Tallet må være fra %(least)s til %(highest)s."),
    "rank.twice": _l("Nummer %(rank)s står ved flere. Hver må ha sitt eget nummer."),
    "rank.two_numbers": _l("Det er sendt to tall her. Skriv bare ett."),
    # In a draft
    "method_persons_only": _l(
        "Denne måten er for valg av personer. Velg «Valg» under «Hva slags avstemning er det?», eller en annen måte."
    ),
    "method_subject": _l("Når avstemningen gjelder %(subject)s, kan man bare krysse av."),
    "options_too_many": _l("Det kan være høyst %(most)s på en stemmeseddel."),
    "method_one_seat": _l("Denne måten velger én. Velg en annen måte hvis flere skal velges."),
    "places_too_many": _l("%(seats)s skal velges, men det er bare %(candidates)s å velge mellom."),
    "method_no_deputies": _l(
        "Denne måten velger ikke vara. Velg avkryssing eller preferansevalg som ved UiO."
    ),
    "deputies_too_many": _l(
        "%(seats)s skal velges og %(deputies)s være vara, men det er bare %(candidates)s å velge mellom."
    ),
    "method_no_max_marks": _l("Antall kryss kan bare settes når man krysser av for flere."),
    "max_marks_range": _l("Antall kryss må være fra 1 til %(most)s."),
    "method_no_majority": _l("Her avgjør tellingen selv hvem som er valgt. Velg «Flest stemmer»."),
    "lot_needs_tellers": _l(
        "Et lodd må trekkes av to i tellekorpset. Velg tellere, eller la loddet følge av stemmesedlene."
    ),
    "tie_must_be_settled": _l(
        "Med denne måten må likt antall alltid avgjøres. Velg hvordan loddet blir trukket."
    ),
    "method_no_quota": _l(
        "Denne måten kan ikke ha kjønnskvotering. Velg avkryssing, skotske regler eller som ved UiO."
    ),
    "quota_no_groups": _l(
        "Ingen av kandidatene har oppgitt kjønn. Da kan ikke kvoteringen brukes. Spør kandidatene først."
    ),
    "quota_group_short": _l(
        "Det er for få kandidater av et kjønn, og dere har valgt at avstemningen da ikke åpner."
    ),
    "quota_cannot_be_met": _l("Kvoteringen går ikke opp med disse kandidatene og plassene."),
    "quota_numbers_missing": _l("Skriv hvor mange av hvert kjønn som minst skal velges."),
    "candidates_unconsenting": _l(
        "%(names)s har ikke sagt ja til å stille. Spør dem på siden om kandidatene."
    ),
    "candidate_unknown": _l("Vi finner ingen aktive medlemmer med nummer %(member_no)s i leddet."),
    "candidate_twice": _l("Det samme medlemmet står to ganger."),
    "candidate_not_asked": _l("Du er ikke spurt om å stille i denne avstemningen."),
    "candidate_too_late": _l("Avstemningen er kunngjort, så svaret kan ikke endres her. Snakk med styret."),
    "candidate_is_member": _l("Kandidaten er medlem og svarer selv."),
    "candidate_gone": _l("Kandidaten står ikke på listen lenger. Last siden på nytt."),
    "consent_in_future": _l("Datoen for samtykket kan ikke være i framtiden."),
    # A lot
    "lot_not_needed": _l("Opptellingen venter ikke på noe lodd nå."),
    "lot_order": _l("Gi hver av dem sitt eget nummer, fra 1 og oppover."),
    "lot_time": _l("Loddet må være trukket etter at avstemningen stengte, og ikke i framtiden."),
    "lot_witnesses": _l("Skriv hvem som så på."),
}


def register() -> None:
    """Add these words to those of the house."""
    phrases.add(SENTENCES)
    phrases.name_words(NAMES)
    phrases.name_words(CONSENTS)
    phrases.name_words(
        {TieRule.SEED: _l("Ved stemmelikhet følger loddet av kontrollsummen for stemmesedlene")}
    )


def rule(ballot: Ballot) -> str:
    """How a ballot that elects is decided, in the sentences that stand on page, result and record."""
    told = [_rule_of(ballot)]
    if ballot.deputies:
        told.append(
            ngettext(
                "Deretter blir %(num)s vara.", "Deretter blir %(num)s vara i rekkefølge.", ballot.deputies
            )
        )
    if ballot.quota:
        told.append(quota(ballot.quota))
    if ballot.quorum_numerator:
        told.append(
            _(
                "Minst %(percent)s prosent av dem med stemmerett må stemme.",
                percent=-(-100 * ballot.quorum_numerator // ballot.quorum_denominator),
            )
        )
    told.append(
        _("Står noen likt, trekker tellekorpset lodd.")
        if ballot.tie_rule is TieRule.LOT
        else _(
            "Står noen likt, følger loddet av kontrollsummen for stemmesedlene, som ingen kjenner på forhånd."
        )
    )
    return " ".join(told)


def _rule_of(ballot: Ballot) -> str:
    seats = ballot.seats
    if ballot.method is Method.SCORE:
        return _("Det som får flest poeng til sammen, blir valgt.")
    if ballot.method is Method.BLOCK:
        return ngettext("Den med flest kryss blir valgt.", "De %(num)s med flest kryss blir valgt.", seats)
    if ballot.method is Method.IRV:
        return _(
            "Stemmene blir talt i runder. Den med færrest går ut, og de sedlene teller videre for den neste på dem, "
            "til noen har mer enn halvparten."
        )
    if ballot.method is Method.SCHULZE:
        return _(
            "Alle blir målt mot hverandre to og to. Den som står sterkest mot alle de andre, blir valgt."
        )
    if ballot.method is Method.RANKED_PAIRS:
        return _("Alle blir målt mot hverandre to og to, og de klareste seirene teller først.")
    return ngettext(
        "%(num)s blir valgt. Stemmen din går videre til den neste du har rangert, når den over er valgt eller ute.",
        "%(num)s blir valgt. Stemmen din går videre til den neste du har rangert, når den over er valgt eller ute.",
        seats,
    )


def quota(stored: str) -> str:
    """A ballot's quota in a sentence."""
    asked = json.loads(stored)
    members = asked.get("members")
    if isinstance(members, str):
        told = _("Kjønnskvotering: %(how)s.", how=str(QUOTAS[members])[0].lower() + str(QUOTAS[members])[1:])
    else:
        least = (members or {}).get("min", {})
        told = phrases.fill(
            _l("Kjønnskvotering: minst %(parts)s."),
            {"parts": tuple(f"{number} {GROUP_PLURALS[name]}" for name, number in sorted(least.items()))},
        )
    if asked.get("too_few") != "refuse":
        return told + " " + _("Er det for få kandidater av et kjønn, blir kravet senket til dem som er.")
    return told


def election(
    outcome: Outcome, labels: Sequence[str], deputies: Sequence[str], force: Force, *, persons: bool
) -> str:
    """What came of a ballot that elects, in one sentence and one for the deputies."""
    if outcome.verdict is Verdict.TOO_FEW:
        return phrases.fill(
            _l("For få stemte: %(papers)s, og det måtte være minst %(quorum)s. Ingen er valgt."),
            {"papers": outcome.papers, "quorum": outcome.quorum_needed},
        )
    if outcome.verdict is Verdict.TIE:
        return _("Noen står likt. Opptellingen går videre når loddet er trukket.")
    if outcome.verdict is not Verdict.CHOSEN:
        return _("Ingen er valgt, for ingen stemte på noen.")
    names = tuple(labels[place] for place in outcome.leading)
    if not persons:
        names = tuple(_("«%(choice)s»", choice=name) for name in names)
    pattern = (
        _l("Medlemmene rår til å velge %(names)s.") if force is Force.ADVISORY else _l("%(names)s er valgt.")
    )
    told = phrases.fill(pattern, {"names": names})
    if deputies:
        told += " " + phrases.fill(_l("Vara i rekkefølge: %(names)s."), {"names": tuple(deputies)})
    return told


def elected_of_rule(outcome: Outcome, labels: Sequence[str]) -> str:
    """How the rule came out, said right after it."""
    if outcome.verdict is Verdict.CHOSEN:
        return phrases.fill(
            _l("Valgt: %(names)s."), {"names": tuple(labels[place] for place in outcome.leading)}
        )
    if outcome.verdict is Verdict.TIE:
        return _("Det er stemmelikhet, og loddet avgjør.")
    return _("Ingen er valgt.")
