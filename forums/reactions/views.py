"""What readers press under posts, whom they can call, and the page of a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import get_template_attribute, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from limits import parse

from forums import access
from forums.models import Post, Thread, ThreadKind
from forums.queries import ThreadLine, keepers_of, unread_counts
from forums.reactions import queries, services
from forums.reactions.models import ReactionKind
from forums.reactions.queries import Count, Marks
from forums.reactions.rules import KEEPER_REMINDED, AnswerRate, answer_rate
from forums.views.blueprint import bp, number_asked, number_in, say_at
from forums.views.threads import line_or_404, to_post
from forums.wording import LONGEST_SENTENCE
from foundation import clock, phrases
from foundation.doors import open_to
from foundation.errors import NotAllowed, NotFound, Reason, RuleBroken
from foundation.extensions import limiter
from members.access import Rights, current
from members.models import PolicyArea, Term
from members.queries import terms_of
from members.rules.permissions import Permission

ADDRESSES = {
    "nyttig": ReactionKind.USEFUL,
    "stotte": ReactionKind.SUPPORT,
    "tenke-nytt": ReactionKind.RETHOUGHT,
}
_WORD = {kind: word for word, kind in ADDRESSES.items()}
_PRESSES = parse("60 per 5 minutes")
_NAMES = parse("60 per minute")
_LONGEST_WAIT = timedelta(days=90)
_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Press:
    """One of the buttons under a post: where it leads, how many have pressed it, and whether the reader has."""

    kind: str
    url: str
    version: int
    count: Count
    may: bool
    post_id: int

    @property
    def pressed(self) -> bool:
        """Pressed for the post as it stands: one who pressed before an edit may press again."""
        return self.count.mine is not None and self.count.mine >= self.version


@dataclass(frozen=True)
class Shown:
    """What stands about the posts of a page, for the macros that draw them."""

    rights: Rights | None = None
    thread: Thread | None = None
    marks: Marks = field(default_factory=Marks)
    may_react: bool = False
    may_answer: bool = False
    term: Term | None = None

    def names(self, post: Post) -> dict[str, str]:
        """Where the names in a post lead."""
        return {
            name: url_for("forums.person", member_id=member_id)
            for name, member_id in self.marks.called.get(post.id, {}).items()
        }

    def press(self, post: Post, kind: str) -> Press | None:
        """A button under a post, None where there is nothing to press and nothing to tell."""
        wanted = ReactionKind(kind)
        if self.rights is None:
            return None
        count = self.marks.counts.get((post.id, wanted), Count())
        may = self.may_react and services.blocker(self.rights, post, wanted) is None
        told = count.now or count.earlier
        if wanted is ReactionKind.RETHOUGHT and post.author_id != self.rights.member.id:
            told = 0
        if not may and not told:
            return None
        url = url_for("forums.react", post_id=post.id, word=_WORD[wanted])
        return Press(kind, url, post.version, count, may, post.id)

    def supported_earlier(self, post: Post) -> int:
        """How many supported an earlier version of a proposal."""
        return self.marks.counts.get((post.id, ReactionKind.SUPPORT), Count()).earlier

    def answers(self, post: Post) -> bool:
        """Whether this post is marked as the answer."""
        return self.marks.answer_id == post.id

    def may_mark(self, post: Post) -> bool:
        """Whether the reader can mark this post as the answer, or take the mark away."""
        return self.may_answer and self.rights is not None and services.answers(self.rights, post) is None

    def may_take(self, post: Post) -> bool:
        """Whether the reader can take this post along in her office."""
        return (
            self.term is not None
            and self.rights is not None
            and post.author_id != self.rights.member.id
            and post.hidden_at is None
        )

    def taken_by_me(self, post: Post) -> bool:
        """Whether the reader's office has taken this post along."""
        mine = self.term.office_id if self.term else None
        return any(one.office_id == mine for one in self.marks.taken.get(post.id, []))


def reactions_on(posts: Sequence[Post], *, shared: bool = False) -> Shown:
    """What stands about the posts of one thread, in as many statements however many they are.

    `shared`: as it is the same for everybody who may read them, without what the reader herself has said.
    """
    if not posts:
        return Shown()
    thread = posts[0].thread
    question = thread.kind is ThreadKind.QUESTION
    if shared:
        return Shown(
            thread=thread, marks=queries.marks_of(posts, 0, question_id=thread.id if question else None)
        )
    rights = current()
    term = access.term_for(rights, thread)
    return Shown(
        rights=rights,
        thread=thread,
        marks=queries.marks_of(posts, rights.member.id, question_id=thread.id if question else None),
        may_react=bool(access.on_thread(rights, Permission.REPLY, thread)),
        may_answer=question and (term is not None or thread.author_id == rights.member.id),
        term=term,
    )


def answered_among(lines: Sequence[ThreadLine]) -> set[int]:
    """Those of a list's threads that are questions with an answer."""
    asked = [line.thread.id for line in lines if line.thread.kind is ThreadKind.QUESTION]
    return queries.answered_among(asked) if asked else set()


def unread_among(lines: Sequence[ThreadLine]) -> dict[int, int]:
    """How many posts of others the reader has not seen, in those of a list's threads that she has opened."""
    fresh = [line.thread.id for line in lines if line.is_fresh]
    return unread_counts(current().member.id, fresh) if fresh else {}


@dataclass(frozen=True)
class Waiting:
    """What waits for an answer in an area: questions, and first posts of members."""

    questions: list[Thread]
    first_posts: list[Post]


def waiting_in(area: PolicyArea) -> Waiting:
    """What waits for an answer in an area, for those who keep it."""
    at = clock.now()
    return Waiting(
        queries.open_questions(at, at - _LONGEST_WAIT, area_id=area.id),
        queries.lonely_first_posts(at, area_id=area.id),
    )


def answer_rate_in(area: PolicyArea) -> AnswerRate | None:
    """Of how many of the last year's questions in an area those who keep it have answered; None without any."""
    rate = _rate(area, clock.now() - _YEAR)
    return rate if rate.asked else None


def _rate(area: PolicyArea, since: datetime) -> AnswerRate:
    at = clock.now()
    return answer_rate(queries.questions_in(area.id, max(since, at - _YEAR)), at)


# Presses


@bp.post("/innlegg/<int:post_id>/reaksjon/<word>")
@open_to(Permission.REPLY)
def react(post_id: int, word: str) -> ResponseReturnValue:
    """«Nyttig», «Støtt» or «Du fikk meg til å tenke nytt» is pressed, or taken back."""
    kind = ADDRESSES.get(word)
    if kind is None:
        raise NotFound
    rights = current()
    services.readable(rights, post_id)
    if limiter.enabled and not limiter.limiter.hit(_PRESSES, "press", str(rights.member.id)):
        return _said(post_id, Reason.of("too_many_presses"), 429)
    version = number_in(request.form.get("version", "")) or 1
    try:
        post = services.react(rights, post_id, kind, on=request.form.get("on") != "0", version=version)
    except RuleBroken as broken:
        return _said(post_id, broken.reason, 409)
    if request.headers.get("X-Requested-With") == "fetch":
        drawn = get_template_attribute("forums/_reactions.html", "press")
        return str(drawn(reactions_on([post]).press(post, kind.value)))
    return to_post(post_id)


def _said(post_id: int, reason: Reason, status: int) -> ResponseReturnValue:
    if request.headers.get("X-Requested-With") == "fetch":
        return phrases.sentence(reason), status
    say_at(post_id, (reason,), "")
    return to_post(post_id)


@bp.post("/innlegg/<int:post_id>/svaret")
@open_to(Permission.REPLY)
def mark_answer(post_id: int) -> ResponseReturnValue:
    """A post is marked as the answer to a question, or no longer."""
    on = request.form.get("on") != "0"
    rights = current()
    services.readable(rights, post_id)
    try:
        services.mark_answer(rights, post_id, on=on)
    except RuleBroken as broken:
        say_at(post_id, (broken.reason,), "")
    else:
        done = (
            _("Spørsmålet er merket som besvart.") if on else _("Innlegget er ikke lenger merket som svaret.")
        )
        say_at(post_id, (), done)
    return to_post(post_id)


@bp.route("/innlegg/<int:post_id>/tatt-med", methods=["GET", "POST"])
@open_to(access.KEEP_AREA)
def take_along(post_id: int) -> ResponseReturnValue:
    """The representative says that she used a post, and how, if she likes."""
    rights = current()
    post = services.readable(rights, post_id)
    access.require(access.on_post(rights, access.KEEP_AREA, post))
    term = services.taking(rights, post)
    if isinstance(term, Reason):
        raise NotAllowed(term) if term.code == "not_keeper_here" else RuleBroken(term)
    taken = next(
        (one for one in reactions_on([post]).marks.taken.get(post.id, []) if one.office_id == term.office_id),
        None,
    )
    sentence, error = request.form.get("sentence", taken.sentence if taken else ""), ""
    if request.method == "POST":
        on = request.form.get("on") != "0"
        try:
            services.take_along(rights, post_id, on=on, sentence=sentence if on else "")
        except RuleBroken as broken:
            error = phrases.sentence(broken.reason)
        else:
            said = _("Forfatteren ser at du tok dette med deg.") if on else _("Merket er tatt bort.")
            say_at(post_id, (), said)
            return to_post(post_id)
    page = render_template(
        "forums/take_along.html",
        post=post,
        term=term,
        taken=taken,
        sentence=sentence,
        error=error,
        longest=LONGEST_SENTENCE,
    )
    return page, 422 if error else 200


# Names and people


@bp.get("/navn")
@open_to(Permission.REPLY)
def names() -> ResponseReturnValue:
    """Whom an unfinished name can mean, for the list below a text: names and offices, never an address or number."""
    rights = current()
    if limiter.enabled and not limiter.limiter.hit(_NAMES, "names", str(rights.member.id)):
        return {"names": []}, 429
    thread_id = number_asked("trad")
    if thread_id is not None:
        shown = line_or_404(rights, thread_id).thread
        access.require(access.on_thread(rights, Permission.REPLY, shown))
    else:
        access.require(access.may_open_thread(rights))
    found = queries.suggestions(
        request.args.get("q", ""), thread_id, rights.unit.id, rights.member.id, clock.now()
    )
    if rights.is_guest:
        found = [one for one in found if one.wrote_here]
    return {
        "names": [
            {
                "id": one.member_id,
                "name": one.name,
                "detail": one.office or (_("har skrevet i tråden") if one.wrote_here else ""),
            }
            for one in found
        ]
    }


@dataclass(frozen=True)
class Kept:
    """An area that a person keeps, and of how many questions there are answered."""

    term: Term
    area: PolicyArea
    rate: AnswerRate


@bp.get("/personer/<int:member_id>")
@open_to(Permission.READ)
def person(member_id: int) -> ResponseReturnValue:
    """A member as others of the debate meet her: her name, her offices, and how questions to her are answered."""
    rights, at = current(), clock.now()
    me = rights.member.id == member_id
    found = queries.person(
        member_id, rights.unit.id, at, guest_id=rights.member.id if rights.is_guest and not me else None
    )
    if found is None:
        raise NotFound
    terms = terms_of(member_id, at)
    areas = [term.office.area for term in terms if term.office.area is not None]
    keeping = keepers_of(areas, at) if areas else {}
    kept = [
        Kept(term, term.office.area, _rate(term.office.area, term.starts_at))
        for term in terms
        if term.office.area is not None
        and (who := keeping[term.office.area.id].responsible) is not None
        and who.member_id == member_id
    ]
    return render_template(
        "forums/person.html",
        person=found,
        terms=terms,
        kept=kept,
        wait=KEEPER_REMINDED.days,
        me=me,
        taken=queries.taken_from(member_id) if me else [],
        rethought=queries.rethought_of(member_id) if me else [],
    )
