"""Asking before a user's own database is written to."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from supplyrisk.cli.error_reports import usage
from supplyrisk.cli.options import Session


def agree(session: Session, yes: bool, what: Sequence[str]) -> None:
    """Go on only if the owner of the server agrees to what is about to be written; the embedded store is ours.

    Says it, then asks on a terminal; a script has to give --yes.
    """
    login = session.workspace.login()
    if login is None:
        return
    database = f", database {login.database}" if login.database else ""
    session.talk.say(f"this writes to Neo4j at {login.place}{database}:")
    for line in what:
        session.talk.say(f"  {line}")
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise usage(f"writing to Neo4j at {login.place} needs a yes; add --yes, or --store embedded")
    typer.confirm("go on?", abort=True, err=True)


LOADS = (
    "nodes Firm, Person, Lender, Event and their links, made or brought up to date by their keys",
    "what an earlier load made and these data lack is removed, scores too; what others made stays",
)
SCORES = ("a model's properties risk_* of firms, in place of all earlier ones; nothing else",)
CONTAGION = (
    "properties risk_esri and risk_exposure of firms with their parts, and links EXPOSED_TO from each firm to",
    "those whose failure hurts it most, in place of all earlier ones; nothing else",
)
