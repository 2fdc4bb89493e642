"""The forms of appeals: one question to the member, one tap and a sentence for each decider."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from ballot.appeals.receipts import Checked, check
from ballot.appeals.services import LONGEST, SENTENCE
from foundation import phrases, text
from foundation.errors import RuleBroken


class AppealForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """«Hva gjorde du, og når?»"""

    what = TextAreaField(
        _l("Hva gjorde du, og når?"),
        [
            InputRequired(_l("Skriv hva du gjorde, og når. En setning er nok.")),
            Length(max=LONGEST, message=_l("Teksten kan være på høyst 2000 tegn.")),
        ],
    )
    receipt = FileField(_l("Kvittering eller bilde"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.checked: Checked | None = None

    def validate_what(self, field: TextAreaField) -> None:
        """Something must be left when what cannot be seen is taken away."""
        if not text.plain(field.data or ""):
            raise ValidationError(_("Skriv hva du gjorde, og når. En setning er nok."))

    def validate_receipt(self, field: FileField) -> None:
        """A picture or a PDF that was looked into, or nothing."""
        if not field.data or not field.data.filename:
            return
        try:
            self.checked = check(field.data.read())
        except RuleBroken as refusal:
            raise ValidationError(phrases.sentence(refusal.reason)) from None
        finally:
            field.data.close()


class RefusalForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Why the appeal is not right, in a sentence to the member."""

    sentence = TextAreaField(
        _l("Setning til medlemmet"),
        [
            InputRequired(_l("Skriv en setning om hvorfor, så medlemmet forstår det.")),
            Length(max=SENTENCE, message=_l("Setningen kan være på høyst 500 tegn.")),
        ],
    )
