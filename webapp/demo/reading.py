"""What readers of the demonstration have done with the posts: found them useful, supported, answered, used them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import ParamSpec

from sqlalchemy import select

from forums import services as debate
from forums.models import Post, ThreadKind
from forums.reactions import services
from forums.reactions.models import ReactionKind
from foundation.errors import NotAllowed, RuleBroken
from foundation.extensions import db
from foundation.transaction import transaction
from members import queries
from webapp.demo import content
from webapp.demo.story import Story

_Given = ParamSpec("_Given")

_UNANSWERED = "mottak"
"""A question that has an answer, which nobody has marked: whoever keeps the area finds it in her list."""

_SENTENCES = (
    "Jeg leste det høyt i utvalget.",
    "Tallene er med i spørsmålet mitt til ordføreren.",
    "",
)


def tell(story: Story) -> None:
    """Put what readers do into the story, after the debates."""
    threads = [
        (area, thread["key"], ThreadKind(thread["kind"]))
        for area, thread in content.threads()
        if "locked" not in thread
    ]
    story.at(story.today - timedelta(hours=9), lambda: _read_at_once(story, threads))
    story.at(story.today - timedelta(hours=8), lambda: _change_of_mind(story))


def _posts(thread_id: int) -> list[Post]:
    chosen = select(Post).where(
        Post.thread_id == thread_id, Post.hidden_at.is_(None), Post.deleted_at.is_(None)
    )
    return list(db.session.scalars(chosen.order_by(Post.id).limit(7)))


def _read_at_once(story: Story, threads: Sequence[tuple[str, str, ThreadKind]]) -> None:
    """A morning's presses as one act, so that the demonstration stands in seconds."""
    with transaction():
        _read(story, threads)


def _read(story: Story, threads: Sequence[tuple[str, str, ThreadKind]]) -> None:
    readers = [story.rights(person) for person in sorted(story.organisation.people)[:40]]
    for number, (area, key, kind) in enumerate(threads):
        ids = [(post.id, post.office_id) for post in _posts(story.threads[key])]
        if kind is ThreadKind.PROPOSAL:
            for reader in readers[number : number + 9]:
                _try(services.react, reader, ids[0][0], ReactionKind.SUPPORT, on=True, version=1)
        for place, (post_id, _office) in enumerate(ids[1:4]):
            for reader in readers[(number * 5 + place) % 30 :][: (number + 2 * place) % 4]:
                _try(services.react, reader, post_id, ReactionKind.USEFUL, on=True, version=1)
        keeper = story.rights(_keeper(story, area))
        official = [post_id for post_id, office_id in ids[1:] if office_id is not None]
        if kind is ThreadKind.QUESTION and official and key != _UNANSWERED:
            _try(services.mark_answer, keeper, official[0], on=True)
        if number % 3 == 0 and len(ids) > 2:
            sentence = _SENTENCES[number // 3 % len(_SENTENCES)]
            _try(services.take_along, keeper, ids[2][0], on=True, sentence=sentence)
            _try(services.react, readers[5], ids[2][0], ReactionKind.RETHOUGHT, on=True, version=1)


def _change_of_mind(story: Story) -> None:
    """A mover changes her proposal after it was supported; she names whom she listened to."""
    mover = story.rights("fatima")
    first = _posts(story.threads["barnepass"])[0]
    other = next(post for post in _posts(story.threads["barnepass"])[1:] if post.author_id != first.author_id)
    debate.edit_post(
        mover,
        first.id,
        first.body.replace("i alle ledd", "i alle ledd som ber om det")
        + f"\n\nEndret etter innspill fra @{other.author.name}.",
        version=first.version,
    )


def _keeper(story: Story, area: str) -> str:
    term = queries.keepers_of([story.organisation.areas[area]], story.today)[0]
    return next(key for key, member_id in story.organisation.people.items() if member_id == term.member_id)


def _try(act: Callable[_Given, object], *given: _Given.args, **named: _Given.kwargs) -> None:
    """Do what this person may do; nobody presses anything under her own post."""
    try:
        act(*given, **named)
    except (NotAllowed, RuleBroken):
        return
