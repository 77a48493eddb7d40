"""`scgraph export`: the graph as files for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.group import Command
from supplyrisk.cli.options import AsOf
from supplyrisk.cli.session import Session, show_help, with_session
from supplyrisk.cli.talk import show_text

EXAMPLE = "scgraph export neo4j-admin bulk/"

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def export(context: typer.Context) -> None:
    """Write the graph as files for other tools."""
    show_help(context)


@app.command("neo4j-admin", cls=Command, epilog="Example: scgraph export neo4j-admin bulk/")
@with_session()
def neo4j_admin(
    session: Session,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for the files.")],
    *,
    as_of: AsOf = None,
) -> None:
    """Write files for `neo4j-admin database import`, and its command: for graphs too large for transactions."""
    with session.talk.progress() as progress:
        result = services.export_for_neo4j_admin(
            session.workspace,
            folder,
            as_of=as_of,
            **session.day_settings,
            progress=progress,
        )
    session.talk.say(*(f"note: {note}" for note in result.notes))
    if session.prints_json(result):
        return
    session.talk.say(
        f"{sum(result.rows.values()):,} rows in {folder}; with the database offline, run {result.command_file}:"
    )
    show_text(result.command)
    session.talk.say(f"afterwards, with it online: cypher-shell -f {result.constraints_file}")
