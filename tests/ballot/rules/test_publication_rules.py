"""What must hold before a notice is published, guard by guard."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ballot.rules.lifecycle import DraftFacts, Force, Level, may_publish, plain, settle
from ballot.rules.majority import Base, Majority, Over, Quorum
from ballot.rules.participation import Authority, Permit, Setting, Shortfall
from members.rules.classes import MembershipClass, Subject

MICRO = timedelta(microseconds=1)
NOTICE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FULL = frozenset({MembershipClass.FULL_MEMBER})

ORDINARY = DraftFacts(
    options=("Ja", "Nei"),
    classes=FULL,
    classes_with_vote=FULL | {MembershipClass.YOUTH_MEMBER},
    otherwise_entitled=57,
)

WITH_RULE = replace(
    ORDINARY,
    otherwise_entitled=60,
    setting=Setting.REQUIRED,
    threads=frozenset({1}),
    permit=Permit(Authority.MEMBERS_MEETING, "Medlemsmøtet 12. januar 2026, sak 4"),
    freezes_at=datetime(2026, 3, 16, 19, 0, tzinfo=UTC),
    opens_at=datetime(2026, 3, 17, 7, 0, tzinfo=UTC),
    closes_at=datetime(2026, 3, 19, 19, 0, tzinfo=UTC),
)


def codes(draft: DraftFacts, notice_at: datetime = NOTICE) -> list[str]:
    return [reason.code for reason in may_publish(draft, notice_at)]


def test_the_ordinary_ballot_of_four_fields_may_be_published() -> None:
    assert codes(ORDINARY) == []


def test_the_ordinary_ballot_opens_on_approval_and_closes_in_seven_days() -> None:
    times = settle(ORDINARY, NOTICE)
    assert (times.cutoff_at, times.freezes_at, times.opens_at) == (NOTICE, NOTICE, NOTICE)
    assert times.closes_at == NOTICE + timedelta(days=7)


def test_the_ballot_of_the_acceptance_scenarios_may_be_published() -> None:
    assert codes(WITH_RULE) == []


def test_a_rule_without_drafted_times_gets_a_window_of_fourteen_days_and_may_be_published() -> None:
    draft = replace(WITH_RULE, freezes_at=None, opens_at=None, closes_at=None)
    times = settle(draft, NOTICE)
    assert times.window_opens_at == NOTICE
    assert times.freezes_at == NOTICE + timedelta(days=14)
    assert times.opens_at == times.freezes_at + timedelta(hours=12)
    assert codes(draft) == []


def test_a_rule_with_only_its_opening_drafted_freezes_twelve_hours_before() -> None:
    draft = replace(WITH_RULE, freezes_at=None)
    assert settle(draft, NOTICE).freezes_at == datetime(2026, 3, 16, 19, 0, tzinfo=UTC)
    assert codes(draft) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"options": ("Ja",)}, "options_too_few"),
        ({"options": ()}, "options_too_few"),
        ({"options": ("Ja", "  ")}, "option_empty"),
        ({"options": ("Ja", "Nei", "ja!")}, "options_alike"),
        ({"classes": frozenset()}, "classes_missing"),
        ({"classes": frozenset({MembershipClass.AFFILIATED_SUPPORTER})}, "class_without_vote"),
        ({"otherwise_entitled": 0}, "nobody_entitled"),
        ({"otherwise_entitled": 9}, "small_roll_unconfirmed"),
        ({"level": Level.CHECKABLE, "teller_ids": frozenset({1, 2})}, "level_not_yet"),
        ({"level": Level.OPEN, "teller_ids": frozenset({1, 2})}, "level_not_yet"),
        ({"level": Level.CHECKABLE}, "tellers_too_few"),
        ({"closes_at": NOTICE}, "closing_before_opening"),
        ({"closes_at": NOTICE - MICRO}, "closing_before_opening"),
        ({"opens_at": NOTICE - MICRO, "freezes_at": NOTICE}, "opening_before_notice"),
        ({"freezes_at": NOTICE - MICRO}, "freeze_before_notice"),
        ({"freezes_at": NOTICE + MICRO}, "freeze_after_opening"),
        ({"cutoff_at": NOTICE + MICRO}, "cutoff_after_notice"),
        ({"cutoff_at": NOTICE - MICRO}, "cutoff_too_early"),
        ({"teller_ids": frozenset({4})}, "tellers_too_few"),
        ({"teller_ids": frozenset({4, 5}), "board_ids": frozenset({5, 6})}, "teller_board"),
        ({"teller_ids": frozenset({4, 5}), "candidate_ids": frozenset({5})}, "teller_candidate"),
        ({"teller_ids": frozenset({4, 5}), "administrator_ids": frozenset({4})}, "teller_administrator"),
        ({"majority": Majority(1, 3, Over.AT_LEAST, Base.ENTITLED)}, "majority_below_half"),
        ({"quorum": Quorum(count=58)}, "quorum_impossible"),
    ],
)
def test_an_ordinary_draft_with_one_fault_is_refused_for_it(changes: dict[str, object], reason: str) -> None:
    assert reason in codes(replace(ORDINARY, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"teller_ids": frozenset({4, 5}), "board_ids": frozenset({6})},
        {"otherwise_entitled": 9, "small_roll_confirmed": True},
        {"otherwise_entitled": 1, "small_roll_confirmed": True},
        {"otherwise_entitled": 10},
        {"cutoff_at": NOTICE - timedelta(days=90), "waiting_period": timedelta(days=90)},
        {"closes_at": NOTICE + MICRO},
        {"options": ("Ja", "Nei", "Vet ikke")},
        {"quorum": Quorum(count=57)},
    ],
)
def test_an_ordinary_draft_at_the_edge_of_a_guard_may_be_published(changes: dict[str, object]) -> None:
    assert codes(replace(ORDINARY, **changes)) == []


def test_a_binding_ballot_needs_its_bylaw_and_its_tellers_and_is_not_yet_published_even_so() -> None:
    draft = replace(ORDINARY, force=Force.BINDING)
    assert codes(draft) == ["bylaw_reference_missing", "binding_not_yet", "tellers_too_few"]
    complete = replace(draft, bylaw_reference="§ 7", teller_ids=frozenset({4, 5}))
    assert codes(complete) == ["binding_not_yet"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"subject": Subject.ELECTION}, "rule_subject"),
        ({"subject": Subject.NOMINATION}, "rule_subject"),
        ({"subject": Subject.BYLAW_CHANGE}, "rule_subject"),
        ({"subject": Subject.EXCLUSION}, "rule_subject"),
        ({"subject": Subject.PARTICIPATION_RULE}, "rule_subject"),
        ({"permit": None}, "rule_not_permitted"),
        ({"permit": Permit(Authority.BYLAWS, " ")}, "rule_reference_missing"),
        ({"force": Force.BINDING}, "rule_needs_bylaws"),
        ({"otherwise_entitled": 29}, "rule_too_few"),
        ({"minimum": 0}, "rule_minimum"),
        ({"minimum": 4}, "rule_minimum"),
        ({"threads": frozenset()}, "rule_no_thread"),
        ({"kinds": frozenset()}, "rule_no_kind"),
        ({"shortfall": Shortfall.CANCEL, "demanded_by_members": True}, "rule_cancel_demanded"),
        ({"freezes_at": NOTICE + timedelta(days=7) - MICRO}, "freeze_too_soon"),
        (
            {"window_opens_at": datetime(2026, 3, 9, 19, 0, tzinfo=UTC) + MICRO},
            "window_too_short",
        ),
        ({"opens_at": datetime(2026, 3, 17, 7, 0, tzinfo=UTC) - MICRO}, "opening_too_soon"),
        ({"closes_at": datetime(2026, 3, 19, 7, 0, tzinfo=UTC) - MICRO}, "voting_too_short"),
    ],
)
@pytest.mark.parametrize("setting", [Setting.REQUIRED, Setting.REPORT_ONLY])
def test_a_draft_with_the_rule_on_and_one_fault_is_refused_for_it(
    setting: Setting, changes: dict[str, object], reason: str
) -> None:
    draft = replace(WITH_RULE, setting=setting, **changes)
    assert reason in codes(draft)
    assert reason not in codes(replace(draft, setting=Setting.NONE))


@pytest.mark.parametrize(
    "changes",
    [
        {"otherwise_entitled": 30},
        {"minimum": 3},
        {"shortfall": Shortfall.CANCEL},
        {"demanded_by_members": True},
        {"freezes_at": NOTICE + timedelta(days=7)},
        {"window_opens_at": NOTICE - timedelta(days=60)},
        {"window_opens_at": datetime(2026, 3, 9, 19, 0, tzinfo=UTC)},
        {"closes_at": datetime(2026, 3, 19, 7, 0, tzinfo=UTC)},
        {"permit": Permit(Authority.ANNUAL_MEETING, "Årsmøtet 2025, sak 9")},
    ],
)
def test_the_rule_at_the_edge_of_a_guard_may_be_published(changes: dict[str, object]) -> None:
    assert codes(replace(WITH_RULE, **changes)) == []


def test_the_rule_in_a_binding_ballot_rests_on_the_bylaws_alone() -> None:
    for authority in Authority:
        draft = replace(WITH_RULE, force=Force.BINDING, permit=Permit(authority, "§ 12"))
        assert ("rule_needs_bylaws" in codes(draft)) is (authority is not Authority.BYLAWS)


def test_an_early_window_does_not_shorten_the_seven_days_from_notice_to_freeze() -> None:
    draft = replace(
        WITH_RULE, window_opens_at=NOTICE - timedelta(days=60), freezes_at=NOTICE + timedelta(days=6)
    )
    assert "freeze_too_soon" in codes(draft)


@pytest.mark.parametrize("subject", [Subject.ELECTION, Subject.BYLAW_CHANGE])
def test_scenario_15_the_rule_is_refused_for_an_election_or_a_bylaw_change(subject: Subject) -> None:
    refusals = may_publish(replace(WITH_RULE, subject=subject), NOTICE)
    assert [(reason.code, reason.facts["subject"]) for reason in refusals] == [("rule_subject", subject)]


def test_closing_before_opening_in_the_repeated_hour_of_october_is_seen() -> None:
    # 25 October 2026: 02:30 comes twice. 02:30 the second time is an hour AFTER 02:30 the first time.
    opens = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    draft = replace(ORDINARY, opens_at=opens, closes_at=opens - timedelta(hours=1))
    assert "closing_before_opening" in codes(draft, opens - timedelta(days=2))


def test_all_faults_are_named_at_once() -> None:
    found = codes(replace(WITH_RULE, options=("Ja",), permit=None, closes_at=NOTICE))
    assert {"options_too_few", "rule_not_permitted", "closing_before_opening"} <= set(found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ja", "ja"),
        ("Ja", " J a "),
        ("Ja", "Ja."),
        ("Ja", "J\u200ba"),
        ("Ja", "Ja\ufe0f"),
        ("Ja", "Ja\u3164"),
        ("Ja", "\u202eJa"),
        ("Strandvegen 5", "strandvegen\u00a05"),
        ("Blå", "Bla\u030a"),
        ("Straße", "STRASSE"),
        ("ﬁnt", "fint"),
    ],
)
def test_two_options_that_look_alike_are_twins(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ja", "Nei"), ("Blå", "Bla"), ("Spor 1", "Spor 2"), ("C", "C+"), ("?", "!"), ("😀", "🙁")],
)
def test_two_options_that_read_differently_are_no_twins(one: str, other: str) -> None:
    assert plain(one) != plain(other)
