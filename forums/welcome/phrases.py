"""The one sentence of refusal that the welcome has."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from foundation import phrases


def register() -> None:
    """Add it to those of the house."""
    phrases.add(_SENTENCES)


_SENTENCES = {
    "not_contact_officer": _l("Siden er for dem som tar imot nye medlemmer i organisasjonsleddet."),
}
