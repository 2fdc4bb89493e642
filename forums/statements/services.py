"""Private statements sent, changed, withdrawn, read and published; assisted ones entered and disowned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from forums import access, hooks
from forums.models import Case, CaseReader, Credit, CreditKind, LossGround
from forums.queries import case_by_id, named_reader
from forums.rules import LEAST_CHARACTERS
from forums.services import crediting
from forums.services.posts import CreditAtStake
from forums.statements import queries
from forums.statements.models import Reading, Statement
from forums.wording import body_blocker, clean
from foundation import audit, clock, outbox, text
from foundation.errors import NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.links import link
from foundation.transaction import transaction
from members import queries as people
from members.access import Rights, rights_of
from members.models import Member
from members.rules.permissions import Matter, OfficeKind, Permission

TAKING_PART = Permission.SEE_OWN_CREDITS
"""Whoever can have credits can take part, also while she may not write in the debate."""

LONGEST_REACH = 100
OLDEST = timedelta(days=14)
"""An officer may enter what she was told so long ago."""


@dataclass(frozen=True)
class Sent:
    """A statement that has been stored, and what is to be said to whoever sent it."""

    statement_id: int
    said: tuple[Reason, ...]


# Who reads


def readers_of(case: Case, at: datetime) -> list[Member]:
    """The two who read a case's private statements: its case officer and one more."""
    second = queries.second_reader(case, at)
    return [case.responsible, second] if second is not None else [case.responsible]


def _matter(case: Case, path: str, at: datetime) -> Matter:
    return Matter(
        unit_path=path,
        area_id=case.forum.area_id,
        statement_readers=frozenset(reader.id for reader in readers_of(case, at)),
    )


def may(rights: Rights, permission: Permission, case: Case, at: datetime) -> bool:
    """Whether she is one of the two who read a case's statements and enter them for others."""
    return any(
        rights.may(permission, _matter(case, path, at))
        for path in dict.fromkeys((case.unit.path, case.forum.unit.path))
    )


def require(rights: Rights, permission: Permission, case: Case, at: datetime) -> None:
    """Raise NotAllowed unless she is one of the two."""
    if not may(rights, permission, case, at):
        rights.require(permission, _matter(case, case.unit.path, at))


def name_reader(rights: Rights, case_id: int, member_id: int) -> None:
    """Name who reads the private statements of a case beside its case officer; she must hold an office that can."""
    with transaction() as session:
        case = _held_case(case_id)
        access.require(access.on_case(rights, access.KEEP_AREA, case))
        at = clock.now()
        able = {term.member_id for term in queries.may_read(case, at)} - {case.responsible_id}
        if member_id not in able:
            raise RuleBroken(Reason.of("reader_cannot"))
        found = named_reader(case.id)
        if found is None:
            found = CaseReader(case_id=case.id)
            session.add(found)
        found.member_id, found.named_by_id, found.named_at = member_id, rights.member.id, at
        audit.record(
            "statement_reader_named",
            actor_id=rights.member.id,
            unit_id=case.unit_id,
            subject=("case", case.id),
            reader=member_id,
        )


# One's own


def send(rights: Rights, case_id: int, body: str, *, may_publish: bool = False) -> Sent:
    """Send a statement on a case to the two who read it. Open to every member without a reason.

    A locked thread, a closed area or a member who may not write in the debate change nothing about it. Compared
    with no other text. Raises RuleBroken for a text nobody could read or a decided case.
    """
    body = clean(body)
    rights.require(TAKING_PART, Matter(owner_id=rights.member.id))
    with transaction():
        case = _held_case(case_id)
        at = clock.now()
        _refuse_text(case, body, at)
        twin = next((one for one in queries.own(case.id, rights.member.id) if one.body == body), None)
        if twin is not None:
            # Sent twice by the same member: one statement. Others are compared with nothing.
            return Sent(twin.id, (Reason.of("statement_sent_before"),))
        return _store(case, rights.member.id, None, body, at, at, may_publish=may_publish)


def _store(
    case: Case,
    author_id: int,
    entered_by_id: int | None,
    body: str,
    given_at: datetime,
    at: datetime,
    *,
    may_publish: bool,
) -> Sent:
    statement = Statement(
        case_id=case.id,
        author_id=author_id,
        entered_by_id=entered_by_id,
        body=body,
        visible_characters=text.own_visible_characters(body),
        given_at=given_at,
        recorded_at=at,
        may_publish=may_publish,
    )
    db.session.add(statement)
    db.session.flush()
    return Sent(statement.id, tuple(_credit(statement, case, given_at, at)))


def _credit(statement: Statement, case: Case, since: datetime, at: datetime) -> list[Reason]:
    """Give the credit it is worth, if it gives none yet; what is to be said of it."""
    if statement.credit_id is not None:
        return [Reason.of("statement_changed")]
    if statement.visible_characters < LEAST_CHARACTERS:
        return [
            Reason.of(
                "statement_too_short",
                characters=statement.visible_characters,
                minimum=LEAST_CHARACTERS,
            )
        ]
    kind = CreditKind.STATEMENT if statement.entered_by_id is None else CreditKind.ASSISTED
    credit, meant = crediting.give_to(
        case.id,
        statement.author_id,
        kind,
        characters=statement.visible_characters,
        at=since,
        recorded_at=at,
    )
    statement.credit_id = credit.id
    db.session.flush()
    return [Reason.of("statement_counts", case=case.title), *meant]


def change(
    rights: Rights,
    statement_id: int,
    body: str,
    *,
    version: int,
    may_publish: bool = False,
    accept_loss: bool = False,
) -> Sent:
    """Change what one's own statement says. One that becomes too short loses its credit, once that is accepted.

    A changed text is to be read anew, and what was published of it is taken down until then.
    """
    body = clean(body)
    with transaction() as session:
        statement, case = _own(rights, statement_id)
        at = clock.now()
        _refuse_text(case, body, at)
        if statement.version != version:
            raise RuleBroken(Reason.of("statement_changed_meanwhile"))
        characters = text.own_visible_characters(body)
        credit = _credit_of(statement)
        lost = credit if characters < LEAST_CHARACTERS else None
        if lost is not None and not accept_loss:
            raise CreditAtStake(warnings(statement, at))
        if body != statement.body:
            for reading in queries.readings_of([statement.id]).get(statement.id, []):
                session.delete(reading)
            statement.body, statement.edited_at = body, at
            statement.version += 1
            statement.published_at = None
        if not may_publish:
            statement.published_at = None
        statement.may_publish, statement.visible_characters = may_publish, characters
        if lost is not None:
            crediting.lose([lost], LossGround.SHORTENED, at)
            statement.credit_id = None
            return Sent(statement.id, (Reason.of("statement_stopped_counting", case=case.title),))
        return Sent(statement.id, tuple(_credit(statement, case, at, at)))


def withdraw(rights: Rights, statement_id: int) -> int:
    """Erase one's own statement and take the credit it gave; answers its case. The page before has warned."""
    with transaction():
        statement, case = _own(rights, statement_id)
        _erase(statement, clock.now())
        return case.id


def _erase(statement: Statement, at: datetime) -> None:
    credit = _credit_of(statement)
    if credit is not None:
        crediting.lose([credit], LossGround.DELETED, at)
    for reading in queries.readings_of([statement.id]).get(statement.id, []):
        db.session.delete(reading)
    statement.body, statement.withdrawn_at = "", at
    statement.published_at, statement.credit_id = None, None


def warnings(statement: Statement, at: datetime) -> list[Reason]:
    """What its author would lose with a statement: in the words of those above, or ours where they say nothing."""
    credit = _credit_of(statement)
    if credit is None:
        return []
    said = hooks.before_credit_loss(credits=crediting.at_risk([credit]), at=at)
    return said or [Reason.of("statement_would_stop_counting", case=statement.case.title)]


def _own(rights: Rights, statement_id: int) -> tuple[Statement, Case]:
    """One's own statement and its case, held until the commit; of another's nobody is told that it exists."""
    statement = _held(statement_id)
    if statement.author_id != rights.member.id or statement.withdrawn_at is not None:
        raise NotFound
    return statement, statement.case


# What readers do


def note_read(rights: Rights, statement_id: int) -> int:
    """Tell the author that her statement has been read; answers its case. Nobody reads her own."""
    with transaction() as session:
        statement, at = _held(statement_id), clock.now()
        require(rights, Permission.READ_PRIVATE_STATEMENT, statement.case, at)
        _not_ones_own(rights, statement)
        if session.get(Reading, (statement.id, rights.member.id)) is None:
            session.add(Reading(statement_id=statement.id, reader_id=rights.member.id, at=at))
        return statement.case_id


def publish(rights: Rights, statement_id: int) -> int:
    """Publish a statement without a name, as its author has let us; answers its case."""
    with transaction():
        statement, at = _held(statement_id), clock.now()
        require(rights, Permission.READ_PRIVATE_STATEMENT, statement.case, at)
        _not_ones_own(rights, statement)
        if not statement.may_publish:
            raise RuleBroken(Reason.of("statement_not_for_publication"))
        if statement.published_at is None:
            statement.published_at = at
            audit.record(
                "statement_published",
                actor_id=rights.member.id,
                unit_id=statement.case.unit_id,
                subject=("case", statement.case_id),
            )
        return statement.case_id


def _not_ones_own(rights: Rights, statement: Statement) -> None:
    if statement.withdrawn_at is not None:
        raise NotFound
    if statement.author_id == rights.member.id:
        raise RuleBroken(Reason.of("statement_ones_own"))


# Assisted contributions


def ask_for_help(rights: Rights, case_id: int, reach: str = "") -> list[Member]:
    """Ask the two to help one take part; answers who they are. No cause is asked, and it is asked once a day."""
    reach = text.plain(reach)[:LONGEST_REACH]
    rights.require(TAKING_PART, Matter(owner_id=rights.member.id))
    with transaction():
        case, at = _held_case(case_id), clock.now()
        if case.decides_at <= at:
            raise RuleBroken(Reason.of("statement_case_decided"))
        readers = [reader for reader in readers_of(case, at) if reader.id != rights.member.id]
        outbox.mail_all(
            "help_asked",
            [
                (
                    reader.email,
                    reader.locale,
                    f"help:{case.id}:{rights.member.id}:{reader.id}:{at.date()}",
                    {
                        "name": rights.member.name,
                        "number": rights.member.member_no,
                        "reach": reach,
                        "case": case.title,
                        "url": link("statements.assist", case_id=case.id, q=rights.member.member_no),
                    },
                )
                for reader in readers
                if reader.email
            ],
        )
        return readers


def assist(
    rights: Rights, case_id: int, member_id: int, body: str, *, given_at: datetime | None = None
) -> Sent:
    """Enter what a member who cannot write has said, from when she said it. No cause is asked.

    It looks like any other private statement; the member gets a confirmation that names the officer. An officer
    enters nothing for herself.
    """
    body = clean(body)
    with transaction() as session:
        case, at = _held_case(case_id), clock.now()
        require(rights, Permission.ENTER_ASSISTED, case, at)
        given_at = given_at or at
        member = session.get(Member, member_id)
        theirs = rights_of(member, at) if member else None
        if member is None or theirs is None:
            raise NotFound
        if member.id == rights.member.id:
            raise RuleBroken(Reason.of("assist_oneself"))
        if theirs.is_guest or not theirs.has_some(TAKING_PART):
            raise RuleBroken(Reason.of("assist_no_member", name=member.name))
        if not max(case.opened_at, at - OLDEST) <= given_at <= at:
            raise RuleBroken(Reason.of("assist_when", days=OLDEST.days))
        _refuse_text(case, body, at)
        sent = _store(case, member.id, rights.member.id, body, given_at, at, may_publish=False)
        if member.email:
            outbox.mail(
                member.email,
                "assisted",
                key=f"assisted:{sent.statement_id}",
                locale=member.locale,
                who=rights.member.name,
                case=case.title,
                unit=case.unit.name,
                given_at=given_at,
                url=disowning_address(sent.statement_id),
            )
        audit.record(
            "assisted_entered",
            actor_id=rights.member.id,
            unit_id=case.unit_id,
            subject=("member", member.id),
            case=case.id,
        )
        return sent


def entered_by(rights: Rights, statement_id: int) -> Statement:
    """An assisted contribution, for the officer who entered it and prints the confirmation."""
    statement = queries.statement_by_id(statement_id)
    if statement is None or statement.entered_by_id != rights.member.id or statement.withdrawn_at is not None:
        raise NotFound
    return statement


def disowning_address(statement_id: int) -> str:
    """Where a member says «Dette var ikke meg», without signing in."""
    return link("statements.not_me", token=_signer().dumps(statement_id))


def look_at_disowning(token: str) -> Statement:
    """What a link «Dette var ikke meg» is about. Raises RuleBroken when it is forged or has been used."""
    try:
        statement_id = _signer().loads(token)
    except BadSignature:
        raise RuleBroken(Reason.of("not_me_forged")) from None
    statement = queries.statement_by_id(int(statement_id))
    if statement is None or statement.entered_by_id is None:
        raise RuleBroken(Reason.of("not_me_forged"))
    if statement.disowned_at is not None:
        raise RuleBroken(Reason.of("not_me_used"))
    if statement.withdrawn_at is not None:
        raise RuleBroken(Reason.of("not_me_withdrawn"))
    return statement


def disown(token: str) -> None:
    """Withdraw an assisted contribution that its member says was not hers, and tell the control committee."""
    with transaction():
        statement = _held(look_at_disowning(token).id)
        statement = look_at_disowning(token) if statement.disowned_at is None else statement
        if statement.disowned_at is not None:
            raise RuleBroken(Reason.of("not_me_used"))
        at = clock.now()
        _erase(statement, at)
        statement.disowned_at = at
        audit.record(
            "assisted_disowned",
            actor_id=statement.author_id,
            unit_id=statement.case.unit_id,
            subject=("member", statement.author_id),
            case=statement.case_id,
            officer=statement.entered_by_id,
        )
        lineage = [unit.id for unit in people.lineage(statement.case.unit)]
        committee = {
            term.member_id: term.member
            for term in people.holders([OfficeKind.CONTROL_COMMITTEE], lineage, at)
        }
        outbox.mail_all(
            "assisted_disowned",
            [
                (
                    member.email,
                    member.locale,
                    f"assisted_disowned:{statement.id}:{member.id}",
                    {"url": link("statements.control"), "case": statement.case.title},
                )
                for member in committee.values()
                if member.email
            ],
        )


def _signer() -> URLSafeSerializer:
    # Used up by the row it names: the statement that was disowned cannot be disowned again.
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="not me")


def watched(rights: Rights) -> list[str]:
    """The paths of the units whose numbers she sees as one of the control committee."""
    return sorted({term.office.unit.path for term in rights.holds(OfficeKind.CONTROL_COMMITTEE)})


def _refuse_text(case: Case, body: str, at: datetime) -> None:
    reason = body_blocker(body)
    if case.decides_at <= at:
        reason = Reason.of("statement_case_decided")
    if reason is not None:
        raise RuleBroken(reason)


def _credit_of(statement: Statement) -> Credit | None:
    return db.session.get(Credit, statement.credit_id) if statement.credit_id is not None else None


def _held_case(case_id: int) -> Case:
    case = case_by_id(case_id)
    if case is None:
        raise NotFound
    crediting.lock_cases([case])
    return case


def _held(statement_id: int) -> Statement:
    """The statement, its case held until the commit: what is recorded before a freeze is seen by it."""
    statement = queries.statement_by_id(statement_id)
    if statement is None:
        raise NotFound
    crediting.lock_cases([statement.case])
    db.session.refresh(statement)
    return statement
