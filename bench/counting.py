"""How long counting takes: a million papers against the targets of COUNTING.md, other libraries, and growth.

`python -m bench.counting [--quick] [--json]`. Ratios of one run count, absolute figures do not: every figure
is the best of a child process of its own, so that peak memory is that of one count.
"""

from __future__ import annotations

import importlib.util
import json
import pickle
import random
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ballot.counting.methods import METHODS, count
from ballot.counting.profile import Profile
from ballot.counting.tally import Lots, Rules

TARGETS = {"scottish-stv": 4.0, "irv": 1.0, "schulze": 3.0, "meek-stv": 15.0}
"""Seconds for a million papers, 20 candidates and 5 seats, packing included (COUNTING.md, speed)."""
MILLION = 1_000_000
SEATS = 5

Papers = list[tuple[int, ...]]


def random_papers(number: int, candidates: int) -> Papers:
    """Rankings of different lengths round four opinions; a million of 20 give some 450 000 different."""
    chance = random.Random(number * 100 + candidates)
    opinions = [chance.sample(range(1, candidates + 1), candidates) for _ in range(4)]
    papers: Papers = []
    for _ in range(number):
        left = list(opinions[chance.randrange(4)])
        length = min(candidates, 1 + int(chance.expovariate(0.155)))
        papers.append(
            tuple(left.pop(min(int(chance.expovariate(0.55)), len(left) - 1)) for _ in range(length))
        )
    return papers


def count_ours(method: str, papers: Papers, candidates: int) -> None:
    """Pack and count by one of our methods."""
    profile = Profile.of([f"Kandidat {k}" for k in range(candidates)], ((1, ranking) for ranking in papers))
    seats = 1 if METHODS[method].one_seat else min(SEATS, candidates - 1)
    count(method, profile, Rules(seats=seats), Lots(seed=b"bench"))


def count_pref_voting(method: str, papers: Papers, candidates: int) -> None:
    """The same by pref_voting, from the same list of papers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pref_voting.iterative_methods import instant_runoff_for_truncated_linear_orders
        from pref_voting.margin_based_methods import beat_path
        from pref_voting.profiles_with_ties import ProfileWithTies
        from pref_voting.proportional_methods import stv_scottish
    packed: dict[tuple[int, ...], int] = {}
    for ranking in papers:
        packed[ranking] = packed.get(ranking, 0) + 1
    rankings = [{k: place for place, k in enumerate(ranking, start=1)} for ranking in packed]
    profile = ProfileWithTies(rankings, list(packed.values()), range(1, candidates + 1))
    profile.use_extended_strict_preference()
    if method == "irv":
        instant_runoff_for_truncated_linear_orders(profile)
    elif method == "schulze":
        beat_path(profile)
    else:
        stv_scottish(profile, num_seats=min(SEATS, candidates - 1), rng=random.Random(1))


def count_pyrankvote(method: str, papers: Papers, candidates: int) -> None:
    """The same by pyrankvote, which packs nothing."""
    import pyrankvote

    people = [pyrankvote.Candidate(str(k)) for k in range(1, candidates + 1)]
    ballots = [pyrankvote.Ballot([people[k - 1] for k in ranking]) for ranking in papers]
    if method == "irv":
        pyrankvote.instant_runoff_voting(people, ballots)
    else:
        pyrankvote.single_transferable_vote(people, ballots, min(SEATS, candidates - 1))


COUNTERS: dict[str, Callable[[str, Papers, int], None]] = {
    "grasrot": count_ours,
    "pref_voting": count_pref_voting,
    "pyrankvote": count_pyrankvote,
}
OTHERS = {"pref_voting": ("scottish-stv", "irv", "schulze"), "pyrankvote": ("scottish-stv", "irv")}


def measure(*, quick: bool = False) -> list[dict[str, Any]]:
    """All rows of the table; `quick` leaves out the million."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as directory:
        bench = _Bench(Path(directory))
        if not quick:
            for method in ("scottish-stv", "irv", "schulze", "meek-stv", "uio-stv"):
                row = bench.one("grasrot", method, MILLION, 20)
                target = TARGETS.get(method)
                rows.append(
                    {**row, "ratio": round(row["seconds"] / target, 2) if target else None, "to": "target"}
                )
        for library, methods in OTHERS.items():
            for method in methods if importlib.util.find_spec(library) else ():
                number = 2_000
                ours = bench.one("grasrot", method, number, 8)
                theirs = bench.one(library, method, number, 8)
                rows.append({**ours, "ratio": None, "to": ""})
                rows.append(
                    {**theirs, "ratio": round(theirs["seconds"] / ours["seconds"], 1), "to": "grasrot"}
                )
        for method in ("scottish-stv", "schulze"):
            least = None
            for number in (1_000, 10_000, 100_000) if quick else (1_000, 10_000, 100_000, MILLION):
                row = bench.one("grasrot", method, number, 20)
                least = least or row["seconds"]
                rows.append({**row, "ratio": round(row["seconds"] / least, 1), "to": "1 000 papers"})
            least = None
            for candidates in (5, 20, 60):
                row = bench.one("grasrot", method, 20_000, candidates)
                least = least or row["seconds"]
                rows.append({**row, "ratio": round(row["seconds"] / least, 1), "to": "5 candidates"})
    return rows


class _Bench:
    """Papers on disk, so that every child reads the same."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def one(self, library: str, method: str, number: int, candidates: int) -> dict[str, Any]:
        file = self.directory / f"{number}-{candidates}.pickle"
        if not file.exists():
            file.write_bytes(pickle.dumps(random_papers(number, candidates)))
        command = [
            sys.executable,
            "-m",
            "bench.counting",
            "--one",
            library,
            method,
            str(file),
            str(candidates),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        figures = json.loads(done.stdout)
        return {"library": library, "method": method, "papers": number, "candidates": candidates, **figures}


def _one(library: str, method: str, file: str, candidates: str) -> dict[str, float]:
    """Time one count in this process: the best of three, or of one when it takes long."""
    papers = pickle.loads(Path(file).read_bytes())  # noqa: S301  # written by this program a moment ago
    COUNTERS[library](method, papers[:20], int(candidates))  # imports are not what is measured
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        COUNTERS[library](method, papers, int(candidates))
        took = time.perf_counter() - began
        best = min(best, took)
        if took > 1:
            break
    return {"seconds": round(best, 4), "peak_mb": _peak_mb()}


def _peak_mb() -> int:
    """The most memory this process has held. What `getrusage` says begins with what its parent held."""
    try:
        status = Path("/proc/self/status").read_text("utf-8")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) // 1024


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as lines of text."""
    lines = [f"{'counting':13}{'by':13}{'papers':>10}{'candidates':>12}{'seconds':>10}{'peak MB':>9}  ratio"]
    for row in rows:
        ratio = f"{row['ratio']} x {row['to']}" if row["ratio"] is not None else ""
        lines.append(
            f"{row['method']:13}{row['library']:13}{row['papers']:>10}{row['candidates']:>12}"
            f"{row['seconds']:>10.3f}{row['peak_mb']:>9}  {ratio}"
        )
    for library in OTHERS:
        if not importlib.util.find_spec(library):
            lines.append(f"{library} is not installed, so there is nothing to compare with it")
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """Print the table, or the rows as JSON."""
    if arguments[:1] == ["--one"]:
        print(json.dumps(_one(*arguments[1:])))
        return
    rows = measure(quick="--quick" in arguments)
    print(json.dumps(rows, indent=1) if "--json" in arguments else table(rows))


if __name__ == "__main__":
    main(sys.argv[1:])
