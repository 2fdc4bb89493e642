"""What a record says of the count: rule, papers, formulas with their numbers, quota, lots, stages, the event log.

Made from the count as JSON (`ballot.counting.report.as_json`), like `ballot.explaining` and `ballot.showing`, whose
sentences and tables stand here too. Needs no database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from babel.lists import format_list
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from ballot import explaining, showing
from ballot.counting.quota import BadQuota, Quota, quota_of
from ballot.explaining import Count, Event, figure, names
from ballot.record.document import Block, Fact, Facts, Points, Section, Table, Text
from ballot.rules.majority import Over

MINE = _l("regel nedskrevet i docs/counting i programmet")
METHODS: Mapping[str, tuple[LazyString, str | LazyString]] = {
    "motion": (_l("ja eller nei"), MINE),
    "choice": (_l("ett kryss"), MINE),
    "approval": (_l("kryss for alle man kan støtte"), "S. Brams, P. Fishburn: Approval Voting (1978)"),
    "score": (_l("poeng"), MINE),
    "block": (_l("avkryssing for flere kandidater"), MINE),
    "irv": (_l("rangering, talt i runder"), MINE),
    "schulze": (
        _l("rangering, talt parvis etter Schulze"),
        "M. Schulze, Social Choice and Welfare 36 (2011)",
    ),
    "ranked-pairs": (
        _l("rangering, talt parvis med de klareste seirene først"),
        "T. Tideman (1987), T. Zavist, T. Tideman (1989)",
    ),
    "scottish-stv": (
        _l("preferansevalg etter de skotske reglene"),
        "Scottish Local Government Elections Order, SSI 2007/42 §§ 45–52, SSI 2011/399 Schedule 1",
    ),
    "meek-stv": (
        _l("preferansevalg etter Meek"),
        "Proportional Representation Foundation, Meek STV reference rule, 9 decimals, omega 10⁻⁶",
    ),
    "uio-stv": (
        _l("preferansevalg som ved Universitetet i Oslo"),
        "Valgreglement for Universitetet i Oslo § 16, vedlegg 2 del III (evalg 5063a346)",
    ),
}
"""What each method is called, and where its rule stands."""

QUOTA_EVENTS = ("protected_by_quota", "stopped_by_quota")


def sections(count: Count) -> Iterator[Section]:
    """Rule, result, quota and lots, in the reader's language."""
    blocks = (*_numbers(count), *_formulas(count))
    yield Section(_("Regelen og tallene i den"), (*_rule(count), *blocks))
    chosen = _chosen(count)
    if chosen is not None:
        yield Section(_("Hvem som ble valgt"), (chosen,))
    quota = tuple(_quota(count))
    if quota:
        yield Section(_("Kvoteringen"), quota)
    if count["lots"] or count["lot_needed"]:
        yield Section(_("Loddtrekning"), tuple(_lots(count)))


def stages(count: Count) -> Iterator[Section]:
    """What happened stage by stage, with the tables."""
    blocks = tuple(_rounds(count))
    if blocks:
        yield Section(_("Opptellingen trinn for trinn"), blocks)


def event_log(count: Count) -> Section:
    """Every event of the count, parcel by parcel, for the appendix."""
    blocks: list[Block] = []
    for turn, stage in enumerate(count["stages"]):
        fresh = not turn or any(event["kind"] == "deputy_count" for event in stage["events"])
        told = explaining.event_sentences(count, stage["events"], fresh=fresh)
        if told:
            blocks.append(Points(_("Runde %(stage)s", stage=stage["stage"]), told))
    if not blocks:
        blocks.append(Text(_("Tallene ble lagt sammen. Mer hendte ikke.")))
    return Section(_("Vedlegg: alt som hendte i opptellingen"), tuple(blocks))


def majority_formula(fraction: str, over: str, base: int, needed: int) -> str:
    """A majority with its numbers."""
    pattern = (
        _("Flertall: minst %(fraction)s av %(base)s = minst %(needed)s stemmer")
        if over == Over.AT_LEAST
        else _("Flertall: mer enn %(fraction)s av %(base)s = minst %(needed)s stemmer")
    )
    return pattern % {"fraction": fraction, "base": figure(base), "needed": figure(needed)}


def rule_facts(method: str) -> list[Fact]:
    """What the rule is called, and where it stands."""
    name, source = METHODS[method]
    return [Fact(_("Regel"), str(name)), Fact(_("Kilde"), str(source))]


def _rule(count: Count) -> Iterator[Block]:
    facts = rule_facts(count["method"])
    if count["method"] != "motion":
        facts.append(Fact(_("Antall som skal velges"), figure(count["seats"])))
    if count["deputies"]:
        facts.append(Fact(_("Antall vara"), figure(len(count["deputies"]))))
    yield Facts(tuple(facts))


def _numbers(count: Count) -> Iterator[Block]:
    if count["method"] == "motion":
        return
    yield Text(showing.papers_sentence(count))
    if count["withdrawn"]:
        yield Text(_("Trukket før tellingen: %(names)s.", names=names(count, count["withdrawn"])))


def _formulas(count: Count) -> Iterator[Block]:
    """The formulas of the rule with the numbers of this count."""
    events = [event for stage in count["stages"] for event in stage["events"]]
    for event in events:
        told = _formula(event)
        if told:
            yield Text(told, "formula")
    if count["method"] == "irv" and count["valid"]:
        yield Text(
            _(
                "Mer enn halvparten av %(papers)s = minst %(needed)s i første runde. Sedler som ikke har flere "
                "å gå til, trekkes fra i neste.",
                papers=figure(count["valid"]),
                needed=figure(count["valid"] // 2 + 1),
            ),
            "formula",
        )
    if count["method"] == "meek-stv":
        yield Text(
            _(
                "Valgtall = summen av kandidatenes stemmer / (%(seats)s + 1), avkortet til 9 desimaler, "
                "pluss 0,000000001. Det regnes ut på nytt i hver runde og står under tabellen.",
                seats=figure(count["seats"]),
            ),
            "formula",
        )


def _formula(event: Event) -> str:
    if event["kind"] == "quota":
        exact = Fraction(event["papers"], event["seats"] + 1)
        return _(
            "Valgtall = %(papers)s / (%(seats)s + 1) = %(exact)s, rundet ned til %(whole)s, + 1 = %(quota)s",
            papers=figure(event["papers"]),
            seats=figure(event["seats"]),
            exact=_shortened(exact),
            whole=figure(exact.numerator // exact.denominator),
            quota=figure(event["quota"]),
        )
    if event["kind"] == "valgtall":
        exact = Fraction(event["papers"], event["seats"] + 1)
        last = Fraction(1, 10 ** int(event["decimals"]))
        return _(
            "Valgtall = %(papers)s / (%(seats)s + 1) = %(exact)s, avkortet til %(decimals)s desimaler, "
            "+ %(last)s = %(quota)s",
            papers=figure(event["papers"]),
            seats=figure(event["seats"]),
            exact=_shortened(exact),
            decimals=event["decimals"],
            last=showing.exact(last),
            quota=figure(event["valgtall"]),
        )
    return ""


def _shortened(value: Fraction, places: int = 8) -> str:
    """A quotient with as many decimals as it has, «…» after the eighth."""
    scaled = value * 10**places
    cut = Fraction(scaled.numerator // scaled.denominator, 10**places)
    return showing.exact(cut) + ("" if cut == value else "…")


def _chosen(count: Count) -> Table | None:
    rows = [
        (figure(turn), one["name"], figure(one["stage"]), "")
        for turn, one in enumerate(count["elected"], start=1)
    ]
    rows += [
        (figure(turn), one["name"], figure(one["stage"]), _("vara"))
        for turn, one in enumerate(count["deputies"], start=1)
    ]
    if not rows or count["method"] == "motion":
        return None
    heads = (_("Nr."), _("Navn"), _("Runde"), _("Plass"))
    if not count["deputies"]:
        return Table("", heads[:3], tuple(row[:3] for row in rows), words=True)
    return Table("", heads, tuple((*row[:3], row[3] or _("fast")) for row in rows), words=True)


def _quota(count: Count) -> Iterator[Block]:
    data = count.get("rules", {}).get("quota")
    if not data:
        return
    try:
        quota = quota_of(data, len(count["candidates"]))
    except BadQuota:
        return
    for title, form, places in (
        (_("Kvotering for medlemmene"), quota.members, count["seats"]),
        (_("Kvotering for vara"), quota.deputies, len(count["deputies"])),
    ):
        if form is not None and places:
            yield _limits(count, quota, form, places, title)
    changed = showing.quota_sentence(count)
    if changed:
        yield Text(changed)
    moments = tuple(
        f"{_('Runde %(stage)s', stage=stage['stage'])}: {explaining.sentence_of(count, event)}"
        for stage in count["stages"]
        for event in stage["events"]
        if event["kind"] in QUOTA_EVENTS or event.get("why") == "quota"
    )
    if moments:
        yield Points(_("Når kvoteringen grep inn"), moments)
    else:
        yield Text(_("Kvoteringen grep ikke inn i noen runde."))


def _limits(count: Count, quota: Quota, form: object, places: int, title: str) -> Table:
    standing = [k for k in range(1, len(count["candidates"]) + 1) if k not in count["withdrawn"]]
    if title == _("Kvotering for vara"):
        elected = {one["candidate"] for one in count["elected"]}
        standing = [k for k in standing if k not in elected]
    try:
        guard = quota.guard(form, places, standing)  # type: ignore[arg-type]  # a form as quota_of made it
    except BadQuota:
        guard = None
    rows = []
    for group, members in sorted(quota.groups.items()):
        fewest = guard.limits.minimum[group] if guard else 0
        most = guard.limits.maximum[group] if guard else places
        rows.append((group, figure(fewest), figure(most), names(count, sorted(members)) if members else "–"))
    return Table(
        title, (_("Gruppe"), _("Minst"), _("Høyst"), _("Kandidater i gruppen")), tuple(rows), words=True
    )


def _lots(count: Count) -> Iterator[Block]:
    if count.get("seed"):
        yield Text(
            _(
                "Loddene følger av et frø som lå fast før tellingen: SHA-256 av «grasrot1/lot», frøet, loddets "
                "nummer og kandidatens nummer, minste først."
            )
        )
        yield Facts((Fact(_("Frø"), count["seed"], code=True),))
    for turn, lot in enumerate(count["lots"], start=1):
        facts = [
            Fact(_("Mellom"), names(count, sorted(lot["among"]))),
            Fact(_("Rekkefølgen loddet ga"), _in_order(count, lot["order"])),
        ]
        if lot["for"] != "motion":
            facts.append(
                Fact(_("Hva det avgjorde"), explaining.purpose_sentence(count, lot["for"], lot["order"]))
            )
        if lot.get("said_at"):
            facts.append(Fact(_("Trukket"), lot["said_at"]))
        if lot.get("witnesses"):
            facts.append(Fact(_("Til stede"), lot["witnesses"]))
        if lot.get("teller_names"):
            facts.append(Fact(_("Ført inn og bekreftet av"), _listed(lot["teller_names"])))
        yield Text(_("Lodd nummer %(n)s, i runde %(stage)s", n=turn, stage=lot["stage"]), "strong")
        yield Facts(tuple(facts))
    if count["lot_needed"]:
        among = names(count, count["lot_needed"]["among"])
        yield Text(_("Tellingen stopper her og venter på et lodd mellom %(names)s.", names=among), "strong")


def _in_order(count: Count, order: Sequence[int]) -> str:
    return ", ".join(
        f"{place}. {count['candidates'][number - 1]}" for place, number in enumerate(order, start=1)
    )


def _listed(words: Sequence[str]) -> str:
    return format_list(list(words), locale=str(get_locale() or "nb"))


def _rounds(count: Count) -> Iterator[Block]:
    if count["method"] == "motion":
        return
    shown = showing.of(count)
    if shown is None:
        return
    if shown.sentences:
        yield Points("", shown.sentences)
    elif not shown.rounds:
        yield from _sums(count)
    for turn in shown.rounds:
        if turn.heading:
            yield Text(turn.heading, "strong")
        for stage in turn.stages:
            heading = _("Runde %(stage)s: %(what)s", stage=stage.number, what=stage.heading)
            yield Points(heading, stage.sentences)
        yield _as_table(turn.table)
    if count["method"] in ("approval", "block", "score", "choice") and shown.sentences:
        yield from _sums(count)
    if shown.keep is not None:
        yield _as_table(shown.keep)
    for matrix in shown.matrices:
        yield Table(
            matrix.caption,
            ("", *(place for place, _name in matrix.heads)),
            tuple((name, *(value or "–" for value, _won in cells)) for name, cells in matrix.rows),
        )


def _sums(count: Count) -> Iterator[Block]:
    for stage in count["stages"]:
        rows = tuple(
            (count["candidates"][number - 1], figure(stage["votes"][str(number)]))
            for number in showing.order(count)
            if str(number) in stage["votes"]
        )
        total = sum(map(Fraction, stage["votes"].values()), Fraction(stage["non_transferable"]))
        yield Table(
            _("Summene"),
            (_("Alternativ"), showing.first_column(count["method"])),
            rows,
            (_("Sum"), showing.exact(total)),
        )


def _as_table(table: showing.Table) -> Table:
    """A table of the page without the changes, which the sentences tell."""
    return Table(
        table.caption,
        ("", *table.heads),
        tuple((line.name, *(cell.total for cell in line.cells)) for line in table.lines),
        (table.foot.name, *(cell.total for cell in table.foot.cells)) if table.foot else (),
    )
