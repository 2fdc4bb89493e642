"""Every method from draft to certified: candidates who say yes, papers of each kind, the count, and the same again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from election_world import NAMES, ORDERS, QUOTA, consented, counted, drafted, noticed, rights, sent
from teller_world import CLOSED, OPENING, WHILE_OPEN, World, when

from ballot import queries, results
from ballot.cli_count import count as count_command
from ballot.models import Ballot, Consent, Method
from ballot.rules.lifecycle import State
from ballot.rules.majority import Verdict
from ballot.services import candidates, casting, drafting, tellers
from ballot.services.drafting import Draft
from foundation import clock
from foundation.errors import RuleBroken
from members.models import Member

METHODS: dict[Method, tuple[dict[str, Any], list[str]]] = {
    Method.CHOICE: ({}, ["Astri"]),
    Method.APPROVAL: ({}, ["Bjarne"]),
    Method.SCORE: ({}, ["Bjarne"]),
    Method.BLOCK: ({"seats": 2, "deputies": 1, "quota": QUOTA}, ["Astri", "Bjarne"]),
    Method.IRV: ({}, ["Astri"]),
    Method.SCHULZE: ({}, ["Astri"]),
    Method.RANKED_PAIRS: ({}, ["Astri"]),
    Method.SCOTTISH_STV: ({"seats": 2, "quota": QUOTA}, ["Astri", "Bjarne"]),
    Method.MEEK_STV: ({"seats": 2}, ["Astri", "Bjarne"]),
    Method.UIO_STV: ({"seats": 2, "deputies": 1, "quota": QUOTA}, ["Astri", "Bjarne"]),
}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_goes_from_draft_to_certified_and_counts_the_same_from_its_files(
    world: World, method: Method, tmp_path: Path
) -> None:
    rules, elected = METHODS[method]
    ballot_id = noticed(world, method, **rules)
    ballot = counted(world, ballot_id)
    result = queries.result_of(ballot_id)
    assert result is not None
    assert (ballot.state, result.adds_up, result.blank, result.papers) == (State.COUNTED, True, 3, 27)
    outcome = results.outcome_of(ballot, results.Numbers.of(result))
    assert outcome.verdict is Verdict.CHOSEN
    assert sorted(NAMES[place] for place in outcome.leading) == elected
    told = results.count_of(ballot_id)
    assert told is not None
    assert (told["grasrot"], told["method"], told["papers"], told["blank"]) == (
        "count-1",
        method.value,
        27,
        3,
    )
    assert told["stages"], "the event log is there"

    with when(CLOSED):
        for teller in world.tellers[:2]:
            assert world.as_(teller).post(f"/avstemninger/{ballot_id}/tellekorps/godkjenn").status == 303
        page = world.as_(world.voters[0]).get(f"/avstemninger/{ballot_id}")
        assert world.state(ballot_id) is State.CERTIFIED
        assert all(name in page.text for name in elected)
        assert world.as_(world.voters[0]).get(f"/avstemninger/{ballot_id}/protokoll").status == 200
        command = results.again(ballot, result).command
        assert command in page.text
        recounted = _run(world, ballot_id, command, tmp_path)
    for part in ("elected", "deputies", "quota", "stages", "blank", "ranking"):
        assert recounted[part] == told[part], part


def _run(world: World, ballot_id: int, command: str, tmp_path: Path) -> dict[str, Any]:
    """Fetch every file the command names, and run it."""
    browser = world.as_(world.voters[0]).client
    words = command.split()[2:]
    for place, word in enumerate(words):
        if word.endswith((".csv", ".json")):
            name = word.removesuffix(f"-{ballot_id}.csv").removesuffix(f"-{ballot_id}.json")
            answer = browser.get(f"/avstemninger/{ballot_id}/{name}.{word.rpartition('.')[2]}")
            assert answer.status_code == 200, word
            (tmp_path / word).write_bytes(answer.data)
            words[place] = str(tmp_path / word)
    done = CliRunner().invoke(count_command, [*words, "--json"])
    assert done.exit_code == 0, done.output
    answered: dict[str, Any] = json.loads(done.stdout)
    return answered


def test_a_quota_changes_who_is_elected_and_the_notice_holds_it(world: World) -> None:
    half = json.dumps({"members": "50", "deputies": None, "too_few": "lower"})
    ballot_id = noticed(world, Method.BLOCK, seats=2, quota=half, max_marks=2)
    # Bjarne and Didrik have most marks, and one of them must leave a place to a woman.
    ballot = counted(world, ballot_id, [(1, 3)] * 9 + [(0, 1)] * 4)
    result = queries.result_of(ballot_id)
    assert result is not None
    elected = results.outcome_of(ballot, results.Numbers.of(result)).leading
    assert {NAMES[place] for place in elected} == {"Bjarne", "Astri"}
    promised = json.loads(ballot.notice)["places"]
    assert (promised["seats"], promised["max_marks"]) == (2, 2)
    assert promised["quota"]["groups"] == {"K": [1, 3], "M": [2, 4]}


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (["{}-0:1", "{}-1:1"], "rank.wrong"),
        (["{}-0:6"], "rank.wrong"),
        (["{}-0:1", "{}-blank"], "choice.blank_and_marks"),
        (["{}-9:1"], "choice.unknown"),
        (["{}-0"], "rank.wrong"),
        (["0-0:1"], "choice.unknown"),
        ([], "choice.nothing_written"),
    ],
)
def test_a_forged_ranking_is_refused_and_marks_nobody(world: World, parts: list[str], code: str) -> None:
    ballot_id = noticed(world, Method.IRV)
    with when(WHILE_OPEN):
        with pytest.raises(RuleBroken) as refusal:
            casting.cast(ballot_id, world.voters[0].id, [part.format(ballot_id) for part in parts])
        assert refusal.value.reason.code == code
        assert queries.sealed_papers(ballot_id) == 0
        assert casting.cast(ballot_id, world.voters[0].id, [f"{ballot_id}-4:1"]), "the vote is still hers"


def test_more_marks_than_the_notice_allows_are_refused(world: World) -> None:
    ballot_id = noticed(world, Method.BLOCK, seats=2)
    with when(WHILE_OPEN), pytest.raises(RuleBroken) as refusal:
        casting.cast(ballot_id, world.voters[0].id, sent(ballot_id, "block", (0, 1, 2)))
    assert refusal.value.reason.code == "choice.too_many"


def test_nobody_stands_who_has_not_said_yes(world: World) -> None:
    astri, stranger = world.voters[28], world.voters[0]
    with when(OPENING):
        ballot_id = drafted(world, Method.IRV)
        assert candidates.candidacy_of(queries.whole_ballot(ballot_id) or Ballot(), astri.id) is None
        page = f"/avstemninger/{ballot_id}/kandidatur"
        assert world.as_(astri).get(page).status == 404, "nobody has asked her yet"
        with pytest.raises(RuleBroken) as held:
            drafting.submit(ballot_id, rights(world.chair), small_roll_confirmed=True)
        assert held.value.reason.code == "candidates_unconsenting"
        assert world.as_(world.chair).post(f"/styret/avstemninger/{ballot_id}/kandidater/spor").status == 303
        assert sorted(address for address, _ in world.letters("candidate_asked")) == sorted(
            str(member.email) for member in world.voters[28:]
        )
        assert world.as_(stranger).get(page).status == 404
        assert world.as_(stranger).post(page, stands="yes").status == 404
        assert world.as_(astri).post(page).status == 422, "yes or no"
        assert world.as_(astri).post(page, stands="yes", portrait="Jeg er lærer.").status == 303
        listed = world.as_(world.chair).get(f"/styret/avstemninger/{ballot_id}/kandidater").text
        assert "har sagt ja" in listed
        assert "Jeg er lærer." in listed
        # The board writes for those who are no members, never for one who is.
        consent = f"/styret/avstemninger/{ballot_id}/kandidater"
        assert world.as_(world.chair).post(f"{consent}/0/samtykke", **{"k0-on": "2026-02-20"}).status == 422
        assert world.as_(world.chair).post(f"{consent}/3/samtykke", **{"k3-on": "2030-01-01"}).status == 422
        assert world.as_(world.chair).post(f"{consent}/3/samtykke", **{"k3-on": "2026-02-20"}).status == 303
        # Written anew with the candidates in another order, the draft keeps what each has answered.
        draft = drafting.draft_of(queries.whole_ballot(ballot_id) or Ballot())
        turned = Draft(
            **{**vars(draft), "options": draft.options[::-1], "candidates": draft.candidates[::-1]}
        )
        drafting.update(ballot_id, turned, rights(world.chair))
        kept = {
            option.label: option.consent for option in (queries.whole_ballot(ballot_id) or Ballot()).options
        }
    assert kept["Astri"] is Consent.GIVEN
    assert kept["Didrik"] is Consent.WRITTEN
    assert kept["Bjarne"] is Consent.ASKED


def test_a_candidate_is_no_teller(world: World) -> None:
    with when(OPENING):
        ballot_id = drafted(world, Method.IRV)
        consented(world, ballot_id)
        draft = drafting.draft_of(queries.whole_ballot(ballot_id) or Ballot())
        named = draft.teller_ids | {world.voters[28].id}
        codes = [
            reason.code
            for reason in drafting.check(Draft(**{**vars(draft), "teller_ids": named}), clock.now()).blockers
        ]
    assert "teller_candidate" in codes


def _order_of(world: World, ballot_id: int, member: Member) -> tuple[str, ...]:
    """The names as they stand on this member's paper."""
    text = world.as_(member).get(f"/avstemninger/{ballot_id}").text
    paper = text[text.index("Stemmeseddel Avstemningen") :]
    return tuple(sorted(NAMES, key=paper.index))


def test_each_paper_has_its_own_order_and_the_same_one_every_time(world: World) -> None:
    ballot_id = noticed(world, Method.IRV, shuffled=True)
    with when(WHILE_OPEN):
        orders = [_order_of(world, ballot_id, voter) for voter in world.voters[:8]]
        again = _order_of(world, ballot_id, world.voters[0])
    assert again == orders[0]
    assert len(set(orders)) > 2
    noted = json.loads((queries.ballot(ballot_id) or Ballot()).notice)
    assert (noted["order"], [row["label"] for row in noted["options"]]) == ("shuffled", list(NAMES))


def test_rankings_of_a_small_ballot_are_not_given_out_paper_by_paper(world: World) -> None:
    ballot_id = noticed(world, Method.IRV)
    counted(world, ballot_id, ORDERS[:8])
    with when(CLOSED):
        for teller in world.tellers[:2]:
            tellers.approve(ballot_id, rights(teller))
        voter, teller = world.as_(world.voters[0]), world.as_(world.tellers[0])
        assert voter.get(f"/avstemninger/{ballot_id}/stemmesedler.csv").status == 403
        assert teller.get(f"/avstemninger/{ballot_id}/stemmesedler.csv").status == 200
        assert "Stemmesedlene er ikke offentlige" in voter.get(f"/avstemninger/{ballot_id}").text
