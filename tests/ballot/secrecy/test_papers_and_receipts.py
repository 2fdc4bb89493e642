"""The bytes of papers, their sealing, and receipt codes."""

from __future__ import annotations

import itertools

import pytest
from builders import a_member, a_unit, oslo
from cryptography.exceptions import InvalidTag
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from ballot.models import Ballot, BallotKey
from ballot.rules.marking import Chosen
from ballot.rules.methods import KINDS, MOST_OPTIONS, MOST_POINTS, Marking
from ballot.secrecy import papers, receipts, sealing
from foundation.extensions import db
from foundation.transaction import transaction

METHODS = list(papers.METHOD_BYTES)


def every_paper(method: str, options: int) -> list[Chosen]:
    """All that can be said on a paper of the method."""
    sizes = range(options + 1)
    if KINDS[method].marking is Marking.RANKS:
        return [ranked for size in sizes for ranked in itertools.permutations(range(options), size)]
    if KINDS[method].marking is Marking.POINTS:
        given = itertools.product(range(MOST_POINTS + 1), repeat=options)
        return [tuple((place, points) for place, points in enumerate(one) if points) for one in given]
    return [marked for size in sizes for marked in itertools.combinations(range(options), size)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("options", range(2, 6))
def test_every_possible_paper_can_be_read_back_and_all_are_equally_long(method: str, options: int) -> None:
    said = every_paper(method, options)
    written = [papers.encode(method, options, chosen) for chosen in said]
    assert {len(paper) for paper in written} == {papers.length(options)}
    assert len(set(written)) == len(said)
    assert [papers.decode(method, options, paper) for paper in written] == said


@given(st.permutations(range(MOST_OPTIONS)), st.integers(0, MOST_OPTIONS))
def test_a_ranking_of_sixty_candidates_is_as_long_as_a_blank_paper(order: list[int], ranked: int) -> None:
    paper = papers.encode("scottish-stv", MOST_OPTIONS, order[:ranked])
    assert papers.decode("scottish-stv", MOST_OPTIONS, paper) == tuple(order[:ranked])
    assert len(paper) == len(papers.encode("scottish-stv", MOST_OPTIONS, ()))


@pytest.mark.parametrize(
    ("method", "values"),
    [
        ("irv", [1, 1, 0]),
        ("irv", [1, 3, 0]),
        ("irv", [2, 0, 0]),
        ("irv", [4, 1, 2]),
        ("score", [6, 0, 0]),
        ("block", [2, 0, 0]),
    ],
)
def test_a_paper_that_somebody_has_forged_is_no_paper(method: str, values: list[int]) -> None:
    forged = bytes([papers.METHOD_BYTES[method], *values, 0x80]).ljust(papers.length(3), b"\0")
    with pytest.raises(papers.BadPaper):
        papers.decode(method, 3, forged)


@pytest.mark.parametrize(("options", "length"), [(2, 32), (30, 32), (31, 64), (62, 64), (63, 96)])
def test_a_paper_grows_in_steps_so_that_its_length_hardly_tells_the_number_of_options(
    options: int, length: int
) -> None:
    assert papers.length(options) == length


@given(st.sampled_from(METHODS), st.integers(2, 40), st.binary(min_size=0, max_size=96))
def test_bytes_that_no_form_could_have_written_are_no_paper(method: str, options: int, noise: bytes) -> None:
    try:
        marked = papers.decode(method, options, noise)
    except papers.BadPaper:
        return
    assert papers.encode(method, options, marked) == noise


@pytest.mark.parametrize("place", [-1, 2, 99])
def test_an_option_that_is_not_on_the_paper_cannot_be_marked(place: int) -> None:
    with pytest.raises(papers.BadPaper):
        papers.encode("motion", 2, {place})


def test_the_paper_of_another_method_or_length_is_refused() -> None:
    paper = papers.encode("choice", 3, {1})
    with pytest.raises(papers.BadPaper):
        papers.decode("approval", 3, paper)
    with pytest.raises(papers.BadPaper):
        papers.decode("choice", 40, paper)
    with pytest.raises(papers.BadPaper):
        papers.decode("choice", 3, paper[:-1] + b"\x01")


@pytest.fixture
def keys(app: Flask) -> list[BallotKey]:
    """The keys of two ballots."""
    unit = a_unit()
    member = a_member(unit)
    with transaction() as session:
        ballots = [
            Ballot(
                unit_id=unit.id,
                question="?",
                about="",
                drafter_id=member.id,
                responsible_id=member.id,
                drafted_at=oslo("2026-03-01 12:00"),
            )
            for _ in range(2)
        ]
        session.add_all(ballots)
        session.flush()
        for ballot in ballots:
            sealing.make_key(ballot.id)
    return list(db.session.query(BallotKey).order_by(BallotKey.ballot_id))


FINGERPRINT = bytes(range(32))


def test_sealed_papers_are_equally_long_whatever_is_marked_and_never_alike(keys: list[BallotKey]) -> None:
    choices: list[set[int]] = [set(), {0}, {1}, {0, 1}, {0, 1, 2}]
    sealed = [
        sealing.seal(keys[0].public_key, FINGERPRINT, papers.encode("approval", 3, marked))
        for marked in choices * 4
    ]
    assert len({len(one) for one in sealed}) == 1
    assert len(set(sealed)) == len(sealed)


def test_a_sealed_paper_opens_with_its_ballots_key_and_fingerprint_alone(keys: list[BallotKey]) -> None:
    paper = papers.encode("motion", 2, {1})
    sealed = sealing.seal(keys[0].public_key, FINGERPRINT, paper)
    mine, others = (sealing.private_key(key) for key in keys)
    assert sealing.unseal(mine, FINGERPRINT, sealed) == paper
    for private, fingerprint, body in (
        (others, FINGERPRINT, sealed),
        (mine, FINGERPRINT[::-1], sealed),
        (mine, FINGERPRINT, sealed[:-1] + bytes([sealed[-1] ^ 1])),
    ):
        with pytest.raises(InvalidTag):
            sealing.unseal(private, fingerprint, body)


def test_the_key_that_opens_papers_lies_in_the_database_only_under_the_applications_secret(
    app: Flask, keys: list[BallotKey]
) -> None:
    private = sealing.private_key(keys[0]).private_bytes_raw()
    assert keys[0].wrapped_private_key is not None
    assert private not in keys[0].wrapped_private_key
    moved = BallotKey(ballot_id=keys[1].ballot_id, wrapped_private_key=keys[0].wrapped_private_key)
    with pytest.raises(InvalidTag):
        sealing.private_key(moved)
    secret = app.config["SECRET_KEY"]
    app.config["SECRET_KEY"] = "another secret, and long enough to be one"
    try:
        with pytest.raises(InvalidTag):
            sealing.private_key(keys[0])
    finally:
        app.config["SECRET_KEY"] = secret


def test_a_key_that_has_been_wiped_opens_nothing() -> None:
    with pytest.raises(RuntimeError):
        sealing.private_key(BallotKey(ballot_id=1, wrapped_private_key=None))


def test_a_receipt_code_is_twelve_characters_that_can_be_read_aloud() -> None:
    codes = {receipts.new_code() for _ in range(500)}
    assert len(codes) == 500
    assert {len(code) for code in codes} == {12}
    assert set("".join(codes)) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert receipts.shown("KXM482QX7PTD") == "KXM4-82QX-7PTD"
