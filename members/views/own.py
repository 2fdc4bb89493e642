"""A member's own pages: who she is here, and where she is signed in."""

from __future__ import annotations

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext, refresh
from flask_login import current_user

from foundation import clock
from foundation.doors import SIGNED_IN, open_to
from foundation.errors import NotFound
from members import access, phrases, queries
from members.forms import LanguageForm
from members.rules.classes import SpeakingRight, Subject, has_proposal_right, speaking_right
from members.services import printed_codes, signing_in
from members.views.blueprint import bp


@bp.get("/meg")
@open_to(SIGNED_IN)
def profile() -> ResponseReturnValue:
    """Who I am in the register, my offices and what follows from them."""
    rights = access.current()
    return render_template(
        "members/profile.html",
        rights=rights,
        terms=queries.terms_of_member(rights.member.id),
        at=rights.at,
        names=phrases,
        speaks_everywhere=speaking_right(rights.membership_class) is SpeakingRight.EVERYWHERE
        and not rights.is_guest,
        proposes=has_proposal_right(rights.membership_class) and not rights.is_guest,
        votes_on=_votes_on(rights),
        may_help=bool(printed_codes.units_served(rights)),
        form=LanguageForm(locale=rights.member.locale),
    )


def _votes_on(rights: access.Rights) -> list[tuple[Subject, bool]]:
    """Each subject a ballot can be about, with whether her class has a vote on it in her unit."""
    given = set() if rights.is_guest else queries.subjects_voted_on(rights.unit, rights.membership_class)
    return [(subject, subject in given) for subject in Subject]


@bp.post("/meg/sprak")
@open_to(SIGNED_IN)
def choose_language() -> ResponseReturnValue:
    """Keep the language of my pages and mail."""
    form = LanguageForm()
    if not form.validate_on_submit():
        raise NotFound
    signing_in.choose_language(access.current().member.id, form.locale.data)
    session["lang"] = form.locale.data
    refresh()
    flash(_("Språket er lagret."), "success")
    return redirect(url_for("members.profile"), 303)


@bp.get("/meg/okter")
@open_to(SIGNED_IN)
def sessions() -> ResponseReturnValue:
    """Where I am signed in."""
    return render_template(
        "members/sessions.html",
        sessions=queries.sessions_of(access.current().member.id, clock.now()),
        this=current_user.session_id,
        device=phrases.device,
    )


@bp.post("/meg/okter/<int:session_id>/avslutt")
@open_to(SIGNED_IN)
def end_session(session_id: int) -> ResponseReturnValue:
    """End one of my sessions."""
    if not signing_in.end_session(access.current().member.id, session_id):
        raise NotFound
    flash(_("Økten er avsluttet."), "success")
    return redirect(url_for("members.sessions"), 303)


@bp.post("/meg/okter/avslutt-andre")
@open_to(SIGNED_IN)
def end_other_sessions() -> ResponseReturnValue:
    """End all my sessions but this one."""
    ended = signing_in.end_other_sessions(access.current().member.id, current_user.session_id)
    flash(ngettext("%(num)s økt er avsluttet.", "%(num)s økter er avsluttet.", ended), "success")
    return redirect(url_for("members.sessions"), 303)
