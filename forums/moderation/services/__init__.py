"""What can be done to keep order, one verb for each act; each commits by itself."""

from forums.moderation.services.appeals import appeal, judge_appeal, judge_item
from forums.moderation.services.judging import ask_to_edit, hand_over, leave
from forums.moderation.services.locks import ask_for_lock, decide_lock
from forums.moderation.services.places import (
    merge_threads,
    move_case,
    move_post,
    move_thread,
    pin,
    split_thread,
    unpin,
)
from forums.moderation.services.reporting import report_post

__all__ = [
    "appeal",
    "ask_for_lock",
    "ask_to_edit",
    "decide_lock",
    "hand_over",
    "judge_appeal",
    "judge_item",
    "leave",
    "merge_threads",
    "move_case",
    "move_post",
    "move_thread",
    "pin",
    "report_post",
    "split_thread",
    "unpin",
]
