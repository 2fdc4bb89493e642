"""The elections of the demonstration: candidates who say yes, papers that are ranked, tellers who count."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from ballot import events, queries
from ballot.models import Method, RollEntry
from ballot.services import candidates, casting, corrections, drafting, lifecycle, notice, tellers
from ballot.services.drafting import Candidacy, Draft
from foundation import clock
from foundation.audit import canonical
from foundation.extensions import db
from members.models import Member
from members.rules.classes import MembershipClass, Subject
from webapp.demo import content
from webapp.demo.organisation import local
from webapp.demo.story import Story


def tell(story: Story) -> None:
    """Put the elections into the story."""
    for election in content.read("elections")["elections"]:
        _Told(story, election).tell()


class _Told:
    """One election and the acts that bring it to its state."""

    def __init__(self, story: Story, election: dict[str, Any]) -> None:
        self.story = story
        self.election = election
        self.id = 0
        self.draw = random.Random(election["key"])  # noqa: S311  (invented votes)

    def tell(self) -> None:
        noticed = self._day(-self.election["notice_days_ago"], "09:00")
        opens = self._day(self.election["opens_in_days"], "09:00")
        closes = self._day(self.election["closes_in_days"], "20:00")
        self._at(noticed - timedelta(days=4), lambda: self._draft(opens, closes))
        self._at(noticed - timedelta(days=3), self._answer)
        self._at(noticed - timedelta(days=1), self._submit)
        self._at(noticed, self._approve)
        self._at(opens, self._advance)
        self._at(opens + timedelta(hours=4), self._vote)
        self._at(closes, self._advance)
        if self.election["state"] == "certified":
            self._at(closes + timedelta(hours=1), self._count)
        if "correction" in self.election:
            self._at(closes + timedelta(hours=14), self._correct)

    def _at(self, moment: datetime, act: Callable[[], None]) -> None:
        if moment < self.story.today:
            self.story.at(moment, act)

    def _day(self, days_ahead: int, clock_time: str) -> datetime:
        return local((self.story.today + timedelta(days=days_ahead)).date(), clock_time)

    def _draft(self, opens: datetime, closes: datetime) -> None:
        election, organisation = self.election, self.story.organisation
        quota = election.get("quota")
        standing = [(one, self._member(one)) for one in election["candidates"]]
        draft = Draft(
            unit_id=organisation.units[election["unit"]],
            question=election["question"],
            about=election["about"],
            responsible_id=organisation.people[election["responsible"]],
            options=tuple((member.name if member else one["name"], one["line"]) for one, member in standing),
            candidates=tuple(Candidacy(member.id if member else None) for _one, member in standing),
            subject=Subject.ELECTION,
            counted_by=Method(election["method"]),
            seats=election["seats"],
            deputies=election.get("deputies", 0),
            quota=canonical({"members": quota, "deputies": None, "too_few": "lower"}) if quota else "",
            shuffled=election.get("shuffled", False),
            opens_at=opens,
            closes_at=closes,
            unit_ids=(organisation.units[election["unit"]],),
            classes=frozenset({MembershipClass.FULL_MEMBER, MembershipClass.YOUTH_MEMBER}),
            teller_ids=frozenset(organisation.people[person] for person in election["tellers"]),
            respond_by=self._day(election["respond_in_days"], "12:00").date(),
        )
        self.id = drafting.create(draft, self._rights("drafter")).id

    def _member(self, candidate: dict[str, Any]) -> Member | None:
        if "person" not in candidate:
            return None
        return db.session.get_one(Member, self.story.organisation.people[candidate["person"]])

    def _rights(self, role: str) -> Any:
        return self.story.rights(self.election[role])

    def _answer(self) -> None:
        candidates.ask(self.id, self._rights("drafter"))
        for place, one in enumerate(self.election["candidates"]):
            said = {"portrait": one.get("portrait", ""), "gender_group": one.get("group", "")}
            if "person" in one:
                candidates.answer(self.id, self.story.rights(one["person"]), stands=True, **said)
            else:
                today = clock.now().date()
                candidates.record_written(self.id, place, self._rights("drafter"), today, **said)

    def _submit(self) -> None:
        drafting.submit(self.id, self._rights("drafter"))

    def _approve(self) -> None:
        notice.publish(self.id, self._rights("approver"))

    def _advance(self) -> None:
        lifecycle.advance(self.id, clock.now())

    def _vote(self) -> None:
        personas = {
            self.story.organisation.people[one["person"]] for one in content.read("personas")["personas"]
        }
        entitled = [
            member_id
            for member_id in db.session.scalars(
                select(RollEntry.member_id)
                .where(RollEntry.ballot_id == self.id, RollEntry.entitled)
                .order_by(RollEntry.member_id)
            )
            if member_id not in personas
        ]
        for member_id in self.draw.sample(entitled, self.election["papers"]):
            casting.cast(self.id, member_id, self._paper())

    def _paper(self) -> list[str]:
        """A ranking drawn by how much each pulls; some short, some long, a few blank."""
        standing = self.election["candidates"]
        if self.draw.random() < 0.04:
            return [casting.value_of(self.id, None)]
        left = dict(enumerate(one.get("pull", 3) for one in standing))
        ranked: list[int] = []
        for _turn in range(self.draw.randint(1, len(standing))):
            chosen = self.draw.choices(list(left), list(left.values()))[0]
            ranked.append(chosen)
            del left[chosen]
        return [f"{casting.value_of(self.id, place)}:{turn}" for turn, place in enumerate(ranked, start=1)]

    def _count(self) -> None:
        for person in self.election["tellers"]:
            tellers.release(self.id, self.story.rights(person))
        ballot = queries.ballot(self.id)
        if ballot is not None:
            for person in self.election["tellers"]:
                tellers.approve(self.id, self.story.rights(person))

    def _correct(self) -> None:
        """Two tellers put the record right: there are two versions to read."""
        first, second = (self.story.rights(person) for person in self.election["tellers"][:2])
        corrections.propose(self.id, first, self.election["correction"])
        corrections.correct(self.id, second, events.history(self.id)[-1].seq)
