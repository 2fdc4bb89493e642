"""The forms of statements; none has a field for a cause."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from forums.forms import LocalTimeField


class StatementForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """One's own statement."""

    body = TextAreaField(_l("Innspillet ditt"))
    may_publish = BooleanField(_l("Innspillet kan publiseres uten navnet mitt"))
    version = IntegerField(_l("Utgave"), [Optional()])
    accept_loss = BooleanField(_l("Lagre likevel"))
    preview = HiddenField()


class HelpForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Help to take part; nobody asks why."""

    reach = StringField(
        _l("Telefonnummer, eller en annen måte å nå deg på"),
        [Length(max=100)],
        render_kw={"autocomplete": "tel", "maxlength": 100},
    )


class AssistForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """What a member has told an officer."""

    member_id = IntegerField(_l("Medlem"), [InputRequired()])
    body = TextAreaField(
        _l("Det medlemmet vil si"),
        [InputRequired(_l("Skriv det medlemmet vil si."))],
        description=_l("Skriv det så likt medlemmets egne ord som du kan."),
    )
    given_at = LocalTimeField(
        _l("Når sa medlemmet dette?"),
        [Optional()],
        description=_l("Står det tomt, regner vi det fra nå."),
    )


class ReaderForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Who reads the statements beside the case officer."""

    member_id = RadioField(
        _l("Hvem leser innspillene sammen med den ansvarlige?"),
        [InputRequired(_l("Velg en."))],
        coerce=int,
    )
