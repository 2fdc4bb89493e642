"""Moderation's forms: a ground from the list, a sentence, and where something goes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from forums.models import Ground
from forums.moderation.phrases import REASONS
from forums.moderation.services.appeals import LONGEST_APPEAL
from forums.phrases import GROUNDS
from forums.rules import LONGEST_LOCK_WITH_ANOTHER
from forums.wording import LONGEST_SENTENCE, LONGEST_TITLE

_LENGTH = {"maxlength": LONGEST_SENTENCE}
_GROUNDS = [SelectChoice(ground.value, GROUNDS[ground]) for ground in Ground if ground is not Ground.MOVED]


def _sentence(label: object) -> StringField:
    return StringField(label, [Length(max=LONGEST_SENTENCE)], render_kw=_LENGTH)


class ReportForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A post reported."""

    reason = RadioField(
        _l("Hva er galt?"),
        [InputRequired(_l("Velg en grunn fra listen."))],
        choices=[SelectChoice(ground.value, REASONS[ground]) for ground in Ground],
    )
    sentence = _sentence(_l("Vil du si mer?"))


class JudgeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """An act on a post, with its ground and the sentence that the author gets."""

    ground = RadioField(_l("Grunn"), [InputRequired(_l("Velg en grunn fra listen."))], choices=_GROUNDS)
    sentence = _sentence(_l("En setning til forfatteren"))


class LeaveForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A post left as it is."""

    sentence = _sentence(_l("En setning til loggen"))


class PlaceForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Where a post or a thread goes: one of those offered, or the address of another."""

    thread_id = SelectField(_l("Tråd"), coerce=int)
    link = StringField(
        _l("Eller adressen til en annen tråd"),
        [Length(max=300)],
        description=_l("Åpne tråden og kopier adressen fra nettleseren."),
    )
    sentence = _sentence(_l("En setning til dem som skrev"))


class SplitForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A new thread that begins with a post."""

    title = StringField(_l("Overskrift på den nye tråden"), render_kw={"maxlength": LONGEST_TITLE})
    onwards = BooleanField(_l("Ta med alt som kommer etter innlegget"))
    sentence = _sentence(_l("En setning til dem som skrev"))


class AreaForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The area a thread goes to."""

    area_id = SelectField(_l("Område"), coerce=int)
    sentence = _sentence(_l("En setning til den som startet tråden"))


class LongLockForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A lock to be decided with somebody from outside the area."""

    ground = RadioField(_l("Grunn"), [InputRequired(_l("Velg en grunn fra listen."))], choices=_GROUNDS)
    hours = IntegerField(
        _l("Hvor mange timer?"),
        [
            InputRequired(_l("Skriv hvor mange timer.")),
            NumberRange(
                1, LONGEST_LOCK_WITH_ANOTHER.days * 24, _l("Sammen kan dere stenge tråden i 1 til 336 timer.")
            ),
        ],
        default=72,
    )
    sentence = _sentence(_l("Hvorfor er det nødvendig?"))


class AppealForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """An author's appeal."""

    sentence = TextAreaField(
        _l("Hvorfor mener du at det er feil?"),
        [InputRequired(_l("Skriv noen ord om hvorfor.")), Length(max=LONGEST_APPEAL)],
        render_kw={"maxlength": LONGEST_APPEAL},
    )
