"""`scgraph query`: list, show and run Cypher queries."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from supplyrisk import queries, services
from supplyrisk.cli.files import print_json, write_rows
from supplyrisk.cli.group import Command
from supplyrisk.cli.options import Output, Plain
from supplyrisk.cli.render.query import print_rows
from supplyrisk.cli.session import Session, show_help, with_session
from supplyrisk.cli.talk import show_table, show_text
from supplyrisk.graph import RequestError

EXAMPLE = "scgraph query run riskiest --param top=5"

app = typer.Typer(rich_markup_mode=None)


class RowFormat(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"


@app.callback(invoke_without_command=True)
def query(context: typer.Context) -> None:
    """Query the graph in Cypher: by a query's name, a file, or a text."""
    show_help(context)


@app.command("list", epilog="Example: scgraph query list --topic risk")
@with_session()
def list_(
    session: Session,
    *,
    topic: Annotated[
        str | None,
        typer.Option(
            metavar="TOPIC",
            help="Only this topic: concentration, exposure, lending, logistics, people, risk, shop or trade.",
        ),
    ] = None,
) -> None:
    """List the queries of the library."""
    result = services.library_queries(topic)
    if session.prints_json(result):
        return
    show_table(("topic", "name", "what it finds"), [(q.topic, q.name, q.title) for q in result.queries])
    session.talk.say("details of a query: scgraph query show NAME")


@app.command(cls=Command, epilog="Example: scgraph query show single-source")
@with_session()
def show(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A query of the library.")],
) -> None:
    """Show a query with its parameters, columns and text."""
    library_query = queries.get_query(name)
    if session.as_json:
        print_json(services.query_document(library_query))
        return
    show_text(queries.show_query(library_query))


@app.command(epilog="Example: scgraph query run single-source --param region=Zhejiang")
@with_session("store")
def run(
    session: Session,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME_OR_FILE", help="A query of the library, or a file.cypher.")
    ] = None,
    *,
    text: Annotated[str | None, typer.Option(help="A Cypher statement of your own.")] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", metavar="NAME=VALUE", help="A parameter. May be repeated.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Let the statement change the graph.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print the store's query plan instead of running the statement.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(min=0.001, metavar="SECONDS", help="Stop the statement after this time.")
    ] = 180.0,
    limit: Annotated[int | None, typer.Option(min=0, metavar="N", help="Maximum number of rows.")] = None,
    row_format: Annotated[
        RowFormat, typer.Option("--format", help="How rows are printed.")
    ] = RowFormat.TABLE,
    output: Output = None,
    plain: Plain = False,
) -> None:
    """Run a query on the workspace's graph.

    Statements may only read, unless --write is given. For queries of the library, --param values are parsed by the
    parameter's declared type. For your own Cypher, valid JSON (12, true, null) is parsed as JSON; anything else is
    text.
    """
    statement = services.statement_of(name, text, param or ())
    if row_format is RowFormat.PARQUET and not (output or session.as_json) and sys.stdout.isatty():
        raise RequestError("Parquet cannot be shown on a terminal", "a pipe, or -o FILE.parquet")
    with session.talk.progress(quick=True) as progress:
        result = services.query(
            session.workspace,
            statement,
            write=write,
            explain=explain,
            timeout=timeout,
            limit=limit,
            progress=progress,
        )
    session.talk.say(*(f"note: {note}" for note in result.notes))
    if output:
        write_rows(output, result.rows, result.head, plain=plain)
        session.talk.say(f"{result.rows.num_rows:,} rows written to {output}")
        return
    print_rows(result, "json" if session.as_json else row_format.value)
    if result.omitted:
        session.talk.say(f"{result.omitted:,} more rows are not shown (--limit)")
