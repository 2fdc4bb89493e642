"""A version of a ballot's record as a document, told in the reader's language from the facts the version keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from babel.dates import format_datetime
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from ballot import showing
from ballot.models import AppendixKind, EventKind
from ballot.phrases import SETTINGS
from ballot.record import counted
from ballot.record.document import Block, Document, Fact, Facts, Section, Signatures, Table, Text
from ballot.rules.participation import Setting
from foundation import phrases
from foundation.formats import day, local, number

HAPPENED: Mapping[str, LazyString] = {
    EventKind.DRAFTED: _l("Utkastet ble skrevet"),
    EventKind.SUBMITTED: _l("Utkastet ble sendt til godkjenning"),
    EventKind.SENT_BACK: _l("Utkastet ble sendt tilbake"),
    EventKind.WITHDRAWN: _l("Utkastet ble trukket"),
    EventKind.NOTIFIED: _l("Avstemningen ble godkjent og kunngjort"),
    EventKind.FROZEN: _l("Manntallet ble laget"),
    EventKind.OPENED: _l("Avstemningen åpnet"),
    EventKind.CLOSED: _l("Avstemningen stengte"),
    EventKind.COUNTED: _l("Stemmene ble talt"),
    EventKind.CERTIFIED: _l("Resultatet ble godkjent"),
    EventKind.FINAL: _l("Klagetiden gikk ut"),
    EventKind.CANCEL_PROPOSED: _l("Noen i styret foreslo å avlyse"),
    EventKind.CANCELLED: _l("Avstemningen ble avlyst"),
    EventKind.ANNULLED: _l("Avstemningen ble opphevet"),
    EventKind.ANSWERED: _l("Det kom svar på hva som skjedde videre"),
    EventKind.CHANGE_PROPOSED: _l("Noen i styret foreslo å endre kravet om deltakelse"),
    EventKind.RULE_CHANGED: _l("Kravet om deltakelse ble endret"),
    EventKind.REFUSED_CHANGE: _l("Et forsøk på å endre ble avvist"),
    EventKind.BOX_RELEASED: _l("En av tellerne ville åpne urnen"),
    EventKind.COUNT_APPROVED: _l("En av tellerne godkjente opptellingen"),
    EventKind.INCIDENT_RAISED: _l("En hendelse ble meldt"),
    EventKind.SETTLEMENT_PROPOSED: _l("En av tellerne foreslo hvordan hendelsen er avklart"),
    EventKind.INCIDENT_SETTLED: _l("Hendelsen ble avklart"),
    EventKind.ANNUL_PROPOSED: _l("Det ble foreslått å oppheve avstemningen"),
    EventKind.ANNUL_DECLINED: _l("Forslaget om å oppheve ble avvist"),
    EventKind.SUSPENSION_PROPOSED: _l("Noen i styret foreslo å sette kravet om deltakelse ut av kraft"),
    EventKind.RULE_SUSPENDED: _l("Kravet om deltakelse ble satt ut av kraft"),
    EventKind.RULE_LAPSED: _l("Kravet om deltakelse falt bort"),
    EventKind.OUTAGE_PROPOSED: _l("Det ble foreslått å rette opp et driftsavbrudd"),
    EventKind.OUTAGE_RECORDED: _l("Et driftsavbrudd ble rettet opp"),
    EventKind.DATES_MOVED: _l("Tidene ble flyttet"),
    EventKind.ROLL_APPENDED: _l("Manntallet fikk et vedlegg"),
    EventKind.LOT_ENTERED: _l("En av tellerne førte inn et lodd"),
    EventKind.LOT_CONFIRMED: _l("Loddet ble bekreftet, og stemmene ble talt med det"),
    EventKind.LOT_DECLINED: _l("Et lodd ble avvist"),
    EventKind.CORRECTION_PROPOSED: _l("Det ble foreslått å rette protokollen"),
    EventKind.CORRECTION_DECLINED: _l("Forslaget om å rette protokollen ble avvist"),
    EventKind.RECORD_CORRECTED: _l("Protokollen ble rettet"),
}
"""What the record says of each event."""

Told = Mapping[str, Any]


def document(facts: Told, sha256: bytes, sender: str, before: Document | None = None) -> Document:
    """The version whose facts these are; `before` is the former one, told the same way, which is enclosed."""
    subject = facts["case"]["title"] if facts["case"] else facts["question"]
    count = _count(facts)
    sections = [Section(_("Hva som ble avgjort"), tuple(_decided(facts)))]
    if count is None:
        sections.append(Section(_("Regelen"), (Facts(tuple(counted.rule_facts(facts["method"]))),)))
    else:
        sections += counted.sections(count)
    sections += [
        Section(_("Om avstemningen"), (Facts(tuple(_about(facts))),)),
        Section(_("Manntall og kontroll"), tuple(_control(facts, sha256))),
    ]
    sections += counted.stages(count) if count is not None else []
    if facts["people"]["tellers"]:
        sections.append(Section(_("Underskrifter"), (Signatures(tuple(facts["people"]["tellers"])),)))
    sections.append(Section(_("Vedlegg: hva som skjedde, og når"), (_events(facts),)))
    if count is not None:
        sections.append(counted.event_log(count))
    return Document(
        title=_("Protokoll for avstemningen om %(case)s", case=subject),
        sender=sender,
        language=str(get_locale() or "nb"),
        lead=tuple(_lead(facts)),
        sections=tuple(sections),
        made_at=datetime.fromisoformat(facts["made_at"]),
        before=before,
    )


def said(sentences: Mapping[str, str]) -> str:
    """A sentence that the facts hold in each language, in the reader's."""
    return sentences.get(str(get_locale() or "nb"), sentences["nb"])


def when(at: str | datetime | None) -> str:
    """A moment with its year, which a paper needs; a dash where it never came."""
    if at is None:
        return "–"
    there = local(datetime.fromisoformat(at) if isinstance(at, str) else at)
    english = str(get_locale()) == "en"
    pattern = "EEEE d MMMM y, HH:mm" if english else "EEEE d. MMMM y 'kl.' HH.mm"
    return format_datetime(there, pattern, locale=str(get_locale() or "nb"))


def _lead(facts: Told) -> Iterator[Text]:
    yield Text(said(facts["result"]["sentence"]), "strong")
    if facts["version"] > 1:
        made = datetime.fromisoformat(facts["made_at"])
        told = _(
            "Rettet utgave %(number)s, %(day)s. Den forrige ligger ved.",
            number=facts["version"],
            day=day(made),
        )
        yield Text(told)
        yield Text(_("Hva som er rettet: %(reason)s", reason=facts["correction"]))
        if facts.get("corrected_by"):
            yield Text(_("Rettet av %(names)s.", names=", ".join(facts["corrected_by"])))


def _count(facts: Told) -> dict[str, Any] | None:
    """The count, with the times of its lots as the reader reads them; None where it is kept back."""
    count = facts.get("count")
    if count is None:
        return None
    lots = [lot | ({"said_at": when(lot["at"])} if lot.get("at") else {}) for lot in count["lots"]]
    return {**count, "lots": lots}


def _decided(facts: Told) -> Iterator[Block]:
    yield Text(facts["question"], "strong")
    yield Text(f"{said(facts['rule']['sentence'])} {said(facts['rule']['outcome'])}")
    yield from _needed(facts)
    yield Text(said(facts["result"]["turnout"]))
    result = facts["result"]
    if "votes" not in result:
        yield Text(_("Vi viser ikke tallene, for med så få stemmer kunne noen gjette hva andre stemte."))
        return
    options = [_("Ja"), _("Nei")] if facts["method"] == "motion" else result["options"]
    rows = [
        (label, number(votes))
        for label, votes in (*zip(options, result["votes"], strict=True), (_("Blank"), result["blank"]))
    ]
    column = showing.first_column(facts["method"])
    yield Table(_("Stemmene i tall"), (_("Alternativ"), column), tuple(rows))


def _needed(facts: Told) -> Iterator[Block]:
    """The majority and the quorum as formulas with their numbers."""
    majority, result = facts["rule"]["majority"], facts["result"]
    if majority and result.get("needed") is not None:
        told = counted.majority_formula(
            majority["fraction"], majority["over"], result["base"], result["needed"]
        )
        yield Text(told, "formula")
    if not facts["rule"]["quorum"].startswith("0/") and result.get("quorum_needed"):
        yield Text(
            _(
                "Krav til hvor mange som stemmer: %(fraction)s av %(entitled)s = minst %(needed)s",
                fraction=facts["rule"]["quorum"],
                entitled=number(facts["roll"]["otherwise_entitled"]),
                needed=number(result["quorum_needed"]),
            ),
            "formula",
        )


def _about(facts: Told) -> Iterator[Fact]:
    times, people, part = facts["times"], facts["people"], facts["participation"]
    yield Fact(_("Holdt av"), facts["unit"])
    if facts["case"]:
        case = facts["case"]
        told = f"{case['number']} {case['title']}. {_('Avgjøres av %(body)s.', body=case['deciding_body'])}"
        yield Fact(_("Sak"), told)
    yield Fact(_("Virkning"), _("rådgivende") if facts["force"] == "advisory" else _("bindende"))
    if facts.get("bylaw_reference"):
        yield Fact(_("Hjemmel i vedtektene"), facts["bylaw_reference"])
    yield Fact(_("Hemmelighold"), _("hemmelig"))
    yield Fact(_("Kunngjort"), when(times["notified_at"]))
    yield Fact(_("Medlem senest"), when(facts["electorate"]["cutoff_at"]))
    if part["setting"] != Setting.NONE:
        yield Fact(_("Deltakelse"), _participation(facts))
    period = _("fra %(start)s, før %(end)s", start=when(times["opens_at"]), end=when(times["closes_at"]))
    yield Fact(_("Åpen"), period)
    yield Fact(_("Skrevet av"), people["drafter"])
    if people["approver"]:
        yield Fact(_("Godkjent av"), people["approver"])
    answers = people["responsible"]
    if people["respond_by"]:
        answers += f", {_('innen %(day)s', day=day(date.fromisoformat(people['respond_by'])))}"
    yield Fact(_("Svarer på resultatet"), answers)
    tellers = ", ".join(people["tellers"])
    yield Fact(_("Talt av"), tellers or _("systemet, uten tellekorps"))


def _participation(facts: Told) -> str:
    part, times = facts["participation"], facts["times"]
    told = [f"{SETTINGS[Setting(part['setting'])]}."]
    if part["lapsed"]:
        told.append(_("Kravet falt bort fordi for få hadde deltatt."))
    start, end = when(times["window_opens_at"]), when(times["roll_freezes_at"])
    told.append(_("Diskusjonen telte fra %(start)s, før %(end)s.", start=start, end=end))
    if part["qualified"] is None:
        told.append(_("Færre enn fem hadde deltatt."))
    else:
        told.append(_("%(n)s hadde deltatt.", n=number(part["qualified"])))
    return " ".join(told)


def _control(facts: Told, sha256: bytes) -> Iterator[Block]:
    roll, held = facts["roll"], facts["reconciliation"]
    rows = [
        (_("Med stemmerett"), number(roll["otherwise_entitled"])),
        (_("Kunne stemme etter manntallet"), number(roll["entitled"])),
        (_("Avmerket i manntallet"), number(held["marked"])),
        (_("Stemmesedler i urnen"), number(held["papers"])),
        (_("Kvitteringskoder"), number(held["receipts"])),
    ]
    if "blank" in facts["result"]:
        rows.append((_("Av dem blanke"), number(facts["result"]["blank"])))
    yield Table("", (_("Kontroll av tallene"), _("Antall")), tuple(rows))
    yield Text(_("Tallene går opp.") if held["adds_up"] else _("Tallene går ikke opp."))
    prints = [Fact(_("Manntallets fingeravtrykk (SHA-256)"), roll["sha256"], code=True)]
    if facts["papers_sha256"]:
        prints.append(Fact(_("Stemmesedlenes fingeravtrykk (SHA-256)"), facts["papers_sha256"], code=True))
    prints.append(Fact(_("Kunngjøringens fingeravtrykk (SHA-256)"), facts["fingerprint"] or "–", code=True))
    prints.append(Fact(_("Protokollens fingeravtrykk (SHA-256)"), sha256.hex(), code=True))
    if facts.get("former_sha256"):
        prints.append(
            Fact(_("Den forrige protokollens fingeravtrykk (SHA-256)"), facts["former_sha256"], code=True)
        )
    software = facts.get("software")
    if software:
        prints.append(Fact(_("Program"), f"Grasrot {software['version']}".strip()))
        if software["commit"]:
            prints.append(Fact(_("Programmets utgave (commit)"), software["commit"], code=True))
    yield Facts(tuple(prints))
    if roll["appendices"]:
        yield Text(
            ngettext(
                "Manntallet har %(num)s vedlegg.", "Manntallet har %(num)s vedlegg.", len(roll["appendices"])
            )
        )
        yield Table(
            _("Vedlegg til manntallet"),
            (_("Tid"), _("Hva")),
            tuple(_appendix(one) for one in roll["appendices"]),
            words=True,
        )


def _appendix(one: Told) -> tuple[str, str]:
    what = phrases.label(AppendixKind(one["kind"]))
    return when(one["at"]), f"{_('Vedlegg %(number)s', number=one['number'])}. {what} SHA-256 {one['sha256']}"


def _events(facts: Told) -> Table:
    rows = []
    for event in facts["events"]:
        told = str(HAPPENED[event["kind"]])
        if event.get("reason"):
            told += f": {event['reason']}"
        rows.append((when(event["at"]), told, event["by"] or ""))
    return Table("", (_("Tid"), _("Hendelse"), _("Av")), tuple(rows), words=True)
