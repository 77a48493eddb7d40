"""Verbs about graph stores: neo4j (a server of one's own), store (what of ours a store holds), export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk.cli.options import AsOf, Change, Json, Session, StoreOption, Workspace, Yes, begin, show_help

neo4j = typer.Typer(rich_markup_mode=None)
store = typer.Typer(rich_markup_mode=None)
export = typer.Typer(rich_markup_mode=None)

Place = Annotated[
    Path | None,
    typer.Option("--folder", metavar="F", help="Where the server keeps its data; else your data folder."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")]


def _register() -> None:
    """Register the verbs, each of their parts with an example."""
    neo4j.command(epilog="Example: scgraph neo4j start --browser")(start)
    neo4j.command(epilog="Example: scgraph neo4j stop")(stop)
    neo4j.command(epilog="Example: scgraph neo4j status --json")(status)
    neo4j.command(epilog="Example: scgraph neo4j password")(password)
    store.command(epilog="Example: scgraph store info --json")(info)
    store.command("load", epilog="Example: scgraph store load --dry-run")(_writing(_load))
    store.command("scores", epilog="Example: scgraph store scores --as-of 2025-06-30 --yes")(
        _writing(_scores)
    )
    store.command("contagion", epilog="Example: scgraph store contagion --dry-run")(_writing(_contagion))
    store.command(epilog="Example: scgraph store clean --dry-run")(clean)
    export.command("neo4j-admin", epilog="Example: scgraph export neo4j-admin bulk/")(neo4j_admin)


@neo4j.callback(invoke_without_command=True)
def about_neo4j(context: typer.Context) -> None:
    """Start and stop a Neo4j server of one's own, on this machine only."""
    show_help(context)


@store.callback(invoke_without_command=True)
def about_store(context: typer.Context) -> None:
    """Show, fill and clean the graph store: embedded or Neo4j."""
    show_help(context)


@export.callback(invoke_without_command=True)
def about_export(context: typer.Context) -> None:
    """Write the graph as files for other tools."""
    show_help(context)


def start(
    context: typer.Context,
    *,
    browser: Annotated[bool, typer.Option("--browser", help="Serve Neo4j Browser too.")] = False,
    folder: Place = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Start it, and print what to export to use it.

    The first start DOWNLOADS Neo4j Community Edition (GPLv3, about 140 MB) from Maven Central; nothing else in
    scgraph downloads anything. It listens on 127.0.0.1 only and asks for a password made up for you.
    """
    from supplyrisk.cli.serving import start_server  # noqa: PLC0415 - only where it is needed

    start_server(begin(context, as_json, workspace=workspace), folder, browser)


def stop(
    context: typer.Context, *, folder: Place = None, as_json: Json = False, workspace: Workspace = None
) -> None:
    """Stop it; its data stay."""
    from supplyrisk.cli.serving import stop_server  # noqa: PLC0415 - as above

    stop_server(begin(context, as_json, workspace=workspace), folder)


def status(
    context: typer.Context, *, folder: Place = None, as_json: Json = False, workspace: Workspace = None
) -> None:
    """Say whether it runs, and where."""
    from supplyrisk.cli.serving import show_server  # noqa: PLC0415 - as above

    show_server(begin(context, as_json, workspace=workspace), folder)


def password(
    context: typer.Context, *, folder: Place = None, as_json: Json = False, workspace: Workspace = None
) -> None:
    """Print its password, to type into Neo4j Browser."""
    from supplyrisk.cli.serving import show_password  # noqa: PLC0415 - as above

    show_password(begin(context, as_json, workspace=workspace), folder)


def info(
    context: typer.Context,
    *,
    store: StoreOption = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Show what the store holds, and what it was built from."""
    from supplyrisk.cli.storing import show_store  # noqa: PLC0415 - DuckDB, only where it is needed

    show_store(begin(context, as_json, workspace=workspace, store=store))


def _load(session: Session, change: Change) -> None:
    """Build the store's graph anew from the workspace; what others keep in it stays."""
    from supplyrisk.cli.storing import fill_store  # noqa: PLC0415 - as above

    fill_store(session, change)


def _scores(session: Session, change: Change) -> None:
    """Write the workspace's last scores into the store, as properties risk_*."""
    from supplyrisk.cli.storing import write_kept_scores  # noqa: PLC0415 - as above

    write_kept_scores(session, change)


def _contagion(session: Session, change: Change) -> None:
    """Write what scgraph contagion found last into the store.

    Properties risk_esri and risk_exposure of firms, with their parts, and links EXPOSED_TO from each firm to
    those whose failure hurts it most. Scores stay as they are.
    """
    from supplyrisk.cli.exposing import write_kept_contagion  # noqa: PLC0415 - as above

    write_kept_contagion(session, change)


def _writing(work: Callable[[Session, Change], None]) -> Callable[..., None]:
    """A command that writes what a workspace holds of a day into its store; its help is the work's."""

    def command(  # noqa: PLR0913 - one parameter per option
        context: typer.Context,
        *,
        as_of: AsOf = None,
        dry_run: DryRun = False,
        yes: Yes = False,
        store: StoreOption = None,
        as_json: Json = False,
        workspace: Workspace = None,
    ) -> None:
        session = begin(context, as_json, workspace=workspace, store=store)
        work(session, Change(dry_run, yes, as_of))

    command.__doc__ = work.__doc__
    return command


def clean(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    store: StoreOption = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Remove everything of scgraph's from a Neo4j database, and nothing else."""
    from supplyrisk.cli.storing import clean_store  # noqa: PLC0415 - as above

    clean_store(begin(context, as_json, workspace=workspace, store=store), Change(dry_run, yes))


def neo4j_admin(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for the files.")],
    *,
    as_of: AsOf = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Write the files and the command for `neo4j-admin database import`, for graphs of any size."""
    from supplyrisk.cli.storing import export_files  # noqa: PLC0415 - as above

    export_files(begin(context, as_json, workspace=workspace), folder, as_of)


_register()
