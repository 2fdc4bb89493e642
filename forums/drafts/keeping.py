"""What forms ask of the texts under way: what to give back, what to keep of a form that could not be taken."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime

from flask import g, has_request_context, request, session
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from limits import parse
from wtforms import BooleanField, SelectMultipleField

from forums.drafts import places, queries, rules, seals, services
from forums.drafts.rules import Fields
from foundation import clock
from foundation.errors import RuleBroken
from foundation.extensions import limiter
from foundation.formats import clock_time, day, local
from members import access

# A browser keeps this beside its session: it finds the texts it sent while nobody was signed in. It opens nothing else.
_KEY = "held"
# A pause of a second between two saves; nobody types for long without one.
_PACE = parse("90 per minute")
_PACE_SIGNED_OUT = parse("60 per hour")


@dataclass(frozen=True)
class Kept:
    """A form's place, the version it builds upon, and what it is given back, if anything."""

    place: str
    seal: str
    owner: str
    version: int = 0
    saved_at: datetime | None = None
    fields: Fields = field(default_factory=dict)

    @property
    def restored(self) -> bool:
        """Whether the form is filled with what was kept."""
        return self.saved_at is not None

    @property
    def when(self) -> str:
        """«14.05», with its day where that is not today."""
        return when(self.saved_at) if self.saved_at else ""

    def text(self, name: str) -> str:
        """What was kept of one field, empty for nothing."""
        return next(iter(self.fields.get(name, [])), "")


def when(at: datetime) -> str:
    """«14.05», with its day where that is not today."""
    if local(at).date() == local(clock.now()).date():
        return clock_time(at)
    return _("%(clock)s den %(day)s", clock=clock_time(at), day=day(at))


def at_place(place: str) -> Kept | None:
    """What a form at a place is made with; None for somebody who is not signed in.

    A form that came back with something wrong holds what was typed, and is given nothing instead.
    """
    rights = access.current_or_none() if has_request_context() else None
    if rights is None:
        return None
    claim_held()
    known: dict[str, Kept] = g.setdefault("drafts", {})
    name = f"{rights.member.id} {place}"
    if name not in known:
        known[name] = _look(rights.member.id, place)
    return known[name]


def _look(member_id: int, place: str) -> Kept:
    empty = Kept(place, seals.seal(member_id, place), seals.owner(member_id))
    if request.method == "POST":
        return replace(empty, version=sent_version())
    draft = queries.draft_at(member_id, place)
    if draft is None:
        return empty
    return replace(empty, version=draft.version, saved_at=draft.saved_at, fields=draft.fields)


def sent_version() -> int:
    """The version that the form now sent was written from, 0 for none."""
    sent = request.form.get("draft", "")
    return int(sent) if sent.isascii() and sent.isdecimal() and len(sent) <= 10 else 0


def restore(form: FlaskForm, place: str) -> None:
    """Fill a form that is shown anew with what its writer has at this place."""
    kept = at_place(place)
    if kept is None or not kept.restored:
        return
    for control in form:
        name = control.name
        if name in rules.kept({name: []}) and (name in kept.fields or isinstance(control, BooleanField)):
            _fill(control, kept.fields.get(name, []))


def _fill(control: object, values: list[str]) -> None:
    """As if the browser had sent these values; what a field can no longer be, it is not."""
    before = control.data  # type: ignore[attr-defined]  # WTForms has no types
    control.errors = []  # type: ignore[attr-defined]
    try:
        control.raw_data = values  # type: ignore[attr-defined]
        control.process_formdata(values)  # type: ignore[attr-defined]
        choices = getattr(control, "choices", None)
        if choices and not isinstance(control, SelectMultipleField):
            offered = {str(choice.value) for choice in choices}
            if str(control.data) not in offered:  # type: ignore[attr-defined]
                control.data = before  # type: ignore[attr-defined]
    except ValueError:
        control.data = before  # type: ignore[attr-defined]


# --- A form that could not be taken


def claim_held() -> None:
    """Give whoever is signed in what this browser sent for her while she was not."""
    key, rights = session.get(_KEY), access.current_or_none()
    if isinstance(key, str) and rights is not None and services.claim(key, rights.member.id):
        session.pop(_KEY)


@dataclass(frozen=True)
class Saved:
    """A form that could not be taken and is kept: the page it stands on, and whether its writer is signed in."""

    page: str
    signed_in: bool


def keep_sent() -> Saved | None:
    """Keep what has just been sent from a form of ours that cannot be taken: signed out, or its token too old.

    The form's own seal says whose it is. Whoever is signed in as somebody else learns nothing of it.
    """
    sealed = seals.opened(request.form.get("draft_seal", ""))
    if sealed is None:
        return None
    (member_id, place), rights = sealed, access.current_or_none()
    if limiter.enabled and not limiter.limiter.hit(_PACE_SIGNED_OUT, "held", str(member_id)):
        return None
    page = places.page_of(place)
    try:
        fields, base = sent_fields(), sent_version()
        if rights is not None and rights.member.id == member_id:
            services.put(member_id, place, fields, base)
            return Saved(page, signed_in=True) if page else None
        services.hold(_browser_key(), member_id, place, fields, base)
    except (RuleBroken, ValueError):
        return None
    return Saved(page, signed_in=False) if page and rights is None else None


def sent_fields() -> Fields:
    """What a form holds, sent as it is or, by script, as JSON; raises ValueError for anything else."""
    if "fields" not in request.form:
        return rules.kept(request.form.to_dict(flat=False))
    sent = json.loads(request.form["fields"])
    well_formed = isinstance(sent, dict) and all(
        isinstance(values, list) and all(isinstance(value, str) for value in values)
        for values in sent.values()
    )
    if not well_formed:
        raise ValueError("no form")
    return rules.kept(sent)


def _browser_key() -> str:
    key = session.get(_KEY)
    if not isinstance(key, str):
        key = secrets.token_urlsafe(24)
        session[_KEY] = key
        session.permanent = True
    return key


def too_fast(member_id: int) -> bool:
    """Whether this member's pages save more often than anybody types."""
    return limiter.enabled and not limiter.limiter.hit(_PACE, "draft", str(member_id))
