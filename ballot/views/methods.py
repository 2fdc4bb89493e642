"""«Slik telles det»: how each method is marked and counted, in the reader's words."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from ballot import method_words, phrases
from ballot.models import Method
from ballot.views import bp
from foundation.doors import SIGNED_IN, open_to
from foundation.errors import NotFound


@bp.app_template_global("method_words")
def words_of(method: str) -> method_words.Words:
    """What is told of a method, for pages that show one."""
    return method_words.words_of(method)


@bp.get("/avstemninger/slik-telles-det/<method>")
@open_to(SIGNED_IN)
def how_counted(method: str) -> ResponseReturnValue:
    """One method: what one does on the paper, how the papers are counted, and how to count them oneself."""
    names = {**phrases.METHODS, **method_words.NAMES}
    if method not in list(Method):
        raise NotFound
    return render_template(
        "ballot/how_counted.html",
        name=names[Method(method)],
        words=method_words.words_of(method),
        others=[(other.value, names[other]) for other in Method if other != method],
    )
