"""Finding that a post is no contribution to a case: one proposes, a second decides (PARTICIPATION section 8)."""

from __future__ import annotations

from sqlalchemy import select

from forums import access, queries
from forums.findings.queries import decided_on, open_on, reversed_on, waiting
from forums.models import CreditLoss, Finding, FindingCode, LossGround, Post
from forums.moderation.queries import bearers_of, committee_terms
from forums.moderation.services.reporting import mail_once_an_hour
from forums.services import crediting
from forums.services.parts import held_post
from forums.wording import LONGEST_SENTENCE
from foundation import audit, clock, outbox, text
from foundation.errors import NotAllowed, Reason, RuleBroken
from foundation.extensions import db
from foundation.links import link
from foundation.transaction import transaction
from members.access import Rights, rights_of
from members.models import Member
from members.rules.permissions import Matter, Permission, Role, decide_together
from members.rules.units import within

ACT = Permission.FIND_NOT_CONTRIBUTION
LONGEST_APPEAL = 1000


def propose(rights: Rights, post_id: int, code: FindingCode, sentence: str = "") -> Finding:
    """Hold that a post is no contribution; nothing changes until a second person agrees."""
    with transaction() as session:
        post = held_post(post_id)
        access.require(access.on_post(rights, ACT, post))
        if post.deleted_at is not None:
            raise RuleBroken(Reason.of("post_deleted"))
        crediting.lock_cases(queries.cases_of_thread(post.thread_id))
        if open_on(post.id) is not None:
            raise RuleBroken(Reason.of("finding_waits"))
        if reversed_on(post.id) is not None:
            raise RuleBroken(Reason.of("finding_settled"))
        if not queries.credits_held_by(post.id):
            raise RuleBroken(Reason.of("finding_nothing_to_lose"))
        at = clock.now()
        finding = Finding(
            post_id=post.id,
            code=code,
            sentence=_plain(sentence),
            proposer_id=rights.member.id,
            proposed_at=at,
        )
        session.add(finding)
        session.flush()
        _log("finding_proposed", rights, post, finding)
        _tell_the_others(finding, post)
    return finding


def to_decide(rights: Rights) -> list[tuple[Finding, Post]]:
    """What others have proposed that she can decide with them."""
    if not (rights.keeps() or rights.terms):
        return []
    return [
        (finding, post) for finding, post in waiting(rights.member.id) if _may_decide(finding, rights, post)
    ]


def _may_decide(finding: Finding, rights: Rights, post: Post) -> bool:
    if not access.on_post(rights, ACT, post):
        return False
    try:
        _require_two(finding, rights, post)
    except (NotAllowed, RuleBroken):
        return False
    return True


def _tell_the_others(finding: Finding, post: Post) -> None:
    """Write to those who can be the second: whoever else keeps the area, and the control committee."""
    at, passed_by = finding.proposed_at, (finding.proposer_id, post.author_id)
    ids = {keeper.member_id for keeper in bearers_of(post, at, finding.proposer_id)}
    ids |= {term.member_id for term in committee_terms(post.thread.unit, at)}
    for member in db.session.scalars(
        select(Member).where(Member.id.in_(ids.difference(passed_by))).order_by(Member.id)
    ):
        mail_once_an_hour(member, at)


def decide(rights: Rights, post_id: int, *, agrees: bool) -> Finding:
    """Agree with what another has proposed, or drop it. Agreed, the post's credits are lost and its author is told.

    Two who keep the area, or one of them and one of the control committee; never the author. A credit is lost
    only towards votes whose time to take part lasts 48 hours more, see `ballot.rules.participation`.
    """
    with transaction() as session:
        post = held_post(post_id)
        access.require(access.on_post(rights, ACT, post))
        crediting.lock_cases(queries.cases_of_thread(post.thread_id))
        finding = open_on(post.id)
        if finding is None:
            raise RuleBroken(Reason.of("finding_gone"))
        at = clock.now()
        if not agrees:
            finding.dropped_at = at
            _log("finding_dropped", rights, post, finding)
            return finding
        _require_two(finding, rights, post)
        finding.second_id, finding.decided_at, finding.notified_at = rights.member.id, at, at
        session.flush()
        session.add_all(
            CreditLoss(
                credit_id=credit.id,
                ground=LossGround.NOT_A_CONTRIBUTION,
                finding_id=finding.id,
                recorded_at=at,
            )
            for credit in queries.credits_held_by(post.id)
        )
        session.flush()
        _log("finding_decided", rights, post, finding)
        if post.author.email:
            outbox.mail(
                post.author.email,
                "finding",
                key=f"finding:{finding.id}",
                locale=post.author.locale,
                code=finding.code.value,
                sentence=finding.sentence,
                url=link("forums.appeal_finding", post_id=post.id),
            )
    return finding


def appeal(rights: Rights, post_id: int, sentence: str) -> Finding:
    """Hold that what two have found of one's own post is wrong; once, and the control committee answers."""
    with transaction() as session:
        post = held_post(post_id)
        if post.author_id != rights.member.id:
            raise NotAllowed(Reason.of("not_yours"))
        finding = _decided(post)
        if finding.appealed_at is not None:
            raise RuleBroken(Reason.of("finding_appealed"))
        said = _given(sentence, LONGEST_APPEAL)
        at = clock.now()
        finding.appealed_at, finding.appeal = at, said
        session.flush()
        _log("finding_appealed", rights, post, finding)
        ids = {term.member_id for term in committee_terms(post.thread.unit, at)}
        ids -= {post.author_id, finding.proposer_id, finding.second_id or 0}
        for member in session.scalars(select(Member).where(Member.id.in_(ids)).order_by(Member.id)):
            if member.email:
                outbox.mail(
                    member.email,
                    "finding_appeal",
                    key=f"finding_appeal:{finding.id}:{member.id}",
                    locale=member.locale,
                    url=link("forums.not_a_contribution", post_id=post.id),
                )
    return finding


def answer(rights: Rights, post_id: int, sentence: str, *, reverse: bool) -> Finding:
    """Give the credit back, or hold that the finding stands; both with a sentence to the author.

    It takes two to find, so one of the two who no longer holds it is enough to reverse it, as is one of the
    control committee. That it stands is said of an appeal, by one of the committee who did not find it.
    A reversal helps in the votes whose time to take part is not over (PARTICIPATION section 8).
    """
    with transaction() as session:
        post = held_post(post_id)
        access.require(access.on_post(rights, ACT, post))
        crediting.lock_cases(queries.cases_credited_by(post.id))
        finding = _decided(post)
        if not (may_reverse(rights, post, finding) if reverse else may_uphold(rights, post, finding)):
            raise NotAllowed(Reason.of("finding_not_yours"))
        said = _given(sentence, LONGEST_SENTENCE)
        at = clock.now()
        finding.answered_by_id, finding.reversal = rights.member.id, said
        if reverse:
            finding.reversed_at, finding.upheld_at = at, None
        else:
            finding.upheld_at = at
        session.flush()
        _log("finding_reversed" if reverse else "finding_upheld", rights, post, finding)
        if post.author.email:
            outbox.mail(
                post.author.email,
                "finding_answered",
                key=f"finding_answered:{finding.id}:{'reversed' if reverse else 'upheld'}",
                locale=post.author.locale,
                reversed=reverse,
                sentence=said,
                url=link("forums.post", post_id=post.id),
            )
    return finding


def may_reverse(rights: Rights, post: Post, finding: Finding) -> bool:
    """Whether she is one of the two who found it, or of the control committee; never its author."""
    mine = rights.member.id in (finding.proposer_id, finding.second_id)
    return rights.member.id != post.author_id and (mine or _of_committee(rights, post))


def may_uphold(rights: Rights, post: Post, finding: Finding) -> bool:
    """Whether she may hold that an appealed finding stands: of the control committee, and not one of the two."""
    mine = rights.member.id in (finding.proposer_id, finding.second_id, post.author_id)
    waits = finding.appealed_at is not None and finding.upheld_at is None
    return waits and not mine and _of_committee(rights, post)


def _of_committee(rights: Rights, post: Post) -> bool:
    return any(
        held.role is Role.CONTROL and within(post.thread.unit.path, held.unit_path) for held in rights.held
    )


def _decided(post: Post) -> Finding:
    finding = decided_on(post.id)
    if finding is None:
        raise RuleBroken(Reason.of("finding_gone"))
    return finding


def _given(sentence: str, most: int) -> str:
    said = _plain(sentence, most)
    if not said:
        raise RuleBroken(Reason.of("sentence_missing"))
    return said


def _require_two(finding: Finding, rights: Rights, post: Post) -> None:
    proposer = db.session.get_one(Member, finding.proposer_id)
    first = rights_of(proposer, clock.now())
    if first is None:
        raise RuleBroken(Reason.of("finding_gone"))
    answers = [
        decide_together(
            ACT,
            first.held,
            Matter(first.member.id, post.author_id, unit.path, post.thread.forum.area_id),
            rights.held,
            Matter(rights.member.id, post.author_id, unit.path, post.thread.forum.area_id),
        )
        for unit in (post.thread.unit, post.thread.forum.unit)
    ]
    if not any(answers):
        refusal = answers[0]
        raise NotAllowed(refusal.reason) if not refusal else RuleBroken(Reason.of("finding_gone"))


def _plain(sentence: str, most: int = LONGEST_SENTENCE) -> str:
    said = text.plain(sentence)
    if len(said) > most:
        raise RuleBroken(Reason.of("sentence_too_long", characters=len(said), most=most))
    return said


def _log(act: str, rights: Rights, post: Post, finding: Finding) -> None:
    audit.record(
        act,
        actor_id=rights.member.id,
        unit_id=post.thread.unit_id,
        subject=("post", post.id),
        finding=finding.id,
        code=finding.code.value,
    )
