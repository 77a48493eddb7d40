"""`scgraph audit`: verify and show the record of checks."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.group import Command
from supplyrisk.cli.session import Session, show_help, with_session
from supplyrisk.graph import DataError

EXAMPLE = "scgraph audit verify"

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def audit(context: typer.Context) -> None:
    """Verify and show the record of checks."""
    show_help(context)


@app.command(epilog="Example: scgraph audit verify")
@with_session()
def verify(session: Session) -> None:
    """Check that every entry is unchanged and follows the one before."""
    result = services.verify_audit(session.workspace)
    session.prints_json(result)
    if not result.intact:
        raise DataError(
            f"the audit log in {session.workspace.layout.audit} is not intact: {'; '.join(result.faults)}",
            remedy="compare it with a backup",
        )
    end = f"last hash {result.last_hash}" if result.last_hash else "scgraph check writes the first"
    session.talk.say(f"{result.entries} entries, each following the one before; {end}")


@app.command(cls=Command, epilog="Example: scgraph audit show 1")
@with_session()
def show(
    session: Session,
    number: Annotated[int, typer.Argument(metavar="ID", help="Number of the entry.")],
) -> None:
    """Print an entry as it was stored, byte for byte: a JSON document."""
    entry = services.show_audit_entry(session.workspace, number)
    sys.stdout.flush()
    sys.stdout.buffer.write(entry)
