"""Confirmation before a user's own database is written to."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from supplyrisk.cli.error_reports import usage
from supplyrisk.cli.session import Session


def agree(session: Session, yes: bool, changes: Sequence[str]) -> None:
    """Show what is about to be written to a Neo4j server, and ask on a terminal; a script has to pass --yes.

    The embedded store belongs to the workspace and needs no confirmation.

    Raises
    ------
    Usage: there is no terminal to ask on, and no --yes. typer.Abort: the answer is no.
    """
    login = session.workspace.login()
    if login is None:
        return
    database = f", database {login.database}" if login.database else ""
    session.talk.say(f"this writes to the database at {login.place}{database}:")
    for line in changes:
        session.talk.say(f"  {line}")
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise usage(
            f"writing to the database at {login.place} needs a confirmation; add --yes, or --store embedded"
        )
    typer.confirm("go on?", abort=True, err=True)


LOADS = (
    "nodes Firm, Person, Lender, Event and their links, created or updated by their keys",
    "what an earlier load created and these data lack is removed, scores included; what others created stays",
)
SCORES = ("a model's properties risk_* of firms, replacing all earlier ones; nothing else",)
PORTRAITS = ("properties portrait_* of firms, replacing all earlier ones; nothing else",)
CONTAGION = (
    "properties risk_esri and risk_exposure of firms with their parts, and links EXPOSED_TO from each firm to",
    "those whose failure hurts it most, replacing all earlier ones; nothing else",
)
