"""Verbs that bring data in: init, validate, load, synth (see `initializing`, `loading` and `making`)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk.cli.initializing import write_templates
from supplyrisk.cli.options import Encoding, Json, Mapping, MaxBad, Seed, StoreOption, Workspace, begin

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder that holds the tables.")]


class Format(StrEnum):
    """File formats that `synth` writes."""

    CSV = "csv"
    PARQUET = "parquet"


def add_to(app: typer.Typer) -> None:
    """Register the verbs, each with its example."""
    app.command(epilog="Example: scgraph init")(init)
    app.command(epilog="Example: scgraph validate data/ --mapping mapping.toml")(validate)
    app.command(epilog="Example: scgraph load data/ --mapping mapping.toml --max-bad 0.01")(load)
    app.command(epilog="Example: scgraph synth made/ --firms 2000 --weeks 156 --seed 7")(synth)


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write them.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Write a commented scgraph.toml and mapping.toml to start from."""
    write_templates(begin(context, as_json, workspace=workspace), folder, force)


def validate(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    folder: Folder,
    *,
    mapping: Mapping = None,
    max_bad: MaxBad = None,
    encoding: Encoding = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Check every row of a folder, and load nothing.

    Prints what would become of each file and table, and the first faults. Exit code 3 where load would
    refuse.
    """
    from supplyrisk.cli.loading import check_folder  # noqa: PLC0415 - DuckDB, only where it is needed

    check_folder(
        begin(context, as_json, workspace=workspace, max_bad=max_bad, encoding=encoding), folder, mapping
    )


def load(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    folder: Folder,
    *,
    mapping: Mapping = None,
    max_bad: MaxBad = None,
    encoding: Encoding = None,
    store: StoreOption = None,
    graph: Annotated[bool, typer.Option("--graph/--no-graph", help="Build the graph store too.")] = True,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Load a folder's good rows, and build the graph of the last day.

    Bad rows go to the workspace's quarantine with file, line, column, value and rule. Too many of them
    (--max-bad), and nothing is loaded: exit code 3.
    """
    from supplyrisk.cli.loading import load_folder  # noqa: PLC0415 - DuckDB, only where it is needed

    flags = {"workspace": workspace, "max_bad": max_bad, "encoding": encoding, "store": store}
    load_folder(begin(context, as_json, **flags), folder, mapping, graph)


def synth(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new folder for the tables.")],
    *,
    firms: Annotated[int, typer.Option(min=20, help="How many firms.")] = 2000,
    weeks: Annotated[int, typer.Option(min=10, help="How many weeks.")] = 120,
    seed: Seed = 7,
    contagion: Annotated[
        float, typer.Option(min=0, help="Strength of what passes along links; 0 for none.")
    ] = 1.0,
    likeness: Annotated[float, typer.Option(min=0, max=1, help="How alike firms of one kind fare.")] = 0.5,
    supplies: Annotated[
        int | None,
        typer.Option(min=1, metavar="ROWS", help="About how many trades; else what the firms come to."),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="Of the tables.")] = Format.PARQUET,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Make a synthetic supply chain with known contagion.

    Every table of the contract, seeded. Nothing in it is fitted to a real economy, and all that is computed
    from it says synthetic.
    """
    from supplyrisk.cli.making import World, make_world  # noqa: PLC0415 - numpy and Arrow, only where needed

    session = begin(context, as_json, workspace=workspace, seed=seed)
    world = World(firms, weeks, session.settings.seed, contagion, likeness, supplies, format_.value)
    make_world(session, out, world)
