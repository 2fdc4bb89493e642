"""The forms of those who organise ballots: what was typed stays, errors stand beside their fields, no script needed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from math import gcd
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from ballot import facts
from ballot.method_words import CHOICES, QUOTAS
from ballot.models import Ballot, Method, Side
from ballot.phrases import KINDS, SETTINGS, SHORTFALLS
from ballot.rules.lifecycle import Force, Level
from ballot.rules.local_times import Reading, read
from ballot.rules.majority import Base, Majority, Over, Quorum, TieRule
from ballot.rules.methods import MOST_OPTIONS
from ballot.rules.participation import ALWAYS_COUNT, Kind, Setting, Shortfall
from ballot.services import candidates
from ballot.services.drafting import YES_AND_NO, Candidacy, Draft
from ballot.services.lots import Needed
from forums.models import Thread
from foundation import clock, phrases, text
from foundation.audit import canonical
from foundation.errors import Reason
from foundation.extensions import db
from foundation.formats import clock_time, local, zone
from members.models import Member, Unit
from members.phrases import CLASS_NAMES_PLURAL, SUBJECT_NAMES
from members.rules.classes import MembershipClass, Subject

MOST_ARGUMENTS = 12
MOST_SOURCES = 12
CLOSING_HOUR = time(20, 0)
MORE_KINDS = (Kind.PROPOSAL, Kind.ANSWER, Kind.MEETING)
OUR_TIME = range(2000, 2100)


class MomentField(Field):  # type: ignore[misc]  # WTForms has no types
    """A day and a time on the organisation's clock, in two inputs; `data` is the moment in UTC.

    A time that comes twice in the autumn, or never in the spring, is refused with both readings offered:
    the form then shows them as a choice, and the chosen one (`first` or `second`) is what is meant.
    """

    def __init__(self, label: object = None, *, hour: time = CLOSING_HOUR, **options: Any) -> None:
        super().__init__(label, **options)
        self.hour = hour
        self.data: datetime | None = None
        self.day = ""
        self.clock = ""
        self.reading = ""
        self.choices: list[tuple[str, str]] = []

    def process(self, formdata: MultiDict[str, str] | None, data: Any = None, **_options: Any) -> None:
        """Read the two inputs, or show a stored moment in them."""
        self.process_errors: list[str] = []
        self.choices = []
        self.object_data = data if isinstance(data, datetime) else None
        self.data = self.object_data
        if formdata is not None and f"{self.name}-day" in formdata:
            self.day = formdata.get(f"{self.name}-day", "").strip()
            self.clock = formdata.get(f"{self.name}-clock", "").strip()
            self.reading = formdata.get(f"{self.name}-reading", "").strip()
            self._read()
        elif self.data is not None:
            there = local(self.data)
            self.day, self.clock = there.strftime("%Y-%m-%d"), there.strftime("%H:%M")
        else:
            self.day, self.clock = "", self.hour.strftime("%H:%M")

    def suggest(self, day: date) -> None:
        """Fill in a day where nothing has been stored."""
        self.day, self.clock = day.isoformat(), self.hour.strftime("%H:%M")

    def _read(self) -> None:
        self.data = None
        if not self.day:
            return
        try:
            wall = datetime.combine(date.fromisoformat(self.day), _clock(self.clock) or self.hour)
        except ValueError:
            self.process_errors.append(_("Skriv datoen som dag, måned og år, og klokka som 20.00."))
            return
        if wall.year not in OUR_TIME:
            self.process_errors.append(_("Velg en dato i vår tid."))
            return
        meant = read(wall, zone())
        if len(meant.moments) == 1:
            self.data = meant.moments[0]
        elif self.reading in ("first", "second"):
            self.data = meant.moments[self.reading == "second"]
            # Shown again, it is shown as what it now means.
            self._offer(meant)
        else:
            self._offer(meant)
            self.process_errors.append(
                _("Klokka stilles fram den natta, og dette klokkeslettet finnes ikke. Velg hva du mener.")
                if meant.missing
                else _(
                    "Klokka stilles tilbake den natta, og dette klokkeslettet kommer to ganger. Velg hvilket."
                )
            )

    def _offer(self, meant: Reading) -> None:
        first, second = meant.moments
        if meant.missing:
            names = (
                _("Klokka %(time)s", time=clock_time(first)),
                _("Klokka %(time)s", time=clock_time(second)),
            )
        else:
            names = (
                _("Klokka %(time)s første gang (sommertid)", time=clock_time(first)),
                _("Klokka %(time)s andre gang (normaltid)", time=clock_time(second)),
            )
        self.choices = [("first", names[0]), ("second", names[1])]


def _clock(typed: str) -> time | None:
    """A clock as people type it: 20:00, 20.00, 2000, 20."""
    digits = typed.replace(".", ":").replace(" ", "")
    if not digits:
        return None
    hours, _colon, minutes = digits.partition(":")
    if not minutes and len(hours) == 4:
        hours, minutes = hours[:2], hours[2:]
    return time(int(hours), int(minutes or 0))


class CheckboxesField(SelectMultipleField):  # type: ignore[misc]  # WTForms has no types
    """Several choices as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class OptionForm(Form):  # type: ignore[misc]  # WTForms has no types
    """One thing that can be voted for."""

    label = StringField(_l("Alternativ"), [Length(max=200, message=_l("Bruk høyst 200 tegn."))])
    explanation = StringField(_l("Hva det betyr"), [Length(max=500, message=_l("Bruk høyst 500 tegn."))])
    member_no = StringField(_l("Medlemsnummer"), [Length(max=40, message=_l("Bruk høyst 40 tegn."))])


class ArgumentForm(Form):  # type: ignore[misc]  # WTForms has no types
    """An argument on one side."""

    text = TextAreaField(_l("Argument"), [Length(max=1000, message=_l("Bruk høyst 1 000 tegn."))])


class SourceForm(Form):  # type: ignore[misc]  # WTForms has no types
    """A source of knowledge about the case."""

    title = StringField(_l("Kilde"), [Length(max=200, message=_l("Bruk høyst 200 tegn."))])
    url = StringField(_l("Adresse på nettet"), [Length(max=500, message=_l("Bruk høyst 500 tegn."))])

    def validate_url(self, field: Field) -> None:
        """Only addresses that a browser opens as a page."""
        address = (field.data or "").strip()
        if address and not address.startswith(("https://", "http://", "/")):
            raise ValidationError(_("Adressen må begynne med https://"))


# What a majority is, in the words of the form; the fraction and how it is reached.
_FRACTIONS: dict[str, tuple[int, int, Over]] = {
    "half": (1, 2, Over.MORE_THAN),
    "two_thirds": (2, 3, Over.AT_LEAST),
    "three_quarters": (3, 4, Over.AT_LEAST),
}
MOST_VOTES = "most"

# Which field a reason belongs beside; a reason that is not here does not keep a draft from being stored.
FIELD_OF: dict[str, str] = {
    "options_too_few": "options",
    "option_empty": "options",
    "options_alike": "options",
    "bylaw_reference_missing": "bylaw_reference",
    "majority_fraction": "majority",
    "majority_below_half": "majority",
    "majority_impossible": "majority",
    "quorum_fraction": "quorum",
    "quorum_impossible": "quorum",
    "classes_missing": "classes",
    "class_without_vote": "classes",
    "tellers_too_few": "tellers",
    "teller_board": "tellers",
    "teller_candidate": "tellers",
    "teller_administrator": "tellers",
    "closing_before_opening": "closes",
    "opening_before_notice": "opens",
    "freeze_before_notice": "freezes",
    "freeze_after_opening": "freezes",
    "cutoff_after_notice": "cutoff",
    "cutoff_too_early": "cutoff",
    "unit_outside": "units",
    "answer_before_closing": "respond_by",
    "options_too_many": "options",
    "method_persons_only": "method",
    "method_subject": "method",
    "method_one_seat": "seats",
    "places_too_many": "seats",
    "method_no_deputies": "deputies",
    "deputies_too_many": "deputies",
    "method_no_max_marks": "max_marks",
    "max_marks_range": "max_marks",
    "method_no_majority": "majority",
    "lot_needs_tellers": "tie_rule",
    "tie_must_be_settled": "tie_rule",
    "method_no_quota": "quota",
    "quota_cannot_be_met": "quota",
    "rule_subject": "participation",
    "rule_not_permitted": "participation",
    "rule_needs_bylaws": "participation",
    "rule_reference_missing": "participation",
    "rule_too_few": "participation",
    "rule_minimum": "minimum",
    "rule_no_thread": "case_id",
    "rule_no_kind": "participation",
    "rule_private_route": "kinds",
    "rule_cancel_demanded": "shortfall",
    "freeze_too_soon": "freezes",
    "window_too_short": "freezes",
    "opening_too_soon": "opens",
    "voting_too_short": "closes",
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: in which field, the id to jump to, what the field is called, and the sentence."""

    field: str
    anchor: str
    name: str
    sentence: str


@dataclass(frozen=True)
class Offer:
    """What a board can choose among, each as (id, name)."""

    boards: list[tuple[int, str]]
    units: list[tuple[int, str]]
    cases: list[tuple[int, str]]
    responsible: list[tuple[int, str]]
    tellers: list[tuple[int, str]]


class DraftForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A ballot as its board writes it: four fields, and the rest folded under «Flere valg»."""

    unit_id = SelectField(_l("Hvem holder avstemningen?"), coerce=int)
    question = StringField(
        _l("Hva spør dere om?"),
        [
            InputRequired(_l("Skriv spørsmålet medlemmene skal svare på.")),
            Length(max=300, message=_l("Spørsmålet kan være på høyst 300 tegn.")),
        ],
        description=_l("Ett spørsmål, så kort og tydelig som mulig."),
    )
    about = TextAreaField(
        _l("Hva gjelder saken?"),
        [
            InputRequired(_l("Skriv hva saken gjelder, for den som ikke kjenner den.")),
            Length(max=6000, message=_l("Teksten kan være på høyst 6 000 tegn.")),
        ],
        description=_l("To til åtte setninger for den som ikke kjenner saken. Argumentene kan stå for seg."),
    )
    options = FieldList(FormField(OptionForm), min_entries=2, max_entries=MOST_OPTIONS)
    closes = MomentField(_l("Når stenger avstemningen?"))

    # Sent with everything under «Flere valg»: without it the four fields alone were sent, and the rest is as usual.
    more = HiddenField(default="1")
    method = RadioField(_l("Hvordan skal man stemme?"), default="")
    seats = IntegerField(
        _l("Hvor mange skal velges?"),
        default=1,
        validators=[
            Optional(),
            NumberRange(1, MOST_OPTIONS, message=_l("Skriv et tall fra 1 til 60.")),
        ],
    )
    deputies = IntegerField(
        _l("Hvor mange skal være vara?"),
        [Optional(), NumberRange(0, MOST_OPTIONS, message=_l("Skriv et tall fra 0 til 60."))],
    )
    max_marks = IntegerField(
        _l("Hvor mange kan man krysse av for?"),
        [Optional(), NumberRange(1, MOST_OPTIONS, message=_l("Skriv et tall fra 1 til 60."))],
    )
    shuffled = BooleanField(_l("Gi hver stemmeseddel en tilfeldig rekkefølge"))
    quota = SelectField(_l("Kjønnskvotering"), default="")
    quota_women = IntegerField(
        _l("Minst så mange kvinner"),
        [Optional(), NumberRange(0, MOST_OPTIONS, message=_l("Skriv et tall fra 0 til 60."))],
    )
    quota_men = IntegerField(
        _l("Minst så mange menn"),
        [Optional(), NumberRange(0, MOST_OPTIONS, message=_l("Skriv et tall fra 0 til 60."))],
    )
    quota_deputies = BooleanField(_l("Kvoteringen gjelder vara også"))
    quota_short = RadioField(_l("Hvis det er for få kandidater av et kjønn"), default="lower")
    case_id = SelectField(_l("Saken avstemningen hører til"), coerce=int, default=0)
    arguments_for = FieldList(FormField(ArgumentForm), min_entries=1, max_entries=MOST_ARGUMENTS)
    arguments_against = FieldList(FormField(ArgumentForm), min_entries=1, max_entries=MOST_ARGUMENTS)
    sources = FieldList(FormField(SourceForm), min_entries=1, max_entries=MOST_SOURCES)
    responsible_id = SelectField(_l("Hvem svarer på hva som skjedde videre?"), coerce=int)
    respond_by = StringField(_l("Svaret kommer senest"))

    participation = RadioField(_l("Må man ha deltatt i diskusjonen?"), default=Setting.NONE.value)
    minimum = IntegerField(
        _l("Hvor mange bidrag?"),
        default=1,
        validators=[
            Optional(),
            NumberRange(1, 3, message=_l("Det kan kreves ett, to eller tre bidrag.")),
        ],
    )
    shortfall = RadioField(_l("Hvis for få har deltatt"), default=Shortfall.LAPSE.value)
    demanded = BooleanField(_l("Medlemmene har krevd avstemningen"))
    kinds = CheckboxesField(_l("Dette teller også"), default=[word.value for word in MORE_KINDS])
    # Nothing ticked looks like nothing asked: this tells whether the boxes were there.
    kinds_shown = HiddenField(default="1")
    window = MomentField(_l("Diskusjonen teller fra"), hour=time(0, 0))
    freezes = MomentField(_l("Frist for å delta"), hour=CLOSING_HOUR)
    opens = MomentField(_l("Når åpner avstemningen?"), hour=time(8, 0))

    classes = CheckboxesField(_l("Hvem kan stemme?"))
    units = CheckboxesField(_l("Medlemmer i"), coerce=int)
    cutoff = MomentField(_l("Medlem senest"), hour=time(0, 0))

    majority = SelectField(_l("Hva skal til for at det blir vedtatt?"), default=MOST_VOTES)
    majority_base = SelectField(_l("Regnet av"), default=Base.VALID_EXCLUDING_BLANK.value)
    quorum = IntegerField(
        _l("Hvor mange prosent av dem med stemmerett må stemme?"),
        [
            Optional(),
            NumberRange(0, 100, message=_l("Skriv et tall fra 0 til 100.")),
        ],
    )
    tie_rule = SelectField(_l("Hvis det blir like mange stemmer"), default=TieRule.NOT_ADOPTED.value)
    tellers = CheckboxesField(_l("Tellekorps"), coerce=int)
    force = RadioField(_l("Hva betyr resultatet?"), default=Force.ADVISORY.value)
    bylaw_reference = StringField(_l("Hvor i vedtektene står det at den er bindende?"), [Length(max=200)])
    subject = SelectField(_l("Hva slags avstemning er det?"), default=Subject.CASE.value)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.participation.choices = [(word.value, SETTINGS[word]) for word in Setting]
        self.kinds.choices = [(word.value, KINDS[word]) for word in MORE_KINDS]
        self.shortfall.choices = [(word.value, SHORTFALLS[word]) for word in Shortfall]
        self.tie_rule.choices = [
            (TieRule.NOT_ADOPTED.value, _("Ingenting er vedtatt")),
            (TieRule.LOT.value, _("Tellekorpset trekker lodd")),
            (TieRule.SEED.value, _("Loddet følger av stemmesedlene")),
        ]
        self.method.choices = [
            ("", _("Kryss av for ett")),
            *((method.value, text) for method, text in CHOICES.items()),
        ]
        self.quota.choices = [("", _("Ingen")), *QUOTAS.items()]
        self.quota_short.choices = [
            ("lower", _("Kravet blir senket til dem som er")),
            ("refuse", _("Avstemningen kan ikke kunngjøres")),
        ]
        self.subject.choices = [(word.value, str(SUBJECT_NAMES[word]).capitalize()) for word in Subject]
        self.force.choices = [
            (Force.ADVISORY.value, _("Et råd til dem som bestemmer")),
            (Force.BINDING.value, _("Bindende etter vedtektene")),
        ]
        self.classes.choices = [
            (word.value, str(CLASS_NAMES_PLURAL[word]).capitalize())
            for word in MembershipClass
            if word is not MembershipClass.SYMPATHISER
        ]
        self.majority.choices = [
            (MOST_VOTES, _("Flest stemmer")),
            ("half", _("Mer enn halvparten")),
            ("two_thirds", _("Minst to tredeler")),
            ("three_quarters", _("Minst tre firedeler")),
        ]
        self.majority_base.choices = [
            (Base.VALID_EXCLUDING_BLANK.value, _("Stemmene uten de blanke")),
            (Base.CAST_INCLUDING_BLANK.value, _("Alle stemmene, også de blanke")),
            (Base.ENTITLED.value, _("Alle med stemmerett")),
        ]
        self.told_of_options: list[str] = []
        self.members: dict[str, Member] = {}
        if self.is_submitted() and not self.more.raw_data:
            self.classes.data = [MembershipClass.FULL_MEMBER.value]

    def offer(self, offer: Offer) -> None:
        """Offer what this board can choose among; a single unit is no choice."""
        self.unit_id.choices = offer.boards
        self.case_id.choices = [(0, _("Ingen sak")), *offer.cases]
        self.responsible_id.choices = offer.responsible
        self.units.choices = offer.units
        self.tellers.choices = offer.tellers
        if self.unit_id.data is None:
            self.unit_id.data = offer.boards[0][0]
        if self.responsible_id.data is None:
            self.responsible_id.data = offer.responsible[0][0]

    def validate_respond_by(self, field: Field) -> None:
        """A day, where one is given."""
        if (field.data or "").strip():
            try:
                date.fromisoformat(field.data.strip())
            except ValueError:
                raise ValidationError(_("Skriv datoen som dag, måned og år.")) from None

    def validate_question(self, field: Field) -> None:
        """Something must be left when what cannot be seen is taken away."""
        if not text.plain(field.data or ""):
            raise ValidationError(_("Skriv spørsmålet medlemmene skal svare på."))

    def validate_about(self, field: Field) -> None:
        """Something must be left when blanks are taken away."""
        if not _prose(field.data):
            raise ValidationError(_("Skriv hva saken gjelder, for den som ikke kjenner den."))

    def validate_closes(self, field: Field) -> None:
        """The one date that everybody sets."""
        if field.data is None and not field.process_errors:
            raise ValidationError(_("Velg dagen avstemningen stenger."))

    def validate_options(self, field: FieldList) -> None:
        """A member number is that of an active member in the unit, and stands once."""
        unit = db.session.get(Unit, self.unit_id.data) if self.unit_id.data else None
        for row in _rows(field):
            number = (row["member_no"].data or "").strip()
            if not number:
                continue
            member = candidates.member_of(number, unit, clock.now()) if unit else None
            if member is None:
                told = phrases.sentence(Reason.of("candidate_unknown", member_no=number))
            elif number in self.members:
                told = phrases.sentence(Reason.of("candidate_twice"))
            else:
                self.members[number] = member
                continue
            row["member_no"].errors = [*row["member_no"].errors, told]

    def validate_quota_women(self, _field: Field) -> None:
        """Numbers of one's own must be given, where they are what was chosen."""
        if self.quota.data == "own" and not (self.quota_women.data or self.quota_men.data):
            raise ValidationError(phrases.sentence(Reason.of("quota_numbers_missing")))

    def row_added(self, wish: str) -> bool:
        """Add one more row where its button was pressed; everything typed stays. Whether one was asked for."""
        rows = {
            "option": (self.options, MOST_OPTIONS),
            "for": (self.arguments_for, MOST_ARGUMENTS),
            "against": (self.arguments_against, MOST_ARGUMENTS),
            "source": (self.sources, MOST_SOURCES),
        }.get(wish)
        if rows is None:
            return False
        fields, most = rows
        if len(fields) < most:
            fields.append_entry()
        return True

    def usual(self, *, unit_id: int, closing_day: date, case_id: int | None, responsible_id: int) -> None:
        """Fill in what most ballots have: yes and no, a week of voting, full members of the unit."""
        self.process(
            data={
                "unit_id": unit_id,
                "options": [{"label": label} for label in YES_AND_NO],
                "case_id": case_id or 0,
                "responsible_id": responsible_id,
                "classes": [MembershipClass.FULL_MEMBER.value],
                "units": [unit_id],
            }
        )
        self.closes.suggest(closing_day)

    def show(self, draft: Draft, member_numbers: Sequence[str] = ()) -> None:
        """Fill the form with a stored draft, and the numbers of the candidates who are members."""
        data = _shown(draft)
        for row, number in zip(self._rows_of(data), member_numbers, strict=False):
            row["member_no"] = number
        self.process(data=data)

    @staticmethod
    def _rows_of(data: dict[str, Any]) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = data["options"]
        return rows

    def _kinds(self) -> frozenset[Kind]:
        """The kinds of contribution that count: posts and the private route always, the others where ticked."""
        if not self.kinds_shown.raw_data:
            return frozenset(Kind)
        return ALWAYS_COUNT | frozenset(map(Kind, self.kinds.data or []))

    def draft(self) -> Draft:
        """The ballot as it was typed, empty rows left out, labels cleaned of what cannot be seen."""
        return Draft(
            unit_id=self.unit_id.data,
            question=text.plain(self.question.data or ""),
            about=_prose(self.about.data),
            responsible_id=self.responsible_id.data,
            options=tuple(self._options()),
            several=self.method.data == Method.APPROVAL.value,
            counted_by=self._method(),
            seats=self.seats.data or 1,
            deputies=self.deputies.data or 0,
            max_marks=self.max_marks.data,
            quota=self._quota(),
            shuffled=bool(self.shuffled.data),
            candidates=tuple(self._candidates()),
            case_id=self.case_id.data or None,
            closes_at=self.closes.data,
            opens_at=self.opens.data,
            roll_freezes_at=self.freezes.data,
            window_opens_at=self.window.data,
            cutoff_at=self.cutoff.data,
            force=Force(self.force.data),
            level=Level.SECRET,
            bylaw_reference=text.plain(self.bylaw_reference.data or ""),
            subject=Subject(self.subject.data),
            unit_ids=tuple(sorted(self.units.data or [self.unit_id.data])),
            classes=frozenset(map(MembershipClass, self.classes.data or [])),
            majority=self._majority(),
            quorum=_quorum(self.quorum.data or 0),
            tie_rule=TieRule(self.tie_rule.data),
            participation=Setting(self.participation.data),
            minimum=self.minimum.data or 1,
            shortfall=Shortfall(self.shortfall.data),
            kinds=self._kinds(),
            demanded_by_members=bool(self.demanded.data),
            arguments=tuple(self._arguments()),
            sources=tuple(
                (
                    text.plain(row["title"].data or "") or row["url"].data.strip(),
                    (row["url"].data or "").strip(),
                )
                for row in _rows(self.sources)
                if (row["title"].data or "").strip() or (row["url"].data or "").strip()
            ),
            teller_ids=frozenset(self.tellers.data or []),
            respond_by=date.fromisoformat(self.respond_by.data.strip())
            if (self.respond_by.data or "").strip()
            else None,
        )

    def _options(self) -> Iterable[tuple[str, str]]:
        """The rows that say something; «nei» before «ja» is turned round, since yes is counted first.

        A candidate who is a member has her name from the register where the board has written none.
        """
        rows = [
            (
                text.plain(row["label"].data or "") or (member.name if member else ""),
                text.plain(row["explanation"].data or ""),
            )
            for row, member in self._filled_rows()
        ]
        if [label.casefold() for label, _ in rows] == ["nei", "ja"]:
            rows.reverse()
        return rows

    def _filled_rows(self) -> list[tuple[Form, Member | None]]:
        return [
            (row, self.members.get((row["member_no"].data or "").strip()))
            for row in _rows(self.options)
            if any((row[name].data or "").strip() for name in ("label", "explanation", "member_no"))
        ]

    def _candidates(self) -> Iterable[Candidacy]:
        """Which members the options are, in an election; the answers of candidates are not the board's to write."""
        for _row, member in self._filled_rows():
            yield Candidacy(member_id=member.id if member else None)

    def _method(self) -> Method | None:
        chosen = self.method.data or ""
        return Method(chosen) if chosen and chosen != Method.APPROVAL.value else None

    def _quota(self) -> str:
        """The quota as a ballot keeps it."""
        if not self.quota.data:
            return ""
        least = {"K": self.quota_women.data or 0, "M": self.quota_men.data or 0}
        members = {"min": least, "max": {}} if self.quota.data == "own" else self.quota.data
        deputies = self.quota.data if self.quota_deputies.data and self.quota.data != "own" else None
        return canonical({"members": members, "deputies": deputies, "too_few": self.quota_short.data})

    def _arguments(self) -> Iterable[tuple[Side, str]]:
        for side, rows in ((Side.FOR, self.arguments_for), (Side.AGAINST, self.arguments_against)):
            for row in _rows(rows):
                if words := _prose(row["text"].data):
                    yield side, words

    def _majority(self) -> Majority | None:
        if self.majority.data == MOST_VOTES:
            return None
        numerator, denominator, over = _FRACTIONS[self.majority.data]
        return Majority(numerator, denominator, over, Base(self.majority_base.data))

    def tell(self, reasons: Sequence[Reason]) -> bool:
        """Put each reason beside its field; whether there was one that keeps the draft from being stored."""
        for reason in reasons:
            name = self._field_of(reason)
            if name == "options":
                self.told_of_options.append(phrases.sentence(reason))
            elif name is not None:
                self[name].errors = [*self[name].errors, phrases.sentence(reason)]
        return any(self._field_of(reason) for reason in reasons)

    def _field_of(self, reason: Reason) -> str | None:
        """The field a reason belongs beside; a draft may be kept until its board has found tellers."""
        if reason.code == "tellers_too_few" and not self.tellers.data:
            return None
        return FIELD_OF.get(reason.code)

    def problems(self) -> list[Problem]:
        """Everything that is wrong, in the order of the page."""
        found = [
            Problem("options", "options-0-label", _("Alternativene"), told) for told in self.told_of_options
        ]
        for field in self:
            if field.type == "FieldList":
                found += [
                    Problem(field.name, part.id, str(part.label.text), str(error))
                    for row in _rows(field)
                    for part in row
                    for error in part.errors
                ]
            elif field.type not in ("CSRFTokenField", "HiddenField"):
                found += [
                    Problem(field.name, _anchor(field), str(field.label.text).rstrip("?"), str(error))
                    for error in field.errors
                ]
        return found

    @property
    def can_be_read(self) -> bool:
        """Whether the rules can be asked about what was typed: nothing is wrong but what stands in sight."""
        return not self.wrong_in_fold and not self.unit_id.errors

    def wrong_in(self, *names: str) -> bool:
        """Whether something is wrong in these fields, so that what holds them must stand open."""
        return any(problem.field in names for problem in self.problems())

    @property
    def wrong_in_fold(self) -> bool:
        """Whether something under «Flere valg» is wrong."""
        return any(problem.field not in _IN_SIGHT for problem in self.problems())


_IN_SIGHT = frozenset({"question", "about", "options", "closes", "unit_id"})


def _rows(fields: FieldList) -> list[Form]:
    """The forms of a list of rows: a row's own attributes must not hide a field that is called `label`."""
    return [entry.form for entry in fields]


def _anchor(field: Field) -> str:
    """The id of the control that a link to the error leads to."""
    if field.type == "MomentField":
        return f"{field.id}-day"
    if field.type in ("RadioField", "CheckboxesField"):
        return f"{field.id}-0" if field.choices else "flere-valg"
    return str(field.id)


def _prose(words: str | None) -> str:
    """Text of several lines as it is stored: line ends as one kind, nothing that cannot be stored, no blank ends."""
    return (words or "").replace("\r\n", "\n").replace("\0", "").strip()


def _quorum(percent: int) -> Quorum:
    """A share in whole per cent as the smallest fraction."""
    if percent <= 0:
        return Quorum()
    shared = gcd(percent, 100)
    return Quorum(percent // shared, 100 // shared)


def _shown(draft: Draft) -> dict[str, Any]:
    """A draft as the form's data."""
    fraction = MOST_VOTES
    base = Base.VALID_EXCLUDING_BLANK
    if draft.majority is not None:
        base = draft.majority.base
        parts = (draft.majority.numerator, draft.majority.denominator, draft.majority.over)
        fraction = next((name for name, known in _FRACTIONS.items() if known == parts), "half")
    return {
        "unit_id": draft.unit_id,
        "question": draft.question,
        "about": draft.about,
        "options": [{"label": label, "explanation": explanation} for label, explanation in draft.options],
        "closes": draft.closes_at,
        "method": draft.counted_by.value
        if draft.counted_by
        else (Method.APPROVAL.value if draft.several else ""),
        "seats": draft.seats,
        "deputies": draft.deputies or None,
        "max_marks": draft.max_marks,
        "shuffled": draft.shuffled,
        **_shown_quota(draft.quota),
        "case_id": draft.case_id or 0,
        "arguments_for": [{"text": words} for side, words in draft.arguments if side is Side.FOR],
        "arguments_against": [{"text": words} for side, words in draft.arguments if side is Side.AGAINST],
        "sources": [{"title": title, "url": url} for title, url in draft.sources],
        "responsible_id": draft.responsible_id,
        "respond_by": draft.respond_by.isoformat() if draft.respond_by else "",
        "participation": draft.participation.value,
        "minimum": draft.minimum,
        "shortfall": draft.shortfall.value,
        "kinds": [word.value for word in MORE_KINDS if word in draft.kinds],
        "demanded": draft.demanded_by_members,
        "window": draft.window_opens_at,
        "freezes": draft.roll_freezes_at,
        "opens": draft.opens_at,
        "classes": [word.value for word in draft.classes],
        "units": list(draft.unit_ids),
        "cutoff": draft.cutoff_at,
        "majority": fraction,
        "majority_base": base.value,
        "quorum": 100 * draft.quorum.numerator // draft.quorum.denominator,
        "tie_rule": draft.tie_rule.value,
        "tellers": list(draft.teller_ids),
        "force": draft.force.value,
        "bylaw_reference": draft.bylaw_reference,
        "subject": draft.subject.value,
    }


def _shown_quota(stored: str) -> dict[str, object]:
    """A quota as the form's data."""
    if not stored:
        return {}
    asked = json.loads(stored)
    own = isinstance(asked["members"], dict)
    least = asked["members"]["min"] if own else {}
    return {
        "quota": "own" if own else asked["members"],
        "quota_women": least.get("K"),
        "quota_men": least.get("M"),
        "quota_deputies": asked["deputies"] is not None,
        "quota_short": asked["too_few"],
    }


class ReasonForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A reason that others will read: for sending back, withdrawing, cancelling, changing."""

    reason = TextAreaField(
        _l("Begrunnelse"),
        [
            InputRequired(_l("Skriv en begrunnelse.")),
            Length(max=500, message=_l("Begrunnelsen kan være på høyst 500 tegn.")),
        ],
    )

    def validate_reason(self, field: Field) -> None:
        """Something must be left when what cannot be seen is taken away."""
        if not text.plain(field.data or ""):
            raise ValidationError(_("Skriv en begrunnelse."))


class ChangeForm(ReasonForm):
    """A milder participation rule after the notice; what is stricter the rule refuses, not the form."""

    add_threads = CheckboxesField(_l("Tråder som også skal telle"), coerce=int)
    minimum = IntegerField(_l("Hvor mange bidrag?"), [Optional()])
    freezes = MomentField(_l("Frist for å delta"))
    add_kinds = CheckboxesField(_l("Måter å delta på som også skal telle"))
    # Not offered: these count already. What is sent here can only forbid, and is refused with a reason.
    kinds = CheckboxesField(_l("Måter å delta på"))

    def offer(self, ballot: Ballot, threads: Sequence[Thread]) -> None:
        """Offer threads to add, and show the rule as it stands."""
        here = ballot.case.forum_id if ballot.case else None
        self.near = [(thread.id, thread.title) for thread in threads if thread.forum_id == here]
        self.further = [
            (thread.id, f"{thread.title} ({thread.forum.area.name})")
            for thread in threads
            if thread.forum_id != here
        ]
        self.add_threads.choices = self.near + self.further
        self.kinds.choices = [(word.value, KINDS[word]) for word in Kind]
        counting = facts.kinds_of(ballot)
        self.add_kinds.choices = [(word.value, KINDS[word]) for word in Kind if word not in counting]
        if not self.is_submitted():
            self.minimum.data = ballot.minimum_contributions
            self.freezes.process(None, ballot.roll_freezes_at)

    def chosen_further(self) -> bool:
        """Whether a thread of another area than the case's is among those chosen."""
        return not {number for number, _title in self.further}.isdisjoint(self.add_threads.data or [])

    def kinds_kept(self) -> frozenset[Kind] | None:
        """The ways of taking part that a request names as the only ones, None where it names none."""
        return frozenset(map(Kind, self.kinds.data)) if self.kinds.data else None


class LotForm:
    """The outcome of a lot: a number beside each of those tied, when it was drawn, and who saw it."""

    BESIDE = frozenset({"lot_order", "lot_time", "lot_witnesses"})

    def __init__(
        self, sent: MultiDict[str, str] | None, needed: Needed | None, closes_at: datetime | None
    ) -> None:
        self.drawn_at = LotMomentForm(sent, prefix="lodd-")["drawn_at"]
        typed: MultiDict[str, str] = sent if sent is not None else MultiDict()
        self.witnesses = typed.get("lodd-witnesses", "").strip()
        among = zip(needed.among, needed.names, strict=True) if needed else ()
        self.rows = [(number, name, typed.get(f"lodd-{number}", "").strip()) for number, name in among]
        self.errors: dict[str, str] = {}
        if sent is None:
            self.drawn_at.suggest(local(clock.now()).date())
            self.drawn_at.clock = local(clock.now()).strftime("%H:%M")

    @property
    def order(self) -> list[int]:
        """The option numbers in the order that was drawn; those without a usable number are left out."""
        given = [
            (int(typed), number)
            for number, _name, typed in self.rows
            if typed.isascii() and typed.isdecimal()
        ]
        return [number for _place, number in sorted(given)]

    def validate(self) -> bool:
        """Whether each has a number of its own from 1 up, with a time and witnesses."""
        typed = sorted(place for _number, _name, place in self.rows)
        if typed != sorted(str(place) for place in range(1, len(self.rows) + 1)):
            self.tell(Reason.of("lot_order"))
        if self.drawn_at.data is None:
            told = self.drawn_at.process_errors or [_("Skriv når loddet ble trukket.")]
            self.errors["lot_time"] = told[0]
            self.drawn_at.errors = told
        if not self.witnesses:
            self.tell(Reason.of("lot_witnesses"))
        return not self.errors

    def tell(self, reason: Reason) -> None:
        """Put a refusal beside its field."""
        self.errors[reason.code] = phrases.sentence(reason)
        if reason.code == "lot_time":
            self.drawn_at.errors = [self.errors[reason.code]]


class LotMomentForm(Form):  # type: ignore[misc]  # WTForms has no types
    """When a lot was drawn."""

    drawn_at = MomentField(_l("Når ble loddet trukket?"))
