"""`grasrot count`: count a file of papers without any database."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import click

from ballot.counting.formats import (
    MOST_BYTES,
    BadFile,
    PaperFile,
    read_papers,
    write_abif,
    write_blt,
    write_csv,
    write_json,
)
from ballot.counting.methods import METHODS
from ballot.counting.methods import count as count_papers
from ballot.counting.quota import BadQuota, Limits, Quota, quota_of
from ballot.counting.rctab import as_rctab
from ballot.counting.report import as_json, as_text
from ballot.counting.tally import BadLots, BadRules, Lots, Rules, Tally, lots_of
from ballot.rules.majority import Base, Majority, Outcome, Over, judge, judge_options

BAD_INPUT = 2
LOT_NEEDED = 3
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
JUDGED = ("motion", "choice")
WRITERS: dict[str, Callable[[PaperFile, int], str]] = {
    ".blt": lambda papers, seats: write_blt(papers.profile, seats, papers.title),
    ".csv": lambda papers, _seats: write_csv(papers.profile),
    ".json": lambda papers, seats: write_json(papers.profile, seats, papers.title),
    ".abif": lambda papers, _seats: write_abif(papers.profile, papers.title),
}
TERMINAL = "-"
RECORDS = (".txt", ".pdf", ".html", ".json")
FRACTION = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


@click.command()
@click.argument("file", type=EXISTING)
@click.option("--method", type=click.Choice(list(METHODS)), required=True)
@click.option("--seats", type=int, help="How many are elected; default: what the file says, else one.")
@click.option(
    "--deputies", type=int, help="How many deputies are elected after them, in order; default: the file's."
)
@click.option(
    "--quota", "quota_file", type=EXISTING, help="JSON: the groups, and who must be elected of each."
)
@click.option("--lots", "lots_file", type=EXISTING, help="JSON: the lots that were drawn, used in turn.")
@click.option("--seed", help="A seed published before the count, in hexadecimal: lots follow from it.")
@click.option("--majority", help="N/D: judge a motion or a choice by this fraction.")
@click.option(
    "--over", type=click.Choice([*map(str, Over)]), default=str(Over.MORE_THAN), help="How it is reached."
)
@click.option(
    "--base", type=click.Choice([*map(str, Base)]), default=str(Base.VALID_EXCLUDING_BLANK), help="Of what."
)
@click.option("--entitled", type=int, help="How many are entitled to vote, where that is the base.")
@click.option("--max-marks", type=int, help="Most marks on a valid paper; default for block: the seats.")
@click.option("--mean", is_flag=True, help="score: rank by the mean of those who gave points, not the sum.")
@click.option("--recommendation", help="irv: numbers in the recommended order, for a tie of the last two.")
@click.option("--margins", is_flag=True, help="schulze, ranked-pairs: strength by margin, not winning votes.")
@click.option(
    "--drop-withdrawn", is_flag=True, help="Strike withdrawn candidates from papers that rank them."
)
@click.option(
    "--write",
    "copy",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the papers to a file too, as its name says: .blt, .csv, .json or .abif.",
)
@click.option("--rctab", "to_rctab", is_flag=True, help="The rounds as RCTab's summary, for RCVis.")
@click.option("--json", "to_json", is_flag=True, help="The whole tally as JSON.")
@click.option(
    "--record",
    "record",
    is_flag=False,
    flag_value=TERMINAL,
    metavar="[FILE]",
    help="The record to print and sign: to the terminal, or to a file that ends in .txt, .pdf, .html or .json.",
)
@click.option(
    "--lang", type=click.Choice(("nb", "nn", "en")), default="nb", help="The record's language; default nb."
)
def count(
    file: Path,
    quota_file: Path | None,
    lots_file: Path | None,
    copy: Path | None,
    *,
    record: str | None,
    lang: str,
    to_json: bool,
    to_rctab: bool,
    **given: Any,
) -> None:
    """Count FILE (.blt, .csv, .json, also evalg's, .soc, .soi, .toc, .toi or .abif).

    Exit status: 0 counted, 2 bad input, 3 a lot is needed.
    """
    if (given["majority"] or given["entitled"] is not None) and given["method"] not in JUDGED:
        raise click.UsageError("--majority judges motion and choice only.")
    if record not in (None, TERMINAL) and Path(record).suffix.lower() not in RECORDS:
        raise click.UsageError("--record takes a name that ends in .txt, .pdf, .html or .json.")
    papers = _papers(file, given)
    majority = _majority(given)
    if quota_file:
        quota: Quota | None = _quota(quota_file, len(papers.profile.candidates))
    else:
        quota = papers.quota if METHODS[given["method"]].quota else None
    rules = _rules(papers, quota, given)
    if copy is not None:
        _copy(papers, rules.seats, copy)
    lots = _lots(lots_file, given["seed"])
    try:
        tally, outcome = _counted(papers, rules, lots, majority, given)
    except BadRules as problem:
        _refuse(quota_file if quota_file and "quota" in str(problem) else file, str(problem))
    except BadLots as problem:
        _refuse(lots_file or file, str(problem))
    if record is not None:
        judged = (majority, outcome) if majority and outcome else None
        count_json = _recorded(papers, rules, lots, tally, quota_file)
        _record(file, papers.title or file.name, count_json, judged, record, lang)
    elif to_rctab:
        click.echo(json.dumps(_rounds(file, tally, papers.title), ensure_ascii=False, indent=1))
    elif to_json:
        result = as_json(tally)
        if majority and outcome:
            result["majority"] = _judged_json(majority, outcome)
        click.echo(json.dumps(result, ensure_ascii=False, indent=1))
    else:
        click.echo(as_text(tally, papers.title), nl=False)
        if majority and outcome:
            click.echo(_judged_text(majority, outcome))
    if tally.lot_needed is not None:
        sys.exit(LOT_NEEDED)


def _papers(file: Path, given: dict[str, Any]) -> PaperFile:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise BadFile(f"the file is larger than {MOST_BYTES} bytes")
        return read_papers(
            file.read_bytes(),
            file.name,
            points=METHODS[given["method"]].papers == "points",
            drop_withdrawn=given["drop_withdrawn"],
        )
    except BadFile as problem:
        _refuse(file, problem.what, problem.line)
    except OSError as problem:
        _refuse(file, problem.strerror or "it cannot be read")


def _rules(papers: PaperFile, quota: Quota | None, given: dict[str, Any]) -> Rules:
    seats = given["seats"]
    if seats is None:
        seats = 1 if METHODS[given["method"]].one_seat else papers.seats or 1
    recommended = (given["recommendation"] or "").replace(",", " ").split()
    if not all(token.isascii() and token.isdecimal() and len(token) < 6 for token in recommended):
        raise click.UsageError("--recommendation takes candidate numbers.")
    return Rules(
        seats=seats,
        deputies=_deputies(papers, given),
        quota=quota,
        max_marks=given["max_marks"],
        recommendation=tuple(int(token) for token in recommended),
        score_mean=given["mean"],
        links="margins" if given["margins"] else "winning",
    )


def _deputies(papers: PaperFile, given: dict[str, Any]) -> int:
    if given["deputies"] is not None:
        return int(given["deputies"])
    return papers.deputies if METHODS[given["method"]].deputies else 0


def _copy(papers: PaperFile, seats: int, copy: Path) -> None:
    write = WRITERS.get(copy.suffix.lower())
    if write is None:
        raise click.UsageError("--write takes a name that ends in .blt, .csv, .json or .abif.")
    try:
        copy.write_text(write(papers, seats), "utf-8", newline="\n")
    except ValueError as problem:
        _refuse(copy, str(problem))
    except OSError as problem:
        _refuse(copy, problem.strerror or "it cannot be written")


def _rounds(file: Path, tally: Tally, title: str) -> dict[str, Any]:
    try:
        return as_rctab(tally, title)
    except ValueError as problem:
        _refuse(file, str(problem))


def _recorded(
    papers: PaperFile, rules: Rules, lots: Lots, tally: Tally, quota_file: Path | None
) -> dict[str, Any]:
    """The count as the record needs it: with the quota as its file, and whom the papers elect without one."""
    told = as_json(tally)
    if rules.quota is not None:
        free = as_json(
            count_papers(
                tally.method,
                papers.profile,
                replace(rules, quota=None, deputies=0),
                Lots(seed=lots.seed),
            )
        )
        told["rules"] = {"quota": _json_of(quota_file) if quota_file else _quota_json(rules.quota)}
        told["without_quota"] = {"elected": free["elected"], "lot_needed": free["lot_needed"]}
    if lots.seed is not None and told["lots"]:
        told["seed"] = lots.seed.hex()
    return told


def _quota_json(quota: Quota) -> dict[str, Any]:
    """A quota that came with the papers, in the form of a quota file."""
    told: dict[str, Any] = {"groups": {name: sorted(numbers) for name, numbers in quota.groups.items()}}
    for place, form in (("members", quota.members), ("deputies", quota.deputies)):
        if isinstance(form, str):
            told[place] = form
        elif isinstance(form, Limits):
            told[place] = {"min": dict(form.minimum), "max": dict(form.maximum)}
    return told


def _record(
    file: Path,
    title: str,
    count_json: dict[str, Any],
    judged: tuple[Majority, Outcome] | None,
    target: str,
    lang: str,
) -> None:
    """Write the record; what makes it is loaded here, so that a count without one stays quick."""
    from ballot.record import of_file

    papers = file.read_bytes()
    with of_file.told_in(lang):
        told = of_file.document(count_json, title, papers, lang, judged)
        data = of_file.as_data(count_json, title, papers)
        ending = ".txt" if target == TERMINAL else Path(target).suffix.lower()
        body = of_file.written(told, data, ending)
    if target == TERMINAL:
        click.echo(body.decode(), nl=False)
        return
    try:
        Path(target).write_bytes(body)
    except OSError as problem:
        _refuse(Path(target), problem.strerror or "it cannot be written")


def _counted(
    papers: PaperFile, rules: Rules, lots: Lots, majority: Majority | None, given: dict[str, Any]
) -> tuple[Tally, Outcome | None]:
    """The tally, and what the majority makes of it; a choice that misses it is counted for a runoff."""
    method = given["method"]
    if majority is None:
        return count_papers(method, papers.profile, rules, lots), None
    # The numbers to judge need no lot, so the count that gives them takes none.
    outcome = _judged(count_papers(method, papers.profile, rules), majority, given["entitled"])
    if method == "choice":
        rules = replace(rules, votes_needed=outcome.needed)
    return count_papers(method, papers.profile, rules, lots), outcome


def _judged(tally: Tally, majority: Majority, entitled: int | None) -> Outcome:
    votes = [int(number) for number in tally.stages[0].votes.values()]
    papers = tally.valid + tally.blank
    known = papers if entitled is None else entitled
    try:
        if tally.method == "motion":
            return judge(yes=votes[0], no=votes[1], blank=tally.blank, entitled=known, majority=majority)
        return judge_options(votes=votes, papers=papers, blank=tally.blank, entitled=known, majority=majority)
    except ValueError as problem:
        raise click.UsageError(f"--entitled: {problem}") from problem


def _majority(given: dict[str, Any]) -> Majority | None:
    if given["majority"] is None:
        return None
    fraction = FRACTION.fullmatch(given["majority"])
    if fraction is None or int(fraction[2]) == 0 or int(fraction[1]) > int(fraction[2]):
        raise click.UsageError("--majority is a fraction like 2/3.")
    base = Base(given["base"])
    if base is Base.ENTITLED and given["entitled"] is None:
        raise click.UsageError("--base entitled needs --entitled.")
    return Majority(int(fraction[1]), int(fraction[2]), Over(given["over"]), base)


def _quota(file: Path, candidates: int) -> Quota:
    try:
        return quota_of(_json_of(file), candidates)
    except BadQuota as problem:
        _refuse(file, str(problem))


def _lots(file: Path | None, seed: str | None) -> Lots:
    if seed is not None:
        if file is not None:
            raise click.UsageError("lots are drawn or follow from a seed, not both.")
        try:
            return Lots(seed=bytes.fromhex(seed))
        except ValueError as problem:
            raise click.UsageError("--seed is not hexadecimal.") from problem
    if file is None:
        return Lots()
    try:
        return lots_of(_json_of(file))
    except BadLots as problem:
        _refuse(file, str(problem))


def _json_of(file: Path) -> object:
    try:
        return json.loads(file.read_text("utf-8-sig"))
    except json.JSONDecodeError as problem:
        _refuse(file, f"this is not JSON: {problem.msg}", problem.lineno)
    except (ValueError, RecursionError):
        _refuse(file, "this is not JSON", 1)
    except OSError as problem:
        _refuse(file, problem.strerror or "it cannot be read")


def _judged_json(majority: Majority, outcome: Outcome) -> dict[str, Any]:
    return {
        "majority": f"{majority.numerator}/{majority.denominator}",
        "over": majority.over.value,
        "base": majority.base.value,
        "votes": outcome.votes,
        "of": outcome.base,
        "needed": outcome.needed,
        "reached": outcome.votes >= outcome.needed,
        "verdict": outcome.verdict.value,
    }


def _judged_text(majority: Majority, outcome: Outcome) -> str:
    over = majority.over.value.replace("-", " ")
    return (
        f"\n{outcome.votes} of {outcome.base} ({majority.base.value}); {over} "
        f"{majority.numerator}/{majority.denominator} needs {outcome.needed}: {outcome.verdict.value}"
    )


def _refuse(file: Path, what: str, line: int | None = None) -> NoReturn:
    """File, line, what is wrong; exit 2."""
    place = f"{file}:{line}" if line else f"{file}"
    click.echo(f"{place}: {what}", err=True)
    sys.exit(BAD_INPUT)
