"""Ways of taking part in the case of the running ballot, and what is asked about it: meetings, statements, findings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ballot.linking import services as linking
from forums import services as debate
from forums.findings import services as findings
from forums.meetings import services as meetings
from forums.meetings.models import How
from forums.meetings.services import MeetingDraft
from forums.models import FindingCode
from forums.services import papers
from forums.statements import services as statements
from webapp.demo import content
from webapp.demo.organisation import local
from webapp.demo.story import Story


def tell(story: Story) -> None:
    """Put them into the story, after the debates."""
    told = content.read("ways")
    for meeting in told["meetings"]:
        _meeting(story, told, meeting)
    question, statement, assisted = told["question"], told["statement"], told["assisted"]
    threads: list[int] = []
    story.at(
        _day(story, -question["days_ago"], "11:00"),
        lambda: threads.append(
            papers.ask_members(
                story.rights(told["organiser"]),
                story.cases[told["case"]],
                question["text"],
                question["about"],
            )
        ),
    )
    story.at(
        _day(story, -question["days_ago"] + 1, "19:40"),
        lambda: _done(debate.write_post(story.rights(question["by"]), threads[0], question["answer"])),
    )
    sent: list[int] = []
    story.at(
        _day(story, -statement["days_ago"], "21:15"),
        lambda: sent.append(
            statements.send(
                story.rights(statement["by"]),
                story.cases[told["case"]],
                statement["text"],
                may_publish=statement["may_publish"],
            ).statement_id
        ),
    )
    story.at(
        _day(story, -statement["days_ago"] + 1, "08:30"),
        lambda: _done(statements.note_read(story.rights(told["organiser"]), sent[0])),
    )
    story.at(
        story.today - timedelta(hours=assisted["hours_ago"]),
        lambda: _done(
            statements.assist(
                story.rights(told["organiser"]),
                story.cases[told["case"]],
                story.organisation.people[assisted["member"]],
                assisted["text"],
            )
        ),
    )
    _request(story, told["case"], told["request"])
    _finding(story, told["finding"])


def _request(story: Story, case: str, request: dict[str, Any]) -> None:
    """Five ask that a thread be linked to the case; the fifth starts the board's two days."""
    first = request["reached_hours_ago"] + len(request["by"])
    for place, person in enumerate(request["by"], start=1):
        story.at(
            story.today - timedelta(hours=first - place),
            _asks(story, case, request["thread"], person),
        )


def _asks(story: Story, case: str, thread: str, person: str) -> Callable[[], None]:
    def act() -> None:
        linking.ask(story.rights(person), story.cases[case], story.threads[thread])

    return act


def _finding(story: Story, finding: dict[str, Any]) -> None:
    """A post of which one holds that it is no contribution; it counts until a second agrees."""
    posts: list[int] = []
    story.at(
        _day(story, -finding["days_ago"], "12:20"),
        lambda: posts.append(
            debate.write_post(
                story.rights(finding["by"]), story.threads[finding["thread"]], finding["text"]
            ).post_id
        ),
    )
    story.at(
        story.today - timedelta(hours=finding["hours_ago"]),
        lambda: _done(
            findings.propose(
                story.rights(finding["proposer"]),
                posts[0],
                FindingCode(finding["code"]),
                finding["sentence"],
            )
        ),
    )


def _meeting(story: Story, told: dict[str, Any], meeting: dict[str, Any]) -> None:
    if "starts_hours_ago" in meeting:
        starts_at = story.today.replace(minute=0, second=0, microsecond=0) - timedelta(
            hours=meeting["starts_hours_ago"]
        )
    else:
        starts_at = _day(story, meeting["starts_in_days"], "18:00")
    announced: list[int] = []

    def announce() -> None:
        draft = MeetingDraft(
            title=meeting["title"],
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=meeting["hours"]),
            place=meeting["place"],
            video_url=meeting["video_url"],
        )
        made = meetings.announce(
            story.rights(told["organiser"]),
            story.cases[told["case"]],
            draft,
        )
        announced.append(made.id)

    story.at(_day(story, -meeting["announced_days_ago"], "10:00"), announce)
    for person in meeting["present"]:
        story.at(starts_at + timedelta(minutes=5), _enters(story, told, announced, person))


def _enters(story: Story, told: dict[str, Any], announced: list[int], person: str) -> Callable[[], None]:
    def act() -> None:
        meetings.enter(
            story.rights(told["organiser"]), announced[0], story.organisation.people[person], How.IN_PERSON
        )

    return act


def _day(story: Story, days_ahead: float, clock_time: str) -> datetime:
    return local((story.today + timedelta(days=days_ahead)).date(), clock_time)


def _done(_result: object) -> None:
    """An act of the story answers nothing."""
