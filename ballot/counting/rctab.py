"""A tally as the summary file of RCTab, which RCVis and others draw."""

from __future__ import annotations

from typing import Any

from ballot.counting.report import decimal_text
from ballot.counting.tally import Stage, Tally

EXHAUSTED = "exhausted"
ROUNDING = "residual surplus"


def as_rctab(tally: Tally, title: str = "") -> dict[str, Any]:
    """The rounds of a transferable vote: votes by name, who is elected or eliminated, and where votes went.

    A stage here ends with its votes; there, a round begins with them, so what moves in the next stage is
    told under this one. Where several go out at once their transfers are told together, with the last.
    Candidates of the same name get their number behind it. Raises ValueError for a count without rounds.
    """
    if not tally.stages or tally.pairwise is not None:
        raise ValueError(f"{tally.method} has no rounds")
    names = _names(tally)
    after: list[Stage | None] = [*tally.stages[1:], None]
    return {
        "config": {
            "contest": title,
            "threshold": "" if tally.quota is None else decimal_text(tally.quota, 0),
        },
        "jsonFormatVersion": "1",
        "results": [
            {
                "round": stage.number,
                "tally": {
                    names[k]: decimal_text(votes, tally.decimals)
                    for k, votes in stage.votes.items()
                    if votes or k not in _out_before(tally, stage)
                },
                "tallyResults": _what_happens(tally, names, stage, following),
            }
            for stage, following in zip(tally.stages, after, strict=True)
        ],
    }


def _names(tally: Tally) -> dict[int, str]:
    given = tally.candidates
    return {
        number: name if given.count(name) == 1 else f"{name} ({number})"
        for number, name in enumerate(given, start=1)
    }


def _out_before(tally: Tally, stage: Stage) -> set[int]:
    return {
        event.candidates[0]
        for earlier in tally.stages[: stage.number]
        for event in earlier.events
        if event.kind == "excluded"
    }


def _what_happens(
    tally: Tally, names: dict[int, str], stage: Stage, following: Stage | None
) -> list[dict[str, Any]]:
    moved = (
        {event.candidates[0] for event in following.events if event.kind == "surplus"} if following else set()
    )
    out = [event.candidates[0] for event in following.events if event.kind == "excluded"] if following else []
    transfers = _transfers(tally, names, stage, following) if following else {}
    told: list[dict[str, Any]] = [
        {"elected": names[one.candidate], "transfers": {}}
        for one in tally.elected
        if one.stage == stage.number and one.candidate not in moved
    ]
    # A surplus may move later than the stage of the election; the file has it where it moves.
    told += [{"elected": names[k], "transfers": transfers} for k in sorted(moved)]
    told += [
        {"eliminated": names[k], "transfers": transfers if k == out[-1] and not moved else {}} for k in out
    ]
    return told


def _transfers(tally: Tally, names: dict[int, str], stage: Stage, following: Stage) -> dict[str, str]:
    gained = {
        names[k]: following.votes[k] - stage.votes[k]
        for k in stage.votes
        if k in following.votes and following.votes[k] > stage.votes[k]
    }
    for name, gain in (
        (EXHAUSTED, following.non_transferable - stage.non_transferable),
        (ROUNDING, following.lost_by_rounding - stage.lost_by_rounding),
    ):
        if gain > 0:
            gained[name] = gain
    return {name: decimal_text(gain, tally.decimals) for name, gain in gained.items()}
