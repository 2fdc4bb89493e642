"""Threads: opened, read page by page, and what has come since."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums import access, queries, services
from forums.drafts import keeping
from forums.drafts.services import sending
from forums.forms import PostForm, ThreadForm, choices
from forums.models import Case, Post, Thread, ThreadKind
from forums.rules import LEAST_CHARACTERS, POSTS_AT_ONCE, POSTS_ON_A_PAGE, pages, quotation
from forums.views.areas import area_or_404
from forums.views.blueprint import (
    MOST,
    bp,
    number_asked,
    number_in,
    page_asked,
    picked,
    published,
    said_at,
    say_at,
    too_fast,
)
from forums.wording import clean
from foundation import clock, text
from foundation import phrases as house
from foundation.doors import open_to
from foundation.errors import NotFound, Reason, RuleBroken
from members.access import Rights, current
from members.models import PolicyArea, Term
from members.phrases import CLASS_NAMES
from members.rules.classes import MembershipClass
from members.rules.permissions import Permission


@dataclass(frozen=True)
class Reader:
    """What the posts of a page need to know of who reads them."""

    member_id: int
    may_reply: bool
    may_moderate: bool
    may_report: bool
    read_to: int | None
    said: dict[int, str]
    sentences: dict[int, str]

    def sees(self, post: Post) -> bool:
        """A hidden text is shown to its author and the moderators only, a removed one to nobody."""
        if post.removed_at is not None:
            return False
        return post.hidden_at is None or self.may_moderate or post.author_id == self.member_id


@dataclass(frozen=True)
class Draft:
    """What stands in the composer: the text, whom it answers, and what is wrong with it."""

    body: str = ""
    reply_to: Post | None = None
    as_office: bool = False
    error: str = ""
    preview: bool = False


def line_or_404(rights: Rights, thread_id: int) -> queries.ThreadLine:
    """The thread of an address, if she may read it."""
    line = queries.thread_line(thread_id, rights.member.id)
    if line is None:
        raise NotFound
    access.require(access.on_thread(rights, Permission.READ, line.thread))
    return line


def reader_of(rights: Rights, line: queries.ThreadLine, posts: list[Post]) -> Reader:
    """Who reads these posts of a thread."""
    thread, me = line.thread, rights.member.id
    hidden = [post.id for post in posts if post.hidden_at is not None and post.author_id == me]
    return Reader(
        member_id=me,
        may_reply=not thread.is_locked(clock.now())
        and bool(access.on_thread(rights, Permission.REPLY, thread)),
        may_moderate=bool(access.on_thread(rights, Permission.HIDE_POST, thread)),
        may_report=bool(access.on_thread(rights, Permission.REPORT_POST, thread)),
        read_to=line.read_to,
        said=said_at(),
        sentences=queries.sentences_to(me, hidden) if hidden else {},
    )


@bp.get("/trader/<int:thread_id>")
@open_to(Permission.READ)
def thread(thread_id: int) -> ResponseReturnValue:
    """A page of a thread, with the composer below it."""
    rights = current()
    line = line_or_404(rights, thread_id)
    if line.thread.merged_into_id is not None:
        flash(_("«%(title)s» er slått sammen med denne tråden.", title=line.thread.title), "info")
        return redirect(url_for("forums.thread", thread_id=line.thread.merged_into_id), 303)
    return thread_page(rights, line, _asked_draft(line.thread))


def _asked_draft(thread: Thread) -> Draft:
    """The composer with what its writer has begun on here, as a link without JavaScript asks for it.

    `?svar=` answers a post, 0 the thread itself; `?siter=` quotes it, below what is written already.
    """
    kept = keeping.at_place(_place(thread.id))
    answered, quoted = number_asked("svar"), number_asked("siter")
    begun = number_in(kept.text("reply_to")) if kept and answered is None and quoted is None else None
    asked = answered or quoted or begun
    target = _answerable(queries.post_by_id(asked) if asked else None, thread)
    body = kept.text("body") if kept else ""
    if target and quoted:
        quoted_text = quotation(target.body, source_of(target))
        body = f"{body.rstrip()}\n\n{quoted_text}" if body.strip() else quoted_text
    return Draft(body, target, as_office=bool(kept and kept.text("as_office")))


def _place(thread_id: int) -> str:
    return f"thread:{thread_id}"


def source_of(post: Post) -> str:
    """The line above a quotation: who wrote the post, as a link to it."""
    said = re.sub(r"([\\`*_\[\]<>])", r"\\\1", _("%(name)s skrev", name=post.author.name))
    return f"[{said}]({url_for('forums.post', post_id=post.id)}):"


def _answerable(post: Post | None, thread: Thread) -> Post | None:
    if post is None or post.thread_id != thread.id or post.deleted_at or post.hidden_at:
        return None
    return post


def thread_page(
    rights: Rights, line: queries.ThreadLine, draft: Draft, *, page: int | None = None, status: int = 200
) -> ResponseReturnValue:
    """The page of a thread as this member sees it; her reading mark moves once it has been made."""
    shown, at, me = line.thread, clock.now(), rights.member.id
    last_page = pages(shown.post_count, POSTS_ON_A_PAGE)
    page = max(1, min(page, last_page)) if page else page_asked(last_page)
    posts = queries.posts_page(shown.id, page)
    last_post_id = shown.last_post_id or 0
    news = _news(line, me, posts)
    cases = line.cases
    rendered = render_template(
        "forums/thread.html",
        thread=shown,
        posts=posts,
        page=page,
        pages=last_page,
        cases=cases,
        reader=reader_of(rights, line, posts),
        has_moves=line.has_moves,
        fresh=news if news and news.count else None,
        read_at=line.read_at,
        at=at,
        locked=services.lock_reason(shown) if shown.is_locked(at) else None,
        asked=_asked_of(shown, at),
        draft=draft,
        missing=_missing(draft.body),
        minimum=LEAST_CHARACTERS if cases else None,
        composer_note=_composer_note(rights, cases),
        office=_office(rights, shown),
        may_keep=bool(access.on_thread(rights, access.KEEP_AREA, shown)),
    )
    services.note_visit(me, shown.id, line.read_to, last_post_id, news)
    return rendered, status


def _news(line: queries.ThreadLine, member_id: int, posts: list[Post]) -> queries.News | None:
    if line.read_to is None or not line.is_fresh:
        return None
    return queries.news(line.thread.id, member_id, line.read_to, [post.id for post in posts])


def _missing(body: str) -> int | None:
    return max(0, LEAST_CHARACTERS - text.own_visible_characters(body)) if body else None


def _asked_of(thread: Thread, at: datetime) -> queries.Keepers | None:
    """Whom a question goes to."""
    if thread.kind is not ThreadKind.QUESTION:
        return None
    area = thread.forum.area
    return queries.keepers_of([area], at)[area.id]


def _composer_note(rights: Rights, cases: Sequence[Case]) -> str:
    if cases and rights.membership_class is MembershipClass.AFFILIATED_SUPPORTER:
        return _(
            "Du kan skrive her som %(membership)s. Stemmerett i saker har du ikke.",
            membership=CLASS_NAMES[rights.membership_class],
        )
    return ""


def _office(rights: Rights, thread: Thread) -> Term | None:
    return access.term_for(rights, thread)


@bp.post("/trader/<int:thread_id>/innlegg")
@open_to(Permission.REPLY)
def write_post(thread_id: int) -> ResponseReturnValue:
    """A post is sent; what cannot be stored comes back whole, with the reason beside it."""
    rights, form = current(), PostForm()
    line = line_or_404(rights, thread_id)
    body, reply_to = (form.body.data or "").replace("\0", ""), form.reply_to.data
    if reply_to is not None and not 0 <= reply_to <= MOST:
        reply_to = 0
    target = _answerable(queries.post_by_id(reply_to) if reply_to else None, line.thread)
    draft = Draft(body, target, as_office=form.as_office.data)
    if form.preview.data:
        return thread_page(rights, line, _with(draft, preview=True), page=form.page.data)
    if too_fast(rights.member.id):
        return _back(thread_id, draft, Reason.of("too_fast"), form.page.data, 429)
    try:
        with sending(rights.member.id, _place(thread_id), keeping.sent_version(), body=body):
            written = services.write_post(
                rights,
                thread_id,
                body,
                reply_to=reply_to,
                as_office=form.as_office.data,
                mentioned=picked(),
            )
    except RuleBroken as broken:
        status = 409 if broken.reason.code == "thread_locked" else 422
        return _back(thread_id, draft, broken.reason, form.page.data, status)
    say_at(written.post_id, written.said, published())
    return to_post(written.post_id)


def _with(draft: Draft, *, error: str = "", preview: bool = False) -> Draft:
    return Draft(draft.body, draft.reply_to, draft.as_office, error, preview)


def _back(thread_id: int, draft: Draft, reason: Reason, page: int | None, status: int) -> ResponseReturnValue:
    rights = current()
    line = line_or_404(rights, thread_id)
    return thread_page(rights, line, _with(draft, error=house.sentence(reason)), page=page, status=status)


def to_post(post_id: int, **asked: Any) -> ResponseReturnValue:
    """Lead to the page of its thread on which a post stands."""
    post = queries.post_by_id(post_id)
    if post is None:
        raise NotFound
    page = queries.page_of(post)
    values: dict[str, Any] = {"side": page} if page > 1 else {}
    anchor = "skriv" if asked else f"post-{post_id}"
    return redirect(
        url_for("forums.thread", thread_id=post.thread_id, _anchor=anchor, **values, **asked), 303
    )


@bp.get("/trader/<int:thread_id>/nye")
@open_to(Permission.READ)
def new_posts(thread_id: int) -> ResponseReturnValue:
    """What has come after a post, as pieces of a page: put into an open thread when its reader asks for it."""
    rights = current()
    line = line_or_404(rights, thread_id)
    after = number_asked("etter") or 0
    found = queries.posts_after(thread_id, after, POSTS_AT_ONCE + 1)
    posts = found[:POSTS_AT_ONCE]
    me, shown = rights.member.id, line.thread
    news = _news(line, me, posts)
    rendered = render_template(
        "forums/new_posts.html",
        thread=shown,
        posts=posts,
        reader=reader_of(rights, line, posts),
        more=len(found) > POSTS_AT_ONCE,
    )
    services.note_visit(me, shown.id, line.read_to, shown.last_post_id or 0, news)
    return rendered


@bp.route("/omrader/<code>/ny-trad", methods=["GET", "POST"])
@open_to(Permission.POST)
def open_thread(code: str) -> ResponseReturnValue:
    """The form by which a thread is opened, on a case where the address or the form names one."""
    rights, area = current(), area_or_404(code)
    access.require(access.may_open_thread(rights))
    form, cases = _thread_form(rights, area)
    if form.is_submitted() and form.preview.data:
        preview = text.render(clean(form.body.data or ""))
        return _thread_form_page(form, area, rights, cases, preview=preview)
    if form.validate_on_submit():
        if too_fast(rights.member.id):
            form.body.errors = [house.sentence(Reason.of("too_fast"))]
            return _thread_form_page(form, area, rights, cases, status=429)
        try:
            texts = {"title": form.title.data, "body": form.body.data}
            with sending(rights.member.id, f"area:{code}:new", keeping.sent_version(), **texts):
                written = services.open_thread(
                    rights,
                    area.id,
                    **texts,
                    kind=ThreadKind(form.kind.data),
                    unit_id=form.unit_id.data,
                    case_id=form.case_id.data or None,
                    as_office=form.as_office.data,
                    mentioned=picked(),
                )
        except RuleBroken as broken:
            field = form.case_id if broken.reason.code.startswith("case_") else form.body
            field.errors = [house.sentence(broken.reason)]
        else:
            say_at(written.post_id, written.said, published())
            return to_post(written.post_id)
    return _thread_form_page(form, area, rights, cases, status=422 if form.errors else 200)


def _thread_form(rights: Rights, area: PolicyArea) -> tuple[ThreadForm, list[Case]]:
    form = ThreadForm()
    cases = queries.running_cases(area.id, clock.now())
    offered = [kind for kind in ThreadKind if cases or kind is not ThreadKind.CASE]
    form.offer_kinds([kind for kind in offered if services.may_open(rights, kind)])
    named = [(case.id, f"{case.number} {case.title}") for case in cases]
    form.case_id.choices = choices([(0, _("Ingen sak")), *named])
    units = services.units_to_tag(rights, area)
    form.unit_id.choices = choices((unit.id, unit.name) for unit in units)
    if not form.is_submitted():
        asked = number_asked("sak")
        if asked in {case.id for case in cases}:
            form.case_id.data, form.kind.data = asked, ThreadKind.CASE.value
        mine = {unit.id for unit in units[:-1]}
        form.unit_id.data = area.unit_id if area.unit_id in mine else rights.unit.id
        keeping.restore(form, f"area:{area.code}:new")
    return form, cases


def _thread_form_page(
    form: ThreadForm,
    area: PolicyArea,
    rights: Rights,
    cases: list[Case],
    *,
    preview: str | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    return (
        render_template(
            "forums/open_thread.html",
            form=form,
            area=area,
            cases=cases,
            keepers=queries.keepers_of([area], clock.now())[area.id],
            office=access.keeping_term(rights, area.id, area.unit),
            minimum=LEAST_CHARACTERS if form.case_id.data else None,
            missing=_missing(form.body.data or ""),
            preview=preview,
        ),
        status,
    )


@bp.route("/trader/<int:thread_id>/gjester", methods=["GET", "POST"])
@open_to(access.KEEP_AREA)
def guests(thread_id: int) -> ResponseReturnValue:
    """Who is invited to a thread; sympathisers are found by name or number and invited."""
    rights = current()
    shown = line_or_404(rights, thread_id).thread
    access.require(access.on_thread(rights, access.KEEP_AREA, shown))
    if request.method == "POST":
        invited = services.invite_guest(rights, thread_id, _member_sent())
        flash(_("%(name)s kan nå lese og skrive i tråden.", name=invited.name), "success")
        return redirect(url_for("forums.guests", thread_id=thread_id), 303)
    words = request.args.get("navn", "").strip()[:100]
    return render_template(
        "forums/guests.html",
        thread=shown,
        guests=queries.guests_of(thread_id),
        words=words,
        found=queries.guests_named(words, clock.now()) if words else [],
    )


@bp.post("/trader/<int:thread_id>/gjester/fjern")
@open_to(access.KEEP_AREA)
def withdraw_guest(thread_id: int) -> ResponseReturnValue:
    """An invitation is taken back."""
    services.withdraw_guest(current(), thread_id, _member_sent())
    flash(_("Invitasjonen er trukket tilbake."), "success")
    return redirect(url_for("forums.guests", thread_id=thread_id), 303)


def _member_sent() -> int:
    sent = number_in(request.form.get("member", ""))
    if sent is None:
        raise NotFound
    return sent
