"""`scgraph init`: commented templates of the settings and the mapping file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.files import print_json
from supplyrisk.cli.options import Json, Workspace
from supplyrisk.cli.session import begin
from supplyrisk.cli.talk import show_text

EXAMPLE = "scgraph init"


def init(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder that the files are written to.")
    ] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Write a commented scgraph.toml and mapping.toml to start from."""
    session = begin(context, as_json, workspace=workspace)
    result = services.init(folder, force=force)
    if as_json:
        print_json(result.to_json())
        return
    for path in result.paths:
        show_text(str(path))
    session.talk.say("next: scgraph validate DIR --mapping mapping.toml")
