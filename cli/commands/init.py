"""`scgraph init`: settings, and a mapping that is drafted from the data files of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.next_command import next_command
from supplyrisk.cli.render.draft import show_draft
from supplyrisk.cli.session import Session, with_session
from supplyrisk.cli.talk import show_table, show_text

EXAMPLE = "scgraph init"


@with_session()
def init(
    session: Session,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder of the data; the files are written to it.")
    ] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
    listed: Annotated[
        bool, typer.Option("--list", help="List the mappings that come with scgraph, and write nothing.")
    ] = False,
    mapping: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="NAME", help="Write one of the listed mappings as mapping.toml, to be edited."
        ),
    ] = None,
) -> None:
    """Write a commented scgraph.toml, and a mapping.toml that is drafted from the data files in DIR.

    The draft says how each file is written and which columns feed which, with the evidence beside each key; what fits
    two readings is left to you. Without data files in DIR, mapping.toml is a commented example.
    """
    if listed:
        _show_mappings(session)
        return
    if mapping is not None:
        _copy(session, mapping, folder, force=force)
        return
    result = services.init(folder, force=force)
    if session.prints_json(result):
        return
    for path in result.paths:
        show_text(str(path))
    if result.draft:
        show_draft(session.talk, result.draft, result.problems)
    command = next_command(session, "validate", folder, result.mapping_path)
    begin = (
        ""
        if result.draft and not (result.draft.points or result.problems)
        else f"edit {result.mapping_path}, then "
    )
    session.talk.say(f"next: {begin}{command}")


def _show_mappings(session: Session) -> None:
    """Show the mappings that come with scgraph."""
    result = services.shipped_mappings()
    if session.prints_json(result):
        return
    show_table(("name", "what it reads"), [(entry.name, entry.description) for entry in result.mappings])
    session.talk.say(
        "next: scgraph load DIR --mapping NAME, or scgraph init DIR --from NAME to edit one; docs/mappings.md"
    )


def _copy(session: Session, name: str, folder: Path, *, force: bool) -> None:
    """Write one of these mappings into a folder."""
    result = services.copy_mapping(name, folder, force=force)
    if session.prints_json(result):
        return
    (path,) = result.paths
    show_text(str(path))
    session.talk.say(f"next: edit {path}, then scgraph validate DIR --mapping {path}")
