"""What pages of the debate show of ballots: the participation line, the ballots of a case, a word in the composer."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, get_template_attribute, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from ballot import checklist, facts, home, queries, results
from ballot.models import Answer, Ballot
from ballot.rules.lifecycle import State
from ballot.services import lifecycle, participation
from ballot.services.participation import Contribution, Status
from ballot.views import bp
from forums.models import Case, Thread
from foundation import clock, phrases
from foundation.errors import Reason
from foundation.extensions import db
from members import access

ENDED = (State.CERTIFIED, State.FINAL)


@dataclass(frozen=True)
class Line:
    """The participation line as its component takes it; `counted` and `not_counting` are told in the fold."""

    mark: str
    sentence: str
    actions: list[dict[str, str]]
    counted: list[dict[str, str]]
    not_counting: list[dict[str, str]]
    hint: str = ""


@dataclass(frozen=True)
class Summary:
    """A ballot as a page about its case shows it."""

    url: str
    question: str
    state: str
    ballot: Ballot
    outcome: str = ""
    answer: Answer | None = None


@bp.app_template_global()
def participation_of(thread: Thread) -> Markup:
    """The reader's participation line in a thread of a case, empty where there is nothing to say."""
    rights = access.current_or_none()
    if rights is None:
        return Markup("")
    at = clock.now()
    status = participation.foremost(ballots_on(thread), rights, at)
    return _drawn(line_of(status, thread_id=thread.id) if status else None)


@bp.app_template_global()
def participation_in(ballot: Ballot) -> Markup:
    """The reader's participation line on a ballot's own page."""
    rights = access.current_or_none()
    status = participation.status(ballot, rights, clock.now()) if rights else None
    return _drawn(line_of(status, on_ballot=True) if status else None)


@bp.app_template_global()
def ballots_of(about: Thread | Case) -> Markup:
    """The ballots on the case of a thread, or on a case, with their times and what came of them."""
    found = ballots_on(about) if isinstance(about, Thread) else _caught_up(queries.on_case(about.id))
    if not found:
        return Markup("")
    drawn: Markup = get_template_attribute("ballot/_fragments.html", "ballots")(
        [_summary(one) for one in found]
    )
    return drawn


@bp.app_template_global()
def arguments_about(case: Case) -> Markup:
    """The questions of the ballots on a case with what is said for and against, for the sheet of a meeting."""
    told = [
        queries.whole_ballot(ballot.id)
        for ballot in participation.living(queries.on_case(case.id), clock.now())
    ]
    drawn: Markup = get_template_attribute("ballot/_fragments.html", "arguments")(told)
    return drawn


@bp.app_template_global()
def first_votes_of(rights: access.Rights) -> tuple[home.FirstVote | None, home.FirstVote | None]:
    """The first ballot under way that a new member can vote in, and the first she joined too late for."""
    return home.first_votes(rights, clock.now())


@bp.app_template_global()
def composer_notice_of(thread: Thread) -> str:
    """What whoever may discuss but not vote is told before she writes."""
    rights = access.current_or_none()
    if rights is None:
        return ""
    reason = participation.composer_notice(ballots_on(thread), rights, clock.now())
    return phrases.sentence(reason) if reason else ""


@bp.app_template_global()
def history_of(ballot: Ballot) -> Markup:
    """What has happened to a ballot, for everybody: numbered changes with their reasons, hashes and counts."""
    drawn: Markup = get_template_attribute("ballot/_fragments.html", "history")(
        checklist.public_history(ballot)
    )
    return drawn


def line_of(status: Status, *, thread_id: int | None = None, on_ballot: bool = False) -> Line:
    """A status in words, with what the member can do from here."""
    return Line(
        mark=status.mark,
        sentence=_sentence(status),
        actions=_actions(status, thread_id, on_ballot=on_ballot),
        counted=[_told(one) for one in status.counted],
        not_counting=[_told(one) for one in status.not_counting],
        hint=phrases.sentence(Reason.of("part.not_enough"))
        if status.told_what_counts and not status.only_reacted
        else "",
    )


def _sentence(status: Status) -> str:
    """What the line says; whoever has only pressed «Nyttig» reads there, and not in the fold, that more is needed."""
    said = phrases.sentence(status.line)
    return f"{said} {phrases.sentence(Reason.of('part.not_enough'))}" if status.only_reacted else said


def _actions(status: Status, thread_id: int | None, *, on_ballot: bool) -> list[dict[str, str]]:
    if status.may_contribute and status.case_id is not None:
        return _ways(status.case_id, thread_id)
    if status.line.code == "part.refused":
        return [{"text": _("Klag"), "href": url_for("ballot.appeal", ballot_id=status.ballot_id)}]
    if on_ballot:
        return []
    page = url_for("ballot.show", ballot_id=status.ballot_id)
    if status.mark == "now":
        return [{"text": _("Stem nå"), "href": page}]
    if status.mark in ("ready", "lapsed", "voted"):
        return [{"text": _("Se avstemningen"), "href": page}]
    return []


def _ways(case_id: int, thread_id: int | None) -> list[dict[str, str]]:
    """Each way to take part, one tap away (STRINGS 37); from a locked thread to the case's others."""
    thread = db.session.get(Thread, thread_id) if thread_id is not None else None
    here = thread is not None and not thread.is_locked(clock.now())
    return [
        {
            "text": _("Skriv innlegg"),
            "href": "#skriv" if here else url_for("forums.case", case_id=case_id, _anchor="diskusjon"),
        },
        {"text": _("Kom på møte"), "href": url_for("meetings.of_case", case_id=case_id)},
        {"text": _("Send skriftlig innspill"), "href": url_for("statements.write", case_id=case_id)},
        {"text": _("Få hjelp til å delta"), "href": url_for("statements.help_to_take_part", case_id=case_id)},
    ]


def _told(one: Contribution) -> dict[str, str]:
    text = phrases.sentence(Reason.of("contribution", kind=one.kind, at=one.at))
    told = {"text": text, "href": url_for("forums.post", post_id=one.post_id) if one.post_id else ""}
    if one.why_not is not None:
        told["why_not"] = phrases.sentence(one.why_not)
    return told


def _drawn(line: Line | None) -> Markup:
    if line is None:
        return Markup("")
    drawn: Markup = get_template_attribute("ballot/_fragments.html", "line")(line)
    return drawn


def _summary(ballot: Ballot) -> Summary:
    outcome, answer = "", None
    if ballot.state in ENDED:
        result, answer = queries.result_and_answer(ballot.id)
        outcome = results.sentence_of(ballot, result) if result else ""
    return Summary(
        url=url_for("ballot.show", ballot_id=ballot.id),
        question=ballot.question,
        state=ballot.state.value,
        ballot=ballot,
        outcome=outcome,
        answer=answer,
    )


def ballots_on(thread: Thread) -> list[Ballot]:
    """The ballots of a thread, asked for once per page."""
    known: dict[int, list[Ballot]] = g.setdefault("ballots_on_thread", {})
    if thread.id not in known:
        known[thread.id] = _caught_up(queries.on_thread(thread.id))
    return known[thread.id]


def _caught_up(ballots: list[Ballot]) -> list[Ballot]:
    """The same ballots with what was due in them recorded; nothing is written where nothing is due."""
    at = clock.now()
    late = [ballot.id for ballot in ballots if facts.is_public(ballot) and lifecycle.is_due(ballot, at)]
    for ballot_id in late:
        lifecycle.advance(ballot_id, at)
    return ballots
