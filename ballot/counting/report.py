"""A tally as JSON for programs and as a table for people at a terminal; both from the tally alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from ballot.counting.tally import Elected, Event, Fact, Stage, Tally

WIDTH = 100
"""Characters of a terminal line the stage table is folded at."""


def decimal_text(value: Fraction | int, decimals: int) -> str:
    """The number in digits, with at least `decimals` decimals and as many more as it has; "1/3" where no
    number of decimals is enough."""
    exact = Fraction(value)
    places = decimals
    rest = exact.denominator
    for prime in (2, 5):
        times = 0
        while rest % prime == 0:
            rest //= prime
            times += 1
        places = max(places, times)
    if rest != 1:
        return f"{exact.numerator}/{exact.denominator}"
    digits = str(abs(exact.numerator) * 10**places // exact.denominator).rjust(places + 1, "0")
    sign = "-" if exact < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def as_json(tally: Tally) -> dict[str, Any]:
    """The tally as CONTRACT.md describes it, of plain lists, numbers and texts; no number is a float."""
    return {
        "method": tally.method,
        "seats": tally.rules.seats,
        "candidates": list(tally.candidates),
        "withdrawn": list(tally.withdrawn),
        "papers": tally.papers,
        "valid": tally.valid,
        "blank": tally.blank,
        "invalid": tally.invalid,
        "total": decimal_text(tally.total, tally.decimals),
        "quota": None if tally.quota is None else _number(tally.quota),
        "elected": [_chosen(tally, one) for one in tally.elected],
        "deputies": [_chosen(tally, one) for one in tally.deputies],
        "runoff": list(tally.runoff),
        "ranking": [list(group) for group in tally.ranking],
        "stages": [_stage(tally, stage) for stage in tally.stages],
        "lots": [
            {"among": list(lot.among), "order": list(lot.order), "for": lot.purpose, "stage": lot.stage}
            for lot in tally.lots
        ],
        "lot_needed": None
        if tally.lot_needed is None
        else {"among": list(tally.lot_needed.among), "for": tally.lot_needed.purpose},
        "pairwise": _pairwise(tally),
    }


def as_text(tally: Tally, title: str = "") -> str:
    """The tally as lines of text: the result first, then the stage table with its sums."""
    lines = [_printable(title)] if title else []
    lines.append(
        tally.method if tally.method == "motion" else f"{tally.method}, {tally.rules.seats} to be elected"
    )
    lines.append(f"{tally.papers} papers: {tally.valid} valid, {tally.blank} blank, {tally.invalid} invalid")
    if tally.quota is not None:
        lines.append(f"Quota {_number(tally.quota)}")
    for heading, chosen in (("Elected", tally.elected), ("Deputies, in order", tally.deputies)):
        if chosen:
            lines += ["", heading]
            lines += [f"  {_named(tally, one.candidate)}  (stage {one.stage})" for one in chosen]
    if tally.runoff:
        lines += ["", "Nobody has enough; to a runoff go"]
        lines += [f"  {_named(tally, candidate)}" for candidate in tally.runoff]
    for turn, lot in enumerate(tally.lots, start=1):
        names = ", ".join(_named(tally, candidate) for candidate in lot.order)
        lines.append(f"Lot {turn} at stage {lot.stage} (for: {lot.purpose}), in this order: {names}")
    if tally.lot_needed is not None:
        names = ", ".join(_named(tally, candidate) for candidate in tally.lot_needed.among)
        lines.append(f"The count stops: a lot is needed (for: {tally.lot_needed.purpose}) among {names}")
    lines.append("")
    lines += _stage_tables(tally)
    if tally.pairwise is not None:
        lines += ["", "Papers that rank the row above the column", *_matrix(tally, tally.pairwise.beats)]
        if tally.pairwise.paths:
            lines += ["", "Strength of the best path from the row to the column"]
            lines += _matrix(tally, tally.pairwise.paths)
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


def _number(value: Fraction) -> int | str:
    return value.numerator if value.denominator == 1 else decimal_text(value, 0)


def _chosen(tally: Tally, one: Elected) -> dict[str, Any]:
    name = tally.candidates[one.candidate - 1]
    return {"candidate": one.candidate, "name": name, "stage": one.stage}


def _stage(tally: Tally, stage: Stage) -> dict[str, Any]:
    return {
        "stage": stage.number,
        "events": [_event(tally, event) for event in stage.events],
        "votes": {str(k): decimal_text(votes, tally.decimals) for k, votes in stage.votes.items()},
        "non_transferable": decimal_text(stage.non_transferable, tally.decimals),
        "lost_by_rounding": decimal_text(stage.lost_by_rounding, tally.decimals),
    }


def _event(tally: Tally, event: Event) -> dict[str, Any]:
    facts = {key: _fact(fact, tally.decimals) for key, fact in event.facts.items()}
    return {"kind": event.kind, "candidates": list(event.candidates), **facts}


def _fact(fact: Fact, decimals: int) -> Any:
    if isinstance(fact, Fraction):
        return decimal_text(fact, decimals)
    if isinstance(fact, tuple):
        return [_fact(part, decimals) for part in fact]
    return fact


def _pairwise(tally: Tally) -> dict[str, Any] | None:
    if tally.pairwise is None:
        return None
    return {
        "beats": _nested(tally.pairwise.beats),
        "paths": _nested(tally.pairwise.paths),
        "locked": [list(link) for link in tally.pairwise.locked],
    }


def _nested(table: Mapping[tuple[int, int], int]) -> dict[str, dict[str, int]]:
    rows: dict[str, dict[str, int]] = {}
    for a, b in sorted(table):
        rows.setdefault(str(a), {})[str(b)] = table[a, b]
    return rows


def _named(tally: Tally, candidate: int) -> str:
    return f"{candidate} {_printable(tally.candidates[candidate - 1])}"


def _printable(name: str) -> str:
    """A name from a file, without what would steer the terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)


def _stage_tables(tally: Tally) -> list[str]:
    """Candidates down, stages across, folded where the line is full; sums below."""
    if not tally.stages:
        return []
    rows: list[tuple[str, list[str]]] = []
    standing = sorted({k for stage in tally.stages for k in stage.votes})
    for candidate in standing:
        cells = [stage.votes.get(candidate, Fraction(0)) for stage in tally.stages]
        rows.append((_named(tally, candidate), [decimal_text(cell, tally.decimals) for cell in cells]))
    for name, values in (
        ("non-transferable", [stage.non_transferable for stage in tally.stages]),
        ("lost by rounding", [stage.lost_by_rounding for stage in tally.stages]),
    ):
        if any(values):
            rows.append((name, [decimal_text(value, tally.decimals) for value in values]))
    total = decimal_text(tally.total, tally.decimals)
    rows.append(("sum", [total for _ in tally.stages]))
    heads = [str(stage.number) for stage in tally.stages]
    cell = max(len(text) for text in (*heads, *(text for _, texts in rows for text in texts))) + 2
    left = min(max(len(name) for name, _ in rows), 40)
    across = max(1, (WIDTH - left) // cell)
    lines: list[str] = []
    for start in range(0, len(heads), across):
        lines += ["", "Stage".ljust(left) + _cells(heads[start : start + across], cell)]
        lines += [
            name[:left].ljust(left) + _cells(texts[start : start + across], cell) for name, texts in rows
        ]
    return lines[1:]


def _matrix(tally: Tally, table: Mapping[tuple[int, int], int]) -> list[str]:
    standing = sorted({a for a, _ in table})
    cell = max(len(str(value)) for value in (*table.values(), *standing)) + 2
    left = min(max(len(_named(tally, k)) for k in standing), 40)
    lines = [" " * left + _cells([str(k) for k in standing], cell)]
    for a in standing:
        row = [str(table[a, b]) if a != b else "" for b in standing]
        lines.append(_named(tally, a)[:left].ljust(left) + _cells(row, cell))
    return lines


def _cells(texts: Iterable[str], width: int) -> str:
    return "".join(text.rjust(width) for text in texts)
