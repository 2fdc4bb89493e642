"""The debates of the demonstration: cases, threads, posts, and what moderators did."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from forums import services
from forums.models import Case, CasePaper, Forum, Ground, Post, Thread, ThreadKind
from forums.services.cases import CaseDraft
from foundation.errors import NotAllowed
from foundation.text import own_visible_characters
from foundation.transaction import transaction
from members import queries
from members.models import Member
from webapp.demo import content
from webapp.demo.organisation import local
from webapp.demo.story import Story


def tell(story: Story) -> None:
    """Put the debates into the story."""
    for case in content.read("cases")["cases"]:
        story.at(_day(story, case["opened_days_ago"], "08:00"), _opens_case(story, case))
    for area, thread in content.threads():
        story.at(_moment(story, thread), _opens_thread(story, area, thread))
        ids: dict[int, int] = {}
        for index, post in enumerate(thread.get("posts", [])):
            story.at(_moment(story, post), _writes(story, thread, post, index, ids))
            if "hidden" in post:
                moment = _moment(story, post) + timedelta(hours=3)
                story.at(moment, _hides(story, area, post["hidden"]["ground"], index, ids))
        if "locked" in thread:
            # A lock ends after 48 hours at most; this one is still on when the visitor comes.
            story.at(story.today - timedelta(hours=20), _locks(story, area, thread))
    for code in story.organisation.areas:
        story.at(story.today - timedelta(days=1 + len(code) % 6, hours=5), _tends(story, code))


def _day(story: Story, days_ago: float, clock_time: str) -> datetime:
    return local((story.today - timedelta(days=days_ago)).date(), clock_time)


def _moment(story: Story, entry: dict[str, Any]) -> datetime:
    return min(_day(story, entry["days_ago"], entry["at"]), story.today - timedelta(minutes=5))


def _keeper(story: Story, area: str) -> str:
    """The person who answers for an area."""
    term = queries.keepers_of([story.organisation.areas[area]], story.today)[0]
    return next(key for key, member_id in story.organisation.people.items() if member_id == term.member_id)


def _opens_case(story: Story, case: dict[str, Any]) -> Any:
    def act() -> None:
        decides_at = _day(story, -case["decides_in_days"], "17:00")
        draft = CaseDraft(
            unit_id=story.organisation.units[case["unit"]],
            title=case["title"],
            summary=case["summary"],
            deciding_body=case["deciding_body"],
            decides_at=decides_at,
            contributions_before=_day(story, -case["contributions_before_days"], "20:00"),
        )
        area_id = story.organisation.areas[case["area"]]
        opened = None
        for person in (case["responsible"], _keeper(story, case["area"])):
            try:
                opened = services.open_case(story.rights(person), area_id, draft, accept_short=True)
                break
            except NotAllowed:
                continue
        if opened is None:
            raise LookupError(f"nobody may open {case['key']}")
        story.cases[case["key"]] = opened.id
        with transaction() as session:
            session.execute(
                update(Case)
                .where(Case.id == opened.id)
                .values(responsible_id=story.organisation.people[case["responsible"]])
            )
            for position, paper in enumerate(case.get("papers", [])):
                session.add(
                    CasePaper(
                        case_id=opened.id, position=position, title=paper["title"], body=paper["text"].strip()
                    )
                )

    return act


def _opens_thread(story: Story, area: str, thread: dict[str, Any]) -> Any:
    def act() -> None:
        written = services.open_thread(
            story.rights(thread["by"]),
            story.organisation.areas[area],
            title=thread["title"],
            body=thread["body"].strip(),
            kind=ThreadKind(thread["kind"]),
            unit_id=story.organisation.units[thread["unit"]],
            case_id=story.cases[thread["case"]] if "case" in thread else None,
            as_office=thread.get("as_office", False),
        )
        story.threads[thread["key"]] = written.thread_id

    return act


def _writes(
    story: Story, thread: dict[str, Any], post: dict[str, Any], index: int, ids: dict[int, int]
) -> Any:
    def act() -> None:
        answered = post.get("quote", post.get("reply_to"))
        written = services.write_post(
            story.rights(post["by"]),
            story.threads[thread["key"]],
            post["body"].strip(),
            reply_to=ids[answered] if answered is not None else None,
            as_office=post.get("as_office", False),
        )
        ids[index] = written.post_id

    return act


def _hides(story: Story, area: str, ground: str, index: int, ids: dict[int, int]) -> Any:
    def act() -> None:
        services.hide_post(story.rights(_keeper(story, area)), ids[index], Ground(ground))

    return act


def _locks(story: Story, area: str, thread: dict[str, Any]) -> Any:
    def act() -> None:
        ground = Ground(thread["locked"]["ground"])
        services.lock_thread(
            story.rights(_keeper(story, area)), story.threads[thread["key"]], ground, hours=48
        )

    return act


def _tends(story: Story, area: str) -> Any:
    def act() -> None:
        services.tend_area(story.rights(_keeper(story, area)), story.organisation.areas[area])

    return act


def crowd(story: Story, posts: int) -> None:
    """One thread with so many posts, written as rows: for trying what a very long debate is like."""
    bodies = [post["body"].strip() for _area, thread in content.threads() for post in thread.get("posts", [])]
    with transaction() as session:
        forum = session.scalars(select(Forum).order_by(Forum.id).limit(1)).one()
        authors = list(session.scalars(select(Member.id).order_by(Member.id).limit(200)))
        start = story.today - timedelta(days=20)
        thread = Thread(
            forum_id=forum.id,
            unit_id=forum.unit_id,
            kind=ThreadKind.IDEA,
            title="En veldig lang tråd",
            author_id=authors[0],
            opened_at=start,
            last_post_at=story.today,
            post_count=posts,
        )
        session.add(thread)
        session.flush()
        step = timedelta(days=20) / posts
        session.execute(
            insert(Post),
            [
                {
                    "thread_id": thread.id,
                    "author_id": authors[number % len(authors)],
                    "body": bodies[number % len(bodies)],
                    "version": 1,
                    "visible_characters": own_visible_characters(bodies[number % len(bodies)]),
                    "written_at": start + step * number,
                }
                for number in range(posts)
            ],
        )
        session.execute(update(Post).where(Post.thread_id == thread.id).values(root_id=Post.id))
        thread.last_post_id = session.scalar(select(func.max(Post.id)).where(Post.thread_id == thread.id))
