"""The roll's canonical form: the same bytes on any machine, in any order, in any time zone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballot.rules.participation import Basis, RollLine, canonical_roll, roll_hash
from members.rules.classes import MembershipClass

FREEZE = datetime(2026, 3, 16, 19, 0, tzinfo=UTC)
ANE = RollLine("10007", "FJ", MembershipClass.FULL_MEMBER, entitled=True, basis=Basis.POST)
BO = RollLine("10008", "FJ", MembershipClass.YOUTH_MEMBER, entitled=False, reason="no_contribution")
AASE = RollLine("Å-1", "FJ-Ø", MembershipClass.FULL_MEMBER, entitled=True)

# Written by hand from PARTICIPATION.md section 9.
EXPECTED = (
    b"grasrot-roll-1\t42\t2026-03-16T19:00:00.000000Z\n"
    b"10007\tFJ\tfull_member\tyes\tnone\tpost\n"
    b"10008\tFJ\tyouth_member\tno\tno_contribution\tnone\n"
    b"\xc3\x85-1\tFJ-\xc3\x98\tfull_member\tyes\tnone\tnone\n"
)


def test_the_canonical_form_is_the_specified_bytes() -> None:
    assert canonical_roll(42, FREEZE, [AASE, BO, ANE]) == EXPECTED


def test_the_hash_is_the_sha256_of_those_bytes() -> None:
    assert roll_hash(EXPECTED) == sha256(EXPECTED).hexdigest()
    assert len(roll_hash(EXPECTED)) == 64


def test_an_empty_roll_is_its_first_line() -> None:
    assert canonical_roll("FV-7", FREEZE, []) == b"grasrot-roll-1\tFV-7\t2026-03-16T19:00:00.000000Z\n"


@pytest.mark.parametrize(
    "zone",
    [ZoneInfo("Europe/Oslo"), ZoneInfo("Pacific/Auckland"), timezone(timedelta(hours=-11, minutes=-30))],
)
def test_the_time_zone_of_the_machine_makes_no_difference(zone: timezone | ZoneInfo) -> None:
    assert canonical_roll(42, FREEZE.astimezone(zone), [ANE, BO, AASE]) == EXPECTED


def test_a_microsecond_makes_another_roll() -> None:
    later = canonical_roll(42, FREEZE + timedelta(microseconds=1), [])
    assert later == b"grasrot-roll-1\t42\t2026-03-16T19:00:00.000001Z\n"


def test_a_freeze_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        canonical_roll(42, FREEZE.replace(tzinfo=None), [])


WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=8)
LINES = st.lists(
    st.builds(
        RollLine,
        member_no=WORDS,
        unit_code=WORDS,
        membership_class=st.sampled_from(MembershipClass),
        entitled=st.booleans(),
        reason=st.sampled_from(["none", "no_contribution", "not_active"]),
        basis=st.sampled_from(Basis),
    ),
    max_size=12,
    unique_by=lambda line: line.member_no,
)


@given(LINES, st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference(lines: list[RollLine], random: object) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert canonical_roll(1, FREEZE, lines) == canonical_roll(1, FREEZE, shuffled)


@given(LINES)
def test_every_line_ends_in_lf_has_six_fields_and_stands_in_order(lines: list[RollLine]) -> None:
    head, *rows = canonical_roll(1, FREEZE, lines).decode().split("\n")
    assert rows.pop() == ""
    assert head.split("\t")[0] == "grasrot-roll-1"
    assert all(len(row.split("\t")) == 6 for row in rows)
    encoded = [row.encode() for row in rows]
    assert encoded == sorted(encoded)


@given(LINES.filter(bool), st.data())
def test_any_changed_field_changes_the_hash(lines: list[RollLine], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(lines) - 1))
    line = lines[place]
    changed = data.draw(
        st.sampled_from(
            [
                replace(line, entitled=not line.entitled),
                replace(line, reason="under_age"),
                replace(line, unit_code=line.unit_code + "x"),
                replace(line, member_no="-".join(other.member_no for other in lines) + "x"),
            ]
        )
    )
    other = [*lines[:place], changed, *lines[place + 1 :]]
    assert roll_hash(canonical_roll(1, FREEZE, lines)) != roll_hash(canonical_roll(1, FREEZE, other))
    assert roll_hash(canonical_roll(1, FREEZE, lines)) != roll_hash(canonical_roll(2, FREEZE, lines))


@pytest.mark.parametrize("bad", ["", "10\t07", "10\n07", "10\r07", "10\x0007", "10\u202807", "\ud800"])
def test_a_field_that_could_be_read_as_two_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="cannot stand"):
        canonical_roll(1, FREEZE, [replace(ANE, member_no=bad)])
    with pytest.raises(ValueError, match="cannot stand"):
        canonical_roll(1, FREEZE, [replace(ANE, unit_code=bad)])


def test_a_no_break_space_in_a_unit_code_does_not_stop_the_roll() -> None:
    assert "FJ\u00a01".encode() in canonical_roll(1, FREEZE, [replace(ANE, unit_code="FJ\u00a01")])


def test_a_member_stands_once_on_a_roll() -> None:
    with pytest.raises(ValueError, match="twice"):
        canonical_roll(1, FREEZE, [ANE, replace(ANE, entitled=False)])
