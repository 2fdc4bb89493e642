"""The forms of the register's two rare acts: one entry of two, and leaving for good."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Length


class MergeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Which other entry is the same person."""

    class Meta:
        # Asked by GET: a page that can be looked at again.
        csrf = False

    nummer = StringField(
        _l("Medlemsnummeret på den andre oppføringen"),
        [InputRequired(_l("Skriv medlemsnummeret.")), Length(max=40)],
    )


class ErasureForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """What becomes of what she has written, and that she means it."""

    posts = RadioField(
        _l("Innleggene dine"),
        [InputRequired(_l("Velg hva som skal skje med innleggene."))],
        choices=[
            SelectChoice("keep", _l("La teksten stå, under «Tidligere medlem»")),
            SelectChoice("erase", _l("Slett teksten i alle innleggene mine")),
        ],
    )
    sure = BooleanField(
        _l("Jeg forstår at dette ikke kan gjøres om"),
        [InputRequired(_l("Kryss av for at du forstår at det ikke kan gjøres om."))],
    )
