"""The ballots of the demonstration, one in every state: drafted, approved, voted in and counted as real ones are."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from ballot import joint
from ballot.models import RollEntry, Side
from ballot.rules.majority import MORE_YES_THAN_NO
from ballot.rules.participation import Setting
from ballot.services import answers, casting, changes, drafting, lifecycle, notice, tellers
from ballot.services.drafting import Draft
from foundation import clock
from foundation.extensions import db
from foundation.transaction import transaction
from members.rules.classes import MembershipClass
from webapp.demo import content
from webapp.demo.organisation import local
from webapp.demo.story import Story

# Of those who may vote in a ballot that is open when the visitor comes, so many have; the personas have not.
HAVE_VOTED = 0.4


def tell(story: Story) -> None:
    """Put the ballots into the story."""
    for ballot in content.read("ballots")["ballots"]:
        _Told(story, ballot).tell()


class _Told:
    """One ballot and the acts that bring it to its state."""

    def __init__(self, story: Story, ballot: dict[str, Any]) -> None:
        self.story = story
        self.ballot = ballot
        self.id = 0
        # The same votes each time; the box shuffles them in its own way.
        self.draw = random.Random(ballot["key"])  # noqa: S311  (invented votes)

    def tell(self) -> None:
        state = self.ballot["state"]
        self._at(self._drafted_at(), self._draft)
        if state == "draft":
            return
        if state == "withdrawn":
            self._at(self._day(-self.ballot["ended_days_ago"], "10:30"), self._withdraw)
            return
        self._at(self._drafted_at() + timedelta(hours=2), self._submit)
        if state == "submitted":
            return
        self._at(self._notice_at(), self._approve)
        if state == "cancelled":
            self._at(self._day(-self.ballot["ended_days_ago"], "19:00"), self._cancel)
            return
        for moment in (self._freezes_at(), self._opens_at()):
            self._at(moment, self._advance)
        if self._opens_at() < self.story.today:
            self._at(self._opens_at() + timedelta(hours=3), self._vote)
        if state == "annulled":
            self._at(self._day(-self.ballot["ended_days_ago"], "20:00"), self._annul)
            return
        self._at(self._closes_at(), self._advance)
        if state == "counted":
            self._at(self._closes_at() + timedelta(hours=1), self._open_box)
        if "answer" in self.ballot:
            self._at(self._day(self.ballot["respond_in_days"] - 1, "21:00"), self._answer)
        if state == "final":
            self._at(self._closes_at() + timedelta(days=4), self._advance)

    def _at(self, moment: datetime, act: Callable[[], None]) -> None:
        if moment < self.story.today:
            self.story.at(moment, act)

    def _day(self, days_ahead: float, clock_time: str) -> datetime:
        return local((self.story.today + timedelta(days=days_ahead)).date(), clock_time)

    def _drafted_at(self) -> datetime:
        days_ago = self.ballot.get("notice_days_ago") or self.ballot.get("ended_days_ago", 1) + 1
        return self._day(-days_ago - 2, "18:00")

    def _notice_at(self) -> datetime:
        return self._day(-self.ballot["notice_days_ago"], "09:00")

    def _freezes_at(self) -> datetime:
        return self._day(self.ballot["freeze_in_days"], "20:00")

    def _opens_at(self) -> datetime:
        # Thirteen hours after the freeze: twelve on the night when the clocks go forward.
        return self._day(self.ballot["opens_in_days"], "09:00")

    def _closes_at(self) -> datetime:
        return self._day(self.ballot["closes_in_days"], "20:00")

    # The acts

    def _draft(self) -> None:
        ballot, organisation = self.ballot, self.story.organisation
        case_id = self.story.cases[ballot["case"]]
        setting = Setting(ballot["participation"])
        window = ballot.get("window_opens_days_ago")
        draft = Draft(
            unit_id=organisation.units[ballot["unit"]],
            question=ballot["question"],
            about=ballot["about"],
            responsible_id=organisation.people[ballot["responsible"]],
            options=tuple((option["label"], option.get("explanation", "")) for option in ballot["options"]),
            several=ballot["method"] == "approval",
            case_id=case_id,
            window_opens_at=self._day(-window, "09:00") if window and setting is not Setting.NONE else None,
            roll_freezes_at=self._freezes_at(),
            opens_at=self._opens_at(),
            closes_at=self._closes_at(),
            unit_ids=(organisation.units[ballot["unit"]],),
            classes=frozenset({MembershipClass.FULL_MEMBER, MembershipClass.YOUTH_MEMBER}),
            majority=MORE_YES_THAN_NO if ballot["method"] == "motion" else None,
            participation=setting,
            arguments=tuple(
                (Side(argument["side"]), argument["text"]) for argument in ballot.get("arguments", [])
            ),
            # The papers of the case stand on the ballot page by themselves.
            sources=tuple(
                (source["title"], source["url"]) for source in ballot.get("sources", []) if "url" in source
            ),
            teller_ids=frozenset(organisation.people[person] for person in ballot.get("tellers", [])),
            respond_by=self._day(ballot["respond_in_days"], "12:00").date(),
        )
        self.id = drafting.create(draft, self.story.rights(ballot["drafter"])).id

    def _submit(self) -> None:
        drafting.submit(self.id, self.story.rights(self.ballot["drafter"]))

    def _withdraw(self) -> None:
        drafting.withdraw(self.id, self.story.rights(self.ballot["drafter"]), self.ballot["reason"])

    def _approve(self) -> None:
        notice.publish(self.id, self.story.rights(self.ballot["approver"]))

    def _cancel(self) -> None:
        for person in (self.ballot["drafter"], self.ballot["approver"]):
            changes.cancel(self.id, self.story.rights(person), self.ballot["reason"])

    def _annul(self) -> None:
        tellers.propose_annulment(self.id, self.story.rights("inger"), self.ballot["reason"])
        proposed = joint.of(self.id).annulments[-1]
        tellers.annul(self.id, self.story.rights("thea"), proposed.seq)

    def _advance(self) -> None:
        lifecycle.advance(self.id, clock.now())

    def _open_box(self) -> None:
        for person in self.ballot["tellers"][:2]:
            tellers.release(self.id, self.story.rights(person))

    def _answer(self) -> None:
        answer = self.ballot["answer"]
        answers.give(
            self.id, self.story.rights(self.ballot["responsible"]), answer["body_vote"], answer["used"]
        )

    def _vote(self) -> None:
        personas = {
            self.story.organisation.people[one["person"]] for one in content.read("personas")["personas"]
        }
        entitled = list(
            db.session.scalars(
                select(RollEntry.member_id)
                .where(RollEntry.ballot_id == self.id, RollEntry.entitled)
                .order_by(RollEntry.member_id)
            )
        )
        if "votes" in self.ballot:
            papers = self._papers()
        else:
            entitled = [member_id for member_id in entitled if member_id not in personas]
            options = len(self.ballot["options"])
            papers = [
                frozenset({self.draw.randrange(options)}) for _ in range(int(len(entitled) * HAVE_VOTED))
            ]
        if len(papers) > len(entitled):
            raise ValueError(
                f"{self.ballot['key']}: {len(papers)} votes for {len(entitled)} entitled members"
            )
        # One commit for all of them: the demonstration need not survive its own making.
        with transaction():
            for member_id, paper in zip(self.draw.sample(entitled, len(papers)), papers, strict=True):
                marks = [casting.value_of(self.id, mark) for mark in paper] or [
                    casting.value_of(self.id, None)
                ]
                casting.cast(self.id, member_id, marks)

    def _papers(self) -> list[frozenset[int]]:
        """Papers whose marks sum to what the content file says."""
        votes = dict(self.ballot["votes"])
        blank = votes.pop("Blank", 0)
        labels = [option["label"] for option in self.ballot["options"]]
        marks = [labels.index(label) for label, number in votes.items() for _ in range(number)]
        count = self.ballot.get("papers", len(marks) + blank) - blank
        papers: list[set[int]] = [{mark} for mark in marks[:count]]
        for mark in marks[count:]:
            self.draw.choice([paper for paper in papers if mark not in paper]).add(mark)
        return [frozenset(paper) for paper in papers] + [frozenset()] * blank
