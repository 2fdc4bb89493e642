"""Who may do what: the table of LIFECYCLE.md section 2, typed in, swept over every act and every role."""

from dataclasses import replace

import pytest

from foundation.errors import Reason
from members.rules.answers import Allowed, Refused
from members.rules.classes import MembershipClass, Status
from members.rules.permissions import (
    MATRIX,
    Matter,
    OfficeKind,
    Permission,
    Role,
    RoleHeld,
    Scope,
    allowed,
    decide_together,
    incompatible,
    may_be_named,
    role_of,
    role_of_membership,
    roles_with,
)

# The columns and rows of LIFECYCLE.md section 2, cell by cell; a row that names several acts stands for each.
COLUMNS = {
    "V": Role.VISITOR,
    "G": Role.GUEST,
    "S": Role.SUPPORTER,
    "M": Role.MEMBER,
    "R": Role.REPRESENTATIVE,
    "B": Role.BOARD,
    "T": Role.TELLER,
    "K": Role.CONTROL,
    "P": Role.APPEALS,
    "A": Role.ADMINISTRATOR,
}
ROWS = """
read                                                            | -|u|y|y|y|y|y|y|y|y
post, reply, report_post, see_own_drafts                        | -|u|y|y|y|y|y|y|y|o
make_proposal, make_amendment                                   | -|-|-|y|y|y|y|y|y|-
edit_post, delete_post                                          | -|o|o|o|o|o|o|o|o|o
open_case, pin_thread, lock_thread, move_post, split_thread     | -|-|-|-|u|-|-|-|-|-
merge_threads, hide_post, restore_post, remove_post             | -|-|-|-|u|-|-|-|-|-
find_not_contribution                                           | -|-|-|-|2 or 1+K|-|-|1+R|-|-
read_removed_text                                               | -|-|-|-|u|-|-|y|-|-
decide_moderation_appeal                                        | -|-|-|-|-|-|-|2|-|-
enter_assisted, read_private_statement                          | -|-|-|-|case officer + one|-|-|-|-|-
keep_check_in_list                                              | -|-|-|-|u|u|-|-|-|-
draft_ballot, submit_ballot                                     | -|-|-|-|-|u|-|-|-|-
approve_ballot                                                  | -|-|-|-|-|u|-|-|-|-
soften_rule, suspend_rule, cancel_ballot                        | -|-|-|-|-|2|-|-|-|-
see_qualified_count                                             | -|-|-|-|-|u|y|y|-|-
see_own_status, see_own_roll_line, see_own_credits              | -|-|o|o|o|o|o|o|o|o
see_roll                                                        | -|-|-|-|-|-|y|y|case appealed|-
see_marks_while_open                                            | -|-|-|-|-|-|-|-|-|-
see_marks_after_closing                                         | -|-|-|-|-|-|y|y|-|-
draw_card, cast_vote, replace_vote | -|-|-|if on the roll|ditto|ditto|ditto|ditto|ditto|ditto
file_roll_appeal                                                | -|-|o|o|o|o|o|o|o|o
decide_roll_appeal                                              | -|-|-|-|-|-|-|-|2|-
make_tally_key, hold_share, release_share, enter_lots           | -|-|-|-|-|-|2|-|-|-
approve_count, raise_incident                                   | -|-|-|-|-|-|2|-|-|-
annul_ballot                                                    | -|-|-|-|-|-|2|2|-|-
read_tally                                                      | -|-|-|-|-|-|y|y|-|-
download_archive, verify_ballot                                 | checkable|y|y|y|y|y|y|y|y|y
read_audit_heads                                                | y|y|y|y|y|y|y|y|y|y
read_audit_log                  | -|-|-|-|u|u|ballot|y|-|y, no ballot content
import_register, give_office, end_term      | -|-|-|-|-|-|-|-|-|y (own office: another administrator)
read_outbox, read_jobs, read_readiness, back_up                 | -|-|-|-|-|-|-|-|-|y
end_session, read_my_data, erase_my_data                        | -|o|o|o|o|o|o|o|o|o
issue_sign_in_code                                              | -|-|-|-|-|2|-|-|-|2
"""


def typed_in() -> dict[Permission, dict[Role, Scope]]:
    table = {}
    for row in ROWS.strip().splitlines():
        acts, cells = row.split("|", 1)
        scopes = [cell.strip() for cell in cells.split("|")]
        scopes = ["if on the roll" if cell == "ditto" else cell for cell in scopes]
        for act in acts.split(","):
            table[Permission(act.strip())] = dict(
                zip(COLUMNS.values(), (Scope(cell) for cell in scopes), strict=True)
            )
    return table


TABLE = typed_in()
CELLS = [(permission, role) for permission in Permission for role in Role]

ME, ANOTHER = 7, 8
UNIT, PARENT, SIBLING, CHILD = "/1/4/", "/1/", "/1/5/", "/1/4/9/"
AREA, BALLOT = 3, 11

# A matter in which every condition of every cell is met.
EVERYTHING_FITS = Matter(
    actor_id=ME,
    owner_id=ME,
    unit_path=UNIT,
    area_id=AREA,
    ballot_id=BALLOT,
    invited=True,
    on_roll=True,
    checkable=True,
    appealed=True,
    without_ballot_content=True,
    statement_readers=frozenset({ME}),
)


def held(role: Role, unit: str = UNIT) -> RoleHeld:
    return RoleHeld(role, unit, area_id=AREA, ballot_ids=frozenset({BALLOT}))


def matter_for(permission: Permission, **changes: object) -> Matter:
    """Everything fits; what is decided about, or whose office it is, is another's, as it must be."""
    others = {
        Permission.DECIDE_MODERATION_APPEAL,
        Permission.DECIDE_ROLL_APPEAL,
        Permission.FIND_NOT_CONTRIBUTION,
        Permission.HIDE_POST,
        Permission.RESTORE_POST,
        Permission.REMOVE_POST,
        Permission.IMPORT_REGISTER,
        Permission.GIVE_OFFICE,
        Permission.END_TERM,
    }
    matter = replace(EVERYTHING_FITS, owner_id=ANOTHER if permission in others else ME)
    return replace(matter, **changes)


def code(answer: Allowed | Refused) -> str:
    assert isinstance(answer, Refused)
    return answer.reason.code


ACTS_ON_OTHERS = {Permission.GIVE_OFFICE, Permission.END_TERM}
"""Acts of an administrator that only fall away where the office is her own."""


def test_every_act_is_in_the_table_and_no_other() -> None:
    assert set(TABLE) == set(Permission)
    assert {p: dict(row) for p, row in MATRIX.items()} == TABLE


def test_the_permissions_stand_in_alphabetical_order_one_word_each() -> None:
    names = [permission.value for permission in Permission]
    assert names == sorted(names)
    assert all(permission.name == permission.value.upper() for permission in Permission)


@pytest.mark.parametrize(("permission", "role"), CELLS)
def test_a_role_may_do_what_its_cell_says_where_everything_fits(permission: Permission, role: Role) -> None:
    answer = allowed(permission, [held(role)], matter_for(permission))
    scope = TABLE[permission][role]
    assert bool(answer) is (scope is not Scope.NEVER)
    if isinstance(answer, Allowed):
        assert answer.two is (scope in (Scope.TWO, Scope.TWO_OR_WITH_CONTROL, Scope.WITH_REPRESENTATIVE))


@pytest.mark.parametrize(("permission", "role"), CELLS)
def test_a_role_may_do_nothing_conditional_where_nothing_is_known(permission: Permission, role: Role) -> None:
    unconditional = TABLE[permission][role] is Scope.ANY and (
        TABLE[permission][Role.MEMBER] is Scope.ANY or role is Role.ADMINISTRATOR
    )
    kept = unconditional or (
        role is Role.ADMINISTRATOR
        and permission in ACTS_ON_OTHERS | {Permission.IMPORT_REGISTER, Permission.ISSUE_SIGN_IN_CODE}
    )
    assert bool(allowed(permission, [held(role)], Matter(actor_id=ME))) is kept


@pytest.mark.parametrize(
    ("permission", "role", "changes", "reason"),
    [
        (Permission.READ, Role.GUEST, {"invited": False}, "not_invited"),
        (Permission.POST, Role.GUEST, {"invited": False}, "not_invited"),
        (Permission.POST, Role.ADMINISTRATOR, {"owner_id": None}, "not_yours"),
        (Permission.EDIT_POST, Role.MEMBER, {"owner_id": ANOTHER}, "not_yours"),
        (Permission.EDIT_POST, Role.REPRESENTATIVE, {"owner_id": ANOTHER}, "not_yours"),
        (Permission.HIDE_POST, Role.REPRESENTATIVE, {"area_id": AREA + 1}, "other_area"),
        (Permission.HIDE_POST, Role.REPRESENTATIVE, {"unit_path": SIBLING}, "other_unit"),
        (Permission.HIDE_POST, Role.REPRESENTATIVE, {"owner_id": ME}, "own_matter"),
        (Permission.HIDE_POST, Role.MEMBER, {}, "role_missing"),
        (Permission.HIDE_POST, Role.VISITOR, {}, "signed_out"),
        (Permission.DRAFT_BALLOT, Role.BOARD, {"unit_path": SIBLING}, "other_unit"),
        (Permission.DRAFT_BALLOT, Role.BOARD, {"unit_path": CHILD}, "other_unit"),
        (Permission.DRAFT_BALLOT, Role.ADMINISTRATOR, {}, "role_missing"),
        (Permission.APPROVE_BALLOT, Role.BOARD, {"drafter_id": ME}, "own_draft"),
        (Permission.SEE_ROLL, Role.TELLER, {"ballot_id": BALLOT + 1}, "other_ballot"),
        (Permission.SEE_ROLL, Role.APPEALS, {"appealed": False}, "not_appealed"),
        (Permission.SEE_ROLL, Role.CONTROL, {"unit_path": SIBLING}, "other_unit"),
        (Permission.SEE_MARKS_WHILE_OPEN, Role.CONTROL, {}, "nobody_may"),
        (Permission.SEE_MARKS_WHILE_OPEN, Role.VISITOR, {}, "nobody_may"),
        (Permission.CAST_VOTE, Role.MEMBER, {"on_roll": False}, "not_on_roll"),
        (Permission.CAST_VOTE, Role.SUPPORTER, {}, "role_missing"),
        (Permission.REPLACE_VOTE, Role.MEMBER, {"checkable": False}, "not_checkable"),
        (Permission.DRAW_CARD, Role.MEMBER, {"checkable": False}, "not_checkable"),
        (Permission.DOWNLOAD_ARCHIVE, Role.VISITOR, {"checkable": False}, "not_checkable"),
        (Permission.DECIDE_ROLL_APPEAL, Role.APPEALS, {"owner_id": ME}, "own_matter"),
        (
            Permission.DECIDE_MODERATION_APPEAL,
            Role.CONTROL,
            {"moderator_ids": frozenset({ME})},
            "own_moderation",
        ),
        (Permission.FIND_NOT_CONTRIBUTION, Role.CONTROL, {"owner_id": ME}, "own_matter"),
        (
            Permission.ENTER_ASSISTED,
            Role.REPRESENTATIVE,
            {"statement_readers": frozenset()},
            "not_statement_reader",
        ),
        (Permission.READ_AUDIT_LOG, Role.ADMINISTRATOR, {"without_ballot_content": False}, "ballot_content"),
        (Permission.GIVE_OFFICE, Role.ADMINISTRATOR, {"owner_id": ME}, "own_office"),
        (Permission.END_TERM, Role.ADMINISTRATOR, {"owner_id": ME}, "own_office"),
        (Permission.APPROVE_COUNT, Role.TELLER, {"candidate_ids": frozenset({ME})}, "teller_candidate"),
    ],
)
def test_a_refusal_names_the_condition_that_fails(
    permission: Permission, role: Role, changes: dict[str, object], reason: str
) -> None:
    assert code(allowed(permission, [held(role)], matter_for(permission, **changes))) == reason


def test_a_board_member_of_the_unit_above_approves_but_none_of_a_unit_beside_or_two_above() -> None:
    about = matter_for(Permission.APPROVE_BALLOT)
    assert allowed(Permission.APPROVE_BALLOT, [held(Role.BOARD, PARENT)], about)
    assert code(allowed(Permission.APPROVE_BALLOT, [held(Role.BOARD, SIBLING)], about)) == "other_unit"
    deep = replace(about, unit_path=CHILD)
    assert code(allowed(Permission.APPROVE_BALLOT, [held(Role.BOARD, PARENT)], deep)) == "other_unit"


def test_control_and_appeals_of_a_unit_above_serve_a_unit_that_has_none() -> None:
    for permission, role in (
        (Permission.SEE_ROLL, Role.CONTROL),
        (Permission.DECIDE_ROLL_APPEAL, Role.APPEALS),
    ):
        assert allowed(permission, [held(role, PARENT)], matter_for(permission))


def test_a_unit_whose_number_begins_alike_is_not_below() -> None:
    about = matter_for(Permission.HIDE_POST, unit_path="/1/42/")
    assert code(allowed(Permission.HIDE_POST, [held(Role.REPRESENTATIVE, "/1/4/")], about)) == "other_unit"


def test_rights_are_the_union_of_what_somebody_holds() -> None:
    both = [held(Role.MEMBER), held(Role.BOARD)]
    assert allowed(Permission.DRAFT_BALLOT, both, matter_for(Permission.DRAFT_BALLOT))
    assert allowed(Permission.MAKE_PROPOSAL, both, matter_for(Permission.MAKE_PROPOSAL))


@pytest.mark.parametrize("order", [(SIBLING, UNIT), (UNIT, SIBLING)])
def test_an_office_in_one_unit_does_not_stand_in_the_way_of_one_in_another(order: tuple[str, str]) -> None:
    boards = [held(Role.BOARD, unit) for unit in order]
    assert allowed(Permission.DRAFT_BALLOT, boards, matter_for(Permission.DRAFT_BALLOT))
    assert allowed(Permission.SUSPEND_RULE, boards, matter_for(Permission.SUSPEND_RULE)) == Allowed(two=True)


def test_a_drafter_submits_her_own_draft_and_a_moderator_hides_more_than_once() -> None:
    draft = matter_for(Permission.SUBMIT_BALLOT, drafter_id=ME)
    assert allowed(Permission.SUBMIT_BALLOT, [held(Role.BOARD)], draft)
    again = matter_for(Permission.HIDE_POST, moderator_ids=frozenset({ME}))
    assert allowed(Permission.HIDE_POST, [held(Role.REPRESENTATIVE)], again)


def test_an_office_takes_nothing_from_a_member_who_does_not_cast_by_it() -> None:
    offices = [held(Role.MEMBER), held(Role.BOARD), held(Role.TELLER), held(Role.ADMINISTRATOR)]
    assert allowed(Permission.CAST_VOTE, offices, matter_for(Permission.CAST_VOTE))


def test_a_case_officer_handles_statements_and_moderates_nothing() -> None:
    officer = RoleHeld(role_of(OfficeKind.CASE_OFFICER), UNIT, area_id=AREA, office=OfficeKind.CASE_OFFICER)
    permitted = {p for p in Permission if allowed(p, [officer], matter_for(p))}
    assert permitted == {Permission.ENTER_ASSISTED, Permission.READ_PRIVATE_STATEMENT}


@pytest.mark.parametrize(
    ("office", "role"),
    [
        (OfficeKind.ELECTED_REPRESENTATIVE, Role.REPRESENTATIVE),
        (OfficeKind.COMMITTEE_LEADER, Role.REPRESENTATIVE),
        (OfficeKind.BOARD_CHAIR, Role.BOARD),
        (OfficeKind.BOARD_MEMBER, Role.BOARD),
        (OfficeKind.TELLER, Role.TELLER),
        (OfficeKind.CONTROL_COMMITTEE, Role.CONTROL),
        (OfficeKind.APPEALS_GROUP, Role.APPEALS),
        (OfficeKind.CASE_OFFICER, Role.REPRESENTATIVE),
        (OfficeKind.ADMINISTRATOR, Role.ADMINISTRATOR),
    ],
)
def test_an_office_gives_its_column(office: OfficeKind, role: Role) -> None:
    assert role_of(office) is role


@pytest.mark.parametrize(
    ("membership_class", "status", "role"),
    [
        (MembershipClass.FULL_MEMBER, Status.ACTIVE, Role.MEMBER),
        (MembershipClass.YOUTH_MEMBER, Status.ACTIVE, Role.MEMBER),
        (MembershipClass.AFFILIATED_SUPPORTER, Status.ACTIVE, Role.SUPPORTER),
        (MembershipClass.SYMPATHISER, Status.ACTIVE, Role.GUEST),
        (MembershipClass.FULL_MEMBER, Status.SUSPENDED, Role.GUEST),
        (MembershipClass.FULL_MEMBER, Status.RESIGNED, Role.VISITOR),
        (MembershipClass.FULL_MEMBER, Status.EXPELLED, Role.VISITOR),
        (MembershipClass.FULL_MEMBER, Status.DECEASED, Role.VISITOR),
    ],
)
def test_a_membership_gives_its_column_while_it_is_active(
    membership_class: MembershipClass, status: Status, role: Role
) -> None:
    assert role_of_membership(membership_class, status) is role


def test_an_administrator_has_no_power_over_a_ballot() -> None:
    # What remains is what every member has: her own vote and line, and the public archive.
    powers = {
        p for p in Permission if Role.ADMINISTRATOR in roles_with(p) and Role.MEMBER not in roles_with(p)
    }
    assert powers == {
        Permission.IMPORT_REGISTER,
        Permission.GIVE_OFFICE,
        Permission.END_TERM,
        Permission.READ_OUTBOX,
        Permission.READ_JOBS,
        Permission.READ_READINESS,
        Permission.BACK_UP,
        Permission.READ_AUDIT_LOG,
        Permission.ISSUE_SIGN_IN_CODE,
    }


# Incompatibilities


def test_a_teller_on_the_board_of_the_unit_approves_no_count_but_still_drafts_ballots() -> None:
    both = [held(Role.TELLER), held(Role.BOARD)]
    assert (
        code(allowed(Permission.APPROVE_COUNT, both, matter_for(Permission.APPROVE_COUNT))) == "teller_board"
    )
    assert allowed(Permission.DRAFT_BALLOT, both, matter_for(Permission.DRAFT_BALLOT))


def test_a_teller_who_is_an_administrator_reads_no_tally() -> None:
    both = [held(Role.TELLER), held(Role.ADMINISTRATOR, "/")]
    answer = allowed(Permission.READ_TALLY, both, matter_for(Permission.READ_TALLY))
    assert code(answer) == "teller_administrator"


def test_one_of_the_appeals_group_above_who_sits_on_the_unit_board_decides_no_appeal_from_it() -> None:
    roles = [held(Role.APPEALS, PARENT), held(Role.BOARD, UNIT)]
    about = matter_for(Permission.DECIDE_ROLL_APPEAL)
    assert code(allowed(Permission.DECIDE_ROLL_APPEAL, roles, about)) == "appeals_board"
    assert allowed(Permission.DECIDE_ROLL_APPEAL, roles, replace(about, unit_path=SIBLING))


def test_one_of_the_appeals_group_decides_nothing_from_an_area_she_moderates() -> None:
    roles = [held(Role.APPEALS), held(Role.REPRESENTATIVE)]
    about = matter_for(Permission.DECIDE_ROLL_APPEAL)
    assert code(allowed(Permission.DECIDE_ROLL_APPEAL, roles, about)) == "appeals_moderator"
    assert allowed(Permission.DECIDE_ROLL_APPEAL, roles, replace(about, area_id=AREA + 1))


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (Role.TELLER, Role.BOARD, "teller_board"),
        (Role.TELLER, Role.ADMINISTRATOR, "teller_administrator"),
        (Role.APPEALS, Role.BOARD, "appeals_board"),
    ],
)
def test_a_naming_is_refused_whichever_of_the_two_offices_came_first(
    one: Role, other: Role, reason: str
) -> None:
    assert code(may_be_named(held(one), [held(other)])) == reason
    assert code(may_be_named(held(other), [held(one)])) == reason


def test_a_candidate_keeps_her_other_offices_and_a_case_officer_is_no_moderator() -> None:
    about = Matter(actor_id=ME, candidate_ids=frozenset({ME}), area_id=AREA)
    assert may_be_named(held(Role.BOARD), [held(Role.MEMBER)], about)
    officer = RoleHeld(Role.REPRESENTATIVE, UNIT, area_id=AREA, office=OfficeKind.CASE_OFFICER)
    assert may_be_named(held(Role.APPEALS), [officer], about)
    assert code(may_be_named(held(Role.APPEALS), [held(Role.REPRESENTATIVE)], about)) == "appeals_moderator"


def test_offices_in_different_units_go_together() -> None:
    assert may_be_named(held(Role.TELLER, UNIT), [held(Role.BOARD, SIBLING)])
    assert may_be_named(held(Role.APPEALS, UNIT), [held(Role.BOARD, SIBLING)])


def test_a_candidate_cannot_be_named_teller_of_the_ballot() -> None:
    about = Matter(actor_id=ME, candidate_ids=frozenset({ME}))
    assert incompatible(held(Role.TELLER), [], about) == Reason.of("teller_candidate")
    assert code(may_be_named(held(Role.TELLER), [held(Role.MEMBER)], about)) == "teller_candidate"


def test_ordinary_offices_go_together_with_membership() -> None:
    for role in Role:
        assert may_be_named(held(role), [held(Role.MEMBER)])


# What takes two


def together(
    permission: Permission, first: Role, second: Role, second_id: int = ANOTHER
) -> Allowed | Refused:
    about = matter_for(permission, owner_id=99)
    return decide_together(
        permission, [held(first)], about, [held(second)], replace(about, actor_id=second_id)
    )


@pytest.mark.parametrize(
    ("permission", "first", "second", "reason"),
    [
        (Permission.FIND_NOT_CONTRIBUTION, Role.REPRESENTATIVE, Role.REPRESENTATIVE, None),
        (Permission.FIND_NOT_CONTRIBUTION, Role.REPRESENTATIVE, Role.CONTROL, None),
        (Permission.FIND_NOT_CONTRIBUTION, Role.CONTROL, Role.REPRESENTATIVE, None),
        (Permission.FIND_NOT_CONTRIBUTION, Role.CONTROL, Role.CONTROL, "representative_missing"),
        (Permission.FIND_NOT_CONTRIBUTION, Role.REPRESENTATIVE, Role.BOARD, "role_missing"),
        (Permission.ANNUL_BALLOT, Role.TELLER, Role.TELLER, None),
        (Permission.ANNUL_BALLOT, Role.CONTROL, Role.CONTROL, None),
        (Permission.ANNUL_BALLOT, Role.TELLER, Role.CONTROL, "different_bodies"),
        (Permission.ANNUL_BALLOT, Role.TELLER, Role.BOARD, "role_missing"),
        (Permission.SUSPEND_RULE, Role.BOARD, Role.BOARD, None),
        (Permission.SUSPEND_RULE, Role.BOARD, Role.CONTROL, "role_missing"),
        (Permission.DECIDE_ROLL_APPEAL, Role.APPEALS, Role.APPEALS, None),
        (Permission.DECIDE_MODERATION_APPEAL, Role.CONTROL, Role.CONTROL, None),
        (Permission.APPROVE_COUNT, Role.TELLER, Role.TELLER, None),
    ],
)
def test_a_decision_by_two_takes_the_right_two(
    permission: Permission, first: Role, second: Role, reason: str | None
) -> None:
    answer = together(permission, first, second)
    assert (answer.reason.code if isinstance(answer, Refused) else None) == reason


@pytest.mark.parametrize("permission", [p for p in Permission if Scope.TWO in MATRIX[p].values()])
def test_nobody_makes_up_two_people_alone(permission: Permission) -> None:
    role = next(role for role, scope in MATRIX[permission].items() if scope is Scope.TWO)
    assert code(together(permission, role, role, second_id=ME)) == "same_person"


def test_two_whose_names_are_not_known_are_not_two() -> None:
    about = matter_for(Permission.SUSPEND_RULE, actor_id=None)
    known = replace(about, actor_id=ANOTHER)
    half = decide_together(Permission.SUSPEND_RULE, [held(Role.BOARD)], about, [held(Role.BOARD)], known)
    assert code(half) == "same_person"
    answer = decide_together(Permission.SUSPEND_RULE, [held(Role.BOARD)], about, [held(Role.BOARD)], about)
    assert code(answer) == "same_person"
