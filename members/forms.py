"""What people type on the register's pages, and what is wrong with it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    HiddenField,
    SelectChoice,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, Regexp

from members.phrases import OFFICE_NAMES
from members.rules.permissions import OfficeKind
from members.services.signing_in import LANGUAGES

_LANGUAGE_NAMES = {"nb": "Bokmål", "nn": "Nynorsk", "en": "English"}


class SignInForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """The address to send a link to, and the page to go to afterwards."""

    email = EmailField(
        _("E-post"),
        [
            InputRequired(_("Skriv e-postadressen din.")),
            Length(max=254, message=_("Adressen er for lang.")),
            Regexp(r"\s*[^@\s]+@[^@\s]+\s*$", message=_("En e-postadresse ser ut som navn@eksempel.no.")),
        ],
    )
    next = HiddenField()


class CodeForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A member number and the code on a sheet of paper."""

    member_no = StringField(
        _("Medlemsnummer"),
        [InputRequired(_("Skriv medlemsnummeret ditt.")), Length(max=40, message=_("For langt."))],
    )
    code = StringField(
        _("Kode"),
        [InputRequired(_("Skriv koden som står på arket.")), Length(max=80, message=_("For langt."))],
        description=_("Tolv tegn. Du trenger ikke skrive strekene."),
    )


class LanguageForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """The language of a member's pages and mail."""

    locale = SelectField(
        _("Språk på sider og e-post"),
        choices=[SelectChoice(code, _LANGUAGE_NAMES[code]) for code in LANGUAGES],
    )


class RegisterForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A register file."""

    file = FileField(_("Registerfil (CSV)"), [FileRequired(_("Velg en fil."))])


class _Day(DateField):  # type: ignore[misc]  # the library has no types
    """A date, whose failure is told in our own words."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(str(_("Skriv datoen som 2026-03-02."))) from None


class OfficeForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """An office and the term it is held for."""

    kind = SelectField(
        _("Verv"),
        [InputRequired(_("Velg hvilket verv det er."))],
        # None is chosen beforehand: the first of the list is the administrator's.
        choices=[
            SelectChoice("", _("Velg verv")),
            *(SelectChoice(kind.value, OFFICE_NAMES[kind]) for kind in OfficeKind),
        ],
    )
    unit = SelectField(_("Organisasjonsledd"), coerce=int)
    area = SelectField(
        _("Saksområde"),
        coerce=int,
        description=_("Bare for folkevalgte, utvalgsledere og saksansvarlige."),
    )
    title = StringField(
        _("Tittel"),
        [InputRequired(_("Skriv tittelen, for eksempel «Kommunestyrerepresentant».")), Length(max=200)],
    )
    body = StringField(
        _("Organ"), [Length(max=200)], description=_("Der vervet er, for eksempel «Fjordvik kommunestyre».")
    )
    is_deputy = BooleanField(_("Som vara"))
    starts = _Day(_("Fra og med"), [InputRequired(_("Velg når perioden begynner."))])
    ends = _Day(
        _("Til og med"),
        [InputRequired(_("Velg når perioden slutter."))],
        description=_("Rettene som følger med, slutter av seg selv etter denne dagen."),
    )

    def validate_ends(self, ends: DateField) -> None:
        """A term ends on the day it begins or later."""
        if (
            isinstance(self.starts.data, date)
            and isinstance(ends.data, date)
            and ends.data < self.starts.data
        ):
            raise ValidationError(_("Perioden må slutte etter at den har begynt."))
