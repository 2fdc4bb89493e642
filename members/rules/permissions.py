"""Who may do what: LIFECYCLE.md section 2 as one table, and the question every door and service asks it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from foundation.errors import Reason
from members.rules.answers import Allowed, Answer, Refused, refused
from members.rules.classes import MembershipClass, Status
from members.rules.units import EVERYWHERE, within


class Permission(StrEnum):
    """Every act that not everybody may do, one word for each."""

    ANNUL_BALLOT = "annul_ballot"
    APPROVE_BALLOT = "approve_ballot"
    APPROVE_COUNT = "approve_count"
    BACK_UP = "back_up"
    CANCEL_BALLOT = "cancel_ballot"
    CAST_VOTE = "cast_vote"
    DECIDE_MODERATION_APPEAL = "decide_moderation_appeal"
    DECIDE_ROLL_APPEAL = "decide_roll_appeal"
    DELETE_POST = "delete_post"
    DOWNLOAD_ARCHIVE = "download_archive"
    DRAFT_BALLOT = "draft_ballot"
    DRAW_CARD = "draw_card"
    EDIT_POST = "edit_post"
    END_SESSION = "end_session"
    END_TERM = "end_term"
    ENTER_ASSISTED = "enter_assisted"
    ENTER_LOTS = "enter_lots"
    ERASE_MY_DATA = "erase_my_data"
    FILE_ROLL_APPEAL = "file_roll_appeal"
    FIND_NOT_CONTRIBUTION = "find_not_contribution"
    GIVE_OFFICE = "give_office"
    HIDE_POST = "hide_post"
    HOLD_SHARE = "hold_share"
    IMPORT_REGISTER = "import_register"
    ISSUE_SIGN_IN_CODE = "issue_sign_in_code"
    KEEP_CHECK_IN_LIST = "keep_check_in_list"
    LOCK_THREAD = "lock_thread"
    MAKE_AMENDMENT = "make_amendment"
    MAKE_PROPOSAL = "make_proposal"
    MAKE_TALLY_KEY = "make_tally_key"
    MERGE_THREADS = "merge_threads"
    MOVE_POST = "move_post"
    OPEN_CASE = "open_case"
    PIN_THREAD = "pin_thread"
    POST = "post"
    RAISE_INCIDENT = "raise_incident"
    READ = "read"
    READ_AUDIT_HEADS = "read_audit_heads"
    READ_AUDIT_LOG = "read_audit_log"
    READ_JOBS = "read_jobs"
    READ_MY_DATA = "read_my_data"
    READ_OUTBOX = "read_outbox"
    READ_PRIVATE_STATEMENT = "read_private_statement"
    READ_READINESS = "read_readiness"
    READ_REMOVED_TEXT = "read_removed_text"
    READ_TALLY = "read_tally"
    RELEASE_SHARE = "release_share"
    REMOVE_POST = "remove_post"
    REPLACE_VOTE = "replace_vote"
    REPLY = "reply"
    REPORT_POST = "report_post"
    RESTORE_POST = "restore_post"
    SEE_MARKS_AFTER_CLOSING = "see_marks_after_closing"
    SEE_MARKS_WHILE_OPEN = "see_marks_while_open"
    SEE_OWN_CREDITS = "see_own_credits"
    SEE_OWN_DRAFTS = "see_own_drafts"
    SEE_OWN_ROLL_LINE = "see_own_roll_line"
    SEE_OWN_STATUS = "see_own_status"
    SEE_QUALIFIED_COUNT = "see_qualified_count"
    SEE_ROLL = "see_roll"
    SOFTEN_RULE = "soften_rule"
    SPLIT_THREAD = "split_thread"
    SUBMIT_BALLOT = "submit_ballot"
    SUSPEND_RULE = "suspend_rule"
    VERIFY_BALLOT = "verify_ballot"


class Role(StrEnum):
    """A column of the table: what somebody is in relation to a unit, an area or a ballot."""

    VISITOR = "visitor"
    GUEST = "guest"
    SUPPORTER = "supporter"
    MEMBER = "member"
    REPRESENTATIVE = "representative"
    BOARD = "board"
    TELLER = "teller"
    CONTROL = "control"
    APPEALS = "appeals"
    ADMINISTRATOR = "administrator"


class Scope(StrEnum):
    """A cell of the table, in the table's own words."""

    ANY = "y"
    OWN = "o"
    UNIT = "u"
    TWO = "2"
    NEVER = "-"
    TWO_OR_WITH_CONTROL = "2 or 1+K"
    WITH_REPRESENTATIVE = "1+R"
    CASE_OFFICER_AND_ONE = "case officer + one"
    CASE_APPEALED = "case appealed"
    ON_ROLL = "if on the roll"
    CHECKABLE = "checkable"
    BALLOT = "ballot"
    NO_BALLOT_CONTENT = "y, no ballot content"
    OTHERS_OFFICE = "y (own office: another administrator)"


class OfficeKind(StrEnum):
    """An office that a member can hold for a term."""

    ADMINISTRATOR = "administrator"
    APPEALS_GROUP = "appeals_group"
    BOARD_CHAIR = "board_chair"
    BOARD_MEMBER = "board_member"
    CASE_OFFICER = "case_officer"
    COMMITTEE_LEADER = "committee_leader"
    CONTROL_COMMITTEE = "control_committee"
    ELECTED_REPRESENTATIVE = "elected_representative"
    TELLER = "teller"


_ROLE_OF_OFFICE: Mapping[OfficeKind, Role] = MappingProxyType(
    {
        OfficeKind.ADMINISTRATOR: Role.ADMINISTRATOR,
        OfficeKind.APPEALS_GROUP: Role.APPEALS,
        OfficeKind.BOARD_CHAIR: Role.BOARD,
        OfficeKind.BOARD_MEMBER: Role.BOARD,
        OfficeKind.CASE_OFFICER: Role.REPRESENTATIVE,
        OfficeKind.COMMITTEE_LEADER: Role.REPRESENTATIVE,
        OfficeKind.CONTROL_COMMITTEE: Role.CONTROL,
        OfficeKind.ELECTED_REPRESENTATIVE: Role.REPRESENTATIVE,
        OfficeKind.TELLER: Role.TELLER,
    }
)

_STATEMENTS = frozenset({Permission.ENTER_ASSISTED, Permission.READ_PRIVATE_STATEMENT})

_V, _G, _S, _M, _R = Role.VISITOR, Role.GUEST, Role.SUPPORTER, Role.MEMBER, Role.REPRESENTATIVE
_B, _T, _K, _P, _A = Role.BOARD, Role.TELLER, Role.CONTROL, Role.APPEALS, Role.ADMINISTRATOR
_OFFICES = (_R, _B, _T, _K, _P, _A)


def _cells(scope: Scope, *roles: Role) -> dict[Role, Scope]:
    return dict.fromkeys(roles, scope)


_READING = {_G: Scope.UNIT} | _cells(Scope.ANY, _S, _M, *_OFFICES)
_SPEAKING = _READING | {_A: Scope.OWN}
_PROPOSING = _cells(Scope.ANY, _M, _R, _B, _T, _K, _P)
_OWN_OF_GUESTS_TOO = _cells(Scope.OWN, _G, _S, _M, *_OFFICES)
_OWN_OF_SUPPORTERS_TOO = _cells(Scope.OWN, _S, _M, *_OFFICES)
_MODERATING = {_R: Scope.UNIT}
_STATEMENT = {_R: Scope.CASE_OFFICER_AND_ONE}
_ORGANISING = {_B: Scope.UNIT}
_BOARD_PAIR = {_B: Scope.TWO}
_CASTING = _cells(Scope.ON_ROLL, _M, *_OFFICES)
_COUNTING = {_T: Scope.TWO}
_OVERSEEING = _cells(Scope.ANY, _T, _K)
_ARCHIVE = {_V: Scope.CHECKABLE} | _cells(Scope.ANY, _G, _S, _M, *_OFFICES)
_OPERATING = {_A: Scope.ANY}
_STAFFING = {_A: Scope.OTHERS_OFFICE}

_ROWS: dict[Permission, dict[Role, Scope]] = {
    Permission.ANNUL_BALLOT: _cells(Scope.TWO, _T, _K),
    Permission.APPROVE_BALLOT: _ORGANISING,
    Permission.APPROVE_COUNT: _COUNTING,
    Permission.BACK_UP: _OPERATING,
    Permission.CANCEL_BALLOT: _BOARD_PAIR,
    Permission.CAST_VOTE: _CASTING,
    Permission.DECIDE_MODERATION_APPEAL: {_K: Scope.TWO},
    Permission.DECIDE_ROLL_APPEAL: {_P: Scope.TWO},
    Permission.DELETE_POST: _OWN_OF_GUESTS_TOO,
    Permission.DOWNLOAD_ARCHIVE: _ARCHIVE,
    Permission.DRAFT_BALLOT: _ORGANISING,
    Permission.DRAW_CARD: _CASTING,
    Permission.EDIT_POST: _OWN_OF_GUESTS_TOO,
    Permission.END_SESSION: _OWN_OF_GUESTS_TOO,
    Permission.END_TERM: _STAFFING,
    Permission.ENTER_ASSISTED: _STATEMENT,
    Permission.ENTER_LOTS: _COUNTING,
    Permission.ERASE_MY_DATA: _OWN_OF_GUESTS_TOO,
    Permission.FILE_ROLL_APPEAL: _OWN_OF_SUPPORTERS_TOO,
    Permission.FIND_NOT_CONTRIBUTION: {_R: Scope.TWO_OR_WITH_CONTROL, _K: Scope.WITH_REPRESENTATIVE},
    Permission.GIVE_OFFICE: _STAFFING,
    Permission.HIDE_POST: _MODERATING,
    Permission.HOLD_SHARE: _COUNTING,
    Permission.IMPORT_REGISTER: _STAFFING,
    # Not a row of LIFECYCLE.md: two officers give a member without e-mail a printed code (the House issue).
    Permission.ISSUE_SIGN_IN_CODE: _cells(Scope.TWO, _B, _A),
    Permission.KEEP_CHECK_IN_LIST: _cells(Scope.UNIT, _R, _B),
    Permission.LOCK_THREAD: _MODERATING,
    Permission.MAKE_AMENDMENT: _PROPOSING,
    Permission.MAKE_PROPOSAL: _PROPOSING,
    Permission.MAKE_TALLY_KEY: _COUNTING,
    Permission.MERGE_THREADS: _MODERATING,
    Permission.MOVE_POST: _MODERATING,
    Permission.OPEN_CASE: _MODERATING,
    Permission.PIN_THREAD: _MODERATING,
    Permission.POST: _SPEAKING,
    Permission.RAISE_INCIDENT: _COUNTING,
    Permission.READ: _READING,
    Permission.READ_AUDIT_HEADS: _cells(Scope.ANY, *Role),
    Permission.READ_AUDIT_LOG: {
        _R: Scope.UNIT,
        _B: Scope.UNIT,
        _T: Scope.BALLOT,
        _K: Scope.ANY,
        _A: Scope.NO_BALLOT_CONTENT,
    },
    Permission.READ_JOBS: _OPERATING,
    Permission.READ_MY_DATA: _OWN_OF_GUESTS_TOO,
    Permission.READ_OUTBOX: _OPERATING,
    Permission.READ_PRIVATE_STATEMENT: _STATEMENT,
    Permission.READ_READINESS: _OPERATING,
    Permission.READ_REMOVED_TEXT: {_R: Scope.UNIT, _K: Scope.ANY},
    Permission.READ_TALLY: _OVERSEEING,
    Permission.RELEASE_SHARE: _COUNTING,
    Permission.REMOVE_POST: _MODERATING,
    Permission.REPLACE_VOTE: _CASTING,
    Permission.REPLY: _SPEAKING,
    Permission.REPORT_POST: _SPEAKING,
    Permission.RESTORE_POST: _MODERATING,
    Permission.SEE_MARKS_AFTER_CLOSING: _OVERSEEING,
    Permission.SEE_MARKS_WHILE_OPEN: {},
    Permission.SEE_OWN_CREDITS: _OWN_OF_SUPPORTERS_TOO,
    Permission.SEE_OWN_DRAFTS: _SPEAKING,
    Permission.SEE_OWN_ROLL_LINE: _OWN_OF_SUPPORTERS_TOO,
    Permission.SEE_OWN_STATUS: _OWN_OF_SUPPORTERS_TOO,
    Permission.SEE_QUALIFIED_COUNT: {_B: Scope.UNIT} | _OVERSEEING,
    Permission.SEE_ROLL: _OVERSEEING | {_P: Scope.CASE_APPEALED},
    Permission.SOFTEN_RULE: _BOARD_PAIR,
    Permission.SPLIT_THREAD: _MODERATING,
    Permission.SUBMIT_BALLOT: _ORGANISING,
    Permission.SUSPEND_RULE: _BOARD_PAIR,
    Permission.VERIFY_BALLOT: _ARCHIVE,
}

MATRIX: Mapping[Permission, Mapping[Role, Scope]] = MappingProxyType(
    {
        permission: MappingProxyType({role: row.get(role, Scope.NEVER) for role in Role})
        for permission, row in _ROWS.items()
    }
)
"""The whole table, every cell of it. A member who holds an office has the member's column besides."""

_DECIDING = frozenset(
    {
        Permission.DECIDE_MODERATION_APPEAL,
        Permission.DECIDE_ROLL_APPEAL,
        Permission.FIND_NOT_CONTRIBUTION,
        Permission.HIDE_POST,
        Permission.REMOVE_POST,
        Permission.RESTORE_POST,
    }
)
"""Acts in which one person decides about what another has done: never on one's own."""

_PAIRED = frozenset({Scope.TWO, Scope.TWO_OR_WITH_CONTROL, Scope.WITH_REPRESENTATIVE})


@dataclass(frozen=True)
class RoleHeld:
    """A role that somebody holds now, and what it is held for.

    `unit_path` is the unit ("/1/4/"), `EVERYWHERE` for one that holds in the whole organisation. `area_id`
    is the area of a representative. `ballot_ids` are the ballots a teller is named for. `office` is the
    office it follows from, None for what follows from the membership alone.
    """

    role: Role
    unit_path: str = EVERYWHERE
    area_id: int | None = None
    ballot_ids: frozenset[int] = frozenset()
    office: OfficeKind | None = None


@dataclass(frozen=True)
class Matter:
    """What an act is about, as far as a permission depends on it. What is not known gives no right.

    `owner_id` is whose post, credit, appeal, roll line, data or office it is; `unit_path`, `area_id` and
    `ballot_id` are where it belongs.
    """

    actor_id: int | None = None
    owner_id: int | None = None
    unit_path: str | None = None
    area_id: int | None = None
    ballot_id: int | None = None
    invited: bool = False
    on_roll: bool = False
    checkable: bool = False
    appealed: bool = False
    without_ballot_content: bool = False
    drafter_id: int | None = None
    moderator_ids: frozenset[int] = frozenset()
    statement_readers: frozenset[int] = frozenset()
    candidate_ids: frozenset[int] = frozenset()


def role_of(office: OfficeKind) -> Role:
    """Name the column of the table that an office gives.

    A case officer stands in the representatives' column for statements only: `allowed` gives her no more.
    """
    return _ROLE_OF_OFFICE[office]


def role_of_membership(membership_class: MembershipClass, status: Status) -> Role:
    """Name the column that a membership gives.

    A suspended member keeps her own data and sessions, as a guest does; whoever has left has no column.
    """
    if status is Status.SUSPENDED:
        return Role.GUEST
    if status is not Status.ACTIVE:
        return Role.VISITOR
    return {
        MembershipClass.FULL_MEMBER: Role.MEMBER,
        MembershipClass.YOUTH_MEMBER: Role.MEMBER,
        MembershipClass.AFFILIATED_SUPPORTER: Role.SUPPORTER,
        MembershipClass.SYMPATHISER: Role.GUEST,
    }[membership_class]


def roles_with(permission: Permission) -> frozenset[Role]:
    """Name the roles that have the permission in any form: the first question at a door."""
    return frozenset(role for role, scope in MATRIX[permission].items() if scope is not Scope.NEVER)


def allowed(permission: Permission, roles_held: Collection[RoleHeld], matter: Matter) -> Answer:
    """Say whether somebody who holds these roles may do this, in this matter.

    Rights are the union of what is held, minus the incompatibilities (LIFECYCLE.md section 2).
    `Allowed(two=True)` means: only together with a second person, see `decide_together`. A refusal tells what
    came closest.
    """
    if permission in _DECIDING and matter.actor_id is not None and matter.owner_id == matter.actor_id:
        return refused("own_matter", permission=permission)
    if permission is Permission.APPROVE_BALLOT and matter.drafter_id == matter.actor_id:
        return refused("own_draft")
    if permission is Permission.DECIDE_MODERATION_APPEAL and matter.actor_id in matter.moderator_ids:
        return refused("own_moderation")
    best: Allowed | None = None
    closest: Refused | None = None
    for held in sorted(roles_held, key=_order):
        scope = _scope(permission, held)
        if scope is Scope.NEVER:
            continue
        answer = _within_scope(permission, scope, held, matter)
        if answer:
            clash = incompatible(held, roles_held, matter) if MATRIX[permission][_M] is Scope.NEVER else None
            answer = Refused(clash) if clash else answer
        if not answer:
            closest = closest or answer
        elif best is None or not answer.two:
            best = answer
    if best is not None:
        return best
    if closest is not None:
        return closest
    if not roles_with(permission):
        return refused("nobody_may", permission=permission)
    if all(held.role is _V for held in roles_held):
        return refused("signed_out", permission=permission)
    return refused("role_missing", permission=permission)


def decide_together(
    permission: Permission,
    first: Collection[RoleHeld],
    first_matter: Matter,
    second: Collection[RoleHeld],
    second_matter: Matter,
) -> Answer:
    """Say whether these two people together may do what takes two. The matters differ in `actor_id`.

    Both must be allowed on their own account and be different people. A finding "not a contribution" takes
    two representatives, or one and one of the control committee (PARTICIPATION.md section 8), never the
    control committee alone. Annulling takes two tellers or two of the control committee.
    """
    if first_matter.actor_id is None or first_matter.actor_id == second_matter.actor_id:
        return refused("same_person", permission=permission)
    for roles, matter in ((first, first_matter), (second, second_matter)):
        answer = allowed(permission, roles, matter)
        if not answer:
            return answer
    if permission is Permission.FIND_NOT_CONTRIBUTION and not any(
        _may_as(_R, permission, roles, matter)
        for roles, matter in ((first, first_matter), (second, second_matter))
    ):
        return refused("representative_missing")
    if permission is Permission.ANNUL_BALLOT and not any(
        _may_as(role, permission, first, first_matter) and _may_as(role, permission, second, second_matter)
        for role in (_T, _K)
    ):
        return refused("different_bodies", permission=permission)
    return Allowed()


def incompatible(duty: RoleHeld, others: Collection[RoleHeld], matter: Matter) -> Reason | None:
    """Give the reason why a teller's or an appeals role cannot be used in this matter beside the other roles.

    A teller is not on the board of the unit, no candidate on the ballot and no administrator; one of the
    appeals group is neither on the board nor a moderator of the area (LIFECYCLE.md section 2). It is the duty
    that falls, never the other role: a board member wrongly named as teller still drafts ballots.
    """
    if duty.role is _T and matter.actor_id is not None and matter.actor_id in matter.candidate_ids:
        return Reason.of("teller_candidate")
    for other in sorted(others, key=_order):
        clash = _clash(duty, other, matter)
        if clash is not None:
            return clash
    return None


def may_be_named(new: RoleHeld, held: Collection[RoleHeld], matter: Matter | None = None) -> Answer:
    """Say whether somebody who holds these roles may be given one more: the same clashes, both ways round.

    `matter` tells the ballot's unit, candidates and area where the naming is for one ballot or one appeal.
    """
    at_hand = matter or Matter()
    clash = incompatible(new, held, at_hand)
    if clash is not None:
        return Refused(clash)
    for other in sorted(held, key=_order):
        clash = _clash(other, new, at_hand)
        if clash is not None:
            return Refused(clash)
    return Allowed()


def _clash(duty: RoleHeld, other: RoleHeld, matter: Matter) -> Reason | None:
    units = {duty.unit_path, matter.unit_path or duty.unit_path}
    if duty.role is _T:
        if other.role is _A:
            return Reason.of("teller_administrator")
        if other.role is _B and other.unit_path in units:
            return Reason.of("teller_board")
    if duty.role is _P:
        if other.role is _B and other.unit_path in units:
            return Reason.of("appeals_board")
        if _moderates(other) and other.area_id is not None and other.area_id == matter.area_id:
            return Reason.of("appeals_moderator")
    return None


def _moderates(held: RoleHeld) -> bool:
    return held.role is _R and held.office is not OfficeKind.CASE_OFFICER


def _order(held: RoleHeld) -> tuple[str, str, int]:
    return (held.role, held.unit_path, held.area_id or 0)


def _scope(permission: Permission, held: RoleHeld) -> Scope:
    if held.office is OfficeKind.CASE_OFFICER and permission not in _STATEMENTS:
        return Scope.NEVER
    return MATRIX[permission][held.role]


def _may_as(role: Role, permission: Permission, roles_held: Collection[RoleHeld], matter: Matter) -> bool:
    return any(
        held.role is role
        and _scope(permission, held) is not Scope.NEVER
        and bool(_within_scope(permission, _scope(permission, held), held, matter))
        and incompatible(held, roles_held, matter) is None
        for held in roles_held
    )


def _within_scope(permission: Permission, scope: Scope, held: RoleHeld, matter: Matter) -> Answer:
    if held.role is _G and scope is Scope.UNIT:
        return Allowed() if matter.invited else refused("not_invited")
    if scope is Scope.OWN:
        mine = matter.actor_id is not None and matter.owner_id == matter.actor_id
        return Allowed() if mine else refused("not_yours", permission=permission)
    if scope is Scope.ON_ROLL:
        if not matter.on_roll:
            return refused("not_on_roll")
        if permission is not Permission.CAST_VOTE and not matter.checkable:
            return refused("not_checkable")
        return Allowed()
    if scope is Scope.CHECKABLE:
        return Allowed() if matter.checkable else refused("not_checkable")
    if _reading_or_speaking(permission):
        return Allowed()
    outside = _outside(permission, held, matter)
    if outside is not None:
        return outside
    if scope is Scope.CASE_APPEALED and not matter.appealed:
        return refused("not_appealed")
    if scope is Scope.NO_BALLOT_CONTENT and not matter.without_ballot_content:
        return refused("ballot_content")
    if scope is Scope.OTHERS_OFFICE and matter.actor_id is not None and matter.owner_id == matter.actor_id:
        return refused("own_office")
    if scope is Scope.CASE_OFFICER_AND_ONE and matter.actor_id not in matter.statement_readers:
        return refused("not_statement_reader")
    return Allowed(two=scope in _PAIRED)


def _reading_or_speaking(permission: Permission) -> bool:
    # What every member may do anywhere: the office that somebody holds besides narrows nothing.
    return MATRIX[permission][_M] is Scope.ANY


def _outside(permission: Permission, held: RoleHeld, matter: Matter) -> Refused | None:
    """Refuse what lies outside the unit, area or ballot that the role is held for."""
    if held.role is _A:
        return None  # administrators run the installation, not a unit
    if held.role is _T:
        named = matter.ballot_id is not None and matter.ballot_id in held.ballot_ids
        return None if named else refused("other_ballot")
    if matter.unit_path is None:
        return None if held.unit_path == EVERYWHERE else refused("other_unit", permission=permission)
    if held.role is _R:
        if held.area_id is not None and held.area_id != matter.area_id:
            return refused("other_area", permission=permission)
        inside = within(matter.unit_path, held.unit_path)
    elif held.role is _B:
        inside = matter.unit_path == held.unit_path or (
            permission is Permission.APPROVE_BALLOT and _parent(matter.unit_path) == held.unit_path
        )
    else:
        # Control and appeals fall to a unit above where a unit has not filled them.
        inside = within(matter.unit_path, held.unit_path)
    return None if inside else refused("other_unit", permission=permission)


def _parent(unit_path: str) -> str:
    return unit_path.rstrip("/").rpartition("/")[0] + "/"
