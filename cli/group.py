"""The root command: every error becomes one line and an exit code here."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from supplyrisk.cli.error_reports import (
    EXIT_ERROR,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    USER_ERRORS,
    UsageFault,
    discard_stdout,
    exit_code_of,
    report,
)
from supplyrisk.graph.schema.aliases import OPTIONS

GLOBAL_FLAGS = ("--debug", "--quiet")
COMMAND_LINE = "supplyrisk.command_line"
"""Key of the whole command line among what click's contexts share."""
WORKSPACE = "supplyrisk.workspace"
"""Key of the workspace that the command line names, likewise; messages repeat it in the commands that they name."""


class Command(TyperCommand):
    """Typer's command with the usual usage line: LENDER, where newer versions of typer write {LENDER}."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line."""
        return [piece.removeprefix("{").removesuffix("}") for piece in super().collect_usage_pieces(ctx)]


class Group(TyperGroup):
    """Typer's group with scgraph's exit codes; --debug and --quiet are accepted anywhere on the command line."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line; in standalone mode, end the process with its exit code."""
        arguments = list(sys.argv[1:] if args is None else args)
        try:
            names = (prog_name or "scgraph", complete_var)
            code = super().main(
                _hoisted(with_new_options(arguments)), *names, False, windows_expand_args, **extra
            )
            sys.stdout.flush()
        except UsageFault as fault:
            report(fault, "--debug" in arguments)
            code = EXIT_USAGE
        except typer.Abort:
            code = EXIT_INTERRUPTED
        except BrokenPipeError:
            discard_stdout()
            code = EXIT_ERROR
        if standalone_mode:
            sys.exit(code or 0)
        return code

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Parse the command line, and keep it as text for commands that record it."""
        line = shlex.join(["scgraph", *args])
        context = super().make_context(info_name, args, parent, **extra)
        context.meta.setdefault(COMMAND_LINE, line)
        return context

    def invoke(self, ctx: Any) -> Any:
        """Run the command; errors that the user can correct become one line, all others are raised."""
        try:
            return super().invoke(ctx)
        except (
            typer.Exit,
            typer.Abort,
            UsageFault,
            BrokenPipeError,
            EOFError,
            KeyboardInterrupt,
            SystemExit,
        ):
            raise
        except RuntimeError as fault:
            # DuckDB raises this for a Ctrl-C in the middle of a statement.
            if str(fault) != "Query interrupted":
                raise
            raise typer.Exit(EXIT_INTERRUPTED) from fault
        except USER_ERRORS as fault:
            report(fault, bool(ctx.params.get("debug")), ctx.meta.get(WORKSPACE))
            raise typer.Exit(exit_code_of(fault)) from fault


def with_new_options(args: list[str]) -> list[str]:
    """Arguments with old option names replaced, each with a notice on stderr unless --quiet; those after -- stay."""
    end = args.index("--") if "--" in args else len(args)
    replaced = []
    for arg in args[:end]:
        name, sign, value = arg.partition("=")
        if name in OPTIONS:
            if "--quiet" not in args[:end]:
                print(f"note: {name} is now {OPTIONS[name]}; the old name still works", file=sys.stderr)
            name = OPTIONS[name]
        replaced.append(f"{name}{sign}{value}")
    return [*replaced, *args[end:]]


def _hoisted(args: list[str]) -> list[str]:
    """Arguments with the global flags first, since people add --debug at the end."""
    end = args.index("--") if "--" in args else len(args)
    flags = [a for a in args[:end] if a in GLOBAL_FLAGS]
    return [*flags, *(a for a in args[:end] if a not in GLOBAL_FLAGS), *args[end:]]
