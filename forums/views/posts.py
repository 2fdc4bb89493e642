"""Posts: their permanent address, changed and deleted by their authors, and previewed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums import access, queries, services
from forums.differences import Piece, difference
from forums.drafts import keeping
from forums.drafts.services import sending
from forums.forms import EditForm
from forums.models import Post
from forums.rules import LEAST_CHARACTERS, quotation
from forums.views.blueprint import bp, picked, say_at
from forums.views.threads import source_of, to_post
from forums.wording import clean
from foundation import phrases as house
from foundation import text
from foundation.doors import open_to
from foundation.errors import NotFound, RuleBroken
from members.access import Rights, current
from members.rules.permissions import Permission


def post_or_404(rights: Rights, post_id: int) -> Post:
    """The post of an address, if she may read its thread."""
    found = queries.post_by_id(post_id)
    if found is None:
        raise NotFound
    access.require(access.on_thread(rights, Permission.READ, found.thread))
    return found


@bp.get("/innlegg/<int:post_id>")
@open_to(Permission.READ)
def post(post_id: int) -> ResponseReturnValue:
    """The permanent address of a post leads to the page it stands on now; `?hva=` opens the composer there."""
    post_or_404(current(), post_id)
    what = request.args.get("hva")
    return to_post(post_id, **({what: post_id} if what in {"svar", "siter"} else {}))


@dataclass(frozen=True)
class Change:
    """One edit of a post: when it was, what it took away and added, and what stood before and since when."""

    at: datetime
    pieces: list[Piece]
    before: str
    before_at: datetime


def _changes(post: Post) -> list[Change]:
    """The edits of a post, the latest first."""
    after, at = post.body, post.edited_at or post.written_at
    found = []
    for version in queries.versions_of(post.id):
        found.append(Change(at, difference(version.body, after), version.body, version.written_at))
        after, at = version.body, version.written_at
    return found


@bp.get("/innlegg/<int:post_id>/endringer")
@open_to(Permission.READ)
def versions(post_id: int) -> ResponseReturnValue:
    """What a post said before it was changed."""
    rights = current()
    shown = post_or_404(rights, post_id)
    hidden = shown.hidden_at is not None and shown.author_id != rights.member.id
    if shown.deleted_at is not None or (
        hidden and not access.on_post(rights, Permission.RESTORE_POST, shown)
    ):
        raise NotFound
    if shown.removed_at is not None:
        access.require(access.on_post(rights, Permission.READ_REMOVED_TEXT, shown))
    return render_template("forums/versions.html", post=shown, changes=_changes(shown))


@bp.route("/innlegg/<int:post_id>/rediger", methods=["GET", "POST"])
@open_to(Permission.EDIT_POST)
def edit_post(post_id: int) -> ResponseReturnValue:
    """The form by which an author changes her post; she is warned before it stops counting."""
    rights, form = current(), EditForm()
    edited = _own(rights, post_id, Permission.EDIT_POST)
    if not form.is_submitted():
        form.body.data, form.version.data = edited.body, edited.version
        keeping.restore(form, f"edit:{post_id}")
    warnings: tuple[str, ...] = ()
    if not form.preview.data and form.validate_on_submit():
        try:
            body = form.body.data or ""
            with sending(rights.member.id, f"edit:{post_id}", keeping.sent_version(), body=body):
                written = services.edit_post(
                    rights,
                    post_id,
                    body,
                    version=form.version.data,
                    accept_loss=form.accept_loss.data,
                    mentioned=picked(),
                )
        except services.CreditAtStake as stake:
            warnings = tuple(house.sentence(reason) for reason in stake.reasons)
        except RuleBroken as broken:
            form.body.errors = [house.sentence(broken.reason)]
            edited = _own(rights, post_id, Permission.EDIT_POST)
            form.version.data = edited.version
        else:
            say_at(written.post_id, written.said, _("Endringen er lagret."))
            return to_post(post_id)
    return _edit_page(form, edited, warnings), 422 if form.errors or warnings else 200


def _edit_page(form: EditForm, edited: Post, warnings: tuple[str, ...]) -> str:
    body = form.body.data or ""
    return render_template(
        "forums/edit_post.html",
        form=form,
        post=edited,
        warnings=warnings,
        minimum=LEAST_CHARACTERS if queries.cases_of_thread(edited.thread_id) else None,
        missing=max(0, LEAST_CHARACTERS - text.own_visible_characters(body)),
        preview=text.render(clean(body)) if form.preview.data else None,
    )


def _own(rights: Rights, post_id: int, permission: Permission) -> Post:
    found = queries.post_by_id(post_id)
    if found is None or found.deleted_at is not None:
        raise NotFound
    access.require(access.on_post(rights, permission, found))
    return found


@bp.route("/innlegg/<int:post_id>/slett", methods=["GET", "POST"])
@open_to(Permission.DELETE_POST)
def delete_post(post_id: int) -> ResponseReturnValue:
    """The page that says what goes with a post, and the act."""
    rights = current()
    doomed = _own(rights, post_id, Permission.DELETE_POST)
    if request.method == "POST":
        services.delete_post(rights, post_id)
        return to_post(post_id)
    return render_template("forums/delete_post.html", post=doomed, warnings=services.loss_warnings(doomed))


@bp.post("/forhandsvisning")
@open_to(Permission.POST)
def preview() -> ResponseReturnValue:
    """A text as it would be shown, and nothing around it."""
    return str(text.render(clean(request.form.get("body", "")[:200_000])))


@bp.get("/innlegg/<int:post_id>/sitat")
@open_to(Permission.READ)
def quotation_of(post_id: int) -> ResponseReturnValue:
    """The Markdown that quotes a post, for the composer of an open page."""
    quoted = post_or_404(current(), post_id)
    if quoted.deleted_at is not None or quoted.hidden_at is not None:
        raise NotFound
    return quotation(quoted.body, source_of(quoted)), {"Content-Type": "text/plain; charset=utf-8"}
