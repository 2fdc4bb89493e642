"""The pages of meetings: announced, come to, checked in at, and their list."""

from __future__ import annotations

import segno
from flask import (
    Blueprint,
    Response,
    flash,
    get_template_attribute,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from limits import parse
from markupsafe import Markup

from forums import access
from forums.meetings import calendar, phrases, queries, rules, services
from forums.meetings.forms import CancelForm, CodeForm, EntryForm, MeetingForm
from forums.meetings.models import How, Meeting
from forums.models import Case
from forums.rules import pages
from forums.views.blueprint import page_asked
from forums.views.cases import case_or_404
from foundation import clock
from foundation import phrases as house
from foundation.doors import open_to
from foundation.errors import NotFound, Reason, RuleBroken
from foundation.extensions import limiter
from foundation.links import link
from members import queries as people
from members.access import current, current_or_none
from members.rules.permissions import Permission

bp = Blueprint("meetings", __name__)
bp.add_app_template_filter(phrases.how, "how_checked_in")

# A code of six signs holds for a minute at most: ten tries in ten minutes guess one in thirty million.
_TRIES = parse("10 per 10 minutes")
_FOUND = 10
_FIELD_OF = {
    "meeting_past": "starts_at",
    "meeting_case_decided": "starts_at",
    "meeting_ends_first": "ends_at",
    "meeting_too_long": "ends_at",
    "meeting_nowhere": "place",
    "meeting_place_long": "place",
    "meeting_video_address": "video_url",
    "meeting_notice_short": "accept_short",
}


def _meeting_or_404(meeting_id: int) -> Meeting:
    """The meeting of an address, for whoever may read its case."""
    found = queries.meeting_by_id(meeting_id)
    if found is None:
        raise NotFound
    access.require(access.on_case(current(), Permission.READ, found.case))
    return found


def _kept(meeting_id: int) -> Meeting:
    """The meeting of an address, for whoever keeps its list."""
    found = _meeting_or_404(meeting_id)
    access.require(access.on_case(current(), services.KEEPING, found.case))
    return found


@bp.app_template_global()
def meetings_about(case: Case) -> Markup:
    """The meetings of a case as its page shows them."""
    rights = current_or_none()
    if rights is None or rights.is_guest:
        return Markup("")
    drawn: Markup = get_template_attribute("forums/meetings/_parts.html", "section")(
        case, queries.meetings_of(case.id), clock.now(), services.may_keep(rights, case)
    )
    return drawn


@bp.get("/saker/<int:case_id>/moter")
@open_to(services.TAKING_PART)
def of_case(case_id: int) -> ResponseReturnValue:
    """The meetings about a case, the ones to come first."""
    rights, case = current(), case_or_404(case_id)
    access.require(access.on_case(rights, Permission.READ, case))
    at, found = clock.now(), queries.meetings_of(case.id)
    return render_template(
        "forums/meetings/list.html",
        case=case,
        ahead=[meeting for meeting in found if meeting.ends_at > at],
        past=[meeting for meeting in reversed(found) if meeting.ends_at <= at],
        at=at,
        may_keep=services.may_keep(rights, case) and case.decides_at > at,
    )


@bp.route("/saker/<int:case_id>/moter/nytt", methods=["GET", "POST"])
@open_to(services.KEEPING)
def announce(case_id: int) -> ResponseReturnValue:
    """The form by which a meeting is announced to all it concerns."""
    rights, case = current(), case_or_404(case_id)
    access.require(access.on_case(rights, services.KEEPING, case))
    form, short = MeetingForm(), False
    if form.validate_on_submit() and form.starts_at.moment is not None:
        draft = services.MeetingDraft(
            title=form.title.data,
            starts_at=form.starts_at.moment,
            ends_at=form.ends_at.moment,
            place=form.place.data or "",
            video_url=form.video_url.data or "",
        )
        try:
            announced = services.announce(rights, case.id, draft, accept_short=form.accept_short.data)
        except RuleBroken as broken:
            field = form[_FIELD_OF.get(broken.reason.code, "title")]
            field.errors = [*field.errors, house.sentence(broken.reason)]
            short = broken.reason.code == "meeting_notice_short"
        else:
            flash(_("Møtet er kunngjort."), "success")
            return redirect(url_for("meetings.meeting", meeting_id=announced.id), 303)
    return (
        render_template(
            "forums/meetings/announce.html",
            form=form,
            case=case,
            short=short or bool(form.accept_short.data),
            hours=rules.NOTICE.days * 24,
        ),
        422 if form.errors else 200,
    )


@bp.get("/moter/<int:meeting_id>")
@open_to(services.TAKING_PART)
def meeting(meeting_id: int) -> ResponseReturnValue:
    """A meeting: when and where, whether it counts, and what one can do about it."""
    rights, shown, at = current(), _meeting_or_404(meeting_id), clock.now()
    mine = queries.check_in_of(shown.id, rights.member.id)
    keeps = services.may_keep(rights, shown.case)
    return render_template(
        "forums/meetings/meeting.html",
        meeting=shown,
        at=at,
        comes=queries.comes(shown.id, rights.member.id),
        checked_in=mine is not None and mine.corrected_at is None,
        takes_code=shown.cancelled_at is None and rules.takes_code(shown.starts_at, shown.ends_at, at),
        keeps=keeps,
        coming=queries.rsvp_count(shown.id) if keeps else 0,
        present=queries.checked_in_count(shown.id) if keeps else 0,
        hours=rules.NOTICE.days * 24,
    )


@bp.post("/moter/<int:meeting_id>/kommer")
@open_to(services.TAKING_PART)
def say_coming(meeting_id: int) -> ResponseReturnValue:
    """«Jeg kommer», or not after all: it helps the organiser, and counts for nothing."""
    _meeting_or_404(meeting_id)
    coming = request.form.get("coming") != "no"
    services.say_coming(current(), meeting_id, coming=coming)
    if coming:
        flash(
            _(
                "Takk, da vet de som holder møtet at du kommer. Det teller ikke som deltakelse i seg selv. "
                "Det gjør oppmøtet, når du sjekker inn."
            ),
            "info",
        )
    else:
        flash(_("Da vet de som holder møtet at du ikke kommer."), "info")
    return redirect(url_for("meetings.meeting", meeting_id=meeting_id), 303)


@bp.get("/moter/<int:meeting_id>/kalender.ics")
@open_to(services.TAKING_PART)
def calendar_file(meeting_id: int) -> ResponseReturnValue:
    """The meeting for the reader's calendar."""
    shown = _meeting_or_404(meeting_id)
    file = calendar.calendar_of(shown, link("meetings.meeting", meeting_id=shown.id))
    answer = Response(file, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = f"attachment; filename=mote-{shown.id}.ics"
    return answer


@bp.get("/moter/<int:meeting_id>/ark")
@open_to(services.TAKING_PART)
def sheet(meeting_id: int) -> ResponseReturnValue:
    """The meeting's sheet, to print: the question, the arguments, and where one checks in."""
    shown = _meeting_or_404(meeting_id)
    address = link("meetings.check_in", meeting_id=shown.id)
    return render_template("forums/meetings/sheet.html", meeting=shown, address=address, picture=_qr(address))


@bp.route("/moter/<int:meeting_id>/innsjekk", methods=["GET", "POST"])
@open_to(services.TAKING_PART)
def check_in(meeting_id: int) -> ResponseReturnValue:
    """Where one checks in; the code of the screen's picture comes along in the address."""
    rights, shown, at = current(), _meeting_or_404(meeting_id), clock.now()
    form, status = CodeForm(), 200
    if form.is_submitted():
        status = 422
        if limiter.enabled and not limiter.limiter.hit(_TRIES, "check-in", str(rights.member.id)):
            form.code.errors, status = [house.sentence(Reason.of("check_in_too_fast"))], 429
        elif form.validate():
            try:
                said = services.check_in(rights, shown.id, form.code.data)
            except RuleBroken as broken:
                form.code.errors, status = [house.sentence(broken.reason)], 409
            else:
                flash(" ".join(house.sentence(reason) for reason in said), "success")
                return redirect(url_for("meetings.meeting", meeting_id=meeting_id), 303)
    else:
        form.code.data = request.args.get("kode", "")[:12]
    mine = queries.check_in_of(shown.id, rights.member.id)
    return (
        render_template(
            "forums/meetings/check_in.html",
            form=form,
            meeting=shown,
            checked_in=mine is not None and mine.corrected_at is None,
            takes_code=shown.cancelled_at is None and rules.takes_code(shown.starts_at, shown.ends_at, at),
            opens_at=shown.starts_at - rules.MARGIN,
            at=at,
        ),
        status,
    )


@bp.get("/moter/<int:meeting_id>/kode")
@open_to(services.KEEPING)
def screen(meeting_id: int) -> ResponseReturnValue:
    """The rotating code on the organiser's screen, as text and picture."""
    shown, at = _kept(meeting_id), clock.now()
    code = _code(shown)
    left = (rules.next_step_at(at) - at).total_seconds()
    return render_template(
        "forums/meetings/screen.html",
        meeting=shown,
        code=code,
        picture=_qr(link("meetings.check_in", meeting_id=shown.id, kode=code)) if code else None,
        opens_at=shown.starts_at - rules.MARGIN,
        at=at,
        # A moment into the next step, so that a page that comes early is not shown the old code again.
        seconds=int(left) + 1 if code else 30,
        present=queries.checked_in_count(shown.id),
    )


def _code(meeting: Meeting) -> str:
    """The code that holds now, empty outside the meeting."""
    at = clock.now()
    if meeting.cancelled_at is not None or not rules.takes_code(meeting.starts_at, meeting.ends_at, at):
        return ""
    return rules.code_at(meeting.secret, meeting.id, rules.step_of(at))


def _qr(address: str) -> Markup:
    """A QR code as a picture within the page: black on white, without style of its own."""
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(omitsize=True, border=4, svgclass="gr-qr__code", lineclass=None, dark="#000")
    return Markup(drawn)  # noqa: S704  (drawn here, and an address is in it as squares only)


@bp.get("/moter/<int:meeting_id>/liste")
@open_to(services.KEEPING)
def attendance(meeting_id: int) -> ResponseReturnValue:
    """The secretary's list: who is checked in, and a search among the members."""
    shown = _kept(meeting_id)
    words = request.args.get("q", "").strip()[:100]
    tops = [shown.case.unit.path, *services.more_units(shown.case)]
    found, total = people.search_members(words, tops, clock.now(), size=_FOUND) if words else ([], 0)
    present = queries.checked_in_count(shown.id)
    last_page = pages(present, queries.PEOPLE_ON_A_PAGE)
    page = page_asked(last_page)
    return render_template(
        "forums/meetings/attendance.html",
        meeting=shown,
        words=words,
        found=found,
        total=total,
        entered=queries.checked_in_among(shown.id, [hit.member.id for hit in found]),
        entries=queries.checked_in(shown.id, page),
        present=present,
        page=page,
        pages=last_page,
        hows=[how for how in How if how is not How.CODE],
        me=current().member.id,
        early=clock.now() < shown.starts_at - rules.MARGIN,
        opens_at=shown.starts_at - rules.MARGIN,
    )


@bp.post("/moter/<int:meeting_id>/liste/<int:member_id>")
@open_to(services.KEEPING)
def enter(meeting_id: int, member_id: int) -> ResponseReturnValue:
    """A member is checked in by the list."""
    _kept(meeting_id)
    form = EntryForm()
    how = How(form.how.data) if form.validate() else How.IN_PERSON
    said = services.enter(current(), meeting_id, member_id, how)
    flash(" ".join(house.sentence(reason) for reason in said), "success")
    return redirect(url_for("meetings.attendance", meeting_id=meeting_id), 303)


@bp.post("/moter/<int:meeting_id>/liste/<int:member_id>/rett")
@open_to(services.KEEPING)
def correct(meeting_id: int, member_id: int) -> ResponseReturnValue:
    """A wrong line of the list is taken back."""
    _kept(meeting_id)
    services.correct(current(), meeting_id, member_id)
    flash(_("Registreringen er tatt bort, og medlemmet har fått beskjed."), "success")
    return redirect(url_for("meetings.attendance", meeting_id=meeting_id), 303)


@bp.route("/moter/<int:meeting_id>/avlys", methods=["GET", "POST"])
@open_to(services.KEEPING)
def cancel(meeting_id: int) -> ResponseReturnValue:
    """The form by which a meeting is cancelled."""
    shown, form = _kept(meeting_id), CancelForm()
    if form.validate_on_submit():
        services.cancel(current(), meeting_id, form.why.data)
        flash(_("Møtet er avlyst, og alle som fikk innkallingen, får beskjed."), "success")
        return redirect(url_for("meetings.meeting", meeting_id=meeting_id), 303)
    return render_template(
        "forums/meetings/cancel.html", form=form, meeting=shown
    ), 422 if form.errors else 200
