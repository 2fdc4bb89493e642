"""The commands that need the application: init, demo, serve, work, tick, audit, run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from foundation import audit as audit_log
from foundation import jobs
from foundation.extensions import db
from members.models import Member
from webapp import server
from webapp.app import create_app
from webapp.config import ROOT, ConfigError
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
@_with_application
def init() -> None:
    """Create the database or bring it up to date."""
    bring_up_to_date()
    click.echo("The database is up to date.")


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
