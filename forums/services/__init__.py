"""What can be done in the debate, one verb for each act; each commits by itself."""

from forums.services.cases import CaseDraft, add_paper, link_thread, open_case, units_for_case
from forums.services.moderation import (
    hide_post,
    lock_thread,
    remove_post,
    restore_post,
    tend_area,
    unlock_thread,
)
from forums.services.posts import (
    CreditAtStake,
    Written,
    delete_post,
    edit_post,
    invite_guest,
    lock_reason,
    loss_warnings,
    may_open,
    note_visit,
    open_thread,
    units_to_tag,
    withdraw_guest,
    write_post,
)

__all__ = [
    "CaseDraft",
    "CreditAtStake",
    "Written",
    "add_paper",
    "delete_post",
    "edit_post",
    "hide_post",
    "invite_guest",
    "link_thread",
    "lock_reason",
    "lock_thread",
    "loss_warnings",
    "may_open",
    "note_visit",
    "open_case",
    "open_thread",
    "remove_post",
    "restore_post",
    "tend_area",
    "units_for_case",
    "units_to_tag",
    "unlock_thread",
    "withdraw_guest",
    "write_post",
]
