"""Who may vote in this ballot, with one reason for every no (PARTICIPATION.md sections 3 and 9)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballot.rules.eligibility import (
    BallotFacts,
    DuesPaid,
    Electorate,
    Entitlement,
    MemberFacts,
    OnRoll,
    casting,
    entitled,
    make_roll,
    may_vote,
    roll_line,
)
from ballot.rules.lifecycle import State, Timeline
from ballot.rules.participation import (
    Basis,
    Credit,
    Ground,
    Kind,
    Loss,
    Setting,
    Shortfall,
    Window,
    canonical_roll,
    standing,
)
from foundation.errors import Reason
from members.rules.answers import Allowed, Refused
from members.rules.classes import MembershipClass, Status

OSLO = ZoneInfo("Europe/Oslo")
MICRO = timedelta(microseconds=1)


def oslo(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=OSLO).astimezone(UTC)


NOTICE = oslo("2026-03-02 09:00")
FREEZE = oslo("2026-03-16 20:00")
OPENS = oslo("2026-03-17 08:00")
CLOSES = oslo("2026-03-19 20:00")
WINDOW = Window(NOTICE, FREEZE)

ELECTORATE = Electorate(
    unit_paths=("/1/4/",),
    unit_names=("Fjordvik kommuneparti",),
    classes=frozenset({MembershipClass.FULL_MEMBER}),
    cutoff_at=NOTICE,
    zone=OSLO,
)
BALLOT = BallotFacts(
    timeline=Timeline(
        drafter_id=1,
        freezes_at=FREEZE,
        opens_at=OPENS,
        closes_at=CLOSES,
        recorded={State.NOTIFIED: NOTICE},
    ),
    electorate=ELECTORATE,
    window=WINDOW,
    setting=Setting.REQUIRED,
)
WITHOUT_RULE = replace(BALLOT, setting=Setting.NONE)

POST = Credit(1, Kind.POST, oslo("2026-03-05 18:00"), "post:1", visible_characters=62)
TOOK_PART = standing([POST], [], WINDOW)
DID_NOT = standing([], [], WINDOW)

ANE = MemberFacts(
    member_id=7,
    member_no="10007",
    unit_path="/1/4/",
    unit_code="FJ",
    unit_name="Fjordvik kommuneparti",
    membership_class=MembershipClass.FULL_MEMBER,
    status=Status.ACTIVE,
    joined_at=oslo("2019-05-01 00:00"),
    born_year=1980,
    participation=TOOK_PART,
)


def why(member: MemberFacts, ballot: BallotFacts = BALLOT) -> str | None:
    reason = entitled(member, ballot).reason
    return reason.code if reason else None


def with_electorate(**changes: object) -> BallotFacts:
    return replace(BALLOT, electorate=replace(ELECTORATE, **changes))


def code(answer: Allowed | Refused) -> str | None:
    return answer.reason.code if isinstance(answer, Refused) else None


def test_a_member_who_fulfils_everything_and_took_part_is_entitled_with_her_basis() -> None:
    assert entitled(ANE, BALLOT) == Entitlement(True, True, None, Basis.POST)


@pytest.mark.parametrize(
    ("member", "ballot", "reason", "facts"),
    [
        (
            replace(ANE, status=Status.SUSPENDED),
            BALLOT,
            "not_active",
            {"at": FREEZE, "status": Status.SUSPENDED},
        ),
        (
            replace(ANE, unit_path="/1/5/", unit_name="Nordre Fjordvik kommuneparti"),
            BALLOT,
            "wrong_unit",
            {"units": ("Fjordvik kommuneparti",), "unit": "Nordre Fjordvik kommuneparti"},
        ),
        (
            replace(ANE, membership_class=MembershipClass.AFFILIATED_SUPPORTER),
            BALLOT,
            "class_not_allowed",
            {
                "classes": (MembershipClass.FULL_MEMBER,),
                "membership_class": MembershipClass.AFFILIATED_SUPPORTER,
            },
        ),
        (
            replace(ANE, joined_at=oslo("2026-03-02 09:01")),
            BALLOT,
            "joined_after_cutoff",
            {"joined_at": oslo("2026-03-02 09:01"), "cutoff_at": NOTICE},
        ),
        (ANE, with_electorate(dues_grace_days=30), "dues_unpaid", {"year": 2026, "at": FREEZE}),
        (
            replace(ANE, born_year=2012),
            with_electorate(minimum_age=15),
            "under_age",
            {"minimum_age": 15},
        ),
        (
            replace(ANE, participation=DID_NOT),
            BALLOT,
            "no_contribution",
            {"deadline": FREEZE, "n": 0, "minimum": 1},
        ),
    ],
)
def test_each_condition_has_its_own_reason_with_the_facts_of_its_sentence(
    member: MemberFacts, ballot: BallotFacts, reason: str, facts: dict[str, object]
) -> None:
    answer = entitled(member, ballot)
    assert not answer.entitled
    assert answer.reason == Reason(reason, facts)
    assert answer.basis is Basis.NONE
    assert answer.otherwise_entitled is (reason == "no_contribution")


FAULTS: list[tuple[str, dict[str, object]]] = [
    ("not_active", {"status": Status.RESIGNED}),
    ("wrong_unit", {"unit_path": "/1/5/"}),
    ("class_not_allowed", {"membership_class": MembershipClass.SYMPATHISER}),
    ("joined_after_cutoff", {"joined_at": NOTICE + MICRO}),
    ("dues_unpaid", {"dues": ()}),
    ("under_age", {"born_year": 2015}),
    ("no_contribution", {"participation": DID_NOT}),
]
STRICT = with_electorate(dues_grace_days=0, minimum_age=15)
PAID = replace(ANE, dues=(DuesPaid(date(2026, 1, 10), date(2026, 12, 31)),))


@given(st.sets(st.integers(0, len(FAULTS) - 1), min_size=1))
def test_of_several_faults_the_first_in_the_order_of_conditions_is_told(faults: set[int]) -> None:
    member = replace(PAID, **{k: v for fault in faults for k, v in FAULTS[fault][1].items()})
    assert why(member, STRICT) == FAULTS[min(faults)][0]


def test_scenario_10_per_who_joined_a_minute_late_is_told_that_and_not_that_he_took_no_part() -> None:
    per = replace(ANE, joined_at=oslo("2026-03-02 09:01"), participation=DID_NOT)
    assert why(per) == "joined_after_cutoff"
    assert why(replace(per, participation=TOOK_PART)) == "joined_after_cutoff"


def test_a_member_who_joined_exactly_at_the_cutoff_is_in_time() -> None:
    assert why(replace(ANE, joined_at=NOTICE)) is None
    assert why(replace(ANE, joined_at=NOTICE + MICRO)) == "joined_after_cutoff"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/1/4/", None),
        ("/1/4/17/", None),
        ("/1/", "wrong_unit"),
        ("/1/42/", "wrong_unit"),
        ("/1/5/", "wrong_unit"),
    ],
)
def test_a_ballot_of_a_unit_is_for_those_in_it_and_below_it(path: str, reason: str | None) -> None:
    assert why(replace(ANE, unit_path=path)) == reason


def test_a_ballot_of_two_units_is_for_both() -> None:
    both = with_electorate(unit_paths=("/1/4/", "/1/5/"), unit_names=("A", "B"))
    assert why(replace(ANE, unit_path="/1/5/"), both) is None


@pytest.mark.parametrize(
    ("dues", "grace", "reason"),
    [
        ((), None, None),
        ((), 0, "dues_unpaid"),
        ((DuesPaid(date(2025, 2, 1), date(2026, 3, 16)),), 0, None),
        ((DuesPaid(date(2025, 2, 1), date(2026, 3, 15)),), 0, "dues_unpaid"),
        ((DuesPaid(date(2025, 2, 1), date(2026, 3, 15)),), 1, None),
        ((DuesPaid(date(2025, 2, 1), date(2025, 12, 31)),), 75, None),
        ((DuesPaid(date(2025, 2, 1), date(2025, 12, 31)),), 74, "dues_unpaid"),
        # Paid on the very day of the freeze counts, the day after does not.
        ((DuesPaid(date(2026, 3, 16), date(2026, 12, 31)),), 0, None),
        ((DuesPaid(date(2026, 3, 17), date(2026, 12, 31)),), 0, "dues_unpaid"),
        # The best payment decides, in whatever order they were registered.
        (
            (
                DuesPaid(date(2026, 1, 5), date(2026, 12, 31)),
                DuesPaid(date(2025, 1, 5), date(2025, 12, 31)),
            ),
            0,
            None,
        ),
        ((DuesPaid(date(2026, 1, 5), date.max),), 30, None),
    ],
)
def test_dues_reach_from_the_day_paid_until_the_day_paid_for_and_its_grace(
    dues: tuple[DuesPaid, ...], grace: int | None, reason: str | None
) -> None:
    assert why(replace(ANE, dues=dues), with_electorate(dues_grace_days=grace)) == reason


def test_the_date_of_the_freeze_is_the_organisations_not_utcs() -> None:
    # 23:30 UTC on 31 December is already 1 January in Oslo.
    freeze = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    ballot = replace(with_electorate(dues_grace_days=0, minimum_age=15), window=Window(NOTICE, freeze))
    member = replace(PAID, born_year=2012, participation=standing([POST], [], ballot.window))
    assert why(member, ballot) == "dues_unpaid"
    paid = replace(member, dues=(DuesPaid(date(2026, 1, 1), date(2027, 1, 1)),))
    assert why(paid, ballot) is None
    assert why(replace(paid, born_year=2013), ballot) == "under_age"


@pytest.mark.parametrize(("born", "reason"), [(2011, None), (2012, "under_age"), (None, None)])
def test_age_is_the_years_between_and_an_unknown_year_excludes_nobody(
    born: int | None, reason: str | None
) -> None:
    assert why(replace(ANE, born_year=born), with_electorate(minimum_age=15)) == reason


def test_without_the_rule_whoever_fulfils_the_conditions_is_entitled_on_no_basis() -> None:
    assert entitled(replace(ANE, participation=None), WITHOUT_RULE) == Entitlement(
        True, True, None, Basis.NONE
    )


@pytest.mark.parametrize("changes", [{"suspended": True}, {"lapsed": True}])
def test_a_suspended_or_lapsed_rule_fails_open(changes: dict[str, bool]) -> None:
    ballot = replace(BALLOT, **changes)
    for participation in (TOOK_PART, DID_NOT):
        assert entitled(replace(ANE, participation=participation), ballot) == Entitlement(
            True, True, None, Basis.NONE
        )


def test_where_the_rule_only_reports_everybody_votes_and_the_basis_says_who_took_part() -> None:
    ballot = replace(BALLOT, setting=Setting.REPORT_ONLY)
    assert entitled(ANE, ballot) == Entitlement(True, True, None, Basis.POST)
    assert entitled(replace(ANE, participation=DID_NOT), ballot) == Entitlement(True, True, None, Basis.NONE)


def test_the_rule_cannot_be_applied_to_somebody_whose_part_is_not_known() -> None:
    with pytest.raises(ValueError, match="taken part"):
        entitled(replace(ANE, participation=None), BALLOT)


@pytest.mark.parametrize(
    ("loss", "reason"),
    [
        (Loss(1, Ground.DELETED, oslo("2026-03-10 12:00")), "contribution_withdrawn"),
        (Loss(1, Ground.SHORTENED, oslo("2026-03-10 12:00")), "contribution_withdrawn"),
        (
            Loss(
                1,
                Ground.NOT_A_CONTRIBUTION,
                oslo("2026-03-10 12:00"),
                notified_at=oslo("2026-03-10 12:00"),
                code="spam",
            ),
            "not_a_contribution",
        ),
        (Loss(1, Ground.DELETED, FREEZE), None),
    ],
)
def test_what_was_lost_before_the_freeze_is_the_reason(loss: Loss, reason: str | None) -> None:
    assert why(replace(ANE, participation=standing([POST], [loss], WINDOW))) == reason


# The roll


def crowd(took_part: int, did_not: int, too_late: int = 0) -> list[MemberFacts]:
    kinds = [TOOK_PART] * took_part + [DID_NOT] * (did_not + too_late)
    return [
        replace(
            ANE,
            member_id=number,
            member_no=f"{number:05}",
            participation=participation,
            joined_at=ANE.joined_at if number < took_part + did_not else NOTICE + MICRO,
        )
        for number, participation in enumerate(kinds)
    ]


def test_the_roll_holds_those_who_took_part_when_enough_did() -> None:
    roll = make_roll(crowd(10, 50, too_late=5), BALLOT)
    assert (roll.otherwise_entitled, roll.qualified, roll.entitled) == (60, 10, 10)
    assert not roll.lapsed
    assert len(roll.lines) == 65


def test_with_one_too_few_the_rule_lapses_and_all_otherwise_entitled_vote_on_no_basis() -> None:
    roll = make_roll(crowd(9, 51, too_late=5), BALLOT)
    assert roll.lapsed
    assert (roll.otherwise_entitled, roll.qualified, roll.entitled) == (60, 9, 60)
    assert {line.basis for _, line in roll.lines} == {Basis.NONE}
    late = [line.reason for member, line in roll.lines if member.joined_at > NOTICE]
    assert [reason.code for reason in late if reason] == ["joined_after_cutoff"] * 5


def test_with_one_too_few_and_cancel_the_ballot_ends_and_the_rule_does_not_lapse() -> None:
    roll = make_roll(crowd(9, 51), BALLOT, Shortfall.CANCEL)
    assert roll.cancels
    assert not roll.lapsed
    assert not make_roll(crowd(9, 51), BALLOT).cancels
    assert not make_roll(crowd(10, 50), BALLOT, Shortfall.CANCEL).cancels


def test_a_rule_that_only_reports_or_is_suspended_never_lapses() -> None:
    reported = make_roll(crowd(3, 57), replace(BALLOT, setting=Setting.REPORT_ONLY))
    assert (reported.lapsed, reported.qualified, reported.entitled) == (False, 3, 60)
    for without in (WITHOUT_RULE, replace(BALLOT, lapsed=True)):
        roll = make_roll(crowd(3, 57), without)
        assert (roll.lapsed, roll.cancels, roll.qualified, roll.entitled) == (False, False, None, 60)
    suspended = make_roll(crowd(3, 57), replace(BALLOT, suspended=True))
    assert (suspended.lapsed, suspended.qualified, suspended.entitled) == (False, None, 60)


@given(st.randoms(use_true_random=False), st.integers(0, 30), st.integers(0, 30), st.integers(0, 5))
def test_the_roll_is_the_same_in_whatever_order_members_come(
    random: object, took_part: int, did_not: int, too_late: int
) -> None:
    members = crowd(took_part, did_not, too_late)
    shuffled = list(members)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random

    def canonical(people: list[MemberFacts]) -> bytes:
        return canonical_roll(1, FREEZE, [roll_line(*line) for line in make_roll(people, BALLOT).lines])

    assert canonical(members) == canonical(shuffled)


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_rule_gives_nobody_a_vote_who_would_have_none_without_it(took_part: int, too_late: int) -> None:
    members = crowd(took_part, 0, too_late)
    with_rule = {m.member_id for m, line in make_roll(members, BALLOT).lines if line.entitled}
    without = {m.member_id for m, line in make_roll(members, WITHOUT_RULE).lines if line.entitled}
    assert with_rule <= without


# Casting

FROZEN = replace(BALLOT, roll_made=True)
ON_ROLL = OnRoll(ANE.member_id, entitled=True)
NO_PART = Reason.of("no_contribution", deadline=FREEZE, n=0, minimum=1)


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (NOTICE - MICRO, "vote.not_open"),
        (NOTICE, "vote.not_open"),
        (OPENS - MICRO, "vote.not_open"),
        (OPENS, None),
        (CLOSES - MICRO, None),
        (CLOSES, "vote.closed"),
        (CLOSES + timedelta(days=30), "vote.closed"),
    ],
)
def test_a_vote_is_taken_from_the_opening_until_the_microsecond_before_closing(
    at: datetime, reason: str | None
) -> None:
    assert code(casting(ANE, ON_ROLL, FROZEN, at)) == reason
    assert code(may_vote(replace(ANE, on_roll=ON_ROLL), FROZEN, at)) == reason


@pytest.mark.parametrize("state", [State.CANCELLED, State.ANNULLED])
def test_no_vote_is_taken_in_a_ballot_that_was_ended(state: State) -> None:
    timeline = replace(FROZEN.timeline, recorded={State.NOTIFIED: NOTICE, state: OPENS})
    ended = replace(FROZEN, timeline=timeline)
    assert code(casting(ANE, ON_ROLL, ended, OPENS)) == f"ballot_{state}"
    assert code(casting(ANE, replace(ON_ROLL, voted=True), ended, OPENS)) == f"ballot_{state}"


def test_a_second_vote_is_refused_also_after_closing_in_the_words_for_it() -> None:
    voted = replace(ON_ROLL, voted=True)
    assert code(casting(ANE, voted, FROZEN, OPENS)) == "vote.twice"
    assert code(casting(ANE, voted, FROZEN, CLOSES)) == "vote.twice"


def test_scenario_15_a_vote_sent_directly_by_somebody_not_entitled_is_refused_with_her_reason() -> None:
    answer = casting(ANE, OnRoll(ANE.member_id, entitled=False, reason=NO_PART), FROZEN, OPENS)
    assert answer == Refused(NO_PART)
    assert code(casting(ANE, OnRoll(ANE.member_id, entitled=False), FROZEN, OPENS)) == "not_on_roll"


def test_somebody_elses_line_is_no_line() -> None:
    assert code(casting(ANE, None, FROZEN, OPENS)) == "not_on_roll"
    stolen = OnRoll(ANE.member_id + 1, entitled=True, voted=True)
    assert code(casting(ANE, stolen, FROZEN, OPENS)) == "not_on_roll"


def test_no_vote_is_taken_while_the_roll_is_being_made() -> None:
    assert code(casting(ANE, None, BALLOT, OPENS)) == "roll_being_made"


def test_the_times_in_a_refusal_are_those_of_the_ballot() -> None:
    assert casting(ANE, ON_ROLL, FROZEN, FREEZE) == Refused(Reason.of("vote.not_open", opens_at=OPENS))
    assert casting(ANE, ON_ROLL, FROZEN, CLOSES) == Refused(Reason.of("vote.closed", closes_at=CLOSES))


def test_before_the_roll_a_member_who_cannot_vote_is_told_why_and_one_with_time_left_when_it_opens() -> None:
    late = replace(ANE, joined_at=NOTICE + MICRO)
    assert code(may_vote(late, BALLOT, NOTICE)) == "joined_after_cutoff"
    assert code(may_vote(replace(ANE, participation=DID_NOT), BALLOT, NOTICE)) == "vote.not_open"


def test_once_the_roll_is_made_it_alone_decides_whatever_happened_since() -> None:
    left = replace(ANE, status=Status.SUSPENDED, participation=DID_NOT, on_roll=ON_ROLL)
    assert may_vote(left, FROZEN, OPENS)
    paid_late = replace(ANE, on_roll=OnRoll(ANE.member_id, entitled=False, reason=NO_PART))
    assert may_vote(paid_late, FROZEN, OPENS) == Refused(NO_PART)


@given(
    at=st.timedeltas(timedelta(-2), timedelta(30)).map(lambda after: NOTICE + after),
    made=st.booleans(),
    entitled_=st.booleans(),
    voted=st.booleans(),
    present=st.booleans(),
)
def test_a_vote_is_taken_only_from_somebody_entitled_who_has_not_voted_while_the_ballot_is_open(
    *, at: datetime, made: bool, entitled_: bool, voted: bool, present: bool
) -> None:
    line = OnRoll(ANE.member_id, entitled=entitled_, voted=voted) if present else None
    taken = bool(casting(ANE, line, replace(BALLOT, roll_made=made), at))
    assert taken is (made and present and entitled_ and not voted and OPENS <= at < CLOSES)
