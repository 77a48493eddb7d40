"""Exit codes, and how an error becomes one line on stderr."""

from __future__ import annotations

import os
import re
import shlex
import sys
import traceback
from collections.abc import Sequence
from types import TracebackType

import typer

from supplyrisk.graph import CypherError, DataError, RequestError, StoreError, SupplyRiskError
from supplyrisk.queries import QueryError

EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_DATA = 3
EXIT_STORE = 4
EXIT_GATE = 5
"""A limit set by --fail-on was breached."""
EXIT_INTERRUPTED = 130

UsageFault: type[Exception] = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")
"""The base class of everything Typer raises for a wrong command line; Typer does not export it."""

_NEXT_COMMAND = re.compile(
    r"\b(?:run|then|or) scgraph (?:store (?:load|scores|contagion)|load DIR|load|train|score|contagion|evaluate)\b"
    r"(?! (?:DIR|-w|[\w./-]*/))"
)
"""A command that a message tells to run, without a workspace."""
_CONTROLS = {code: "�" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}


class Usage(typer.BadParameter):
    """An error of the command line or the settings: exit code 2."""

    def format_message(self) -> str:
        """The message as it is; Typer would put the option's name before it."""
        return self.message


def usage(message: str) -> Usage:
    """An error of the command line or the settings, to be raised."""
    return Usage(message)


USER_ERRORS = (SupplyRiskError, QueryError, OSError)
"""What a user's mistake raises."""
# A wrong statement is not an unavailable store: a script that tries again on 4 would try for ever.
_EXIT_CODES: dict[type[Exception], int] = {
    RequestError: EXIT_USAGE,
    CypherError: EXIT_ERROR,
    StoreError: EXIT_STORE,
    DataError: EXIT_DATA,
    QueryError: EXIT_USAGE,
}


def exit_code_of(error: Exception) -> int:
    """The exit code of an error."""
    return next((code for kind, code in _EXIT_CODES.items() if isinstance(error, kind)), EXIT_ERROR)


def report(fault: Exception, debug: bool = False, workspace: str | None = None) -> None:
    """Print an error in one line on stderr; with debug, the traceback first.

    workspace: as the command line names it, for the commands that the error tells to run.
    """
    if debug:
        traceback.print_exception(fault)
    print(f"error: {with_workspace(_line(fault), workspace)}", file=sys.stderr)


def with_workspace(text: str, workspace: str | None) -> str:
    """Return a message in which the commands to run next name the workspace; None where the usual one is meant."""
    if workspace is None:
        return text
    option = f" -w {shlex.quote(workspace)}"
    return _NEXT_COMMAND.sub(lambda command: command[0] + option, text)


def _line(fault: Exception) -> str:
    if isinstance(fault, Usage):
        return one_line(fault.message)
    if isinstance(fault, UsageFault) and hasattr(fault, "format_message"):
        text = str(fault.format_message()).replace(": Value error, ", ": ")
        text = text[:1].lower() + text[1:].rstrip(".")
        return f"{one_line(text)}; see scgraph --help"
    if isinstance(fault, OSError) and fault.filename:
        return one_line(f"{fault.filename}: {fault.strerror}")
    return one_line(str(fault) or type(fault).__name__)


def one_line(text: str) -> str:
    """The text without line breaks and control characters, which data may hold and a terminal would obey."""
    return " ".join(text.translate(_CONTROLS).split())


def unexpected(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
    """The hook for exceptions that are bugs of scgraph: one line, and the traceback with --debug."""
    if debugging(sys.argv[1:]):
        traceback.print_exception(kind, fault, trace)
    summary = one_line(f"{kind.__name__}: {fault}")
    print(
        f"error: {summary}; this is a fault in scgraph, not in your data; run it again with --debug and report "
        "what it prints",
        file=sys.stderr,
    )


def debugging(args: Sequence[str]) -> bool:
    """Whether a command line asks for tracebacks."""
    return "--debug" in args


def discard_stdout() -> None:
    """Discard the rest of the output after its reader (head, less) has closed the pipe."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
