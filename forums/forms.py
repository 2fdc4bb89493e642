"""The debate's forms: what is written stays in them when they come back, with the error beside its field."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Field,
    Form,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from forums.models import AmendmentKind, Ground, ThreadKind
from forums.phrases import GROUNDS, KINDS
from forums.rules import LONGEST_LOCK
from forums.wording import LONGEST_SENTENCE, LONGEST_TITLE, body_blocker, clean, title_blocker
from foundation import phrases, text
from foundation.errors import Reason
from foundation.formats import clock_time, zone


def _sayable(
    blocker: Callable[[str], Reason | None], made: Callable[[str], str]
) -> Callable[[Form, Field], None]:
    """A validator that refuses with the reason the service would give."""

    def validate(_form: Form, field: Field) -> None:
        reason = blocker(made(field.data or ""))
        if reason is not None:
            raise ValidationError(phrases.sentence(reason))

    return validate


def choices(labels: Iterable[tuple[int, str]]) -> list[SelectChoice]:
    """What a field offers: numbers with what people read."""
    return [SelectChoice(number, label) for number, label in labels]


_title = _sayable(title_blocker, text.plain)
_body = _sayable(body_blocker, clean)


class LocalTimeField(DateTimeLocalField):  # type: ignore[misc]  # WTForms has no types
    """A time on the organisation's clock; `moment` is what it means. A time that means nothing, or two, is refused."""

    moment: datetime | None = None

    def __init__(self, label: object = None, validators: object = None, **options: Any) -> None:
        super().__init__(label, validators, format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what the browser sent."""
        self.moment = None
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        for pattern in self.strptime_format:
            try:
                self.data = datetime.strptime(valuelist[0].strip(), pattern)  # noqa: DTZ007  (its zone follows)
            except ValueError:
                continue
            self.moment = self._meant(self.data)
            return
        self.data = None
        raise ValueError(_("Skriv en dato og et klokkeslett."))

    @staticmethod
    def _meant(wall: datetime) -> datetime:
        here = zone()
        first, second = (wall.replace(tzinfo=here, fold=fold) for fold in (0, 1))
        moment = first.astimezone(UTC)
        if first.utcoffset() == second.utcoffset():
            return moment
        if moment.astimezone(here).replace(tzinfo=None) != wall:
            raise ValueError(
                _("Klokka stilles fram den natta, og dette klokkeslettet finnes ikke. Velg et annet.")
            )
        readings = {
            "first": f"{clock_time(moment)} {first:%Z}",
            "second": f"{clock_time(second)} {second:%Z}",
        }
        raise ValueError(
            _(
                "Klokka stilles tilbake den natta, og klokkeslettet kommer to ganger: %(first)s og %(second)s. "
                "Velg et annet.",
                **readings,
            )
        )


class PostForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A post in a thread; what is wrong with it, the service says."""

    body = TextAreaField(_l("Skriv et innlegg"))
    reply_to = IntegerField(_l("Svar på"), [Optional()])
    as_office = BooleanField(_l("Skriv på vegne av vervet"))
    page = IntegerField(_l("Side"), [Optional()])
    preview = HiddenField()


class EditForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A post as its author changes it."""

    body = TextAreaField(_l("Innlegget"))
    version = IntegerField(_l("Utgave"), [InputRequired()])
    accept_loss = BooleanField(_l("Lagre likevel"))
    preview = HiddenField()


class ThreadForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A new thread."""

    title = StringField(_l("Overskrift"), [_title], render_kw={"maxlength": LONGEST_TITLE})
    kind = RadioField(_l("Hva slags tråd er det?"), [InputRequired(_l("Velg hva slags tråd det er."))])
    case_id = SelectField(_l("Sak"), coerce=int, default=0)
    unit_id = SelectField(_l("Hvem gjelder det?"), coerce=int)
    body = TextAreaField(_l("Innlegget som åpner tråden"), [_body])
    as_office = BooleanField(_l("Skriv på vegne av vervet"))
    preview = HiddenField()

    def offer_kinds(self, kinds: list[ThreadKind]) -> None:
        """Offer these kinds of thread."""
        self.kind.choices = [SelectChoice(kind.value, KINDS[kind]) for kind in kinds]


class CaseForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A new case."""

    title = StringField(_l("Hva heter saken?"), [_title], render_kw={"maxlength": LONGEST_TITLE})
    summary = TextAreaField(
        _l("Hva gjelder saken?"),
        [_body],
        description=_l("To til åtte setninger, skrevet for den som ikke kjenner saken."),
    )
    deciding_body = StringField(
        _l("Hvem avgjør saken?"),
        [InputRequired(_l("Skriv hvilket organ som avgjør saken.")), Length(max=200)],
        description=_l("For eksempel kommunestyret."),
    )
    decides_at = LocalTimeField(
        _l("Når avgjøres den?"), [InputRequired(_l("Skriv når organet behandler saken."))]
    )
    contributions_before = LocalTimeField(
        _l("Frist for innspill fra medlemmene"),
        [Optional()],
        description=_l("Står den tom, blir den en uke før saken avgjøres."),
    )
    unit_id = SelectField(_l("Hvilket organisasjonsledd gjelder saken?"), coerce=int)
    opening = TextAreaField(
        _l("Hva vil du vite fra medlemmene?"),
        [_body],
        description=_l(
            "Dette blir det første innlegget i diskusjonen, og du skriver det på vegne av vervet ditt."
        ),
    )
    paper_title = StringField(_l("Tittel på sakspapiret"), [Length(max=LONGEST_TITLE)])
    paper_body = TextAreaField(
        _l("Sakspapir"), description=_l("Lim inn teksten. Flere papirer kan legges til siden.")
    )
    accept_short = BooleanField(_l("Jeg har lest dette og vil åpne saken likevel"))

    def validate_paper_title(self, field: Field) -> None:
        """A paper has a title."""
        if self.paper_body.data and self.paper_body.data.strip() and not text.plain(field.data or ""):
            raise ValidationError(_("Skriv en tittel på sakspapiret."))


class PaperForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A case paper."""

    title = StringField(_l("Tittel"), [_title], render_kw={"maxlength": LONGEST_TITLE})
    body = TextAreaField(_l("Teksten"), [InputRequired(_l("Lim inn teksten."))])


class LockForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A thread to be closed for a while."""

    ground = RadioField(
        _l("Grunn"),
        [InputRequired(_l("Velg en grunn."))],
        choices=[
            SelectChoice(ground.value, GROUNDS[ground]) for ground in Ground if ground is not Ground.MOVED
        ],
    )
    hours = IntegerField(
        _l("Hvor mange timer?"),
        [
            InputRequired(_l("Skriv hvor mange timer.")),
            NumberRange(1, LONGEST_LOCK.days * 24, _l("En tråd kan stenges i 1 til 48 timer.")),
        ],
        default=24,
    )
    sentence = StringField(
        _l("En setning til dem som leser"),
        [Length(max=LONGEST_SENTENCE)],
        render_kw={"maxlength": LONGEST_SENTENCE},
    )


class HideForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A post to be hidden; the grounds are its buttons."""

    ground = SelectField(
        _l("Grunn"),
        [InputRequired()],
        choices=[SelectChoice(ground.value, GROUNDS[ground]) for ground in Ground],
    )
    sentence = StringField(
        _l("En setning til forfatteren"),
        [Length(max=LONGEST_SENTENCE)],
        render_kw={"maxlength": LONGEST_SENTENCE},
    )


class LinkForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A thread to be made part of the debate on a case."""

    case_id = SelectField(_l("Sak"), coerce=int)


class QuestionForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A question to the members."""

    question = StringField(
        _l("Spørsmålet"),
        [InputRequired(_l("Skriv spørsmålet."))],
        description=_l("Ett spørsmål om gangen, så åpent at det ikke kan besvares med ja eller nei."),
        render_kw={"maxlength": LONGEST_TITLE},
    )
    about = TextAreaField(
        _l("Hva trenger man å vite for å svare?"),
        [InputRequired(_l("Skriv litt om det medlemmene trenger å vite."))],
    )


class AmendmentForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A change of numbered lines."""

    first = IntegerField(_l("Fra linje"), [InputRequired(_l("Skriv nummeret på linjen."))])
    last = IntegerField(_l("Til linje"), [InputRequired(_l("Skriv nummeret på linjen."))])
    kind = RadioField(
        _l("Hva vil du gjøre?"),
        [InputRequired(_l("Velg hva du vil gjøre."))],
        choices=[
            SelectChoice(AmendmentKind.SUBSTITUTION.value, _l("Erstatte linjene med noe annet")),
            SelectChoice(AmendmentKind.ADDITION.value, _l("Legge til noe etter linjene")),
            SelectChoice(AmendmentKind.DELETION.value, _l("Stryke linjene")),
        ],
        default=AmendmentKind.SUBSTITUTION.value,
    )
    wording = TextAreaField(_l("Den nye teksten"), description=_l("Står tom når linjene skal strykes."))
    reason = TextAreaField(
        _l("Hvorfor?"),
        [InputRequired(_l("Skriv en grunn."))],
        description=_l("Et endringsforslag med grunn teller som deltakelse, hvor kort det enn er."),
    )
