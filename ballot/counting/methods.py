"""The table of counting methods, and `count`, the one door to all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ballot.counting.approval import approval
from ballot.counting.block import block
from ballot.counting.choice import choice
from ballot.counting.irv import irv
from ballot.counting.meek_stv import meek_stv
from ballot.counting.motion import motion
from ballot.counting.profile import Profile
from ballot.counting.quota import BadQuota
from ballot.counting.ranked_pairs import ranked_pairs
from ballot.counting.schulze import schulze
from ballot.counting.score import score
from ballot.counting.scottish_stv import scottish_stv
from ballot.counting.tally import BadRules, Count, LotNeeded, Lots, Rules, Stage, StoppedForLot, Tally
from ballot.counting.uio_stv import uio_stv


@dataclass(frozen=True)
class Method:
    """What a method is and what it can take. `run` writes into a Count. `one_seat`: elects exactly one.
    `papers`: "marks" (no order), "ranks" or "points". `decimals`: how many its numbers are shown with; None
    for as many as they have."""

    run: Callable[[Count], None]
    papers: str
    one_seat: bool = False
    quota: bool = False
    deputies: bool = False
    decimals: int | None = 0


METHODS: dict[str, Method] = {
    "motion": Method(motion, "marks", one_seat=True),
    "choice": Method(choice, "marks"),
    "approval": Method(approval, "marks"),
    "score": Method(score, "points"),
    "block": Method(block, "marks", quota=True, deputies=True),
    "irv": Method(irv, "ranks", one_seat=True),
    "schulze": Method(schulze, "ranks", one_seat=True),
    "ranked-pairs": Method(ranked_pairs, "ranks", one_seat=True),
    "scottish-stv": Method(scottish_stv, "ranks", quota=True, decimals=5),
    "meek-stv": Method(meek_stv, "ranks", decimals=9),
    "uio-stv": Method(uio_stv, "ranks", quota=True, deputies=True, decimals=None),
}


def count(method: str, profile: Profile, rules: Rules | None = None, lots: Lots | None = None) -> Tally:
    """Count `profile` by `method` (a key of METHODS) and give the whole result with its event log.

    Pure: the same arguments give an equal Tally, whatever order the papers came in. Nothing is drawn here:
    where a lot is needed that `lots` does not hold, the count stops and `Tally.lot_needed` says among whom
    and what for; append the lot that was drawn to `Lots.drawn` and count again.

    `Rules()` elects one. Where fewer stand than there are seats, all are elected. Raises BadRules (also for
    a quota that cannot be met) where the rules do not fit the method or the candidates, and BadLots where
    a lot is about others than those tied, or more lots are given than are needed.
    """
    chosen = METHODS.get(method)
    if chosen is None:
        raise BadRules(f"there is no method {method}")
    rules = rules or Rules()
    if chosen.one_seat and rules.seats != 1:
        raise BadRules(f"{method} has one seat, not {rules.seats}")
    _check(method, chosen, profile, rules)
    state = Count(profile.without_withdrawn(), rules, lots or Lots())
    needed: LotNeeded | None = None
    try:
        chosen.run(state)
        state.check_lots_used()
    except StoppedForLot as stop:
        needed = stop.needed
    except BadQuota as problem:
        raise BadRules(str(problem)) from problem
    state.end()
    return Tally(
        method=method,
        rules=replace(rules, seats=1) if chosen.one_seat else rules,
        candidates=profile.candidates,
        withdrawn=tuple(sorted(profile.withdrawn)),
        papers=profile.cast,
        valid=profile.cast - state.blank - state.invalid,
        blank=state.blank,
        invalid=state.invalid,
        total=state.total,
        decimals=exact_decimals(state.stages) if chosen.decimals is None else chosen.decimals,
        quota=state.quota,
        elected=tuple(state.elected),
        deputies=tuple(state.deputies),
        ranking=tuple(state.ranking),
        runoff=state.runoff,
        stages=tuple(state.stages),
        lots=tuple(state.lots_used),
        lot_needed=needed,
        pairwise=state.pairwise,
    )


def exact_decimals(stages: Iterable[Stage]) -> int:
    """How many decimals show every number of the stages exactly; they all have finitely many."""
    needed = 0
    for stage in stages:
        for value in (*stage.votes.values(), stage.non_transferable, stage.lost_by_rounding):
            while (value * 10**needed).denominator != 1:
                needed += 1
    return needed


def _check(method: str, chosen: Method, profile: Profile, rules: Rules) -> None:
    candidates = len(profile.candidates)
    if not 1 <= rules.seats <= candidates:
        raise BadRules(f"{rules.seats} seats for {candidates} candidates")
    if not profile.standing:
        raise BadRules("every candidate has withdrawn")
    if rules.deputies < 0:
        raise BadRules(f"{rules.deputies} deputies")
    if rules.deputies and not chosen.deputies:
        raise BadRules(f"{method} elects no deputies")
    if rules.quota is not None and not chosen.quota:
        raise BadRules(f"{method} takes no quota")
    if rules.max_marks is not None and rules.max_marks < 1:
        raise BadRules(f"{rules.max_marks} marks on a paper")
    if not set(rules.recommendation) <= set(range(1, candidates + 1)) or len(
        set(rules.recommendation)
    ) != len(rules.recommendation):
        raise BadRules("the recommendation names somebody twice, or nobody there is")
    if rules.links not in ("winning", "margins"):
        raise BadRules(f"there are no {rules.links} links")
    if chosen.papers == "points" and profile.papers:
        raise BadRules(f"{method} counts points, and the papers have none")
    if chosen.papers != "points" and profile.scores:
        raise BadRules(f"{method} counts no points, and the papers have them")
