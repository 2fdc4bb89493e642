"""Discussion questions put to the members, and amendments of numbered lines of a case's papers."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from forums import access, lines, queries
from forums.models import Amendment, AmendmentKind, Case, DiscussionQuestion, ThreadKind
from forums.rules import MOST_QUESTIONS
from forums.services import crediting
from forums.services.posts import Written, open_thread
from forums.wording import body_blocker, clean, title_blocker
from foundation import audit, clock, text
from foundation.errors import NotFound, Reason, RuleBroken
from foundation.transaction import transaction
from members.access import Rights
from members.rules.permissions import Matter, Permission


def ask_members(rights: Rights, case_id: int, question: str, about: str) -> int:
    """Put a question about a case to the members; its thread, where each answers with a post of her own.

    The question itself is asked as the holder of the office: it is no contribution. At most five to a case.
    """
    question = text.plain(question)
    with transaction() as session:
        case = _held_case(case_id)
        access.require(access.on_case(rights, access.KEEP_AREA, case))
        at = clock.now()
        asked = queries.questions_of(case.id)
        reason = title_blocker(question) or body_blocker(clean(about))
        if len(asked) >= MOST_QUESTIONS:
            reason = Reason.of("questions_enough", most=MOST_QUESTIONS)
        if reason is not None:
            raise RuleBroken(reason)
        written = open_thread(
            rights,
            case.forum.area_id,
            title=question,
            body=about,
            kind=ThreadKind.CASE,
            unit_id=case.unit_id,
            case_id=case.id,
            as_office=True,
        )
        if written.repeated:
            return written.thread_id
        session.add(
            DiscussionQuestion(
                case_id=case.id,
                position=1 + max((one.position for one in asked), default=0),
                thread_id=written.thread_id,
                asked_at=at,
            )
        )
        audit.record(
            "question_asked",
            actor_id=rights.member.id,
            unit_id=case.unit_id,
            subject=("case", case.id),
            thread=written.thread_id,
        )
        return written.thread_id


@dataclass(frozen=True)
class AmendmentDraft:
    """A change of the lines from `first` to `last` of a paper: the new words, where there are any, and the reason."""

    kind: AmendmentKind
    first: int
    last: int
    wording: str
    reason: str


def amend(rights: Rights, case_id: int, paper_id: int, draft: AmendmentDraft) -> Written:
    """Propose a change of numbered lines of a case's paper, in a thread of its own.

    With its reason it counts whatever its length (PARTICIPATION.md section 4). Asks for the proposal right.
    """
    reason, wording = clean(draft.reason), clean(draft.wording)
    with transaction() as session:
        rights.require(Permission.MAKE_AMENDMENT, Matter())
        case = _held_case(case_id)
        paper = queries.paper_by_id(case.id, paper_id)
        if paper is None:
            raise NotFound
        shown = lines.numbered(paper.body)
        problem = (
            (
                None
                if 1 <= draft.first <= draft.last <= len(shown)
                else Reason.of("lines_wrong", last=len(shown))
            )
            or (Reason.of("amendment_without_reason") if body_blocker(reason) else None)
            or (
                Reason.of("amendment_without_wording")
                if draft.kind is not AmendmentKind.DELETION and body_blocker(wording)
                else None
            )
        )
        if problem is not None:
            raise RuleBroken(problem)
        which = shown[draft.first - 1 : draft.last]
        where = (
            _("linje %(number)s", number=draft.first)
            if draft.first == draft.last
            else _("linje %(first)s–%(last)s", first=draft.first, last=draft.last)
        )
        written = open_thread(
            rights,
            case.forum.area_id,
            title=text.plain(_("Endring av %(where)s i «%(paper)s»", where=where, paper=paper.title[:90])),
            body="\n\n".join(
                part
                for part in (
                    "\n".join(f"> {line.number} {line.text.strip()}" for line in which),
                    _asked(draft.kind, where),
                    wording if draft.kind is not AmendmentKind.DELETION else "",
                    f"**{_('Grunn')}:** {reason}",
                )
                if part
            ),
            kind=ThreadKind.PROPOSAL,
            unit_id=case.unit_id,
            case_id=case.id,
        )
        if written.repeated:
            return written
        session.add(
            Amendment(
                post_id=written.post_id,
                paper_id=paper.id,
                kind=draft.kind,
                first_line=draft.first,
                last_line=draft.last,
            )
        )
        session.flush()
        post = queries.post_by_id(written.post_id)
        assert post is not None  # noqa: S101  (written a moment ago)
        said = crediting.give(post, post.thread, [case], clock.now())
        return Written(written.thread_id, written.post_id, tuple(said) or written.said)


def _asked(kind: AmendmentKind, where: str) -> str:
    words = {
        AmendmentKind.ADDITION: _("**Tilføy etter %(where)s:**", where=where),
        AmendmentKind.DELETION: _("**Stryk %(where)s.**", where=where),
        AmendmentKind.SUBSTITUTION: _("**Erstatt %(where)s med:**", where=where),
    }
    return words[kind]


def _held_case(case_id: int) -> Case:
    case = queries.case_by_id(case_id)
    if case is None:
        raise NotFound
    return case
