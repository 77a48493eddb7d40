"""The verb query, with list, show and run (`querying` does the work)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from supplyrisk.cli.options import Json, Output, StoreOption, Workspace, begin, show_help

query = typer.Typer(rich_markup_mode=None)


class Form(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"


def _register() -> None:
    """Register the verb, each of its parts with an example."""
    query.command("list", epilog="Example: scgraph query list --topic risk")(list_)
    query.command(epilog="Example: scgraph query show single-source")(show)
    query.command(epilog="Example: scgraph query run single-source --param region=Zhejiang")(run)


@query.callback(invoke_without_command=True)
def about(context: typer.Context) -> None:
    """Ask the graph in Cypher, by name, file or text."""
    show_help(context)


def list_(
    context: typer.Context,
    *,
    topic: Annotated[str | None, typer.Option(help="Only this topic.")] = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """List the library's queries."""
    from supplyrisk.cli.querying import list_library  # noqa: PLC0415 - Arrow, only where it is needed

    list_library(begin(context, as_json, workspace=workspace), topic)


def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A query of the library.")],
    *,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Show one query with its parameters, columns and text."""
    from supplyrisk.cli.querying import show_one  # noqa: PLC0415 - Arrow, only where it is needed

    show_one(begin(context, as_json, workspace=workspace), name)


def run(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME_OR_FILE", help="A query of the library, or a file.cypher.")
    ] = None,
    *,
    text: Annotated[str | None, typer.Option(help="Cypher of your own.")] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", metavar="NAME=VALUE", help="A parameter; may be repeated.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Let the statement change the graph.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print the store's plan of it instead of running it.")
    ] = False,
    timeout: Annotated[float, typer.Option(min=0.001, metavar="SECONDS", help="Stop it after this.")] = 180.0,
    limit: Annotated[int | None, typer.Option(min=0, metavar="N", help="Rows at most.")] = None,
    form: Annotated[Form, typer.Option("--format", help="How rows are printed.")] = Form.TABLE,
    output: Output = None,
    store: StoreOption = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Run a query on the workspace's graph.

    It may only read, unless --write is given. Values of --param are read by kind for the library's queries.
    For your own Cypher they are JSON where they are JSON (12, true, null), and text otherwise.
    """
    from supplyrisk.cli.querying import Run, run_statement, statement_of  # noqa: PLC0415 - as above

    session = begin(context, as_json, workspace=workspace, store=store)
    how = Run(write, timeout, limit, output, form.value, explain)
    run_statement(session, statement_of(name, text, param or ()), how)


_register()
