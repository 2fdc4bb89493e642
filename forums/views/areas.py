"""The areas, what happens in each, and its moderators' log."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums import access, queries, services
from forums.models import ThreadKind
from forums.rules import THREADS_ON_A_PAGE, pages
from forums.views.blueprint import bp, page_asked
from foundation import clock
from foundation.doors import open_to
from foundation.errors import NotFound
from members.access import current
from members.models import PolicyArea
from members.rules.permissions import Permission


def area_or_404(code: str) -> PolicyArea:
    """The area of an address."""
    area = queries.area_by_code(code)
    if area is None:
        raise NotFound
    return area


@bp.get("/omrader")
@open_to(Permission.READ)
def areas() -> ResponseReturnValue:
    """All areas; a guest sees the threads she is invited to instead."""
    rights = current()
    if rights.is_guest:
        invited = queries.latest_threads(rights.member.id, 100, invited_only=True)
        return render_template("forums/invited.html", lines=invited)
    return render_template("forums/areas.html", lines=queries.area_lines(rights.member.id, clock.now()))


@bp.get("/omrader/<code>")
@open_to(Permission.READ)
def area(code: str) -> ResponseReturnValue:
    """An area: who keeps it, its running cases, its threads by kind and unit."""
    rights, at = current(), clock.now()
    shown = area_or_404(code)
    access.require(access.in_area(rights, Permission.READ, shown))
    kind = next((kind for kind in ThreadKind if kind.value == request.args.get("slag")), None)
    units = queries.units_with_threads(shown.id)
    unit = next((unit for unit in units if unit.code == request.args.get("ledd")), None)
    page = page_asked()
    lines, total = queries.thread_lines(
        shown.id, rights.member.id, page=page, kind=kind, unit=unit, invited_only=rights.is_guest
    )
    last = pages(total, THREADS_ON_A_PAGE)
    return render_template(
        "forums/area.html",
        area=shown,
        keepers=queries.keepers_of([shown], at)[shown.id],
        tended_at=queries.tended_at(shown.id),
        running=[] if rights.is_guest else queries.running_cases(shown.id, at),
        past=[] if rights.is_guest else queries.past_cases(shown.id, at),
        lines=lines,
        total=total,
        page=min(page, last),
        pages=last,
        kind=kind,
        kinds=list(ThreadKind),
        unit=unit,
        units=units,
        at=at,
        may_open=not rights.is_guest,
        may_keep=bool(access.in_area(rights, access.KEEP_AREA, shown)),
    )


@bp.post("/omrader/<code>/gjennomgatt")
@open_to(access.KEEP_AREA)
def tend(code: str) -> ResponseReturnValue:
    """The keeper has gone through the area."""
    services.tend_area(current(), area_or_404(code).id)
    flash(_("Takk. Medlemmene ser at området er fulgt opp i dag."), "success")
    return redirect(url_for("forums.area", code=code), 303)


@bp.get("/omrader/<code>/logg")
@open_to(Permission.READ)
def log(code: str) -> ResponseReturnValue:
    """What the moderators of the area have done: office, act, ground, date and thread; no text and no author."""
    rights, shown = current(), area_or_404(code)
    access.require(access.in_area(rights, Permission.READ, shown))
    page = page_asked()
    acts, total = queries.moderation_log(
        shown.id, page, guest_id=rights.member.id if rights.is_guest else None
    )
    last = pages(total, queries.LOG_ON_A_PAGE)
    return render_template(
        "forums/log.html",
        area=shown,
        acts=acts,
        page=min(page, last),
        pages=last,
        whole=bool(access.in_area(rights, Permission.READ_AUDIT_LOG, shown)),
    )
