"""The forms of meetings."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from forums.forms import LocalTimeField
from forums.meetings.models import How
from forums.meetings.phrases import HOW
from forums.wording import LONGEST_SENTENCE, LONGEST_TITLE


class MeetingForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A meeting to be announced."""

    title = StringField(
        _l("Hva heter møtet?"),
        [InputRequired(_l("Skriv hva møtet heter.")), Length(max=LONGEST_TITLE)],
        render_kw={"maxlength": LONGEST_TITLE},
    )
    starts_at = LocalTimeField(_l("Når begynner det?"), [InputRequired(_l("Skriv når møtet begynner."))])
    ends_at = LocalTimeField(
        _l("Når slutter det?"), [Optional()], description=_l("Står det tomt, regner vi med to timer.")
    )
    place = StringField(_l("Sted"), [Length(max=200)], description=_l("Gjerne med adresse."))
    video_url = StringField(
        _l("Lenke til videomøtet"),
        [Length(max=500)],
        description=_l("Den som er med på video eller telefon, deltar like mye som den som er i rommet."),
        render_kw={"inputmode": "url"},
    )
    open_to_all = BooleanField(
        _l("Møtet er åpent for alle medlemmer som saken gjelder"),
        [InputRequired(_l("Bare et møte som er åpent for alle saken gjelder, kan telle som deltakelse."))],
    )
    accept_short = BooleanField(_l("Jeg vet at møtet ikke teller, og vil kunngjøre det likevel"))


class CancelForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A meeting to be cancelled."""

    why = StringField(
        _l("Hvorfor blir møtet avlyst?"),
        [InputRequired(_l("Skriv hvorfor møtet er avlyst.")), Length(max=LONGEST_SENTENCE)],
        render_kw={"maxlength": LONGEST_SENTENCE},
    )


class CodeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The code on the organiser's screen, typed or scanned."""

    code = StringField(
        _l("Koden på skjermen"),
        [InputRequired(_l("Skriv koden som står på skjermen.")), Length(max=40)],
        render_kw={
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "maxlength": 12,
        },
    )


class EntryForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A line of the secretary's list; how she was there are its buttons."""

    how = SelectField(
        _l("Hvordan var medlemmet med?"),
        [InputRequired()],
        choices=[SelectChoice(how.value, HOW[how]) for how in How if how is not How.CODE],
    )
