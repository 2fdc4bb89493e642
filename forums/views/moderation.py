"""What those who keep an area do there: posts hidden and shown, threads closed and opened."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums import access, queries, services
from forums.forms import HideForm, LockForm
from forums.models import Ground
from forums.views.blueprint import bp, say_at
from forums.views.posts import post_or_404
from forums.views.threads import line_or_404, to_post
from foundation import phrases as house
from foundation.doors import open_to
from foundation.errors import RuleBroken
from members.access import current
from members.rules.permissions import Permission

# Nobody should have to wait for another to be found.
AT_ONCE = frozenset({Ground.THREAT, Ground.PRIVACY})


@bp.post("/innlegg/<int:post_id>/skjul")
@open_to(Permission.HIDE_POST)
def hide_post(post_id: int) -> ResponseReturnValue:
    """A post is hidden on the ground whose button was pressed."""
    rights, form = current(), HideForm()
    hidden = post_or_404(rights, post_id)
    if not form.validate_on_submit():
        sentence = _("Velg en grunn fra listen.") if form.ground.errors else str(form.sentence.errors[0])
        return render_template("errors/422.html", sentence=sentence), 422
    ground = Ground(form.ground.data)
    own_part = queries.has_argued(rights.member.id, hidden.thread_id) and not request.form.get("own_part")
    if own_part and ground not in AT_ONCE:
        # She has argued in the thread: the page asks her to let another judge, and lets her go on.
        access.require(access.on_post(rights, Permission.HIDE_POST, hidden))
        return redirect(url_for("forums.judge_post", post_id=post_id, grunn=ground.value), 303)
    services.hide_post(rights, post_id, ground, form.sentence.data or "")
    say_at(post_id, (), _("Innlegget er skjult. Forfatteren får beskjed."))
    return to_post(post_id)


@bp.post("/innlegg/<int:post_id>/vis")
@open_to(Permission.RESTORE_POST)
def restore_post(post_id: int) -> ResponseReturnValue:
    """A hidden post is shown again."""
    rights = current()
    post_or_404(rights, post_id)
    services.restore_post(rights, post_id)
    say_at(post_id, (), _("Innlegget er synlig igjen."))
    return to_post(post_id)


@bp.route("/trader/<int:thread_id>/steng", methods=["GET", "POST"])
@open_to(Permission.LOCK_THREAD)
def lock_thread(thread_id: int) -> ResponseReturnValue:
    """The form by which a thread is closed to new posts for a while."""
    rights, form = current(), LockForm()
    shown = line_or_404(rights, thread_id).thread
    access.require(access.on_thread(rights, Permission.LOCK_THREAD, shown))
    if form.validate_on_submit():
        try:
            services.lock_thread(
                rights,
                thread_id,
                Ground(form.ground.data),
                hours=form.hours.data,
                sentence=form.sentence.data or "",
            )
        except RuleBroken as broken:
            form.hours.errors = [house.sentence(broken.reason)]
        else:
            flash(_("Tråden er stengt for nye innlegg."), "success")
            return redirect(url_for("forums.thread", thread_id=thread_id), 303)
    cases = queries.cases_of_thread(thread_id)
    page = render_template("forums/lock_thread.html", form=form, thread=shown, cases=cases)
    return page, 422 if form.errors else 200


@bp.post("/trader/<int:thread_id>/apne")
@open_to(Permission.LOCK_THREAD)
def unlock_thread(thread_id: int) -> ResponseReturnValue:
    """A closed thread is opened before its time."""
    rights = current()
    line_or_404(rights, thread_id)
    services.unlock_thread(rights, thread_id)
    flash(_("Tråden er åpen for nye innlegg."), "success")
    return redirect(url_for("forums.thread", thread_id=thread_id), 303)
