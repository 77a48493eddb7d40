"""The command line as a whole: global options and all verbs."""

from __future__ import annotations

import os
import sys
from typing import Annotated, NoReturn

import typer

from supplyrisk.cli import (
    verbs_contagion,
    verbs_credit,
    verbs_data,
    verbs_house,
    verbs_model,
    verbs_query,
    verbs_store,
    verbs_stress,
)
from supplyrisk.cli.commands import audit, explain, score
from supplyrisk.cli.errors import unexpected
from supplyrisk.cli.group import Group

app = typer.Typer(
    name="scgraph",
    cls=Group,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    epilog="Start with: scgraph demo",
)


def _show_version(wanted: bool) -> None:
    if wanted:
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
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    """Supply-chain risk: how likely every firm is to fail, and how much of it comes over its links.

    Data go to stdout, talk and progress to stderr. Exit codes: 0 ok, 1 error, 2 usage, 3 bad data, 4 store
    unavailable, 5 a gate was breached, 130 interrupted.
    """
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit


for verbs in (
    verbs_data,
    verbs_model,
    verbs_contagion,
    verbs_stress,
    verbs_credit,
    verbs_query,
    verbs_store,
    verbs_house,
):
    verbs.add_to(app)
for module, command in ((score, score.score), (explain, explain.explain)):
    app.command(epilog=f"Example: {module.EXAMPLE}")(command)
app.add_typer(audit.app, name="audit", epilog="Example: scgraph audit verify")


def main() -> NoReturn:
    """Run the command line of this process and end it."""
    # Read when OpenMP and torch are loaded: idle threads must not spin, huge pages make the network faster.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name that the terminal's encoding lacks is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    sys.excepthook = unexpected
    command = typer.main.get_command(app)
    sys.exit(command.main(standalone_mode=False) or 0)
