"""The command line as a whole: global options and all commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Annotated, NoReturn

import typer

from supplyrisk.cli.commands import (
    audit,
    check,
    compare,
    contagion,
    demo,
    doctor,
    evaluate,
    explain,
    export,
    init,
    load,
    monitor,
    neo4j,
    portfolio,
    query,
    score,
    store,
    stress,
    synth,
    train,
    validate,
)
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


COMMANDS: tuple[tuple[Callable[..., None], str], ...] = (
    (init.init, init.EXAMPLE),
    (validate.validate, validate.EXAMPLE),
    (load.load, load.EXAMPLE),
    (synth.synth, synth.EXAMPLE),
    (train.train, train.EXAMPLE),
    (evaluate.evaluate, evaluate.EXAMPLE),
    (compare.compare, compare.EXAMPLE),
    (score.score, score.EXAMPLE),
    (explain.explain, explain.EXAMPLE),
    (contagion.contagion, contagion.EXAMPLE),
    (stress.stress, stress.EXAMPLE),
    (check.check, check.EXAMPLE),
    (portfolio.portfolio, portfolio.EXAMPLE),
    (monitor.monitor, monitor.EXAMPLE),
    (doctor.doctor, doctor.EXAMPLE),
    (demo.demo, demo.EXAMPLE),
)
"""Every command with its example, in the order of the help."""
GROUPS = (
    (audit.app, "audit", "scgraph audit verify"),
    (query.app, "query", "scgraph query run riskiest --param top=5"),
    (neo4j.app, "neo4j", "scgraph neo4j start"),
    (store.app, "store", "scgraph store info"),
    (export.app, "export", "scgraph export neo4j-admin bulk/"),
)
"""Groups of commands, each with its name and an example."""

for command, example in COMMANDS:
    app.command(cls=Command, epilog=f"Example: {example}")(command)
for group, name, example in GROUPS:
    app.add_typer(group, name=name, epilog=f"Example: {example}")


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
