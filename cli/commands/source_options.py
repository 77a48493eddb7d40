"""Where `validate` and `load` read from: a folder, or a graph that another system keeps in Neo4j."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplyrisk.graph import RequestError

Folder = Annotated[Path | None, typer.Argument(metavar="DIR", help="The folder that holds the tables.")]
FromNeo4j = Annotated[
    bool,
    typer.Option(
        "--from-neo4j",
        help="Instead of a folder, read a graph that another system keeps in Neo4j, through --mapping.",
    ),
]


def check_one_source(folder: Path | None, from_neo4j: bool) -> None:
    """Refuse both sources, or neither.

    Raises
    ------
    RequestError: not exactly one is given.
    """
    if (folder is None) != from_neo4j:
        raise RequestError("expected a folder DIR or --from-neo4j, one of them")
