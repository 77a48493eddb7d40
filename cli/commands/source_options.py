"""Where `validate` and `load` read from: a folder, or a graph that another system keeps in Neo4j."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk.cli.options import parse_day
from supplyrisk.graph import RequestError

Folder = Annotated[Path | None, typer.Argument(metavar="DIR", help="The folder that holds the tables.")]
FromNeo4j = Annotated[
    bool,
    typer.Option(
        "--from-neo4j",
        help="Instead of a folder, read a graph that another system keeps in Neo4j, through --mapping.",
    ),
]
Append = Annotated[
    bool,
    typer.Option(
        "--append",
        help="Add new rows and corrections to the data of the workspace instead of replacing them.",
    ),
]
KnownOn = Annotated[
    date | None,
    typer.Option(
        "--known-on",
        parser=parse_day,
        metavar="DATE",
        help="With --append: the day on which corrections became known that state none. Default: the last day of the "
        "folder's rows, if it is after the last day of the data.",
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


def check_appended(append: bool, known_on: date | None) -> None:
    """Refuse a day for corrections where nothing is appended.

    Raises
    ------
    RequestError: --known-on without --append.
    """
    if known_on and not append:
        raise RequestError("--known-on is for corrections of the workspace's data; add --append")
