"""The record: to read, to print and sign, as text, PDF and JSON, every version of it."""

from __future__ import annotations

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from ballot import queries, results
from ballot.access import matter_of
from ballot.models import Ballot, RecordVersion
from ballot.record import document, pdf, plain, whole
from ballot.record.document import Document
from ballot.services import records
from ballot.views import bp
from ballot.views.voters import readable
from foundation.doors import SIGNED_IN, open_to
from foundation.errors import NotFound
from members.access import Rights, current, organisation_name
from members.rules.permissions import Permission


@bp.get("/avstemninger/<int:ballot_id>/protokoll")
@open_to(SIGNED_IN)
def record(ballot_id: int) -> ResponseReturnValue:
    """The record, made to be printed and signed."""
    rights = current()
    ballot = readable(ballot_id, rights)
    versions = records.versions(ballot.id)
    version = _asked_for(versions)
    return render_template(
        "ballot/record.html",
        ballot=ballot,
        record=_document(version),
        kind_of=document.kind_of,
        version=version,
        versions=versions,
        numbers=_numbers_for(ballot, rights),
    )


@bp.get("/avstemninger/<int:ballot_id>/protokoll.txt")
@open_to(SIGNED_IN)
def record_text(ballot_id: int) -> ResponseReturnValue:
    """The record as plain text."""
    ballot = readable(ballot_id, current())
    version, told = _told(ballot)
    return _file(plain.written(told).encode(), "text/plain; charset=utf-8", ballot, version, "txt")


@bp.get("/avstemninger/<int:ballot_id>/protokoll.pdf")
@open_to(SIGNED_IN)
def record_pdf(ballot_id: int) -> ResponseReturnValue:
    """The record as PDF/A, with its JSON inside."""
    ballot = readable(ballot_id, current())
    version, told = _told(ballot)
    name = f"protokoll-{ballot.id}-utgave-{version.version}.json"
    return _file(pdf.drawn(told, version.facts.encode(), name), "application/pdf", ballot, version, "pdf")


@bp.get("/avstemninger/<int:ballot_id>/protokoll.json")
@open_to(SIGNED_IN)
def record_json(ballot_id: int) -> ResponseReturnValue:
    """The record as canonical JSON: the bytes whose SHA-256 stands on it."""
    ballot = readable(ballot_id, current())
    version = _asked_for(records.versions(ballot.id))
    return _file(version.facts.encode(), "application/json; charset=utf-8", ballot, version, "json")


def _asked_for(versions: list[RecordVersion]) -> RecordVersion:
    """The version that was asked for: the newest, or `?utgave=`; raises NotFound."""
    wanted = request.args.get("utgave", type=int)
    for version in versions:
        if wanted in (None, version.version):
            return version
    raise NotFound


def _told(ballot: Ballot) -> tuple[RecordVersion, Document]:
    """The version that was asked for as a document, with every former one enclosed."""
    versions = records.versions(ballot.id)
    version = _asked_for(versions)
    told: Document | None = None
    for one in reversed(versions):
        if one.version <= version.version:
            told = _document(one, told)
    if told is None:
        raise NotFound
    return version, told


def _document(version: RecordVersion, before: Document | None = None) -> Document:
    return whole.document(records.read(version), version.sha256, organisation_name(), before)


def _numbers_for(ballot: Ballot, rights: Rights) -> results.Shown | None:
    """The numbers that the record itself keeps back, for tellers and control committee."""
    result, roll = queries.result_of(ballot.id), queries.roll_of(ballot.id)
    if result is None or roll is None or not rights.may(Permission.READ_TALLY, matter_of(ballot)):
        return None
    shown = results.shown(ballot, result, roll, for_tellers=True)
    return shown if shown.kept_back else None


def _file(body: bytes, content_type: str, ballot: Ballot, version: RecordVersion, ending: str) -> Response:
    """A file named after ballot, version and language; the JSON holds all languages."""
    language = "" if ending == "json" else f"-{get_locale() or 'nb'}"
    later = f"-utgave-{version.version}" if version.version > 1 else ""
    response = Response(body, content_type=content_type)
    name = f"protokoll-{ballot.id}{later}{language}.{ending}"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response
