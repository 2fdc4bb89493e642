"""The pages by which order is kept: a report, the keepers' queue, a post judged or moved, locks, appeals."""

from __future__ import annotations

import re

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from forums import access
from forums import queries as debate
from forums import services as acts
from forums.forms import choices
from forums.models import Ground, ModerationKind, Post, Thread
from forums.moderation import queries, services
from forums.moderation.forms import (
    AppealForm,
    AreaForm,
    JudgeForm,
    LeaveForm,
    LongLockForm,
    PlaceForm,
    ReportForm,
    SplitForm,
)
from forums.moderation.phrases import reason as reason_words
from forums.moderation.services.appeals import may_judge
from forums.moderation.services.locks import to_decide
from forums.rules import APPEAL_TIME
from forums.views.blueprint import bp, say_at
from forums.views.cases import case_or_404
from forums.views.posts import post_or_404
from forums.views.threads import line_or_404, to_post
from foundation import clock
from foundation import phrases as house
from foundation.doors import SIGNED_IN, open_to
from foundation.errors import NotAllowed, NotFound, Reason, RuleBroken
from members import queries as people
from members.access import Rights, current
from members.models import PolicyArea
from members.rules.permissions import Matter, OfficeKind, Permission

bp.add_app_template_filter(reason_words, "report_reason")


@bp.app_template_global()
def moved_from(thread: Thread) -> list[queries.Moved]:
    """What a moderator has moved away from a thread, and where it is now."""
    return queries.moved_from(thread.id)


@bp.app_template_global()
def moderation_summary(area: PolicyArea) -> list[tuple[ModerationKind, Ground | None, int]]:
    """How often moderators have acted in an area, by act and ground."""
    return queries.summary(area.id, clock.now())


@bp.app_template_global()
def pinned_in(area: PolicyArea) -> list[Thread]:
    """The threads at the top of an area, as far as she who reads may read them."""
    rights = current()
    return [
        thread
        for thread in queries.pinned(area.id)
        if not rights.is_guest or debate.is_invited(thread.id, rights.member.id)
    ]


# Reporting


@bp.route("/innlegg/<int:post_id>/si-fra", methods=["GET", "POST"])
@open_to(Permission.REPORT_POST)
def report_post(post_id: int) -> ResponseReturnValue:
    """A member says that a post breaks with how we speak to each other, and is told that it was heard."""
    rights, form = current(), ReportForm()
    post = post_or_404(rights, post_id)
    access.require(access.on_thread(rights, Permission.REPORT_POST, post.thread))
    if form.validate_on_submit():
        try:
            services.report_post(rights, post_id, Ground(form.reason.data), form.sentence.data or "")
        except RuleBroken as broken:
            form.reason.errors = [house.sentence(broken.reason)]
        else:
            say_at(
                post_id, (), _("Takk for at du sa fra. Den som holder området oppdatert, ser på innlegget.")
            )
            return to_post(post_id)
    page = render_template(
        "forums/moderation/report.html",
        form=form,
        post=post,
        mine=queries.own_report(post, rights.member.id),
        own=post.author_id == rights.member.id,
    )
    return page, 422 if form.errors else 200


# The queue


@bp.get("/moderering")
@open_to(Permission.READ_REMOVED_TEXT)
def moderation_queue() -> ResponseReturnValue:
    """What waits for whoever keeps an area, and for the control committee."""
    rights, at = current(), clock.now()
    committee = rights.holds(OfficeKind.CONTROL_COMMITTEE)
    appeals = queries.undecided_appeals([term.office.unit.path for term in committee], rights.member.id)
    return render_template(
        "forums/moderation/queue.html",
        waiting=queries.queue_of(rights, at),
        locks=to_decide(rights, at),
        appeals=appeals,
        is_committee=bool(committee),
    )


@bp.get("/innlegg/<int:post_id>/vurder")
@open_to(Permission.READ_REMOVED_TEXT)
def judge_post(post_id: int) -> ResponseReturnValue:
    """A post with what was said and done about it, and all that can be done with it."""
    return _judging(current(), post_id)


def _judging(
    rights: Rights, post_id: int, *, form: FlaskForm | None = None, act: str = "", status: int = 200
) -> ResponseReturnValue:
    post = post_or_404(rights, post_id)
    at = clock.now()
    keeper = access.on_post(rights, Permission.HIDE_POST, post)
    if not keeper and not may_judge(rights, post):
        access.require(keeper)
    item = queries.open_item(post.id)
    reasons = queries.reasons_of([item.id]).get(item.id, ()) if item else ()
    removed = debate.removed_text(post.id) if post.removed_at else None
    before, after = queries.neighbours(post)
    chosen = queries.bearers_of(post, at, rights.member.id)
    deputy = sorted(chosen, key=lambda one: not one.is_deputy)[:1]
    asked = request.args.get("grunn") or (form.ground.data if form and "ground" in form else "")
    commonest = next((ground.value for ground, _n in reasons if ground is not Ground.MOVED), "personal")
    page = render_template(
        "forums/moderation/judge.html",
        post=post,
        before=before,
        after=after,
        item=item,
        reports=queries.reports_on(post.id),
        reasons=reasons,
        acts=queries.acts_on(post.id),
        versions=debate.versions_of(post.id),
        removed=removed,
        is_keeper=bool(keeper),
        committee_judges=not chosen and not keeper and item is not None,
        words=queries.words_on(item_id=item.id) if item else [],
        has_argued=debate.has_argued(rights.member.id, post.thread_id),
        next_name=_name(deputy[0].member_id) if deputy else "",
        form=form,
        act=act,
        ground=asked or commonest,
        may_restore=bool(access.on_post(rights, Permission.RESTORE_POST, post)),
    )
    return page, status


def _name(member_id: int) -> str:
    member = debate.member_by_id(member_id)
    return member.name if member else ""


def _do(post_id: int, form: FlaskForm, act: str, done: str) -> ResponseReturnValue:
    """Carry out one act of the page of a post; what cannot be done comes back beside what was written."""
    rights = current()
    post_or_404(rights, post_id)
    if form.validate_on_submit():
        sentence = form.sentence.data or ""
        try:
            if act == "leave":
                services.leave(rights, post_id, sentence)
            elif act == "ask":
                services.ask_to_edit(rights, post_id, Ground(form.ground.data), sentence)
            else:
                acts.remove_post(rights, post_id, Ground(form.ground.data), sentence)
        except RuleBroken as broken:
            form.sentence.errors = [house.sentence(broken.reason)]
        else:
            flash(done, "success")
            return redirect(url_for("forums.moderation_queue"), 303)
    return _judging(rights, post_id, form=form, act=act, status=422)


@bp.post("/innlegg/<int:post_id>/la-sta")
@open_to(Permission.HIDE_POST)
def leave_post(post_id: int) -> ResponseReturnValue:
    """A reported post is left as it is."""
    return _do(post_id, LeaveForm(), "leave", _("Innlegget står. Saken er ute av køen."))


@bp.post("/innlegg/<int:post_id>/be-om-endring")
@open_to(Permission.HIDE_POST)
def ask_to_edit(post_id: int) -> ResponseReturnValue:
    """The author is asked to change her post."""
    return _do(
        post_id, JudgeForm(), "ask", _("Forfatteren får setningen din og en vei til å endre innlegget.")
    )


@bp.post("/innlegg/<int:post_id>/fjern")
@open_to(Permission.REMOVE_POST)
def remove_post(post_id: int) -> ResponseReturnValue:
    """A post is removed for conduct."""
    return _do(post_id, JudgeForm(), "remove", _("Innlegget er fjernet. Forfatteren får beskjed."))


@bp.post("/innlegg/<int:post_id>/overlat")
@open_to(Permission.HIDE_POST)
def hand_over(post_id: int) -> ResponseReturnValue:
    """Whoever has argued in a thread lets another judge a post in it."""
    rights = current()
    post_or_404(rights, post_id)
    name = services.hand_over(rights, post_id)
    flash(
        _("%(name)s vurderer innlegget.", name=name) if name else _("Kontrollkomiteen vurderer innlegget."),
        "success",
    )
    return redirect(url_for("forums.moderation_queue"), 303)


@bp.post("/innlegg/<int:post_id>/komiteen")
@open_to(Permission.DECIDE_MODERATION_APPEAL)
def judge_item(post_id: int) -> ResponseReturnValue:
    """One of the control committee says what she holds about a post that no keeper can judge."""
    rights = current()
    post_or_404(rights, post_id)
    hide = request.form.get("decision") == "hide"
    sent = request.form.get("ground", "")
    ground = Ground(sent) if sent in set(Ground) else Ground.PERSONAL
    decided = services.judge_item(rights, post_id, hide=hide, ground=ground)
    flash(_said(decided), "success")
    return redirect(url_for("forums.moderation_queue"), 303)


def _said(decided: bool | None) -> str:  # noqa: FBT001  (what two of the committee came to, if anything)
    if decided is None:
        return _("Svaret ditt er lagret. En til i kontrollkomiteen må være enig.")
    return _("To i kontrollkomiteen er enige, og det er avgjort.")


# Places


@bp.route("/innlegg/<int:post_id>/flytt", methods=["GET", "POST"])
@open_to(Permission.MOVE_POST)
def move_post(post_id: int) -> ResponseReturnValue:
    """A post is moved to another thread, with what stands under it."""
    rights, form = current(), PlaceForm()
    post = post_or_404(rights, post_id)
    _movable(rights, post)
    _offer(form, post.thread)
    if form.validate_on_submit():
        try:
            services.move_post(rights, post_id, _target(form), form.sentence.data or "")
        except RuleBroken as broken:
            form.thread_id.errors = [house.sentence(broken.reason)]
        else:
            say_at(post_id, (), _("Innlegget er flyttet hit. Adressen til det er den samme."))
            return to_post(post_id)
    page = render_template("forums/moderation/move_post.html", form=form, post=post)
    return page, 422 if form.errors else 200


@bp.route("/innlegg/<int:post_id>/del", methods=["GET", "POST"])
@open_to(Permission.SPLIT_THREAD)
def split_thread(post_id: int) -> ResponseReturnValue:
    """A post becomes the beginning of a thread of its own."""
    rights, form = current(), SplitForm()
    post = post_or_404(rights, post_id)
    _movable(rights, post)
    if form.validate_on_submit():
        try:
            services.split_thread(
                rights,
                post_id,
                form.title.data or "",
                onwards=form.onwards.data,
                sentence=form.sentence.data or "",
            )
        except RuleBroken as broken:
            form.title.errors = [house.sentence(broken.reason)]
        else:
            say_at(post_id, (), _("Innlegget åpner nå en egen tråd. Adressen til det er den samme."))
            return to_post(post_id)
    page = render_template("forums/moderation/split_thread.html", form=form, post=post)
    return page, 422 if form.errors else 200


def _movable(rights: Rights, post: Post) -> None:
    access.require(access.on_thread(rights, Permission.MOVE_POST, post.thread))
    if post.author_id == rights.member.id:
        raise NotAllowed(Reason.of("own_matter"))


def _offer(form: PlaceForm, thread: Thread) -> None:
    offered = [(one.id, one.title) for one in queries.threads_to_move_to(thread)]
    form.thread_id.choices = choices([(0, _("Velg en tråd")), *offered])


def _target(form: PlaceForm) -> int:
    pasted = re.search(r"/(trader|innlegg)/(\d{1,9})\b", form.link.data or "")
    if pasted is not None:
        number = int(pasted[2])
        if pasted[1] == "innlegg":
            post = debate.post_by_id(number)
            number = post.thread_id if post else 0
    else:
        number = form.thread_id.data or 0
    if debate.thread_by_id(number) is None:
        raise RuleBroken(Reason.of("target_unknown"))
    return number


@bp.route("/trader/<int:thread_id>/sla-sammen", methods=["GET", "POST"])
@open_to(Permission.MERGE_THREADS)
def merge_threads(thread_id: int) -> ResponseReturnValue:
    """A thread is put into another."""
    rights, form = current(), PlaceForm()
    shown = line_or_404(rights, thread_id).thread
    access.require(access.on_thread(rights, Permission.MERGE_THREADS, shown))
    _offer(form, shown)
    if form.validate_on_submit():
        try:
            target = _target(form)
            services.merge_threads(rights, thread_id, target, form.sentence.data or "")
        except RuleBroken as broken:
            form.thread_id.errors = [house.sentence(broken.reason)]
        else:
            flash(_("Trådene er slått sammen."), "success")
            return redirect(url_for("forums.thread", thread_id=target), 303)
    return render_template(
        "forums/moderation/merge_threads.html", form=form, thread=shown
    ), 422 if form.errors else 200


@bp.route("/trader/<int:thread_id>/flytt", methods=["GET", "POST"])
@open_to(Permission.MOVE_POST)
def move_thread(thread_id: int) -> ResponseReturnValue:
    """A thread is moved to another area."""
    rights, form = current(), AreaForm()
    shown = line_or_404(rights, thread_id).thread
    access.require(access.on_thread(rights, Permission.MOVE_POST, shown))
    others = [area for area in people.areas() if area.id != shown.forum.area_id]
    form.area_id.choices = choices((area.id, area.name) for area in others)
    if form.validate_on_submit():
        try:
            services.move_thread(rights, thread_id, form.area_id.data, form.sentence.data or "")
        except RuleBroken as broken:
            form.area_id.errors = [house.sentence(broken.reason)]
        else:
            flash(_("Tråden er flyttet."), "success")
            return redirect(url_for("forums.thread", thread_id=thread_id), 303)
    return render_template(
        "forums/moderation/move_thread.html", form=form, thread=shown
    ), 422 if form.errors else 200


@bp.route("/saker/<int:case_id>/flytt", methods=["GET", "POST"])
@open_to(Permission.OPEN_CASE)
def move_case(case_id: int) -> ResponseReturnValue:
    """A case is moved to another area, with its threads there."""
    rights, form, shown = current(), AreaForm(), case_or_404(case_id)
    access.require(access.on_case(rights, Permission.OPEN_CASE, shown))
    others = [area for area in people.areas() if area.id != shown.forum.area_id]
    form.area_id.choices = choices((area.id, area.name) for area in others)
    if form.validate_on_submit():
        try:
            services.move_case(rights, case_id, form.area_id.data, form.sentence.data or "")
        except RuleBroken as broken:
            form.area_id.errors = [house.sentence(broken.reason)]
        else:
            flash(_("Saken er flyttet."), "success")
            return redirect(url_for("forums.case", case_id=case_id), 303)
    return render_template(
        "forums/moderation/move_case.html", form=form, case=shown
    ), 422 if form.errors else 200


@bp.post("/trader/<int:thread_id>/fest")
@open_to(Permission.PIN_THREAD)
def pin_thread(thread_id: int) -> ResponseReturnValue:
    """A thread is kept at the top of its area."""
    rights = current()
    line_or_404(rights, thread_id)
    services.pin(rights, thread_id)
    flash(_("Tråden er festet øverst i området."), "success")
    return redirect(url_for("forums.thread", thread_id=thread_id), 303)


@bp.post("/trader/<int:thread_id>/losne")
@open_to(Permission.PIN_THREAD)
def unpin_thread(thread_id: int) -> ResponseReturnValue:
    """A thread stands among the others again."""
    rights = current()
    line_or_404(rights, thread_id)
    services.unpin(rights, thread_id)
    flash(_("Tråden står nå blant de andre."), "success")
    return redirect(url_for("forums.thread", thread_id=thread_id), 303)


# Locks that take two


@bp.route("/trader/<int:thread_id>/steng-lenger", methods=["GET", "POST"])
@open_to(Permission.LOCK_THREAD)
def ask_for_lock(thread_id: int) -> ResponseReturnValue:
    """Somebody from outside the area is asked for a longer lock."""
    rights, form = current(), LongLockForm()
    shown = line_or_404(rights, thread_id).thread
    access.require(access.on_thread(rights, Permission.LOCK_THREAD, shown))
    if form.validate_on_submit():
        try:
            services.ask_for_lock(
                rights,
                thread_id,
                Ground(form.ground.data),
                hours=form.hours.data,
                sentence=form.sentence.data or "",
            )
        except RuleBroken as broken:
            form.hours.errors = [house.sentence(broken.reason)]
        else:
            flash(_("En fra et annet område er spurt. Tråden er åpen til noen har svart."), "success")
            return redirect(url_for("forums.thread", thread_id=thread_id), 303)
    return render_template(
        "forums/moderation/ask_for_lock.html", form=form, thread=shown
    ), 422 if form.errors else 200


@bp.post("/moderering/las/<int:request_id>")
@open_to(Permission.READ_REMOVED_TEXT)
def decide_lock(request_id: int) -> ResponseReturnValue:
    """Somebody from outside the area decides a lock with its keeper."""
    grant = request.form.get("decision") == "yes"
    services.decide_lock(current(), request_id, grant=grant)
    flash(_("Tråden er stengt.") if grant else _("Tråden blir ikke stengt."), "success")
    return redirect(url_for("forums.moderation_queue"), 303)


# Appeals


@bp.route("/innlegg/<int:post_id>/klage", methods=["GET", "POST"])
@open_to(SIGNED_IN)
def appeal(post_id: int) -> ResponseReturnValue:
    """An author appeals against what was done with her post, and reads the answer here."""
    rights, form = current(), AppealForm()
    post = debate.post_by_id(post_id)
    if post is None or post.author_id != rights.member.id:
        raise NotFound
    if form.validate_on_submit():
        try:
            services.appeal(rights, post_id, form.sentence.data or "")
        except RuleBroken as broken:
            form.sentence.errors = [house.sentence(broken.reason)]
        else:
            flash(_("Klagen er sendt til kontrollkomiteen."), "success")
            return redirect(url_for("forums.appeal", post_id=post_id), 303)
    act = queries.last_act_against(post.id)
    if act is None:
        raise NotFound
    before = act.at + APPEAL_TIME
    page = render_template(
        "forums/moderation/appeal.html",
        form=form,
        post=post,
        act=act,
        before=before,
        sent=queries.appeal_against(act.id),
        may_send=post.hidden_at is not None and clock.now() < before,
    )
    return page, 422 if form.errors else 200


@bp.route("/moderering/klager/<int:appeal_id>", methods=["GET", "POST"])
@open_to(Permission.DECIDE_MODERATION_APPEAL)
def judge_appeal(appeal_id: int) -> ResponseReturnValue:
    """The control committee reads an appeal, and two of it decide."""
    rights = current()
    found = queries.appeal_by_id(appeal_id)
    if found is None:
        raise NotFound
    rights.require(
        Permission.DECIDE_MODERATION_APPEAL,
        Matter(
            owner_id=found.author_id,
            unit_path=found.post.thread.unit.path,
            moderator_ids=queries.moderators_of(found.post_id),
        ),
    )
    if request.method == "POST":
        granted = request.form.get("decision") == "grant"
        flash(_said(services.judge_appeal(rights, appeal_id, grant=granted)), "success")
        return redirect(url_for("forums.moderation_queue"), 303)
    said = queries.words_on(appeal_id=found.id)
    before, after = queries.neighbours(found.post)
    removed = debate.removed_text(found.post_id)
    return render_template(
        "forums/moderation/judge_appeal.html",
        appeal=found,
        post=found.post,
        before=before,
        after=after,
        removed=removed,
        said=said,
        mine=next((word for word in said if word.member_id == rights.member.id), None),
        was_removed=found.act.kind is ModerationKind.REMOVE,
    )
