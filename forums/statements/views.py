"""The pages of the private route: sending, reading, helping, and what the control committee sees."""

from __future__ import annotations

import segno
from flask import Blueprint, flash, get_template_attribute, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from wtforms.fields.choices import SelectChoice

from forums import access
from forums.models import Case
from forums.rules import LEAST_CHARACTERS, pages
from forums.services import CreditAtStake
from forums.statements import queries, services
from forums.statements.forms import AssistForm, HelpForm, ReaderForm, StatementForm
from forums.statements.models import Statement
from forums.views.blueprint import number_asked, page_asked, too_fast
from forums.views.cases import case_or_404
from forums.wording import clean
from foundation import clock, text
from foundation import phrases as house
from foundation.doors import ANYONE, open_to
from foundation.errors import NotFound, Reason, RuleBroken
from members import queries as people
from members.access import current, current_or_none
from members.rules.permissions import Permission

bp = Blueprint("statements", __name__)

_FOUND = 10


@bp.app_template_global()
def statements_about(case: Case) -> Markup:
    """What a case's page says of private statements: the ways there, and those published without a name."""
    rights = current_or_none()
    if rights is None or rights.is_guest:
        return Markup("")
    at = clock.now()
    reads = services.may(rights, Permission.READ_PRIVATE_STATEMENT, case, at)
    drawn: Markup = get_template_attribute("forums/statements/_parts.html", "section")(
        case,
        queries.published(case.id),
        at,
        reads,
        queries.unread(case.id, rights.member.id) if reads else 0,
        bool(access.on_case(rights, access.KEEP_AREA, case)),
    )
    return drawn


@bp.route("/saker/<int:case_id>/innspill", methods=["GET", "POST"])
@open_to(services.TAKING_PART)
def write(case_id: int) -> ResponseReturnValue:
    """One's own statements on a case, and the form for one."""
    rights, case, at = current(), case_or_404(case_id), clock.now()
    form, status, preview = StatementForm(), 200, None
    body = (form.body.data or "").replace("\0", "")
    if form.is_submitted() and form.preview.data:
        preview = text.render(clean(body))
    elif form.is_submitted():
        status = 422
        if too_fast(rights.member.id):
            form.body.errors, status = [house.sentence(Reason.of("too_fast"))], 429
        else:
            try:
                sent = services.send(rights, case.id, body, may_publish=form.may_publish.data)
            except RuleBroken as broken:
                form.body.errors = [house.sentence(broken.reason)]
            else:
                _say(sent)
                return redirect(url_for("statements.write", case_id=case_id), 303)
    mine = queries.own(case.id, rights.member.id)
    return (
        render_template(
            "forums/statements/write.html",
            case=case,
            form=form,
            body=body,
            preview=preview,
            mine=mine,
            readings=queries.readings_of([one.id for one in mine]),
            readers=services.readers_of(case, at),
            minimum=LEAST_CHARACTERS,
            missing=_missing(body),
            at=at,
        ),
        status,
    )


def _missing(body: str) -> int | None:
    return max(0, LEAST_CHARACTERS - text.own_visible_characters(body)) if body else None


def _say(sent: services.Sent) -> None:
    counts = sent.said[0].code in ("statement_counts", "statement_changed")
    flash(" ".join(house.sentence(reason) for reason in sent.said), "success" if counts else "info")


def _own_or_404(statement_id: int) -> Statement:
    found = queries.statement_by_id(statement_id)
    if found is None or found.author_id != current().member.id or found.withdrawn_at is not None:
        raise NotFound
    return found


@bp.route("/innspill/<int:statement_id>/endre", methods=["GET", "POST"])
@open_to(services.TAKING_PART)
def change(statement_id: int) -> ResponseReturnValue:
    """One's own statement is changed."""
    rights, shown = current(), _own_or_404(statement_id)
    form, status, preview = StatementForm(), 200, None
    warnings: list[str] = []
    if not form.is_submitted():
        form.body.data, form.version.data = shown.body, shown.version
        form.may_publish.data = shown.may_publish
    elif form.preview.data:
        preview = text.render(clean(form.body.data or ""))
    else:
        status = 422
        try:
            sent = services.change(
                rights,
                shown.id,
                form.body.data or "",
                version=form.version.data or 0,
                may_publish=form.may_publish.data,
                accept_loss=form.accept_loss.data,
            )
        except CreditAtStake as stake:
            warnings, status = [house.sentence(reason) for reason in stake.reasons], 409
        except RuleBroken as broken:
            form.body.errors = [house.sentence(broken.reason)]
            if broken.reason.code == "statement_changed_meanwhile":
                form.version.data = _own_or_404(statement_id).version
        else:
            _say(sent)
            return redirect(url_for("statements.write", case_id=shown.case_id), 303)
    return (
        render_template(
            "forums/statements/change.html",
            statement=shown,
            form=form,
            warnings=warnings,
            preview=preview,
            minimum=LEAST_CHARACTERS,
            missing=_missing(form.body.data or ""),
        ),
        status,
    )


@bp.route("/innspill/<int:statement_id>/trekk", methods=["GET", "POST"])
@open_to(services.TAKING_PART)
def withdraw(statement_id: int) -> ResponseReturnValue:
    """One's own statement is withdrawn, after a page that says what is lost with it."""
    rights, shown = current(), _own_or_404(statement_id)
    if request.method == "POST":
        case_id = services.withdraw(rights, shown.id)
        flash(_("Innspillet er trukket tilbake, og teksten er borte."), "success")
        return redirect(url_for("statements.write", case_id=case_id), 303)
    return render_template(
        "forums/statements/withdraw.html",
        statement=shown,
        warnings=services.warnings(shown, clock.now()),
    )


@bp.get("/saker/<int:case_id>/innspill/les")
@open_to(Permission.READ_PRIVATE_STATEMENT)
def read(case_id: int) -> ResponseReturnValue:
    """The statements on a case, for the two who read them."""
    rights, case, at = current(), case_or_404(case_id), clock.now()
    services.require(rights, Permission.READ_PRIVATE_STATEMENT, case, at)
    total = queries.count(case.id)
    last_page = pages(total, queries.ON_A_PAGE)
    page = page_asked(last_page)
    shown = queries.to_read(case.id, page)
    return render_template(
        "forums/statements/read.html",
        case=case,
        statements=shown,
        readings=queries.readings_of([one.id for one in shown]),
        readers=services.readers_of(case, at),
        total=total,
        page=page,
        pages=last_page,
        me=rights.member.id,
    )


@bp.post("/innspill/<int:statement_id>/lest")
@open_to(Permission.READ_PRIVATE_STATEMENT)
def note_read(statement_id: int) -> ResponseReturnValue:
    """A statement has been read, and its author sees it."""
    case_id = services.note_read(current(), statement_id)
    return redirect(url_for("statements.read", case_id=case_id, _anchor=f"innspill-{statement_id}"), 303)


@bp.post("/innspill/<int:statement_id>/publiser")
@open_to(Permission.READ_PRIVATE_STATEMENT)
def publish(statement_id: int) -> ResponseReturnValue:
    """A statement is published without a name."""
    case_id = services.publish(current(), statement_id)
    flash(_("Innspillet står nå på sakens side, uten navn."), "success")
    return redirect(url_for("statements.read", case_id=case_id, _anchor=f"innspill-{statement_id}"), 303)


@bp.route("/saker/<int:case_id>/innspill/lesere", methods=["GET", "POST"])
@open_to(access.KEEP_AREA)
def name_reader(case_id: int) -> ResponseReturnValue:
    """Who reads the statements beside the case officer."""
    rights, case, at = current(), case_or_404(case_id), clock.now()
    access.require(access.on_case(rights, access.KEEP_AREA, case))
    form = ReaderForm()
    terms = {term.member_id: term for term in reversed(queries.may_read(case, at))}
    terms.pop(case.responsible_id, None)
    form.member_id.choices = [
        SelectChoice(term.member_id, f"{term.member.name}, {term.office.title}") for term in terms.values()
    ]
    if form.validate_on_submit():
        services.name_reader(rights, case.id, form.member_id.data)
        flash(_("Valget er lagret."), "success")
        return redirect(url_for("forums.case", case_id=case_id), 303)
    if not form.is_submitted():
        second = queries.second_reader(case, at)
        form.member_id.data = second.id if second else None
    return render_template("forums/statements/reader.html", case=case, form=form), 422 if form.errors else 200


# Help


@bp.route("/saker/<int:case_id>/hjelp", methods=["GET", "POST"])
@open_to(services.TAKING_PART)
def help_to_take_part(case_id: int) -> ResponseReturnValue:
    """How to take part for whoever cannot write: whom to talk to, and a button that lets them get in touch."""
    rights, case, at = current(), case_or_404(case_id), clock.now()
    form = HelpForm()
    if form.validate_on_submit():
        readers = services.ask_for_help(rights, case.id, form.reach.data or "")
        names = house.fill("%(names)s", {"names": [reader.name for reader in readers]})
        flash(_("%(names)s har fått beskjed og tar kontakt med deg.", names=names), "success")
        return redirect(url_for("statements.help_to_take_part", case_id=case_id), 303)
    return (
        render_template(
            "forums/statements/help.html",
            case=case,
            form=form,
            readers=services.readers_of(case, at),
            assists=services.may(rights, Permission.ENTER_ASSISTED, case, at),
            at=at,
        ),
        422 if form.errors else 200,
    )


@bp.route("/saker/<int:case_id>/hjelp/skriv", methods=["GET", "POST"])
@open_to(Permission.ENTER_ASSISTED)
def assist(case_id: int) -> ResponseReturnValue:
    """What a member has said is entered for her: she is found first."""
    rights, case, at = current(), case_or_404(case_id), clock.now()
    services.require(rights, Permission.ENTER_ASSISTED, case, at)
    form = AssistForm()
    words = request.args.get("q", "").strip()[:100]
    wanted = form.member_id.data if form.is_submitted() else number_asked("medlem")
    chosen = people.listed(wanted, at) if isinstance(wanted, int) and 0 < wanted < 2**31 else None
    if chosen is not None and form.validate_on_submit():
        try:
            sent = services.assist(
                rights, case.id, chosen.member.id, form.body.data, given_at=form.given_at.moment
            )
        except RuleBroken as broken:
            field = form.given_at if broken.reason.code == "assist_when" else form.body
            field.errors = [*field.errors, house.sentence(broken.reason)]
        else:
            flash(_about_assisted(sent, chosen.member.name), "success")
            return redirect(url_for("statements.confirmation", statement_id=sent.statement_id), 303)
    found, total = people.search_members(words, ["/"], at, size=_FOUND) if words else ([], 0)
    return (
        render_template(
            "forums/statements/assist.html",
            case=case,
            form=form,
            words=words,
            found=found,
            total=total,
            chosen=chosen,
            me=rights.member.id,
        ),
        422 if form.errors else 200,
    )


def _about_assisted(sent: services.Sent, name: str) -> str:
    if sent.said[0].code == "statement_too_short":
        return _(
            "Innspillet fra %(name)s er lagret, men er for kort til å telle. Det må ha minst %(minimum)s tegn.",
            name=name,
            minimum=LEAST_CHARACTERS,
        )
    return _("Innspillet fra %(name)s er lagret og teller som deltakelse.", name=name)


@bp.get("/innspill/<int:statement_id>/bekreftelse")
@open_to(Permission.ENTER_ASSISTED)
def confirmation(statement_id: int) -> ResponseReturnValue:
    """The confirmation to the member: mailed, or printed here for whoever has no e-mail."""
    statement = services.entered_by(current(), statement_id)
    address = services.disowning_address(statement.id)
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(omitsize=True, border=4, svgclass="gr-qr__code", lineclass=None, dark="#000")
    return render_template(
        "forums/statements/confirmation.html",
        statement=statement,
        # Whoever has got it by mail alone can say that it was not she.
        address=None if statement.author.email else address,
        picture=Markup(drawn),  # noqa: S704  (drawn here, and an address is in it as squares only)
    )


@bp.get("/ikke-meg/<token>")
@open_to(ANYONE)
def not_me(token: str) -> ResponseReturnValue:
    """«Dette var ikke meg»: what it is about, and the button. The text itself is not shown to a link."""
    try:
        statement = services.look_at_disowning(token)
    except RuleBroken as broken:
        return render_template("forums/statements/not_me.html", reason=broken.reason), 409
    return render_template("forums/statements/not_me.html", statement=statement, token=token)


@bp.post("/ikke-meg/<token>")
@open_to(ANYONE)
def disown(token: str) -> ResponseReturnValue:
    """The contribution is withdrawn, and the control committee told."""
    try:
        services.disown(token)
    except RuleBroken as broken:
        return render_template("forums/statements/not_me.html", reason=broken.reason), 409
    return render_template("forums/statements/not_me.html", done=True)


@bp.get("/kontroll/innskrevne-innspill")
@open_to(Permission.DECIDE_MODERATION_APPEAL)
def control() -> ResponseReturnValue:
    """For the control committee: how many contributions each officer has entered, and which were disowned."""
    paths = services.watched(current())
    return render_template(
        "forums/statements/control.html",
        entered=queries.entered_by_officer(paths),
        disowned=queries.disowned(paths),
    )
