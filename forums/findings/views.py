"""The page on which a post is found to be no contribution, which says what that does to a vote."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Length

from forums import access
from forums.findings import queries, services
from forums.findings.words import CODES
from forums.models import FindingCode
from forums.views.blueprint import bp
from forums.views.posts import post_or_404
from foundation import phrases
from foundation.doors import open_to
from foundation.errors import RuleBroken
from members.access import current


class FindingForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The reason code, and a sentence to the author."""

    code = RadioField(_l("Grunn"), [InputRequired(_l("Velg en grunn."))])
    sentence = StringField(
        _l("En setning til forfatteren"),
        [Length(max=500, message=_l("Setningen kan være på høyst 500 tegn."))],
    )


@bp.route("/innlegg/<int:post_id>/ikke-et-bidrag", methods=["GET", "POST"])
@open_to(services.ACT)
def not_a_contribution(post_id: int) -> ResponseReturnValue:
    """Propose that a post is no contribution, or answer what another has proposed."""
    rights = current()
    post = post_or_404(rights, post_id)
    access.require(access.on_post(rights, services.ACT, post))
    form, waiting = FindingForm(), queries.open_on(post.id)
    form.code.choices = [SelectChoice(code.value, words) for code, words in CODES.items()]
    answer = request.form.get("answer", "")
    if form.is_submitted() and (answer or form.validate()):
        try:
            if answer:
                done = services.decide(rights, post.id, agrees=answer == "yes")
            else:
                done = services.propose(
                    rights, post.id, FindingCode(form.code.data), form.sentence.data or ""
                )
        except RuleBroken as broken:
            form.code.errors = [phrases.sentence(broken.reason)]
        else:
            flash(_said(decided=done.decided_at is not None, dropped=done.dropped_at is not None), "success")
            return redirect(url_for("forums.post", post_id=post.id), 303)
    return (
        render_template(
            "forums/not_a_contribution.html",
            form=form,
            post=post,
            waiting=waiting,
            decided=queries.decided_on(post.id),
            words=CODES,
        ),
        422 if form.errors else 200,
    )


def _said(*, decided: bool, dropped: bool) -> str:
    if decided:
        return _("Dere er to om det. Innlegget teller ikke som deltakelse, og forfatteren har fått beskjed.")
    if dropped:
        return _("Forslaget er lagt bort. Innlegget teller som før.")
    return _("Forslaget er notert. Innlegget teller til en til er enig.")
