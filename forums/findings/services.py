"""Finding that a post is no contribution to a case: one proposes, a second decides (PARTICIPATION section 8)."""

from __future__ import annotations

from sqlalchemy import select

from forums import access, queries
from forums.findings.queries import open_on, waiting
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
from members.rules.permissions import Matter, Permission, decide_together

ACT = Permission.FIND_NOT_CONTRIBUTION


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
                url=link("forums.post", post_id=post.id),
            )
    return finding


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


def _plain(sentence: str) -> str:
    said = text.plain(sentence)
    if len(said) > LONGEST_SENTENCE:
        raise RuleBroken(Reason.of("sentence_too_long", characters=len(said), most=LONGEST_SENTENCE))
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
