"""The pages on which members ask to have a thread linked, and boards answer."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, get_template_attribute, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from ballot.access import matter_of
from ballot.linking import queries, services
from ballot.rule_forms import AnswerForm
from ballot.views.fragments import ballots_on
from forums import access as forum_access
from forums.models import Case, Thread
from forums.queries import case_by_id, thread_by_id
from foundation import clock, phrases
from foundation.doors import open_to
from foundation.errors import NotFound, RuleBroken
from members.access import Rights, current, current_or_none
from members.rules.permissions import Permission


def hang(bp: Blueprint) -> None:
    """Hang the pages on the blueprint of the ballots."""
    bp.add_url_rule("/trader/<int:thread_id>/sak/<int:case_id>/be-om", view_func=ask_link, methods=["POST"])
    bp.add_url_rule("/saker/<int:case_id>/tradonsker", view_func=answer_links, methods=["GET"])
    bp.add_url_rule(
        "/saker/<int:case_id>/tradonsker/<int:request_id>", view_func=answer_link, methods=["POST"]
    )


def init_app(app: Flask) -> None:
    """Give the templates what stands in threads and cases."""
    app.add_template_global(link_requests_of)
    app.add_template_global(link_requests_on)


def link_requests_of(thread: Thread) -> Markup:
    """In a thread: the cases it could be linked to, with the button by which to ask; empty where there is none."""
    rights = current_or_none()
    if rights is None or rights.is_guest or thread.merged_into_id is not None or ballots_on(thread):
        return Markup("")  # what is written here counts towards a vote already
    found = queries.wanted(thread, rights.member.id, clock.now())
    drawn: Markup = get_template_attribute("ballot/_linking.html", "wanted")(found, thread, services.ENOUGH)
    return drawn


def link_requests_on(case: Case) -> Markup:
    """On a case: what members have asked for, and what was answered; public."""
    rights = current_or_none()
    if rights is None or rights.is_guest:
        return Markup("")
    found = queries.of_case(case.id)
    drawn: Markup = get_template_attribute("ballot/_linking.html", "asked_for")(
        found, case, services.ANSWER_WITHIN, _may_answer(rights, case)
    )
    return drawn


def _may_answer(rights: Rights, case: Case) -> bool:
    return rights.is_board and any(
        rights.may(Permission.SOFTEN_RULE, matter_of(ballot)) for ballot in queries.ballots_of(case.id)
    )


@open_to(Permission.POST)
def ask_link(thread_id: int, case_id: int) -> ResponseReturnValue:
    """Ask to have a thread linked to a case."""
    rights, thread = current(), thread_by_id(thread_id)
    if thread is None:
        raise NotFound
    forum_access.require(forum_access.on_thread(rights, Permission.READ, thread))
    asked = services.ask(rights, case_id, thread_id)
    if asked.reached_at is None:
        flash(_("Ønsket ditt er notert. Når fem har bedt om det, må styret svare innen to døgn."), "success")
    else:
        flash(_("Ønsket ditt er notert. Styret skal svare innen to døgn etter at fem ba om det."), "success")
    return redirect(url_for("forums.thread", thread_id=thread_id), 303)


@open_to(Permission.READ)
def answer_links(case_id: int) -> ResponseReturnValue:
    """The requests on a case, with the form for whoever answers."""
    return _page(current(), case_id)


def _page(
    rights: Rights, case_id: int, *, wrong: AnswerForm | None = None, about: int = 0, status: int = 200
) -> ResponseReturnValue:
    case = case_by_id(case_id)
    if case is None:
        raise NotFound
    forum_access.require(forum_access.on_case(rights, Permission.READ, case))
    return (
        render_template(
            "ballot/answer_links.html",
            case=case,
            requests=queries.of_case(case_id),
            within=services.ANSWER_WITHIN,
            may_answer=_may_answer(rights, case),
            form_of=lambda one: (
                wrong
                if wrong is not None and one.id == about
                else AnswerForm(formdata=None, prefix=f"svar{one.id}-")
            ),
        ),
        status,
    )


@open_to(Permission.SOFTEN_RULE)
def answer_link(case_id: int, request_id: int) -> ResponseReturnValue:
    """Answer a request with a reason: yes is proposed to a second board member, no is told."""
    rights, form = current(), AnswerForm(prefix=f"svar{request_id}-")
    if not form.validate():
        return _page(rights, case_id, wrong=form, about=request_id, status=422)
    try:
        services.answer(rights, request_id, form.answer.data, yes=request.form.get("yes") == "1")
    except RuleBroken as refusal:
        form.answer.errors = [phrases.sentence(refusal.reason)]
        return _page(rights, case_id, wrong=form, about=request_id, status=409)
    flash(_("Svaret er lagret og kan leses av alle."), "success")
    return redirect(url_for("ballot.answer_links", case_id=case_id), 303)
