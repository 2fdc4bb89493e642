"""What merging of cases adds to the debate."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from forums.joining import views  # noqa: F401  (a page on the debate's blueprint)
from foundation import phrases


def init_app(app: Flask) -> None:  # noqa: ARG001  (as every wiring)
    """Add the sentences."""
    phrases.add(SENTENCES)


SENTENCES = {
    "case_merge_same": _l("Velg en annen sak enn den du slår sammen."),
    "case_merged": _l("Saken er alt slått sammen med en annen."),
    "case_merge_ballot": _l(
        "Avstemningen «%(question)s» er kunngjort med krav om deltakelse. "
        "Sakene kan slås sammen når den har åpnet, %(opens_at)s."
    ),
}
