"""A ballot's states: computed from frozen times and recorded acts, moved by the right people at the right time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballot.rules.lifecycle import (
    ENDED,
    TRANSITIONS,
    Capacity,
    Due,
    Hold,
    Move,
    Mover,
    State,
    Timeline,
    due_events,
    may_move,
    phase,
)
from foundation.errors import Reason
from members.rules.answers import Allowed, Refused

MICRO = timedelta(microseconds=1)
NOTICE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FREEZE = datetime(2026, 3, 16, 19, 0, tzinfo=UTC)
OPENS = datetime(2026, 3, 17, 7, 0, tzinfo=UTC)
CLOSES = datetime(2026, 3, 19, 19, 0, tzinfo=UTC)
CERTIFIED = CLOSES + timedelta(hours=1)
OBJECTIONS_END = CERTIFIED + timedelta(hours=72)

DRAFTER, SECOND, THIRD = 1, 2, 3

NOTICED = Timeline(
    drafter_id=DRAFTER,
    freezes_at=FREEZE,
    opens_at=OPENS,
    closes_at=CLOSES,
    recorded={State.SUBMITTED: NOTICE - timedelta(hours=1), State.NOTIFIED: NOTICE},
)


def with_recorded(ballot: Timeline, **acts: datetime) -> Timeline:
    """Add recorded acts: with_recorded(ballot, counted=CLOSES)."""
    return replace(ballot, recorded={**ballot.recorded, **{State(name): at for name, at in acts.items()}})


DONE = replace(
    with_recorded(NOTICED, frozen=FREEZE, open=OPENS, closed=CLOSES, counted=CLOSES, certified=CERTIFIED),
    objections_end_at=OBJECTIONS_END,
)


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (NOTICE - timedelta(hours=1) - MICRO, State.DRAFT),
        (NOTICE - timedelta(hours=1), State.SUBMITTED),
        (NOTICE - MICRO, State.SUBMITTED),
        (NOTICE, State.NOTIFIED),
        (FREEZE - MICRO, State.NOTIFIED),
        (FREEZE, State.FROZEN),
        (OPENS - MICRO, State.FROZEN),
        (OPENS, State.OPEN),
        (CLOSES - MICRO, State.OPEN),
        (CLOSES, State.CLOSED),
        (CLOSES + timedelta(days=365), State.CLOSED),
    ],
)
def test_the_state_follows_the_clock_to_the_microsecond_though_nothing_is_recorded(
    at: datetime, state: State
) -> None:
    assert phase(NOTICED, at) is state


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (CLOSES - MICRO, State.OPEN),
        (CLOSES, State.COUNTED),
        (CERTIFIED, State.CERTIFIED),
        (OBJECTIONS_END - MICRO, State.CERTIFIED),
        (OBJECTIONS_END, State.FINAL),
    ],
)
def test_what_comes_after_closing_follows_the_recorded_acts(at: datetime, state: State) -> None:
    assert phase(DONE, at) is state


def test_a_certified_result_without_an_end_of_objections_stays_certified() -> None:
    ballot = replace(DONE, objections_end_at=None)
    assert phase(ballot, OBJECTIONS_END) is State.CERTIFIED
    assert due_events(ballot, OBJECTIONS_END) == []


def test_a_result_with_an_open_incident_does_not_become_final() -> None:
    ballot = replace(DONE, holds=frozenset({Hold.INCIDENT_OPEN}))
    assert phase(ballot, OBJECTIONS_END) is State.CERTIFIED
    assert due_events(ballot, OBJECTIONS_END) == []


@pytest.mark.parametrize("ending", ENDED)
def test_a_ballot_that_has_ended_stays_ended_from_that_moment_and_nothing_is_due(ending: State) -> None:
    ended_at = OPENS + timedelta(hours=1)
    ballot = with_recorded(NOTICED, **{ending.value: ended_at})
    assert phase(ballot, ended_at - MICRO) is State.OPEN
    assert phase(ballot, ended_at) is ending
    assert phase(ballot, CLOSES) is ending
    assert due_events(ballot, CLOSES) == []


def test_a_ballot_of_the_ordinary_path_is_open_from_the_moment_of_its_notice() -> None:
    ballot = replace(NOTICED, freezes_at=NOTICE, opens_at=NOTICE)
    assert phase(ballot, NOTICE - MICRO) is State.SUBMITTED
    assert phase(ballot, NOTICE) is State.OPEN


def test_too_few_with_cancel_ends_the_ballot_at_the_freeze_before_anybody_has_recorded_it() -> None:
    ballot = replace(NOTICED, cancels=True)
    assert phase(ballot, FREEZE - MICRO) is State.NOTIFIED
    assert phase(ballot, OPENS) is State.CANCELLED
    assert due_events(with_recorded(ballot, frozen=FREEZE), OPENS) == [Due(State.CANCELLED, FREEZE)]


def test_a_ballot_that_lacks_its_tally_key_does_not_open() -> None:
    ballot = with_recorded(replace(NOTICED, needs_tally_key=True), frozen=FREEZE)
    assert phase(ballot, OPENS) is State.FROZEN
    assert due_events(ballot, CLOSES) == []
    with_key = replace(ballot, has_tally_key=True)
    assert phase(with_key, OPENS) is State.OPEN
    assert due_events(with_key, OPENS) == [Due(State.OPEN, OPENS)]


def test_a_ballot_that_opened_closes_also_where_its_tally_key_is_gone() -> None:
    ballot = with_recorded(replace(NOTICED, needs_tally_key=True), frozen=FREEZE, open=OPENS)
    assert due_events(ballot, CLOSES) == [Due(State.CLOSED, CLOSES)]


def test_a_noticed_ballot_without_times_is_a_defect() -> None:
    with pytest.raises(ValueError, match="all its times"):
        phase(replace(NOTICED, closes_at=None), NOTICE)


MOMENTS = st.integers(0, 40 * 24 * 3600).map(lambda seconds: NOTICE + timedelta(seconds=seconds))
ORDER = [
    State.DRAFT,
    State.SUBMITTED,
    State.NOTIFIED,
    State.FROZEN,
    State.OPEN,
    State.CLOSED,
    State.COUNTED,
    State.CERTIFIED,
    State.FINAL,
    *ENDED,
]


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    freezes_at, opens_at, closes_at, counted, certified, objections = sorted(
        draw(st.lists(MOMENTS, min_size=6, max_size=6))
    )
    recorded = dict(NOTICED.recorded)
    for state, at in ((State.COUNTED, counted), (State.CERTIFIED, certified)):
        if not draw(st.booleans()):
            break
        recorded[state] = at
    ending = draw(st.sampled_from([None, "cancels", *ENDED]))  # a ballot ends once, in one way
    if isinstance(ending, State):
        recorded[ending] = draw(MOMENTS)
    return Timeline(
        drafter_id=DRAFTER,
        freezes_at=freezes_at,
        opens_at=opens_at,
        closes_at=closes_at,
        objections_end_at=objections if State.CERTIFIED in recorded else None,
        recorded=recorded,
        needs_tally_key=draw(st.booleans()),
        has_tally_key=draw(st.booleans()),
        cancels=ending == "cancels",
        holds=frozenset(draw(st.sets(st.sampled_from(Hold)))),
    )


@given(timelines(), MOMENTS, MOMENTS)
def test_time_never_leads_a_ballot_back(ballot: Timeline, one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))
    assert ORDER.index(phase(ballot, earlier)) <= ORDER.index(phase(ballot, later))


@given(timelines(), MOMENTS)
def test_recording_what_is_due_changes_no_state_at_any_moment(ballot: Timeline, at: datetime) -> None:
    moments = [NOTICE + timedelta(hours=12 * step) for step in range(80)]
    before = [phase(ballot, moment) for moment in moments]
    asked = 0
    while due := [
        event for event in due_events(ballot, at) if event.to not in (State.COUNTED, State.CERTIFIED)
    ]:
        ballot = with_recorded(ballot, **{event.to.value: event.due_at for event in due})
        asked += 1
        assert asked < 10
    assert [phase(ballot, moment) for moment in moments] == before


def test_a_week_of_standstill_is_made_good_in_order_each_dated_when_it_was_due() -> None:
    late = CLOSES + timedelta(days=7)
    assert due_events(NOTICED, late) == [Due(State.FROZEN, FREEZE)]
    frozen = with_recorded(NOTICED, frozen=FREEZE)
    assert due_events(frozen, late) == [Due(State.OPEN, OPENS), Due(State.CLOSED, CLOSES)]
    closed = with_recorded(frozen, open=OPENS, closed=CLOSES)
    assert due_events(closed, late) == [Due(State.COUNTED, CLOSES)]
    counted = with_recorded(closed, counted=CLOSES)
    assert due_events(counted, late) == [Due(State.CERTIFIED, CLOSES)]


@pytest.mark.parametrize("state", [State.FROZEN, State.OPEN, State.CLOSED])
def test_nothing_is_due_a_microsecond_early(state: State) -> None:
    recorded = {"frozen": FREEZE, "open": OPENS, "closed": CLOSES}
    earlier = {name: at for name, at in recorded.items() if at < recorded[state]}
    ballot = with_recorded(NOTICED, **earlier)
    assert due_events(ballot, recorded[state] - MICRO) == []
    assert due_events(ballot, recorded[state]) == [Due(state, recorded[state])]


def test_a_draft_has_nothing_due() -> None:
    assert due_events(Timeline(drafter_id=DRAFTER), CLOSES) == []


def test_tellers_count_and_certify_by_themselves_and_never_by_the_clock() -> None:
    ballot = replace(with_recorded(NOTICED, frozen=FREEZE, open=OPENS, closed=CLOSES), counts_itself=False)
    assert due_events(ballot, CLOSES + timedelta(days=30)) == []
    counted = with_recorded(ballot, counted=CLOSES)
    assert due_events(counted, CLOSES + timedelta(days=30)) == []


@pytest.mark.parametrize("hold", Hold)
def test_a_result_is_not_certified_while_something_holds_it_back(hold: Hold) -> None:
    counted = with_recorded(NOTICED, frozen=FREEZE, open=OPENS, closed=CLOSES, counted=CLOSES)
    assert due_events(replace(counted, holds=frozenset({hold})), CERTIFIED) == []
    cleared = replace(counted, cleared_at=CERTIFIED)
    assert due_events(cleared, CERTIFIED) == [Due(State.CERTIFIED, CERTIFIED)]


def test_a_result_is_final_when_the_objections_end_or_when_the_last_complaint_was_settled_after() -> None:
    assert due_events(DONE, OBJECTIONS_END - MICRO) == []
    assert due_events(DONE, OBJECTIONS_END) == [Due(State.FINAL, OBJECTIONS_END)]
    assert due_events(with_recorded(DONE, final=OBJECTIONS_END), OBJECTIONS_END) == []
    settled = OBJECTIONS_END + timedelta(days=1)
    assert due_events(replace(DONE, cleared_at=settled), settled) == [Due(State.FINAL, settled)]


# LIFECYCLE.md section 1, column "goes to", typed in.
GOES_TO = {
    "draft": "submitted withdrawn",
    "submitted": "notified draft",
    "notified": "frozen cancelled",
    "frozen": "open cancelled",
    "open": "closed annulled",
    "closed": "counted annulled",
    "counted": "certified annulled",
    "certified": "final annulled",
    "final": "",
    "withdrawn": "",
    "cancelled": "",
    "annulled": "",
}


def test_states_lead_where_the_specification_says() -> None:
    assert {state.value: set(to) for state, to in TRANSITIONS.items()} == {
        state: set(to.split()) for state, to in GOES_TO.items()
    }


DRAFT = Timeline(drafter_id=DRAFTER)
SUBMITTED = replace(DRAFT, recorded={State.SUBMITTED: NOTICE})
WITH_TELLERS = replace(NOTICED, counts_itself=False)
COUNTED = with_recorded(WITH_TELLERS, counted=CLOSES)

AT = {
    State.DRAFT: (DRAFT, NOTICE),
    State.SUBMITTED: (SUBMITTED, NOTICE),
    State.NOTIFIED: (NOTICED, NOTICE),
    State.FROZEN: (NOTICED, FREEZE),
    State.OPEN: (NOTICED, OPENS),
    State.CLOSED: (WITH_TELLERS, CLOSES),
    State.COUNTED: (COUNTED, CLOSES),
    State.CERTIFIED: (replace(DONE, counts_itself=False), CERTIFIED),
    State.FINAL: (DONE, OBJECTIONS_END),
    State.WITHDRAWN: (replace(DRAFT, recorded={State.WITHDRAWN: NOTICE}), NOTICE),
    State.CANCELLED: (with_recorded(NOTICED, cancelled=FREEZE), FREEZE),
    State.ANNULLED: (with_recorded(NOTICED, annulled=OPENS), OPENS),
}

BOARD = frozenset({Capacity.BOARD})
ABOVE = frozenset({Capacity.BOARD_ABOVE})
TELLERS = frozenset({Capacity.TELLER})
CONTROL = frozenset({Capacity.CONTROL})
EVERYBODY = frozenset(Capacity)


def code(answer: Allowed | Refused) -> str | None:
    return answer.reason.code if isinstance(answer, Refused) else None


def moving(state: State, to: State, move: Move, problems: tuple[Reason, ...] = ()) -> str | None:
    ballot, at = AT[state]
    assert phase(ballot, at) is state
    return code(may_move(ballot, to, move, at, problems))


def two(capacities: frozenset[Capacity], reason: str = "Vi tar det på nytt.") -> Move:
    return Move(Mover(SECOND, capacities), Mover(THIRD, capacities), reason)


@pytest.mark.parametrize("state", State)
def test_nobody_moves_a_ballot_where_its_state_does_not_lead(state: State) -> None:
    for to in State:
        if to not in TRANSITIONS[state]:
            assert moving(state, to, two(EVERYBODY)) == "no_such_move"


@pytest.mark.parametrize(
    ("state", "to", "move", "reason"),
    [
        (State.DRAFT, State.SUBMITTED, Move(Mover(DRAFTER, BOARD)), None),
        (State.DRAFT, State.SUBMITTED, Move(Mover(SECOND, BOARD)), "not_drafter"),
        (State.DRAFT, State.SUBMITTED, Move(Mover(DRAFTER, frozenset())), "capacity_missing"),
        (State.DRAFT, State.WITHDRAWN, Move(Mover(DRAFTER, frozenset())), None),
        (State.DRAFT, State.WITHDRAWN, Move(Mover(SECOND, BOARD)), None),
        (State.DRAFT, State.WITHDRAWN, Move(Mover(SECOND, TELLERS)), "capacity_missing"),
        (State.SUBMITTED, State.NOTIFIED, Move(Mover(SECOND, BOARD)), None),
        (State.SUBMITTED, State.NOTIFIED, Move(Mover(SECOND, ABOVE)), None),
        (State.SUBMITTED, State.NOTIFIED, Move(Mover(DRAFTER, BOARD)), "own_draft"),
        (State.SUBMITTED, State.NOTIFIED, Move(Mover(SECOND, CONTROL)), "capacity_missing"),
        (State.SUBMITTED, State.DRAFT, Move(Mover(SECOND, BOARD), reason="Spørsmålet er uklart."), None),
        (State.SUBMITTED, State.DRAFT, Move(Mover(SECOND, BOARD), reason="  "), "reason_missing"),
        (State.SUBMITTED, State.DRAFT, Move(Mover(DRAFTER, BOARD), reason="Angret."), "own_draft"),
        (State.NOTIFIED, State.CANCELLED, two(BOARD), None),
        (State.FROZEN, State.CANCELLED, two(BOARD), None),
        (State.NOTIFIED, State.CANCELLED, two(BOARD, reason=""), "reason_missing"),
        (State.NOTIFIED, State.CANCELLED, Move(Mover(SECOND, BOARD), reason="Nei."), "two_needed"),
        (
            State.NOTIFIED,
            State.CANCELLED,
            Move(Mover(SECOND, BOARD), Mover(SECOND, BOARD), "Nei."),
            "two_needed",
        ),
        (State.NOTIFIED, State.CANCELLED, two(TELLERS), "capacity_missing"),
        (State.NOTIFIED, State.FROZEN, two(EVERYBODY), "system_only"),
        (State.FROZEN, State.OPEN, two(EVERYBODY), "system_only"),
        (State.OPEN, State.CLOSED, two(EVERYBODY), "system_only"),
        (State.OPEN, State.ANNULLED, two(TELLERS), None),
        (State.CLOSED, State.ANNULLED, two(CONTROL), None),
        (State.COUNTED, State.ANNULLED, two(CONTROL), None),
        (State.CERTIFIED, State.ANNULLED, two(TELLERS), None),
        (State.OPEN, State.ANNULLED, two(BOARD | ABOVE), "capacity_missing"),
        (
            State.OPEN,
            State.ANNULLED,
            Move(Mover(SECOND, TELLERS), Mover(THIRD, CONTROL), "Feil."),
            "capacity_missing",
        ),
        (State.OPEN, State.ANNULLED, two(TELLERS, reason=""), "reason_missing"),
        (State.CLOSED, State.COUNTED, two(TELLERS), None),
        (State.CLOSED, State.COUNTED, Move(Mover(SECOND, TELLERS)), "two_needed"),
        (State.CLOSED, State.COUNTED, two(BOARD), "capacity_missing"),
        (State.COUNTED, State.CERTIFIED, two(TELLERS, reason=""), None),
        (State.CERTIFIED, State.FINAL, two(EVERYBODY), "system_only"),
    ],
)
def test_a_ballot_is_moved_by_those_the_table_names(
    state: State, to: State, move: Move, reason: str | None
) -> None:
    assert moving(state, to, move) == reason


def test_no_capacity_at_all_cancels_a_ballot_that_is_open() -> None:
    assert moving(State.OPEN, State.CANCELLED, two(EVERYBODY)) == "no_such_move"


def test_a_board_cannot_cancel_at_the_moment_of_opening_though_nobody_has_recorded_it_yet() -> None:
    assert code(may_move(NOTICED, State.CANCELLED, two(BOARD), OPENS - MICRO)) is None
    assert code(may_move(NOTICED, State.CANCELLED, two(BOARD), OPENS)) == "no_such_move"


def test_without_tellers_people_neither_count_nor_certify() -> None:
    assert code(may_move(NOTICED, State.COUNTED, two(TELLERS), CLOSES)) == "system_only"
    counted = with_recorded(NOTICED, counted=CLOSES)
    assert code(may_move(counted, State.CERTIFIED, two(TELLERS), CLOSES)) == "system_only"


def test_tellers_do_not_close_a_ballot_before_its_time() -> None:
    assert code(may_move(WITH_TELLERS, State.CLOSED, two(TELLERS), OPENS)) == "system_only"


def test_tellers_count_but_do_not_certify_while_an_appeal_is_undecided() -> None:
    closed = replace(WITH_TELLERS, holds=frozenset({Hold.APPEALS_PENDING}))
    assert may_move(closed, State.COUNTED, two(TELLERS), CLOSES)
    ballot = replace(COUNTED, holds=frozenset({Hold.APPEALS_PENDING}))
    assert code(may_move(ballot, State.CERTIFIED, two(TELLERS), CLOSES)) == "certification_held"


def test_a_draft_with_problems_is_neither_submitted_nor_published() -> None:
    problem = (Reason.of("options_too_few"),)
    assert moving(State.DRAFT, State.SUBMITTED, Move(Mover(DRAFTER, BOARD)), problem) == "options_too_few"
    assert moving(State.SUBMITTED, State.NOTIFIED, Move(Mover(SECOND, BOARD)), problem) == "options_too_few"
    assert moving(State.DRAFT, State.WITHDRAWN, Move(Mover(DRAFTER, BOARD)), problem) is None


def test_the_system_moves_a_ballot_when_it_is_due_and_not_before() -> None:
    assert may_move(NOTICED, State.FROZEN, Move(), FREEZE)
    assert code(may_move(NOTICED, State.FROZEN, Move(), FREEZE - MICRO)) == "not_due"
    assert code(may_move(NOTICED, State.NOTIFIED, Move(), FREEZE)) == "not_due"
    assert code(may_move(with_recorded(NOTICED, frozen=FREEZE), State.FROZEN, Move(), FREEZE)) == "not_due"
