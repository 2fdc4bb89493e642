"""The commands that need the application: init, demo, serve, work, tick, audit, run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, BinaryIO

import click
from flask import Flask, current_app
from flask_migrate import upgrade
from sqlalchemy import func, select

from foundation import audit as audit_log
from foundation import bounces, jobs
from foundation.errors import RuleBroken
from foundation.extensions import db
from foundation.text import plain
from members.models import Member
from members.phrases import said
from members.services import structure
from webapp import server
from webapp.app import create_app
from webapp.config import ROOT, Config, ConfigError
from webapp.demo import seed


def application() -> Flask:
    """The application of the environment, or one sentence on standard error and exit 2."""
    try:
        return create_app()
    except ConfigError as problem:
        click.echo(f"grasrot: {problem}", err=True)
        sys.exit(2)


def _with_application(command: Callable[..., None]) -> Callable[..., None]:
    @wraps(command)
    def run_it(*args: Any, **options: Any) -> None:
        app = application()
        with app.app_context():
            command(*args, **options)

    return run_it


def bring_up_to_date() -> None:
    """Create the database or migrate it to this version."""
    upgrade(directory=str(ROOT / "migrations"))


@click.command()
@click.option(
    "--organisation", help="The name of the top unit; makes the first organisation of an empty database."
)
@click.option("--kind", help="What the top unit calls itself, such as kommuneparti.")
@click.option("--admin-name", help="The first administrator, who adds the rest under Administrasjon.")
@click.option("--admin-email", help="Where her sign-in link is sent.")
@click.option(
    "--admin-number", help="Her number in the member register, so that an import knows her.  [default: 1]"
)
@click.option("--code", help="The top unit's short code; made of its name when left out.")
def init(**first: str | None) -> None:
    """Create the database or bring it up to date, and make the first organisation when one is described."""
    given = {name: value for name, value in first.items() if value is not None}
    missing = [name for name in ("organisation", "kind", "admin_name", "admin_email") if name not in given]
    if given and missing:
        options = ", ".join("--" + name.replace("_", "-") for name in missing)
        click.echo(f"grasrot: the first organisation also needs {options}.", err=True)
        sys.exit(2)
    app = application()
    with app.app_context():
        bring_up_to_date()
        if given:
            _found(given)
        else:
            click.echo("The database is up to date.")


def _found(given: dict[str, str]) -> None:
    try:
        administrator = structure.found(
            structure.First(
                name=given["organisation"],
                kind=given["kind"],
                admin_name=given["admin_name"],
                admin_email=given["admin_email"],
                admin_number=given.get("admin_number", "1"),
                code=given.get("code", ""),
            )
        )
    except RuleBroken as refusal:
        click.echo(f"grasrot: {said(refusal.reason)}", err=True)
        sys.exit(2)
    config: Config = current_app.config["GRASROT"]
    click.echo(f"{plain(given['organisation'])} is in place, with {administrator.name} as administrator.")
    click.echo(f"Start the server, and log in at {config.base_url}/logg-inn with {administrator.email}.")
    if not config.mail_url:
        click.echo(f"No mail server is set: the letter with the link lands in {config.instance / 'mail'}.")


@click.command()
@click.option("--members", "count", default=240, show_default=True, type=click.IntRange(240, 200_000))
@click.option(
    "--posts",
    default=0,
    show_default=True,
    type=click.IntRange(0, 2_000_000),
    help="Extra posts, for trying large threads.",
)
@_with_application
def demo(count: int, posts: int) -> None:
    """Fill an empty database with an invented county party at work."""
    if db.session.scalar(select(func.count()).select_from(Member)):
        click.echo(
            "grasrot: this database has members of its own, so demonstration data will not be added.",
            err=True,
        )
        sys.exit(2)
    seed.plant(members=count, posts=posts)
    click.echo(f"Demonstration data is in place: {count} members.")


@click.command()
def serve() -> None:
    """Serve with the production server, the timer beside it."""
    server.serve(application())


@click.command()
def work() -> None:
    """Work through the queue until told to stop."""
    server.work(application())


@click.command()
@_with_application
def tick() -> None:
    """Do whatever is due: open, close, count, remind, send mail."""
    click.echo(f"{jobs.tick()} things were due.")


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@_with_application
def bounce(file: BinaryIO) -> None:
    """Take in what mail servers have sent back: a report (RFC 3464) or a mailbox of them, from FILE or standard input.

    Addresses that do not exist get no more mail. For /etc/aliases: grasrot: "|grasrot bounce".
    """
    tally = bounces.take_in(file.read())
    click.echo(
        f"{tally.marked} addresses do not work any more, {tally.passing} troubles may pass, "
        f"{tally.unknown} messages were no reports of ours."
    )


@click.group()
def audit() -> None:
    """The audit log."""


@audit.command()
@_with_application
def verify() -> None:
    """Check the chain of the audit log; exit 1 with the entries at which it does not hold."""
    broken = list(audit_log.broken_links())
    for seq in broken:
        click.echo(f"grasrot: the chain does not hold at entry {seq}", err=True)
    if broken:
        sys.exit(1)
    click.echo("The audit log is whole.")


@click.command()
def run() -> None:
    """Create what is missing, then serve: what `make run` does."""
    app = application()
    with app.app_context():
        bring_up_to_date()
        if app.config["GRASROT"].demo and not db.session.scalar(select(func.count()).select_from(Member)):
            click.echo("Making demonstration data …")
            seed.plant()
        db.session.remove()
        db.engine.dispose()
    server.serve(app)
