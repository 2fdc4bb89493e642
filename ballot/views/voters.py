"""The pages of voters: the ballots, a ballot with what one should know first, and casting."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.datastructures import MultiDict

from ballot import facts, listing, places, queries, results
from ballot import phrases as phrases_of_ballots
from ballot.access import matter_of
from ballot.models import Ballot, Method
from ballot.rules.eligibility import casting as rule
from ballot.rules.lifecycle import State
from ballot.rules.marking import Reading
from ballot.rules.methods import Marking
from ballot.rules.small_numbers import is_small_roll
from ballot.secrecy import ordering, receipts
from ballot.services import answers, casting, counting, lifecycle
from ballot.views import bp, load
from foundation import clock, phrases
from foundation.doors import SIGNED_IN, open_to
from foundation.errors import NotAllowed, NotFound, Reason, RuleBroken
from foundation.formats import local
from members.access import Rights, current
from members.phrases import CLASS_NAMES_PLURAL
from members.rules.answers import Answer
from members.rules.classes import MembershipClass
from members.rules.permissions import Permission

PAGE = 20
ENDED_EARLY = (State.CANCELLED, State.ANNULLED)
# In memory and for a minute, by member and never by address: a limit that were stored would say who cast when.
RECENT = MemoryStorage()
PACE = FixedWindowRateLimiter(RECENT)
CASTS = RateLimitItemPerMinute(12)
# The name of a field for a number, before the option's value.
NUMBER = "tall-"
NUMBERED = (Marking.RANKS, Marking.POINTS)

HEADINGS = {
    "vote.twice": _l("Du har stemt"),
    "vote.closed": _l("Avstemningen er stengt"),
    "vote.not_open": _l("Avstemningen er ikke åpen ennå"),
    "roll_being_made": _l("Manntallet blir laget nå"),
    "ballot_cancelled": _l("Avstemningen er avlyst"),
    "ballot_annulled": _l("Avstemningen er opphevet"),
}
"""What stands over a refusal. The others are about the member: she cannot vote in this ballot."""


@bp.get("/avstemninger")
@open_to(Permission.READ)
def index() -> ResponseReturnValue:
    """The ballots that concern the reader: open, to come, waiting for a result, and what came of the others."""
    rights, at = current(), clock.now()
    lifecycle.advance_all(at)
    page = max(request.args.get("page", 1, type=int), 1)
    return render_template(
        "ballot/index.html",
        living=listing.living(rights, at) if page == 1 else None,
        ended=listing.ended(rights, page, PAGE),
        at=at,
    )


@bp.get("/avstemninger/<int:ballot_id>")
@open_to(SIGNED_IN)
def show(ballot_id: int) -> ResponseReturnValue:
    """One ballot: what one should know, the paper while it is open, and the result when there is one."""
    rights = current()
    ballot = readable(ballot_id, rights)
    return render_template("ballot/show.html", **_page(ballot, rights, clock.now()))


@bp.post("/avstemninger/<int:ballot_id>/se-over")
@open_to(SIGNED_IN)
def review(ballot_id: int) -> ResponseReturnValue:
    """What was chosen, to look over; it stands in the form of this page and nowhere else."""
    rights = current()
    ballot, at = readable(ballot_id, rights), clock.now()
    answer = may_cast(ballot, rights, at)
    if not answer:
        return _refused(ballot, answer.reason)
    sent = sent_of(request.form)
    if "tilbake" in request.form:
        return _unkept(render_template("ballot/show.html", **_page(ballot, rights, at, sent)))
    reading = casting.read_paper(ballot, len(ballot.options), sent)
    if reading.problem is not None:
        return _again(ballot, rights, at, sent, reading)
    return _unkept(
        render_template(
            "ballot/review.html",
            ballot=ballot,
            marking=places.kind_of(ballot).marking.value,
            closed_up=reading.closed_up,
            sent=dict.fromkeys(sent),
            **_looked_over(ballot, reading),
        )
    )


def sent_of(form: MultiDict[str, str]) -> list[str]:
    """What a form sent, as casting reads it: marks, and the numbers written beside options.

    A number stands in a field that is named after its option, so that it works without a script; on the
    page that looks the paper over they come back as they are.
    """
    numbers = [
        f"{name.removeprefix(NUMBER)}:{value.strip()}"
        for name, value in form.items(multi=True)
        if name.startswith(NUMBER) and value.strip()
    ]
    return [*form.getlist("choice"), *numbers]


def _looked_over(ballot: Ballot, reading: Reading) -> dict[str, object]:
    """The paper in words: the options with what was given them, and the choice in a sentence (STRINGS 51)."""
    labels = results.labels_of(ballot)
    marking = places.kind_of(ballot).marking
    if not reading.chosen:
        return {
            "chosen": [(_("Stem blankt"), "")],
            "sentence": _("å stemme blankt"),
            "left": 0,
            "blank": True,
        }
    chosen = [
        (labels[item[0]], ngettext("%(num)s poeng", "%(num)s poeng", item[1]))
        if isinstance(item, tuple)
        else (labels[item], "")
        for item in reading.chosen
    ]
    sentence = {Marking.RANKS: _("denne rekkefølgen"), Marking.POINTS: _("disse poengene")}.get(
        marking
    ) or phrases.fill("%(chosen)s", {"chosen": [label for label, _points in chosen]})
    left = len(labels) - len(chosen) if marking in NUMBERED else 0
    return {"chosen": chosen, "sentence": sentence, "left": left, "blank": False}


@bp.post("/avstemninger/<int:ballot_id>/lever")
@open_to(SIGNED_IN)
def cast(ballot_id: int) -> ResponseReturnValue:
    """Cast the vote. The answer holds the receipt code, which no other page can show again."""
    rights = current()
    # A plain number: within the transaction the member would be loaded anew.
    member_id = rights.member.id
    if not PACE.hit(CASTS, "cast", str(member_id)):
        abort(429)
    sent = sent_of(request.form)
    try:
        code = casting.cast(ballot_id, member_id, sent)
    except NotAllowed as refusal:
        return _refused(readable(ballot_id, rights), refusal.reason)
    except RuleBroken as refusal:
        ballot = readable(ballot_id, rights)
        reading = casting.read_paper(ballot, len(ballot.options), sent)
        return _again(ballot, rights, clock.now(), sent, replace(reading, problem=refusal.reason))
    return _unkept(
        render_template("ballot/receipt.html", ballot=queries.ballot(ballot_id), code=receipts.shown(code))
    )


def readable(ballot_id: int, rights: Rights) -> Ballot:
    """The ballot, where there is one that this member may know of; raises NotFound, NotAllowed.

    A suspended member keeps the vote that the roll gave her (PARTICIPATION section 9), and so its page.
    """
    ballot = load(ballot_id)
    if not facts.is_public(ballot):
        raise NotFound
    answer = rights.answer(Permission.READ, matter_of(ballot))
    if not answer:
        entry = queries.roll_entry(ballot.id, rights.member.id)
        if entry is None or not entry.entitled:
            raise NotAllowed(answer.reason)
    return ballot


def may_cast(ballot: Ballot, rights: Rights, at: datetime) -> Answer:
    """What the casting transaction would say now."""
    known = facts.voter_facts(ballot, rights, at)
    return rule(known.member, known.line, known.ballot, at)


def _page(
    ballot: Ballot,
    rights: Rights,
    at: datetime,
    selected: Collection[str] = (),
    reading: Reading | None = None,
) -> dict[str, object]:
    """What the page of a ballot is made of."""
    roll = queries.roll_of(ballot.id) if facts.roll_is_made(ballot) else None
    answer = may_cast(ballot, rights, at) if ballot.state is State.OPEN else None
    overseeing = rights.may(Permission.READ_TALLY, matter_of(ballot))
    decided = ballot.state in (State.CERTIFIED, State.FINAL)
    result = queries.result_of(ballot.id) if decided else None
    return {
        "ballot": ballot,
        "at": at,
        "roll": roll,
        "rule_sentence": results.rule_of(ballot, roll),
        "may_cast": bool(answer),
        "options": options_of(ballot, rights.member.id, selected, reading),
        "selected": list(selected),
        "problem": phrases.sentence(reading.problem) if reading and reading.problem else None,
        "marking": places.kind_of(ballot).marking.value,
        "most": places.most_marks(ballot),
        "electorate": electorate_of(ballot),
        "small_roll": roll is not None and is_small_roll(roll.entitled),
        "result": results.shown(ballot, result, roll) if result and roll else None,
        "all_numbers": results.shown(ballot, result, roll, for_tellers=True)
        if result and roll and overseeing
        else None,
        "again": results.again(ballot, result) if result else None,
        "papers_public": result is not None and counting.papers_are_public(ballot, result),
        "adds_up": _adds_up(ballot),
        "replaced_by": queries.replacement_of(ballot.id) if ballot.state in ENDED_EARLY else None,
        "next": answers.of(ballot.id) if decided else None,
        "may_answer": decided and bool(answers.may_answer(ballot, rights)),
        "today": local(at).date(),
    }


def electorate_of(ballot: Ballot) -> str:
    """Whom the ballot is for, in a few words: «medlemmer i Fjordvik kommuneparti»."""
    return phrases.fill(
        _l("%(classes)s i %(units)s"),
        {
            "classes": tuple(
                str(CLASS_NAMES_PLURAL[kind])
                for kind in MembershipClass
                if any(row.membership_class is kind for row in ballot.classes)
            ),
            "units": tuple(sorted(row.unit.name for row in ballot.units)),
        },
    )


def _adds_up(ballot: Ballot) -> bool:
    """Whether a count that is not public yet agrees with the roll; its numbers are for the tellers."""
    if ballot.state is not State.COUNTED:
        return True
    result = queries.result_of(ballot.id)
    return result is not None and result.adds_up


def options_of(
    ballot: Ballot,
    member_id: int | None = None,
    sent: Collection[str] = (),
    reading: Reading | None = None,
) -> list[dict[str, Any]]:
    """The options as the form sends and shows them, blank last and equal.

    In the order of the member's own paper where the notice says so; `sent` is written in the fields again,
    and what is wrong with a number stands beside it.
    """
    labels = results.labels_of(ballot)
    written = dict(part.split(":", 1) for part in sent if ":" in part)
    wrong = reading.wrong if reading else {}
    persons = places.is_of_persons(ballot)
    order = range(len(labels)) if member_id is None else ordering.places_for(ballot, member_id)
    options: list[dict[str, Any]] = [
        {
            "value": casting.value_of(ballot.id, place),
            "label": labels[place],
            "help": ballot.options[place].explanation,
            "portrait": ballot.options[place].portrait if persons else "",
            "written": written.get(casting.value_of(ballot.id, place), ""),
            "error": phrases.sentence(wrong[place]) if place in wrong else None,
        }
        for place in order
    ]
    blank = {
        "value": casting.value_of(ballot.id, None),
        "label": _("Stem blankt"),
        "help": blank_help(ballot),
    }
    return [*options, blank]


def blank_help(ballot: Ballot) -> str:
    """What a blank vote is (STRINGS 49), said of yes and no only where there are these."""
    if ballot.method is Method.MOTION:
        return _("En blank stemme er verken ja eller nei. Den regnes med blant dem som har stemt.")
    if places.is_of_persons(ballot):
        return _("En blank stemme er ikke for noen av kandidatene. Den regnes med blant dem som har stemt.")
    return _("En blank stemme er ikke for noen av alternativene. Den regnes med blant dem som har stemt.")


def _again(
    ballot: Ballot, rights: Rights, at: datetime, sent: Collection[str], reading: Reading
) -> ResponseReturnValue:
    """The paper again, with what is wrong beside it and what was chosen still there."""
    return _unkept(render_template("ballot/show.html", **_page(ballot, rights, at, sent, reading)), 422)


def _refused(ballot: Ballot, reason: Reason) -> ResponseReturnValue:
    """The refusal as a page of its own, with the next step, and without a trace of what was chosen."""
    return _unkept(
        render_template(
            "ballot/refused.html",
            ballot=ballot,
            heading=HEADINGS.get(reason.code, _l("Du kan ikke stemme her")),
            sentence=phrases.sentence(phrases_of_ballots.precise(reason)),
        ),
        403,
    )


def _unkept(page: str, status: int = 200) -> Response:
    """A page that holds a choice or a receipt code: no browser and no proxy keeps it."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response
