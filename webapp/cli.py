"""The `grasrot` command: a thin group that loads the application only for the commands that need it."""

from __future__ import annotations

import importlib
from typing import Any

import click

# name: (module, attribute, short help shown by `grasrot --help` without loading the module)
COMMANDS = {
    "audit": ("webapp.commands", "audit", "Check the chain of the audit log."),
    "backup": ("webapp.backup", "backup", "Write one consistent copy of everything into a folder."),
    "bounce": ("webapp.commands", "bounce", "Take in what mail servers have sent back."),
    "count": ("ballot.cli_count", "count", "Count a BLT, CSV or JSON file, without any database."),
    "demo": ("webapp.commands", "demo", "Fill an empty database with demonstration data."),
    "init": ("webapp.commands", "init", "Create the database or bring it up to date."),
    "members": ("members.cli", "members", "The member register."),
    "restore": ("webapp.backup", "restore", "Restore a backup into an empty database."),
    "roll": ("ballot.cli", "roll", "Electoral rolls."),
    "run": ("webapp.commands", "run", "Everything `make run` does: init, demo, serve."),
    "serve": ("webapp.commands", "serve", "Serve with the production server."),
    "tick": ("webapp.commands", "tick", "Do whatever is due."),
    "work": ("webapp.commands", "work", "Work through the queue (started by `serve`)."),
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _help = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][2]) for name in self.list_commands(ctx)])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="grasrot", prog_name="grasrot")
@click.pass_context
def main(ctx: click.Context, /, **_: Any) -> None:
    """Grasrot: members debate policy and decide it."""
    # Commands of the domain packages cannot import the roof: they ask for the application when they need it.
    ctx.obj = _application


def _application() -> Any:
    return importlib.import_module("webapp.commands").application()
