"""A count as a page shows it: a picture and sentences for each stage, tables, and why somebody was elected.

Everything is made from the count as JSON (`ballot.results.count_of`) and from nothing else. It holds all numbers:
whoever shows it has asked `results.Numbers.kept_back` first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from ballot import explaining
from ballot.explaining import Count, Event, figure
from ballot.explaining import Stage as Counted
from ballot.pictures.bars import Bar, Duel, duels, stage_bars
from ballot.pictures.flow import Stream, flow, is_readable

TRANSFERABLE = frozenset({"irv", "scottish-stv", "meek-stv", "uio-stv"})
PAIRWISE = frozenset({"schulze", "ranked-pairs"})
MOST_OPEN = 6
"""Stages that are all unfolded at once; of more only the first and the last are."""
MOST_UNFOLDED_BARS = 12
"""Bars of a stage that nobody is given unasked."""
NOBODY = 0
"""The number under which papers stand that count for nobody any more."""
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Cell:
    """A number of a table and what it changed by in the stage."""

    total: str
    change: str = ""


@dataclass(frozen=True)
class Line:
    """A row of a table under its name; `note` says what became of a candidate."""

    name: str
    cells: tuple[Cell, ...]
    note: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Table:
    """A table whose first column stays in sight: `heads` over the numbers, `foot` the row of sums."""

    caption: str
    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    foot: Line | None = None


@dataclass(frozen=True)
class StageShown:
    """One stage: what happened in a few words, its sentences and its picture."""

    number: int
    heading: str
    sentences: tuple[str, ...]
    picture: Markup
    unfolded: bool


@dataclass(frozen=True)
class Round:
    """One count of all papers: of the members, or of one deputy's place (`heading`)."""

    heading: str
    stages: tuple[StageShown, ...]
    table: Table
    flow: Markup | None


@dataclass(frozen=True)
class Cells:
    """A table of everybody against everybody; `won` are the cells where the row stands before the column."""

    caption: str
    heads: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[tuple[str, bool], ...]], ...]


@dataclass(frozen=True)
class Shown:
    """A whole count as the page draws it; what a method does not have is empty."""

    papers: str
    quota: str
    sentences: tuple[str, ...]
    rounds: tuple[Round, ...]
    has_quota: bool
    keep: Table | None
    duels: Markup | None
    matrices: tuple[Cells, ...]
    why: tuple[tuple[str, tuple[str, ...]], ...]


def of(count: Count | None, *, key: str = "opptelling") -> Shown | None:
    """The count as a page shows it; None where there is nothing to tell beside the numbers.

    `key` begins the ids of its pictures.
    """
    if count is None or count["method"] == "motion":
        return None
    transferable = count["method"] in TRANSFERABLE
    return Shown(
        papers=papers_sentence(count),
        quota=quota_sentence(count),
        sentences=()
        if transferable
        else tuple(told for _stage, sentences in explaining.stage_sentences(count) for told in sentences),
        rounds=tuple(_rounds(count, key)) if transferable else (),
        has_quota=count["quota"] is not None,
        keep=_keep(count) if count["method"] == "meek-stv" else None,
        duels=_duels(count, key) if count["method"] in PAIRWISE else None,
        matrices=tuple(_matrices(count)),
        why=_why(count),
    )


def papers_sentence(count: Count) -> str:
    """How many papers counted, and how many were blank."""
    told = [
        ngettext(
            "%(n)s stemmeseddel ble talt med.",
            "%(n)s stemmesedler ble talt med.",
            count["valid"],
            n=figure(count["valid"]),
        )
    ]
    if count["blank"]:
        told.append(
            ngettext("%(n)s var blank.", "%(n)s var blanke.", count["blank"], n=figure(count["blank"]))
        )
    else:
        told.append(_("Ingen var blanke."))
    if count["invalid"]:
        told.append(
            ngettext(
                "%(n)s var ugyldig.", "%(n)s var ugyldige.", count["invalid"], n=figure(count["invalid"])
            )
        )
    return " ".join(told)


def quota_sentence(count: Count) -> str:
    """What the quota changed; empty where there was none or nobody can say without drawing another lot."""
    without = count.get("without_quota")
    if not without or count["lot_needed"] is not None:
        return ""
    return explaining.what_quota_changed(count, without)


def notes(count: Count) -> dict[int, str]:
    """What became of each candidate, by number: elected, deputy, or out, and in which stage."""
    staged = count["method"] in TRANSFERABLE
    told: dict[int, str] = {}
    for stage in _first_count(count):
        for event in stage["events"]:
            if event["kind"] == "excluded" and staged:
                for candidate in event["candidates"]:
                    told[candidate] = _("Gikk ut i runde %(stage)s", stage=stage["stage"])
    for one in count["elected"]:
        told[one["candidate"]] = _("Valgt i runde %(stage)s", stage=one["stage"]) if staged else _("Valgt")
    for place, one in enumerate(count["deputies"], start=1):
        told[one["candidate"]] = _("Vara nummer %(place)s", place=place)
    return told


def order(count: Count) -> list[int]:
    """All candidates as the result puts them: the elected, the deputies, then the others as they ranked."""
    ranked = [one["candidate"] for part in ("elected", "deputies") for one in count[part]]
    ranked += [candidate for group in count["ranking"] for candidate in group]
    ranked += range(1, len(count["candidates"]) + 1)
    return [candidate for candidate in dict.fromkeys(ranked) if candidate not in count["withdrawn"]]


def _first_count(count: Count) -> list[Counted]:
    """The stages that elected the members: those before the papers are dealt anew for a deputy."""
    return next(_segments(count), [])


def _segments(count: Count) -> Iterator[list[Counted]]:
    """The stages of each count of all papers: the members', then one for each deputy."""
    segment: list[Counted] = []
    for stage in count["stages"]:
        if segment and any(event["kind"] == "deputy_count" for event in stage["events"]):
            yield segment
            segment = []
        segment.append(stage)
    if segment:
        yield segment


def _rounds(count: Count, key: str) -> Iterator[Round]:
    most = _most(count)
    told = dict(explaining.stage_sentences(count))
    segments = list(_segments(count))
    for place, segment in enumerate(segments):
        heading = _("Vara nummer %(place)s", place=place) if place else ""
        shown = []
        before: Counted | None = None
        for turn, stage in enumerate(segment):
            at_ends = turn in (0, len(segment) - 1) and _lines(stage) <= MOST_UNFOLDED_BARS
            shown.append(
                StageShown(
                    number=stage["stage"],
                    heading=_headline(count, stage),
                    sentences=told.get(stage["stage"], ()),
                    picture=_picture(count, stage, before, most, f"{key}-{stage['stage']}"),
                    unfolded=place == 0 and (len(segment) <= MOST_OPEN or at_ends),
                )
            )
            before = stage
        yield Round(
            heading=heading,
            stages=tuple(shown),
            table=_table(count, segment, heading),
            flow=_flow(count, segment, f"{key}-flyt-{place}") if place == 0 else None,
        )


def _lines(stage: Counted) -> int:
    return sum(1 for votes in stage["votes"].values() if Fraction(votes))


def _most(count: Count) -> Fraction:
    """The longest bar of all stages, so that they can be compared."""
    values = [
        Fraction(votes) for stage in count["stages"] for votes in (*stage["votes"].values(), _spent(stage))
    ]
    quotas = [_quota_at(count, stage) or Fraction(0) for stage in count["stages"]]
    return max([*values, *quotas], default=Fraction(1)) or Fraction(1)


def _spent(stage: Counted) -> Fraction:
    return Fraction(stage["non_transferable"]) + Fraction(stage["lost_by_rounding"])


def _votes(stage: Counted | None, candidate: int) -> Fraction:
    if stage is None:
        return Fraction(0)
    return _spent(stage) if candidate == NOBODY else Fraction(stage["votes"].get(str(candidate), "0"))


def rounded(value: Fraction) -> str:
    """A number in a picture: whole, or with one decimal; the table beside it has them all."""
    if value.denominator == 1:
        return figure(value.numerator)
    tenths = round(value * 10)
    return figure(f"{'-' if tenths < 0 else ''}{abs(tenths) // 10}.{abs(tenths) % 10}")


def _signed(value: Fraction, said: str) -> str:
    """«+12» or «−12» with a true minus; empty where nothing changed."""
    if not value:
        return ""
    return f"+{said}" if value > 0 else MINUS + said.lstrip("-" + MINUS)


def _happened(stage: Counted) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for event in stage["events"]:
        found.setdefault(event["kind"], []).extend(event["candidates"])
    return found


def _headline(count: Count, stage: Counted) -> str:
    """What a stage came to, in a few words."""
    happened = _happened(stage)
    parts = []
    for kind, pattern in (
        ("surplus", _("%(names)s gir videre")),
        ("excluded", _("%(names)s går ut")),
        ("elected", _("%(names)s blir valgt")),
        ("deputy", _("%(names)s blir vara")),
    ):
        if kind in happened:
            parts.append(pattern % {"names": explaining.names(count, dict.fromkeys(happened[kind]))})
    return ", ".join(parts) or _("Ingen blir valgt")


def _quota_at(count: Count, stage: Counted) -> Fraction | None:
    """The number that elects in a stage; of Meek it falls as papers run out."""
    for event in stage["events"]:
        if event["kind"] == "iterated":
            return Fraction(event["quota"])
    return None if count["quota"] is None else Fraction(count["quota"])


def _picture(count: Count, stage: Counted, before: Counted | None, most: Fraction, key: str) -> Markup:
    happened = _happened(stage)
    marks = {candidate: _("valgt") for candidate in happened.get("elected", ())}
    marks |= {candidate: _("ute") for candidate in happened.get("excluded", ())}
    marks |= {candidate: _("vara") for candidate in happened.get("deputy", ())}
    elected = {one["candidate"] for one in count["elected"] if one["stage"] <= stage["stage"]}
    # Who was deputy, or elected by another count of the papers, stands like all others in this one.
    bars = []
    for candidate in [*order(count), NOBODY]:
        now, then = _votes(stage, candidate), _votes(before, candidate)
        if not now and not then:
            continue
        name = _("Teller ikke lenger") if candidate == NOBODY else count["candidates"][candidate - 1]
        kind = "spent" if candidate == NOBODY else "elected" if candidate in elected else "standing"
        carried = min(now, then) if before else now
        bars.append(
            Bar(
                label=name,
                total=rounded(now),
                change=_signed(now - then, rounded(now - then)) if before else "",
                carried=carried,
                received=max(now - then, Fraction(0)) if before else Fraction(0),
                given=max(then - now, Fraction(0)),
                mark=marks.get(candidate, ""),
                kind=kind,
            )
        )
    title = _("Runde %(stage)s: %(what)s", stage=stage["stage"], what=_headline(count, stage))
    described = ". ".join(
        f"{bar.label} {bar.total}{' (' + bar.change + ')' if bar.change else ''}" for bar in bars
    )
    return stage_bars(key, title, f"{described}.", bars, most, _quota_at(count, stage))


def _table(count: Count, segment: Sequence[Counted], heading: str) -> Table:
    """Candidates down, stages across, with what counts for nobody and the sum, which is the same in every stage."""
    told = notes(count)
    chosen = {one["candidate"] for one in (*count["elected"], *count["deputies"])}
    standing = {int(number) for stage in segment for number in stage["votes"]}
    lines = [
        Line(
            name=count["candidates"][candidate - 1],
            cells=_cells([stage["votes"].get(str(candidate), "0") for stage in segment]),
            note=told.get(candidate, ""),
            chosen=candidate in chosen,
        )
        for candidate in order(count)
        if candidate in standing
    ]
    lines.append(Line(_("Hadde ingen flere å gå til"), _cells([s["non_transferable"] for s in segment])))
    if any(Fraction(stage["lost_by_rounding"]) for stage in segment):
        lines.append(Line(_("Falt bort i avrunding"), _cells([s["lost_by_rounding"] for s in segment])))
    sums = [sum(map(Fraction, stage["votes"].values()), _spent(stage)) for stage in segment]
    return Table(
        caption=_("Stemmene etter hver runde, for %(what)s", what=heading[0].lower() + heading[1:])
        if heading
        else _("Stemmene etter hver runde"),
        heads=tuple(_("Runde %(stage)s", stage=stage["stage"]) for stage in segment),
        lines=tuple(lines),
        foot=Line(_("Sum"), tuple(Cell(exact(total)) for total in sums)),
    )


def exact(value: Fraction | str) -> str:
    """A number with all the decimals it has."""
    number = Fraction(value)
    places = 0
    while places < 30 and (number * 10**places).denominator != 1:
        places += 1
    digits = str(abs(int(number * 10**places))).rjust(places + 1, "0")
    whole = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return figure(("-" if number < 0 else "") + whole)


def _cells(values: Sequence[str]) -> tuple[Cell, ...]:
    cells = []
    before: Fraction | None = None
    for value in values:
        now = Fraction(value)
        change = "" if before is None else _signed(now - before, exact(now - before))
        cells.append(Cell(exact(now), change))
        before = now
    return tuple(cells)


def _flow(count: Count, segment: Sequence[Counted], key: str) -> Markup | None:
    standing = [c for c in order(count) if any(_votes(stage, c) for stage in segment)]
    if not is_readable(len(standing), len(segment)):
        return None
    elected = {one["candidate"] for one in count["elected"]}
    streams = [
        Stream(
            label=_("Ute") if candidate == NOBODY else count["candidates"][candidate - 1],
            votes=tuple(_votes(stage, candidate) for stage in segment),
            texts=tuple(rounded(_votes(stage, candidate)) for stage in segment),
            kind="spent" if candidate == NOBODY else "elected" if candidate in elected else "standing",
        )
        for candidate in [*standing, NOBODY]
    ]
    heads = [_("Runde %(stage)s", stage=stage["stage"]) for stage in segment]
    return flow(
        key,
        _("Hvor stemmene gikk, fra runde til runde"),
        _("Båndene viser stemmer som blir stående, og stemmer som går videre. Tallene står i tabellen."),
        streams,
        heads,
    )


def _keep(count: Count) -> Table | None:
    """How much of each vote the elected keep, round by round (Meek)."""
    rounds: list[tuple[int, Event]] = [
        (stage["stage"], event)
        for stage in count["stages"]
        for event in stage["events"]
        if event["kind"] == "iterated"
    ]
    kept: list[Mapping[int, str]] = [
        dict(zip(event["candidates"], event["keep"], strict=True)) for _number, event in rounds
    ]
    if not any(kept):
        return None
    lines = [
        Line(
            count["candidates"][one["candidate"] - 1],
            tuple(Cell(exact(factors.get(one["candidate"], "1"))) for factors in kept),
            chosen=True,
        )
        for one in count["elected"]
    ]
    quota = Line(_("Valgtall"), tuple(Cell(exact(event["quota"])) for _number, event in rounds))
    return Table(
        caption=_("Hvor stor del av hver stemme de valgte beholder"),
        heads=tuple(_("Runde %(stage)s", stage=number) for number, _event in rounds),
        lines=tuple(lines),
        foot=quota,
    )


def _duels(count: Count, key: str) -> Markup | None:
    """The elected against each of the others."""
    if not count["elected"]:
        return None
    own, beats = count["elected"][0]["candidate"], count["pairwise"]["beats"]
    rows = [
        Duel(
            other=count["candidates"][other - 1],
            won=beats[str(own)][str(other)],
            lost=beats[str(other)][str(own)],
            won_text=figure(beats[str(own)][str(other)]),
            lost_text=figure(beats[str(other)][str(own)]),
        )
        for other in order(count)
        if other != own
    ]
    name = count["candidates"][own - 1]
    described = " ".join(
        _(
            "%(won)s satte %(name)s foran %(other)s, og %(lost)s satte %(other)s foran.",
            won=row.won_text,
            lost=row.lost_text,
            name=name,
            other=row.other,
        )
        for row in rows
    )
    return duels(f"{key}-par", _("%(name)s mot hver av de andre", name=name), described, rows)


def _matrices(count: Count) -> Iterator[Cells]:
    pairwise = count["pairwise"]
    if pairwise is None:
        return
    yield _matrix(count, pairwise["beats"], _("Hvor mange som satte raden foran kolonnen"))
    if pairwise["paths"]:
        yield _matrix(count, pairwise["paths"], _("Hvor sterk den beste kjeden er fra raden til kolonnen"))


def _matrix(count: Count, table: Mapping[str, Mapping[str, int]], caption: str) -> Cells:
    standing = order(count)
    rows = []
    for a in standing:
        cells = []
        for b in standing:
            if a == b:
                cells.append(("", False))
                continue
            mine, theirs = table[str(a)][str(b)], table[str(b)][str(a)]
            cells.append((figure(mine), mine > theirs))
        rows.append((f"{standing.index(a) + 1}. {count['candidates'][a - 1]}", tuple(cells)))
    heads = tuple((str(place), count["candidates"][a - 1]) for place, a in enumerate(standing, start=1))
    return Cells(caption, heads, tuple(rows))


def _why(count: Count) -> tuple[tuple[str, tuple[str, ...]], ...]:
    told = (
        (count["candidates"][one["candidate"] - 1], explaining.why_elected(count, one["candidate"]))
        for one in count["elected"]
    )
    return tuple((name, sentences) for name, sentences in told if sentences)


def first_column(method: str) -> str:
    """What the numbers of the overview are: points, or papers on which somebody stands first; empty for votes."""
    if method == "score":
        return _("Poeng")
    if method in TRANSFERABLE | PAIRWISE:
        return _("Førstevalg")
    return ""
