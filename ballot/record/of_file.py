"""The record of a file that was counted at a terminal: no database, no application but for the languages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import Babel, force_locale
from flask_babel import gettext as _

from ballot import explaining
from ballot.explaining import Count
from ballot.record import counted, plain
from ballot.record.document import Document, Fact, Facts, Section, Signatures, Text
from ballot.rules.majority import Majority, Outcome
from foundation import clock, software

TRANSLATIONS = Path(__file__).parents[2] / "translations"


@contextmanager
def told_in(language: str) -> Iterator[None]:
    """A place where sentences are told in a language, outside any application."""
    desk = Flask("grasrot-count")
    desk.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    desk.config["BABEL_DEFAULT_LOCALE"] = "nb"
    Babel(desk)
    with desk.app_context(), force_locale(language):
        yield


def document(
    count: Count,
    title: str,
    papers: bytes,
    language: str,
    judged: tuple[Majority, Outcome] | None = None,
) -> Document:
    """The record of a count, told in the language in force. `papers` are the bytes of the file."""
    lead = [Text(_result(count), "strong")]
    if judged:
        majority, outcome = judged
        fraction = f"{majority.numerator}/{majority.denominator}"
        enough = outcome.votes >= outcome.needed
        told = _("%(votes)s stemmer er nok.") if enough else _("%(votes)s stemmer er ikke nok.")
        formula = counted.majority_formula(fraction, majority.over, outcome.base, outcome.needed)
        lead += [Text(formula, "formula"), Text(told % {"votes": explaining.figure(outcome.votes)})]
    sections = [
        *counted.sections(count),
        *counted.stages(count),
        _control(papers),
        signatures(("", "")),
        counted.event_log(count),
    ]
    return Document(
        title=_("Protokoll for opptellingen av %(title)s", title=title),
        sender="",
        language=language,
        lead=tuple(lead),
        sections=tuple(sections),
        made_at=clock.now(),
    )


def as_data(count: Count, title: str, papers: bytes) -> str:
    """The record as JSON: the count with the fingerprint of its papers and the software."""
    data: dict[str, Any] = {
        "grasrot": "count-record-1",
        "title": title,
        "papers_sha256": hashlib.sha256(papers).hexdigest(),
        "software": {"version": software.release(), "commit": software.commit()},
        "count": count,
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def written(told: Document, data: str, ending: str) -> bytes:
    """The record as the bytes of a file of this kind."""
    if ending == ".json":
        return data.encode()
    if ending == ".pdf":
        from ballot.record import pdf  # its library is slow to load, and only this needs it

        return pdf.drawn(told, data.encode())
    if ending == ".html":
        from ballot.record import sheet

        return sheet.drawn(told).encode()
    return plain.written(told).encode()


def signatures(names: tuple[str, ...]) -> Section:
    """Lines for the tellers to sign on."""
    return Section(_("Underskrifter"), (Signatures(names),))


def made_by() -> tuple[Fact, ...]:
    """Which program this is."""
    facts = [Fact(_("Program"), f"Grasrot {software.release()}".strip())]
    if software.commit():
        facts.append(Fact(_("Programmets utgave (commit)"), software.commit(), code=True))
    return tuple(facts)


def _control(papers: bytes) -> Section:
    digest = hashlib.sha256(papers).hexdigest()
    return Section(
        _("Kontroll"),
        (Facts((Fact(_("Filens fingeravtrykk (SHA-256)"), digest, code=True), *made_by())),),
    )


def _result(count: Count) -> str:
    """What came of it, in a sentence or two."""
    if count["lot_needed"]:
        among = explaining.names(count, count["lot_needed"]["among"])
        return _("Tellingen er ikke ferdig. Den venter på et lodd mellom %(names)s.", names=among)
    if count["method"] == "motion":
        yes, no = (count["stages"][0]["votes"][number] for number in ("1", "2"))
        return _(
            "Ja fikk %(yes)s stemmer, nei %(no)s, og %(blank)s var blanke.",
            yes=explaining.figure(yes),
            no=explaining.figure(no),
            blank=explaining.figure(count["blank"]),
        )
    if count["runoff"]:
        return _(
            "Ingen fikk mange nok stemmer. %(names)s går videre til andre omgang.",
            names=explaining.names(count, count["runoff"]),
        )
    elected = [one["candidate"] for one in count["elected"]]
    if not elected:
        return _("Ingen ble valgt.")
    told = _("Valgt er %(names)s.", names=explaining.names(count, elected))
    deputies = [one["name"] for one in count["deputies"]]
    if deputies:
        order = ", ".join(f"{place}. {name}" for place, name in enumerate(deputies, start=1))
        told += " " + _("Vara i rekkefølge: %(names)s.", names=order)
    return told
