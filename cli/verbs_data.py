"""Verbs that bring data in: init, validate, load, synth (see `initializing`, `loading` and `making`)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk.cli.errors import usage
from supplyrisk.cli.options import Encoding, Json, Mapping, MaxBad, Seed, StoreOption, Workspace, Yes, begin

Folder = Annotated[Path | None, typer.Argument(metavar="DIR", help="The folder that holds the tables.")]
FromNeo4j = Annotated[
    bool,
    typer.Option(
        "--from-neo4j", help="Read the named Neo4j's own graph through --mapping, instead of a folder."
    ),
]


class Format(StrEnum):
    """File formats that `synth` writes."""

    CSV = "csv"
    PARQUET = "parquet"


class Grain(StrEnum):
    """Periods of the rows that `synth` writes."""

    WEEK = "week"
    MONTH = "month"


def validate(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    folder: Folder = None,
    *,
    from_neo4j: FromNeo4j = False,
    mapping: Mapping = None,
    max_bad: MaxBad = None,
    encoding: Encoding = None,
    store: StoreOption = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Check every row of a folder, and load nothing.

    Prints what would become of each file and table, and the first faults. Exit code 3 where load would
    refuse.
    """
    from supplyrisk.cli.from_neo4j import check_graph  # noqa: PLC0415 - DuckDB, only where it is needed
    from supplyrisk.cli.loading import check_folder  # noqa: PLC0415 - as above

    flags = {"workspace": workspace, "max_bad": max_bad, "encoding": encoding, "store": store}
    session = begin(context, as_json, **flags)
    tables = _one_source(folder, from_neo4j)
    if tables:
        check_folder(session, tables, mapping)
    else:
        check_graph(session, mapping)


def load(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    folder: Folder = None,
    *,
    from_neo4j: FromNeo4j = False,
    mapping: Mapping = None,
    max_bad: MaxBad = None,
    encoding: Encoding = None,
    store: StoreOption = None,
    graph: Annotated[
        bool | None,
        typer.Option(
            "--graph/--no-graph", help="Build the graph store too; else yes, but no with --from-neo4j."
        ),
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Load a folder's good rows, and build the graph of the last day.

    With --from-neo4j, the rows are nodes and links of somebody else's graph, which is only read. Bad rows go to
    the workspace's quarantine with file, line, column, value and rule. Too many of them (--max-bad), and nothing
    is loaded: exit code 3.
    """
    from supplyrisk.cli.consent import LOADS, agree  # noqa: PLC0415 - as below
    from supplyrisk.cli.from_neo4j import load_graph  # noqa: PLC0415 - DuckDB, only where it is needed
    from supplyrisk.cli.loading import load_folder  # noqa: PLC0415 - as above

    flags = {"workspace": workspace, "max_bad": max_bad, "encoding": encoding, "store": store}
    session = begin(context, as_json, **flags)
    tables = _one_source(folder, from_neo4j)
    build = not from_neo4j if graph is None else graph
    if build:
        agree(session, yes, LOADS)
    if tables:
        load_folder(session, tables, mapping, build)
    else:
        load_graph(session, mapping, build)


def _one_source(folder: Path | None, from_neo4j: bool) -> Path | None:
    """The folder that is to be read, None for the graph."""
    if (folder is None) != from_neo4j:
        raise usage("expected a folder DIR or --from-neo4j, one of them")
    return folder


def synth(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new folder for the tables.")],
    *,
    preset: Annotated[
        str | None,
        typer.Option(help="A world by name: small, demo, judge, placebo or million; options go before it."),
    ] = None,
    firms: Annotated[int | None, typer.Option(min=20, help="How many firms; else 2000.")] = None,
    weeks: Annotated[int | None, typer.Option(min=10, help="How many weeks; else 120.")] = None,
    seed: Seed = 7,
    contagion: Annotated[
        float | None, typer.Option(min=0, help="Strength of what passes along links; 0 for none, else 1.")
    ] = None,
    likeness: Annotated[
        float | None, typer.Option(min=0, max=1, help="How alike firms of one kind fare; else 0.5.")
    ] = None,
    replicas: Annotated[
        int | None,
        typer.Option(min=0, help="Re-simulations for the truth about every firm; none unless asked for."),
    ] = None,
    supplies: Annotated[
        int | None,
        typer.Option(min=1, metavar="ROWS", help="About how many trades; else what the firms come to."),
    ] = None,
    grain: Annotated[Grain | None, typer.Option(help="Of supplies and activity; else week.")] = None,
    dirt: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND[=SHARE]", help="Spoil the tables; may be given several times."),
    ] = None,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Show the world's shape in an HTML page.")
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="Of the tables.")] = Format.PARQUET,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Make a synthetic supply chain with known contagion.

    Every table of the contract, seeded, and a folder truth/ that no loader reads. Nothing in it is fitted to
    a real economy, and all that is computed from it says synthetic. Dirt: duplicates, missing_days,
    swapped_ids, corrections, encoding (with --format csv), unseen_links.
    """
    from supplyrisk.cli.making import World, make_world, parse_dirt  # noqa: PLC0415 - numpy and Arrow

    session = begin(context, as_json, workspace=workspace, seed=seed)
    size = (firms, weeks, session.settings.seed, contagion, likeness, supplies, format_.value)
    world = World(*size, preset, replicas, grain.value if grain else None, parse_dirt(dirt or []))
    make_world(session, out, world, page)
