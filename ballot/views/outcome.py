"""What comes after the vote: papers, receipt codes, and what happened next."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import func, select
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from ballot import places, queries, results
from ballot.access import matter_of
from ballot.counting.formats import write_blt, write_csv, write_json
from ballot.counting.profile import Profile
from ballot.models import Ballot, Receipt
from ballot.rules.lifecycle import State
from ballot.rules.methods import Marking
from ballot.secrecy import receipts as codes
from ballot.services import answers, counting
from ballot.views import bp
from ballot.views.voters import readable
from foundation.doors import SIGNED_IN, open_to
from foundation.errors import NotAllowed, NotFound, Reason
from foundation.extensions import db
from members.access import Rights, current
from members.rules.permissions import Permission

DECIDED = (State.CERTIFIED, State.FINAL)
VOTING_OVER = (State.CLOSED, State.COUNTED, *DECIDED)
# From here on the codes are shown by their first character: a page that a phone can hold.
CODES_ON_A_PAGE = 1_000


class AnswerForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """«Hva skjedde videre?»"""

    body_vote = TextAreaField(
        _l("Hva vedtok organet, og hvordan stemte representantene våre?"),
        description=_l("For eksempel: «Kommunestyret vedtok 14. april å beholde begge skolene, 23 mot 12.»"),
        validators=[DataRequired(_l("Skriv hva som ble vedtatt.")), Length(max=answers.LONGEST)],
    )
    advice_used = TextAreaField(
        _l("Hvordan ble medlemmenes råd brukt?"),
        description=_l("Ble rådet fulgt? Hvis ikke, hvorfor? Medlemmene vil gjerne vite begge deler."),
        validators=[DataRequired(_l("Skriv hvordan rådet ble brukt.")), Length(max=answers.LONGEST)],
    )


WRITERS: Mapping[str, tuple[Callable[[Profile, int, str], str], str]] = {
    "csv": (lambda profile, _seats, _title: write_csv(profile), "text/csv"),
    "json": (write_json, "application/json"),
    "blt": (write_blt, "text/plain"),
}
POINTS_CANNOT = "blt"
"""The format that has no place for points."""


@bp.get("/avstemninger/<int:ballot_id>/stemmesedler.<any(csv, json, blt):kind>")
@open_to(SIGNED_IN)
def papers(ballot_id: int, kind: str) -> ResponseReturnValue:
    """The papers, equal ones packed together, for whoever wants to count them again with `grasrot count`."""
    rights = current()
    ballot = readable(ballot_id, rights)
    result = queries.result_of(ballot.id) if ballot.state in DECIDED else None
    if result is None:
        raise NotFound
    if not counting.papers_are_public(ballot, result):
        _require_overseeing(ballot, rights)
    if kind == POINTS_CANNOT and places.kind_of(ballot).marking is Marking.POINTS:
        raise NotFound
    write, mimetype = WRITERS[kind]
    text = write(counting.papers_of(ballot), ballot.seats, ballot.question)
    return _file(text, mimetype, f"stemmesedler-{ballot.id}.{kind}")


@bp.get("/avstemninger/<int:ballot_id>/<any(kvotering, lodd):what>.json")
@open_to(SIGNED_IN)
def count_input(ballot_id: int, what: str) -> ResponseReturnValue:
    """What `grasrot count` takes beside the papers: the quota with its groups, or the lots that were drawn."""
    ballot = readable(ballot_id, current())
    told = results.count_of(ballot.id) if ballot.state in DECIDED else None
    data = told and (told["rules"]["quota"] if what == "kvotering" else told["lots"])
    if not data:
        raise NotFound
    if what == "lodd":
        data = [{"among": lot["among"], "order": lot["order"]} for lot in data]
    return _file(
        json.dumps(data, ensure_ascii=False, indent=1) + "\n", "application/json", f"{what}-{ballot.id}.json"
    )


@bp.get("/avstemninger/<int:ballot_id>/kvitteringer")
@open_to(SIGNED_IN)
def receipts(ballot_id: int) -> ResponseReturnValue:
    """All receipt codes in their order: one looks for one's own oneself, so that nobody learns whose it is."""
    ballot = readable(ballot_id, current())
    if ballot.state not in VOTING_OVER:
        raise NotFound
    mine = Receipt.ballot_id == ballot.id
    number = db.session.scalar(select(func.count()).where(mine)) or 0
    start = request.args.get("start", "")[:1].upper()
    if number > CODES_ON_A_PAGE:
        start = start if start and start in codes.ALPHABET else codes.ALPHABET[0]
        mine &= Receipt.code.startswith(start)
    else:
        start = ""
    found = db.session.scalars(select(Receipt.code).where(mine).order_by(Receipt.code)).all()
    return render_template(
        "ballot/receipts.html",
        ballot=ballot,
        codes=[codes.shown(code) for code in found],
        number=number,
        start=start,
        starts=codes.ALPHABET if start else "",
    )


@bp.route("/avstemninger/<int:ballot_id>/svar", methods=["GET", "POST"])
@open_to(SIGNED_IN)
def answer(ballot_id: int) -> ResponseReturnValue:
    """Answer what happened next: the person named in the notice, or the board."""
    rights = current()
    ballot = readable(ballot_id, rights)
    form = AnswerForm()
    if form.validate_on_submit():
        answers.give(ballot.id, rights, form.body_vote.data.strip(), form.advice_used.data.strip())
        flash(_("Svaret er publisert, og medlemmene får beskjed."), "success")
        return redirect(url_for("ballot.show", ballot_id=ballot_id, _anchor="videre"))
    allowed = answers.may_answer(ballot, rights)
    if not allowed:
        raise NotAllowed(allowed.reason)
    status = 422 if form.is_submitted() else 200
    return render_template("ballot/answer.html", ballot=ballot, form=form, sentence=_sentence(ballot)), status


def _sentence(ballot: Ballot) -> str:
    result = queries.result_of(ballot.id)
    return results.sentence_of(ballot, result) if result else ""


def _require_overseeing(ballot: Ballot, rights: Rights) -> None:
    if not rights.may(Permission.READ_TALLY, matter_of(ballot)):
        raise NotAllowed(Reason.of("papers_kept_back"))


def _file(text: str, mimetype: str, name: str) -> Response:
    response = Response(text, content_type=f"{mimetype}; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response
