"""Builders that state only what matters: a_member(joined="2026-03-02 09:01")."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from forums.models import Case, CaseThread, Forum, Post, Thread, ThreadKind
from foundation import clock
from foundation.transaction import transaction
from members import services
from members.models import Dues, Member, Office, PolicyArea, Standing, Term, Unit, VotingRight
from members.rules.classes import MembershipClass, Status, Subject
from members.rules.permissions import OfficeKind

OSLO = ZoneInfo("Europe/Oslo")
LONG_AGO = "2015-01-01 00:00"
_numbers = itertools.count(1)


def oslo(local: str) -> datetime:
    """A moment as a Norwegian clock shows it: oslo("2026-03-02 09:00")."""
    return datetime.fromisoformat(local).replace(tzinfo=OSLO).astimezone(UTC)


def a_unit(
    name: str = "Fjordvik kommuneparti", parent: Unit | None = None, kind: str = "kommuneparti"
) -> Unit:
    """A unit; members of both kinds may vote on everything in it when it stands at the top."""
    with transaction() as session:
        unit = Unit(
            code=f"U{next(_numbers)}",
            name=name,
            kind=kind,
            parent_id=parent.id if parent else None,
            path=f"new{next(_numbers)}",
        )
        session.add(unit)
        session.flush()
        unit.path = f"{parent.path if parent else '/'}{unit.id}/"
        if parent is None:
            for subject in Subject:
                for kind_of_member in (MembershipClass.FULL_MEMBER, MembershipClass.YOUTH_MEMBER):
                    session.add(
                        VotingRight(unit_id=unit.id, membership_class=kind_of_member, subject=subject)
                    )
    return unit


def a_member(
    unit: Unit,
    name: str = "",
    *,
    joined: str = LONG_AGO,
    membership_class: MembershipClass = MembershipClass.FULL_MEMBER,
    status: Status = Status.ACTIVE,
    born_year: int | None = 1980,
    email: str | None = "",
    recorded: str = LONG_AGO,
    paid_until: date | None = None,
    locale: str = "nb",
) -> Member:
    """A member of the register, active and full unless said otherwise."""
    number = next(_numbers)
    with transaction() as session:
        member = Member(
            member_no=f"{100000 + number}",
            name=name or f"Medlem {number}",
            email=(email or f"medlem{number}@example.org") if email is not None else None,
            locale=locale,
            registered_at=oslo(recorded),
        )
        session.add(member)
        session.flush()
        session.add(
            Standing(
                member_id=member.id,
                unit_id=unit.id,
                membership_class=membership_class,
                status=status,
                joined_at=oslo(joined),
                born_year=born_year,
                recorded_at=oslo(recorded),
            )
        )
        if paid_until is not None:
            session.add(
                Dues(
                    member_id=member.id,
                    paid_on=oslo(recorded).date(),
                    paid_until=paid_until,
                    recorded_at=oslo(recorded),
                )
            )
    return member


def an_area(unit: Unit, name: str = "Skole og oppvekst") -> PolicyArea:
    """A policy area owned by the unit."""
    with transaction() as session:
        area = PolicyArea(code=f"omrade-{next(_numbers)}", name=name, description="", unit_id=unit.id)
        session.add(area)
    return area


def an_office(
    member: Member,
    kind: OfficeKind,
    unit: Unit,
    *,
    area: PolicyArea | None = None,
    title: str = "Kommunestyrerepresentant",
    deputy: bool = False,
    starts: str = LONG_AGO,
    ends: str = "2040-01-01 00:00",
) -> Term:
    """That the member holds an office in the unit (for the area) in [starts, ends)."""
    with transaction() as session:
        office = Office(
            kind=kind,
            unit_id=unit.id,
            area_id=area.id if area else None,
            title=title,
            body="Fjordvik kommunestyre",
        )
        session.add(office)
        session.flush()
        term = Term(
            office_id=office.id,
            member_id=member.id,
            is_deputy=deputy,
            starts_at=oslo(starts),
            ends_at=oslo(ends),
        )
        session.add(term)
    return term


def a_forum(unit: Unit, area: PolicyArea | None = None) -> Forum:
    """The forum of an area in its owning unit."""
    area = area or an_area(unit)
    with transaction() as session:
        forum = Forum(area_id=area.id, unit_id=unit.id)
        session.add(forum)
    return forum


def a_case(
    forum: Forum,
    responsible: Member,
    title: str = "Skolestruktur i Fjordvik",
    *,
    decides: str = "2026-05-01 10:00",
) -> Case:
    """A running case in the forum, number FV-n/2026."""
    with transaction() as session:
        case = Case(
            body_code="FV",
            year=2026,
            serial=next(_numbers),
            forum_id=forum.id,
            unit_id=forum.unit_id,
            title=title,
            summary="Rådmannen foreslår å legge ned to skoler.",
            deciding_body="Fjordvik kommunestyre",
            decides_at=oslo(decides),
            contributions_before=oslo(decides) - timedelta(days=7),
            responsible_id=responsible.id,
            opened_by_id=responsible.id,
            opened_at=oslo("2026-01-10 12:00"),
        )
        session.add(case)
    return case


def a_thread(
    forum: Forum,
    author: Member,
    *,
    case: Case | None = None,
    title: str = "Hva mener vi?",
    body: str = "",
    opened: str = "2026-01-11 12:00",
) -> Thread:
    """A thread with its opening post, on the case if one is named; written as data, so it gives no credit."""
    at = oslo(opened)
    with transaction() as session:
        thread = Thread(
            forum_id=forum.id,
            unit_id=forum.unit_id,
            kind=ThreadKind.CASE if case else ThreadKind.IDEA,
            title=title,
            author_id=author.id,
            opened_at=at,
            last_post_at=at,
            post_count=1,
        )
        session.add(thread)
        session.flush()
        post = Post(
            thread_id=thread.id,
            author_id=author.id,
            body=body or "Her kan vi diskutere saken.",
            written_at=at,
        )
        session.add(post)
        session.flush()
        post.root_id = post.id
        thread.last_post_id = post.id
        if case:
            session.add(CaseThread(case_id=case.id, thread_id=thread.id, linked_at=at))
    return thread


def sign_in(client: FlaskClient, member: Member) -> FlaskClient:
    """Let the browser be signed in as the member, without the detour over a mail."""
    token = services.start_session(member.id, "Firefox på Linux")
    with client.session_transaction() as session:
        session["token"] = token
    return client


def csrf_token(client: FlaskClient) -> str:
    """The token that this browser's forms carry."""
    with client.session_transaction() as session:
        kept = session.setdefault("csrf_token", secrets.token_hex(20))
    key = str(client.application.secret_key)
    return URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(kept)


def post(
    client: FlaskClient, url: str, data: Mapping[str, Any] | None = None, **options: Any
) -> TestResponse:
    """Send a form as the page it stands on would, with its token."""
    return client.post(url, data={**(data or {}), "csrf_token": csrf_token(client)}, **options)


def later(**by: float) -> datetime:
    """The moment this much after now."""
    return clock.now() + timedelta(**by)
