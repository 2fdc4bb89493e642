"""What people type on the register's pages, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from foundation.text import plain
from members.models import BylawTopic, Decider
from members.phrases import (
    CLASS_NAMES_PLURAL,
    DECIDER_NAMES,
    OFFICE_NAMES,
    SUBJECT_NAMES,
    TOPIC_NAMES,
    said,
)
from members.rules.classes import MembershipClass, Subject
from members.rules.permissions import OfficeKind
from members.services import structure
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


_TOO_LONG = Length(max=structure.LONGEST_NAME, message=_("Bruk høyst %(max)d tegn."))


class _Number(IntegerField):  # type: ignore[misc]  # the library has no types
    """A whole number, whose failure is told in our own words."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(str(_("Skriv et helt tall."))) from None


class _Checkboxes(SelectMultipleField):  # type: ignore[misc]  # the library has no types
    """Several choices as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class RenameUnitForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """The name of a unit."""

    name = StringField(_("Navn"), [InputRequired(_("Skriv navnet.")), _TOO_LONG])


class UnitForm(RenameUnitForm):
    """A unit below another."""

    code = StringField(
        _("Kode"),
        [InputRequired(_("Skriv en kode."))],
        description=_(
            "Noen få bokstaver eller tall. Saksnumrene begynner med den, og den kan ikke endres siden."
        ),
    )
    kind = StringField(
        _("Slags ledd"),
        [
            InputRequired(_("Skriv hva slags ledd det er.")),
            Length(max=structure.LONGEST_KIND, message=_("Bruk høyst %(max)d tegn.")),
        ],
        description=_("Det dere selv kaller det, for eksempel kommuneparti, lokallag eller utvalg."),
    )
    parent = SelectField(
        _("Under"), coerce=int, description=_("Leddet det hører til. Det kan ikke endres siden.")
    )

    def validate_code(self, code: StringField) -> None:
        """A code is what the service takes as one."""
        reason = structure.unit_code_blocker(structure.unit_code(code.data))
        if reason:
            raise ValidationError(said(reason))


class AreaForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A policy area, or a committee's field."""

    name = StringField(_("Navn"), [InputRequired(_("Skriv navnet.")), _TOO_LONG])
    description = TextAreaField(
        _("Beskrivelse"),
        [Length(max=structure.MOST_TEXT, message=_("Bruk høyst %(max)d tegn."))],
        description=_("Hva medlemmene diskuterer her. Den står øverst på siden til området."),
    )
    unit = SelectField(
        _("Organisasjonsledd"),
        coerce=int,
        description=_("Leddet som har ansvaret. Alle medlemmer kan delta."),
    )
    is_committee = BooleanField(_("Dette er området til et utvalg"))
    code = StringField(
        _("Kode"), description=_("Står i adressen til området. Vi lager den av navnet hvis feltet er tomt.")
    )
    position = _Number(
        _("Plass i listen"),
        [Optional(), NumberRange(0, 1000, message=_("Skriv et helt tall fra 0 til 1000."))],
        description=_("Områder med lavt tall kommer først."),
    )

    def validate_code(self, code: StringField) -> None:
        """A code is what the service takes as one; an empty one is made of the name, where it has letters."""
        made = plain(code.data or "").lower() or structure.slug(plain(self.name.data or ""))
        reason = structure.area_code_blocker(made)
        if reason and (code.data or self.name.data):
            raise ValidationError(said(reason))


class BylawForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """What a unit has decided about itself."""

    topic = SelectField(
        _("Hva er vedtatt?"),
        [InputRequired(_("Velg hva vedtaket gjelder."))],
        choices=[
            SelectChoice("", _("Velg hva vedtaket gjelder")),
            *(SelectChoice(topic.value, TOPIC_NAMES[topic]) for topic in BylawTopic),
        ],
    )
    value = _Number(_("Tall"), [Optional()], description=_("Bare for vedtak om dager eller alder."))
    decided_by = RadioField(
        _("Hvem har vedtatt det?"),
        [InputRequired(_("Velg hvem som har vedtatt det."))],
        choices=[SelectChoice(decider.value, DECIDER_NAMES[decider]) for decider in Decider],
        description=_("Styret kan ikke vedta dette selv."),
    )
    reference = StringField(
        _("Hvor står det?"),
        [InputRequired(_("Skriv hvor vedtaket står, for eksempel «Vedtektene § 5».")), _TOO_LONG],
        description=_("For eksempel «Vedtektene § 5» eller «Årsmøtet 14. mars 2026, sak 9»."),
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Hold topic, number and decider against each other; an empty number is wrong only for some topics."""
        valid = bool(super().validate(extra_validators))
        if self.topic.errors or self.decided_by.errors or self.value.errors:
            return False
        reason = structure.bylaw_blocker(
            BylawTopic(self.topic.data), self.value.data, Decider(self.decided_by.data)
        )
        if reason is None:
            return valid
        field = self.decided_by if reason.code == "bylaw_only_bylaws" else self.value
        field.errors = [*field.errors, said(reason)]
        return False


class VotingRightsForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """For each subject the classes that vote on it; `offer` says which can be chosen here."""

    def offer(self, cells: Mapping[Subject, Sequence[MembershipClass]]) -> None:
        """Let these classes be chosen."""
        for subject, classes in cells.items():
            name = str(SUBJECT_NAMES[subject])
            self[subject.value].label.text = name[:1].upper() + name[1:]
            self[subject.value].choices = [
                SelectChoice(membership_class.value, CLASS_NAMES_PLURAL[membership_class])
                for membership_class in classes
            ]

    def given(self) -> set[tuple[MembershipClass, Subject]]:
        """The cells that were ticked."""
        return {
            (MembershipClass(value), subject)
            for subject in Subject
            for value in self[subject.value].data or []
        }


for _subject in Subject:
    setattr(VotingRightsForm, _subject.value, _Checkboxes(SUBJECT_NAMES[_subject]))
