"""The command line as a whole: global options and all commands."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Annotated, NoReturn

import typer

from supplyrisk.cli.error_reports import unexpected
from supplyrisk.cli.group import Command, Group

app = typer.Typer(
    name="scgraph",
    cls=Group,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    epilog="Start with: scgraph demo",
)


def _show_version(requested: bool) -> None:
    if requested:
        from importlib.metadata import version  # noqa: PLC0415 - slow to import, and needed here only

        print(f"scgraph {version('supplyrisk')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def scgraph(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Print a traceback with every error.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but errors and data.")] = False,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Supply-chain risk: the probability that each firm defaults, and how much of it comes over its links.

    Data go to stdout, messages and progress to stderr. Exit codes: 0 success, 1 error, 2 wrong command line or setting,
    3 bad data, 4 store unavailable, 5 a limit was breached, 130 interrupted.
    """
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit


COMMANDS = (
    "init",
    "validate",
    "load",
    "match",
    "synth",
    "train",
    "evaluate",
    "compare",
    "backtest",
    "score",
    "explain",
    "contagion",
    "stress",
    "check",
    "decide",
    "letter",
    "page",
    "documents",
    "fabricated",
    "portrait",
    "trajectory",
    "flags",
    "what_if",
    "admissions",
    "limits",
    "portfolio",
    "monitor",
    "forecast",
    "advice",
    "doctor",
    "demo",
)
"""Every command in the order of the help: a module of `cli.commands` with a function of its name and an EXAMPLE."""
GROUPS = ("audit", "query", "neo4j", "store", "export")
"""Groups of commands: modules with an `app` and an EXAMPLE."""


def _add_commands() -> None:
    for name in (*COMMANDS, *GROUPS):
        module = importlib.import_module(f"supplyrisk.cli.commands.{name}")
        epilog = f"Example: {module.EXAMPLE}"
        if name in GROUPS:
            app.add_typer(module.app, name=name, epilog=epilog)
        else:
            app.command(cls=Command, epilog=epilog)(getattr(module, name))


_add_commands()


def main() -> NoReturn:
    """Run the command line of this process and end it."""
    # Read when OpenMP and torch are loaded: idle threads must not spin, huge pages make the network faster.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name that the terminal cannot show must not stop a command
            stream.reconfigure(errors="backslashreplace")
    sys.excepthook = unexpected
    command = typer.main.get_command(app)
    sys.exit(command.main(standalone_mode=False) or 0)
