"""My texts under way: the list, one of them, and the small door by which pages save and discard."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.drafts import keeping, places, queries, rules, seals, services
from forums.drafts.models import Draft
from forums.rules import pages
from foundation import jobs, phrases
from foundation.doors import open_to
from foundation.errors import NotAllowed, NotFound, Reason, RuleBroken
from foundation.links import is_ours
from members.access import Rights, current
from members.rules.permissions import Permission

bp = Blueprint("drafts", __name__)


def init_app(app: Flask) -> None:
    """Register the pages, the timer's part, and what templates may ask."""
    app.register_blueprint(bp)
    app.jinja_env.globals["draft_at"] = keeping.at_place
    jobs.when_due(services.forget_old)


@bp.get("/meg/utkast")
@open_to(Permission.SEE_OWN_DRAFTS)
def mine() -> ResponseReturnValue:
    """What I have written and not sent, the latest first."""
    rights = current()
    services.require(rights)
    keeping.claim_held()
    count = queries.how_many(rights.member.id)
    last = pages(count, rules.DRAFTS_ON_A_PAGE)
    asked = request.args.get("side", "1")
    page = max(1, min(int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else 1, last))
    found = queries.drafts_of(rights.member.id, page)
    return render_template(
        "forums/drafts/mine.html",
        drafts=found,
        count=count,
        page=page,
        pages=last,
        where=places.named(rights, [draft.place for draft in found]),
        words=rules.words,
        days=rules.LASTS.days,
    )


@bp.get("/meg/utkast/<int:draft_id>")
@open_to(Permission.SEE_OWN_DRAFTS)
def one(draft_id: int) -> ResponseReturnValue:
    """A text as a whole, for one whose place is gone: it can be read and copied."""
    rights = current()
    services.require(rights)
    draft = _own(rights, draft_id)
    return render_template(
        "forums/drafts/one.html",
        draft=draft,
        where=places.named(rights, [draft.place]).get(draft.place),
        text=rules.words(draft.fields),
    )


@bp.post("/meg/utkast/<int:draft_id>/forkast")
@open_to(Permission.SEE_OWN_DRAFTS)
def discard_one(draft_id: int) -> ResponseReturnValue:
    """A text of the list is deleted for good."""
    rights = current()
    services.require(rights)
    services.discard(rights, _own(rights, draft_id).place)
    flash(_("Utkastet er forkastet."), "success")
    return redirect(url_for("drafts.mine"), 303)


def _own(rights: Rights, draft_id: int) -> Draft:
    draft = queries.draft_by_id(rights.member.id, draft_id)
    if draft is None:
        raise NotFound
    return draft


def _place_sent(rights: Rights) -> str:
    """The place of the form that sends; its seal names whose it is."""
    sealed = seals.opened(request.form.get("draft_seal", ""))
    if sealed is None or sealed[0] != rights.member.id:
        raise NotAllowed(Reason.of("draft_not_yours"))
    return sealed[1]


@bp.post("/utkast/forkast")
@open_to(Permission.SEE_OWN_DRAFTS)
def discard() -> ResponseReturnValue:
    """The text that a form was filled with is deleted, and the form is shown anew."""
    rights = current()
    place = _place_sent(rights)
    services.discard(rights, place)
    flash(_("Utkastet er forkastet."), "success")
    wish = request.form.get("next", "")
    return redirect(wish if is_ours(wish) else places.page_of(place) or url_for("drafts.mine"), 303)


@bp.post("/utkast")
@open_to(Permission.SEE_OWN_DRAFTS)
def save() -> ResponseReturnValue:
    """A page keeps what is being typed in it; answers in JSON, to a script."""
    rights = current()
    place = _place_sent(rights)
    if keeping.too_fast(rights.member.id):
        return _answer(429, error=_("Det gikk litt fort. Vi prøver igjen om litt."))
    try:
        draft = services.save(rights, place, keeping.sent_fields(), keeping.sent_version())
    except ValueError:
        return _answer(422, error=_("Vi forsto ikke det som ble sendt. Gå tilbake og prøv igjen."))
    except services.ChangedElsewhere as changed:
        return _answer(
            409,
            error=phrases.sentence(changed.reason),
            version=changed.version,
            fields=changed.fields,
            words=rules.words(changed.fields),
        )
    except services.GoneElsewhere as gone:
        return _answer(410, error=phrases.sentence(gone.reason))
    except RuleBroken as broken:
        return _answer(422, error=phrases.sentence(broken.reason))
    if draft is None:
        return _answer(200, version=0, said="")
    return _answer(
        200, version=draft.version, said=_("Utkast lagret kl. %(kl)s", kl=keeping.when(draft.saved_at))
    )


def _answer(status: int, **facts: object) -> ResponseReturnValue:
    return jsonify(facts), status
