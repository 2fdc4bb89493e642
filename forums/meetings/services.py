"""Meetings announced and cancelled, members checked in, and the secretary's list corrected."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from forums import access, hooks
from forums.meetings import queries, rules
from forums.meetings.models import CheckIn, How, Meeting, Rsvp
from forums.models import Case, CreditKind, LossGround
from forums.models import Credit as CreditRow
from forums.queries import case_by_id
from forums.services import crediting
from forums.services.parts import tend
from forums.wording import LONGEST_SENTENCE, title_blocker
from foundation import audit, clock, outbox, text
from foundation.errors import NotFound, Reason, RuleBroken
from foundation.extensions import db
from foundation.links import link
from foundation.transaction import transaction
from members.access import Rights, rights_of
from members.models import Member
from members.rules.permissions import Matter, Permission

KEEPING = Permission.KEEP_CHECK_IN_LIST
TAKING_PART = Permission.SEE_OWN_CREDITS
"""Whoever can have credits can take part: members and supporters, not guests."""

LONGEST_PLACE = 200
LONGEST_ADDRESS = 500


@dataclass(frozen=True)
class MeetingDraft:
    """What the organiser writes; times are aware."""

    title: str
    starts_at: datetime
    ends_at: datetime | None = None
    place: str = ""
    video_url: str = ""


def may_keep(rights: Rights, case: Case) -> bool:
    """Whether she may announce meetings about a case and keep their lists."""
    return bool(access.on_case(rights, KEEPING, case))


def announce(rights: Rights, case_id: int, draft: MeetingDraft, *, accept_short: bool = False) -> Meeting:
    """Announce a meeting about a case to all it concerns, in the same act.

    Raises RuleBroken for times or a place nobody could come to, and, until `accept_short`, for a notice of less
    than 72 hours: being there will count for nobody.
    """
    title, place = text.plain(draft.title), text.plain(draft.place)
    with transaction() as session:
        case = _held_case(case_id)
        access.require(access.on_case(rights, KEEPING, case))
        at = clock.now()
        ends_at = draft.ends_at or draft.starts_at + rules.USUAL
        reason = (
            title_blocker(title)
            or _place_blocker(place, draft.video_url)
            or rules.times_blocker(draft.starts_at, ends_at, at)
            or (Reason.of("meeting_case_decided") if case.decides_at <= at else None)
            or (None if accept_short else rules.notice_is_short(draft.starts_at, at))
        )
        if reason is not None:
            raise RuleBroken(reason)
        hearers = queries.hearers(_paths(case), at)
        meeting = Meeting(
            case_id=case.id,
            title=title,
            place=place,
            video_url=draft.video_url.strip(),
            starts_at=draft.starts_at,
            ends_at=ends_at,
            announced_at=at,
            announced_by_id=rights.member.id,
            letters=sum(1 for _, address, _ in hearers if address),
            without_address=sum(1 for _, address, _ in hearers if not address),
            secret=secrets.token_bytes(32),
        )
        session.add(meeting)
        session.flush()
        _write(
            meeting,
            "meeting",
            [(member_id, address or "", locale) for member_id, address, locale in hearers if address],
            counts=meeting.counts,
            starts_at=meeting.starts_at,
            place=place,
            video=bool(meeting.video_url),
        )
        tend(case.forum, at)
        _log("meeting_announced", rights, meeting, starts_at=meeting.starts_at, counts=meeting.counts)
        return meeting


def _paths(case: Case) -> list[str]:
    """The units whose members are to hear of it: the case's own, and those that have a say in it."""
    return sorted({case.unit.path, *more_units(case)})


def more_units(case: Case) -> set[str]:
    """The units beside the case's own whose members have a say in it, as those above say."""
    return {path for ask in hooks.electorates for path in ask(case.id)}


def _place_blocker(place: str, video_url: str) -> Reason | None:
    address = video_url.strip()
    if not place and not address:
        return Reason.of("meeting_nowhere")
    if len(place) > LONGEST_PLACE:
        return Reason.of("meeting_place_long", most=LONGEST_PLACE)
    if address and (not address.startswith("https://") or len(address) > LONGEST_ADDRESS or " " in address):
        return Reason.of("meeting_video_address")
    return None


def cancel(rights: Rights, meeting_id: int, why: str) -> None:
    """Cancel a meeting that has not begun, and tell everybody who was told of it."""
    why = text.plain(why)
    with transaction():
        meeting = _held(meeting_id)
        access.require(access.on_case(rights, KEEPING, meeting.case))
        at = clock.now()
        _refuse("meeting_cancelled", when=meeting.cancelled_at is not None)
        _refuse("meeting_begun", when=meeting.starts_at <= at)
        _refuse("meeting_reason_missing", when=not why)
        if len(why) > LONGEST_SENTENCE:
            raise RuleBroken(Reason.of("sentence_too_long", characters=len(why), most=LONGEST_SENTENCE))
        meeting.cancelled_at, meeting.cancel_reason = at, why
        hearers = queries.hearers(_paths(meeting.case), at)
        _write(
            meeting,
            "meeting_cancelled",
            [(member_id, address, locale) for member_id, address, locale in hearers if address],
            starts_at=meeting.starts_at,
            why=why,
        )
        _log("meeting_cancelled", rights, meeting)


def say_coming(rights: Rights, meeting_id: int, *, coming: bool) -> None:
    """Note that somebody comes, or does not after all. It gives nothing."""
    rights.require(TAKING_PART, Matter(owner_id=rights.member.id))
    with transaction() as session:
        meeting = _held(meeting_id)
        _refuse("meeting_cancelled", when=meeting.cancelled_at is not None)
        at = clock.now()
        _refuse("meeting_over", when=meeting.ends_at <= at)
        found = session.get(Rsvp, (meeting.id, rights.member.id))
        if coming and found is None:
            session.add(Rsvp(meeting_id=meeting.id, member_id=rights.member.id, at=at))
        elif not coming and found is not None:
            session.delete(found)


# Checking in


def check_in(rights: Rights, meeting_id: int, typed: str) -> list[Reason]:
    """Check oneself in by the code on the organiser's screen; answers what it means.

    The code holds for the step it is shown in and the one after, while the meeting is on.
    """
    rights.require(TAKING_PART, Matter(owner_id=rights.member.id))
    with transaction():
        meeting = _held(meeting_id)
        at = clock.now()
        _refuse("meeting_cancelled", when=meeting.cancelled_at is not None)
        if not rules.takes_code(meeting.starts_at, meeting.ends_at, at):
            raise RuleBroken(Reason.of("code_not_now", opens_at=meeting.starts_at - rules.MARGIN))
        _refuse("check_in_code_wrong", when=not rules.is_code(typed, meeting.secret, meeting.id, at))
        found = queries.check_in_of(meeting.id, rights.member.id)
        if found is not None and found.corrected_at is None:
            return [Reason.of("checked_in_already")]
        return _enter(meeting, rights.member.id, How.CODE, None, found, at)


def enter(rights: Rights, meeting_id: int, member_id: int, how: How) -> list[Reason]:
    """Check a member in by the secretary's list: in person, by video or by telephone alike, also afterwards."""
    with transaction() as session:
        meeting = _held(meeting_id)
        access.require(access.on_case(rights, KEEPING, meeting.case))
        at = clock.now()
        _refuse("meeting_cancelled", when=meeting.cancelled_at is not None)
        if at < meeting.starts_at - rules.MARGIN:
            raise RuleBroken(Reason.of("list_not_yet", opens_at=meeting.starts_at - rules.MARGIN))
        _refuse("check_in_oneself", when=member_id == rights.member.id)
        _refuse("check_in_by_code_only", when=how is How.CODE)
        member = session.get(Member, member_id)
        theirs = rights_of(member, at) if member else None
        if member is None or theirs is None:
            raise NotFound
        if theirs.is_guest or not theirs.has_some(TAKING_PART):
            raise RuleBroken(Reason.of("check_in_no_member", name=member.name))
        found = queries.check_in_of(meeting.id, member_id)
        if found is not None and found.corrected_at is None:
            raise RuleBroken(Reason.of("check_in_twice", name=member.name))
        said = _enter(meeting, member_id, how, rights.member.id, found, at)
        _log("check_in_entered", rights, meeting, member=member_id, how=how)
        return said


def _enter(
    meeting: Meeting, member_id: int, how: How, by: int | None, found: CheckIn | None, at: datetime
) -> list[Reason]:
    """Store the check-in with its credit, dated with the meeting; the answer is for whoever entered it."""
    entry = found or CheckIn(meeting_id=meeting.id, member_id=member_id)
    entry.how, entry.entered_by_id, entry.recorded_at, entry.corrected_at = how, by, at, None
    db.session.add(entry)
    said: list[Reason] = [Reason.of("checked_in", case=meeting.case.title)]
    if meeting.counts:
        credit, meant = crediting.give_to(
            meeting.case_id,
            member_id,
            CreditKind.MEETING,
            characters=0,
            at=meeting.starts_at,
            recorded_at=at,
        )
        entry.credit_id = credit.id
        if by is None:
            said += meant
        if at >= meeting.starts_at:
            late = hooks.late_credit(case_id=meeting.case_id, member_id=member_id, credit_id=credit.id, at=at)
            said += [reason for reason in late if reason not in said]
    else:
        said = [Reason.of("checked_in_not_counting", hours=rules.NOTICE.days * 24)]
    db.session.flush()
    return said


def correct(rights: Rights, meeting_id: int, member_id: int) -> None:
    """Take a wrong entry of the secretary's list back, before the freeze; the member is told, and it is logged.

    Whoever checked herself in by the code stays checked in: nobody decides who votes.
    """
    with transaction() as session:
        meeting = _held(meeting_id)
        access.require(access.on_case(rights, KEEPING, meeting.case))
        at = clock.now()
        entry = queries.check_in_of(meeting.id, member_id)
        if entry is None or entry.corrected_at is not None:
            raise NotFound
        _refuse("check_in_by_herself", when=entry.entered_by_id is None)
        _refuse("check_in_oneself", when=member_id == rights.member.id)
        passed = hooks.time_to_take_part(case_id=meeting.case_id, at=at)
        if passed:
            raise RuleBroken(passed[0])
        credit = session.get(CreditRow, entry.credit_id) if entry.credit_id else None
        if credit is not None:
            crediting.lose([credit], LossGround.CORRECTED, at)
        entry.corrected_at, entry.credit_id = at, None
        member = session.get_one(Member, member_id)
        if member.email:
            _write(
                meeting,
                f"check_in_corrected:{at.isoformat()}",
                [(member.id, member.email, member.locale)],
                template="check_in_corrected",
                starts_at=meeting.starts_at,
                who=rights.member.name,
            )
        _log("check_in_corrected", rights, meeting, member=member_id)


def _held_case(case_id: int) -> Case:
    case = case_by_id(case_id)
    if case is None:
        raise NotFound
    crediting.lock_cases([case])
    return case


def _held(meeting_id: int) -> Meeting:
    """The meeting, its case held until the commit: what is recorded before a freeze is seen by it."""
    meeting = queries.meeting_by_id(meeting_id)
    if meeting is None:
        raise NotFound
    crediting.lock_cases([meeting.case])
    db.session.refresh(meeting)
    return meeting


def _refuse(code: str, *, when: bool) -> None:
    if when:
        raise RuleBroken(Reason.of(code))


def _write(
    meeting: Meeting,
    occasion: str,
    receivers: list[tuple[int, str, str]],
    *,
    template: str = "",
    **facts: object,
) -> None:
    shared = {
        "title": meeting.title,
        "unit": meeting.case.unit.name,
        "case": meeting.case.title,
        "url": link("meetings.meeting", meeting_id=meeting.id),
        **facts,
    }
    outbox.mail_all(
        template or occasion,
        [
            (address, locale, f"meeting:{meeting.id}:{occasion}:{member_id}", shared)
            for member_id, address, locale in receivers
        ],
    )


def _log(act: str, rights: Rights, meeting: Meeting, **facts: object) -> None:
    audit.record(
        act,
        actor_id=rights.member.id,
        unit_id=meeting.case.unit_id,
        subject=("meeting", meeting.id),
        at=None,
        **{"case": meeting.case_id, **facts},
    )
