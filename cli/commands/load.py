"""`scgraph load`: load a folder's good rows, and build the graph."""

from __future__ import annotations

from typing import Annotated

import typer

from supplyrisk import loaders, services
from supplyrisk.cli.commands.source_options import (
    Append,
    Folder,
    FromNeo4j,
    KnownOn,
    check_appended,
    check_one_source,
)
from supplyrisk.cli.consent import LOADS, agree
from supplyrisk.cli.next_command import next_command
from supplyrisk.cli.options import Mapping, Plain, Yes
from supplyrisk.cli.render.loading import show_report
from supplyrisk.cli.session import Session, with_session
from supplyrisk.graph import DataError

EXAMPLE = "scgraph load data/ --mapping mapping.toml --max-bad 0.01"


@with_session("max_bad", "encoding", "store")
def load(
    session: Session,
    folder: Folder = None,
    *,
    from_neo4j: FromNeo4j = False,
    mapping: Mapping = None,
    append: Append = False,
    known_on: KnownOn = None,
    graph: Annotated[
        bool | None,
        typer.Option(
            "--graph/--no-graph", help="Also build the graph store. Default: yes, or no with --from-neo4j."
        ),
    ] = None,
    plain: Plain = False,
    yes: Yes = False,
) -> None:
    """Load the valid rows of a folder, and build the graph as of the last day.

    Bad rows go to the workspace's quarantine with file, line, column, value and rule, as a CSV for spreadsheets (or
    --plain). If too many rows are bad (--max-bad), nothing is loaded: exit code 3. With --from-neo4j the rows are nodes
    and links of a graph that another system keeps in Neo4j, which is only read.

    With --append the rows are added to the data of the workspace: a row that it has is a duplicate, and one with the
    key of another and other cells is a correction, which snapshots see from the day on which it became known.
    """
    check_one_source(folder, from_neo4j)
    check_appended(append, known_on)
    build = not from_neo4j if graph is None else graph
    if build:
        agree(session, yes, LOADS)
    settings = session.settings
    try:
        with session.talk.progress() as progress:
            result = services.load(
                session.workspace,
                folder or services.ExternalSource(session.workspace, session.talk.say),
                mapping,
                graph=build,
                rows_only=True,
                append=append,
                known_on=known_on,
                plain_quarantine=plain,
                encoding=settings.encoding,
                max_bad=settings.max_bad,
                horizon_days=settings.horizon_days,
                default_definition=settings.default_definition,
                progress=progress,
            )
    except DataError as error:
        session.talk.say(*services.mapping_notes(mapping, folder, session.workspace))
        # other refusals name the quarantine, which has all faults
        if isinstance(error, loaders.FaultyFiles):
            session.talk.say(
                f"all faults: {next_command(session, 'validate', folder, mapping, append=append, known_on=known_on)}"
            )
        raise
    report = result.report
    # Before the graph is built: the rows are loaded, whatever becomes of it.
    if not session.as_json:
        show_report(session.talk, report)
    if report.fault_count:
        session.talk.say(f"quarantine: {report.quarantine} ({report.fault_count:,} faults)")
    session.talk.say(f"workspace: {session.workspace}")
    try:
        with session.talk.progress() as progress:
            result = services.with_graph(result, progress=progress)
    finally:
        session.prints_json(result)
    session.talk.say(*result.notes)
    if result.graph_error:
        raise result.graph_error
    session.talk.say_synthetic(result.synthetic)
