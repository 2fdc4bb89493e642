"""What is new for me, what I want to hear of, and the one click that ends letters."""

from __future__ import annotations

from flask import Blueprint, flash, get_template_attribute, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from forums import queries as debate
from forums.models import Thread
from forums.notices import phrases, queries
from forums.notices.rules import NOTICES_ON_A_PAGE, Level
from forums.notices.services import ends, following, telling
from forums.rules import pages
from forums.views.blueprint import page_asked
from foundation.doors import ANYONE, SIGNED_IN, open_to
from foundation.errors import NotFound
from foundation.extensions import csrf
from foundation.links import is_ours
from members.access import current, current_or_none
from members.models import PolicyArea
from members.rules.permissions import Permission

bp = Blueprint("notices", __name__)
bp.add_app_template_filter(phrases.level, "notice_level")
bp.add_app_template_filter(phrases.notice, "notice_words")


@bp.app_template_filter()
def notice_sentence(notice: object) -> str:
    """A notice as a sentence."""
    return phrases.notice(notice.kind, queries.facts_of(notice))  # type: ignore[attr-defined, arg-type]  # a Notice


@bp.get("/nytt")
@open_to(SIGNED_IN)
def news() -> ResponseReturnValue:
    """All that I have been told, the latest first."""
    page = page_asked()
    shown, total = queries.notices_of(current().member.id, page)
    last = pages(total, NOTICES_ON_A_PAGE)
    return render_template("notices/news.html", notices=shown, page=min(page, last), pages=last)


@bp.get("/nytt/<int:notice_id>")
@open_to(SIGNED_IN)
def open_notice(notice_id: int) -> ResponseReturnValue:
    """Go to what a notice tells of; it counts as read from then on."""
    return redirect(telling.open_notice(current().member.id, notice_id), 303)


@bp.post("/nytt/lest")
@open_to(SIGNED_IN)
def read_all() -> ResponseReturnValue:
    """I have read what stands here."""
    upto = request.form.get("upto", "")
    if not (upto.isascii() and upto.isdecimal()) or len(upto) > 10:
        raise NotFound
    telling.read_all(current().member.id, min(int(upto), 2**31 - 1))
    flash(_("Alt er merket som lest."), "success")
    return redirect(url_for("notices.news"), 303)


@bp.get("/meg/varsler")
@open_to(SIGNED_IN)
def settings() -> ResponseReturnValue:
    """What I want to hear of, and how: all in one place."""
    member = current().member
    return render_template(
        "notices/settings.html",
        choice=queries.choice_of(member.id),
        followed=queries.followed_by(member.id),
        levels=list(Level),
        has_address=bool(member.email),
        bounced=queries.address_bounced(member.email),
    )


@bp.post("/meg/varsler")
@open_to(SIGNED_IN)
def choose() -> ResponseReturnValue:
    """Keep what I want where I have chosen nothing else."""
    following.choose(
        current().member.id,
        level=_level(),
        by_mail="by_mail" in request.form,
        ballots_by_mail="ballots_by_mail" in request.form,
        in_page="in_page" in request.form,
    )
    flash(_("Varslene er lagret."), "success")
    return redirect(url_for("notices.settings"), 303)


@bp.post("/omrader/<code>/folg")
@open_to(Permission.READ)
def follow_area(code: str) -> ResponseReturnValue:
    """Choose a level for an area, or let what I chose for all hold."""
    area = debate.area_by_code(code)
    if area is None:
        raise NotFound
    following.follow_area(current(), area.id, _level(own=True))
    return _back(url_for("forums.area", code=code), area.name)


@bp.post("/trader/<int:thread_id>/folg")
@open_to(Permission.READ)
def follow_thread(thread_id: int) -> ResponseReturnValue:
    """Choose a level for a thread, or let the area's hold."""
    following.follow_thread(current(), thread_id, _level(own=True))
    return _back(url_for("forums.thread", thread_id=thread_id), None)


def _level(*, own: bool = False) -> Level | None:
    """The level that was sent; with `own` also none of its own, sent as nothing."""
    sent = request.form.get("level", "")
    if own and not sent:
        return None
    found = next((level for level in Level if level.value == sent), None)
    if found is None:
        raise NotFound
    return found


def _back(page: str, name: str | None) -> ResponseReturnValue:
    """To the page the control stood on: the area's or the thread's own, the settings, the welcome."""
    target = request.form.get("next", "")
    if name:
        flash(_("Varslene for %(area)s er lagret.", area=name), "success")
    else:
        flash(_("Varslene for tråden er lagret."), "success")
    return redirect(target if target and is_ours(target) else page, 303)


@bp.get("/varsler/avslutt/<token>")
@open_to(ANYONE)
def end(token: str) -> ResponseReturnValue:
    """Ask whether letters of a kind are to end: a link that only was looked at ends nothing."""
    return render_template("notices/end.html", end=ends.read(token), token=token, done=False)


@bp.post("/varsler/avslutt/<token>")
@open_to(ANYONE)
def end_now(token: str) -> ResponseReturnValue:
    """End letters of a kind, by the button or by a mail program (RFC 8058): no session and no form of ours."""
    return render_template("notices/end.html", end=ends.carry_out(token), token=token, done=True)


csrf.exempt(end_now)


# On the pages of the debate


@bp.app_template_global()
def follow_control(about: PolicyArea | Thread) -> Markup:
    """The control by which a reader says how much she wants to hear of an area or a thread."""
    rights = current_or_none()
    if rights is None:
        return Markup("")
    thread = about if isinstance(about, Thread) else None
    area_id = about.forum.area_id if isinstance(about, Thread) else about.id
    own, effective = queries.own_level(
        rights.member.id, area_id=area_id, thread_id=thread.id if thread else None
    )
    drawn: Markup = get_template_attribute("notices/_follow.html", "follow")(
        thread, about, own, effective, list(Level)
    )
    return drawn
