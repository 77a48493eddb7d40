"""Exit codes, and how a fault becomes one line on stderr."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from types import TracebackType

import typer

EXIT_ERROR, EXIT_USAGE, EXIT_DATA, EXIT_STORE, EXIT_GATE, EXIT_INTERRUPTED = 1, 2, 3, 4, 5, 130
"""0 ok, 1 error, 2 usage, 3 bad data, 4 store unavailable, 5 a gate was breached, 130 interrupted."""

UsageFault: type[Exception] = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")
"""Every fault that Typer raises for a wrong command line; Typer gives its root no public name."""

_CONTROLS = {code: "�" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}


class Usage(typer.BadParameter):
    """A fault of the command line or the settings (exit code 2), in our own words."""

    def format_message(self) -> str:
        """The words as they are: Typer would put the option's name before them."""
        return self.message


def usage(message: str) -> Usage:
    """A fault of the command line or the settings, to be raised."""
    return Usage(message)


def user_faults() -> tuple[type[Exception], ...]:
    """What a user's mistake raises; imported when something was raised, since it brings DuckDB along."""
    from supplyrisk.graph import SupplyRiskError  # noqa: PLC0415
    from supplyrisk.queries import QueryError  # noqa: PLC0415

    return (SupplyRiskError, QueryError, OSError)


def exit_code_of(fault: Exception) -> int:
    """The exit code that goes with a fault."""
    from supplyrisk.graph import CypherError, DataError, RequestError, StoreError  # noqa: PLC0415
    from supplyrisk.queries import QueryError  # noqa: PLC0415

    # A faulty statement is no store that is away: whoever tries again on 4 would try for ever.
    codes = {
        RequestError: EXIT_USAGE,
        CypherError: EXIT_ERROR,
        StoreError: EXIT_STORE,
        DataError: EXIT_DATA,
        QueryError: EXIT_USAGE,
    }
    return next((code for kind, code in codes.items() if isinstance(fault, kind)), EXIT_ERROR)


def report(fault: Exception, debug: bool = False) -> None:
    """Say what is wrong in one line; with debug, the traceback first."""
    if debug:
        traceback.print_exception(fault)
    print(f"error: {_line(fault)}", file=sys.stderr)


def _line(fault: Exception) -> str:
    if isinstance(fault, Usage):
        return one_line(fault.message)
    if isinstance(fault, UsageFault) and hasattr(fault, "format_message"):
        text = str(fault.format_message())
        text = text[:1].lower() + text[1:].rstrip(".")
        return f"{one_line(text)}; see scgraph --help"
    if isinstance(fault, OSError) and fault.filename:
        return one_line(f"{fault.filename}: {fault.strerror}")
    return one_line(str(fault) or type(fault).__name__)


def one_line(text: str) -> str:
    """The text without line breaks and control characters: data may hold anything, a terminal obeys it."""
    return " ".join(text.translate(_CONTROLS).split())


def unexpected(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
    """The hook for whatever nobody foresaw: a fault of ours, said in one line (see `debugging`)."""
    if debugging(sys.argv[1:]):
        traceback.print_exception(kind, fault, trace)
    said = one_line(f"{kind.__name__}: {fault}")
    print(
        f"error: {said}; this is a fault in scgraph, not in your data; run it again with --debug and report "
        "what it prints",
        file=sys.stderr,
    )


def debugging(args: Sequence[str]) -> bool:
    """Whether a command line asks for tracebacks."""
    return "--debug" in args


def hush_stdout() -> None:
    """The reader of our output has gone (head, less): write the rest nowhere, without a word."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
