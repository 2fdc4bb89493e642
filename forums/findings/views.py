"""The page on which a post is found to be no contribution, which says what that does to a vote."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from forums import access
from forums.findings import queries, services
from forums.findings.words import CODES
from forums.models import FindingCode, Post
from forums.views.blueprint import bp
from forums.views.posts import post_or_404
from foundation import phrases
from foundation.doors import open_to
from foundation.errors import NotAllowed, NotFound, Reason, RuleBroken
from members.access import Rights, current
from members.rules.permissions import Permission


class FindingForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The reason code, and a sentence to the author."""

    code = RadioField(_l("Grunn"), [InputRequired(_l("Velg en grunn."))])
    sentence = StringField(
        _l("En setning til forfatteren"),
        [Length(max=500, message=_l("Setningen kan være på høyst 500 tegn."))],
    )


class SaidForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A sentence that must be there: an appeal, or the answer to one."""

    said = TextAreaField(_l("Begrunnelse"), [InputRequired(_l("Skriv en begrunnelse."))])


@bp.route("/innlegg/<int:post_id>/klag-pa-vurderingen", methods=["GET", "POST"])
@open_to(Permission.SEE_OWN_CREDITS)
def appeal_finding(post_id: int) -> ResponseReturnValue:
    """What two have found of one's own post, and the form by which to appeal."""
    rights = current()
    post = post_or_404(rights, post_id)
    if post.author_id != rights.member.id:
        raise NotAllowed(Reason.of("not_yours"))
    finding = queries.decided_on(post.id) or queries.reversed_on(post.id)
    if finding is None:
        raise NotFound
    form = SaidForm()
    if form.validate_on_submit():
        try:
            services.appeal(rights, post.id, form.said.data)
        except RuleBroken as broken:
            form.said.errors = [phrases.sentence(broken.reason)]
        else:
            flash(_("Klagen er sendt. Kontrollkomiteen svarer deg."), "success")
            return redirect(url_for("forums.appeal_finding", post_id=post.id), 303)
    return (
        render_template("forums/appeal_finding.html", form=form, post=post, finding=finding, words=CODES),
        422 if form.errors else 200,
    )


@bp.post("/innlegg/<int:post_id>/ikke-et-bidrag/svar")
@open_to(services.ACT)
def answer_finding(post_id: int) -> ResponseReturnValue:
    """Give the credit back, or hold that what was found stands."""
    rights, form = current(), SaidForm()
    post = post_or_404(rights, post_id)
    access.require(access.on_post(rights, services.ACT, post))
    reverse = request.form.get("answer") != "stands"
    if form.validate():
        try:
            services.answer(rights, post.id, form.said.data, reverse=reverse)
        except RuleBroken as broken:
            form.said.errors = [phrases.sentence(broken.reason)]
        else:
            if reverse:
                flash(_("Innlegget teller igjen, og forfatteren har fått beskjed."), "success")
            else:
                flash(_("Vurderingen står, og forfatteren har fått beskjed."), "success")
            return redirect(url_for("forums.post", post_id=post.id), 303)
    return _page(rights, post, FindingForm(formdata=None), said=form, status=422)


@bp.route("/innlegg/<int:post_id>/ikke-et-bidrag", methods=["GET", "POST"])
@open_to(services.ACT)
def not_a_contribution(post_id: int) -> ResponseReturnValue:
    """Propose that a post is no contribution, or answer what another has proposed."""
    rights = current()
    post = post_or_404(rights, post_id)
    access.require(access.on_post(rights, services.ACT, post))
    form = FindingForm()
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
    return _page(rights, post, form, status=422 if form.errors else 200)


def _page(
    rights: Rights, post: Post, form: FindingForm, *, said: SaidForm | None = None, status: int
) -> ResponseReturnValue:
    form.code.choices = [SelectChoice(code.value, words) for code, words in CODES.items()]
    decided = queries.decided_on(post.id)
    return (
        render_template(
            "forums/not_a_contribution.html",
            form=form,
            post=post,
            waiting=queries.open_on(post.id),
            decided=decided,
            settled=queries.reversed_on(post.id),
            may_reverse=decided is not None and services.may_reverse(rights, post, decided),
            may_uphold=decided is not None and services.may_uphold(rights, post, decided),
            said=said or SaidForm(formdata=None),
            words=CODES,
        ),
        status,
    )


def _said(*, decided: bool, dropped: bool) -> str:
    if decided:
        return _("Dere er to om det. Innlegget teller ikke som deltakelse, og forfatteren har fått beskjed.")
    if dropped:
        return _("Forslaget er lagt bort. Innlegget teller som før.")
    return _("Forslaget er notert. Innlegget teller til en til er enig.")
