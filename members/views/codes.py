"""The officers' page for helping a member without e-mail to sign in."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from foundation import clock
from foundation.doors import open_to
from foundation.links import link
from members import access, phrases, queries
from members.rules.permissions import Permission
from members.services import printed_codes
from members.views.blueprint import bp

_SHOWN = 20


@bp.get("/styret/innloggingskoder")
@open_to(Permission.ISSUE_SIGN_IN_CODE)
def codes() -> ResponseReturnValue:
    """What waits for a second officer, and a search among the members of one's own units."""
    rights = access.current()
    words = request.args.get("q", "").strip()
    found, total = (
        queries.search_members(words, printed_codes.units_served(rights), clock.now(), size=_SHOWN)
        if words
        else ([], 0)
    )
    return render_template(
        "members/codes.html",
        words=words,
        found=found,
        total=total,
        waiting=printed_codes.waiting(rights),
        me=rights.member.id,
        names=phrases,
    )


@bp.post("/styret/innloggingskoder/be-om/<int:member_id>")
@open_to(Permission.ISSUE_SIGN_IN_CODE)
def ask_for_code(member_id: int) -> ResponseReturnValue:
    """Ask for a code for a member."""
    printed_codes.ask(access.current(), member_id)
    flash(_("Forespørselen er lagret. En annen i styret eller en administrator må utstede koden."), "success")
    return redirect(url_for("members.codes"), 303)


@bp.post("/styret/innloggingskoder/<int:request_id>/utsted")
@open_to(Permission.ISSUE_SIGN_IN_CODE)
def issue_code(request_id: int) -> ResponseReturnValue:
    """Issue a code that another has asked for: the page to print is the answer, and is not seen again."""
    rights = access.current()
    issued, code = printed_codes.issue(rights, request_id)
    return render_template(
        "members/issue_code.html",
        issued=issued,
        code=code,
        issuer=rights.member,
        address=link("members.code"),
    )
