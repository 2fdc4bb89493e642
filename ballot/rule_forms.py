"""The forms of what two people can do about the participation rule and the dates after the notice."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from ballot.forms import MomentField, ReasonForm


class SuspensionForm(ReasonForm):
    """The public reason of a suspension."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, prefix="opphev-", **options)


class OutageForm(ReasonForm):
    """From when to when nobody could reach the service, and how that is known."""

    starts = MomentField(_l("Fra"))
    ends = MomentField(_l("Til"))

    def validate(self, *arguments: Any, **options: Any) -> bool:
        """Both times are needed, and in their order."""
        valid = bool(super().validate(*arguments, **options))
        if self.starts.data is None or self.ends.data is None:
            late = self.ends if self.starts.data is not None else self.starts
            late.errors = [*late.errors, _("Skriv når driftsstansen begynte og sluttet.")]
            return False
        return valid


class AnswerForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Why a thread is linked to a case, or is not."""

    answer = TextAreaField(
        _l("Begrunnelse"),
        [
            InputRequired(_l("Skriv en begrunnelse.")),
            Length(max=500, message=_l("Begrunnelsen kan være på høyst 500 tegn.")),
        ],
    )
