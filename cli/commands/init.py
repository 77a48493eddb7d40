"""`scgraph init`: commented templates of the settings and the mapping file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.session import Session, with_session
from supplyrisk.cli.talk import show_text

EXAMPLE = "scgraph init"


@with_session()
def init(
    session: Session,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder that the files are written to.")
    ] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
) -> None:
    """Write a commented scgraph.toml and mapping.toml to start from."""
    result = services.init(folder, force=force)
    if session.prints_json(result):
        return
    for path in result.paths:
        show_text(str(path))
    session.talk.say("next: scgraph validate DIR --mapping mapping.toml")
