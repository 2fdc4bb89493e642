"""`grasrot members`: the register from the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
from flask import Flask

from foundation.errors import RuleBroken
from members.phrases import said
from members.register.comparing import Plan, Preview
from members.register.reading import Entry, Unreadable
from members.services import intake

# What the group's context carries: how to get the application, which is made when a command needs it.
Application = Callable[[], Flask]


@click.group()
def members() -> None:
    """The member register."""


@members.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would be changed and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="The whole preview as JSON.")
@click.option("--skip-bad-rows", is_flag=True, help="Take in the rest of a file that has rows with errors.")
@click.pass_obj
def import_register(
    application: Application, file: Path, *, dry_run: bool, as_json: bool, skip_bad_rows: bool
) -> None:
    """Take in a member register (CSV). Exit 0 when it was (or would be) taken in, 2 when it was not."""
    data = file.read_bytes()
    with application().app_context():
        try:
            found = intake.preview(data)
            refused = found.has_errors and not skip_bad_rows
            if not dry_run and not refused:
                found = intake.take_in(data, actor_id=None, skip_bad_rows=skip_bad_rows)
        except Unreadable as problem:
            _complain(file, problem.line, [said(problem.reason)])
            sys.exit(2)
        except RuleBroken as problem:
            click.echo(f"{file}: {said(problem.reason)}", err=True)
            sys.exit(2)
        taken_in = not dry_run and not refused
        if as_json:
            click.echo(json.dumps(in_full(found, taken_in=taken_in), ensure_ascii=False, indent=2))
        else:
            _tell(found, taken_in=taken_in)
        for entry in sorted((*found.duplicates, *found.rejected), key=lambda entry: entry.line or 0):
            _complain(file, entry.line or 0, [said(reason) for reason in entry.reasons])
        if refused:
            sys.exit(2)


def in_full(preview: Preview, *, taken_in: bool) -> dict[str, Any]:
    """The whole preview, as scripts read it.

    {"new": [...], "changed": [...], "left": [...], "duplicates": [...], "rejected": [...], "unchanged": n,
    "ignored_headings": [...], "taken_in": bool}; each entry {"line", "member_no", "name", "reasons":
    [{"code", "text"}]}. `line` is null for those who are not in the file.
    """

    def plans(group: Iterable[Plan]) -> list[dict[str, Any]]:
        return entries(plan.entry for plan in group)

    def entries(group: Iterable[Entry]) -> list[dict[str, Any]]:
        return [
            {
                "line": entry.line,
                "member_no": entry.member_no,
                "name": entry.name,
                "reasons": [{"code": reason.code, "text": said(reason)} for reason in entry.reasons],
            }
            for entry in group
        ]

    return {
        "new": plans(preview.new),
        "changed": plans(preview.changed),
        "left": plans(preview.left),
        "duplicates": entries(preview.duplicates),
        "rejected": entries(preview.rejected),
        "unchanged": preview.unchanged,
        "ignored_headings": list(preview.ignored),
        "taken_in": taken_in,
    }


def _tell(preview: Preview, *, taken_in: bool) -> None:
    for name, count in preview.counts.items():
        click.echo(f"{name:<10} {count:>8}")
    if preview.ignored:
        click.echo("columns not read: " + ", ".join(preview.ignored))
    click.echo("The register is up to date." if taken_in else "Nothing was changed.")


def _complain(file: Path, line: int, sentences: Iterable[str]) -> None:
    click.echo(f"{file}:{line}: {' '.join(sentences)}", err=True)
