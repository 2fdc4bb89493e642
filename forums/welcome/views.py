"""A new member's first page, and the list of those who are asked to make contact with new members."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.rules import pages
from forums.views.blueprint import page_asked
from forums.welcome import queries, services
from forums.welcome.rules import CONTACT, NEW, ON_A_PAGE, days_since
from foundation import clock
from foundation.doors import SIGNED_IN, open_to
from foundation.formats import zone
from members import phrases as register
from members import queries as people
from members.access import current, current_or_none
from members.models import BylawTopic
from members.rules.classes import SpeakingRight, Subject, has_proposal_right, speaking_right

bp = Blueprint("welcome", __name__)


@bp.get("/velkommen")
@open_to(SIGNED_IN)
def first_page() -> ResponseReturnValue:
    """My unit, my rights in words, my first ballot, the areas, and who is near me."""
    rights, at = current(), clock.now()
    given = people.subjects_voted_on(rights.unit, rights.membership_class)
    waiting = people.bylaw(rights.unit, BylawTopic.WAITING_PERIOD_DAYS, at)
    return render_template(
        "welcome/first_page.html",
        rights=rights,
        at=at,
        names=register,
        speaks=speaking_right(rights.membership_class) is SpeakingRight.EVERYWHERE and not rights.is_guest,
        proposes=has_proposal_right(rights.membership_class) and not rights.is_guest,
        votes=[] if rights.is_guest else [subject for subject in Subject if subject in given],
        waiting_days=(waiting.value or 0) if waiting else 0,
        areas=[] if rights.is_guest else queries.areas_for(rights.member.id),
        days=services.first_days(rights, at),
        is_new=services.is_new(rights, at),
        new_days=NEW.days,
        asked_days=CONTACT.days,
    )


@bp.post("/velkommen/ferdig")
@open_to(SIGNED_IN)
def close() -> ResponseReturnValue:
    """I have read it."""
    services.close(current().member.id)
    flash(_("Du finner velkomstsiden igjen på «Min profil»."), "success")
    return redirect(url_for("pages.home"), 303)


@bp.post("/velkommen/nei-takk")
@open_to(SIGNED_IN)
def decline() -> ResponseReturnValue:
    """Nobody needs to make contact with me."""
    services.decline(current().member.id)
    flash(_("Da tar ingen kontakt for å ønske deg velkommen."), "success")
    return redirect(url_for("welcome.first_page"), 303)


@bp.get("/nye-medlemmer")
@open_to(SIGNED_IN)
def new_members() -> ResponseReturnValue:
    """The new members somebody should make contact with: names and days, nothing else; and whose mail comes back."""
    rights, at = current(), clock.now()
    units = services.require_some(rights, at)
    page = page_asked()
    found, total = queries.new_members(units, at, page)
    last = pages(total, ON_A_PAGE)
    return render_template(
        "welcome/new_members.html",
        people=[(one, days_since(one.joined_at, at, zone())) for one in found],
        unreachable=queries.unreachable(units, at),
        page=min(page, last),
        pages=last,
        asked_days=CONTACT.days,
    )


@bp.post("/nye-medlemmer/<int:member_id>/kontaktet")
@open_to(SIGNED_IN)
def contacted(member_id: int) -> ResponseReturnValue:
    """I have made contact with a new member."""
    name = services.note_contact(current(), member_id)
    flash(_("Takk. %(name)s ser at du har tatt kontakt.", name=name), "success")
    return redirect(url_for("welcome.new_members"), 303)


@bp.app_template_global()
def receives_new_members() -> bool:
    """Whether the reader holds an office by which she is asked to make contact with new members."""
    rights = current_or_none()
    return rights is not None and (rights.is_board or rights.is_admin)
