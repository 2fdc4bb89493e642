"""What a member's own page says of what is new for her."""

from __future__ import annotations

from forums.notices import queries
from forums.notices.models import Notice
from forums.notices.rules import NoticeKind
from members.access import Rights

SHOWN = 5

# The same page already says which ballots are open, and what came of the last ones.
_SAID_ELSEWHERE = (NoticeKind.BALLOT, NoticeKind.BALLOT_OUTCOME, NoticeKind.BALLOT_RESULT)


def news(rights: Rights) -> list[Notice]:
    """The latest of what she has been told and has not read, and that her page does not say anyway."""
    return queries.unread_of(rights.member.id, SHOWN, besides=_SAID_ELSEWHERE)
