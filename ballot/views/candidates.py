"""Candidates: the board's list with who has said yes, and the page where a candidate answers for herself."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from ballot import method_words, places
from ballot.access import matter_of
from ballot.models import Ballot, Consent
from ballot.rules.lifecycle import State
from ballot.services import candidates as acts
from ballot.views import bp, load
from foundation import phrases
from foundation.doors import SIGNED_IN, open_to
from foundation.errors import NotFound, RuleBroken
from members.access import current
from members.rules.permissions import Permission

WRITTEN_UNTIL_NOTICE = (State.DRAFT, State.SUBMITTED)


class _SelfForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """What a candidate says of herself; the quota's groups only where there is a quota."""

    portrait = TextAreaField(
        _l("Om kandidaten"),
        [Length(max=acts.LONGEST_PORTRAIT, message=_l("Bruk høyst 2 000 tegn."))],
    )
    gender_group = RadioField(_l("Kjønn i kvoteringen"), default="")

    def __init__(self, *args: Any, with_quota: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.gender_group.choices = [
            *method_words.GROUP_NAMES.items(),
            ("", _("Ikke oppgitt")),
        ]
        if not with_quota:
            del self.gender_group

    @property
    def group(self) -> str:
        """The group that was given; none where none was asked for."""
        return str(self.gender_group.data or "") if "gender_group" in self else ""


class CandidacyForm(_SelfForm):
    """Whether one stands."""

    stands = RadioField(
        _l("Vil du stille?"),
        [InputRequired(_l("Velg ja eller nei."))],
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.stands.choices = [("yes", _("Ja, jeg stiller")), ("no", _("Nei, jeg stiller ikke"))]


class WrittenForm(_SelfForm):
    """A consent on paper from a candidate who is no member."""

    on = DateField(_l("Samtykket er datert"), [InputRequired(_l("Skriv datoen på samtykket."))])


@bp.get("/styret/avstemninger/<int:ballot_id>/kandidater")
@open_to(Permission.DRAFT_BALLOT)
def candidates(ballot_id: int) -> ResponseReturnValue:
    """Who stands, who has been asked, and who has said yes."""
    return _list(_election(ballot_id))


@bp.post("/styret/avstemninger/<int:ballot_id>/kandidater/spor")
@open_to(Permission.DRAFT_BALLOT)
def ask_candidates(ballot_id: int) -> ResponseReturnValue:
    """Write to those who have not been asked yet."""
    asked = acts.ask(ballot_id, current())
    flash(
        ngettext("%(num)s kandidat er spurt.", "%(num)s kandidater er spurt.", asked)
        if asked
        else _("Alle som er medlem, er spurt fra før."),
        "success",
    )
    return redirect(url_for("ballot.candidates", ballot_id=ballot_id), 303)


@bp.post("/styret/avstemninger/<int:ballot_id>/kandidater/<int:place>/samtykke")
@open_to(Permission.DRAFT_BALLOT)
def written_consent(ballot_id: int, place: int) -> ResponseReturnValue:
    """Keep a consent that was given on paper."""
    ballot = _election(ballot_id)
    form = WrittenForm(prefix=f"k{place}", with_quota=bool(ballot.quota))
    if form.validate():
        try:
            acts.record_written(
                ballot_id,
                place,
                current(),
                form.on.data,
                portrait=form.portrait.data or "",
                gender_group=form.group,
            )
            flash(_("Samtykket er registrert."), "success")
            return redirect(url_for("ballot.candidates", ballot_id=ballot_id), 303)
        except RuleBroken as refusal:
            ballot = _election(ballot_id)
            form.on.errors = [*form.on.errors, phrases.sentence(refusal.reason)]
    return _list(ballot, wrong=(place, form)), 422


def _election(ballot_id: int) -> Ballot:
    ballot = load(ballot_id)
    current().require(Permission.DRAFT_BALLOT, matter_of(ballot))
    if not places.is_of_persons(ballot):
        raise NotFound
    return ballot


def _list(ballot: Ballot, wrong: tuple[int, WrittenForm] | None = None) -> str:
    still = ballot.state in WRITTEN_UNTIL_NOTICE
    forms = {
        option.position: WrittenForm(None, prefix=f"k{option.position}", with_quota=bool(ballot.quota))
        for option in ballot.options
        if still and option.member_id is None
    }
    if wrong:
        forms[wrong[0]] = wrong[1]
    return render_template(
        "ballot/candidates.html",
        ballot=ballot,
        forms=forms,
        wrong=wrong[0] if wrong else None,
        consents=method_words.CONSENTS,
        groups=method_words.GROUP_NAMES,
        unasked=still
        and any(
            option.member_id is not None and option.consent is Consent.NOT_ASKED for option in ballot.options
        ),
        still=still,
    )


@bp.route("/avstemninger/<int:ballot_id>/kandidatur", methods=["GET", "POST"])
@open_to(SIGNED_IN)
def candidacy(ballot_id: int) -> ResponseReturnValue:
    """The page of the candidate alone: will you stand, and what do you say of yourself?"""
    rights, ballot = current(), load(ballot_id)
    option = acts.candidacy_of(ballot, rights.member.id)
    if option is None:
        raise NotFound
    form = CandidacyForm(
        with_quota=bool(ballot.quota),
        data={
            "portrait": option.portrait,
            "gender_group": option.gender_group,
            "stands": {Consent.GIVEN: "yes", Consent.DECLINED: "no"}.get(option.consent),
        },
    )
    if form.is_submitted() and form.validate():
        stands = form.stands.data == "yes"
        acts.answer(
            ballot_id, rights, stands=stands, portrait=form.portrait.data or "", gender_group=form.group
        )
        flash(
            _("Takk. Styret ser at du stiller.") if stands else _("Styret ser at du ikke stiller."), "success"
        )
        return redirect(url_for("ballot.candidacy", ballot_id=ballot_id), 303)
    return (
        render_template(
            "ballot/candidacy.html",
            ballot=ballot,
            option=option,
            form=form,
            still=ballot.state in WRITTEN_UNTIL_NOTICE,
        ),
        422 if form.is_submitted() else 200,
    )


@bp.app_template_global()
def candidacies_waiting(member_id: int) -> list[dict[str, str]]:
    """The elections that wait for this member's answer, for her own page."""
    return [
        {"question": ballot.question, "url": url_for("ballot.candidacy", ballot_id=ballot.id)}
        for ballot in acts.waiting_for(member_id)
    ]
